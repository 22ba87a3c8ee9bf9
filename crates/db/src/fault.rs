//! What can go wrong below the domain, and whether the write may have happened.

use std::fmt;

use rusqlite::ErrorCode;

/// The kind of a [`Fault`]: what the caller may tell its client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The queue is full or too slow. Nothing was done; try again later.
    Overloaded,
    /// The disk is full or about to be. Nothing was done; reads go on.
    StorageFull,
    /// The write may or may not have become durable. Ask again with the same idempotency key.
    OutcomeUnknown,
    /// The store has stopped or could not run this now. Nothing was done.
    Unavailable,
    /// The store holds something that it must not hold. Nothing was done.
    Corrupt,
    /// Our own code or SQL is wrong. Nothing was done.
    Internal,
}

/// A failure of the world below the domain. Never a refusal by the rules, and never personal data:
/// the text holds names of tables and reasons, not values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    kind: FaultKind,
    text: String,
    /// The store cannot be written any more: the writer has to stop for ever.
    fatal: bool,
    /// A COMMIT that fails like this has stored nothing.
    definite_at_commit: bool,
    again: Again,
}

/// Whether the same transaction may succeed if it is run once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    Never,
    /// Another transaction was in the way.
    Here,
    /// This connection is lost, or leads to a server that only reads.
    Elsewhere,
}

impl Fault {
    /// What stored bytes mean cannot be understood: a value of the wrong type or shape.
    #[must_use]
    pub fn corrupt(text: impl Into<String>) -> Fault {
        Fault::new(FaultKind::Corrupt, text)
    }

    /// A bug of ours that was found in time.
    #[must_use]
    pub fn internal(text: impl Into<String>) -> Fault {
        Fault::new(FaultKind::Internal, text)
    }

    pub(crate) fn new(kind: FaultKind, text: impl Into<String>) -> Fault {
        Fault {
            kind,
            text: text.into(),
            fatal: false,
            definite_at_commit: false,
            again: Again::Never,
        }
    }

    /// What was read is not true any more, because another server wrote meanwhile: the
    /// transaction is rolled back and run once more, a few times.
    #[must_use]
    pub fn again(text: impl Into<String>) -> Fault {
        Fault::new(FaultKind::Unavailable, text).that_may_pass(Again::Here)
    }

    pub(crate) fn that_may_pass(self, again: Again) -> Fault {
        Fault { again, ..self }
    }

    pub(crate) fn may_pass(&self) -> Again {
        self.again
    }

    /// The same, with the statement that it is about.
    pub(crate) fn about(mut self, sql: &str) -> Fault {
        self.text = format!("{}: {sql}", self.text);
        self
    }

    pub(crate) fn definite_at_commit(self) -> Fault {
        Fault {
            definite_at_commit: true,
            ..self
        }
    }

    /// Nobody can say what became of a COMMIT; the store goes on all the same.
    pub(crate) fn unresolved(text: impl Into<String>) -> Fault {
        Fault::new(FaultKind::OutcomeUnknown, text)
    }

    /// The answer of a ticket whose writer went away in the middle.
    pub(crate) fn lost() -> Fault {
        Fault::new(
            FaultKind::OutcomeUnknown,
            "the writer ended before it answered",
        )
    }

    pub(crate) fn stopped(reason: &str) -> Fault {
        Fault::new(
            FaultKind::Unavailable,
            format!("the store has stopped: {reason}"),
        )
    }

    pub(crate) fn storage_full() -> Fault {
        Fault::new(FaultKind::StorageFull, "the disk is full")
    }

    /// This fault as it stands after a failed COMMIT that may be durable all the same.
    pub(crate) fn in_doubt(self) -> Fault {
        Fault {
            kind: FaultKind::OutcomeUnknown,
            fatal: true,
            ..self
        }
    }

    pub(crate) fn simulated_commit_error() -> Fault {
        let text = "simulated I/O error at COMMIT";
        Fault {
            fatal: true,
            ..Fault::new(FaultKind::OutcomeUnknown, text)
        }
    }

    /// Whether a COMMIT that failed like this has certainly stored nothing. Of everything else,
    /// only a fresh start can tell: a failed sync may have reached the disk all the same.
    pub(crate) fn is_definite_at_commit(&self) -> bool {
        self.definite_at_commit
    }

    /// What happened.
    #[must_use]
    pub fn kind(&self) -> FaultKind {
        self.kind
    }

    /// True when nothing of the write is stored or ever will be; false when nobody can say.
    #[must_use]
    pub fn is_definite(&self) -> bool {
        self.kind != FaultKind::OutcomeUnknown
    }

    /// True when the store must not be written again by this program.
    pub(crate) fn is_fatal(&self) -> bool {
        self.fatal
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.text)
    }
}

impl std::error::Error for Fault {}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Fault {
        let kind = match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => FaultKind::StorageFull,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => FaultKind::Corrupt,
            Some(
                ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::OperationInterrupted
                | ErrorCode::OutOfMemory,
            ) => FaultKind::Unavailable,
            _ => FaultKind::Internal,
        };
        let code = error.sqlite_error_code();
        let fatal = matches!(
            code,
            Some(ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
        );
        let definite_at_commit = matches!(
            code,
            Some(ErrorCode::DiskFull | ErrorCode::DatabaseBusy | ErrorCode::ConstraintViolation)
        );
        Fault {
            kind,
            text: error.to_string(),
            fatal,
            definite_at_commit,
            again: Again::Never,
        }
    }
}
