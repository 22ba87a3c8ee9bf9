//! Every route, mounted once; the OpenAPI document comes from the same handlers.

mod access_tokens;
mod closing;
mod confirmations;
mod contacts;
mod devices;
mod docs;
mod exports;
mod factors;
mod freezes;
mod inbox;
mod ledger;
mod life;
mod limits;
mod me;
mod money;
mod notices;
mod passkeys;
mod passwords;
mod payment_approvals;
mod pin;
mod preferences;
mod probes;
mod recoveries;
mod registrations;
mod sandbox;
mod second_steps;
mod security;
mod security_events;
mod security_tokens;
mod sessions;
mod step_ups;
mod stream;
mod top_ups;
mod transactions;
mod transfers;
mod verifications;
pub(crate) mod views;
mod wallet;

use std::sync::Arc;

use axum::{
    Router,
    extract::Request,
    http::Method,
    middleware,
    routing::{self, MethodRouter},
};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        self,
        security::{Http, HttpAuthScheme, SecurityScheme},
    },
};
use utoipa_axum::{
    router::{OpenApiRouter, UtoipaMethodRouter, UtoipaMethodRouterExt},
    routes,
};

use crate::{
    App,
    access::{Access, PROGRAMS, Table},
    edge::{self, Kind, Lane},
    pages::Pages,
    problem::{Code, Problem, ProblemBody},
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tael",
        description = "An e-wallet that you can run yourself. Amounts are minor units; every error \
            is `application/problem+json` with a stable `code`; every answer to a write says in \
            `outcome` what became of it."
    ),
    components(schemas(ProblemBody)),
    modifiers(&Schemes),
)]
struct Contract;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let bearer = Http::new(HttpAuthScheme::Bearer);
        components.add_security_scheme("session", SecurityScheme::Http(bearer.clone()));
        components.add_security_scheme(PROGRAMS, SecurityScheme::Http(bearer));
    }
}

/// The API over an application, ready to be served.
pub fn router(app: App) -> Router {
    let lost = routing::any(async || Problem::from(Code::NotFound));
    with_fallback(app, "unknown", lost)
}

/// The API and, wherever it has no route, the wallet's pages.
pub fn site(app: App, pages: Pages) -> Router {
    let page = move |request: Request| {
        let answer = pages.answer(&request);
        async move { answer.ok_or_else(|| Problem::from(Code::NotFound)) }
    };
    with_fallback(app, "pages", routing::any(page))
}

fn with_fallback(app: App, route: &'static str, fallback: MethodRouter) -> Router {
    let (router, document) = mounted(&app).split_for_parts();
    let docs = docs::router(&app, document);
    let lane = lane(&app, (Kind::Api, route), Table::default());
    let fallback = fallback.layer(middleware::from_fn_with_state(lane, edge::pass));
    router
        .merge(docs)
        .with_state(app)
        .fallback_service(fallback)
}

/// A route's own way through the edge.
pub(crate) fn lane(app: &App, (kind, route): (Kind, &'static str), access: Table) -> Arc<Lane> {
    Arc::new(Lane {
        app: app.clone(),
        kind,
        metrics: app.metrics().route(route),
        access,
    })
}

/// Who may call each operation that this application serves: method, path, access.
pub fn accesses(app: &App) -> Vec<(Method, String, Access)> {
    Table::of(&mounted(app).into_openapi().paths).rows()
}

/// The contract: the OpenAPI document of the routes that this application serves.
pub fn openapi(app: &App) -> openapi::OpenApi {
    mounted(app).into_openapi()
}

/// A route's methods, through the edge, by who may call them.
pub(crate) fn through(
    app: &App,
    kind: Kind,
    route: &'static str,
    methods: UtoipaMethodRouter<App>,
) -> UtoipaMethodRouter<App> {
    let access = Table::of(&methods.1);
    methods.layer(middleware::from_fn_with_state(
        lane(app, (kind, route), access),
        edge::pass,
    ))
}

/// How people prove themselves, and what they are told.
fn proving(app: &App) -> OpenApiRouter<App> {
    let on = |route, methods| through(app, Kind::Api, route, methods);
    OpenApiRouter::new()
        .routes(on("sessions.rename", routes!(sessions::rename)))
        .routes(on("sessions.second-factor", routes!(second_steps::prove)))
        .routes(on("devices", routes!(devices::list)))
        .routes(on("devices.rename", routes!(devices::rename)))
        .routes(on("device", routes!(devices::remove)))
        .routes(on("factors", routes!(factors::show)))
        .routes(on("factors.totp.activate", routes!(factors::activate_totp)))
        .routes(on("factors.recovery-codes", routes!(factors::new_codes)))
        .routes(on("factors.passkeys", routes!(passkeys::add)))
        .routes(on("factors.passkeys.options", routes!(passkeys::options)))
        .routes(on("factors.passkeys.rename", routes!(passkeys::rename)))
        .routes(on("factors.passkey", routes!(passkeys::remove)))
        .routes(on(
            "sessions.passkey.options",
            routes!(passkeys::sign_in_options),
        ))
        .routes(on("sessions.passkey", routes!(passkeys::sign_in)))
        .routes(on("pin", routes!(pin::set)))
        .routes(on("pin.change", routes!(pin::change)))
        .routes(on("pin.reset", routes!(pin::reset)))
        .routes(on("step-ups.challenge", routes!(step_ups::challenge)))
        .routes(on("step-ups", routes!(step_ups::request)))
        .routes(on("step-ups.verify", routes!(step_ups::verify)))
        .routes(on("notices.repudiate", routes!(notices::repudiate)))
        .routes(on("security-tokens.block", routes!(security_tokens::block)))
        .routes(on(
            "sessions.second-factor.challenge",
            routes!(second_steps::challenge),
        ))
        .routes(on(
            "factors.totp",
            routes!(factors::begin_totp, factors::remove_totp),
        ))
        .routes(on(
            "factors.sms",
            routes!(factors::enable_sms, factors::disable_sms),
        ))
        .routes(on(
            "security-tokens.rename",
            routes!(security_tokens::rename),
        ))
        .routes(on(
            "security-tokens.unblock",
            routes!(security_tokens::unblock),
        ))
        .routes(on(
            "security-tokens.history",
            routes!(security_tokens::history),
        ))
}

/// How payments are approved.
fn approvals(app: &App) -> OpenApiRouter<App> {
    let on = |route, methods| through(app, Kind::Api, route, methods);
    OpenApiRouter::new()
        .routes(on(
            "payment-approvals",
            routes!(payment_approvals::request, payment_approvals::list),
        ))
        .routes(on("payment-approval", routes!(payment_approvals::show)))
        .routes(on("transfers.preview", routes!(transfers::preview)))
        .routes(on(
            "transfers",
            routes!(transfers::create, transfers::scheduled::list),
        ))
        .routes(on("transfer.cancel", routes!(transfers::scheduled::cancel)))
        .routes(on(
            "payment-approvals.challenge",
            routes!(payment_approvals::challenge),
        ))
        .routes(on(
            "payment-approvals.approve",
            routes!(payment_approvals::approve),
        ))
        .routes(on(
            "payment-approvals.reject",
            routes!(payment_approvals::reject),
        ))
}

fn mounted(app: &App) -> OpenApiRouter<App> {
    let on = |route, methods| through(app, Kind::Api, route, methods);
    let probe = |route, methods| through(app, Kind::Probe, route, methods);
    let mut router = OpenApiRouter::with_openapi(Contract::openapi())
        .merge(proving(app))
        .merge(life::mounted(app))
        .routes(on("registrations", routes!(registrations::start)))
        .routes(on("registrations.verify", routes!(registrations::verify)))
        .routes(on("registrations.resend", routes!(registrations::resend)))
        .routes(on(
            "registrations.complete",
            routes!(registrations::complete),
        ))
        .routes(on(
            "sessions",
            routes!(sessions::open, sessions::list, sessions::end_others),
        ))
        .routes(on("session", routes!(sessions::revoke)))
        .routes(on("me", routes!(me::show)))
        .routes(on("wallet", routes!(wallet::show)))
        .routes(on("wallet.accounts", routes!(wallet::open_account)))
        .routes(on(
            "security-tokens",
            routes!(security_tokens::request, security_tokens::list),
        ))
        .routes(on("security-token", routes!(security_tokens::cancel)))
        .routes(on(
            "security-tokens.activate",
            routes!(security_tokens::activate),
        ))
        .routes(on("top-ups", routes!(top_ups::create)))
        .routes(on("top-up", routes!(top_ups::show)))
        .routes(on("transfer", routes!(transfers::show)))
        .routes(on("transfer.receipt", routes!(transfers::receipt)))
        .merge(approvals(app))
        .routes(on("transactions", routes!(transactions::list)))
        .routes(on("transaction", routes!(transactions::show)))
        .routes(on("limits", routes!(limits::show, limits::set)))
        .routes(on(
            "access-tokens",
            routes!(access_tokens::request, access_tokens::list),
        ))
        .routes(on(
            "access-token",
            routes!(access_tokens::show, access_tokens::revoke),
        ))
        .routes(on("access-tokens.claim", routes!(access_tokens::claim)))
        .routes(on("access-tokens.rotate", routes!(access_tokens::rotate)))
        .routes(on("access-tokens.caps", routes!(access_tokens::set_caps)))
        .routes(on(
            "access-tokens.revoke-self",
            routes!(access_tokens::revoke_self),
        ))
        .routes(on("freezes", routes!(freezes::place, freezes::list)))
        .routes(on("freezes.lift", routes!(freezes::lift)))
        .routes(on("freeze-requests", routes!(freezes::request)))
        .routes(on("freeze-requests.confirm", routes!(freezes::confirm)))
        .routes(on("inbox", routes!(inbox::list)))
        .routes(on("inbox.read", routes!(inbox::read)))
        .routes(on("stream", routes!(stream::open)))
        .routes(on("ledger.head", routes!(ledger::head)))
        .routes(probe("healthz", routes!(probes::live)))
        .routes(probe("readyz", routes!(probes::ready)))
        .routes(probe("metrics", routes!(probes::metrics)));
    if app.is_sandbox() {
        router = router.routes(on("sandbox", routes!(sandbox::messages)));
    }
    router
}
