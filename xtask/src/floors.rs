//! The floors of the house. A new room or a new way down changes this table, ARCHITECTURE.md and
//! `docs/adr/` in one commit.

/// Where a room stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Floor {
    /// 0 is the ground; a room may use what lies below it.
    Of(u8),
    /// Tools and test actors: may use every room, used by tests alone.
    Dev,
}

/// Every room, from the ground up.
pub(crate) const ROOMS: &[(&str, Floor)] = &[
    ("vocab", Floor::Of(0)),
    ("ledger", Floor::Of(1)),
    ("db", Floor::Of(1)),
    ("identity", Floor::Of(2)),
    ("payments", Floor::Of(2)),
    ("rails", Floor::Of(3)),
    ("api", Floor::Of(3)),
    ("server", Floor::Of(4)),
    ("testkit", Floor::Dev),
    ("xtask", Floor::Dev),
];

/// Where `room` stands, if it is a room of this house.
pub(crate) fn floor_of(room: &str) -> Option<Floor> {
    ROOMS
        .iter()
        .find(|(name, _)| *name == room)
        .map(|(_, floor)| *floor)
}

/// Whether `room` stands on floor `highest` or below.
pub(crate) fn is_at_most(room: &str, highest: u8) -> bool {
    matches!(floor_of(room), Some(Floor::Of(floor)) if floor <= highest)
}
