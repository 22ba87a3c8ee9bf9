//! Known devices and the waits after wrong passwords.

use identity::device::{self, Agent};

use crate::support::{House, PASSWORD, PHONE, outcome};

#[test]
fn s_04_the_counter_survives_others_and_a_restart_and_ends_at_a_hundred() {
    let house = House::new();
    house.person(PHONE);
    for _ in 0..4 {
        let wrong = house.sign_in(PHONE, "violet-Harbor-63");
        assert_eq!(outcome(&wrong), "auth_failed");
    }
    for other in 0..200 {
        let _ = house.sign_in(&format!("+861391111{other:04}"), PASSWORD);
    }
    let house = house.restart();
    let fifth = house.sign_in(PHONE, "violet-Harbor-63");
    assert_eq!(outcome(&fifth), "auth_failed");
    let right = house.sign_in(PHONE, PASSWORD);
    assert_eq!(outcome(&right), "auth_failed", "the fifth still blocks");
    for _ in 5..100 {
        house.advance(1_800);
        let wrong = house.sign_in(PHONE, "violet-Harbor-63");
        assert_eq!(outcome(&wrong), "auth_failed");
    }
    house.advance(365 * 86_400);
    let right = house.sign_in(PHONE, PASSWORD);
    assert_eq!(outcome(&right), "auth_failed", "disabled until recovered");
}

#[test]
fn a_known_device_counts_for_itself_and_is_forgotten_after_180_days() {
    let house = House::new();
    let alice = house.person(PHONE);
    let secret = alice.session.device_secret.as_ref().unwrap();
    let secret = secret.expose().to_owned();
    for _ in 0..100 {
        house.advance(1_800);
        let _ = house.sign_in(PHONE, "violet-Harbor-63");
    }
    let stranger = house.sign_in(PHONE, PASSWORD);
    assert_eq!(outcome(&stranger), "auth_failed");
    let known = house.sign_in_on(PHONE, PASSWORD, Some(&secret)).unwrap();
    assert!(known.device_secret.is_none());
    let user = alice.id;
    let devices = house
        .read(move |tx, cx| device::list(tx, cx, user))
        .unwrap();
    assert_eq!(devices.len(), 1);
    assert!(devices[0].is_trusted(house.now(), house.policy()));
    house.advance(180 * 86_400);
    let forgotten = house.sign_in_on(PHONE, PASSWORD, Some(&secret));
    assert_eq!(outcome(&forgotten), "auth_failed", "a stranger again");
}

#[test]
fn a_browser_is_named_in_plain_words() {
    let agents = [
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Version/18.0 Mobile Safari/604.1",
            "Safari",
            "iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15) Chrome/142.0 Mobile Safari/537.36 MicroMessenger/8.0",
            "WeChat",
            "Android",
        ),
        (
            "Mozilla/5.0 (Macintosh) Chrome/142.0 Safari/537.36 Edg/142.0",
            "Edge",
            "macOS",
        ),
        ("curl/8.5", "curl", "?"),
        ("", "?", "?"),
    ];
    for (text, browser, platform) in agents {
        assert_eq!(Agent::read(text), Agent { browser, platform }, "{text}");
    }
}
