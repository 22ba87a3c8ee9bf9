use axum::{extract::State, http::StatusCode, response::Response};
use identity::{
    LifeRefusal, PersonName, Rejection, Session,
    password::{self, Check, OwnData, change},
    registration,
};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::RegistrationId;

use super::views::{Done, done, json};
use crate::{
    App,
    body::JsonBody,
    caller::Caller,
    json::{Password, Text, body},
    problem::{Problem, ProblemBody},
    query::PathText,
};

body! {
    /// A password that somebody is still typing.
    pub(crate) struct PasswordCheckRequest { password: Password }
}

body! {
    /// A password that somebody who registers is still typing.
    pub(crate) struct ApplicantPasswordRequest {
        password: Password,
        /// The name they give; no password may contain it.
        name: Option<Text>,
    }
}

body! {
    /// The present password and the next one.
    pub(crate) struct PasswordChangeRequest {
        current_password: Password,
        password: Password,
    }
}

/// One rule for passwords.
#[derive(Serialize, ToSchema)]
pub(crate) struct PasswordRuleView {
    /// `length`, `too_long`, `letter`, `digit`, `symbol`, `common`, `personal`, `guessable`,
    /// `leaked` or `reused`.
    code: &'static str,
    /// The least length (`length`), the greatest (`too_long`), from which length on a passphrase
    /// needs no classes (`letter`, `digit`, `symbol`), the least score (`guessable`), how many of
    /// the last ones are refused (`reused`).
    value: Option<usize>,
}

/// The rules for passwords that are in force here.
#[derive(Serialize, ToSchema)]
pub(crate) struct PasswordPolicyView {
    rules: Vec<PasswordRuleView>,
    /// `mission` (letters, digits and symbols, or a passphrase) or `nist` (longer, no classes).
    policy: &'static str,
    /// After so many days a change is due.
    max_age_days: Option<i64>,
}

/// How a password does by every rule but `reused`, which is judged when it is set.
#[derive(Serialize, ToSchema)]
pub(crate) struct PasswordCheckView {
    /// How hard it is to guess: 0 to 4.
    score: u8,
    failed: Vec<&'static str>,
    passed: Vec<&'static str>,
}

impl From<Check> for PasswordCheckView {
    fn from(check: Check) -> Self {
        let codes = |rules: Vec<password::PasswordRule>| {
            rules
                .into_iter()
                .map(password::PasswordRule::code)
                .collect()
        };
        Self {
            score: check.score,
            failed: codes(check.failed),
            passed: codes(check.passed),
        }
    }
}

/// The password was changed.
#[derive(Serialize, ToSchema)]
pub(crate) struct PasswordChanged {
    changed_at: String,
    change_due_at: Option<String>,
}

/// The reminder is silent for a while.
#[derive(Serialize, ToSchema)]
pub(crate) struct PasswordSnoozed {
    until: String,
}

/// The rules for passwords.
#[utoipa::path(
    get, path = "/v1/password-policy", tag = "password",
    responses((status = 200, body = PasswordPolicyView), (status = "5XX", body = ProblemBody)),
)]
pub(crate) async fn policy(State(app): State<App>) -> Response {
    let rules = password::rules(app.policy()).into_iter();
    let rules = rules.map(|(rule, value)| PasswordRuleView {
        code: rule.code(),
        value,
    });
    let life = &app.policy().life;
    let view = PasswordPolicyView {
        rules: rules.collect(),
        policy: life.password_rules.code(),
        max_age_days: life.password_age_seconds.map(|seconds| seconds / 86_400),
    };
    json(StatusCode::OK, &view)
}

/// Judge a password for a registration while it is typed.
#[utoipa::path(
    post, path = "/v1/registrations/{id}/password-check", tag = "registrations",
    params(("id" = String, Path)), request_body = ApplicantPasswordRequest,
    responses(
        (status = 200, body = Done<PasswordCheckView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn check_of_applicant(
    State(app): State<App>,
    id: PathText,
    JsonBody(body): JsonBody<ApplicantPasswordRequest>,
) -> Result<Response, Problem> {
    let name = body
        .name
        .map(|name| PersonName::parse(&name.0))
        .transpose()?;
    let id: RegistrationId = id.id()?;
    let applicant = app
        .read(move |tx, cx| registration::find_applicant(tx, cx, id))
        .await?;
    judged(&app, &body.password, applicant.own_data(name.as_ref())).await
}

/// Judge a new password of one's own while it is typed.
#[utoipa::path(
    post, path = "/v1/password/check", tag = "password", security(("session" = [])),
    request_body = PasswordCheckRequest,
    responses(
        (status = 200, body = Done<PasswordCheckView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn check(
    State(app): State<App>,
    JsonBody(body): JsonBody<PasswordCheckRequest>,
    caller: Caller,
) -> Result<Response, Problem> {
    let user = caller.user();
    let own = app
        .read(move |tx, cx| change::own_data_of(tx, cx, user))
        .await?;
    judged(&app, &body.password, own).await
}

async fn judged(app: &App, typed: &Password, own: OwnData) -> Result<Response, Problem> {
    let password = match password::Password::read(typed.expose(), app.policy()) {
        Ok(password) => password,
        Err(Rejection::PasswordTooWeak { failed }) => {
            let passed = Vec::new();
            let view = PasswordCheckView::from(Check {
                score: 0,
                failed,
                passed,
            });
            return Ok(done(StatusCode::OK, view));
        }
        Err(other) => return Err(other.into()),
    };
    let judging = app.clone();
    let check = move || password::check(&password, &own, judging.policy());
    let check = app.hashing().run(check).await?;
    Ok(done(StatusCode::OK, PasswordCheckView::from(check)))
}

/// Change the password; every other session of the person ends.
#[utoipa::path(
    post, path = "/v1/password", tag = "password", security(("session" = [])),
    request_body = PasswordChangeRequest,
    responses(
        (status = 200, body = Done<PasswordChanged>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn change(
    State(app): State<App>,
    JsonBody(body): JsonBody<PasswordChangeRequest>,
    caller: Caller,
) -> Result<Response, Problem> {
    let read = |typed: &Password| password::Password::read(typed.expose(), app.policy());
    // A present password is never too long, so one that is too long is wrong.
    let current = read(&body.current_password).map_err(|_| LifeRefusal::PasswordWrong);
    let chosen = read(&body.password)?;
    let current = current.map_err(Rejection::from)?;
    let user = caller.user();
    let begun = app.write(move |tx, cx| change::begin(tx, cx, user)).await?;
    let (hashing, now) = (app.clone(), app.now());
    let hash = move || begun.confirm(&current)?.choose(chosen, &hashing.cx(now));
    let new = app.hashing().run(hash).await??;
    let (changing, session) = (app.clone(), caller.session);
    app.settle(async move { settle(&changing, &session, new).await })
        .await
}

async fn settle(
    app: &App,
    session: &std::sync::Arc<Session>,
    new: change::NewPassword,
) -> Result<Response, Problem> {
    let (user, kept) = (session.user, session.clone());
    let settled = app
        .write(move |tx, cx| change::settle(tx, cx, &kept, &new))
        .await;
    app.forget_sessions_of(user);
    app.forget_person(user);
    settled?;
    let standing = app
        .read(move |tx, cx| change::standing(tx, cx, user))
        .await?
        .ok_or(Rejection::UserNotFound)?;
    let view = PasswordChanged {
        changed_at: standing.changed_at.to_string(),
        change_due_at: standing.change_due_at.map(|at| at.to_string()),
    };
    Ok(done(StatusCode::OK, view))
}

/// Put the reminder to change the password off.
#[utoipa::path(
    post, path = "/v1/password/snooze", tag = "password", security(("session" = [])),
    responses(
        (status = 200, body = Done<PasswordSnoozed>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn snooze(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let user = caller.user();
    let until = app
        .write(move |tx, cx| change::snooze(tx, cx, user))
        .await?;
    let until = until.to_string();
    Ok(done(StatusCode::OK, PasswordSnoozed { until }))
}

impl App {
    /// After a sign-in, in the background: a verifier of another cost is made anew, and a password
    /// that has leaked meanwhile must be changed.
    pub(crate) fn look_after_password(
        &self,
        user: vocab::UserId,
        typed: password::Password,
        (hashed, verdict): (password::PasswordHashed, password::Verdict),
    ) {
        let is_leaked = password::is_leaked(&typed, self.policy());
        let is_outdated = change::is_outdated(&hashed, self.policy());
        if !verdict.is_right() || !(is_leaked || is_outdated) {
            return;
        }
        let app = self.clone();
        tokio::spawn(async move {
            // Should it fail, the next sign-in does it.
            if is_leaked {
                let _ = app
                    .write(move |tx, cx| change::mark_compromised(tx, cx, user))
                    .await;
                app.forget_person(user);
            }
            if is_outdated {
                let _ = app.renew_verifier(user, typed, (hashed, verdict)).await;
            }
        });
    }

    async fn renew_verifier(
        &self,
        user: vocab::UserId,
        typed: password::Password,
        (old, verdict): (password::PasswordHashed, password::Verdict),
    ) -> Result<bool, Problem> {
        let (hashing, now) = (self.clone(), self.now());
        let hash = move || change::hash_again(&typed, verdict, &hashing.cx(now));
        let Some(new) = self.hashing().run(hash).await? else {
            return Ok(false);
        };
        let refreshed = self
            .write(move |tx, cx| change::refresh(tx, cx, user, (&old, &new)))
            .await?;
        Ok(refreshed)
    }
}
