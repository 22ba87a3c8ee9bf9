use axum::{
    extract::State,
    http::{StatusCode, header},
    response::Response,
};
use identity::{
    Contact, Locale, PersonName, Rejection,
    password::{self, PasswordHashed},
    registration::{self, Completion, NewRegistration, Registration},
};
use payments::Language;
use serde::Serialize;
use utoipa::ToSchema;
use vocab::RegistrationId;

use super::{
    me::UserView,
    sessions::SessionOpened,
    views::{Done, done},
};
use crate::{
    App,
    body::JsonBody,
    caller::session_cookie,
    json::{Password, SecretText, Text, body},
    problem::{Answering, Code, Problem, ProblemBody},
    query::PathText,
    visitor::{Arriving, remember_device},
    work::Stranger,
};

body! {
    /// Who wants an account: a phone number or an e-mail address.
    pub(crate) struct RegistrationRequest {
        /// In any common spelling; without a country code one of the home country.
        phone: Option<Text>,
        email: Option<Text>,
        /// BCP 47: messages come in Chinese (`zh`) or English (`en`).
        locale: Option<Text>,
        /// Must be true.
        accept_terms: bool,
    }
}

body! {
    /// The code that arrived.
    #[schema(as = RegistrationVerification)]
    pub(crate) struct VerificationRequest { code: SecretText }
}

body! {
    /// The last step.
    #[schema(as = RegistrationCompletion)]
    pub(crate) struct CompletionRequest {
        password: Password,
        /// 1–64 characters, as others will see it masked.
        name: Text,
    }
}

/// A registration under way.
#[derive(Serialize, ToSchema)]
#[schema(as = Registration)]
pub(crate) struct RegistrationView {
    id: String,
    /// `contact_unverified`, `contact_verified` or `completed`.
    state: &'static str,
    /// From when on another code may be asked for, RFC 3339.
    resend_at: String,
    expires_at: String,
}

/// How far a registration has come.
#[derive(Serialize, ToSchema)]
pub(crate) struct RegistrationStateView {
    /// `contact_verified`.
    state: &'static str,
}

/// The new person, signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct RegistrationCompleted {
    user: UserView,
    session: SessionOpened,
}

impl From<Registration> for RegistrationView {
    fn from(registration: Registration) -> Self {
        Self {
            id: registration.id.to_string(),
            state: registration.state.code(),
            resend_at: registration.resend_at.to_string(),
            expires_at: registration.expires_at.to_string(),
        }
    }
}

/// Start a registration: a code travels to the contact.
///
/// The answer is the same whether or not the contact belongs to somebody. Where the server asks
/// strangers for a proof of work, the first answer is 403 `proof_of_work_required` with it.
#[utoipa::path(
    post, path = "/v1/registrations", tag = "registrations", request_body = RegistrationRequest,
    responses(
        (status = 202, body = Done<RegistrationView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn start(
    State(app): State<App>,
    stranger: Stranger,
    JsonBody(body): JsonBody<RegistrationRequest>,
    answering: Answering,
) -> Result<Response, Problem> {
    let contact = read_contact(&app, &body)?;
    let locale = match &body.locale {
        Some(tag) => Locale::from_tag(&tag.0).ok_or_else(|| {
            Problem::field(Code::InvalidField, "/locale").with_text("must be zh or en")
        })?,
        None => match answering.language {
            Language::Zh => Locale::Zh,
            Language::En => Locale::En,
        },
    };
    let new = NewRegistration {
        contact,
        locale,
        accept_terms: body.accept_terms,
    };
    let started = app
        .write_for_stranger(stranger, "registrations", move |tx, cx| {
            registration::start(tx, cx, &new)
        })
        .await?;
    Ok(done(StatusCode::ACCEPTED, RegistrationView::from(started)))
}

fn read_contact(app: &App, body: &RegistrationRequest) -> Result<Contact, Problem> {
    match (&body.phone, &body.email) {
        (Some(phone), None) => Ok(Contact::parse_phone(&phone.0, app.policy())?),
        (None, Some(email)) => Ok(Contact::parse_email(&email.0)?),
        (None, None) => Err(Problem::field(Code::MissingField, "/phone")
            .with_text("a phone number or an e-mail address is required")),
        (Some(_), Some(_)) => {
            Err(Problem::field(Code::InvalidField, "/email").with_text("cannot stand beside phone"))
        }
    }
}

/// Ask for another code; the one before is void.
#[utoipa::path(
    post, path = "/v1/registrations/{id}/resend", tag = "registrations",
    params(("id" = String, Path)),
    responses(
        (status = 202, body = Done<RegistrationView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn resend(State(app): State<App>, id: PathText) -> Result<Response, Problem> {
    let id: RegistrationId = id.id()?;
    let sent = app
        .write(move |tx, cx| registration::resend(tx, cx, id))
        .await?;
    Ok(done(StatusCode::ACCEPTED, RegistrationView::from(sent)))
}

/// Prove the contact with the code.
#[utoipa::path(
    post, path = "/v1/registrations/{id}/verify", tag = "registrations",
    params(("id" = String, Path)), request_body = VerificationRequest,
    responses(
        (status = 200, body = Done<RegistrationStateView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn verify(
    State(app): State<App>,
    id: PathText,
    JsonBody(body): JsonBody<VerificationRequest>,
) -> Result<Response, Problem> {
    let id: RegistrationId = id.id()?;
    let counted = app
        .write(move |tx, cx| registration::count_attempt(tx, cx, id))
        .await?;
    let matched = counted
        .compare(body.code.expose(), app.keys())
        .ok_or(Rejection::CodeWrong)?;
    let settled = app
        .write(move |tx, cx| registration::settle(tx, cx, &matched))
        .await?;
    Ok(done(
        StatusCode::OK,
        RegistrationStateView {
            state: settled.code(),
        },
    ))
}

/// Choose a name and a password; the person is signed in.
#[utoipa::path(
    post, path = "/v1/registrations/{id}/complete", tag = "registrations",
    params(("id" = String, Path)), request_body = CompletionRequest,
    responses(
        (status = 201, body = Done<RegistrationCompleted>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn complete(
    State(app): State<App>,
    id: PathText,
    JsonBody(body): JsonBody<CompletionRequest>,
    Arriving(arrival): Arriving,
) -> Result<Response, Problem> {
    let name = PersonName::parse(&body.name.0)?;
    let password = password::Password::read(body.password.expose(), app.policy())?;
    let id: RegistrationId = id.id()?;
    let applicant = app
        .read(move |tx, cx| registration::find_applicant(tx, cx, id))
        .await?;
    let own = applicant.own_data(Some(&name));
    let hashed = hash_accepted(&app, password, own).await?;
    let completion = Completion {
        id,
        name,
        password: hashed,
        arrival,
    };
    let completing = app.clone();
    app.settle(async move { sign_up(&completing, completion).await })
        .await
}

async fn hash_accepted(
    app: &App,
    password: password::Password,
    own: password::OwnData,
) -> Result<PasswordHashed, Problem> {
    let judge = app.clone();
    let hash = move || {
        let accepted = password::accept(password, &own, judge.policy())?;
        Ok::<_, Rejection>(password::hash(
            &accepted,
            judge.policy().hash_cost,
            judge.entropy(),
        ))
    };
    Ok(app.hashing().run(hash).await??)
}

async fn sign_up(app: &App, completion: Completion) -> Result<Response, Problem> {
    let now = app.now();
    let completed = app
        .write(move |tx, cx| registration::complete(tx, cx, &completion))
        .await?;
    app.open_first_account(completed.user).await?;
    app.forget_person(completed.user);
    let user = app.show_user(completed.user).await?;
    let body = RegistrationCompleted {
        user,
        session: SessionOpened::from(&completed.session),
    };
    let mut response = done(StatusCode::CREATED, body);
    let cookie = session_cookie(app, &completed.session, now);
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    remember_device(app, completed.session.device_secret.as_ref(), &mut response);
    Ok(response)
}
