//! Known counters and what they come to.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::*;
use compare::Candidate;
use plan::Source;

const METRICS: &str = "\
# TYPE chirp_cross_region_requests_total counter
chirp_cross_region_requests_total{peer=\"us-east-1\",kind=\"log\"} 12
chirp_cross_region_requests_total{peer=\"us-east-1\",kind=\"forward\"} 30
chirp_cross_region_bytes_total{peer=\"us-east-1\",direction=\"sent\"} 999
chirp_edge_attempts_total{region=\"eu-west-1\",outcome=\"answered\"} 100
chirp_edge_attempts_total{region=\"us-east-1\",outcome=\"answered\"} 7
";

#[test]
fn requests_that_leave_their_place_are_counted() {
    assert_eq!(cross_region_requests(METRICS, None), 42, "a region's own count");
    assert_eq!(cross_region_requests(METRICS, Some("eu-west-1")), 7, "an edge's to elsewhere");
    assert_eq!(cross_region_requests("", None), 0);
}

fn sample(second: u64, forward: u64, backward: u64, requests: Option<u64>) -> Sample {
    let links = vec![LinkBytes { from: 0, to: 1, forward, backward }];
    Sample { at: RunTime::from(Duration::from_secs(second)), links, requests }
}

#[test]
fn only_what_passed_in_the_baseline_counts() {
    let source = Source { name: "x.yaml".to_owned(), text: Candidate::named("active-passive-local").unwrap().plan() };
    let plan = plan::check(&source, wan::Atlas::embedded()).unwrap();
    let at = |second| RunTime::from(Duration::from_secs(second));
    let baseline = Some(Span { from: at(10), to: at(20) });
    let samples = [
        sample(5, 1, 1, Some(1)),
        sample(10, 1_000, 50, Some(10)),
        sample(15, 2_000, 60, Some(15)),
        sample(19, 4_000, 90, Some(28)),
        sample(20, 9_999, 9_999, None),
    ];
    let found = between_regions(&samples, baseline, &plan).unwrap();
    assert_eq!(found.window, Duration::from_secs(9));
    assert_eq!(found.requests, Some(18));
    let expected = [("us-east-1".to_owned(), 3_000), ("eu-west-1".to_owned(), 40)];
    assert_eq!(found.sent_bytes, expected.into(), "each byte is of the region that sent it");
    let mut slow = samples.clone();
    slow[3].requests = None;
    let extended = between_regions(&slow, baseline, &plan).unwrap();
    assert_eq!(extended.requests, Some(9), "5 in 5 s of 9 s");
    slow[2].requests = None;
    assert_eq!(between_regions(&slow, baseline, &plan).unwrap().requests, None, "one answer is no rate");
    assert!(between_regions(&samples[..2], baseline, &plan).unwrap_err().contains("too few"));
    assert!(between_regions(&samples, None, &plan).unwrap_err().contains("no baseline"));
}
