//! Secrets that bind a flow to the client that began it: 256 random bits that only it keeps.

use std::fmt::{self, Write};

use crate::{
    Cx, Secret,
    keys::{Tag, digest, is_same},
};

/// Random bytes of a ticket (ASVS 7.2.3: at least 128 bits).
const BYTES: usize = 32;

/// A binding as the server knows it: only its hash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Binding(Tag);

impl Binding {
    /// Reads what a client presents.
    pub fn read(presented: &str) -> Self {
        Self(digest(presented))
    }

    pub(crate) const fn hash(&self) -> &Tag {
        &self.0
    }

    /// Compares in a time that does not depend on where the two differ.
    pub(crate) fn is(&self, hash: &Tag) -> bool {
        is_same(&self.0, hash)
    }
}

impl fmt::Debug for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Binding([hashed])")
    }
}

/// A new ticket under a prefix that tells its kind.
pub(crate) fn draw(cx: &Cx<'_>, prefix: &str) -> Secret {
    let random: [u8; BYTES] = cx.entropy.bytes();
    let mut text = String::with_capacity(prefix.len() + 2 * BYTES);
    text.push_str(prefix);
    for byte in random {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Secret::new(text)
}
