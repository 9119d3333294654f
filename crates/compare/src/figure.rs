//! Figures: numbers with their unit as people read them, or the reason why there is none.

use verdict::{
    findings::{Percentile, Quantity},
    words,
};

/// A figure that could not be measured, and why.
pub(crate) fn unknown(why: &str) -> Quantity {
    Quantity::text(why)
}

/// A figure that has no meaning here.
pub(crate) fn nothing() -> Quantity {
    Quantity::text("–")
}

/// A percentile in seconds; without enough samples it has no value.
pub(crate) fn percentile(percentile: &Percentile) -> Quantity {
    match percentile.value {
        Some(value) => Quantity::seconds(value, percentile.text.clone()),
        None => Quantity::text(&percentile.text),
    }
}

/// A count.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub(crate) fn count(count: u64, noun: &str) -> Quantity {
    Quantity { text: words::count(count), value: Some(count as f64), unit: format!("{noun}s"), error: None }
}

/// A number in a unit, with at most two decimals.
pub(crate) fn number(value: f64, unit: &str) -> Quantity {
    let text = if value >= 100.0 { words::count(value.round() as u64) } else { format!("{value:.2}") };
    Quantity { text, value: Some(value), unit: unit.to_owned(), error: None }
}

/// An amount of money.
pub(crate) fn money(amount: f64, currency: &str) -> Quantity {
    Quantity { text: format!("{currency} {amount:.0}"), value: Some(amount), unit: currency.to_owned(), error: None }
}
