use db::{Fault, Read, Tx, params};
use vocab::{Timestamp, UserId};

db::sql! {
    FIND = "SELECT enabled_at FROM sms_factors WHERE user_id = $1";
    INSERT = "INSERT INTO sms_factors (user_id, enabled_at) VALUES ($1, $2) \
        ON CONFLICT (user_id) DO NOTHING";
    LAST_CHANGE = "SELECT max(effective_at) FROM contact_changes \
        WHERE user_id = $1 AND kind = 'phone' AND state = 'applied'";
    REMOVE = "DELETE FROM sms_factors WHERE user_id = $1";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

pub(super) fn is_enabled(read: &mut impl Read, user: UserId) -> Result<bool, Fault> {
    let found = read.query_one(FIND, &params![user.raw()], |row| row.int(0))?;
    Ok(found.is_some())
}

/// When the person's phone number last changed.
pub(super) fn last_change(read: &mut impl Read, user: UserId) -> Result<Option<Timestamp>, Fault> {
    let found = read.query_one(LAST_CHANGE, &params![user.raw()], |row| row.opt_int(0))?;
    Ok(found.flatten().map(Timestamp::from_micros))
}

/// `false` if it is on.
pub(super) fn insert(tx: &mut Tx<'_>, user: UserId, now: Timestamp) -> Result<bool, Fault> {
    Ok(tx.execute(INSERT, &params![user.raw(), now.micros()])? == 1)
}

/// `false` if it was off.
pub(super) fn remove(tx: &mut Tx<'_>, user: UserId) -> Result<bool, Fault> {
    Ok(tx.execute(REMOVE, &params![user.raw()])? == 1)
}
