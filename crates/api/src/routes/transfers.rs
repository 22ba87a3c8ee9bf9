pub(super) mod scheduled;

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use identity::Contact;
use ledger::{Event, Memo, Record, proof::Receipt};
use payments::{
    Code as EntryCode, Intention, Outcome, Rejection, Route,
    factors::{Circumstances, DELAYS},
    limits::{self, Terms},
    memo::{MemoSeal, MemoText},
    receipts, records, request_digest,
    schedule::Scheduled,
    transfer::{self, NewTransfer, Preview, Transfer},
    wallet,
};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::{AccessTokenId, AccountId, Money, RecordId, UserId};

use self::scheduled::Planned;
use super::{
    money::{PartyView, ReceiptPlace, intention, mark_replay, posted},
    views::{Done, done, json},
};
use crate::{
    App,
    authority::{self, Authorised, Authorization, Payer, Shown, distinct, sets_for},
    body::{IdempotencyKey, JsonBody},
    json::{Count, MoneyBody, MoneyView, Note, Reference, Text, body},
    person::{Payee, PayeeName, Person},
    principal::Principal,
    problem::{Answering, Code, Problem, ProblemBody},
    query::PathText,
    receipt::ReceiptView,
};

body! {
    /// Who gets the money: exactly one of these.
    #[schema(as = Payee)]
    pub(crate) struct PayeeBody {
        phone: Option<Text>,
        email: Option<Text>,
        /// `usr_…`
        user: Option<Text>,
        /// `acc_…`
        account: Option<Text>,
    }
}

body! {
    /// A payment to another person.
    pub(crate) struct TransferRequest {
        to: PayeeBody,
        money: MoneyBody,
        note: Option<Note>,
        reference: Option<Reference>,
        /// Seconds until the money arrives: 0, 7200 or 86400. It can be called back until then.
        delay_seconds: Option<Count>,
        authorization: Option<Authorization>,
    }
}

body! {
    /// A payment as it would be.
    #[expect(dead_code, reason = "note and reference are checked, and change nothing in advance")]
    pub(crate) struct TransferPreviewRequest {
        to: PayeeBody,
        money: MoneyBody,
        note: Option<Note>,
        reference: Option<Reference>,
    }
}

/// A movement between two wallets.
#[derive(Serialize, ToSchema)]
#[schema(as = Transfer)]
pub(crate) struct TransferView {
    /// `trf_…`
    id: String,
    /// `completed`, `scheduled` or `canceled`.
    state: &'static str,
    money: MoneyView,
    fee: MoneyView,
    from: PartyView,
    to: PartyView,
    note: String,
    /// The payer's own; shown to them alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    created_at: String,
    /// When a scheduled one arrives, or was to arrive.
    #[serde(skip_serializing_if = "Option::is_none")]
    arrives_at: Option<String>,
    /// The transfer that a scheduled one became when it arrived.
    #[serde(skip_serializing_if = "Option::is_none")]
    completed_as: Option<String>,
    /// The reader's posted balance after it; absent while nothing has moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    balance_after: Option<MoneyView>,
    receipt: ReceiptPlace,
}

/// What a payment would meet.
#[derive(Serialize, ToSchema)]
#[schema(as = TransferPreview)]
pub(crate) struct PreviewView {
    money: MoneyView,
    fee: MoneyView,
    /// Who would get the money, masked.
    payee: PayeeView,
    limits: LimitsLeft,
    /// The proofs of which one will be asked for, or more of them together: see `factor_sets`.
    factors: Vec<&'static str>,
    /// The sets of proofs of which any one is enough; empty if none is needed this time.
    factor_sets: Vec<Vec<&'static str>>,
    /// `first_time_payee`, `new_device`, `unfamiliar_network`: what should make one think twice.
    warnings: Vec<&'static str>,
    /// Whether the money should rather arrive later, when it can still be called back.
    delay_offer: Option<DelayOffer>,
    /// The code of the refusal that it would meet now; null if it would go through.
    rejection: Option<&'static str>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MaskedPayee)]
pub(crate) struct PayeeView {
    pub(super) name: String,
}

/// Money that arrives later can be called back until then.
#[derive(Serialize, ToSchema)]
struct DelayOffer {
    seconds: i64,
    /// The first of the warnings.
    reason: &'static str,
}

/// What may still be paid.
#[derive(Serialize, ToSchema)]
struct LimitsLeft {
    per_payment: MoneyView,
    left_today: MoneyView,
    /// When a new day begins, RFC 3339.
    resets_at: String,
}

impl PayeeBody {
    /// Which one, and its normal form for comparing requests.
    pub(super) fn read(&self, app: &App) -> Result<(PayeeName, String), Problem> {
        let wrong = |field: &str, text| {
            Problem::field(Code::InvalidField, field.to_owned()).with_text(text)
        };
        match (&self.phone, &self.email, &self.user, &self.account) {
            (Some(phone), None, None, None) => {
                let contact = Contact::parse_phone(&phone.0, app.policy())
                    .map_err(|_| Problem::field(Code::PhoneInvalid, "/to/phone"))?;
                Ok((
                    PayeeName::Contact(contact.clone()),
                    contact.value().to_owned(),
                ))
            }
            (None, Some(email), None, None) => {
                let contact = Contact::parse_email(&email.0)
                    .map_err(|_| Problem::field(Code::EmailInvalid, "/to/email"))?;
                Ok((
                    PayeeName::Contact(contact.clone()),
                    contact.value().to_owned(),
                ))
            }
            (None, None, Some(user), None) => {
                let name = user.0.parse().map_or(PayeeName::Nobody, PayeeName::User);
                Ok((name, user.0.clone()))
            }
            (None, None, None, Some(account)) => {
                let name = account
                    .0
                    .parse()
                    .map_or(PayeeName::Nobody, PayeeName::Account);
                Ok((name, account.0.clone()))
            }
            (None, None, None, None) => Err(Problem::field(Code::MissingField, "/to")
                .with_text("one of phone, email, user and account is required")),
            _ => Err(wrong(
                "/to",
                "must have exactly one of phone, email, user and account",
            )),
        }
    }
}

/// A transfer that is about to be asked of the books.
struct Wish {
    payer: Arc<Person>,
    payee: Result<Payee, Rejection>,
    money: Money,
    note: String,
    reference: Option<Box<str>>,
    /// What a program pays out of.
    allowance: Option<AccessTokenId>,
    /// The proofs that came with it.
    shown: Shown,
    around: Circumstances,
    delay_seconds: i64,
}

impl Wish {
    /// The payer's account in this currency, or the one that is refused for its currency; an
    /// account that does not exist if they have none.
    fn from(&self) -> AccountId {
        self.payer
            .account_for(self.money.currency)
            .unwrap_or(AccountId::from_raw(0))
    }

    /// The words that go with it.
    fn text(&self) -> MemoText {
        let payee = self
            .payee
            .as_ref()
            .map(|payee| payee.person.masked_name.clone());
        MemoText {
            payer: self.payer.masked_name.clone(),
            payee: payee.unwrap_or_default(),
            note: self.note.clone(),
        }
    }

    fn order(self, intention: Intention, memo: Memo) -> payments::Order {
        let words = words_of(&self.note, self.reference.as_deref());
        let approval = self.shown.approval;
        let terms = Terms {
            allowance: self.allowance,
            strength: self.shown.factors.strength(),
            around: self.around,
            delay_seconds: self.delay_seconds,
            approval: approval.map(|id| limits::Shown { id, words }),
            ..self.payer.terms(self.money.currency)
        };
        NewTransfer {
            intention,
            from: self.from(),
            to: self.payee.map(|payee| payee.account),
            money: self.money,
            terms,
            reference: self.reference,
            memo: Some(memo),
        }
        .order()
    }
}

/// Pay somebody.
///
/// Authorised by the Token, or by whatever else `POST /v1/transfers/preview` says. Under the same
/// key and body the first answer comes again, byte for byte, also when it was a refusal.
#[utoipa::path(
    post, path = "/v1/transfers", tag = "transfers", security(("session" = []), ("access_token" = ["transfers:create"])),
    params(("Idempotency-Key" = String, Header, description = "1–255 visible ASCII characters")),
    request_body = TransferRequest,
    responses(
        (status = 201, body = Done<TransferView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    JsonBody(body): JsonBody<TransferRequest>,
    key: IdempotencyKey,
    answering: Answering,
    caller: Principal,
) -> Result<Response, Problem> {
    let (name, normal) = body.to.read(&app)?;
    let delay_seconds = delay_of(&body, &caller)?;
    let user = caller.user();
    let digest = digest_of(&body, &normal);
    let intention = intention(user, Route::TransferCreate, key, digest, answering);
    let payer = app.find_person(user).await?.ok_or(Code::Unauthenticated)?;
    let who = Payer {
        person: &payer,
        caller: &caller,
    };
    let authorised = app.authorise(who, body.authorization, &intention).await?;
    let shown = match authorised {
        Authorised::Go(shown) => shown,
        Authorised::Before(outcome) => return answer(&app, user, outcome, None).await,
    };
    let money = body.money.money();
    let payee = app.find_payee(&name, money.currency).await?;
    let around = app.around(&caller, payee.as_ref().ok(), money).await?;
    authority::check_payee(caller.program(), payee.as_ref().ok())?;
    let allowance = caller.program().map(|program| program.token.id);
    let note = body.note.unwrap_or_default().0;
    let reference = body.reference.map(|reference| reference.0);
    let wish = Wish {
        payer,
        payee,
        money,
        note,
        reference,
        allowance,
        shown,
        around,
        delay_seconds,
    };
    let text = wish.text();
    let memo = app.seal(&text.to_bytes());
    let outcome = app.submit(wish.order(intention, memo)).await?;
    app.check_authority(user, shown, &outcome).await?;
    answer(&app, user, outcome, Some(text)).await
}

/// What was posted, as its payer sees it. `text` is what this request has sealed; an earlier one's
/// has to be opened.
async fn answer(
    app: &App,
    payer: UserId,
    outcome: Outcome,
    text: Option<MemoText>,
) -> Result<Response, Problem> {
    let recorded = posted(outcome)?;
    if Scheduled::of(&recorded.record).is_some() {
        let payer = app.find_person(payer).await?.ok_or(Code::Unauthenticated)?;
        let planned = Planned::new(Arc::clone(&recorded.record), recorded.place);
        let view = planned.show(app, &payer).await?;
        return Ok(mark_replay(done(StatusCode::CREATED, view), &recorded));
    }
    let transfer = Transfer::of(&recorded.record, EntryCode::Transfer).ok_or(Code::Internal)?;
    let payee = app.find_owner(transfer.to).await?;
    let memo = match text {
        Some(text) if !recorded.replayed => text,
        _ => MemoText::of(transfer.memo, app).unwrap_or_default(),
    };
    let id = transfer.id.with_prefix(transfer::PREFIX);
    let seen = Seen {
        by: Reader::Payer,
        parties: [Some(payer), payee],
    };
    let view = TransferView::new(
        &recorded.record,
        seen,
        memo,
        ReceiptPlace::of(&recorded, &id),
    );
    let response = done(StatusCode::CREATED, view.ok_or(Code::Internal)?);
    Ok(mark_replay(response, &recorded))
}

/// From which side a transfer is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reader {
    Payer,
    Payee,
}

/// Who looks, and who the two sides are.
#[derive(Clone, Copy, Debug)]
struct Seen {
    by: Reader,
    parties: [Option<UserId>; 2],
}

impl TransferView {
    fn new(record: &Record, seen: Seen, memo: MemoText, receipt: ReceiptPlace) -> Option<Self> {
        let transfer = Transfer::of(record, EntryCode::Transfer)?;
        let Event::Posted(entry) = &record.event else {
            return None;
        };
        let currency = entry.postings.first()?.currency;
        let view = |minor| MoneyView::from(Money::new(minor, currency));
        let is_payer = seen.by == Reader::Payer;
        let [payer, payee] = seen.parties;
        Some(Self {
            id: transfer.id.with_prefix(transfer::PREFIX),
            state: "completed",
            money: view(transfer.minor),
            fee: view(0),
            from: PartyView::new(payer, transfer.from, memo.payer),
            to: PartyView::new(payee, transfer.to, memo.payee),
            note: memo.note,
            reference: transfer.reference.filter(|_| is_payer).map(str::to_owned),
            created_at: transfer.at.to_string(),
            arrives_at: None,
            completed_as: None,
            balance_after: Some(view(match seen.by {
                Reader::Payer => transfer.payer_balance_after,
                Reader::Payee => transfer.payee_balance_after,
            })),
            receipt,
        })
    }
}

fn digest_of(body: &TransferRequest, payee: &str) -> [u8; 16] {
    let money = body.money.money();
    let kind = match &body.to {
        PayeeBody { phone: Some(_), .. } => "phone",
        PayeeBody { email: Some(_), .. } => "email",
        PayeeBody { user: Some(_), .. } => "user",
        PayeeBody { .. } => "account",
    };
    let note = body.note.as_ref().map_or("", |note| &note.0);
    let reference = body.reference.as_ref().map_or("", |reference| &reference.0);
    let (minor, currency) = (
        money.minor.to_be_bytes(),
        money.currency.number().to_be_bytes(),
    );
    let mut parts: Vec<&[u8]> = vec![
        kind.as_bytes(),
        payee.as_bytes(),
        &minor,
        &currency,
        note.as_bytes(),
        reference.as_bytes(),
    ];
    // The digests of payments that arrive at once are those of before there were others.
    let delay = body.delay_seconds.as_ref().map_or(0, |delay| delay.0);
    let delay = delay.to_be_bytes();
    if delay != [0; 8] {
        parts.push(&delay);
    }
    request_digest(&parts)
}

/// After how many seconds the money is to arrive. A program pays at once or not at all: it would be
/// for its owner to call the money back.
fn delay_of(body: &TransferRequest, caller: &Principal) -> Result<i64, Problem> {
    let delay = body.delay_seconds.as_ref().map_or(0, |delay| delay.0);
    if !DELAYS.contains(&delay) {
        return Err(Problem::field(Code::InvalidField, "/delay_seconds")
            .with_text("must be 0, 7200 or 86400"));
    }
    if delay > 0 && caller.program().is_some() {
        return Err(Problem::field(Code::PersonRequired, "/delay_seconds"));
    }
    Ok(delay)
}

/// What a payment would meet: its fee, the limits, the proofs, the masked name of the payee.
#[utoipa::path(
    post, path = "/v1/transfers/preview", tag = "transfers", security(("session" = []), ("access_token" = ["transfers:create"])),
    request_body = TransferPreviewRequest,
    responses(
        (status = 200, body = PreviewView),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn preview(
    State(app): State<App>,
    JsonBody(body): JsonBody<TransferPreviewRequest>,
    caller: Principal,
) -> Result<Response, Problem> {
    let (name, _) = body.to.read(&app)?;
    let money = body.money.money();
    let payer = app
        .find_person(caller.user())
        .await?
        .ok_or(Code::Unauthenticated)?;
    let payee = match app.find_payee(&name, money.currency).await? {
        Ok(payee) => payee,
        Err(rejection) => return Err(Problem::from(&rejection)),
    };
    let from = payer
        .account_for(money.currency)
        .unwrap_or(AccountId::from_raw(0));
    let around = app.around(&caller, Some(&payee), money).await?;
    let wish = transfer::Wish {
        from,
        to: Ok(payee.account),
        money,
        terms: Terms {
            around,
            ..payer.terms(money.currency)
        },
    };
    let (books, now) = (app.books().clone(), app.now());
    let look = app
        .read(move |tx, _| Ok(transfer::preview(&books, tx, &wish, now)?))
        .await?;
    let sets = match caller.program() {
        Some(_) => Vec::new(),
        None => sets_for(app.factors_of(payer.user).await?, look.needs),
    };
    let mut view = PreviewView::new(look, money, &payee);
    view.warn(around);
    view.factors = distinct(&sets);
    view.factor_sets = sets;
    Ok(json(StatusCode::OK, &view))
}

/// A digest of the words that go with a payment.
pub(super) fn words_of(note: &str, reference: Option<&str>) -> [u8; 16] {
    let reference = reference.map_or(&[][..], str::as_bytes);
    request_digest(&[note.as_bytes(), reference])
}

impl App {
    /// To whom and from where, where a person pays; a program pays out of its allowance from
    /// anywhere it may be used.
    async fn around(
        &self,
        caller: &Principal,
        payee: Option<&Payee>,
        money: Money,
    ) -> Result<Circumstances, Problem> {
        match (caller, payee) {
            (Principal::Person(caller), Some(payee)) => {
                self.look_around(caller, payee.account, money).await
            }
            _ => Ok(Circumstances::default()),
        }
    }

    /// Asks for what the books found missing. It is remembered under no key.
    async fn check_authority(
        &self,
        payer: UserId,
        shown: Shown,
        outcome: &Outcome,
    ) -> Result<(), Problem> {
        match (outcome, shown.approval) {
            (Outcome::Refused(Rejection::FactorsMissing { needs }), _) => {
                Err(self.ask_for(payer, *needs).await?)
            }
            (Outcome::Refused(Rejection::ApprovalVoid), Some(id)) => {
                self.void_approval(payer, id).await
            }
            _ => Ok(()),
        }
    }
}

impl PreviewView {
    fn new(preview: Preview, money: Money, payee: &Payee) -> Self {
        Self {
            money: money.into(),
            fee: preview.fee.into(),
            payee: PayeeView {
                name: payee.person.masked_name.clone(),
            },
            limits: LimitsLeft {
                per_payment: preview.per_payment.into(),
                left_today: preview.left_today.into(),
                resets_at: preview.resets_at.to_string(),
            },
            factors: Vec::new(),
            factor_sets: Vec::new(),
            warnings: Vec::new(),
            delay_offer: preview.delay.map(|seconds| DelayOffer {
                seconds,
                reason: "",
            }),
            rejection: preview.rejection.map(|rejection| rejection.code()),
        }
    }
}

impl PreviewView {
    fn warn(&mut self, around: Circumstances) {
        let warnings = [
            (around.is_new_payee, "first_time_payee"),
            (around.is_new_device, "new_device"),
            (around.is_unfamiliar_network, "unfamiliar_network"),
        ];
        let warnings = warnings.into_iter().filter(|(holds, _)| *holds);
        self.warnings = warnings.map(|(_, code)| code).collect();
        if let (Some(offer), Some(first)) = (&mut self.delay_offer, self.warnings.first()) {
            offer.reason = first;
        }
    }
}

/// One transfer, for either of its two people.
#[utoipa::path(
    get, path = "/v1/transfers/{id}", tag = "transfers", security(("session" = []), ("access_token" = ["transactions:read"])),
    params(("id" = String, Path)),
    responses(
        (status = 200, body = TransferView),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    id: PathText,
    caller: Principal,
) -> Result<Response, Problem> {
    let id = id.record(transfer::PREFIX)?;
    let Some((record, receipt)) = find(&app, caller.user(), id).await? else {
        let planned = app.find_planned(caller.user(), id).await?;
        return Ok(json(StatusCode::OK, &planned));
    };
    let transfer = Transfer::of(&record, EntryCode::Transfer).ok_or(Code::NotFound)?;
    let parties = [
        app.find_owner(transfer.from).await?,
        app.find_owner(transfer.to).await?,
    ];
    let by = if parties[0] == Some(caller.user()) {
        Reader::Payer
    } else {
        Reader::Payee
    };
    let shown = transfer.id.with_prefix(transfer::PREFIX);
    let memo = MemoText::of(transfer.memo, &app).unwrap_or_default();
    let place = ReceiptPlace::in_block(receipt.head.head.height, receipt.index, &shown);
    let view = TransferView::new(&record, Seen { by, parties }, memo, place);
    Ok(json(StatusCode::OK, &view.ok_or(Code::NotFound)?))
}

/// The receipt of a transfer: its fields, the proof of its place, the signed head. Enough to
/// verify offline.
#[utoipa::path(
    get, path = "/v1/transfers/{id}/receipt", tag = "transfers", security(("session" = []), ("access_token" = ["receipts:read"])),
    params(("id" = String, Path)),
    responses(
        (status = 200, body = ReceiptView),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn receipt(
    State(app): State<App>,
    id: PathText,
    caller: Principal,
) -> Result<Response, Problem> {
    let id = id.record(transfer::PREFIX)?;
    let (record, receipt) = find(&app, caller.user(), id).await?.ok_or(Code::NotFound)?;
    Transfer::of(&record, EntryCode::Transfer).ok_or(Code::NotFound)?;
    Ok(json(StatusCode::OK, &ReceiptView::from(&receipt)))
}

/// A record of one of the caller's accounts, with its receipt.
async fn find(
    app: &App,
    caller: UserId,
    id: RecordId,
) -> Result<Option<(Arc<Record>, Receipt)>, Problem> {
    let seal = app.clone();
    let found = app.read(move |tx, _| {
        let owned = wallet::account_ids(tx, caller)?;
        let Some(line) = records::find(&seal, tx, &owned, id)? else {
            return Ok(None);
        };
        let accounts: Vec<AccountId> = owned.iter().map(|(account, _)| *account).collect();
        let receipt = receipts::receipt_of(tx, id, &accounts, caller.raw())?;
        Ok(receipt.map(|receipt| (line.record, receipt)))
    });
    Ok(found.await?)
}
