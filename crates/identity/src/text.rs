//! What counts as plain text from a person: composed (NFC), nothing invisible.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::{CodePointMapData, props::GeneralCategory};

/// The text in Unicode's composed form, so that one word typed on two keyboards is one word.
pub(crate) fn composed(text: &str) -> Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}

/// True for characters that do not show: controls (NUL too), format characters (bidirectional
/// overrides, zero-width joiners), separators of lines, private and unassigned ones.
pub(crate) fn is_hidden(c: char) -> bool {
    matches!(
        CodePointMapData::<GeneralCategory>::new().get(c),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::PrivateUse
            | GeneralCategory::Surrogate
            | GeneralCategory::Unassigned
    )
}

/// True if any character of the text does not show.
pub(crate) fn has_hidden(text: &str) -> bool {
    text.chars().any(is_hidden)
}
