//! The rules for single values. Edges and regions have these and no others.

use http::HeaderMap;

use super::Refused;
use crate::model::KEY_BYTES_MAX;
use crate::store::TIMELINE_ROWS_MAX;

/// How many posts a list holds if the request does not say.
const LIMIT_DEFAULT: usize = 50;

/// A text with `min` to `max` characters.
pub(crate) fn check_length(what: &str, text: &str, min: usize, max: usize) -> Result<(), Refused> {
    let length = text.chars().count();
    if (min..=max).contains(&length) {
        return Ok(());
    }
    let hint = "lengths are counted in characters (Unicode scalar values)";
    Err(Refused::malformed(format!("{what} has {length} characters, allowed: {min} to {max}"), hint))
}

/// The `Idempotency-Key`, if there is one.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Refused> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().unwrap_or_default();
    if key.is_empty() || key.len() > KEY_BYTES_MAX {
        return Err(Refused::malformed("the Idempotency-Key is malformed", "send 1 to 255 visible ASCII characters"));
    }
    Ok(Some(key.to_owned()))
}

/// The `limit` of a list: 1 to 800; 50 if it is not there.
pub(crate) fn list_limit(text: Option<&str>) -> Result<usize, Refused> {
    let Some(text) = text else { return Ok(LIMIT_DEFAULT) };
    let limit = text.parse().ok().filter(|limit| (1..=TIMELINE_ROWS_MAX).contains(limit));
    limit.ok_or_else(|| Refused::malformed("limit is not a number of posts", "allowed: 1 to 800"))
}
