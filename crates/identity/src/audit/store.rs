use db::{Fault, Read, Row, Tx, params};
use vocab::{SessionId, Timestamp, UserId};

use super::{About, Action, Actor, Entry, GENESIS, Head, Named, Page};
use crate::keys::Tag;

db::sql! {
    IS_KEPT = "SELECT 1 FROM schema_migrations WHERE room = 'identity.audit' AND number = 1";
    LOCK_HEAD = "SELECT seq, mac FROM audit_head WHERE id = 1 {for_update}";
    HEAD = "SELECT seq, mac FROM audit_head WHERE id = 1";
    MAKE_HEAD = "INSERT INTO audit_head (id, seq, mac) VALUES (1, 0, NULL) \
        ON CONFLICT (id) DO NOTHING";
    MOVE_HEAD = "UPDATE audit_head SET seq = $2, mac = $3 WHERE id = 1 AND seq = $1";
    INSERT = "INSERT INTO audit_log (seq, at, actor_kind, actor_id, subject, action, object, \
        session_id, device_hash, mac) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    AFTER = "SELECT seq, at, actor_kind, actor_id, subject, action, object, session_id, \
        device_hash, mac FROM audit_log WHERE seq > $1 ORDER BY seq LIMIT $2";
    LIST = "SELECT seq, at, actor_kind, actor_id, subject, action, object, session_id, \
        device_hash, mac FROM audit_log WHERE seq < $1 ORDER BY seq DESC LIMIT $2";
    ABOUT = "SELECT seq, at, actor_kind, actor_id, subject, action, object, session_id, \
        device_hash, mac FROM audit_log WHERE subject = $1 AND seq < $2 \
        ORDER BY seq DESC LIMIT $3";
    DEEDS_OLDER = "SELECT seq, at, actor_kind, actor_id, subject, action, object, session_id, \
        device_hash, mac FROM audit_log WHERE subject = $1 AND seq < $2 \
        AND action NOT IN ('identity_seen', 'document_seen', 'case_seen', 'profile_seen', \
        'person_viewed', 'person_unmasked', 'documents_viewed', 'recovery_viewed') \
        ORDER BY seq DESC LIMIT $3";
    DEEDS_NEWER = "SELECT seq, at, actor_kind, actor_id, subject, action, object, session_id, \
        device_hash, mac FROM audit_log WHERE subject = $1 AND seq > $2 \
        AND action NOT IN ('identity_seen', 'document_seen', 'case_seen', 'profile_seen', \
        'person_viewed', 'person_unmasked', 'documents_viewed', 'recovery_viewed') \
        ORDER BY seq ASC LIMIT $3";
    LOOKS_OLDER = "SELECT seq, at, actor_kind, actor_id, subject, action, object, session_id, \
        device_hash, mac FROM audit_log WHERE subject = $1 AND seq < $2 \
        AND action IN ('identity_seen', 'document_seen', 'case_seen', 'profile_seen', \
        'person_viewed', 'person_unmasked', 'documents_viewed', 'recovery_viewed') \
        ORDER BY seq DESC LIMIT $3";
    LOOKS_NEWER = "SELECT seq, at, actor_kind, actor_id, subject, action, object, session_id, \
        device_hash, mac FROM audit_log WHERE subject = $1 AND seq > $2 \
        AND action IN ('identity_seen', 'document_seen', 'case_seen', 'profile_seen', \
        'person_viewed', 'person_unmasked', 'documents_viewed', 'recovery_viewed') \
        ORDER BY seq ASC LIMIT $3";
    PLACE_OF = "SELECT seq FROM audit_log WHERE subject = $1 AND mac = $2";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

/// A row as it lies there; `entry` is absent if its words are unknown.
pub(super) struct Stored {
    pub(super) seq: i64,
    pub(super) mac: Tag,
    pub(super) entry: Option<Entry>,
}

pub(super) fn lock_head(tx: &mut Tx<'_>) -> Result<Head, Fault> {
    if let Some(head) = tx.query_one(LOCK_HEAD, &[], stored_head)? {
        return Ok(head);
    }
    // The first entry of all; of two who make the head at once, one waits here.
    tx.execute(MAKE_HEAD, &[])?;
    tx.query_one(LOCK_HEAD, &[], stored_head)?
        .ok_or_else(|| Fault::corrupt("the audit log has no head"))
}

pub(super) fn head(read: &mut impl Read) -> Result<Head, Fault> {
    let found = read.query_one(HEAD, &[], stored_head)?;
    Ok(found.unwrap_or(Head {
        seq: 0,
        mac: GENESIS,
    }))
}

pub(super) fn is_kept(read: &mut impl Read) -> Result<bool, Fault> {
    Ok(read.query_one(IS_KEPT, &[], |row| row.int(0))?.is_some())
}

/// `false` if the head is not where it was.
pub(super) fn move_head(tx: &mut Tx<'_>, from: i64, to: Head) -> Result<bool, Fault> {
    Ok(tx.execute(MOVE_HEAD, &params![from, to.seq, to.mac])? == 1)
}

pub(super) fn insert(tx: &mut Tx<'_>, entry: &Entry, mac: &Tag) -> Result<(), Fault> {
    let values = params![
        entry.seq,
        entry.at.micros(),
        entry.actor.kind(),
        entry.actor.id(),
        entry.subject.map(UserId::raw),
        entry.action.code(),
        entry.object.as_str(),
        entry.session.map(|id| id.to_string()),
        entry.device,
        mac
    ];
    tx.execute(INSERT, &values).map(|_| ())
}

pub(super) fn after(read: &mut impl Read, seq: i64, most: i64) -> Result<Vec<Stored>, Fault> {
    read.query(AFTER, &params![seq, most], stored)
}

pub(super) fn list(read: &mut impl Read, page: Page) -> Result<Vec<Entry>, Fault> {
    let before = page.before.unwrap_or(i64::MAX);
    read.query(LIST, &params![before, page.most], known)
}

pub(super) fn about(read: &mut impl Read, user: UserId, page: Page) -> Result<Vec<Entry>, Fault> {
    let before = page.before.unwrap_or(i64::MAX);
    read.query(ABOUT, &params![user.raw(), before, page.most], known)
}

fn stored_head(row: &Row<'_>) -> Result<Head, Fault> {
    let seq = row.int(0)?;
    let mac = match seq {
        0 => GENESIS,
        _ => row.bytes(1)?,
    };
    Ok(Head { seq, mac })
}

fn known(row: &Row<'_>) -> Result<Entry, Fault> {
    stored(row)?
        .entry
        .ok_or_else(|| Fault::corrupt("an audit entry is malformed"))
}

fn stored(row: &Row<'_>) -> Result<Stored, Fault> {
    Ok(Stored {
        seq: row.int(0)?,
        mac: row.bytes(9)?,
        entry: entry(row)?,
    })
}

fn entry(row: &Row<'_>) -> Result<Option<Entry>, Fault> {
    let Some(actor) = Actor::read(row.text(2)?, row.text(3)?) else {
        return Ok(None);
    };
    let Some(action) = Action::from_code(row.text(5)?) else {
        return Ok(None);
    };
    let session = match row.opt_text(7)?.map(str::parse::<SessionId>) {
        None => None,
        Some(Ok(id)) => Some(id),
        Some(Err(_)) => return Ok(None),
    };
    let device = match row.opt_blob(8)?.map(Tag::try_from) {
        None => None,
        Some(Ok(device)) => Some(device),
        Some(Err(_)) => return Ok(None),
    };
    Ok(Some(Entry {
        seq: row.int(0)?,
        at: Timestamp::from_micros(row.int(1)?),
        actor,
        subject: row.opt_int(4)?.map(UserId::from_raw),
        action,
        object: row.text(6)?.to_owned(),
        session,
        device,
    }))
}

pub(super) fn place_of(
    read: &mut impl Read,
    user: UserId,
    name: &Tag,
) -> Result<Option<i64>, Fault> {
    read.query_one(PLACE_OF, &params![user.raw(), name], |row| row.int(0))
}

/// Newest first, older than a place.
pub(super) fn older(
    read: &mut impl Read,
    user: UserId,
    about: About,
    (place, most): (i64, i64),
) -> Result<Vec<Named>, Fault> {
    let sql = match about {
        About::Deeds => DEEDS_OLDER,
        About::Looks => LOOKS_OLDER,
    };
    read.query(sql, &params![user.raw(), place, most], named)
}

/// Oldest first, newer than a place.
pub(super) fn newer(
    read: &mut impl Read,
    user: UserId,
    about: About,
    (place, most): (i64, i64),
) -> Result<Vec<Named>, Fault> {
    let sql = match about {
        About::Deeds => DEEDS_NEWER,
        About::Looks => LOOKS_NEWER,
    };
    read.query(sql, &params![user.raw(), place, most], named)
}

fn named(row: &Row<'_>) -> Result<Named, Fault> {
    Ok(Named {
        name: row.bytes(9)?,
        entry: known(row)?,
    })
}
