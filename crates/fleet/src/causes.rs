//! Errors for people: libraries never repeat their cause in their own words, so whoever prints one adds the causes.

/// An error with all that caused it, in one line.
#[must_use]
pub fn with_sources(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.map(ToString::to_string).fold(error.to_string(), |text, cause| {
        // Some libraries' errors say their cause themselves.
        if text.ends_with(&cause) { text } else { format!("{text}: {cause}") }
    })
}

#[cfg(test)]
mod tests {
    #[derive(Debug, thiserror::Error)]
    #[error("can't write: {cause}")]
    struct Says {
        #[source]
        cause: std::io::Error,
    }

    #[test]
    fn every_cause_is_said_once() {
        let cause = std::io::Error::other("no space");
        let error = record::WriteError::Io { path: "run/events.ndjson".into(), source: cause };
        assert_eq!(super::with_sources(&error), "can't write run/events.ndjson: no space");
        let cause = std::io::Error::other("no space");
        let says_it_itself = std::io::Error::other(Says { cause });
        assert_eq!(super::with_sources(&says_it_itself), "can't write: no space");
    }
}
