//! The words that bodies are made of.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeStruct};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, OneOfBuilder, RefOr, Schema,
        schema::{KnownFormat, SchemaFormat, Type},
    },
};
use vocab::{Currency, Money};

use super::{FromJson, Json, Reading, body};
use crate::problem::Code;

/// The largest whole number that every JSON reader keeps exactly, 2^53.
const EXACT_MOST: i64 = 1 << 53;

body! {
    /// A sum of money.
    #[schema(as = MoneyRequest)]
    pub(crate) struct MoneyBody {
        /// Whole minor units above zero (fen, cents).
        amount: Amount,
        /// ISO 4217 code.
        currency: CurrencyCode,
    }
}

impl MoneyBody {
    pub(crate) const fn money(&self) -> Money {
        Money::new(self.amount.0, self.currency.0)
    }
}

/// Minor units, above zero: a JSON integer, or decimal digits in a string.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Amount(i64);

impl Amount {
    /// Minor units, above zero.
    pub(crate) const fn minor(self) -> i64 {
        self.0
    }
}

/// A whole number from 0 to 2^53.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(value_type = i64)]
pub(crate) struct Count(pub(crate) i64);

impl FromJson for Count {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        match json {
            Json::Whole(number) if (0..=EXACT_MOST).contains(number) => Some(Self(*number)),
            _ => reading.refuse(Code::InvalidField, "must be a whole number, zero or more"),
        }
    }
}

/// One to 50 texts of up to 255 bytes.
#[derive(Clone, Debug, ToSchema)]
#[schema(value_type = Vec<String>)]
pub(crate) struct Texts(pub(crate) Vec<String>);

impl FromJson for Texts {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        let wrong = "must be a list of 1 to 50 texts";
        let Json::List(items) = json else {
            return reading.refuse(Code::InvalidField, wrong);
        };
        let text = |item: &Json<'_>| match item {
            Json::Text(text) if text.len() <= 255 && !text.contains('\0') => Some(text.to_string()),
            _ => None,
        };
        match items.iter().map(text).collect::<Option<Vec<String>>>() {
            Some(texts) if (1..=50).contains(&texts.len()) => Some(Self(texts)),
            _ => reading.refuse(Code::InvalidField, wrong),
        }
    }
}

impl FromJson for Amount {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        let minor = match json {
            Json::Whole(minor) => Some(*minor),
            Json::Text(text) => Money::parse_minor(text).ok(),
            _ => None,
        };
        match minor {
            Some(minor) if minor > 0 => Some(Self(minor)),
            _ => reading.refuse(
                Code::InvalidAmount,
                "must be a whole number of minor units from 1 to 9223372036854775807",
            ),
        }
    }
}

impl ToSchema for Amount {}

impl PartialSchema for Amount {
    fn schema() -> RefOr<Schema> {
        let number = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .minimum(Some(1));
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[1-9][0-9]{0,18}$"));
        OneOfBuilder::new().item(number).item(text).into()
    }
}

/// An enabled currency by its ISO 4217 code.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(value_type = String, examples("CNY"))]
pub(crate) struct CurrencyCode(pub(crate) Currency);

impl FromJson for CurrencyCode {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        let Json::Text(code) = json else {
            return reading.refuse(Code::InvalidCurrency, "must be an ISO 4217 code");
        };
        match code.parse() {
            Ok(currency) => Some(Self(currency)),
            Err(_) => reading.refuse(Code::InvalidCurrency, "must be an enabled ISO 4217 code"),
        }
    }
}

/// A sum of money in an answer. Above 2^53 the amount is a string of digits.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(as = Money)]
pub(crate) struct MoneyView {
    /// Minor units.
    #[schema(value_type = AmountView)]
    amount: i64,
    #[schema(value_type = String)]
    currency: Currency,
}

impl MoneyView {
    /// The amount in digits and the currency's code.
    pub(crate) fn words(self) -> (String, String) {
        (self.amount.to_string(), self.currency.code().to_owned())
    }
}

impl From<Money> for MoneyView {
    fn from(money: Money) -> Self {
        Self {
            amount: money.minor,
            currency: money.currency,
        }
    }
}

impl Serialize for MoneyView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut money = serializer.serialize_struct("Money", 2)?;
        money.serialize_field("amount", &AmountView(self.amount))?;
        money.serialize_field("currency", self.currency.code())?;
        money.end()
    }
}

/// Minor units in an answer, where the currency stands beside them: an integer, above 2^53 a string
/// of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AmountView(pub(crate) i64);

impl ToSchema for AmountView {}

impl PartialSchema for AmountView {
    fn schema() -> RefOr<Schema> {
        let number = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)));
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^-?[0-9]{1,19}$"));
        OneOfBuilder::new().item(number).item(text).into()
    }
}

impl Serialize for AmountView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if (-EXACT_MOST..=EXACT_MOST).contains(&self.0) {
            serializer.serialize_i64(self.0)
        } else {
            serializer.collect_str(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for AmountView {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = match Json::deserialize(deserializer)? {
            Json::Whole(minor) => Some(minor),
            Json::Text(text) => Money::parse_minor(&text).ok(),
            _ => None,
        };
        read.map(Self)
            .ok_or_else(|| de::Error::custom("not a whole number of minor units"))
    }
}

/// Any text up to 255 characters, whose meaning a room below decides.
#[derive(Clone, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, max_length = 255)]
pub(crate) struct Text(pub(crate) String);

impl FromJson for Text {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        let text = reading.text(json)?;
        if text.chars().count() > 255 {
            return reading.refuse(Code::InvalidField, "must have at most 255 characters");
        }
        Some(Self(text.to_owned()))
    }
}

/// A note to a payment: up to 200 characters, no control characters but line ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, max_length = 200)]
pub(crate) struct Note(pub(crate) String);

impl FromJson for Note {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        let text = reading.text(json)?;
        if text.chars().count() > 200 {
            return reading.refuse(Code::InvalidField, "must have at most 200 characters");
        }
        if text.chars().any(|c| c.is_control() && c != '\n') {
            return reading.refuse(Code::InvalidField, "must not contain control characters");
        }
        Some(Self(text.to_owned()))
    }
}

/// What somebody has to say, in up to 4,000 characters; a room below decides how much it takes.
#[derive(Clone, Debug, ToSchema)]
#[schema(value_type = String, max_length = 4000)]
pub(crate) struct Statement(pub(crate) String);

impl FromJson for Statement {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        let text = reading.text(json)?;
        if text.chars().count() > 4_000 {
            return reading.refuse(Code::InvalidField, "must have at most 4,000 characters");
        }
        if text.chars().any(|c| c.is_control() && c != '\n') {
            return reading.refuse(Code::InvalidField, "must not contain control characters");
        }
        Some(Self(text.to_owned()))
    }
}

/// A caller's business reference: 1–64 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, pattern = "^[!-~]{1,64}$")]
pub(crate) struct Reference(pub(crate) Box<str>);

impl FromJson for Reference {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        let text = reading.text(json)?;
        let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_visible || !(1..=64).contains(&text.len()) {
            return reading.refuse(
                Code::InvalidField,
                "must be 1 to 64 visible ASCII characters",
            );
        }
        Some(Self(text.into()))
    }
}

/// A code or a Token as somebody typed it; never printed.
#[derive(Clone, ToSchema)]
#[schema(value_type = String, max_length = 64)]
pub(crate) struct SecretText(identity::Secret);

impl SecretText {
    pub(crate) fn expose(&self) -> &str {
        self.0.expose()
    }

    pub(crate) fn into_secret(self) -> identity::Secret {
        self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl FromJson for SecretText {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        let text = reading.text(json)?;
        if text.len() > 64 {
            return reading.refuse(Code::InvalidField, "must have at most 64 bytes");
        }
        Some(Self(identity::Secret::new(text.to_owned())))
    }
}

/// A long secret that a program or a page carries; never printed.
#[derive(Clone, ToSchema)]
#[schema(value_type = String, max_length = 128)]
pub(crate) struct LongSecret(identity::Secret);

impl LongSecret {
    pub(crate) fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for LongSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl FromJson for LongSecret {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        let text = reading.text(json)?;
        if text.len() > 128 {
            return reading.refuse(Code::InvalidField, "must have at most 128 bytes");
        }
        Some(Self(identity::Secret::new(text.to_owned())))
    }
}

/// What a browser answers for a passkey, as JSON; its shape is WebAuthn's.
#[derive(Clone, Debug, ToSchema)]
#[schema(value_type = Object)]
pub(crate) struct Credential(pub(crate) serde_json::Value);

impl FromJson for Credential {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        match (json, value_of(json)) {
            (Json::Object(_), Some(value)) => Some(Self(value)),
            _ => reading.refuse(Code::InvalidField, "must be a credential"),
        }
    }
}

fn value_of(json: &Json<'_>) -> Option<serde_json::Value> {
    Some(match json {
        Json::Null => serde_json::Value::Null,
        Json::Bool(value) => (*value).into(),
        Json::Whole(value) => (*value).into(),
        Json::Number => return None,
        Json::Text(text) => text.as_ref().into(),
        Json::List(items) => items
            .iter()
            .map(value_of)
            .collect::<Option<Vec<_>>>()?
            .into(),
        Json::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| Some((name.to_string(), value_of(value)?)));
            serde_json::Value::Object(fields.collect::<Option<_>>()?)
        }
    })
}

/// A password as somebody typed it; never printed. Its rules are the identity room's.
#[derive(Clone, ToSchema)]
#[schema(value_type = String, format = Password, max_length = 512)]
pub(crate) struct Password(identity::Secret);

impl Password {
    pub(crate) fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl FromJson for Password {
    fn from_json(json: &Json<'_>, reading: &mut Reading) -> Option<Self> {
        let text = reading.text(json)?;
        if text.len() > 512 {
            return reading.refuse(Code::InvalidField, "must have at most 512 bytes");
        }
        Some(Self(identity::Secret::new(text.to_owned())))
    }
}
