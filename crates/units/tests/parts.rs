//! Whatever is done with parts, every number has exactly one owner.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use proptest::prelude::*;
use units::{Part, TooFine};

/// Enough to see a whole round of any part here.
const NUMBERS: u64 = 2_000;

fn numbers(part: &Part) -> Vec<u64> {
    (0..NUMBERS).filter(|number| part.owns(*number)).collect()
}

fn part() -> impl Strategy<Value = Part> {
    (1..13_u64).prop_flat_map(|of| {
        let slots = prop::sample::subsequence((0..of).collect::<Vec<_>>(), 1..=of as usize);
        slots.prop_map(move |slots| Part::of_slots(slots, of).unwrap())
    })
}

proptest! {
    #[test]
    fn parts_by_weights_add_up_and_are_as_large_as_their_weights(part in part(), weights in prop::collection::vec(0..9_u64, 1..7)) {
        let shared = part.shared(&weights);
        prop_assert_eq!(shared.len(), weights.len());
        let total: u64 = weights.iter().sum();
        let all = numbers(&part);
        for number in 0..NUMBERS {
            let owners = shared.iter().flatten().filter(|own| own.owns(number)).count();
            prop_assert_eq!(owners, usize::from(total > 0 && part.owns(number)), "number {}", number);
        }
        for (own, weight) in shared.iter().zip(&weights) {
            let own = own.as_ref().map_or(0, |own| numbers(own).len() as u64);
            let due = all.len() as u64 * weight;
            // Within one round of turns.
            prop_assert!((own * total).abs_diff(due) <= total * total, "{own} of {} for {weight} of {total}", all.len());
        }
    }

    #[test]
    fn equal_parts_take_turns(part in part(), count in 0..6_usize) {
        let parts: Vec<Part> = part.split(count).collect();
        prop_assert_eq!(parts.len(), count.max(1));
        let turns: Vec<usize> = numbers(&part).iter().map(|number| parts.iter().position(|own| own.owns(*number)).unwrap()).collect();
        prop_assert!(turns.iter().enumerate().all(|(turn, owner)| *owner == turn % parts.len()), "{turns:?}");
    }

    #[test]
    fn a_part_counts_its_numbers(part in part(), total in 0..NUMBERS) {
        let own: Vec<u64> = numbers(&part);
        prop_assert_eq!(part.count_below(total), own.iter().filter(|number| **number < total).count() as u64);
        prop_assert!((0..own.len() as u64).all(|position| part.number(position) == own[position as usize]));
    }

    #[test]
    fn parts_are_put_together_and_taken_away_number_by_number(one in part(), other in part()) {
        let (with, without) = (one.with(&other).unwrap(), one.without(&other).unwrap());
        for number in 0..NUMBERS {
            prop_assert_eq!(with.owns(number), one.owns(number) || other.owns(number));
            prop_assert_eq!(without.as_ref().is_some_and(|rest| rest.owns(number)), one.owns(number) && !other.owns(number));
        }
        prop_assert_eq!(without.map_or(Ok(other.clone()), |rest| rest.with(&other)), Ok(with), "one set of numbers is one part");
    }
}

#[test]
fn a_part_is_written_in_the_fewest_slots() {
    let part = |slots: &[u64], of| Part::of_slots(slots.to_vec(), of).unwrap();
    assert_eq!(part(&[0, 1, 2, 3, 4, 5], 6), Part::WHOLE);
    assert_eq!(part(&[1, 3], 4), Part::new(1, 2).unwrap());
    assert_eq!((part(&[0, 1, 4, 5], 8).slots(), part(&[0, 1, 4, 5], 8).of()), (&[0, 1][..], 4));
    for (slots, of) in [(vec![], 3), (vec![3], 3), (vec![1, 0], 3), (vec![1, 1], 3), (vec![0], 0)] {
        assert_eq!(Part::of_slots(slots, of), None);
    }
}

#[test]
fn three_to_one_is_dealt_evenly() {
    let shared = Part::WHOLE.shared(&[6, 2]);
    let slots: Vec<_> = shared.iter().flatten().map(|part| (part.slots(), part.of())).collect();
    assert_eq!(slots, [(&[0, 1, 3][..], 4), (&[2][..], 4)]);
    assert_eq!(Part::WHOLE.shared(&[0, 0]), [None, None]);
}

#[test]
fn what_is_too_fine_is_dealt_as_it_is_and_never_grows_beyond_measure() {
    let mut part = Part::WHOLE;
    for of in [97, 89, 83, 79] {
        let shared = part.shared(&vec![1; of]);
        let rest = shared.iter().flatten().skip(1).try_fold(shared[0].clone().unwrap(), |all, one| all.with(one));
        assert_eq!(rest.as_ref(), Ok(&part));
        part = shared[0].clone().unwrap();
    }
    assert_eq!(part.of(), 97 * 89, "the third can't be cut more finely");
    let other = Part::new(0, 101).unwrap();
    assert_eq!(part.with(&other), Err(TooFine { one: 97 * 89, other: 101 }));
}
