//! Messages leave by the job, whatever the gateway does.

#![allow(clippy::unwrap_used, reason = "a test ends where it fails")]

mod gateways;
mod smtp;

use std::sync::{Arc, Mutex};

use db::{Db, Options};
use identity::{
    Contact, Delivery, Error, Ground, Keys, Locale, Messenger, OutboundMessage, Policy, SendFault,
    registration::{self, NewRegistration},
    sandbox::{self, SandboxMessage},
};
use rails::{SandboxMessenger, deliver_once, purge_once};
use tempfile::TempDir;
use testkit::{ManualClock, SeededEntropy};
use vocab::{Clock, MessageId, Timestamp};

const PHONE: &str = "+8613800000001";

struct House {
    _dir: TempDir,
    db: Db,
    ground: Ground,
    clock: Arc<ManualClock>,
}

impl House {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (db, ()) = Db::open(
            Options::new(dir.path()),
            &identity::migrations(),
            |_| Ok(()),
        )
        .unwrap();
        let ground = Ground {
            entropy: Arc::new(SeededEntropy::new(3)),
            keys: Arc::new(Keys::derive(1, &[5; 32])),
            policy: Arc::new(Policy::sandbox()),
        };
        let start = Timestamp::from_micros(1_795_348_800_000_000);
        Self {
            _dir: dir,
            db,
            ground,
            clock: Arc::new(ManualClock::at(start)),
        }
    }

    fn register(&self, phone: &str) {
        let contact = Contact::parse_phone(phone, &self.ground.policy).unwrap();
        let new = NewRegistration {
            contact,
            locale: Locale::Zh,
            accept_terms: true,
        };
        let (ground, now) = (self.ground.clone(), self.clock.now());
        self.db
            .write(move |tx| registration::start(tx, &ground.at(now), &new))
            .wait()
            .unwrap();
    }

    fn deliver(&self, messenger: &dyn Messenger) -> usize {
        deliver_once(&self.db, &self.ground, &*self.clock, messenger).unwrap()
    }

    fn sandbox(&self) -> SandboxMessenger {
        SandboxMessenger::new(self.db.clone(), self.ground.clone(), self.clock.clone())
    }

    fn shown(&self, to: &str) -> Vec<SandboxMessage> {
        let (ground, now, to) = (self.ground.clone(), self.clock.now(), to.to_owned());
        let look = move |tx: &mut db::ReadTx<'_>| -> Result<_, Error> {
            sandbox::list(tx, &ground.at(now), Some(&to), 100)
        };
        self.db.read(look).wait().unwrap()
    }
}

/// A gateway that answers as it is told, and remembers what it was asked.
struct Scripted {
    answers: Mutex<Vec<Result<Delivery, SendFault>>>,
    asked: Mutex<Vec<(MessageId, i64)>>,
}

impl Scripted {
    fn answering(mut answers: Vec<Result<Delivery, SendFault>>) -> Self {
        answers.reverse();
        Self {
            answers: Mutex::new(answers),
            asked: Mutex::default(),
        }
    }

    fn asked(&self) -> Vec<(MessageId, i64)> {
        self.asked.lock().unwrap().clone()
    }
}

impl Messenger for Scripted {
    fn send(&self, message: &OutboundMessage) -> Result<Delivery, SendFault> {
        self.asked.lock().unwrap().push((message.id, message.tries));
        self.answers.lock().unwrap().pop().unwrap()
    }
}

#[test]
fn the_sandbox_keeps_what_would_have_left() {
    let house = House::new();
    assert_eq!(house.deliver(&house.sandbox()), 0);
    for n in 0..100 {
        house.register(&format!("+86138{n:08}"));
    }
    let messenger = house.sandbox();
    assert_eq!(
        [house.deliver(&messenger), house.deliver(&messenger)],
        [64, 36]
    );
    assert_eq!(house.deliver(&messenger), 0);
    let shown = house.shown("+8613800000042");
    assert_eq!(shown.len(), 1);
    let code = shown[0].code.as_ref().unwrap().expose();
    assert!(shown[0].text.expose().contains(code) && shown[0].to == "+8613800000042");
}

#[test]
fn a_message_sent_twice_is_shown_once() {
    let house = House::new();
    house.register(PHONE);
    let sandbox = house.sandbox();
    /// Delivers, and does not say so.
    struct Forgetful(SandboxMessenger);
    impl Messenger for Forgetful {
        fn send(&self, message: &OutboundMessage) -> Result<Delivery, SendFault> {
            self.0.send(message)?;
            Err(SendFault::Unknown("no answer".to_owned()))
        }

        fn deduplicates(&self, message: &OutboundMessage) -> bool {
            self.0.deduplicates(message)
        }
    }
    assert_eq!(house.deliver(&Forgetful(sandbox.clone())), 1);
    house.clock.advance(3);
    assert_eq!(house.deliver(&sandbox), 1);
    assert_eq!(house.shown(PHONE).len(), 1);
}

#[test]
fn a_busy_gateway_is_asked_again_under_the_same_id() {
    let house = House::new();
    house.register(PHONE);
    let busy = || Err(SendFault::Temporary("busy".to_owned()));
    let gateway = Scripted::answering(vec![busy(), busy(), Ok(Delivery::default())]);
    assert_eq!(house.deliver(&gateway), 1);
    assert_eq!(house.deliver(&gateway), 0, "not before its time");
    house.clock.advance(3);
    assert_eq!(house.deliver(&gateway), 1);
    house.clock.advance(13);
    assert_eq!(house.deliver(&gateway), 1);
    house.clock.advance(3_600);
    assert_eq!(house.deliver(&gateway), 0);
    let asked = gateway.asked();
    assert!(asked.iter().all(|(id, _)| *id == asked[0].0));
    assert_eq!(
        asked.iter().map(|(_, tries)| *tries).collect::<Vec<_>>(),
        [1, 2, 3]
    );
}

#[test]
fn what_may_be_out_is_not_sent_again_where_a_repeat_is_not_known() {
    let house = House::new();
    house.register(PHONE);
    let gateway = Scripted::answering(vec![Err(SendFault::Unknown("no answer".to_owned()))]);
    assert_eq!(house.deliver(&gateway), 1);
    house.clock.advance(200);
    assert_eq!(house.deliver(&gateway), 0);
    assert_eq!(gateway.asked().len(), 1);
}

/// A server dies between the gateway and the store; another finds the message when the lease ends.
#[test]
fn a_sender_that_died_leaves_a_message_that_is_sent_at_most_once() {
    let house = House::new();
    house.register(PHONE);
    let (ground, now) = (house.ground.clone(), house.clock.now());
    let claimed = house
        .db
        .write(move |tx| identity::outbox::claim(tx, &ground.at(now), 10))
        .wait()
        .unwrap();
    assert_eq!(claimed.len(), 1);
    house.clock.advance(180);
    let gateway = Scripted::answering(vec![]);
    assert_eq!(house.deliver(&gateway), 1);
    assert!(gateway.asked().is_empty(), "nobody was asked again");
    assert_eq!(house.deliver(&gateway), 0);
}

/// Several servers on one store, at once: each message goes out once.
#[test]
fn many_senders_send_each_message_once() {
    let house = House::new();
    for n in 0..100 {
        house.register(&format!("+86138{n:08}"));
    }
    let gateway = Scripted::answering(vec![Ok(Delivery::default()); 100]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| while house.deliver(&gateway) > 0 {});
        }
    });
    let mut ids: Vec<_> = gateway.asked().into_iter().map(|(id, _)| id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 100);
    assert_eq!(gateway.asked().len(), 100);
}

#[test]
fn one_refused_message_does_not_hold_up_the_others() {
    let house = House::new();
    house.register(PHONE);
    house.register("+8613800000002");
    let gateway = Scripted::answering(vec![
        Err(SendFault::Permanent("no such number".to_owned())),
        Ok(Delivery::default()),
    ]);
    assert_eq!(house.deliver(&gateway), 2);
    house.clock.advance(3_600);
    assert_eq!(house.deliver(&gateway), 0);
    assert_eq!(gateway.asked().len(), 2);
}

#[test]
fn what_is_over_is_forgotten() {
    let house = House::new();
    house.register(PHONE);
    house.deliver(&house.sandbox());
    let purge = || purge_once(&house.db, &house.ground, &*house.clock).unwrap();
    assert_eq!(purge(), 0);
    house.clock.advance(8 * 86_400);
    assert!(purge() > 0);
    assert_eq!(purge(), 0);
    assert!(house.shown(PHONE).is_empty());
}
