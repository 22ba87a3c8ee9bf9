//! One-time codes: six digits that travel in a message and prove that somebody reads it there.
//!
//! A guess is counted before it is compared, in a commit of its own, so that neither parallel
//! guesses nor a crash nor a rollback give one for free. The types lead that way: only a
//! [`CountedAttempt`] can be compared, and it comes out of a write that is acknowledged after its
//! commit; only a [`MatchedCode`] can be consumed, in a second write.

mod store;

pub(crate) use store::STATEMENTS;
use vocab::Timestamp;
use zeroize::Zeroizing;

use crate::{
    ContactIndex, Cx, Error, Rejection, Secret,
    keys::{Keys, MacPurpose, Tag, is_same},
};

/// Six decimal digits (NIST and ASVS 6.5.4: at least 20 bits).
const DIGITS: usize = 6;
/// Characters of a long code: 40 bits (NIST asks it of a binding code with an identifier).
const LONG: usize = 8;
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// What a code is for; a code of one purpose is nothing elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodePurpose {
    /// Proves the contact of a registration.
    Registration,
    /// The second step of signing in.
    SignIn,
    /// A further proof of somebody who is signed in.
    StepUp,
    /// The approval of a payment.
    PaymentApproval,
    /// Freezes without a sign-in.
    Freeze,
    /// Proves a contact when an account is recovered.
    Recovery,
    /// Proves a further contact when an account is recovered.
    RecoveryProof,
    /// Proves a new contact of a person.
    NewContact,
    /// The old contact agrees to a new one.
    ContactAgreement,
    /// Proves whoever says yes on a second device.
    Confirmation,
    /// Claims an access token.
    AccessToken,
}

impl CodePurpose {
    /// As stored and as bound into the code's MAC.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Registration => "registration",
            Self::SignIn => "sign_in",
            Self::StepUp => "step_up",
            Self::PaymentApproval => "payment_approval",
            Self::Freeze => "freeze",
            Self::Recovery => "recovery",
            Self::RecoveryProof => "recovery_proof",
            Self::NewContact => "new_contact",
            Self::ContactAgreement => "contact_agreement",
            Self::Confirmation => "confirmation",
            Self::AccessToken => "access_token",
        }
    }
}

/// The flow that a code belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Flow<'a> {
    pub purpose: CodePurpose,
    pub subject: &'a str,
}

/// One guess, counted and committed, not yet compared.
#[must_use = "a counted attempt is compared, or it was counted for nothing"]
#[derive(Clone, Debug)]
pub struct CountedAttempt {
    id: [u8; 16],
    purpose: CodePurpose,
    subject: String,
    mac: Tag,
}

/// A code that was right; it still has to be consumed, which only one can do.
#[must_use = "a matched code has no effect until it is settled"]
#[derive(Clone, Debug)]
pub struct MatchedCode {
    id: [u8; 16],
    subject: String,
}

impl CountedAttempt {
    /// Compares what was typed, in constant time. Spaces and hyphens do not matter.
    pub fn compare(&self, typed: &str, keys: &Keys) -> Option<MatchedCode> {
        let digits = normal(self.purpose, typed);
        let flow = Flow {
            purpose: self.purpose,
            subject: &self.subject,
        };
        is_same(&code_mac(keys, &self.id, flow, &digits), &self.mac).then(|| MatchedCode {
            id: self.id,
            subject: self.subject.clone(),
        })
    }

    /// The same guess with nothing that fits it.
    pub(crate) fn spoiled(self, cx: &Cx<'_>) -> Self {
        let mac = cx.entropy.bytes();
        Self { mac, ..self }
    }
}

impl MatchedCode {
    pub(crate) fn subject(&self) -> &str {
        &self.subject
    }
}

/// Takes one of the sends that an address may have, known or not: at least a minute apart, so many
/// an hour and a day.
pub(crate) fn take_send(tx: &mut db::Tx<'_>, cx: &Cx<'_>, to: &ContactIndex) -> Result<(), Error> {
    let sent = store::sends_since(tx, to, cx.now.plus_seconds(-DAY))?;
    let policy = cx.policy;
    let windows = [
        (1, policy.code_resend_seconds),
        (policy.codes_per_hour, HOUR),
        (policy.codes_per_day, DAY),
    ];
    let blocked_until = windows
        .iter()
        .filter_map(|&(most, seconds)| free_at(&sent, most, seconds));
    if let Some(retry_at) = blocked_until.filter(|&at| at > cx.now).max() {
        return Err(Rejection::CodesTooMany { retry_at }.into());
    }
    store::record_send(tx, to, cx.now)?;
    Ok(())
}

/// When a window of `seconds` with at most `most` sends has room again; `sent` is newest first.
fn free_at(sent: &[Timestamp], most: i64, seconds: i64) -> Option<Timestamp> {
    let place = usize::try_from(most).ok()?.checked_sub(1)?;
    sent.get(place).map(|at| at.plus_seconds(seconds))
}

/// Makes a new code for a flow and kills the one before; failures so far stay counted.
///
/// # Errors
/// [`Rejection::CodeExhausted`] if the flow has used up its attempts.
pub(crate) fn issue(tx: &mut db::Tx<'_>, cx: &Cx<'_>, flow: Flow<'_>) -> Result<Secret, Error> {
    let digits = format!("{:0DIGITS$}", cx.entropy.below(1_000_000));
    let id = cx.entropy.bytes();
    insert(tx, cx, flow, id, code_mac(cx.keys, &id, flow, &digits))?;
    Ok(Secret::new(digits))
}

/// As [`issue`], but eight characters of 5 bits each, for what is worth more than a sign-in.
pub(crate) fn issue_long(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    flow: Flow<'_>,
) -> Result<Secret, Error> {
    let random: [u8; LONG] = cx.entropy.bytes();
    let character = |byte: &u8| char::from(ALPHABET[usize::from(byte % 32)]);
    let text: Zeroizing<String> = Zeroizing::new(random.iter().map(character).collect());
    let id = cx.entropy.bytes();
    insert(tx, cx, flow, id, code_mac(cx.keys, &id, flow, &text))?;
    let (head, tail) = text.split_at(LONG / 2);
    Ok(Secret::new(format!("{head}-{tail}")))
}

/// As [`issue`], but no code fits: for a flow that must look like any other.
pub(crate) fn issue_decoy(tx: &mut db::Tx<'_>, cx: &Cx<'_>, flow: Flow<'_>) -> Result<(), Error> {
    insert(tx, cx, flow, cx.entropy.bytes(), cx.entropy.bytes())
}

fn insert(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    flow: Flow<'_>,
    id: [u8; 16],
    mac: Tag,
) -> Result<(), Error> {
    let failures = store::find_live(tx, flow)?.map_or(0, |live| live.attempts);
    if failures >= cx.policy.code_attempts {
        return Err(Rejection::CodeExhausted.into());
    }
    store::supersede(tx, flow, cx.now)?;
    let code = store::StoredCode {
        id,
        mac,
        attempts: failures,
        expires_at: cx.now.plus_seconds(cx.policy.code_seconds),
    };
    store::insert(tx, flow, &code, cx.now)?;
    Ok(())
}

/// Counts one guess at the code of a flow. Commit this before comparing.
pub(crate) fn count_attempt(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    flow: Flow<'_>,
) -> Result<CountedAttempt, Error> {
    let live = store::find_live(tx, flow)?.ok_or(Rejection::CodeExpired)?;
    if live.expires_at <= cx.now {
        return Err(Rejection::CodeExpired.into());
    }
    if !store::count_attempt(tx, &live.id, cx.policy.code_attempts)? {
        return Err(Rejection::CodeExhausted.into());
    }
    Ok(CountedAttempt {
        id: live.id,
        purpose: flow.purpose,
        subject: flow.subject.to_owned(),
        mac: live.mac,
    })
}

/// Uses a right code up; `false` if somebody else did, or a newer code replaced it.
pub(crate) fn consume(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    matched: &MatchedCode,
) -> Result<bool, Error> {
    Ok(store::consume(tx, &matched.id, cx.now)?)
}

/// Forgets codes and sends of more than a day ago; at most `most` rows of each.
pub(crate) fn purge(tx: &mut db::Tx<'_>, cx: &Cx<'_>, most: i64) -> Result<usize, Error> {
    let long_ago = cx.now.plus_seconds(-DAY);
    Ok(store::purge_codes(tx, long_ago, most)? + store::purge_sends(tx, long_ago, most)?)
}

/// What was typed, without what does not matter.
fn normal(purpose: CodePurpose, typed: &str) -> Zeroizing<String> {
    if purpose == CodePurpose::AccessToken {
        // A longer text is no code and not worth folding.
        let typed = typed.get(..typed.len().min(4 * LONG)).unwrap_or_default();
        return Zeroizing::new(vocab::crockford_fold(typed).unwrap_or_default());
    }
    Zeroizing::new(typed.chars().filter(|c| !matches!(c, ' ' | '-')).collect())
}

fn code_mac(keys: &Keys, id: &[u8; 16], flow: Flow<'_>, digits: &str) -> Tag {
    let parts = [
        &id[..],
        flow.purpose.code().as_bytes(),
        flow.subject.as_bytes(),
        digits.as_bytes(),
    ];
    keys.mac(MacPurpose::Code, &parts)
}
