//! The wallet's pages, as they were built into the program.

/// The built files by their paths; none if the program was built without them.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

pub(crate) fn built() -> api::Pages {
    api::Pages::new(FILES)
}
