//! Receipts: one entry, its place in the chain and the signature over it, for its own people.

use db::{Fault, Read};
use ledger::{
    Event,
    proof::{Block, Disclosure, LeafHasher, Receipt, Reveal},
};
use vocab::{AccountId, RecordId};

use crate::books::journal;

/// The receipt of an entry for the owner of `theirs`; none if the entry is not theirs. They see
/// what came of their own accounts only, and who asked only if it was they.
pub fn receipt_of(
    tx: &mut impl Read,
    id: RecordId,
    theirs: &[AccountId],
    caller: i64,
) -> Result<Option<Receipt>, Fault> {
    let Some(found) = journal::find(tx, id)? else {
        return Ok(None);
    };
    let Event::Posted(entry) = &found.record.event else {
        return Ok(None);
    };
    let is_theirs = |account: AccountId| theirs.contains(&account);
    if !entry
        .postings
        .iter()
        .any(|posting| is_theirs(posting.account))
    {
        return Ok(None);
    }
    let height = found.place.height;
    let block =
        journal::block(tx, height)?.ok_or_else(|| Fault::corrupt("a journal row has no block"))?;
    let mut hasher = LeafHasher::new();
    let mut leaves = Vec::new();
    for chunk in journal::chunks_of(tx, height)? {
        for record in chunk.records() {
            leaves.push(hasher.leaf(&record?, &block.salt));
        }
    }
    let asked = found
        .record
        .origin
        .as_ref()
        .is_some_and(|origin| origin.caller == caller);
    let origin = if asked { Reveal::Show } else { Reveal::Hide };
    let disclosure = Disclosure {
        is_theirs: &is_theirs,
        origin,
        memo: Reveal::Show,
    };
    let stored = Block {
        salt: &block.salt,
        leaves: &leaves,
        head: block.head,
    };
    Receipt::build(&found.record, found.place.position, &stored, &disclosure)
        .map(Some)
        .map_err(|error| Fault::corrupt(format!("block {height}: {error}")))
}
