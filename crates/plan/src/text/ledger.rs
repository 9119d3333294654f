//! `ledger`: probe writes whose fate is followed.

use super::request::{CheckText, ExtractText, RequestLineText, RetryText, TimeoutText};
use crate::{
    read::{
        collections::{List, Mapping, ShortOr},
        section::section,
        units_read::Time,
        values::{Json, NameText, Whole},
        web::{HeaderName, JsonPathText, TemplateText},
        words::{Word, Words},
    },
    resolved::{LedgerObjectKind, LedgerReader},
};
use units::Rate;

section! {
    /// Probe writes, each with a unique value (`{{ ledger.value }}`), and how they are read back.
    LedgerText "a ledger" {
        /// Probe writes per second, over all populations by share; above 0 and at most 1000/s.
        optional "rate" rate: Rate = "5/s";
        /// The write; its check says what counts as acknowledged. Default for Chirp: a post. Otherwise needed.
        optional "write" write: LedgerRequestText;
        /// The read; its check says what counts as a definite answer, present or absent. Default for Chirp: that post.
        /// Otherwise needed.
        optional "read" read: LedgerRequestText;
        /// The answer shows the value when this holds.
        optional "present" present: CheckText = "{status: 200, body_contains: '{{ ledger.value }}'}";
        /// Who reads: `each-region` (a prober next to each region, asking its own endpoint) or `entry` (as users do).
        /// Default: `each-region` where endpoints are known, else `entry`.
        optional "readers" readers: Word<LedgerReader>;
        /// First read of a write this long after its acknowledgement; then at doubled distances until every reader saw it.
        optional "first_read_after" first_read_after: Time<1, 3_600_000> = "1s";
        /// Reads of one write by one reader at most, the final ones not counted.
        optional "reads_max" reads_max: Whole<1, 100> = "6";
        /// Quiet after the load's end, before the final reads.
        optional "quiet" quiet: Time<0, 3_600_000> = "10s";
        /// Final reads of each write through each reader until it is seen; at least 2, so that one bad answer proves
        /// nothing.
        optional "final_passes" final_passes: Whole<2, 100> = "3";
        /// Operations with a history, for session guarantees, linearizability, list anomalies, counters and deletes. Default: none.
        optional "sessions" sessions: SessionsText;
    }
}

section! {
    /// Sessions: somebody makes several operations one after the other, on keys that others use at the same time.
    SessionsText "sessions" {
        /// Sessions of users begun per second, over all populations by share; above 0 and at most 1000/s. Where regions can be
        /// asked one by one, each has a companion: a prober next to a region, on the same key.
        optional "rate" rate: Rate = "1/s";
        /// Operations of a session.
        optional "operations" operations: Whole<2, 1_000> = "8";
        /// Pause between two operations.
        optional "pause" pause: Time<0, 60_000> = "250ms";
        /// Sessions begin on one key of each object for so long, then on the next.
        optional "key_for" key_for: Time<100, 3_600_000> = "5s";
        /// Headers of answers that the session sends with its next requests, each with the name that it is sent by. Default for
        /// Chirp: `{x-chirp-position: x-chirp-seen}`. Otherwise none.
        optional "carry" carry: Mapping<HeaderName, HeaderName>;
        /// What the keys are; sessions take turns with them. Default for Chirp: a post's text, a user's posts with a follower's
        /// time line, and a post's likes. Otherwise needed.
        optional "objects" objects: List<ObjectText>;
    }
}

section! {
    /// A kind of key, as requests. `{{ ledger.key }}` is the key's name, `{{ ledger.value }}` the value that is written; a
    /// counter's values are its members: 0, 1, 2 …
    ObjectText "an object" {
        /// `register` (one value at a time), `list` (grows at its end) or `counter` (counts the members of a set).
        required "kind" kind: Word<LedgerObjectKind>;
        /// By which a key comes into being, in order. An `id` extraction of one of them is `{{ ledger.id }}` in the others. Default:
        /// nothing.
        optional "prepare" prepare: List<LedgerRequestText>;
        /// Sets the register, appends to the list, adds the member. Its check says what counts as acknowledged.
        required "write" write: LedgerRequestText;
        /// Deletes the register's value, takes the member out. Default: that isn't done.
        optional "remove" remove: LedgerRequestText;
        /// Reads it. Its check says what counts as a definite answer.
        required "read" read: LedgerRequestText;
        /// What an answer shows: the value, each entry of the list, or the count. Nothing there: no value, an empty list, no count.
        required "shows" shows: JsonPathText;
        /// Whether a list's answer begins with the newest entry.
        optional "newest_first" newest_first: bool = "false";
        /// Reads the place that the list is delivered to, such as a follower's time line. Default: there is none.
        optional "delivered" delivered: LedgerRequestText;
    }
}

section! {
    /// A request of the ledger. The key that names its method has its path.
    LedgerRequestText "a request" (exactly one of "get", "post", "put", "delete", "patch", "head", "request") {
        /// GET this path.
        optional "get" get: TemplateText;
        /// POST to this path.
        optional "post" post: TemplateText;
        /// PUT to this path.
        optional "put" put: TemplateText;
        /// DELETE this path.
        optional "delete" delete: TemplateText;
        /// PATCH this path.
        optional "patch" patch: TemplateText;
        /// HEAD of this path.
        optional "head" head: TemplateText;
        /// Any other method, with its path.
        optional "request" request: RequestLineText;
        /// Headers by name, besides `Host` and `Content-Length`.
        optional "headers" headers: Mapping<HeaderName, TemplateText>;
        /// The body as text. Default: none.
        optional "body" body: TemplateText;
        /// The body as JSON, with templates inside of its strings; sends `content-type: application/json` unless
        /// `headers` has one. Default: none.
        optional "json" json: Json;
        /// What must hold of the answer. Default: the status is 200 to 299.
        optional "check" check: CheckText;
        /// In the write only: `id`, what the answer calls the value (`{{ ledger.id }}` in the read). Default: the value.
        optional "extract" extract: Mapping<NameText, ExtractText>;
        /// The limit for all attempts together (`5s`), or a limit per phase.
        optional "timeout" timeout: ShortOr<Time<1, 3_600_000>, TimeoutText> = "10s";
        /// What happens after a failed attempt. Default: no retry.
        optional "retry" retry: RetryText;
    }
}

impl Words for LedgerObjectKind {
    const WORDS: &'static [(&'static str, Self)] =
        &[("register", Self::Register), ("list", Self::List), ("counter", Self::Counter)];
}

impl Words for LedgerReader {
    const WORDS: &'static [(&'static str, Self)] = &[("each-region", Self::EachRegion), ("entry", Self::Entry)];
}
