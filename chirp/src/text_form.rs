//! Values that are stored and sent as a text of their own form.
//!
//! A read of a time line reads a hundred of them: each is parsed where it stands, and not copied first.

use std::fmt;

use serde::Deserializer;
use serde::de::{Error, Visitor};

/// Reads a text and what it stands for.
pub(crate) fn read<'de, D, T, E>(deserializer: D, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    E: fmt::Display,
{
    deserializer.deserialize_str(Text(parse))
}

struct Text<P>(P);

impl<T, E: fmt::Display, P: FnOnce(&str) -> Result<T, E>> Visitor<'_> for Text<P> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text")
    }

    fn visit_str<F: Error>(self, text: &str) -> Result<T, F> {
        (self.0)(text).map_err(F::custom)
    }
}

#[cfg(test)]
mod tests {
    use crate::clock::Stamp;
    use crate::names::UserName;

    #[test]
    fn texts_are_read_with_escapes_and_without_and_refused_with_the_reason() {
        let user = |text: &str| serde_json::from_str::<UserName>(text).map_err(|error| error.to_string());
        assert_eq!(user(r#""anna""#).as_ref().map(UserName::as_str), Ok("anna"));
        assert_eq!(user(r#""\u0061nna""#).as_ref().map(UserName::as_str), Ok("anna"), "escaped");
        assert!(user(r#""no body""#).is_err_and(|error| error.contains("`no body` is not a user name")));
        assert!(user("17").is_err_and(|error| error.contains("expected a text")));
        let stamp = serde_json::from_str::<Stamp>(r#""12.3@eu""#);
        assert_eq!(stamp.map(|stamp| stamp.to_string()).ok().as_deref(), Some("12.3@eu"));
    }
}
