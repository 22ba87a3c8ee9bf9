use db::{Fault, Read, Tx, params};
use vocab::{Timestamp, UserId};

use super::{Consent, ConsentView};
use crate::{ContactIndex, ContactKind, Locale};

db::sql! {
    FIND = "SELECT name_sealed, locale, state, created_at, epoch FROM users WHERE id = $1";
    INSERT = "INSERT INTO users (id, name_sealed, locale, state, created_at, epoch) \
        VALUES ($1, $2, $3, 'active', $4, 1) ON CONFLICT (id) DO NOTHING";
    RAISE_EPOCH = "UPDATE users SET epoch = epoch + 1 WHERE id = $1";
    FIND_OWNER = "SELECT user_id FROM contacts WHERE contact_index = $1";
    CONTACTS_OF = "SELECT kind, contact_index, contact_sealed, is_designated, verified_at \
        FROM contacts WHERE user_id = $1 ORDER BY verified_at, contact_index";
    INSERT_CONTACT = "INSERT INTO contacts \
        (contact_index, user_id, kind, contact_sealed, is_designated, verified_at) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (contact_index) DO NOTHING";
    TAKE_ATTEMPT_NOTICE = "UPDATE contacts SET attempt_notice_at = $2 \
        WHERE contact_index = $1 AND (attempt_notice_at IS NULL OR attempt_notice_at <= $3)";
    CONSENTS_OF = "SELECT document, version, accepted_at FROM consents WHERE user_id = $1 \
        ORDER BY accepted_at, document";
    INSERT_CONSENT = "INSERT INTO consents (user_id, document, version, accepted_at) \
        VALUES ($1, 'terms', $2, $3)";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

pub(super) struct StoredUser {
    pub(super) name: Vec<u8>,
    pub(super) locale: Locale,
    pub(super) state: String,
    pub(super) created_at: Timestamp,
    pub(super) epoch: i64,
}

pub(super) struct StoredContact {
    pub(super) kind: ContactKind,
    pub(super) index: ContactIndex,
    pub(super) sealed: Vec<u8>,
    pub(super) is_designated: bool,
    pub(super) verified_at: Timestamp,
}

pub(super) fn find(read: &mut impl Read, id: UserId) -> Result<Option<StoredUser>, Fault> {
    read.query_one(FIND, &params![id.raw()], |row| {
        Ok(StoredUser {
            name: row.blob(0)?.to_vec(),
            locale: Locale::from_tag(row.text(1)?).unwrap_or_default(),
            state: row.text(2)?.to_owned(),
            created_at: Timestamp::from_micros(row.int(3)?),
            epoch: row.int(4)?,
        })
    })
}

/// `false` if the id is taken.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    id: UserId,
    name: Vec<u8>,
    locale: Locale,
    now: Timestamp,
) -> Result<bool, Fault> {
    Ok(tx.execute(
        INSERT,
        &params![id.raw(), name, locale.code(), now.micros()],
    )? == 1)
}

pub(super) fn raise_epoch(tx: &mut Tx<'_>, id: UserId) -> Result<bool, Fault> {
    Ok(tx.execute(RAISE_EPOCH, &params![id.raw()])? == 1)
}

pub(super) fn find_owner(
    read: &mut impl Read,
    index: &ContactIndex,
) -> Result<Option<UserId>, Fault> {
    read.query_one(FIND_OWNER, &params![index.bytes()], |row| {
        row.int(0).map(UserId::from_raw)
    })
}

pub(super) fn contacts_of(read: &mut impl Read, id: UserId) -> Result<Vec<StoredContact>, Fault> {
    read.query(CONTACTS_OF, &params![id.raw()], |row| {
        Ok(StoredContact {
            kind: ContactKind::from_code(row.text(0)?)
                .ok_or_else(|| Fault::corrupt("a contact is of an unknown kind"))?,
            index: ContactIndex::from_stored(row.bytes(1)?),
            sealed: row.blob(2)?.to_vec(),
            is_designated: row.int(3)? != 0,
            verified_at: Timestamp::from_micros(row.int(4)?),
        })
    })
}

/// `false` if the contact belongs to somebody.
pub(super) fn insert_contact(
    tx: &mut Tx<'_>,
    id: UserId,
    contact: &StoredContact,
) -> Result<bool, Fault> {
    let values = params![
        contact.index.bytes(),
        id.raw(),
        contact.kind.code(),
        contact.sealed.as_slice(),
        i64::from(contact.is_designated),
        contact.verified_at.micros()
    ];
    Ok(tx.execute(INSERT_CONTACT, &values)? == 1)
}

pub(super) fn take_attempt_notice(
    tx: &mut Tx<'_>,
    index: &ContactIndex,
    now: Timestamp,
    before: Timestamp,
) -> Result<bool, Fault> {
    let values = params![index.bytes(), now.micros(), before.micros()];
    Ok(tx.execute(TAKE_ATTEMPT_NOTICE, &values)? == 1)
}

pub(super) fn insert_consent(tx: &mut Tx<'_>, id: UserId, consent: &Consent) -> Result<(), Fault> {
    let values = params![
        id.raw(),
        consent.version.as_str(),
        consent.accepted_at.micros()
    ];
    tx.execute(INSERT_CONSENT, &values).map(|_| ())
}

pub(super) fn consents_of(read: &mut impl Read, id: UserId) -> Result<Vec<ConsentView>, Fault> {
    read.query(CONSENTS_OF, &params![id.raw()], |row| {
        Ok(ConsentView {
            document: row.text(0)?.to_owned(),
            version: row.text(1)?.to_owned(),
            accepted_at: Timestamp::from_micros(row.int(2)?),
        })
    })
}
