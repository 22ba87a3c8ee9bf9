//! What waits for people who look: documents, and cases of lost accounts.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use identity::{
    audit::Action,
    operator::note_look,
    recovery::review::{self, Case},
    verification::{self, ReviewItem},
};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::{CaseId, DocumentId, VerificationId};

use super::Staff;
use crate::{
    App,
    body::JsonBody,
    json::{FromJson, Json, Reading, body},
    problem::{Code, Problem, ProblemBody},
    query::PathText,
    routes::views::{Done, List, done, json as answer},
};

/// What is shown of a queue.
const SHOWN_MOST: i64 = 50;

/// `approve` or `reject`.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(value_type = String, pattern = "^(approve|reject)$")]
struct VerdictName(Verdict);

#[derive(Clone, Copy, Debug)]
enum Verdict {
    Approve,
    Reject,
}

impl FromJson for VerdictName {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        match reading.text(json)? {
            "approve" => Some(Self(Verdict::Approve)),
            "reject" => Some(Self(Verdict::Reject)),
            _ => reading.refuse(Code::InvalidField, "must be approve or reject"),
        }
    }
}

body! {
    /// What whoever looked decides.
    pub(crate) struct VerdictBody { decision: VerdictName }
}

/// Documents that wait for a decision.
#[derive(Serialize, ToSchema)]
#[schema(as = DocumentReview)]
pub(crate) struct DocumentReviewView {
    id: String,
    user: String,
    /// The tier that is asked for.
    level: i64,
    legal_name: String,
    /// `cn_id` or `passport`.
    document: &'static str,
    number: String,
    birth_date: String,
    files: Vec<String>,
    /// Who has said yes already, where two are needed.
    seconded_by: Option<String>,
    created_at: String,
}

/// What became of documents.
#[derive(Serialize, ToSchema)]
#[schema(as = DocumentDecided)]
pub(crate) struct DocumentDecidedView {
    id: String,
    /// `in_review` (waits for a second yes), `approved` or `rejected`.
    state: &'static str,
}

/// A case of a lost account.
#[derive(Serialize, ToSchema)]
#[schema(as = RecoveryCase)]
pub(crate) struct CaseView {
    id: String,
    /// Whose account it would be; null if the identifier is nobody's.
    user: Option<String>,
    reach_me_at: String,
    statement: String,
    created_at: String,
}

impl From<&ReviewItem> for DocumentReviewView {
    fn from(item: &ReviewItem) -> Self {
        Self {
            id: item.verification.id.to_string(),
            user: item.verification.user.to_string(),
            level: item.verification.level,
            legal_name: item.claim.legal_name.as_str().to_owned(),
            document: item.claim.kind.code(),
            number: item.claim.number.expose().to_owned(),
            birth_date: item.claim.birth_date.text(),
            files: item.files.iter().map(DocumentId::to_string).collect(),
            seconded_by: item.seconded_by.clone(),
            created_at: item.verification.created_at.to_string(),
        }
    }
}

impl From<&Case> for CaseView {
    fn from(case: &Case) -> Self {
        Self {
            id: case.id.to_string(),
            user: case.user.map(|user| user.to_string()),
            reach_me_at: case.reach_me_at.value().to_owned(),
            statement: case.statement.expose().to_owned(),
            created_at: case.created_at.to_string(),
        }
    }
}

/// Documents that wait for a decision, oldest first. Each person sees that somebody looked.
#[utoipa::path(
    get, path = "/ops/v1/verifications", tag = "reviews",
    security(("operator" = ["review_documents"])),
    responses(
        (status = 200, body = List<DocumentReviewView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn documents(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
    let queue = app
        .write(move |tx, cx| {
            let queue = verification::queue(tx, cx, SHOWN_MOST)?;
            for item in &queue {
                let object = item.verification.id.to_string();
                let look = (
                    item.verification.user,
                    Action::DocumentsViewed,
                    object.as_str(),
                );
                note_look(tx, cx, &staff.session, look)?;
            }
            Ok(queue)
        })
        .await?;
    let data = queue.iter().map(DocumentReviewView::from).collect();
    Ok(answer(StatusCode::OK, &List { data, next: None }))
}

/// One file of documents, as it is kept. The person sees that somebody looked.
#[utoipa::path(
    get, path = "/ops/v1/verifications/files/{id}", tag = "reviews",
    security(("operator" = ["review_documents"])), params(("id" = String, Path)),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn file(
    State(app): State<App>,
    id: PathText,
    staff: Staff,
) -> Result<Response, Problem> {
    let id: DocumentId = id.id()?;
    let (kind, bytes) = app
        .write(move |tx, cx| {
            let (owner, opened) = (
                verification::owner_of_file(tx, id)?,
                verification::open_file(tx, cx, id)?,
            );
            let object = id.to_string();
            let look = (owner, Action::DocumentsViewed, object.as_str());
            note_look(tx, cx, &staff.session, look)?;
            Ok(opened)
        })
        .await?;
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(kind.media_type()),
    );
    // Whatever is in it, a browser shows it to nobody by itself.
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment"),
    );
    Ok(response)
}

/// Decide about documents. For the highest tier the first yes waits for a second, by somebody else.
#[utoipa::path(
    post, path = "/ops/v1/verifications/{id}/decide", tag = "reviews",
    security(("operator" = ["review_documents"])), params(("id" = String, Path)),
    request_body = VerdictBody,
    responses(
        (status = 200, body = Done<DocumentDecidedView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn decide_document(
    State(app): State<App>,
    id: PathText,
    staff: Staff,
    JsonBody(body): JsonBody<VerdictBody>,
) -> Result<Response, Problem> {
    let id: VerificationId = id.id()?;
    let decision = match body.decision.0 {
        Verdict::Approve => verification::Decision::Approve,
        Verdict::Reject => verification::Decision::Reject,
    };
    let (user, state) = app
        .write(move |tx, cx| {
            let by = staff.session.operator.id.to_string();
            let user = verification::owner_of(tx, id)?;
            let state = verification::decide(tx, cx, id, (decision, &by))?;
            let object = id.to_string();
            let look = (user, Action::DocumentsDecided, object.as_str());
            note_look(tx, cx, &staff.session, look)?;
            Ok((user, state))
        })
        .await?;
    app.forget_person(user);
    let view = DocumentDecidedView {
        id: id.to_string(),
        state: state.code(),
    };
    Ok(done(StatusCode::OK, view))
}

/// Cases of lost accounts that wait for a decision, oldest first.
#[utoipa::path(
    get, path = "/ops/v1/recoveries", tag = "reviews",
    security(("operator" = ["review_recoveries"])),
    responses(
        (status = 200, body = List<CaseView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn recoveries(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
    let queue = app
        .write(move |tx, cx| {
            let queue = review::queue(tx, cx, SHOWN_MOST)?;
            for case in &queue {
                if let Some(user) = case.user {
                    let object = case.id.to_string();
                    let look = (user, Action::RecoveryViewed, object.as_str());
                    note_look(tx, cx, &staff.session, look)?;
                }
            }
            Ok(queue)
        })
        .await?;
    let data = queue.iter().map(CaseView::from).collect();
    Ok(answer(StatusCode::OK, &List { data, next: None }))
}

/// Decide about a lost account. A yes sends a code to the address that was given; it opens nothing
/// here.
#[utoipa::path(
    post, path = "/ops/v1/recoveries/{id}/decide", tag = "reviews",
    security(("operator" = ["review_recoveries"])), params(("id" = String, Path)),
    request_body = VerdictBody,
    responses(
        (status = 200, body = Done<CaseView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn decide_recovery(
    State(app): State<App>,
    id: PathText,
    staff: Staff,
    JsonBody(body): JsonBody<VerdictBody>,
) -> Result<Response, Problem> {
    let id: CaseId = id.id()?;
    let decision = match body.decision.0 {
        Verdict::Approve => review::Decision::Approved,
        Verdict::Reject => review::Decision::Rejected,
    };
    let case = app
        .write(move |tx, cx| {
            let by = staff.session.operator.id.to_string();
            let case = review::decide(tx, cx, id, decision, &by)?;
            if let Some(user) = case.user {
                let object = id.to_string();
                let look = (user, Action::RecoveryDecided, object.as_str());
                note_look(tx, cx, &staff.session, look)?;
            }
            Ok(case)
        })
        .await?;
    Ok(done(StatusCode::OK, CaseView::from(&case)))
}
