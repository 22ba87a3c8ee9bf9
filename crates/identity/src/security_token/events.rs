use db::{Fault, Read, Tx, params};
use vocab::{DeviceId, SecurityTokenId, SessionId, Timestamp};

use super::{TokenEvent, TokenHistory};
use crate::Cx;

db::sql! {
    INSERT = "INSERT INTO security_token_events \
        (id, token_id, event, session_id, device_id, at) VALUES ($1, $2, $3, $4, $5, $6)";
    LIST = "SELECT event, at, session_id, device_id FROM security_token_events \
        WHERE token_id = $1 ORDER BY at DESC, id DESC LIMIT 100";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

/// Adds a line to a Token's history; `by` is the session and the device where it was done.
pub(super) fn note(
    tx: &mut Tx<'_>,
    cx: &Cx<'_>,
    token: SecurityTokenId,
    event: TokenEvent,
    by: Option<(SessionId, Option<DeviceId>)>,
) -> Result<(), Fault> {
    let id: [u8; 16] = cx.entropy.bytes();
    let (session, device) = (by.map(|by| by.0), by.and_then(|by| by.1));
    let values = params![
        id,
        token.to_string(),
        event.code(),
        session.map(|session| session.to_string()),
        device.map(|device| device.to_string()),
        cx.now.micros()
    ];
    tx.execute(INSERT, &values).map(|_| ())
}

/// Newest first.
pub(super) fn list(
    read: &mut impl Read,
    token: SecurityTokenId,
) -> Result<Vec<TokenHistory>, Fault> {
    let corrupt = || Fault::corrupt("the history of a security token is malformed");
    read.query(LIST, &params![token.to_string()], |row| {
        let session = row.opt_text(2)?.map(str::parse).transpose();
        let device = row.opt_text(3)?.map(str::parse).transpose();
        Ok(TokenHistory {
            event: TokenEvent::from_code(row.text(0)?).ok_or_else(corrupt)?,
            at: Timestamp::from_micros(row.int(1)?),
            session: session.map_err(|_| corrupt())?,
            device: device.map_err(|_| corrupt())?,
        })
    })
}
