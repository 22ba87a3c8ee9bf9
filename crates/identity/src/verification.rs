//! Who somebody is by their documents: handed in, looked at by people, and with it a tier.
//!
//! `draft → in_review → approved | rejected`. The tier is set by a decision and nothing else; the
//! highest takes two people who decide. One document belongs to one account.

mod cn_id;
mod picture;
mod store;

pub use cn_id::Day;
pub use picture::{BYTES_MOST, CleanFile, FileKind, clean};
use sha2::{Digest, Sha256};
pub(crate) use store::STATEMENTS;
use vocab::{DocumentId, Timestamp, UserId, VerificationId};

use crate::{
    Cx, Error, LifeRefusal, PersonName, Rejection, Secret,
    allowance::{self, Allowance, Allowed},
    audit::{self, Action, By},
    keys::{MacPurpose, Tag},
    messages::LifeMessage,
    outbox,
};

/// The tier that needs two people to decide (ASVS 2.3.5).
const TWO_REVIEWERS_FROM: i64 = 3;
/// The highest tier.
pub const TIER_MOST: i64 = 3;

/// How far a verification has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerificationState {
    Draft,
    InReview,
    Approved,
    Rejected,
}

impl VerificationState {
    const ALL: [Self; 4] = [Self::Draft, Self::InReview, Self::Approved, Self::Rejected];

    /// As stored and as shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::InReview => "in_review",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }

    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    CnId,
    Passport,
}

impl DocumentKind {
    /// As stored and as shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::CnId => "cn_id",
            Self::Passport => "passport",
        }
    }

    /// Reads [`DocumentKind::code`].
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::CnId, Self::Passport]
            .into_iter()
            .find(|kind| kind.code() == code)
    }
}

/// Which side of a document a file shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Front,
    Back,
    Selfie,
}

impl Side {
    /// As stored and as shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Front => "front",
            Self::Back => "back",
            Self::Selfie => "selfie",
        }
    }

    /// Reads [`Side::code`].
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Front, Self::Back, Self::Selfie]
            .into_iter()
            .find(|side| side.code() == code)
    }
}

/// What a person says about themselves.
#[derive(Clone, Debug)]
pub struct Claim {
    pub legal_name: PersonName,
    pub kind: DocumentKind,
    pub number: Secret,
    pub birth_date: Day,
}

/// A verification, as shown to its person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    pub id: VerificationId,
    pub user: UserId,
    /// The tier that it asks for.
    pub level: i64,
    pub state: VerificationState,
    pub created_at: Timestamp,
    pub decided_at: Option<Timestamp>,
    /// The sides that were handed in.
    pub sides: Vec<&'static str>,
}

/// The tier of a person: 0 with a contact alone, then as far as it was approved.
pub fn tier_of(read: &mut impl db::Read, user: UserId) -> Result<i64, Error> {
    Ok(store::tier_of(read, user)?)
}

/// Gives a person another tier, up or down; two operators have agreed.
///
/// # Errors
/// [`LifeRefusal::TierNotAbove`] if there is no such tier, [`Rejection::UserNotFound`].
pub(crate) fn set_tier(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    tier: i64,
) -> Result<(), Error> {
    if !(0..=TIER_MOST).contains(&tier) {
        return Err(LifeRefusal::TierNotAbove.into());
    }
    crate::user::find(tx, cx, user)?;
    Ok(store::set_tier(tx, user, tier, cx.now)?)
}

/// Whose document this is.
///
/// # Errors
/// [`LifeRefusal::VerificationNotFound`].
pub fn owner_of_file(read: &mut impl db::Read, id: DocumentId) -> Result<UserId, Error> {
    Ok(store::owner_of_file(read, id)?.ok_or(LifeRefusal::VerificationNotFound)?)
}

/// The verifications of a person, newest first.
pub fn list(read: &mut impl db::Read, user: UserId) -> Result<Vec<Verification>, Error> {
    Ok(store::list(read, user)?)
}

/// Begins a verification with what the document says.
///
/// # Errors
/// [`LifeRefusal::DocumentNumberInvalid`], [`LifeRefusal::BirthDateInvalid`],
/// [`LifeRefusal::TierNotAbove`], [`LifeRefusal::IdentityTaken`].
pub fn begin(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    (user, level): (UserId, i64),
    claim: &Claim,
) -> Result<Verification, Error> {
    let number = checked_number(claim)?;
    if !(1..=TIER_MOST).contains(&level) || level <= store::tier_of(tx, user)? {
        return Err(LifeRefusal::TierNotAbove.into());
    }
    let index = index_of(cx, claim.kind, &number);
    if store::holder_of(tx, &index)?.is_some_and(|holder| holder != user) {
        return Err(LifeRefusal::IdentityTaken.into());
    }
    let verification = Verification {
        id: VerificationId::new(cx.now, cx.entropy),
        user,
        level,
        state: VerificationState::Draft,
        created_at: cx.now,
        decided_at: None,
        sides: Vec::new(),
    };
    store::insert(tx, cx, &verification, (claim, &number, &index))?;
    Ok(verification)
}

/// The number in normal form, if it is one.
fn checked_number(claim: &Claim) -> Result<Secret, Rejection> {
    let typed = claim.number.expose();
    match claim.kind {
        DocumentKind::CnId => {
            let read = cn_id::parse(typed).ok_or(LifeRefusal::DocumentNumberInvalid)?;
            if read.birth_date != claim.birth_date {
                return Err(LifeRefusal::BirthDateInvalid.into());
            }
            Ok(Secret::new(read.number))
        }
        DocumentKind::Passport => {
            let number = typed.trim().to_ascii_uppercase();
            let is_plain = number.bytes().all(|b| b.is_ascii_alphanumeric());
            // ICAO 9303: nine characters; some issuers have fewer.
            if !is_plain || !(5..=9).contains(&number.len()) {
                return Err(LifeRefusal::DocumentNumberInvalid.into());
            }
            Ok(Secret::new(number))
        }
    }
}

fn index_of(cx: &Cx<'_>, kind: DocumentKind, number: &Secret) -> Tag {
    let parts = [kind.code().as_bytes(), number.expose().as_bytes()];
    cx.keys.mac(MacPurpose::IdentityIndex, &parts)
}

/// A file that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptFile {
    pub id: DocumentId,
    /// Of the file as it is kept, not as it came.
    pub sha256: [u8; 32],
}

/// Keeps a file of a draft, sealed; one for the same side before it is replaced.
///
/// # Errors
/// [`LifeRefusal::VerificationNotFound`], [`LifeRefusal::VerificationStep`].
pub fn add_file(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    (user, id): (UserId, VerificationId),
    (side, file): (Side, &CleanFile),
) -> Result<KeptFile, Error> {
    find_draft(tx, user, id)?;
    let kept = KeptFile {
        id: DocumentId::new(cx.now, cx.entropy),
        sha256: Sha256::digest(&file.bytes).into(),
    };
    store::keep_file(tx, cx, (user, id, side), (&kept, file))?;
    Ok(kept)
}

/// Hands a draft in.
///
/// # Errors
/// Those of [`add_file`]; [`LifeRefusal::FilesMissing`], [`Rejection::TriesTooMany`],
/// [`LifeRefusal::IdentityTaken`].
pub fn submit(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    id: VerificationId,
) -> Result<Verification, Error> {
    let draft = find_draft(tx, user, id)?;
    let needed: &[Side] = match draft.level {
        1 => &[Side::Front],
        2 => &[Side::Front, Side::Back],
        _ => &[Side::Front, Side::Back, Side::Selfie],
    };
    if !needed.iter().all(|side| draft.sides.contains(&side.code())) {
        return Err(LifeRefusal::FilesMissing.into());
    }
    let allowance = Allowance {
        of: Allowed::Verifications,
        most: cx.policy.life.verifications,
        seconds: cx.policy.life.verifications_seconds,
    };
    allowance::take(tx, cx, allowance, &user.raw().to_be_bytes())?;
    if !store::claim_identity(tx, user, id)? {
        return Err(LifeRefusal::IdentityTaken.into());
    }
    if !store::submit(tx, id, cx.now)? {
        return Err(LifeRefusal::VerificationStep.into());
    }
    let deed = (Action::VerificationSubmitted, id.to_string());
    audit::note(tx, cx, By::person(user), user, (deed.0, &deed.1))?;
    Ok(Verification {
        state: VerificationState::InReview,
        ..draft
    })
}

fn find_draft(
    read: &mut impl db::Read,
    user: UserId,
    id: VerificationId,
) -> Result<Verification, Error> {
    let found = list(read, user)?.into_iter().find(|row| row.id == id);
    let found = found.ok_or(LifeRefusal::VerificationNotFound)?;
    if found.state != VerificationState::Draft {
        return Err(LifeRefusal::VerificationStep.into());
    }
    Ok(found)
}

/// A verification as reviewers see it.
#[derive(Clone, Debug)]
pub struct ReviewItem {
    pub verification: Verification,
    pub claim: Claim,
    pub files: Vec<DocumentId>,
    /// Who has said yes already, where two are needed.
    pub seconded_by: Option<String>,
}

/// What waits for a decision, oldest first.
pub fn queue(read: &mut impl db::Read, cx: &Cx<'_>, most: i64) -> Result<Vec<ReviewItem>, Error> {
    store::queue(read, cx, most)
}

/// As [`queue`], and every person in it sees later that `by` has looked at what they said.
pub fn look_at_queue(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    most: i64,
    by: &str,
) -> Result<Vec<ReviewItem>, Error> {
    let items = queue(tx, cx, most)?;
    for item in &items {
        let seen = (Action::IdentitySeen, item.verification.id.to_string());
        let subject = item.verification.user;
        audit::note(tx, cx, By::reviewer(by), subject, (seen.0, &seen.1))?;
    }
    Ok(items)
}

/// As [`open_file`], and its owner sees later that `by` has looked at it.
///
/// # Errors
/// [`LifeRefusal::VerificationNotFound`].
pub fn look_at_file(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    id: DocumentId,
    by: &str,
) -> Result<(FileKind, Vec<u8>), Error> {
    let owner = store::owner_of_file(tx, id)?.ok_or(LifeRefusal::VerificationNotFound)?;
    let seen = (Action::DocumentSeen, id.to_string());
    audit::note(tx, cx, By::reviewer(by), owner, (seen.0, &seen.1))?;
    open_file(tx, cx, id)
}

/// One file, for a reviewer's eyes: its kind and its bytes.
///
/// # Errors
/// [`LifeRefusal::VerificationNotFound`].
pub fn open_file(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    id: DocumentId,
) -> Result<(FileKind, Vec<u8>), Error> {
    Ok(store::open_file(read, cx, id)?.ok_or(LifeRefusal::VerificationNotFound)?)
}

/// Whose verification this is, while it waits for a decision.
///
/// # Errors
/// [`LifeRefusal::VerificationNotFound`].
pub fn owner_of(tx: &mut db::Tx<'_>, id: VerificationId) -> Result<UserId, Error> {
    let found = store::find_in_review(tx, id)?;
    let (found, _) = found.ok_or(LifeRefusal::VerificationNotFound)?;
    Ok(found.user)
}

/// What a reviewer decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Approve,
    Reject,
}

/// Decides; `by` names the reviewer. For the highest tier the first yes waits for a second, by
/// somebody else. A no is final at once.
///
/// # Errors
/// [`LifeRefusal::VerificationNotFound`], [`LifeRefusal::VerificationStep`],
/// [`LifeRefusal::SecondReviewer`].
pub fn decide(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    id: VerificationId,
    (decision, by): (Decision, &str),
) -> Result<VerificationState, Error> {
    let (found, seconded_by) =
        store::find_in_review(tx, id)?.ok_or(LifeRefusal::VerificationNotFound)?;
    let user = found.user;
    if decision == Decision::Approve && found.level >= TWO_REVIEWERS_FROM {
        match seconded_by {
            None => {
                store::second(tx, id, by)?;
                let deed = (Action::VerificationSeconded, id.to_string());
                audit::note(tx, cx, By::reviewer(by), user, (deed.0, &deed.1))?;
                return Ok(VerificationState::InReview);
            }
            Some(first) if first == by => return Err(LifeRefusal::SecondReviewer.into()),
            Some(_) => {}
        }
    }
    let to = match decision {
        Decision::Approve => VerificationState::Approved,
        Decision::Reject => VerificationState::Rejected,
    };
    if !store::decide(tx, id, (to, by), cx.now)? {
        return Err(LifeRefusal::VerificationStep.into());
    }
    if decision == Decision::Approve {
        store::raise_tier(tx, user, found.level, cx.now)?;
    } else {
        store::release_identity(tx, user, id)?;
    }
    let is_approved = decision == Decision::Approve;
    let action = match decision {
        Decision::Approve => Action::VerificationApproved,
        Decision::Reject => Action::VerificationRejected,
    };
    let deed = (action, id.to_string());
    audit::note(tx, cx, By::reviewer(by), user, (deed.0, &deed.1))?;
    outbox::post_everywhere(
        tx,
        cx,
        user,
        &LifeMessage::VerificationDecided { is_approved }.into(),
    )?;
    Ok(to)
}
