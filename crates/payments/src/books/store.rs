//! The rows of the books: every SQL constant and the codecs of their blobs.

use db::{Fault, Read, Row, Tx, Value, ValueRef};
use ledger::{Account, Class, Hold, HoldState, Leg, Restriction, Side};
use vocab::{AccountId, Currency, HoldId, RecordId, Timestamp};

use super::state::{HistoryLine, KeyHash, Standing, Tally};

db::sql! {
    pub(crate) FIND_ACCOUNT = "SELECT id, owner, currency, class, floor, ceiling, restriction, posted, held, \
         version, as_of, day, day_out, day_count, year, year_out, \
         lifetime_out FROM accounts WHERE id = $1";
    pub(crate) ALL_ACCOUNTS = "SELECT id, owner, currency, class, floor, ceiling, restriction, posted, held, \
         version, as_of, day, day_out, day_count, year, year_out, \
         lifetime_out FROM accounts ORDER BY id";
    pub(crate) PUT_ACCOUNT = "INSERT INTO accounts (id, owner, currency, class, floor, ceiling, restriction, \
         posted, held, version, as_of, day, day_out, day_count, year, year_out, lifetime_out) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) \
         ON CONFLICT (id) DO UPDATE SET floor = excluded.floor, \
         ceiling = excluded.ceiling, restriction = excluded.restriction, posted = \
         excluded.posted, held = excluded.held, version = excluded.version, as_of = \
         excluded.as_of, day = excluded.day, day_out = excluded.day_out, \
         day_count = excluded.day_count, year = excluded.year, year_out = excluded.year_out, \
         lifetime_out = excluded.lifetime_out WHERE accounts.as_of \
         <= excluded.as_of";
    pub(crate) PUT_ACCOUNT_IN_TURN = "INSERT INTO accounts (id, owner, currency, class, floor, ceiling, \
         restriction, posted, held, version, as_of, day, day_out, day_count, year, year_out, \
         lifetime_out) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) \
         ON CONFLICT (id) DO UPDATE SET floor = excluded.floor, \
         ceiling = excluded.ceiling, restriction = excluded.restriction, \
         posted = CASE WHEN accounts.as_of <= excluded.as_of THEN excluded.posted ELSE NULL END, \
         held = excluded.held, version = excluded.version, as_of = \
         excluded.as_of, day = excluded.day, day_out = excluded.day_out, \
         day_count = excluded.day_count, year = excluded.year, year_out = excluded.year_out, \
         lifetime_out = excluded.lifetime_out";
    pub(crate) FIND_OWNED = "SELECT account, currency FROM account_owners WHERE owner = $1 ORDER BY account";
    pub(crate) ALL_OWNED = "SELECT owner, account FROM account_owners";
    pub(crate) COUNT_RECORDS = "SELECT CAST(SUM(records) AS BIGINT) FROM blocks";
    pub(crate) PUT_OWNED = "INSERT INTO account_owners (owner, account, currency) VALUES ($1, $2, $3)";
    pub(crate) FIND_KEY = "SELECT record FROM keys WHERE hash = $1";
    pub(crate) FIND_KEYS = "SELECT hash, record FROM keys WHERE hash = $1";
    pub(crate) TAKE_TURN = "UPDATE ledger_turn SET taken = taken + 1 WHERE id = $1";
    pub(crate) MAKE_TURN = "INSERT INTO ledger_turn (id, taken) VALUES ($1, 0) ON CONFLICT (id) DO NOTHING";
    pub(crate) PUT_KEY = "INSERT INTO keys (hash, record) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING";
    pub(crate) ADD_KEY = "INSERT INTO keys (hash, record) VALUES ($1, $2)";
    pub(crate) ALL_KEYS = "SELECT hash, record FROM keys WHERE record <= $1";
    pub(crate) PUT_HISTORY = "INSERT INTO history (account, first_version, body) VALUES ($1, $2, $3) ON CONFLICT \
         (account, first_version) DO UPDATE SET body = excluded.body";
    pub(crate) ADD_HISTORY = "INSERT INTO history (account, first_version, body) VALUES ($1, $2, $3)";
    pub(crate) HISTORY_BEFORE = "SELECT first_version, body FROM history WHERE account = $1 AND first_version < $2 \
         ORDER BY first_version DESC LIMIT $3";
    pub(crate) ALL_HISTORY = "SELECT account, first_version, body FROM history ORDER BY account, first_version";
    pub(crate) FIND_HOLD = "SELECT id, state, expires_at, body FROM holds WHERE id = $1";
    pub(crate) ALL_HOLDS = "SELECT id, state, expires_at, body FROM holds ORDER BY id";
    pub(crate) DUE_HOLDS = "SELECT id FROM holds WHERE state = 0 AND expires_at <= $1 ORDER BY expires_at, id \
         LIMIT $2";
    pub(crate) PUT_HOLD = "INSERT INTO holds (id, state, expires_at, body) VALUES ($1, $2, $3, $4) ON CONFLICT \
         (id) DO UPDATE SET state = excluded.state, body = excluded.body";
    pub(crate) FIND_FACTS = "SELECT refunded, reversed FROM entry_facts WHERE entry = $1";
    pub(crate) ALL_FACTS = "SELECT entry, refunded, reversed FROM entry_facts ORDER BY entry";
    pub(crate) PUT_FACTS = "INSERT INTO entry_facts (entry, refunded, reversed) VALUES ($1, $2, $3) ON CONFLICT \
         (entry) DO UPDATE SET refunded = excluded.refunded, reversed = excluded.reversed";
    pub(crate) ALL_ERAS = "SELECT after_record, offset_seconds, reach FROM count_eras ORDER BY \
         after_record";
    pub(crate) PUT_ERA = "INSERT INTO count_eras (after_record, offset_seconds, reach) VALUES ($1, $2, $3) \
         ON CONFLICT (after_record) DO UPDATE SET offset_seconds = excluded.offset_seconds, \
         reach = excluded.reach";
    pub(crate) FIND_WATERMARK = "SELECT record FROM watermark WHERE id = 1";
    pub(crate) PUT_WATERMARK = "INSERT INTO watermark (id, record) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET \
         record = excluded.record";
    pub(crate) PUT_BLOCK = "INSERT INTO blocks (height, first_record, last_record, at, records, previous, root, \
         salt, signature, public_key) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    pub(crate) LAST_BLOCK = "SELECT height, first_record, last_record, at, records, previous, root, salt, \
         signature, public_key FROM blocks ORDER BY height DESC LIMIT 1";
    pub(crate) FIND_BLOCK = "SELECT height, first_record, last_record, at, records, previous, root, salt, \
         signature, public_key FROM blocks WHERE height = $1";
    pub(crate) PUT_CHUNK = "INSERT INTO journal (first_record, height, first_position, at, body) VALUES ($1, $2, \
         $3, $4, $5)";
    pub(crate) FIND_CHUNK = "SELECT first_record, height, first_position, at, body FROM journal WHERE \
         first_record <= $1 ORDER BY first_record DESC LIMIT 1";
    pub(crate) CHUNKS_BETWEEN = "SELECT first_record, height, first_position, at, body FROM journal WHERE \
         first_record >= $1 AND first_record <= $2 ORDER BY first_record";
    pub(crate) CHUNKS_AFTER = "SELECT first_record, height, first_position, at, body FROM journal WHERE \
         first_record > $1 ORDER BY first_record LIMIT $2";
}

/// The tables of the books. Hashes, heads and bodies are blobs; everything else is a whole number.
pub(crate) fn migrations() -> Vec<db::Migration> {
    let turn = db::Migration::new(
        "payments.turn",
        1,
        &["CREATE TABLE ledger_turn (id {int64} PRIMARY KEY, taken {int64} NOT NULL) {strict}"],
    );
    let books = db::Migration::new(
        "payments",
        1,
        &[
            "CREATE TABLE accounts (id {int64} PRIMARY KEY, owner {int64} NOT NULL, currency \
         {int64} NOT NULL, class {int64} NOT NULL, floor {int64}, ceiling {int64}, \
         restriction {int64} NOT NULL, posted {int64} NOT NULL, held {int64} NOT NULL CHECK \
         (held >= 0), version {int64} NOT NULL, as_of {int64} NOT NULL, day {int64} NOT NULL, \
         day_out {int64} NOT NULL) {strict}",
            "CREATE TABLE account_owners (owner {int64} NOT NULL, account {int64} NOT NULL, \
         currency {int64} NOT NULL, PRIMARY KEY (owner, account)) {strict_clustered}",
            "CREATE TABLE keys (hash {blob} PRIMARY KEY, record {int64} NOT NULL) \
         {strict_clustered}",
            "CREATE TABLE history (account {int64} NOT NULL, first_version {int64} NOT NULL, body \
         {blob} NOT NULL, PRIMARY KEY (account, first_version)) {strict_clustered}",
            "CREATE TABLE holds (id {int64} PRIMARY KEY, state {int64} NOT NULL, expires_at \
         {int64} NOT NULL, body {blob} NOT NULL) {strict}",
            "CREATE INDEX holds_by_expiry ON holds (state, expires_at, id)",
            "CREATE TABLE entry_facts (entry {int64} PRIMARY KEY, refunded {int64} NOT NULL, \
         reversed {int64} NOT NULL) {strict}",
            "CREATE TABLE blocks (height {int64} PRIMARY KEY, first_record {int64} NOT NULL, \
         last_record {int64} NOT NULL, at {int64} NOT NULL, records {int64} NOT NULL, \
         previous {blob} NOT NULL, root {blob} NOT NULL, salt {blob} NOT NULL, signature \
         {blob} NOT NULL, public_key {blob} NOT NULL) {strict}",
            "CREATE TABLE journal (first_record {int64} PRIMARY KEY, height {int64} NOT NULL, \
         first_position {int64} NOT NULL, at {int64} NOT NULL, body {blob} NOT NULL) {strict}",
            "CREATE TABLE watermark (id {int64} PRIMARY KEY, record {int64} NOT NULL) {strict}",
        ],
    );
    vec![books, turn]
}

pub(crate) fn find_standing(tx: &mut impl Read, id: AccountId) -> Result<Option<Standing>, Fault> {
    tx.query_one(FIND_ACCOUNT, &[Value::Int(id.raw())], read_standing)
}

pub(crate) fn read_standing(row: &Row<'_>) -> Result<Standing, Fault> {
    let account = Account {
        id: AccountId::from_raw(row.int(0)?),
        currency: read_currency(row.int(2)?)?,
        class: read_class(row.int(3)?)?,
        floor: row.opt_int(4)?,
        ceiling: row.opt_int(5)?,
        restriction: read_restriction(row.int(6)?),
        posted: row.int(7)?,
        held: row.int(8)?,
        version: row.int(9)?,
    };
    let (owner, as_of) = (row.int(1)?, RecordId::from_raw(row.int(10)?));
    Ok(Standing {
        account,
        owner,
        as_of,
        out: Tally {
            day: row.int(11)?,
            day_sum: row.int(12)?,
            day_count: row.int(13)?,
            year: row.int(14)?,
            year_sum: row.int(15)?,
            lifetime: row.int(16)?,
        },
    })
}

/// The values of [`PUT_ACCOUNT`].
pub(crate) fn standing_row(standing: &Standing) -> [ValueRef<'static>; 17] {
    let Standing {
        account,
        owner,
        as_of,
        out,
    } = standing;
    let optional = |bound: Option<i64>| bound.map_or(ValueRef::Null, ValueRef::Int);
    [
        ValueRef::Int(account.id.raw()),
        ValueRef::Int(*owner),
        ValueRef::Int(i64::from(account.currency.number())),
        ValueRef::Int(class_number(account.class)),
        optional(account.floor),
        optional(account.ceiling),
        ValueRef::Int(restriction_bits(account.restriction)),
        ValueRef::Int(account.posted),
        ValueRef::Int(account.held),
        ValueRef::Int(account.version),
        ValueRef::Int(as_of.raw()),
        ValueRef::Int(out.day),
        ValueRef::Int(out.day_sum),
        ValueRef::Int(out.day_count),
        ValueRef::Int(out.year),
        ValueRef::Int(out.year_sum),
        ValueRef::Int(out.lifetime),
    ]
}

pub(crate) fn find_key(tx: &mut impl Read, hash: KeyHash) -> Result<Option<RecordId>, Fault> {
    let bytes = hash.to_be_bytes();
    tx.query_one_raw(FIND_KEY, &[ValueRef::Blob(&bytes)], |row| {
        Ok(RecordId::from_raw(row.int(0)?))
    })
}

pub(crate) fn find_hold(tx: &mut impl Read, id: HoldId) -> Result<Option<Hold>, Fault> {
    tx.query_one(FIND_HOLD, &[Value::Int(id.raw())], read_hold)
}

pub(crate) fn read_hold(row: &Row<'_>) -> Result<Hold, Fault> {
    let state = match row.int(1)? {
        0 => HoldState::Open,
        1 => HoldState::Captured,
        2 => HoldState::Voided,
        3 => HoldState::Expired,
        _ => return Err(Fault::corrupt("a hold's state is unknown")),
    };
    let body = row.blob(3)?;
    let (code, legs, left) =
        decode_hold(body).ok_or_else(|| Fault::corrupt("a hold's legs cannot be read"))?;
    let expires_at = Timestamp::from_micros(row.int(2)?);
    Ok(Hold {
        id: HoldId::from_raw(row.int(0)?),
        code,
        legs,
        left,
        expires_at,
        state,
    })
}

pub(crate) fn put_hold(tx: &mut Tx<'_>, hold: &Hold) -> Result<(), Fault> {
    let state = match hold.state {
        HoldState::Open => 0,
        HoldState::Captured => 1,
        HoldState::Voided => 2,
        HoldState::Expired => 3,
    };
    let body = encode_hold(hold);
    tx.execute_raw(
        PUT_HOLD,
        &[
            ValueRef::Int(hold.id.raw()),
            ValueRef::Int(state),
            ValueRef::Int(hold.expires_at.micros()),
            ValueRef::Blob(&body),
        ],
    )?;
    Ok(())
}

/// The code, then per leg: account, side, amount, what is left.
fn encode_hold(hold: &Hold) -> Vec<u8> {
    let mut body = Vec::with_capacity(2 + hold.legs.len() * 25);
    body.extend(hold.code.to_be_bytes());
    for (leg, left) in hold.legs.iter().zip(&hold.left) {
        body.extend(leg.account.raw().to_be_bytes());
        body.push(u8::from(leg.side == Side::Credit));
        body.extend(leg.amount.to_be_bytes());
        body.extend(left.to_be_bytes());
    }
    body
}

fn decode_hold(body: &[u8]) -> Option<(u16, Vec<Leg>, Vec<i64>)> {
    let (code, mut rest) = body.split_first_chunk::<2>()?;
    let (mut legs, mut left) = (Vec::new(), Vec::new());
    while let Some((leg, after)) = rest.split_first_chunk::<25>() {
        let number = |from: usize| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&leg[from..from + 8]);
            i64::from_be_bytes(bytes)
        };
        let side = if leg[8] == 1 {
            Side::Credit
        } else {
            Side::Debit
        };
        legs.push(Leg {
            account: AccountId::from_raw(number(0)),
            side,
            amount: number(9),
        });
        left.push(number(17));
        rest = after;
    }
    rest.is_empty()
        .then(|| (u16::from_be_bytes(*code), legs, left))
}

/// Packs lines of consecutive versions: per line the record (against the one before), the delta,
/// the balance after (zigzag varints) and the code.
pub(crate) fn pack_history(lines: &[HistoryLine], body: &mut Vec<u8>) {
    body.clear();
    let mut before = 0;
    for line in lines {
        put_varint(body, zigzag(line.record.raw() - before));
        put_varint(body, zigzag(line.delta));
        put_varint(body, zigzag(line.balance_after));
        put_varint(body, u64::from(line.code));
        before = line.record.raw();
    }
}

/// Reads what [`pack_history`] wrote.
pub(crate) fn unpack_history(first: i64, mut body: &[u8]) -> Result<Vec<HistoryLine>, Fault> {
    let mut lines = Vec::new();
    let (mut version, mut before) = (first, 0_i64);
    while !body.is_empty() {
        let mut next = || take_varint(&mut body);
        let line = (next(), next(), next(), next());
        let (Some(record), Some(delta), Some(balance_after), Some(code)) = line else {
            return Err(Fault::corrupt("a history row cannot be read"));
        };
        before = before.wrapping_add(unzigzag(record));
        lines.push(HistoryLine {
            version,
            record: RecordId::from_raw(before),
            delta: unzigzag(delta),
            balance_after: unzigzag(balance_after),
            code: u16::try_from(code).map_err(|_| Fault::corrupt("a history code is unknown"))?,
        });
        version += 1;
    }
    Ok(lines)
}

const fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

const fn unzigzag(bits: u64) -> i64 {
    (bits >> 1).cast_signed() ^ -((bits & 1).cast_signed())
}

fn put_varint(body: &mut Vec<u8>, mut bits: u64) {
    while bits >= 0x80 {
        body.push((bits & 0x7f) as u8 | 0x80);
        bits >>= 7;
    }
    body.push(bits as u8);
}

fn take_varint(body: &mut &[u8]) -> Option<u64> {
    let mut bits = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = body.split_first()?;
        *body = rest;
        bits |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(bits);
        }
    }
    None
}

pub(crate) fn read_currency(number: i64) -> Result<Currency, Fault> {
    u16::try_from(number)
        .ok()
        .and_then(Currency::from_number)
        .ok_or_else(|| Fault::corrupt("an account's currency is unknown"))
}

const fn class_number(class: Class) -> i64 {
    match class {
        Class::User => 0,
        Class::Merchant => 1,
        Class::Rail => 2,
        Class::Fee => 3,
        Class::Suspense => 4,
        Class::Adjustment => 5,
    }
}

fn read_class(number: i64) -> Result<Class, Fault> {
    Ok(match number {
        0 => Class::User,
        1 => Class::Merchant,
        2 => Class::Rail,
        3 => Class::Fee,
        4 => Class::Suspense,
        5 => Class::Adjustment,
        _ => return Err(Fault::corrupt("an account's class is unknown")),
    })
}

fn restriction_bits(restriction: Restriction) -> i64 {
    i64::from(restriction.debit_frozen)
        | i64::from(restriction.credit_frozen) << 1
        | i64::from(restriction.closed) << 2
}

const fn read_restriction(bits: i64) -> Restriction {
    Restriction {
        debit_frozen: bits & 1 != 0,
        credit_frozen: bits & 2 != 0,
        closed: bits & 4 != 0,
    }
}

/// Remembers whose a new account is.
pub(crate) fn put_owned(tx: &mut Tx<'_>, opening: &ledger::Opening) -> Result<(), Fault> {
    let currency = i64::from(opening.currency.number());
    let (owner, account) = (opening.owner, opening.account.raw());
    tx.execute(PUT_OWNED, &[owner.into(), account.into(), currency.into()])?;
    Ok(())
}

pub(crate) fn put_facts(
    tx: &mut Tx<'_>,
    entry: vocab::EntryId,
    refunded: i64,
    reversed: bool,
) -> Result<(), Fault> {
    let row = [
        entry.raw().into(),
        refunded.into(),
        i64::from(reversed).into(),
    ];
    tx.execute(PUT_FACTS, &row)?;
    Ok(())
}
