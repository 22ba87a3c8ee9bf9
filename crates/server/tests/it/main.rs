//! The real binary, as a person at a shell meets it.
