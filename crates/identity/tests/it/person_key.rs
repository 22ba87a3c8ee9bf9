//! People's own keys: what they bind, what goes with them, and how everything moves under them.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use db::{Read, params};
use identity::{
    Channel, Error, Keys, Purpose, Unsealable, device,
    freeze::{self, Authority, FreezeKind, NewFreeze},
    inbox, person_key,
    reseal::{self, COLUMNS, Progress, Share},
    security_token::{self, NewSecurityToken},
    session, totp, user,
};
use vocab::UserId;

use crate::support::{House, PASSWORD, PHONE, outcome};

const SECOND_ROOT: [u8; 32] = [77; 32];

/// A person with something in every table that is theirs.
fn lived_in(house: &House, contact: &str) -> UserId {
    let person = house.person(contact);
    let (user, session) = (person.id, person.session.id);
    let new = NewSecurityToken {
        user,
        session,
        channel: Channel::Inbox,
        name: None,
        replaces: None,
    };
    house
        .write(move |tx, cx| {
            security_token::request(tx, cx, &new)?;
            totp::begin(tx, cx, user)?;
            let frozen = NewFreeze {
                user,
                kind: FreezeKind::Debit,
                by: Authority::Own,
                reason: Some("my phone is gone".to_owned()),
            };
            freeze::place(tx, cx, frozen)
        })
        .unwrap();
    person.id
}

fn promote(house: &House, generation: u8, root: &[u8; 32]) {
    house.ground.keys.add(generation, root);
    house
        .write(move |tx, cx| reseal::promote(tx, cx, generation))
        .unwrap();
}

fn advance(house: &House) -> Progress {
    house.write(|tx, cx| reseal::advance(tx, cx, 3)).unwrap()
}

fn seal_all_anew(house: &House) -> Progress {
    loop {
        let progress = advance(house);
        if progress.is_done() {
            return progress;
        }
    }
}

fn survey(house: &House) -> Vec<Share> {
    house.read(|tx, _| reseal::survey(tx)).unwrap()
}

fn generations(house: &House) -> Vec<u8> {
    let shares = survey(house);
    shares.into_iter().map(|share| share.generation).collect()
}

fn name_of(house: &House, id: UserId) -> Result<String, Error> {
    let found = house.read(move |tx, cx| user::find(tx, cx, id));
    found.map(|user| user.name.as_str().to_owned())
}

/// The columns that hold sealed values, as the engine's own catalogue names them.
fn sealed_columns(house: &House) -> Vec<String> {
    let catalogue = if testkit::engine::is_server() {
        db::sql!(
            "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) \
             FROM information_schema.columns WHERE table_schema = current_schema()"
        )
    } else {
        db::sql!(
            "SELECT m.name, p.name FROM sqlite_schema m JOIN pragma_table_info(m.name) p \
             WHERE m.type = 'table'"
        )
    };
    let columns = house.read(move |tx, _| {
        Ok(tx.query(catalogue, &params![], |row| {
            Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned()))
        })?)
    });
    let mut sealed: Vec<String> = columns
        .unwrap()
        .into_iter()
        .filter(|(_, column)| column == "sealed" || column.ends_with("_sealed"))
        .map(|(table, column)| format!("{table}.{column}"))
        .collect();
    sealed.sort();
    sealed
}

#[test]
fn every_sealed_column_is_known_to_the_walks() {
    let mut sealed = sealed_columns(&House::new());
    // Sealed anew when a root is taken into use, all at once.
    sealed.retain(|column| column != "kept_keys.key_sealed");
    let mut known: Vec<_> = COLUMNS
        .iter()
        .map(|column| column.task.to_owned())
        .collect();
    known.sort();
    assert_eq!(sealed, known);
}

#[test]
fn a_persons_value_opens_at_its_own_place_and_for_its_owner_only() {
    let house = House::new();
    let (alice, bob) = (house.person(PHONE).id, house.person("bob@example.org").id);
    let sealed = house
        .write(move |tx, cx| {
            person_key::seal(tx, cx, alice, (Purpose::Name, b"row 1"), b"what she said")
        })
        .unwrap();
    assert_eq!(sealed[..2], [2, 0]);
    let open = |user: UserId, purpose: Purpose, row: &'static [u8], sealed: &[u8]| {
        let sealed = sealed.to_vec();
        house.read(move |tx, cx| {
            Ok(person_key::opener(tx, cx, user)?
                .open(purpose, row, &sealed)
                .map(|plain| plain.to_vec()))
        })
    };
    assert_eq!(
        open(alice, Purpose::Name, b"row 1", &sealed).unwrap(),
        Ok(b"what she said".to_vec())
    );
    for (user, purpose, row) in [
        (bob, Purpose::Name, &b"row 1"[..]),
        (alice, Purpose::Contact, b"row 1"),
        (alice, Purpose::Name, b"row 2"),
    ] {
        assert_eq!(open(user, purpose, row, &sealed).unwrap(), Err(Unsealable));
    }
    for place in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[place] ^= 1;
        assert_eq!(
            open(alice, Purpose::Name, b"row 1", &changed).unwrap(),
            Err(Unsealable),
            "byte {place}"
        );
    }
}

/// Two rows of the same column are swapped by somebody who can write the tables.
#[test]
fn swapped_values_do_not_open() {
    let house = House::new();
    let (alice, bob) = (house.person(PHONE).id, house.person("bob@example.org").id);
    house
        .write(move |tx, _| {
            let sql = db::sql!(
                "UPDATE users SET name_sealed = \
                 (SELECT o.name_sealed FROM users o WHERE o.id = $2) WHERE id = $1"
            );
            Ok(tx.execute(sql, &params![alice.raw(), bob.raw()])?)
        })
        .unwrap();
    assert_eq!(outcome(&name_of(&house, alice)), "failed");
    assert!(name_of(&house, bob).is_ok());
}

#[test]
fn with_a_persons_key_everything_of_theirs_is_gone() {
    let house = House::new();
    let alice = lived_in(&house, PHONE);
    let bob = lived_in(&house, "bob@example.org");
    house
        .write(move |tx, cx| person_key::shred(tx, cx, alice))
        .unwrap();
    let newest = inbox::InboxCursor::Newest;
    for (what, refused) in [
        ("name", outcome(&name_of(&house, alice))),
        (
            "contacts",
            outcome(&house.read(move |tx, cx| user::contacts_of(tx, cx, alice))),
        ),
        (
            "sessions",
            outcome(&house.read(move |tx, cx| session::list(tx, cx, alice))),
        ),
        (
            "devices",
            outcome(&house.read(move |tx, cx| device::list(tx, cx, alice))),
        ),
        (
            "tokens",
            outcome(&house.read(move |tx, cx| security_token::list(tx, cx, alice))),
        ),
        (
            "inbox",
            outcome(&house.read(move |tx, cx| inbox::list(tx, cx, alice, newest, 10))),
        ),
        ("password", outcome(&house.sign_in(PHONE, PASSWORD))),
    ] {
        assert_eq!(refused, "failed", "{what}");
    }
    assert!(name_of(&house, bob).is_ok());
    assert!(house.sign_in("bob@example.org", PASSWORD).is_ok());
    // What she said is gone; that she froze her money is not.
    let freezes = house
        .read(move |tx, cx| freeze::list(tx, cx, alice))
        .unwrap();
    assert_eq!(freezes.len(), 1);
    assert!(freezes[0].reason.is_none());
    // Her own key alone opened it, and nobody has that any more.
    let left = house
        .read(move |tx, _| {
            let sql = db::sql!("SELECT key_sealed FROM user_keys WHERE user_id = $1");
            Ok(tx.query_one(sql, &params![alice.raw()], |row| {
                Ok(row.opt_blob(0)?.is_none())
            })?)
        })
        .unwrap();
    assert_eq!(left, Some(true));
    house
        .write(move |tx, cx| person_key::shred(tx, cx, alice))
        .unwrap();
    let again =
        house.write(move |tx, cx| person_key::seal(tx, cx, alice, (Purpose::Name, b"row"), b"new"));
    assert_eq!(outcome(&again), "user_not_found");
}

/// A store from before people had keys: everything is sealed under the house's.
#[test]
fn what_was_sealed_before_people_had_keys_opens_and_goes_with_them_too() {
    let house = House::new();
    let alice = lived_in(&house, PHONE);
    house
        .write(move |tx, cx| {
            let old = cx.keys.seal(
                Purpose::Name,
                &alice.raw().to_be_bytes(),
                b"Old Name",
                cx.entropy,
            );
            let sql = db::sql!("UPDATE users SET name_sealed = $2 WHERE id = $1");
            Ok(tx.execute(sql, &params![alice.raw(), old])?)
        })
        .unwrap();
    assert_eq!(name_of(&house, alice).unwrap(), "Old Name");
    let sealed_as = move |house: &House| {
        let sealed = house.read(move |tx, _| {
            let sql = db::sql!("SELECT name_sealed FROM users WHERE id = $1");
            Ok(tx.query_one(sql, &params![alice.raw()], |row| {
                Ok(row.blob(0)?[..2].to_vec())
            })?)
        });
        sealed.unwrap().unwrap()
    };
    assert_eq!(sealed_as(&house), [1, 1]);
    // No walk has come by yet.
    house
        .write(move |tx, cx| person_key::shred(tx, cx, alice))
        .unwrap();
    assert_eq!(sealed_as(&house), [2, 0]);
    assert_eq!(outcome(&name_of(&house, alice)), "failed");
}

#[test]
fn a_new_root_takes_everything_over_and_the_old_one_can_go() {
    let house = House::new();
    let people: Vec<UserId> = (0..7)
        .map(|n| lived_in(&house, &format!("p{n}@example.org")))
        .collect();
    seal_all_anew(&house);
    assert_eq!(generations(&house), [0, 1]);
    promote(&house, 2, &SECOND_ROOT);
    let done = seal_all_anew(&house);
    assert!(done.changed >= 7, "{done:?}");
    assert_eq!(generations(&house), [0, 2]);

    // A program that knows only the new root reads everything, finds everybody, and the audit log.
    let keys = Keys::derive(2, &SECOND_ROOT);
    house
        .read(move |tx, cx| {
            reseal::load_to_read(tx, &keys)?;
            let cx = identity::Cx { keys: &keys, ..*cx };
            for (n, person) in people.iter().enumerate() {
                user::find(tx, &cx, *person)?;
                let contact = format!("p{n}@example.org");
                let contact = identity::Contact::parse(&contact, cx.policy)?;
                assert_eq!(user::find_owner(tx, &contact.index(&keys))?, Some(*person));
            }
            let audit = identity::audit::verify(tx, &keys)?;
            assert_eq!(audit.differences_total, 0);
            Ok(())
        })
        .unwrap();
    let old = Keys::derive(1, &[9; 32]);
    let without = house.read(move |tx, _| reseal::load_to_read(tx, &old));
    assert_eq!(outcome(&without), "failed");
}

#[test]
fn sealing_anew_goes_on_where_it_stopped() {
    let house = House::new();
    (0..5).for_each(|n| {
        lived_in(&house, &format!("p{n}@example.org"));
    });
    promote(&house, 2, &SECOND_ROOT);
    let before = (0..4).map(|_| advance(&house)).next_back().unwrap();
    assert!(!before.is_done() && before.looked_at > 0);
    let house = house.restart();
    let after = advance(&house);
    assert!(after.looked_at > before.looked_at);
    seal_all_anew(&house);
    assert_eq!(generations(&house), [0, 2]);
    let nothing = advance(&house);
    assert!(nothing.is_done());
}

#[test]
fn people_sign_up_and_in_while_everything_is_sealed_anew() {
    let house = House::new();
    (0..10).for_each(|n| {
        lived_in(&house, &format!("p{n}@example.org"));
    });
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let working = scope.spawn(|| {
            let mut rounds = 0;
            // Each round leaves rows to seal anew; without an end a slow engine never catches up.
            while rounds < 20 || (rounds < 60 && !stop.load(Ordering::Relaxed)) {
                let person = format!("p{}@example.org", rounds % 10);
                house.sign_in(&person, PASSWORD).unwrap();
                let id = house
                    .read(move |tx, cx| {
                        let contact = identity::Contact::parse(&person, cx.policy)?;
                        Ok(user::find_owner(tx, &contact.index(cx.keys))?.unwrap())
                    })
                    .unwrap();
                name_of(&house, id).unwrap();
                house.read(move |tx, cx| session::list(tx, cx, id)).unwrap();
                rounds += 1;
            }
            rounds
        });
        for generation in 2..6 {
            promote(&house, generation, &[generation + 100; 32]);
            seal_all_anew(&house);
        }
        stop.store(true, Ordering::Relaxed);
        assert!(working.join().unwrap() >= 20);
    });
    seal_all_anew(&house);
    assert_eq!(generations(&house), [0, 5]);
}
