//! Pictures of documents: known by their first bytes, measured before they are unpacked, written
//! anew, so that what a camera or an attacker put beside the pixels is gone.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, codecs::jpeg::JpegEncoder,
};

use crate::{LifeRefusal, Rejection};

/// Largest file, in bytes: 5 MiB (ASVS 5.2.1 asks for a limit; own number).
pub const BYTES_MOST: usize = 5 * 1024 * 1024;
/// Most pixels: 25 million (ASVS 5.2.6; own number).
const PIXELS_MOST: u64 = 25_000_000;
/// Memory that unpacking may take: 25 million pixels of 4 bytes, and room to work.
const MEMORY_MOST: u64 = 4 * PIXELS_MOST + 32 * 1024 * 1024;
/// Quality of a JPEG that is written anew.
const QUALITY: u8 = 88;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    Jpeg,
    Png,
    /// Kept as it came: it is never opened here, only handed to reviewers to look at elsewhere.
    Pdf,
}

impl FileKind {
    /// As stored and as shown in the API.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Pdf => "application/pdf",
        }
    }

    pub(crate) fn from_media_type(text: &str) -> Option<Self> {
        [Self::Jpeg, Self::Png, Self::Pdf]
            .into_iter()
            .find(|kind| kind.media_type() == text)
    }

    /// Knows a file by its first bytes, whatever it is called.
    fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(Self::Png),
            [b'%', b'P', b'D', b'F', b'-', ..] => Some(Self::Pdf),
            _ => None,
        }
    }
}

/// A file that may be kept.
#[derive(Clone, Debug)]
pub struct CleanFile {
    pub(crate) kind: FileKind,
    pub(crate) bytes: Vec<u8>,
}

/// Looks at a file and writes pictures anew, upright. Slow: run it on a pool.
///
/// # Errors
/// [`LifeRefusal::FileNotAllowed`], [`LifeRefusal::FileTooLarge`], [`LifeRefusal::PictureBroken`].
pub fn clean(bytes: &[u8]) -> Result<CleanFile, Rejection> {
    if bytes.len() > BYTES_MOST {
        return Err(LifeRefusal::FileTooLarge.into());
    }
    let kind = FileKind::of(bytes).ok_or(LifeRefusal::FileNotAllowed)?;
    let bytes = match kind {
        FileKind::Jpeg => redrawn(bytes, ImageFormat::Jpeg)?,
        FileKind::Png => redrawn(bytes, ImageFormat::Png)?,
        FileKind::Pdf => bytes.to_vec(),
    };
    Ok(CleanFile { kind, bytes })
}

fn redrawn(bytes: &[u8], format: ImageFormat) -> Result<Vec<u8>, Rejection> {
    let broken = |_| Rejection::from(LifeRefusal::PictureBroken);
    let (width, height) = ImageReader::with_format(Cursor::new(bytes), format)
        .into_dimensions()
        .map_err(broken)?;
    if u64::from(width) * u64::from(height) > PIXELS_MOST {
        return Err(LifeRefusal::FileTooLarge.into());
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY_MOST);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let orientation = decoder.orientation().map_err(broken)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    picture.apply_orientation(orientation);
    let mut written = Vec::new();
    match format {
        ImageFormat::Jpeg => {
            let encoder = JpegEncoder::new_with_quality(&mut written, QUALITY);
            picture.to_rgb8().write_with_encoder(encoder)
        }
        _ => picture.write_to(&mut Cursor::new(&mut written), format),
    }
    .map_err(broken)?;
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        DynamicImage::new_rgb8(width, height)
            .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
            .expect("a picture in memory");
        bytes
    }

    fn refusal(bytes: &[u8]) -> Option<&'static str> {
        clean(bytes).err().map(|no| no.code())
    }

    #[test]
    fn what_stands_beside_the_pixels_is_gone() {
        let mut with_text = png(8, 8);
        // A text chunk before the last one: length, name, words, a checksum of zeros is skipped.
        let words = b"Comment\0taken at home";
        let mut chunk = (u32::try_from(words.len()).expect("short"))
            .to_be_bytes()
            .to_vec();
        chunk.extend(b"tEXt");
        chunk.extend(words);
        chunk.extend(crc(&[b"tEXt", &words[..]].concat()).to_be_bytes());
        let end = with_text.len() - 12;
        with_text.splice(end..end, chunk);
        let cleaned = clean(&with_text).expect("a picture");
        let holds = |bytes: &[u8]| bytes.windows(5).any(|window| window == b"taken");
        assert!(holds(&with_text) && !holds(&cleaned.bytes));
        assert_eq!(cleaned.kind, FileKind::Png);
    }

    #[test]
    fn s_59_floods_and_foreign_files_are_refused_before_they_are_unpacked() {
        let mut flood = png(1, 1);
        // The header says 60,000 × 60,000.
        flood[16..20].copy_from_slice(&60_000u32.to_be_bytes());
        flood[20..24].copy_from_slice(&60_000u32.to_be_bytes());
        let fixed = crc(&flood[12..29]).to_be_bytes();
        flood[29..33].copy_from_slice(&fixed);
        assert_eq!(refusal(&flood), Some("file_too_large"));
        assert_eq!(refusal(&vec![0xFF; BYTES_MOST + 1]), Some("file_too_large"));
        assert_eq!(refusal(b"<svg xmlns='x'/>"), Some("file_not_allowed"));
        assert_eq!(refusal(b"GIF89a"), Some("file_not_allowed"));
        assert_eq!(
            refusal(&[0xFF, 0xD8, 0xFF, 0xE0, 1, 2]),
            Some("picture_broken")
        );
        assert_eq!(refusal(&png(4, 4)[..40]), Some("picture_broken"));
        assert_eq!(refusal(b"%PDF-1.7 anything"), None);
    }

    fn crc(bytes: &[u8]) -> u32 {
        let mut crc = u32::MAX;
        for &byte in bytes {
            crc ^= u32::from(byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 {
                    (crc >> 1) ^ 0xEDB8_8320
                } else {
                    crc >> 1
                };
            }
        }
        !crc
    }
}
