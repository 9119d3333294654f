//! What belongs to one stream and not to the link it runs over: the user's own access, and TCP's window.

use plan::resolved::Path;
use units::Bandwidth;

/// The window that the field's hosts show: 1.0–1.1 MB towards AWS, 3.2–3.7 MB towards GCP. The smaller is the default.
pub const WINDOW_BYTES: u32 = 1 << 20;

/// One stream's own limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamOptions {
    /// What the opener can send. `None`: not limited.
    pub up: Option<Bandwidth>,
    /// What the opener can receive. `None`: not limited.
    pub down: Option<Bandwidth>,
    /// Most bytes per round trip and direction, and most bytes held in each direction.
    pub window_bytes: u32,
}

impl StreamOptions {
    /// The limits of a user on that path.
    #[must_use]
    pub fn from_path(path: &Path) -> Self {
        Self { up: path.up, down: path.down, ..Self::default() }
    }

    pub(super) fn is_unlimited(&self) -> bool {
        self.up.is_none() && self.down.is_none()
    }
}

impl Default for StreamOptions {
    fn default() -> Self {
        Self { up: None, down: None, window_bytes: WINDOW_BYTES }
    }
}
