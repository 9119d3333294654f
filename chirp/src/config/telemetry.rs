//! `[telemetry]`: where traces go, and how many. Off if left out: no collector, no spans, no thread.

use std::net::SocketAddr;

use serde::Deserialize;
use toml::Spanned;

use super::check::Mistakes;

/// `[telemetry]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TelemetryTable {
    otlp: Option<Spanned<String>>,
    sampling_ratio: Option<Spanned<f64>>,
}

/// Where traces go, and how many.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Telemetry {
    /// The collector, which takes OTLP over HTTP at `/v1/traces`; none if no traces are exported.
    pub(crate) otlp: Option<SocketAddr>,
    /// Which share of the traces that begin here are sampled, from 0 to 1. A trace that comes with a request
    /// is sampled if its asker samples it.
    pub(crate) sampling_ratio: f64,
}

/// Checks the section.
pub(super) fn telemetry(table: &TelemetryTable, mistakes: &mut Mistakes<'_>) -> Telemetry {
    let otlp = table.otlp.as_ref().and_then(|written| {
        let address = written.get_ref().strip_prefix("http://").map(|rest| rest.trim_end_matches('/'));
        let address = address.and_then(|address| address.parse().ok());
        if address.is_none() {
            let message = format!("otlp = \"{}\" is not the address of a collector", written.get_ref());
            mistakes.at(written.span(), message, "write it as http://IP:PORT, such as http://127.0.0.1:4318");
        }
        address
    });
    let sampling_ratio = table.sampling_ratio.as_ref().map_or(1.0, |written| {
        let ratio = *written.get_ref();
        if !(0.0..=1.0).contains(&ratio) {
            let message = format!("sampling_ratio = {ratio} is out of range");
            mistakes.at(written.span(), message, "allowed: 0 to 1");
            return 1.0;
        }
        ratio
    });
    Telemetry { otlp, sampling_ratio }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    /// The section, and what is wrong with it.
    fn checked(text: &str) -> (Telemetry, Vec<String>) {
        let table: TelemetryTable = toml::from_str(text).unwrap();
        let mut mistakes = Mistakes::new(text);
        let telemetry = telemetry(&table, &mut mistakes);
        (telemetry, mistakes.found.into_iter().map(|mistake| mistake.message).collect())
    }

    #[test]
    fn nothing_is_exported_unless_a_collector_is_named() {
        assert_eq!(checked(""), (Telemetry { otlp: None, sampling_ratio: 1.0 }, vec![]));
        let (telemetry, mistakes) = checked("otlp = \"http://127.0.0.1:4318/\"\nsampling_ratio = 0.25");
        assert_eq!(mistakes, Vec::<String>::new());
        let otlp = Some("127.0.0.1:4318".parse().unwrap());
        assert_eq!(telemetry, Telemetry { otlp, sampling_ratio: 0.25 });
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        // (text, what is said)
        let cases = [
            ("otlp = \"127.0.0.1:4318\"", "otlp = \"127.0.0.1:4318\" is not the address of a collector"),
            (
                "otlp = \"https://127.0.0.1:4318\"",
                "otlp = \"https://127.0.0.1:4318\" is not the address of a collector",
            ),
            ("sampling_ratio = 1.01", "sampling_ratio = 1.01 is out of range"),
            ("sampling_ratio = -0.5", "sampling_ratio = -0.5 is out of range"),
            ("sampling_ratio = nan", "sampling_ratio = NaN is out of range"),
        ];
        for (text, said) in cases {
            assert_eq!(checked(text).1, [said], "{text}");
        }
    }
}
