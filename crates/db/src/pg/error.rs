//! What an error of the server or of the way to it means.

use std::error::Error as _;

use tokio_postgres::Error;
use tokio_postgres::error::{DbError, Severity};

use crate::fault::Again;
use crate::{Fault, FaultKind};

/// The fault that an error is; no value of a row is in its text.
pub(super) fn fault(error: &Error) -> Fault {
    match error.as_db_error() {
        Some(told) => of_code(told.code().code(), told.message()),
        None if is_ours(error) => Fault::internal(described(error)),
        None => lost(&described(error)),
    }
}

/// The same for a statement before a COMMIT that was perhaps sent along: once the server has told
/// an error and goes on, that COMMIT can only have rolled back.
pub(super) fn before_commit(error: &Error) -> Fault {
    let told = error.as_db_error().and_then(DbError::parsed_severity);
    match told {
        Some(Severity::Error) => fault(error).definite_at_commit(),
        _ => fault(error),
    }
}

/// The connection cannot be used any more.
pub(super) fn lost(why: &str) -> Fault {
    let text = format!("the connection to the database is lost: {why}");
    Fault::new(FaultKind::Unavailable, text).that_may_pass(Again::Elsewhere)
}

/// A value did not fit its placeholder or column; the connection is as it was.
fn is_ours(error: &Error) -> bool {
    let text = error.to_string();
    !error.is_closed() && (text.contains("serializing") || text.contains("column"))
}

fn described(error: &Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

fn of_code(code: &str, message: &str) -> Fault {
    let text = format!("{code}: {message}");
    let fault = |kind| Fault::new(kind, text.clone());
    match code {
        "40001" | "40P01" => fault(FaultKind::Unavailable)
            .that_may_pass(Again::Here)
            .definite_at_commit(),
        // Between a look and an insert somebody else inserted, or a row is newer than what was to
        // be put over it: the next look finds it.
        "23505" | "23502" => fault(FaultKind::Internal)
            .that_may_pass(Again::Here)
            .definite_at_commit(),
        "53100" => fault(FaultKind::StorageFull),
        "53200" | "53300" | "53400" | "55P03" | "57014" | "25P03" => fault(FaultKind::Unavailable),
        // The server only reads, or is going away.
        "25006" | "57P01" | "57P02" | "57P03" => {
            fault(FaultKind::Unavailable).that_may_pass(Again::Elsewhere)
        }
        "XX001" | "XX002" => fault(FaultKind::Corrupt),
        _ if code.starts_with("08") => {
            fault(FaultKind::Unavailable).that_may_pass(Again::Elsewhere)
        }
        _ if code.starts_with("23") => fault(FaultKind::Internal).definite_at_commit(),
        _ => fault(FaultKind::Internal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_rolled_back_for_certain_is_definite_at_commit() {
        for (code, kind, again, definite) in [
            ("40001", FaultKind::Unavailable, Again::Here, true),
            ("40P01", FaultKind::Unavailable, Again::Here, true),
            ("23505", FaultKind::Internal, Again::Here, true),
            ("23502", FaultKind::Internal, Again::Here, true),
            ("23514", FaultKind::Internal, Again::Never, true),
            ("40003", FaultKind::Internal, Again::Never, false),
            ("57014", FaultKind::Unavailable, Again::Never, false),
            ("57P01", FaultKind::Unavailable, Again::Elsewhere, false),
            ("08006", FaultKind::Unavailable, Again::Elsewhere, false),
            ("25006", FaultKind::Unavailable, Again::Elsewhere, false),
            ("53100", FaultKind::StorageFull, Again::Never, false),
        ] {
            let fault = of_code(code, "");
            assert_eq!(fault.kind(), kind, "{code}");
            assert_eq!(fault.may_pass(), again, "{code}");
            assert_eq!(fault.is_definite_at_commit(), definite, "{code}");
        }
    }
}
