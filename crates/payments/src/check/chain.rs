//! The chain: every record in its block, every block on the one before, every head signed.

use db::{Fault, Read};
use ledger::{
    Record,
    proof::{Hash, LeafHasher, PublicKey, root},
};
use vocab::RecordId;

use super::Report;
use crate::books::{Block, journal, journal::Chunk, read_block, store};

#[derive(Debug)]
pub(super) struct Chain {
    key: PublicKey,
    block: Option<Block>,
    height: i64,
    previous: Hash,
    leaves: Vec<Hash>,
    hasher: LeafHasher,
    last: Option<RecordId>,
    first: Option<RecordId>,
}

impl Chain {
    pub(super) fn new(key: PublicKey) -> Self {
        Self {
            key,
            block: None,
            height: 0,
            previous: [0; 32],
            leaves: Vec::new(),
            hasher: LeafHasher::new(),
            last: None,
            first: None,
        }
    }

    /// Enters a journal row; closes the block before if the row begins another.
    pub(super) fn chunk(
        &mut self,
        tx: &mut impl Read,
        chunk: &Chunk,
        report: &mut Report,
    ) -> Result<(), Fault> {
        if self.block.is_none() || chunk.height != self.height {
            self.close(report);
            if chunk.height != self.height + 1 {
                let (found, wanted) = (chunk.height, self.height + 1);
                report.differ(format!("block {found} stands where block {wanted} belongs"));
            }
            self.height = chunk.height;
            self.block = journal::block(tx, chunk.height)?;
            self.first = None;
            if self.block.is_none() {
                report.differ(format!("block {} has records and no head", chunk.height));
            }
        }
        if usize::try_from(chunk.position).ok() != Some(self.leaves.len()) {
            report.differ(format!(
                "block {}: a journal row is out of place",
                chunk.height
            ));
        }
        Ok(())
    }

    pub(super) fn record(&mut self, record: &Record, report: &mut Report) {
        if self.last.is_some_and(|last| record.id <= last) {
            report.differ(format!("{}: not after the record before it", record.id));
        }
        self.last = Some(record.id);
        self.first.get_or_insert(record.id);
        if let Some(block) = &self.block {
            if record.at != block.head.head.at {
                report.differ(format!("{}: its time is not its block's", record.id));
            }
            self.leaves.push(self.hasher.leaf(record, &block.salt));
        }
    }

    /// Closes the last block and demands that no head lies beyond it.
    pub(super) fn finish(&mut self, tx: &mut impl Read, report: &mut Report) -> Result<(), Fault> {
        self.close(report);
        let newest = tx.query_one(store::LAST_BLOCK, &[], read_block)?;
        let newest = newest.map_or(0, |block| block.head.head.height);
        if newest != self.height {
            let height = self.height;
            report.differ(format!(
                "the newest head is of block {newest}, the journal ends with {height}"
            ));
        }
        Ok(())
    }

    fn close(&mut self, report: &mut Report) {
        let leaves = std::mem::take(&mut self.leaves);
        let Some(block) = self.block.take() else {
            return;
        };
        let head = &block.head.head;
        let height = head.height;
        report.blocks += 1;
        let mut demand = |is_so: bool, what: &str| {
            if !is_so {
                report.differ(format!("block {height}: {what}"));
            }
        };
        demand(height == self.height, "its head says another height");
        demand(
            head.previous == self.previous,
            "it does not stand on the block before it",
        );
        demand(
            usize::try_from(head.count) == Ok(leaves.len()),
            "records are missing or added",
        );
        demand(
            Some(head.first) == self.first,
            "its first record is not the head's",
        );
        demand(
            Some(head.last) == self.last,
            "its last record is not the head's",
        );
        demand(
            head.root == root(&leaves),
            "its records are not those that were signed",
        );
        demand(
            self.key == block.head.key,
            "its head was signed with another key",
        );
        demand(block.head.is_genuine(), "its signature is not genuine");
        self.previous = head.hash();
    }
}
