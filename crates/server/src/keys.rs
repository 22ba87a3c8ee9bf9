//! The secrets of a server, kept beside its store and never in it: the root keys, under which
//! personal data is sealed, and the seed of the key that signs the ledger's blocks.
//!
//! The first root is `root.key`; each rotation puts `root-2.key`, `root-3.key`, … beside it. A key
//! may be a symbolic link to where a secret store puts it.

use std::{
    collections::BTreeMap,
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
    /// By generation, from 1: everything personal is sealed under keys derived from them.
    pub roots: BTreeMap<u8, [u8; 32]>,
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
        let seed = read(&keys.join(LEDGER_KEY))?;
        let roots = read_roots(dir)?;
        if roots.values().any(|root| *root == seed) {
            return Err(Failure::used_wrongly(format!(
                "one key in {} has two roles: each needs 32 random bytes of its own",
                keys.display()
            )));
        }
        Ok(Self {
            roots,
            signer: Signer::from_seed(&seed),
        })
    }

    /// The keys that personal data is sealed under, new values under the newest root.
    pub fn sealing(&self) -> identity::Keys {
        let mut roots = self.roots.iter();
        let (id, root) = roots.next().expect("there is at least one root key");
        let keys = identity::Keys::derive(*id, root);
        for (id, root) in roots {
            keys.add(*id, root);
            keys.promote(*id);
        }
        keys
    }

    /// The oldest root that is here.
    pub fn first_root(&self) -> [u8; 32] {
        self.roots
            .values()
            .next()
            .copied()
            .expect("there is at least one root key")
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

/// The file of a root generation.
pub fn root_name(generation: u8) -> String {
    match generation {
        1 => ROOT_KEY.to_owned(),
        later => format!("root-{later}.key"),
    }
}

/// Every root key of a directory, checked like at a start. The first need not be there any more
/// once a later one is.
pub fn read_roots(dir: &DataDir) -> Result<BTreeMap<u8, [u8; 32]>, Failure> {
    let keys = dir.keys();
    let mut roots = BTreeMap::new();
    for generation in 2..=u8::MAX {
        let path = keys.join(root_name(generation));
        if path.exists() {
            roots.insert(generation, read(&path)?);
        }
    }
    let first = keys.join(ROOT_KEY);
    if roots.is_empty() || first.exists() {
        roots.insert(1, read(&first)?);
    }
    Ok(roots)
}

/// Makes the root key of the next generation; gives its number.
pub fn make_next_root(dir: &DataDir, entropy: &dyn Entropy) -> Result<u8, Failure> {
    let last = read_roots(dir)?.into_keys().next_back().unwrap_or(1);
    let next = last.checked_add(1).ok_or_else(|| {
        Failure::used_wrongly("255 root keys is all that can be told apart: retire old ones")
    })?;
    make_file(&dir.keys().join(root_name(next)), &entropy.bytes::<32>())
        .during("making the new root key")?;
    Ok(next)
}

fn read(path: &Path) -> Result<[u8; 32], Failure> {
    refuse_if_open_to_others(path)?;
    let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
    let key: [u8; 32] = bytes.try_into().map_err(|bytes: Vec<u8>| {
        Failure::used_wrongly(format!(
            "the key {} has {} bytes instead of 32: put back the one from your backup",
            path.display(),
            bytes.len()
        ))
    })?;
    if is_weak(&key) {
        return Err(Failure::used_wrongly(format!(
            "the key {} is not 32 random bytes but a pattern or a text that can be guessed: put \
             back the one from your backup",
            path.display()
        )));
    }
    Ok(key)
}

/// Keys that somebody typed or counted. Of 32 random bytes, fewer than 20 differ less than once in
/// 10⁹ draws, and all are printable once in 10¹³.
fn is_weak(key: &[u8; 32]) -> bool {
    let mut seen = [false; 256];
    key.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    let different = seen.iter().filter(|seen| **seen).count();
    let step = key[1].wrapping_sub(key[0]);
    let is_counted = key
        .windows(2)
        .all(|two| two[1].wrapping_sub(two[0]) == step);
    let is_typed = key
        .iter()
        .all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
    different < 20 || is_counted || is_typed
}

/// Refuses what others than its owner may read or write.
pub fn refuse_if_open_to_others(path: &Path) -> Result<(), Failure> {
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
        assert_eq!(first.roots, second.roots);
        assert_eq!(first.ledger_public(), second.ledger_public());
        assert_eq!(mode_of(&dir.keys()), 0o700);
        assert_eq!(mode_of(&dir.keys().join(ROOT_KEY)), 0o600);
        assert_eq!(mode_of(&dir.keys().join(LEDGER_KEY)), 0o600);
        assert!(!format!("{first:?}").contains(&format!("{:?}", first.roots[&1])));
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

    #[test]
    fn keys_that_can_be_guessed_are_refused() {
        let mut counted = [0; 32];
        (0_u8..).zip(&mut counted).for_each(|(n, byte)| *byte = n);
        let few: Vec<u8> = (0..32).map(|n| [3, 141, 59, 26][n % 4]).collect();
        let typed = *b"correct horse battery staple, 32";
        for weak in [[0; 32], [255; 32], counted, few.try_into().unwrap(), typed] {
            assert!(is_weak(&weak), "{weak:?}");
            let (_parent, dir) = fresh();
            ServerKeys::open_or_make(&dir, &OsEntropy).unwrap();
            fs::write(dir.keys().join(ROOT_KEY), weak).unwrap();
            let said = ServerKeys::open(&dir).unwrap_err().to_string();
            assert!(said.contains("can be guessed"), "{said}");
        }
        for _ in 0..1_000 {
            let entropy: &dyn Entropy = &OsEntropy;
            assert!(!is_weak(&entropy.bytes()));
        }
    }

    #[test]
    fn one_key_does_not_play_two_roles() {
        let (_parent, dir) = fresh();
        ServerKeys::open_or_make(&dir, &OsEntropy).unwrap();
        fs::copy(dir.keys().join(ROOT_KEY), dir.keys().join(LEDGER_KEY)).unwrap();
        let said = ServerKeys::open(&dir).unwrap_err().to_string();
        assert!(said.contains("has two roles"), "{said}");
    }

    #[test]
    fn a_new_root_stands_beside_the_old_and_is_the_one_that_seals() {
        let (_parent, dir) = fresh();
        ServerKeys::open_or_make(&dir, &OsEntropy).unwrap();
        assert_eq!(make_next_root(&dir, &OsEntropy).unwrap(), 2);
        let sealing = ServerKeys::open(&dir).unwrap().sealing();
        assert_eq!((sealing.current(), sealing.generations()), (2, vec![1, 2]));
        fs::remove_file(dir.keys().join(ROOT_KEY)).unwrap();
        assert_eq!(ServerKeys::open(&dir).unwrap().sealing().generations(), [2]);
        assert_eq!(mode_of(&dir.keys().join("root-2.key")), 0o600);
    }
}
