//! The page's files in the binary, packed when it was built (see `build.rs`).

/// A file of the page.
#[derive(Debug)]
pub(crate) struct Asset {
    /// Where it is asked for.
    pub(crate) path: &'static str,
    /// Its media type.
    pub(crate) kind: &'static str,
    /// Its entity tag: another content has another.
    pub(crate) tag: &'static str,
    /// Its name changes with its content.
    pub(crate) is_hashed: bool,
    /// Packed.
    pub(crate) gzip: &'static [u8],
}

/// All of them; `/index.html` is among them, also where the page is not built in.
pub(crate) static ALL: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));
