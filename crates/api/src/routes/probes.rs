use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use db::Health;
use serde::Serialize;
use utoipa::ToSchema;

use super::views::json;
use crate::{
    App,
    problem::{Code, Problem, ProblemBody},
};

/// How the server is.
#[derive(Serialize, ToSchema)]
#[schema(as = Health)]
pub(crate) struct HealthView {
    /// `live` or `ready`.
    state: &'static str,
}

/// Whether the process lives.
#[utoipa::path(get, path = "/healthz", tag = "probes", responses((status = 200, body = HealthView)))]
pub(crate) async fn live() -> Response {
    json(StatusCode::OK, &HealthView { state: "live" })
}

/// Whether writes are taken.
#[utoipa::path(
    get, path = "/readyz", tag = "probes",
    responses((status = 200, body = HealthView), (status = "5XX", body = ProblemBody)),
)]
pub(crate) async fn ready(State(app): State<App>) -> Result<Response, Problem> {
    match app.db().health() {
        // A server that is about to stop asks its load balancer to look elsewhere.
        _ if app.hub().is_closed() => Err(Code::Unavailable.into()),
        Health::Writable => Ok(json(StatusCode::OK, &HealthView { state: "ready" })),
        Health::StorageFull => Err(Code::StorageFull.into()),
        Health::Stopped(_) => Err(Code::Unavailable.into()),
    }
}

/// Counters for Prometheus.
#[utoipa::path(
    get, path = "/metrics", tag = "probes",
    responses((status = 200, body = String, content_type = "application/openmetrics-text")),
)]
pub(crate) async fn metrics(State(app): State<App>) -> Result<Response, Problem> {
    const KIND: HeaderValue =
        HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    let text = app.metrics().text().map_err(|_| Code::Internal)?;
    Ok(([(header::CONTENT_TYPE, KIND)], text).into_response())
}
