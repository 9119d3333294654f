#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::*;

const PATIENCE: Duration = Duration::from_secs(3);

fn region(name: &str) -> RegionName {
    RegionName::parse(name).unwrap()
}

fn metrics() -> AcknowledgementMetrics {
    AcknowledgementMetrics { seconds: Histogram::new([1.0]), missed: Counter::default(), refused: Counter::default() }
}

fn needing(needed: usize) -> Acknowledgements {
    Acknowledgements::new(needed, Arc::new(NoClaims), metrics())
}

#[test]
fn a_majority_counts_this_region_too() {
    let cases = [
        ("nobody else is there", 1, [0, 1, 0]),
        ("two of two is a majority of two", 2, [0, 1, 1]),
        ("one other makes two of three", 3, [0, 1, 1]),
        ("two others make three of four", 4, [0, 1, 2]),
        ("two others make three of five", 5, [0, 1, 2]),
    ];
    for (sentence, regions, expected) in cases {
        let others = Durability::ALL.map(|durability| durability.others(regions));
        assert_eq!(others, expected, "{sentence}");
        assert!(2 * (others[2] + 1) > regions, "{sentence}: a majority");
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_waits_for_enough_peers_that_have_its_number_or_a_later_one() {
    let acknowledgements = Arc::new(needing(2));
    let waiting = tokio::spawn({
        let acknowledgements = Arc::clone(&acknowledgements);
        async move { acknowledgements.wait(5, PATIENCE).await }
    });
    // (who, how far, answered)
    for (peer, seq, answered) in
        [("us", 4, false), ("us", 6, false), ("us", 7, false), ("ap", 4, false), ("ap", 5, true)]
    {
        acknowledgements.record(&region(peer), seq, "");
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        assert_eq!(waiting.is_finished(), answered, "{peer} has {seq}");
    }
    waiting.await.unwrap().unwrap();
    acknowledgements.record(&region("us"), 1, "");
    assert_eq!(acknowledgements.confirmed()[&region("us")], 7, "an old poll that arrives late takes nothing back");
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_after_its_patience_and_says_who_was_missing() {
    let acknowledgements = needing(2);
    acknowledgements.record(&region("us"), 9, "");
    let began = Instant::now();
    let missed = acknowledgements.wait(9, PATIENCE).await.unwrap_err();
    assert_eq!((missed.acknowledged, missed.needed), (1, 2));
    assert_eq!(began.elapsed(), PATIENCE);
    assert_eq!(acknowledgements.metrics.missed.get(), 1);
    needing(0).wait(9, PATIENCE).await.unwrap();
}

/// Peers that claim `new` have promised themselves to somebody else.
#[derive(Debug)]
struct OldOnly;

impl ClaimCheck for OldOnly {
    fn claim(&self, _: &RegionName) -> String {
        "old".into()
    }

    fn counts(&self, _: &RegionName, claim: &str) -> bool {
        claim == "old"
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_promised_itself_to_another_writer_acknowledges_nothing() {
    let acknowledgements = Acknowledgements::new(1, Arc::new(OldOnly), metrics());
    acknowledgements.record(&region("us"), 9, "new");
    acknowledgements.wait(9, PATIENCE).await.unwrap_err();
    assert_eq!(acknowledgements.metrics.refused.get(), 1);
    acknowledgements.record(&region("us"), 9, &acknowledgements.claim(&region("us")));
    acknowledgements.wait(9, PATIENCE).await.unwrap();
}
