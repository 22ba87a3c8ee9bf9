//! `tael verify-db`: whether a database that somebody runs keeps money as Tael needs it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use db::{Db, Options, Scratch, Server};
use ledger::{Command, Leg, Side, proof::Signer};
use payments::{
    Action, Books, BooksOptions, Code, Intention, Language, Order, Outcome, Reply, Route, books,
    limits::Limits, wallet,
};
use vocab::{AccountId, Currency, Entropy, UserId};

use crate::{
    clock::{OsEntropy, SystemClock},
    failure::{During as _, Failure},
    settings,
    terminal::say,
    wire::migrations,
};

/// Accounts that everybody pays from and to: few, so that they meet.
const PEOPLE: i64 = 8;
const FUNDS: i64 = 1_000;
/// Programs that share the database, and threads of each.
const PROGRAMS: usize = 2;
const TELLERS: usize = 8;

/// A program as a server would be.
struct Program {
    db: Db,
    books: Books,
}

pub(crate) fn run(url: &str, isolation: Option<&str>, seconds: u64) -> Result<(), Failure> {
    let server = Server {
        isolation: settings::isolation(isolation)?,
        ..Server::new(url)
    };
    let scratch = Scratch::make(&server).during("making a schema to try things in")?;
    let chance: &dyn Entropy = &OsEntropy;
    let signer = Arc::new(Signer::from_seed(&chance.bytes()));
    let programs = (0..PROGRAMS)
        .map(|_| open(scratch.server(), &signer))
        .collect::<Result<Vec<_>, _>>()?;
    say("migrations: applied");
    for room in [identity::statements(), books::statements()] {
        db::prepare_all_on_server(scratch.server(), &room).during("preparing the statements")?;
    }
    say("statements: every one is understood");
    let accounts = open_accounts(&programs[0])?;
    let paid = bank(&programs, &accounts, Duration::from_secs(seconds))?;
    let report = db::open_reader_on_server(scratch.server())
        .during("opening the database")?
        .snapshot(|tx| payments::check::check(tx, &signer.public_key(), &mut |_| {}))
        .during("checking the books")?;
    let total = sum(&programs[0], &accounts).during("adding up")?;
    for program in programs {
        program.db.shut_down().during("closing the database")?;
    }
    say(&format!(
        "bank: {paid} orders by {} tellers of {PROGRAMS} programs, {} records, {} differences",
        PROGRAMS * TELLERS,
        report.records,
        report.differences_total
    ));
    if report.is_clean() && total == PEOPLE * FUNDS {
        say("verdict: this database keeps the books of Tael");
        return Ok(());
    }
    for difference in &report.differences {
        say(difference);
    }
    Err(Failure::found_wrong(format!(
        "do not use this database: {total} is there, and {} was paid in",
        PEOPLE * FUNDS
    )))
}

fn open(server: &Server, signer: &Arc<Signer>) -> Result<Program, Failure> {
    let options = BooksOptions {
        clock: Arc::new(SystemClock::default()),
        entropy: Arc::new(OsEntropy),
        signer: signer.clone(),
        observer: Arc::new(books::Unobserved),
        limits: Limits::PLAIN,
        tuning: payments::Tuning::default(),
    };
    let (db, books) = Db::open(
        Options::on_server(server.clone()),
        &migrations(),
        |opening| Books::start(opening, options),
    )
    .during("opening the database")?;
    Ok(Program { db, books })
}

fn open_accounts(program: &Program) -> Result<Vec<AccountId>, Failure> {
    let mut orders = wallet::house_orders();
    let mut accounts = Vec::new();
    for person in 1..=PEOPLE {
        let user = UserId::from_raw(person);
        let account = AccountId::from_raw(1_000_000 + person);
        orders.push(wallet::open_order(user, account, Currency::CNY));
        accounts.push(account);
    }
    let rail = wallet::sandbox_rail(Currency::CNY);
    orders.extend(accounts.iter().map(|&account| Order {
        intention: None,
        reference: None,
        memo: None,
        action: post(rail, account, FUNDS),
    }));
    program
        .books
        .submit(orders)
        .wait()
        .during("opening accounts")?;
    Ok(accounts)
}

fn post(from: AccountId, to: AccountId, amount: i64) -> Action {
    let leg = |account, side| Leg {
        account,
        side,
        amount,
    };
    Action::Ledger(Command::Post {
        code: Code::Transfer as u16,
        legs: vec![leg(from, Side::Debit), leg(to, Side::Credit)],
    })
}

/// Every teller pays back and forth and repeats some payments; a repeat must be heard as such.
fn bank(programs: &[Program], accounts: &[AccountId], time: Duration) -> Result<u64, Failure> {
    let (paid, wrong) = (AtomicU64::new(0), AtomicU64::new(0));
    let end = Instant::now() + time;
    thread::scope(|scope| {
        for (number, program) in (0_i64..).zip(programs.iter().cycle().take(PROGRAMS * TELLERS)) {
            let (paid, wrong) = (&paid, &wrong);
            scope.spawn(move || {
                let mut round = number;
                while Instant::now() < end {
                    round += 1;
                    let key = format!("{number}-{round}");
                    let first = pay(program, accounts, &key, round);
                    let is_repeat_heard = round % 16 != 0
                        || matches!(
                            pay(program, accounts, &key, round),
                            Some(Outcome::Recorded(record)) if record.replayed
                        );
                    match first {
                        Some(Outcome::Recorded(_)) if is_repeat_heard => paid.fetch_add(1, Relaxed),
                        _ => wrong.fetch_add(1, Relaxed),
                    };
                }
            });
        }
    });
    match wrong.into_inner() {
        0 => Ok(paid.into_inner()),
        count => Err(Failure::found_wrong(format!(
            "{count} orders were answered wrongly or not at all"
        ))),
    }
}

fn pay(program: &Program, accounts: &[AccountId], key: &str, round: i64) -> Option<Outcome> {
    let at = |step: i64| accounts[usize::try_from((round * step) % PEOPLE).unwrap_or(0)];
    let (from, to) = (at(3), at(5));
    let order = Order {
        intention: Some(Intention {
            caller: UserId::from_raw(1),
            route: Route::TransferCreate,
            key: key.into(),
            request: [0; 16],
            reply: Reply {
                request: 0,
                language: Language::En,
            },
        }),
        reference: None,
        memo: None,
        action: post(from, to, 1 + round % 7),
    };
    program.books.submit(vec![order]).wait().ok()?.pop()
}

fn sum(program: &Program, accounts: &[AccountId]) -> Result<i64, db::Fault> {
    let (books, accounts) = (program.books.clone(), accounts.to_vec());
    let total = program.db.read(move |tx| {
        let mut total = 0;
        for &account in &accounts {
            let standing = books.standing(tx, account)?;
            total += standing.map_or(0, |standing| standing.account.posted);
        }
        Ok::<i64, db::Fault>(total)
    });
    total.wait()
}
