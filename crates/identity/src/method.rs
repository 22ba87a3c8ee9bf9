use std::fmt;

/// A way to prove oneself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    Password,
    /// Six digits of an authenticator app.
    Totp,
    /// A code by SMS.
    Sms,
    /// One of the ten codes that were saved.
    RecoveryCode,
    Passkey,
    /// The payment PIN, on a known device.
    Pin,
    /// The Token.
    SecurityToken,
    /// Another signed-in device.
    Device,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 8] = [
        Self::Password,
        Self::Totp,
        Self::Sms,
        Self::RecoveryCode,
        Self::Passkey,
        Self::Pin,
        Self::SecurityToken,
        Self::Device,
    ];

    /// As stored and as shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Totp => "totp",
            Self::Sms => "sms",
            Self::RecoveryCode => "recovery_code",
            Self::Passkey => "passkey",
            Self::Pin => "pin",
            Self::SecurityToken => "security_token",
            Self::Device => "device",
        }
    }

    /// Reads [`Method::code`].
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.code() == code)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
