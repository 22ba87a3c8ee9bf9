//! From a contact to a person, and every way in which a code is guessed.

use std::thread;

use identity::{
    ContactKind, Locale, Password, PersonName, Rejection, password,
    registration::{self, NewRegistration, RegistrationState},
    user,
};

use crate::support::{House, NAME, PHONE, outcome};

/// A code that is certainly not this one.
fn other_than(code: &str) -> String {
    let first = if code.starts_with('0') { '1' } else { '0' };
    format!("{first}{}", &code[1..])
}

#[test]
fn a_contact_becomes_a_person_who_is_signed_in() {
    let house = House::new();
    let id = house.start("138 0000 0001").unwrap();
    let sent = house.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].to.value(), PHONE);
    let code = sent[0].code.as_ref().unwrap().expose().to_owned();
    assert!(
        sent[0].text.expose().contains(&code),
        "the code stands in the text"
    );
    assert_eq!(
        house.verify(id, &code).unwrap(),
        RegistrationState::ContactVerified
    );

    let completed = house.complete(id).unwrap();
    assert_eq!(
        house.session(&completed.session).unwrap().user,
        completed.user
    );
    let person = house
        .read(move |tx, cx| user::find(tx, cx, completed.user))
        .unwrap();
    assert_eq!((person.name.as_str(), person.locale), (NAME, Locale::En));
    assert_eq!(person.contacts.len(), 1);
    assert_eq!(person.contacts[0].kind, ContactKind::Phone);
    assert_eq!(person.contacts[0].value.expose(), PHONE);
    assert!(person.contacts[0].is_designated);

    let contact = house.contact("+86 138-0000-0001");
    let payee = house
        .read(move |tx, cx| user::find_by_contact(tx, cx, &contact))
        .unwrap();
    assert_eq!(payee.unwrap().masked_name, "**明");
}

#[test]
fn the_terms_must_be_accepted() {
    let house = House::new();
    let contact = house.contact(PHONE);
    let new = NewRegistration {
        contact,
        locale: Locale::Zh,
        accept_terms: false,
    };
    let refused = house.write(move |tx, cx| registration::start(tx, cx, &new));
    assert_eq!(outcome(&refused), "terms_not_accepted");
    assert!(house.sent().is_empty());
}

#[test]
fn of_200_parallel_wrong_codes_five_are_compared_and_the_right_one_is_refused_after() {
    let house = House::new();
    let id = house.start(PHONE).unwrap();
    let code = house.sent_code();
    let wrong = other_than(&code);
    let outcomes: Vec<&str> = thread::scope(|scope| {
        let guesses: Vec<_> = (0..200)
            .map(|_| scope.spawn(|| outcome(&house.verify(id, &wrong))))
            .collect();
        guesses
            .into_iter()
            .map(|guess| guess.join().unwrap())
            .collect()
    });
    assert_eq!(
        outcomes
            .iter()
            .filter(|&&outcome| outcome == "code_wrong")
            .count(),
        5
    );
    assert_eq!(
        outcomes
            .iter()
            .filter(|&&outcome| outcome == "code_exhausted")
            .count(),
        195
    );
    assert_eq!(outcome(&house.verify(id, &code)), "code_exhausted");
}

#[test]
fn of_50_parallel_right_codes_one_succeeds() {
    let house = House::new();
    let id = house.start(PHONE).unwrap();
    let code = house.sent_code();
    let outcomes: Vec<&str> = thread::scope(|scope| {
        let guesses: Vec<_> = (0..50)
            .map(|_| scope.spawn(|| outcome(&house.verify(id, &code))))
            .collect();
        guesses
            .into_iter()
            .map(|guess| guess.join().unwrap())
            .collect()
    });
    assert_eq!(
        outcomes.iter().filter(|&&outcome| outcome == "ok").count(),
        1
    );
}

#[test]
fn attempts_survive_a_restart() {
    let house = House::new();
    let id = house.start(PHONE).unwrap();
    let code = house.sent_code();
    let wrong = other_than(&code);
    for _ in 0..3 {
        assert_eq!(outcome(&house.verify(id, &wrong)), "code_wrong");
    }
    let house = house.restart();
    for _ in 0..2 {
        assert_eq!(outcome(&house.verify(id, &wrong)), "code_wrong");
    }
    assert_eq!(outcome(&house.verify(id, &code)), "code_exhausted");
}

#[test]
fn a_code_is_nothing_in_another_flow() {
    let house = House::new();
    let one = house.start(PHONE).unwrap();
    let code = house.sent_code();
    let other = house.start("+8613800000002").unwrap();
    let other_code = house.sent_code();
    assert_ne!(code, other_code, "the seed gives two codes");
    assert_eq!(outcome(&house.verify(other, &code)), "code_wrong");
    // The foreign guess has not burnt an attempt of its own flow.
    for _ in 0..4 {
        assert_eq!(outcome(&house.verify(one, &other_code)), "code_wrong");
    }
    assert_eq!(outcome(&house.verify(one, &code)), "ok");
}

#[test]
fn a_counted_attempt_of_one_flow_does_not_open_another() {
    let house = House::new();
    let one = house.start(PHONE).unwrap();
    let code = house.sent_code();
    let other = house.start("+8613800000002").unwrap();
    let counted = house
        .write(move |tx, cx| registration::count_attempt(tx, cx, one))
        .unwrap();
    let matched = counted.compare(&code, &house.ground.keys).unwrap();
    house
        .write(move |tx, cx| registration::settle(tx, cx, &matched))
        .unwrap();
    let refused = house.read(move |tx, cx| registration::find_applicant(tx, cx, other));
    assert_eq!(outcome(&refused), "contact_not_verified");
}

#[test]
fn codes_expire_before_their_registration() {
    let house = House::new();
    let id = house.start(PHONE).unwrap();
    let code = house.sent_code();
    house.advance(299);
    assert_eq!(outcome(&house.verify(id, &other_than(&code))), "code_wrong");
    house.advance(1);
    assert_eq!(outcome(&house.verify(id, &code)), "code_expired");
    house
        .write(move |tx, cx| registration::resend(tx, cx, id))
        .unwrap();
    assert_eq!(outcome(&house.verify(id, &house.sent_code())), "ok");
    house.advance(3_300);
    assert_eq!(outcome(&house.complete(id)), "registration_expired");
    assert_eq!(outcome(&house.verify(id, &code)), "registration_expired");
}

#[test]
fn a_new_code_kills_the_old_one_and_forgives_nothing() {
    let house = House::new();
    let id = house.start(PHONE).unwrap();
    let first = house.sent_code();
    for _ in 0..3 {
        assert_eq!(
            outcome(&house.verify(id, &other_than(&first))),
            "code_wrong"
        );
    }
    house.advance(60);
    house
        .write(move |tx, cx| registration::resend(tx, cx, id))
        .unwrap();
    let second = house.sent_code();
    assert_ne!(first, second, "the seed gives two codes");
    assert_eq!(outcome(&house.verify(id, &first)), "code_wrong");
    assert_eq!(outcome(&house.verify(id, &first)), "code_wrong");
    assert_eq!(outcome(&house.verify(id, &second)), "code_exhausted");
    house.advance(60);
    let again = house.write(move |tx, cx| registration::resend(tx, cx, id));
    assert_eq!(outcome(&again), "code_exhausted");
}

#[test]
fn an_address_gets_codes_at_a_measured_pace() {
    let house = House::new();
    let begun = house.now();
    house.start(PHONE).unwrap();
    let retry_at = begun.plus_seconds(60);
    match house.start("0086 138 0000 0001") {
        Err(identity::Error::Rejected(rejection)) => {
            assert_eq!(rejection, Rejection::CodesTooMany { retry_at });
        }
        other => panic!("{other:?}"),
    }
    for _ in 0..4 {
        house.advance(60);
        house.start(PHONE).unwrap();
    }
    house.advance(60);
    assert_eq!(
        outcome(&house.start(PHONE)),
        "codes_too_many",
        "five an hour"
    );
    house.advance(3_300);
    for _ in 0..5 {
        house.start(PHONE).unwrap();
        house.advance(60);
    }
    house.advance(3_600);
    assert_eq!(outcome(&house.start(PHONE)), "codes_too_many", "ten a day");
    assert_eq!(
        outcome(&house.start("+8613800000002")),
        "ok",
        "others are not concerned"
    );
    house.advance(86_400);
    assert_eq!(outcome(&house.start(PHONE)), "ok");
    assert_eq!(
        house.sent().len(),
        1,
        "codes that came too late were not sent"
    );
}

#[test]
fn a_known_contact_gets_the_same_answers_but_no_code() {
    let house = House::new();
    house.person(PHONE);
    house.sent();
    house.advance(60);
    let start = |contact: &str| {
        let contact = house.contact(contact);
        let new = NewRegistration {
            contact,
            locale: Locale::Zh,
            accept_terms: true,
        };
        house
            .write(move |tx, cx| registration::start(tx, cx, &new))
            .unwrap()
    };
    let (known, unknown) = (start(PHONE), start("+8613800000002"));
    assert_eq!(
        (known.state, known.resend_at, known.expires_at),
        (unknown.state, unknown.resend_at, unknown.expires_at)
    );
    let sent = house.sent();
    let to_known: Vec<_> = sent
        .iter()
        .filter(|message| message.to.value() == PHONE)
        .collect();
    assert_eq!(to_known.len(), 1);
    assert_eq!(to_known[0].template, "registration_attempt");
    assert!(to_known[0].code.is_none());

    for id in [known.id, unknown.id] {
        for _ in 0..5 {
            assert_eq!(outcome(&house.verify(id, "12 34 5x")), "code_wrong");
        }
        assert_eq!(outcome(&house.verify(id, "123456")), "code_exhausted");
        assert_eq!(outcome(&house.complete(id)), "contact_not_verified");
        assert_eq!(outcome(&house.start(PHONE)), "codes_too_many");
    }
    house.advance(3_600);
    start(PHONE);
    assert!(house.sent().is_empty(), "one notice a day");
    house.advance(86_400);
    start(PHONE);
    assert_eq!(house.sent().len(), 1);
}

#[test]
fn the_last_step_comes_from_its_own_state_only() {
    let house = House::new();
    let id = house.start(PHONE).unwrap();
    assert_eq!(outcome(&house.complete(id)), "contact_not_verified");
    let code = house.sent_code();
    house.verify(id, &code).unwrap();
    assert_eq!(
        outcome(&house.verify(id, &code)),
        "contact_already_verified"
    );
    let again = house.write(move |tx, cx| registration::resend(tx, cx, id));
    assert_eq!(outcome(&again), "contact_already_verified");
    house.complete(id).unwrap();
    assert_eq!(outcome(&house.complete(id)), "registration_closed");
    assert_eq!(outcome(&house.verify(id, &code)), "registration_closed");
    let unknown = "reg_00000000000000000000000000".parse().unwrap();
    assert_eq!(outcome(&house.complete(unknown)), "registration_not_found");
}

#[test]
fn of_50_parallel_completes_with_one_contact_one_makes_a_person() {
    let house = House::sandbox();
    let registrations: Vec<_> = (0..50).map(|_| house.verified(PHONE)).collect();
    let outcomes: Vec<&str> = thread::scope(|scope| {
        let house = &house;
        let completes: Vec<_> = registrations
            .iter()
            .map(|&id| scope.spawn(move || outcome(&house.complete(id))))
            .collect();
        completes
            .into_iter()
            .map(|complete| complete.join().unwrap())
            .collect()
    });
    assert_eq!(
        outcomes.iter().filter(|&&outcome| outcome == "ok").count(),
        1
    );
    assert_eq!(
        outcomes
            .iter()
            .filter(|&&outcome| outcome == "registration_closed")
            .count(),
        49
    );
}

#[test]
fn many_people_of_one_microsecond_get_ids_of_their_own() {
    let house = House::sandbox();
    let mut ids: Vec<_> = (0..200)
        .map(|n| house.person(&format!("+86139{n:08}")).id.raw())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 200);
}

#[test]
fn codes_are_uniform_and_keep_their_leading_zeros() {
    let house = House::sandbox();
    let mut buckets = [0_i64; 10];
    for n in 0..400 {
        house.start(&format!("+86137{n:08}")).unwrap();
        if n % 20 == 19 {
            for message in house.sent() {
                let code = message.code.as_ref().unwrap().expose().to_owned();
                assert!(
                    code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()),
                    "{code}"
                );
                buckets[usize::from(code.as_bytes()[0] - b'0')] += 1;
            }
        }
    }
    // Chi-square with 9 degrees of freedom: 27.9 at one in a thousand.
    let chi_square_times_40: i64 = buckets.iter().map(|&count| (count - 40).pow(2)).sum();
    assert!(chi_square_times_40 < 28 * 40, "{buckets:?}");
}

#[test]
fn names_are_read_strictly() {
    let long = "x".repeat(65);
    for bad in [
        "",
        "   ",
        "a\0b",
        "a\nb",
        "a\u{202e}b",
        "a\u{200b}b",
        "\u{e000}",
        &long,
    ] {
        assert_eq!(
            PersonName::parse(bad),
            Err(Rejection::NameInvalid),
            "{bad:?}"
        );
    }
    assert_eq!(PersonName::parse(" 张三 ").unwrap().as_str(), "张三");
    let composed = PersonName::parse("Zoe\u{301}").unwrap();
    assert_eq!(composed.as_str(), "Zo\u{e9}");
    assert_eq!(format!("{composed:?}"), "PersonName(Z***)");
}

#[test]
fn the_password_must_fit_the_applicant() {
    let house = House::new();
    let id = house.verified(PHONE);
    let applicant = house
        .read(move |tx, cx| registration::find_applicant(tx, cx, id))
        .unwrap();
    let own = applicant.own_data(Some(&PersonName::parse("Grace Hopper").unwrap()));
    for bad in ["x!13800000001qz", "Grace-harbor-62", "lampREPPOH-62x"] {
        let password = Password::read(bad, house.policy()).unwrap();
        let failed = password::failed_rules(&password, &own, house.policy());
        assert!(
            failed.contains(&identity::PasswordRule::Personal),
            "{bad}: {failed:?}"
        );
    }
}

#[test]
fn a_code_is_nothing_under_another_key() {
    let house = House::new();
    let id = house.start(PHONE).unwrap();
    let code = house.sent_code();
    let counted = house
        .write(move |tx, cx| registration::count_attempt(tx, cx, id))
        .unwrap();
    let stolen_store_only = identity::Keys::derive(1, &[8; 32]);
    assert!(counted.compare(&code, &stolen_store_only).is_none());
    assert!(counted.compare(&code, &house.ground.keys).is_some());
}

#[test]
fn a_replaced_code_cannot_be_settled() {
    let house = House::new();
    let id = house.start(PHONE).unwrap();
    let code = house.sent_code();
    let counted = house
        .write(move |tx, cx| registration::count_attempt(tx, cx, id))
        .unwrap();
    let matched = counted.compare(&code, &house.ground.keys).unwrap();
    house.advance(60);
    house
        .write(move |tx, cx| registration::resend(tx, cx, id))
        .unwrap();
    let late = house.write(move |tx, cx| registration::settle(tx, cx, &matched));
    assert_eq!(outcome(&late), "code_expired");
    assert_eq!(outcome(&house.verify(id, &house.sent_code())), "ok");
}

#[test]
fn nobody_is_found_under_a_free_id() {
    let house = House::new();
    let nobody = vocab::UserId::from_raw(1);
    let found = house.read(move |tx, cx| user::find(tx, cx, nobody));
    assert_eq!(outcome(&found), "user_not_found");
    let raised = house.write(move |tx, _| user::raise_epoch(tx, nobody));
    assert_eq!(outcome(&raised), "user_not_found");
    assert_eq!(
        house
            .read(move |tx, cx| user::find_payee(tx, cx, nobody))
            .unwrap(),
        None
    );
}
