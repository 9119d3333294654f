//! What an edge does with headers: those of the connection end here, those of the request are carried on
//! (`traceparent`, `idempotency-key`, whatever the user sends), and a few are made here.

use std::time::Duration;

use http::{HeaderMap, HeaderName, header};

use crate::http::DEADLINE;

/// Which edge an answer came through.
pub(super) const EDGE: HeaderName = HeaderName::from_static("x-edge");

/// Headers that belong to one connection (RFC 9110, section 7.6.1).
const HOP_BY_HOP: [&str; 8] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Takes away what must not be carried to the next connection, also what `Connection` names.
pub(super) fn end_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}

/// How long the request may take: what it says, at most `most`. `None`: what it says is no number.
pub(super) fn deadline(headers: &HeaderMap, most: Duration) -> Option<Duration> {
    let Some(value) = headers.get(DEADLINE) else { return Some(most) };
    let ms: u64 = value.to_str().ok()?.parse().ok()?;
    Some(Duration::from_millis(ms).min(most))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn what_belongs_to_a_connection_ends_and_the_rest_is_carried() {
        let mut map = headers(&[
            ("connection", "close, x-mine"),
            ("x-mine", "1"),
            ("te", "trailers"),
            ("transfer-encoding", "chunked"),
            ("traceparent", "00-1-2-01"),
            ("idempotency-key", "k"),
        ]);
        end_hop(&mut map);
        let mut names: Vec<&str> = map.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["idempotency-key", "traceparent"]);
    }

    #[test]
    fn a_deadline_is_what_the_request_says_but_no_more_than_allowed() {
        let most = Duration::from_secs(5);
        // (header, deadline in ms)
        let cases = [
            (None, Some(5000)),
            (Some("200"), Some(200)),
            (Some("0"), Some(0)),
            (Some("99999999"), Some(5000)),
            (Some("-1"), None),
            (Some("soon"), None),
            (Some(""), None),
        ];
        for (text, ms) in cases {
            let map = text.map(|text| headers(&[("x-deadline-ms", text)])).unwrap_or_default();
            assert_eq!(deadline(&map, most), ms.map(Duration::from_millis), "{text:?}");
        }
    }
}
