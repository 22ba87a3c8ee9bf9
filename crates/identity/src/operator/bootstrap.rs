//! The first account, and the way back in when nobody has one: a token that only somebody who can
//! read the server's files can make, good for a quarter of an hour and for one use.

use super::{MadeOperator, NewOperator, Role, create, store};
use crate::{
    Cx, Error, Secret, StaffRefusal,
    audit::{self, Action, Actor, Note},
    keys::{MacPurpose, Tag, is_same},
    password::PasswordHashed,
};

/// How long the token is good for (research/identity 1.21: 15 minutes).
const SECONDS: i64 = 900;
/// Random bytes of the token (ASVS 7.2.3: at least 128 bits).
const BYTES: usize = 20;

/// A new token; one that was made before is void. The audit log says that there is one.
pub fn offer(tx: &mut db::Tx<'_>, cx: &Cx<'_>) -> Result<Secret, Error> {
    let random: [u8; BYTES] = cx.entropy.bytes();
    let text: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let expires_at = cx.now.plus_seconds(SECONDS);
    store::offer_bootstrap(tx, &mac(cx, &text), expires_at)?;
    let note = Note {
        actor: Actor::System,
        subject: None,
        action: Action::BootstrapOffered,
        object: "",
        session: None,
    };
    audit::record(tx, cx, &note)?;
    Ok(Secret::new(text))
}

/// Makes an administrator out of the token.
///
/// # Errors
/// [`StaffRefusal::BootstrapClosed`] if it is wrong, over or used; those of [`create`].
pub fn redeem(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    token: &str,
    (name, password): (&str, &PasswordHashed),
) -> Result<MadeOperator, Error> {
    let offered = store::open_bootstrap(tx, cx.now)?;
    let is_it = offered.is_some_and(|offered| is_same(&offered, &mac(cx, token)));
    if !is_it || !store::use_bootstrap(tx, cx.now)? {
        return Err(StaffRefusal::BootstrapClosed.into());
    }
    let new = NewOperator {
        name: name.to_owned(),
        password: password.clone(),
        role: Role::Admin,
    };
    create(tx, cx, Actor::System, &new)
}

fn mac(cx: &Cx<'_>, token: &str) -> Tag {
    cx.keys
        .mac(MacPurpose::Bootstrap, &[token.trim().as_bytes()])
}
