//! Every text that this room sends, in Chinese and English, in one place.

mod life;

pub use life::LifeMessage;

use crate::{ContactKind, Notice, Secret, code::CodePurpose};

/// The name under which messages go out.
const APP: &str = "Tael";

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
        let (title, body) = match locale {
            Locale::Zh => self.in_chinese(),
            Locale::En => self.in_english(),
        };
        let text = match locale {
            Locale::Zh => format!("【{APP}】{body}"),
            Locale::En => format!("{APP}: {body}"),
        };
        Written {
            title: title.to_owned(),
            text: Secret::new(text),
        }
    }

    fn in_chinese(&self) -> (&'static str, String) {
        match self {
            Self::RegistrationCode { code, minutes } => (
                "注册验证码",
                format!(
                    "您的注册验证码是 {}，{minutes} 分钟内有效，仅用于开通账户。请勿告诉任何人，我们不会向您索要。",
                    code.expose()
                ),
            ),
            Self::FactorCode {
                purpose,
                about,
                code,
                minutes,
            } => {
                let (title, action) = match purpose {
                    CodePurpose::SignIn => ("登录验证码", "登录"),
                    CodePurpose::PaymentApproval => ("付款验证码", "付款"),
                    _ => ("安全验证码", "账户安全操作"),
                };
                let code = code.expose();
                let about = about.as_ref().map(|about| format!("（{about}）")).unwrap_or_default();
                (
                    title,
                    format!("{code} 是您本次{action}{about}的验证码，{minutes} 分钟内有效。请勿告诉任何人，我们不会向您索要。"),
                )
            }
            Self::RegistrationAttempt => (
                "有人尝试用您的联系方式注册",
                "有人尝试用此联系方式注册，而您已有账户。如果是您本人，请直接登录；如果不是，无需操作，您的账户没有变化。"
                    .to_owned(),
            ),
            Self::Welcome => (
                "欢迎使用",
                "您的账户已开通。请在「安全设置 → Token设置」申请 Token，激活后即可用于付款。".to_owned(),
            ),
            Self::SecurityToken { token, minutes } => (
                "您的 Token",
                format!(
                    "您申请的 Token 是 {}。请在 {minutes} 分钟内、在申请它的登录会话中激活，之后用于授权交易。请妥善保存，切勿告诉任何人，我们不会向您索要。",
                    token.expose()
                ),
            ),
            Self::FreezeCode { code, minutes } => (
                "冻结验证码",
                format!(
                    "您的冻结验证码是 {}，{minutes} 分钟内有效，仅用于冻结您的账户付款。如果不是您本人操作，请忽略，切勿告诉任何人。",
                    code.expose()
                ),
            ),
            Self::AccessTokenClaim { code, minutes } => (
                "领取访问令牌",
                format!(
                    "您的领取码是 {}，{minutes} 分钟内有效，用于在申请的会话中领取一个访问令牌。如果不是您本人操作，请立即冻结账户，切勿告诉任何人。",
                    code.expose()
                ),
            ),
            Self::Notice { notice, link } => {
                let (title, sentence) = notice.write(Locale::Zh);
                let link = link.expose();
                (title, format!("{sentence}如果不是您本人操作，请立即打开：{link}"))
            }
            Self::Life(message) => message.in_chinese(),
        }
    }

    fn in_english(&self) -> (&'static str, String) {
        match self {
            Self::RegistrationCode { code, minutes } => (
                "Your code to register",
                format!(
                    "{} is your code to open an account, valid for {minutes} minutes. Never share it; nobody from us asks for it.",
                    code.expose()
                ),
            ),
            Self::FactorCode {
                purpose,
                about,
                code,
                minutes,
            } => {
                let (title, action) = match purpose {
                    CodePurpose::SignIn => ("Your code to sign in", "to sign in"),
                    CodePurpose::PaymentApproval => ("Your code to pay", "to pay"),
                    _ => ("Your security code", "for a change to your account"),
                };
                let code = code.expose();
                let about = about.as_ref().map(|about| format!(" ({about})")).unwrap_or_default();
                (
                    title,
                    format!("{code} is your code {action}{about}, valid for {minutes} minutes. Never share it; nobody from us asks for it."),
                )
            }
            Self::RegistrationAttempt => (
                "Somebody tried to register with your address",
                "Somebody tried to register with this address, and you have an account already. If it was you, just sign in; if not, there is nothing to do, your account is unchanged."
                    .to_owned(),
            ),
            Self::Welcome => (
                "Welcome",
                "Your account is open. Ask for a Token under Security → Token; once activated, it authorises your payments."
                    .to_owned(),
            ),
            Self::SecurityToken { token, minutes } => (
                "Your Token",
                format!(
                    "The Token you asked for is {}. Activate it within {minutes} minutes where you asked for it; \
                     from then on it authorises your transactions. \
                     Keep it safe and never share it; nobody from us asks for it.",
                    token.expose()
                ),
            ),
            Self::FreezeCode { code, minutes } => (
                "Your code to freeze",
                format!(
                    "{} freezes your account's payments, valid for {minutes} minutes. If this was not you, ignore it and share it with nobody.",
                    code.expose()
                ),
            ),
            Self::AccessTokenClaim { code, minutes } => (
                "Claim your access token",
                format!(
                    "{} claims an access token for a program, where you asked for it, within {minutes} minutes. If this was not you, freeze your account now and share it with nobody.",
                    code.expose()
                ),
            ),
            Self::Notice { notice, link } => {
                let (title, sentence) = notice.write(Locale::En);
                let link = link.expose();
                (title, format!("{sentence} If this was not you, open this now: {link}"))
            }
            Self::Life(message) => message.in_english(),
        }
    }
}

/// What an in-app message says once the secret in it is of no more use.
pub(crate) fn redacted(locale: Locale) -> &'static str {
    match locale {
        Locale::Zh => "此消息曾包含一个 Token，已不再显示。",
        Locale::En => "This message carried a Token, which is not shown any more.",
    }
}
