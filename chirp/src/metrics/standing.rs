//! What edges and regions tell alike: how long requests take, with which method, and what is wrong on purpose.

use http::Method;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

use super::Registry;
use crate::condition::Conditions;

/// Upper bounds of the latency buckets, in seconds.
const LATENCY_BUCKETS: [f64; 15] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// An empty histogram of latencies. All have the same buckets, so that they can be added and compared.
pub(crate) fn latency_histogram() -> Histogram {
    Histogram::new(LATENCY_BUCKETS)
}

/// The label of a method: few, whatever askers make up.
pub(crate) fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::PUT => "PUT",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        _ => "OTHER",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DefectLabels {
    name: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ConditionLabels {
    name: String,
}

/// What is wrong on purpose.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wrong {
    defects: Family<DefectLabels, Gauge>,
    conditions: Family<ConditionLabels, Gauge>,
}

impl Wrong {
    /// Tells it from now on.
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register("defect", "1 for each defect that is on", self.defects.clone());
        let help = "1 for each condition (or defect) that is set on the running process";
        registry.register("condition", help, self.conditions.clone());
    }

    /// As it is now.
    pub(crate) fn refresh(&self, conditions: &Conditions) {
        self.defects.clear();
        for defect in conditions.defects().iter() {
            self.defects.get_or_create(&DefectLabels { name: defect.name() }).set(1);
        }
        self.conditions.clear();
        for shown in conditions.shown() {
            self.conditions.get_or_create(&ConditionLabels { name: shown.name }).set(1);
        }
    }
}
