//! The numbers that [`verdict::words`] has no form for: magnitudes, rates, tight shares, bytes.
//!
//! Durations, shares and counts are written by `verdict::words` everywhere, so that the sentence and the table beside it
//! can't differ in a digit.

use verdict::words;

/// A count in three or four digits with its magnitude: `980`, `42.1k`, `151.2 M`. Cut, not rounded: never more than there was.
pub(crate) fn magnitude(count: u64) -> String {
    match count {
        0..=9_999 => words::count(count),
        10_000..=999_999 => format!("{}.{}k", count / 1_000, count / 100 % 10),
        1_000_000..=999_999_999 => format!("{}.{} M", count / 1_000_000, count / 100_000 % 10),
        _ => format!("{}.{} G", count / 1_000_000_000, count / 100_000_000 % 10),
    }
}

/// Events per second: `0.33/s`, `1 980/s`, `42.0k/s`.
pub(crate) fn rate(per_second: f64) -> String {
    if !per_second.is_finite() || per_second <= 0.0 {
        return "0/s".to_owned();
    }
    if per_second < 10.0 {
        return format!("{per_second:.2}/s");
    }
    format!("{}/s", magnitude(per_second.round() as u64))
}

/// A share for one-line logs, without a blank: `1.05%`, `<0.01%`.
pub(crate) fn share_tight(share: f64) -> String {
    words::share(share).replace(' ', "")
}

/// Bytes in powers of 1024: `812 KiB`, `41.3 MiB`.
pub(crate) fn bytes(bytes: u64) -> String {
    const STEP: f64 = 1024.0;
    let mut value = bytes as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if value < STEP {
            return if unit == "B" { format!("{bytes} B") } else { format!("{value:.1} {unit}") };
        }
        value /= STEP;
    }
    format!("{value:.1} TiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn magnitudes_are_cut_and_not_rounded() {
        let cases = [
            (0, "0"),
            (980, "980"),
            (9_999, "9 999"),
            (10_000, "10.0k"),
            (42_099, "42.0k"),
            (999_999, "999.9k"),
            (1_000_000, "1.0 M"),
            (151_260_000, "151.2 M"),
            (2_000_000_000, "2.0 G"),
        ];
        for (count, text) in cases {
            assert_eq!(magnitude(count), text, "{count}");
        }
    }

    #[test]
    fn rates_have_a_floor_and_no_nonsense() {
        let cases = [
            (0.0, "0/s"),
            (f64::NAN, "0/s"),
            (0.333, "0.33/s"),
            (12.4, "12/s"),
            (1_980.0, "1 980/s"),
            (42_040.0, "42.0k/s"),
        ];
        for (value, text) in cases {
            assert_eq!(rate(value), text, "{value}");
        }
    }

    #[test]
    fn tight_shares_keep_their_bounds() {
        assert_eq!(share_tight(0.010_5), "1.1%");
        assert_eq!(share_tight(0.000_000_1), "<0.01%");
        assert_eq!(share_tight(0.0), "0%");
    }

    #[test]
    fn bytes_grow_through_their_units() {
        let cases = [(0, "0 B"), (1_023, "1023 B"), (831_488, "812.0 KiB"), (43_306_189, "41.3 MiB")];
        for (value, text) in cases {
            assert_eq!(bytes(value), text);
        }
        assert!(bytes(u64::MAX).ends_with("TiB"), "there is no unit past it");
    }
}
