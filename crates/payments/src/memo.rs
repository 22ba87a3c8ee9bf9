//! The words that go with a payment: masked names as they were, and the note.

use ledger::Memo;

/// What a memo says. Names are masked already: the journal keeps no full name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoText {
    pub payer: String,
    pub payee: String,
    pub note: String,
}

/// Seals and opens memos with keys that this crate never sees.
pub trait MemoSeal: Send + Sync {
    /// Ciphertext for storage and a salted digest of the plain text for the proof.
    fn seal(&self, plain: &[u8]) -> Memo;
    /// The plain text again, `None` if the key is gone or the bytes were changed.
    fn open(&self, memo: &Memo) -> Option<Vec<u8>>;
}

impl MemoText {
    /// The three texts, each with its length in two bytes before it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes =
            Vec::with_capacity(6 + self.payer.len() + self.payee.len() + self.note.len());
        for text in [&self.payer, &self.payee, &self.note] {
            let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
            bytes.extend(length.to_be_bytes());
            bytes.extend(&text.as_bytes()[..usize::from(length)]);
        }
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (payer, rest) = text(bytes)?;
        let (payee, rest) = text(rest)?;
        let (note, rest) = text(rest)?;
        rest.is_empty().then_some(Self { payer, payee, note })
    }

    /// Opens a sealed memo; a missing one reads as empty texts.
    pub fn of(memo: Option<&Memo>, seal: &dyn MemoSeal) -> Option<Self> {
        memo.map_or_else(
            || Some(Self::default()),
            |memo| Self::from_bytes(&seal.open(memo)?),
        )
    }
}

fn text(bytes: &[u8]) -> Option<(String, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    let (body, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    Some((String::from_utf8(body.to_vec()).ok()?, rest))
}
