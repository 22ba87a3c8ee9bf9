use db::{Fault, Read, Tx, params};

use super::Restraint;

db::sql! {
    PUT = "INSERT INTO restraints (owner, debit, credit) VALUES ($1, $2, $3) ON CONFLICT (owner) \
        DO UPDATE SET debit = excluded.debit, credit = excluded.credit";
    FIND = "SELECT debit, credit FROM restraints WHERE owner = $1 {for_update}";
}

pub(super) fn put(tx: &mut Tx<'_>, owner: i64, restraint: Restraint) -> Result<(), Fault> {
    let values = params![
        owner,
        i64::from(restraint.debit),
        i64::from(restraint.credit)
    ];
    tx.execute(PUT, &values).map(|_| ())
}

/// What is written down for an owner, locked until the batch ends.
pub(crate) fn find(tx: &mut Tx<'_>, owner: i64) -> Result<Restraint, Fault> {
    let found = tx.query_one(FIND, &params![owner], |row| {
        Ok(Restraint {
            debit: row.int(0)? != 0,
            credit: row.int(1)? != 0,
        })
    })?;
    Ok(found.unwrap_or_default())
}
