//! A load that is held while it runs offers what the held shape says, second by second.

use crate::support::{Reply, Server, open, plan, recording, server};
use load::{
    Hold,
    arrivals::{Schedule, Shape},
};
use plan::resolved::Stage;
use record::Entry;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use units::{Part, Rate};

#[tokio::test]
async fn a_load_that_is_held_keeps_its_rate_and_goes_on_without_a_burst() {
    let rate = |value| Rate::per_second(value).unwrap();
    let mut load = open(1.0, 1.0);
    load.stages = vec![Stage::Linear { from: rate(20.0), to: rate(120.0), duration: Duration::from_secs(5) }];
    load.threads = Some(2);
    let plan = plan(load);
    let hold = Hold { from: Duration::from_secs(3), to: Some(Duration::from_secs(4)) };
    let server = Server::start(|_| Reply::Pieces(vec![server::ok("here")]));
    let (setup, output) = recording::setup(recording::addresses(&[&server]));
    let load = load::start(Arc::new(plan.clone()), setup).unwrap();
    load.handle().hold(&[hold]);
    let recording = recording::collect(load, output).await;

    let population = &plan.populations[0];
    let shape = Arc::new(Shape::new(&plan.load.stages).held(&[hold]));
    let seed = plan.seed.derive(population.name.as_str());
    let due = Schedule::new(shape, population.share, plan.load.arrivals, seed, Part::WHOLE);
    let mut expected: BTreeMap<u64, u64> = BTreeMap::new();
    due.for_each(|arrival| *expected.entry(arrival.intended.as_secs()).or_default() += 1);
    let mut intended: BTreeMap<u64, u64> = BTreeMap::new();
    for entry in &recording.entries {
        if let Entry::Arrivals(row) = entry {
            *intended.entry(row.second).or_default() += row.intended;
        }
    }
    intended.retain(|_, count| *count > 0);
    assert_eq!(intended, expected);
    let held = i64::try_from(expected[&3]).unwrap();
    assert!((held - 80).abs() <= 1, "80 a second are held, not 90 on average: {expected:?}");
}
