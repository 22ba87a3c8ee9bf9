use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// What one SMS holds: 70 characters of UCS-2, or 160 of the default alphabet (GSM 03.38).
const SMS_CHINESE: usize = 70;
const SMS_ENGLISH: usize = 160;
const GSM: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡\
    ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Words that other words are made of.
const PARTS: &[&str] = &["-app", "envelope", "redacted", "not-me"];

/// Each key with the names of what is filled in.
fn places(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::<String, BTreeSet<String>>::new();
    let mut key = String::new();
    for line in text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
    {
        if !line.starts_with(' ') {
            let name = line
                .split_once(" = ")
                .expect("a key has a text on its line")
                .0;
            key = name.to_owned();
            assert!(!found.contains_key(&key), "{key} stands twice");
        }
        let places = found.entry(key.clone()).or_default();
        for part in line.split("{ $").skip(1) {
            let end = part
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(part.len());
            places.insert(part[..end].to_owned());
        }
    }
    found
}

fn each() -> Vec<Message> {
    let code = || Secret::new("123456".to_owned());
    let long = || Secret::new("ABCD-EFGH".to_owned());
    let factor = |purpose| Message::FactorCode {
        purpose,
        about: None,
        code: code(),
        minutes: 5,
    };
    let mut all = vec![
        Message::RegistrationCode {
            code: code(),
            minutes: 5,
        },
        factor(CodePurpose::SignIn),
        factor(CodePurpose::PaymentApproval),
        factor(CodePurpose::StepUp),
        Message::FactorCode {
            purpose: CodePurpose::PaymentApproval,
            about: Some("12345.67 CNY, B***".to_owned()),
            code: code(),
            minutes: 5,
        },
        Message::RegistrationAttempt,
        Message::Welcome,
        Message::SecurityToken {
            token: Secret::new("ABCD-EFGH-JKMN-PQRS".to_owned()),
            minutes: 15,
        },
        Message::FreezeCode {
            code: code(),
            minutes: 10,
        },
        Message::AccessTokenClaim {
            code: long(),
            minutes: 10,
        },
    ];
    let life = [
        LifeMessage::PasswordCompromised,
        LifeMessage::RecoveryCode {
            code: code(),
            minutes: 30,
        },
        LifeMessage::ContactCode {
            code: code(),
            minutes: 5,
        },
        LifeMessage::ContactAgreement {
            code: code(),
            minutes: 60,
        },
        LifeMessage::ContactDetached {
            masked: "138****0001".to_owned(),
        },
        LifeMessage::ClosingCanceled,
        LifeMessage::Closed,
        LifeMessage::VerificationDecided { is_approved: true },
        LifeMessage::VerificationDecided { is_approved: false },
    ];
    all.extend(life.into_iter().map(Message::Life));
    all.extend(
        Notice::each("FIELD")
            .into_iter()
            .map(|notice| Message::Notice {
                notice,
                link: Secret::new("https://wallet.example/not-me#tnm_0".to_owned()),
            }),
    );
    all
}

#[test]
fn both_languages_have_the_same_words_with_the_same_places() {
    let (chinese, english) = (places(words::CHINESE), places(words::ENGLISH));
    assert_eq!(chinese, english);
    let spoken: BTreeSet<String> = each().iter().map(Message::key).collect();
    let parts = PARTS.iter().map(|part| (*part).to_owned());
    let known: BTreeSet<String> = spoken.iter().cloned().chain(parts).collect();
    let written: BTreeSet<String> = english.into_keys().collect();
    assert_eq!(known, written, "no words too many, none missing");
}

#[test]
fn every_message_is_written_in_both_languages_with_everything_in_it() {
    for message in each() {
        for locale in [Locale::Zh, Locale::En] {
            let written = message.write(locale);
            let text = written.text.expose();
            assert!(!written.title.is_empty() && !text.contains('{'), "{text}");
            for (name, value) in message.arguments().iter() {
                let value = match value {
                    fluent_bundle::FluentValue::String(value) => value.to_string(),
                    fluent_bundle::FluentValue::Number(number) => number.as_string().into_owned(),
                    other => panic!("{name} is {other:?}"),
                };
                assert!(text.contains(&value), "{name} is missing in {text}");
            }
            if let Message::Notice { link, .. } = &message {
                assert!(text.ends_with(link.expose()), "{text}");
            }
        }
    }
}

#[test]
fn what_carries_a_secret_fits_one_sms() {
    for message in each() {
        if message.code().or(message.token()).is_none() {
            continue;
        }
        let chinese = message.write(Locale::Zh).text;
        let length = chinese.expose().encode_utf16().count();
        assert!(length <= SMS_CHINESE, "{length}: {}", chinese.expose());
        let english = message.write(Locale::En).text;
        let text = english.expose();
        assert!(
            text.chars().count() <= SMS_ENGLISH,
            "{}: {text}",
            text.len()
        );
        assert!(text.chars().all(|c| GSM.contains(c)), "{text}");
    }
}
