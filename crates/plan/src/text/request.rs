//! What steps and the ledger have in common: a request's headers, body, checks, limits and retries.

use crate::read::{
    collections::{List, Mapping, OneOrMany, OrNothing, ShortOr},
    section::section,
    units_read::Time,
    values::Whole,
    web::{HeaderName, JsonPathText, Method, TemplateText},
};

/// The status of an answer.
pub(crate) type Status = Whole<100, 599>;

section! {
    /// A method and its path.
    RequestLineText "a request line" {
        /// The method, such as `OPTIONS`.
        required "method" method: Method;
        /// The path, and the query if there is one.
        required "path" path: TemplateText;
    }
}

section! {
    /// What must hold of an answer, all of it. Where no status is given, 200 to 299 is required.
    CheckText "a check" {
        /// The status is this one, or one of these.
        optional "status" status: OneOrMany<Status>;
        /// The body contains this text, or each of these.
        optional "body_contains" body_contains: OneOrMany<TemplateText>;
        /// By JSONPath (RFC 9535): the value exists (`~`), or equals this text.
        optional "json" json: Mapping<JsonPathText, OrNothing<TemplateText>>;
        /// By name: the header exists (`~`), or equals this text.
        optional "header" header: Mapping<HeaderName, OrNothing<TemplateText>>;
        /// By name: the header doesn't equal this text, or isn't there.
        optional "header_not" header_not: Mapping<HeaderName, TemplateText>;
    }
}

section! {
    /// A value taken from a header.
    ExtractHeaderText "an extraction" {
        /// The header's name.
        required "header" header: HeaderName;
    }
}

/// Where an extracted value is found: a JSONPath in the body, or a header.
pub(crate) type ExtractText = ShortOr<JsonPathText, ExtractHeaderText>;

section! {
    /// Limits per phase of one attempt, and for all attempts together.
    TimeoutText "a timeout" {
        /// The DNS answer. Default: 5s, or `total` where that is less.
        optional "dns" dns: Time<1, 3_600_000>;
        /// The TCP connection. Default: 5s, or `total` where that is less.
        optional "connect" connect: Time<1, 3_600_000>;
        /// The TLS handshake. Default: 5s, or `total` where that is less.
        optional "tls" tls: Time<1, 3_600_000>;
        /// From the request sent to the first byte of its answer. Default: `total`.
        optional "first_byte" first_byte: Time<1, 3_600_000>;
        /// From the first attempt's start to the end of the last, pauses included.
        optional "total" total: Time<1, 3_600_000> = "10s";
    }
}

section! {
    /// What happens after a failed attempt.
    RetryText "a retry" {
        /// Attempts in all; 1 means no retry.
        required "attempts" attempts: Whole<1, 100>;
        /// Pause before the second attempt; doubles for each further one, with full jitter.
        optional "backoff" backoff: Time<0, 3_600_000> = "100ms";
        /// Statuses that are tried again, besides failed connections and time-outs.
        optional "statuses" statuses: List<Status> = "[502, 503, 504]";
    }
}
