//! Values with units, through the text forms of `units`, with hints for the unit that was forgotten.

use super::{Read, scalar};
use crate::{
    mistakes::{Code, Collector, Mistake},
    yaml::Node,
};
use schemars::{Schema, SchemaGenerator, json_schema};
use std::time::Duration;
use units::{Bandwidth, Rate, Share, UnitError};

/// A day in milliseconds: the longest that anything in a plan may take.
pub(crate) const DAY_MS: u64 = 86_400_000;

/// A duration from `MIN_MS` to `MAX_MS` milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Time<const MIN_MS: u64, const MAX_MS: u64>(pub(crate) Duration);

impl<const MIN_MS: u64, const MAX_MS: u64> Read for Time<MIN_MS, MAX_MS> {
    fn read(node: &Node, mistakes: &mut Collector<'_>) -> Option<Self> {
        let text = scalar(node, "a duration such as 90s", mistakes)?;
        let duration = duration(text, node, mistakes)?;
        let (min, max) = (Duration::from_millis(MIN_MS), Duration::from_millis(MAX_MS));
        if duration < min || duration > max {
            let message = format!("{text} is out of range");
            let hint = format!("from {} to {}", units::duration::Text(min), units::duration::Text(max));
            mistakes.add(Mistake::new(Code::OutOfRange, node.span, message).hint(hint));
            return None;
        }
        Some(Self(duration))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"title": "duration", "type": "string", "pattern": DURATION_PATTERN})
    }
}

const DURATION_PATTERN: &str = r"^(\d+(\.\d+)?\s*(h|m|s|ms|us|ns)\s*)+$";

fn duration(text: &str, node: &Node, mistakes: &mut Collector<'_>) -> Option<Duration> {
    units::duration::parse(text).map_err(|error| mistakes.add(unit_mistake(&error, text, "s", node))).ok()
}

/// The mistake that a unit's own error makes, with a hint that repeats the number with `unit` when it had none.
fn unit_mistake(error: &UnitError, text: &str, unit: &str, node: &Node) -> Mistake {
    match error {
        UnitError::Malformed { what, example, .. } => {
            let mistake = Mistake::new(Code::WrongUnit, node.span, format!("{text:?} is not a {what}"));
            let bare = text.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
            mistake.hint(match bare {
                Some(part) if unit == "%" && part > 0.0 && part < 1.0 => {
                    format!("shares are percentages: did you mean {}%?", (part * 1e6).round() / 1e4)
                }
                Some(_) => format!("the unit is missing: did you mean {}{unit}? (forms: {example})", text.trim()),
                None => format!("write {example}"),
            })
        }
        UnitError::OutOfRange { what, limit, .. } => {
            Mistake::new(Code::OutOfRange, node.span, format!("{text:?} is out of range for a {what}")).hint(*limit)
        }
    }
}

/// How far a clock is wrong: a duration with an optional sign, in whole milliseconds, at most a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClockOffset(pub(crate) i64);

impl Read for ClockOffset {
    fn read(node: &Node, mistakes: &mut Collector<'_>) -> Option<Self> {
        let text = scalar(node, "a clock's offset such as 5s or -250ms", mistakes)?;
        let (sign, bare) = match text.strip_prefix('-') {
            Some(bare) => (-1, bare),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let offset = duration(bare.trim(), node, mistakes)?;
        let whole = offset.subsec_nanos() % 1_000_000 == 0;
        if offset > Duration::from_millis(DAY_MS) || !whole {
            let mistake = Mistake::new(Code::OutOfRange, node.span, format!("{text} is out of range for a clock"));
            mistakes.add(mistake.hint("whole milliseconds, from -24h to 24h"));
            return None;
        }
        i64::try_from(offset.as_millis()).ok().map(|millis| Self(sign * millis))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"title": "clock offset", "type": "string", "pattern": r"^[+-]?\s*(\d+(\.\d+)?\s*(h|m|s|ms|us|ns)\s*)+$"})
    }
}

impl Read for Share {
    fn read(node: &Node, mistakes: &mut Collector<'_>) -> Option<Self> {
        let text = scalar(node, "a share such as 45%", mistakes)?;
        text.parse().map_err(|error| mistakes.add(unit_mistake(&error, text, "%", node))).ok()
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"title": "share", "type": "string", "pattern": r"^\d+(\.\d+)?\s*%$"})
    }
}

impl Read for Bandwidth {
    fn read(node: &Node, mistakes: &mut Collector<'_>) -> Option<Self> {
        let text = scalar(node, "a bandwidth such as 20Mbit/s", mistakes)?;
        text.parse().map_err(|error| mistakes.add(unit_mistake(&error, text, "Mbit/s", node))).ok()
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"title": "bandwidth", "type": "string", "pattern": r"^\d+(\.\d+)?\s*[GMk]?bit/s$"})
    }
}

impl Read for Rate {
    fn read(node: &Node, mistakes: &mut Collector<'_>) -> Option<Self> {
        let text = scalar(node, "a rate such as 400/s", mistakes)?;
        text.parse().map_err(|error| mistakes.add(unit_mistake(&error, text, "/s", node))).ok()
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"title": "rate", "type": "string", "pattern": RATE_PATTERN})
    }
}

const RATE_PATTERN: &str = r"^\d+(\.\d+)?\s*/(s|min|m|h)$";

/// A height of the load's shape: a rate in the open models, a number of users in the closed one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Level {
    /// `400/s`.
    Rate(Rate),
    /// `100`.
    Users(u32),
}

impl Read for Level {
    fn read(node: &Node, mistakes: &mut Collector<'_>) -> Option<Self> {
        let text = scalar(node, "a rate such as 400/s, or a number of users", mistakes)?;
        match text.trim().parse() {
            Ok(users) => Some(Self::Users(users)),
            Err(_) => Rate::read(node, mistakes).map(Self::Rate),
        }
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [
            {"title": "rate", "type": "string", "pattern": RATE_PATTERN},
            {"title": "users", "type": "integer", "minimum": 0},
        ]})
    }
}

/// A think time in one line: `1s`, or `1s ± 200ms` (`+-` is the same as `±`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ThinkLine {
    /// The middle.
    pub(crate) mean: Duration,
    /// Up to this much less or more.
    pub(crate) jitter: Duration,
}

impl Read for ThinkLine {
    fn read(node: &Node, mistakes: &mut Collector<'_>) -> Option<Self> {
        let text = scalar(node, "a think time such as 1s ± 200ms", mistakes)?;
        let (mean, jitter) = text.split_once('±').or_else(|| text.split_once("+-")).unwrap_or((text, "0s"));
        let mean = duration(mean.trim(), node, mistakes);
        let jitter = duration(jitter.trim(), node, mistakes);
        Some(Self { mean: mean?, jitter: jitter? })
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"title": "think time", "type": "string", "examples": ["1s", "1s ± 200ms"]})
    }
}
