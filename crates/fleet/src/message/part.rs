//! Parts of populations, as they are written in messages.

use serde::{Deserialize, Serialize};
use units::Part;

/// A part: its slots, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartFormat(Vec<u64>, u64);

/// By population: a part, or nothing.
pub type SharesFormat = Vec<Option<PartFormat>>;

impl PartFormat {
    /// Shares as they are written.
    #[must_use]
    pub fn of(shares: &[Option<Part>]) -> SharesFormat {
        shares.iter().map(|part| part.as_ref().map(|part| Self(part.slots().to_vec(), part.of()))).collect()
    }

    /// Shares as they are meant.
    ///
    /// # Errors
    /// The first that is no part.
    pub fn read(shares: &SharesFormat) -> Result<Vec<Option<Part>>, String> {
        let read = |Self(slots, of): &Self| {
            Part::of_slots(slots.clone(), *of).ok_or_else(|| format!("slots {slots:?} of {of} are no part"))
        };
        shares.iter().map(|part| part.as_ref().map(read).transpose()).collect()
    }
}
