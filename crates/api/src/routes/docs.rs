//! The contract as a file and as a page.

use std::sync::Arc;

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware,
    response::{IntoResponse, Redirect, Response},
    routing,
};
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, serve};

use super::lane;
use crate::{
    App,
    access::Table,
    edge::{self, Kind},
    problem::{Code, Problem},
};

/// The page's own files, and the inline styles that it sets.
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'",
);

/// `/openapi.json` and the page under `/docs`.
pub(super) fn router(app: &App, document: OpenApi) -> Router<App> {
    let text: Arc<str> = document.to_pretty_json().unwrap_or_default().into();
    let contract = move || {
        let text = Arc::clone(&text);
        async move {
            (
                [(header::CONTENT_TYPE, "application/json")],
                text.to_string(),
            )
        }
    };
    let config = Arc::new(Config::from("/openapi.json"));
    let page = move |request: Request| {
        let config = Arc::clone(&config);
        async move { file(&request, config) }
    };
    let to_page = async || Redirect::permanent("/docs/");
    Router::new()
        .route("/openapi.json", routing::get(contract))
        .route("/docs", routing::get(to_page))
        .route("/docs/{*file}", routing::get(page.clone()))
        .route("/docs/", routing::get(page))
        .layer(middleware::from_fn_with_state(
            lane(app, (Kind::Api, "docs"), Table::default()),
            edge::pass,
        ))
}

fn file(request: &Request, config: Arc<Config<'static>>) -> Result<Response, Problem> {
    let path = request
        .uri()
        .path()
        .strip_prefix("/docs/")
        .unwrap_or_default();
    let Ok(Some(file)) = serve(path, config) else {
        return Err(Code::NotFound.into());
    };
    let headers = [(header::CONTENT_TYPE, file.content_type)];
    let mut response = (StatusCode::OK, headers, file.bytes.into_owned()).into_response();
    if file.gzpipped {
        let gzip = HeaderValue::from_static("gzip");
        response
            .headers_mut()
            .insert(header::CONTENT_ENCODING, gzip);
    }
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, PAGE_POLICY);
    Ok(response)
}
