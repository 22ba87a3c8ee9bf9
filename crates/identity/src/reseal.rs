//! Sealing anew: everything moves to the current root generation, and what is a person's moves
//! under their own key.
//!
//! One walk per sealed column, in small steps that ride between other writes. A value is replaced
//! only if it is still what was read, so nobody has to wait or stop. A column is done after a walk
//! that found nothing to change, which is also the proof that nothing was missed. How far each walk
//! is stands in `key_progress`, so a step is taken up where the last one ended, also after a crash.

mod columns;
mod store;

pub(crate) use columns::statements_of;
pub use columns::{COLUMNS, Column};
pub(crate) use store::STATEMENTS;
use vocab::UserId;

use crate::{
    Cx, Error, Keys, Rejection, Unsealable,
    keys::{DOMAIN_VERSION, PERSON_VERSION, Purpose, header},
    person_key::{self, PersonKey},
};

/// Values that the survey counts at a time.
const SURVEY_CHUNK: i64 = 500;

/// How far sealing anew under the current generation is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    pub generation: u8,
    /// Values looked at and changed since the generation became current.
    pub looked_at: i64,
    pub changed: i64,
    /// Columns done, of all.
    pub columns_done: usize,
    pub columns: usize,
}

impl Progress {
    pub const fn is_done(&self) -> bool {
        self.columns_done == self.columns
    }
}

/// How many values name a generation; 0 stands for people's own keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    pub generation: u8,
    pub values: i64,
}

/// Makes the keys ready for a store: takes the kept keys from it, and keeps those that are new.
/// Call it once, before anything is looked up.
///
/// # Errors
/// A fault, if the root that a kept key was sealed under is not here.
pub fn load(tx: &mut db::Tx<'_>, cx: &Cx<'_>) -> Result<(), Error> {
    let stored = store::kept(tx)?;
    let oldest = cx.keys.generations().first().copied();
    if stored.is_empty() {
        oldest
            .into_iter()
            .for_each(|id| cx.keys.derive_kept_from(id));
        return match cx.keys.current() {
            current if Some(current) == oldest => Ok(()),
            _ => keep(tx, cx),
        };
    }
    cx.keys.derive_kept_from(cx.keys.current());
    adopt(cx.keys, &stored)?;
    keep(tx, cx)
}

/// [`load`] for programs that only read.
///
/// # Errors
/// Those of [`load`].
pub fn load_to_read(read: &mut impl db::Read, keys: &Keys) -> Result<(), Error> {
    if !store::has_kept(read)? {
        return Ok(());
    }
    let stored = store::kept(read)?;
    let from = match stored.is_empty() {
        true => keys.generations().first().copied(),
        false => Some(keys.current()),
    };
    from.into_iter().for_each(|id| keys.derive_kept_from(id));
    adopt(keys, &stored)
}

/// Seals everything new under this generation from now on, and stores the kept keys under it. The
/// generation was added to the keys before.
///
/// # Errors
/// A fault, if it was not.
pub fn promote(tx: &mut db::Tx<'_>, cx: &Cx<'_>, generation: u8) -> Result<(), Error> {
    if !cx.keys.promote(generation) {
        return Err(db::Fault::internal("a root key generation is not here").into());
    }
    keep(tx, cx)
}

/// One step: looks at up to `most` values of the first column that is not done. Repeat until
/// [`Progress::is_done`].
pub fn advance(tx: &mut db::Tx<'_>, cx: &Cx<'_>, most: i64) -> Result<Progress, Error> {
    let generation = cx.keys.current();
    for column in COLUMNS {
        let mut walk = store::walk(tx, column.task, generation)?;
        if walk.is_done {
            continue;
        }
        let part = column.after(tx, &walk.cursor, most)?;
        let mut changed = 0;
        for row in part.rows {
            changed += i64::from(renew(tx, cx, column, &row)?);
            walk.cursor = row.cursor();
            walk.looked_at += 1;
        }
        walk.changed += changed;
        walk.changed_this_walk += changed;
        if part.is_end {
            walk.is_done = walk.changed_this_walk == 0;
            walk.cursor = String::new();
            walk.changed_this_walk = 0;
        }
        store::set_walk(tx, column.task, &walk, cx.now)?;
        break;
    }
    progress(tx, generation)
}

/// How far the walks under a generation are.
pub fn progress(read: &mut impl db::Read, generation: u8) -> Result<Progress, Error> {
    let mut sum = Progress {
        generation,
        looked_at: 0,
        changed: 0,
        columns_done: 0,
        columns: COLUMNS.len(),
    };
    for column in COLUMNS {
        let walk = store::walk(read, column.task, generation)?;
        sum.looked_at += walk.looked_at;
        sum.changed += walk.changed;
        sum.columns_done += usize::from(walk.is_done);
    }
    Ok(sum)
}

/// Counts which generation each value names, over everything that is sealed.
pub fn survey(read: &mut impl db::Read) -> Result<Vec<Share>, Error> {
    let mut shares: Vec<Share> = Vec::new();
    let mut count = |generation: u8| match shares.iter_mut().find(|s| s.generation == generation) {
        Some(share) => share.values += 1,
        None => shares.push(Share {
            generation,
            values: 1,
        }),
    };
    for (_, sealed) in store::kept(read)? {
        count(header(&sealed)?[1]);
    }
    for column in COLUMNS {
        let mut cursor = String::new();
        loop {
            let part = column.after(read, &cursor, SURVEY_CHUNK)?;
            for row in part.rows.iter().filter(|row| !row.sealed.is_empty()) {
                count(header(&row.sealed)?[1]);
            }
            match part.rows.last() {
                Some(last) if !part.is_end => cursor = last.cursor(),
                _ => break,
            }
        }
    }
    shares.sort_unstable_by_key(|share| share.generation);
    Ok(shares)
}

/// Moves what is a person's under their own key, wherever a walk has not come by yet.
pub(crate) fn move_person(tx: &mut db::Tx<'_>, cx: &Cx<'_>, user: UserId) -> Result<(), Error> {
    for column in COLUMNS {
        for row in &column.of_person(tx, user)? {
            renew(tx, cx, column, row)?;
        }
    }
    Ok(())
}

/// Seals one value anew if it is not as it should be.
fn renew(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    column: &Column,
    row: &columns::SealedRow,
) -> Result<bool, Error> {
    // Some values are emptied when what they said is over.
    if row.sealed.is_empty() {
        return Ok(false);
    }
    let [version, generation] = header(&row.sealed)?;
    if version == PERSON_VERSION {
        return Ok(false);
    }
    if version != DOMAIN_VERSION {
        return Err(Unsealable.into());
    }
    let own = match row.owner {
        Some(user) => own_key(tx, cx, user)?,
        None => None,
    };
    if own.is_none() && (generation == cx.keys.current() || column.purpose.is_kept()) {
        return Ok(false);
    }
    let plain = cx.keys.open(column.purpose, &row.context, &row.sealed)?;
    let renewed = match own {
        Some(key) => key.seal(column.purpose, &row.context, &plain, cx.entropy),
        None => cx
            .keys
            .seal(column.purpose, &row.context, &plain, cx.entropy),
    };
    Ok(column.replace(tx, row, renewed)?)
}

/// The key of a person who still has one.
fn own_key(tx: &mut db::Tx<'_>, cx: &Cx<'_>, user: UserId) -> Result<Option<PersonKey>, Error> {
    match person_key::find_or_make(tx, cx, user) {
        Ok(key) => Ok(Some(key)),
        Err(Error::Rejected(Rejection::UserNotFound)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn adopt(keys: &Keys, stored: &[(String, Vec<u8>)]) -> Result<(), Error> {
    for (label, sealed) in stored {
        let plain = keys
            .open(Purpose::KeptKey, label.as_bytes(), sealed)
            .map_err(|_| {
                db::Fault::corrupt("the root that a kept key is sealed under is missing")
            })?;
        let key: &[u8; 32] = plain[..].try_into().map_err(|_| Unsealable)?;
        keys.adopt(label, key);
    }
    Ok(())
}

fn keep(tx: &mut db::Tx<'_>, cx: &Cx<'_>) -> Result<(), Error> {
    for (label, key) in cx.keys.kept() {
        let sealed = cx
            .keys
            .seal(Purpose::KeptKey, label.as_bytes(), &*key, cx.entropy);
        store::keep(tx, label, sealed)?;
    }
    Ok(())
}
