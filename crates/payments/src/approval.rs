//! Approvals of payments: each is bound to one payment by a digest over payer, payee, amount,
//! currency, fee and words, and serves once. Change any of them and it is an approval of nothing.
//!
//! An approval collects proofs until they are as strong as the payment needs. Whether they are is
//! judged again by the books, in the transaction that moves the money, and there it is used up.

mod store;

use db::{Fault, Read, Tx};
use sha2::{Digest, Sha256};
use vocab::{AccountId, ApprovalId, Money, RecordId, Timestamp, UserId};

pub(crate) use store::{
    ALL as STATEMENTS, find_locked, known_since, make_known, put_unproven, unproven, use_up,
};

use crate::factors::{Factor, Factors};

/// Life of an approval: 5 minutes, like every one-time proof here (NIST SP 800-63B-4 allows 10).
pub const LIFE_SECONDS: i64 = 300;
/// Wrong proofs before an approval is dead: 5 ((EU) 2018/389 article 4).
pub const ATTEMPTS: i64 = 5;
/// Approvals of one person that wait at a time: 10 (own).
pub const WAITING_MOST: i64 = 10;

/// How far an approval has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i64)]
pub enum ApprovalState {
    /// It takes proofs, and pays once there are enough.
    Open = 0,
    Rejected = 1,
    /// It was shown for another payment than its own, or guessed at too often.
    Void = 2,
    Used = 3,
}

impl ApprovalState {
    fn from_number(number: i64) -> Option<Self> {
        [Self::Open, Self::Rejected, Self::Void, Self::Used]
            .into_iter()
            .find(|state| *state as i64 == number)
    }
}

/// What is approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    pub owner: UserId,
    pub from: AccountId,
    pub to: AccountId,
    pub money: Money,
    pub fee: Money,
    /// A digest of note and reference.
    pub words: [u8; 16],
}

impl Intent {
    /// What an approval of this is bound to.
    pub fn digest(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(b"tael payment approval 1");
        hasher.update(self.owner.raw().to_be_bytes());
        hasher.update(self.from.raw().to_be_bytes());
        hasher.update(self.to.raw().to_be_bytes());
        hasher.update(self.money.minor.to_be_bytes());
        hasher.update(self.money.currency.number().to_be_bytes());
        hasher.update(self.fee.minor.to_be_bytes());
        hasher.update(self.fee.currency.number().to_be_bytes());
        hasher.update(self.words);
        hasher.finalize().into()
    }
}

/// An approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    pub id: ApprovalId,
    pub owner: UserId,
    pub digest: [u8; 32],
    pub to: AccountId,
    pub money: Money,
    pub fee: Money,
    /// What was proven for it so far.
    pub factors: Factors,
    pub state: ApprovalState,
    pub attempts: i64,
    /// The words that go with it, sealed by the edge.
    pub sealed: Vec<u8>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

impl Approval {
    /// Whether it still takes proofs.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.state == ApprovalState::Open && now < self.expires_at
    }

    /// Whether it is one of exactly this payment, and not used yet.
    pub(crate) fn covers(&self, digest: &[u8; 32], owner: i64, now: Timestamp) -> bool {
        self.is_open(now)
            && self.attempts < ATTEMPTS
            && self.owner.raw() == owner
            && self.digest == *digest
    }
}

/// Opens an approval of a payment, with these words beside it; none if too many of the payer's are
/// open already.
pub fn open(
    tx: &mut Tx<'_>,
    id: ApprovalId,
    intent: &Intent,
    sealed: Vec<u8>,
    now: Timestamp,
) -> Result<Option<Approval>, Fault> {
    let approval = Approval {
        id,
        owner: intent.owner,
        digest: intent.digest(),
        to: intent.to,
        money: intent.money,
        fee: intent.fee,
        factors: Factors::default(),
        state: ApprovalState::Open,
        attempts: 0,
        sealed,
        created_at: now,
        expires_at: now.plus_seconds(LIFE_SECONDS),
    };
    if store::count_open(tx, intent.owner, now)? >= WAITING_MOST {
        return Ok(None);
    }
    store::insert(tx, &approval)?;
    Ok(Some(approval))
}

/// An approval of a person, whatever became of it.
pub fn find(
    read: &mut impl Read,
    owner: UserId,
    id: ApprovalId,
) -> Result<Option<Approval>, Fault> {
    store::find(read, owner, id)
}

/// The approvals of a person that wait for proofs or for their payment, newest first.
pub fn list_open(
    read: &mut impl Read,
    owner: UserId,
    now: Timestamp,
) -> Result<Vec<Approval>, Fault> {
    store::list_open(read, owner, now, WAITING_MOST)
}

/// Counts a guess at a proof, before it is compared; `false` if there are none left. Unless the
/// last one is right, the approval pays nothing any more.
pub fn count_attempt(tx: &mut Tx<'_>, id: ApprovalId, now: Timestamp) -> Result<bool, Fault> {
    store::count_attempt(tx, id, ATTEMPTS, now)
}

/// Adds a proof that was right; `false` if it is over meanwhile.
pub fn add(tx: &mut Tx<'_>, id: ApprovalId, factor: Factor, now: Timestamp) -> Result<bool, Fault> {
    let Some(found) = store::find_locked(tx, id)?.filter(|found| found.is_open(now)) else {
        return Ok(false);
    };
    store::set_factors(tx, id, found.factors.with(factor))
}

/// Says no; `false` if it is over meanwhile.
pub fn reject(tx: &mut Tx<'_>, id: ApprovalId) -> Result<bool, Fault> {
    store::end(tx, id, ApprovalState::Rejected)
}

/// Ends an approval that was shown for another payment than its own.
pub fn void(tx: &mut Tx<'_>, id: ApprovalId) -> Result<bool, Fault> {
    store::end(tx, id, ApprovalState::Void)
}

/// Ends every open approval of a person: nothing that was said before a freeze counts after it.
pub fn void_all(tx: &mut Tx<'_>, owner: UserId) -> Result<(), Fault> {
    store::void_all(tx, owner)
}

/// Since when a person has been paying an account noteworthy sums.
pub fn payee_since(
    read: &mut impl Read,
    owner: UserId,
    payee: AccountId,
) -> Result<Option<Timestamp>, Fault> {
    let record = known_since(read, owner.raw(), payee)?;
    Ok(record.map(RecordId::time))
}

/// Small payments of a person since they last proved themselves.
pub fn unproven_of(read: &mut impl Read, owner: UserId) -> Result<crate::factors::Unproven, Fault> {
    unproven(read, owner.raw())
}

/// Forgets approvals that ended more than a day ago; at most `most`.
pub fn purge(tx: &mut Tx<'_>, now: Timestamp, most: i64) -> Result<usize, Fault> {
    store::purge(tx, now.plus_seconds(-86_400), most)
}
