//! `journeys` and `feeds`: what users do, and the data they do it with.

use super::request::{CheckText, ExtractText, RequestLineText, RetryText, TimeoutText};
use crate::{
    read::{
        collections::{List, Mapping, ShortOr},
        section::section,
        units_read::{ThinkLine, Time},
        values::{Json, NameText, Whole},
        web::{HeaderName, TemplateText},
        words::{Word, Words},
    },
    resolved::OperationClass,
};

section! {
    /// What a user does: requests, one after the other. A failed step ends the journey.
    JourneyText "a journey" {
        /// Its name, unique among the journeys.
        required "name" name: NameText;
        /// How often it is chosen, relative to the others.
        optional "weight" weight: Whole<1, 1_000_000> = "1";
        /// Its requests, in order.
        required "steps" steps: List<StepText>;
    }
}

section! {
    /// One request of a journey. The key that names its method has its path: `get: /posts`.
    StepText "a step" (exactly one of "get", "post", "put", "delete", "patch", "head", "request") {
        /// Its name, unique in the plan.
        required "name" name: NameText;
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
        /// `read` or `write`, for recovery times per class. Default: GET and HEAD read, the others write.
        optional "class" class: Word<OperationClass>;
        /// Headers by name, besides `Host` and `Content-Length`.
        optional "headers" headers: Mapping<HeaderName, TemplateText>;
        /// The body as text. Default: none.
        optional "body" body: TemplateText;
        /// The body as JSON, with templates inside of its strings; sends `content-type: application/json` unless
        /// `headers` has one. Default: none.
        optional "json" json: Json;
        /// What must hold of the answer. Default: the status is 200 to 299.
        optional "check" check: CheckText;
        /// Values taken from the answer for later steps, by the variable they are kept in: a JSONPath, or
        /// `{header: NAME}`.
        optional "extract" extract: Mapping<NameText, ExtractText>;
        /// Pause after it, evenly distributed: `1s`, `1s ± 200ms` (or `+-`), or `{mean: 1s, jitter: 200ms}`.
        optional "think" think: ShortOr<ThinkLine, ThinkText> = "0s";
        /// The limit for all attempts together (`5s`), or a limit per phase.
        optional "timeout" timeout: ShortOr<Time<1, 3_600_000>, TimeoutText> = "10s";
        /// What happens after a failed attempt. Default: no retry.
        optional "retry" retry: RetryText;
    }
}

section! {
    /// A pause: the mean, plus or minus up to the jitter.
    ThinkText "a think time" {
        /// The middle.
        required "mean" mean: Time<0, 86_400_000>;
        /// Up to this much less or more; at most the mean.
        optional "jitter" jitter: Time<0, 86_400_000> = "0s";
    }
}

section! {
    /// Rows of data: from a file, or written in place.
    FeedText "a feed" (exactly one of "file", "rows") {
        /// A CSV file in UTF-8, its first line the column names, relative to the plan's folder; at most 16 MiB and 100000
        /// rows.
        optional "file" file: String;
        /// The rows, each a mapping from column to text; all with the same columns.
        optional "rows" rows: List<Mapping<NameText, String>>;
    }
}

impl Words for OperationClass {
    const WORDS: &'static [(&'static str, Self)] = &[("read", Self::Read), ("write", Self::Write)];
}
