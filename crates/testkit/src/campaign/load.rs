use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::json;
use tokio::task::JoinHandle;

use super::{Fate, Finding, Intent};
use crate::{
    SeededEntropy,
    client::Connection,
    person::{Person, Wish},
};

/// Clients that pay until the server goes away or the load is called off.
#[derive(Debug)]
pub struct Load {
    /// Answers from now on do not count.
    is_distrusted: Arc<AtomicBool>,
    clients: Vec<JoinHandle<Result<Vec<Intent>, Finding>>>,
}

/// What one client of a load needs.
#[derive(Clone, Debug)]
pub(super) struct Orders {
    pub(super) crew: Arc<Vec<Person>>,
    /// Unique among all clients of all loads; begins every key.
    pub(super) name: String,
    pub(super) seed: u64,
    /// How many payments at most.
    pub(super) most: usize,
    pub(super) is_distrusted: Arc<AtomicBool>,
}

impl Load {
    pub(super) fn begin(address: SocketAddr, orders: Vec<Orders>) -> Self {
        let is_distrusted = orders
            .first()
            .map(|orders| Arc::clone(&orders.is_distrusted))
            .unwrap_or_default();
        let clients = orders
            .into_iter()
            .map(|orders| tokio::spawn(client(address, orders)));
        Self {
            is_distrusted,
            clients: clients.collect(),
        }
    }

    /// Takes every answer that arrives from now on as unknown. For the moment before a power cut:
    /// the machine would be off, but here the server runs on for some milliseconds, and a file
    /// system that is being shut down may tell it that a sync was done.
    pub fn distrust(&self) {
        self.is_distrusted.store(true, Ordering::SeqCst);
    }

    /// Waits for every client: they end when the server is gone, or when all is paid.
    pub async fn gather(self) -> Result<Vec<Intent>, Finding> {
        let mut intents = Vec::new();
        for client in self.clients {
            intents.extend(client.await.map_err(std::io::Error::other)??);
        }
        Ok(intents)
    }
}

async fn client(address: SocketAddr, orders: Orders) -> Result<Vec<Intent>, Finding> {
    let chance = SeededEntropy::new(orders.seed);
    let mut intents = Vec::new();
    let Ok(mut connection) = Connection::open(address).await else {
        return Ok(intents);
    };
    for number in 0..orders.most {
        let key = format!("{}-{number}", orders.name);
        let mut intent = draw(&orders.crew, key, &chance);
        match intent.send(&orders.crew, &mut connection).await {
            Ok(()) => {
                if orders.is_distrusted.load(Ordering::SeqCst) {
                    intent.fate = Fate::Unknown;
                }
                intents.push(intent);
            }
            Err(Finding::Act(_)) => {
                intents.push(intent);
                return Ok(intents);
            }
            Err(broken) => return Err(broken),
        }
    }
    Ok(intents)
}

/// Mostly small payments to each other; a few that the rules must refuse.
pub(super) fn draw(crew: &[Person], key: String, chance: &SeededEntropy) -> Intent {
    let bound = crew.len() as u64;
    let place = |drawn: u64| usize::try_from(drawn).expect("a small number");
    let payer = place(chance.below(bound));
    let step = 1 + place(chance.below(bound - 1));
    let payee = (payer + step) % crew.len();
    let small = i64::try_from(1 + chance.below(99)).expect("a small number");
    let (to, payee, amount) = match chance.below(20) {
        0 => (json!({"email": "nobody@nowhere.example"}), None, small),
        1 => (
            json!({"account": crew[payee].account}),
            Some(payee),
            1_000_000_000_000,
        ),
        2 | 3 => (json!({"user": crew[payee].user}), Some(payee), small),
        _ => (json!({"account": crew[payee].account}), Some(payee), small),
    };
    Intent {
        payer,
        payee,
        wish: Wish { key, to, amount },
        fate: Fate::Unknown,
    }
}
