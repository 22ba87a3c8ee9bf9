//! Several texts in one sealed value: each with its length before it.

use zeroize::Zeroizing;

/// Joins texts so that [`unpack`] gives them back.
pub(crate) fn pack(texts: &[&str]) -> Zeroizing<Vec<u8>> {
    let mut packed = Zeroizing::new(Vec::new());
    for text in texts {
        packed.extend((text.len() as u64).to_be_bytes());
        packed.extend(text.as_bytes());
    }
    packed
}

/// The `N` texts of [`pack`], or `None` if these bytes are something else.
pub(crate) fn unpack<const N: usize>(mut packed: &[u8]) -> Option<[String; N]> {
    let mut texts = [const { String::new() }; N];
    for text in &mut texts {
        let (length, rest) = packed.split_first_chunk::<8>()?;
        let length = usize::try_from(u64::from_be_bytes(*length)).ok()?;
        let (bytes, rest) = rest.split_at_checked(length)?;
        *text = String::from_utf8(bytes.to_vec()).ok()?;
        packed = rest;
    }
    packed.is_empty().then_some(texts)
}
