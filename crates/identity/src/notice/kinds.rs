macro_rules! notices {
    ($(
        $(#[$doc:meta])*
        $name:ident $({ $($field:ident),* })? = $code:literal;
    )*) => {
        /// What a person is told about their account. The fields are shown as they are.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Notice { $($(#[$doc])* $name $({ $($field: String),* })?),* }

        impl Notice {
            /// Every code.
            pub const CODES: &'static [&'static str] = &[$($code),*];

            /// One of each, with every field the same, to look at their words.
            pub fn each(field: &str) -> Vec<Self> {
                vec![$(Self::$name $({ $($field: field.to_owned()),* })?),*]
            }

            /// As stored and as shown in the API.
            pub const fn code(&self) -> &'static str {
                match self { $(Self::$name { .. } => $code),* }
            }

            /// What its words have a place for.
            pub(crate) fn fields(&self) -> Vec<(&'static str, &str)> {
                match self {
                    $(Self::$name $({ $($field),* })? => {
                        vec![$($((stringify!($field), $field.as_str())),*)?]
                    })*
                }
            }
        }
    };
}

notices! {
    /// Money was frozen.
    AccountFrozen = "account_frozen";
    /// A freeze was lifted.
    FreezeLifted = "freeze_lifted";
    /// A program got its secret.
    AccessTokenClaimed { name } = "access_token_claimed";
    /// A program may no longer act.
    AccessTokenRevoked { name } = "access_token_revoked";
    /// The person allows themselves more.
    LimitRaised = "limit_raised";
    /// A Token became active.
    SecurityTokenActivated = "security_token_activated";
    /// A Token was blocked after wrong tries.
    SecurityTokenBlocked = "security_token_blocked";
    /// A Token was canceled by its owner.
    SecurityTokenCanceled = "security_token_canceled";
    /// Signed in on a device that was not seen before.
    NewDevice { device } = "new_device";
    /// A device was removed.
    DeviceRemoved = "device_removed";
    /// The right password came while too many wrong ones made it wait.
    SignInBlocked = "sign_in_blocked";
    /// The password was right, the second step was not.
    SecondStepFailed = "second_step_failed";
    /// An authenticator app was activated.
    TotpActivated = "totp_activated";
    /// The authenticator app was removed.
    TotpRemoved = "totp_removed";
    /// Codes by SMS were turned on.
    SmsEnabled = "sms_enabled";
    /// Codes by SMS were turned off.
    SmsDisabled = "sms_disabled";
    /// A new set of recovery codes was made.
    RecoveryCodesReplaced = "recovery_codes_replaced";
    /// A recovery code was used.
    RecoveryCodeUsed { left } = "recovery_code_used";
    /// The payment PIN was set.
    PinSet = "pin_set";
    /// The payment PIN was changed.
    PinChanged = "pin_changed";
    /// The payment PIN was reset without the old one.
    PinReset = "pin_reset";
    /// The payment PIN is locked for a while.
    PinLocked = "pin_locked";
    /// The payment PIN is void.
    PinVoid = "pin_void";
    /// A Token was blocked by its owner.
    SecurityTokenBlockedByOwner = "security_token_blocked_by_owner";
    /// A blocked Token works again.
    SecurityTokenUnblocked = "security_token_unblocked";
    /// The password was changed by its owner.
    PasswordChanged = "password_changed";
    /// The account was recovered.
    Recovered = "recovered";
    /// A review of a lost account was asked for.
    ReviewAsked = "review_asked";
    /// A contact was proven and will count after a while.
    ContactAdded { masked } = "contact_added";
    /// A contact counts from now on.
    ContactApplied { masked } = "contact_applied";
    /// A contact was taken away.
    ContactRemoved { masked } = "contact_removed";
    /// Security messages go elsewhere.
    ContactDesignated { masked } = "contact_designated";
    /// The account will be closed.
    ClosingBegun { date } = "closing_begun";
    /// A copy of the person's data can be fetched.
    ExportReady = "export_ready";
    /// A passkey was added.
    PasskeyAdded { name } = "passkey_added";
    /// A passkey was removed.
    PasskeyRemoved = "passkey_removed";
}
