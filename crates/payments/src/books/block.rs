//! Sealing a batch: canonical bytes, Merkle root, head, signature, rows.

use db::{Fault, Row, Tx, ValueRef};
use ledger::{
    encode::encode,
    proof::{Hash, Head, LeafHasher, PublicKey, SignedHead, root},
};
use vocab::{RecordId, Timestamp};

use super::{BooksOptions, batch::Batch, store};

/// Records per journal row: few enough to read one record quickly, many enough to make few rows.
pub(crate) const CHUNK_RECORDS: usize = 512;

/// A block that was written in the transaction under way.
pub(crate) struct Sealed {
    pub(crate) head: SignedHead,
    pub(crate) leaves: Vec<Hash>,
}

/// A block as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) head: SignedHead,
    pub(crate) salt: [u8; 32],
}

/// Appends the batch to the journal as the block after `newest`; none if it recorded nothing.
pub(crate) fn seal(
    tx: &mut Tx<'_>,
    options: &BooksOptions,
    newest: Option<&SignedHead>,
    batch: &Batch,
) -> Result<Option<Sealed>, Fault> {
    let (Some(first), Some(last)) = (batch.records.first(), batch.records.last()) else {
        return Ok(None);
    };
    let newest = newest.map(|newest| &newest.head);
    let (height, previous) = newest.map_or((1, [0; 32]), |head| (head.height + 1, head.hash()));
    let salt = options.entropy.bytes();
    let leaves = write_chunks(tx, batch, height, &salt)?;
    let head = Head {
        height,
        previous,
        root: root(&leaves),
        at: batch.at,
        first: first.id,
        last: last.id,
        count: u32::try_from(leaves.len())
            .map_err(|_| Fault::internal("a block has too many records"))?,
    };
    let signature = options.signer.sign(&head);
    let head = SignedHead {
        head,
        signature,
        key: options.signer.public_key(),
    };
    put_block(tx, &head, &salt)?;
    Ok(Some(Sealed { head, leaves }))
}

fn write_chunks(
    tx: &mut Tx<'_>,
    batch: &Batch,
    height: i64,
    salt: &[u8; 32],
) -> Result<Vec<Hash>, Fault> {
    let mut leaves = Vec::with_capacity(batch.records.len());
    let mut body = Vec::new();
    let mut hasher = LeafHasher::new();
    for chunk in batch.records.chunks(CHUNK_RECORDS) {
        let Some(base) = chunk.first().map(|record| record.id) else {
            continue;
        };
        let position = i64::try_from(leaves.len()).unwrap_or(i64::MAX);
        body.clear();
        for record in chunk {
            encode(record, base, batch.at, &mut body);
            leaves.push(hasher.leaf(record, salt));
        }
        let row = [
            ValueRef::Int(base.raw()),
            ValueRef::Int(height),
            ValueRef::Int(position),
            ValueRef::Int(batch.at.micros()),
            ValueRef::Blob(&body),
        ];
        tx.execute_surely(store::PUT_CHUNK, [row])?;
    }
    Ok(leaves)
}

fn put_block(tx: &mut Tx<'_>, signed: &SignedHead, salt: &[u8; 32]) -> Result<(), Fault> {
    let SignedHead {
        head,
        signature,
        key,
    } = signed;
    let key = key.to_bytes();
    let row = [
        ValueRef::Int(head.height),
        ValueRef::Int(head.first.raw()),
        ValueRef::Int(head.last.raw()),
        ValueRef::Int(head.at.micros()),
        ValueRef::Int(i64::from(head.count)),
        ValueRef::Blob(&head.previous),
        ValueRef::Blob(&head.root),
        ValueRef::Blob(salt),
        ValueRef::Blob(signature),
        ValueRef::Blob(&key),
    ];
    tx.execute_surely(store::PUT_BLOCK, [row])
}

/// Reads a row of the block table.
pub(crate) fn read_block(row: &Row<'_>) -> Result<Block, Fault> {
    let head = Head {
        height: row.int(0)?,
        first: RecordId::from_raw(row.int(1)?),
        last: RecordId::from_raw(row.int(2)?),
        at: Timestamp::from_micros(row.int(3)?),
        count: u32::try_from(row.int(4)?)
            .map_err(|_| Fault::corrupt("a block's count is out of range"))?,
        previous: row.bytes(5)?,
        root: row.bytes(6)?,
    };
    let key = PublicKey::from_bytes(&row.bytes(9)?)
        .map_err(|_| Fault::corrupt("a block's key is not a key"))?;
    let signed = SignedHead {
        head,
        signature: row.bytes(8)?,
        key,
    };
    Ok(Block {
        head: signed,
        salt: row.bytes(7)?,
    })
}
