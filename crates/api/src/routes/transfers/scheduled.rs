//! Payments that arrive later: the list of them, calling one back, letting the due ones arrive.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use ledger::Record;
use payments::{
    Outcome, Place, Rejection,
    memo::MemoText,
    schedule::{self, ScheduleState, Scheduled},
    transfer, wallet,
};
use vocab::{RecordId, UserId};

use super::{PartyView, ReceiptPlace, TransferView};
use crate::{
    App,
    caller::Caller,
    json::MoneyView,
    person::Person,
    principal::Principal,
    problem::{Code, Problem, ProblemBody},
    query::PathText,
    routes::views::{Done, List, done, json},
};

/// Payments of a person that are listed.
const LISTED_MOST: i64 = 100;
/// Payments that are let arrive in one round.
const DUE_MOST: i64 = 200;

/// A payment that was scheduled, as its payer sees it.
pub(super) struct Planned {
    record: Arc<Record>,
    place: Place,
    state: ScheduleState,
    completed_by: Option<RecordId>,
}

impl Planned {
    /// As it is in the moment in which it is scheduled.
    pub(super) const fn new(record: Arc<Record>, place: Place) -> Self {
        Self {
            record,
            place,
            state: ScheduleState::Scheduled,
            completed_by: None,
        }
    }

    /// What the payer sees; none if it is not theirs.
    pub(super) async fn show(self, app: &App, payer: &Person) -> Result<TransferView, Problem> {
        let scheduled = Scheduled::of(&self.record).ok_or(Code::NotFound)?;
        let is_from = |(account, _): &&(_, _)| *account == scheduled.from;
        let (_, currency) = payer.accounts.iter().find(is_from).ok_or(Code::NotFound)?;
        let view = |minor| MoneyView::from(vocab::Money::new(minor, *currency));
        let payee = app.find_owner(scheduled.to).await?;
        let memo = MemoText::of(self.record.memo.as_ref(), app).unwrap_or_default();
        let id = scheduled.id.with_prefix(transfer::PREFIX);
        let origin = self.record.origin.as_ref();
        Ok(TransferView {
            state: self.state.code(),
            money: view(scheduled.minor),
            fee: view(0),
            from: PartyView::new(Some(payer.user), scheduled.from, memo.payer),
            to: PartyView::new(payee, scheduled.to, memo.payee),
            note: memo.note,
            reference: origin
                .and_then(|origin| origin.reference.as_deref())
                .map(str::to_owned),
            created_at: scheduled.at.to_string(),
            arrives_at: Some(scheduled.due_at.to_string()),
            completed_as: self
                .completed_by
                .map(|record| record.with_prefix(transfer::PREFIX)),
            balance_after: None,
            receipt: ReceiptPlace::in_block(self.place.height, self.place.position, &id),
            id,
        })
    }
}

impl App {
    /// A payment that this person scheduled, whatever became of it.
    pub(super) async fn find_planned(
        &self,
        caller: UserId,
        id: RecordId,
    ) -> Result<TransferView, Problem> {
        let found = self
            .read(move |tx, _| {
                let Some((record, place)) = schedule::find(tx, id)? else {
                    return Ok(None);
                };
                let (state, completed_by) = schedule::state(tx, id)?;
                Ok(Some(Planned {
                    record: Arc::new(record),
                    place,
                    state,
                    completed_by,
                }))
            })
            .await?;
        let payer = self
            .find_person(caller)
            .await?
            .ok_or(Code::Unauthenticated)?;
        found.ok_or(Code::NotFound)?.show(self, &payer).await
    }

    /// Lets payments arrive that are due; gives how many were looked at.
    ///
    /// # Errors
    /// A fault of the store or the books.
    pub async fn let_due_arrive(&self) -> Result<usize, identity::Error> {
        let due = self
            .read(|tx, cx| Ok(schedule::due_orders(tx, cx.now, DUE_MOST)?))
            .await?;
        let count = due.len();
        if count == 0 {
            return Ok(0);
        }
        let (ids, orders): (Vec<_>, Vec<_>) = due.into_iter().unzip();
        let outcomes = self.books().submit(orders).await?;
        let refused: Vec<(RecordId, Rejection)> = ids
            .into_iter()
            .zip(outcomes)
            .filter_map(|(id, outcome)| match outcome {
                Outcome::Refused(rejection) => Some((id, rejection)),
                _ => None,
            })
            .collect();
        let back = self
            .write(move |tx, cx| {
                let mut back = Vec::new();
                for (id, rejection) in &refused {
                    back.extend(schedule::postpone(tx, *id, rejection, cx.now)?);
                }
                Ok(back)
            })
            .await?;
        if !back.is_empty() {
            self.books().submit(back).await?;
        }
        Ok(count)
    }
}

/// Your payments that are still to arrive, first due first.
#[utoipa::path(
    get, path = "/v1/transfers", tag = "transfers",
    security(("session" = []), ("access_token" = ["transactions:read"])),
    responses(
        (status = 200, body = List<TransferView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn list(State(app): State<App>, caller: Principal) -> Result<Response, Problem> {
    let user = caller.user();
    let ids = app
        .read(move |tx, _| {
            let accounts = wallet::account_ids(tx, user)?;
            Ok(schedule::of_accounts(tx, &accounts, LISTED_MOST)?)
        })
        .await?;
    let mut data = Vec::with_capacity(ids.len());
    for id in ids {
        data.push(app.find_planned(user, id).await?);
    }
    Ok(json(StatusCode::OK, &List { data, next: None }))
}

/// Call a payment back before it arrives. The money is available again at once.
#[utoipa::path(
    post, path = "/v1/transfers/{id}/cancel", tag = "transfers", security(("session" = [])),
    params(("id" = String, Path)),
    responses(
        (status = 200, body = Done<TransferView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    id: PathText,
    caller: Caller,
) -> Result<Response, Problem> {
    let id = id.record(transfer::PREFIX)?;
    let user = caller.user();
    // Only what is theirs is found at all.
    app.find_planned(user, id).await?;
    match app.submit(schedule::cancel_order(id)).await? {
        Outcome::Recorded(_) => {}
        Outcome::Refused(_) | Outcome::KeyReused => {
            return Err(Code::TransferNotScheduled.into());
        }
    }
    Ok(done(StatusCode::OK, app.find_planned(user, id).await?))
}
