//! How well an account is kept: a checklist with points, and now and then a look back at what
//! happened, "was this you?".

mod store;

pub(crate) use store::STATEMENTS;
use vocab::{Timestamp, UserId};

use crate::{
    ContactKind, Cx, Error, Session,
    audit::{self, Action, By},
    freeze::{self, Authority, FreezeKind, NewFreeze},
    password::change,
    recovery::proof,
    security_token, session, user, verification,
};

/// One thing that keeps an account safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// The password is neither leaked nor too old.
    StrongPassword,
    /// A second step at sign-in or recovery.
    TwoSteps,
    /// An active Token.
    SecurityToken,
    /// A phone number and an e-mail address.
    TwoContacts,
    /// Verified by documents.
    Identity,
    /// What happened was looked at lately.
    Reviewed,
}

impl Check {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::StrongPassword,
        Self::TwoSteps,
        Self::SecurityToken,
        Self::TwoContacts,
        Self::Identity,
        Self::Reviewed,
    ];

    /// As shown in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::StrongPassword => "strong_password",
            Self::TwoSteps => "two_steps",
            Self::SecurityToken => "security_token",
            Self::TwoContacts => "two_contacts",
            Self::Identity => "identity",
            Self::Reviewed => "reviewed",
        }
    }

    /// What it is worth; together 100 (own).
    pub const fn points(self) -> i64 {
        match self {
            Self::StrongPassword | Self::TwoSteps => 25,
            Self::SecurityToken | Self::TwoContacts => 15,
            Self::Identity | Self::Reviewed => 10,
        }
    }
}

/// How well a person's account is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkup {
    pub checks: Vec<(Check, bool)>,
    pub last_review_at: Option<Timestamp>,
    /// When the next look back is due.
    pub review_due_at: Timestamp,
}

impl Checkup {
    /// 0 to 100.
    pub fn score(&self) -> i64 {
        let done = self.checks.iter().filter(|(_, is_done)| *is_done);
        done.map(|(check, _)| check.points()).sum()
    }
}

/// Looks at how well a person's account is kept.
pub fn checkup(read: &mut impl db::Read, cx: &Cx<'_>, id: UserId) -> Result<Checkup, Error> {
    let person = user::find(read, cx, id)?;
    let last_review_at = store::last_review(read, id)?;
    let since = last_review_at.unwrap_or(person.created_at);
    let review_due_at = since.plus_seconds(cx.policy.life.review_seconds);
    let standing = change::standing(read, cx, id)?;
    let has = |kind: ContactKind| person.contacts.iter().any(|contact| contact.kind == kind);
    let is_done = |check: Check, read: &mut _| -> Result<bool, Error> {
        Ok(match check {
            Check::StrongPassword => standing.is_some_and(|standing| {
                let is_due = standing.change_due_at.is_some_and(|at| at <= cx.now);
                !is_due && !standing.must_change
            }),
            Check::TwoSteps => proof::has_second_factor(read, cx, id)?,
            Check::SecurityToken => security_token::find_active(read, cx, id)?.is_some(),
            Check::TwoContacts => has(ContactKind::Phone) && has(ContactKind::Email),
            Check::Identity => verification::tier_of(read, id)? > 0,
            Check::Reviewed => last_review_at.is_some() && review_due_at > cx.now,
        })
    };
    let mut checks = Vec::new();
    for check in Check::ALL {
        checks.push((check, is_done(check, read)?));
    }
    Ok(Checkup {
        checks,
        last_review_at,
        review_due_at,
    })
}

/// From when on a look back goes: the last one, but not further than a quarter of a year.
pub fn review_since(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
) -> Result<Timestamp, Error> {
    let earliest = cx.now.plus_seconds(-cx.policy.life.review_seconds);
    let last = store::last_review(read, user)?;
    Ok(last.unwrap_or(earliest).max(earliest))
}

/// What a person said about what happened.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// The ids of what was not theirs.
    pub not_me: Vec<String>,
}

/// Takes the answers of a look back. After anything that was not theirs every other session ends
/// and nothing leaves the account until they lift it; the caller lets the accounts follow.
pub fn answer(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    session: &Session,
    answers: &Answers,
) -> Result<(), Error> {
    store::set_review(tx, session.user, cx.now)?;
    let deed = (Action::SecurityReviewed, "");
    audit::note(tx, cx, By::session(session), session.user, deed)?;
    let Some(first) = answers.not_me.first() else {
        return Ok(());
    };
    session::end_others(tx, cx, session.user, session.id)?;
    let new = NewFreeze {
        user: session.user,
        kind: FreezeKind::Debit,
        by: Authority::Own,
        reason: Some(format!("not me: {first}")),
    };
    freeze::place(tx, cx, new).map(|_| ())
}
