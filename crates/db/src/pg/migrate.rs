//! Migrations on a server: one program at a time, by a lease whose fencing number is compared in
//! every step's own transaction. A program that was frozen while it held the lease changes nothing
//! when it wakes up.

use std::time::{Duration, Instant};

use super::session::Session;
use super::target::Target;
use super::transact::pause;
use crate::migrate::{self, Applied};
use crate::{Fault, Migration, OpenError, Read, Sql, Tx, Value};

/// Seconds that a lease lasts; each step takes it anew.
const LEASE: i64 = 30;
/// How long another program's migration is waited for.
const PATIENCE: Duration = Duration::from_secs(120);
const STEP: Duration = Duration::from_secs(600);

/// The driver's own tables.
const OWN: [&str; 5] = [
    "CREATE TABLE IF NOT EXISTS schema_migrations (room TEXT NOT NULL, number BIGINT NOT NULL, \
     checksum TEXT NOT NULL, PRIMARY KEY (room, number))",
    "CREATE TABLE IF NOT EXISTS db_leases (name TEXT PRIMARY KEY, fence BIGINT NOT NULL, \
     until BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS db_commits (session BIGINT PRIMARY KEY, number BIGINT NOT NULL, \
     at BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS db_counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL)",
    "INSERT INTO db_leases (name, fence, until) VALUES ('migrate', 0, 0) \
     ON CONFLICT (name) DO NOTHING",
];

const KNOWS_ITSELF: Sql = crate::sql!(
    "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema() \
     AND table_name IN ('schema_migrations', 'db_leases', 'db_commits', 'db_counters')"
);
const APPLIED: Sql =
    crate::sql!("SELECT room, number, checksum FROM schema_migrations ORDER BY room, number");
const NOTE: Sql =
    crate::sql!("INSERT INTO schema_migrations (room, number, checksum) VALUES ($1, $2, $3)");
const TAKE: Sql = crate::sql!(
    "UPDATE db_leases SET fence = fence + 1, \
     until = CAST(EXTRACT(EPOCH FROM now()) AS BIGINT) + $1 WHERE name = 'migrate' \
     AND until <= CAST(EXTRACT(EPOCH FROM now()) AS BIGINT) RETURNING fence"
);
const HOLD: Sql = crate::sql!(
    "UPDATE db_leases SET until = CAST(EXTRACT(EPOCH FROM now()) AS BIGINT) + $1 \
     WHERE name = 'migrate' AND fence = $2"
);
const LEAVE: Sql =
    crate::sql!("UPDATE db_leases SET until = 0 WHERE name = 'migrate' AND fence = $1");

/// Brings the schema up to `migrations`, in their order.
pub(super) fn migrate(target: &Target, migrations: &[Migration]) -> Result<(), OpenError> {
    migrate::check_numbers(migrations)?;
    let session = Session::connect(target)?;
    make_own(&session)?;
    if migrate::missing(migrations, &applied(&session)?)?.is_empty() {
        return Ok(());
    }
    let fence = take_lease(&session)?;
    let brought = bring_up(&session, migrations, fence);
    let left = Tx::on_server(&session).execute(LEAVE, &[Value::Int(fence)]);
    brought?;
    left?;
    Ok(())
}

/// Two programs that do this at once may get in each other's way inside the server's catalogue.
fn make_own(session: &Session) -> Result<(), Fault> {
    let mut tries = 0;
    loop {
        let known = Tx::on_server(session).query_one(KNOWS_ITSELF, &[], |row| row.int(0))?;
        if known == Some(4) && !lacks_lease(session)? {
            return Ok(());
        }
        let made = OWN.iter().try_for_each(|sql| session.batch(sql, STEP));
        match made {
            Ok(()) => return Ok(()),
            Err(fault) if tries >= 10 => return Err(fault),
            Err(_) => pause(tries),
        }
        tries += 1;
    }
}

fn lacks_lease(session: &Session) -> Result<bool, Fault> {
    const LEASES: Sql = crate::sql!("SELECT count(*) FROM db_leases");
    let count = Tx::on_server(session).query_one(LEASES, &[], |row| row.int(0))?;
    Ok(count == Some(0))
}

fn applied(session: &Session) -> Result<Vec<Applied>, Fault> {
    Tx::on_server(session).query(APPLIED, &[], |row| {
        Ok((
            row.text(0)?.to_owned(),
            row.int(1)?,
            row.text(2)?.to_owned(),
        ))
    })
}

fn take_lease(session: &Session) -> Result<i64, Fault> {
    let begun = Instant::now();
    loop {
        let taken =
            Tx::on_server(session).query_one(TAKE, &[Value::Int(LEASE)], |row| row.int(0))?;
        if let Some(fence) = taken {
            return Ok(fence);
        }
        if begun.elapsed() > PATIENCE {
            return Err(Fault::again("another program is changing the schema"));
        }
        pause(6);
    }
}

fn bring_up(session: &Session, migrations: &[Migration], fence: i64) -> Result<(), OpenError> {
    for migration in migrate::missing(migrations, &applied(session)?)? {
        if let Err(fault) = apply(session, migration, fence) {
            let _ = session.roll_back();
            return Err(fault.into());
        }
    }
    Ok(())
}

fn apply(session: &Session, migration: &Migration, fence: i64) -> Result<(), Fault> {
    session.begin("BEGIN ISOLATION LEVEL READ COMMITTED");
    let mut tx = Tx::on_server(session);
    if tx.execute(HOLD, &[Value::Int(LEASE), Value::Int(fence)])? != 1 {
        return Err(Fault::again("the lease on the schema was lost"));
    }
    for statement in migration.statements() {
        session
            .batch(&for_postgres(statement), STEP)
            .map_err(|fault| fault.about(statement))?;
    }
    let row = [
        Value::from(migration.room()),
        migration.number().into(),
        migration.checksum().into(),
    ];
    tx.execute(NOTE, &row)?;
    session.batch("COMMIT", STEP)
}

fn for_postgres(statement: &str) -> String {
    statement
        .replace("{int64}", "BIGINT")
        .replace("{blob}", "BYTEA")
        .replace("{strict_clustered}", "")
        .replace("{strict}", "")
}
