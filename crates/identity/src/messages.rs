//! Everything that people are told. The words stand in `zh-CN.ftl` and `en.ftl`, in Fluent's
//! syntax.

mod life;
mod words;

pub use life::LifeMessage;

use fluent_bundle::FluentArgs;

use crate::{ContactKind, Notice, Secret, code::CodePurpose};

/// A language that messages are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Locale {
    #[default]
    Zh,
    En,
}

impl Locale {
    /// As stored and shown: `zh`, `en`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// Reads a BCP 47 tag by its language (`zh-CN`, `en_GB`); `None` for other languages.
    pub fn from_tag(tag: &str) -> Option<Self> {
        match tag.split(['-', '_']).next()?.to_ascii_lowercase().as_str() {
            "zh" => Some(Self::Zh),
            "en" => Some(Self::En),
            _ => None,
        }
    }
}

/// How a message reaches a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    Sms,
    Email,
    /// In the app.
    Inbox,
}

impl Channel {
    /// As stored and as shown in the API: `sms`, `email`, `inbox`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Email => "email",
            Self::Inbox => "inbox",
        }
    }

    /// Reads [`Channel::code`].
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Sms, Self::Email, Self::Inbox]
            .into_iter()
            .find(|channel| channel.code() == code)
    }

    /// The kind of contact that this channel needs; none for the inbox.
    pub const fn contact_kind(self) -> Option<ContactKind> {
        match self {
            Self::Sms => Some(ContactKind::Phone),
            Self::Email => Some(ContactKind::Email),
            Self::Inbox => None,
        }
    }

    /// The channel to a contact of this kind.
    pub const fn to_kind(kind: ContactKind) -> Self {
        match kind {
            ContactKind::Phone => Self::Sms,
            ContactKind::Email => Self::Email,
        }
    }
}

/// What a person is told.
#[derive(Clone, Debug)]
pub enum Message {
    /// The code of a registration.
    RegistrationCode { code: Secret, minutes: i64 },
    /// The code of a second step.
    FactorCode {
        purpose: CodePurpose,
        /// The payment that it is for, in words.
        about: Option<String>,
        code: Secret,
        minutes: i64,
    },
    /// Somebody tried to register with a contact that has an account.
    RegistrationAttempt,
    /// The account is there.
    Welcome,
    /// The Token, on its way to be activated.
    SecurityToken { token: Secret, minutes: i64 },
    /// The code that freezes without a sign-in.
    FreezeCode { code: Secret, minutes: i64 },
    /// The code that claims an access token.
    AccessTokenClaim { code: Secret, minutes: i64 },
    /// Something about the account changed, with the link to say that it was somebody else.
    Notice { notice: Notice, link: Secret },
    /// Something in the life of the account.
    Life(LifeMessage),
}

impl From<LifeMessage> for Message {
    fn from(message: LifeMessage) -> Self {
        Self::Life(message)
    }
}

/// A message in words.
#[derive(Clone, Debug)]
pub struct Written {
    pub title: String,
    pub text: Secret,
}

impl Message {
    /// As stored and as shown in the API.
    pub const fn template(&self) -> &'static str {
        match self {
            Self::RegistrationCode { .. } => "registration_code",
            Self::FactorCode { .. } => "factor_code",
            Self::RegistrationAttempt => "registration_attempt",
            Self::Welcome => "welcome",
            Self::SecurityToken { .. } => "security_token",
            Self::FreezeCode { .. } => "freeze_code",
            Self::AccessTokenClaim { .. } => "access_token_claim",
            Self::Notice { notice, .. } => notice.code(),
            Self::Life(message) => message.template(),
        }
    }

    /// The code in it, if it carries one.
    pub const fn code(&self) -> Option<&Secret> {
        match self {
            Self::RegistrationCode { code, .. }
            | Self::FactorCode { code, .. }
            | Self::FreezeCode { code, .. }
            | Self::AccessTokenClaim { code, .. } => Some(code),
            Self::Life(message) => message.code(),
            _ => None,
        }
    }

    /// The Token in it, if it carries one.
    pub const fn token(&self) -> Option<&Secret> {
        match self {
            Self::SecurityToken { token, .. } => Some(token),
            _ => None,
        }
    }

    /// The message in a language; the text begins with who sends it.
    pub fn write(&self, locale: Locale) -> Written {
        let words = words::of(locale);
        let key = self.key();
        let body = match self {
            Self::Notice { link, .. } => {
                let mut arguments = FluentArgs::new();
                arguments.set("sentence", words.text(&key, &self.arguments()));
                arguments.set("link", link.expose());
                words.text("not-me", &arguments)
            }
            _ => words.text(&key, &self.arguments()),
        };
        let mut enclosed = FluentArgs::new();
        enclosed.set("body", body);
        Written {
            title: words.title(&key),
            text: Secret::new(words.text("envelope", &enclosed)),
        }
    }

    /// The name of its words.
    fn key(&self) -> String {
        let name = match self {
            Self::FactorCode { purpose, about, .. } => match (purpose, about) {
                (CodePurpose::SignIn, _) => "factor_code_sign_in",
                (CodePurpose::PaymentApproval, Some(_)) => "factor_code_payment_of",
                (CodePurpose::PaymentApproval, None) => "factor_code_payment",
                _ => "factor_code_security",
            },
            Self::Life(LifeMessage::VerificationDecided { is_approved }) => match is_approved {
                true => "verification_approved",
                false => "verification_refused",
            },
            other => other.template(),
        };
        name.replace('_', "-")
    }

    /// What its words have a place for.
    fn arguments(&self) -> FluentArgs<'_> {
        let mut arguments = FluentArgs::new();
        if let Some(code) = self.code() {
            arguments.set("code", code.expose());
        }
        if let Self::FactorCode {
            purpose: CodePurpose::PaymentApproval,
            about: Some(about),
            ..
        } = self
        {
            arguments.set("about", about.as_str());
        }
        match self {
            Self::RegistrationCode { minutes, .. }
            | Self::FactorCode { minutes, .. }
            | Self::FreezeCode { minutes, .. }
            | Self::AccessTokenClaim { minutes, .. } => arguments.set("minutes", *minutes),
            Self::SecurityToken { token, minutes } => {
                arguments.set("token", token.expose());
                arguments.set("minutes", *minutes);
            }
            Self::Notice { notice, .. } => {
                for (name, value) in notice.fields() {
                    arguments.set(name, value);
                }
            }
            Self::Life(message) => message.arguments(&mut arguments),
            Self::RegistrationAttempt | Self::Welcome => {}
        }
        arguments
    }
}

/// What an in-app message says once the secret in it is of no more use.
pub(crate) fn redacted(locale: Locale) -> String {
    words::of(locale).text("redacted", &FluentArgs::new())
}

#[cfg(test)]
mod tests;
