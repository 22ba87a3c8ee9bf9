//! Money moved at once.

use super::{View, movement};
use crate::{Entry, Event, Leg, Link, Rejection};

pub(super) fn post(view: &impl View, code: u16, legs: &[Leg]) -> Result<Event, Rejection> {
    movement::check_shape(legs)?;
    let movements = movement::find(view, legs.iter().copied())?;
    movement::check_balance(&movements)?;
    movement::check_state(movements.iter())?;
    let postings = movement::settle(&movements, movement::Funds::Available)?;
    Ok(Event::Posted(Entry {
        code,
        link: Link::None,
        postings,
    }))
}
