//! What several answers are made of.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use payments::{Standing, records::Direction};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::Currency;

use crate::{
    json::AmountView,
    problem::{Code, Effect, Problem},
};

/// Room that a usual answer does not outgrow: growing it piece by piece shows in a payment's cost.
const TYPICAL_BYTES: usize = 768;
const TYPICAL_HEADERS: usize = 12;

/// An answer in JSON.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    let mut bytes = Vec::with_capacity(TYPICAL_BYTES);
    match serde_json::to_writer(&mut bytes, body) {
        Ok(()) => {
            let mut response = Response::new(Body::from(bytes));
            *response.status_mut() = status;
            response.headers_mut().reserve(TYPICAL_HEADERS);
            response.headers_mut().insert(header::CONTENT_TYPE, JSON);
            response
        }
        Err(error) => {
            tracing::error!(%error, "an answer that cannot be written");
            axum::response::IntoResponse::into_response(Problem::from(Code::Internal))
        }
    }
}

/// An answer to a write that was done.
#[derive(Serialize, ToSchema)]
pub(crate) struct Done<T> {
    #[serde(flatten)]
    pub(crate) body: T,
    /// `applied`.
    outcome: &'static str,
}

/// What was done, in JSON.
pub(crate) fn done(status: StatusCode, body: impl Serialize) -> Response {
    json(
        status,
        &Done {
            body,
            outcome: Effect::Applied.name(),
        },
    )
}

/// One page of a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct List<T> {
    /// Newest first.
    pub(crate) data: Vec<T>,
    /// The cursor of the next page; null at the end.
    pub(crate) next: Option<String>,
}

/// One of a person's accounts.
#[derive(Serialize, ToSchema)]
#[schema(as = Account)]
pub(crate) struct AccountView {
    pub(crate) id: String,
    /// ISO 4217 code; the sums below are in its minor units.
    currency: &'static str,
    /// Settled.
    posted: AmountView,
    /// Reserved.
    held: AmountView,
    /// Posted − held.
    available: AmountView,
    /// `open`, `frozen` or `closed`.
    state: &'static str,
}

impl From<&Standing> for AccountView {
    fn from(standing: &Standing) -> Self {
        let account = &standing.account;
        let restriction = account.restriction;
        let state = match restriction {
            _ if restriction.closed => "closed",
            _ if restriction.debit_frozen || restriction.credit_frozen => "frozen",
            _ => "open",
        };
        let available = i64::try_from(account.available()).unwrap_or(i64::MIN);
        Self {
            id: account.id.to_string(),
            currency: account.currency.code(),
            posted: AmountView(account.posted),
            held: AmountView(account.held),
            available: AmountView(available),
            state,
        }
    }
}

impl AccountView {
    pub(crate) fn is_in(&self, currency: Currency) -> bool {
        self.currency == currency.code()
    }
}

/// `in` or `out`, from the reader's side.
pub(crate) const fn direction_name(direction: Direction) -> &'static str {
    match direction {
        Direction::In => "in",
        Direction::Out => "out",
    }
}
