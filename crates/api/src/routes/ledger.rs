use axum::{extract::State, http::StatusCode, response::Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::views::json;
use crate::{
    App,
    hex::Hex,
    problem::{Problem, ProblemBody},
    receipt::HeadView,
};

/// The newest signed block head, and the key to know it by.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewestHead {
    /// Null before the first block.
    head: Option<HeadView>,
    /// The Ed25519 key under which heads are signed.
    #[schema(value_type = String)]
    public_key: Hex<32>,
    /// What people compare.
    fingerprint: String,
}

/// The newest signed head of the ledger. Public: whoever keeps it can prove later that nothing
/// before it was changed.
#[utoipa::path(
    get, path = "/v1/ledger/head", tag = "ledger",
    responses((status = 200, body = NewestHead), (status = "5XX", body = ProblemBody)),
)]
pub(crate) async fn head(State(app): State<App>) -> Result<Response, Problem> {
    let books = app.books().clone();
    let head = app.read(move |tx, _| Ok(books.head(tx)?)).await?;
    let key = app.books().public_key();
    let newest = NewestHead {
        head: head.as_ref().map(HeadView::from),
        public_key: Hex(key.to_bytes()),
        fingerprint: key.fingerprint(),
    };
    Ok(json(StatusCode::OK, &newest))
}
