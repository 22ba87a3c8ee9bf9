//! Values on their way to and from the server: numbers, text and bytes, in binary.

use std::error::Error;

use tokio_postgres::Row;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, Kind, ToSql, Type};

use crate::{Fault, Value, ValueRef};

/// One value for one placeholder, or a column of values for a placeholder that is an array.
#[derive(Debug)]
pub(super) enum Bound {
    One(Value),
    Many(Vec<Value>),
}

pub(super) fn owned(value: &ValueRef<'_>) -> Value {
    match *value {
        ValueRef::Null => Value::Null,
        ValueRef::Int(number) => Value::Int(number),
        ValueRef::Text(text) => Value::Text(text.to_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}

type Refused = Box<dyn Error + Sync + Send>;

fn write(value: ValueRef<'_>, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Refused> {
    match (value, ty) {
        (ValueRef::Null, _) => Ok(IsNull::Yes),
        (ValueRef::Int(number), &Type::INT8) => number.to_sql(ty, out),
        (ValueRef::Int(number), &Type::INT4) => i32::try_from(number)?.to_sql(ty, out),
        (ValueRef::Int(number), &Type::INT2) => i16::try_from(number)?.to_sql(ty, out),
        (ValueRef::Int(number @ (0 | 1)), &Type::BOOL) => (number == 1).to_sql(ty, out),
        (ValueRef::Text(text), _) if <&str as ToSql>::accepts(ty) => text.to_sql(ty, out),
        (ValueRef::Blob(bytes), &Type::BYTEA) => bytes.to_sql(ty, out),
        (_, ty) => Err(format!("the placeholder is of type {ty}").into()),
    }
}

/// A borrowed value, as the driver wants it.
#[derive(Debug)]
pub(super) struct One<'a>(pub(super) ValueRef<'a>);

impl ToSql for One<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Refused> {
        write(self.0, ty, out)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Refused> {
        self.to_sql(ty, out)
    }
}

impl ToSql for Bound {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Refused> {
        match (self, ty.kind()) {
            (Bound::One(value), _) => write(value.borrowed(), ty, out),
            (Bound::Many(values), Kind::Array(_)) => {
                let values: Vec<One<'_>> = values.iter().map(|v| One(v.borrowed())).collect();
                values.to_sql(ty, out)
            }
            (Bound::Many(_), _) => Err(format!("the placeholder is of type {ty}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Refused> {
        self.to_sql(ty, out)
    }
}

/// A stored value as it lies in the answer.
struct Stored<'a>(ValueRef<'a>);

impl<'a> FromSql<'a> for Stored<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Refused> {
        let value = match *ty {
            Type::INT8 => ValueRef::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => ValueRef::Int(i32::from_sql(ty, raw)?.into()),
            Type::INT2 => ValueRef::Int(i16::from_sql(ty, raw)?.into()),
            Type::BOOL => ValueRef::Int(bool::from_sql(ty, raw)?.into()),
            Type::BYTEA => ValueRef::Blob(raw),
            _ if <&str as FromSql<'_>>::accepts(ty) => ValueRef::Text(<&str>::from_sql(ty, raw)?),
            _ => return Err(format!("a column is of type {ty}").into()),
        };
        Ok(Stored(value))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// The value in a column of a row.
pub(crate) fn column(row: &Row, column: usize) -> Result<ValueRef<'_>, Fault> {
    match row.try_get::<_, Option<Stored<'_>>>(column) {
        Ok(stored) => Ok(stored.map_or(ValueRef::Null, |stored| stored.0)),
        Err(_) if column >= row.len() => {
            Err(Fault::internal(format!("there is no column {column}")))
        }
        Err(error) => Err(Fault::corrupt(format!("column {column}: {error}"))),
    }
}
