use db::{Fault, Read, Tx, params};
use vocab::{RegistrationId, Timestamp};

use super::RegistrationState;
use crate::{Contact, ContactIndex, ContactKind, Cx, Error, Locale, user::Consent};

db::sql! {
    INSERT = "INSERT INTO registrations \
        (id, contact_kind, contact_index, contact_sealed, locale, state, terms_version, \
        created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    FIND = "SELECT contact_kind, contact_index, contact_sealed, locale, state, terms_version, \
        created_at, expires_at FROM registrations WHERE id = $1";
    ADVANCE = "UPDATE registrations SET state = $3 WHERE id = $1 AND state = $2";
    PURGE = "DELETE FROM registrations WHERE id IN \
        (SELECT id FROM registrations WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

pub(super) struct StoredRegistration {
    pub(super) id: RegistrationId,
    pub(super) contact: Contact,
    pub(super) locale: Locale,
    pub(super) state: RegistrationState,
    pub(super) consent: Consent,
    pub(super) expires_at: Timestamp,
}

pub(super) fn insert(
    tx: &mut Tx<'_>,
    cx: &Cx<'_>,
    registration: &StoredRegistration,
) -> Result<(), Fault> {
    let contact = &registration.contact;
    let values = params![
        registration.id.to_string(),
        contact.kind().code(),
        contact.index(cx.keys).bytes(),
        contact.seal(cx.keys, cx.entropy),
        registration.locale.code(),
        registration.state.code(),
        registration.consent.version.as_str(),
        registration.consent.accepted_at.micros(),
        registration.expires_at.micros()
    ];
    tx.execute(INSERT, &values).map(|_| ())
}

struct Sealed {
    kind: ContactKind,
    index: ContactIndex,
    contact: Vec<u8>,
}

pub(super) fn find(
    read: &mut impl Read,
    cx: &Cx<'_>,
    id: RegistrationId,
) -> Result<Option<StoredRegistration>, Error> {
    let found = read.query_one(FIND, &params![id.to_string()], |row| {
        let corrupt = || Fault::corrupt("a registration is of an unknown kind or state");
        let sealed = Sealed {
            kind: ContactKind::from_code(row.text(0)?).ok_or_else(corrupt)?,
            index: ContactIndex::from_stored(row.bytes(1)?),
            contact: row.blob(2)?.to_vec(),
        };
        let locale = Locale::from_tag(row.text(3)?).unwrap_or_default();
        let state = RegistrationState::from_code(row.text(4)?).ok_or_else(corrupt)?;
        let accepted_at = Timestamp::from_micros(row.int(6)?);
        let consent = Consent {
            version: row.text(5)?.to_owned(),
            accepted_at,
        };
        Ok((
            sealed,
            locale,
            state,
            consent,
            Timestamp::from_micros(row.int(7)?),
        ))
    })?;
    let Some((sealed, locale, state, consent, expires_at)) = found else {
        return Ok(None);
    };
    let contact = Contact::open(sealed.kind, &sealed.index, &sealed.contact, cx.keys)?;
    Ok(Some(StoredRegistration {
        id,
        contact,
        locale,
        state,
        consent,
        expires_at,
    }))
}

/// `false` if the registration is not in the state `from`.
pub(super) fn advance(
    tx: &mut Tx<'_>,
    id: RegistrationId,
    from: RegistrationState,
    to: RegistrationState,
) -> Result<bool, Fault> {
    Ok(tx.execute(ADVANCE, &params![id.to_string(), from.code(), to.code()])? == 1)
}

pub(super) fn purge(tx: &mut Tx<'_>, before: Timestamp, most: i64) -> Result<usize, Fault> {
    tx.execute(PURGE, &params![before.micros(), most])
}
