use db::{Fault, Read, Tx, params};
use vocab::{Timestamp, UserId};

use crate::keys::Tag;

db::sql! {
    INSERT = "INSERT INTO notices (link_hash, user_id, kind, object, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    FIND = "SELECT user_id, kind, object FROM notices WHERE link_hash = $1";
    TOLD_SINCE = "SELECT count(*) FROM notices \
        WHERE user_id = $1 AND kind = $2 AND created_at > $3";
    REPUDIATE = "UPDATE notices SET repudiated_at = $2 \
        WHERE link_hash = $1 AND repudiated_at IS NULL AND expires_at > $2";
    PURGE = "DELETE FROM notices WHERE link_hash IN \
        (SELECT link_hash FROM notices WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

pub(super) struct StoredNotice {
    pub(super) user: UserId,
    pub(super) kind: String,
    pub(super) object: String,
}

pub(super) fn insert(
    tx: &mut Tx<'_>,
    link_hash: &Tag,
    notice: &StoredNotice,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), Fault> {
    let values = params![
        link_hash,
        notice.user.raw(),
        notice.kind.as_str(),
        notice.object.as_str(),
        now.micros(),
        expires_at.micros()
    ];
    tx.execute(INSERT, &values).map(|_| ())
}

pub(super) fn find(tx: &mut Tx<'_>, link_hash: &Tag) -> Result<Option<StoredNotice>, Fault> {
    tx.query_one(FIND, &params![link_hash], |row| {
        Ok(StoredNotice {
            user: UserId::from_raw(row.int(0)?),
            kind: row.text(1)?.to_owned(),
            object: row.text(2)?.to_owned(),
        })
    })
}

pub(super) fn told_since(
    tx: &mut Tx<'_>,
    user: UserId,
    kind: &str,
    since: Timestamp,
) -> Result<bool, Fault> {
    let values = params![user.raw(), kind, since.micros()];
    let count = tx.query_one(TOLD_SINCE, &values, |row| row.int(0))?;
    Ok(count.is_some_and(|count| count > 0))
}

/// `false` if its time is over or it was used.
pub(super) fn repudiate(tx: &mut Tx<'_>, link_hash: &Tag, now: Timestamp) -> Result<bool, Fault> {
    Ok(tx.execute(REPUDIATE, &params![link_hash, now.micros()])? == 1)
}

pub(super) fn purge(tx: &mut Tx<'_>, before: Timestamp, most: i64) -> Result<usize, Fault> {
    tx.execute(PURGE, &params![before.micros(), most])
}
