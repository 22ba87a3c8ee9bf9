//! What became of a message, for the person who waits for it.

use vocab::UserId;

use super::store;
use crate::{Channel, Cx, Error, user};

/// How far a message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// It waits, or is tried again.
    Waiting,
    /// The gateway took it.
    Sent,
    /// It was not sent and will not be.
    Failed,
    /// It may have been sent; it will not be tried again.
    Unknown,
    /// Its time was over before it could be sent.
    Expired,
}

impl DeliveryState {
    const ALL: [Self; 5] = [
        Self::Waiting,
        Self::Sent,
        Self::Failed,
        Self::Unknown,
        Self::Expired,
    ];

    /// As shown in the API: `waiting`, `sent`, `failed`, `unknown`, `expired`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            other => other.stored(),
        }
    }

    pub(super) const fn stored(self) -> &'static str {
        match self {
            Self::Waiting => "queued",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Expired => "expired",
        }
    }

    pub(super) fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.stored() == text)
    }

    /// True where the person should not go on waiting.
    const fn is_lost(self) -> bool {
        matches!(self, Self::Failed | Self::Unknown | Self::Expired)
    }
}

/// What a person is shown about a message that they wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryView {
    pub state: DeliveryState,
    /// Other ways to the same person, offered once this one has failed them.
    pub other_channels: Vec<Channel>,
}

/// What became of the newest message that belongs to `subject`; nothing once it is forgotten.
pub(crate) fn delivery_of(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
    subject: &str,
) -> Result<Option<DeliveryView>, Error> {
    let Some((state, channel)) = store::newest_of_subject(read, subject)? else {
        return Ok(None);
    };
    let mut other_channels = Vec::new();
    if state.is_lost() {
        let reachable = user::reachable_at(read, cx, user)?;
        let ways = reachable
            .iter()
            .map(|contact| Channel::to_kind(contact.kind()));
        for way in ways.chain([Channel::Inbox]) {
            if way != channel && !other_channels.contains(&way) {
                other_channels.push(way);
            }
        }
    }
    Ok(Some(DeliveryView {
        state,
        other_channels,
    }))
}
