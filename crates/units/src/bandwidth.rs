//! Bandwidth: bits per second, written `20Mbit/s`.

use crate::text::{UnitError, scaled, split_number};
use std::{fmt, num::NonZeroU64, str::FromStr};

/// Bits per second, at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bandwidth(NonZeroU64);

const UNITS: [(&str, u32); 4] = [("Gbit/s", 9), ("Mbit/s", 6), ("kbit/s", 3), ("bit/s", 0)];

impl Bandwidth {
    const WHAT: &'static str = "bandwidth";
    const EXAMPLE: &'static str = "20Mbit/s or 750kbit/s";

    /// A bandwidth from bits per second, or `None` for zero.
    #[must_use]
    pub fn from_bits_per_second(bits: u64) -> Option<Self> {
        NonZeroU64::new(bits).map(Self)
    }

    /// Bits per second.
    #[must_use]
    pub fn bits_per_second(self) -> u64 {
        self.0.get()
    }

    /// Bytes per second.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a bandwidth above 2^53 bits per second does not exist")]
    pub fn bytes_per_second(self) -> f64 {
        self.bits_per_second() as f64 / 8.0
    }
}

impl FromStr for Bandwidth {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let malformed = || UnitError::Malformed { what: Self::WHAT, text: text.to_owned(), example: Self::EXAMPLE };
        let (number, unit) = split_number(text.trim()).ok_or_else(malformed)?;
        let (_, digits) = UNITS.into_iter().find(|(name, _)| *name == unit).ok_or_else(malformed)?;
        let bits = scaled(number, digits).and_then(|bits| u64::try_from(bits).ok());
        bits.and_then(Self::from_bits_per_second).ok_or(UnitError::OutOfRange {
            what: Self::WHAT,
            text: text.to_owned(),
            limit: "whole bits per second, at least 1",
        })
    }
}

impl fmt::Display for Bandwidth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.bits_per_second();
        let fits = |digits: u32| bits.is_multiple_of(10u64.pow(digits));
        let (name, digits) =
            UNITS.into_iter().find(|(_, digits)| fits(*digits)).expect("every number is a multiple of 1");
        write!(formatter, "{}{name}", bits / 10u64.pow(digits))
    }
}

crate::share::serde_as_text!(Bandwidth);
