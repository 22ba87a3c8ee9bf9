use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use identity::{
    ContactView, User,
    export::{self, Export},
    session, user,
};
use payments::{
    memo::MemoSeal,
    records::{self, Filter, Page},
    wallet,
};
use serde::Serialize;
use utoipa::ToSchema;
use vocab::{ExportId, UserId};

use super::{
    transactions::TransactionView,
    views::{AccountView, Done, done, json},
};
use crate::{
    App,
    caller::Caller,
    problem::{Problem, ProblemBody},
    query::PathText,
};

/// Records read at a time, and how many of them a copy holds at most, the newest.
const PAGE: usize = 500;
const RECORDS_MOST: usize = 100_000;
/// The version of the copy's format.
const FORMAT: &str = "tael-export-1";

/// A copy of a person's data.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExportView {
    id: String,
    /// `preparing`, `ready` or `gone`.
    state: &'static str,
    created_at: String,
    /// Ready: until when it can be fetched, once.
    expires_at: String,
}

impl From<Export> for ExportView {
    fn from(export: Export) -> Self {
        Self {
            id: export.id.to_string(),
            state: export.state.code(),
            created_at: export.created_at.to_string(),
            expires_at: export.expires_at.to_string(),
        }
    }
}

/// The copy itself.
#[derive(Serialize)]
struct Copy {
    format: &'static str,
    made_at: String,
    person: PersonCopy,
    consents: Vec<ConsentCopy>,
    sessions: Vec<SessionCopy>,
    accounts: Vec<AccountView>,
    transactions: Vec<TransactionView>,
    /// The records once more as CSV, for spreadsheets.
    transactions_csv: String,
}

#[derive(Serialize)]
struct PersonCopy {
    id: String,
    name: String,
    locale: &'static str,
    created_at: String,
    contacts: Vec<ContactCopy>,
}

#[derive(Serialize)]
struct ContactCopy {
    kind: &'static str,
    value: String,
    verified_at: String,
}

#[derive(Serialize)]
struct ConsentCopy {
    document: String,
    version: String,
    accepted_at: String,
}

#[derive(Serialize)]
struct SessionCopy {
    opened_at: String,
    last_seen_at: String,
    browser: String,
    address: String,
}

impl From<&ContactView> for ContactCopy {
    fn from(contact: &ContactView) -> Self {
        Self {
            kind: contact.kind.code(),
            value: contact.value.expose().to_owned(),
            verified_at: contact.verified_at.to_string(),
        }
    }
}

impl From<&User> for PersonCopy {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.to_string(),
            name: user.name.as_str().to_owned(),
            locale: user.locale.code(),
            created_at: user.created_at.to_string(),
            contacts: user.contacts.iter().map(ContactCopy::from).collect(),
        }
    }
}

/// Ask for a copy of everything that is known about oneself.
#[utoipa::path(
    post, path = "/v1/exports", tag = "exports", security(("session" = [])),
    responses(
        (status = 202, body = Done<ExportView>),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn request(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let session = caller.session;
    let export = app
        .write(move |tx, cx| export::request(tx, cx, &session))
        .await?;
    Ok(done(StatusCode::ACCEPTED, ExportView::from(export)))
}

/// How far the copy is.
#[utoipa::path(
    get, path = "/v1/exports/{id}", tag = "exports", security(("session" = [])),
    params(("id" = String, Path)),
    responses(
        (status = 200, body = ExportView),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn show(
    State(app): State<App>,
    id: PathText,
    caller: Caller,
) -> Result<Response, Problem> {
    let (user, id): (_, ExportId) = (caller.user(), id.id()?);
    let export = app
        .read(move |tx, cx| export::find(tx, cx, user, id))
        .await?;
    Ok(json(StatusCode::OK, &ExportView::from(export)))
}

/// Fetch the copy: once, then it is deleted here.
#[utoipa::path(
    post, path = "/v1/exports/{id}/download", tag = "exports", security(("session" = [])),
    params(("id" = String, Path)),
    responses(
        (status = 200, description = "The copy, JSON", body = String, content_type = "application/json"),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn download(
    State(app): State<App>,
    id: PathText,
    caller: Caller,
) -> Result<Response, Problem> {
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    const AS_FILE: HeaderValue = HeaderValue::from_static("attachment; filename=\"tael.json\"");
    let (user, id): (_, ExportId) = (caller.user(), id.id()?);
    let copy = app
        .write(move |tx, cx| export::fetch(tx, cx, user, id))
        .await?;
    let mut response = Response::new(Body::from(copy.to_vec()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, JSON);
    headers.insert(header::CONTENT_DISPOSITION, AS_FILE);
    Ok(response)
}

impl App {
    /// Puts waiting copies of people's data together. Gives how many.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn prepare_exports(&self) -> Result<usize, identity::Error> {
        let waiting = self.read(|tx, _| export::waiting(tx, 4)).await?;
        let count = waiting.len();
        for wanted in waiting {
            let copy = self.copy_of(wanted.user).await?;
            let bytes = serde_json::to_vec(&copy)
                .map_err(|error| db::Fault::internal(error.to_string()))?;
            self.write(move |tx, cx| export::finish(tx, cx, &wanted, &bytes))
                .await?;
        }
        Ok(count)
    }

    async fn copy_of(&self, id: UserId) -> Result<Copy, identity::Error> {
        let books = self.books().clone();
        let found = self.read(move |tx, cx| {
            let person = user::find(tx, cx, id)?;
            let consents = user::consents_of(tx, id)?;
            let sessions = session::list(tx, cx, id)?;
            Ok((
                person,
                consents,
                sessions,
                wallet::accounts_of(&books, tx, id)?,
            ))
        });
        let (person, consents, sessions, standings) = found.await?;
        let transactions = self.all_records(id).await?;
        let consents = consents.into_iter().map(|consent| ConsentCopy {
            document: consent.document,
            version: consent.version,
            accepted_at: consent.accepted_at.to_string(),
        });
        let sessions = sessions.iter().map(|view| SessionCopy {
            opened_at: view.session.created_at.to_string(),
            last_seen_at: view.session.last_seen_at.to_string(),
            browser: view.device.user_agent().to_owned(),
            address: view.device.address().to_owned(),
        });
        Ok(Copy {
            format: FORMAT,
            made_at: self.now().to_string(),
            person: PersonCopy::from(&person),
            consents: consents.collect(),
            sessions: sessions.collect(),
            accounts: standings.iter().map(AccountView::from).collect(),
            transactions_csv: csv_of(&transactions),
            transactions,
        })
    }

    async fn all_records(&self, id: UserId) -> Result<Vec<TransactionView>, identity::Error> {
        let mut all = Vec::new();
        let mut start = records::Start::Newest;
        while all.len() < RECORDS_MOST {
            let seal = self.clone();
            let page = Page { limit: PAGE, start };
            let found = self.read(move |tx, _| {
                let owned = wallet::account_ids(tx, id)?;
                let view = (seal.books(), &seal as &dyn MemoSeal);
                Ok(records::list(view, tx, &owned, &Filter::default(), page)?)
            });
            let (lines, next) = found.await?;
            all.extend(lines.iter().map(|line| TransactionView::new(line, id)));
            match next {
                Some(older) => start = records::Start::After(older),
                None => break,
            }
        }
        Ok(all)
    }
}

/// The records as CSV (RFC 4180), safe to open in a spreadsheet.
fn csv_of(transactions: &[TransactionView]) -> String {
    let mut csv =
        String::from("id,type,direction,amount,currency,counterparty,note,created_at\r\n");
    for transaction in transactions {
        let cells = transaction.cells();
        let line: Vec<String> = cells.iter().map(|cell| csv_cell(cell)).collect();
        csv.push_str(&line.join(","));
        csv.push_str("\r\n");
    }
    csv
}

/// One cell, quoted; what a spreadsheet would take for a formula gets an apostrophe before it
/// (ASVS 1.2.10).
fn csv_cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']);
    let guard = if is_formula { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::csv_cell;

    #[test]
    fn no_cell_is_a_formula() {
        let table = [
            ("=1+1", "\"'=1+1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("-5", "\"'-5\""),
            ("say \"hi\", then", "\"say \"\"hi\"\", then\""),
            ("plain", "\"plain\""),
        ];
        for (text, cell) in table {
            assert_eq!(csv_cell(text), cell);
        }
    }
}
