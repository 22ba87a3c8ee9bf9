//! The frames of PostgreSQL's protocol, version 3: a letter, a length that counts itself, a body.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// Larger than any message of a test; a broken length must not become an allocation.
const MAX_LENGTH: u32 = 64 << 20;

pub(super) const CANCEL_REQUEST: u32 = 80_877_102;
pub(super) const SSL_REQUEST: u32 = 80_877_103;
pub(super) const GSS_REQUEST: u32 = 80_877_104;

/// The first message of a connection, which has no letter.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) code: u32,
    pub(super) bytes: Vec<u8>,
}

impl Opening {
    pub(super) async fn read(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Self> {
        let length = from.read_u32().await?;
        let code = from.read_u32().await?;
        let rest = checked(length)?
            .checked_sub(8)
            .ok_or_else(|| broken("a first message that is too short"))?;
        let mut bytes = Vec::with_capacity(rest + 8);
        bytes.extend(length.to_be_bytes());
        bytes.extend(code.to_be_bytes());
        bytes.resize(rest + 8, 0);
        from.read_exact(&mut bytes[8..]).await?;
        Ok(Self { code, bytes })
    }
}

/// One message after the first, letter and length included in `bytes`.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) letter: u8,
    pub(super) bytes: Vec<u8>,
}

impl Frame {
    pub(super) async fn read(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Self> {
        let letter = from.read_u8().await?;
        let length = from.read_u32().await?;
        let rest = checked(length)?
            .checked_sub(4)
            .ok_or_else(|| broken("a message that is too short"))?;
        let mut bytes = Vec::with_capacity(rest + 5);
        bytes.push(letter);
        bytes.extend(length.to_be_bytes());
        bytes.resize(rest + 5, 0);
        from.read_exact(&mut bytes[5..]).await?;
        Ok(Self { letter, bytes })
    }

    /// The texts that the body begins with, each ended by a zero byte.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.bytes[5..]
            .split(|byte| *byte == 0)
            .map_while(|text| std::str::from_utf8(text).ok())
    }
}

fn checked(length: u32) -> io::Result<usize> {
    if length > MAX_LENGTH {
        return Err(broken("a message that is too long"));
    }
    usize::try_from(length).map_err(io::Error::other)
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn message(letter: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).expect("a short message");
    let mut bytes = vec![letter];
    bytes.extend(length.to_be_bytes());
    bytes.extend(body);
    bytes
}

/// A simple query.
pub(super) fn query(sql: &str) -> Vec<u8> {
    let mut body = sql.as_bytes().to_vec();
    body.push(0);
    message(b'Q', &body)
}

/// An `ErrorResponse`; `severity` is `ERROR` or `FATAL`.
pub(super) fn error(severity: &str, sqlstate: &str, text: &str) -> Vec<u8> {
    let mut body = Vec::new();
    for (field, value) in [
        (b'S', severity),
        (b'V', severity),
        (b'C', sqlstate),
        (b'M', text),
    ] {
        body.push(field);
        body.extend(value.as_bytes());
        body.push(0);
    }
    body.push(0);
    message(b'E', &body)
}

/// `ReadyForQuery`, outside of a transaction.
pub(super) fn ready() -> Vec<u8> {
    message(b'Z', b"I")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn what_is_made_is_read_back() {
        let bytes = error("FATAL", "57P01", "terminating");
        let frame = Frame::read(&mut bytes.as_slice()).await.unwrap();
        assert_eq!((frame.letter, &frame.bytes), (b'E', &bytes));
        let texts: Vec<&str> = frame.texts().take(4).collect();
        assert_eq!(texts, ["SFATAL", "VFATAL", "C57P01", "Mterminating"]);
        let asked = query("COMMIT");
        let frame = Frame::read(&mut asked.as_slice()).await.unwrap();
        assert_eq!(frame.texts().next(), Some("COMMIT"));
    }

    #[tokio::test(flavor = "current_thread")]
    async fn absurd_lengths_are_refused() {
        for length in [0_u32, 3, u32::MAX] {
            let mut bytes = vec![b'Q'];
            bytes.extend(length.to_be_bytes());
            bytes.extend([0; 16]);
            let refused = Frame::read(&mut bytes.as_slice()).await.unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::InvalidData, "{length}");
            let opened = Opening::read(&mut &bytes[1..]).await.unwrap_err();
            assert_eq!(opened.kind(), io::ErrorKind::InvalidData, "{length}");
        }
    }
}
