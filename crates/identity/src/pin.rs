//! The payment PIN: six digits, never a way to sign in, and worth something only in a session on a
//! device of one's own. Five wrong in a row lock it for three hours, ten make it void.

mod store;

use argon2::{PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
pub(crate) use store::STATEMENTS;
use vocab::{Entropy, Timestamp, UserId};
use zeroize::Zeroizing;

use crate::{
    Cx, Error, Keys, Notice, Rejection, Secret, Session,
    keys::{MacPurpose, Purpose},
    notice,
    password::hasher,
    person_key,
    policy::HashCost,
    user,
};

const DIGITS: usize = 6;
/// What people choose first, beside runs and repetitions; from published counts of leaked PINs.
const FREQUENT: &[&str] = &[
    "112233", "121314", "123123", "123321", "131313", "131420", "147258", "147852", "159357",
    "159753", "168168", "171717", "201314", "258369", "520131", "520520", "520999", "521314",
    "584520", "654123", "741852", "789456", "123654", "142536", "112211", "102030", "010203",
    "110110", "119119", "188188", "518518", "598598", "666888", "888666", "888999", "999888",
];

/// Six digits that are good enough, not yet hashed.
#[derive(Clone, Debug)]
pub struct Pin(Secret);

impl Pin {
    /// Reads six digits.
    ///
    /// # Errors
    /// [`Rejection::PinInvalid`].
    pub fn read(typed: &str) -> Result<Self, Rejection> {
        let is_good = typed.len() == DIGITS && typed.bytes().all(|b| b.is_ascii_digit());
        if is_good {
            Ok(Self(Secret::new(typed.to_owned())))
        } else {
            Err(Rejection::PinInvalid)
        }
    }

    /// Refuses what somebody who knows the person, or nobody in particular, would try first.
    fn judge(&self, phones: &[String]) -> Result<(), Rejection> {
        let digits = self.0.expose();
        let bytes = digits.as_bytes();
        let steps: Vec<i16> = bytes
            .windows(2)
            .map(|pair| i16::from(pair[1]) - i16::from(pair[0]))
            .collect();
        let is_run = steps.iter().all(|step| *step == steps[0]) && steps[0].abs() <= 1;
        let repeats = |length: usize| bytes.chunks(length).all(|chunk| chunk == &bytes[..length]);
        let is_repeated = repeats(2) || repeats(3);
        let is_mirrored = bytes.iter().eq(bytes.iter().rev());
        let is_own = phones.iter().any(|phone| phone.contains(digits));
        let is_weak = is_run || is_repeated || is_mirrored || is_own || is_date(digits);
        if is_weak || FREQUENT.contains(&digits) {
            return Err(Rejection::PinWeak);
        }
        Ok(())
    }
}

/// Years of birth come as `yymmdd` or `ddmmyy`; half of all chosen PINs are such.
fn is_date(digits: &str) -> bool {
    let number = |range: std::ops::Range<usize>| digits[range].parse::<u32>().unwrap_or(0);
    let is_day = |month: u32, day: u32| (1..=12).contains(&month) && (1..=31).contains(&day);
    let (one, two, three) = (number(0..2), number(2..4), number(4..6));
    let is_recent = |year: u32| !(31..40).contains(&year);
    (is_day(two, three) && is_recent(one)) || (is_day(two, one) && is_recent(three))
}

/// A verifier of a PIN, ready to be stored.
#[derive(Clone, Debug)]
pub struct PinHashed(Secret);

/// How a person's PIN stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PinState {
    pub is_set: bool,
    /// It takes nothing before this moment.
    pub locked_until: Option<Timestamp>,
    /// Too many wrong in a row: it has to be reset.
    pub is_void: bool,
    /// When it was last reset without the old one.
    pub reset_at: Option<Timestamp>,
}

/// A guess, counted and committed, not yet compared.
#[derive(Clone, Debug)]
pub(crate) struct CountedPin {
    hashed: PinHashed,
}

impl CountedPin {
    /// Compares, as slow as the hash.
    pub(crate) fn matches(&self, user: UserId, typed: &str, keys: &Keys) -> bool {
        let Ok(pin) = Pin::read(typed) else {
            return false;
        };
        let keyed = keyed(&pin, user, keys);
        PasswordHash::new(self.hashed.0.expose()).is_ok_and(|hash| {
            argon2::Argon2::default()
                .verify_password(keyed.as_slice(), &hash)
                .is_ok()
        })
    }
}

/// Judges and hashes a new PIN: slow, outside of transactions. `owner` comes from [`owner`].
///
/// # Errors
/// [`Rejection::PinWeak`].
pub fn hash(
    pin: &Pin,
    owner: &PinOwner,
    keys: &Keys,
    cost: HashCost,
    entropy: &dyn Entropy,
) -> Result<PinHashed, Rejection> {
    pin.judge(&owner.phones)?;
    let salt: [u8; 16] = entropy.bytes();
    let hashed = hasher(cost)
        .hash_password_with_salt(keyed(pin, owner.user, keys).as_slice(), &salt)
        .expect("a salt of 16 bytes and 32 bytes of input are within Argon2's limits");
    Ok(PinHashed(Secret::new(hashed.to_string())))
}

/// Whose PIN it becomes: what it must not contain.
#[derive(Clone, Debug)]
pub struct PinOwner {
    user: UserId,
    phones: Vec<String>,
}

/// Looks up what a person's PIN must not contain.
pub fn owner(read: &mut impl db::Read, cx: &Cx<'_>, user: UserId) -> Result<PinOwner, Error> {
    let contacts = user::reachable_at(read, cx, user)?;
    let phones = contacts
        .iter()
        .map(|contact| contact.value().to_owned())
        .collect();
    Ok(PinOwner { user, phones })
}

/// How a person's PIN stands.
pub fn state(read: &mut impl db::Read, cx: &Cx<'_>, user: UserId) -> Result<PinState, Error> {
    let Some(stored) = store::find(read, user)? else {
        return Ok(PinState::default());
    };
    Ok(PinState {
        is_set: true,
        locked_until: Some(stored.locked_until).filter(|&until| until > cx.now),
        is_void: stored.failures >= cx.policy.pin_void_failures,
        reset_at: stored.reset_at,
    })
}

/// Sets the first PIN.
///
/// # Errors
/// [`Rejection::PinAlreadySet`].
pub fn set(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    hashed: &PinHashed,
) -> Result<(), Error> {
    let sealed = seal(tx, cx, user, hashed)?;
    if !store::insert(tx, user, sealed, cx.now)? {
        return Err(Rejection::PinAlreadySet.into());
    }
    notice::tell(tx, cx, user, &Notice::PinSet)
}

/// Sets another PIN after the old one was proven.
///
/// # Errors
/// [`Rejection::PinNotSet`].
pub fn change(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    hashed: &PinHashed,
) -> Result<(), Error> {
    let sealed = seal(tx, cx, user, hashed)?;
    if !store::replace(tx, user, sealed, None)? {
        return Err(Rejection::PinNotSet.into());
    }
    notice::tell(tx, cx, user, &Notice::PinChanged)
}

/// Sets another PIN without the old one; ends a lock too.
///
/// # Errors
/// [`Rejection::PinNotSet`].
pub fn reset(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    hashed: &PinHashed,
) -> Result<(), Error> {
    let sealed = seal(tx, cx, user, hashed)?;
    if !store::replace(tx, user, sealed, Some(cx.now))? {
        return Err(Rejection::PinNotSet.into());
    }
    notice::tell(tx, cx, user, &Notice::PinReset)
}

/// Counts a guess before it is compared.
///
/// # Errors
/// [`Rejection::PinNotSet`], [`Rejection::PinNeedsDevice`] in a session on no device of their own,
/// [`Rejection::PinLocked`], [`Rejection::PinVoid`].
pub(crate) fn count(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    session: Option<&Session>,
) -> Result<CountedPin, Error> {
    let is_here = session.is_some_and(|session| session.device.is_some() && !session.is_restricted);
    if !is_here {
        return Err(Rejection::PinNeedsDevice.into());
    }
    let stored = store::find(tx, user)?.ok_or(Rejection::PinNotSet)?;
    if stored.failures >= cx.policy.pin_void_failures {
        return Err(Rejection::PinVoid.into());
    }
    let locked = |retry_at| Err(Rejection::PinLocked { retry_at }.into());
    if stored.locked_until > cx.now {
        return locked(stored.locked_until);
    }
    let lock_until = cx.now.plus_seconds(cx.policy.pin_lock_seconds);
    let limits = (cx.policy.pin_lock_failures, cx.policy.pin_void_failures);
    if !store::count(tx, user, cx.now, lock_until, limits)? {
        return locked(lock_until);
    }
    let place = (Purpose::Factor, &context(user)[..]);
    let plain = person_key::open(tx, cx, user, place, &stored.verifier)?;
    let phc = std::str::from_utf8(&plain).map_err(|_| crate::Unsealable)?;
    let hashed = PinHashed(Secret::new(phc.to_owned()));
    Ok(CountedPin { hashed })
}

/// Until when a PIN pays nothing since it was reset without the old one; `None` if it may.
pub(crate) fn held_until(
    read: &mut impl db::Read,
    cx: &Cx<'_>,
    user: UserId,
) -> Result<Option<Timestamp>, Error> {
    let reset_at = store::find(read, user)?.and_then(|stored| stored.reset_at);
    let until = reset_at.map(|at| at.plus_seconds(cx.policy.pin_reset_hold_seconds));
    Ok(until.filter(|&until| until > cx.now))
}

/// Forgets wrong guesses after a right one.
pub(crate) fn forgive(tx: &mut db::Tx<'_>, user: UserId) -> Result<(), Error> {
    Ok(store::forgive(tx, user)?)
}

/// After a wrong guess: tells the owner of a lock, and gives the refusal.
pub(crate) fn miss(tx: &mut db::Tx<'_>, cx: &Cx<'_>, user: UserId) -> Result<Rejection, Error> {
    let state = state(tx, cx, user)?;
    if state.is_void {
        notice::tell(tx, cx, user, &Notice::PinVoid)?;
        return Ok(Rejection::PinVoid);
    }
    if let Some(retry_at) = state.locked_until {
        notice::tell(tx, cx, user, &Notice::PinLocked)?;
        return Ok(Rejection::PinLocked { retry_at });
    }
    Ok(Rejection::ProofWrong {
        method: crate::Method::Pin,
    })
}

/// A thief of the store has no key to walk a million PINs with.
fn keyed(pin: &Pin, user: UserId, keys: &Keys) -> Zeroizing<[u8; 32]> {
    let parts = [&user.raw().to_be_bytes()[..], pin.0.expose().as_bytes()];
    Zeroizing::new(keys.mac(MacPurpose::Pin, &parts))
}

fn seal(
    tx: &mut db::Tx<'_>,
    cx: &Cx<'_>,
    user: UserId,
    hashed: &PinHashed,
) -> Result<Vec<u8>, Error> {
    let phc = hashed.0.expose().as_bytes();
    let place = (Purpose::Factor, &context(user)[..]);
    person_key::seal(tx, cx, user, place, phc)
}

/// What the verifier is bound to.
pub(crate) fn context(user: UserId) -> Vec<u8> {
    format!("pin {user}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_that_are_tried_first_are_refused() {
        let phones = ["+8613800264913".to_owned()];
        let weak = [
            "000000", "777777", "123456", "987654", "121212", "123123", "123321", "901231",
            "150899", "264913", "002649", "520131", "258369",
        ];
        for digits in weak {
            let pin = Pin::read(digits).expect("six digits");
            assert_eq!(pin.judge(&phones), Err(Rejection::PinWeak), "{digits}");
        }
        for digits in ["384756", "907164", "463829", "758392"] {
            let pin = Pin::read(digits).expect("six digits");
            assert_eq!(pin.judge(&phones), Ok(()), "{digits}");
        }
        for typed in ["", "12345", "1234567", "12345a", "１２３４５６", " 12345"] {
            assert_eq!(
                Pin::read(typed).err(),
                Some(Rejection::PinInvalid),
                "{typed}"
            );
        }
    }
}
