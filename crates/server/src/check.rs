use identity::reseal;
use payments::check::{Progress, Report};

use crate::{
    cli::DataArgs,
    data_dir::DataDir,
    failure::{During as _, Failure},
    keys::ServerKeys,
    settings, terminal,
};

/// `tael check`: names each difference on a line of its own, then says how many there are.
pub fn run(args: &DataArgs, database: Option<&String>) -> Result<(), Failure> {
    let dir = DataDir::open(&settings::data_of(args)?)?;
    match settings::database(database, args)? {
        Some(server) => {
            let report = replay_server(&dir, &server)?;
            report_to_people(&report, "the database")
        }
        None => {
            let report = replay(&dir)?;
            report_to_people(&report, &dir.path().display().to_string())
        }
    }
}

/// Replays everything in a database; the ledger's key is in the data directory.
pub fn replay_server(dir: &DataDir, server: &db::Server) -> Result<Report, Failure> {
    let keys = ServerKeys::open(dir)?;
    follow(&keys, || {
        db::open_reader_on_server(server).during("opening the database")
    })
}

/// Replays everything in the store, and walks the audit log, under one snapshot; a server may be
/// running beside it.
pub fn replay(dir: &DataDir) -> Result<Report, Failure> {
    let keys = ServerKeys::open(dir)?;
    if !dir.has_store() {
        return Err(Failure::found_wrong(format!(
            "{} has no store yet: start the server once",
            dir.path().display()
        )));
    }
    follow(&keys, || {
        db::open_reader(dir.path()).during("opening the store")
    })
}

fn follow(
    keys: &ServerKeys,
    open: impl FnOnce() -> Result<db::Reader, Failure>,
) -> Result<Report, Failure> {
    let bar = terminal::progress("checking", "records");
    let mut follow = |progress: Progress| {
        bar.set_length(progress.records_total);
        bar.set_position(progress.records);
    };
    let sealing = keys.sealing();
    let reader = open()?;
    let checked = reader.snapshot(|tx| {
        let mut report = payments::check::check(tx, &keys.ledger_public(), &mut follow)?;
        reseal::load_to_read(tx, &sealing)?;
        let audit = identity::audit::verify(tx, &sealing)?;
        report.differences.extend(audit.differences);
        report.differences_total += audit.differences_total;
        Ok::<_, identity::Error>(report)
    });
    bar.finish_and_clear();
    checked.during("reading the store")
}

/// Prints the differences and the line that counts them; any difference is a failure.
pub fn report_to_people(report: &Report, place: &str) -> Result<(), Failure> {
    for difference in &report.differences {
        terminal::say(difference);
    }
    let named = u64::try_from(report.differences.len()).unwrap_or(u64::MAX);
    if report.differences_total > named {
        terminal::say(&format!("… and {} more", report.differences_total - named));
    }
    let differences = match report.differences_total {
        1 => "1 difference".to_owned(),
        count => format!("{count} differences"),
    };
    terminal::say(&format!(
        "checked {} records in {} blocks: {differences}",
        report.records, report.blocks
    ));
    if report.is_clean() {
        return Ok(());
    }
    Err(Failure::found_wrong(format!(
        "{place} is not what its journal says: keep it as it is for an investigation, and restore \
         the last backup that checks clean"
    )))
}
