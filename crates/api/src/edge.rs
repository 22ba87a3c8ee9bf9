//! What every request passes before and after its handler, in this order:
//!
//! | # | step | may answer |
//! |---|---|---|
//! | 1 | name the request, note language and method | |
//! | 2 | a place among those in flight, by class | 503 overloaded |
//! | 3 | the host it is meant for, the page it comes from, the floor of its address | 421 403 429 |
//! | 4 | collect the body: 64 KiB (5 MiB where files go), 10 s | 413 408 400 |
//! | 5 | the handler, within 2 s (reads) or 5 s (writes), panics caught | 503 500 |
//! | 6 | write a problem's body, the headers, the counters | |

use std::{
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
    time::{Duration, Instant},
};

use axum::{
    body::{Body, HttpBody},
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::{
    App,
    access::{Access, Table},
    address::{ClientAddress, Hosts},
    language,
    metrics::RouteMetrics,
    problem::{Answering, Code, Problem},
    shield,
};

/// Largest JSON body.
pub(crate) const BODY_MOST: usize = 64 * 1024;
/// Largest file.
const FILE_MOST: usize = identity::verification::BYTES_MOST;
/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(10);
/// How long an answer may take.
const READ_TIME: Duration = Duration::from_secs(2);
const WRITE_TIME: Duration = Duration::from_secs(5);
/// How many may be in flight (reliability, section 5); a database's queue sheds earlier by its own
/// rule.
const READS_MOST: usize = 256;
const WRITES_MOST: usize = 1024;

/// What a route is to the edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Api,
    /// Takes one file as its body.
    Upload,
    /// The back office, at a door of its own.
    Ops,
    /// Health and metrics: never shed, so that an overload can be seen.
    Probe,
}

#[derive(Clone, Copy, Debug)]
enum Class {
    Read,
    Write,
    Probe,
}

/// How many requests are in flight.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    reads: AtomicUsize,
    writes: AtomicUsize,
}

/// A place in flight, given back when dropped.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Gate {
    fn enter(&self, class: Class) -> Result<Option<Place<'_>>, Problem> {
        let (count, most) = match class {
            Class::Read => (&self.reads, READS_MOST),
            Class::Write => (&self.writes, WRITES_MOST),
            Class::Probe => return Ok(None),
        };
        let place = Place(count);
        if count.fetch_add(1, Ordering::Relaxed) >= most {
            return Err(Code::Overloaded.into());
        }
        Ok(Some(place))
    }
}

/// One route as its requests pass the edge.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    pub(crate) app: App,
    pub(crate) kind: Kind,
    pub(crate) metrics: Arc<RouteMetrics>,
    /// Who may call.
    pub(crate) access: Table,
}

/// What the edge tells the handler.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub(crate) answering: Answering,
    pub(crate) body: Bytes,
    /// Who may call this route with this method.
    pub(crate) access: Access,
}

/// The whole way of one request.
pub(crate) async fn pass(State(lane): State<Arc<Lane>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.method();
    let answering = Answering {
        request: lane.app.name_request(),
        language: language::accepted(request.headers()),
        is_write: !method.is_safe(),
    };
    let class = match (lane.kind, answering.is_write) {
        (Kind::Probe, _) => Class::Probe,
        (Kind::Api | Kind::Upload | Kind::Ops, true) => Class::Write,
        (Kind::Api | Kind::Upload | Kind::Ops, false) => Class::Read,
    };
    let answer = match lane.app.gate().enter(class) {
        Ok(_place) => answer(&lane, answering, request, next).await,
        Err(problem) => {
            lane.app.metrics().shed.inc();
            Err(problem)
        }
    };
    let mut response = answer.unwrap_or_else(IntoResponse::into_response);
    if let Some(problem) = problem_of(&mut response) {
        response = problem.render(answering);
    }
    let cookies = lane.app.settings().cookies;
    shield::write_headers(response.headers_mut(), answering, cookies);
    note(&lane, &response, answering, began);
    response
}

/// Who asks, if they may ask here and now. Nothing is read of the body before.
fn admit(lane: &Lane, request: &Request) -> Result<Option<ClientAddress>, Problem> {
    let edges = &lane.app.settings().edges;
    let client = edges.client(request);
    // A probe comes from a load balancer that knows an address and no name.
    if lane.kind == Kind::Probe {
        return Ok(client);
    }
    let is_meant = match lane.kind {
        // The back office is this machine's own; its public name is nobody's business.
        Kind::Ops => Hosts::default().are_meant(request),
        _ => edges.hosts.are_meant(request),
    };
    if !is_meant {
        return Err(Code::HostNotServed.into());
    }
    if !request.method().is_safe() {
        shield::refuse_foreign_pages(request.headers())?;
    }
    if let (Some(client), Some(knock)) = (client, lane.access.knock(request.method()))
        && !lane.app.floor().allows(client, knock)
    {
        return Err(Code::RateLimited.into());
    }
    Ok(client)
}

async fn answer(
    lane: &Lane,
    answering: Answering,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let client = admit(lane, &request)?;
    let access = lane.access.of_method(request.method());
    let (mut parts, body) = request.into_parts();
    if let Some(client) = client {
        parts.extensions.insert(client);
    }
    let most = match lane.kind {
        Kind::Upload => FILE_MOST,
        Kind::Api | Kind::Ops | Kind::Probe => BODY_MOST,
    };
    let body = if answering.is_write {
        collect(&parts.headers, body, most).await?
    } else {
        Bytes::new()
    };
    parts.extensions.insert(Incoming {
        answering,
        body,
        access,
    });
    let handled = next.run(Request::from_parts(parts, Body::empty()));
    let (time, late) = match answering.is_write {
        true => (WRITE_TIME, Code::OutcomeUnknown),
        false => (READ_TIME, Code::DeadlineExceeded),
    };
    match tokio::time::timeout(time, catching(handled)).await {
        Ok(answer) => answer,
        Err(_) => Err(Problem::from(late).with_text("the answer took too long")),
    }
}

async fn collect(headers: &HeaderMap, body: Body, most: usize) -> Result<Bytes, Problem> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    if announced
        .and_then(|length| length.parse::<usize>().ok())
        .is_some_and(|l| l > most)
    {
        return Err(Code::BodyTooLarge.into());
    }
    let collecting = Limited::new(body, most).collect();
    match tokio::time::timeout(BODY_TIME, collecting).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Code::BodyTooLarge.into()),
        Ok(Err(_)) => Err(Problem::from(Code::MalformedJson).with_text("the body broke off")),
        Err(_) => Err(Code::BodyTimeout.into()),
    }
}

/// Runs a handler; a panic in it is a bug of ours, answered as one.
async fn catching(handled: impl Future<Output = Response>) -> Result<Response, Problem> {
    let mut handled = pin!(handled);
    poll_fn(|context| {
        // The handler is dropped after a panic and what it shares is guarded by locks that are
        // not poisoned, so nothing half-changed is seen again.
        match catch_unwind(AssertUnwindSafe(|| handled.as_mut().poll(context))) {
            Ok(poll) => poll.map(Ok),
            Err(_) => Poll::Ready(Err(Code::Internal.into())),
        }
    })
    .await
}

/// The problem that a handler or the router itself answered with.
fn problem_of(response: &mut Response) -> Option<Problem> {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        return Some(problem);
    }
    let is_refused_method = response.status() == StatusCode::METHOD_NOT_ALLOWED;
    is_refused_method.then(|| {
        let allow = response.headers().get(header::ALLOW).cloned();
        Problem::from(Code::MethodNotAllowed).with_allow(allow)
    })
}

fn note(lane: &Lane, response: &Response, answering: Answering, began: Instant) {
    let status = response.status();
    lane.metrics.note(status, began.elapsed());
    if status.is_server_error() {
        let (request, route) = (answering.request, lane.metrics.route());
        tracing::warn!(%request, route, status = status.as_u16(), "answered with a fault");
    } else {
        tracing::debug!(
            request = %answering.request,
            route = lane.metrics.route(),
            status = status.as_u16(),
            micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX),
            "answered"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gate_holds_each_class_on_its_own() {
        let gate = Gate::default();
        let places: Vec<_> = (0..READS_MOST).map(|_| gate.enter(Class::Read)).collect();
        assert!(places.iter().all(Result::is_ok));
        assert!(gate.enter(Class::Read).is_err());
        assert!(gate.enter(Class::Write).is_ok());
        assert!(gate.enter(Class::Probe).is_ok());
        drop(places);
        assert!(gate.enter(Class::Read).is_ok());
    }

    #[tokio::test]
    async fn a_panic_is_answered() {
        let outcome = catching(async { panic!("a bug") }).await;
        assert_eq!(outcome.expect_err("a problem").code(), Code::Internal);
    }
}
