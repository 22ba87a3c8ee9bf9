//! Every number of this room, with its source beside it. The sources are named in short: NIST is
//! SP 800-63B-4, ASVS is OWASP's standard 5.0, PCI is PCI DSS 4, PSD2 the technical standards
//! (EU) 2018/389; "own" is a choice made here.

mod life;
mod pumping;

use std::borrow::Cow;

pub use life::{LeakedPasswords, Life, PasswordRules, Rotation};
pub use pumping::Pumping;

/// What Argon2id spends on one password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

/// The rules' numbers. Times are in seconds.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Where a phone number without a country code belongs, ISO 3166 (own).
    pub home_country: &'static str,
    /// The version of the terms that a registration accepts (own; PIPL 13–14 ask for the record).
    pub terms_version: &'static str,

    /// Life of a one-time code: 5 minutes (NIST and ASVS 6.5.5 allow 10).
    pub code_seconds: i64,
    /// Wrong tries before a code is dead for the right one too: 5 (PSD2 ≤ 5, Ory Kratos 5).
    pub code_attempts: i64,
    /// Wait between two codes to one address: 60 s (own).
    pub code_resend_seconds: i64,
    /// Codes to one address in an hour: 5 (own).
    pub codes_per_hour: i64,
    /// Codes to one address in a day: 10 (own; with 5 tries each, 5 · 10⁻⁵ to guess one).
    pub codes_per_day: i64,
    /// Life of a registration: 1 hour (Ory Kratos 1 h).
    pub registration_seconds: i64,
    /// Wait between two notices "somebody tried to register with your address": a day (own).
    pub registration_notice_seconds: i64,

    /// Shortest password with letters, digits and symbols: 10 (the founding text; NIST floor 8).
    pub password_length: usize,
    /// Shortest passphrase, which needs no classes: 20 (own).
    pub passphrase_length: usize,
    /// Longest password in code points: 128 (ASVS ≥ 64, Kanidm 128).
    pub password_longest: usize,
    /// Longest password in bytes: 512 (own; stops a hash of a megabyte before it starts).
    pub password_bytes: usize,
    /// Least strength by zxcvbn, of 0 to 4: 3, "safely unguessable" (own; Kanidm asks 4).
    pub password_strength: u8,
    /// What a hash costs (OWASP at least 19 MiB and 2 passes; RFC 9106 second choice 64 MiB and 3).
    pub hash_cost: HashCost,

    /// Wrong passwords before the first wait: 5 (PSD2 ≤ 5).
    pub sign_in_free_failures: i64,
    /// First wait; doubles with each further failure: 1 minute (NIST suggests 30 s to 1 h).
    pub sign_in_first_wait_seconds: i64,
    /// Wrong passwords from which the wait stays at its longest: 10 (PCI 8.3.4 ≤ 10).
    pub sign_in_long_failures: i64,
    /// The longest wait: 30 minutes (PCI 8.3.4 ≥ 30 min).
    pub sign_in_long_wait_seconds: i64,

    /// Wrong passwords in a row that disable the password until it is recovered: 100 (NIST ≤ 100).
    pub sign_in_disable_failures: i64,
    /// Life of a ticket between the two steps of signing in: 5 minutes (own).
    pub ticket_seconds: i64,
    /// Wrong second steps before the password is asked for again: 5 (PSD2 ≤ 5).
    pub ticket_attempts: i64,
    /// How long a device stays known without being seen: 180 days (own).
    pub device_seconds: i64,
    /// How long a device is new: 24 hours (own).
    pub device_trust_seconds: i64,

    /// Life of a passkey's challenge: 5 minutes (WebAuthn L3's default).
    pub passkey_seconds: i64,
    /// How long an authenticator app may take to prove itself: 10 minutes (own).
    pub factor_setup_seconds: i64,
    /// What hashing a PIN or a recovery code costs: OWASP's minimum, beside a key or 80 bits.
    pub short_secret_cost: HashCost,
    /// Wrong PINs in a row that lock it: 5 (PSD2 ≤ 5).
    pub pin_lock_failures: i64,
    /// How long it is locked: 3 hours (own, as large wallets do).
    pub pin_lock_seconds: i64,
    /// Wrong PINs in a row that make it void: 10 (NIST ≤ 10).
    pub pin_void_failures: i64,

    /// How long a PIN that was reset without the old one pays nothing: 24 hours (own).
    pub pin_reset_hold_seconds: i64,
    /// How long a phone number that has changed proves nothing: 72 hours (own; NIST has SIM changes
    /// considered).
    pub sms_hold_seconds: i64,

    /// A session ends after this much silence: 15 minutes (PCI 8.2.8; NIST AAL2 ≤ 1 h).
    pub session_idle_seconds: i64,
    /// A session ends after this long in any case: 12 hours (NIST AAL3 12 h, AAL2 24 h).
    pub session_absolute_seconds: i64,
    /// How stale "last seen" may be; it is also how much earlier a session may end by silence:
    /// 60 s (own).
    pub session_touch_seconds: i64,
    /// Sessions of one person; one more ends the oldest: 10 (own; Kanidm 48).
    pub sessions_max: i64,
    /// How long a session's last secret still works after it was renewed: 30 s (own; requests that
    /// were under way).
    pub session_grace_seconds: i64,

    /// Life of a step-up, from asking to proving and again from proving to use: 5 minutes (own;
    /// Kanidm 10 minutes, Ory Kratos 1 hour).
    pub step_up_seconds: i64,
    /// Wrong proofs before a step-up is dead: 5 (PSD2 ≤ 5).
    pub step_up_attempts: i64,

    /// Where people reach this server; links in messages begin with it. Never taken from a request.
    pub public_url: Cow<'static, str>,
    /// Life of a link "this was not me": 72 hours (own; the hold after a change of contact).
    pub notice_seconds: i64,

    /// A security token must be activated within 15 minutes (the founding text's way, own number).
    pub security_token_activation_seconds: i64,
    /// Life of an active security token: 365 days (own, as GitHub's longest).
    pub security_token_seconds: i64,
    /// Security tokens that are active at a time: 3 (own).
    pub security_tokens_max: i64,
    /// Wrong tries before a security token is blocked: 5 (PSD2 ≤ 5).
    pub security_token_tries: i64,
    /// Requests for a security token in a day: 10 (own).
    pub security_tokens_per_day: i64,

    /// Longest life of an access token: 365 days (own; GitHub offers as much).
    pub access_token_days: i64,
    /// Live access tokens of one person: 20 (own; GitHub 50).
    pub access_tokens_max: i64,
    /// Requests for an access token in a day: 10 (own).
    pub access_tokens_per_day: i64,
    /// An access token that was unused for 90 days is suspended, after twice that revoked (own;
    /// GitHub a year).
    pub access_token_idle_seconds: i64,
    /// Longest time that an old secret serves beside a new one: a day (own; Stripe lets choose).
    pub access_token_overlap_seconds: i64,

    /// Waits between tries to send a message, each up to a quarter longer by chance; after the last
    /// it has failed (own; about fourfold each, after AWS's "exponential backoff and jitter").
    pub send_waits_seconds: &'static [i64],
    /// How long a sender may keep a message before another takes it: 180 s (own; longer than the
    /// slowest gateway may take).
    pub send_lease_seconds: i64,
    /// What keeps strangers from having messages sent.
    pub pumping: Pumping,
    /// The life of an account: passwords, recovery, contacts, closing.
    pub life: Life,
    /// Sandbox mode only: in-app messages are shown in the outbox page as well.
    pub sandbox: bool,
}

impl Policy {
    /// What a server with real people starts with.
    pub fn production() -> Self {
        Self {
            home_country: "CN",
            terms_version: "2026-11",
            code_seconds: 300,
            code_attempts: 5,
            code_resend_seconds: 60,
            codes_per_hour: 5,
            codes_per_day: 10,
            registration_seconds: 3_600,
            registration_notice_seconds: 86_400,
            password_length: 10,
            passphrase_length: 20,
            password_longest: 128,
            password_bytes: 512,
            password_strength: 3,
            hash_cost: HashCost {
                memory_kib: 65_536,
                passes: 3,
                lanes: 1,
            },
            sign_in_free_failures: 5,
            sign_in_first_wait_seconds: 60,
            sign_in_long_failures: 10,
            sign_in_long_wait_seconds: 1_800,
            sign_in_disable_failures: 100,
            ticket_seconds: 300,
            ticket_attempts: 5,
            device_seconds: 180 * 86_400,
            device_trust_seconds: 86_400,
            passkey_seconds: 300,
            factor_setup_seconds: 600,
            short_secret_cost: HashCost {
                memory_kib: 19_456,
                passes: 2,
                lanes: 1,
            },
            pin_lock_failures: 5,
            pin_lock_seconds: 3 * 3_600,
            pin_void_failures: 10,
            pin_reset_hold_seconds: 24 * 3_600,
            sms_hold_seconds: 72 * 3_600,
            session_idle_seconds: 900,
            session_absolute_seconds: 43_200,
            session_touch_seconds: 60,
            sessions_max: 10,
            session_grace_seconds: 30,
            step_up_seconds: 300,
            step_up_attempts: 5,
            public_url: Cow::Borrowed("http://localhost:8080"),
            notice_seconds: 72 * 3_600,
            security_token_activation_seconds: 900,
            security_token_seconds: 365 * 86_400,
            security_tokens_max: 3,
            security_token_tries: 5,
            security_tokens_per_day: 10,
            access_token_days: 365,
            access_tokens_max: 20,
            access_tokens_per_day: 10,
            access_token_idle_seconds: 90 * 86_400,
            access_token_overlap_seconds: 86_400,
            send_waits_seconds: &[2, 10, 30, 120, 600],
            send_lease_seconds: 180,
            pumping: Pumping::production(),
            life: Life::PRODUCTION,
            sandbox: false,
        }
    }

    /// What a sandbox starts with: the same rules, except that codes and tokens may be asked for
    /// as fast and as often as one likes (demo and test programs register many people from one
    /// address), and that a password costs OWASP's minimum, so that a laptop stays quick.
    pub fn sandbox() -> Self {
        Self {
            code_resend_seconds: 0,
            codes_per_hour: 10_000,
            codes_per_day: 100_000,
            security_tokens_per_day: 10_000,
            pumping: Pumping::sandbox(),
            life: Life::SANDBOX,
            access_tokens_per_day: 10_000,
            hash_cost: HashCost {
                memory_kib: 19_456,
                passes: 2,
                lanes: 1,
            },
            sandbox: true,
            ..Self::production()
        }
    }
}
