//! Numbers as people read them, the same in every report.
//!
//! Three significant digits; `480 ms`, `17.6 s`, `2 m 06 s`; `0.04 %`, `< 0.01 %`, `> 99.99 %`, with `0 %` and `100 %` only
//! where they are exact. A number is never rounded across its limit: against 60 s, 59.96 s stays 59.96 s.

use std::time::Duration;
use units::RunTime;

/// A length of time: `0 s`, `850 µs`, `4.2 ms`, `17.6 s`, `2 m 06 s`, `1 h 02 m`.
#[must_use]
pub fn duration(duration: Duration) -> String {
    let micros = duration.as_micros();
    match micros {
        0 => "0 s".to_owned(),
        1..=999 => format!("{micros} µs"),
        // Below the next unit's first value after rounding to three digits.
        1_000..=999_499 => format!("{} ms", three_digits(duration.as_secs_f64() * 1e3)),
        _ if duration.as_secs_f64() < 119.95 => format!("{} s", three_digits(duration.as_secs_f64())),
        _ => {
            let seconds = (micros + 500_000) / 1_000_000;
            if seconds < 7_200 {
                format!("{} m {:02} s", seconds / 60, seconds % 60)
            } else {
                format!("{} h {:02} m", seconds / 3_600, seconds / 60 % 60)
            }
        }
    }
}

/// A length of time against a limit: with as many digits as it takes to be on the right side of it.
#[must_use]
pub fn duration_against(value: Duration, limit: Duration) -> String {
    let rounded = duration(value);
    if value == limit || rounded != duration(limit) {
        return rounded;
    }
    let exact = |value: Duration| trim(format!("{:.6}", value.as_secs_f64()));
    format!("{} s", exact(value))
}

/// A share in per cent: `0 %`, `< 0.01 %`, `0.04 %`, `12.3 %`, `99.94 %`, `> 99.99 %`, `100 %`; more than all of it as
/// `250 %`.
#[must_use]
pub fn share(share: f64) -> String {
    let percent = share * 100.0;
    if percent <= 0.0 {
        "0 %".to_owned()
    } else if percent >= 100.0 {
        format!("{percent:.0} %")
    } else if percent < 0.01 {
        "< 0.01 %".to_owned()
    } else if percent > 99.99 {
        "> 99.99 %".to_owned()
    } else if !(1.0..=99.0).contains(&percent) {
        format!("{} %", trim(format!("{percent:.2}")))
    } else {
        format!("{} %", trim(format!("{percent:.1}")))
    }
}

/// A share against a limit: with as many digits as it takes to be on the right side of it.
#[must_use]
pub fn share_against(value: f64, limit: f64) -> String {
    let text = share(value);
    if text != share(limit) || (value - limit).abs() < f64::EPSILON {
        return text;
    }
    format!("{} %", trim(format!("{:.6}", value * 100.0)))
}

/// A factor: `1.2×`, `14.4×`, `1 000×`.
#[must_use]
pub fn times(factor: f64) -> String {
    if factor < 999.5 { format!("{}×", three_digits(factor)) } else { format!("{}×", count(factor.round() as u64)) }
}

/// A number with three digits: `1`, `1.24`, `14.4`.
#[must_use]
pub fn decimal(number: f64) -> String {
    three_digits(number)
}

/// Points of a share: `0.5`, `12`, `0.025`; signed where the sign matters is for the caller.
#[must_use]
pub fn points(difference: f64) -> String {
    trim(format!("{:.3}", difference * 100.0))
}

/// A count with its thousands set apart by a space: `19 842`.
#[must_use]
pub fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A count with its noun: `1 write`, `31 writes`. The plural is the noun with an `s`.
#[must_use]
pub fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

/// An instant as time since the load began, the zero of the plan's times: `T+30.4 s`, `T-0.2 s` before it.
#[must_use]
pub fn load_clock(at: RunTime, load_started: RunTime) -> String {
    if at < load_started {
        format!("T-{:.1} s", load_started.saturating_since(at).as_secs_f64())
    } else {
        format!("T+{:.1} s", at.saturating_since(load_started).as_secs_f64())
    }
}

/// A list: `a`, `a and b`, `a, b and c`.
#[must_use]
pub fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Three significant digits, without trailing zeros behind the point.
fn three_digits(value: f64) -> String {
    let decimals = if value < 9.995 {
        2
    } else if value < 99.95 {
        1
    } else {
        0
    };
    trim(format!("{value:.decimals$}"))
}

fn trim(text: String) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_three_digits_and_a_fitting_unit() {
        let cases = [
            (0, "0 s"),
            (1, "1 µs"),
            (999, "999 µs"),
            (1_000, "1 ms"),
            (4_210, "4.21 ms"),
            (74_000, "74 ms"),
            (480_400, "480 ms"),
            (999_499, "999 ms"),
            (999_500, "1 s"),
            (4_200_000, "4.2 s"),
            (17_640_000, "17.6 s"),
            (119_900_000, "120 s"),
            (126_000_000, "2 m 06 s"),
            (3_600_000_000, "60 m 00 s"),
            (7_500_000_000, "2 h 05 m"),
        ];
        for (micros, text) in cases {
            assert_eq!(duration(Duration::from_micros(micros)), text, "{micros} µs");
        }
    }

    #[test]
    fn a_length_is_never_rounded_onto_its_limit() {
        let limit = Duration::from_secs(60);
        assert_eq!(duration_against(Duration::from_millis(59_960), limit), "59.96 s");
        assert_eq!(duration_against(Duration::from_micros(60_000_001), limit), "60.000001 s");
        assert_eq!(duration_against(limit, limit), "60 s");
        assert_eq!(duration_against(Duration::from_millis(17_640), limit), "17.6 s");
    }

    #[test]
    fn shares_say_zero_and_all_only_when_they_are() {
        let cases = [
            (0.0, "0 %"),
            (0.000_01, "< 0.01 %"),
            (0.000_4, "0.04 %"),
            (0.123_4, "12.3 %"),
            (0.5, "50 %"),
            (0.999_4, "99.94 %"),
            (0.999_99, "> 99.99 %"),
            (1.0, "100 %"),
            (2.5, "250 %"),
        ];
        for (value, text) in cases {
            assert_eq!(share(value), text, "{value}");
        }
        assert_eq!(share_against(0.989_99, 0.99), "98.999 %", "never rounded onto the limit");
        assert_eq!(share_against(0.99, 0.99), "99 %");
    }

    #[test]
    fn counts_are_grouped_and_lists_are_read_aloud() {
        assert_eq!(count(7), "7");
        assert_eq!(count(1_980), "1 980");
        assert_eq!(count(151_200_000), "151 200 000");
        assert_eq!(counted(1, "write"), "1 write");
        assert_eq!(counted(31, "write"), "31 writes");
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(list(&names(&[])), "");
        assert_eq!(list(&names(&["a", "b", "c"])), "a, b and c");
    }
}
