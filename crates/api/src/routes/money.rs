//! What the verbs that move money share: one intention, one outcome, the same bytes again.

use axum::{http::HeaderValue, response::Response};
use ledger::Event;
use payments::{Intention, Order, Outcome, Recorded, Rejection, Reply, Route};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::{AccountId, RecordId, UserId};

use crate::{
    App,
    body::IdempotencyKey,
    hex::Hex,
    problem::{Answering, Code, Problem, REPLAYED, Replay},
};

/// Where to find the proof of an entry.
#[derive(Serialize, ToSchema)]
#[schema(as = ReceiptLocation)]
pub(crate) struct ReceiptPlace {
    /// The block's number, from 1.
    block: i64,
    /// The record's index in it, from 0.
    position: u32,
    /// The record's leaf in the block's tree.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    entry_hash: Option<Hex<32>>,
    /// The whole receipt.
    href: String,
}

impl ReceiptPlace {
    pub(crate) fn of(recorded: &Recorded, id: &str) -> Self {
        Self {
            block: recorded.place.height,
            position: recorded.place.position,
            entry_hash: Some(Hex(recorded.leaf)),
            href: href(id),
        }
    }

    pub(crate) fn in_block(block: i64, position: u32, id: &str) -> Self {
        Self {
            block,
            position,
            entry_hash: None,
            href: href(id),
        }
    }
}

fn href(id: &str) -> String {
    format!("/v1/transfers/{id}/receipt")
}

/// One side of a movement.
#[derive(Serialize, ToSchema)]
pub(crate) struct PartyView {
    /// Absent if it is not a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<String>,
    pub(crate) account: String,
    /// Masked, as it was then.
    pub(crate) name: String,
}

impl PartyView {
    pub(crate) fn new(user: Option<UserId>, account: AccountId, name: String) -> Self {
        Self {
            user: user.map(|user| user.to_string()),
            account: account.to_string(),
            name,
        }
    }
}

/// The caller's intention, to be remembered with its outcome.
pub(crate) fn intention(
    caller: UserId,
    route: Route,
    key: IdempotencyKey,
    request: [u8; 16],
    answering: Answering,
) -> Intention {
    let reply = Reply {
        request: answering.request.raw(),
        language: answering.language,
    };
    Intention {
        caller,
        route,
        key: key.0,
        request,
        reply,
    }
}

impl App {
    /// Hands one order to the books. Where they cannot write now, a repeat still hears the first
    /// answer: that nothing was applied may be said only of an intention that is not in the
    /// journal.
    pub(crate) async fn submit(&self, order: Order) -> Result<Outcome, Problem> {
        let intention = order.intention.clone();
        let fault = match self.books().submit(vec![order]).await {
            Ok(outcomes) => {
                let only = outcomes.into_iter().next();
                return only.ok_or_else(|| Code::OutcomeUnknown.into());
            }
            Err(fault) => fault,
        };
        let Some(intention) = intention.filter(|_| fault.is_definite()) else {
            return Err(fault.into());
        };
        let books = self.books().clone();
        let recalled = self
            .read(move |tx, _| Ok(books.recall(tx, &intention)?))
            .await;
        match recalled {
            Ok(Some(outcome)) => Ok(outcome),
            Ok(None) => Err(fault.into()),
            Err(_) => Err(Code::OutcomeUnknown.into()),
        }
    }
}

/// What was posted, or the refusal that is remembered.
pub(crate) fn posted(outcome: Outcome) -> Result<Recorded, Problem> {
    let recorded = match outcome {
        Outcome::KeyReused => return Err(Code::IdempotencyKeyReused.into()),
        Outcome::Refused(rejection) => return Err(Problem::from(&rejection)),
        Outcome::Recorded(recorded) => recorded,
    };
    let Event::Rejected { code, details } = &recorded.record.event else {
        return Ok(recorded);
    };
    let (rejection, first) = Rejection::restore(*code, details).ok_or(Code::Internal)?;
    let replay = if recorded.replayed {
        Replay::Repeat
    } else {
        Replay::First
    };
    Err(Problem::from(&rejection).answered_first_by(first, replay))
}

/// Says in the answer that it is a repeat, if it is.
pub(crate) fn mark_replay(mut response: Response, recorded: &Recorded) -> Response {
    if recorded.replayed {
        response
            .headers_mut()
            .insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

/// The id of a record as its kind shows it.
pub(crate) fn shown(id: RecordId, code: u16) -> String {
    id.with_prefix(crate::receipt::prefix_of(code))
}
