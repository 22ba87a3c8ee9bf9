use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use identity::device::{self, Agent, KnownDevice};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::DeviceId;

use super::views::{Done, List, done, json};
use crate::{
    App,
    body::JsonBody,
    caller::Caller,
    json::{Text, body},
    problem::{Problem, ProblemBody},
    query::{Cursor, Filters, Paging, PagingParameters, PathText},
};

body! {
    /// A name of one's own for a thing.
    pub(crate) struct Renaming {
        /// 1 to 64 visible characters.
        name: Text,
    }
}

impl Renaming {
    pub(crate) fn into_name(self) -> String {
        self.name.0
    }
}

/// A device of the person.
#[derive(Serialize, ToSchema)]
#[schema(as = Device)]
pub(crate) struct DeviceView {
    id: String,
    /// As its owner calls it.
    name: Option<String>,
    /// What the browser says of itself.
    browser: &'static str,
    platform: &'static str,
    /// Where it was seen last.
    network: String,
    first_seen_at: String,
    last_seen_at: String,
    /// True for the device that asks.
    is_current: bool,
    /// True once it has been known for a day.
    is_trusted: bool,
}

impl DeviceView {
    fn new(app: &App, device: KnownDevice, current: Option<DeviceId>) -> Self {
        let agent = Agent::read(device.seen.user_agent());
        Self {
            id: device.id.to_string(),
            is_trusted: device.is_trusted(app.now(), app.policy()),
            browser: agent.browser,
            platform: agent.platform,
            network: device.seen.address().to_owned(),
            first_seen_at: device.first_seen_at.to_string(),
            last_seen_at: device.last_seen_at.to_string(),
            is_current: current == Some(device.id),
            name: device.name,
        }
    }
}

/// The devices of the person.
#[utoipa::path(
    get, path = "/v1/devices", tag = "devices", security(("session" = [])),
    params(PagingParameters),
    responses(
        (status = 200, body = List<DeviceView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    Filters(paging): Filters<Paging<DeviceId>>,
    caller: Caller,
) -> Result<Response, Problem> {
    let (user, current) = (caller.user(), caller.session.device);
    let mut all = app.read(move |tx, cx| device::list(tx, cx, user)).await?;
    all.sort_by_key(|device| std::cmp::Reverse(device.id));
    let (page, next) = paging.cut(all, |device| device.id);
    let data = page
        .into_iter()
        .map(|device| DeviceView::new(&app, device, current))
        .collect();
    Ok(json(
        StatusCode::OK,
        &List {
            data,
            next: next.map(Cursor::show),
        },
    ))
}

/// Give a device a name.
#[utoipa::path(
    post, path = "/v1/devices/{id}/rename", tag = "devices", security(("session" = [])),
    params(("id" = String, Path)), request_body = Renaming,
    responses(
        (status = 200, body = Done<DeviceView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn rename(
    State(app): State<App>,
    id: PathText,
    JsonBody(body): JsonBody<Renaming>,
    caller: Caller,
) -> Result<Response, Problem> {
    let id: DeviceId = id.id()?;
    let (user, current) = (caller.user(), caller.session.device);
    let name = body.into_name();
    let renamed = app
        .write(move |tx, cx| device::rename(tx, cx, user, id, &name))
        .await?;
    Ok(done(
        StatusCode::OK,
        DeviceView::new(&app, renamed, current),
    ))
}

/// Forget a device; its sessions end.
#[utoipa::path(
    delete, path = "/v1/devices/{id}", tag = "devices", security(("session" = [])),
    params(("id" = String, Path)),
    responses(
        (status = 204),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn remove(
    State(app): State<App>,
    id: PathText,
    caller: Caller,
) -> Result<Response, Problem> {
    let id: DeviceId = id.id()?;
    let (user, removing) = (caller.user(), app.clone());
    app.settle(async move {
        let removed = removing
            .write(move |tx, cx| device::remove(tx, cx, user, id))
            .await;
        removing.forget_sessions_of(user);
        Ok(removed?)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
