use axum::{extract::State, http::StatusCode, response::Response};
use payments::{
    Code as EntryCode,
    memo::MemoSeal,
    records::{self, Direction, Filter, Line, Page},
    wallet,
};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use vocab::{Money, RecordId, UserId};

use super::{
    money::shown,
    views::{List, direction_name, json},
};
use crate::{
    App,
    json::MoneyView,
    principal::Principal,
    problem::{Code, Problem, ProblemBody},
    query::{
        Cursor, Filters, FromParameters, Paging, PagingParameters, Parameters, PathText, Start,
        moment,
    },
};

/// Longest text to search for, in characters.
const SEARCH_LONGEST: usize = 100;

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "the fields are the contract's; Wanted is what is read from them"
)]
pub(crate) struct RecordParameters {
    /// `transfer`, `top_up`, `payment`, `refund`, `reversal` or `adjustment`.
    r#type: Option<String>,
    /// `completed`, `pending` or `failed`.
    state: Option<String>,
    /// `in` or `out`.
    direction: Option<String>,
    /// From this moment on: RFC 3339 in UTC, or a day.
    from: Option<String>,
    /// Before this moment.
    to: Option<String>,
    /// At least, minor units.
    min: Option<i64>,
    /// At most, minor units.
    max: Option<i64>,
    /// A part of the note or of the other side's masked name.
    q: Option<String>,
}

/// Which records are asked for.
#[derive(Debug)]
pub(crate) struct Wanted {
    filter: Filter,
    paging: Paging<RecordId>,
    /// True if a state is asked for in which no record stands.
    is_void: bool,
}

impl FromParameters for Wanted {
    fn read(parameters: &mut Parameters) -> Result<Self, Problem> {
        let minor = |text: &str| Money::parse_minor(text).ok().filter(|minor| *minor >= 0);
        let state = parameters.read("state", "must be completed, pending or failed", |text| {
            ["completed", "pending", "failed"]
                .into_iter()
                .find(|state| *state == text)
        })?;
        let filter = Filter {
            code: parameters.read("type", "must be a type of records", code_of)?,
            direction: parameters.read("direction", "must be in or out", |text| match text {
                "in" => Some(Direction::In),
                "out" => Some(Direction::Out),
                _ => None,
            })?,
            from: parameters.read("from", "must be RFC 3339 in UTC, or a day", moment)?,
            to: parameters.read("to", "must be RFC 3339 in UTC, or a day", moment)?,
            min: parameters.read("min", "must be minor units", minor)?,
            max: parameters.read("max", "must be minor units", minor)?,
            text: parameters.read("q", "must have 1 to 100 characters", |text| {
                let length = text.chars().count();
                (1..=SEARCH_LONGEST)
                    .contains(&length)
                    .then(|| text.to_owned())
            })?,
        };
        let paging = Paging::read(parameters)?;
        Ok(Self {
            filter,
            paging,
            is_void: state.is_some_and(|state| state != "completed"),
        })
    }
}

fn code_of(text: &str) -> Option<EntryCode> {
    Some(match text {
        "transfer" => EntryCode::Transfer,
        "top_up" => EntryCode::TopUp,
        "payment" => EntryCode::Payment,
        "refund" => EntryCode::Refund,
        "reversal" => EntryCode::Reversal,
        "adjustment" => EntryCode::Adjustment,
        _ => return None,
    })
}

const fn type_name(code: EntryCode) -> &'static str {
    match code {
        EntryCode::Transfer => "transfer",
        EntryCode::TopUp => "top_up",
        EntryCode::Payment => "payment",
        EntryCode::Refund => "refund",
        EntryCode::Reversal => "reversal",
        EntryCode::Adjustment => "adjustment",
    }
}

/// One record of a person's past.
#[derive(Serialize, ToSchema)]
#[schema(as = Transaction)]
pub(crate) struct TransactionView {
    id: String,
    /// `transfer`, `top_up`, `payment`, `refund`, `reversal` or `adjustment`.
    r#type: &'static str,
    /// `in` or `out`.
    direction: &'static str,
    /// `completed`.
    state: &'static str,
    money: MoneyView,
    fee: MoneyView,
    /// The other side; null if it is not a person.
    counterparty: Option<CounterpartyView>,
    note: String,
    /// The person's own business reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    account: String,
    /// The account's posted balance after it.
    balance_after: MoneyView,
    created_at: String,
}

#[derive(Serialize, ToSchema)]
struct CounterpartyView {
    /// Masked, as it was then.
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
}

impl TransactionView {
    pub(crate) fn new(line: &Line, reader: UserId) -> Self {
        let code = line.code as u16;
        let origin = line
            .record
            .origin
            .as_ref()
            .filter(|origin| origin.caller == reader.raw());
        let name = line.counterparty_name();
        Self {
            id: shown(line.record.id, code),
            r#type: type_name(line.code),
            direction: direction_name(line.direction),
            state: "completed",
            money: line.money.into(),
            fee: Money::new(0, line.money.currency).into(),
            counterparty: (!name.is_empty()).then(|| CounterpartyView {
                name: name.to_owned(),
                account: line.counterparty.map(|account| account.to_string()),
            }),
            note: line.memo.note.clone(),
            reference: origin
                .and_then(|origin| origin.reference.as_deref())
                .map(str::to_owned),
            account: line.account.to_string(),
            balance_after: Money::new(line.balance_after, line.money.currency).into(),
            created_at: line.record.at.to_string(),
        }
    }
}

impl TransactionView {
    /// Id, type, direction, amount, currency, counterparty, note and moment.
    pub(crate) fn cells(&self) -> [String; 8] {
        let (amount, currency) = self.money.words();
        let name = self.counterparty.as_ref().map(|other| other.name.clone());
        [
            self.id.clone(),
            self.r#type.to_owned(),
            self.direction.to_owned(),
            amount,
            currency,
            name.unwrap_or_default(),
            self.note.clone(),
            self.created_at.clone(),
        ]
    }
}

/// The person's records, newest first.
#[utoipa::path(
    get, path = "/v1/transactions", tag = "transactions", security(("session" = []), ("access_token" = ["transactions:read"])),
    params(RecordParameters, PagingParameters),
    responses(
        (status = 200, body = List<TransactionView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn list(
    State(app): State<App>,
    Filters(wanted): Filters<Wanted>,
    caller: Principal,
) -> Result<Response, Problem> {
    let Wanted {
        filter,
        paging,
        is_void,
    } = wanted;
    if is_void {
        return Ok(json(
            StatusCode::OK,
            &List::<TransactionView> {
                data: vec![],
                next: None,
            },
        ));
    }
    let start = match paging.start {
        Start::Newest => records::Start::Newest,
        Start::After(older) => records::Start::After(older),
        Start::Before(newer) => records::Start::Before(newer),
    };
    let page = Page {
        limit: paging.limit,
        start,
    };
    let (user, seal) = (caller.user(), app.clone());
    let person = app.find_person(user).await?.ok_or(Code::Unauthenticated)?;
    // Nothing is read before: the books look at their tail first, then at the store.
    let found = app.read(move |tx, _| {
        let view = (seal.books(), &seal as &dyn MemoSeal);
        Ok(records::list(view, tx, &person.accounts, &filter, page)?)
    });
    let (lines, next) = found.await?;
    let data = lines
        .iter()
        .map(|line| TransactionView::new(line, user))
        .collect();
    Ok(json(
        StatusCode::OK,
        &List {
            data,
            next: next.map(Cursor::show),
        },
    ))
}

/// One record.
#[utoipa::path(
    get, path = "/v1/transactions/{id}", tag = "transactions", security(("session" = []), ("access_token" = ["transactions:read"])),
    params(("id" = String, Path)),
    responses(
        (status = 200, body = TransactionView),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    id: PathText,
    caller: Principal,
) -> Result<Response, Problem> {
    let prefix = id.as_str().split('_').next().unwrap_or_default();
    let record = id.record(prefix)?;
    let (user, seal) = (caller.user(), app.clone());
    let found = app.read(move |tx, _| {
        let owned = wallet::account_ids(tx, user)?;
        Ok(records::find(&seal, tx, &owned, record)?)
    });
    let line = found.await?.ok_or(Code::NotFound)?;
    if shown(record, line.code as u16) != id.as_str() {
        return Err(Code::NotFound.into());
    }
    Ok(json(StatusCode::OK, &TransactionView::new(&line, user)))
}
