//! A light HTTP/1.1 client: one kept-alive connection, one request at a time, no allocation per
//! answer. The load generator shares its cores with the server, so it must cost little; the test
//! harness uses the same one.

use std::{
    fmt::Write as _,
    io::{self, ErrorKind},
    net::SocketAddr,
    ops::Range,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Most header fields an answer may have.
const MAX_HEADERS: usize = 32;
/// Largest answer that is read, head and body.
const MAX_ANSWER: usize = 16 << 20;

/// A request as text, ready to be sent any number of times.
#[derive(Clone, Debug)]
pub struct Request {
    head: String,
    body: String,
}

impl Request {
    /// Starts a request; `path` carries its query already encoded.
    pub fn new(method: &str, path: &str) -> Self {
        let head = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n");
        Self {
            head,
            body: String::new(),
        }
    }

    pub fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    /// A POST of a JSON body.
    pub fn post(path: &str, body: &serde_json::Value) -> Self {
        let mut request = Self::new("POST", path).header("content-type", "application/json");
        request.body = body.to_string();
        request
    }

    /// Adds a header field; name and value are sent as given.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.head.push_str(name);
        self.head.push_str(": ");
        self.head.push_str(value);
        self.head.push_str("\r\n");
        self
    }

    /// Signs the request with a session or access token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// Names the intention.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// The bytes that go over the wire.
    pub fn render(&self) -> Vec<u8> {
        let mut text = String::with_capacity(self.head.len() + self.body.len() + 32);
        text.push_str(&self.head);
        if !self.body.is_empty() || self.head.starts_with("POST") {
            write!(text, "content-length: {}\r\n", self.body.len()).expect("writing to a string");
        }
        text.push_str("\r\n");
        text.push_str(&self.body);
        text.into_bytes()
    }
}

/// One answer, borrowed from its connection.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    pub status: u16,
    head: &'a [u8],
    pub body: &'a [u8],
}

impl Answer<'_> {
    /// The value of a header field, if it is there and text.
    pub fn header(&self, name: &str) -> Option<String> {
        let mut fields = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut parsed = httparse::Response::new(&mut fields);
        parsed.parse(self.head).ok()?;
        let field = parsed
            .headers
            .iter()
            .find(|field| field.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(field.value).ok().map(str::to_owned)
    }

    /// The body as JSON; `Null` if it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(self.body).unwrap_or_default()
    }

    /// True if an earlier answer was given again.
    pub fn is_replayed(&self) -> bool {
        self.header("idempotent-replayed")
            .is_some_and(|value| value == "true")
    }
}

/// A kept-alive connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(4096),
        })
    }

    /// Sends one rendered request and reads its answer. After an error the connection is unusable.
    pub async fn exchange(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let frame = loop {
            if let Some(frame) = Frame::parse(&self.buffer)? {
                break frame;
            }
            self.fill().await?;
        };
        while self.buffer.len() < frame.body.end {
            self.fill().await?;
        }
        Ok(Answer {
            status: frame.status,
            head: &self.buffer[..frame.body.start],
            body: &self.buffer[frame.body],
        })
    }

    /// Sends a request that is used once.
    pub async fn send(&mut self, request: &Request) -> io::Result<Answer<'_>> {
        self.exchange(&request.render()).await
    }

    /// Sends a request and leaves without waiting for the answer.
    pub async fn abandon(mut self, request: &Request) -> io::Result<()> {
        self.stream.write_all(&request.render()).await
    }

    async fn fill(&mut self) -> io::Result<()> {
        if self.buffer.len() > MAX_ANSWER {
            return Err(io::Error::new(
                ErrorKind::InvalidData,
                "the answer is too large",
            ));
        }
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

/// Where an answer's parts lie in the buffer.
struct Frame {
    status: u16,
    body: Range<usize>,
}

impl Frame {
    fn parse(buffer: &[u8]) -> io::Result<Option<Self>> {
        let mut fields = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut parsed = httparse::Response::new(&mut fields);
        let invalid = |why: &str| io::Error::new(ErrorKind::InvalidData, why.to_owned());
        let start = match parsed.parse(buffer) {
            Ok(httparse::Status::Complete(start)) => start,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(error) => return Err(invalid(&error.to_string())),
        };
        let status = parsed.code.ok_or_else(|| invalid("no status"))?;
        let length = match field(parsed.headers, "content-length") {
            Some(value) => std::str::from_utf8(value)
                .ok()
                .and_then(|text| text.parse().ok()),
            None if matches!(status, 204 | 304) => Some(0),
            None => None,
        };
        let length: usize = length.ok_or_else(|| invalid("no length"))?;
        Ok(Some(Self {
            status,
            body: start..start + length,
        }))
    }
}

fn field<'a>(fields: &[httparse::Header<'a>], name: &str) -> Option<&'a [u8]> {
    fields
        .iter()
        .find(|field| field.name.eq_ignore_ascii_case(name))
        .map(|field| field.value)
}
