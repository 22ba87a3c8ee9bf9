use vocab::{AccountId, Currency, RecordId};

use super::rig::*;
use crate::{
    Code,
    records::{self, Direction, Filter, Line, Page, Start},
};

fn list(
    rig: &Rig,
    account: AccountId,
    filter: &Filter,
    page: Page,
) -> (Vec<Line>, Option<RecordId>) {
    let (books, filter) = (rig.books.clone(), filter.clone());
    rig.db
        .read(move |tx| {
            let owned = [(account, Currency::CNY)];
            records::list((&books, &OpenSeal), tx, &owned, &filter, page)
        })
        .wait()
        .expect("a list")
}

fn all(rig: &Rig, account: AccountId, filter: &Filter, limit: usize) -> Vec<i64> {
    let mut minors = Vec::new();
    let mut start = Start::Newest;
    loop {
        let (lines, next) = list(rig, account, filter, Page { limit, start });
        assert!(lines.len() <= limit);
        minors.extend(lines.iter().map(|line| line.money.minor));
        match next {
            Some(next) => start = Start::After(next),
            None => return minors,
        }
    }
}

#[test]
fn records_are_listed_through_tail_and_rows_as_one() {
    let rig = Rig::new();
    let (alice, bob) = (rig.person(1, 10_000), rig.person(2, 0));
    for minor in 1..=40 {
        assert_eq!(refusal(&rig.one(rig.transfer(alice, bob, minor))), None);
    }
    let newest_first: Vec<i64> = (1..=40).rev().collect();
    for limit in [1, 7, 100] {
        assert_eq!(all(&rig, bob, &Filter::default(), limit), newest_first);
    }
    let mut with_top_up = newest_first.clone();
    with_top_up.push(10_000);
    assert_eq!(all(&rig, alice, &Filter::default(), 9), with_top_up);
    let rig = rig.reopen(small_tail(), true);
    assert_eq!(all(&rig, alice, &Filter::default(), 9), with_top_up);
}

#[test]
fn filters_agree_with_a_naive_scan() {
    let rig = Rig::new();
    let (alice, bob) = (rig.person(1, 10_000), rig.person(2, 5_000));
    for minor in 1..=20 {
        rig.clock.advance(60);
        let (from, to) = if minor % 3 == 0 {
            (bob, alice)
        } else {
            (alice, bob)
        };
        assert_eq!(refusal(&rig.one(rig.transfer(from, to, minor))), None);
    }
    let everything = list(
        &rig,
        alice,
        &Filter::default(),
        Page {
            limit: 100,
            start: Start::Newest,
        },
    )
    .0;
    let from = everything[15].record.at;
    let to = everything[4].record.at;
    let filters = [
        Filter {
            direction: Some(Direction::In),
            ..Filter::default()
        },
        Filter {
            direction: Some(Direction::Out),
            min: Some(5),
            ..Filter::default()
        },
        Filter {
            code: Some(Code::TopUp),
            ..Filter::default()
        },
        Filter {
            max: Some(7),
            ..Filter::default()
        },
        Filter {
            from: Some(from),
            to: Some(to),
            ..Filter::default()
        },
        Filter {
            text: Some("LUNCH".into()),
            max: Some(3),
            ..Filter::default()
        },
        Filter {
            text: Some("dinner".into()),
            ..Filter::default()
        },
    ];
    for filter in filters {
        let naive: Vec<i64> = everything
            .iter()
            .filter(|line| {
                let minor = line.money.minor;
                filter
                    .direction
                    .is_none_or(|direction| direction == line.direction)
                    && filter.code.is_none_or(|code| code == line.code)
                    && filter.min.is_none_or(|min| minor >= min)
                    && filter.max.is_none_or(|max| minor <= max)
                    && filter.from.is_none_or(|from| line.record.at >= from)
                    && filter.to.is_none_or(|to| line.record.at < to)
                    && filter.text.as_ref().is_none_or(|text| {
                        line.memo.note.to_lowercase().contains(&text.to_lowercase())
                    })
            })
            .map(|line| line.money.minor)
            .collect();
        assert_eq!(all(&rig, alice, &filter, 3), naive, "{filter:?}");
    }
}

#[test]
fn a_page_before_ends_just_before() {
    let rig = Rig::new();
    let (alice, bob) = (rig.person(1, 10_000), rig.person(2, 0));
    for minor in 1..=10 {
        assert_eq!(refusal(&rig.one(rig.transfer(alice, bob, minor))), None);
    }
    let everything = list(
        &rig,
        bob,
        &Filter::default(),
        Page {
            limit: 100,
            start: Start::Newest,
        },
    )
    .0;
    let start = Start::Before(everything[7].record.id);
    let page = list(&rig, bob, &Filter::default(), Page { limit: 3, start }).0;
    let minors: Vec<_> = page.iter().map(|line| line.money.minor).collect();
    let wanted: Vec<_> = everything[4..7]
        .iter()
        .map(|line| line.money.minor)
        .collect();
    assert_eq!(minors, wanted);
}

#[test]
fn what_came_since_is_told_oldest_first() {
    let rig = Rig::new();
    let (alice, bob) = (rig.person(1, 10_000), rig.person(2, 0));
    let outcomes: Vec<_> = (1..=12)
        .map(|minor| rig.one(rig.transfer(alice, bob, minor)))
        .collect();
    for (first, outcome) in (2..).zip(&outcomes) {
        for limit in [1, 5, 100] {
            let after = recorded(outcome).record.id;
            let books = rig.books.clone();
            let since = rig
                .db
                .read(move |tx| {
                    let account = (bob, Currency::CNY);
                    records::since((&books, &OpenSeal), tx, account, after, limit)
                })
                .wait()
                .expect("what came since");
            let minors: Vec<_> = since.iter().map(|line| line.money.minor).collect();
            assert_eq!(minors, (first..=12).take(limit).collect::<Vec<_>>());
        }
    }
}

#[test]
fn a_record_is_found_by_its_sides_only() {
    let rig = Rig::new();
    let (alice, bob, carol) = (rig.person(1, 100), rig.person(2, 0), rig.person(3, 0));
    let id = recorded(&rig.one(rig.transfer(alice, bob, 5))).record.id;
    let find = |account| {
        rig.db
            .read(move |tx| records::find(&OpenSeal, tx, &[(account, Currency::CNY)], id))
            .wait()
            .expect("a look-up")
    };
    let paid = find(alice).expect("the payer's line");
    assert_eq!((paid.direction, paid.balance_after), (Direction::Out, 95));
    assert_eq!(
        (paid.counterparty, paid.counterparty_name()),
        (Some(bob), "*四")
    );
    let received = find(bob).expect("the payee's line");
    assert_eq!(
        (received.direction, received.counterparty_name()),
        (Direction::In, "*三")
    );
    assert!(find(carol).is_none());
}

#[test]
fn a_search_that_finds_little_goes_on_from_where_it_gave_up() {
    let rig = Rig::new();
    let (alice, bob) = (rig.person(1, 50_000), rig.person(2, 0));
    for minor in 1..=100 {
        assert_eq!(refusal(&rig.one(rig.transfer(alice, bob, minor))), None);
    }
    let filter = Filter {
        max: Some(2),
        ..Filter::default()
    };
    let (first, next) = list(
        &rig,
        bob,
        &filter,
        Page {
            limit: 5,
            start: Start::Newest,
        },
    );
    assert!(first.is_empty() && next.is_some());
    assert_eq!(all(&rig, bob, &filter, 5), [2, 1]);
    assert_eq!(all(&rig, bob, &Filter::default(), 50).len(), 100);
}

#[test]
fn what_is_newer_than_a_snapshot_is_read_whole() {
    let rig = Rig::with(crate::Tuning::default());
    let (alice, bob) = (rig.person(1, 1_000), rig.person(2, 0));
    let order = rig.transfer(alice, bob, 7);
    let books = rig.books.clone();
    let lines = rig
        .db
        .read(move |tx| {
            let before = books.standing(tx, AccountId::from_raw(77))?;
            assert!(before.is_none());
            let paid = books.submit(vec![order.clone()]).wait()?;
            assert_eq!(paid.len(), 1);
            let page = Page {
                limit: 10,
                start: Start::Newest,
            };
            let owned = [(bob, Currency::CNY)];
            records::list((&books, &OpenSeal), tx, &owned, &Filter::default(), page)
        })
        .wait()
        .expect("a list")
        .0;
    assert_eq!(lines.len(), 1);
}
