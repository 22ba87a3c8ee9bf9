use db::{Fault, Read, Row, Tx, params};
use vocab::{ConfirmationId, SessionId, Timestamp, UserId};

use super::{ConfirmationPurpose, ConfirmationState, Created, NewConfirmation};
use crate::{
    Binding, Cx, Error, LifeRefusal, Session, Unsealable,
    keys::{Purpose, Tag},
    pack,
    session::Device,
};

db::sql! {
    INSERT = "INSERT INTO device_confirmations (id, purpose, step_up, asked_by, nonce_hash, \
        nonce_until, pickup_hash, state, device_sealed, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'created', $8, $9, $10)";
    REFRESH = "UPDATE device_confirmations SET nonce_hash = $2, nonce_until = $3 \
        WHERE id = $1 AND state = 'created'";
    FIND_BY_NONCE = "SELECT id FROM device_confirmations WHERE nonce_hash = $1 \
        AND state = 'created' AND nonce_until > $2 AND expires_at > $2";
    CLAIM = "UPDATE device_confirmations SET state = 'scanned', scanned_by = $2, \
        scanned_in = $3, claim_hash = $4 WHERE id = $1 AND state = 'created' \
        AND nonce_hash = $5";
    FIND = "SELECT purpose, step_up, asked_by, pickup_hash, state, device_sealed, created_at, \
        expires_at, scanned_by, scanned_in, claim_hash, approved_by, approved_epoch, \
        redeem_until, id FROM device_confirmations WHERE id = $1";
    APPROVE = "UPDATE device_confirmations SET state = 'approved', approved_by = $2, \
        approved_epoch = $3, redeem_until = $4 WHERE id = $1 AND state = 'scanned'";
    REJECT = "UPDATE device_confirmations SET state = 'rejected' \
        WHERE id = $1 AND state = 'scanned'";
    REDEEM = "UPDATE device_confirmations SET state = 'redeemed' \
        WHERE id = $1 AND state = 'approved' AND redeem_until > $2";
    EPOCH_OF = "SELECT epoch FROM users WHERE id = $1 AND state = 'active' {for_update}";
    PURGE = "DELETE FROM device_confirmations WHERE id IN \
        (SELECT id FROM device_confirmations WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

/// Who has scanned.
pub(super) struct Scanner {
    pub(super) user: Option<UserId>,
    pub(super) session: Option<SessionId>,
    pub(super) claim: Option<Tag>,
}

pub(super) struct Stored {
    id: ConfirmationId,
    pub(super) purpose: ConfirmationPurpose,
    pub(super) step_up: Option<String>,
    asked_by: Option<UserId>,
    pub(super) pickup: Tag,
    pub(super) state: ConfirmationState,
    device: Vec<u8>,
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) scanned_by: Option<UserId>,
    pub(super) scanned_in: Option<SessionId>,
    pub(super) claim: Option<Tag>,
    pub(super) approved_by: Option<UserId>,
    pub(super) approved_epoch: Option<i64>,
    redeem_until: Option<Timestamp>,
}

impl Stored {
    /// The state now: some ends come by time alone.
    pub(super) fn state_at(&self, now: Timestamp) -> ConfirmationState {
        let is_over = match self.state {
            ConfirmationState::Created | ConfirmationState::Scanned => self.expires_at <= now,
            ConfirmationState::Approved => self.redeem_until.is_none_or(|until| until <= now),
            _ => false,
        };
        if is_over {
            ConfirmationState::Expired
        } else {
            self.state
        }
    }

    /// A step-up is confirmed by the person who asked for it.
    pub(super) fn is_for_others(&self, session: &Session) -> bool {
        self.asked_by.is_some_and(|user| user != session.user)
    }
}

pub(super) fn insert(
    tx: &mut Tx<'_>,
    cx: &Cx<'_>,
    created: &Created,
    new: &NewConfirmation,
) -> Result<(), Fault> {
    let context = created.id.to_string();
    let packed = pack::pack(&[new.device.user_agent(), new.device.address()]);
    let device = cx
        .keys
        .seal(Purpose::Device, context.as_bytes(), &packed, cx.entropy);
    let (step_up, asked_by) = match &new.step_up {
        Some((step_up, session)) => (Some(step_up.as_str()), Some(session.user.raw())),
        None => (None, None),
    };
    let values = params![
        context,
        new.purpose.code(),
        step_up,
        asked_by,
        Binding::read(created.nonce.expose()).hash(),
        created.refresh_at.micros(),
        Binding::read(created.pickup.expose()).hash(),
        device,
        cx.now.micros(),
        created.expires_at.micros()
    ];
    tx.execute(INSERT, &values).map(|_| ())
}

pub(super) fn refresh(
    tx: &mut Tx<'_>,
    id: ConfirmationId,
    nonce: &Tag,
    until: Timestamp,
) -> Result<bool, Fault> {
    Ok(tx.execute(REFRESH, &params![id.to_string(), nonce, until.micros()])? == 1)
}

/// The confirmation behind a nonce, claimed; `None` if there is none or another was first.
pub(super) fn claim(
    tx: &mut Tx<'_>,
    nonce: &Tag,
    scanner: &Scanner,
    now: Timestamp,
) -> Result<Option<ConfirmationId>, Fault> {
    let found = tx.query_one(FIND_BY_NONCE, &params![nonce, now.micros()], |row| {
        row.text(0)?.parse().map_err(|_| malformed())
    })?;
    let Some(id) = found else {
        return Ok(None);
    };
    let id: ConfirmationId = id;
    let values = params![
        id.to_string(),
        scanner.user.map(UserId::raw),
        scanner.session.map(|session| session.to_string()),
        scanner.claim.map(|claim| claim.to_vec()),
        nonce
    ];
    Ok((tx.execute(CLAIM, &values)? == 1).then_some(id))
}

pub(super) fn find(read: &mut impl Read, id: ConfirmationId) -> Result<Option<Stored>, Fault> {
    read.query_one(FIND, &params![id.to_string()], stored)
}

pub(super) fn approve(
    tx: &mut Tx<'_>,
    id: ConfirmationId,
    (user, epoch): (UserId, i64),
    redeem_until: Timestamp,
) -> Result<bool, Fault> {
    let values = params![id.to_string(), user.raw(), epoch, redeem_until.micros()];
    Ok(tx.execute(APPROVE, &values)? == 1)
}

pub(super) fn reject(tx: &mut Tx<'_>, id: ConfirmationId) -> Result<bool, Fault> {
    Ok(tx.execute(REJECT, &params![id.to_string()])? == 1)
}

pub(super) fn redeem(tx: &mut Tx<'_>, id: ConfirmationId, now: Timestamp) -> Result<bool, Fault> {
    Ok(tx.execute(REDEEM, &params![id.to_string(), now.micros()])? == 1)
}

/// The epoch of a person who may act, locked until the transaction ends.
pub(super) fn epoch_of(tx: &mut Tx<'_>, user: UserId) -> Result<Option<i64>, Fault> {
    tx.query_one(EPOCH_OF, &params![user.raw()], |row| row.int(0))
}

pub(super) fn open_device(cx: &Cx<'_>, stored: &Stored) -> Result<Device, Error> {
    let context = stored.id.to_string();
    let packed = cx
        .keys
        .open(Purpose::Device, context.as_bytes(), &stored.device)?;
    let [user_agent, address] = pack::unpack(&packed).ok_or(Unsealable)?;
    Ok(Device::new(&user_agent, &address))
}

pub(super) fn open_device_of(
    tx: &mut Tx<'_>,
    cx: &Cx<'_>,
    id: ConfirmationId,
) -> Result<Device, Error> {
    let stored = find(tx, id)?.ok_or(LifeRefusal::ConfirmationNotFound)?;
    open_device(cx, &stored)
}

pub(super) fn purge(tx: &mut Tx<'_>, before: Timestamp, most: i64) -> Result<usize, Fault> {
    tx.execute(PURGE, &params![before.micros(), most])
}

fn malformed() -> Fault {
    Fault::corrupt("a confirmation is malformed")
}

fn stored(row: &Row<'_>) -> Result<Stored, Fault> {
    let person = |column| Ok::<_, Fault>(row.opt_int(column)?.map(UserId::from_raw));
    let time = |column| Ok::<_, Fault>(row.opt_int(column)?.map(Timestamp::from_micros));
    let scanned_in = row.opt_text(9)?.map(str::parse).transpose();
    let claim = match row.opt_blob(10)? {
        Some(_) => Some(row.bytes(10)?),
        None => None,
    };
    Ok(Stored {
        purpose: ConfirmationPurpose::from_code(row.text(0)?).ok_or_else(malformed)?,
        step_up: row.opt_text(1)?.map(str::to_owned),
        asked_by: person(2)?,
        pickup: row.bytes(3)?,
        state: ConfirmationState::from_code(row.text(4)?).ok_or_else(malformed)?,
        device: row.blob(5)?.to_vec(),
        created_at: Timestamp::from_micros(row.int(6)?),
        expires_at: Timestamp::from_micros(row.int(7)?),
        scanned_by: person(8)?,
        scanned_in: scanned_in.map_err(|_| malformed())?,
        claim,
        approved_by: person(11)?,
        approved_epoch: row.opt_int(12)?,
        redeem_until: time(13)?,
        id: row.text(14)?.parse().map_err(|_| malformed())?,
    })
}
