//! What happens, as it commits. A stream holds a bell, not content: woken, it looks whether its
//! session still lives and what is new since the last record it sent.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    extract::{FromRequestParts, State},
    http::{HeaderValue, header, request::Parts},
    response::{IntoResponse, Response, Sse, sse::Event},
};
use futures_core::Stream;
use payments::{
    Standing,
    memo::MemoSeal,
    records::{self, Filter, Line, Page},
    wallet,
};
use tokio::{sync::mpsc, time::sleep};
use vocab::{AccountId, Currency, RecordId};

use super::{transactions::TransactionView, views::AccountView};
use crate::{
    App,
    app::BELIEVED,
    hub::Listener,
    principal::Principal,
    problem::{Code, Problem, ProblemBody},
    query::wrong,
};

/// A comment this often tells both ends that the other is there; the session is looked at as often.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Events that wait for a slow reader.
const WAITING_MOST: usize = 64;
/// Records of an account read at a time.
const RECORDS_AT_ONCE: usize = 100;

/// The record after which a reader wants to go on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LastEvent(Option<RecordId>);

impl FromRequestParts<App> for LastEvent {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let Some(sent) = parts.headers.get("last-event-id") else {
            return Ok(Self(None));
        };
        let id = sent.to_str().ok().and_then(|text| text.parse().ok());
        id.map(|id| Self(Some(id)))
            .ok_or_else(|| wrong("Last-Event-ID", "must be the id of an event of this stream"))
    }
}

/// What happens to the person's money, as it commits.
///
/// Events: `transaction` (a record; its id resumes the stream) and `balance` (an account, first
/// of all accounts). A comment every 15 seconds. Ends with the session.
#[utoipa::path(
    get, path = "/v1/stream", tag = "stream", security(("session" = []), ("access_token" = ["stream:read"])),
    params(("Last-Event-ID" = Option<String>, Header, description = "Go on after this event")),
    responses(
        (status = 200, body = String, content_type = "text/event-stream"),
        (status = "4XX", body = ProblemBody), (status = "5XX", body = ProblemBody),
    ),
)]
pub(crate) async fn open(
    State(app): State<App>,
    last: LastEvent,
    caller: Principal,
) -> Result<Response, Problem> {
    let listener = app.hub().listen(caller.user())?;
    let (events, waiting) = mpsc::channel(WAITING_MOST);
    let mut feed = Feed {
        app,
        caller,
        listener,
        events,
        last: last.0,
        balances: BTreeMap::new(),
    };
    // The first look is part of the request, so whoever has the answer misses nothing after it.
    feed.watch().await?;
    tokio::spawn(feed.run());
    let mut response = Sse::new(Waiting(waiting)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// The reader's end.
struct Waiting(mpsc::Receiver<Event>);

impl Stream for Waiting {
    type Item = Result<Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(cx).map(|event| event.map(Ok))
    }
}

/// One open stream.
struct Feed {
    app: App,
    caller: Principal,
    listener: Listener,
    events: mpsc::Sender<Event>,
    /// The newest record that the reader knows.
    last: Option<RecordId>,
    /// Posted and held, as they were sent last.
    balances: BTreeMap<AccountId, (i64, i64)>,
}

/// A stream is over: its session ended, its reader left, or there was a fault.
struct Over;

impl From<Problem> for Over {
    fn from(problem: Problem) -> Self {
        tracing::debug!(code = problem.code().name(), "a stream ends");
        Self
    }
}

impl Feed {
    async fn run(mut self) {
        while self.tell_news().await.is_ok() {
            if self.wait().await.is_err() {
                return;
            }
        }
    }

    /// Until the bell rings. Where other servers may end the session it is looked at meanwhile.
    async fn wait(&mut self) -> Result<(), Over> {
        let pause = if self.app.db().is_shared() {
            BELIEVED
        } else {
            HEARTBEAT
        };
        let mut silent = Duration::ZERO;
        loop {
            let is_bell = tokio::select! {
                () = self.listener.rung() => true,
                () = self.events.closed() => return Err(Over),
                () = sleep(pause) => false,
            };
            silent += pause;
            if !is_bell && silent >= HEARTBEAT {
                silent = Duration::ZERO;
                self.send(Event::default().comment("alive")).await?;
            }
            if !self.is_allowed().await {
                return Err(Over);
            }
            if is_bell {
                return Ok(());
            }
        }
    }

    async fn is_allowed(&self) -> bool {
        !self.app.hub().is_closed() && self.caller.lives(&self.app).await
    }

    /// Watches the person's accounts, also those opened since; knows from where to tell.
    async fn watch(&mut self) -> Result<(), Problem> {
        let user = self.caller.user();
        let person = self
            .app
            .find_person(user)
            .await?
            .ok_or(Code::Unauthenticated)?;
        self.listener
            .watch(person.accounts.iter().map(|(account, _)| *account));
        if self.last.is_none() {
            let (owned, seal) = (person.accounts.clone(), self.app.clone());
            let page = Page {
                limit: 1,
                start: records::Start::Newest,
            };
            let newest = self.app.read(move |tx, _| {
                Ok(records::list(
                    (seal.books(), &seal),
                    tx,
                    &owned,
                    &Filter::default(),
                    page,
                )?)
            });
            let (lines, _) = newest.await?;
            let newest = lines.first().map(|line| line.record.id);
            self.last = Some(newest.unwrap_or(RecordId::from_raw(0)));
        }
        Ok(())
    }

    /// Sends what is new: records in their order, then the balances that changed.
    async fn tell_news(&mut self) -> Result<(), Over> {
        loop {
            self.watch().await?;
            let (lines, standings, is_all) = self.look().await?;
            for line in &lines {
                self.last = Some(line.record.id);
                let view = TransactionView::new(line, self.caller.user());
                let event = Event::default()
                    .event("transaction")
                    .id(line.record.id.to_string());
                self.send(event.json_data(view).map_err(|_| Over)?).await?;
            }
            if is_all {
                return self.tell_balances(&standings).await;
            }
        }
    }

    /// The records after the last, in their order, and all accounts; false if there are more.
    async fn look(&self) -> Result<(Vec<Line>, Vec<Standing>, bool), Problem> {
        let user = self.caller.user();
        let last = self.last.unwrap_or(RecordId::from_raw(0));
        let person = self
            .app
            .find_person(user)
            .await?
            .ok_or(Code::Unauthenticated)?;
        let (mut lines, mut until) = (Vec::new(), None::<RecordId>);
        for &account in &person.accounts {
            let some = self.app.records_since(account, last).await?;
            if some.len() == RECORDS_AT_ONCE {
                let cut = some.last().map(|line| line.record.id);
                until = until.into_iter().chain(cut).min();
            }
            lines.extend(some);
        }
        lines.retain(|line| until.is_none_or(|until| line.record.id <= until));
        lines.sort_by_key(|line| line.record.id);
        let books = self.app.books().clone();
        let standings = self
            .app
            .read(move |tx, _| Ok(wallet::accounts_of(&books, tx, user)?));
        Ok((lines, standings.await?, until.is_none()))
    }

    async fn tell_balances(&mut self, standings: &[Standing]) -> Result<(), Over> {
        for standing in standings {
            let account = &standing.account;
            let now = (account.posted, account.held);
            if self.balances.insert(account.id, now) == Some(now) {
                continue;
            }
            let event = Event::default().event("balance");
            let event = event
                .json_data(AccountView::from(standing))
                .map_err(|_| Over)?;
            self.send(event).await?;
        }
        Ok(())
    }

    async fn send(&self, event: Event) -> Result<(), Over> {
        self.events.send(event).await.map_err(|_| Over)
    }
}

impl App {
    /// The next records of an account after one, oldest first.
    async fn records_since(
        &self,
        account: (AccountId, Currency),
        last: RecordId,
    ) -> Result<Vec<Line>, Problem> {
        let seal = self.clone();
        // One account a read, and nothing read before: the books' tail is looked at first.
        let found = self.read(move |tx, _| {
            let view = (seal.books(), &seal as &dyn MemoSeal);
            Ok(records::since(view, tx, account, last, RECORDS_AT_ONCE)?)
        });
        Ok(found.await?)
    }
}
