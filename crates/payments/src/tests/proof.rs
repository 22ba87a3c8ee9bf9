use ledger::proof::Section;

use super::rig::*;
use crate::{Rejection, check, receipts};

#[test]
fn a_receipt_proves_and_hides_the_other_side() {
    let rig = Rig::new();
    let (alice, bob, carol) = (rig.person(1, 1_000), rig.person(2, 50), rig.person(3, 0));
    let orders = (0..5).map(|n| rig.transfer(alice, bob, n + 1)).collect();
    let outcomes = rig.submit(orders);
    let id = recorded(&outcomes[2]).record.id;
    let receipt = |account, caller| {
        rig.db
            .read(move |tx| receipts::receipt_of(tx, id, &[account], caller))
            .wait()
            .expect("a look-up")
    };
    let mine = receipt(alice, 1).expect("the payer's receipt");
    assert_eq!(mine.verify(), Ok(()));
    assert!(matches!(mine.postings[0].after, Section::Revealed { .. }));
    assert!(matches!(mine.postings[1].after, Section::Hidden { .. }));
    assert!(matches!(mine.origin, Section::Revealed { .. }));
    let theirs = receipt(bob, 2).expect("the payee's receipt");
    assert_eq!(theirs.verify(), Ok(()));
    assert!(matches!(theirs.origin, Section::Hidden { .. }));
    assert!(receipt(carol, 3).is_none());
    let mut forged = mine.clone();
    forged.postings[0].amount += 1;
    assert!(forged.verify().is_err());
}

/// Changes a row behind the books' back and looks what the check says.
fn tampered(sql: &str) -> Vec<String> {
    let rig = Rig::new();
    let (alice, bob) = (rig.person(1, 1_000), rig.person(2, 0));
    let mut with_reference = rig.transfer(alice, bob, 3);
    with_reference.reference = Some("r".into());
    assert_eq!(refusal(&rig.one(with_reference)), None);
    for minor in 1..=20 {
        assert_eq!(refusal(&rig.one(rig.transfer(alice, bob, minor))), None);
    }
    assert_eq!(
        refusal(&rig.one(rig.transfer(bob, bob, 1))),
        Some(Rejection::SameAccount)
    );
    let rig = rig.reopen(small_tail(), true);
    rig.assert_clean();
    rig.db.shut_down().expect("a clean stop");
    let key = rig.key;
    change(rig.dir(), sql)
        .snapshot(|tx| check::check(tx, &key, &mut |_| {}))
        .expect("a check that runs")
        .differences
}

/// Changes what is stored behind the books' back, and opens it for a check.
fn change(dir: &std::path::Path, sql: &str) -> db::Reader {
    if let Some(url) = testkit::engine::server_for(dir) {
        let mut sql = sql.replace("x'02020201'", "decode('02020201', 'hex')");
        for length in ["32", "64"] {
            let zeros = format!("decode(repeat('00', {length}), 'hex')");
            sql = sql.replace(&format!("zeroblob({length})"), &zeros);
        }
        testkit::engine::change(&url, &sql);
        return db::open_reader_on_server(&db::Server::new(url)).expect("a reader");
    }
    let file = std::fs::read_dir(dir)
        .expect("a directory")
        .filter_map(|file| Some(file.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "db"))
        .expect("the database file");
    let raw = rusqlite::Connection::open(file).expect("the file");
    assert!(
        raw.execute(sql, []).expect("a change") > 0,
        "{sql} changed nothing"
    );
    drop(raw);
    db::open_reader(dir).expect("a reader")
}

#[test]
fn every_kind_of_tampering_is_named() {
    let changes = [
        (
            "UPDATE accounts SET posted = posted + 1 WHERE id = 1000156",
            "posted is",
        ),
        ("UPDATE accounts SET held = 5 WHERE id = 2000156", "held is"),
        (
            "UPDATE accounts SET version = 99 WHERE id = 2000156",
            "version is",
        ),
        (
            "UPDATE accounts SET floor = -100 WHERE id = 2000156",
            "bounds",
        ),
        (
            "UPDATE accounts SET restriction = 1 WHERE id = 2000156",
            "freezes",
        ),
        (
            "UPDATE accounts SET owner = 7 WHERE id = 2000156",
            "owner is",
        ),
        (
            "UPDATE accounts SET day_out = 0 WHERE id = 1000156",
            "the day's sum",
        ),
        (
            "UPDATE accounts SET as_of = as_of - 1 WHERE id = 1000156",
            "claim a record",
        ),
        ("DELETE FROM accounts WHERE id = 2000156", "it has no row"),
        (
            "DELETE FROM account_owners WHERE owner = 2",
            "list of owners",
        ),
        (
            "DELETE FROM keys WHERE hash = (SELECT hash FROM keys ORDER BY hash LIMIT 1)",
            "has no row",
        ),
        (
            "UPDATE keys SET record = record + 1 WHERE hash = (SELECT hash FROM keys ORDER BY hash LIMIT 1)",
            "key",
        ),
        ("DELETE FROM history WHERE account = 2000156", "history"),
        (
            "UPDATE history SET body = x'02020201' WHERE account = 2000156",
            "history",
        ),
        (
            "UPDATE blocks SET root = zeroblob(32) WHERE height = 5",
            "not those that were signed",
        ),
        (
            "UPDATE blocks SET signature = zeroblob(64) WHERE height = 5",
            "not genuine",
        ),
        (
            "UPDATE blocks SET previous = zeroblob(32) WHERE height = 5",
            "does not stand on",
        ),
        (
            "DELETE FROM blocks WHERE height = (SELECT max(height) FROM blocks)",
            "no head",
        ),
        (
            "DELETE FROM journal WHERE height = (SELECT max(height) FROM journal)",
            "the newest head is of",
        ),
        ("DELETE FROM journal WHERE height = 6", "belongs"),
    ];
    for (sql, wanted) in changes {
        let differences = tampered(sql);
        assert!(
            differences
                .iter()
                .any(|difference| difference.contains(wanted)),
            "{sql}: {differences:#?}"
        );
    }
}

#[test]
fn any_changed_byte_of_the_journal_is_found() {
    let lengths = 60;
    for offset in (1..=lengths).step_by(7) {
        let at = offset - 1;
        let sql = if testkit::engine::is_server() {
            format!(
                "UPDATE journal SET body = set_byte(body, {at}, CASE get_byte(body, {at}) \
                 WHEN 0 THEN 1 ELSE 0 END) WHERE height = 20"
            )
        } else {
            other_byte(offset)
        };
        assert!(!tampered(&sql).is_empty(), "byte {offset}");
    }
}

fn other_byte(offset: usize) -> String {
    format!(
        "UPDATE journal SET body = CAST(substr(body, 1, {offset} - 1) || \
             CASE WHEN substr(body, {offset}, 1) = x'00' THEN x'01' ELSE x'00' END || \
             substr(body, {offset} + 1) AS BLOB) WHERE height = 20"
    )
}
