use db::{Fault, Read, Row, Tx, params};
use vocab::{OperatorId, StaffRequestId, Timestamp, UserId};

use super::{Operator, OperatorSession, Request, RequestKind, RequestState, Role};
use crate::{Secret, keys::Tag};

db::sql! {
    INSERT = "INSERT INTO operators (id, name, role, password_sealed, totp_sealed, totp_step, \
        failures, blocked_until, created_at) VALUES ($1, $2, $3, $4, $5, 0, 0, 0, $6) \
        ON CONFLICT (name) DO NOTHING";
    FIND_BY_NAME = "SELECT id, name, role, created_at, ended_at, password_sealed, totp_sealed, failures, \
        blocked_until FROM operators WHERE name = $1";
    LOCK = "SELECT id, name, role, created_at, ended_at, password_sealed, totp_sealed, failures, \
        blocked_until FROM operators WHERE id = $1 {for_update}";
    LIST = "SELECT id, name, role, created_at, ended_at FROM operators ORDER BY id";
    NOTE_FAILURE = "UPDATE operators SET failures = $2, blocked_until = $3 WHERE id = $1";
    TAKE_STEP = "UPDATE operators SET totp_step = $2, failures = 0 \
        WHERE id = $1 AND totp_step < $2";
    SET_ROLE = "UPDATE operators SET role = $2 WHERE id = $1 AND ended_at IS NULL";
    END = "UPDATE operators SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
    PURGE = "DELETE FROM operator_sessions WHERE token_hash IN (SELECT token_hash \
        FROM operator_sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)";
    OPEN_SESSION = "INSERT INTO operator_sessions (token_hash, operator_id, created_at, \
        last_seen_at, expires_at) VALUES ($1, $2, $3, $3, $4)";
    TOUCH = "UPDATE operator_sessions SET last_seen_at = $2 \
        WHERE token_hash = $1 AND last_seen_at > $3 AND expires_at > $2";
    FIND_SESSION = "SELECT o.id, o.name, o.role, o.created_at, o.ended_at, s.expires_at \
        FROM operator_sessions s JOIN operators o ON o.id = s.operator_id \
        WHERE s.token_hash = $1";
    END_SESSION = "DELETE FROM operator_sessions WHERE token_hash = $1";
    END_SESSIONS_OF = "DELETE FROM operator_sessions WHERE operator_id = $1";
    OFFER_BOOTSTRAP = "INSERT INTO operator_bootstrap (id, mac, expires_at) VALUES (1, $1, $2) \
        ON CONFLICT (id) DO UPDATE SET mac = excluded.mac, expires_at = excluded.expires_at, \
        used_at = NULL";
    OPEN_BOOTSTRAP = "SELECT mac FROM operator_bootstrap \
        WHERE id = 1 AND used_at IS NULL AND expires_at > $1";
    USE_BOOTSTRAP = "UPDATE operator_bootstrap SET used_at = $1 \
        WHERE id = 1 AND used_at IS NULL AND expires_at > $1";
    FORGET_UNMASKS = "DELETE FROM operator_unmasks WHERE operator_id = $1 AND taken_at <= $2";
    TAKE_UNMASK = "INSERT INTO operator_unmasks (operator_id, place, taken_at) \
        VALUES ($1, $2, $3) ON CONFLICT (operator_id, place) DO NOTHING";
    INSERT_REQUEST = "INSERT INTO staff_requests (id, kind, user_id, object, word, reason_sealed, \
        state, asked_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, 'open', $7, $8, $9)";
    FIND_REQUEST = "SELECT id, kind, user_id, object, word, state, asked_by, created_at, \
        expires_at, reason_sealed FROM staff_requests WHERE id = $1";
    OPEN_REQUESTS = "SELECT id, kind, user_id, object, word, state, asked_by, created_at, \
        expires_at, reason_sealed FROM staff_requests WHERE state = 'open' AND expires_at > $1 \
        ORDER BY created_at, id LIMIT $2";
    DECIDE_REQUEST = "UPDATE staff_requests SET state = $3, decided_by = $2, decided_at = $4 \
        WHERE id = $1 AND state = 'open' AND asked_by <> $2 AND expires_at > $4";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

pub(super) struct NewStored<'a> {
    pub(super) id: OperatorId,
    pub(super) name: &'a str,
    pub(super) role: Role,
    pub(super) password: Vec<u8>,
    pub(super) totp: Vec<u8>,
}

pub(super) struct Stored {
    pub(super) operator: Operator,
    pub(super) password: Vec<u8>,
    pub(super) totp: Vec<u8>,
    pub(super) failures: i64,
    pub(super) blocked_until: Timestamp,
}

/// `false` if the name is taken.
pub(super) fn insert(tx: &mut Tx<'_>, new: &NewStored<'_>, now: Timestamp) -> Result<bool, Fault> {
    let values = params![
        new.id.to_string(),
        new.name,
        new.role.code(),
        new.password.as_slice(),
        new.totp.as_slice(),
        now.micros()
    ];
    Ok(tx.execute(INSERT, &values)? == 1)
}

pub(super) fn find_by_name(read: &mut impl Read, name: &str) -> Result<Option<Stored>, Fault> {
    read.query_one(FIND_BY_NAME, &params![name], stored)
}

pub(super) fn lock(tx: &mut Tx<'_>, id: OperatorId) -> Result<Option<Stored>, Fault> {
    tx.query_one(LOCK, &params![id.to_string()], stored)
}

pub(super) fn list(read: &mut impl Read) -> Result<Vec<Operator>, Fault> {
    read.query(LIST, &params![], operator)
}

pub(super) fn note_failure(
    tx: &mut Tx<'_>,
    id: OperatorId,
    failures: i64,
    blocked_until: Timestamp,
) -> Result<(), Fault> {
    let values = params![id.to_string(), failures, blocked_until.micros()];
    tx.execute(NOTE_FAILURE, &values).map(|_| ())
}

/// `false` if a code of this step was used before.
pub(super) fn take_step(tx: &mut Tx<'_>, id: OperatorId, step: i64) -> Result<bool, Fault> {
    Ok(tx.execute(TAKE_STEP, &params![id.to_string(), step])? == 1)
}

pub(super) fn set_role(tx: &mut Tx<'_>, id: OperatorId, role: Role) -> Result<bool, Fault> {
    Ok(tx.execute(SET_ROLE, &params![id.to_string(), role.code()])? == 1)
}

pub(super) fn open_session(
    tx: &mut Tx<'_>,
    token: &Tag,
    id: OperatorId,
    (now, expires_at): (Timestamp, Timestamp),
) -> Result<(), Fault> {
    let values = params![token, id.to_string(), now.micros(), expires_at.micros()];
    tx.execute(OPEN_SESSION, &values).map(|_| ())
}

/// `false` if there is none, or it is over.
pub(super) fn touch(
    tx: &mut Tx<'_>,
    token: &Tag,
    now: Timestamp,
    quiet_since: Timestamp,
) -> Result<bool, Fault> {
    let values = params![token, now.micros(), quiet_since.micros()];
    Ok(tx.execute(TOUCH, &values)? == 1)
}

pub(super) fn find_session(
    read: &mut impl Read,
    token: &Tag,
) -> Result<Option<OperatorSession>, Fault> {
    read.query_one(FIND_SESSION, &params![token], |row| {
        Ok(OperatorSession {
            operator: operator(row)?,
            expires_at: Timestamp::from_micros(row.int(5)?),
        })
    })
}

pub(super) fn end_session(tx: &mut Tx<'_>, token: &Tag) -> Result<(), Fault> {
    tx.execute(END_SESSION, &params![token]).map(|_| ())
}

pub(super) fn end_sessions_of(tx: &mut Tx<'_>, id: OperatorId) -> Result<(), Fault> {
    tx.execute(END_SESSIONS_OF, &params![id.to_string()])
        .map(|_| ())
}

pub(super) fn offer_bootstrap(
    tx: &mut Tx<'_>,
    mac: &Tag,
    expires_at: Timestamp,
) -> Result<(), Fault> {
    tx.execute(OFFER_BOOTSTRAP, &params![mac, expires_at.micros()])
        .map(|_| ())
}

pub(super) fn open_bootstrap(read: &mut impl Read, now: Timestamp) -> Result<Option<Tag>, Fault> {
    read.query_one(OPEN_BOOTSTRAP, &params![now.micros()], |row| row.bytes(0))
}

pub(super) fn use_bootstrap(tx: &mut Tx<'_>, now: Timestamp) -> Result<bool, Fault> {
    Ok(tx.execute(USE_BOOTSTRAP, &params![now.micros()])? == 1)
}

/// Takes one of `most` places that become free again after a while; `false` if all are taken.
pub(super) fn take_unmask(
    tx: &mut Tx<'_>,
    id: OperatorId,
    (now, since): (Timestamp, Timestamp),
    most: i64,
) -> Result<bool, Fault> {
    let id = id.to_string();
    tx.execute(FORGET_UNMASKS, &params![id.as_str(), since.micros()])?;
    for place in 0..most {
        if tx.execute(TAKE_UNMASK, &params![id.as_str(), place, now.micros()])? == 1 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A request as it lies there, its reason still sealed.
pub(super) struct StoredRequest {
    pub(super) request: Request,
    pub(super) reason: Vec<u8>,
}

pub(super) fn insert_request(
    tx: &mut Tx<'_>,
    request: &Request,
    reason: Vec<u8>,
) -> Result<(), Fault> {
    let (object, word) = match request.kind {
        RequestKind::LiftFreeze { freeze, .. } => (freeze.to_string(), String::new()),
        RequestKind::ChangeTier { tier, .. } => (String::new(), tier.to_string()),
        RequestKind::Adjust { adjustment, .. } => (adjustment.to_string(), String::new()),
        RequestKind::ChangeRole { operator, role } => {
            (operator.to_string(), role.code().to_owned())
        }
    };
    let values = params![
        request.id.to_string(),
        request.kind.code(),
        request.kind.user().map(UserId::raw),
        object,
        word,
        reason,
        request.asked_by.to_string(),
        request.created_at.micros(),
        request.expires_at.micros()
    ];
    tx.execute(INSERT_REQUEST, &values).map(|_| ())
}

pub(super) fn find_request(
    read: &mut impl Read,
    id: StaffRequestId,
) -> Result<Option<StoredRequest>, Fault> {
    read.query_one(FIND_REQUEST, &params![id.to_string()], request)
}

pub(super) fn open_requests(
    read: &mut impl Read,
    now: Timestamp,
    most: i64,
) -> Result<Vec<StoredRequest>, Fault> {
    read.query(OPEN_REQUESTS, &params![now.micros(), most], request)
}

/// `false` if it is decided, over, or the decider's own.
pub(super) fn decide_request(
    tx: &mut Tx<'_>,
    id: StaffRequestId,
    (by, state): (OperatorId, RequestState),
    now: Timestamp,
) -> Result<bool, Fault> {
    let values = params![id.to_string(), by.to_string(), state.code(), now.micros()];
    Ok(tx.execute(DECIDE_REQUEST, &values)? == 1)
}

pub(super) fn end(tx: &mut Tx<'_>, id: OperatorId, now: Timestamp) -> Result<bool, Fault> {
    Ok(tx.execute(END, &params![id.to_string(), now.micros()])? == 1)
}

pub(super) fn purge(tx: &mut Tx<'_>, now: Timestamp, most: i64) -> Result<usize, Fault> {
    tx.execute(PURGE, &params![now.micros(), most])
}

fn operator(row: &Row<'_>) -> Result<Operator, Fault> {
    let corrupt = || Fault::corrupt("an operator is malformed");
    Ok(Operator {
        id: row.text(0)?.parse().map_err(|_| corrupt())?,
        name: row.text(1)?.to_owned(),
        role: Role::from_code(row.text(2)?).ok_or_else(corrupt)?,
        created_at: Timestamp::from_micros(row.int(3)?),
        ended_at: row.opt_int(4)?.map(Timestamp::from_micros),
    })
}

fn stored(row: &Row<'_>) -> Result<Stored, Fault> {
    Ok(Stored {
        operator: operator(row)?,
        password: row.blob(5)?.to_vec(),
        totp: row.blob(6)?.to_vec(),
        failures: row.int(7)?,
        blocked_until: Timestamp::from_micros(row.int(8)?),
    })
}

fn request(row: &Row<'_>) -> Result<StoredRequest, Fault> {
    let request = Request {
        id: row.text(0)?.parse().map_err(|_| corrupt())?,
        kind: kind(row)?,
        reason: Secret::new(String::new()),
        state: RequestState::from_code(row.text(5)?).ok_or_else(corrupt)?,
        asked_by: row.text(6)?.parse().map_err(|_| corrupt())?,
        created_at: Timestamp::from_micros(row.int(7)?),
        expires_at: Timestamp::from_micros(row.int(8)?),
    };
    Ok(StoredRequest {
        request,
        reason: row.blob(9)?.to_vec(),
    })
}

fn kind(row: &Row<'_>) -> Result<RequestKind, Fault> {
    let user = row.opt_int(2)?.map(UserId::from_raw);
    let (object, word) = (row.text(3)?, row.text(4)?);
    let kind = match (row.text(1)?, user) {
        ("lift_freeze", Some(user)) => RequestKind::LiftFreeze {
            user,
            freeze: object.parse().map_err(|_| corrupt())?,
        },
        ("change_tier", Some(user)) => RequestKind::ChangeTier {
            user,
            tier: word.parse().map_err(|_| corrupt())?,
        },
        ("adjust", Some(user)) => RequestKind::Adjust {
            user,
            adjustment: object.parse().map_err(|_| corrupt())?,
        },
        ("change_role", None) => RequestKind::ChangeRole {
            operator: object.parse().map_err(|_| corrupt())?,
            role: Role::from_code(word).ok_or_else(corrupt)?,
        },
        _ => return Err(corrupt()),
    };
    Ok(kind)
}

fn corrupt() -> Fault {
    Fault::corrupt("a request of the back office is malformed")
}
