use axum::{extract::State, http::StatusCode, response::Response};
use identity::{
    Notice,
    audit::{self, Action, By},
    notice,
    step_up::{self, Purpose},
};
use payments::{
    Limit,
    limits::{self, OwnLimits, Raise, Window},
    wallet,
};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::{Currency, Money};

use super::views::{Done, done, json};
use crate::{
    App,
    body::JsonBody,
    caller::Caller,
    json::{Amount, CurrencyCode, MoneyView, body},
    principal::Principal,
    problem::{Code, Problem, ProblemBody, limit_name},
};

body! {
    /// What you allow yourself; absent leaves it as it is.
    pub(crate) struct OwnLimitsRequest {
        currency: CurrencyCode,
        /// Minor units of one payment.
        per_payment: Option<Amount>,
        /// Minor units of one day.
        per_day: Option<Amount>,
    }
}

/// What a person may send.
#[derive(Serialize, ToSchema)]
#[schema(as = Limits)]
pub(crate) struct LimitsView {
    /// How well the person is known, 1 to 3.
    tier: i64,
    /// The rule book: `plain`, `cn` or `eu`.
    preset: &'static str,
    currencies: Vec<CurrencyLimits>,
    /// `verify_identity` or `wait`.
    how_to_raise: &'static str,
}

#[derive(Serialize, ToSchema)]
struct CurrencyLimits {
    currency: &'static str,
    windows: Vec<WindowView>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = LimitWindow)]
struct WindowView {
    /// `payment`, `day`, `year` or `lifetime`.
    window: &'static str,
    max: MoneyView,
    used: MoneyView,
    /// When it starts anew, RFC 3339; null if it never does.
    resets_at: Option<String>,
    /// What the person allows themselves, where they lowered it.
    #[serde(skip_serializing_if = "Option::is_none")]
    own_max: Option<MoneyView>,
    /// How to get a higher one.
    how_to_raise: &'static str,
}

impl WindowView {
    fn new(window: Window, own: OwnLimits, currency: Currency) -> Self {
        let of = |minor| MoneyView::from(Money::new(minor, currency));
        let (name, own_max) = match window.limit {
            Limit::PerPayment => ("payment", own.per_payment),
            Limit::PerDay => ("day", own.per_day),
            other => (limit_name(other).trim_start_matches("per_"), None),
        };
        Self {
            window: name,
            max: of(window.bound.max),
            used: of(window.used),
            resets_at: window.resets_at.map(|at| at.to_string()),
            own_max: own_max.map(of),
            how_to_raise: window.bound.raise.code(),
        }
    }
}

/// What the person may send, what is used of it, and how it can be raised.
///
/// Given for the proof that the person has at hand; what is given back does not reduce what was
/// used.
#[utoipa::path(
    get, path = "/v1/limits", tag = "limits",
    security(("session" = []), ("access_token" = ["wallet:read"])),
    responses(
        (status = 200, body = LimitsView),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn show(State(app): State<App>, caller: Principal) -> Result<Response, Problem> {
    let view = app.show_limits(caller.user()).await?;
    Ok(json(StatusCode::OK, &view))
}

/// Lower what you may send, at once; raising it again needs a step-up `raise_limit`. Never above
/// what the rules allow.
#[utoipa::path(
    post, path = "/v1/limits", tag = "limits", security(("session" = [])),
    request_body = OwnLimitsRequest,
    responses(
        (status = 200, body = Done<LimitsView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn set(
    State(app): State<App>,
    JsonBody(body): JsonBody<OwnLimitsRequest>,
    caller: Caller,
) -> Result<Response, Problem> {
    let currency = body.currency.0;
    let (per_payment, per_day) = (body.per_payment, body.per_day);
    let session = caller.session.clone();
    let setting = app.clone();
    app.settle(async move {
        setting
            .write(move |tx, cx| {
                let own = limits::own(tx, session.user)?;
                let before = own.iter().find(|(known, _)| *known == currency);
                let before = before.map(|(_, own)| *own).unwrap_or_default();
                let now = OwnLimits {
                    per_payment: per_payment.map(Amount::minor).or(before.per_payment),
                    per_day: per_day.map(Amount::minor).or(before.per_day),
                };
                let user = session.user;
                if is_raised(before.per_payment, now.per_payment)
                    || is_raised(before.per_day, now.per_day)
                {
                    step_up::require(tx, cx, &session, Purpose::RaiseLimit, currency.code())?;
                    notice::tell(tx, cx, user, &Notice::LimitRaised)?;
                }
                let deed = (Action::LimitsSet, currency.code());
                audit::note(tx, cx, By::session(&session), user, deed)?;
                Ok(limits::set_own(tx, session.user, currency, now)?)
            })
            .await?;
        setting.forget_person(caller.user());
        let view = setting.show_limits(caller.user()).await?;
        Ok(done(StatusCode::OK, view))
    })
    .await
}

fn is_raised(before: Option<i64>, now: Option<i64>) -> bool {
    match (before, now) {
        (Some(before), Some(now)) => now > before,
        _ => false,
    }
}

impl App {
    async fn show_limits(&self, user: vocab::UserId) -> Result<LimitsView, Problem> {
        let person = self.find_person(user).await?.ok_or(Code::Unauthenticated)?;
        let (books, now) = (self.books().clone(), self.now());
        let standings = self
            .read(move |tx, _| Ok(wallet::accounts_of(&books, tx, user)?))
            .await?;
        let rules = self.books().limits();
        let moment = rules.moment(now);
        let currencies = standings.iter().map(|standing| {
            let currency = standing.account.currency;
            let terms = person.terms(currency);
            let windows = rules.windows(standing, &terms, currency, moment);
            CurrencyLimits {
                currency: currency.code(),
                windows: windows
                    .map(|window| WindowView::new(window, terms.own, currency))
                    .collect(),
            }
        });
        Ok(LimitsView {
            tier: person.tier.number(),
            preset: rules.preset.code(),
            currencies: currencies.collect(),
            how_to_raise: Raise::VerifyIdentity.code(),
        })
    }
}
