use thiserror::Error;

/// Crockford's alphabet: digits and letters without I, L, O and U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not a Crockford base 32 text of the expected length")]
pub struct Base32Error;

/// Lower-case Crockford text of the low `5 × width` bits, most significant first.
pub(crate) fn encode(value: u128, width: usize) -> String {
    let mut text = String::with_capacity(width);
    for place in (0..width).rev() {
        let digit = usize::try_from((value >> (5 * place)) & 31).unwrap_or(0);
        text.push(char::from(ALPHABET[digit].to_ascii_lowercase()));
    }
    text
}

/// Reads exactly `width` lower-case characters of the alphabet; ids are opaque, so no tolerance.
pub(crate) fn decode(text: &str, width: usize) -> Result<u128, Base32Error> {
    if text.len() != width {
        return Err(Base32Error);
    }
    let mut value: u128 = 0;
    for byte in text.bytes() {
        if byte.is_ascii_uppercase() {
            return Err(Base32Error);
        }
        let upper = byte.to_ascii_uppercase();
        let digit = ALPHABET
            .iter()
            .position(|&c| c == upper)
            .ok_or(Base32Error)?;
        if value.leading_zeros() < 5 {
            return Err(Base32Error);
        }
        value = (value << 5) | u128::try_from(digit).map_err(|_| Base32Error)?;
    }
    Ok(value)
}

/// What a person typed, folded to the upper-case alphabet: case, spaces and hyphens do not matter,
/// O reads as 0, I and L as 1. `None` if a character belongs to no reading.
pub fn crockford_fold(typed: &str) -> Option<String> {
    let mut folded = String::with_capacity(typed.len());
    for c in typed.chars() {
        match c.to_ascii_uppercase() {
            ' ' | '-' => {}
            'O' => folded.push('0'),
            'I' | 'L' => folded.push('1'),
            upper if upper.is_ascii() && ALPHABET.contains(&(upper as u8)) => folded.push(upper),
            _ => return None,
        }
    }
    Some(folded)
}
