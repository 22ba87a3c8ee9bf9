use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use identity::{
    Notice, Rejection,
    access_token::{self, AccessToken, AccessTokenState, Network, NewAccessToken, Scope, Scopes},
    audit::{self, Action, By},
    notice,
    step_up::{self, Purpose},
};
use payments::allowance::{self, Allowance, Caps};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::{AccessTokenId, Money, UserId};

use super::{
    security_tokens::ChannelName,
    views::{Done, List, done, json},
};
use crate::{
    App,
    body::JsonBody,
    caller::Caller,
    json::{Amount, Count, CurrencyCode, MoneyView, SecretText, Text, Texts, body},
    person::PayeeName,
    principal::Bare,
    problem::{Code, Problem, ProblemBody},
    query::{Cursor, Filters, Paging, PagingParameters, PathText},
};

body! {
    /// The most that a program may send, in minor units; absent is no cap of this kind.
    pub(crate) struct CapsBody {
        currency: CurrencyCode,
        per_payment: Option<Amount>,
        per_day: Option<Amount>,
        per_month: Option<Amount>,
        lifetime: Option<Amount>,
        /// Payments of one day.
        count_per_day: Option<Count>,
    }
}

body! {
    /// What a program should be able to.
    pub(crate) struct AccessTokenRequest {
        name: Text,
        /// `resource:verb`; a program may do nothing else.
        scopes: Texts,
        /// Required with `transfers:create`.
        caps: Option<CapsBody>,
        /// Who may be paid: `usr_…`, `acc_…`, phone numbers or e-mail addresses; everybody if
        /// absent.
        payees: Option<Texts>,
        /// Addresses or ranges (`203.0.113.0/24`) it may be used from; everywhere if absent.
        ips: Option<Texts>,
        /// 1 to 365.
        expires_in_days: Count,
        channel: ChannelName,
    }
}

body! {
    /// The code that arrived.
    pub(crate) struct AccessTokenClaim { code: SecretText }
}

body! {
    /// How long the old secret serves beside the new one, 0 to 86,400 seconds.
    pub(crate) struct RotationRequest { overlap_seconds: Option<Count> }
}

/// A program's credential, without its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = AccessToken)]
pub(crate) struct AccessTokenView {
    id: String,
    name: String,
    /// `claim_sent`, `active`, `suspended`, `revoked` or `expired`.
    state: &'static str,
    scopes: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    caps: Option<CapsView>,
    /// `usr_…`; everybody if empty.
    payees: Vec<String>,
    /// Everywhere if empty.
    ips: Vec<String>,
    /// Where the claim code went, masked.
    delivered_to: String,
    created_at: String,
    claimed_at: Option<String>,
    /// Before it is claimed: until when the code serves.
    expires_at: String,
    last_used_at: Option<String>,
}

/// Caps with what was used of them.
#[derive(Serialize, ToSchema)]
#[schema(as = Caps)]
struct CapsView {
    per_payment: Option<MoneyView>,
    per_day: Option<MoneyView>,
    per_month: Option<MoneyView>,
    lifetime: Option<MoneyView>,
    count_per_day: Option<i64>,
    used_today: MoneyView,
    used_this_month: MoneyView,
    used_in_all: MoneyView,
    count_today: i64,
}

/// A token just claimed: the only time its secret is shown.
#[derive(Serialize, ToSchema)]
#[schema(as = AccessTokenClaimed)]
pub(crate) struct ClaimedView {
    #[serde(flatten)]
    token: AccessTokenView,
    secret: String,
}

impl CapsBody {
    fn read(&self) -> Caps {
        let minor = |amount: &Option<Amount>| amount.map(Amount::minor);
        Caps {
            currency: self.currency.0,
            per_payment: minor(&self.per_payment),
            per_day: minor(&self.per_day),
            per_month: minor(&self.per_month),
            lifetime: minor(&self.lifetime),
            count_per_day: self.count_per_day.map(|count| count.0),
        }
    }
}

impl CapsView {
    fn new(one: &Allowance, app: &App) -> Self {
        let Allowance { caps, used, .. } = one;
        let of = |minor| MoneyView::from(Money::new(minor, caps.currency));
        let now = app.books().limits().moment(app.now());
        Self {
            per_payment: caps.per_payment.map(of),
            per_day: caps.per_day.map(of),
            per_month: caps.per_month.map(of),
            lifetime: caps.lifetime.map(of),
            count_per_day: caps.count_per_day,
            used_today: of(used.today(now)),
            used_this_month: of(used.this_month(now)),
            used_in_all: of(used.lifetime()),
            count_today: used.count_today(now),
        }
    }
}

impl AccessTokenView {
    fn new(token: AccessToken, allowance: Option<&Allowance>, app: &App) -> Self {
        Self {
            id: token.id.to_string(),
            name: token.name,
            state: token.state.code(),
            scopes: token.scopes.codes().collect(),
            caps: allowance.map(|one| CapsView::new(one, app)),
            payees: token.payees.iter().map(UserId::to_string).collect(),
            ips: token.networks.iter().map(Network::to_string).collect(),
            delivered_to: token.delivered_to,
            created_at: token.created_at.to_string(),
            claimed_at: token.claimed_at.map(|at| at.to_string()),
            expires_at: token.expires_at.to_string(),
            last_used_at: token.last_used_at.map(|at| at.to_string()),
        }
    }
}

/// Ask for an access token: a claim code travels to the designated contact.
///
/// Needs a step-up `create_access_token`. The secret is shown once, when the code is claimed in the
/// session that asked.
#[utoipa::path(
    post, path = "/v1/access-tokens", tag = "access tokens", security(("session" = [])),
    request_body = AccessTokenRequest,
    responses(
        (status = 202, body = Done<AccessTokenView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn request(
    State(app): State<App>,
    JsonBody(body): JsonBody<AccessTokenRequest>,
    caller: Caller,
) -> Result<Response, Problem> {
    let scopes = read_scopes(&body.scopes)?;
    let pays = scopes.contains(Scope::TransfersCreate);
    let caps = body.caps.as_ref().map(CapsBody::read);
    if pays && caps.is_none() {
        return Err(Problem::field(Code::MissingField, "/caps")
            .with_text("caps are required with transfers:create"));
    }
    let networks = each(body.ips.as_ref(), "/ips", |text| {
        text.parse::<Network>().ok()
    })?;
    let mut payees = Vec::new();
    for (place, text) in body.payees.iter().flat_map(|all| &all.0).enumerate() {
        payees.push(find_named(&app, text, place).await?);
    }
    let new = NewAccessToken {
        user: caller.user(),
        session: caller.session.id,
        name: body.name.0,
        scopes,
        payees,
        networks,
        days: body.expires_in_days.0,
        channel: body.channel.0,
    };
    let session = caller.session.clone();
    let (token, opened) = app
        .write(move |tx, cx| {
            step_up::require(tx, cx, &session, Purpose::CreateAccessToken, "")?;
            let token = access_token::request(tx, cx, &new)?;
            if let Some(caps) = caps.as_ref().filter(|_| pays) {
                allowance::open(tx, token.id, token.user, caps)?;
            }
            let opened = allowance::find(tx, token.id)?;
            Ok((token, opened))
        })
        .await?;
    let view = AccessTokenView::new(token, opened.as_ref(), &app);
    Ok(done(StatusCode::ACCEPTED, view))
}

fn read_scopes(texts: &Texts) -> Result<Scopes, Problem> {
    each(Some(texts), "/scopes", Scope::from_code).map(Scopes::new)
}

fn each<T>(
    texts: Option<&Texts>,
    field: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, Problem> {
    let texts = texts.iter().flat_map(|all| &all.0).enumerate();
    texts
        .map(|(place, text)| {
            let wrong = || Problem::field(Code::InvalidField, format!("{field}/{place}"));
            read(text).ok_or_else(wrong)
        })
        .collect()
}

async fn find_named(app: &App, text: &str, place: usize) -> Result<UserId, Problem> {
    let name = if let Ok(user) = text.parse() {
        PayeeName::User(user)
    } else if let Ok(account) = text.parse() {
        PayeeName::Account(account)
    } else {
        identity::Contact::parse(text, app.policy()).map_or(PayeeName::Nobody, PayeeName::Contact)
    };
    let currency = app.settings().default_currency;
    match app.find_payee(&name, currency).await? {
        Ok(payee) => Ok(payee.person.user),
        Err(_) => Err(Problem::field(
            Code::PayeeNotFound,
            format!("/payees/{place}"),
        )),
    }
}

/// Claim an access token with the code, in the session that asked: its secret is shown, once.
#[utoipa::path(
    post, path = "/v1/access-tokens/{id}/claim", tag = "access tokens",
    security(("session" = [])), params(("id" = String, Path)), request_body = AccessTokenClaim,
    responses(
        (status = 200, body = Done<ClaimedView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn claim(
    State(app): State<App>,
    id: PathText,
    JsonBody(body): JsonBody<AccessTokenClaim>,
    caller: Caller,
) -> Result<Response, Problem> {
    let id: AccessTokenId = id.id()?;
    let (user, session) = (caller.user(), caller.session.clone());
    let counted = app
        .write(move |tx, cx| access_token::count_attempt(tx, cx, id, &session))
        .await?;
    let matched = counted
        .compare(body.code.expose(), app.keys())
        .ok_or(Rejection::CodeWrong)?;
    let claiming = app.clone();
    app.settle(async move {
        let (claimed, opened) = claiming
            .write(move |tx, cx| {
                let claimed = access_token::claim(tx, cx, user, &matched)?;
                Ok((claimed, allowance::find(tx, id)?))
            })
            .await?;
        claiming.forget_programs_of(user);
        let view = ClaimedView {
            token: AccessTokenView::new(claimed.token, opened.as_ref(), &claiming),
            secret: claimed.secret.expose().to_owned(),
        };
        let mut response = done(StatusCode::OK, view);
        let no_store = HeaderValue::from_static("no-store");
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, no_store);
        Ok(response)
    })
    .await
}

/// The access tokens of the person.
#[utoipa::path(
    get, path = "/v1/access-tokens", tag = "access tokens", security(("session" = [])),
    params(PagingParameters),
    responses(
        (status = 200, body = List<AccessTokenView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    Filters(paging): Filters<Paging<AccessTokenId>>,
    caller: Caller,
) -> Result<Response, Problem> {
    let user = caller.user();
    let all = app
        .read(move |tx, cx| {
            let tokens = access_token::list(tx, cx, user)?.into_iter();
            tokens
                .map(|token| {
                    let allowance = allowance::find(tx, token.id)?;
                    Ok((token, allowance))
                })
                .collect::<Result<Vec<_>, identity::Error>>()
        })
        .await?;
    let (page, next) = paging.cut(all, |(token, _)| token.id);
    let data = page
        .into_iter()
        .map(|(token, allowance)| AccessTokenView::new(token, allowance.as_ref(), &app))
        .collect();
    let next = next.map(Cursor::show);
    Ok(json(StatusCode::OK, &List { data, next }))
}

/// One access token.
#[utoipa::path(
    get, path = "/v1/access-tokens/{id}", tag = "access tokens", security(("session" = [])),
    params(("id" = String, Path)),
    responses(
        (status = 200, body = AccessTokenView),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    id: PathText,
    caller: Caller,
) -> Result<Response, Problem> {
    let (user, id): (UserId, AccessTokenId) = (caller.user(), id.id()?);
    let (token, allowance) = app
        .read(move |tx, cx| {
            let token = access_token::find(tx, cx, user, id)?;
            Ok((token, allowance::find(tx, id)?))
        })
        .await?;
    let view = AccessTokenView::new(token, allowance.as_ref(), &app);
    Ok(json(StatusCode::OK, &view))
}

/// Revoke an access token, at once and for ever; no step-up is asked.
#[utoipa::path(
    delete, path = "/v1/access-tokens/{id}", tag = "access tokens", security(("session" = [])),
    params(("id" = String, Path)),
    responses(
        (status = 200, body = Done<AccessTokenView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn revoke(
    State(app): State<App>,
    id: PathText,
    caller: Caller,
) -> Result<Response, Problem> {
    let id: AccessTokenId = id.id()?;
    let view = app.revoke_program(caller.user(), id).await?;
    Ok(done(StatusCode::OK, view))
}

/// Revoke the access token that asks: for whoever finds a leaked one.
#[utoipa::path(
    post, path = "/v1/access-tokens/revoke-self", tag = "access tokens",
    security(("access_token" = [])),
    responses(
        (status = 200, body = Done<AccessTokenView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn revoke_self(
    State(app): State<App>,
    Bare(program): Bare,
) -> Result<Response, Problem> {
    let view = app
        .revoke_program(program.token.user, program.token.id)
        .await?;
    Ok(done(StatusCode::OK, view))
}

/// Ask for a new secret: a claim code travels, and the old secret serves for the overlap after the
/// claim. Needs a step-up `create_access_token` for this token.
#[utoipa::path(
    post, path = "/v1/access-tokens/{id}/rotate", tag = "access tokens",
    security(("session" = [])), params(("id" = String, Path)), request_body = RotationRequest,
    responses(
        (status = 202, body = Done<AccessTokenView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn rotate(
    State(app): State<App>,
    id: PathText,
    JsonBody(body): JsonBody<RotationRequest>,
    caller: Caller,
) -> Result<Response, Problem> {
    /// An hour, if the caller does not say.
    const OVERLAP: i64 = 3_600;
    let id: AccessTokenId = id.id()?;
    let overlap = body.overlap_seconds.map_or(OVERLAP, |count| count.0);
    let session = caller.session.clone();
    let (token, allowance) = app
        .write(move |tx, cx| {
            access_token::find(tx, cx, session.user, id)?;
            let resource = id.to_string();
            step_up::require(tx, cx, &session, Purpose::CreateAccessToken, &resource)?;
            let token = access_token::rotate(tx, cx, (&session, id), overlap)?;
            Ok((token, allowance::find(tx, id)?))
        })
        .await?;
    let view = AccessTokenView::new(token, allowance.as_ref(), &app);
    Ok(done(StatusCode::ACCEPTED, view))
}

/// Give an access token other caps: lowering is instant, raising needs a step-up `raise_limit` for
/// this token. What was used stays used.
#[utoipa::path(
    post, path = "/v1/access-tokens/{id}/caps", tag = "access tokens",
    security(("session" = [])), params(("id" = String, Path)), request_body = CapsBody,
    responses(
        (status = 200, body = Done<AccessTokenView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn set_caps(
    State(app): State<App>,
    id: PathText,
    JsonBody(body): JsonBody<CapsBody>,
    caller: Caller,
) -> Result<Response, Problem> {
    let id: AccessTokenId = id.id()?;
    let caps = body.read();
    let session = caller.session.clone();
    let (token, allowance) = app
        .write(move |tx, cx| {
            let token = access_token::find(tx, cx, session.user, id)?;
            let before = allowance::find(tx, id)?.ok_or(Rejection::AccessTokenNotFound)?;
            if before.caps.currency != caps.currency {
                return Err(Rejection::AccessTokenInvalid { field: "/currency" }.into());
            }
            if !caps.is_within(&before.caps) {
                let resource = id.to_string();
                step_up::require(tx, cx, &session, Purpose::RaiseLimit, &resource)?;
                notice::tell(tx, cx, session.user, &Notice::LimitRaised)?;
            }
            let deed = (Action::AccessTokenCapsSet, id.to_string());
            let by = By::session(&session);
            audit::note(tx, cx, by, session.user, (deed.0, &deed.1))?;
            allowance::set_caps(tx, id, &caps)?;
            Ok((token, allowance::find(tx, id)?))
        })
        .await?;
    let view = AccessTokenView::new(token, allowance.as_ref(), &app);
    Ok(done(StatusCode::OK, view))
}

impl App {
    /// Ends a token here and in the books, in one commit: no payment of it commits after the
    /// answer.
    async fn revoke_program(
        &self,
        user: UserId,
        id: AccessTokenId,
    ) -> Result<AccessTokenView, Problem> {
        let app = self.clone();
        self.settle(async move {
            let revoked = app
                .write(move |tx, cx| {
                    let token = access_token::revoke(tx, cx, user, id)?;
                    allowance::close(tx, id)?;
                    Ok((token, allowance::find(tx, id)?))
                })
                .await;
            app.forget_programs_of(user);
            let (token, allowance) = revoked?;
            debug_assert_eq!(token.state, AccessTokenState::Revoked);
            Ok(AccessTokenView::new(token, allowance.as_ref(), &app))
        })
        .await
    }
}
