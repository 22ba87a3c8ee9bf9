//! Keys: what is sealed opens at its own place only.

use identity::{Keys, Purpose, Unsealable, keys::MacPurpose};
use testkit::SeededEntropy;

#[test]
fn a_sealed_value_opens_at_its_own_place_only() {
    let keys = Keys::derive(1, &[1; 32]);
    let entropy = SeededEntropy::new(1);
    let sealed = keys.seal(Purpose::Name, b"row 1", "张三".as_bytes(), &entropy);
    assert_eq!(
        &**keys.open(Purpose::Name, b"row 1", &sealed).unwrap(),
        "张三".as_bytes()
    );
    assert_ne!(
        sealed,
        keys.seal(Purpose::Name, b"row 1", "张三".as_bytes(), &entropy)
    );

    assert_eq!(keys.open(Purpose::Name, b"row 2", &sealed), Err(Unsealable));
    assert_eq!(keys.open(Purpose::Memo, b"row 1", &sealed), Err(Unsealable));
    for other in [Keys::derive(1, &[2; 32]), Keys::derive(2, &[1; 32])] {
        assert_eq!(
            other.open(Purpose::Name, b"row 1", &sealed),
            Err(Unsealable)
        );
    }
    for place in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[place] ^= 1;
        assert_eq!(
            keys.open(Purpose::Name, b"row 1", &changed),
            Err(Unsealable),
            "byte {place}"
        );
        assert_eq!(
            keys.open(Purpose::Name, b"row 1", &sealed[..place]),
            Err(Unsealable)
        );
    }
}

#[test]
fn every_purpose_has_a_key_of_its_own() {
    let keys = Keys::derive(1, &[1; 32]);
    let mut macs: Vec<_> = MacPurpose::ALL
        .iter()
        .map(|&purpose| keys.mac(purpose, &[b"same"]))
        .collect();
    macs.push(keys.mac(MacPurpose::Code, &[b"sa", b"me"]));
    macs.push(keys.mac(MacPurpose::Code, &[b"sam", b"e"]));
    let count = macs.len();
    macs.sort_unstable();
    macs.dedup();
    assert_eq!(macs.len(), count);
    let mut labels: Vec<_> = Purpose::ALL.iter().map(|purpose| purpose.label()).collect();
    labels.extend(MacPurpose::ALL.iter().map(|purpose| purpose.label()));
    labels.sort_unstable();
    labels.dedup();
    assert_eq!(labels.len(), Purpose::ALL.len() + MacPurpose::ALL.len());
    assert_eq!(format!("{keys:?}"), "Keys([secret])");
}

/// Fixed bytes: what a released version stored must still be found and opened.
#[test]
fn derivation_never_changes() {
    let keys = Keys::derive(1, &[7; 32]);
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let index = hex(&keys.mac(MacPurpose::PhoneIndex, &[b"+8613800000001"]));
    assert_eq!(
        index,
        "a0d033fe73cde14fb7f46c855191c18b8925af3151cd6472d0f3625152786683"
    );
    let sealed = keys.seal(Purpose::Name, b"row", b"name", &SeededEntropy::new(1));
    assert_eq!(
        hex(&sealed),
        "0101c15c0289ec2d0a9167ec8e65a18debbe5e5532fbeea293f84eec09179e06f69cae68a86a8a0b046168491503"
    );
}
