//! Which days and years what went out is counted by.
//!
//! A rule book's days begin at midnight of its zone. A server may be given another rule book, and a
//! replay of the journal must count as it was counted then: so each change is an era that begins
//! after a record. Stores from before years were counted begin with an era that counts days only.

use db::{Fault, Read, Tx, params};
use vocab::{RecordId, Timestamp};

use super::store;
use crate::limits::Moment;

/// What of a payment is counted in an era.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Days,
    Everything,
}

#[derive(Clone, Copy, Debug)]
struct Era {
    after: RecordId,
    offset_seconds: i64,
    reach: Reach,
}

/// The eras of a store, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Calendar(Vec<Era>);

/// A moment to count a payment at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Count {
    pub(crate) moment: Moment,
    pub(crate) is_whole: bool,
}

impl Calendar {
    /// The eras as they are stored.
    pub(crate) fn load(tx: &mut impl Read) -> Result<Self, Fault> {
        let eras = tx.query(store::ALL_ERAS, &[], |row| {
            Ok(Era {
                after: RecordId::from_raw(row.int(0)?),
                offset_seconds: row.int(1)?,
                reach: if row.int(2)? == 0 {
                    Reach::Days
                } else {
                    Reach::Everything
                },
            })
        })?;
        Ok(Self(eras))
    }

    /// The eras, with a new one if the rule book's zone is another than the last one's. `last` is
    /// the newest record.
    pub(crate) fn open(
        tx: &mut Tx<'_>,
        offset_seconds: i64,
        last: RecordId,
    ) -> Result<Self, Fault> {
        let mut calendar = Self::load(tx)?;
        let is_old = last.raw() > 0;
        if calendar.0.is_empty() && is_old {
            calendar.begin(
                tx,
                Era {
                    after: RecordId::from_raw(0),
                    offset_seconds: 0,
                    reach: Reach::Days,
                },
            )?;
        }
        let newest = calendar.0.last();
        let is_current = newest.is_some_and(|era| {
            (era.offset_seconds, era.reach) == (offset_seconds, Reach::Everything)
        });
        if !is_current {
            calendar.begin(
                tx,
                Era {
                    after: last,
                    offset_seconds,
                    reach: Reach::Everything,
                },
            )?;
        }
        Ok(calendar)
    }

    fn begin(&mut self, tx: &mut Tx<'_>, era: Era) -> Result<(), Fault> {
        let reach = i64::from(era.reach == Reach::Everything);
        let values = params![era.after.raw(), era.offset_seconds, reach];
        tx.execute(store::PUT_ERA, &values)?;
        self.0.push(era);
        Ok(())
    }

    /// How a record of this moment is counted.
    pub(crate) fn count(&self, record: RecordId, at: Timestamp) -> Count {
        let era = self.0.iter().rev().find(|era| era.after < record);
        let (offset, reach) = era.map_or((0, Reach::Everything), |era| {
            (era.offset_seconds, era.reach)
        });
        Count {
            moment: Moment::new(at, offset),
            is_whole: reach == Reach::Everything,
        }
    }
}
