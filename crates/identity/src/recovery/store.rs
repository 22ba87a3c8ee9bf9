use db::{Fault, Read, Tx, params};
use vocab::{RecoveryId, Timestamp, UserId};

use super::{RecoveryMethod, RecoveryState};
use crate::{Contact, ContactIndex, ContactKind, Cx, Error, Locale, keys::Tag};

db::sql! {
    INSERT = "INSERT INTO recoveries (id, ticket_hash, user_id, contact_kind, contact_index, \
        contact_sealed, locale, state, proofs, epoch, password_at, is_reviewed, created_at, \
        expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', $9, $10, $11, $12, $13)";
    FIND = "SELECT ticket_hash, user_id, contact_kind, contact_index, contact_sealed, locale, \
        state, proofs, epoch, password_at, is_reviewed, expires_at FROM recoveries \
        WHERE id = $1 {for_update}";
    ADVANCE = "UPDATE recoveries SET state = $3, proofs = $4 WHERE id = $1 AND state = $2";
    REVIEWED = "UPDATE recoveries SET state = 'code_sent', is_reviewed = 1, user_id = $2, \
        contact_kind = $3, contact_index = $4, contact_sealed = $5, epoch = $6, \
        password_at = $7, expires_at = $8 WHERE id = $1 AND state = 'in_review'";
    BASIS_OF = "SELECT u.epoch, p.changed_at FROM users u \
        LEFT JOIN passwords p ON p.user_id = u.id WHERE u.id = $1";
    PURGE = "DELETE FROM recoveries WHERE id IN \
        (SELECT id FROM recoveries WHERE expires_at < $1 AND state <> 'in_review' \
        ORDER BY expires_at LIMIT $2)";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

/// The person's epoch and the moment of their password.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Basis {
    epoch: i64,
    password_at: i64,
}

pub(super) struct StoredRecovery {
    pub(super) id: RecoveryId,
    pub(super) ticket: Tag,
    pub(super) user: Option<UserId>,
    pub(super) contact: Option<Contact>,
    pub(super) locale: Locale,
    pub(super) state: RecoveryState,
    pub(super) proofs: Vec<RecoveryMethod>,
    pub(super) basis: Basis,
    pub(super) is_reviewed: bool,
    pub(super) expires_at: Timestamp,
}

struct Row {
    ticket: Tag,
    user: Option<UserId>,
    contact: Option<(ContactKind, ContactIndex, Vec<u8>)>,
    locale: Locale,
    state: RecoveryState,
    proofs: Vec<RecoveryMethod>,
    basis: Basis,
    is_reviewed: bool,
    expires_at: Timestamp,
}

pub(super) fn insert(tx: &mut Tx<'_>, cx: &Cx<'_>, recovery: &StoredRecovery) -> Result<(), Fault> {
    let contact = recovery.contact.as_ref();
    let values = params![
        recovery.id.to_string(),
        recovery.ticket,
        recovery.user.map(UserId::raw),
        contact.map(|contact| contact.kind().code()),
        contact.map(|contact| contact.index(cx.keys).bytes().to_vec()),
        contact.map(|contact| contact.seal(cx.keys, cx.entropy)),
        recovery.locale.code(),
        recovery.state.code(),
        recovery.basis.epoch,
        recovery.basis.password_at,
        i64::from(recovery.is_reviewed),
        cx.now.micros(),
        recovery.expires_at.micros()
    ];
    tx.execute(INSERT, &values).map(|_| ())
}

pub(super) fn find(
    tx: &mut Tx<'_>,
    cx: &Cx<'_>,
    id: RecoveryId,
) -> Result<Option<StoredRecovery>, Error> {
    let Some(row) = tx.query_one(FIND, &params![id.to_string()], row)? else {
        return Ok(None);
    };
    let open = |(kind, index, sealed): (ContactKind, ContactIndex, Vec<u8>)| {
        Contact::open(kind, &index, &sealed, cx.keys)
    };
    Ok(Some(StoredRecovery {
        id,
        ticket: row.ticket,
        user: row.user,
        contact: row.contact.map(open).transpose()?,
        locale: row.locale,
        state: row.state,
        proofs: row.proofs,
        basis: row.basis,
        is_reviewed: row.is_reviewed,
        expires_at: row.expires_at,
    }))
}

/// `false` if it is not in the first of the two states.
pub(super) fn advance(
    tx: &mut Tx<'_>,
    (id, from, to): (RecoveryId, RecoveryState, RecoveryState),
    proofs: &[RecoveryMethod],
) -> Result<bool, Fault> {
    let proofs: Vec<&str> = proofs.iter().map(|proof| proof.code()).collect();
    let values = params![id.to_string(), from.code(), to.code(), proofs.join(" ")];
    Ok(tx.execute(ADVANCE, &values)? == 1)
}

/// Gives a flow that was looked at by people another contact and more time; `false` if it does
/// not wait for that.
pub(super) fn reviewed(
    tx: &mut Tx<'_>,
    cx: &Cx<'_>,
    recovery: &StoredRecovery,
    contact: &Contact,
) -> Result<bool, Fault> {
    let values = params![
        recovery.id.to_string(),
        recovery.user.map(UserId::raw),
        contact.kind().code(),
        contact.index(cx.keys).bytes(),
        contact.seal(cx.keys, cx.entropy),
        recovery.basis.epoch,
        recovery.basis.password_at,
        recovery.expires_at.micros()
    ];
    Ok(tx.execute(REVIEWED, &values)? == 1)
}

pub(super) fn basis_of(read: &mut impl Read, user: UserId) -> Result<Option<Basis>, Fault> {
    read.query_one(BASIS_OF, &params![user.raw()], |row| {
        Ok(Basis {
            epoch: row.int(0)?,
            password_at: row.opt_int(1)?.unwrap_or_default(),
        })
    })
}

pub(super) fn purge(tx: &mut Tx<'_>, before: Timestamp, most: i64) -> Result<usize, Fault> {
    tx.execute(PURGE, &params![before.micros(), most])
}

fn row(row: &db::Row<'_>) -> Result<Row, Fault> {
    let corrupt = || Fault::corrupt("a recovery is of an unknown kind or state");
    let contact = match (row.opt_text(2)?, row.opt_blob(4)?) {
        (Some(kind), Some(sealed)) => Some((
            ContactKind::from_code(kind).ok_or_else(corrupt)?,
            ContactIndex::from_stored(row.bytes(3)?),
            sealed.to_vec(),
        )),
        _ => None,
    };
    let proofs = row.text(7)?.split_whitespace();
    let proofs = proofs.map(|code| RecoveryMethod::from_code(code).ok_or_else(corrupt));
    Ok(Row {
        ticket: row.bytes(0)?,
        user: row.opt_int(1)?.map(UserId::from_raw),
        contact,
        locale: Locale::from_tag(row.text(5)?).unwrap_or_default(),
        state: RecoveryState::from_code(row.text(6)?).ok_or_else(corrupt)?,
        proofs: proofs.collect::<Result<_, _>>()?,
        basis: Basis {
            epoch: row.int(8)?,
            password_at: row.int(9)?,
        },
        is_reviewed: row.int(10)? != 0,
        expires_at: Timestamp::from_micros(row.int(11)?),
    })
}
