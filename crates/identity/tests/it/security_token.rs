//! The Token's life, from the request to its end.

use std::thread;

use identity::{
    ActiveToken, Channel, Error, Rejection, Session,
    inbox::{self, InboxCursor},
    security_token::{
        self, NewSecurityToken, SecurityToken, SecurityTokenState as State, WrongTry,
    },
};
use vocab::{SecurityTokenId, UserId};

use crate::support::{House, PASSWORD, PHONE, Person, outcome};

fn request(house: &House, person: &Person, channel: Channel) -> Result<SecurityToken, Error> {
    let new = NewSecurityToken {
        user: person.id,
        session: person.session.id,
        channel,
        name: None,
        replaces: None,
    };
    house.write(move |tx, cx| security_token::request(tx, cx, &new))
}

fn session(house: &House, person: &Person) -> Session {
    house.session(&person.session).unwrap()
}

/// Activates as the edge does it.
fn activate(
    house: &House,
    session: &Session,
    id: SecurityTokenId,
    typed: &str,
) -> Result<SecurityToken, Error> {
    let session = session.clone();
    let counted = house.write(move |tx, cx| security_token::count_attempt(tx, cx, id, &session))?;
    let matched = counted
        .compare(typed, &house.ground.keys)
        .ok_or(Rejection::SecurityTokenWrong)?;
    house.write(move |tx, cx| security_token::activate(tx, cx, &matched))
}

/// A person's new active Token and its text.
fn activated(house: &House, person: &Person) -> (SecurityToken, String) {
    let pending = request(house, person, Channel::Sms).unwrap();
    let text = house.sent_token();
    let active = activate(house, &session(house, person), pending.id, &text).unwrap();
    (active, text)
}

fn active(house: &House, user: UserId) -> Option<ActiveToken> {
    house
        .read(move |tx, cx| security_token::find_active(tx, cx, user))
        .unwrap()
}

fn authorises(house: &House, user: UserId, typed: &str) -> bool {
    active(house, user).is_some_and(|token| token.matches(typed, &house.ground.keys, house.now()))
}

fn states(house: &House, user: UserId) -> Vec<State> {
    let list = house
        .read(move |tx, cx| security_token::list(tx, cx, user))
        .unwrap();
    list.into_iter().map(|token| token.state).collect()
}

fn wrong_try(house: &House, user: UserId) -> WrongTry {
    let token = active(house, user).unwrap();
    house
        .write(move |tx, cx| security_token::count_wrong_try(tx, cx, &token))
        .unwrap()
}

#[test]
fn a_token_is_requested_delivered_activated_and_authorises() {
    let house = House::new();
    let alice = house.person(PHONE);
    let pending = request(&house, &alice, Channel::Sms).unwrap();
    assert_eq!(
        (pending.state, &*pending.delivered_to),
        (State::Pending, "138****0001")
    );
    assert_eq!(pending.expires_at, house.now().plus_seconds(900));
    let sent = house.sent();
    let message = sent.last().unwrap();
    let text = message.token.as_ref().unwrap().expose().to_owned();
    assert!(message.to.value() == PHONE && message.text.expose().contains(&text));
    let groups: Vec<_> = text.split('-').collect();
    assert!(
        groups.len() == 4 && groups.iter().all(|group| group.len() == 4),
        "{text}"
    );
    assert!(
        !authorises(&house, alice.id, &text),
        "worth nothing before it is active"
    );

    let token = activate(&house, &session(&house, &alice), pending.id, &text).unwrap();
    assert_eq!((token.state, token.id), (State::Active, pending.id));
    assert_eq!(token.expires_at, house.now().plus_seconds(365 * 86_400));
    let spellings = [
        text.clone(),
        text.to_lowercase(),
        text.replace('-', ""),
        text.replace('-', " "),
        text.replace('0', "o").replace('1', "l"),
    ];
    for typed in &spellings {
        assert!(authorises(&house, alice.id, typed), "{typed}");
    }
    let told: Vec<_> = house
        .sent()
        .iter()
        .map(|message| message.template.clone())
        .collect();
    assert_eq!(told, ["security_token_activated"]);
}

#[test]
fn near_misses_do_not_authorise() {
    let house = House::new();
    let alice = house.person(PHONE);
    let (_, text) = activated(&house, &alice);
    let changed = |place: usize| {
        let mut characters: Vec<char> = text.chars().collect();
        characters[place] = if characters[place] == 'A' { 'B' } else { 'A' };
        characters.into_iter().collect::<String>()
    };
    let long = "A".repeat(100_000);
    let mut misses = vec![
        String::new(),
        text[..18].to_owned(),
        text[1..].to_owned(),
        format!("{text}A"),
        format!("{text}U"),
        text.replace('-', "_"),
        long,
    ];
    misses.extend([0, 1, 2, 3, 5, 18].map(changed));
    for typed in misses {
        assert!(!authorises(&house, alice.id, &typed), "{typed}");
    }
    let bob = house.person("bob@example.com");
    assert!(!authorises(&house, bob.id, &text), "somebody else's");
}

#[test]
fn it_goes_to_designated_contacts_only() {
    let house = House::new();
    let alice = house.person(PHONE);
    let bob = house.person("Bob@example.com");
    let missing = "designated_contact_missing";
    assert_eq!(outcome(&request(&house, &alice, Channel::Email)), missing);
    assert_eq!(outcome(&request(&house, &bob, Channel::Sms)), missing);
    let by_mail = request(&house, &bob, Channel::Email).unwrap();
    assert_eq!(by_mail.delivered_to, "B***@example.com");
    assert_eq!(house.sent().last().unwrap().to.value(), "Bob@example.com");
    let in_app = request(&house, &alice, Channel::Inbox).unwrap();
    assert_eq!(in_app.delivered_to, "inbox");
    assert!(house.sent().is_empty(), "nothing leaves");
}

#[test]
fn in_the_inbox_it_is_shown_until_it_has_served() {
    let house = House::new();
    let alice = house.person(PHONE);
    let newest = |house: &House| {
        let page = house
            .read(move |tx, cx| inbox::list(tx, cx, alice.id, InboxCursor::Newest, 20))
            .unwrap();
        page.messages
            .into_iter()
            .find(|message| message.template == "security_token")
            .unwrap()
    };
    let pending = request(&house, &alice, Channel::Inbox).unwrap();
    let shown = newest(&house).text;
    let text = shown
        .split_whitespace()
        .find(|word| word.matches('-').count() == 3)
        .unwrap();
    let text = text.trim_end_matches('.');
    activate(&house, &session(&house, &alice), pending.id, text).unwrap();
    assert!(authorises(&house, alice.id, text));
    assert!(!newest(&house).text.contains(text));

    request(&house, &alice, Channel::Inbox).unwrap();
    let second = newest(&house).text;
    assert!(second.contains("activate") || second.contains("Activate"));
    house.advance(900);
    assert!(newest(&house).text.contains("not shown any more"));
}

#[test]
fn five_wrong_tries_block_the_activation() {
    let house = House::new();
    let alice = house.person(PHONE);
    let pending = request(&house, &alice, Channel::Sms).unwrap();
    let text = house.sent_token();
    let session = session(&house, &alice);
    let outcomes: Vec<&str> = thread::scope(|scope| {
        let tries: Vec<_> = (0..100)
            .map(|_| {
                scope.spawn(|| {
                    outcome(&activate(
                        &house,
                        &session,
                        pending.id,
                        "AAAA-AAAA-AAAA-AAAA",
                    ))
                })
            })
            .collect();
        tries
            .into_iter()
            .map(|tried| tried.join().unwrap())
            .collect()
    });
    let count = |code| outcomes.iter().filter(|&&outcome| outcome == code).count();
    assert_eq!(
        (
            count("security_token_wrong"),
            count("security_token_blocked")
        ),
        (5, 95)
    );
    let house = house.restart();
    let late = activate(&house, &session, pending.id, &text);
    assert_eq!(outcome(&late), "security_token_blocked");
    assert_eq!(states(&house, alice.id), [State::Blocked]);
    house.advance(1);
    activated(&house, &alice);
    assert_eq!(states(&house, alice.id), [State::Active, State::Blocked]);
}

#[test]
fn the_fifth_try_may_be_the_right_one() {
    let house = House::new();
    let alice = house.person(PHONE);
    let pending = request(&house, &alice, Channel::Sms).unwrap();
    let text = house.sent_token();
    let session = session(&house, &alice);
    for _ in 0..4 {
        let wrong = activate(&house, &session, pending.id, "wrong");
        assert_eq!(outcome(&wrong), "security_token_wrong");
    }
    assert_eq!(
        outcome(&activate(&house, &session, pending.id, &text)),
        "ok"
    );
    assert_eq!(active(&house, alice.id).unwrap().wrong_tries, 0);
}

#[test]
fn of_parallel_right_activations_one_succeeds() {
    let house = House::new();
    let alice = house.person(PHONE);
    let pending = request(&house, &alice, Channel::Sms).unwrap();
    let text = house.sent_token();
    let session = session(&house, &alice);
    let outcomes: Vec<&str> = thread::scope(|scope| {
        let tries: Vec<_> = (0..50)
            .map(|_| scope.spawn(|| outcome(&activate(&house, &session, pending.id, &text))))
            .collect();
        tries
            .into_iter()
            .map(|tried| tried.join().unwrap())
            .collect()
    });
    assert_eq!(
        outcomes.iter().filter(|&&outcome| outcome == "ok").count(),
        1
    );
    assert_eq!(states(&house, alice.id), [State::Active]);
}

#[test]
fn it_is_activated_in_time_and_where_it_was_asked_for() {
    let house = House::new();
    let alice = house.person(PHONE);
    let bob = house.person("bob@example.com");
    let pending = request(&house, &alice, Channel::Sms).unwrap();
    let text = house.sent_token();
    let other = house.sign_in(PHONE, PASSWORD).unwrap();
    let other = house.session(&other).unwrap();
    let elsewhere = activate(&house, &other, pending.id, &text);
    assert_eq!(outcome(&elsewhere), "security_token_other_session");
    let foreign = activate(&house, &session(&house, &bob), pending.id, &text);
    assert_eq!(outcome(&foreign), "security_token_not_found");

    let session = session(&house, &alice);
    house.advance(900);
    let late = activate(&house, &session, pending.id, &text);
    assert_eq!(outcome(&late), "security_token_activation_expired");
    assert_eq!(states(&house, alice.id), [State::ActivationExpired]);
}

#[test]
fn a_new_request_kills_the_pending_one_and_the_active_one_lives_until_then() {
    let house = House::new();
    let alice = house.person(PHONE);
    let (_, old) = activated(&house, &alice);
    let session = session(&house, &alice);
    let first = request(&house, &alice, Channel::Sms).unwrap();
    let first_text = house.sent_token();
    house.advance(1);
    let second = request(&house, &alice, Channel::Sms).unwrap();
    let second_text = house.sent_token();
    let dead = activate(&house, &session, first.id, &first_text);
    assert_eq!(outcome(&dead), "security_token_not_pending");
    assert!(
        authorises(&house, alice.id, &old),
        "the old one is valid until the new one is"
    );
    activate(&house, &session, second.id, &second_text).unwrap();
    assert!(!authorises(&house, alice.id, &old));
    assert!(authorises(&house, alice.id, &second_text));
    assert_eq!(
        states(&house, alice.id),
        [State::Active, State::Canceled, State::Canceled]
    );
    let again = activate(&house, &session, second.id, &second_text);
    assert_eq!(outcome(&again), "security_token_not_pending");
}

#[test]
fn five_wrong_tries_at_transactions_block_it() {
    let house = House::new();
    let alice = house.person(PHONE);
    let (_, text) = activated(&house, &alice);
    house.sent();
    for tries_left in [4, 3, 2, 1] {
        assert_eq!(
            wrong_try(&house, alice.id),
            WrongTry::Counted { tries_left }
        );
    }
    let token = active(&house, alice.id).unwrap();
    assert_eq!(token.wrong_tries, 4);
    house
        .write(move |tx, _| security_token::clear_wrong_tries(tx, &token))
        .unwrap();
    for tries_left in [4, 3, 2, 1] {
        assert_eq!(
            wrong_try(&house, alice.id),
            WrongTry::Counted { tries_left }
        );
    }
    let stale = active(&house, alice.id).unwrap();
    assert_eq!(wrong_try(&house, alice.id), WrongTry::Blocked);
    assert!(!authorises(&house, alice.id, &text));
    assert_eq!(states(&house, alice.id), [State::Blocked]);
    let late = house.write(move |tx, cx| security_token::count_wrong_try(tx, cx, &stale));
    assert_eq!(
        late.unwrap(),
        WrongTry::Blocked,
        "by somebody who still had it in a cache"
    );
    assert_eq!(house.sent().len(), 1, "told once");
}

#[test]
fn it_ends_by_its_owner_and_by_time() {
    let house = House::new();
    let alice = house.person(PHONE);
    let (token, text) = activated(&house, &alice);
    let id = token.id;
    let canceled = house
        .write(move |tx, cx| security_token::cancel(tx, cx, alice.id, id))
        .unwrap();
    assert_eq!(canceled.state, State::Canceled);
    assert!(!authorises(&house, alice.id, &text));
    let again = house
        .write(move |tx, cx| security_token::cancel(tx, cx, alice.id, id))
        .unwrap();
    assert_eq!(again.state, State::Canceled);

    // What is newest must be so by the clock.
    house.advance(1);
    let (_, text) = activated(&house, &alice);
    house.advance(365 * 86_400 - 1);
    assert!(authorises(&house, alice.id, &text));
    house.advance(1);
    assert!(!authorises(&house, alice.id, &text));
    assert_eq!(states(&house, alice.id)[0], State::Expired);
}

#[test]
fn ten_requests_a_day() {
    let house = House::new();
    let alice = house.person(PHONE);
    for _ in 0..10 {
        request(&house, &alice, Channel::Inbox).unwrap();
        house.advance(1);
    }
    let refused = request(&house, &alice, Channel::Inbox);
    let free_at = house.now().plus_seconds(86_400 - 10);
    assert!(matches!(
        refused,
        Err(Error::Rejected(Rejection::SecurityTokensTooMany { retry_at })) if retry_at == free_at
    ));
    house.advance(86_400 - 10);
    assert_eq!(outcome(&request(&house, &alice, Channel::Inbox)), "ok");
}
