use db::{Fault, Read, Row, Tx, params};
use vocab::{ContactId, Timestamp, UserId};

use crate::{Contact, ContactIndex, ContactKind, ContactView, Cx, Error, person_key};

db::sql! {
    BEGIN_CHANGE = "INSERT INTO contact_changes (id, user_id, kind, contact_index, \
        contact_sealed, replaces, state, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, 'pending', $7, $8) \
        ON CONFLICT (id) DO UPDATE SET replaces = excluded.replaces, state = 'pending', \
        created_at = excluded.created_at, expires_at = excluded.expires_at, verified_at = NULL, \
        effective_at = NULL, old_kind = NULL, old_index = NULL, old_sealed = NULL, \
        old_designated = NULL WHERE contact_changes.state <> 'cooling'";
    FIND = "SELECT id, user_id, kind, contact_index, contact_sealed, replaces, state, created_at, \
        expires_at, verified_at, effective_at FROM contact_changes \
        WHERE id = $1 AND user_id = $2 {for_update}";
    OPEN_CHANGES = "SELECT id, user_id, kind, contact_index, contact_sealed, replaces, state, \
        created_at, expires_at, verified_at, effective_at FROM contact_changes \
        WHERE user_id = $1 AND state IN ('pending', 'cooling') ORDER BY created_at, id";
    DUE = "SELECT id, user_id, kind, contact_index, contact_sealed, replaces, state, created_at, \
        expires_at, verified_at, effective_at FROM contact_changes \
        WHERE state = 'cooling' AND effective_at <= $1 ORDER BY effective_at, id LIMIT $2";
    HAS_DUE = "SELECT 1 FROM contact_changes WHERE state = 'cooling' AND effective_at <= $1 LIMIT 1";
    COOL = "UPDATE contact_changes SET state = 'cooling', verified_at = $3, effective_at = $4 \
        WHERE id = $1 AND user_id = $2 AND state = 'pending'";
    DELAY = "UPDATE contact_changes SET effective_at = $2 WHERE id = $1 AND state = 'cooling'";
    LOSE = "UPDATE contact_changes SET state = 'lost' WHERE id = $1 AND state = 'cooling'";
    APPLY = "UPDATE contact_changes SET state = 'applied', effective_at = $2, old_kind = $3, \
        old_index = $4, old_sealed = $5, old_designated = $6 WHERE id = $1 AND state = 'cooling'";
    CALL_OFF = "UPDATE contact_changes SET state = 'reverted' \
        WHERE id = $1 AND user_id = $2 AND state IN ('pending', 'cooling')";
    REVERT = "UPDATE contact_changes SET state = 'reverted' WHERE id = $1 AND user_id = $2 \
        AND state IN ('pending', 'cooling', 'applied', 'removed')";
    REPLACED_BY = "SELECT old_kind, old_index, old_sealed, old_designated FROM contact_changes \
        WHERE id = $1 AND user_id = $2 AND old_sealed IS NOT NULL";
    KEEP_REMOVED = "INSERT INTO contact_changes (id, user_id, kind, contact_index, \
        contact_sealed, state, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, 'removed', $6, $6) \
        ON CONFLICT (id) DO UPDATE SET state = 'removed', created_at = excluded.created_at";
    INSERT_CONTACT = "INSERT INTO contacts \
        (contact_index, user_id, kind, contact_sealed, is_designated, verified_at) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (contact_index) DO NOTHING";
    DELETE_CONTACT = "DELETE FROM contacts WHERE user_id = $1 AND contact_index = $2";
    LOCK_PERSON = "UPDATE users SET epoch = epoch WHERE id = $1";
    DELETE_UNLESS_LAST = "DELETE FROM contacts WHERE user_id = $1 AND contact_index = $2 \
        AND (SELECT COUNT(*) FROM contacts WHERE user_id = $1) > 1";
    DESIGNATE = "UPDATE contacts SET is_designated = CASE WHEN contact_index = $3 THEN 1 ELSE 0 \
        END WHERE user_id = $1 AND kind = $2";
    PURGE = "DELETE FROM contact_changes WHERE id IN (SELECT id FROM contact_changes \
        WHERE state <> 'cooling' AND expires_at < $1 ORDER BY expires_at LIMIT $2)";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Pending,
    Cooling,
    Applied,
    Removed,
    /// Called off, undone, or overtaken by another person.
    Over,
}

impl State {
    fn from_code(code: &str) -> Option<Self> {
        match code {
            "pending" => Some(Self::Pending),
            "cooling" => Some(Self::Cooling),
            "applied" => Some(Self::Applied),
            "removed" => Some(Self::Removed),
            "reverted" | "lost" => Some(Self::Over),
            _ => None,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) id: ContactId,
    pub(super) user: UserId,
    pub(super) contact: Contact,
    pub(super) replaces: Option<ContactIndex>,
    pub(super) state: State,
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) verified_at: Option<Timestamp>,
    pub(super) effective_at: Option<Timestamp>,
}

impl Change {
    pub(super) fn is_cooling(&self) -> bool {
        self.state == State::Cooling
    }
}

/// Begins a change anew, unless the contact cools off already.
pub(super) fn begin(tx: &mut Tx<'_>, cx: &Cx<'_>, change: &Change) -> Result<(), Error> {
    let values = params![
        change.id.to_string(),
        change.user.raw(),
        change.contact.kind().code(),
        change.contact.index(cx.keys).bytes(),
        change.contact.seal_of(tx, cx, change.user)?,
        change.replaces.map(|index| index.bytes().to_vec()),
        change.created_at.micros(),
        change.expires_at.micros()
    ];
    if tx.execute(BEGIN_CHANGE, &values)? == 1 {
        return Ok(());
    }
    Err(crate::Rejection::ContactAlreadyVerified.into())
}

pub(super) fn find(
    tx: &mut Tx<'_>,
    cx: &Cx<'_>,
    id: ContactId,
    user: UserId,
) -> Result<Option<Change>, Error> {
    let found = tx.query_one(FIND, &params![id.to_string(), user.raw()], sealed)?;
    found.map(|sealed| open(tx, cx, sealed)).transpose()
}

pub(super) fn open_changes(
    read: &mut impl Read,
    cx: &Cx<'_>,
    user: UserId,
) -> Result<Vec<Change>, Error> {
    let found = read.query(OPEN_CHANGES, &params![user.raw()], sealed)?;
    found
        .into_iter()
        .map(|sealed| open(read, cx, sealed))
        .collect()
}

pub(super) fn due(tx: &mut Tx<'_>, cx: &Cx<'_>, most: i64) -> Result<Vec<Change>, Error> {
    let found = tx.query(DUE, &params![cx.now.micros(), most], sealed)?;
    found
        .into_iter()
        .map(|sealed| open(tx, cx, sealed))
        .collect()
}

pub(super) fn has_due(read: &mut impl Read, now: Timestamp) -> Result<bool, Fault> {
    let found = read.query_one(HAS_DUE, &params![now.micros()], |row| row.int(0))?;
    Ok(found.is_some())
}

pub(super) fn cool(
    tx: &mut Tx<'_>,
    id: ContactId,
    user: UserId,
    now: Timestamp,
    effective_at: Timestamp,
) -> Result<bool, Fault> {
    let values = params![
        id.to_string(),
        user.raw(),
        now.micros(),
        effective_at.micros()
    ];
    Ok(tx.execute(COOL, &values)? == 1)
}

pub(super) fn delay(tx: &mut Tx<'_>, change: &Change, until: Timestamp) -> Result<(), Fault> {
    tx.execute(DELAY, &params![change.id.to_string(), until.micros()])
        .map(|_| ())
}

pub(super) fn lose(tx: &mut Tx<'_>, change: &Change) -> Result<(), Fault> {
    tx.execute(LOSE, &params![change.id.to_string()])
        .map(|_| ())
}

/// Marks a change as applied and keeps what it replaced; `false` if it does not cool off any more.
pub(super) fn apply(
    tx: &mut Tx<'_>,
    cx: &Cx<'_>,
    change: &Change,
    replaced: Option<&ContactView>,
) -> Result<bool, Error> {
    let sealed = match replaced {
        Some(old) => Some(contact_of(old, cx)?.seal_of(tx, cx, change.user)?),
        None => None,
    };
    let values = params![
        change.id.to_string(),
        cx.now.micros(),
        replaced.map(|old| old.kind.code()),
        replaced.map(|old| old.index.bytes().to_vec()),
        sealed,
        replaced.map(|old| i64::from(old.is_designated))
    ];
    Ok(tx.execute(APPLY, &values)? == 1)
}

pub(super) fn call_off(tx: &mut Tx<'_>, id: ContactId, user: UserId) -> Result<bool, Fault> {
    Ok(tx.execute(CALL_OFF, &params![id.to_string(), user.raw()])? == 1)
}

pub(super) fn revert(tx: &mut Tx<'_>, id: ContactId, user: UserId) -> Result<bool, Fault> {
    Ok(tx.execute(REVERT, &params![id.to_string(), user.raw()])? == 1)
}

/// What an applied change took away, and whether security messages went there.
pub(super) fn replaced_by(
    tx: &mut Tx<'_>,
    cx: &Cx<'_>,
    id: ContactId,
    user: UserId,
) -> Result<Option<(Contact, bool)>, Error> {
    let found = tx.query_one(REPLACED_BY, &params![id.to_string(), user.raw()], |row| {
        let kind = ContactKind::from_code(row.text(0)?)
            .ok_or_else(|| Fault::corrupt("a contact is of an unknown kind"))?;
        let index = ContactIndex::from_stored(row.bytes(1)?);
        Ok((kind, index, row.blob(2)?.to_vec(), row.int(3)? != 0))
    })?;
    let Some((kind, index, sealed, is_designated)) = found else {
        return Ok(None);
    };
    let own = person_key::opener(tx, cx, user)?;
    let contact = Contact::open_of(kind, &index, &sealed, &own)?;
    Ok(Some((contact, is_designated)))
}

pub(super) fn keep_removed(
    tx: &mut Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    removed: &ContactView,
) -> Result<(), Error> {
    let contact = contact_of(removed, cx)?;
    let values = params![
        super::id_of(user, &removed.index).to_string(),
        user.raw(),
        removed.kind.code(),
        removed.index.bytes(),
        contact.seal_of(tx, cx, user)?,
        cx.now.micros()
    ];
    tx.execute(KEEP_REMOVED, &values)?;
    Ok(())
}

pub(super) fn insert_contact(
    tx: &mut Tx<'_>,
    cx: &Cx<'_>,
    change: &Change,
    is_designated: bool,
) -> Result<bool, Error> {
    insert(tx, cx, change.user, (&change.contact, is_designated))
}

/// `false` if somebody has it by now.
pub(super) fn restore_contact(
    tx: &mut Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    (contact, is_designated): (&Contact, bool),
) -> Result<bool, Error> {
    insert(tx, cx, user, (contact, is_designated))
}

fn insert(
    tx: &mut Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    (contact, is_designated): (&Contact, bool),
) -> Result<bool, Error> {
    let values = params![
        contact.index(cx.keys).bytes(),
        user.raw(),
        contact.kind().code(),
        contact.seal_of(tx, cx, user)?,
        i64::from(is_designated),
        cx.now.micros()
    ];
    Ok(tx.execute(INSERT_CONTACT, &values)? == 1)
}

pub(super) fn delete_contact(
    tx: &mut Tx<'_>,
    user: UserId,
    index: &ContactIndex,
) -> Result<bool, Fault> {
    Ok(tx.execute(DELETE_CONTACT, &params![user.raw(), index.bytes()])? == 1)
}

/// `false` if it is the person's last. Two at a time wait for each other at the person's row.
pub(super) fn delete_unless_last(
    tx: &mut Tx<'_>,
    user: UserId,
    index: &ContactIndex,
) -> Result<bool, Fault> {
    tx.execute(LOCK_PERSON, &params![user.raw()])?;
    Ok(tx.execute(DELETE_UNLESS_LAST, &params![user.raw(), index.bytes()])? == 1)
}

pub(super) fn designate(
    tx: &mut Tx<'_>,
    user: UserId,
    kind: ContactKind,
    index: &ContactIndex,
) -> Result<(), Fault> {
    tx.execute(DESIGNATE, &params![user.raw(), kind.code(), index.bytes()])
        .map(|_| ())
}

pub(super) fn purge(tx: &mut Tx<'_>, before: Timestamp, most: i64) -> Result<usize, Fault> {
    tx.execute(PURGE, &params![before.micros(), most])
}

fn contact_of(view: &ContactView, cx: &Cx<'_>) -> Result<Contact, Error> {
    Ok(Contact::parse(view.value.expose(), cx.policy)?)
}

struct Sealed {
    id: ContactId,
    user: UserId,
    kind: ContactKind,
    index: ContactIndex,
    sealed: Vec<u8>,
    replaces: Option<ContactIndex>,
    state: State,
    times: [Option<Timestamp>; 4],
}

fn sealed(row: &Row<'_>) -> Result<Sealed, Fault> {
    let corrupt = || Fault::corrupt("a change of contact is malformed");
    let time = |column| Ok::<_, Fault>(row.opt_int(column)?.map(Timestamp::from_micros));
    let replaces = match row.opt_blob(5)? {
        Some(_) => Some(ContactIndex::from_stored(row.bytes(5)?)),
        None => None,
    };
    Ok(Sealed {
        id: row.text(0)?.parse().map_err(|_| corrupt())?,
        user: UserId::from_raw(row.int(1)?),
        kind: ContactKind::from_code(row.text(2)?).ok_or_else(corrupt)?,
        index: ContactIndex::from_stored(row.bytes(3)?),
        sealed: row.blob(4)?.to_vec(),
        replaces,
        state: State::from_code(row.text(6)?).ok_or_else(corrupt)?,
        times: [time(7)?, time(8)?, time(9)?, time(10)?],
    })
}

fn open(read: &mut impl Read, cx: &Cx<'_>, sealed: Sealed) -> Result<Change, Error> {
    let own = person_key::opener(read, cx, sealed.user)?;
    let [created_at, expires_at, verified_at, effective_at] = sealed.times;
    Ok(Change {
        id: sealed.id,
        user: sealed.user,
        contact: Contact::open_of(sealed.kind, &sealed.index, &sealed.sealed, &own)?,
        replaces: sealed.replaces,
        state: sealed.state,
        created_at: created_at.unwrap_or_default(),
        expires_at: expires_at.unwrap_or_default(),
        verified_at,
        effective_at,
    })
}
