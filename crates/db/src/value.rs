//! What may be bound to a placeholder: whole numbers, text and bytes. There are no floats here.

use rusqlite::types::{ToSql, ToSqlOutput};

/// An owned value of a placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// The absent value.
    Null,
    /// A whole number: `{int64}`.
    Int(i64),
    /// UTF-8 text.
    Text(String),
    /// Bytes: `{blob}`.
    Blob(Vec<u8>),
}

/// A borrowed value of a placeholder, for hot loops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueRef<'a> {
    /// The absent value.
    Null,
    /// A whole number: `{int64}`.
    Int(i64),
    /// UTF-8 text.
    Text(&'a str),
    /// Bytes: `{blob}`.
    Blob(&'a [u8]),
}

impl Value {
    /// The same value, borrowed.
    #[must_use]
    pub fn borrowed(&self) -> ValueRef<'_> {
        match self {
            Value::Null => ValueRef::Null,
            Value::Int(number) => ValueRef::Int(*number),
            Value::Text(text) => ValueRef::Text(text),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }
    }
}

/// The values of one statement, as an array of [`Value`]: `params![id.as_str(), amount]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { [$($crate::Value::from($value)),*] };
}

/// The values of one statement, as an array of [`ValueRef`]: nothing is copied.
#[macro_export]
macro_rules! params_ref {
    ($($value:expr),* $(,)?) => { [$($crate::ValueRef::from($value)),*] };
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Int(number)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Value {
        Value::Int(i64::from(number))
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Value {
        Value::Int(i64::from(number))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Value {
        Value::Text(text.clone())
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Value {
        Value::Blob(bytes.to_vec())
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Value {
        Value::Blob(bytes)
    }
}

impl From<&Vec<u8>> for Value {
    fn from(bytes: &Vec<u8>) -> Value {
        Value::Blob(bytes.clone())
    }
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(bytes: [u8; N]) -> Value {
        Value::Blob(bytes.to_vec())
    }
}

impl<const N: usize> From<&[u8; N]> for Value {
    fn from(bytes: &[u8; N]) -> Value {
        Value::Blob(bytes.to_vec())
    }
}

impl<T> From<Option<T>> for Value
where
    Value: From<T>,
{
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Value::from)
    }
}

impl From<i64> for ValueRef<'_> {
    fn from(number: i64) -> Self {
        ValueRef::Int(number)
    }
}

impl<'a> From<&'a str> for ValueRef<'a> {
    fn from(text: &'a str) -> Self {
        ValueRef::Text(text)
    }
}

impl<'a> From<&'a [u8]> for ValueRef<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        ValueRef::Blob(bytes)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for ValueRef<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        ValueRef::Blob(bytes)
    }
}

impl<'a, T> From<Option<T>> for ValueRef<'a>
where
    ValueRef<'a>: From<T>,
{
    fn from(value: Option<T>) -> Self {
        value.map_or(ValueRef::Null, ValueRef::from)
    }
}

impl ToSql for ValueRef<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        use rusqlite::types::ValueRef as Bound;
        Ok(ToSqlOutput::Borrowed(match self {
            ValueRef::Null => Bound::Null,
            ValueRef::Int(number) => Bound::Integer(*number),
            ValueRef::Text(text) => Bound::Text(text.as_bytes()),
            ValueRef::Blob(bytes) => Bound::Blob(bytes),
        }))
    }
}
