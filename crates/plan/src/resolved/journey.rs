//! What users do: journeys of steps. Data, not code.

use crate::template::Template;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::{JourneyName, StepName};

/// What a user does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Journey {
    /// Its name.
    pub name: JourneyName,
    /// How often it is chosen, relative to the others; above 0.
    pub weight: u32,
    /// Its requests, in order; never empty. A failed step ends the journey.
    pub steps: Vec<Step>,
}

/// One request of a journey.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its name, unique in the plan.
    pub name: StepName,
    /// What kind of operation it is, for recovery times per class.
    pub class: OperationClass,
    /// The request.
    pub request: Request,
    /// Pause after it.
    pub think: ThinkTime,
}

/// What kind of operation a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OperationClass {
    /// Reads data.
    Read,
    /// Changes data.
    Write,
}

impl OperationClass {
    /// `read` or `write`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// A request and what counts as its success.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// HTTP method, upper-case.
    pub method: String,
    /// Path and query, starting with `/`.
    pub path: Template,
    /// Headers besides `Host` and `Content-Length`.
    pub headers: Vec<Header>,
    /// Body, if any.
    pub body: Option<Template>,
    /// All must hold, else the request failed.
    pub checks: Vec<Check>,
    /// Values taken from the answer for later steps.
    pub extract: Vec<Extract>,
    /// Limits per phase.
    pub timeouts: Timeouts,
    /// What happens after a failed attempt.
    pub retry: RetryPolicy,
}

impl Request {
    /// The longest it can take over all attempts and pauses between them.
    #[must_use]
    pub fn time_max(&self) -> Duration {
        self.timeouts.total
    }
}

/// A header.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Template,
}

/// Something that must hold of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Check {
    /// The status is one of these. Where no status check is given, 200..=299 is required.
    Status(Vec<u16>),
    /// The body contains this text.
    BodyContains(Template),
    /// The value at this JSONPath exists, and equals this text where one is given.
    Json {
        /// The path (RFC 9535).
        path: String,
        /// The expected value as text.
        equals: Option<Template>,
    },
    /// The header exists, and equals this text where one is given.
    Header {
        /// Its name.
        name: String,
        /// The expected value.
        equals: Option<Template>,
    },
    /// The header doesn't equal this text, or isn't there.
    HeaderNot {
        /// Its name.
        name: String,
        /// The value that it must not have.
        equals: Template,
    },
}

/// A value taken from the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extract {
    /// The variable it is kept in.
    pub variable: String,
    /// Where it is found.
    pub from: ExtractFrom,
}

/// Where an extracted value is found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ExtractFrom {
    /// The first match of a JSONPath (RFC 9535) in the body.
    Json(String),
    /// A header.
    Header(String),
}

/// A pause between requests: `mean` ± `jitter`, evenly distributed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThinkTime {
    /// The middle.
    #[serde(with = "units::duration")]
    pub mean: Duration,
    /// Up to this much less or more; at most the mean.
    #[serde(with = "units::duration")]
    pub jitter: Duration,
}

/// Limits per phase of one attempt, and for all attempts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timeouts {
    /// DNS answer.
    #[serde(with = "units::duration")]
    pub dns: Duration,
    /// TCP connect.
    #[serde(with = "units::duration")]
    pub connect: Duration,
    /// TLS handshake.
    #[serde(with = "units::duration")]
    pub tls: Duration,
    /// From the request sent to the first byte of its answer.
    #[serde(with = "units::duration")]
    pub first_byte: Duration,
    /// From the first attempt's start to the end of the last, pauses included.
    #[serde(with = "units::duration")]
    pub total: Duration,
}

/// What happens after a failed attempt. One attempt means no retry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetryPolicy {
    /// Attempts in all, ≥ 1.
    pub attempts_max: u32,
    /// Pause before the second attempt; doubles for each further one, with full jitter.
    #[serde(with = "units::duration")]
    pub backoff: Duration,
    /// Statuses that are tried again, besides failed connections and time-outs.
    pub statuses: Vec<u16>,
}

/// Rows that journeys read their values from (`{{ feed.name.column }}`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataFeed {
    /// Its name.
    pub name: String,
    /// Column names, in order.
    pub columns: Vec<String>,
    /// The rows, each as long as `columns`; never empty.
    pub rows: Vec<Vec<String>>,
}
