//! What a client sends up to the next synchronisation: one query, or parse, bind, execute and
//! `Sync`. The server answers each group with one `ReadyForQuery`, whatever happens in it.

use std::collections::HashMap;

use super::wire::Frame;

/// What a group asks for, as far as chaos cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It ends with a COMMIT.
    Commit,
    /// It reads or writes rows.
    Statement,
    /// Everything else: BEGIN, ROLLBACK, SET, preparations, copies.
    Other,
}

/// Gathers frames into groups and remembers which name stands for which statement.
#[derive(Debug, Default)]
pub(super) struct Gatherer {
    bytes: Vec<u8>,
    executed: Vec<Kind>,
    statements: HashMap<String, Kind>,
    portals: HashMap<String, Kind>,
}

/// A frame's effect.
#[derive(Debug)]
pub(super) enum Gathered {
    /// The group goes on.
    More,
    /// A whole group, to be answered with one `ReadyForQuery`.
    Group(Kind, Vec<u8>),
    /// Not part of a group that chaos may touch; to be passed on as it is.
    Pass(Vec<u8>),
}

impl Gatherer {
    pub(super) fn take(&mut self, frame: Frame) -> Gathered {
        match frame.letter {
            b'Q' => {
                self.bytes.extend(&frame.bytes);
                self.executed
                    .push(kind_of(frame.texts().next().unwrap_or_default()));
                self.finish()
            }
            b'S' => {
                self.bytes.extend(&frame.bytes);
                self.finish()
            }
            b'P' | b'B' | b'E' | b'D' | b'C' => {
                self.note(&frame);
                self.bytes.extend(&frame.bytes);
                Gathered::More
            }
            // A flush, a copy, a password, the end: what was gathered goes with it.
            _ => {
                let mut bytes = std::mem::take(&mut self.bytes);
                bytes.extend(&frame.bytes);
                Gathered::Pass(bytes)
            }
        }
    }

    fn note(&mut self, frame: &Frame) {
        let mut texts = frame.texts().map(str::to_owned);
        let (first, second) = (texts.next().unwrap_or_default(), texts.next());
        match (frame.letter, second) {
            (b'P', Some(sql)) => {
                self.statements.insert(first, kind_of(&sql));
            }
            (b'B', Some(statement)) => {
                let kind = self.statements.get(&statement).copied();
                self.portals.insert(first, kind.unwrap_or(Kind::Other));
            }
            (b'E', _) => {
                let kind = self.portals.get(&first).copied();
                self.executed.push(kind.unwrap_or(Kind::Other));
            }
            _ => {}
        }
    }

    fn finish(&mut self) -> Gathered {
        let executed = std::mem::take(&mut self.executed);
        let kind = [Kind::Commit, Kind::Statement]
            .into_iter()
            .find(|kind| executed.contains(kind));
        let bytes = std::mem::take(&mut self.bytes);
        Gathered::Group(kind.unwrap_or(Kind::Other), bytes)
    }
}

/// A text of several statements counts by its last, which is where a commit would be.
fn kind_of(sql: &str) -> Kind {
    let mut statements = sql.split(';').map(str::trim);
    let last = statements.rfind(|text| !text.is_empty());
    let word = last.and_then(|text| text.split_whitespace().next());
    match word.unwrap_or_default().to_ascii_uppercase().as_str() {
        "COMMIT" | "END" => Kind::Commit,
        "SELECT" | "INSERT" | "UPDATE" | "DELETE" | "WITH" => Kind::Statement,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(letter: u8, texts: &[&str]) -> Frame {
        let mut bytes = vec![letter, 0, 0, 0, 0];
        for text in texts {
            bytes.extend(text.as_bytes());
            bytes.push(0);
        }
        Frame { letter, bytes }
    }

    #[test]
    fn commits_are_seen_in_both_protocols() {
        for (sql, kind) in [
            ("COMMIT", Kind::Commit),
            (" commit ; ", Kind::Commit),
            ("INSERT INTO t VALUES (1); COMMIT", Kind::Commit),
            ("with x as (select 1) select 1", Kind::Statement),
            ("BEGIN", Kind::Other),
            ("ROLLBACK", Kind::Other),
            ("", Kind::Other),
        ] {
            assert_eq!(kind_of(sql), kind, "{sql}");
            let mut simple = Gatherer::default();
            let gathered = simple.take(frame(b'Q', &[sql]));
            assert!(matches!(gathered, Gathered::Group(found, _) if found == kind));
            let mut extended = Gatherer::default();
            extended.take(frame(b'P', &["s1", sql]));
            extended.take(frame(b'S', &[]));
            extended.take(frame(b'B', &["", "s1"]));
            extended.take(frame(b'E', &[""]));
            let gathered = extended.take(frame(b'S', &[]));
            let Gathered::Group(found, bytes) = gathered else {
                panic!("{sql}: {gathered:?}");
            };
            assert!(found == kind && !bytes.is_empty(), "{sql}: {found:?}");
        }
    }

    #[test]
    fn preparing_is_not_executing() {
        let mut gatherer = Gatherer::default();
        gatherer.take(frame(b'P', &["s1", "COMMIT"]));
        gatherer.take(frame(b'D', &["Ss1"]));
        let gathered = gatherer.take(frame(b'S', &[]));
        assert!(matches!(gathered, Gathered::Group(Kind::Other, _)));
    }
}
