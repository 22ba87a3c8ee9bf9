//! `tael migrate`: everything from one store into another, and a check of both.

use std::path::Path;

use indicatif::ProgressBar;

use crate::{
    check,
    cli::DataArgs,
    data_dir::DataDir,
    failure::{During as _, Failure},
    settings, terminal,
    wire::migrations,
};

/// Tables that say something about their own side alone.
const LEFT_OUT: [&str; 2] = ["ledger_turn", "shared_house"];

/// One side of a move.
enum Side<'a> {
    Dir(&'a str),
    Server(db::Server),
}

pub(crate) fn run(from: &str, to: &str, args: &DataArgs) -> Result<(), Failure> {
    let (from, to) = (Side::of(from), Side::of(to));
    let keys = match (&from, &to) {
        (Side::Dir(dir), Side::Server(_)) | (Side::Server(_), Side::Dir(dir)) => {
            DataDir::open(Path::new(dir))?
        }
        (Side::Server(_), Side::Server(_)) => DataDir::open(&settings::data_of(args)?)?,
        (Side::Dir(_), Side::Dir(_)) => {
            return Err(Failure::used_wrongly(
                "from directory to directory `tael backup` and `tael restore` are the way",
            ));
        }
    };
    let bar = terminal::progress("moving", "rows");
    let mut follow = |moved: &db::Moved| show(&bar, moved);
    let moved = db::move_all(
        &from.options(),
        &to.options(),
        &migrations(),
        &LEFT_OUT,
        &mut follow,
    );
    bar.finish_and_clear();
    moved.during("moving the store")?;
    for side in [&from, &to] {
        let report = side.check(&keys)?;
        check::report_to_people(&report, side.name())?;
    }
    terminal::say("both sides have the same rows, and each is what its journal says");
    Ok(())
}

fn show(bar: &ProgressBar, moved: &db::Moved) {
    bar.set_length(moved.total);
    bar.set_position(moved.rows);
    bar.set_message(moved.table.clone());
}

impl<'a> Side<'a> {
    fn of(text: &'a str) -> Self {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Self::Server(db::Server::new(text))
        } else {
            Self::Dir(text)
        }
    }

    fn options(&self) -> db::Options {
        match self {
            Self::Dir(dir) => db::Options::new(*dir),
            Self::Server(server) => db::Options::on_server(server.clone()),
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Dir(dir) => dir,
            Self::Server(_) => "the database",
        }
    }

    fn check(&self, keys: &DataDir) -> Result<payments::check::Report, Failure> {
        match self {
            Self::Dir(dir) => check::replay(&DataDir::open(Path::new(dir))?),
            Self::Server(server) => check::replay_server(keys, server),
        }
    }
}
