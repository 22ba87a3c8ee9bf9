//! One client and its connection to the server.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc,
};

use super::{
    Shared,
    fate::{Fate, Forged, Mishap, Truth},
    group::{Gathered, Gatherer, Kind},
    wire::{self, CANCEL_REQUEST, Frame, GSS_REQUEST, Opening, SSL_REQUEST},
};

/// What becomes of the server's answer to one group.
#[derive(Clone, Copy, Debug)]
enum Answer {
    Deliver,
    /// Waits for it, then closes everything.
    Cut,
    /// Waits for it and says something else.
    Forge(Forged),
    /// Never says anything again.
    Hole,
}

/// Relays until one side leaves or a fate closes both.
pub(super) async fn relay(mut client: TcpStream, shared: &Shared) -> io::Result<()> {
    client.set_nodelay(true)?;
    let opening = loop {
        let opening = Opening::read(&mut client).await?;
        match opening.code {
            // No encryption here; the client may go on without.
            SSL_REQUEST | GSS_REQUEST => client.write_all(b"N").await?,
            _ => break opening,
        }
    };
    let mut server = TcpStream::connect(shared.upstream).await?;
    server.set_nodelay(true)?;
    server.write_all(&opening.bytes).await?;
    if opening.code == CANCEL_REQUEST {
        let counted = &shared.counts.cancels;
        counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let _closed = server.read(&mut [0]).await?;
        return Ok(());
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let (say, hear) = mpsc::unbounded_channel();
    let asking = Asking {
        client: BufReader::new(from_client),
        server: to_server,
        answers: say,
        shared,
    };
    let answering = Answering {
        server: BufReader::new(from_server),
        client: to_client,
        answers: hear,
        hole: shared.plan.hole,
    };
    // Whichever ends first takes all four halves with it.
    tokio::select! {
        ended = asking.run() => ended,
        ended = answering.run() => ended,
    }
}

/// From the client to the server.
struct Asking<'a> {
    client: BufReader<OwnedReadHalf>,
    server: OwnedWriteHalf,
    answers: mpsc::UnboundedSender<Answer>,
    shared: &'a Shared,
}

impl Asking<'_> {
    async fn run(mut self) -> io::Result<()> {
        let mut gatherer = Gatherer::default();
        loop {
            let frame = Frame::read(&mut self.client).await?;
            match gatherer.take(frame) {
                Gathered::More => {}
                Gathered::Pass(bytes) => self.server.write_all(&bytes).await?,
                Gathered::Group(Kind::Commit, bytes) => self.commit(&bytes).await?,
                Gathered::Group(Kind::Statement, bytes) => self.statement(&bytes).await?,
                Gathered::Group(Kind::Other, bytes) => self.send(&bytes, Answer::Deliver).await?,
            }
        }
    }

    async fn send(&mut self, bytes: &[u8], answer: Answer) -> io::Result<()> {
        self.answers.send(answer).map_err(io::Error::other)?;
        self.server.write_all(bytes).await
    }

    async fn commit(&mut self, bytes: &[u8]) -> io::Result<()> {
        let rollback = wire::query("ROLLBACK");
        match self.shared.commit() {
            Fate::Pass => self.send(bytes, Answer::Deliver).await,
            Fate::CutBefore => Err(io::ErrorKind::ConnectionAborted.into()),
            Fate::CutAtOnce => {
                self.server.write_all(bytes).await?;
                Err(io::ErrorKind::ConnectionAborted.into())
            }
            Fate::CutAfter => self.send(bytes, Answer::Cut).await,
            Fate::Forge(forged, Truth::Committed) => self.send(bytes, Answer::Forge(forged)).await,
            Fate::Forge(forged, Truth::RolledBack) => {
                self.send(&rollback, Answer::Forge(forged)).await
            }
            Fate::Delay => {
                let longest = u64::try_from(self.shared.plan.delay.as_micros()).unwrap_or(1);
                let micros = self.shared.chance.below(longest.max(1));
                tokio::time::sleep(Duration::from_micros(micros)).await;
                self.send(bytes, Answer::Deliver).await
            }
            Fate::Hole(truth) => {
                if truth == Truth::Committed {
                    self.send(bytes, Answer::Hole).await?;
                }
                tokio::time::sleep(self.shared.plan.hole).await;
                Err(io::ErrorKind::TimedOut.into())
            }
        }
    }

    async fn statement(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self.shared.statement() {
            Mishap::None => self.send(bytes, Answer::Deliver).await,
            Mishap::Raise(sqlstate) => {
                let raise = format!(
                    "DO $$ BEGIN RAISE EXCEPTION 'chaos' USING ERRCODE = '{sqlstate}'; END $$"
                );
                self.send(&wire::query(&raise), Answer::Deliver).await
            }
            Mishap::Cut => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }
}

/// From the server to the client.
struct Answering {
    server: BufReader<OwnedReadHalf>,
    client: OwnedWriteHalf,
    answers: mpsc::UnboundedReceiver<Answer>,
    hole: Duration,
}

impl Answering {
    async fn run(mut self) -> io::Result<()> {
        let mut current = None;
        loop {
            let frame = Frame::read(&mut self.server).await?;
            let asked = current.or_else(|| self.answers.try_recv().ok());
            let is_last = frame.letter == b'Z';
            current = if is_last { None } else { asked };
            // What comes unasked, as at the start, is delivered.
            match asked.unwrap_or(Answer::Deliver) {
                Answer::Deliver => self.client.write_all(&frame.bytes).await?,
                Answer::Cut if is_last => return Err(io::ErrorKind::ConnectionAborted.into()),
                Answer::Forge(forged) if is_last => self.forge(forged).await?,
                Answer::Cut | Answer::Forge(_) => {}
                Answer::Hole => {
                    tokio::time::sleep(self.hole).await;
                    return Err(io::ErrorKind::TimedOut.into());
                }
            }
        }
    }

    async fn forge(&mut self, forged: Forged) -> io::Result<()> {
        let severity = if forged.is_fatal() { "FATAL" } else { "ERROR" };
        let mut bytes = wire::error(severity, forged.sqlstate(), "forged by a test");
        if !forged.is_fatal() {
            bytes.extend(wire::ready());
        }
        self.client.write_all(&bytes).await?;
        if forged.is_fatal() {
            self.client.shutdown().await?;
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(())
    }
}
