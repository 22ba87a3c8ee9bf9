//! The proxy does what it says, and the truth behind each lie is the one it claims.

use std::{net::SocketAddr, time::Duration};

use testkit::{
    pgchaos::{FATES, Fate, Forged, PgChaos, Plan, Truth},
    postgres::{Database, Postgres},
};
use tokio_postgres::{Client, Error, NoTls, SimpleQueryMessage};

const SEED: u64 = 0xc4a05;
/// Longer than any answer that comes at all, shorter than a hole.
const PATIENCE: Duration = Duration::from_millis(1_000);

struct Bed {
    database: Database,
    chaos: PgChaos,
    direct: Client,
}

impl Bed {
    async fn make(plan: Plan) -> Self {
        let server = Postgres::shared();
        let database = server.create_database().unwrap();
        let upstream = SocketAddr::from(([127, 0, 0, 1], server.port()));
        let chaos = PgChaos::start(upstream, plan, SEED).unwrap();
        let direct = connect(&database.url()).await.unwrap();
        let create = "CREATE TABLE kept (id BIGINT PRIMARY KEY, body BYTEA)";
        direct.batch_execute(create).await.unwrap();
        Self {
            database,
            chaos,
            direct,
        }
    }

    async fn client(&self) -> Client {
        connect(&self.database.url_at(self.chaos.port()))
            .await
            .unwrap()
    }

    /// Whether the row is there, once nothing that could still bring or take it is under way.
    async fn has(&self, id: i64) -> bool {
        // An open transaction that inserted the row would hold its key; this waits for it.
        let claim = "INSERT INTO kept (id) VALUES ($1) ON CONFLICT (id) DO NOTHING";
        let added = self.direct.execute(claim, &[&id]).await.unwrap();
        if added == 1 {
            let remove = "DELETE FROM kept WHERE id = $1";
            self.direct.execute(remove, &[&id]).await.unwrap();
        }
        added == 0
    }
}

async fn connect(url: &str) -> Result<Client, Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(async move {
        let _ended = connection.await;
    });
    Ok(client)
}

/// Inserts one row in a transaction of its own; the end is a query or an executed statement.
async fn insert(client: &mut Client, id: i64, prepared_end: bool) -> Result<(), Error> {
    client.batch_execute("BEGIN").await?;
    let sql = "INSERT INTO kept (id) VALUES ($1)";
    client.execute(sql, &[&id]).await?;
    if prepared_end {
        client.execute("COMMIT", &[]).await.map(drop)
    } else {
        client.batch_execute("COMMIT").await
    }
}

#[tokio::test]
async fn a_calm_proxy_changes_nothing() {
    let bed = Bed::make(Plan::calm()).await;
    let mut client = bed.client().await;
    insert(&mut client, 1, false).await.unwrap();
    insert(&mut client, 2, true).await.unwrap();
    // Bodies of many frames, both ways, and an error in the middle.
    let large = vec![7_u8; 3 << 20];
    let put = "INSERT INTO kept (id, body) VALUES ($1, $2)";
    client.execute(put, &[&3_i64, &large]).await.unwrap();
    assert!(client.execute(put, &[&3_i64, &large]).await.is_err());
    let row = client
        .query_one("SELECT body FROM kept WHERE id = 3", &[])
        .await
        .unwrap();
    assert_eq!(row.get::<_, Vec<u8>>(0), large);
    // Many statements under way at once on one connection.
    let ask = client.prepare("SELECT $1::BIGINT + 1").await.unwrap();
    let (one, two, three) = tokio::try_join!(
        client.query_one(&ask, &[&1_i64]),
        client.query_one(&ask, &[&2_i64]),
        client.query_one(&ask, &[&3_i64]),
    )
    .unwrap();
    let sum: i64 = [one, two, three]
        .iter()
        .map(|row| row.get::<_, i64>(0))
        .sum();
    assert_eq!(sum, 9);
    let told = client.simple_query("SELECT 1; SELECT 2").await.unwrap();
    let rows = told
        .iter()
        .filter(|message| matches!(message, SimpleQueryMessage::Row(_)));
    assert_eq!(rows.count(), 2);
    let toll = bed.chaos.toll();
    assert_eq!((toll.commits, toll.struck(), toll.cancels), (2, 0, 0));
}

#[tokio::test]
async fn every_fate_has_the_truth_it_claims() {
    for fate in FATES {
        let bed = Bed::make(Plan::always(fate)).await;
        for prepared_end in [false, true] {
            let id = i64::from(prepared_end);
            let mut client = bed.client().await;
            let told = tokio::time::timeout(PATIENCE, insert(&mut client, id, prepared_end)).await;
            let story = format!("{fate:?}, prepared: {prepared_end}: {told:?}");
            match (fate, told) {
                (Fate::Delay, Ok(told)) => told.unwrap(),
                (Fate::CutBefore | Fate::CutAtOnce | Fate::CutAfter, Ok(Err(error))) => {
                    assert!(error.code().is_none(), "{story}");
                    assert!(client.is_closed(), "{story}");
                }
                (Fate::Forge(forged, _), Ok(Err(error))) => {
                    let code = error.code().map(|state| state.code());
                    let lives = client.simple_query("SELECT 1").await.is_ok();
                    assert_eq!(code, Some(forged.sqlstate()), "{story}");
                    assert_eq!(lives, forged != Forged::AdminShutdown, "{story}");
                }
                (Fate::Hole(_), Err(_)) => {}
                _ => panic!("{story}"),
            }
            drop(client);
            let is_there = bed.has(id).await;
            match fate {
                Fate::CutAtOnce => {}
                Fate::Delay
                | Fate::CutAfter
                | Fate::Hole(Truth::Committed)
                | Fate::Forge(_, Truth::Committed) => assert!(is_there, "{story}"),
                _ => assert!(!is_there, "{story}"),
            }
        }
        assert_eq!(bed.chaos.toll().of(fate), 2, "{fate:?}");
    }
}

#[tokio::test]
async fn a_statement_fails_by_the_servers_own_word_or_with_its_connection() {
    let plan = Plan {
        statements: 10_000,
        ..Plan::calm()
    };
    let bed = Bed::make(plan).await;
    let (mut raised, mut cut) = (0, 0);
    for id in 0..30 {
        let mut client = bed.client().await;
        let error = insert(&mut client, id, false).await.unwrap_err();
        match error.code().map(|state| state.code()) {
            Some("40001" | "40P01") => {
                raised += 1;
                // The transaction has truly failed: nothing but its end is accepted.
                let refused = client.batch_execute("SAVEPOINT one").await.unwrap_err();
                assert_eq!(refused.code().map(|state| state.code()), Some("25P02"));
                client.batch_execute("ROLLBACK").await.unwrap();
                client.batch_execute("SET lock_timeout = 0").await.unwrap();
            }
            None => cut += 1,
            other => panic!("{other:?}"),
        }
        assert!(!bed.has(id).await);
    }
    let toll = bed.chaos.toll();
    assert_eq!((toll.raised, toll.cut_statements), (raised, cut));
    assert!(raised > 0 && cut > 0, "{toll:?}");
}

#[tokio::test]
async fn disarmed_it_lets_everything_pass_and_cancels_are_counted() {
    let bed = Bed::make(Plan::always(Fate::CutBefore)).await;
    bed.chaos.disarm();
    let mut client = bed.client().await;
    insert(&mut client, 1, false).await.unwrap();
    let token = client.cancel_token();
    let ask = client.batch_execute("SELECT pg_sleep(30)");
    let (told, cancelled) = tokio::join!(ask, async {
        // Whatever of the two arrives first: a cancel that comes too early is sent again.
        loop {
            token.cancel_query(NoTls).await.unwrap();
            let running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)%' \
                           AND state = 'active' AND pid <> pg_backend_pid()";
            let row = bed.direct.query_one(running, &[]).await.unwrap();
            if row.get::<_, i64>(0) == 0 && bed.chaos.toll().statements > 1 {
                return bed.chaos.toll().cancels;
            }
        }
    });
    assert_eq!(
        told.unwrap_err().code().map(|state| state.code()),
        Some("57014")
    );
    assert!(cancelled > 0);
    bed.chaos.arm();
    insert(&mut client, 2, false).await.unwrap_err();
    assert!(bed.has(1).await && !bed.has(2).await);
}
