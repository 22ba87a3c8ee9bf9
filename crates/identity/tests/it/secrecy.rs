//! What lies on the disk: no secret and no personal data in clear.

use std::fs;

use identity::{Channel, security_token, security_token::NewSecurityToken};

use crate::support::{House, NAME, PASSWORD, PHONE};

#[test]
fn nothing_secret_lies_in_the_store() {
    let house = House::sandbox();
    let id = house.start(PHONE).unwrap();
    let code_message = house.sent().remove(0);
    let code = code_message.code.as_ref().unwrap().expose().to_owned();
    let delivered = code_message.clone();
    house
        .write(move |tx, cx| identity::sandbox::deliver(tx, cx, &delivered))
        .unwrap();
    house.verify(id, &code).unwrap();
    let alice = house.complete(id).unwrap();
    let mut secrets = vec![
        code,
        PHONE.to_owned(),
        PHONE[3..].to_owned(),
        NAME.to_owned(),
        PASSWORD.to_owned(),
        "argon2id".to_owned(),
        "Test/1.0".to_owned(),
        "192.0.2.1".to_owned(),
        "is your code".to_owned(),
        alice.session.token.expose().to_owned(),
        alice.session.token.expose()[4..].to_owned(),
    ];
    for channel in [Channel::Sms, Channel::Inbox] {
        let (user, session) = (alice.user, alice.session.id);
        let new = NewSecurityToken {
            user,
            session,
            channel,
            name: None,
            replaces: None,
        };
        house
            .write(move |tx, cx| security_token::request(tx, cx, &new))
            .unwrap();
    }
    let token = house.sent_token();
    secrets.extend([token.clone(), token.replace('-', "")]);

    if testkit::engine::is_server() {
        // The files are the server's; what goes into them is the same.
        return;
    }
    for round in ["with its log", "after a clean stop"] {
        for entry in fs::read_dir(house.dir.path()).unwrap() {
            let path = entry.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            for secret in &secrets {
                assert!(
                    !holds(&bytes, secret.as_bytes()),
                    "{secret} in {path:?} {round}"
                );
            }
        }
        house.db.shut_down().unwrap();
    }
    let size: u64 = fs::read_dir(house.dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum();
    assert!(size > 50_000, "the store was there to be searched");
}

#[test]
fn every_statement_prepares() {
    let house = House::new();
    let statements = identity::statements();
    assert!(statements.len() > 60);
    match testkit::engine::server_for(house.dir.path()) {
        Some(url) => db::prepare_all_on_server(&db::Server::new(url), &statements).unwrap(),
        None => db::prepare_all(house.dir.path(), &statements).unwrap(),
    }
}

fn holds(bytes: &[u8], secret: &[u8]) -> bool {
    bytes.windows(secret.len()).any(|window| window == secret)
}
