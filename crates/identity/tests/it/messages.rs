//! The outbox, the inbox, and what the sandbox keeps.

use identity::{
    Channel, Delivery, Error, Locale, SendFault,
    inbox::{self, InboxCursor},
    messages::Message,
    outbox::{self, DeliveryState, DeliveryView},
    purge, sandbox,
    sandbox::SandboxMessage,
    security_token::{self, NewSecurityToken},
};
use identity::{Notice, OutboundMessage, Secret};

use crate::support::{House, PHONE, Person, outcome};

fn claim(house: &House) -> Vec<OutboundMessage> {
    house.write(|tx, cx| outbox::claim(tx, cx, 10)).unwrap()
}

fn settle(house: &House, message: &OutboundMessage, result: Result<Delivery, SendFault>) {
    let message = message.clone();
    house
        .write(move |tx, cx| outbox::settle(tx, cx, &message, &result))
        .unwrap();
}

fn request(house: &House, person: &Person, channel: Channel) {
    let new = NewSecurityToken {
        user: person.id,
        session: person.session.id,
        channel,
        name: None,
        replaces: None,
    };
    house
        .write(move |tx, cx| security_token::request(tx, cx, &new))
        .unwrap();
}

#[test]
fn a_claimed_message_comes_back_when_its_sender_died() {
    let house = House::new();
    house.start(PHONE).unwrap();
    assert!(house.read(|tx, cx| outbox::has_due(tx, cx)).unwrap());
    let first = claim(&house);
    assert_eq!((first.len(), first[0].tries), (1, 1));
    assert!(!first[0].is_resumed);
    assert!(claim(&house).is_empty(), "somebody has it");
    assert!(!house.read(|tx, cx| outbox::has_due(tx, cx)).unwrap());
    house.advance(180);
    let second = claim(&house);
    assert_eq!((second[0].id, second[0].tries), (first[0].id, 2));
    assert!(second[0].is_resumed, "it may be out already");
    settle(
        &house,
        &first[0],
        Err(SendFault::Permanent("late".to_owned())),
    );
    settle(
        &house,
        &second[0],
        Ok(Delivery {
            receipt: Some("r1".to_owned()),
        }),
    );
    house.advance(180);
    assert!(claim(&house).is_empty(), "what was sent stays sent");
}

#[test]
fn a_message_given_back_untried_is_as_if_it_had_never_been_claimed() {
    let house = House::new();
    house.start(PHONE).unwrap();
    let first = claim(&house).remove(0);
    let back = first.clone();
    house
        .write(move |tx, cx| outbox::release(tx, cx, &back))
        .unwrap();
    let second = claim(&house).remove(0);
    assert_eq!((second.tries, second.is_resumed), (1, false));
}

#[test]
fn sending_is_tried_again_and_given_up() {
    let house = House::new();
    house.start(PHONE).unwrap();
    let code = claim(&house);
    settle(
        &house,
        &code[0],
        Err(SendFault::Permanent("no such number".to_owned())),
    );
    house.advance(3_600);
    assert!(claim(&house).is_empty());

    let alice = house.person("alice@example.com");
    request(&house, &alice, Channel::Email);
    let fault = || Err(SendFault::Temporary("busy".to_owned()));
    for wait in [2, 10, 30, 120] {
        let claimed = claim(&house);
        assert_eq!(claimed.len(), 1, "{wait}");
        settle(&house, &claimed[0], fault());
        house.advance(wait - 1);
        assert!(claim(&house).is_empty(), "{wait}");
        house.advance(1 + wait / 4 + 1);
    }
    assert_eq!(
        delivery(&house, &alice).unwrap().state,
        DeliveryState::Waiting
    );
    // The next try would be ten minutes from now, and the Token lives for fifteen in all.
    house.advance(120);
    settle(&house, &claim(&house)[0], fault());
    assert_eq!(
        delivery(&house, &alice).unwrap().state,
        DeliveryState::Failed
    );
    house.advance(3_600);
    assert!(claim(&house).is_empty());
}

#[test]
fn what_would_come_too_late_has_failed_at_once() {
    let house = House::new();
    let alice = house.person("alice@example.com");
    request(&house, &alice, Channel::Email);
    house.advance(890);
    let late = claim(&house).remove(0);
    settle(&house, &late, Err(SendFault::Temporary("busy".to_owned())));
    // Two seconds and a quarter fit into the last ten.
    assert_eq!(
        delivery(&house, &alice).unwrap().state,
        DeliveryState::Waiting
    );
    house.advance(3);
    let later = claim(&house).remove(0);
    settle(&house, &later, Err(SendFault::Temporary("busy".to_owned())));
    let told = delivery(&house, &alice).unwrap();
    assert_eq!(told.state, DeliveryState::Failed, "ten seconds do not");
    assert_eq!(told.other_channels, [Channel::Inbox]);
}

#[test]
fn what_may_have_been_sent_is_not_sent_again_and_said_to_be_unknown() {
    let house = House::new();
    let alice = house.person(PHONE);
    request(&house, &alice, Channel::Sms);
    let message = claim(&house).remove(0);
    settle(
        &house,
        &message,
        Err(SendFault::Unknown("no answer".to_owned())),
    );
    assert_eq!(
        delivery(&house, &alice).unwrap().state,
        DeliveryState::Unknown
    );
    house.advance(600);
    assert!(claim(&house).is_empty());

    request(&house, &alice, Channel::Sms);
    let died = claim(&house).remove(0);
    house.advance(900);
    assert!(claim(&house).is_empty(), "too late for another sender");
    drop(died);
}

fn delivery(house: &House, person: &Person) -> Option<DeliveryView> {
    let user = person.id;
    let listed = house
        .read(move |tx, cx| security_token::list(tx, cx, user))
        .unwrap();
    listed[0].delivery.clone()
}

#[test]
fn what_comes_too_late_is_not_sent() {
    let house = House::new();
    house.start(PHONE).unwrap();
    house.advance(300);
    assert!(claim(&house).is_empty());
}

#[test]
fn the_inbox_is_read_page_by_page() {
    let house = House::new();
    let alice = house.person(PHONE);
    let bob = house.person("bob@example.com");
    for _ in 0..4 {
        house.advance(1);
        request(&house, &alice, Channel::Inbox);
    }
    let page = |cursor| {
        house
            .read(move |tx, cx| inbox::list(tx, cx, alice.id, cursor, 2))
            .unwrap()
    };
    let first = page(InboxCursor::Newest);
    let second = page(InboxCursor::After(first.next.unwrap()));
    let third = page(InboxCursor::After(second.next.unwrap()));
    assert_eq!(
        (
            first.messages.len(),
            second.messages.len(),
            third.messages.len()
        ),
        (2, 2, 1)
    );
    assert!(third.next.is_none());
    assert_eq!(third.messages[0].template, "welcome");
    let back = page(InboxCursor::Before(third.messages[0].id));
    assert_eq!(back.messages, second.messages);

    let id = first.messages[0].id;
    let unread = |house: &House| {
        house
            .read(move |tx, _| inbox::unread(tx, alice.id))
            .unwrap()
    };
    assert_eq!(unread(&house), 5);
    house
        .write(move |tx, cx| inbox::mark_read(tx, cx, alice.id, id))
        .unwrap();
    let read_at = house.now();
    house.advance(1);
    house
        .write(move |tx, cx| inbox::mark_read(tx, cx, alice.id, id))
        .unwrap();
    assert_eq!(page(InboxCursor::Newest).messages[0].read_at, Some(read_at));
    assert_eq!(unread(&house), 4);
    house
        .write(move |tx, cx| inbox::mark_all_read(tx, cx, alice.id))
        .unwrap();
    assert_eq!(unread(&house), 0);
    let foreign = house.write(move |tx, cx| inbox::mark_read(tx, cx, bob.id, id));
    assert_eq!(outcome(&foreign), "message_not_found");
}

#[test]
fn the_sandbox_shows_what_went_out() {
    let house = House::sandbox();
    let deliver = |house: &House| {
        for message in house.sent() {
            house
                .write(move |tx, cx| sandbox::deliver(tx, cx, &message))
                .unwrap();
        }
    };
    let list = |to: Option<&str>| -> Result<Vec<SandboxMessage>, Error> {
        let to = to.map(str::to_owned);
        house.read(move |tx, cx| sandbox::list(tx, cx, to.as_deref(), 20))
    };
    let id = house.start(PHONE).unwrap();
    deliver(&house);
    // What is newest must be so by the clock.
    house.advance(1);
    let code = list(Some("138 0000 0001")).unwrap()[0]
        .code
        .clone()
        .unwrap();
    house.verify(id, code.expose()).unwrap();
    let completed = house.complete(id).unwrap();
    let alice = Person {
        id: completed.user,
        session: completed.session,
    };
    house.advance(1);
    request(&house, &alice, Channel::Sms);
    deliver(&house);
    house.advance(1);
    request(&house, &alice, Channel::Inbox);

    let to_phone = list(Some(PHONE)).unwrap();
    let channels: Vec<_> = to_phone.iter().map(|message| message.channel).collect();
    assert_eq!(
        channels,
        [Channel::Inbox, Channel::Sms, Channel::Inbox, Channel::Sms]
    );
    assert_eq!(
        (&*to_phone[0].to, &*to_phone[1].to),
        (&*alice.id.to_string(), PHONE)
    );
    let token = |message: &SandboxMessage| message.token.as_ref().unwrap().expose().to_owned();
    assert_ne!(token(&to_phone[0]), token(&to_phone[1]));
    assert!(to_phone[1].text.expose().contains(&token(&to_phone[1])));
    assert!(to_phone[2].token.is_none() && to_phone[2].code.is_none());

    let of_user = list(Some(&alice.id.to_string())).unwrap();
    assert_eq!(of_user.len(), 3, "the code went to nobody yet");
    assert_eq!(list(None).unwrap().len(), 4);
    assert!(list(Some("+8613800000009")).unwrap().is_empty());
    assert_eq!(outcome(&list(Some("nonsense"))), "phone_invalid");
}

#[test]
fn production_keeps_no_copies() {
    let house = House::new();
    let alice = house.person(PHONE);
    request(&house, &alice, Channel::Inbox);
    assert!(
        house
            .read(|tx, cx| sandbox::list(tx, cx, None, 20))
            .unwrap()
            .is_empty()
    );
}

#[test]
fn every_text_names_us_and_guards_its_secret() {
    let secret = || Secret::new("SECRET".to_owned());
    let notice = |notice| Message::Notice {
        notice,
        link: Secret::new("https://wallet.example/not-me#tnm_0".to_owned()),
    };
    let messages = [
        Message::RegistrationCode {
            code: secret(),
            minutes: 5,
        },
        Message::RegistrationAttempt,
        Message::Welcome,
        Message::SecurityToken {
            token: secret(),
            minutes: 15,
        },
        notice(Notice::SecurityTokenActivated),
        notice(Notice::SecurityTokenBlocked),
        notice(Notice::SecurityTokenCanceled),
    ];
    for message in &messages {
        for (locale, warning) in [(Locale::Zh, "告诉任何人"), (Locale::En, "ever share it")] {
            let written = message.write(locale);
            let text = written.text.expose();
            assert!(text.contains("Tael") && !written.title.is_empty(), "{text}");
            let has_secret = message.code().or(message.token()).is_some();
            assert_eq!(text.contains("SECRET"), has_secret, "{text}");
            assert_eq!(text.contains(warning), has_secret, "{text}");
        }
        assert!(!format!("{message:?}").contains("SECRET"));
    }
}

#[test]
fn what_is_over_is_forgotten() {
    let house = House::sandbox();
    let alice = house.person(PHONE);
    request(&house, &alice, Channel::Inbox);
    house.sent();
    house.start("+8613800000002").unwrap();
    let purge = |house: &House| house.write(purge::purge_slice).unwrap();
    assert_eq!(purge(&house), 0, "nothing is over yet");
    house.advance(900);
    assert_eq!(purge(&house), 1, "the Token in the inbox");
    house.advance(8 * 86_400);
    assert!(house.sent().is_empty());
    assert!(purge(&house) > 0);
    assert_eq!(purge(&house), 0);
    assert!(
        house
            .read(|tx, cx| sandbox::list(tx, cx, None, 20))
            .unwrap()
            .is_empty()
    );
}
