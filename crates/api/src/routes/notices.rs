use axum::{extract::State, http::StatusCode, response::Response};
use identity::{
    Error,
    contact::change,
    notice::{self, Repudiated},
};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::ContactId;

use super::{
    freezes::FreezeView,
    views::{Done, done},
};
use crate::{
    App,
    body::JsonBody,
    json::{Text, body},
    problem::{Problem, ProblemBody},
};

body! {
    /// The secret of a link "this was not me", which stands behind the `#`.
    pub(crate) struct RepudiationRequest { token: Text }
}

/// What following the link did.
#[derive(Serialize, ToSchema)]
pub(crate) struct RepudiationDone {
    /// `frozen`: every session of the person has ended, and no money leaves.
    state: &'static str,
    freeze: FreezeView,
    /// What the notice told, for example `security_token_activated`.
    notice: String,
}

/// "This was not me": needs no sign-in, works once, ends every session of the person, and
/// freezes their outgoing money.
#[utoipa::path(
    post, path = "/v1/notices/repudiate", tag = "notices", request_body = RepudiationRequest,
    responses(
        (status = 200, body = Done<RepudiationDone>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn repudiate(
    State(app): State<App>,
    JsonBody(body): JsonBody<RepudiationRequest>,
) -> Result<Response, Problem> {
    let repudiating = app.clone();
    let repudiated = app
        .settle(async move {
            let repudiated = repudiating
                .write(move |tx, cx| notice::repudiate(tx, cx, &body.token.0))
                .await?;
            repudiating.forget_sessions_of(repudiated.user);
            repudiating.undo(&repudiated).await?;
            repudiating.follow_freezes(repudiated.user).await?;
            Ok(repudiated)
        })
        .await?;
    let body = RepudiationDone {
        state: "frozen",
        freeze: FreezeView::from(&repudiated.freeze),
        notice: repudiated.kind,
    };
    Ok(done(StatusCode::OK, body))
}

impl App {
    /// Takes back what the notice was about, where that can be taken back: a change of contacts.
    async fn undo(&self, repudiated: &Repudiated) -> Result<(), Problem> {
        let Ok(contact) = repudiated.object.parse::<ContactId>() else {
            return Ok(());
        };
        let user = repudiated.user;
        let reverted = self
            .write(move |tx, cx| change::revert(tx, cx, user, contact))
            .await;
        match reverted {
            Ok(applied) => self.forget_contacts(&applied),
            // Taken back before, by the link of another notice.
            Err(Error::Rejected(_)) => {}
            Err(fault) => return Err(fault.into()),
        }
        Ok(())
    }
}
