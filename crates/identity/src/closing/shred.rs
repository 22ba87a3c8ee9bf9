//! What is deleted when an account is closed: everything that says who somebody was, save the
//! documents that they were verified by. Those stay sealed, since the law on money laundering asks
//! for them (AML Law of 2025: ten years); the document itself is free for another account.

use db::{Tx, params};
use vocab::UserId;

use crate::{Cx, Error, keys::Purpose, person_key};

db::sql! {
    CLOSE_USER = "UPDATE users SET state = 'closed', epoch = epoch + 1, name_sealed = $2 \
        WHERE id = $1";
    CONTACTS = "DELETE FROM contacts WHERE user_id = $1";
    CONTACT_CHANGES = "DELETE FROM contact_changes WHERE user_id = $1";
    PASSWORDS = "DELETE FROM passwords WHERE user_id = $1";
    PASSWORD_HISTORY = "DELETE FROM password_history WHERE user_id = $1";
    GUARDS = "DELETE FROM sign_in_guards WHERE user_id = $1";
    PROOFS = "DELETE FROM session_proofs WHERE session_id IN \
        (SELECT id FROM sessions WHERE user_id = $1)";
    SESSIONS = "DELETE FROM sessions WHERE user_id = $1";
    TOKEN_EVENTS = "DELETE FROM security_token_events WHERE token_id IN \
        (SELECT id FROM security_tokens WHERE user_id = $1)";
    SECURITY_TOKENS = "DELETE FROM security_tokens WHERE user_id = $1";
    INBOX = "DELETE FROM inbox_messages WHERE user_id = $1";
    OUTBOX = "DELETE FROM outbox_messages WHERE user_id = $1";
    SANDBOX = "DELETE FROM sandbox_messages WHERE user_id = $1";
    RECOVERIES = "DELETE FROM recoveries WHERE user_id = $1";
    RECOVERY_CASES = "DELETE FROM recovery_cases WHERE user_id = $1";
    CONFIRMATIONS = "DELETE FROM device_confirmations WHERE approved_by = $1 OR scanned_by = $1 \
        OR asked_by = $1";
    PREFERENCES = "DELETE FROM preferences WHERE user_id = $1";
    REVIEWS = "DELETE FROM security_reviews WHERE user_id = $1";
    HOLDS = "DELETE FROM outgoing_holds WHERE user_id = $1";
    TIERS = "DELETE FROM tiers WHERE user_id = $1";
    IDENTITY = "DELETE FROM identity_claims WHERE user_id = $1";
    STEP_UPS = "DELETE FROM step_ups WHERE user_id = $1";
    NOTICES = "DELETE FROM notices WHERE user_id = $1";
    DEVICES = "DELETE FROM devices WHERE user_id = $1";
    TOTPS = "DELETE FROM totps WHERE user_id = $1";
    SMS_FACTORS = "DELETE FROM sms_factors WHERE user_id = $1";
    RECOVERY_CODES = "DELETE FROM recovery_codes WHERE user_id = $1";
    PINS = "DELETE FROM pins WHERE user_id = $1";
    TICKETS = "DELETE FROM sign_in_tickets WHERE user_id = $1";
    PASSKEYS = "DELETE FROM passkeys WHERE user_id = $1";
    PASSKEY_HANDLES = "DELETE FROM passkey_handles WHERE user_id = $1";
    ACCESS_TOKEN_KEYS = "DELETE FROM access_token_keys WHERE token_id IN \
        (SELECT id FROM access_tokens WHERE user_id = $1)";
    ACCESS_TOKENS = "DELETE FROM access_tokens WHERE user_id = $1";
    NETWORKS = "DELETE FROM known_networks WHERE user_id = $1";
    EXPORTS = "DELETE FROM exports WHERE user_id = $1";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

pub(super) fn shred(tx: &mut Tx<'_>, cx: &Cx<'_>, user: UserId) -> Result<(), Error> {
    let context = user.raw().to_be_bytes();
    let nameless = cx
        .keys
        .seal(Purpose::Name, &context, "-".as_bytes(), cx.entropy);
    let tables = STATEMENTS.iter().filter(|sql| **sql != CLOSE_USER);
    for sql in tables {
        tx.execute(*sql, &params![user.raw()])?;
    }
    // Whatever was left, here or in a copy that nobody can reach, opens for nobody any more.
    person_key::shred(tx, cx, user)?;
    tx.execute(CLOSE_USER, &params![user.raw(), nameless])?;
    Ok(())
}
