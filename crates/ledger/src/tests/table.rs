//! One line per event: a verb, its words, and as the last word `ok` or the rejection. Numbers may
//! be `max` and `min` of 64 bits, `-` for no bound; a leg is `alice-5` (debit) or `alice+5`.

use std::collections::{BTreeMap, BTreeSet};

use vocab::{AccountId, Timestamp};

use super::{oracle, world::World};
use crate::{Class, Command, Leg, Opening, Rejection, Rest, Side};

/// Plays a table; every line must come out as it says. Returns the rejections that came up.
fn check(table: &str) -> BTreeSet<Rejection> {
    let mut play = Play::default();
    let mut rejections = BTreeSet::new();
    for (number, line) in table.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default();
        let words: Vec<&str> = line.split_whitespace().collect();
        let [verb, words @ .., expected] = words.as_slice() else {
            continue;
        };
        let outcome = match *verb {
            "at" => {
                play.world.now = Timestamp::from_micros(amount(expected));
                continue;
            }
            "see" => {
                assert_eq!(play.see(words), amount(expected), "line {number}: {line}");
                continue;
            }
            _ => play.run(verb, words),
        };
        let said = outcome.map_or_else(|no| format!("{no:?}"), |()| "ok".to_owned());
        assert_eq!(&said, expected, "line {number}: {line}\n{:#?}", play.world);
        rejections.extend(outcome.err());
    }
    rejections
}

#[derive(Default)]
struct Play {
    world: World,
    names: BTreeMap<String, i64>,
}

impl Play {
    fn run(&mut self, verb: &str, words: &[&str]) -> Result<(), Rejection> {
        let (label, command) = self.command(verb, words);
        oracle::compare(&self.world, &command);
        let id = self.world.run(&command)?;
        self.world.check();
        if let Some(label) = label {
            self.names.insert(label.to_owned(), id.raw());
        }
        Ok(())
    }

    /// The command, and the name under which later lines know what it makes.
    fn command<'a>(&mut self, verb: &str, words: &[&'a str]) -> (Option<&'a str>, Command) {
        let command = match (verb, words) {
            ("open", [name, currency, floor, ceiling]) => Command::Open(Opening {
                account: self.account(name),
                owner: 0,
                currency: currency.parse().expect("a currency"),
                class: Class::User,
                floor: bound(floor),
                ceiling: bound(ceiling),
            }),
            ("bound", [name, floor, ceiling]) => Command::Bound {
                account: self.account(name),
                floor: bound(floor),
                ceiling: bound(ceiling),
            },
            ("freeze", [name, sides]) => Command::Restrict {
                account: self.account(name),
                debit_frozen: matches!(*sides, "debit" | "both"),
                credit_frozen: matches!(*sides, "credit" | "both"),
            },
            ("close", [name]) => Command::Close {
                account: self.account(name),
            },
            ("void", [hold]) => Command::Void {
                hold: self.id(hold).into(),
            },
            ("expire", [hold]) => Command::Expire {
                hold: self.id(hold).into(),
            },
            (_, [label, words @ ..]) => return (Some(label), self.labelled(verb, words)),
            _ => panic!("no such line: {verb} {words:?}"),
        };
        (None, command)
    }

    fn labelled(&mut self, verb: &str, words: &[&str]) -> Command {
        match (verb, words) {
            ("post", legs) => Command::Post {
                code: 1,
                legs: self.legs(legs),
            },
            ("hold", [expires_at, legs @ ..]) => Command::Hold {
                code: 2,
                legs: self.legs(legs),
                expires_at: Timestamp::from_micros(amount(expires_at)),
            },
            ("capture", [hold, taken, rest]) => Command::Capture {
                hold: self.id(hold).into(),
                amount: amount(taken),
                rest: if *rest == "keep" {
                    Rest::Keep
                } else {
                    Rest::Release
                },
            },
            ("reverse", [entry]) => Command::Reverse {
                entry: self.id(entry).into(),
            },
            ("refund", [entry, given]) => Command::Refund {
                entry: self.id(entry).into(),
                amount: amount(given),
            },
            _ => panic!("no such line: {verb} {words:?}"),
        }
    }

    fn see(&mut self, words: &[&str]) -> i64 {
        let [name, what] = words else {
            panic!("see NAME WHAT NUMBER")
        };
        let id = self.account(name);
        let account = &self.world.accounts[&id];
        match *what {
            "posted" => account.posted,
            "held" => account.held,
            "version" => account.version,
            _ => panic!("no such figure: {what}"),
        }
    }

    fn legs(&mut self, words: &[&str]) -> Vec<Leg> {
        let leg = |word: &&str| {
            let place = word.find(['-', '+']).expect("a side");
            let side = if &word[place..=place] == "-" {
                Side::Debit
            } else {
                Side::Credit
            };
            let account = self.account(&word[..place]);
            Leg {
                account,
                side,
                amount: amount(&word[place + 1..]),
            }
        };
        words.iter().map(leg).collect()
    }

    /// Accounts are numbered as they are named.
    fn account(&mut self, name: &str) -> AccountId {
        let next = 1000 + i64::try_from(self.names.len()).expect("few names");
        AccountId::from_raw(*self.names.entry(name.to_owned()).or_insert(next))
    }

    /// The record under this name, or one that is not there.
    fn id(&self, label: &str) -> vocab::RecordId {
        vocab::RecordId::from_raw(self.names.get(label).copied().unwrap_or(-1))
    }
}

fn amount(word: &str) -> i64 {
    match word {
        "max" => i64::MAX,
        "min" => i64::MIN,
        _ => word
            .parse()
            .unwrap_or_else(|_| panic!("{word:?} is a number")),
    }
}

fn bound(word: &str) -> Option<i64> {
    (word != "-").then(|| amount(word))
}

/// The life of accounts.
const ACCOUNTS: &str = "
    open   bank CNY -  -       ok
    open   bank CNY -  -       AccountExists
    open   bank CNY 1  0       BoundsCrossed       # exists, too
    open   cat  CNY 0  0       ok
    close  nobody              AccountNotFound
    bound  nobody 0 5          AccountNotFound
    bound  nobody 5 0          BoundsCrossed       # is not there, too
    freeze nobody both         AccountNotFound
    open   alice CNY 0 100     ok
    post p bank-100 alice+100  ok
    close  alice               AccountNotEmpty
    freeze alice both          ok
    close  alice               AccountNotEmpty
    freeze alice none          ok
    post p alice-100 bank+100  ok
    hold h 9 bank-5 alice+5    ok
    close  bank                AccountNotEmpty     # posted is zero, held is not
    close  alice               ok
    close  alice               AccountClosed
    bound  alice 0 9           AccountClosed
    bound  alice 9 0           BoundsCrossed       # closed, too
    freeze alice none          AccountClosed
    open   alice CNY 0 100     AccountExists
    post p bank-1 alice+1      AccountClosed
    post p alice-1 bank+1      AccountClosed       # no money, too
    capture c h 5 release      AccountClosed       # its receiver is gone
    void h                     ok
    close  bank                ok
";

/// Shape, existence, state and bounds of an entry.
const ENTRIES: &str = "
    open bank  CNY -   -                     ok
    open alice CNY 0   100                   ok
    open bob   CNY -50 100                   ok
    open cash  USD -   -                     ok
    open usd   USD 0   -                     ok
    post p                                   TooFewLegs
    post p alice-1                           TooFewLegs         # unbalanced, too
    post p ghost-0                           TooFewLegs         # not positive, not there, too
    post p alice-0 bob+0                     AmountNotPositive
    post p alice--1 bob+-1                   AmountNotPositive
    post p alice-min bob+min                 AmountNotPositive
    post p alice-0 ghost+1                   AmountNotPositive  # unbalanced, not there, too
    post p alice-1 bob+2                     Unbalanced
    post p alice-1 ghost+2                   Unbalanced         # not there, too
    post p alice-max bob-max alice+1         Unbalanced
    post p alice+1 bob+1                     Unbalanced
    post p bank-1 ghost+1                    AccountNotFound
    post p bank-1 usd+1                      Unbalanced         # sums agree, currencies do not
    post p ghost-1 usd+1                     AccountNotFound    # the currency cannot be known
    post p bank-60 alice+60                  ok
    post p bank-100 bob+60 alice+40          ok
    post p bank-1 alice+1                    CeilingExceeded
    post p alice-101 bob+101                 InsufficientFunds  # bob's ceiling, too
    post p alice-100 bob+100                 CeilingExceeded
    post p bob-111 bank+111                  InsufficientFunds
    post p bob-110 bank+110                  ok
    post p bob-1 bank+1                      InsufficientFunds
    see  bob posted                          -50
    see  bob version                         2
    post p bank-7 cash-9 bob+7 usd+9         ok                 # two currencies in one entry
    post p bank-7 cash-9 bob+9 usd+7         Unbalanced
    post p alice-30 alice+30                 ok                 # versions go on, money stays
    see  alice version                       4
    post p alice-500 alice+500               ok                 # only the end counts
    post p alice+500 alice-500               ok
    post p alice-60 bank+10 alice-50 bank+100 InsufficientFunds
    post p alice-60 bank+10 alice-40 bank+90 ok
    see  alice posted                        0
    see  alice version                       10
    freeze bob debit                         ok
    post p bob-1000 bank+1000                DebitFrozen        # no money, too
    post p bank-1 bob+1                      ok
    freeze bob credit                        ok
    post p bank-1000 bob+1000                CreditFrozen       # ceiling, too
    post p bob-1 bank+1                      ok
    freeze alice debit                       ok
    post p bank-1 bob+1 alice-1 bank+1       DebitFrozen        # bob is frozen the other way, too
    open  eve CNY 0 0                        ok
    close eve                                ok
    post p alice-1 bob-1 bank+1 eve+1        AccountClosed      # alice is frozen, too
";

/// Bounds moved under a balance: money may still come from outside towards them.
const BOUNDS: &str = "
    open bank  CNY -  -       ok
    open alice CNY 0  -       ok
    post p bank-50 alice+50   ok
    bound alice 100 200       ok
    post p bank-10 alice+10   ok                  # below its floor, may receive
    post p alice-1 bank+1     InsufficientFunds
    post p alice-5 alice+6 bank-1 ok              # gains over all its legs
    post p alice-6 alice+5 bank+1 InsufficientFunds
    bound alice 0 20          ok
    post p bank-1 alice+1     CeilingExceeded
    post p alice-1 bank+1     ok                  # above its ceiling, may pay
    post p alice-9 alice+9    ok
    see alice posted          60
    bound alice max max       ok
    post p alice-1 bank+1     InsufficientFunds
    bound alice min max       ok
    post p alice-100 bank+100 ok
    see alice posted          -40
";

/// Reserving, capturing, voiding, expiring.
const HOLDS: &str = "
    open bank  CNY -  -                   ok
    open alice CNY 0  -                   ok
    open bob   CNY 0  50                  ok
    open usd   USD -  -                   ok
    post p bank-100 alice+100             ok
    at 5
    hold h 9 alice-60                     TooFewLegs
    hold h 9 alice-0 bob+0                AmountNotPositive
    hold h 9 alice-60 bob+61              Unbalanced
    hold h 5 alice-60 bob+61              Unbalanced          # expiry, too
    hold h 5 alice-60 ghost+60            ExpiryPassed        # not there, too
    hold h 5 alice-60 bob+60              ExpiryPassed
    hold h min alice-60 bob+60            ExpiryPassed
    hold h 9 alice-60 ghost+60            AccountNotFound
    hold h 9 alice-101 usd+101            CurrencyMismatch    # no money, too
    hold h 9 alice-101 bob+101            InsufficientFunds
    hold h 9 alice-50 alice-51 bob+101    InsufficientFunds   # two legs, one payer
    hold h 9 alice-60 bob+60              ok                  # bob's ceiling matters at capture
    see alice held                        60
    see alice version                     1
    hold i 9 alice-41 bob+41              InsufficientFunds   # two holds never promise the same
    post p alice-41 bank+41               InsufficientFunds
    hold i 9 alice-40 bob+40              ok
    post p alice-1 bank+1                 InsufficientFunds
    capture c nohold 0 keep               AmountNotPositive
    capture c nohold 1 keep               HoldNotFound
    void nohold                           HoldNotFound
    expire nohold                         HoldNotFound
    capture c h 61 keep                   ExceedsHold
    capture c h max keep                  ExceedsHold
    capture c h 51 keep                   CeilingExceeded
    capture c h 20 keep                   ok
    see alice posted                      80
    see alice held                        80
    capture c h 41 keep                   ExceedsHold
    capture c h 10 keep                   ok
    capture c h 20 release                ok                  # the last 10 come back
    see alice posted                      50
    see alice held                        40
    capture c h 1 keep                    HoldCaptured
    void h                                HoldCaptured
    expire h                              HoldCaptured
    freeze bob credit                     ok
    capture c i 41 keep                   CreditFrozen        # exceeds, too
    freeze alice debit                    ok
    capture c i 1 keep                    DebitFrozen         # the receiver is frozen, too
    freeze alice none                     ok
    expire i                              HoldNotExpired
    void i                                ok
    void i                                HoldVoided
    capture c i 1 keep                    HoldVoided          # bob is frozen, too
    expire i                              HoldVoided
    see alice held                        0
    freeze bob none                       ok
    hold j 9 alice-50 bob+50              ok
    bound alice 20 -                      ok                  # a floor raised above a reservation
    post p bob-50 bank+50                 ok
    capture c j 50 release                ok
    see alice posted                      0
    bound alice 0 -                       ok
    post p bank-9 alice+9                 ok
    hold k 9 alice-9 bob+9                ok
    at 9
    capture c k 10 keep                   HoldExpired         # exceeds, too
    expire k                              ok
    expire k                              HoldExpired
    void k                                HoldExpired
    capture c k 1 keep                    HoldExpired
    see alice held                        0
    hold l 10 alice-9 bob+9               ok
    at 11
    void l                                ok                  # late, but nobody expired it yet
";

/// Holds of several legs resolve as one; parts are spread by largest remainder.
const SPREADS: &str = "
    open bank CNY -  -                          ok
    open a    CNY 0  -                          ok
    open b    CNY 0  -                          ok
    open fee  CNY 0  -                          ok
    open shop CNY 0  -                          ok
    post p bank-100 a+1 b+99                    ok
    hold h 9 a-1 b-99 shop+97 fee+3             ok
    capture c h 50 keep                         ok
    see a posted                                0
    see b posted                                50
    see shop posted                             49       # 48.5, the tie goes to the earlier leg
    see fee posted                              1
    close a                                     ok       # nothing left of its leg
    capture c h 50 keep                         ok
    see b posted                                0
    see shop posted                             97
    see fee posted                              3
    void h                                      HoldCaptured
    post p shop-97 bank+97                      ok
    post p bank-10 b+10                         ok
    hold h 9 b-3 b-7 b+4 shop+6                 ok       # one account on both sides
    see b held                                  10
    capture c h 5 release                       ok
    see b held                                  0
    see b posted                                7
    see shop posted                             3
";

/// Giving back: reversals and refunds.
const RETURNS: &str = "
    open bank  CNY -  -                 ok
    open alice CNY 0  200               ok
    open shop  CNY 0  -                 ok
    open fee   CNY 0  -                 ok
    open cup   CNY 0  -                 ok
    open dollars USD -  -               ok
    open euros   EUR -  -               ok
    post in bank-100 alice+100          ok
    post p alice-100 shop+98 cup+2      ok
    reverse r nothing                   EntryNotFound
    refund  r nothing 0                 AmountNotPositive
    refund  r nothing 1                 EntryNotFound
    reverse r in                        InsufficientFunds   # the money has gone on
    refund  r p 101                     ExceedsEntry
    refund  r p max                     ExceedsEntry
    refund  r1 p 25                     ok
    see shop posted                     73                  # 24.5 of 25, rounded up
    see cup posted                      2
    reverse r p                         AlreadyRefunded
    refund  r p 76                      ExceedsEntry
    reverse r r1                        ReversalIsFinal
    refund  r r1 1                      ReversalIsFinal
    refund  r p 74                      ok
    see shop posted                     1
    see cup posted                      0
    see alice posted                    99
    close cup                           ok                  # its posting has nothing left
    refund  r p 1                       ok
    see shop posted                     0
    refund  r p 1                       ExceedsEntry
    post p alice-40 fee+40              ok
    freeze alice credit                 ok
    reverse r p                         CreditFrozen
    refund  r p 41                      CreditFrozen        # exceeds, too
    freeze alice none                   ok
    freeze fee debit                    ok
    reverse r p                         DebitFrozen
    freeze fee none                     ok
    reverse back p                      ok
    see alice posted                    100
    reverse r p                         AlreadyReversed
    refund  r p 1                       AlreadyReversed
    freeze alice both                   ok
    refund  r p 1                       AlreadyReversed     # alice is frozen, too
    freeze alice none                   ok
    reverse r back                      ReversalIsFinal
    refund  r back 1                    ReversalIsFinal
    post two bank-1 dollars-9 fee+1 euros+9 Unbalanced
    open dollar2 USD -  -               ok
    post two bank-1 dollars-9 fee+1 dollar2+9 ok
    refund  r two 11                    CurrencyMismatch    # exceeds, too
    reverse r two                       ok                  # as a whole it may go back
    see fee posted                      0
    hold h 9 alice-30 fee+30            ok
    capture c h 20 keep                 ok
    reverse r c                         ok                  # available again, not held again
    see alice posted                    100
    see alice held                      10
    capture d h 10 keep                 ok
    refund  r d 4                       ok
    see alice posted                    94
    bound alice 0 94                    ok
    refund  r d 1                       CeilingExceeded
    bound alice 0 -                     ok
    post p fee-6 bank+6                 ok
    refund  r d 6                       InsufficientFunds
    post q fee+0 bank-0                 AmountNotPositive
";

/// The edges of 64 bits.
const EXTREMES: &str = "
    open bank CNY -   -                     ok
    open a    CNY -   -                     ok
    open b    CNY -   -                     ok
    open c    CNY -   -                     ok
    post p bank-max a+max                   ok
    post p bank-1 b+1                       ok                # -2^63 fits
    post p bank-1 b+1                       Overflow
    post p b-1 a+1                          Overflow
    post p a-max a-max a+max a+max          Overflow          # more than 64 bits of debits
    post p a+1 a-1                          Overflow          # on the way, not in the end
    post p a-1 a+1                          ok
    see  a posted                           max
    hold h 9 a-max a-1 c+max c+1            Overflow
    hold h 9 a-max c+max                    ok
    hold i 9 a-1 c+1                        Overflow          # held
    hold i 9 bank-1 c+1                     Overflow          # what is held must be capturable
    post p a-max b+max                      Overflow          # b
    post p b-1 c+1                          ok
    post p a-max b+max                      ok                # no floor keeps what is held
    post p a-1 c+1                          ok
    capture k h max keep                    Overflow          # c
    post p c-2 bank+2                       ok
    capture k h max keep                    ok
    see  a posted                           -9223372036854775808
    see  c posted                           max
    capture k h 1 keep                      HoldCaptured
    refund r k max                          ok
    refund r k 1                            ExceedsEntry
    open full CNY max max                   ok
    post p c+1 full-1                       InsufficientFunds
    post p bank-max full+max                Overflow
";

#[test]
fn every_line_comes_out_as_written_and_every_rejection_comes_up() {
    let mut seen = check(&many_legs());
    for table in [ACCOUNTS, ENTRIES, BOUNDS, HOLDS, SPREADS, RETURNS, EXTREMES] {
        seen.extend(check(table));
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), Rejection::ALL);
}

#[test]
fn rejections_are_listed_in_their_order() {
    for (place, &rejection) in Rejection::ALL.iter().enumerate() {
        assert_eq!(rejection as usize, place);
    }
    assert_eq!(
        Rejection::ALL.last(),
        Some(&Rejection::Overflow),
        "the last of them"
    );
}

/// 64 legs are allowed, 65 are not.
fn many_legs() -> String {
    let legs = "a-1 b+1 ".repeat(32);
    format!(
        "open a CNY - - ok
         open b CNY - - ok
         post p {legs} ok
         see b posted 32
         hold h 9 {legs} ok
         post p {legs} a-0 TooManyLegs
         hold h 0 {legs} a-0 TooManyLegs"
    )
}
