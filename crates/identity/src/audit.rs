//! Who did what to whom: an append-only log in which each entry authenticates the one before.
//!
//! An entry's MAC covers its own fields and the MAC before it, under a key that is not in the
//! database, so that nobody who can write the tables can change, insert, drop or reorder entries
//! unseen. Cutting off the end is seen by whoever kept a [`Head`]. Only ids and codes stand in it,
//! never names, contacts or texts, so it outlives the people in it without naming them.

mod migrations;
mod store;

pub(crate) use migrations::STEPS;
pub(crate) use store::STATEMENTS;
use vocab::{OperatorId, SessionId, Timestamp, UserId};

use crate::{
    Cx, Error, Keys, Session,
    keys::{MacPurpose, Tag, is_same},
    session,
};

/// Longest object, in bytes.
const OBJECT_LONGEST: usize = 64;
/// Entries that the check reads at a time.
const CHUNK: i64 = 1_000;
/// Differences that the check names before the rest is only counted.
const NAMED_MAX: usize = 200;

macro_rules! actions {
    ($($name:ident = $code:literal;)*) => {
        /// What was done. The codes are for ever: the chain hangs on them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action { $($name),* }

        impl Action {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// As stored and as shown in the API.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }
        }
    };
}

actions! {
    // An account's life.
    AccountOpened = "account_opened";
    ClosingBegun = "closing_begun";
    ClosingCanceled = "closing_canceled";
    AccountClosed = "account_closed";
    ExportRequested = "export_requested";
    ExportReady = "export_ready";
    ExportFetched = "export_fetched";
    PreferencesChanged = "preferences_changed";
    SecurityReviewed = "security_reviewed";
    NoticeRepudiated = "notice_repudiated";

    // The back office.
    BootstrapOffered = "bootstrap_offered";
    OperatorCreated = "operator_created";
    OperatorEnded = "operator_ended";
    OperatorSignedIn = "operator_signed_in";
    OperatorRefused = "operator_refused";
    PersonViewed = "person_viewed";
    PersonUnmasked = "person_unmasked";
    FrozenByOperator = "frozen_by_operator";
    DocumentsViewed = "documents_viewed";
    DocumentsDecided = "documents_decided";
    RecoveryViewed = "recovery_viewed";
    RecoveryDecided = "recovery_decided";
    StaffRequestMade = "staff_request_made";
    StaffRequestApproved = "staff_request_approved";
    StaffRequestRejected = "staff_request_rejected";

    // Sessions and devices.
    SessionOpened = "session_opened";
    SessionRenamed = "session_renamed";
    SessionEnded = "session_ended";
    SessionsEnded = "sessions_ended";
    SignInRefused = "sign_in_refused";
    SignInBlocked = "sign_in_blocked";
    SecondStepFailed = "second_step_failed";
    NewDevice = "new_device";
    DeviceRenamed = "device_renamed";
    DeviceRemoved = "device_removed";
    ConfirmationApproved = "confirmation_approved";
    ConfirmationRejected = "confirmation_rejected";

    // Credentials.
    PasswordChanged = "password_changed";
    PasswordCompromised = "password_compromised";
    TotpActivated = "totp_activated";
    TotpRemoved = "totp_removed";
    SmsEnabled = "sms_enabled";
    SmsDisabled = "sms_disabled";
    RecoveryCodesReplaced = "recovery_codes_replaced";
    RecoveryCodeUsed = "recovery_code_used";
    PasskeyAdded = "passkey_added";
    PasskeyRenamed = "passkey_renamed";
    PasskeyRemoved = "passkey_removed";
    PinSet = "pin_set";
    PinChanged = "pin_changed";
    PinReset = "pin_reset";
    PinLocked = "pin_locked";
    PinVoid = "pin_void";

    // Tokens, and what programs may do.
    SecurityTokenRequested = "security_token_requested";
    SecurityTokenActivated = "security_token_activated";
    SecurityTokenRenamed = "security_token_renamed";
    SecurityTokenBlocked = "security_token_blocked";
    SecurityTokenBlockedByOwner = "security_token_blocked_by_owner";
    SecurityTokenUnblocked = "security_token_unblocked";
    SecurityTokenCanceled = "security_token_canceled";
    AccessTokenRequested = "access_token_requested";
    AccessTokenClaimed = "access_token_claimed";
    AccessTokenRotated = "access_token_rotated";
    AccessTokenCapsSet = "access_token_caps_set";
    AccessTokenRevoked = "access_token_revoked";

    // Money.
    AccountFrozen = "account_frozen";
    FreezeLifted = "freeze_lifted";
    LimitsSet = "limits_set";
    LimitRaised = "limit_raised";

    // Contacts.
    ContactBegun = "contact_begun";
    ContactAdded = "contact_added";
    ContactApplied = "contact_applied";
    ContactDesignated = "contact_designated";
    ContactRemoved = "contact_removed";
    ContactCalledOff = "contact_called_off";
    ContactReverted = "contact_reverted";
    ContactDetached = "contact_detached";

    // Recovery and review.
    Recovered = "recovered";
    ReviewAsked = "review_asked";
    ReviewApproved = "review_approved";
    ReviewRejected = "review_rejected";
    VerificationSubmitted = "verification_submitted";
    VerificationSeconded = "verification_seconded";
    VerificationApproved = "verification_approved";
    VerificationRejected = "verification_rejected";

    // What the back office looked at; `store` sorts by these codes.
    IdentitySeen = "identity_seen";
    DocumentSeen = "document_seen";
    CaseSeen = "case_seen";
    ProfileSeen = "profile_seen";
}

impl Action {
    /// Reads [`Action::code`].
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|action| action.code() == code)
    }
}

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    User(UserId),
    Operator(OperatorId),
    /// The back office, where nobody is named.
    BackOffice,
    /// A rule or a job of this program.
    System,
    /// Somebody who had not proven who they are.
    Nobody,
}

impl Actor {
    /// As stored: `user`, `operator`, `back_office`, `system`, `nobody`.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Operator(_) => "operator",
            Self::BackOffice => "back_office",
            Self::System => "system",
            Self::Nobody => "nobody",
        }
    }

    /// The id of a person or an operator; empty for the others.
    pub fn id(self) -> String {
        match self {
            Self::User(id) => id.to_string(),
            Self::Operator(id) => id.to_string(),
            Self::BackOffice | Self::System | Self::Nobody => String::new(),
        }
    }

    fn read(kind: &str, id: &str) -> Option<Self> {
        match kind {
            "user" => id.parse().ok().map(Self::User),
            "operator" => id.parse().ok().map(Self::Operator),
            "back_office" => Some(Self::BackOffice),
            "system" => Some(Self::System),
            "nobody" => Some(Self::Nobody),
            _ => None,
        }
    }
}

/// Who did something, and where they were signed in.
#[derive(Clone, Copy, Debug)]
pub struct By {
    actor: Actor,
    session: Option<SessionId>,
}

impl By {
    /// A rule or a job of this program.
    pub const SYSTEM: Self = Self::actor(Actor::System);
    /// Somebody who had not proven who they are.
    pub const NOBODY: Self = Self::actor(Actor::Nobody);

    pub const fn actor(actor: Actor) -> Self {
        Self {
            actor,
            session: None,
        }
    }

    pub const fn person(user: UserId) -> Self {
        Self::actor(Actor::User(user))
    }

    pub const fn session(session: &Session) -> Self {
        Self {
            actor: Actor::User(session.user),
            session: Some(session.id),
        }
    }

    /// Whoever decided something in the back office, as reviewers are named there.
    pub fn reviewer(name: &str) -> Self {
        Self::actor(name.parse().map_or(Actor::BackOffice, Actor::Operator))
    }
}

/// Some entries about a person, newest first.
#[derive(Clone, Debug)]
pub struct Part {
    pub entries: Vec<Named>,
    pub has_older: bool,
}

/// Which entries about a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// What was done.
    Deeds,
    /// Who looked at their data.
    Looks,
}

/// Where a list of entries, newest first, starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    Newest,
    /// Older than the entry of this name.
    OlderThan(Tag),
    /// Newer than it.
    NewerThan(Tag),
}

/// What is to be remembered.
#[derive(Clone, Copy, Debug)]
pub struct Note<'a> {
    pub actor: Actor,
    /// Whose account it touches.
    pub subject: Option<UserId>,
    pub action: Action,
    /// What it was done to: an id or a code, at most 64 of `A–Z a–z 0–9 _ - . :`, starting with a
    /// letter; or nothing. Never anything that a person wrote.
    pub object: &'a str,
    /// Where the actor was signed in.
    pub session: Option<SessionId>,
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Counted from 1 without gaps.
    pub seq: i64,
    pub at: Timestamp,
    pub actor: Actor,
    pub subject: Option<UserId>,
    pub action: Action,
    pub object: String,
    pub session: Option<SessionId>,
    /// A keyed hash of the browser's words in that session: the same for the same, and no more.
    pub device: Option<Tag>,
}

/// A line of the log under the name that people see: its MAC, which tells nothing about others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub name: Tag,
    pub entry: Entry,
}

/// The end of the log. Whoever keeps one elsewhere can tell later whether the end was cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// How many entries there are.
    pub seq: i64,
    pub mac: Tag,
}

/// What checking the chain found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub entries: u64,
    /// Named differences, in the order found; the first 200.
    pub differences: Vec<String>,
    /// Differences found in all.
    pub differences_total: u64,
}

impl Report {
    fn differ(&mut self, what: String) {
        self.differences_total += 1;
        if self.differences.len() < NAMED_MAX {
            self.differences.push(what);
        }
    }
}

/// A part of the log, newest first.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// Only entries older than this one; the newest if not given.
    pub before: Option<i64>,
    pub most: i64,
}

/// Appends to the log, in the transaction of what it tells. Writers queue at the head's row until
/// that transaction ends, so call it late.
///
/// # Errors
/// A fault, also for an object that is not an id or a code: that is a bug of the caller.
pub fn record(tx: &mut db::Tx<'_>, cx: &Cx<'_>, note: &Note<'_>) -> Result<(), Error> {
    if !is_id(note.object) {
        return Err(db::Fault::internal("an audit entry's object is not an id").into());
    }
    let device = match note.session {
        Some(session) => session::device_hash(tx, cx, session)?,
        None => None,
    };
    let head = store::lock_head(tx)?;
    let entry = Entry {
        seq: head.seq + 1,
        at: cx.now,
        actor: note.actor,
        subject: note.subject,
        action: note.action,
        object: note.object.to_owned(),
        session: note.session,
        device,
    };
    let mac = link(cx.keys, &head.mac, &entry);
    if !store::move_head(
        tx,
        head.seq,
        Head {
            seq: entry.seq,
            mac,
        },
    )? {
        return Err(db::Fault::internal("the head of the audit log moved under its lock").into());
    }
    Ok(store::insert(tx, &entry, &mac)?)
}

/// Appends what was done to a person's account; `object` as in [`Note`].
///
/// # Errors
/// Those of [`record`].
pub fn note(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    by: By,
    subject: UserId,
    (action, object): (Action, &str),
) -> Result<(), Error> {
    let note = Note {
        actor: by.actor,
        subject: Some(subject),
        action,
        object,
        session: by.session,
    };
    record(tx, cx, &note)
}

/// Entries about a person, newest first, at most `most`. None if no entry of theirs has the name
/// that the list starts at.
pub fn entries_of(
    read: &mut impl db::Read,
    user: UserId,
    about: About,
    (start, most): (Start, i64),
) -> Result<Option<Part>, Error> {
    let place = match start {
        Start::Newest => Some(i64::MAX),
        Start::OlderThan(name) | Start::NewerThan(name) => store::place_of(read, user, &name)?,
    };
    let Some(place) = place else {
        return Ok(None);
    };
    if let Start::NewerThan(_) = start {
        let mut entries = store::newer(read, user, about, (place, most))?;
        entries.reverse();
        let has_older = true;
        return Ok(Some(Part { entries, has_older }));
    }
    let mut entries = store::older(read, user, about, (place, most + 1))?;
    let has_older = i64::try_from(entries.len()).is_ok_and(|count| count > most);
    if has_older {
        entries.pop();
    }
    Ok(Some(Part { entries, has_older }))
}

/// What happened to a person's account, newest first.
pub fn about(read: &mut impl db::Read, user: UserId, page: Page) -> Result<Vec<Entry>, Error> {
    Ok(store::about(read, user, page)?)
}

/// The whole log, newest first.
pub fn list(read: &mut impl db::Read, page: Page) -> Result<Vec<Entry>, Error> {
    Ok(store::list(read, page)?)
}

/// The end of the log.
pub fn head(read: &mut impl db::Read) -> Result<Head, Error> {
    Ok(store::head(read)?)
}

/// Walks the whole chain and names every place where it does not hold.
pub fn verify(read: &mut impl db::Read, keys: &Keys) -> Result<Report, Error> {
    let mut report = Report::default();
    // A store of an earlier version gets its log when a server opens it.
    if !store::is_kept(read)? {
        return Ok(report);
    }
    let (mut seq, mut before) = (0, GENESIS);
    loop {
        let rows = store::after(read, seq, CHUNK)?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            report.entries += 1;
            if row.seq != seq + 1 {
                report.differ(format!("audit log: entry {} is missing", seq + 1));
            }
            let told = row.entry.as_ref().map(|entry| link(keys, &before, entry));
            if !told.is_some_and(|mac| is_same(&mac, &row.mac)) {
                report.differ(format!(
                    "audit log: entry {} was changed, or what stands before it",
                    row.seq
                ));
            }
            (seq, before) = (row.seq, row.mac);
        }
    }
    let head = store::head(read)?;
    if (head.seq, head.mac) != (seq, before) {
        report.differ(format!(
            "audit log: it ends with entry {seq}, but its head says {}",
            head.seq
        ));
    }
    Ok(report)
}

/// What stands before the first entry.
const GENESIS: Tag = [0; 32];

fn link(keys: &Keys, before: &Tag, entry: &Entry) -> Tag {
    let session = entry.session.map_or_else(String::new, |id| id.to_string());
    let subject = entry.subject.map_or_else(String::new, |id| id.to_string());
    keys.mac(
        MacPurpose::Audit,
        &[
            before,
            &entry.seq.to_be_bytes(),
            &entry.at.micros().to_be_bytes(),
            entry.actor.kind().as_bytes(),
            entry.actor.id().as_bytes(),
            subject.as_bytes(),
            entry.action.code().as_bytes(),
            entry.object.as_bytes(),
            session.as_bytes(),
            entry.device.as_ref().map_or(&[], |device| device),
        ],
    )
}

/// Ids start with a letter and have neither `@`, `+` nor spaces: no contact, name or text fits.
fn is_id(object: &str) -> bool {
    let is_allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-' | b'.' | b':');
    object.is_empty()
        || (object.len() <= OBJECT_LONGEST
            && object.starts_with(|c: char| c.is_ascii_alphabetic())
            && object.bytes().all(is_allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_back_and_no_two_are_the_same() {
        for action in Action::ALL {
            assert_eq!(Action::from_code(action.code()), Some(*action));
            assert!(is_id(action.code()));
        }
    }

    #[test]
    fn whatever_a_person_is_told_has_its_action() {
        for code in crate::Notice::CODES {
            assert!(Action::from_code(code).is_some(), "{code}");
        }
    }

    #[test]
    fn an_object_is_an_id_and_nothing_that_a_person_wrote() {
        for good in ["", "stk_0123456789ABC", "payment.eur:own"] {
            assert!(is_id(good), "{good}");
        }
        let long = "a".repeat(OBJECT_LONGEST + 1);
        for bad in ["13800000001", "+86138", "a@b", "two words", "张", &long] {
            assert!(!is_id(bad), "{bad}");
        }
    }
}
