use std::{fmt, process::ExitCode};

/// Why a command ended without doing what was asked: one sentence for a person, and how the
/// process exits.
#[derive(Debug)]
pub struct Failure {
    kind: Kind,
    sentence: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    FoundWrong,
    UsedWrongly,
}

impl Failure {
    /// Exit code 1: what was looked at or needed is not as it must be.
    pub fn found_wrong(sentence: impl Into<String>) -> Self {
        Self {
            kind: Kind::FoundWrong,
            sentence: sentence.into(),
        }
    }

    /// Exit code 2: the command was given something it cannot work with.
    pub fn used_wrongly(sentence: impl Into<String>) -> Self {
        Self {
            kind: Kind::UsedWrongly,
            sentence: sentence.into(),
        }
    }

    pub fn exit_code(&self) -> ExitCode {
        match self.kind {
            Kind::FoundWrong => ExitCode::from(1),
            Kind::UsedWrongly => ExitCode::from(2),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Failure {}

/// Says what was being done when the operating system refused.
pub trait During<T> {
    /// Turns an error into exit code 1 with the sentence "`doing` failed: the reason".
    fn during(self, doing: impl fmt::Display) -> Result<T, Failure>;
}

impl<T, E: fmt::Display> During<T> for Result<T, E> {
    fn during(self, doing: impl fmt::Display) -> Result<T, Failure> {
        self.map_err(|error| Failure::found_wrong(format!("{doing} failed: {error}")))
    }
}
