use axum::{extract::State, http::StatusCode, response::Response};
use ledger::{Event, Record};
use payments::{
    Code as EntryCode, Route, records, request_digest,
    top_up::{self, NewTopUp},
    transfer::Transfer,
    wallet,
};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::Money;

use super::{
    money::{intention, mark_replay, posted},
    views::{Done, done, json},
};
use crate::{
    App,
    body::{IdempotencyKey, JsonBody},
    json::{FromJson, Json, MoneyBody, MoneyView, Reading, body},
    principal::Principal,
    problem::{Answering, Code, Problem, ProblemBody},
    query::PathText,
};

/// The rail that the money comes in over.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(as = TopUpChannel, rename_all = "snake_case")]
enum RailName {
    Sandbox,
}

impl FromJson for RailName {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        match reading.text(json)? {
            "sandbox" => Some(Self::Sandbox),
            _ => reading.refuse(Code::InvalidField, "must be a channel of this server"),
        }
    }
}

body! {
    /// Money to bring in.
    pub(crate) struct TopUpRequest {
        /// `sandbox` mints play money, in sandbox mode only.
        channel: RailName,
        money: MoneyBody,
    }
}

/// Money that came in.
#[derive(Serialize, ToSchema)]
#[schema(as = TopUp)]
pub(crate) struct TopUpView {
    /// `top_…`
    id: String,
    /// `succeeded`.
    state: &'static str,
    channel: &'static str,
    money: MoneyView,
    fee: MoneyView,
    /// The account it went to.
    account: String,
    created_at: String,
    /// The account's posted balance after it.
    balance_after: MoneyView,
}

impl TopUpView {
    fn of(record: &Record) -> Option<Self> {
        let top_up = Transfer::of(record, EntryCode::TopUp)?;
        let Event::Posted(entry) = &record.event else {
            return None;
        };
        let currency = entry.postings.first()?.currency;
        let view = |minor| MoneyView::from(Money::new(minor, currency));
        Some(Self {
            id: top_up.id.with_prefix(top_up::PREFIX),
            state: "succeeded",
            channel: "sandbox",
            money: view(top_up.minor),
            fee: view(0),
            account: top_up.to.to_string(),
            created_at: top_up.at.to_string(),
            balance_after: view(top_up.payee_balance_after),
        })
    }
}

/// Bring money in; opens the account of its currency if there is none.
#[utoipa::path(
    post, path = "/v1/top-ups", tag = "top-ups", security(("session" = []), ("access_token" = ["top_ups:create"])),
    params(("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters")),
    request_body = TopUpRequest,
    responses(
        (status = 201, body = Done<TopUpView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    JsonBody(body): JsonBody<TopUpRequest>,
    key: IdempotencyKey,
    answering: Answering,
    caller: Principal,
) -> Result<Response, Problem> {
    let TopUpRequest {
        channel: RailName::Sandbox,
        money,
    } = body;
    if !app.is_sandbox() {
        return Err(Problem::field(Code::InvalidField, "/channel")
            .with_text("must be a channel of this server"));
    }
    let (user, money) = (caller.user(), money.money());
    let number = money.currency.number().to_be_bytes();
    let digest = request_digest(&[b"sandbox", &money.minor.to_be_bytes(), &number]);
    let person = app.find_person(user).await?.ok_or(Code::Unauthenticated)?;
    let to = match person.account_in(money.currency) {
        Some(account) => account,
        None => {
            let opening = app.clone();
            app.settle(async move { opening.open_account(user, money.currency).await })
                .await?;
            let person = app.find_person(user).await?.ok_or(Code::Unauthenticated)?;
            person.account_in(money.currency).ok_or(Code::Internal)?
        }
    };
    let order = NewTopUp {
        intention: intention(user, Route::TopUpCreate, key, digest, answering),
        rail: wallet::sandbox_rail(money.currency),
        to,
        money,
        memo: None,
    };
    let recorded = posted(app.submit(order.order()).await?)?;
    let view = TopUpView::of(&recorded.record).ok_or(Code::Internal)?;
    Ok(mark_replay(done(StatusCode::CREATED, view), &recorded))
}

/// One top-up of the person.
#[utoipa::path(
    get, path = "/v1/top-ups/{id}", tag = "top-ups", security(("session" = []), ("access_token" = ["transactions:read"])),
    params(("id" = String, Path)),
    responses(
        (status = 200, body = TopUpView),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    id: PathText,
    caller: Principal,
) -> Result<Response, Problem> {
    let id = id.record(top_up::PREFIX)?;
    let (user, seal) = (caller.user(), app.clone());
    let found = app.read(move |tx, _| {
        let owned = wallet::account_ids(tx, user)?;
        Ok(records::find(&seal, tx, &owned, id)?)
    });
    let line = found.await?.ok_or(Code::NotFound)?;
    Ok(json(
        StatusCode::OK,
        &TopUpView::of(&line.record).ok_or(Code::NotFound)?,
    ))
}
