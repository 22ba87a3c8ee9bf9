//! `tael keys`: which root keys there are, a new one, and the end of an old one.
//!
//! A running server holds the store for itself, so the new key's file is what asks for the
//! rotation: the server notices it, and this program follows. Without a server it does the work.

use std::{
    fs,
    sync::{LazyLock, mpsc},
    time::Duration,
};

use db::OpenError;
use identity::{Cx, Keys, Policy, reseal};
use indicatif::ProgressBar;
use vocab::Clock as _;

use crate::{
    cli::DataArgs,
    clock::{OsEntropy, SystemClock},
    data_dir::DataDir,
    failure::{During as _, Failure},
    keys::{self, ServerKeys, root_name},
    settings, terminal, wire,
};

/// Values looked at in one step when nobody else waits.
const STEP: i64 = 1_000;
/// How often the progress of a server is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// How long a server that notices the new key may seem to do nothing.
const PATIENCE: u32 = 600;

/// `tael keys list`.
pub(crate) fn list(args: &DataArgs) -> Result<(), Failure> {
    let dir = open(args)?;
    let keys = ServerKeys::open(&dir)?;
    let current = keys.sealing().current();
    let reader = db::open_reader(dir.path()).during("opening the store")?;
    let (shares, progress) = reader
        .snapshot(|tx| {
            let shares = reseal::survey(tx)?;
            Ok::<_, identity::Error>((shares, reseal::progress(tx, current)?))
        })
        .during("reading the store")?;
    for generation in keys.roots.keys() {
        let values = count(&shares, *generation);
        let role = if *generation == current {
            "in use"
        } else if values == 0 {
            "can be retired"
        } else {
            "only opens what is left"
        };
        terminal::say(&format!(
            "root {generation} ({}): {values} values, {role}",
            root_name(*generation)
        ));
    }
    terminal::say(&format!("people's own keys: {} values", count(&shares, 0)));
    terminal::say(&format!(
        "sealed anew under root {current}: {} of {} columns",
        progress.columns_done, progress.columns
    ));
    Ok(())
}

/// `tael keys rotate`.
pub(crate) fn rotate(args: &DataArgs) -> Result<(), Failure> {
    let dir = open(args)?;
    let keys = ServerKeys::open(&dir)?.sealing();
    let last = keys.current();
    if !progress(&dir, last)?.is_done() && keys.generations().len() > 1 {
        terminal::say(&format!("the rotation to root {last} goes on"));
        return carry_out(&dir, last);
    }
    let next = keys::make_next_root(&dir, &OsEntropy)?;
    terminal::say(&format!(
        "made root {next} ({}); add it to what you keep of this server's secrets",
        dir.keys().join(root_name(next)).display()
    ));
    carry_out(&dir, next)
}

/// `tael keys retire`.
pub(crate) fn retire(args: &DataArgs, generation: u8) -> Result<(), Failure> {
    let dir = open(args)?;
    let keys = ServerKeys::open(&dir)?;
    let current = keys.sealing().current();
    if !keys.roots.contains_key(&generation) || generation == current {
        return Err(Failure::used_wrongly(format!(
            "root {generation} is not an old root key of {}: `tael keys list` names them",
            dir.path().display()
        )));
    }
    let reader = db::open_reader(dir.path()).during("opening the store")?;
    let shares = reader
        .snapshot(|tx| reseal::survey(tx))
        .during("reading the store")?;
    let left = count(&shares, generation);
    if left > 0 || !progress(&dir, current)?.is_done() {
        return Err(Failure::found_wrong(format!(
            "{left} values are still sealed under root {generation}: run `tael keys rotate` to \
             its end first"
        )));
    }
    fs::remove_file(dir.keys().join(root_name(generation))).during("deleting the key")?;
    terminal::say(&format!("root {generation} is gone"));
    Ok(())
}

fn open(args: &DataArgs) -> Result<DataDir, Failure> {
    let dir = DataDir::open(&settings::data_of(args)?)?;
    if dir.has_store() {
        return Ok(dir);
    }
    Err(Failure::found_wrong(format!(
        "{} has no store yet: start the server once",
        dir.path().display()
    )))
}

fn count(shares: &[reseal::Share], generation: u8) -> i64 {
    let found = shares.iter().find(|share| share.generation == generation);
    found.map_or(0, |share| share.values)
}

fn progress(dir: &DataDir, generation: u8) -> Result<reseal::Progress, Failure> {
    let reader = db::open_reader(dir.path()).during("opening the store")?;
    reader
        .snapshot(|tx| reseal::progress(tx, generation))
        .during("reading the store")
}

/// Does the work, or follows the server that does it.
fn carry_out(dir: &DataDir, generation: u8) -> Result<(), Failure> {
    let bar = terminal::progress("sealing anew", "columns");
    let options = db::Options::new(dir.path());
    let done = match db::Db::open(options, &wire::migrations(), |_| Ok(())) {
        Ok((db, ())) => {
            let done = work(dir, &db, generation, &bar);
            db.shut_down().during("closing the store")?;
            done
        }
        Err(OpenError::Locked { .. }) => follow(dir, generation, &bar),
        Err(error) => Err(Failure::found_wrong(format!(
            "the store cannot be opened: {error}"
        ))),
    };
    bar.finish_and_clear();
    let done = done?;
    terminal::say(&format!(
        "everything is sealed under root {generation}: {} values looked at, {} sealed anew; \
         `tael keys list` says which old root can be retired",
        done.looked_at, done.changed
    ));
    Ok(())
}

fn work(
    dir: &DataDir,
    db: &db::Db,
    generation: u8,
    bar: &ProgressBar,
) -> Result<reseal::Progress, Failure> {
    let keys = std::sync::Arc::new(ServerKeys::open(dir)?.sealing());
    let (promoting, now) = (keys.clone(), SystemClock::default().now());
    db.write(move |tx| {
        let cx = cx(&promoting, now);
        reseal::load(tx, &cx)?;
        reseal::promote(tx, &cx, generation)
    })
    .wait()
    .during("taking the new root key into use")?;
    loop {
        let (keys, now) = (keys.clone(), SystemClock::default().now());
        let progress = db
            .write(move |tx| reseal::advance(tx, &cx(&keys, now), STEP))
            .wait()
            .during("sealing anew")?;
        show(bar, &progress);
        if progress.is_done() {
            return Ok(progress);
        }
    }
}

fn follow(dir: &DataDir, generation: u8, bar: &ProgressBar) -> Result<reseal::Progress, Failure> {
    let (_silent, pause) = mpsc::channel::<()>();
    let (mut last, mut looks) = (0, 0);
    loop {
        let progress = progress(dir, generation)?;
        show(bar, &progress);
        if progress.is_done() {
            return Ok(progress);
        }
        looks = if progress.looked_at == last {
            looks + 1
        } else {
            0
        };
        if looks > PATIENCE {
            return Err(Failure::found_wrong(
                "the server that holds the store does not take the new root key: its log says why",
            ));
        }
        last = progress.looked_at;
        // Nobody sends: it is a pause.
        let _ = pause.recv_timeout(LOOK);
    }
}

fn show(bar: &ProgressBar, progress: &reseal::Progress) {
    bar.set_length(progress.columns as u64);
    bar.set_position(progress.columns_done as u64);
}

fn cx(keys: &Keys, now: vocab::Timestamp) -> Cx<'_> {
    static POLICY: LazyLock<Policy> = LazyLock::new(Policy::production);
    Cx {
        now,
        entropy: &OsEntropy,
        keys,
        policy: &POLICY,
    }
}
