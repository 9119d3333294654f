//! The values of conditions: their texts, and what is allowed.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

/// No time of a condition is longer, in milliseconds: an hour.
const TIME_MS_MAX: i64 = 3_600_000;
/// No clock goes more wrong than this, in millionths: a tenth.
const DRIFT_PPM_MAX: i64 = 100_000;
/// No more than so many in a second.
const PER_SECOND_MAX: u64 = 1_000_000;
/// Memory that can be taken, in MiB. Less could stay with the allocator when it is given back, more is no test.
const MEMORY_MIB: RangeInclusive<u64> = 64..=4096;

/// What value a condition takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// None: it is on or off.
    Nothing,
    /// A time, such as 200ms.
    Time,
    /// A time that may be negative, such as -500ms.
    Offset,
    /// Millionths, such as 200ppm or -50ppm.
    Drift,
    /// Two times, such as 500ms/200ms.
    Strobe,
    /// A number for each second, such as 20/s.
    PerSecond,
    /// An amount of memory, such as 256MiB.
    Memory,
    /// A status of HTTP that is an error.
    Status,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// The name of a target of the steering.
    Place,
}

/// A value of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// There is none.
    Nothing,
    /// A time.
    Time(Duration),
    /// Milliseconds, maybe negative.
    OffsetMs(i64),
    /// Millionths.
    DriftPpm(i64),
    /// By how many milliseconds, and how often.
    Strobe(i64, Duration),
    /// So many in a second.
    PerSecond(u64),
    /// So many MiB.
    MemoryMib(u64),
    /// A status of HTTP.
    Status(u16),
    /// A word.
    Word(String),
}

/// A value that a condition does not take.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ValueError {
    /// It takes none.
    #[error("it takes no value")]
    None,
    /// It takes another.
    #[error("write it as {0}")]
    Form(&'static str),
    /// It takes one of few.
    #[error("it is one of {}", .0.join(", "))]
    OneOf(&'static [&'static str]),
}

impl Form {
    /// Reads a value; none was written if there is no text.
    pub(crate) fn read(self, text: Option<&str>) -> Result<Value, ValueError> {
        let Some(text) = text else {
            return if self == Self::Nothing { Ok(Value::Nothing) } else { Err(self.error()) };
        };
        let read = match self {
            Self::Nothing => None,
            Self::Time => time(text).map(Value::Time),
            Self::Offset => milliseconds(text).map(Value::OffsetMs),
            Self::Drift => drift(text).map(Value::DriftPpm),
            Self::Strobe => strobe(text),
            Self::PerSecond => per_second(text).map(Value::PerSecond),
            Self::Memory => memory(text).map(Value::MemoryMib),
            Self::Status => text.parse().ok().filter(|status| (400..600).contains(status)).map(Value::Status),
            Self::OneOf(words) => words.contains(&text).then(|| Value::Word(text.to_owned())),
            Self::Place => (!text.is_empty() && text.len() <= 64).then(|| Value::Word(text.to_owned())),
        };
        read.ok_or_else(|| self.error())
    }

    /// What is written after the name, for people.
    pub(crate) fn example(self) -> String {
        let value = match self {
            Self::Nothing => return String::new(),
            Self::Time => "TIME".to_owned(),
            Self::Offset => "±TIME".to_owned(),
            Self::Drift => "±PPM".to_owned(),
            Self::Strobe => "TIME/TIME".to_owned(),
            Self::PerSecond => "NUMBER/s".to_owned(),
            Self::Memory => "MEMORY".to_owned(),
            Self::Status => "STATUS".to_owned(),
            Self::OneOf(words) => words.join("|"),
            Self::Place => "REGION".to_owned(),
        };
        format!("={value}")
    }

    fn error(self) -> ValueError {
        match self {
            Self::Nothing => ValueError::None,
            Self::Time => ValueError::Form("a time of 1ms to 1h, such as 200ms or 5s"),
            Self::Offset => ValueError::Form("a time of at most 1h, such as 500ms or -5s"),
            Self::Drift => ValueError::Form("a drift of at most 100000ppm, such as 200ppm or -50ppm"),
            Self::Strobe => ValueError::Form("by how much, and how often: 500ms/200ms"),
            Self::PerSecond => ValueError::Form("a number for each second, such as 20/s"),
            Self::Memory => ValueError::Form("an amount of memory of 64MiB to 4096MiB, such as 256MiB"),
            Self::Status => ValueError::Form("a status of 400 to 599"),
            Self::OneOf(words) => ValueError::OneOf(words),
            Self::Place => ValueError::Form("the name of a region (or of an edge)"),
        }
    }
}

fn milliseconds(text: &str) -> Option<i64> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1),
        None => {
            text.strip_suffix('s').map(|number| (number, 1000)).or_else(|| Some((text.strip_suffix('m')?, 60_000)))?
        }
    };
    let all_digits = number.strip_prefix('-').unwrap_or(number).bytes().all(|byte| byte.is_ascii_digit());
    let number: i64 = number.parse().ok().filter(|_| all_digits)?;
    number.checked_mul(unit).filter(|ms| ms.abs() <= TIME_MS_MAX)
}

fn time(text: &str) -> Option<Duration> {
    milliseconds(text).filter(|ms| *ms > 0).map(|ms| Duration::from_millis(ms.unsigned_abs()))
}

fn drift(text: &str) -> Option<i64> {
    text.strip_suffix("ppm")?.parse().ok().filter(|ppm: &i64| ppm.abs() <= DRIFT_PPM_MAX && *ppm != 0)
}

fn strobe(text: &str) -> Option<Value> {
    let (delta, period) = text.split_once('/')?;
    Some(Value::Strobe(milliseconds(delta).filter(|delta| *delta != 0)?, time(period)?))
}

fn per_second(text: &str) -> Option<u64> {
    text.strip_suffix("/s")?.parse().ok().filter(|count| (1..=PER_SECOND_MAX).contains(count))
}

fn memory(text: &str) -> Option<u64> {
    text.strip_suffix("MiB")?.parse().ok().filter(|mib| MEMORY_MIB.contains(mib))
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => Ok(()),
            Self::Time(time) => write!(formatter, "{}ms", time.as_millis()),
            Self::OffsetMs(ms) => write!(formatter, "{ms}ms"),
            Self::DriftPpm(ppm) => write!(formatter, "{ppm}ppm"),
            Self::Strobe(delta, period) => write!(formatter, "{delta}ms/{}ms", period.as_millis()),
            Self::PerSecond(count) => write!(formatter, "{count}/s"),
            Self::MemoryMib(mib) => write!(formatter, "{mib}MiB"),
            Self::Status(status) => write!(formatter, "{status}"),
            Self::Word(word) => formatter.write_str(word),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_read_as_it_is_written_and_senseless_ones_are_refused() {
        let seconds = |count| Value::Time(Duration::from_secs(count));
        let word = |text: &str| Value::Word(text.to_owned());
        // (form, text, value)
        let good = [
            (Form::Time, "200ms", Value::Time(Duration::from_millis(200))),
            (Form::Time, "5s", seconds(5)),
            (Form::Time, "60m", seconds(3600)),
            (Form::Offset, "-500ms", Value::OffsetMs(-500)),
            (Form::Offset, "5s", Value::OffsetMs(5000)),
            (Form::Drift, "-50ppm", Value::DriftPpm(-50)),
            (Form::Strobe, "-500ms/200ms", Value::Strobe(-500, Duration::from_millis(200))),
            (Form::PerSecond, "20/s", Value::PerSecond(20)),
            (Form::Memory, "256MiB", Value::MemoryMib(256)),
            (Form::Status, "503", Value::Status(503)),
            (Form::OneOf(&["a", "b"]), "b", word("b")),
            (Form::Place, "eu", word("eu")),
        ];
        for (form, text, value) in good {
            assert_eq!(form.read(Some(text)).as_ref(), Ok(&value), "{text}");
            assert_eq!(form.read(Some(&value.to_string())), Ok(value), "{text} and back");
        }
        let bad = [
            (Form::Nothing, "on"),
            (Form::Time, "0s"),
            (Form::Time, "-1s"),
            (Form::Time, "61m"),
            (Form::Time, "+1s"),
            (Form::Time, "200"),
            (Form::Offset, "99999999999999999999s"),
            (Form::Drift, "0ppm"),
            (Form::Drift, "100001ppm"),
            (Form::Strobe, "500ms"),
            (Form::Strobe, "0s/1s"),
            (Form::PerSecond, "0/s"),
            (Form::Memory, "63MiB"),
            (Form::Memory, "5000MiB"),
            (Form::Memory, "256MB"),
            (Form::Status, "200"),
            (Form::OneOf(&["a", "b"]), "c"),
            (Form::Place, ""),
        ];
        for (form, text) in bad {
            assert!(form.read(Some(text)).is_err(), "{form:?} {text}");
        }
        assert_eq!(Form::Nothing.read(None), Ok(Value::Nothing));
        assert!(Form::Time.read(None).is_err());
    }
}
