//! Versions of formats: major.minor. Readers accept the same major and any lower or equal minor; anything newer is
//! refused, since fields they don't know could change what the known ones mean.

use std::fmt;

/// A format's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    major: u32,
    minor: u32,
}

/// The version of this crate's own format. 1.1: entries of agents, and which agent counted. 1.2: the event of a
/// stop guard; agents' names, their batches, and what was taken over. 1.3: operations of the ledger's sessions; parts of several
/// slots, and who generates what from when on. 1.4: faults that were given while the run went on. 1.5: a load that was held.
pub(crate) const RECORDING: Version = Version::new(1, 5);
/// The same as text.
pub(crate) const RECORDING_TEXT: &str = "1.5";

impl Version {
    pub(crate) const fn new(major: u32, minor: u32) -> Self {
        Self { major, minor }
    }

    /// Reads `1.0`; `None` when it isn't of that form.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.split_once('.')?;
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok()).flatten();
        Some(Self { major: digits(major)?, minor: digits(minor)? })
    }

    /// Whether a reader of this version can read what a writer of version `written` wrote.
    pub(crate) fn reads(self, written: Self) -> bool {
        self.major == written.major && written.minor <= self.minor
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_major_and_no_newer_minor_is_read() {
        let reader = Version::new(2, 3);
        for (written, readable) in
            [("2.3", true), ("2.0", true), ("2.4", false), ("1.9", false), ("3.0", false), ("20.3", false)]
        {
            let version = Version::parse(written).expect("a version");
            assert_eq!(reader.reads(version), readable, "{written} by a reader of {reader}");
            assert_eq!(version.to_string(), written);
        }
    }

    #[test]
    fn the_text_is_the_version() {
        assert_eq!(RECORDING.to_string(), RECORDING_TEXT);
    }

    #[test]
    fn other_texts_are_no_versions() {
        for text in ["", "1", "1.", ".1", "1.0.0", "v1.0", "1.-0", "1.+1", "99999999999.0"] {
            assert_eq!(Version::parse(text), None, "{text:?}");
        }
    }
}
