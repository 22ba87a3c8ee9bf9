//! Whether what came with a payment is enough to authorise it, judged with the payment: by the
//! table, with the day's sum as it is at this moment, and with approvals that nobody else has until
//! the batch ends.

use db::{Fault, Tx};
use vocab::{AccessTokenId, AccountId, ApprovalId, Money, RecordId, UserId};

use super::{batch::Batch, verdict::Prepared};
use crate::{
    Action, Rejection,
    approval::{self, ApprovalState, Intent},
    factors::Unproven,
    limits::{Limits, Strength, Terms},
};

/// What authorised a payment, to be noted once it is a record.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Granted {
    /// The terms with the strength that counts; none where nothing had to be judged.
    pub(super) terms: Option<Terms>,
    owner: i64,
    /// What a program pays out of, and how much.
    allowance: Option<(AccessTokenId, i64)>,
    approval: Option<ApprovalId>,
    /// What the payer has paid without a proof after this, where that changes.
    unproven: Option<Unproven>,
    /// The payee who is known from now on.
    known: Option<AccountId>,
}

/// What a batch writes of who authorised what.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    used: Vec<(ApprovalId, RecordId)>,
    unproven: Vec<i64>,
    known: Vec<(i64, AccountId, RecordId)>,
}

/// The approvals that orders show, and what their payers have paid without a proof.
pub(super) fn load(
    tx: &mut Tx<'_>,
    batch: &mut Batch,
    limits: &Limits,
    prepared: &[Prepared],
) -> Result<(), Fault> {
    let shown = |Prepared { order, .. }: &Prepared| Some(terms_of(&order.action)?.approval?.id);
    let mut ids: Vec<ApprovalId> = prepared.iter().filter_map(shown).collect();
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        if let Some(found) = approval::find_locked(tx, id)? {
            batch.approvals.insert(id, found);
        }
    }
    if limits.table().exemption.is_none() {
        return Ok(());
    }
    for Prepared { order, .. } in prepared {
        if let Action::Transfer { from, .. } = &order.action
            && let Some(owner) = batch.standings.get(from).map(|payer| payer.owner)
            && !batch.unproven.contains_key(&owner)
        {
            let before = approval::unproven(tx, owner)?;
            batch.unproven.insert(owner, before);
        }
    }
    Ok(())
}

const fn terms_of(action: &Action) -> Option<&Terms> {
    match action {
        Action::Transfer { terms, .. } => Some(terms),
        _ => None,
    }
}

/// Judges what came with a payment.
///
/// # Errors
/// [`Rejection::ApprovalVoid`], [`Rejection::FactorsMissing`].
pub(super) fn judge(batch: &Batch, limits: &Limits, action: &Action) -> Result<Granted, Rejection> {
    let Action::Transfer {
        from,
        to,
        money,
        terms,
    } = action
    else {
        return Ok(Granted::default());
    };
    if let Some(id) = terms.allowance {
        // The allowance authorises what it lets through.
        return Ok(Granted {
            allowance: Some((id, money.minor)),
            ..Granted::default()
        });
    }
    let payer = batch.standings.get(from);
    let owner = payer.map_or(0, |payer| payer.owner);
    let mut strength = terms.strength;
    if let Some(shown) = terms.approval {
        let intent = Intent {
            owner: UserId::from_raw(owner),
            from: *from,
            to: *to.as_ref().map_err(|_| Rejection::ApprovalVoid)?,
            money: *money,
            fee: Money::new(0, money.currency),
            words: shown.words,
        };
        let found = batch.approvals.get(&shown.id);
        let found = found.filter(|found| found.covers(&intent.digest(), owner, batch.at));
        let found = found.ok_or(Rejection::ApprovalVoid)?;
        strength = strength.max(found.factors.strength());
    }
    let table = limits.table();
    let sent_today = payer.map_or(0, |payer| payer.out.on(limits.moment(batch.at).day));
    let needs = table.need(*money, sent_today, terms.around).strength;
    let before = batch.unproven.get(&owner).copied().unwrap_or_default();
    let unproven = if strength >= needs {
        let is_strong = table.exemption.is_some() && strength >= Strength::Two;
        is_strong.then(Unproven::default)
    } else if table.exempts(*money, before, terms.around) {
        Some(Unproven {
            sum: before.sum.saturating_add(money.minor),
            count: before.count + 1,
        })
    } else {
        return Err(Rejection::FactorsMissing { needs });
    };
    let is_noteworthy = terms.around.is_new_payee && table.makes_known(*money);
    Ok(Granted {
        terms: Some(Terms { strength, ..*terms }),
        owner,
        allowance: None,
        approval: terms.approval.map(|shown| shown.id),
        unproven: unproven.filter(|after| *after != before),
        known: to.as_ref().ok().copied().filter(|_| is_noteworthy),
    })
}

/// Notes what the newest record was authorised by, unless it is a refusal.
pub(super) fn note(batch: &mut Batch, granted: Granted) {
    let Some(record) = batch.records.last() else {
        return;
    };
    if matches!(record.event, ledger::Event::Rejected { .. }) {
        return;
    }
    let id = record.id;
    if let Some((allowance, minor)) = granted.allowance {
        batch.note_use(allowance, minor);
    }
    if let Some(approval) = granted.approval {
        if let Some(used) = batch.approvals.get_mut(&approval) {
            used.state = ApprovalState::Used;
        }
        batch.notes.used.push((approval, id));
    }
    if let Some(after) = granted.unproven {
        batch.unproven.insert(granted.owner, after);
        batch.notes.unproven.push(granted.owner);
    }
    if let Some(payee) = granted.known {
        batch.notes.known.push((granted.owner, payee, id));
    }
}

/// Writes what was noted, in the transaction of the payments.
pub(super) fn write(tx: &mut Tx<'_>, batch: &Batch) -> Result<(), Fault> {
    for &(id, record) in &batch.notes.used {
        if !approval::use_up(tx, id, record)? {
            return Err(Fault::internal("an approval that was locked has changed"));
        }
    }
    for owner in &batch.notes.unproven {
        let after = batch.unproven.get(owner).copied().unwrap_or_default();
        approval::put_unproven(tx, *owner, after)?;
    }
    for &(owner, payee, record) in &batch.notes.known {
        approval::make_known(tx, owner, payee, record)?;
    }
    Ok(())
}
