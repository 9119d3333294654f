//! The shared shape of a text form: a decimal number followed by a unit, with an error that says what was read.

/// A text that is not a value with a unit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// The text has no number where one belongs.
    #[error("{text:?} is not a {what}: write {example}")]
    Malformed {
        /// What was wanted, e.g. `duration`.
        what: &'static str,
        /// What was read.
        text: String,
        /// A correct example.
        example: &'static str,
    },
    /// The number is fine but outside of what makes sense.
    #[error("{text:?} is out of range for a {what}: {limit}")]
    OutOfRange {
        /// What was wanted.
        what: &'static str,
        /// What was read.
        text: String,
        /// The limit, in words.
        limit: &'static str,
    },
}

/// Splits `text` into its leading unsigned decimal number and the rest (the unit), or `None` without a number.
pub(crate) fn split_number(text: &str) -> Option<(&str, &str)> {
    let end =
        text.char_indices().find(|(_, c)| !(c.is_ascii_digit() || *c == '.')).map_or(text.len(), |(index, _)| index);
    let (number, unit) = text.split_at(end);
    let dots = number.matches('.').count();
    let well_formed =
        number.starts_with(|c: char| c.is_ascii_digit()) && number.ends_with(|c: char| c.is_ascii_digit());
    (well_formed && dots <= 1).then_some((number, unit.trim()))
}

/// Reads a decimal text as an exact count of `10^-digits` (e.g. `"1.25"` with 6 digits is 1,250,000).
/// `None` when it has more decimals than that or doesn't fit.
pub(crate) fn scaled(number: &str, digits: u32) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > digits as usize {
        return None;
    }
    let whole: u128 = whole.parse().ok()?;
    let padded = format!("{fraction:0<width$}", width = digits as usize);
    let part: u128 = if padded.is_empty() { 0 } else { padded.parse().ok()? };
    whole.checked_mul(10u128.checked_pow(digits)?)?.checked_add(part)
}
