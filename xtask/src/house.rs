//! `cargo xtask house`: what the house has grown to, in a few lines.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{self, Write},
    path::Path,
};

use crate::{
    Verdict,
    floors::{Floor, ROOMS, floor_of},
    graph::{locked_packages, longest_chain, packages},
    source::{Source, read_all},
};

/// What the guides aim at; the red lines of `tidy` lie above.
const FILE_P95: usize = 500;
const FUNCTION_P95: usize = 50;

/// A measure of one thing and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Size {
    lines: usize,
    place: String,
}

/// Prints the measures; always in order, as they only inform.
pub(crate) fn run(root: &Path) -> Verdict {
    let mut sources = read_all(root)?.sources;
    sources.retain(Source::is_rust);
    let mut packages = packages(root)?;
    packages.retain(|package| matches!(floor_of(&package.name), Some(Floor::Of(_))));
    let chain = longest_chain(&packages);
    let mut page = sizes(&sources);
    page += &rooms(&sources);
    writeln!(page, "packages   {} in Cargo.lock", locked_packages(root)?)?;
    writeln!(
        page,
        "chain      {} rooms: {}",
        chain.len(),
        chain.join(" → ")
    )?;
    io::stdout().lock().write_all(page.as_bytes())?;
    Ok(true)
}

fn sizes(sources: &[Source]) -> String {
    let files = sources
        .iter()
        .map(|source| Size {
            lines: source.line_count(),
            place: source.path.clone(),
        })
        .collect();
    let functions = sources
        .iter()
        .filter_map(|source| source.rust.as_ref().map(|rust| (source, rust)))
        .flat_map(|(source, rust)| rust.functions.all.iter().map(move |f| (source, f)))
        .map(|(source, function)| Size {
            lines: function.lines,
            place: format!("{} ({}:{})", function.name, source.path, function.line),
        })
        .collect();
    let lines: usize = sources.iter().map(Source::line_count).sum();
    let test_lines: usize = sources.iter().map(Source::test_lines).sum();
    format!(
        "{}{}tests      {} % of {lines} lines\n",
        spread("files", files, FILE_P95),
        spread("functions", functions, FUNCTION_P95),
        test_lines * 100 / lines.max(1),
    )
}

/// One line: how many, the middle, the long end and the longest.
fn spread(what: &str, mut sizes: Vec<Size>, goal: usize) -> String {
    sizes.sort_by_key(|size| size.lines);
    let Some(longest) = sizes.last() else {
        return format!("{what:<10} none\n");
    };
    let p95 = percentile(&sizes, 95);
    let verdict = if p95 <= goal { "" } else { " above the goal!" };
    format!(
        "{what:<10} {}, p50 {}, p95 {p95} (goal {goal}){verdict}, longest {} {}\n",
        sizes.len(),
        percentile(&sizes, 50),
        longest.lines,
        longest.place,
    )
}

/// The smallest size that at least `percent` of the sorted sizes do not exceed.
fn percentile(sorted: &[Size], percent: usize) -> usize {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).map_or(0, |size| size.lines)
}

fn rooms(sources: &[Source]) -> String {
    let mut lines = BTreeMap::<&str, (usize, usize)>::new();
    for source in sources {
        let (all, tests) = lines
            .entry(source.room().unwrap_or("elsewhere"))
            .or_default();
        *all += source.line_count();
        *tests += source.test_lines();
    }
    let mut page = String::new();
    for (room, floor) in ROOMS {
        let (all, tests) = lines.get(room).copied().unwrap_or_default();
        let floor = match floor {
            Floor::Of(floor) => format!("F{floor}"),
            Floor::Dev => "dev".to_owned(),
        };
        page +=
            &format!("room       {floor:<4}{room:<9}{all:>7} lines, {tests:>6} of them tests\n");
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes_of(lines: impl IntoIterator<Item = usize>) -> Vec<Size> {
        lines
            .into_iter()
            .map(|lines| Size {
                lines,
                place: format!("at {lines}"),
            })
            .collect()
    }

    #[test]
    fn percentiles_are_sizes_that_exist() {
        let sizes = sizes_of(1..=100);
        assert_eq!(percentile(&sizes, 50), 50);
        assert_eq!(percentile(&sizes, 95), 95);
        assert_eq!(percentile(&sizes_of([7]), 95), 7);
        assert_eq!(percentile(&[], 95), 0);
    }

    #[test]
    fn a_spread_says_when_the_goal_is_missed() {
        let line = spread("files", sizes_of([30, 10, 20]), 25);
        assert_eq!(
            line,
            "files      3, p50 20, p95 30 (goal 25) above the goal!, longest 30 at 30\n"
        );
        assert_eq!(spread("files", Vec::new(), 25), "files      none\n");
    }

    #[test]
    fn rooms_count_their_tests() {
        let sources = [
            Source::parse("crates/ledger/src/lib.rs", "//! A.\n").unwrap(),
            Source::parse("crates/ledger/src/tests.rs", "fn a() {}\n").unwrap(),
        ];
        assert!(rooms(&sources).contains("F1  ledger         2 lines,      1 of them tests\n"));
    }
}
