//! Passkeys in the browser's own words: what it is asked, and whether its answer holds. The library
//! draws the challenges and checks origin, flags, counters and signatures; here the owner's handle
//! is checked too.

use identity::{
    Secret, keys,
    passkey::{Answering, Asserted, HANDLE_BYTES, NewPasskey, Passkey},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use webauthn_rs::prelude::{
    AuthenticationResult, DiscoverableAuthentication, DiscoverableKey, Passkey as Key,
    PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential,
    Url, Uuid, Webauthn, WebauthnBuilder,
};

/// What a browser is asked, and what is kept to judge its answer.
pub(crate) struct Asked {
    pub(crate) public_key: Value,
    pub(crate) state: String,
}

/// The ceremonies of one origin.
pub(crate) struct Ceremonies(Webauthn);

impl Ceremonies {
    /// For the pages at this address, exactly; none if it has no name, since a passkey belongs to
    /// a name.
    pub(crate) fn new(public_url: &str) -> Option<Self> {
        let origin = Url::parse(public_url).ok()?;
        let name = origin.domain()?.to_owned();
        let builder = WebauthnBuilder::new(&name, &origin).ok()?;
        builder.rp_name("Tael").build().ok().map(Self)
    }

    /// What a browser is asked to make a passkey.
    pub(crate) fn set_up(
        &self,
        handle: [u8; HANDLE_BYTES],
        shown: &str,
        existing: &[Passkey],
    ) -> Option<Asked> {
        let existing = existing.iter().filter_map(key);
        let exclude: Vec<_> = existing.map(|key| key.cred_id().clone()).collect();
        let user = Uuid::from_bytes(handle);
        let (asked, state) = self
            .0
            .start_passkey_registration(user, shown, shown, Some(exclude))
            .ok()?;
        let mut public_key = public_key(&asked)?;
        // It must be found without a name, to sign in by itself.
        public_key["authenticatorSelection"]["residentKey"] = json!("required");
        public_key["authenticatorSelection"]["requireResidentKey"] = json!(true);
        let state = written(&state)?;
        Some(Asked { public_key, state })
    }

    /// The passkey that a browser has made.
    pub(crate) fn made(&self, name: String, answer: &Value, state: &Secret) -> Option<NewPasskey> {
        let answer: RegisterPublicKeyCredential = read(answer)?;
        let state: PasskeyRegistration = serde_json::from_str(state.expose()).ok()?;
        let key = self.0.finish_passkey_registration(&answer, &state).ok()?;
        let material = written(&key)?;
        let parsed: Value = serde_json::from_str(&material).ok()?;
        Some(NewPasskey {
            name,
            credential: keys::digest_bytes(key.cred_id()),
            is_synced: parsed["cred"]["backup_state"] == true,
            material: Secret::new(material),
        })
    }

    /// What a browser is asked to prove one of these passkeys.
    pub(crate) fn ask(&self, passkeys: &[Passkey]) -> Option<Asked> {
        let keys: Vec<Key> = passkeys.iter().filter_map(key).collect();
        let (asked, state) = self.0.start_passkey_authentication(&keys).ok()?;
        Some(Asked {
            public_key: public_key(&asked)?,
            state: written(&state)?,
        })
    }

    /// What a browser is asked to prove any passkey for this place.
    pub(crate) fn ask_anybody(&self) -> Option<Asked> {
        let (asked, state) = self.0.start_discoverable_authentication().ok()?;
        Some(Asked {
            public_key: public_key(&asked)?,
            state: written(&state)?,
        })
    }

    /// What an answer proves; none if it does not hold.
    pub(crate) fn verify(&self, answer: &Value, answering: &Answering) -> Option<Asserted> {
        let answer: PublicKeyCredential = read(answer)?;
        // The device may leave the handle out; a foreign one is an attack.
        if let Some(handle) = answer.get_user_unique_id()
            && handle != answering.handle
        {
            return None;
        }
        let state: PasskeyAuthentication = serde_json::from_str(answering.state.expose()).ok()?;
        let result = self.0.finish_passkey_authentication(&answer, &state).ok()?;
        asserted(&answering.keys, &result)
    }

    /// Whom an answer without a name claims to be.
    pub(crate) fn claimed(answer: &Value) -> Option<[u8; HANDLE_BYTES]> {
        let answer: PublicKeyCredential = read(answer)?;
        answer.get_user_unique_id()?.try_into().ok()
    }

    /// What an answer without a name proves; none if it does not hold.
    pub(crate) fn verify_anybody(&self, answer: &Value, answering: &Answering) -> Option<Asserted> {
        let answer: PublicKeyCredential = read(answer)?;
        if answer.get_user_unique_id()? != answering.handle {
            return None;
        }
        let state: DiscoverableAuthentication =
            serde_json::from_str(answering.state.expose()).ok()?;
        let hash = keys::digest_bytes(answer.get_credential_id());
        let claimed = answering.keys.iter().find(|key| key.credential == hash)?;
        let claimed = DiscoverableKey::from(&key(claimed)?);
        let result = self
            .0
            .finish_discoverable_authentication_v2(&answer, state, &claimed)
            .ok()?;
        asserted(&answering.keys, &result)
    }
}

impl std::fmt::Debug for Ceremonies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ceremonies")
    }
}

/// The key that proved itself, with its counters as they are now. The person must have unlocked it.
fn asserted(theirs: &[Passkey], result: &AuthenticationResult) -> Option<Asserted> {
    let hash = keys::digest_bytes(result.cred_id());
    let mut proven = key(theirs.iter().find(|key| key.credential == hash)?)?;
    proven.update_credential(result)?;
    if !result.user_verified() {
        return None;
    }
    Some(Asserted {
        credential: hash,
        material: Secret::new(written(&proven)?),
        is_synced: result.backup_state(),
    })
}

fn key(passkey: &Passkey) -> Option<Key> {
    serde_json::from_str(passkey.material.expose()).ok()
}

fn public_key(asked: &impl Serialize) -> Option<Value> {
    let mut asked = serde_json::to_value(asked).ok()?;
    Some(asked["publicKey"].take())
}

fn read<T: DeserializeOwned>(answer: &Value) -> Option<T> {
    serde_json::from_value(answer.clone()).ok()
}

fn written(state: &impl Serialize) -> Option<String> {
    serde_json::to_string(state).ok()
}
