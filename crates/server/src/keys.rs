//! The two secrets of a server, kept beside its store and never in it: the root key, under which
//! personal data is sealed, and the seed of the key that signs the ledger's blocks.

use std::{
    fmt,
    fs::{self, DirBuilder},
    io,
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::Path,
};

use ledger::proof::{PublicKey, Signer};
use vocab::Entropy;

use crate::{
    data_dir::{DataDir, make_file},
    failure::{During as _, Failure},
};

/// File names in the directory of keys.
pub const ROOT_KEY: &str = "root.key";
pub const LEDGER_KEY: &str = "ledger.ed25519";

/// A server's secrets; its debug form shows none of them.
pub struct ServerKeys {
    /// Everything personal is sealed under keys derived from it.
    pub root: [u8; 32],
    /// Signs the head of each block.
    pub signer: Signer,
}

impl fmt::Debug for ServerKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerKeys")
            .field("signer", &self.signer)
            .finish_non_exhaustive()
    }
}

impl ServerKeys {
    /// Reads the keys; on the first start, before there is a store, makes the missing ones.
    pub fn open_or_make(dir: &DataDir, entropy: &dyn Entropy) -> Result<Self, Failure> {
        if !dir.has_store() {
            make(&dir.keys(), entropy).during("making the keys")?;
        }
        Self::open(dir)
    }

    /// Reads the keys, which must be there and be nobody else's to read.
    pub fn open(dir: &DataDir) -> Result<Self, Failure> {
        let keys = dir.keys();
        refuse_if_open_to_others(&keys)?;
        let root = read(&keys.join(ROOT_KEY))?;
        let seed = read(&keys.join(LEDGER_KEY))?;
        Ok(Self {
            root,
            signer: Signer::from_seed(&seed),
        })
    }

    /// The public half of the ledger's key.
    pub fn ledger_public(&self) -> PublicKey {
        self.signer.public_key()
    }
}

fn make(dir: &Path, entropy: &dyn Entropy) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    for name in [ROOT_KEY, LEDGER_KEY] {
        let path = dir.join(name);
        if !path.exists() {
            make_file(&path, &entropy.bytes::<32>())?;
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<[u8; 32], Failure> {
    refuse_if_open_to_others(path)?;
    let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
    bytes.try_into().map_err(|bytes: Vec<u8>| {
        Failure::used_wrongly(format!(
            "the key {} has {} bytes instead of 32: put back the one from your backup",
            path.display(),
            bytes.len()
        ))
    })
}

fn refuse_if_open_to_others(path: &Path) -> Result<(), Failure> {
    let metadata = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(Failure::used_wrongly(format!(
        "{} can be read by others (mode {mode:04o}): run `chmod {} {}` and think about who may \
         have read it",
        path.display(),
        if metadata.is_dir() { "700" } else { "600" },
        path.display()
    )))
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    if error.kind() == io::ErrorKind::NotFound {
        return Failure::used_wrongly(format!(
            "{} is missing: without it the data cannot be read or signed, so put back the one from \
             your backup",
            path.display()
        ));
    }
    Failure::used_wrongly(format!("{} cannot be read: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::OsEntropy,
        data_dir::{Mode, STORE_FILE},
    };

    fn fresh() -> (tempfile::TempDir, DataDir) {
        let parent = tempfile::tempdir().unwrap();
        let dir = DataDir::open_or_make(&parent.path().join("data"), Mode::Sandbox).unwrap();
        (parent, dir)
    }

    fn mode_of(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn keys_are_made_once_and_for_their_owner_only() {
        let (_parent, dir) = fresh();
        let first = ServerKeys::open_or_make(&dir, &OsEntropy).unwrap();
        let second = ServerKeys::open_or_make(&dir, &OsEntropy).unwrap();
        assert_eq!(first.root, second.root);
        assert_eq!(first.ledger_public(), second.ledger_public());
        assert_eq!(mode_of(&dir.keys()), 0o700);
        assert_eq!(mode_of(&dir.keys().join(ROOT_KEY)), 0o600);
        assert_eq!(mode_of(&dir.keys().join(LEDGER_KEY)), 0o600);
        assert!(!format!("{first:?}").contains(&format!("{:?}", first.root)));
    }

    #[test]
    fn keys_that_others_can_read_are_refused_with_the_remedy() {
        let (_parent, dir) = fresh();
        ServerKeys::open_or_make(&dir, &OsEntropy).unwrap();
        let path = dir.keys().join(ROOT_KEY);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let said = ServerKeys::open(&dir).unwrap_err().to_string();
        assert!(
            said.contains(&format!("run `chmod 600 {}`", path.display())),
            "{said}"
        );
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::set_permissions(dir.keys(), fs::Permissions::from_mode(0o755)).unwrap();
        let said = ServerKeys::open(&dir).unwrap_err().to_string();
        assert!(said.contains("run `chmod 700 "), "{said}");
    }

    #[test]
    fn a_lost_or_cut_key_is_not_replaced_once_there_is_a_store() {
        let (_parent, dir) = fresh();
        ServerKeys::open_or_make(&dir, &OsEntropy).unwrap();
        fs::write(dir.path().join(STORE_FILE), "").unwrap();
        let path = dir.keys().join(LEDGER_KEY);
        fs::write(&path, "short").unwrap();
        let said = ServerKeys::open_or_make(&dir, &OsEntropy)
            .unwrap_err()
            .to_string();
        assert!(said.contains("has 5 bytes instead of 32"), "{said}");
        fs::remove_file(&path).unwrap();
        let said = ServerKeys::open_or_make(&dir, &OsEntropy)
            .unwrap_err()
            .to_string();
        assert!(said.contains("is missing"), "{said}");
        assert!(!path.exists());
    }
}
