//! Passwords known to have leaked: a file of SHA-1 hashes in hexadecimal, one a line and sorted, as
//! the public collections are handed out (`HASH` or `HASH:COUNT`). It is searched where it lies, so
//! a file of many gigabytes costs no memory.

use std::{fmt, fs::File, os::unix::fs::FileExt, path::Path};

use identity::policy::LeakedPasswords;

use crate::failure::{During, Failure};

/// Hexadecimal digits of a SHA-1.
const DIGITS: usize = 40;
/// Longest line: a hash, a colon, a count, an end.
const LINE: usize = 64;

/// The file, open.
pub(crate) struct LeakedFile {
    file: File,
    length: u64,
}

impl fmt::Debug for LeakedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeakedFile")
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

impl LeakedFile {
    /// Opens the file and looks at its first line.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let file = File::open(path).during("opening the list of leaked passwords")?;
        let length = file
            .metadata()
            .during("measuring the list of leaked passwords")?
            .len();
        let leaked = Self { file, length };
        match leaked.line_from(0) {
            Some((_, first)) if first.len() == DIGITS => Ok(leaked),
            _ => Err(Failure::used_wrongly(
                "the list of leaked passwords must begin with a SHA-1 in hexadecimal",
            )),
        }
    }

    /// The hash in the first whole line at or behind a place, and where that line starts.
    fn line_from(&self, place: u64) -> Option<(u64, String)> {
        let start = match place {
            0 => 0,
            _ => {
                let mut buffer = [0; LINE];
                // A line that begins just here is whole: look for the end before it.
                let read = self.file.read_at(&mut buffer, place - 1).ok()?;
                let end = buffer[..read].iter().position(|&byte| byte == b'\n')?;
                place + u64::try_from(end).ok()?
            }
        };
        if start >= self.length {
            return None;
        }
        let mut buffer = [0; DIGITS];
        self.file.read_exact_at(&mut buffer, start).ok()?;
        let is_hash = buffer.iter().all(u8::is_ascii_hexdigit);
        let hash = String::from_utf8(buffer.to_vec()).ok()?;
        is_hash.then(|| (start, hash.to_ascii_uppercase()))
    }
}

impl LeakedPasswords for LeakedFile {
    fn holds(&self, sha1: &[u8; 20]) -> bool {
        let wanted: String = sha1.iter().map(|byte| format!("{byte:02X}")).collect();
        let (mut low, mut high) = (0, self.length);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.line_from(middle) {
                None => high = middle,
                Some((_, hash)) if hash == wanted => return true,
                Some((_, hash)) if hash > wanted => high = middle,
                Some((start, _)) => low = start.max(middle) + 1,
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn hash(n: u32) -> [u8; 20] {
        let mut bytes = [0; 20];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        bytes
    }

    #[test]
    fn every_line_is_found_and_nothing_between() {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        for n in 0..500_u32 {
            let hex: String = hash(n * 7)
                .iter()
                .map(|byte| format!("{byte:02X}"))
                .collect();
            let end = if n % 2 == 0 { "\r\n" } else { "\n" };
            write!(file, "{hex}:{}{end}", n * 13).expect("written");
        }
        let leaked = LeakedFile::open(file.path()).expect("a list");
        for n in 0..3_500 {
            assert_eq!(leaked.holds(&hash(n)), n % 7 == 0, "{n}");
        }
    }

    #[test]
    fn a_file_of_something_else_is_refused() {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        writeln!(file, "password").expect("written");
        assert!(LeakedFile::open(file.path()).is_err());
    }
}
