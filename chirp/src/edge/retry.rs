//! What may be sent once more: pure.
//!
//! A request whose answer is lost may have been carried out. So it is repeated only if that is harmless:
//!
//! | what went wrong | GET, HEAD | write with `Idempotency-Key` | other write |
//! |---|---|---|---|
//! | no connection: nothing was sent | yes | yes | yes |
//! | broken or late, no answer has begun | yes | yes | no |
//! | answered 502, 503, 504 | yes | yes | no |
//! | the same with `x-chirp-notice` | no | no | no |
//! | broken after the answer had begun | no | no | no |
//!
//! A PUT or DELETE without a key is not repeated, although HTTP calls it idempotent: sent twice to two
//! regions, the late one can undo what somebody wrote in between. An answer with a notice is a region's considered
//! word (read-only), and another region would say the same.

use http::{HeaderMap, Method};

pub(super) use crate::cache::is_gateway_failure;

/// How often a request may be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// It changes nothing, or nothing more the second time.
    Harmless,
    /// It might be done twice.
    Risky,
}

/// Whether a request may be carried out twice.
pub(super) fn repeat(method: &Method, headers: &HeaderMap) -> Repeat {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    if reads || headers.contains_key("idempotency-key") { Repeat::Harmless } else { Repeat::Risky }
}

/// Why a region has given no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    /// Nothing was sent.
    #[error("no connection: {0}")]
    NoConnection(String),
    /// The connection broke before an answer began.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// No answer began in time. `fair` says whether it had as long as a region may take; if not, it was the
    /// user who was in a hurry, and that says nothing about the region.
    #[error("no answer within {ms} ms")]
    Late {
        /// How long it had.
        ms: u64,
        /// Whether that was enough.
        fair: bool,
    },
}

impl Failure {
    /// Whether the request may be sent to another region.
    pub(super) fn may_repeat(&self, repeat: Repeat) -> bool {
        matches!(self, Self::NoConnection(_)) || repeat == Repeat::Harmless
    }

    /// Whether it counts against the region.
    pub(super) fn blames_region(&self) -> bool {
        !matches!(self, Self::Late { fair: false, .. })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use http::StatusCode;

    use super::*;
    use crate::cache::NOTICE;

    fn headers(name: Option<&'static str>) -> HeaderMap {
        name.map(|name| (name.parse().unwrap(), "k".parse().unwrap())).into_iter().collect()
    }

    #[test]
    fn only_what_is_harmless_twice_is_sent_twice() {
        let (no_connection, broken) = (Failure::NoConnection("refused".into()), Failure::Broken("reset".into()));
        let late = Failure::Late { ms: 10, fair: true };
        // (method, header, after no connection, after broken or late)
        let cases = [
            (Method::GET, None, true, true),
            (Method::HEAD, None, true, true),
            (Method::POST, None, true, false),
            (Method::PUT, None, true, false),
            (Method::DELETE, None, true, false),
            (Method::POST, Some("idempotency-key"), true, true),
            (Method::PUT, Some("idempotency-key"), true, true),
            (Method::POST, Some("x-request-id"), true, false),
        ];
        for (method, header, unsent, sent) in cases {
            let repeat = repeat(&method, &headers(header));
            assert_eq!(no_connection.may_repeat(repeat), unsent, "{method} {header:?}");
            assert_eq!(broken.may_repeat(repeat), sent, "{method} {header:?}");
            assert_eq!(late.may_repeat(repeat), sent, "{method} {header:?}");
        }
    }

    #[test]
    fn a_region_is_blamed_for_what_is_its_fault() {
        // (status, header, its fault)
        let cases = [
            (200, None, false),
            (404, None, false),
            (429, None, false),
            (500, None, false),
            (502, None, true),
            (503, None, true),
            (504, None, true),
            (503, Some(NOTICE), false),
        ];
        for (status, header, failed) in cases {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(is_gateway_failure(status, &headers(header)), failed, "{status} {header:?}");
        }
        assert!(Failure::Late { ms: 2000, fair: true }.blames_region());
        assert!(!Failure::Late { ms: 5, fair: false }.blames_region(), "the user was in a hurry");
    }
}
