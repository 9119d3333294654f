//! What every process tells Prometheus (OpenMetrics text): its own numbers and those of the process itself.
//!
//! [`Registry`] is that of `prometheus-client` with two additions. It remembers what was registered, also
//! what has no value yet, for the reference in `docs/chirp/metrics.md` (a test keeps the page equal to the
//! code, and writes it). And its text ends with `process_*`, which have no prefix in any language.
//!
//! **Labels** have few values by construction: methods, routes of the router, statuses, and names from the
//! configuration. Nothing that a user can make up is ever a label: a path, a user, an id. A test with
//! nonsense requests holds the number of series.

mod process;
mod standing;

#[cfg(test)]
mod reference;

use prometheus_client::encoding::EncodeMetric;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::registry::{Metric, Registry as Inner};

pub(crate) use standing::{Wrong, latency_histogram, method_label};

/// The content type of [`Registry::text`].
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What was registered. Read by the reference.
#[derive(Clone, Debug)]
#[cfg_attr(not(test), expect(dead_code, reason = "only the reference reads it, which a test writes"))]
pub(crate) struct Registered {
    /// As registered: without the suffix `_total`.
    pub(crate) name: String,
    pub(crate) help: String,
    /// `counter`, `gauge`, `histogram` …
    pub(crate) kind: String,
    /// The metric's type, which names the type of its labels.
    pub(crate) metric: &'static str,
}

/// The numbers of one process.
#[derive(Debug)]
pub(crate) struct Registry {
    inner: Inner,
    process: Inner,
    prefix: &'static str,
    registered: Vec<Registered>,
}

impl Registry {
    /// Nothing is registered yet but `process_*`. Names get the prefix and an underscore.
    pub(crate) fn with_prefix(prefix: &'static str) -> Self {
        let mut process = Inner::default();
        process.register_collector(Box::new(process::ProcessNumbers));
        Self { inner: Inner::with_prefix(prefix), process, prefix, registered: Vec::new() }
    }

    /// Registers a metric. A counter's name gets `_total` when it is written, and the help the unit that the
    /// name ends with.
    pub(crate) fn register(&mut self, name: impl Into<String>, help: impl Into<String>, metric: impl Metric) {
        let (name, mut help) = (name.into(), help.into());
        let unit = ["seconds", "bytes"].into_iter().find(|unit| name.ends_with(&format!("_{unit}")));
        if let Some(unit) = unit.filter(|unit| !help.to_lowercase().contains(unit)) {
            help = format!("{help}, in {unit}");
        }
        self.registered.push(Registered {
            name: format!("{}_{name}", self.prefix),
            help: help.clone(),
            kind: EncodeMetric::metric_type(&metric).as_str().to_owned(),
            metric: type_name_of(&metric),
        });
        self.inner.register(name, help, metric);
    }

    /// The text for a scrape.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        let written = encode_registry(&mut text, &self.inner)
            .and_then(|()| encode_registry(&mut text, &self.process))
            .and_then(|()| encode_eof(&mut text));
        written.expect("a string takes every write");
        text
    }

    /// All that was registered, in order.
    #[cfg(test)]
    pub(crate) fn registered(&self) -> &[Registered] {
        &self.registered
    }
}

fn type_name_of<M>(_: &M) -> &'static str {
    std::any::type_name::<M>()
}
