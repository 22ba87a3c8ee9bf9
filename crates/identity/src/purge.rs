//! Forgetting: what is over is deleted in small slices, so that no write waits long.

use crate::{
    Cx, Error, allowance, code, confirmation, contact, export, freeze, inbox, notice, operator,
    outbox, passkey, pumping, recovery, registration, sandbox, session, step_up, ticket, work,
};

/// Rows of one kind that one call deletes at most.
const SLICE: i64 = 500;

/// Deletes one slice of everything that has been over for long enough, and takes secrets out of
/// in-app messages in time. Gives the number of rows; call again soon if it is not zero.
pub fn purge_slice(tx: &mut db::Tx<'_>, cx: &Cx<'_>) -> Result<usize, Error> {
    Ok(code::purge(tx, cx, SLICE)?
        + allowance::purge(tx, cx, SLICE)?
        + contact::change::purge(tx, cx, SLICE)?
        + confirmation::purge(tx, cx, SLICE)?
        + export::purge(tx, cx, SLICE)?
        + recovery::purge(tx, cx, SLICE)?
        + registration::purge(tx, cx, SLICE)?
        + freeze::request::purge(tx, cx, SLICE)?
        + session::purge(tx, cx, SLICE)?
        + step_up::purge(tx, cx, SLICE)?
        + notice::purge(tx, cx, SLICE)?
        + ticket::purge(tx, cx, SLICE)?
        + passkey::purge(tx, cx, SLICE)?
        + operator::purge(tx, cx, SLICE)?
        + outbox::purge(tx, cx, SLICE)?
        + pumping::purge(tx, cx, SLICE)?
        + work::purge(tx, cx, SLICE)?
        + inbox::redact_overdue(tx, cx, SLICE)?
        + sandbox::purge(tx, cx, SLICE)?)
}
