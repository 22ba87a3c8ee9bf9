//! What authorises money: the Token, compared in memory, or a program's caps. A proof that is
//! missing or wrong is answered only after the idempotency key was looked up, since a repeat hears
//! its first answer whatever the proof.

use std::sync::Arc;

use identity::{
    ActiveToken, Error, LifeRefusal,
    security_token::{self, SecurityTokenState, WrongTry},
};
use payments::{Intention, Outcome};
use vocab::UserId;

use crate::{
    App,
    json::{SecretText, body},
    person::{Payee, Person},
    principal::Program,
    problem::{Code, PAYMENT_METHODS, Problem},
};

body! {
    /// The proof that authorises this one request; not part of what an idempotency key compares.
    pub(crate) struct Authorization {
        /// The Token; case, spaces and hyphens do not matter.
        security_token: Option<SecretText>,
    }
}

/// What is missing before money may move.
#[derive(Clone, Debug)]
pub(crate) enum Lack {
    /// No proof helps now.
    Kept(LifeRefusal),
    NoProof,
    NoToken,
    WrongToken(ActiveToken),
}

/// Judges the proof that came with a request.
pub(crate) fn judge(
    app: &App,
    payer: &Person,
    program: Option<&Program>,
    authorization: Option<&Authorization>,
) -> Result<(), Lack> {
    if let Some(refusal) = payer.outgoing.refusal(app.now()) {
        return Err(Lack::Kept(refusal));
    }
    if program.is_some() {
        // Its caps authorise what it pays; the books take them with the money.
        return Ok(());
    }
    let given = authorization.and_then(|given| given.security_token.as_ref());
    let Some(active) = payer
        .token
        .as_ref()
        .filter(|token| token.expires_at > app.now())
    else {
        return Err(Lack::NoToken);
    };
    let given = given.ok_or(Lack::NoProof)?;
    if !active.matches(given.expose(), app.keys(), app.now()) {
        return Err(Lack::WrongToken(active.clone()));
    }
    if active.wrong_tries > 0 {
        app.forgive(active.clone());
    }
    Ok(())
}

/// Whether a program may pay this payee.
pub(crate) fn check_payee(program: Option<&Program>, payee: Option<&Payee>) -> Result<(), Problem> {
    match (program, payee) {
        (Some(program), Some(payee)) if !program.token.may_pay(payee.person.user) => {
            Err(Problem::field(Code::PayeeNotAllowed, "/to"))
        }
        _ => Ok(()),
    }
}

impl App {
    /// The first outcome under this key, or why the missing proof refuses a new one.
    pub(crate) async fn recall_or_refuse(
        &self,
        intention: Intention,
        payer: &Arc<Person>,
        lack: Lack,
    ) -> Result<Outcome, Problem> {
        let books = self.books().clone();
        let recalled = self
            .read(move |tx, _| Ok(books.recall(tx, &intention)?))
            .await?;
        match recalled {
            Some(outcome) => Ok(outcome),
            None => Err(self.refuse(payer.user, lack).await?),
        }
    }

    async fn refuse(&self, payer: UserId, lack: Lack) -> Result<Problem, Problem> {
        let step_up = Problem::from(Code::StepUpRequired).with_methods(PAYMENT_METHODS);
        match lack {
            Lack::Kept(refusal) => Ok(Problem::from(&refusal)),
            Lack::NoProof => Ok(step_up),
            Lack::NoToken if self.has_blocked_token(payer).await? => Ok(blocked()),
            Lack::NoToken => Ok(step_up),
            Lack::WrongToken(token) => {
                let counting = self.clone();
                self.settle(async move { counting.count_wrong_try(token).await })
                    .await
            }
        }
    }

    async fn count_wrong_try(&self, token: ActiveToken) -> Result<Problem, Problem> {
        let user = token.user;
        let counted = self
            .write(move |tx, cx| security_token::count_wrong_try(tx, cx, &token))
            .await;
        self.forget_person(user);
        Ok(match counted? {
            WrongTry::Blocked => blocked(),
            WrongTry::Counted { tries_left } => {
                Problem::field(Code::SecurityTokenInvalid, "/authorization/security_token")
                    .with_methods(PAYMENT_METHODS)
                    .with_attempts_left(tries_left)
            }
        })
    }

    async fn has_blocked_token(&self, user: UserId) -> Result<bool, Problem> {
        let tokens = self
            .read(move |tx, cx| security_token::list(tx, cx, user))
            .await?;
        let newest = tokens.iter().find(|token| token.activated_at.is_some());
        Ok(newest.is_some_and(|token| token.state == SecurityTokenState::Blocked))
    }

    /// Forgets earlier wrong tries in the background; the payment does not wait for it.
    fn forgive(&self, token: ActiveToken) {
        let app = self.clone();
        tokio::spawn(async move {
            let user = token.user;
            let cleared = app
                .write(move |tx, _| security_token::clear_wrong_tries(tx, &token))
                .await;
            if let Err(Error::Failed(fault)) = cleared {
                tracing::warn!(%fault, "wrong tries of a Token stay counted");
            }
            app.forget_person(user);
        });
    }
}

fn blocked() -> Problem {
    Problem::from(Code::SecurityTokenBlocked).with_methods(PAYMENT_METHODS)
}
