use vocab::{Currency, RecordId, Timestamp};

use crate::{Class, Event, Leg, Link, Memo, Opening, Origin, Record, Rest, Restriction, Side};

/// What happened, without what it made of balances, who asked, and the memo.
pub(crate) fn put_public(record: &Record, base: RecordId, base_at: Timestamp, out: &mut Vec<u8>) {
    put_head(record.id, record.at, base, base_at, out);
    match &record.event {
        Event::Opened(opening) => put_opening(opening, out),
        Event::Bounded {
            account,
            floor,
            ceiling,
        } => {
            out.push(1);
            put_id(account.raw(), out);
            put_bound(*floor, out);
            put_bound(*ceiling, out);
        }
        Event::Restricted {
            account,
            restriction,
        } => {
            out.push(2);
            put_id(account.raw(), out);
            out.push(restriction_bits(*restriction));
        }
        Event::Posted(entry) => {
            let legs = entry
                .postings
                .iter()
                .map(|posting| (posting.leg(), posting.currency));
            put_posted(entry.code, entry.link, legs, out);
        }
        Event::Held {
            code,
            legs,
            expires_at,
        } => {
            out.push(4);
            put_unsigned(u64::from(*code), out);
            put_signed(expires_at.micros().wrapping_sub(record.at.micros()), out);
            put_legs(legs.iter().copied(), out);
        }
        Event::Voided { hold } => {
            out.push(5);
            put_id(hold.raw(), out);
        }
        Event::Expired { hold } => {
            out.push(6);
            put_id(hold.raw(), out);
        }
        Event::Rejected { code, details } => {
            out.push(7);
            put_unsigned(u64::from(*code), out);
            put_bytes(details, out);
        }
    }
}

/// The public part of an entry, in absolute numbers, from what a receipt knows of it.
pub(crate) fn put_public_entry(
    (id, at): (RecordId, Timestamp),
    (code, link): (u16, Link),
    legs: impl ExactSizeIterator<Item = (Leg, Currency)> + Clone,
    out: &mut Vec<u8>,
) {
    put_head(id, at, RecordId::from_raw(0), Timestamp::EPOCH, out);
    put_posted(code, link, legs, out);
}

/// The private sections, in the order in which they are committed to.
pub(super) fn put_private(record: &Record, out: &mut Vec<u8>) {
    put_origin(record.origin.as_ref(), out);
    put_memo(record.memo.as_ref(), out);
    if let Event::Posted(entry) = &record.event {
        for posting in &entry.postings {
            put_after(posting.version, posting.balance_after, out);
        }
    }
}

pub(crate) fn put_origin(origin: Option<&Origin>, out: &mut Vec<u8>) {
    let Some(origin) = origin else {
        out.push(0);
        return;
    };
    out.push(if origin.reference.is_some() { 2 } else { 1 });
    put_id(origin.caller, out);
    out.push(origin.route);
    put_bytes(origin.key.as_bytes(), out);
    out.extend_from_slice(&origin.request);
    if let Some(reference) = &origin.reference {
        put_bytes(reference.as_bytes(), out);
    }
}

/// What a posting made of its account.
pub(crate) fn put_after(version: i64, posted: i64, out: &mut Vec<u8>) {
    put_unsigned(version.cast_unsigned(), out);
    put_signed(posted, out);
}

fn put_memo(memo: Option<&Memo>, out: &mut Vec<u8>) {
    match memo {
        None => out.push(0),
        Some(memo) => {
            out.push(1);
            put_bytes(&memo.sealed, out);
            out.extend_from_slice(&memo.digest);
        }
    }
}

fn put_head(id: RecordId, at: Timestamp, base: RecordId, base_at: Timestamp, out: &mut Vec<u8>) {
    put_signed(id.raw().wrapping_sub(base.raw()), out);
    put_signed(at.micros().wrapping_sub(base_at.micros()), out);
}

fn put_opening(opening: &Opening, out: &mut Vec<u8>) {
    out.push(0);
    put_id(opening.account.raw(), out);
    put_id(opening.owner, out);
    put_unsigned(u64::from(opening.currency.number()), out);
    out.push(class_tag(opening.class));
    put_bound(opening.floor, out);
    put_bound(opening.ceiling, out);
}

fn put_posted(
    code: u16,
    link: Link,
    legs: impl ExactSizeIterator<Item = (Leg, Currency)> + Clone,
    out: &mut Vec<u8>,
) {
    out.push(3);
    put_unsigned(u64::from(code), out);
    put_link(link, out);
    put_legs(legs.clone().map(|(leg, _)| leg), out);
    // Zero for the currency of the posting before.
    let mut last = 0;
    for (_, currency) in legs {
        let number = u64::from(currency.number());
        put_unsigned(if number == last { 0 } else { number }, out);
        last = number;
    }
}

fn put_link(link: Link, out: &mut Vec<u8>) {
    match link {
        Link::None => out.push(0),
        Link::Reversal { of } => {
            out.push(1);
            put_id(of.raw(), out);
        }
        Link::Refund { of, amount } => {
            out.push(2);
            put_id(of.raw(), out);
            put_unsigned(amount.cast_unsigned(), out);
        }
        Link::Capture { of, amount, rest } => {
            out.push(match rest {
                Rest::Keep => 3,
                Rest::Release => 4,
            });
            put_id(of.raw(), out);
            put_unsigned(amount.cast_unsigned(), out);
        }
    }
}

/// Their number, their sides as a set of bits (credits are ones, the first leg the lowest), then
/// account and amount of each.
fn put_legs(legs: impl ExactSizeIterator<Item = Leg> + Clone, out: &mut Vec<u8>) {
    put_unsigned(legs.len() as u64, out);
    let mut bits = 0;
    for (place, leg) in legs.clone().enumerate() {
        bits |= u8::from(leg.side == Side::Credit) << (place % 8);
        if place % 8 == 7 || place + 1 == legs.len() {
            out.push(bits);
            bits = 0;
        }
    }
    for leg in legs {
        put_id(leg.account.raw(), out);
        put_unsigned(leg.amount.cast_unsigned(), out);
    }
}

const fn class_tag(class: Class) -> u8 {
    match class {
        Class::User => 0,
        Class::Merchant => 1,
        Class::Rail => 2,
        Class::Fee => 3,
        Class::Suspense => 4,
        Class::Adjustment => 5,
    }
}

fn restriction_bits(restriction: Restriction) -> u8 {
    let Restriction {
        debit_frozen,
        credit_frozen,
        closed,
    } = restriction;
    u8::from(debit_frozen) | u8::from(credit_frozen) << 1 | u8::from(closed) << 2
}

fn put_bound(bound: Option<i64>, out: &mut Vec<u8>) {
    match bound {
        None => out.push(0),
        Some(bound) => {
            out.push(1);
            put_signed(bound, out);
        }
    }
}

fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    put_unsigned(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

fn put_id(raw: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(&raw.to_be_bytes());
}

/// Zigzag: small numbers of either sign stay short.
fn put_signed(number: i64, out: &mut Vec<u8>) {
    put_unsigned(((number << 1) ^ (number >> 63)).cast_unsigned(), out);
}

fn put_unsigned(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}
