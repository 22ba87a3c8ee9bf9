use axum::{extract::State, http::StatusCode, response::Response};
use identity::{
    Identifier, Rejection,
    code::MatchedCode,
    freeze::{
        self, Authority, Freeze, FreezeKind, NewFreeze,
        request::{self, MatchedFreeze},
    },
    step_up::{self, Purpose},
};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::{FreezeId, FreezeRequestId};

use super::views::{Done, List, done, json};
use crate::{
    App,
    body::JsonBody,
    caller::Caller,
    json::{FromJson, Json, Note, Reading, SecretText, Text, body},
    problem::{Code, Problem, ProblemBody},
    query::{Cursor, Filters, Paging, PagingParameters, PathText},
    work::Stranger,
};

/// What a freeze stops.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(as = FreezeKind, value_type = String, pattern = "^(debit|credit|all)$")]
struct KindName(FreezeKind);

impl FromJson for KindName {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        match FreezeKind::from_code(reading.text(json)?) {
            Some(kind) => Some(Self(kind)),
            None => reading.refuse(Code::InvalidField, "must be debit, credit or all"),
        }
    }
}

body! {
    /// What to stop.
    pub(crate) struct FreezeRequestBody {
        kind: KindName,
        /// For yourself; sealed.
        reason: Option<Note>,
    }
}

body! {
    /// Who wants to freeze.
    pub(crate) struct FreezeWithoutSession {
        /// A phone number or an e-mail address.
        identifier: Text,
    }
}

body! {
    /// Exactly one of these.
    pub(crate) struct FreezeConfirmation {
        /// The code that arrived at any of the verified contacts.
        code: Option<SecretText>,
        /// One of the ten saved codes.
        recovery_code: Option<SecretText>,
    }
}

/// A flag that stops money.
#[derive(Serialize, ToSchema)]
#[schema(as = Freeze)]
pub(crate) struct FreezeView {
    id: String,
    /// `debit` (nothing leaves), `credit` (nothing arrives) or `all`.
    kind: &'static str,
    /// Who set it and so lifts it: `self`, `rule`, `operator` or `legal`.
    by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    created_at: String,
    /// Null while it stops anything.
    lifted_at: Option<String>,
}

/// A request to freeze; the same whether or not anybody has this identifier.
#[derive(Serialize, ToSchema)]
#[schema(as = FreezeRequest)]
pub(crate) struct FreezeRequestView {
    id: String,
    expires_at: String,
}

/// Frozen.
#[derive(Serialize, ToSchema)]
#[schema(as = FreezeConfirmed)]
pub(crate) struct FreezeConfirmedView {
    /// `frozen`.
    state: &'static str,
    freeze: FreezeView,
}

impl From<&Freeze> for FreezeView {
    fn from(freeze: &Freeze) -> Self {
        Self {
            id: freeze.id.to_string(),
            kind: freeze.kind.code(),
            by: freeze.by.code(),
            reason: freeze
                .reason
                .as_ref()
                .filter(|_| freeze.by == Authority::Own)
                .map(|reason| reason.expose().to_owned()),
            created_at: freeze.created_at.to_string(),
            lifted_at: freeze.lifted_at.map(|at| at.to_string()),
        }
    }
}

/// Freeze your own money, in one tap.
///
/// Once this is answered no debit commits any more; sessions and access tokens cannot pay. What
/// arrives and what can be seen stays, unless `credit` or `all` is asked for.
#[utoipa::path(
    post, path = "/v1/freezes", tag = "freezes", security(("session" = [])),
    request_body = FreezeRequestBody,
    responses(
        (status = 201, body = Done<FreezeView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn place(
    State(app): State<App>,
    JsonBody(body): JsonBody<FreezeRequestBody>,
    caller: Caller,
) -> Result<Response, Problem> {
    let new = NewFreeze {
        user: caller.user(),
        kind: body.kind.0,
        by: Authority::Own,
        reason: body.reason.map(|reason| reason.0),
    };
    let placing = app.clone();
    app.settle(async move {
        let placed = placing
            .write(move |tx, cx| freeze::place(tx, cx, new.clone()))
            .await?;
        placing.follow_freezes(placed.user).await?;
        Ok(done(StatusCode::CREATED, FreezeView::from(&placed)))
    })
    .await
}

/// The freezes of the person, lifted ones too.
#[utoipa::path(
    get, path = "/v1/freezes", tag = "freezes", security(("session" = [])),
    params(PagingParameters),
    responses(
        (status = 200, body = List<FreezeView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    Filters(paging): Filters<Paging<FreezeId>>,
    caller: Caller,
) -> Result<Response, Problem> {
    let user = caller.user();
    let all = app.read(move |tx, cx| freeze::list(tx, cx, user)).await?;
    let (page, next) = paging.cut(all, |freeze| freeze.id);
    let data = page.iter().map(FreezeView::from).collect();
    let next = next.map(Cursor::show);
    Ok(json(StatusCode::OK, &List { data, next }))
}

/// Lift a freeze that you set yourself; needs a step-up `lift_freeze` for it. Access tokens stay
/// suspended until they are rotated.
#[utoipa::path(
    post, path = "/v1/freezes/{id}/lift", tag = "freezes", security(("session" = [])),
    params(("id" = String, Path)),
    responses(
        (status = 200, body = Done<FreezeView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn lift(
    State(app): State<App>,
    id: PathText,
    caller: Caller,
) -> Result<Response, Problem> {
    let id: FreezeId = id.id()?;
    let session = caller.session.clone();
    let lifting = app.clone();
    app.settle(async move {
        let lifted = lifting
            .write(move |tx, cx| {
                let lifted = freeze::lift(tx, cx, (session.user, id), Authority::Own)?;
                let resource = id.to_string();
                step_up::require(tx, cx, &session, Purpose::LiftFreeze, &resource)?;
                Ok(lifted)
            })
            .await?;
        lifting.follow_freezes(lifted.user).await?;
        Ok(done(StatusCode::OK, FreezeView::from(&lifted)))
    })
    .await
}

/// Ask to freeze without signing in: a code travels to every verified contact.
///
/// The answer is the same whether or not the identifier belongs to somebody.
#[utoipa::path(
    post, path = "/v1/freeze-requests", tag = "freezes", request_body = FreezeWithoutSession,
    responses(
        (status = 202, body = Done<FreezeRequestView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn request(
    State(app): State<App>,
    stranger: Stranger,
    JsonBody(body): JsonBody<FreezeWithoutSession>,
) -> Result<Response, Problem> {
    let identifier = Identifier::read(&body.identifier.0, app.policy());
    let started = app
        .write_for_stranger(stranger, "freeze-requests", move |tx, cx| {
            request::start(tx, cx, &identifier)
        })
        .await?;
    let view = FreezeRequestView {
        id: started.id.to_string(),
        expires_at: started.expires_at.to_string(),
    };
    Ok(done(StatusCode::ACCEPTED, view))
}

/// What proved that the owner freezes.
enum Proven {
    Code(MatchedCode),
    RecoveryCode(MatchedFreeze),
}

/// Freeze with the code, or with a saved recovery code, without signing in.
#[utoipa::path(
    post, path = "/v1/freeze-requests/{id}/confirm", tag = "freezes",
    params(("id" = String, Path)), request_body = FreezeConfirmation,
    responses(
        (status = 200, body = Done<FreezeConfirmedView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn confirm(
    State(app): State<App>,
    id: PathText,
    JsonBody(body): JsonBody<FreezeConfirmation>,
) -> Result<Response, Problem> {
    let id: FreezeRequestId = id.id()?;
    let proven = match (body.code, body.recovery_code) {
        (Some(code), None) => {
            let counted = app
                .write(move |tx, cx| request::count_attempt(tx, cx, id))
                .await?;
            let matched = counted.compare(code.expose(), app.keys());
            Proven::Code(matched.ok_or(Rejection::CodeWrong)?)
        }
        (None, Some(code)) => {
            let counted = app
                .write(move |tx, cx| request::count_recovery_code(tx, cx, id))
                .await?;
            let compare = move || counted.compare(code.expose());
            let matched = app.hashing().run(compare).await?;
            let wrong = Problem::field(Code::CodeWrong, "/recovery_code");
            Proven::RecoveryCode(matched.ok_or(wrong)?)
        }
        _ => {
            return Err(Problem::field(Code::InvalidField, "")
                .with_text("exactly one of code and recovery_code must be given"));
        }
    };
    let freezing = app.clone();
    app.settle(async move {
        let placed = freezing
            .write(move |tx, cx| match &proven {
                Proven::Code(matched) => request::confirm(tx, cx, matched),
                Proven::RecoveryCode(matched) => request::confirm_by_recovery_code(tx, cx, matched),
            })
            .await?;
        freezing.follow_freezes(placed.user).await?;
        let view = FreezeConfirmedView {
            state: "frozen",
            freeze: FreezeView::from(&placed),
        };
        Ok(done(StatusCode::OK, view))
    })
    .await
}
