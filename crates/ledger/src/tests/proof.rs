//! Trees, heads and receipts: what is true verifies, and nothing else.

use proptest::prelude::*;
use sha2::{Digest, Sha256};
use vocab::{AccountId, Currency, HoldId, RecordId, Timestamp};

use super::encode::{hex, records, transfer};
use crate::{
    Event, Link, Memo, Record, Rest, Side,
    proof::{
        Block, Disclosure, Hash, Head, LeafHasher, PublicKey, Receipt, ReceiptError, Reveal,
        Section, SignedHead, Signer, path, root, verify_path,
    },
};

fn sha256(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

fn leaves(count: u8) -> Vec<Hash> {
    (0..count).map(|number| sha256(&[number])).collect()
}

/// The published tree heads of RFC 6962's test data, for 1 to 8 leaves.
#[test]
fn roots_are_those_of_rfc_6962() {
    let data: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    let leaves = data.map(|data| sha256(&[&[0], data].concat()));
    let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    for (count, expected) in roots.into_iter().enumerate() {
        assert_eq!(hex(&root(&leaves[..count])), expected, "{count} leaves");
    }
}

#[test]
fn every_leaf_of_every_size_has_its_path_and_no_other() {
    for count in 1..=70_u8 {
        let leaves = leaves(count);
        let root = root(&leaves);
        for index in 0..count {
            let place = usize::from(index);
            let path = path(&leaves, place).expect("inside");
            let fits = |leaf: u8, index: u8, count: u8, path: &[Hash]| {
                let leaf = sha256(&[leaf]);
                verify_path(&leaf, u32::from(index), u32::from(count), path, &root)
            };
            assert!(fits(index, index, count, &path), "{index} of {count}");
            assert!(!fits(index ^ 1, index, count, &path));
            assert!((0..=count).all(|other| other == index || !fits(index, other, count, &path)));
            assert!(!fits(index, index, index, &path));
            assert!(path.is_empty() || !fits(index, index, count, &path[1..]));
            assert!(!fits(
                index,
                index,
                count,
                &[path.as_slice(), &[root]].concat()
            ));
        }
        assert_eq!(path(&leaves, usize::from(count)), None);
    }
    assert_eq!(path(&[], 0), None);
    assert!(!verify_path(&sha256(&[]), 0, 0, &[], &sha256(&[])));
}

const SALT: [u8; 32] = [0xa5; 32];

fn signer() -> Signer {
    Signer::from_seed(&[9; 32])
}

/// A block of some records of which the one in the middle is the transfer.
struct Made {
    record: Record,
    leaves: Vec<Hash>,
    head: SignedHead,
}

const INDEX: u32 = 2;

impl Made {
    fn block(&self) -> Block<'_> {
        Block {
            salt: &SALT,
            leaves: &self.leaves,
            head: self.head,
        }
    }
}

fn block() -> Made {
    let mut record = transfer();
    record.memo = Some(Memo {
        sealed: Box::from([1, 2]),
        digest: [3; 32],
    });
    let mut hasher = LeafHasher::new();
    let mut leaves = Vec::new();
    for number in 0..5_i64 {
        let id = RecordId::from_raw(record.id.raw() + number - i64::from(INDEX));
        leaves.push(hasher.leaf(
            &Record {
                id,
                ..record.clone()
            },
            &SALT,
        ));
    }
    let head = Head {
        height: 7,
        previous: [8; 32],
        root: root(&leaves),
        at: record.at,
        first: RecordId::from_raw(record.id.raw() - 2),
        last: RecordId::from_raw(record.id.raw() + 2),
        count: 5,
    };
    let signer = signer();
    let head = SignedHead {
        head,
        signature: signer.sign(&head),
        key: signer.public_key(),
    };
    Made {
        record,
        leaves,
        head,
    }
}

/// What the payer of the transfer may see.
fn payers(account: AccountId) -> bool {
    account == AccountId::from_raw(3_665_038_000_000_000_001)
}

const PAYER: Disclosure<'static> = Disclosure {
    is_theirs: &payers,
    origin: Reveal::Show,
    memo: Reveal::Show,
};

fn receipt() -> Receipt {
    let made = block();
    Receipt::build(&made.record, INDEX, &made.block(), &PAYER).expect("in the block")
}

#[test]
fn a_receipt_verifies_and_hides_what_is_not_the_readers() {
    let receipt = receipt();
    assert_eq!(receipt.verify(), Ok(()));
    let origin = receipt
        .origin
        .content()
        .and_then(Option::as_ref)
        .expect("shown");
    assert_eq!(&*origin.key, "01JD8Z5WQ3K9V0X2Y4R6T8B1NC");
    let [payer, payee] = receipt.postings.as_slice() else {
        panic!("two postings")
    };
    assert_eq!(
        payer.after.content().map(|after| after.posted),
        Some(250_000)
    );
    assert_eq!(payee.after.content(), None);
    assert_eq!((payee.amount, payee.currency), (12_345, Currency::CNY));
}

#[test]
fn any_disclosure_of_the_same_record_verifies() {
    let made = block();
    let (all, nobody) = (|_| true, |_| false);
    let theirs: [&dyn Fn(AccountId) -> bool; 2] = [&all, &nobody];
    for is_theirs in theirs {
        for origin in [Reveal::Show, Reveal::Hide] {
            for memo in [Reveal::Show, Reveal::Hide] {
                let disclosure = Disclosure {
                    is_theirs,
                    origin,
                    memo,
                };
                let receipt = Receipt::build(&made.record, INDEX, &made.block(), &disclosure);
                let receipt = receipt.expect("in the block");
                assert_eq!(receipt.verify(), Ok(()));
                assert_eq!(receipt.memo.content().is_some(), memo == Reveal::Show);
            }
        }
    }
}

#[test]
fn what_is_not_in_the_block_has_no_receipt() {
    let made = block();
    let build = |record: &Record, index| Receipt::build(record, index, &made.block(), &PAYER);
    assert_eq!(build(&made.record, 5), Err(ReceiptError::NotInBlock));
    assert_eq!(build(&made.record, 1), Err(ReceiptError::NotInBlock));
    let mut other = made.record.clone();
    other.at = Timestamp::EPOCH;
    assert_eq!(build(&other, INDEX), Err(ReceiptError::NotInBlock));
    let hold = HoldId::from(made.record.id);
    other.event = Event::Voided { hold };
    assert_eq!(build(&other, INDEX), Err(ReceiptError::NotAnEntry));
}

/// Calls `try_it` after every change of one bit in each byte, and undoes the change.
fn each_byte(bytes: &mut [u8], mut try_it: impl FnMut(&[u8])) {
    for place in 0..bytes.len() {
        bytes[place] ^= 1 << (place % 8);
        try_it(bytes);
        bytes[place] ^= 1 << (place % 8);
    }
}

/// One field of a receipt: reads its bytes, and writes others in their place. `None` where the
/// changed bytes are no value of the field (a key that is no key).
type Write = fn(&mut Receipt, &[u8]) -> Option<()>;

fn int(bytes: &[u8]) -> i64 {
    i64::from_be_bytes(bytes.try_into().expect("eight bytes"))
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().expect("as many bytes as were read")
}

fn ascii(bytes: &[u8]) -> Option<Box<str>> {
    std::str::from_utf8(bytes).ok().map(Box::from)
}

/// The shown content of a section, or its salt.
fn shown<T>(section: &mut Section<T>) -> (&mut [u8; 16], &mut T) {
    match section {
        Section::Revealed { salt, content } => (salt, content),
        Section::Hidden { .. } => panic!("this section is shown"),
    }
}

fn hidden<T>(section: &mut Section<T>) -> &mut Hash {
    match section {
        Section::Hidden { commitment } => commitment,
        Section::Revealed { .. } => panic!("this section is hidden"),
    }
}

macro_rules! fields {
    ($receipt:ident; $($name:literal: $read:expr => |$r:ident, $b:ident| $write:expr;)*) => {
        vec![$((
            $name,
            $read.to_vec(),
            (|$r: &mut Receipt, $b: &[u8]| { $write; Some(()) }) as Write,
        )),*]
    };
}

/// Every field with its bytes.
fn fields(receipt: &Receipt) -> Vec<(&'static str, Vec<u8>, Write)> {
    let mut read = receipt.clone();
    let origin = receipt
        .origin
        .content()
        .and_then(Option::as_ref)
        .expect("shown")
        .clone();
    let head = receipt.head.head;
    let after = *receipt.postings[0].after.content().expect("shown");
    fields! { receipt;
        "id": receipt.id.raw().to_be_bytes() => |r, b| r.id = RecordId::from_raw(int(b));
        "at": receipt.at.micros().to_be_bytes() => |r, b| r.at = Timestamp::from_micros(int(b));
        "code": receipt.code.to_be_bytes() => |r, b| r.code = u16::from_be_bytes(array(b));
        "account": receipt.postings[1].account.raw().to_be_bytes()
            => |r, b| r.postings[1].account = AccountId::from_raw(int(b));
        "amount": receipt.postings[1].amount.to_be_bytes()
            => |r, b| r.postings[1].amount = int(b);
        "version": after.version.to_be_bytes()
            => |r, b| shown(&mut r.postings[0].after).1.version = int(b);
        "posted": after.posted.to_be_bytes()
            => |r, b| shown(&mut r.postings[0].after).1.posted = int(b);
        "salt of after": shown(&mut read.postings[0].after).0
            => |r, b| *shown(&mut r.postings[0].after).0 = array(b);
        "hidden after": hidden(&mut read.postings[1].after)
            => |r, b| *hidden(&mut r.postings[1].after) = array(b);
        "salt of origin": shown(&mut read.origin).0
            => |r, b| *shown(&mut r.origin).0 = array(b);
        "caller": origin.caller.to_be_bytes()
            => |r, b| shown(&mut r.origin).1.as_mut()?.caller = int(b);
        "route": [origin.route] => |r, b| shown(&mut r.origin).1.as_mut()?.route = b[0];
        "key": origin.key.as_bytes()
            => |r, b| shown(&mut r.origin).1.as_mut()?.key = ascii(b)?;
        "request": origin.request
            => |r, b| shown(&mut r.origin).1.as_mut()?.request = array(b);
        "salt of memo": shown(&mut read.memo).0 => |r, b| *shown(&mut r.memo).0 = array(b);
        "memo": shown(&mut read.memo).1.expect("there")
            => |r, b| *shown(&mut r.memo).1 = Some(array(b));
        "index": receipt.index.to_be_bytes() => |r, b| r.index = u32::from_be_bytes(array(b));
        "path": receipt.path.concat() => |r, b| r.path = b.chunks(32).map(array).collect();
        "height": head.height.to_be_bytes() => |r, b| r.head.head.height = int(b);
        "previous": head.previous => |r, b| r.head.head.previous = array(b);
        "root": head.root => |r, b| r.head.head.root = array(b);
        "head at": head.at.micros().to_be_bytes()
            => |r, b| r.head.head.at = Timestamp::from_micros(int(b));
        "first": head.first.raw().to_be_bytes()
            => |r, b| r.head.head.first = RecordId::from_raw(int(b));
        "last": head.last.raw().to_be_bytes()
            => |r, b| r.head.head.last = RecordId::from_raw(int(b));
        "count": head.count.to_be_bytes()
            => |r, b| r.head.head.count = u32::from_be_bytes(array(b));
        "signature": receipt.head.signature => |r, b| r.head.signature = array(b);
        "key of the house": receipt.head.key.to_bytes()
            => |r, b| r.head.key = PublicKey::from_bytes(&array(b)).ok()?;
    }
}

#[test]
fn one_changed_byte_of_a_receipt_fails() {
    let receipt = receipt();
    let mut tried = 0;
    for (name, mut bytes, write) in fields(&receipt) {
        let mut same = receipt.clone();
        write(&mut same, &bytes).expect("its own bytes");
        assert_eq!(same, receipt, "{name} is written where it was read");
        each_byte(&mut bytes, |bytes| {
            let mut changed = receipt.clone();
            if write(&mut changed, bytes).is_some() {
                assert!(changed.verify().is_err(), "{name} changed to {bytes:?}");
                tried += 1;
            }
        });
    }
    assert!(tried > 450, "{tried} changes");
}

#[test]
fn a_changed_shape_of_a_receipt_fails() {
    let changes: [fn(&mut Receipt); 14] = [
        |receipt| receipt.postings[0].side = Side::Credit,
        |receipt| receipt.postings[1].currency = Currency::USD,
        |receipt| receipt.postings.swap(0, 1),
        |receipt| receipt.postings.truncate(1),
        |receipt| receipt.postings.clear(),
        |receipt| receipt.postings.extend(receipt.postings.clone()),
        |receipt| {
            receipt.link = Link::Reversal {
                of: receipt.id.into(),
            }
        },
        |receipt| {
            receipt.link = Link::Refund {
                of: receipt.id.into(),
                amount: 12_345,
            }
        },
        |receipt| {
            let (of, amount, rest) = (receipt.id.into(), 12_345, Rest::Keep);
            receipt.link = Link::Capture { of, amount, rest };
        },
        |receipt| *shown(&mut receipt.memo).1 = None,
        |receipt| *shown(&mut receipt.origin).1 = None,
        |receipt| receipt.path.truncate(1),
        |receipt| receipt.path.push([0; 32]),
        |receipt| {
            let origin = shown(&mut receipt.origin).1.as_mut().expect("shown");
            origin.reference = Some("order 1".into());
        },
    ];
    for (number, change) in changes.iter().enumerate() {
        let mut changed = receipt();
        change(&mut changed);
        assert_eq!(
            changed.verify(),
            Err(ReceiptError::NotInBlock),
            "change {number}"
        );
    }
}

#[test]
fn errors_of_receipts_are_named_in_their_order() {
    let mut changed = receipt();
    changed.head.head.count += 1;
    changed.postings[0].amount += 1;
    assert_eq!(changed.verify(), Err(ReceiptError::SignatureInvalid));
    changed.head.signature = signer().sign(&changed.head.head);
    changed.id = RecordId::from_raw(changed.id.raw() + 3);
    assert_eq!(changed.verify(), Err(ReceiptError::OutsideBlock));
    changed.id = RecordId::from_raw(changed.id.raw() - 3);
    assert_eq!(changed.verify(), Err(ReceiptError::NotInBlock));
}

#[test]
fn another_key_is_another_fingerprint() {
    let (ours, theirs) = (
        signer().public_key(),
        Signer::from_seed(&[1; 32]).public_key(),
    );
    let mut forged = receipt();
    forged.postings[0].amount += 1;
    forged.head.key = theirs;
    assert_eq!(forged.verify(), Err(ReceiptError::SignatureInvalid));
    assert_ne!(ours.fingerprint(), theirs.fingerprint());
    assert_eq!(
        ours.fingerprint(),
        "4b80-8ce7-20a4-60a5-47ce-e871-5a24-8c12"
    );
    assert_eq!(PublicKey::from_bytes(&ours.to_bytes()), Ok(ours));
    assert!(PublicKey::from_bytes(&[0; 32]).is_err(), "a weak key");
    assert_eq!(
        format!("{:?}", signer()),
        format!("Signer({ours:?})"),
        "the secret stays hidden"
    );
}

/// Chains and receipts outlive programs: these hashes may never change.
#[test]
fn the_hashes_are_frozen() {
    let made = block();
    assert_eq!(
        hex(&made.leaves[0]),
        "21a59a1e8233fb60b32ce6301fcab14769162c63a8534cd438ed13f109f47fc8"
    );
    assert_eq!(
        hex(&made.head.head.hash()),
        "abe7935847e397f5c198a439afe844042053a60ff42102517feeb8c8d71da56d"
    );
}

proptest! {
    /// Every record has a leaf of its own, whichever field differs.
    #[test]
    fn different_records_have_different_leaves(first in records(), second in records()) {
        let mut hasher = LeafHasher::new();
        let mut leaf = |record: &Record| hasher.leaf(record, &SALT);
        prop_assert_eq!(leaf(&first) == leaf(&second), first == second);
        prop_assert_eq!(leaf(&first), leaf(&first));
        prop_assert_ne!(hasher.leaf(&first, &SALT), hasher.leaf(&first, &[0; 32]));
    }

    /// Any posted record gets a receipt that verifies, whatever it holds.
    #[test]
    fn any_entry_gets_a_receipt(record in records(), reveal in any::<bool>()) {
        let leaves = vec![[1; 32], LeafHasher::new().leaf(&record, &SALT)];
        let (first, last, at) = (record.id, record.id, record.at);
        let head =
            Head { height: 1, previous: [0; 32], root: root(&leaves), at, first, last, count: 2 };
        let signer = signer();
        let head = SignedHead { head, signature: signer.sign(&head), key: signer.public_key() };
        let shown = if reveal { Reveal::Show } else { Reveal::Hide };
        let is_theirs = |_| reveal;
        let disclosure = Disclosure { is_theirs: &is_theirs, origin: shown, memo: shown };
        let block = Block { salt: &SALT, leaves: &leaves, head };
        match (Receipt::build(&record, 1, &block, &disclosure), record.event) {
            (Ok(receipt), Event::Posted(_)) => prop_assert_eq!(receipt.verify(), Ok(())),
            (Err(error), event) => {
                prop_assert_eq!(error, ReceiptError::NotAnEntry);
                prop_assert!(!matches!(event, Event::Posted(_)));
            }
            (Ok(_), _) => prop_assert!(false, "a receipt of no entry"),
        }
    }
}
