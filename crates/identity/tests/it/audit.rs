//! The log of who did what: whole, in order, and impossible to change unseen.

use std::thread;

use db::{Read, Tx, params};
use identity::{
    Error,
    audit::{self, Action, Actor, Note, Page, Report},
    session,
};
use vocab::{OperatorId, UserId};

use crate::support::{House, PASSWORD, PHONE, outcome};

const ALL: Page = Page {
    before: None,
    most: 100,
};

fn note(subject: UserId) -> Note<'static> {
    Note {
        actor: Actor::System,
        subject: Some(subject),
        action: Action::SessionEnded,
        object: "",
        session: None,
    }
}

fn verify(house: &House) -> Report {
    house.read(|tx, cx| audit::verify(tx, cx.keys)).unwrap()
}

fn actions(house: &House, user: UserId) -> Vec<&'static str> {
    let entries = house
        .read(move |tx, _| audit::about(tx, user, ALL))
        .unwrap();
    entries
        .into_iter()
        .rev()
        .map(|entry| entry.action.code())
        .collect()
}

/// Runs one statement as somebody who can write the tables.
fn tamper(house: &House, sql: db::Sql) {
    house
        .write(move |tx: &mut Tx<'_>, _| Ok(tx.execute(sql, &params![])?))
        .unwrap();
}

#[test]
fn an_account_tells_its_story() {
    let house = House::new();
    let alice = house.person(PHONE);
    assert_eq!(
        outcome(&house.sign_in(PHONE, "not-the-one-62")),
        "auth_failed"
    );
    let second = house.sign_in(PHONE, PASSWORD).unwrap();
    house
        .write(move |tx, cx| session::revoke(tx, cx, second.user, second.id))
        .unwrap();
    assert_eq!(
        actions(&house, alice.id),
        [
            "account_opened",
            "session_opened",
            "sign_in_refused",
            "new_device",
            "session_opened",
            "session_ended"
        ]
    );
    let entries = house
        .read(move |tx, _| audit::about(tx, alice.id, ALL))
        .unwrap();
    let opened = entries
        .iter()
        .find(|entry| entry.session == Some(second.id))
        .unwrap();
    assert_eq!(opened.actor, Actor::User(alice.id));
    assert_eq!(opened.session, Some(second.id));
    assert_eq!(opened.object, second.id.to_string());
    assert_eq!(
        opened.device,
        entries.last_chunk::<2>().unwrap()[0].device,
        "one browser, one hash"
    );
    assert!(opened.device.is_some());
    assert!(verify(&house).entries >= 5);
    assert_eq!(verify(&house).differences_total, 0);
}

#[test]
fn a_person_sees_their_own_entries_alone_and_page_by_page() {
    let house = House::new();
    let alice = house.person(PHONE);
    let bob = house.person("bob@example.org");
    assert_eq!(actions(&house, bob.id).len(), 2);
    let first = Page {
        before: None,
        most: 1,
    };
    let newest = house
        .read(move |tx, _| audit::about(tx, alice.id, first))
        .unwrap();
    let rest = Page {
        before: Some(newest[0].seq),
        most: 10,
    };
    let older = house
        .read(move |tx, _| audit::about(tx, alice.id, rest))
        .unwrap();
    assert_eq!(newest[0].action, Action::SessionOpened);
    assert_eq!(older.len(), 1);
    assert_eq!(older[0].action, Action::AccountOpened);
}

#[test]
fn writers_at_the_same_time_make_one_chain() {
    let house = House::new();
    let alice = house.person(PHONE);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..25 {
                    house
                        .write(move |tx, cx| audit::record(tx, cx, &note(alice.id)))
                        .unwrap();
                }
            });
        }
    });
    let report = verify(&house);
    assert_eq!((report.entries, report.differences_total), (202, 0));
    let head = house.read(|tx, _| audit::head(tx)).unwrap();
    assert_eq!(head.seq, 202);
}

#[test]
fn what_was_rolled_back_is_not_in_the_log() {
    let house = House::new();
    let alice = house.person(PHONE);
    let refused: Result<(), Error> = house.write(move |tx, cx| {
        audit::record(tx, cx, &note(alice.id))?;
        Err(identity::Rejection::UserNotFound.into())
    });
    assert_eq!(outcome(&refused), "user_not_found");
    let report = verify(&house);
    assert_eq!((report.entries, report.differences_total), (2, 0));
}

#[test]
fn every_change_to_the_log_is_seen() {
    let changes = [
        db::sql!("UPDATE audit_log SET at = at + 1 WHERE seq = 2"),
        db::sql!("UPDATE audit_log SET actor_kind = 'nobody', actor_id = '' WHERE seq = 2"),
        db::sql!("UPDATE audit_log SET subject = 7 WHERE seq = 2"),
        db::sql!("UPDATE audit_log SET action = 'session_ended' WHERE seq = 2"),
        db::sql!("UPDATE audit_log SET action = 'nonsense' WHERE seq = 2"),
        db::sql!("UPDATE audit_log SET object = 'x' WHERE seq = 2"),
        db::sql!("UPDATE audit_log SET session_id = NULL WHERE seq = 2"),
        db::sql!("UPDATE audit_log SET device_hash = NULL WHERE seq = 2"),
        db::sql!("UPDATE audit_log SET mac = device_hash WHERE seq = 2"),
        db::sql!("UPDATE audit_log SET seq = seq + 100 WHERE seq = 2"),
        db::sql!("DELETE FROM audit_log WHERE seq = 1"),
        db::sql!("DELETE FROM audit_log WHERE seq = 2"),
        db::sql!("UPDATE audit_head SET seq = 1"),
    ];
    for sql in changes {
        let house = House::new();
        house.person(PHONE);
        assert_eq!(verify(&house).differences_total, 0);
        tamper(&house, sql);
        assert!(!verify(&house).differences.is_empty(), "{}", sql.text());
    }
}

#[test]
fn a_log_under_another_key_does_not_hold() {
    let house = House::new();
    house.person(PHONE);
    let other = identity::Keys::derive(1, &[8; 32]);
    let report = house.read(move |tx, _| audit::verify(tx, &other)).unwrap();
    assert_eq!(report.differences_total, 2);
}

#[test]
fn what_a_person_wrote_never_enters_the_log() {
    let house = House::new();
    let alice = house.person(PHONE);
    for object in [PHONE, "bob@example.org", "张晓明"] {
        let refused = house.write(move |tx, cx| {
            let note = Note {
                actor: Actor::Operator(OperatorId::new(cx.now, cx.entropy)),
                object,
                ..note(alice.id)
            };
            audit::record(tx, cx, &note)
        });
        assert_eq!(outcome(&refused), "failed");
    }
    let rows = house
        .read(|tx, _| {
            let count = db::sql!("SELECT COUNT(*) FROM audit_log");
            Ok(tx.query_one(count, &params![], |row| row.int(0))?)
        })
        .unwrap();
    assert_eq!(rows, Some(2));
}
