//! One row of an answer, read by column number and type.

use crate::{Fault, Value, ValueRef, pg};

/// One row. Columns count from 0, in the order of the SELECT list. A value of another type than
/// the one asked for is a corrupt store, never a conversion.
#[derive(Debug)]
pub struct Row<'a> {
    row: Source<'a>,
}

#[derive(Debug)]
enum Source<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

impl<'a> Row<'a> {
    pub(crate) fn new(row: &'a rusqlite::Row<'a>) -> Row<'a> {
        Row {
            row: Source::Sqlite(row),
        }
    }

    pub(crate) fn of_postgres(row: &'a tokio_postgres::Row) -> Row<'a> {
        Row {
            row: Source::Postgres(row),
        }
    }

    fn stored(&self, column: usize) -> Result<ValueRef<'a>, Fault> {
        match self.row {
            Source::Sqlite(row) => from_sqlite(row.get_ref(column)?, column),
            Source::Postgres(row) => pg::column(row, column),
        }
    }

    /// Whatever there is.
    pub(crate) fn value(&self, column: usize) -> Result<Value, Fault> {
        Ok(match self.stored(column)? {
            ValueRef::Null => Value::Null,
            ValueRef::Int(number) => Value::Int(number),
            ValueRef::Text(text) => Value::Text(text.to_owned()),
            ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
        })
    }

    /// A whole number.
    pub fn int(&self, column: usize) -> Result<i64, Fault> {
        self.opt_int(column)?
            .ok_or_else(|| unexpected(column, "a number", ValueRef::Null))
    }

    /// A whole number or NULL.
    pub fn opt_int(&self, column: usize) -> Result<Option<i64>, Fault> {
        match self.stored(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Int(number) => Ok(Some(number)),
            other => Err(unexpected(column, "a number", other)),
        }
    }

    /// Text, lent for the time of the row.
    pub fn text(&self, column: usize) -> Result<&'a str, Fault> {
        self.opt_text(column)?
            .ok_or_else(|| unexpected(column, "text", ValueRef::Null))
    }

    /// Text or NULL.
    pub fn opt_text(&self, column: usize) -> Result<Option<&'a str>, Fault> {
        match self.stored(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Text(text) => Ok(Some(text)),
            other => Err(unexpected(column, "text", other)),
        }
    }

    /// Bytes, lent for the time of the row.
    pub fn blob(&self, column: usize) -> Result<&'a [u8], Fault> {
        self.opt_blob(column)?
            .ok_or_else(|| unexpected(column, "bytes", ValueRef::Null))
    }

    /// Bytes or NULL.
    pub fn opt_blob(&self, column: usize) -> Result<Option<&'a [u8]>, Fault> {
        match self.stored(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Blob(bytes) => Ok(Some(bytes)),
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

fn from_sqlite(
    stored: rusqlite::types::ValueRef<'_>,
    column: usize,
) -> Result<ValueRef<'_>, Fault> {
    use rusqlite::types::ValueRef as Stored;
    match stored {
        Stored::Null => Ok(ValueRef::Null),
        Stored::Integer(number) => Ok(ValueRef::Int(number)),
        Stored::Text(bytes) => std::str::from_utf8(bytes)
            .map(ValueRef::Text)
            .map_err(|_| Fault::corrupt(format!("column {column} is not UTF-8"))),
        Stored::Blob(bytes) => Ok(ValueRef::Blob(bytes)),
        Stored::Real(_) => Err(Fault::corrupt(format!("column {column} is a float"))),
    }
}

fn unexpected(column: usize, wanted: &str, found: ValueRef<'_>) -> Fault {
    let found = match found {
        ValueRef::Null => "NULL",
        ValueRef::Int(_) => "a number",
        ValueRef::Text(_) => "text",
        ValueRef::Blob(_) => "bytes",
    };
    Fault::corrupt(format!("column {column} should be {wanted}, it is {found}"))
}
