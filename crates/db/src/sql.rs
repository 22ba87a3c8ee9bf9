//! SQL text in the common subset, translated while the program is compiled.
//!
//! Placeholders are written `$1`, as PostgreSQL wants them. SQLite gives numbers to `$2, $1` by
//! first appearance, which would swap the two, so for SQLite every `$n` becomes `?n`. Both forms
//! have the same length; so has `{for_update}`, which SQLite does not need (one writer) and which
//! becomes blanks there, and a row lock on PostgreSQL. That makes the translation a constant:
//! nothing is cached, nothing is parsed.

/// One SQL statement in the common subset. Made by [`sql!`](crate::sql) only, so it is constant
/// and free of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sql {
    portable: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
    unlocked: &'static str,
}

impl Sql {
    #[doc(hidden)]
    #[must_use]
    pub const fn from_parts(
        portable: &'static str,
        sqlite: &'static str,
        postgres: &'static str,
        unlocked: &'static str,
    ) -> Sql {
        Sql {
            portable,
            sqlite,
            postgres,
            unlocked,
        }
    }

    /// The statement as written, with `$n`.
    #[must_use]
    pub const fn text(self) -> &'static str {
        self.portable
    }

    pub(crate) const fn for_sqlite(self) -> &'static str {
        self.sqlite
    }

    /// The statement as PostgreSQL takes it.
    #[must_use]
    pub const fn for_postgres(self) -> &'static str {
        self.postgres
    }

    /// The same for a snapshot, where PostgreSQL takes no row locks.
    pub(crate) const fn for_postgres_snapshot(self) -> &'static str {
        self.unlocked
    }
}

const FOR_UPDATE: &[u8] = b"{for_update}";
const LOCK: &[u8] = b" FOR UPDATE ";
const NO_LOCK: &[u8] = b"            ";

/// The bytes of `source` in PostgreSQL's dialect. `N` is the length of `source`.
#[doc(hidden)]
#[must_use]
pub const fn to_postgres<const N: usize>(source: &str) -> [u8; N] {
    with_lock(source, LOCK)
}

/// The same without row locks.
#[doc(hidden)]
#[must_use]
pub const fn to_postgres_snapshot<const N: usize>(source: &str) -> [u8; N] {
    with_lock(source, NO_LOCK)
}

const fn with_lock<const N: usize>(source: &str, lock: &[u8]) -> [u8; N] {
    let bytes = source.as_bytes();
    assert!(bytes.len() == N, "N is the length of the source");
    let mut out = [0_u8; N];
    let mut quoted = false;
    let mut at = 0;
    while at < N {
        out[at] = bytes[at];
        if bytes[at] == b'\'' {
            quoted = !quoted;
        } else if !quoted && bytes[at] == b'{' && starts_with(bytes, at, FOR_UPDATE) {
            put(&mut out, at, lock);
            at += FOR_UPDATE.len() - 1;
        }
        at += 1;
    }
    out
}

const fn put<const N: usize>(out: &mut [u8; N], from: usize, bytes: &[u8]) {
    let mut at = 0;
    while at < bytes.len() {
        out[from + at] = bytes[at];
        at += 1;
    }
}

/// The bytes of `source` in SQLite's dialect. `N` is the length of `source`.
#[doc(hidden)]
#[must_use]
pub const fn to_sqlite<const N: usize>(source: &str) -> [u8; N] {
    let bytes = source.as_bytes();
    assert!(bytes.len() == N, "N is the length of the source");
    let mut out = [0_u8; N];
    let mut quoted = false;
    let mut at = 0;
    while at < N {
        let byte = bytes[at];
        out[at] = byte;
        if byte == b'\'' {
            quoted = !quoted;
        } else if !quoted && byte == b'$' {
            assert!(
                at + 1 < N && bytes[at + 1].is_ascii_digit(),
                "a placeholder is $1, $2, …"
            );
            out[at] = b'?';
        } else if !quoted && byte == b'?' {
            panic!("write $1, not ?1");
        } else if !quoted && byte == b'{' {
            assert!(
                starts_with(bytes, at, FOR_UPDATE),
                "only {{for_update}} is known here"
            );
            put(&mut out, at, NO_LOCK);
            at += FOR_UPDATE.len() - 1;
        }
        at += 1;
    }
    assert!(!quoted, "a quote is not closed");
    out
}

const fn starts_with(bytes: &[u8], from: usize, wanted: &[u8]) -> bool {
    if bytes.len() - from < wanted.len() {
        return false;
    }
    let mut at = 0;
    while at < wanted.len() {
        if bytes[from + at] != wanted[at] {
            return false;
        }
        at += 1;
    }
    true
}

#[doc(hidden)]
#[must_use]
pub const fn as_text(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => panic!("translation keeps UTF-8"),
    }
}

/// Makes SQL constants.
///
/// `sql! { pub(crate) FIND = "SELECT … WHERE id = $1"; … }` defines one [`Sql`] constant per line,
/// and `ALL`, the list of them, so that a test can prepare every one. `sql!("…")` is one statement
/// in the middle of an expression. A text may be any constant, also `concat!(…)`.
#[macro_export]
macro_rules! sql {
    ($($(#[$meta:meta])* $vis:vis $name:ident = $text:expr;)+) => {
        $($(#[$meta])* $vis const $name: $crate::Sql = $crate::sql!($text);)+
        /// Every statement of this module, for the test that prepares them all.
        #[allow(dead_code, reason = "read by tests")]
        pub(crate) const ALL: &[$crate::Sql] = &[$($name),+];
    };
    ($text:expr) => {{
        const TEXT: &str = $text;
        const SQLITE: [u8; TEXT.len()] = $crate::to_sqlite::<{ TEXT.len() }>(TEXT);
        const POSTGRES: [u8; TEXT.len()] = $crate::to_postgres::<{ TEXT.len() }>(TEXT);
        const UNLOCKED: [u8; TEXT.len()] = $crate::to_postgres_snapshot::<{ TEXT.len() }>(TEXT);
        const SQL: $crate::Sql = $crate::Sql::from_parts(
            TEXT,
            $crate::as_text(&SQLITE),
            $crate::as_text(&POSTGRES),
            $crate::as_text(&UNLOCKED),
        );
        SQL
    }};
}

#[cfg(test)]
mod tests {
    #[test]
    fn placeholders_and_row_locks_are_translated_outside_quotes() {
        let sql =
            crate::sql!("SELECT '$1 {x} ?' FROM t WHERE b = $2 AND a = $10 {for_update} -- é");
        assert_eq!(
            sql.for_sqlite(),
            "SELECT '$1 {x} ?' FROM t WHERE b = ?2 AND a = ?10              -- é"
        );
        assert_eq!(
            sql.for_postgres(),
            "SELECT '$1 {x} ?' FROM t WHERE b = $2 AND a = $10  FOR UPDATE  -- é"
        );
        assert!(sql.text().contains("{for_update}"));
    }
}
