use super::{Hash, LeafHasher, leaf};

/// A private part of a record: shown with the salt that proves it, or only its commitment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Section<T> {
    Revealed { salt: [u8; 16], content: T },
    Hidden { commitment: Hash },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reveal {
    Show,
    Hide,
}

impl<T> Section<T> {
    /// Shows `content`, whose canonical bytes `put` writes, or hides it.
    pub(super) fn new(
        reveal: Reveal,
        salt: [u8; 16],
        content: T,
        put: impl FnOnce(&T, &mut Vec<u8>),
    ) -> Self {
        match reveal {
            Reveal::Show => Self::Revealed { salt, content },
            Reveal::Hide => {
                let commitment = leaf::commitment(&mut Vec::new(), &salt, |out| put(&content, out));
                Self::Hidden { commitment }
            }
        }
    }

    /// Appends the section's commitment to the leaf.
    pub(super) fn commit(&self, hasher: &mut LeafHasher, put: impl FnOnce(&T, &mut Vec<u8>)) {
        match self {
            Self::Revealed { salt, content } => hasher.commit(salt, |out| put(content, out)),
            Self::Hidden { commitment } => hasher.append(commitment),
        }
    }

    /// What is shown.
    pub const fn content(&self) -> Option<&T> {
        match self {
            Self::Revealed { content, .. } => Some(content),
            Self::Hidden { .. } => None,
        }
    }
}
