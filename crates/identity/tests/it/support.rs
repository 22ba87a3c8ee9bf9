//! A house with a store, a clock and chance; and the ways a person walks in it.

use std::sync::Arc;

use db::{Db, Options, ReadTx, Tx};
use identity::{
    Contact, Cx, Delivery, Error, Ground, Identifier, Keys, Locale, OpenedSession, OutboundMessage,
    Password, PersonName, Policy, Rejection, Session, SessionToken,
    device::{Arrival, DeviceToken},
    outbox, password,
    policy::HashCost,
    registration::{self, Completed, Completion, NewRegistration, RegistrationState},
    session::{self, Device, SignIn},
};
use tempfile::TempDir;
use testkit::{ManualClock, SeededEntropy};
use vocab::{Clock, RegistrationId, Timestamp, UserId};

pub(crate) const PHONE: &str = "+8613800000001";
pub(crate) const PASSWORD: &str = "violet-Harbor-62";
pub(crate) const NAME: &str = "张晓明";

/// 2026-11-22, noon.
const START: Timestamp = Timestamp::from_micros(1_795_348_800_000_000);
/// Hashing as cheap as Argon2 allows: these tests are not about its cost.
const CHEAP: HashCost = HashCost {
    memory_kib: 8,
    passes: 1,
    lanes: 1,
};

pub(crate) struct House {
    pub(crate) dir: TempDir,
    pub(crate) db: Db,
    pub(crate) ground: Ground,
    pub(crate) clock: Arc<ManualClock>,
}

pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) session: OpenedSession,
}

impl House {
    /// With the numbers of production, except for what hashing costs.
    pub(crate) fn new() -> Self {
        Self::with(Policy {
            hash_cost: CHEAP,
            ..Policy::production()
        })
    }

    pub(crate) fn sandbox() -> Self {
        Self::with(Policy {
            hash_cost: CHEAP,
            ..Policy::sandbox()
        })
    }

    fn with(policy: Policy) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let ground = Ground {
            entropy: Arc::new(SeededEntropy::new(7)),
            keys: Arc::new(Keys::derive(1, &[9; 32])),
            policy: Arc::new(policy),
        };
        let db = open(&dir);
        Self {
            dir,
            db,
            ground,
            clock: Arc::new(ManualClock::at(START)),
        }
    }

    /// Ends the program and starts it again on the same data.
    pub(crate) fn restart(self) -> Self {
        self.db.shut_down().unwrap();
        let db = open(&self.dir);
        Self { db, ..self }
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.clock.advance(seconds);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.ground.policy
    }

    pub(crate) fn write<T: Send + 'static>(
        &self,
        mut verb: impl FnMut(&mut Tx<'_>, &Cx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (ground, now) = (self.ground.clone(), self.now());
        self.db.write(move |tx| verb(tx, &ground.at(now))).wait()
    }

    pub(crate) fn read<T: Send + 'static>(
        &self,
        mut look: impl FnMut(&mut ReadTx<'_>, &Cx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (ground, now) = (self.ground.clone(), self.now());
        self.db.read(move |tx| look(tx, &ground.at(now))).wait()
    }

    /// Sends everything that waits and gives it back, oldest first.
    pub(crate) fn sent(&self) -> Vec<OutboundMessage> {
        let messages = self.write(|tx, cx| outbox::claim(tx, cx, 1_000)).unwrap();
        let settled = messages.clone();
        self.write(move |tx, cx| {
            let outcome = Ok(Delivery::default());
            settled
                .iter()
                .try_for_each(|message| outbox::settle(tx, cx, message, &outcome))
        })
        .unwrap();
        messages
    }

    /// The newest code that went out.
    pub(crate) fn sent_code(&self) -> String {
        let sent = self.sent();
        let code = sent.iter().rev().find_map(|message| message.code.as_ref());
        code.unwrap().expose().to_owned()
    }

    /// The newest Token that went out.
    pub(crate) fn sent_token(&self) -> String {
        let sent = self.sent();
        let token = sent.iter().rev().find_map(|message| message.token.as_ref());
        token.unwrap().expose().to_owned()
    }

    pub(crate) fn contact(&self, typed: &str) -> Contact {
        Contact::parse(typed, self.policy()).unwrap()
    }

    pub(crate) fn start(&self, contact: &str) -> Result<RegistrationId, Error> {
        let contact = self.contact(contact);
        let new = NewRegistration {
            contact,
            locale: Locale::En,
            accept_terms: true,
        };
        self.write(move |tx, cx| registration::start(tx, cx, &new))
            .map(|started| started.id)
    }

    /// Verifies as the edge does it; what a wrong code gets is said here.
    pub(crate) fn verify(
        &self,
        id: RegistrationId,
        code: &str,
    ) -> Result<RegistrationState, Error> {
        let counted = self.write(move |tx, cx| registration::count_attempt(tx, cx, id))?;
        let matched = counted
            .compare(code, &self.ground.keys)
            .ok_or(Rejection::CodeWrong)?;
        self.write(move |tx, cx| registration::settle(tx, cx, &matched))
    }

    pub(crate) fn complete(&self, id: RegistrationId) -> Result<Completed, Error> {
        let name = PersonName::parse(NAME)?;
        let applicant = self.read(move |tx, cx| registration::find_applicant(tx, cx, id))?;
        let own = applicant.own_data(Some(&name));
        let password = Password::read(PASSWORD, self.policy())?;
        let accepted = password::accept(password, &own, self.policy())?;
        let hashed = password::hash(&accepted, self.policy().hash_cost, &*self.ground.entropy);
        let completion = Completion {
            id,
            name,
            password: hashed,
            arrival: arrival(None),
        };
        self.write(move |tx, cx| registration::complete(tx, cx, &completion))
    }

    /// A registration whose contact is verified.
    pub(crate) fn verified(&self, contact: &str) -> RegistrationId {
        let id = self.start(contact).unwrap();
        self.verify(id, &self.sent_code()).unwrap();
        id
    }

    /// A person with an account.
    pub(crate) fn person(&self, contact: &str) -> Person {
        let completed = self.complete(self.verified(contact)).unwrap();
        Person {
            id: completed.user,
            session: completed.session,
        }
    }

    /// Signs in as the edge does it.
    pub(crate) fn sign_in(&self, identifier: &str, password: &str) -> Result<OpenedSession, Error> {
        self.sign_in_on(identifier, password, None)
    }

    /// Signs in on a device that presents this secret.
    pub(crate) fn sign_in_on(
        &self,
        identifier: &str,
        password: &str,
        device: Option<&str>,
    ) -> Result<OpenedSession, Error> {
        let identifier = Identifier::read(identifier, self.policy());
        let candidate = self.read(move |tx, cx| session::begin(tx, cx, &identifier))?;
        let password = Password::read(password, self.policy())?;
        let verdict = password::verify(&password, candidate.hashed());
        let arrival = arrival(device);
        let outcome =
            self.write(move |tx, cx| session::open(tx, cx, &candidate, verdict, &arrival))?;
        match outcome {
            SignIn::Opened(session) => Ok(session),
            SignIn::SecondFactor(ticket) => panic!("a second step: {ticket:?}"),
            SignIn::Refused(rejection) => Err(rejection.into()),
        }
    }

    /// The session that a client with this secret is in.
    pub(crate) fn session(&self, opened: &OpenedSession) -> Option<Session> {
        let token = SessionToken::read(opened.token.expose()).unwrap();
        self.read(move |tx, cx| session::find(tx, cx, &token))
            .unwrap()
    }
}

fn arrival(device: Option<&str>) -> Arrival {
    Arrival {
        device: Device::new("Test/1.0", "192.0.2.1"),
        presented: device.and_then(DeviceToken::read),
    }
}

fn open(dir: &TempDir) -> Db {
    let options = match testkit::engine::server_for(dir.path()) {
        Some(url) => Options::on_server(db::Server::new(url)),
        None => Options::new(dir.path()),
    };
    Db::open(options, &identity::migrations(), |_| Ok(()))
        .unwrap()
        .0
}

/// The code of the rejection that this ended in, or `ok`.
pub(crate) fn outcome<T>(result: &Result<T, Error>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(Error::Rejected(rejection)) => rejection.code(),
        Err(Error::Failed(_)) => "failed",
    }
}
