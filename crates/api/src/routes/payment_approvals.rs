use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use identity::{
    Method, Rejection, Session,
    code::{CodePurpose, Flow},
    factor::{self, Claim},
    freeze,
    sms::{self, Errand},
};
use ledger::Memo;
use payments::{
    approval::{self, Approval, ApprovalState, Intent},
    factors::Factors,
    limits::Strength,
    memo::{MemoSeal, MemoText},
    transfer,
};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::{AccountId, ApprovalId, Money, UserId};

use super::{
    passkeys::PasskeyAsked,
    second_steps::{ChallengeMethod, ChallengeSent},
    transfers::{PayeeBody, PayeeView, words_of},
    views::{Done, List, done, json},
};
use crate::{
    App,
    authority::{factor_of, sets_for},
    body::JsonBody,
    caller::Caller,
    hex::Hex,
    json::{Credential, MoneyBody, MoneyView, Note, Reference, SecretText, body},
    problem::{Code, Problem, ProblemBody},
    proofs::Proofs,
    query::PathText,
};

/// Bytes of the plain text's digest before the sealed words.
const DIGEST_BYTES: usize = 32;

body! {
    /// The payment to be approved.
    pub(crate) struct PaymentApprovalRequest {
        to: PayeeBody,
        money: MoneyBody,
        note: Option<Note>,
        reference: Option<Reference>,
    }
}

body! {
    /// What to send for an approval.
    pub(crate) struct PaymentApprovalChallenge { method: ChallengeMethod }
}

body! {
    /// Exactly one proof; several calls add up.
    pub(crate) struct PaymentApprovalProof {
        pin: Option<SecretText>,
        totp: Option<SecretText>,
        security_token: Option<SecretText>,
        sms_code: Option<SecretText>,
        passkey: Option<Credential>,
    }
}

/// The approval of one payment.
#[derive(Serialize, ToSchema)]
#[schema(as = PaymentApproval)]
pub(crate) struct PaymentApprovalView {
    /// `apr_…`
    id: String,
    /// `pending`, `approved`, `used`, `rejected`, `void` or `expired`.
    state: &'static str,
    /// SHA-256 over payer, payee, amount, currency, fee and words: what the approval is bound to.
    #[schema(value_type = String)]
    digest: Hex<32>,
    payee: PayeeView,
    money: MoneyView,
    fee: MoneyView,
    note: String,
    /// The sets of proofs of which any one is enough.
    factor_sets: Vec<Vec<&'static str>>,
    /// What is still missing of each; empty once it is approved.
    missing: Vec<Vec<&'static str>>,
    created_at: String,
    expires_at: String,
}

/// What an approval needs, for whom.
struct Needed {
    strength: Strength,
    theirs: Factors,
}

impl PaymentApprovalView {
    fn new(app: &App, approval: &Approval, needed: &Needed) -> Self {
        let words = unsealed(app, &approval.sealed);
        let factor_sets = sets_for(needed.theirs, needed.strength);
        let is_enough = approval.factors.strength() >= needed.strength;
        let state = match approval.state {
            ApprovalState::Used => "used",
            ApprovalState::Rejected => "rejected",
            ApprovalState::Void => "void",
            ApprovalState::Open if !approval.is_open(app.now()) => "expired",
            ApprovalState::Open if is_enough => "approved",
            ApprovalState::Open => "pending",
        };
        let given: Vec<&str> = payments::factors::Factor::ALL
            .into_iter()
            .filter(|factor| approval.factors.has(*factor))
            .map(payments::factors::Factor::code)
            .collect();
        let left = |set: &Vec<&'static str>| {
            let left = set.iter().copied();
            left.filter(|code| !given.contains(code)).collect()
        };
        let missing = match is_enough {
            true => Vec::new(),
            false => factor_sets.iter().map(left).collect(),
        };
        Self {
            id: approval.id.to_string(),
            state,
            digest: Hex(approval.digest),
            payee: PayeeView { name: words.payee },
            money: approval.money.into(),
            fee: approval.fee.into(),
            note: words.note,
            factor_sets,
            missing,
            created_at: approval.created_at.to_string(),
            expires_at: approval.expires_at.to_string(),
        }
    }
}

/// The words beside an approval: the digest of the plain text, then the sealed text.
fn sealed(app: &App, words: &MemoText) -> Vec<u8> {
    let Memo { sealed, digest } = app.seal(&words.to_bytes());
    [&digest[..], &sealed].concat()
}

fn unsealed(app: &App, bytes: &[u8]) -> MemoText {
    let opened = bytes
        .split_first_chunk::<DIGEST_BYTES>()
        .and_then(|(digest, sealed)| {
            let memo = Memo {
                sealed: sealed.into(),
                digest: *digest,
            };
            MemoText::of(Some(&memo), app)
        });
    opened.unwrap_or_default()
}

/// Ask for the approval of a payment, to be given here or on another of your devices.
///
/// It is bound to exactly this payment by its digest, serves once, and is shown with the payment
/// as `authorization.approval`.
#[utoipa::path(
    post, path = "/v1/payment-approvals", tag = "payment approvals", security(("session" = [])),
    request_body = PaymentApprovalRequest,
    responses(
        (status = 201, body = Done<PaymentApprovalView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn request(
    State(app): State<App>,
    JsonBody(body): JsonBody<PaymentApprovalRequest>,
    caller: Caller,
) -> Result<Response, Problem> {
    let (name, _) = body.to.read(&app)?;
    let money = body.money.money();
    let user = caller.user();
    let payer = app.find_person(user).await?.ok_or(Code::Unauthenticated)?;
    let payee = match app.find_payee(&name, money.currency).await? {
        Ok(payee) => payee,
        Err(rejection) => return Err(Problem::from(&rejection)),
    };
    let from = payer
        .account_for(money.currency)
        .unwrap_or(AccountId::from_raw(0));
    let note = body.note.unwrap_or_default().0;
    let reference = body.reference.map(|reference| reference.0);
    let intent = Intent {
        owner: user,
        from,
        to: payee.account,
        money,
        fee: Money::new(0, money.currency),
        words: words_of(&note, reference.as_deref()),
    };
    let words = MemoText {
        payer: payer.masked_name.clone(),
        payee: payee.person.masked_name.clone(),
        note,
    };
    let words = sealed(&app, &words);
    let session = Arc::clone(&caller.session);
    let opened = app
        .write(move |tx, cx| {
            refuse_restricted(tx, &session)?;
            let id = ApprovalId::new(cx.now, cx.entropy);
            Ok(approval::open(tx, id, &intent, words.clone(), cx.now)?)
        })
        .await?;
    let opened = opened.ok_or(Code::ApprovalsTooMany)?;
    let needed = app.needed_for(&caller, &opened).await?;
    let view = PaymentApprovalView::new(&app, &opened, &needed);
    Ok(done(StatusCode::CREATED, view))
}

/// The payments that wait for your approval, newest first.
#[utoipa::path(
    get, path = "/v1/payment-approvals", tag = "payment approvals", security(("session" = [])),
    responses(
        (status = 200, body = List<PaymentApprovalView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn list(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let user = caller.user();
    let open = app
        .read(move |tx, cx| Ok(approval::list_open(tx, user, cx.now)?))
        .await?;
    let mut data = Vec::with_capacity(open.len());
    for approval in &open {
        let needed = app.needed_for(&caller, approval).await?;
        data.push(PaymentApprovalView::new(&app, approval, &needed));
    }
    Ok(json(StatusCode::OK, &List { data, next: None }))
}

/// One approval, whatever became of it.
#[utoipa::path(
    get, path = "/v1/payment-approvals/{id}", tag = "payment approvals", security(("session" = [])),
    params(("id" = String, Path)),
    responses(
        (status = 200, body = PaymentApprovalView),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    id: PathText,
    caller: Caller,
) -> Result<Response, Problem> {
    let approval = app.find_approval(caller.user(), id.id()?).await?;
    let needed = app.needed_for(&caller, &approval).await?;
    let view = PaymentApprovalView::new(&app, &approval, &needed);
    Ok(json(StatusCode::OK, &view))
}

/// Send a code for an approval, or ask a passkey.
#[utoipa::path(
    post, path = "/v1/payment-approvals/{id}/challenge", tag = "payment approvals",
    security(("session" = [])),
    params(("id" = String, Path)), request_body = PaymentApprovalChallenge,
    responses(
        (status = 200, body = Done<ChallengeSent>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn challenge(
    State(app): State<App>,
    id: PathText,
    JsonBody(body): JsonBody<PaymentApprovalChallenge>,
    caller: Caller,
) -> Result<Response, Problem> {
    let id: ApprovalId = id.id()?;
    let user = caller.user();
    let approval = app.find_approval(user, id).await?;
    if !approval.is_open(app.now()) {
        return Err(Code::ApprovalClosed.into());
    }
    let subject = id.to_string();
    if body.method.is_passkey() {
        let purpose = CodePurpose::PaymentApproval.code();
        let public_key = app.challenge_passkeys(purpose, subject, user).await?;
        return Ok(done(StatusCode::OK, PasskeyAsked { public_key }));
    }
    body.method.by_sms()?;
    let payee = unsealed(&app, &approval.sealed).payee;
    let about = format!("{} → {payee}", approval.money);
    let sent = app
        .write(move |tx, cx| {
            let errand = Errand {
                flow: Flow {
                    purpose: CodePurpose::PaymentApproval,
                    subject: &subject,
                },
                about: Some(&about),
            };
            sms::send_for(tx, cx, user, &errand)
        })
        .await?;
    Ok(done(StatusCode::OK, ChallengeSent::from(sent)))
}

/// Prove that you approve; `missing` tells what else the payment needs.
#[utoipa::path(
    post, path = "/v1/payment-approvals/{id}/approve", tag = "payment approvals",
    security(("session" = [])),
    params(("id" = String, Path)), request_body = PaymentApprovalProof,
    responses(
        (status = 200, body = Done<PaymentApprovalView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn approve(
    State(app): State<App>,
    id: PathText,
    JsonBody(body): JsonBody<PaymentApprovalProof>,
    caller: Caller,
) -> Result<Response, Problem> {
    let id: ApprovalId = id.id()?;
    let proofs = Proofs {
        pin: body.pin,
        totp: body.totp,
        security_token: body.security_token,
        sms_code: body.sms_code,
        passkey: body.passkey,
        ..Proofs::default()
    };
    let proof = proofs.only(&app)?;
    let (proving, session) = (app.clone(), Arc::clone(&caller.session));
    app.settle(async move {
        let (method, counting) = (proof.method(), Arc::clone(&session));
        let counted = proving
            .write(move |tx, cx| {
                refuse_restricted(tx, &counting)?;
                let found = approval::find(tx, counting.user, id)?;
                let is_known = found.is_some();
                if !is_known || !approval::count_attempt(tx, id, cx.now)? {
                    return Ok(Err(is_known));
                }
                let subject = id.to_string();
                let claim = Claim {
                    user: counting.user,
                    purpose: CodePurpose::PaymentApproval,
                    subject: &subject,
                    session: Some(&counting),
                };
                factor::count(tx, cx, &claim, method).map(Ok)
            })
            .await?;
        let counted = counted.map_err(closed_or_unknown)?;
        let matched = proving.prove(counted, proof).await?;
        let factor = factor_of(method).ok_or(Code::MethodNotAccepted)?;
        let is_added = proving
            .write(move |tx, cx| {
                factor::settle(tx, cx, &matched)?;
                Ok(approval::add(tx, id, factor, cx.now)?)
            })
            .await?;
        if method == Method::SecurityToken {
            proving.forget_person(session.user);
        }
        is_added
            .then_some(())
            .ok_or_else(|| Code::ApprovalClosed.into())
    })
    .await?;
    let approval = app.find_approval(caller.user(), id).await?;
    let needed = app.needed_for(&caller, &approval).await?;
    let view = PaymentApprovalView::new(&app, &approval, &needed);
    Ok(done(StatusCode::OK, view))
}

/// Say no: the payment cannot be made with this approval any more.
#[utoipa::path(
    post, path = "/v1/payment-approvals/{id}/reject", tag = "payment approvals",
    security(("session" = [])),
    params(("id" = String, Path)),
    responses(
        (status = 200, body = Done<PaymentApprovalView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn reject(
    State(app): State<App>,
    id: PathText,
    caller: Caller,
) -> Result<Response, Problem> {
    let id: ApprovalId = id.id()?;
    let user = caller.user();
    let rejected = app
        .write(move |tx, _| {
            let is_known = approval::find(tx, user, id)?.is_some();
            Ok((is_known && approval::reject(tx, id)?)
                .then_some(())
                .ok_or(is_known))
        })
        .await?;
    rejected.map_err(closed_or_unknown)?;
    let approval = app.find_approval(user, id).await?;
    let needed = app.needed_for(&caller, &approval).await?;
    let view = PaymentApprovalView::new(&app, &approval, &needed);
    Ok(done(StatusCode::OK, view))
}

fn closed_or_unknown(is_known: bool) -> Problem {
    match is_known {
        true => Code::ApprovalClosed.into(),
        false => Code::NotFound.into(),
    }
}

/// Whoever is frozen, or came in by a recovery, approves nothing.
fn refuse_restricted(tx: &mut db::Tx<'_>, session: &Session) -> Result<(), identity::Error> {
    if session.is_restricted {
        let methods = Vec::new();
        return Err(Rejection::MethodNotAccepted { methods }.into());
    }
    freeze::refuse_if_frozen(tx, session.user)
}

impl App {
    async fn find_approval(&self, owner: UserId, id: ApprovalId) -> Result<Approval, Problem> {
        let found = self
            .read(move |tx, _| Ok(approval::find(tx, owner, id)?))
            .await?;
        found.ok_or_else(|| Code::NotFound.into())
    }

    /// How strong the proofs of a payment must be now, and what its payer has.
    async fn needed_for(&self, caller: &Caller, approval: &Approval) -> Result<Needed, Problem> {
        let user = caller.user();
        let payer = self.find_person(user).await?.ok_or(Code::Unauthenticated)?;
        let around = self
            .look_around(caller, approval.to, approval.money)
            .await?;
        let mut terms = payer.terms(approval.money.currency);
        terms.around = around;
        let wish = transfer::Wish {
            from: payer
                .account_for(approval.money.currency)
                .unwrap_or(AccountId::from_raw(0)),
            to: Ok(approval.to),
            money: approval.money,
            terms,
        };
        let (books, now) = (self.books().clone(), self.now());
        let look = self
            .read(move |tx, _| Ok(transfer::preview(&books, tx, &wish, now)?))
            .await?;
        Ok(Needed {
            strength: look.needs,
            theirs: self.factors_of(user).await?,
        })
    }
}
