//! Signing in, staying, and being signed out.

use std::thread;

use identity::{
    Locale, SessionToken,
    session::{self, Device},
    user,
};

use crate::support::{House, PASSWORD, PHONE, outcome};

#[test]
fn the_right_password_opens_a_session_however_the_phone_is_spelled() {
    let house = House::new();
    let person = house.person(PHONE);
    for identifier in [PHONE, "13800000001", "+86 138 0000 0001"] {
        let opened = house.sign_in(identifier, PASSWORD).unwrap();
        assert_eq!(opened.user, person.id);
        assert_eq!(house.session(&opened).unwrap().id, opened.id);
    }
}

#[test]
fn refusals_do_not_say_what_was_wrong() {
    let house = House::new();
    house.person(PHONE);
    let wrong = [
        (PHONE, "violet-Harbor-63"),
        ("+8613800000002", PASSWORD),
        ("nobody@example.com", PASSWORD),
        ("not an identifier", PASSWORD),
        ("", ""),
    ];
    for (identifier, password) in wrong {
        assert_eq!(outcome(&house.sign_in(identifier, password)), "auth_failed");
    }
}

#[test]
fn a_dummy_costs_what_a_verifier_costs() {
    let house = House::new();
    house.person(PHONE);
    let cost_of = |identifier: &str| {
        let identifier = identity::Identifier::read(identifier, house.policy());
        let candidate = house
            .read(move |tx, cx| session::begin(tx, cx, &identifier))
            .unwrap();
        candidate.hashed().parameters().to_owned()
    };
    assert_eq!(cost_of(PHONE), cost_of("+8613800000002"));
    assert_eq!(cost_of(PHONE), "$argon2id$v=19$m=8,t=1,p=1");
}

#[test]
fn waits_grow_with_failures_and_the_right_password_is_refused_meanwhile() {
    let house = House::new();
    house.person(PHONE);
    let fail = |house: &House| {
        assert_eq!(
            outcome(&house.sign_in(PHONE, "violet-Harbor-63")),
            "auth_failed"
        );
    };
    for _ in 0..4 {
        fail(&house);
    }
    assert_eq!(
        outcome(&house.sign_in(PHONE, PASSWORD)),
        "ok",
        "four failures are free"
    );
    for _ in 0..4 {
        fail(&house);
    }
    let house = house.restart();
    for minutes in [1, 2, 4, 8, 16, 30, 30] {
        fail(&house);
        house.advance(minutes * 60 - 1);
        assert_eq!(
            outcome(&house.sign_in(PHONE, PASSWORD)),
            "auth_failed",
            "{minutes}"
        );
        fail(&house);
        house.advance(1);
    }
    assert_eq!(outcome(&house.sign_in(PHONE, PASSWORD)), "ok");
    fail(&house);
    assert_eq!(
        outcome(&house.sign_in(PHONE, PASSWORD)),
        "ok",
        "success clears the count"
    );
}

#[test]
fn of_200_parallel_wrong_passwords_five_are_told_apart() {
    let house = House::new();
    house.person(PHONE);
    thread::scope(|scope| {
        for _ in 0..200 {
            scope.spawn(|| outcome(&house.sign_in(PHONE, "violet-Harbor-63")));
        }
    });
    assert_eq!(outcome(&house.sign_in(PHONE, PASSWORD)), "auth_failed");
    house.advance(59);
    assert_eq!(outcome(&house.sign_in(PHONE, PASSWORD)), "auth_failed");
    house.advance(1);
    assert_eq!(
        outcome(&house.sign_in(PHONE, PASSWORD)),
        "ok",
        "195 were not counted"
    );
}

#[test]
fn silence_ends_a_session_and_use_keeps_it() {
    let house = House::new();
    let opened = house.person(PHONE).session;
    house.advance(899);
    let session = house.session(&opened).unwrap();
    assert!(session.needs_touch(house.now(), house.policy()));
    house
        .write(move |tx, cx| session::touch(tx, cx, session.id))
        .unwrap();
    house.advance(30);
    assert!(
        !house
            .session(&opened)
            .unwrap()
            .needs_touch(house.now(), house.policy())
    );
    house.advance(869);
    assert!(house.session(&opened).is_some());
    house.advance(1);
    assert!(house.session(&opened).is_none(), "15 minutes of silence");
    let id = opened.id;
    house
        .write(move |tx, cx| session::touch(tx, cx, id))
        .unwrap();
    assert!(house.session(&opened).is_none(), "a touch does not wake it");
}

#[test]
fn a_session_ends_after_twelve_hours_in_any_case() {
    let house = House::new();
    let opened = house.person(PHONE).session;
    let id = opened.id;
    for _ in 0..71 {
        house.advance(600);
        assert!(house.session(&opened).is_some());
        house
            .write(move |tx, cx| session::touch(tx, cx, id))
            .unwrap();
    }
    house.advance(599);
    assert!(house.session(&opened).is_some());
    house.advance(1);
    assert!(house.session(&opened).is_none());
}

#[test]
fn sessions_are_listed_and_revoked_by_their_owner_only() {
    let house = House::new();
    let alice = house.person(PHONE);
    let bob = house.person("bob@example.com");
    house.advance(1);
    let second = house.sign_in(PHONE, PASSWORD).unwrap();
    let list = house
        .read(move |tx, cx| session::list(tx, cx, alice.id))
        .unwrap();
    let ids: Vec<_> = list.iter().map(|view| view.session.id).collect();
    assert_eq!(ids, [second.id, alice.session.id]);
    assert_eq!(
        (list[0].device.user_agent(), list[0].device.address()),
        ("Test/1.0", "192.0.2.1")
    );

    let (bob_id, id) = (bob.id, second.id);
    let foreign = house.write(move |tx, cx| session::revoke(tx, cx, bob_id, id));
    assert_eq!(outcome(&foreign), "session_not_found");
    house
        .write(move |tx, cx| session::revoke(tx, cx, alice.id, id))
        .unwrap();
    assert!(house.session(&second).is_none());
    assert!(house.session(&alice.session).is_some());
    let again = house.write(move |tx, cx| session::revoke(tx, cx, alice.id, id));
    assert_eq!(outcome(&again), "session_not_found");
}

#[test]
fn the_epoch_ends_every_session_of_one_person() {
    let house = House::new();
    let alice = house.person(PHONE);
    let bob = house.person("bob@example.com");
    let second = house.sign_in(PHONE, PASSWORD).unwrap();
    house
        .write(move |tx, _| user::raise_epoch(tx, alice.id))
        .unwrap();
    assert!(house.session(&alice.session).is_none() && house.session(&second).is_none());
    assert!(house.session(&bob.session).is_some());
    let list = house
        .read(move |tx, cx| session::list(tx, cx, alice.id))
        .unwrap();
    assert!(list.is_empty());
    let third = house.sign_in(PHONE, PASSWORD).unwrap();
    assert!(house.session(&third).is_some());
}

#[test]
fn the_eleventh_session_ends_the_oldest() {
    let house = House::new();
    let first = house.person(PHONE).session;
    let mut later = Vec::new();
    for _ in 0..9 {
        house.advance(1);
        later.push(house.sign_in(PHONE, PASSWORD).unwrap());
    }
    assert!(house.session(&first).is_some());
    house.advance(1);
    later.push(house.sign_in(PHONE, PASSWORD).unwrap());
    assert!(house.session(&first).is_none());
    assert!(later.iter().all(|opened| house.session(opened).is_some()));
}

#[test]
fn only_the_exact_secret_is_a_session() {
    let house = House::new();
    let opened = house.person(PHONE).session;
    let secret = opened.token.expose();
    assert!(secret.starts_with("tss_") && secret.len() == 68);
    let upper = secret.to_uppercase();
    let longer = format!("{secret}0");
    let bad = [
        "",
        "tss_",
        "tss_00",
        &secret[4..],
        &secret[..67],
        &upper,
        &longer,
        " ",
    ];
    for presented in bad {
        assert!(SessionToken::read(presented).is_none(), "{presented}");
    }
    let changed = format!(
        "{}{}",
        &secret[..67],
        if secret.ends_with('0') { '1' } else { '0' }
    );
    let token = SessionToken::read(&changed).unwrap();
    assert!(
        house
            .read(move |tx, cx| session::find(tx, cx, &token))
            .unwrap()
            .is_none()
    );
}

#[test]
fn a_device_is_described_in_bounds() {
    let device = Device::new(&"x".repeat(10_000), "a\0b\u{202e}c");
    assert_eq!((device.user_agent().len(), device.address()), (256, "abc"));
    assert_eq!(Locale::from_tag("zh-Hans-CN"), Some(Locale::Zh));
    assert_eq!(Locale::from_tag("fr"), None);
}
