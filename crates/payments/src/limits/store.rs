use db::{Fault, Read, Tx, params};
use vocab::Currency;

use super::OwnLimits;
use crate::books::store::read_currency;

db::sql! {
    OWN = "SELECT currency, per_payment, per_day FROM own_limits WHERE owner = $1 ORDER BY currency";
    SET_OWN = "INSERT INTO own_limits (owner, currency, per_payment, per_day) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (owner, currency) DO UPDATE SET per_payment = excluded.per_payment, \
        per_day = excluded.per_day";
}

pub(super) fn own(read: &mut impl Read, owner: i64) -> Result<Vec<(Currency, OwnLimits)>, Fault> {
    read.query(OWN, &params![owner], |row| {
        let limits = OwnLimits {
            per_payment: row.opt_int(1)?,
            per_day: row.opt_int(2)?,
        };
        Ok((read_currency(row.int(0)?)?, limits))
    })
}

pub(super) fn set_own(
    tx: &mut Tx<'_>,
    owner: i64,
    currency: Currency,
    limits: OwnLimits,
) -> Result<(), Fault> {
    let currency = i64::from(currency.number());
    let values = params![owner, currency, limits.per_payment, limits.per_day];
    tx.execute(SET_OWN, &values).map(|_| ())
}
