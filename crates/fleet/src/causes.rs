//! Errors for people: libraries never repeat their cause in their own words, so whoever prints one adds the causes.

/// An error with all that caused it, in one line.
#[must_use]
pub fn with_sources(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_cause_is_said_once() {
        let cause = std::io::Error::other("no space");
        let error = record::WriteError::Io { path: "run/events.ndjson".into(), source: cause };
        assert_eq!(super::with_sources(&error), "can't write run/events.ndjson: no space");
    }
}
