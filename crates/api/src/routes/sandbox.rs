use axum::{extract::State, http::StatusCode, response::Response};
use identity::{
    Secret,
    sandbox::{self, SandboxMessage},
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::views::{List, json};
use crate::{
    App,
    problem::{Problem, ProblemBody},
    query::{Filters, FromParameters, Parameters, wrong},
};

/// The newest messages that are shown.
const SHOWN_MOST: i64 = 100;

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "the fields are the contract's; Receiver is what is read from them"
)]
pub(crate) struct ReceiverParameters {
    /// A phone number, an e-mail address or a user id; everything if absent.
    to: Option<String>,
}

/// To whom the messages went.
#[derive(Debug)]
pub(crate) struct Receiver(Option<String>);

impl FromParameters for Receiver {
    fn read(parameters: &mut Parameters) -> Result<Self, Problem> {
        let to = parameters.take("to")?;
        // A plus sign that was not escaped arrives as a space.
        Ok(Self(to.map(|to| match to.strip_prefix(' ') {
            Some(rest) => format!("+{rest}"),
            None => to,
        })))
    }
}

/// A message that would have left the machine.
#[derive(Serialize, ToSchema)]
#[schema(as = SandboxMessage)]
pub(crate) struct SentView {
    /// `sms`, `email` or `inbox`.
    channel: &'static str,
    /// A phone number, an e-mail address, or the user id of an inbox.
    to: String,
    text: String,
    /// The code in the text, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// The Token in the text, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    sent_at: String,
}

impl From<SandboxMessage> for SentView {
    fn from(message: SandboxMessage) -> Self {
        let shown = |secret: Secret| secret.expose().to_owned();
        Self {
            channel: message.channel.code(),
            to: message.to,
            text: message.text.expose().to_owned(),
            code: message.code.map(shown),
            token: message.token.map(shown),
            sent_at: message.sent_at.to_string(),
        }
    }
}

/// Sandbox mode only: the messages that went out, newest first.
#[utoipa::path(
    get, path = "/sandbox/messages", tag = "sandbox", params(ReceiverParameters),
    responses(
        (status = 200, body = List<SentView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn messages(
    State(app): State<App>,
    Filters(receiver): Filters<Receiver>,
) -> Result<Response, Problem> {
    let found = app.read(move |tx, cx| sandbox::list(tx, cx, receiver.0.as_deref(), SHOWN_MOST));
    let sent = found.await.map_err(|error| match error {
        identity::Error::Rejected(_) => wrong("to", "must be a phone number, an address or an id"),
        identity::Error::Failed(fault) => fault.into(),
    })?;
    let data = sent.into_iter().map(SentView::from).collect();
    Ok(json(StatusCode::OK, &List { data, next: None }))
}
