//! Names: of regions and of users. Checked once, where they enter; after that the type says so.
//!
//! A region's name is in every stamp, so it is a shared string: cloning it copies a pointer.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::text_form;

const REGION_LENGTH_MAX: usize = 32;
const USER_LENGTH_MAX: usize = 64;

/// A name that does not keep the grammar; the message says what is allowed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NameError {
    /// Not a region name.
    #[error("`{0}` is not a region name: 1 to {REGION_LENGTH_MAX} of a-z, 0-9 and -")]
    Region(String),
    /// Not a user name.
    #[error("`{0}` is not a user name: 1 to {USER_LENGTH_MAX} of a-z, A-Z, 0-9, - and _")]
    User(String),
}

/// The name of a region, such as `eu-west-1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RegionName(Arc<str>);

impl RegionName {
    /// Checks the grammar: 1 to 32 of `a-z`, `0-9` and `-`.
    pub(crate) fn parse(name: &str) -> Result<Self, NameError> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.is_empty() || name.len() > REGION_LENGTH_MAX || !name.bytes().all(allowed) {
            return Err(NameError::Region(shortened(name)));
        }
        Ok(Self(name.into()))
    }

    /// The name as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RegionName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Serialize for RegionName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RegionName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_form::read(deserializer, Self::parse)
    }
}

/// The name of a partition: `all`, or the region whose users it holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct PartitionName(RegionName);

impl PartitionName {
    /// The one partition of a model with one writer.
    pub(crate) fn all() -> Self {
        Self(RegionName("all".into()))
    }

    /// The partition of the users at home in a region.
    pub(crate) fn home(region: &RegionName) -> Self {
        Self(region.clone())
    }

    /// The name as text.
    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for PartitionName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// The name of a user, such as `user-17`. Never changes; the display name may.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct UserName(String);

impl UserName {
    /// Checks the grammar: 1 to 64 of `a-z`, `A-Z`, `0-9`, `-` and `_`.
    pub(crate) fn parse(name: &str) -> Result<Self, NameError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if name.is_empty() || name.len() > USER_LENGTH_MAX || !name.bytes().all(allowed) {
            return Err(NameError::User(shortened(name)));
        }
        Ok(Self(name.to_owned()))
    }

    /// The name of a user that every region has from its first boot.
    pub(crate) fn seeded(index: u32) -> Self {
        Self(format!("user-{index}"))
    }

    /// The name as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for UserName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text_form::read(deserializer, Self::parse)
    }
}

/// What is said of a wrong name: enough to recognise it, never a whole request.
fn shortened(name: &str) -> String {
    name.chars().take(USER_LENGTH_MAX + 1).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[test]
    fn a_name_is_checked_where_it_enters() {
        // (name, is a region name, is a user name)
        let cases = [
            ("eu-west-1", true, true),
            ("user-0", true, true),
            ("Alice_B", false, true),
            ("", false, false),
            ("a b", false, false),
            ("ä", false, false),
            ("a/b", false, false),
        ];
        for (name, region, user) in cases {
            assert_eq!(RegionName::parse(name).is_ok(), region, "region {name:?}");
            assert_eq!(UserName::parse(name).is_ok(), user, "user {name:?}");
        }
        assert!(RegionName::parse(&"a".repeat(33)).is_err());
        assert!(UserName::parse(&"a".repeat(64)).is_ok());
        assert!(UserName::parse(&"a".repeat(65)).unwrap_err().to_string().len() < 200);
    }
}
