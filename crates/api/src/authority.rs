//! What authorises money: proofs that come with the payment, an approval that was made before it,
//! or a program's caps. Whether they are enough is judged by the books, with the money; here it is
//! found out whether they are right. A proof that is missing or wrong is answered only after the
//! idempotency key was looked up, since a repeat hears its first answer whatever the proof.

mod around;

use std::sync::Arc;

use identity::{
    ActiveToken, Error, LifeRefusal, Method, Session,
    code::CodePurpose,
    factor::{self, Claim, Proof},
    security_token::{self, SecurityTokenState, WrongTry},
};
use payments::{
    Intention, Outcome, approval,
    factors::{Factor, Factors},
    limits::Strength,
};
use vocab::{ApprovalId, SecurityTokenId, Timestamp, UserId};

use crate::{
    App,
    json::{SecretText, Text, body},
    person::{Payee, Person},
    principal::{Principal, Program},
    problem::{Code, PAYMENT_METHODS, Problem},
    proofs::Given,
};

body! {
    /// The proofs that authorise this one request; not part of what an idempotency key compares.
    /// Several may be given.
    pub(crate) struct Authorization {
        /// The Token; case, spaces and hyphens do not matter.
        security_token: Option<SecretText>,
        /// The payment PIN, on a device of one's own.
        pin: Option<SecretText>,
        /// Six digits of the authenticator app.
        totp: Option<SecretText>,
        /// `apr_…`, of exactly this payment.
        approval: Option<Text>,
    }
}

/// What is missing before money may move.
#[derive(Clone, Debug)]
pub(crate) enum Lack {
    /// No proof helps now.
    Kept(LifeRefusal),
    NoToken,
    WrongToken(ActiveToken),
}

/// What came with a payment and was right.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shown {
    pub(crate) factors: Factors,
    pub(crate) approval: Option<ApprovalId>,
}

/// What to do with a payment.
pub(crate) enum Authorised {
    /// Ask the books.
    Go(Shown),
    /// It was asked before.
    Before(Outcome),
}

/// Who wants to pay.
#[derive(Clone, Copy)]
pub(crate) struct Payer<'a> {
    pub(crate) person: &'a Arc<Person>,
    pub(crate) caller: &'a Principal,
}

impl App {
    /// Judges the proofs that came with a payment, one after the other.
    pub(crate) async fn authorise(
        &self,
        payer: Payer<'_>,
        given: Option<Authorization>,
        intention: &Intention,
    ) -> Result<Authorised, Problem> {
        let Principal::Person(caller) = payer.caller else {
            // Its caps authorise what it pays; the books take them with the money.
            return match payer.person.outgoing.refusal(self.now()) {
                Some(refusal) => self.recall_or(payer, intention, Lack::Kept(refusal)).await,
                None => Ok(Authorised::Go(Shown::default())),
            };
        };
        let Some(given) = given.filter(|given| !given.is_empty()) else {
            return match self.may_ask_without_proof(payer.person) {
                Ok(()) => Ok(Authorised::Go(Shown::default())),
                Err(lack) => self.recall_or(payer, intention, lack).await,
            };
        };
        let mut shown = Shown::default();
        match self.judge_token(payer.person, given.security_token.as_ref()) {
            Ok(factors) => shown.factors = factors,
            Err(lack) => return self.recall_or(payer, intention, lack).await,
        }
        let slow = [
            given.pin.map(|pin| Proof::Pin(pin.into_secret())),
            given.totp.map(|totp| Proof::Totp(totp.into_secret())),
        ];
        if slow.iter().any(Option::is_some)
            && let Some(before) = self.recall(intention).await?
        {
            return Ok(Authorised::Before(before));
        }
        for proof in slow.into_iter().flatten() {
            let factor = self.settle_proof(&caller.session, proof).await?;
            shown.factors = shown.factors.with(factor);
        }
        if let Some(text) = &given.approval {
            let id = text.0.parse();
            let void = Problem::field(Code::ApprovalVoid, "/authorization/approval");
            shown.approval = Some(id.map_err(|_| void)?);
        }
        Ok(Authorised::Go(shown))
    }

    fn may_ask_without_proof(&self, payer: &Person) -> Result<(), Lack> {
        let now = self.now();
        match payer.outgoing.refusal(now) {
            Some(refusal) => Err(Lack::Kept(refusal)),
            None if payer
                .token
                .as_ref()
                .is_none_or(|token| token.expires_at <= now) =>
            {
                Err(Lack::NoToken)
            }
            None => Ok(()),
        }
    }

    fn judge_token(&self, payer: &Person, given: Option<&SecretText>) -> Result<Factors, Lack> {
        let now = self.now();
        if let Some(refusal) = payer.outgoing.refusal(now) {
            return Err(Lack::Kept(refusal));
        }
        let Some(given) = given else {
            return Ok(Factors::default());
        };
        let active = payer.token.as_ref().filter(|token| token.expires_at > now);
        let active = active.ok_or(Lack::NoToken)?;
        let matched = active.find_match(given.expose(), self.keys(), now);
        let matched = matched.ok_or_else(|| Lack::WrongToken(active.clone()))?;
        self.note_token(matched);
        if active.wrong_tries > 0 {
            self.forgive(active.clone());
        }
        Ok(Factors::default().with(Factor::SecurityToken))
    }

    /// Counts, compares and uses up a proof that came with a payment.
    async fn settle_proof(&self, session: &Arc<Session>, proof: Proof) -> Result<Factor, Problem> {
        let method = proof.method();
        let (app, session) = (self.clone(), Arc::clone(session));
        let settled = self.settle(async move {
            let counted = app
                .write(move |tx, cx| {
                    let claim = Claim {
                        user: session.user,
                        purpose: CodePurpose::PaymentApproval,
                        subject: "",
                        session: Some(&session),
                    };
                    factor::count(tx, cx, &claim, method)
                })
                .await?;
            let matched = app.prove(counted, Given::Typed(proof)).await?;
            Ok(app
                .write(move |tx, cx| factor::settle(tx, cx, &matched))
                .await?)
        });
        let field = format!("/authorization/{}", method.code());
        settled.await.map_err(|problem| problem.at(&field))?;
        factor_of(method).ok_or_else(|| Code::MethodNotAccepted.into())
    }

    async fn recall(&self, intention: &Intention) -> Result<Option<Outcome>, Problem> {
        let (books, intention) = (self.books().clone(), intention.clone());
        Ok(self
            .read(move |tx, _| Ok(books.recall(tx, &intention)?))
            .await?)
    }

    /// The first outcome under this key, or why the missing proof refuses a new one.
    async fn recall_or(
        &self,
        payer: Payer<'_>,
        intention: &Intention,
        lack: Lack,
    ) -> Result<Authorised, Problem> {
        match self.recall(intention).await? {
            Some(outcome) => Ok(Authorised::Before(outcome)),
            None => Err(self.refuse(payer.person.user, lack).await?),
        }
    }

    async fn refuse(&self, payer: UserId, lack: Lack) -> Result<Problem, Problem> {
        match lack {
            Lack::Kept(refusal) => Ok(Problem::from(&refusal)),
            Lack::NoToken if self.has_blocked_token(payer).await? => Ok(blocked()),
            Lack::NoToken => self.ask_for(payer, Strength::One).await,
            Lack::WrongToken(token) => {
                let counting = self.clone();
                self.settle(async move { counting.count_wrong_try(token).await })
                    .await
            }
        }
    }

    /// What a payer can prove a payment with.
    pub(crate) async fn factors_of(&self, user: UserId) -> Result<Factors, Problem> {
        let methods = self
            .read(move |tx, cx| factor::for_payments(tx, cx, user))
            .await?;
        let factors = methods.into_iter().filter_map(factor_of);
        Ok(factors.fold(Factors::default(), Factors::with))
    }

    /// Asks a payer for proofs of this strength, of what they have.
    pub(crate) async fn ask_for(&self, payer: UserId, needs: Strength) -> Result<Problem, Problem> {
        let sets = sets_for(self.factors_of(payer).await?, needs);
        let methods = distinct(&sets);
        Ok(Problem::from(Code::StepUpRequired)
            .with_methods(methods)
            .with_factor_sets(sets))
    }

    /// An approval that was shown for another payment is one of nothing from now on.
    pub(crate) async fn void_approval(&self, owner: UserId, id: ApprovalId) -> Result<(), Problem> {
        let voided = self.write(move |tx, _| {
            if approval::find(tx, owner, id)?.is_some() {
                approval::void(tx, id)?;
            }
            Ok(())
        });
        Ok(voided.await?)
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

    /// Notes in the background, a minute apart, that a Token is in use.
    fn note_token(&self, id: SecurityTokenId) {
        let now = self.now();
        let due = |at: Timestamp| at.plus_seconds(self.policy().session_touch_seconds) <= now;
        if !self.token_uses().get(&id).is_none_or(due) {
            return;
        }
        self.token_uses().keep(self.token_uses().loading(), id, now);
        let app = self.clone();
        tokio::spawn(async move {
            // Should it fail, the Token counts as unused a minute longer.
            let _ = app
                .write(move |tx, cx| security_token::note_use(tx, cx, id))
                .await;
        });
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

/// The factor that a method of proof is.
pub(crate) const fn factor_of(method: Method) -> Option<Factor> {
    Some(match method {
        Method::SecurityToken => Factor::SecurityToken,
        Method::Pin => Factor::Pin,
        Method::Totp => Factor::Totp,
        Method::Sms => Factor::Sms,
        Method::Passkey => Factor::Passkey,
        Method::Password | Method::RecoveryCode | Method::Device => return None,
    })
}

/// The sets of a payer's factors of which any one is enough; if theirs are not, what they should
/// get: the Token, or for more any set there is.
pub(crate) fn sets_for(theirs: Factors, needs: Strength) -> Vec<Vec<&'static str>> {
    let mut sets = theirs.sets(needs);
    if sets.is_empty() {
        let all = match needs {
            Strength::None | Strength::One => Factors::default().with(Factor::SecurityToken),
            Strength::Two | Strength::Signed => Factors::EVERY,
        };
        sets = all.sets(needs);
    }
    let codes = |set: Vec<Factor>| set.into_iter().map(Factor::code).collect();
    sets.into_iter().map(codes).collect()
}

/// The factors of all sets, each once.
pub(crate) fn distinct(sets: &[Vec<&'static str>]) -> Vec<&'static str> {
    let mut all = Vec::new();
    for code in sets.iter().flatten() {
        if !all.contains(code) {
            all.push(*code);
        }
    }
    all
}

impl Authorization {
    const fn is_empty(&self) -> bool {
        self.security_token.is_none()
            && self.pin.is_none()
            && self.totp.is_none()
            && self.approval.is_none()
    }
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

fn blocked() -> Problem {
    Problem::from(Code::SecurityTokenBlocked).with_methods(PAYMENT_METHODS)
}
