use axum::{extract::State, http::StatusCode, response::Response};
use identity::{
    LifeRefusal, PersonName, Rejection, Secret,
    verification::{self, Claim, Day, DocumentKind, Side, Verification},
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use vocab::VerificationId;

use super::views::{Done, done, json};
use crate::{
    App,
    body::{FileBody, JsonBody},
    caller::Caller,
    hex::Hex,
    json::{FromJson, Json, Reading, SecretText, Text, body},
    problem::{Code, Problem, ProblemBody},
    query::{Filters, FromParameters, Parameters, PathText, wrong},
};

/// A document and its number.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DocumentBody {
    #[serde(rename = "type")]
    kind: DocumentName,
    number: SecretText,
}

impl FromJson for DocumentBody {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        let fields = reading.object(json, &["type", "number"])?;
        let kind = reading.field(fields, "type");
        let number = reading.field(fields, "number");
        Some(Self {
            kind: kind?,
            number: number?,
        })
    }
}

body! {
    /// Who somebody is, as their document says it.
    pub(crate) struct VerificationWish {
        /// The tier that it asks for: 1, 2 or 3.
        level: i64,
        legal_name: Text,
        document: DocumentBody,
        /// `1990-12-31`.
        birth_date: Text,
    }
}

/// `cn_id` or `passport`.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(value_type = String, pattern = "^(cn_id|passport)$")]
struct DocumentName(DocumentKind);

impl FromJson for DocumentName {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        match DocumentKind::from_code(reading.text(json)?) {
            Some(kind) => Some(Self(kind)),
            None => reading.refuse(Code::InvalidField, "must be cn_id or passport"),
        }
    }
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "the field is the contract's; SideName is what is read from it"
)]
pub(crate) struct SideParameters {
    /// `front`, `back` or `selfie`.
    side: String,
}

/// Which side a file shows.
#[derive(Debug)]
pub(crate) struct SideName(Side);

impl FromParameters for SideName {
    fn read(parameters: &mut Parameters) -> Result<Self, Problem> {
        const EXPECTED: &str = "must be front, back or selfie";
        let side = parameters.read("side", EXPECTED, Side::from_code)?;
        side.map(Self).ok_or_else(|| wrong("side", EXPECTED))
    }
}

/// A verification of the person who asks.
#[derive(Serialize, ToSchema)]
pub(crate) struct VerificationView {
    id: String,
    /// The tier that it asks for.
    level: i64,
    /// `draft`, `in_review`, `approved` or `rejected`.
    state: &'static str,
    /// The sides that were handed in.
    sides: Vec<&'static str>,
    created_at: String,
    decided_at: Option<String>,
}

impl From<Verification> for VerificationView {
    fn from(verification: Verification) -> Self {
        Self {
            id: verification.id.to_string(),
            level: verification.level,
            state: verification.state.code(),
            sides: verification.sides,
            created_at: verification.created_at.to_string(),
            decided_at: verification.decided_at.map(|at| at.to_string()),
        }
    }
}

/// The person's tier and what it came from.
#[derive(Serialize, ToSchema)]
pub(crate) struct VerificationsView {
    /// 0 with a contact alone, up to 3.
    tier: i64,
    /// Newest first.
    rows: Vec<VerificationView>,
}

/// A file that was kept. Pictures are written anew, so the hash is of what is kept.
#[derive(Serialize, ToSchema)]
pub(crate) struct DocumentKept {
    id: String,
    sha256: String,
}

/// The person's tier and their verifications.
#[utoipa::path(
    get, path = "/v1/verifications", tag = "verifications", security(("session" = [])),
    responses(
        (status = 200, body = VerificationsView),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn list(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let user = caller.user();
    let found = app.read(move |tx, _| {
        Ok((
            verification::tier_of(tx, user)?,
            verification::list(tx, user)?,
        ))
    });
    let (tier, all) = found.await?;
    let rows = all.into_iter().map(VerificationView::from).collect();
    Ok(json(StatusCode::OK, &VerificationsView { tier, rows }))
}

/// Begin a verification with what the document says.
#[utoipa::path(
    post, path = "/v1/verifications", tag = "verifications", security(("session" = [])),
    request_body = VerificationWish,
    responses(
        (status = 201, body = Done<VerificationView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn begin(
    State(app): State<App>,
    JsonBody(body): JsonBody<VerificationWish>,
    caller: Caller,
) -> Result<Response, Problem> {
    let name = PersonName::parse(&body.legal_name.0);
    let claim = Claim {
        legal_name: name.map_err(|no| Problem::from(no).at("/legal_name"))?,
        kind: body.document.kind.0,
        number: Secret::new(body.document.number.expose().to_owned()),
        birth_date: Day::parse(&body.birth_date.0)
            .ok_or(LifeRefusal::BirthDateInvalid)
            .map_err(Rejection::from)?,
    };
    let wish = (caller.user(), body.level);
    let begun = app
        .write(move |tx, cx| verification::begin(tx, cx, wish, &claim))
        .await?;
    Ok(done(StatusCode::CREATED, VerificationView::from(begun)))
}

/// Hand in one side of the document: JPEG, PNG or PDF, up to 5 MiB and 25 million pixels.
#[utoipa::path(
    post, path = "/v1/verifications/{id}/files", tag = "verifications",
    security(("session" = [])), params(("id" = String, Path), SideParameters),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 201, body = Done<DocumentKept>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn add_file(
    State(app): State<App>,
    Filters(side): Filters<SideName>,
    id: PathText,
    FileBody(bytes): FileBody,
    caller: Caller,
) -> Result<Response, Problem> {
    let whose: (_, VerificationId) = (caller.user(), id.id()?);
    let cleaned = app
        .hashing()
        .run(move || verification::clean(&bytes))
        .await??;
    let kept = app
        .write(move |tx, cx| verification::add_file(tx, cx, whose, (side.0, &cleaned)))
        .await?;
    let body = DocumentKept {
        id: kept.id.to_string(),
        sha256: Hex(kept.sha256).to_string(),
    };
    Ok(done(StatusCode::CREATED, body))
}

/// Hand the draft in, for people to look at.
#[utoipa::path(
    post, path = "/v1/verifications/{id}/submit", tag = "verifications",
    security(("session" = [])), params(("id" = String, Path)),
    responses(
        (status = 202, body = Done<VerificationView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn submit(
    State(app): State<App>,
    id: PathText,
    caller: Caller,
) -> Result<Response, Problem> {
    let (user, id): (_, VerificationId) = (caller.user(), id.id()?);
    let submitted = app
        .write(move |tx, cx| verification::submit(tx, cx, user, id))
        .await?;
    Ok(done(
        StatusCode::ACCEPTED,
        VerificationView::from(submitted),
    ))
}
