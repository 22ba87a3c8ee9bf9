//! Several servers on one store: who may append next, and projecting at once.
//!
//! The ledger has one row whose lock is the turn. A batch takes it together with the beginning of
//! its transaction, reads the newest block and whatever it needs, decides, and writes everything in
//! one go; the commit passes the turn on. So blocks have no gaps, ids increase, and what is read
//! under the turn cannot change before the commit, at READ COMMITTED too: every row of the books is
//! written under the turn. Waiting for it makes batches larger, not slower. Everything else that a
//! server does goes on meanwhile.

use db::{Fault, Look, Read, Tx, ValueRef};
use ledger::proof::SignedHead;
use vocab::RecordId;

use super::{
    batch::Batch,
    block::read_block,
    flush::ROW_LINES,
    load::Missing,
    state::{Changes, KeyHash},
    store,
};

/// Waits for the turn and gives the newest head under it.
pub(super) fn take(tx: &mut Tx<'_>) -> Result<Option<SignedHead>, Fault> {
    tx.execute_soon(store::TAKE_TURN, [[ValueRef::Int(1)]], 1)?;
    let block = tx.query_one(store::LAST_BLOCK, &[], read_block)?;
    Ok(block.map(|block| block.head))
}

/// Makes the row of the turn, once for all servers.
pub(super) fn make(tx: &mut Tx<'_>) -> Result<(), Fault> {
    tx.execute_raw(store::MAKE_TURN, &[ValueRef::Int(1)])?;
    Ok(())
}

/// Projects everything that a batch changed, with its commit and in its round trip: every statement
/// here fails by itself where something was written without the turn, a key or a line of history
/// that is there already, or an account's row that is newer than the batch. Then nothing of the
/// batch is stored.
pub(super) fn project(tx: &mut Tx<'_>, changes: &Changes) -> Result<(), Fault> {
    let mut keys: Vec<_> = changes
        .keys
        .iter()
        .map(|(hash, record)| (hash.to_be_bytes(), *record))
        .collect();
    keys.sort_unstable();
    let rows = keys
        .iter()
        .map(|(hash, record)| [ValueRef::Blob(hash), ValueRef::Int(record.raw())]);
    tx.execute_surely(store::ADD_KEY, rows)?;

    let mut lines: Vec<_> = changes.history.iter().collect();
    lines.sort_unstable_by_key(|(account, _)| **account);
    let mut packed = Vec::with_capacity(lines.len());
    for (account, lines) in lines {
        for lines in lines.chunks(ROW_LINES) {
            let mut body = Vec::new();
            store::pack_history(lines, &mut body);
            let first = lines.first().map_or(0, |line| line.version);
            packed.push((account.raw(), first, body));
        }
    }
    let rows = packed.iter().map(|(account, first, body)| {
        [
            ValueRef::Int(*account),
            ValueRef::Int(*first),
            ValueRef::Blob(body),
        ]
    });
    tx.execute_surely(store::ADD_HISTORY, rows)?;

    let mut standings: Vec<_> = changes.standings.values().collect();
    standings.sort_unstable_by_key(|standing| standing.account.id);
    let rows = standings
        .iter()
        .map(|standing| store::standing_row(standing));
    tx.execute_surely(store::PUT_ACCOUNT_IN_TURN, rows)?;
    match changes.last {
        Some(last) => tx.execute_surely(store::PUT_WATERMARK, [[ValueRef::Int(last.raw())]]),
        None => Ok(()),
    }
}

/// Finds what a batch needs to know of keys and accounts, in one round trip.
pub(super) fn look_up(tx: &mut Tx<'_>, batch: &mut Batch, missing: &Missing) -> Result<(), Fault> {
    look(tx, batch, missing, None)
}

/// The same behind the turn, with the newest head.
pub(super) fn take_and_look_up(
    tx: &mut Tx<'_>,
    batch: &mut Batch,
    missing: &Missing,
) -> Result<Option<SignedHead>, Fault> {
    tx.execute_soon(store::TAKE_TURN, [[ValueRef::Int(1)]], 1)?;
    let mut newest = None;
    look(tx, batch, missing, Some(&mut newest))?;
    Ok(newest)
}

fn look(
    tx: &mut Tx<'_>,
    batch: &mut Batch,
    missing: &Missing,
    mut newest: Option<&mut Option<SignedHead>>,
) -> Result<(), Fault> {
    let hashes: Vec<[u8; 16]> = missing.keys.iter().map(|hash| hash.to_be_bytes()).collect();
    let hashes: Vec<ValueRef<'_>> = hashes.iter().map(|hash| ValueRef::Blob(hash)).collect();
    let ids: Vec<ValueRef<'_>> = missing
        .accounts
        .iter()
        .map(|id| ValueRef::Int(id.raw()))
        .collect();
    let looks = [
        Look {
            sql: store::FIND_KEYS,
            keys: Some(&hashes),
        },
        Look {
            sql: store::FIND_ACCOUNT,
            keys: Some(&ids),
        },
        Look {
            sql: store::LAST_BLOCK,
            keys: None,
        },
    ];
    // The head is needed by whoever has no memory of it.
    let looks = &looks[..if newest.is_some() { 3 } else { 2 }];
    tx.look(looks, &mut |number, row| {
        match (number, &mut newest) {
            (0, _) => {
                let hash = KeyHash::from_be_bytes(row.bytes(0)?);
                let record = RecordId::from_raw(row.int(1)?);
                batch.known.insert(hash, record);
            }
            (1, _) => {
                let standing = store::read_standing(row)?;
                batch.standings.insert(standing.account.id, standing);
            }
            (_, Some(newest)) => **newest = Some(read_block(row)?.head),
            _ => {}
        }
        Ok(())
    })
}
