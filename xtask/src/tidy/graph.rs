//! Floors and packages: what a manifest may ask for.

use super::Finding;
use crate::{
    floors::{Floor, ROOMS, floor_of, is_at_most},
    graph::{Dependency, Need, Package},
};

/// A package that only some rooms may name.
struct Guarded {
    package: &'static str,
    rooms: &'static [&'static str],
    why: &'static str,
}

const SYNC_CORE: &str = "everything from `db.write` down is plain synchronous Rust without network";
const NO_JSON: &str = "the domain speaks in types; JSON is api's and rails' dialect";

const GUARDED: &[Guarded] = &[
    // db: its channel of one answer, which a handler awaits and a test waits for; no runtime.
    Guarded {
        package: "tokio",
        rooms: &["db", "rails", "api", "server"],
        why: SYNC_CORE,
    },
    Guarded {
        package: "hyper",
        rooms: &["rails", "api", "server"],
        why: SYNC_CORE,
    },
    Guarded {
        package: "reqwest",
        rooms: &["rails", "server"],
        why: SYNC_CORE,
    },
    // identity: its parser of addresses; the transports are features that only rails turns on.
    Guarded {
        package: "lettre",
        rooms: &["identity", "rails"],
        why: SYNC_CORE,
    },
    Guarded {
        package: "axum",
        rooms: &["api", "server"],
        why: "HTTP comes in through api",
    },
    Guarded {
        package: "serde",
        rooms: &["rails", "api", "server"],
        why: NO_JSON,
    },
    Guarded {
        package: "serde_json",
        rooms: &["rails", "api", "server"],
        why: NO_JSON,
    },
    Guarded {
        package: "rusqlite",
        rooms: &["db"],
        why: "db is the only SQL waist",
    },
    Guarded {
        package: "getrandom",
        rooms: &["server"],
        why: "chance is an argument: Entropy",
    },
];

/// Checks every package of the workspace against the table of floors.
pub(super) fn check(packages: &[Package]) -> Vec<Finding> {
    packages.iter().flat_map(check_package).collect()
}

fn check_package(package: &Package) -> Vec<Finding> {
    let Some(floor) = floor_of(&package.name) else {
        let what = format!(
            "`{}` has no floor: add it to xtask/src/floors.rs",
            package.name
        );
        return vec![Finding::new(&package.manifest, 1, what)];
    };
    let judge = |dependency| check_dependency(package, floor, dependency);
    package
        .dependencies
        .iter()
        .filter_map(judge)
        .map(|what| Finding::new(&package.manifest, 1, what))
        .collect()
}

fn check_dependency(package: &Package, floor: Floor, dependency: &Dependency) -> Option<String> {
    let (room, needed) = (package.name.as_str(), dependency.name.as_str());
    if let Some(guarded) = GUARDED.iter().find(|guarded| guarded.package == needed) {
        let is_free = dependency.need == Need::Tests || floor == Floor::Dev;
        let is_allowed = is_free || guarded.rooms.contains(&room);
        return (!is_allowed).then(|| format!("`{room}` must not use `{needed}`: {}", guarded.why));
    }
    match (floor, floor_of(needed)?) {
        (Floor::Dev, _) => None,
        (Floor::Of(_), Floor::Dev) if dependency.need == Need::Tests => None,
        (Floor::Of(_), Floor::Dev) => Some(format!(
            "`{needed}` is for tests: only a dev-dependency of `{room}`"
        )),
        (Floor::Of(own), Floor::Of(other)) if own > other => None,
        (Floor::Of(own), Floor::Of(other)) => Some(format!(
            "`{room}` (F{own}) must not use `{needed}` (F{other}): down only"
        )),
    }
}

/// The rooms on a floor and below; for rules that hold for a range of floors.
pub(super) fn rooms_up_to(highest: u8) -> impl Iterator<Item = &'static str> {
    ROOMS
        .iter()
        .map(|(room, _)| *room)
        .filter(move |room| is_at_most(room, highest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(room: &str, needed: &str, need: Need) -> Vec<String> {
        let dependencies = vec![Dependency {
            name: needed.to_owned(),
            need,
        }];
        let manifest = format!("crates/{room}/Cargo.toml");
        check(&[Package {
            name: room.to_owned(),
            manifest,
            dependencies,
        }])
        .iter()
        .map(ToString::to_string)
        .collect()
    }

    #[test]
    fn dependencies_go_down_only() {
        for (room, needed, is_fine) in [
            ("payments", "ledger", true),
            ("server", "vocab", true),
            ("ledger", "payments", false),
            ("ledger", "db", false),
            ("rails", "api", false),
            ("identity", "payments", false),
            ("rails", "identity", true),
            ("testkit", "server", true),
        ] {
            let found = findings(room, needed, Need::Normal);
            assert_eq!(found.is_empty(), is_fine, "{room} → {needed}: {found:?}");
        }
    }

    #[test]
    fn tests_obey_the_floors_but_may_use_the_testkit() {
        assert!(findings("payments", "testkit", Need::Tests).is_empty());
        assert_eq!(findings("payments", "testkit", Need::Normal).len(), 1);
        assert_eq!(findings("payments", "identity", Need::Tests).len(), 1);
    }

    #[test]
    fn guarded_packages_stay_in_their_rooms() {
        assert_eq!(
            findings("payments", "tokio", Need::Normal),
            [format!(
                "crates/payments/Cargo.toml:1: `payments` must not use `tokio`: {SYNC_CORE}"
            )]
        );
        assert!(findings("api", "tokio", Need::Normal).is_empty());
        assert!(findings("payments", "serde_json", Need::Tests).is_empty());
        assert_eq!(findings("payments", "rusqlite", Need::Normal).len(), 1);
    }

    #[test]
    fn a_new_room_needs_a_floor() {
        assert_eq!(findings("cellar", "vocab", Need::Normal).len(), 1);
    }
}
