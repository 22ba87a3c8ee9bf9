use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    io::Write,
    net::SocketAddr,
    rc::Rc,
    time::Duration,
};

use tokio::{
    task::LocalSet,
    time::{Instant, sleep_until},
};

use super::HttpArgs;
use crate::{
    bench::{
        client::{Answer, Connection},
        figures::Times,
        person::Person,
    },
    failure::{During, Failure},
};

/// Who pays whom, how and how long.
#[derive(Debug)]
pub(super) struct Plan {
    /// Of the servers, between which connections are shared out.
    addresses: Vec<SocketAddr>,
    connections: u32,
    duration: Duration,
    rate: Option<u32>,
    hot: u8,
    payers: Vec<Payer>,
}

/// The parts of a person's payment that are always the same.
#[derive(Debug)]
struct Payer {
    head: Vec<u8>,
    account: String,
    authorization: String,
}

/// What happened.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) times: Times,
    /// Answers other than 201, by status and code.
    pub(super) refused: BTreeMap<(u16, String), u64>,
    /// Payments whose connection broke before the answer.
    pub(super) unanswered: u64,
    /// Payments made, by payer.
    pub(super) sent: Vec<u64>,
    /// Payments received, by payee.
    pub(super) received: Vec<u64>,
}

impl Tally {
    fn new(people: usize) -> Result<Self, Failure> {
        Ok(Self {
            times: Times::new()?,
            refused: BTreeMap::new(),
            unanswered: 0,
            sent: vec![0; people],
            received: vec![0; people],
        })
    }

    pub(super) fn paid(&self) -> u64 {
        self.sent.iter().sum()
    }

    /// Payments that the server turned away because it was busy.
    pub(super) fn shed(&self) -> u64 {
        let busy = self
            .refused
            .iter()
            .filter(|((status, _), _)| matches!(status, 429 | 503));
        busy.map(|(_, count)| count).sum()
    }

    fn take(&mut self, answer: &Answer<'_>, [payer, payee]: [usize; 2]) {
        if answer.status == 201 {
            self.sent[payer] += 1;
            self.received[payee] += 1;
            return;
        }
        let code = answer.json()["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        *self.refused.entry((answer.status, code)).or_default() += 1;
    }
}

impl Plan {
    pub(super) fn new(args: &HttpArgs, addresses: &[SocketAddr], crowd: &[Person]) -> Self {
        Self {
            addresses: addresses.to_vec(),
            connections: args.connections,
            duration: Duration::from_secs(u64::from(args.duration)),
            rate: args.rate,
            hot: args.hot,
            payers: crowd.iter().map(Payer::of).collect(),
        }
    }

    /// Draws who pays whom; the hot payee is the first person, who then does not pay.
    fn draw(&self, chance: &mut Chance) -> [usize; 2] {
        let people = self.payers.len();
        if chance.below(100) < usize::from(self.hot) {
            return [1 + chance.below(people - 1), 0];
        }
        let payer = chance.below(people);
        [payer, (payer + 1 + chance.below(people - 1)) % people]
    }

    fn render(&self, [payer, payee]: [usize; 2], number: u64, into: &mut Vec<u8>) {
        let (payer, payee) = (&self.payers[payer], &self.payers[payee].account);
        let body = BODY.iter().map(|part| part.len()).sum::<usize>()
            + payee.len()
            + payer.authorization.len();
        let [to, money] = BODY;
        into.clear();
        into.extend_from_slice(&payer.head);
        write!(
            into,
            "idempotency-key: {number:020}\r\ncontent-length: {body}\r\n\r\n\
             {to}{payee}{money}{}",
            payer.authorization
        )
        .expect("writing to memory");
    }
}

/// The body of every payment around the payee's account, up to the authorisation.
const BODY: [&str; 2] = [
    r#"{"to":{"account":""#,
    r#""},"money":{"amount":1,"currency":"CNY"}"#,
];

impl Payer {
    fn of(person: &Person) -> Self {
        let head = format!(
            "POST /v1/transfers HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
             authorization: Bearer {}\r\n",
            person.session
        );
        let authorization = format!(
            ",\"authorization\":{{\"security_token\":\"{}\"}}}}",
            person.token
        );
        Self {
            head: head.into_bytes(),
            account: person.account.clone(),
            authorization,
        }
    }
}

/// Shared by all connections; they live on one thread.
struct Floor {
    plan: Plan,
    tally: RefCell<Tally>,
    /// How many payments were begun.
    begun: Cell<u64>,
    start: Instant,
}

impl Floor {
    /// When the next payment is due, and its number; `None` when the time is over.
    fn next(&self) -> Option<(u64, Option<Instant>)> {
        let number = self.begun.get();
        let due = self
            .plan
            .rate
            .map(|rate| self.start + Duration::from_micros(number * 1_000_000 / u64::from(rate)));
        let at = due.unwrap_or_else(Instant::now);
        if at.duration_since(self.start) >= self.plan.duration {
            return None;
        }
        self.begun.set(number + 1);
        Some((number, due))
    }
}

/// Runs the load; the time is from the first payment to the last answer.
pub(super) async fn run(plan: Plan) -> Result<(Tally, Duration), Failure> {
    let tally = RefCell::new(Tally::new(plan.payers.len())?);
    let count = usize::try_from(plan.connections).during("counting connections")?;
    let mut open = Vec::new();
    let places: Vec<SocketAddr> = plan.addresses.iter().copied().cycle().take(count).collect();
    for &place in &places {
        open.push(Connection::open(place).await.during("connecting")?);
    }
    let floor = Rc::new(Floor {
        plan,
        tally,
        begun: Cell::new(0),
        start: Instant::now(),
    });
    let local = LocalSet::new();
    for ((seed, connection), place) in (1..).zip(open).zip(places) {
        let floor = Rc::clone(&floor);
        local.spawn_local(async move { pay(&floor, connection, place, Chance(seed)).await });
    }
    local.await;
    let time = floor.start.elapsed();
    let floor = Rc::into_inner(floor).ok_or_else(|| Failure::found_wrong("a payer never ended"))?;
    Ok((floor.tally.into_inner(), time))
}

async fn pay(floor: &Floor, mut connection: Connection, place: SocketAddr, mut chance: Chance) {
    let mut request = Vec::with_capacity(1024);
    while let Some((number, due)) = floor.next() {
        let pair = floor.plan.draw(&mut chance);
        floor.plan.render(pair, number, &mut request);
        if let Some(due) = due {
            sleep_until(due).await;
        }
        let from = due.unwrap_or_else(Instant::now);
        if let Ok(answer) = connection.exchange(&request).await {
            let mut tally = floor.tally.borrow_mut();
            tally.times.add(from.elapsed());
            tally.take(&answer, pair);
            continue;
        }
        floor.tally.borrow_mut().unanswered += 1;
        match Connection::open(place).await {
            Ok(fresh) => connection = fresh,
            Err(_) => return,
        }
    }
}

/// Cheap chance for the choice of people (xorshift64*).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(drawn).unwrap_or(0) % bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rendered_payment_says_its_length() {
        let person = Person {
            contact: crate::bench::person::Contact::Email("a@example.com".to_owned()),
            user: "usr_1".to_owned(),
            session: "secret".to_owned(),
            token: "AAAA-BBBB".to_owned(),
            account: "acc_1".to_owned(),
        };
        let plan = Plan {
            addresses: Vec::new(),
            connections: 1,
            duration: Duration::ZERO,
            rate: None,
            hot: 0,
            payers: vec![Payer::of(&person)],
        };
        let mut request = Vec::new();
        plan.render([0, 0], 7, &mut request);
        let text = String::from_utf8(request).expect("ASCII");
        let (head, body) = text.split_once("\r\n\r\n").expect("an empty line");
        assert!(
            head.contains(&format!("content-length: {}", body.len())),
            "{text}"
        );
        let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
        assert_eq!(body["to"]["account"], "acc_1");
        assert_eq!(body["authorization"]["security_token"], "AAAA-BBBB");
    }
}
