//! A record that is joined from two is the one that hears every update.

use proptest::prelude::*;

use super::super::*;
use super::delivery::{Made, PAIR, POST, PROFILE, play, steps};
use crate::mix::mix;

/// What a region has made of the first `counts` writes of each region, heard in an order of its own.
fn heard(made: &[Made], counts: [usize; 3], resolver: Resolver, order: u64) -> Record {
    let mut record = Record::default();
    for update in updates(made, counts, order) {
        record.apply(update, resolver);
    }
    record
}

fn updates(made: &[Made], counts: [usize; 3], order: u64) -> Vec<&Update> {
    let of = |region: usize| {
        let name = format!("region-{region}");
        made.iter().filter(move |made| made.update.stamp().region.as_str() == name).take(counts[region])
    };
    let mut updates: Vec<&Update> = (0..3).flat_map(of).map(|made| &made.update).collect();
    updates.sort_by_key(|update| mix(order ^ update.stamp().time.packed()));
    updates
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// For every resolver, whatever was written and whoever heard how much of it, in whatever order.
    #[test]
    fn joining_two_is_hearing_the_updates_of_both(
        steps in prop_oneof![steps(PROFILE), steps(POST), steps(PAIR)],
        ours in prop::array::uniform3(0..15_usize),
        theirs in prop::array::uniform3(0..15_usize),
        orders in prop::array::uniform3(any::<u64>()),
        bare in any::<bool>(),
    ) {
        let both = [0, 1, 2].map(|region| ours[region].max(theirs[region]));
        for resolver in Resolver::ALL {
            let made = play(&steps, resolver, bare);
            let one = heard(&made, ours, resolver, orders[0]);
            let other = heard(&made, theirs, resolver, orders[1]);
            let all = heard(&made, both, resolver, orders[2]);
            let (mut joined, mut reversed) = (one.clone(), other.clone());
            let met = joined.join(&other, resolver).unwrap_or_default();
            if resolver.scope() == Scope::SingleField {
                let mut hearing = one.clone();
                let told = updates(&made, both, orders[2]).into_iter().flat_map(|update| hearing.apply(update, resolver));
                let told: Vec<String> = told.map(|conflict| conflict.kind).collect();
                prop_assert!(met.iter().all(|met| told.contains(&met.kind)), "{}: {:?} {:?}", resolver, met, told);
            }
            reversed.join(&one, resolver);
            prop_assert_eq!(&joined, &all, "{}", resolver);
            prop_assert_eq!(&reversed, &all, "{}, the other way round", resolver);
            prop_assert!(joined.join(&other, resolver).is_none(), "twice is once");
            // And what comes afterwards, late or again, makes no difference.
            for made in &made {
                joined.apply(&made.update, resolver);
            }
            prop_assert_eq!(joined, heard(&made, [usize::MAX; 3], resolver, orders[0]), "{} goes on", resolver);
        }
    }
}
