//! Proof of work at the door: before a stranger has a message sent, they find a number. A client of
//! ALTCHA (version 1) solves it and shows its payload in the header `Tael-Proof-Of-Work`.

use axum::{extract::FromRequestParts, http::request::Parts};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use db::Tx;
use identity::{
    Cx, Error,
    work::{self, Challenge, Place, Solution},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    App,
    caller::{Visitor, network_of},
    problem::{Code, Problem},
};

/// Where a solution is shown.
const HEADER: &str = "tael-proof-of-work";
/// Characters of a header that are looked at; a payload has about 350.
const LONGEST: usize = 1_024;
/// The one algorithm.
const ALGORITHM: &str = "SHA-256";

/// What is to be found: the `number` from 0 to `maxnumber` for which the SHA-256 of `salt` and the
/// number's decimal digits is `challenge`. The repeat of the request carries the header
/// `Tael-Proof-Of-Work`: base64 of the JSON `{algorithm, challenge, number, salt, signature}`.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ProofOfWork)]
pub(crate) struct ChallengeView {
    /// `SHA-256`.
    algorithm: &'static str,
    challenge: String,
    maxnumber: u64,
    salt: String,
    signature: String,
    /// Bits of `maxnumber`.
    difficulty: u8,
    expires_at: String,
}

impl From<Challenge> for ChallengeView {
    fn from(challenge: Challenge) -> Self {
        Self {
            algorithm: ALGORITHM,
            challenge: challenge.target,
            maxnumber: challenge.most,
            salt: challenge.salt,
            signature: challenge.signature,
            difficulty: challenge.difficulty,
            expires_at: challenge.expires_at.to_string(),
        }
    }
}

/// ALTCHA's payload. Clients may add what they measured.
#[derive(Deserialize)]
struct Payload {
    algorithm: String,
    challenge: String,
    number: u64,
    salt: String,
    signature: String,
}

/// A stranger, and the work they show.
#[derive(Clone, Debug)]
pub(crate) struct Stranger {
    network: String,
    shown: Option<Solution>,
}

impl FromRequestParts<App> for Stranger {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Visitor(device) = Visitor::from_request_parts(parts, app).await?;
        let shown = parts.headers.get(HEADER);
        Ok(Self {
            network: network_of(&device),
            shown: shown.and_then(|value| read(value.as_bytes())),
        })
    }
}

/// What cannot be read is no solution.
fn read(header: &[u8]) -> Option<Solution> {
    if header.len() > LONGEST {
        return None;
    }
    let text = STANDARD.decode(header).ok()?;
    let payload: Payload = serde_json::from_slice(&text).ok()?;
    (payload.algorithm == ALGORITHM).then_some(Solution {
        salt: payload.salt,
        target: payload.challenge,
        number: payload.number,
        signature: payload.signature,
    })
}

impl App {
    /// Runs a stranger's verb behind `door`, once the work they show is good for it.
    pub(crate) async fn write_for_stranger<T: Send + 'static>(
        &self,
        stranger: Stranger,
        door: &'static str,
        mut verb: impl FnMut(&mut Tx<'_>, &Cx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let Stranger { network, shown } = stranger;
        let place = Place { door, network };
        let asked = place.clone();
        let done = self.write(move |tx, cx| {
            work::spend(tx, cx, &place, shown.as_ref())?;
            verb(tx, cx)
        });
        done.await.map_err(|error| {
            let problem = Problem::from(error);
            match work::challenge(&self.cx(self.now()), &asked) {
                Some(next) if problem.code() == Code::ProofOfWorkRequired => {
                    problem.with_challenge(next.into())
                }
                _ => problem,
            }
        })
    }
}
