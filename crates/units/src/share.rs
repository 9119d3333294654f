//! Shares: exact parts of a whole, written `45%`. Parts per million, so that shares can be summed and compared exactly.

use crate::text::{UnitError, scaled, split_number};
use std::{fmt, str::FromStr};

/// A part of a whole, 0 % to 100 %, exact to 0.0001 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Share(u32);

impl Share {
    const WHAT: &'static str = "share";
    const EXAMPLE: &'static str = "45% or 12.5%";

    /// Nothing of it.
    pub const NONE: Self = Self(0);
    /// All of it.
    pub const WHOLE: Self = Self(1_000_000);

    /// A share from parts per million, or `None` above 1,000,000.
    #[must_use]
    pub fn from_parts_per_million(parts: u32) -> Option<Self> {
        (parts <= 1_000_000).then_some(Self(parts))
    }

    /// Parts per million, 0..=1,000,000.
    #[must_use]
    pub fn parts_per_million(self) -> u32 {
        self.0
    }

    /// As a fraction, 0.0..=1.0.
    #[must_use]
    pub fn fraction(self) -> f64 {
        f64::from(self.0) / 1e6
    }
}

impl FromStr for Share {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let malformed = || UnitError::Malformed { what: Self::WHAT, text: text.to_owned(), example: Self::EXAMPLE };
        let (number, unit) = split_number(text.trim()).ok_or_else(malformed)?;
        if unit != "%" {
            return Err(malformed());
        }
        let out_of_range = UnitError::OutOfRange {
            what: Self::WHAT,
            text: text.to_owned(),
            limit: "0% to 100%, at most four decimals",
        };
        let parts = scaled(number, 4).ok_or_else(|| out_of_range.clone())?;
        u32::try_from(parts).ok().and_then(Self::from_parts_per_million).ok_or(out_of_range)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / 10_000, self.0 % 10_000);
        if part == 0 {
            write!(formatter, "{whole}%")
        } else {
            let decimals = format!("{part:04}");
            write!(formatter, "{whole}.{}%", decimals.trim_end_matches('0'))
        }
    }
}

/// Serialises a value as its text form.
macro_rules! serde_as_text {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use serde_as_text;
serde_as_text!(Share);
