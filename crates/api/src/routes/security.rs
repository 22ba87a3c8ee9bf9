use axum::{extract::State, http::StatusCode, response::Response};
use identity::{
    checkup::{self, Answers, Check, Checkup},
    session,
};
use payments::{
    memo::MemoSeal,
    records::{self, Direction, Filter, Page},
    wallet,
};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::UserId;

use super::views::{Done, done, json};
use crate::{
    App,
    body::JsonBody,
    caller::Caller,
    json::{FromJson, Json, Reading, Text, body},
    problem::{Code, Problem, ProblemBody},
};

/// Payments that a look back shows, the newest.
const PAYMENTS_MOST: usize = 50;
/// Answers that one request takes.
const ANSWERS_MOST: usize = 200;

body! {
    /// One thing that happened, and whether it was the person who says so.
    pub(crate) struct ReviewAnswer {
        id: Text,
        was_me: bool,
    }
}

/// Answers, each about one item.
#[derive(Debug, ToSchema)]
#[schema(value_type = Vec<ReviewAnswer>)]
struct AnswerList(Vec<ReviewAnswer>);

impl FromJson for AnswerList {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        let Json::List(items) = json else {
            return reading.refuse(Code::InvalidField, "must be a list of answers");
        };
        if items.len() > ANSWERS_MOST {
            return reading.refuse(Code::InvalidField, "must have at most 200 answers");
        }
        let read = items
            .iter()
            .map(|item| ReviewAnswer::from_json(item, reading));
        read.collect::<Option<Vec<_>>>().map(Self)
    }
}

body! {
    /// What a person says when they look back.
    pub(crate) struct ReviewRequest { answers: AnswerList }
}

/// One line of the checklist.
#[derive(Serialize, ToSchema)]
pub(crate) struct CheckView {
    /// `strong_password`, `two_steps`, `security_token`, `two_contacts`, `identity` or `reviewed`.
    code: &'static str,
    is_done: bool,
    /// What it is worth; together 100.
    points: i64,
    /// The route that does it.
    link: &'static str,
}

/// When one looked back, and when to do it again.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReviewStanding {
    last_at: Option<String>,
    due_at: String,
}

/// How well the account is kept.
#[derive(Serialize, ToSchema)]
pub(crate) struct SecurityView {
    /// 0 to 100.
    score: i64,
    checklist: Vec<CheckView>,
    review: ReviewStanding,
}

impl From<Checkup> for SecurityView {
    fn from(checkup: Checkup) -> Self {
        let view = |&(check, is_done): &(Check, bool)| CheckView {
            code: check.code(),
            is_done,
            points: check.points(),
            link: link_of(check),
        };
        Self {
            score: checkup.score(),
            checklist: checkup.checks.iter().map(view).collect(),
            review: ReviewStanding {
                last_at: checkup.last_review_at.map(|at| at.to_string()),
                due_at: checkup.review_due_at.to_string(),
            },
        }
    }
}

const fn link_of(check: Check) -> &'static str {
    match check {
        Check::StrongPassword => "/v1/password",
        Check::TwoSteps => "/v1/factors",
        Check::SecurityToken => "/v1/security-tokens",
        Check::TwoContacts => "/v1/contacts",
        Check::Identity => "/v1/verifications",
        Check::Reviewed => "/v1/security/review",
    }
}

/// Something that happened.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReviewItem {
    id: String,
    /// `sign_in` or `payment`.
    kind: &'static str,
    at: String,
    /// Where from, or to whom and how much.
    text: String,
}

/// What happened since the last look back, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReviewView {
    since: String,
    items: Vec<ReviewItem>,
}

/// What followed from the answers.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReviewDone {
    /// `clean`, or `frozen`: every other session has ended and nothing leaves the account.
    state: &'static str,
}

/// How well the account is kept: a checklist with a score.
#[utoipa::path(
    get, path = "/v1/security", tag = "security", security(("session" = [])),
    responses(
        (status = 200, body = SecurityView),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn show(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let user = caller.user();
    let found = app
        .read(move |tx, cx| checkup::checkup(tx, cx, user))
        .await?;
    Ok(json(StatusCode::OK, &SecurityView::from(found)))
}

/// Look back at what happened: was this you?
#[utoipa::path(
    get, path = "/v1/security/review", tag = "security", security(("session" = [])),
    responses(
        (status = 200, body = ReviewView),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn look_back(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let view = app.what_happened(caller.user()).await?;
    Ok(json(StatusCode::OK, &view))
}

impl App {
    async fn what_happened(&self, user: UserId) -> Result<ReviewView, Problem> {
        let seal = self.clone();
        let found = self.read(move |tx, cx| {
            let since = checkup::review_since(tx, cx, user)?;
            let sessions = session::list(tx, cx, user)?;
            let owned = wallet::account_ids(tx, user)?;
            let filter = Filter {
                direction: Some(Direction::Out),
                from: Some(since),
                ..Filter::default()
            };
            let page = Page {
                limit: PAYMENTS_MOST,
                start: records::Start::Newest,
            };
            let view = (seal.books(), &seal as &dyn MemoSeal);
            let (paid, _) = records::list(view, tx, &owned, &filter, page)?;
            Ok((since, sessions, paid))
        });
        let (since, sessions, paid) = found.await?;
        let opened = sessions
            .iter()
            .filter(|view| view.session.created_at >= since);
        let sign_ins = opened.map(|view| ReviewItem {
            id: view.session.id.to_string(),
            kind: "sign_in",
            at: view.session.created_at.to_string(),
            text: format!("{} {}", view.device.user_agent(), view.device.address()),
        });
        let payments = paid.iter().map(|line| ReviewItem {
            id: line.record.id.with_prefix("trf"),
            kind: "payment",
            at: line.record.at.to_string(),
            text: format!(
                "{} {} {}",
                line.counterparty_name(),
                line.money.currency.code(),
                line.money.minor
            ),
        });
        let mut items: Vec<ReviewItem> = sign_ins.chain(payments).collect();
        items.sort_by(|one, other| other.at.cmp(&one.at));
        Ok(ReviewView {
            since: since.to_string(),
            items,
        })
    }
}

/// Say what was not you. A no ends every other session and freezes the account at once.
#[utoipa::path(
    post, path = "/v1/security/review", tag = "security", security(("session" = [])),
    request_body = ReviewRequest,
    responses(
        (status = 200, body = Done<ReviewDone>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn answer(
    State(app): State<App>,
    JsonBody(body): JsonBody<ReviewRequest>,
    caller: Caller,
) -> Result<Response, Problem> {
    let session = caller.session;
    let shown = app.what_happened(session.user).await?;
    let is_shown = |answer: &ReviewAnswer| shown.items.iter().any(|item| item.id == answer.id.0);
    if !body.answers.0.iter().all(is_shown) {
        return Err(Code::NotFound.into());
    }
    let denied = body.answers.0.into_iter().filter(|answer| !answer.was_me);
    let answers = Answers {
        not_me: denied.map(|answer| answer.id.0).collect(),
    };
    let is_clean = answers.not_me.is_empty();
    let state = if is_clean { "clean" } else { "frozen" };
    let answering = app.clone();
    app.settle(async move {
        let user = session.user;
        answering
            .write(move |tx, cx| checkup::answer(tx, cx, &session, &answers))
            .await?;
        if !is_clean {
            answering.forget_sessions_of(user);
            answering.follow_freezes(user).await?;
        }
        Ok(done(StatusCode::OK, ReviewDone { state }))
    })
    .await
}
