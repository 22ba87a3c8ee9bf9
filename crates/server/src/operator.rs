//! `tael operator`: what only somebody who can read the server's files may do for the back office.

use crate::{
    cli::DataArgs,
    clock::{OsEntropy, SystemClock},
    data_dir::DataDir,
    failure::{During as _, Failure},
    keys::ServerKeys,
    settings, terminal, wire,
};
use identity::{Policy, operator, reseal};
use vocab::Clock as _;

/// Prints a token that makes an administrator, once, within a quarter of an hour.
pub(crate) fn bootstrap(args: &DataArgs, database: Option<&String>) -> Result<(), Failure> {
    let dir = DataDir::open(&settings::data_of(args)?)?;
    let keys = ServerKeys::open(&dir)?;
    let db = wire::open_store_alone(&dir, settings::database(database, args)?)?;
    let sealing = keys.sealing();
    let now = SystemClock::default().now();
    let offered = db.write(move |tx| {
        let cx = identity::Cx {
            now,
            entropy: &OsEntropy,
            keys: &sealing,
            policy: &Policy::production(),
        };
        reseal::load(tx, &cx)?;
        operator::offer(tx, &cx)
    });
    let token = offered.wait();
    db.shut_down().during("closing the store")?;
    let token = token.during("making the token")?;
    terminal::say(token.expose());
    Ok(())
}
