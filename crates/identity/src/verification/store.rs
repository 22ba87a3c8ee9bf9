use db::{Fault, Read, Row, Tx, params};
use vocab::{DocumentId, Timestamp, UserId, VerificationId};

use super::{
    Claim, CleanFile, Day, DocumentKind, FileKind, KeptFile, ReviewItem, Side, Verification,
    VerificationState,
};
use crate::{
    Cx, Error, PersonName, Secret, Unsealable,
    keys::{Purpose, Tag},
    pack,
};

db::sql! {
    INSERT = "INSERT INTO verifications (id, user_id, level, state, identity_index, \
        claim_sealed, created_at) VALUES ($1, $2, $3, 'draft', $4, $5, $6)";
    LIST = "SELECT id, user_id, level, state, created_at, decided_at FROM verifications \
        WHERE user_id = $1 ORDER BY id DESC";
    SIDES = "SELECT side FROM verification_files WHERE verification_id = $1 ORDER BY side";
    TIER_OF = "SELECT tier FROM tiers WHERE user_id = $1";
    HOLDER_OF = "SELECT user_id FROM identity_claims WHERE identity_index = $1";
    CLAIM_IDENTITY = "INSERT INTO identity_claims (identity_index, user_id) \
        SELECT identity_index, user_id FROM verifications WHERE id = $1 \
        ON CONFLICT (identity_index) DO NOTHING";
    IS_CLAIMED_BY = "SELECT c.user_id FROM identity_claims c \
        JOIN verifications v ON v.identity_index = c.identity_index WHERE v.id = $1";
    RELEASE_IDENTITY = "DELETE FROM identity_claims WHERE user_id = $1 AND identity_index IN \
        (SELECT identity_index FROM verifications WHERE id = $2) AND NOT EXISTS \
        (SELECT 1 FROM verifications v WHERE v.user_id = $1 \
        AND v.identity_index = identity_claims.identity_index \
        AND v.state IN ('in_review', 'approved'))";
    FORGET_SIDE = "DELETE FROM verification_files WHERE verification_id = $1 AND side = $2";
    KEEP_FILE = "INSERT INTO verification_files (id, verification_id, user_id, side, media_type, \
        sha256, body_sealed, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    SUBMIT = "UPDATE verifications SET state = 'in_review', submitted_at = $2 \
        WHERE id = $1 AND state = 'draft'";
    QUEUE = "SELECT id, user_id, level, state, created_at, decided_at, claim_sealed, seconded_by \
        FROM verifications WHERE state = 'in_review' ORDER BY submitted_at, id LIMIT $1";
    FILES = "SELECT id FROM verification_files WHERE verification_id = $1 ORDER BY id";
    OPEN_FILE = "SELECT media_type, body_sealed FROM verification_files WHERE id = $1";
    OWNER_OF_FILE = "SELECT user_id FROM verification_files WHERE id = $1";
    FIND_IN_REVIEW = "SELECT id, user_id, level, state, created_at, decided_at, seconded_by \
        FROM verifications WHERE id = $1 AND state = 'in_review' {for_update}";
    SECOND = "UPDATE verifications SET seconded_by = $2 WHERE id = $1 AND state = 'in_review' \
        AND seconded_by IS NULL";
    DECIDE = "UPDATE verifications SET state = $2, decided_by = $3, decided_at = $4 \
        WHERE id = $1 AND state = 'in_review'";
    RAISE_TIER = "INSERT INTO tiers (user_id, tier, since) VALUES ($1, $2, $3) \
        ON CONFLICT (user_id) DO UPDATE SET tier = excluded.tier, since = excluded.since \
        WHERE tiers.tier < excluded.tier";
    SET_TIER = "INSERT INTO tiers (user_id, tier, since) VALUES ($1, $2, $3) \
        ON CONFLICT (user_id) DO UPDATE SET tier = excluded.tier, since = excluded.since";
}

pub(crate) const STATEMENTS: &[db::Sql] = ALL;

pub(super) fn insert(
    tx: &mut Tx<'_>,
    cx: &Cx<'_>,
    verification: &Verification,
    (claim, number, index): (&Claim, &Secret, &Tag),
) -> Result<(), Fault> {
    let context = verification.id.to_string();
    let birth_date = claim.birth_date.text();
    let packed = pack::pack(&[
        claim.legal_name.as_str(),
        claim.kind.code(),
        number.expose(),
        &birth_date,
    ]);
    let sealed = cx
        .keys
        .seal(Purpose::Identity, context.as_bytes(), &packed, cx.entropy);
    let values = params![
        context,
        verification.user.raw(),
        verification.level,
        index,
        sealed,
        verification.created_at.micros()
    ];
    tx.execute(INSERT, &values).map(|_| ())
}

pub(super) fn list(read: &mut impl Read, user: UserId) -> Result<Vec<Verification>, Fault> {
    let found = read.query(LIST, &params![user.raw()], verification)?;
    found.into_iter().map(|row| with_sides(read, row)).collect()
}

fn with_sides(read: &mut impl Read, row: Verification) -> Result<Verification, Fault> {
    let sides = read.query(SIDES, &params![row.id.to_string()], |side| {
        Side::from_code(side.text(0)?)
            .map(Side::code)
            .ok_or_else(malformed)
    })?;
    Ok(Verification { sides, ..row })
}

pub(super) fn tier_of(read: &mut impl Read, user: UserId) -> Result<i64, Fault> {
    let found = read.query_one(TIER_OF, &params![user.raw()], |row| row.int(0))?;
    Ok(found.unwrap_or(0))
}

pub(super) fn holder_of(read: &mut impl Read, index: &Tag) -> Result<Option<UserId>, Fault> {
    read.query_one(HOLDER_OF, &params![index], |row| {
        row.int(0).map(UserId::from_raw)
    })
}

/// `false` if the document is somebody else's.
pub(super) fn claim_identity(
    tx: &mut Tx<'_>,
    user: UserId,
    id: VerificationId,
) -> Result<bool, Fault> {
    tx.execute(CLAIM_IDENTITY, &params![id.to_string()])?;
    let holder = tx.query_one(IS_CLAIMED_BY, &params![id.to_string()], |row| row.int(0))?;
    Ok(holder == Some(user.raw()))
}

pub(super) fn release_identity(
    tx: &mut Tx<'_>,
    user: UserId,
    id: VerificationId,
) -> Result<(), Fault> {
    tx.execute(RELEASE_IDENTITY, &params![user.raw(), id.to_string()])
        .map(|_| ())
}

pub(super) fn keep_file(
    tx: &mut Tx<'_>,
    cx: &Cx<'_>,
    (user, verification, side): (UserId, VerificationId, Side),
    (kept, file): (&KeptFile, &CleanFile),
) -> Result<(), Fault> {
    let context = kept.id.to_string();
    let sealed = cx.keys.seal(
        Purpose::Document,
        context.as_bytes(),
        &file.bytes,
        cx.entropy,
    );
    tx.execute(FORGET_SIDE, &params![verification.to_string(), side.code()])?;
    let values = params![
        context,
        verification.to_string(),
        user.raw(),
        side.code(),
        file.kind.media_type(),
        kept.sha256,
        sealed,
        cx.now.micros()
    ];
    tx.execute(KEEP_FILE, &values).map(|_| ())
}

pub(super) fn submit(tx: &mut Tx<'_>, id: VerificationId, now: Timestamp) -> Result<bool, Fault> {
    Ok(tx.execute(SUBMIT, &params![id.to_string(), now.micros()])? == 1)
}

pub(super) fn queue(
    read: &mut impl Read,
    cx: &Cx<'_>,
    most: i64,
) -> Result<Vec<ReviewItem>, Error> {
    let rows = read.query(QUEUE, &params![most], |row| {
        let seconded_by = row.opt_text(7)?.map(str::to_owned);
        Ok((verification(row)?, row.blob(6)?.to_vec(), seconded_by))
    })?;
    let mut items = Vec::new();
    for (found, sealed, seconded_by) in rows {
        let files = read.query(FILES, &params![found.id.to_string()], |row| {
            row.text(0)?.parse().map_err(|_| malformed())
        })?;
        let claim = open_claim(cx, found.id, &sealed)?;
        items.push(ReviewItem {
            verification: with_sides(read, found)?,
            claim,
            files,
            seconded_by,
        });
    }
    Ok(items)
}

fn open_claim(cx: &Cx<'_>, id: VerificationId, sealed: &[u8]) -> Result<Claim, Error> {
    let context = id.to_string();
    let packed = cx
        .keys
        .open(Purpose::Identity, context.as_bytes(), sealed)?;
    let [name, kind, number, birth_date] = pack::unpack(&packed).ok_or(Unsealable)?;
    Ok(Claim {
        legal_name: PersonName::parse(&name)?,
        kind: DocumentKind::from_code(&kind).ok_or(Unsealable)?,
        number: Secret::new(number),
        birth_date: Day::parse(&birth_date).ok_or(Unsealable)?,
    })
}

pub(super) fn open_file(
    read: &mut impl Read,
    cx: &Cx<'_>,
    id: DocumentId,
) -> Result<Option<(FileKind, Vec<u8>)>, Error> {
    let context = id.to_string();
    let found = read.query_one(OPEN_FILE, &params![context.as_str()], |row| {
        let kind = FileKind::from_media_type(row.text(0)?).ok_or_else(malformed)?;
        Ok((kind, row.blob(1)?.to_vec()))
    })?;
    let Some((kind, sealed)) = found else {
        return Ok(None);
    };
    let plain = cx
        .keys
        .open(Purpose::Document, context.as_bytes(), &sealed)?;
    Ok(Some((kind, plain.to_vec())))
}

pub(super) fn owner_of_file(read: &mut impl Read, id: DocumentId) -> Result<Option<UserId>, Fault> {
    read.query_one(OWNER_OF_FILE, &params![id.to_string()], |row| {
        row.int(0).map(UserId::from_raw)
    })
}

pub(super) fn find_in_review(
    tx: &mut Tx<'_>,
    id: VerificationId,
) -> Result<Option<(Verification, Option<String>)>, Fault> {
    tx.query_one(FIND_IN_REVIEW, &params![id.to_string()], |row| {
        Ok((verification(row)?, row.opt_text(6)?.map(str::to_owned)))
    })
}

pub(super) fn second(tx: &mut Tx<'_>, id: VerificationId, by: &str) -> Result<(), Fault> {
    tx.execute(SECOND, &params![id.to_string(), by]).map(|_| ())
}

pub(super) fn decide(
    tx: &mut Tx<'_>,
    id: VerificationId,
    (to, by): (VerificationState, &str),
    now: Timestamp,
) -> Result<bool, Fault> {
    let values = params![id.to_string(), to.code(), by, now.micros()];
    Ok(tx.execute(DECIDE, &values)? == 1)
}

pub(super) fn raise_tier(
    tx: &mut Tx<'_>,
    user: UserId,
    tier: i64,
    now: Timestamp,
) -> Result<(), Fault> {
    tx.execute(RAISE_TIER, &params![user.raw(), tier, now.micros()])
        .map(|_| ())
}

pub(super) fn set_tier(
    tx: &mut Tx<'_>,
    user: UserId,
    tier: i64,
    now: Timestamp,
) -> Result<(), Fault> {
    tx.execute(SET_TIER, &params![user.raw(), tier, now.micros()])
        .map(|_| ())
}

fn malformed() -> Fault {
    Fault::corrupt("a verification is malformed")
}

fn verification(row: &Row<'_>) -> Result<Verification, Fault> {
    Ok(Verification {
        id: row.text(0)?.parse().map_err(|_| malformed())?,
        user: UserId::from_raw(row.int(1)?),
        level: row.int(2)?,
        state: VerificationState::from_code(row.text(3)?).ok_or_else(malformed)?,
        created_at: Timestamp::from_micros(row.int(4)?),
        decided_at: row.opt_int(5)?.map(Timestamp::from_micros),
        sides: Vec::new(),
    })
}
