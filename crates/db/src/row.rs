//! One row of an answer, read by column number and type.

use rusqlite::types::ValueRef as Stored;

use crate::Fault;

/// One row. Columns count from 0, in the order of the SELECT list. A value of another type than
/// the one asked for is a corrupt store, never a conversion.
#[derive(Debug)]
pub struct Row<'a> {
    row: &'a rusqlite::Row<'a>,
}

impl<'a> Row<'a> {
    pub(crate) fn new(row: &'a rusqlite::Row<'a>) -> Row<'a> {
        Row { row }
    }

    fn stored(&self, column: usize) -> Result<Stored<'a>, Fault> {
        Ok(self.row.get_ref(column)?)
    }

    /// A whole number.
    pub fn int(&self, column: usize) -> Result<i64, Fault> {
        self.opt_int(column)?
            .ok_or_else(|| unexpected(column, "a number", Stored::Null))
    }

    /// A whole number or NULL.
    pub fn opt_int(&self, column: usize) -> Result<Option<i64>, Fault> {
        match self.stored(column)? {
            Stored::Null => Ok(None),
            Stored::Integer(number) => Ok(Some(number)),
            other => Err(unexpected(column, "a number", other)),
        }
    }

    /// Text, lent for the time of the row.
    pub fn text(&self, column: usize) -> Result<&'a str, Fault> {
        self.opt_text(column)?
            .ok_or_else(|| unexpected(column, "text", Stored::Null))
    }

    /// Text or NULL.
    pub fn opt_text(&self, column: usize) -> Result<Option<&'a str>, Fault> {
        match self.stored(column)? {
            Stored::Null => Ok(None),
            Stored::Text(bytes) => std::str::from_utf8(bytes)
                .map(Some)
                .map_err(|_| Fault::corrupt(format!("column {column} is not UTF-8"))),
            other => Err(unexpected(column, "text", other)),
        }
    }

    /// Bytes, lent for the time of the row.
    pub fn blob(&self, column: usize) -> Result<&'a [u8], Fault> {
        self.opt_blob(column)?
            .ok_or_else(|| unexpected(column, "bytes", Stored::Null))
    }

    /// Bytes or NULL.
    pub fn opt_blob(&self, column: usize) -> Result<Option<&'a [u8]>, Fault> {
        match self.stored(column)? {
            Stored::Null => Ok(None),
            Stored::Blob(bytes) => Ok(Some(bytes)),
            other => Err(unexpected(column, "bytes", other)),
        }
    }

    /// Exactly `N` bytes: a hash, a key, an id.
    pub fn bytes<const N: usize>(&self, column: usize) -> Result<[u8; N], Fault> {
        let stored = self.blob(column)?;
        stored.try_into().map_err(|_| {
            Fault::corrupt(format!(
                "column {column} holds {} bytes, not {N}",
                stored.len()
            ))
        })
    }
}

fn unexpected(column: usize, wanted: &str, found: Stored<'_>) -> Fault {
    Fault::corrupt(format!(
        "column {column} should be {wanted}, it is {}",
        found.data_type()
    ))
}
