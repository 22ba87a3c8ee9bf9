use db::{Fault, Read, Tx, params};
use vocab::Timestamp;

db::sql! {
    HAS_KEPT = "SELECT 1 FROM schema_migrations WHERE room = 'identity.keys' AND number = 1";
    KEPT = "SELECT label, key_sealed FROM kept_keys ORDER BY label";
    KEEP = "INSERT INTO kept_keys (label, key_sealed) VALUES ($1, $2) \
        ON CONFLICT (label) DO UPDATE SET key_sealed = excluded.key_sealed";
    WALK = "SELECT cursor_at, looked_at, changed, changed_this_walk, is_done FROM key_progress \
        WHERE task = $1 AND generation = $2";
    SET_WALK = "INSERT INTO key_progress (task, generation, cursor_at, looked_at, changed, \
        changed_this_walk, is_done, moved_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
        ON CONFLICT (task) DO UPDATE SET generation = excluded.generation, \
        cursor_at = excluded.cursor_at, looked_at = excluded.looked_at, \
        changed = excluded.changed, changed_this_walk = excluded.changed_this_walk, \
        is_done = excluded.is_done, moved_at = excluded.moved_at";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

/// A column's walk under one generation.
pub(super) struct Walk {
    pub(super) generation: u8,
    pub(super) cursor: String,
    pub(super) looked_at: i64,
    pub(super) changed: i64,
    pub(super) changed_this_walk: i64,
    pub(super) is_done: bool,
}

/// `false` in a store from before there were kept keys.
pub(super) fn has_kept(read: &mut impl Read) -> Result<bool, Fault> {
    Ok(read.query_one(HAS_KEPT, &[], |row| row.int(0))?.is_some())
}

pub(super) fn kept(read: &mut impl Read) -> Result<Vec<(String, Vec<u8>)>, Fault> {
    read.query(KEPT, &[], |row| {
        Ok((row.text(0)?.to_owned(), row.blob(1)?.to_vec()))
    })
}

pub(super) fn keep(tx: &mut Tx<'_>, label: &str, sealed: Vec<u8>) -> Result<(), Fault> {
    tx.execute(KEEP, &params![label, sealed]).map(|_| ())
}

/// A walk that has not begun, if there is none.
pub(super) fn walk(read: &mut impl Read, task: &str, generation: u8) -> Result<Walk, Fault> {
    let values = params![task, i64::from(generation)];
    let found = read.query_one(WALK, &values, |row| {
        Ok(Walk {
            generation,
            cursor: row.text(0)?.to_owned(),
            looked_at: row.int(1)?,
            changed: row.int(2)?,
            changed_this_walk: row.int(3)?,
            is_done: row.int(4)? != 0,
        })
    })?;
    Ok(found.unwrap_or(Walk {
        generation,
        cursor: String::new(),
        looked_at: 0,
        changed: 0,
        changed_this_walk: 0,
        is_done: false,
    }))
}

pub(super) fn set_walk(
    tx: &mut Tx<'_>,
    task: &str,
    walk: &Walk,
    now: Timestamp,
) -> Result<(), Fault> {
    let values = params![
        task,
        i64::from(walk.generation),
        walk.cursor.as_str(),
        walk.looked_at,
        walk.changed,
        walk.changed_this_walk,
        i64::from(walk.is_done),
        now.micros()
    ];
    tx.execute(SET_WALK, &values).map(|_| ())
}
