//! How an amount is spread over several legs.

use crate::Side;

/// Spreads over the amounts of either side by itself: `rule` sees one side at a time, with zeros in
/// the places of the other, and gives nothing to a zero.
pub(super) fn on_both_sides(
    amounts: &[(Side, i64)],
    rule: impl Fn(&[i64]) -> Option<Vec<i64>>,
) -> Option<Vec<i64>> {
    let of = |wanted| {
        let amount = |&(side, amount)| if side == wanted { amount } else { 0 };
        rule(&amounts.iter().map(amount).collect::<Vec<_>>())
    };
    let mut parts = of(Side::Debit)?;
    let credits = of(Side::Credit)?;
    for (part, credit) in parts.iter_mut().zip(credits) {
        *part = credit.max(*part);
    }
    Some(parts)
}

/// Spreads `taken` over `amounts` so that *each share grows with `taken`*: partial refunds are the
/// differences of two such spreads, hence never negative, never above their posting, and equal to
/// it in the end. (Largest remainder does not promise that: a share can shrink by one.)
///
/// The first amount gets its proportion, rounded to the nearest, half up; the rest is spread over
/// the other amounts in the same way. One more unit thus goes either to the first or to the rest.
///
/// `None` if a number is negative or the amounts sum to less than `taken` or to more than 64 bits.
pub(super) fn shares(taken: i64, amounts: &[i64]) -> Option<Vec<i64>> {
    if taken < 0 || amounts.iter().any(|&amount| amount < 0) {
        return None;
    }
    let sum = |total: i64, &amount: &i64| total.checked_add(amount);
    let mut total = amounts.iter().try_fold(0, sum)?;
    if taken > total {
        return None;
    }
    let mut left = taken;
    let mut shares = Vec::with_capacity(amounts.len());
    for &amount in amounts {
        let share = nearest_proportion(left, amount, total)?;
        shares.push(share);
        left -= share;
        total -= amount;
    }
    Some(shares)
}

/// `taken × amount ÷ total` rounded to the nearest, half up; all in 0..=2^63−1 and neither factor
/// above the total, so 2 × taken × amount + total stays below 2^127.
fn nearest_proportion(taken: i64, amount: i64, total: i64) -> Option<i64> {
    if total == 0 {
        return Some(0);
    }
    let total = i128::from(total);
    let doubled = 2 * i128::from(taken) * i128::from(amount) + total;
    i64::try_from(doubled / (2 * total)).ok()
}
