//! The edge: accepts connections and speaks HTTP on them, under the limits of
//! `docs/operations.md`. `axum::serve` sets no timer, so that a client could hold a connection
//! without ever finishing its first line; here every wait on a client has an end.

use std::{convert::Infallible, fmt, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo, http::Request};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto::Builder,
        graceful::{GracefulShutdown, Watcher},
    },
};
use rustix::io::Errno;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tower::ServiceExt as _;

use api::Network;
use crowd::Crowd;
use tokio_rustls::TlsAcceptor;
use watched::Watched;

mod crowd;
#[cfg(test)]
mod tests;
mod watched;

/// Headers of one request; hyper's own limit is 100.
const MAX_HEADERS: usize = 64;
/// Bytes of one HTTP/1 head, and of what is read at a time.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Bytes of one HTTP/2 head after decompression.
const MAX_HEADER_LIST: u32 = 16 * 1024;
/// Requests at a time on one HTTP/2 connection.
const MAX_STREAMS: u32 = 100;
/// Bytes that a client may send ahead on one HTTP/2 connection or stream.
const WINDOW: u32 = 256 * 1024;
/// Streams that a client may open and reset before they were looked at (rapid reset).
const MAX_PENDING_RESETS: usize = 20;
/// How often a silent HTTP/2 client is asked whether it is still there, and how long it may think.
const PING_EVERY: Duration = Duration::from_secs(20);
const PING_WAIT: Duration = Duration::from_secs(10);
/// How long an answer may wait for a client that does not read.
const WRITE_STALL: Duration = Duration::from_secs(30);
/// How long nothing is accepted after the process ran out of files or memory.
const ACCEPT_PAUSE: Duration = Duration::from_millis(75);

/// What the edge allows.
#[derive(Clone, Debug)]
pub struct Limits {
    /// For a request's head; an idle HTTP/1 connection is closed after it too.
    pub header_timeout: Duration,
    /// At a time; more wait to be accepted.
    pub max_connections: u32,
    /// At a time from one IPv4 address or one IPv6 network of 64 bits; more are closed at once.
    pub per_address: u32,
    /// Who may have more: proxies that come for many.
    pub spared: Vec<Network>,
    /// How long requests under way may go on once the server stops.
    pub drain: Duration,
}

/// Where connections come in, and whether they speak TLS.
pub struct Entrance {
    pub listener: TcpListener,
    pub tls: Option<TlsAcceptor>,
}

impl fmt::Debug for Entrance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entrance")
            .field("listener", &self.listener)
            .field("tls", &self.tls.is_some())
            .finish()
    }
}

/// Serves until `stop` is done, then closes the listener and lets the requests under way finish.
/// Answers how many connections had to be cut because they took longer than the drain.
pub async fn serve(
    entrance: Entrance,
    router: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> usize {
    let Entrance { listener, tls } = entrance;
    let crowd = Arc::new(Crowd::new(limits.per_address, limits.spared.clone()));
    let slots = Arc::new(Semaphore::new(limits.max_connections as usize));
    let graceful = GracefulShutdown::new();
    let builder = Arc::new(http(limits.header_timeout));
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut stop => break,
            accepted = accept(&listener, &slots) => accepted,
        };
        let (stream, peer, slot) = accepted;
        let Some(seat) = crowd.seat(peer.ip()) else {
            tracing::debug!("an address has too many connections");
            continue;
        };
        let connection = Connection {
            builder: builder.clone(),
            router: router.clone(),
            peer,
            header_timeout: limits.header_timeout,
        };
        let (tls, watcher) = (tls.clone(), graceful.watcher());
        tokio::spawn(async move {
            connection.enter(stream, tls, watcher).await;
            drop((slot, seat));
        });
    }
    drop(listener);
    let still_open = graceful.count();
    let mut finish = pin!(graceful.shutdown());
    match timeout(limits.drain, &mut finish).await {
        Ok(()) => 0,
        Err(_) => still_open.min(limits.max_connections as usize - slots.available_permits()),
    }
}

fn http(header_timeout: Duration) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .max_header_list_size(MAX_HEADER_LIST)
        .max_pending_accept_reset_streams(MAX_PENDING_RESETS)
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_WAIT);
    builder
}

/// The next connection for which there is a free slot.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    let slot = slots
        .clone()
        .acquire_owned()
        .await
        .expect("the semaphore is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                if stream.set_nodelay(true).is_ok() {
                    return (stream, peer, slot);
                }
            }
            Err(error) if is_shortage(&error) => {
                tracing::warn!(%error, "no connection can be accepted for the moment");
                sleep(ACCEPT_PAUSE).await;
            }
            // The client went away between its knock and our answer.
            Err(error) => tracing::debug!(%error, "a connection was not accepted"),
        }
    }
}

/// Whether this machine, not the client, is why a connection was not accepted.
fn is_shortage(error: &io::Error) -> bool {
    let shortages = [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM];
    Errno::from_io_error(error).is_some_and(|errno| shortages.contains(&errno))
}

struct Connection {
    builder: Arc<Builder<TokioExecutor>>,
    router: Router,
    peer: SocketAddr,
    header_timeout: Duration,
}

impl Connection {
    /// Greets in TLS first, if that is spoken here, within the time of a request's head.
    async fn enter(self, stream: TcpStream, tls: Option<TlsAcceptor>, watcher: Watcher) {
        let Some(tls) = tls else {
            return self.serve(stream, watcher).await;
        };
        match timeout(self.header_timeout, tls.accept(stream)).await {
            Ok(Ok(stream)) => self.serve(stream, watcher).await,
            Ok(Err(error)) => tracing::debug!(%error, "a client does not speak our TLS"),
            Err(_) => tracing::debug!("a client did not finish its greeting"),
        }
    }

    async fn serve<S>(self, stream: S, watcher: Watcher)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let Self {
            builder,
            router,
            peer,
            header_timeout,
        } = self;
        let io = TokioIo::new(Watched::new(stream, header_timeout, WRITE_STALL));
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            let router = router.clone();
            async move { Ok::<_, Infallible>(answer(router, request).await) }
        });
        let serving = builder.serve_connection(io, service).into_owned();
        if let Err(error) = watcher.watch(serving).await {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}

async fn answer(router: Router, request: Request<Incoming>) -> axum::http::Response<Body> {
    let Ok(response) = router.oneshot(request).await;
    response
}
