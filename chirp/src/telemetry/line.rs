//! One event as one line of JSON, written at once.
//!
//! A line is built in memory and written with one call, so lines of different threads do not mix. If nobody
//! reads standard error any more, the line is lost and the service goes on.

use std::fmt::Debug;
use std::io::Write;
use std::time::Instant;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::limit::Limit;
use crate::wall_clock::unix_micros;

/// Who writes.
#[derive(Clone, Debug)]
pub(super) struct Process {
    kind: &'static str,
    name: String,
}

impl Process {
    pub(super) fn new(kind: &'static str, name: &str) -> Self {
        Self { kind, name: name.to_owned() }
    }

    /// A region's name is its `region`; that of any other process its `name`.
    fn key(&self) -> &'static str {
        if self.kind == "region" { "region" } else { "name" }
    }
}

/// Writes events as lines to what `output` gives.
#[derive(Debug)]
pub(super) struct JsonLines<O> {
    process: Process,
    limit: Limit,
    output: O,
}

impl<O> JsonLines<O> {
    pub(super) fn new(process: Process, output: O) -> Self {
        Self { process, limit: Limit::default(), output }
    }
}

/// The fields of a span, kept with it.
struct SpanFields(Map<String, Value>);

struct Fields<'a>(&'a mut Map<String, Value>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl<S, O, W> Layer<S> for JsonLines<O>
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    O: Fn() -> W + 'static,
    W: Write,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Map::new();
        attributes.record(&mut Fields(&mut fields));
        span.extensions_mut().insert(SpanFields(fields));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(SpanFields(fields)) = span.extensions_mut().get_mut() {
            values.record(&mut Fields(fields));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        let mut suppressed = 0;
        if *metadata.level() <= Level::INFO {
            let Some(left_out) = self.limit.allow(metadata.callsite(), Instant::now()) else { return };
            suppressed = left_out;
        }
        let mut line = Map::new();
        line.insert("time".to_owned(), rfc3339(unix_micros()).into());
        line.insert("level".to_owned(), metadata.level().as_str().into());
        line.insert("process".to_owned(), self.process.kind.into());
        let mut fields = Map::new();
        for span in context.event_scope(event).into_iter().flatten().collect::<Vec<_>>().into_iter().rev() {
            if let Some(SpanFields(of_span)) = span.extensions().get() {
                fields.extend(of_span.clone());
            }
        }
        event.record(&mut Fields(&mut fields));
        if suppressed > 0 {
            fields.insert("suppressed".to_owned(), suppressed.into());
        }
        // A field of an event must not pose as another process or time.
        let reserved = ["time", "level", "process", self.process.key()];
        line.insert(self.process.key().to_owned(), self.process.name.as_str().into());
        for (name, value) in fields {
            let name = if reserved.contains(&name.as_str()) { format!("event_{name}") } else { name };
            // A region's own span says its name again.
            if name != "event_region" || value != self.process.name.as_str() {
                line.insert(name, value);
            }
        }
        let mut bytes = serde_json::to_vec(&line).expect("the keys of a map are text");
        bytes.push(b'\n');
        // Nobody is left to tell if standard error is closed.
        let _ = (self.output)().write_all(&bytes);
    }
}

/// Microseconds since 1970 as RFC 3339 in UTC (days to civil date: Howard Hinnant's algorithm,
/// <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>).
fn rfc3339(micros: u64) -> String {
    let (seconds, micros) = (micros / 1_000_000, micros % 1_000_000);
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn lines(kind: &'static str, write: impl FnOnce()) -> Vec<Value> {
        let sink = Sink::default();
        let output = sink.clone();
        let lines = JsonLines::new(Process::new(kind, "eu-west-1"), move || output.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), write);
        let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_line_says_who_wrote_it_and_for_which_request() {
        let lines = lines("region", || {
            tracing::warn!("outside of everything");
            let region = tracing::info_span!("region", region = "eu-west-1").entered();
            let _request = tracing::info_span!("request", request_id = "id\"1\"", trace_id = "abc").entered();
            tracing::info!(peer = %"us", count = 3, healthy = false, region = "another", time = 1, "two\nlines");
            drop(region);
        });
        assert_eq!(lines.len(), 2);
        for line in &lines {
            assert_eq!((&line["process"], &line["region"]), (&"region".into(), &"eu-west-1".into()), "{line}");
            assert!(line["time"].as_str().is_some_and(|time| time.ends_with('Z')), "{line}");
        }
        assert_eq!((&lines[0]["level"], &lines[0]["message"]), (&"WARN".into(), &"outside of everything".into()));
        let line = &lines[1];
        assert_eq!((&line["request_id"], &line["trace_id"]), (&"id\"1\"".into(), &"abc".into()));
        assert_eq!((&line["message"], &line["peer"], &line["count"]), (&"two\nlines".into(), &"us".into(), &3.into()));
        assert_eq!(
            (&line["event_region"], &line["event_time"]),
            (&"another".into(), &1.into()),
            "not hidden, not posing"
        );
        assert_eq!(self::lines("dns", || tracing::info!("x"))[0]["name"], "eu-west-1");
    }

    #[test]
    fn what_repeats_is_cut_short_and_what_does_not_is_not() {
        let lines = lines("region", || {
            for number in 0..1000 {
                tracing::warn!(number, "again and again");
            }
            tracing::warn!("once");
        });
        assert_eq!(lines.iter().filter(|line| line["message"] == "again and again").count(), 20);
        assert_eq!(lines.last().unwrap()["message"], "once");
    }

    #[test]
    fn times_are_those_of_the_calendar() {
        // (microseconds since 1970, as text); the texts are those of `date -u -d @SECONDS`
        for (micros, text) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (951_782_399_999_999, "2000-02-28T23:59:59.999999Z"),
            (951_868_799_000_000, "2000-02-29T23:59:59.000000Z"),
            (1_763_766_000_123_456, "2025-11-21T23:00:00.123456Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
        ] {
            assert_eq!(rfc3339(micros), text);
        }
    }
}
