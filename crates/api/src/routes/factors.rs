use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use identity::{
    Rejection, factor, passkey, password, pin, recovery_code,
    recovery_code::NewCodes,
    sms,
    step_up::{self, Purpose},
    totp::{self, TotpState},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    passkeys::PasskeyView,
    views::{Done, done, json},
};
use crate::{
    App,
    body::JsonBody,
    caller::Caller,
    json::{FromJson, Json, Reading, SecretText, body},
    problem::{Code, Problem, ProblemBody},
};

/// How the person can prove themselves.
#[derive(Serialize, ToSchema)]
pub(crate) struct Factors {
    password: PasswordFactor,
    totp: TotpFactor,
    sms: SmsFactor,
    passkeys: Vec<PasskeyView>,
    recovery_codes: RecoveryCodesFactor,
    pin: PinFactor,
    /// True if signing in has two steps.
    two_step_enabled: bool,
}

/// The password.
#[derive(Serialize, ToSchema)]
pub(crate) struct PasswordFactor {
    changed_at: Option<String>,
}

/// The authenticator app.
#[derive(Serialize, ToSchema)]
pub(crate) struct TotpFactor {
    /// `none`, `pending` or `active`.
    state: &'static str,
    activated_at: Option<String>,
}

/// Codes by SMS.
#[derive(Serialize, ToSchema)]
pub(crate) struct SmsFactor {
    is_enabled: bool,
    /// The masked number.
    to: Option<String>,
}

/// The saved codes.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryCodesFactor {
    left: i64,
    created_at: Option<String>,
}

/// The payment PIN.
#[derive(Serialize, ToSchema)]
pub(crate) struct PinFactor {
    is_set: bool,
    /// True if it has to be reset after too many wrong tries.
    is_void: bool,
    locked_until: Option<String>,
}

/// What an authenticator app has to be told; shown once.
#[derive(Serialize, ToSchema)]
pub(crate) struct TotpBegun {
    /// Base32.
    secret: String,
    /// `otpauth://totp/…`, for a QR code.
    uri: String,
    /// Until when to activate it.
    expires_at: String,
}

/// The authenticator app is active.
#[derive(Serialize, ToSchema)]
pub(crate) struct TotpActivated {
    /// `active`.
    state: &'static str,
    /// Ten codes to be saved, shown once; only if there were none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    recovery_codes: Vec<String>,
}

/// Ten codes to be saved, shown once.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryCodes {
    codes: Vec<String>,
}

body! {
    /// The code that the app shows.
    pub(crate) struct TotpCode { code: SecretText }
}

/// That the risk of codes by SMS was read and accepted.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(value_type = bool)]
struct Accepted(());

impl FromJson for Accepted {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        match json {
            Json::Bool(true) => Some(Self(())),
            _ => reading.refuse(Code::InvalidField, "must be true"),
        }
    }
}

body! {
    /// Turning codes by SMS on: numbers can be taken over, an authenticator app cannot.
    pub(crate) struct SmsRequest { accept_notice: Accepted }
}

/// How the person can prove themselves.
#[utoipa::path(
    get, path = "/v1/factors", tag = "factors", security(("session" = [])),
    responses(
        (status = 200, body = Factors),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn show(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let user = caller.user();
    let factors = app
        .read(move |tx, cx| {
            let (state, activated_at) = totp::state(tx, cx, user)?;
            let to = sms::enabled_to(tx, cx, user)?;
            let codes = recovery_code::left(tx, user)?;
            let pin = pin::state(tx, cx, user)?;
            let passkeys = passkey::list(tx, cx, user)?;
            let changed_at = password::changed_at(tx, user)?;
            Ok(Factors {
                password: PasswordFactor {
                    changed_at: changed_at.map(|at| at.to_string()),
                },
                totp: TotpFactor {
                    state: state.code(),
                    activated_at: activated_at.map(|at| at.to_string()),
                },
                sms: SmsFactor {
                    is_enabled: to.is_some(),
                    to,
                },
                passkeys: passkeys.into_iter().map(PasskeyView::from).collect(),
                recovery_codes: RecoveryCodesFactor {
                    left: codes.left,
                    created_at: codes.created_at.map(|at| at.to_string()),
                },
                pin: PinFactor {
                    is_set: pin.is_set,
                    is_void: pin.is_void,
                    locked_until: pin.locked_until.map(|at| at.to_string()),
                },
                two_step_enabled: !factor::second_factors(tx, cx, user)?.is_empty(),
            })
        })
        .await?;
    Ok(json(StatusCode::OK, &factors))
}

/// Begin with an authenticator app; needs a step-up `set_up_factor`.
#[utoipa::path(
    post, path = "/v1/factors/totp", tag = "factors", security(("session" = [])),
    responses(
        (status = 201, body = Done<TotpBegun>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn begin_totp(
    State(app): State<App>,
    caller: Caller,
) -> Result<Response, Problem> {
    let session = caller.session;
    let begun = app
        .write(move |tx, cx| {
            step_up::require(tx, cx, &session, Purpose::SetUpFactor, "")?;
            totp::begin(tx, cx, session.user)
        })
        .await?;
    let body = TotpBegun {
        secret: begun.secret.expose().to_owned(),
        uri: begun.uri.expose().to_owned(),
        expires_at: begun.expires_at.to_string(),
    };
    Ok(done(StatusCode::CREATED, body))
}

/// Activate the app with a code it shows; signing in asks for it from then on.
#[utoipa::path(
    post, path = "/v1/factors/totp/activate", tag = "factors", security(("session" = [])),
    request_body = TotpCode,
    responses(
        (status = 200, body = Done<TotpActivated>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn activate_totp(
    State(app): State<App>,
    JsonBody(body): JsonBody<TotpCode>,
    caller: Caller,
) -> Result<Response, Problem> {
    let user = caller.user();
    let counted = app
        .write(move |tx, cx| totp::count_activation(tx, cx, user))
        .await?;
    let wrong = Rejection::CodeWrong;
    let matched = counted.compare(body.code.expose()).ok_or(wrong)?;
    let codes = draw(&app).await?;
    let is_first = app
        .write(move |tx, cx| {
            totp::activate(tx, cx, matched)?;
            let is_first = recovery_code::left(tx, user)?.left == 0;
            if is_first {
                recovery_code::replace(tx, cx, user, &codes.1)?;
            }
            Ok(is_first)
        })
        .await?;
    let body = TotpActivated {
        state: TotpState::Active.code(),
        recovery_codes: if is_first { codes.0 } else { Vec::new() },
    };
    Ok(done(StatusCode::OK, body))
}

/// Remove the app; needs a step-up `remove_factor` for the resource `totp`.
#[utoipa::path(
    delete, path = "/v1/factors/totp", tag = "factors", security(("session" = [])),
    responses(
        (status = 204),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn remove_totp(
    State(app): State<App>,
    caller: Caller,
) -> Result<Response, Problem> {
    let session = caller.session;
    app.write(move |tx, cx| {
        step_up::require(tx, cx, &session, Purpose::RemoveFactor, "totp")?;
        totp::remove(tx, cx, session.user)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Turn codes by SMS on; needs a step-up `set_up_factor`.
#[utoipa::path(
    post, path = "/v1/factors/sms", tag = "factors", security(("session" = [])),
    request_body = SmsRequest,
    responses(
        (status = 200, body = Done<SmsFactor>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn enable_sms(
    State(app): State<App>,
    JsonBody(body): JsonBody<SmsRequest>,
    caller: Caller,
) -> Result<Response, Problem> {
    let (session, Accepted(())) = (caller.session, body.accept_notice);
    let to = app
        .write(move |tx, cx| {
            step_up::require(tx, cx, &session, Purpose::SetUpFactor, "")?;
            sms::enable(tx, cx, session.user)
        })
        .await?;
    let body = SmsFactor {
        is_enabled: true,
        to: Some(to),
    };
    Ok(done(StatusCode::OK, body))
}

/// Turn codes by SMS off; needs a step-up `remove_factor` for the resource `sms`.
#[utoipa::path(
    delete, path = "/v1/factors/sms", tag = "factors", security(("session" = [])),
    responses(
        (status = 204),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn disable_sms(
    State(app): State<App>,
    caller: Caller,
) -> Result<Response, Problem> {
    let session = caller.session;
    app.write(move |tx, cx| {
        step_up::require(tx, cx, &session, Purpose::RemoveFactor, "sms")?;
        sms::disable(tx, cx, session.user)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Ten new codes to be saved; the old ones are void. Needs a step-up `set_up_factor`.
#[utoipa::path(
    post, path = "/v1/factors/recovery-codes", tag = "factors", security(("session" = [])),
    responses(
        (status = 201, body = Done<RecoveryCodes>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn new_codes(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let session = caller.session;
    let asked = session.clone();
    app.write(move |tx, cx| step_up::require(tx, cx, &asked, Purpose::SetUpFactor, ""))
        .await?;
    let (shown, codes) = draw(&app).await?;
    app.write(move |tx, cx| {
        step_up::require(tx, cx, &session, Purpose::SetUpFactor, "")?;
        recovery_code::replace(tx, cx, session.user, &codes)
    })
    .await?;
    Ok(done(StatusCode::CREATED, RecoveryCodes { codes: shown }))
}

async fn draw(app: &App) -> Result<(Vec<String>, NewCodes), Problem> {
    let drawing = app.clone();
    let draw = move || {
        let cost = drawing.policy().short_secret_cost;
        recovery_code::draw(cost, drawing.entropy())
    };
    let codes = app.hashing().run(draw).await?;
    let shown = codes.shown.iter().map(|code| code.expose().to_owned());
    Ok((shown.collect(), codes))
}
