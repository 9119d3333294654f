//! What edges and regions tell alike: how long requests take, with which method, and which defects are on.

use http::Method;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

use super::Registry;
use crate::defects::Defects;

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

impl Registry {
    /// Tells the defects that are on, once and for all.
    pub(crate) fn register_defects(&mut self, defects: &Defects) {
        let on: Family<DefectLabels, Gauge> = Family::default();
        self.register("defect", "1 for each defect that is on", on.clone());
        for defect in defects.iter() {
            on.get_or_create(&DefectLabels { name: defect.name() }).set(1);
        }
    }
}
