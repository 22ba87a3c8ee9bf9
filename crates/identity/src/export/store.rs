use db::{Fault, Read, Row, Tx, params};
use vocab::{ExportId, Timestamp, UserId};

use super::{Export, ExportState};

db::sql! {
    INSERT = "INSERT INTO exports (id, user_id, state, created_at, expires_at) \
        VALUES ($1, $2, 'preparing', $3, $4)";
    FIND = "SELECT id, user_id, state, created_at, expires_at FROM exports \
        WHERE id = $1 AND user_id = $2";
    WAITING = "SELECT id, user_id, state, created_at, expires_at FROM exports \
        WHERE state = 'preparing' ORDER BY id LIMIT $1";
    FINISH = "UPDATE exports SET state = 'ready', body_sealed = $2, expires_at = $3 \
        WHERE id = $1 AND state = 'preparing'";
    BODY = "SELECT body_sealed FROM exports WHERE id = $1 AND state = 'ready'";
    TAKE = "UPDATE exports SET state = 'gone', body_sealed = NULL WHERE id = $1 \
        AND state = 'ready'";
    PURGE = "UPDATE exports SET state = 'gone', body_sealed = NULL WHERE id IN \
        (SELECT id FROM exports WHERE state = 'ready' AND expires_at <= $1 \
        ORDER BY expires_at LIMIT $2)";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

pub(super) fn insert(tx: &mut Tx<'_>, export: &Export) -> Result<(), Fault> {
    let values = params![
        export.id.to_string(),
        export.user.raw(),
        export.created_at.micros(),
        export.expires_at.micros()
    ];
    tx.execute(INSERT, &values).map(|_| ())
}

pub(super) fn find(
    read: &mut impl Read,
    user: UserId,
    id: ExportId,
) -> Result<Option<Export>, Fault> {
    read.query_one(FIND, &params![id.to_string(), user.raw()], export)
}

pub(super) fn waiting(read: &mut impl Read, most: i64) -> Result<Vec<Export>, Fault> {
    read.query(WAITING, &params![most], export)
}

pub(super) fn finish(
    tx: &mut Tx<'_>,
    id: ExportId,
    sealed: Vec<u8>,
    expires_at: Timestamp,
) -> Result<bool, Fault> {
    let values = params![id.to_string(), sealed, expires_at.micros()];
    Ok(tx.execute(FINISH, &values)? == 1)
}

pub(super) fn body(read: &mut impl Read, id: ExportId) -> Result<Option<Vec<u8>>, Fault> {
    let found = read.query_one(BODY, &params![id.to_string()], |row| {
        Ok(row.opt_blob(0)?.map(<[u8]>::to_vec))
    })?;
    Ok(found.flatten())
}

pub(super) fn take(tx: &mut Tx<'_>, id: ExportId) -> Result<bool, Fault> {
    Ok(tx.execute(TAKE, &params![id.to_string()])? == 1)
}

pub(super) fn purge(tx: &mut Tx<'_>, now: Timestamp, most: i64) -> Result<usize, Fault> {
    tx.execute(PURGE, &params![now.micros(), most])
}

fn export(row: &Row<'_>) -> Result<Export, Fault> {
    let corrupt = || Fault::corrupt("an export is malformed");
    Ok(Export {
        id: row.text(0)?.parse().map_err(|_| corrupt())?,
        user: UserId::from_raw(row.int(1)?),
        state: ExportState::from_code(row.text(2)?).ok_or_else(corrupt)?,
        created_at: Timestamp::from_micros(row.int(3)?),
        expires_at: Timestamp::from_micros(row.int(4)?),
    })
}
