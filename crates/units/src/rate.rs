//! Rates: events per second, written `2000/s`, `90/min` or `3600/h`.

use crate::text::{UnitError, split_number};
use std::{fmt, str::FromStr};

/// Events per second: finite, 0 to 1e9.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Rate(f64);

impl Rate {
    const WHAT: &'static str = "rate";
    const EXAMPLE: &'static str = "2000/s, 90/min or 3600/h";

    /// No events.
    pub const ZERO: Self = Self(0.0);

    /// A rate from events per second, or `None` when it isn't a finite number in 0..=1e9.
    #[must_use]
    pub fn per_second(value: f64) -> Option<Self> {
        (value.is_finite() && (0.0..=1e9).contains(&value)).then_some(Self(value))
    }

    /// Events per second.
    #[must_use]
    pub fn value(self) -> f64 {
        self.0
    }
}

impl FromStr for Rate {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let malformed = || UnitError::Malformed { what: Self::WHAT, text: text.to_owned(), example: Self::EXAMPLE };
        let (number, unit) = split_number(text.trim()).ok_or_else(malformed)?;
        let divisor = match unit {
            "/s" => 1.0,
            "/min" | "/m" => 60.0,
            "/h" => 3600.0,
            _ => return Err(malformed()),
        };
        let value: f64 = number.parse().map_err(|_| malformed())?;
        Self::per_second(value / divisor).ok_or(UnitError::OutOfRange {
            what: Self::WHAT,
            text: text.to_owned(),
            limit: "at most 1,000,000,000 per second",
        })
    }
}

impl fmt::Display for Rate {
    /// Shortest decimal that reads back to the same number of events per second.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/s", self.0)
    }
}

crate::share::serde_as_text!(Rate);
