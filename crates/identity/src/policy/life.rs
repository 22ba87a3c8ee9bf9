use std::fmt;

/// Which rules a new password has to pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordRules {
    /// The founding text's: letters, digits and symbols, or a long passphrase.
    Mission,
    /// SP 800-63B-4's: no classes, but longer.
    Nist,
}

impl PasswordRules {
    /// As set by the operator and shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Mission => "mission",
            Self::Nist => "nist",
        }
    }
}

/// What becomes of a password that is too old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// Its owner is reminded.
    Remind,
    /// No money goes out until it is changed.
    Force,
}

/// Passwords known to have leaked somewhere, by their SHA-1. Looked up without any network.
pub trait LeakedPasswords: fmt::Debug + Send + Sync {
    /// True if a password with this SHA-1 is known to others.
    fn holds(&self, sha1: &[u8; 20]) -> bool;
}

/// The numbers of the life of an account. Times are in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Life {
    pub password_rules: PasswordRules,
    /// Shortest password under [`PasswordRules::Nist`]: 15 (NIST 3.1.1.2, single factor).
    pub password_length_nist: usize,
    /// A new password differs from so many before it, the present one included: 5 (PCI 8.3.7: 4).
    pub password_history: usize,
    /// After this long its owner is reminded to change it: 90 days (PCI 8.3.9); `None` for never.
    pub password_age_seconds: Option<i64>,
    pub password_rotation: Rotation,
    /// How long the reminder is silent once it was put off: 14 days (own).
    pub password_snooze_seconds: i64,
    /// Present passwords that may be tried when changing it: 5 in 15 minutes (PSD2 ≤ 5).
    pub password_tries: i64,
    pub password_tries_seconds: i64,
    /// Life of a recovery: 30 minutes (Rauthy 30 min).
    pub recovery_seconds: i64,
    /// Recoveries begun for one contact in an hour and a day: 3 and 5 (own).
    pub recoveries_per_hour: i64,
    pub recoveries_per_day: i64,
    /// No outgoing money after a recovery: 24 hours, and 72 when a second factor was not part of it
    /// (own).
    pub recovery_hold_seconds: i64,
    pub recovery_long_hold_seconds: i64,
    /// A phone number that was changed less than 30 days ago proves nothing beside another contact
    /// (own; a number may have been moved to another card).
    pub fresh_phone_seconds: i64,
    /// How long whoever was let in by a review may take: 24 hours (NIST 4.2.1.2: at most 24 h).
    pub reviewed_seconds: i64,
    /// How long a new contact may wait for its code: 1 hour (Ory Kratos 1 h).
    pub contact_change_seconds: i64,
    /// A new contact counts after this, unless the old one agrees: 72 hours (own; the founding
    /// text's "told and able to undo" needs the time).
    pub contact_cooling_seconds: i64,
    /// Contacts proven by one person in 30 days: 2 (own).
    pub contact_changes: i64,
    pub contact_changes_seconds: i64,
    /// A confirmation by a second device as a whole: 120 s (NIST at most 10 minutes); for a
    /// registration on the second device 10 minutes.
    pub confirmation_seconds: i64,
    pub confirmation_registration_seconds: i64,
    /// Life of one QR code: 60 s (own).
    pub confirmation_nonce_seconds: i64,
    /// What was approved is picked up within 30 s (own).
    pub confirmation_redeem_seconds: i64,
    /// How long a person may change their mind about leaving: 7 days (own; CAC 2019: at most 15
    /// working days until it is done).
    pub closing_seconds: i64,
    /// Copies of one's data in a day, and how long one can be fetched: 3 and 24 hours (own).
    pub exports_per_day: i64,
    pub export_seconds: i64,
    /// Verifications handed in within 30 days: 3 (own).
    pub verifications: i64,
    pub verifications_seconds: i64,
    /// How often a person is asked to look back at what happened: 90 days (own).
    pub review_seconds: i64,
    /// True where an active Token makes a recovery need a second proof, as an authenticator does.
    /// Off (own): the founding text's code is enough, and the Token still guards the money.
    pub token_guards_recovery: bool,
    /// The offline list of leaked passwords, if the operator has one (ASVS 6.2.12).
    pub leaked: Option<&'static dyn LeakedPasswords>,
}

impl Life {
    /// What a server with real people starts with.
    pub const PRODUCTION: Self = Self {
        password_rules: PasswordRules::Mission,
        password_length_nist: 15,
        password_history: 5,
        password_age_seconds: Some(90 * DAY),
        password_rotation: Rotation::Remind,
        password_snooze_seconds: 14 * DAY,
        password_tries: 5,
        password_tries_seconds: 900,
        recovery_seconds: 1_800,
        recoveries_per_hour: 3,
        recoveries_per_day: 5,
        recovery_hold_seconds: DAY,
        recovery_long_hold_seconds: 3 * DAY,
        fresh_phone_seconds: 30 * DAY,
        reviewed_seconds: DAY,
        confirmation_seconds: 120,
        confirmation_registration_seconds: 600,
        confirmation_nonce_seconds: 60,
        confirmation_redeem_seconds: 30,
        closing_seconds: 7 * DAY,
        exports_per_day: 3,
        export_seconds: DAY,
        verifications: 3,
        verifications_seconds: 30 * DAY,
        review_seconds: 90 * DAY,
        token_guards_recovery: false,
        contact_change_seconds: 3_600,
        contact_cooling_seconds: 3 * DAY,
        contact_changes: 2,
        contact_changes_seconds: 30 * DAY,
        leaked: None,
    };

    /// What a sandbox starts with: the same rules, but asked for as often as one likes.
    pub const SANDBOX: Self = Self {
        recoveries_per_hour: 10_000,
        recoveries_per_day: 100_000,
        contact_changes: 10_000,
        ..Self::PRODUCTION
    };
}

const DAY: i64 = 86_400;
