use vocab::{AccountId, Currency, EntryId, HoldId, RecordId, Timestamp};

use super::Malformed;
use crate::{
    Class, Entry, Event, Leg, Link, Memo, Opening, Origin, Posting, Record, Rest, Restriction, Side,
};

/// The fewest bytes that a leg takes: account and amount. Bounds what a number of legs may claim.
const MIN_LEG_BYTES: usize = 9;

pub(super) fn record(
    bytes: &mut &[u8],
    base: RecordId,
    base_at: Timestamp,
) -> Result<Record, Malformed> {
    let id = RecordId::from_raw(base.raw().wrapping_add(signed(bytes)?));
    let at = Timestamp::from_micros(base_at.micros().wrapping_add(signed(bytes)?));
    let mut event = event(bytes, at)?;
    let origin = origin(bytes)?;
    let memo = memo(bytes)?;
    if let Event::Posted(entry) = &mut event {
        for posting in &mut entry.postings {
            posting.version = unsigned(bytes)?.cast_signed();
            posting.balance_after = signed(bytes)?;
        }
    }
    Ok(Record {
        id,
        at,
        origin,
        memo,
        event,
    })
}

fn event(bytes: &mut &[u8], at: Timestamp) -> Result<Event, Malformed> {
    Ok(match byte(bytes)? {
        0 => Event::Opened(opening(bytes)?),
        1 => Event::Bounded {
            account: AccountId::from_raw(id(bytes)?),
            floor: bound(bytes)?,
            ceiling: bound(bytes)?,
        },
        2 => Event::Restricted {
            account: AccountId::from_raw(id(bytes)?),
            restriction: restriction(bytes)?,
        },
        3 => Event::Posted(entry(bytes)?),
        4 => {
            let code = code(bytes)?;
            let expires_at = Timestamp::from_micros(at.micros().wrapping_add(signed(bytes)?));
            Event::Held {
                code,
                legs: legs(bytes)?,
                expires_at,
            }
        }
        5 => Event::Voided {
            hold: HoldId::from_raw(id(bytes)?),
        },
        6 => Event::Expired {
            hold: HoldId::from_raw(id(bytes)?),
        },
        7 => Event::Rejected {
            code: code(bytes)?,
            details: prefixed(bytes)?.into(),
        },
        tag => return Err(Malformed::UnknownTag { what: "event", tag }),
    })
}

fn opening(bytes: &mut &[u8]) -> Result<Opening, Malformed> {
    Ok(Opening {
        account: AccountId::from_raw(id(bytes)?),
        owner: id(bytes)?,
        currency: currency(code(bytes)?)?,
        class: class(bytes)?,
        floor: bound(bytes)?,
        ceiling: bound(bytes)?,
    })
}

/// An entry whose postings do not know yet what they made of their accounts.
fn entry(bytes: &mut &[u8]) -> Result<Entry, Malformed> {
    let code = code(bytes)?;
    let link = link(bytes)?;
    let legs = legs(bytes)?;
    let mut postings = Vec::with_capacity(legs.len());
    let mut last = None;
    for Leg {
        account,
        side,
        amount,
    } in legs
    {
        let currency = next_currency(bytes, last)?;
        last = Some(currency);
        postings.push(Posting {
            account,
            side,
            amount,
            currency,
            version: 0,
            balance_after: 0,
        });
    }
    Ok(Entry {
        code,
        link,
        postings,
    })
}

fn next_currency(bytes: &mut &[u8], last: Option<Currency>) -> Result<Currency, Malformed> {
    match (self::code(bytes)?, last) {
        (0, Some(last)) => Ok(last),
        (number, Some(last)) if number == last.number() => Err(Malformed::CurrencyRepeated),
        (number, _) => currency(number),
    }
}

fn link(bytes: &mut &[u8]) -> Result<Link, Malformed> {
    Ok(match byte(bytes)? {
        0 => Link::None,
        1 => Link::Reversal {
            of: EntryId::from_raw(id(bytes)?),
        },
        2 => Link::Refund {
            of: EntryId::from_raw(id(bytes)?),
            amount: amount(bytes)?,
        },
        tag @ (3 | 4) => Link::Capture {
            of: HoldId::from_raw(id(bytes)?),
            amount: amount(bytes)?,
            rest: if tag == 3 { Rest::Keep } else { Rest::Release },
        },
        tag => return Err(Malformed::UnknownTag { what: "link", tag }),
    })
}

fn legs(bytes: &mut &[u8]) -> Result<Vec<Leg>, Malformed> {
    let count = usize::try_from(unsigned(bytes)?).map_err(|_| Malformed::Truncated)?;
    if count > bytes.len() / MIN_LEG_BYTES {
        return Err(Malformed::Truncated);
    }
    let sides = take(bytes, count.div_ceil(8))?;
    let spare_bits = sides
        .last()
        .filter(|_| count % 8 != 0)
        .map_or(0, |last| last >> (count % 8));
    if spare_bits != 0 {
        return Err(Malformed::SpareBits);
    }
    let mut legs = Vec::with_capacity(count);
    for place in 0..count {
        let is_credit = sides[place / 8] >> (place % 8) & 1 == 1;
        legs.push(Leg {
            account: AccountId::from_raw(id(bytes)?),
            side: if is_credit { Side::Credit } else { Side::Debit },
            amount: amount(bytes)?,
        });
    }
    Ok(legs)
}

fn origin(bytes: &mut &[u8]) -> Result<Option<Origin>, Malformed> {
    let has_reference = match byte(bytes)? {
        0 => return Ok(None),
        1 => false,
        2 => true,
        tag => {
            return Err(Malformed::UnknownTag {
                what: "origin",
                tag,
            });
        }
    };
    Ok(Some(Origin {
        caller: id(bytes)?,
        route: byte(bytes)?,
        key: text(bytes)?,
        request: array(bytes)?,
        reference: if has_reference {
            Some(text(bytes)?)
        } else {
            None
        },
    }))
}

fn memo(bytes: &mut &[u8]) -> Result<Option<Memo>, Malformed> {
    match byte(bytes)? {
        0 => Ok(None),
        1 => Ok(Some(Memo {
            sealed: prefixed(bytes)?.into(),
            digest: array(bytes)?,
        })),
        tag => Err(Malformed::UnknownTag { what: "memo", tag }),
    }
}

fn class(bytes: &mut &[u8]) -> Result<Class, Malformed> {
    Ok(match byte(bytes)? {
        0 => Class::User,
        1 => Class::Merchant,
        2 => Class::Rail,
        3 => Class::Fee,
        4 => Class::Suspense,
        5 => Class::Adjustment,
        tag => return Err(Malformed::UnknownTag { what: "class", tag }),
    })
}

fn restriction(bytes: &mut &[u8]) -> Result<Restriction, Malformed> {
    let bits = byte(bytes)?;
    if bits > 0b111 {
        return Err(Malformed::UnknownTag {
            what: "restriction",
            tag: bits,
        });
    }
    Ok(Restriction {
        debit_frozen: bits & 0b001 != 0,
        credit_frozen: bits & 0b010 != 0,
        closed: bits & 0b100 != 0,
    })
}

fn bound(bytes: &mut &[u8]) -> Result<Option<i64>, Malformed> {
    match byte(bytes)? {
        0 => Ok(None),
        1 => signed(bytes).map(Some),
        tag => Err(Malformed::UnknownTag { what: "bound", tag }),
    }
}

fn currency(number: u16) -> Result<Currency, Malformed> {
    Currency::from_number(number).ok_or(Malformed::UnknownCurrency(number))
}

fn code(bytes: &mut &[u8]) -> Result<u16, Malformed> {
    u16::try_from(unsigned(bytes)?).map_err(|_| Malformed::OutOfRange)
}

fn amount(bytes: &mut &[u8]) -> Result<i64, Malformed> {
    unsigned(bytes).map(u64::cast_signed)
}

fn text(bytes: &mut &[u8]) -> Result<Box<str>, Malformed> {
    let text = std::str::from_utf8(prefixed(bytes)?).map_err(|_| Malformed::NotUtf8)?;
    Ok(text.into())
}

fn prefixed<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8], Malformed> {
    let length = usize::try_from(unsigned(bytes)?).map_err(|_| Malformed::Truncated)?;
    take(bytes, length)
}

fn id(bytes: &mut &[u8]) -> Result<i64, Malformed> {
    array(bytes).map(i64::from_be_bytes)
}

fn signed(bytes: &mut &[u8]) -> Result<i64, Malformed> {
    let zigzag = unsigned(bytes)?;
    Ok((zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed())
}

fn unsigned(bytes: &mut &[u8]) -> Result<u64, Malformed> {
    let mut number: u64 = 0;
    for shift in (0..64).step_by(7) {
        let next = byte(bytes)?;
        let group = u64::from(next & 0x7f);
        // The tenth byte has room for one bit.
        if shift == 63 && group > 1 {
            return Err(Malformed::OutOfRange);
        }
        number |= group << shift;
        if next < 0x80 {
            let is_minimal = next != 0 || shift == 0;
            return if is_minimal {
                Ok(number)
            } else {
                Err(Malformed::NotMinimal)
            };
        }
    }
    Err(Malformed::OutOfRange)
}

fn byte(bytes: &mut &[u8]) -> Result<u8, Malformed> {
    let (&first, rest) = bytes.split_first().ok_or(Malformed::Truncated)?;
    *bytes = rest;
    Ok(first)
}

fn array<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], Malformed> {
    let (first, rest) = bytes.split_first_chunk().ok_or(Malformed::Truncated)?;
    *bytes = rest;
    Ok(*first)
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Result<&'a [u8], Malformed> {
    let (first, rest) = bytes.split_at_checked(length).ok_or(Malformed::Truncated)?;
    *bytes = rest;
    Ok(first)
}
