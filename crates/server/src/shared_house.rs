//! What every server of one database must agree on: what the data is for, and the keys.

use db::{Fault, Read as _, Tx, params};
use ledger::proof::Signer;
use sha2::{Digest as _, Sha256};

use crate::data_dir::Mode;

db::sql! {
    ENTER = "INSERT INTO shared_house (id, mode, keys) VALUES (1, $1, $2) ON CONFLICT (id) DO NOTHING";
    FIND = "SELECT mode, keys FROM shared_house WHERE id = 1";
}

/// The step that makes the table.
pub(crate) fn migrations() -> Vec<db::Migration> {
    vec![db::Migration::new(
        "server.shared_house",
        1,
        &[
            "CREATE TABLE shared_house (id {int64} PRIMARY KEY, mode TEXT NOT NULL, keys {blob} NOT \
           NULL) {strict}",
        ],
    )]
}

/// This server's side of the agreement.
pub(crate) struct SharedHouse {
    mode: Mode,
    /// A hash over both keys that tells neither.
    keys: [u8; 32],
}

impl SharedHouse {
    pub(crate) fn of(mode: Mode, root: &[u8; 32], signer: &Signer) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"tael: keys of a house that servers share\0");
        hash.update(Sha256::digest(root));
        hash.update(signer.public_key().to_bytes());
        Self {
            mode,
            keys: hash.finalize().into(),
        }
    }

    /// The first server writes down what the others must agree with. Whether this is the first.
    pub(crate) fn enter(&self, tx: &mut Tx<'_>) -> Result<bool, Fault> {
        let entered = tx.execute(ENTER, &params![self.mode.name(), &self.keys])?;
        let found = tx.query_one(FIND, &[], |row| {
            Ok((row.text(0)?.to_owned(), row.bytes::<32>(1)?))
        })?;
        match found {
            Some((mode, _)) if mode != self.mode.name() => Err(Fault::internal(format!(
                "this database is for {mode}, and the server was started for {}",
                self.mode
            ))),
            Some((_, keys)) if keys != self.keys => Err(Fault::internal(
                "this database was made with other keys: copy the directory keys/ of the first \
                 server into --data",
            )),
            _ => Ok(entered == 1),
        }
    }
}
