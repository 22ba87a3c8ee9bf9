//! What a grant is good for, and for how long.

use std::thread;

use identity::{
    Error, Method, Password, Session,
    code::CodePurpose,
    factor::{self, Claim, Proof},
    notice::{self, Notice},
    step_up::{self, Purpose},
    user,
};

use vocab::UserId;

use crate::support::{House, PASSWORD, PHONE, Person, outcome};

fn claim(user: UserId) -> Claim<'static> {
    Claim {
        user,
        purpose: CodePurpose::StepUp,
        subject: "",
        session: None,
    }
}

fn session_of(house: &House, person: &Person) -> Session {
    house.session(&person.session).unwrap()
}

fn granted(house: &House, session: &Session, purpose: Purpose, resource: &'static str) {
    let of = session.clone();
    let step_up = house
        .write(move |tx, cx| step_up::request(tx, cx, &of, purpose, resource))
        .unwrap();
    assert_eq!(step_up.methods, [Method::Password]);
    let (of, id) = (session.clone(), step_up.id);
    let counted = house
        .write(move |tx, cx| step_up::count_attempt(tx, cx, &of, id, Method::Password))
        .unwrap();
    let typed = Password::read(PASSWORD, house.policy()).unwrap();
    let matched = counted
        .compare(&Proof::Password(typed), &house.ground.keys)
        .unwrap();
    let of = session.clone();
    house
        .write(move |tx, cx| step_up::grant(tx, cx, &of, id, &matched))
        .unwrap();
}

fn required(
    house: &House,
    session: &Session,
    purpose: Purpose,
    resource: &'static str,
) -> Result<(), Error> {
    let of = session.clone();
    house.write(move |tx, cx| step_up::require(tx, cx, &of, purpose, resource))
}

#[test]
fn a_grant_is_bound_to_session_purpose_and_resource() {
    let house = House::new();
    let alice = house.person(PHONE);
    let here = session_of(&house, &alice);
    let elsewhere = house.sign_in(PHONE, PASSWORD).unwrap();
    let elsewhere = house.session(&elsewhere).unwrap();
    let set_up = Purpose::SetUpFactor;
    assert_eq!(
        outcome(&required(&house, &here, set_up, "")),
        "step_up_required"
    );
    granted(&house, &here, set_up, "totp");
    assert_eq!(outcome(&required(&house, &here, set_up, "totp")), "ok");
    assert_eq!(outcome(&required(&house, &here, set_up, "totp")), "ok");
    for (session, purpose, resource) in [
        (&here, set_up, ""),
        (&here, set_up, "sms"),
        (&here, Purpose::RemoveFactor, "totp"),
        (&elsewhere, set_up, "totp"),
    ] {
        let refused = required(&house, session, purpose, resource);
        assert_eq!(outcome(&refused), "step_up_required");
    }
    house.advance(299);
    assert_eq!(outcome(&required(&house, &here, set_up, "totp")), "ok");
    house.advance(1);
    let late = required(&house, &here, set_up, "totp");
    assert_eq!(outcome(&late), "step_up_required");
}

#[test]
fn what_cannot_be_undone_takes_a_grant_each() {
    let house = House::new();
    let alice = house.person(PHONE);
    let here = session_of(&house, &alice);
    granted(&house, &here, Purpose::CloseAccount, "");
    let taken: usize = thread::scope(|scope| {
        let all: Vec<_> = (0..50)
            .map(|_| scope.spawn(|| required(&house, &here, Purpose::CloseAccount, "").is_ok()))
            .collect();
        all.into_iter()
            .map(|one| usize::from(one.join().unwrap()))
            .sum()
    });
    assert_eq!(taken, 1);
}

#[test]
fn the_epoch_ends_grants_with_their_session() {
    let house = House::new();
    let alice = house.person(PHONE);
    let here = session_of(&house, &alice);
    granted(&house, &here, Purpose::ExportData, "");
    house
        .write(move |tx, _| user::raise_epoch(tx, alice.id))
        .unwrap();
    let refused = required(&house, &here, Purpose::ExportData, "");
    assert_eq!(outcome(&refused), "step_up_required");
}

#[test]
fn s_02_a_wrong_proof_stays_counted_however_its_request_ends() {
    let house = House::new();
    let alice = house.person(PHONE);
    let here = session_of(&house, &alice);
    for _ in 0..5 {
        let user = alice.id;
        let counted = house
            .write(move |tx, cx| factor::count(tx, cx, &claim(user), Method::Password))
            .unwrap();
        // The request fails here: nothing is compared, nothing else is written.
        drop(counted);
    }
    let house = house.restart();
    let user = here.user;
    let sixth = house.write(move |tx, cx| factor::count(tx, cx, &claim(user), Method::Password));
    assert_eq!(outcome(&sixth), "tries_too_many");
}

#[test]
fn a_notice_reaches_every_contact_with_a_link() {
    let house = House::new();
    let alice = house.person(PHONE);
    house.sent();
    let user = alice.id;
    house
        .write(move |tx, cx| notice::tell(tx, cx, user, &Notice::SecurityTokenCanceled))
        .unwrap();
    let sent = house.sent();
    assert_eq!(sent.len(), 1);
    let text = sent[0].text.expose().to_owned();
    let (_, secret) = text.split_once("http://localhost:8080/not-me#").unwrap();
    let secret = secret.to_owned();
    assert_eq!(secret.len(), 4 + 64, "256 random bits");
    let done = house
        .write(move |tx, cx| notice::repudiate(tx, cx, &secret))
        .unwrap();
    assert_eq!(
        (done.user, done.kind.as_str()),
        (user, "security_token_canceled")
    );
    assert!(house.session(&alice.session).is_none());
}
