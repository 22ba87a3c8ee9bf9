//! JSON in and out. What comes in is read into a tree once, strictly, and then field by field into
//! a body's type, collecting everything that is wrong with its place; nothing is guessed.

mod reading;
mod tree;
mod words;

pub(crate) use reading::{FromJson, Reading, body};
pub(crate) use tree::Json;
pub(crate) use words::{
    Amount, AmountView, Count, Credential, CurrencyCode, LongSecret, MoneyBody, MoneyView, Note,
    Password, Reference, SecretText, Statement, Text, Texts,
};

use crate::problem::{Code, Problem};

/// Reads a whole body.
pub(crate) fn parse<T: FromJson>(bytes: &[u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Problem::from(Code::MalformedJson).with_text("the body is not UTF-8"))?;
    let tree: Json<'_> = serde_json::from_str(text).map_err(|error| {
        let place = format!(
            "not JSON at line {}, column {}",
            error.line(),
            error.column()
        );
        Problem::from(Code::MalformedJson).with_text(place)
    })?;
    let mut reading = Reading::default();
    let read = T::from_json(&tree, &mut reading);
    match (read, reading.into_errors()) {
        (Some(value), errors) if errors.is_empty() => Ok(value),
        (_, errors) => Err(Problem::fields(errors)),
    }
}

#[cfg(test)]
mod tests;
