use identity::Purpose;
use ledger::Memo;
use payments::memo::MemoSeal;
use sha2::{Digest, Sha256};

use crate::App;

/// Seals the words of payments under the identity room's keys. The digest of the plain text, which
/// the proof holds, is the context they are sealed in, so neither can be exchanged.
impl MemoSeal for App {
    fn seal(&self, plain: &[u8]) -> Memo {
        let digest: [u8; 32] = Sha256::digest(plain).into();
        let sealed = self
            .keys()
            .seal(Purpose::Memo, &digest, plain, self.entropy());
        Memo {
            sealed: sealed.into(),
            digest,
        }
    }

    fn open(&self, memo: &Memo) -> Option<Vec<u8>> {
        let plain = self
            .keys()
            .open(Purpose::Memo, &memo.digest, &memo.sealed)
            .ok()?;
        Some(plain.to_vec())
    }
}
