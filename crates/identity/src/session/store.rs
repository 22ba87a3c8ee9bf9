use db::{Fault, Read, Row, Tx, params};
use vocab::{DeviceId, SessionId, Timestamp, UserId};

use super::Session;
use crate::{Method, keys::Tag};

db::sql! {
    DEVICE_OF = "SELECT user_id, device_sealed FROM sessions WHERE id = $1";
    EPOCH_OF = "SELECT epoch FROM users WHERE id = $1 AND state = 'active'";
    INSERT = "INSERT INTO sessions (id, user_id, token_hash, epoch, created_at, \
        authenticated_at, last_seen_at, expires_at, device_sealed, device_id, is_restricted) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    FIND = "SELECT s.id, s.user_id, s.epoch, s.created_at, s.authenticated_at, s.last_seen_at, \
        s.expires_at, s.device_id, s.is_restricted FROM sessions s \
        JOIN users u ON u.id = s.user_id \
        WHERE s.token_hash = $1 AND s.revoked_at IS NULL AND s.epoch = u.epoch \
        AND u.state = 'active'";
    FIND_PREVIOUS = "SELECT s.id, s.user_id, s.epoch, s.created_at, s.authenticated_at, \
        s.last_seen_at, s.expires_at, s.device_id, s.is_restricted, s.previous_until \
        FROM sessions s JOIN users u ON u.id = s.user_id \
        WHERE s.previous_hash = $1 AND s.previous_until > $2 AND s.revoked_at IS NULL \
        AND s.epoch = u.epoch AND u.state = 'active'";
    PROOFS = "SELECT method, proven_at FROM session_proofs WHERE session_id = $1 \
        ORDER BY proven_at, method";
    NOTE_PROOF = "INSERT INTO session_proofs (session_id, method, proven_at) VALUES ($1, $2, $3) \
        ON CONFLICT (session_id, method) DO UPDATE SET proven_at = excluded.proven_at";
    RENEW = "UPDATE sessions SET previous_hash = token_hash, previous_until = $3, \
        token_hash = $2 WHERE id = $1 AND revoked_at IS NULL";
    FIND_ONE = "SELECT s.id, s.user_id, s.epoch, s.created_at, s.authenticated_at, \
        s.last_seen_at, s.expires_at, s.device_id, s.is_restricted \
        FROM sessions s JOIN users u ON u.id = s.user_id \
        WHERE s.id = $1 AND s.revoked_at IS NULL AND s.epoch = u.epoch AND u.state = 'active'";
    LIST = "SELECT s.id, s.user_id, s.epoch, s.created_at, s.authenticated_at, s.last_seen_at, \
        s.expires_at, s.device_id, s.is_restricted, s.device_sealed, s.name_sealed FROM sessions s \
        JOIN users u ON u.id = s.user_id \
        WHERE s.user_id = $1 AND s.revoked_at IS NULL AND s.epoch = u.epoch \
        AND u.state = 'active' ORDER BY s.id DESC";
    TOUCH = "UPDATE sessions SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2 \
        AND last_seen_at > $3";
    REVOKE = "UPDATE sessions SET revoked_at = $3 \
        WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL";
    RENAME = "UPDATE sessions SET name_sealed = $3 \
        WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL";
    END_OTHERS = "UPDATE sessions SET revoked_at = $3 \
        WHERE user_id = $1 AND id <> $2 AND revoked_at IS NULL AND expires_at > $3";
    END_ON_DEVICE = "UPDATE sessions SET revoked_at = $3 \
        WHERE user_id = $1 AND device_id = $2 AND revoked_at IS NULL";
    PURGE_PROOFS = "DELETE FROM session_proofs WHERE session_id IN \
        (SELECT id FROM sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
    PURGE = "DELETE FROM sessions WHERE id IN \
        (SELECT id FROM sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

pub(super) fn epoch_of(read: &mut impl Read, user: UserId) -> Result<Option<i64>, Fault> {
    read.query_one(EPOCH_OF, &params![user.raw()], |row| row.int(0))
}

pub(super) fn insert(
    tx: &mut Tx<'_>,
    session: &Session,
    token_hash: &Tag,
    device: Vec<u8>,
) -> Result<(), Fault> {
    let values = params![
        session.id.to_string(),
        session.user.raw(),
        token_hash,
        session.epoch,
        session.created_at.micros(),
        session.authenticated_at.micros(),
        session.last_seen_at.micros(),
        session.expires_at.micros(),
        device,
        session.device.map(|device| device.to_string()),
        i64::from(session.is_restricted)
    ];
    tx.execute(INSERT, &values)?;
    for &(method, at) in &session.proofs {
        note_proof(tx, session.id, method, at)?;
    }
    Ok(())
}

/// The session of this secret; of one that was renewed it knows both for a while.
pub(super) fn find(
    read: &mut impl Read,
    token_hash: &Tag,
    now: Timestamp,
) -> Result<Option<Session>, Fault> {
    let found = match read.query_one(FIND, &params![token_hash], session)? {
        Some(found) => Some(found),
        None => read.query_one(FIND_PREVIOUS, &params![token_hash, now.micros()], |row| {
            let found = session(row)?;
            let expires_at = found.expires_at.min(Timestamp::from_micros(row.int(9)?));
            Ok(Session {
                expires_at,
                ..found
            })
        })?,
    };
    found.map(|found| with_proofs(read, found)).transpose()
}

/// The session of this id, unless it was revoked or its person's epoch is another.
pub(super) fn find_one(read: &mut impl Read, id: SessionId) -> Result<Option<Session>, Fault> {
    let found = read.query_one(FIND_ONE, &params![id.to_string()], session)?;
    found.map(|found| with_proofs(read, found)).transpose()
}

fn with_proofs(read: &mut impl Read, session: Session) -> Result<Session, Fault> {
    let proofs = read.query(PROOFS, &params![session.id.to_string()], |row| {
        let method = Method::from_code(row.text(0)?)
            .ok_or_else(|| Fault::corrupt("a session was proven by an unknown method"))?;
        Ok((method, Timestamp::from_micros(row.int(1)?)))
    })?;
    Ok(Session { proofs, ..session })
}

pub(super) fn note_proof(
    tx: &mut Tx<'_>,
    id: SessionId,
    method: Method,
    at: Timestamp,
) -> Result<(), Fault> {
    tx.execute(
        NOTE_PROOF,
        &params![id.to_string(), method.code(), at.micros()],
    )
    .map(|_| ())
}

/// `false` if the session was revoked.
pub(super) fn renew(
    tx: &mut Tx<'_>,
    id: SessionId,
    token_hash: &Tag,
    previous_until: Timestamp,
) -> Result<bool, Fault> {
    let values = params![id.to_string(), token_hash, previous_until.micros()];
    Ok(tx.execute(RENEW, &values)? == 1)
}

/// A session as its owner's list needs it.
pub(super) struct Listed {
    pub(super) session: Session,
    pub(super) device: Vec<u8>,
    pub(super) name: Option<Vec<u8>>,
}

pub(super) fn list(read: &mut impl Read, user: UserId) -> Result<Vec<Listed>, Fault> {
    let found = read.query(LIST, &params![user.raw()], |row| {
        Ok(Listed {
            session: session(row)?,
            device: row.blob(9)?.to_vec(),
            name: row.opt_blob(10)?.map(<[u8]>::to_vec),
        })
    })?;
    found
        .into_iter()
        .map(|listed| {
            Ok(Listed {
                session: with_proofs(read, listed.session)?,
                ..listed
            })
        })
        .collect()
}

/// Changes nothing if it was silent since before `alive_since`.
pub(super) fn touch(
    tx: &mut Tx<'_>,
    id: SessionId,
    now: Timestamp,
    alive_since: Timestamp,
) -> Result<(), Fault> {
    let values = params![id.to_string(), now.micros(), alive_since.micros()];
    tx.execute(TOUCH, &values).map(|_| ())
}

/// `false` if there is no such live session of this person.
pub(super) fn revoke(
    tx: &mut Tx<'_>,
    user: UserId,
    id: SessionId,
    now: Timestamp,
) -> Result<bool, Fault> {
    Ok(tx.execute(REVOKE, &params![id.to_string(), user.raw(), now.micros()])? == 1)
}

/// `false` if there is no such live session of this person.
pub(super) fn rename(
    tx: &mut Tx<'_>,
    user: UserId,
    id: SessionId,
    name: Vec<u8>,
) -> Result<bool, Fault> {
    Ok(tx.execute(RENAME, &params![id.to_string(), user.raw(), name])? == 1)
}

/// How many were ended.
pub(super) fn end_others(
    tx: &mut Tx<'_>,
    user: UserId,
    keep: SessionId,
    now: Timestamp,
) -> Result<usize, Fault> {
    tx.execute(
        END_OTHERS,
        &params![user.raw(), keep.to_string(), now.micros()],
    )
}

pub(super) fn end_on_device(
    tx: &mut Tx<'_>,
    user: UserId,
    device: DeviceId,
    now: Timestamp,
) -> Result<(), Fault> {
    let values = params![user.raw(), device.to_string(), now.micros()];
    tx.execute(END_ON_DEVICE, &values).map(|_| ())
}

pub(super) fn purge(tx: &mut Tx<'_>, before: Timestamp, most: i64) -> Result<usize, Fault> {
    let values = params![before.micros(), most];
    tx.execute(PURGE_PROOFS, &values)?;
    tx.execute(PURGE, &values)
}

fn session(row: &Row<'_>) -> Result<Session, Fault> {
    let time = |column| row.int(column).map(Timestamp::from_micros);
    let corrupt = || Fault::corrupt("a session is malformed");
    let device = row
        .opt_text(7)?
        .map(|text| text.parse().map_err(|_| corrupt()));
    Ok(Session {
        id: row.text(0)?.parse().map_err(|_| corrupt())?,
        user: UserId::from_raw(row.int(1)?),
        epoch: row.int(2)?,
        created_at: time(3)?,
        authenticated_at: time(4)?,
        last_seen_at: time(5)?,
        expires_at: time(6)?,
        device: device.transpose()?,
        is_restricted: row.int(8)? != 0,
        proofs: Vec::new(),
    })
}

pub(super) fn device_of(
    read: &mut impl Read,
    id: SessionId,
) -> Result<Option<(UserId, Vec<u8>)>, Fault> {
    read.query_one(DEVICE_OF, &params![id.to_string()], |row| {
        Ok((UserId::from_raw(row.int(0)?), row.blob(1)?.to_vec()))
    })
}
