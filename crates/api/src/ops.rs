//! The back office's API, `/ops/v1`, on a listener of its own. Parse, one verb of the rooms below,
//! render; nothing here opens a session of a person, and nothing here knows one.
//!
//! Operators present their session as a bearer only: there is no cookie that a page could misuse.
//! What a route takes stands in its contract as a power, and the table of roles in `identity` says
//! who has it; a route that says nothing does not start.

mod audit;
mod people;
mod requests;
mod reviews;
mod staff;

use std::sync::Arc;

use axum::{
    Router,
    extract::FromRequestParts,
    http::{Method, header, request::Parts},
    middleware, routing,
};
use identity::operator::{self, OperatorSession, OperatorToken};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        self,
        security::{Http, HttpAuthScheme, SecurityScheme},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    App,
    access::{Access, OPERATORS, Table},
    caller::bearer,
    edge::{self, Incoming, Kind},
    problem::{Code, Problem, ProblemBody},
    routes::{lane, through},
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tael back office",
        description = "For those who work here. Every route names the power it takes; a role has \
            powers, and what gives money back its freedom takes two operators. Nothing here acts \
            for a person."
    ),
    components(schemas(ProblemBody)),
    modifiers(&Schemes),
)]
struct Contract;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components.add_security_scheme(OPERATORS, bearer);
    }
}

/// The back office over an application, ready to be served.
pub fn ops_router(app: App) -> Router {
    let (router, document) = mounted(&app).split_for_parts();
    let text: Arc<str> = document.to_pretty_json().unwrap_or_default().into();
    let contract = move || {
        let text = Arc::clone(&text);
        async move {
            let kind = [(header::CONTENT_TYPE, "application/json")];
            (kind, text.to_string())
        }
    };
    let aside = |route, methods: routing::MethodRouter<App>| {
        let lane = lane(&app, (Kind::Ops, route), Table::default());
        methods.layer(middleware::from_fn_with_state(lane, edge::pass))
    };
    let lost = routing::any(async || Problem::from(Code::NotFound));
    router
        .route(
            "/ops/openapi.json",
            aside("ops.docs", routing::get(contract)),
        )
        .fallback_service(aside("ops.unknown", lost).with_state(app.clone()))
        .with_state(app)
}

/// Who may call each operation of the back office: method, path, access.
pub fn ops_accesses(app: &App) -> Vec<(Method, String, Access)> {
    Table::of(&mounted(app).into_openapi().paths).rows()
}

fn mounted(app: &App) -> OpenApiRouter<App> {
    let on = |route, methods| through(app, Kind::Ops, route, methods);
    OpenApiRouter::with_openapi(Contract::openapi())
        .routes(on("ops.bootstrap", routes!(staff::bootstrap)))
        .routes(on("ops.sessions", routes!(staff::sign_in, staff::sign_out)))
        .routes(on("ops.me", routes!(staff::me)))
        .routes(on("ops.operators", routes!(staff::create, staff::list)))
        .routes(on("ops.operator", routes!(staff::end)))
        .routes(on("ops.people.find", routes!(people::find)))
        .routes(on("ops.people.unmask", routes!(people::unmask)))
        .routes(on("ops.people.freezes", routes!(people::freeze)))
        .routes(on(
            "ops.people.legal-freezes",
            routes!(people::freeze_by_law),
        ))
        .routes(on("ops.requests", routes!(requests::list)))
        .routes(on("ops.unfreezings", routes!(requests::unfreeze)))
        .routes(on("ops.tier-changes", routes!(requests::change_tier)))
        .routes(on("ops.role-changes", routes!(requests::change_role)))
        .routes(on("ops.adjustments", routes!(requests::adjust)))
        .routes(on("ops.requests.approve", routes!(requests::approve)))
        .routes(on("ops.requests.reject", routes!(requests::reject)))
        .routes(on("ops.verifications", routes!(reviews::documents)))
        .routes(on("ops.verifications.file", routes!(reviews::file)))
        .routes(on(
            "ops.verifications.decide",
            routes!(reviews::decide_document),
        ))
        .routes(on("ops.recoveries", routes!(reviews::recoveries)))
        .routes(on(
            "ops.recoveries.decide",
            routes!(reviews::decide_recovery),
        ))
        .routes(on("ops.audit", routes!(audit::list)))
        .routes(on("ops.health", routes!(audit::health)))
}

/// A signed-in operator whose role has the power of the route. A handler that takes one cannot be
/// reached without.
#[derive(Clone, Debug)]
pub(crate) struct Staff {
    session: Arc<OperatorSession>,
    token: OperatorToken,
}

impl FromRequestParts<App> for Staff {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let token = bearer(&parts.headers)?.and_then(OperatorToken::read);
        let token = token.ok_or(Code::Unauthenticated)?;
        let incoming = parts.extensions.get::<Incoming>().ok_or(Code::Internal)?;
        let Access::Staff(power) = incoming.access else {
            return Err(Code::Internal.into());
        };
        let session = app
            .write(move |tx, cx| operator::use_session(tx, cx, token))
            .await?
            .ok_or(Code::Unauthenticated)?;
        session.require(power).map_err(identity::Rejection::from)?;
        Ok(Self {
            session: Arc::new(session),
            token,
        })
    }
}
