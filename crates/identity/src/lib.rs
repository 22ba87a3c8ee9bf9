//! People and their credentials: who somebody is, how they prove it, how they are told.
//!
//! Every verb is a plain function over a database transaction; time, chance, keys and numbers come
//! in through [`Cx`]. This room does not know HTTP, JSON, threads, the environment or money.
//!
//! # The face
//!
//! Verbs take `(&mut db::Tx, &Cx, …)` or `(&mut impl db::Read, &Cx, …)` and answer
//! `Result<_, Error>`: [`Error::Rejected`] rolls the closure back, a refusal that must stay
//! (a counted failure) is an `Ok` variant. What takes long is a pure function between two
//! database calls:
//!
//! | flow | calls |
//! |---|---|
//! | register | [`registration::start`] · [`registration::resend`] |
//! | verify | write 1 [`registration::count_attempt`] → pure [`CountedAttempt::compare`] → write 2 [`registration::settle`] |
//! | complete | read [`registration::find_applicant`] → pure [`password::accept`], [`password::hash`] → write [`registration::complete`] |
//! | sign in | read [`session::begin`] → pure [`password::verify`] → write [`session::open`]; with a second factor write [`ticket::count_attempt`] → pure [`factor::CountedProof::compare`] → write [`ticket::redeem`] |
//! | be signed in | read [`session::find`] · write [`session::touch`] · [`session::revoke`] |
//! | get a Token | write [`security_token::request`]; write [`security_token::count_attempt`] → pure [`CountedTry::compare`] → write [`security_token::activate`] |
//! | use a Token | read [`security_token::find_active`] → pure [`ActiveToken::matches`] → on a miss write [`security_token::count_wrong_try`] |
//! | prove more | write [`step_up::request`]; write [`step_up::count_attempt`] → pure [`factor::CountedProof::compare`] → write [`step_up::grant`]; the sensitive verb calls [`step_up::require`] |
//! | "not me" | write [`notice::tell`] in the verb that changes something; write [`notice::repudiate`] by the link |
//! | work here | read [`operator::begin`] → pure [`password::verify`] → write [`operator::open`]; write [`operator::use_session`] |
//! | be told | [`inbox`] · [`outbox`] (sent by [`Messenger`]s, outside of transactions) · [`sandbox`] |
//!
//! Read in this order: `policy`, `keys`, `contact`, `code`, `registration`, `password`, `session`,
//! `security_token`, `device`, `totp`, `sms`, `recovery_code`, `pin`, `factor`, `ticket`,
//! `step_up`, `notice`, `user`, `outbox`, `messages`, `work`, `pumping`, `rejection`.

pub mod access_token;
mod allowance;
pub mod audit;
mod binding;
pub mod checkup;
pub mod closing;
pub mod code;
pub mod confirmation;
pub mod contact;
pub mod device;
pub mod export;
pub mod factor;
pub mod freeze;
mod guard;
pub mod hold;
pub mod inbox;
pub mod keys;
pub mod messages;
mod method;
mod migrations;
pub mod network;
pub mod notice;
pub mod operator;
pub mod outbox;
mod pack;
pub mod passkey;
pub mod password;
pub mod person_key;
pub mod pin;
pub mod policy;
pub mod preferences;
mod pumping;
pub mod purge;
pub mod recovery;
pub mod recovery_code;
pub mod registration;
mod rejection;
pub mod reseal;
pub mod sandbox;
mod secret;
pub mod security_token;
pub mod session;
pub mod sms;
pub mod step_up;
mod text;
pub mod ticket;
pub mod totp;
pub mod user;
pub mod verification;
pub mod work;

use std::{fmt, sync::Arc};

use vocab::{Entropy, Timestamp};

pub use binding::Binding;
pub use code::CountedAttempt;
pub use contact::{Contact, ContactIndex, ContactKind, ContactView, Identifier};
pub use keys::{Keys, Purpose, Unsealable};
pub use messages::{Channel, Locale};
pub use method::Method;
pub use migrations::{migrations, statements};
pub use notice::Notice;
pub use outbox::{Delivery, Messenger, OutboundMessage, SendFault};
pub use password::{Password, PasswordRule};
pub use policy::Policy;
pub use rejection::{Error, LifeRefusal, Rejection, StaffRefusal};
pub use secret::Secret;
pub use security_token::{ActiveToken, CountedTry};
pub use session::{OpenedSession, Session, SessionToken};
pub use user::{Payee, PersonName, User};

/// What every verb needs from outside, for one moment.
#[derive(Clone, Copy)]
pub struct Cx<'a> {
    pub now: Timestamp,
    pub entropy: &'a dyn Entropy,
    pub keys: &'a Keys,
    pub policy: &'a Policy,
}

/// The lasting part of [`Cx`], cheap to clone into a database closure.
#[derive(Clone)]
pub struct Ground {
    pub entropy: Arc<dyn Entropy>,
    pub keys: Arc<Keys>,
    pub policy: Arc<Policy>,
}

impl Ground {
    /// The context of one moment.
    pub fn at(&self, now: Timestamp) -> Cx<'_> {
        Cx {
            now,
            entropy: &*self.entropy,
            keys: &self.keys,
            policy: &self.policy,
        }
    }
}

impl fmt::Debug for Cx<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cx")
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ground")
    }
}

impl From<Unsealable> for Error {
    fn from(error: Unsealable) -> Self {
        Self::Failed(db::Fault::corrupt(error.to_string()))
    }
}
