//! Intervals and phases as written. Histograms are HDR V2 in base64; an empty one is left out.

use crate::{Histogram, Interval, Outcome, Phase, PhaseInterval};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct IntervalFormat {
    second: u64,
    population: usize,
    served_by: Option<usize>,
    step: usize,
    outcome: OutcomeFormat,
    tenths: [u32; 10],
    attempts: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    response: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first_byte: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum OutcomeFormat {
    Ok,
    Refused,
    Reset,
    Timeout,
    Dns,
    Tls,
    ServerError,
    Wrong,
    Protocol,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PhaseFormat {
    second: u64,
    population: usize,
    region: Option<usize>,
    phase: PhaseName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    duration: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum PhaseName {
    Dns,
    Connect,
    Tls,
}

impl From<&Interval> for IntervalFormat {
    fn from(interval: &Interval) -> Self {
        Self {
            second: interval.second,
            population: interval.population,
            served_by: interval.served_by,
            step: interval.step,
            outcome: interval.outcome.into(),
            tenths: interval.tenths,
            attempts: interval.attempts,
            response: to_text(&interval.response),
            service: to_text(&interval.service),
            first_byte: to_text(&interval.first_byte),
        }
    }
}

impl TryFrom<IntervalFormat> for Interval {
    type Error = String;

    fn try_from(format: IntervalFormat) -> Result<Self, String> {
        Ok(Self {
            second: format.second,
            population: format.population,
            served_by: format.served_by,
            step: format.step,
            outcome: format.outcome.into(),
            tenths: format.tenths,
            attempts: format.attempts,
            response: from_text(format.response.as_deref())?,
            service: from_text(format.service.as_deref())?,
            first_byte: from_text(format.first_byte.as_deref())?,
        })
    }
}

impl From<&PhaseInterval> for PhaseFormat {
    fn from(phase: &PhaseInterval) -> Self {
        Self {
            second: phase.second,
            population: phase.population,
            region: phase.region,
            phase: match phase.phase {
                Phase::Dns => PhaseName::Dns,
                Phase::Connect => PhaseName::Connect,
                Phase::Tls => PhaseName::Tls,
            },
            duration: to_text(&phase.duration),
        }
    }
}

impl TryFrom<PhaseFormat> for PhaseInterval {
    type Error = String;

    fn try_from(format: PhaseFormat) -> Result<Self, String> {
        Ok(Self {
            second: format.second,
            population: format.population,
            region: format.region,
            phase: match format.phase {
                PhaseName::Dns => Phase::Dns,
                PhaseName::Connect => Phase::Connect,
                PhaseName::Tls => Phase::Tls,
            },
            duration: from_text(format.duration.as_deref())?,
        })
    }
}

impl From<Outcome> for OutcomeFormat {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Ok => Self::Ok,
            Outcome::Refused => Self::Refused,
            Outcome::Reset => Self::Reset,
            Outcome::Timeout => Self::Timeout,
            Outcome::Dns => Self::Dns,
            Outcome::Tls => Self::Tls,
            Outcome::ServerError => Self::ServerError,
            Outcome::Wrong => Self::Wrong,
            Outcome::Protocol => Self::Protocol,
        }
    }
}

impl From<OutcomeFormat> for Outcome {
    fn from(format: OutcomeFormat) -> Self {
        match format {
            OutcomeFormat::Ok => Self::Ok,
            OutcomeFormat::Refused => Self::Refused,
            OutcomeFormat::Reset => Self::Reset,
            OutcomeFormat::Timeout => Self::Timeout,
            OutcomeFormat::Dns => Self::Dns,
            OutcomeFormat::Tls => Self::Tls,
            OutcomeFormat::ServerError => Self::ServerError,
            OutcomeFormat::Wrong => Self::Wrong,
            OutcomeFormat::Protocol => Self::Protocol,
        }
    }
}

/// `None` for an empty histogram.
pub(super) fn to_text(histogram: &Histogram) -> Option<String> {
    (!histogram.is_empty()).then(|| histogram.to_text())
}

/// The histogram of a text; no text, no values.
pub(super) fn from_text(text: Option<&str>) -> Result<Histogram, String> {
    text.map_or_else(|| Ok(Histogram::new()), |text| Histogram::from_text(text).map_err(|error| error.to_string()))
}
