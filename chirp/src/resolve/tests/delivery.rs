//! Three regions write and hear of each other in any order. An independent model knows, as plain sets of
//! numbers, which write had seen which; the records know it as times per region. They must agree.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::*;
use crate::clock::Stamp;
use crate::mix::mix;

/// One of three regions writes, or takes in the next write of another that it has not had.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Write { region: usize, field: Field, choice: u8, skew: u64 },
    Deliver { to: usize, from: usize },
}

pub(super) fn steps(fields: &'static [Field]) -> impl Strategy<Value = Vec<Step>> {
    let write = (0..3_usize, prop::sample::select(fields), 0..3_u8, 0..3_u64)
        .prop_map(|(region, field, choice, skew)| Step::Write { region, field, choice, skew });
    let deliver = (0..3_usize, 0..3_usize).prop_map(|(to, from)| Step::Deliver { to, from });
    prop::collection::vec(prop_oneof![write, deliver], 0..40)
}

fn value(field: Field, choice: u8) -> Value {
    match field {
        Field::Contact => Value::Contact(Contact { address: format!("{choice}@example.org"), verified: choice == 0 }),
        Field::Follow | Field::Block | Field::Like => Value::Flag(choice != 0),
        _ => Value::Text(format!("{choice}")),
    }
}

/// A write, and the numbers of all writes that its region had heard of.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) update: Update,
    field: Field,
    value: Value,
    past: BTreeSet<usize>,
}

/// Plays the steps; stamps are by clocks that differ, each region's own growing, above what is replaced
/// unless `bare`.
pub(super) fn play(steps: &[Step], resolver: Resolver, bare: bool) -> Vec<Made> {
    let mut records = [Record::default(), Record::default(), Record::default()];
    let mut heard: [BTreeSet<usize>; 3] = Default::default();
    let mut logs: [Vec<usize>; 3] = Default::default();
    let mut delivered = [[0_usize; 3]; 3];
    let mut made: Vec<Made> = Vec::new();
    for (now, step) in steps.iter().enumerate() {
        match *step {
            Step::Write { region, field, choice, skew } => {
                let wall = now as u64 + if bare { 20 * region as u64 } else { skew };
                let own = logs[region].last().map_or(0, |last| made[*last].update.stamp().time.wall_ms() + 1);
                let seen = records[region].newest().map_or(0, |newest| newest.time.wall_ms() + 1);
                let wall = if bare { wall.max(own) } else { wall.max(own).max(seen) };
                let stamp = format!("{wall}.0@region-{region}").parse().unwrap();
                let value = value(field, choice);
                let update = records[region].update(Changes::new([(field, value.clone())]), stamp, resolver);
                records[region].apply(&update, resolver);
                logs[region].push(made.len());
                made.push(Made { update, field, value, past: heard[region].clone() });
                heard[region].insert(made.len() - 1);
            }
            Step::Deliver { to, from } => {
                if to != from
                    && let Some(next) = logs[from].get(delivered[to][from])
                {
                    records[to].apply(&made[*next].update, resolver);
                    heard[to].insert(*next);
                    delivered[to][from] += 1;
                }
            }
        }
    }
    made
}

/// What a region ends with that hears of everything in an order of its own, some of it twice.
fn hear(made: &[Made], resolver: Resolver, order: u64) -> Record {
    let mut shuffled: Vec<usize> = (0..made.len()).collect();
    shuffled.sort_by_key(|number| mix(order ^ (*number as u64)));
    let mut record = Record::default();
    for (place, number) in shuffled.iter().enumerate() {
        record.apply(&made[*number].update, resolver);
        if mix(order.wrapping_add(place as u64)).is_multiple_of(3) {
            record.apply(&made[shuffled[place / 2]].update, resolver);
        }
    }
    record
}

/// Writes to a field that no other write to the field had seen: by the model, not by the records.
fn unseen(made: &[Made], field: Field) -> Vec<&Made> {
    let to_field = |(_, made): &(usize, &Made)| made.field == field;
    let all: Vec<(usize, &Made)> = made.iter().enumerate().filter(to_field).collect();
    let is_unseen = |number: usize| all.iter().all(|(_, other)| !other.past.contains(&number));
    all.iter().filter(|(number, _)| is_unseen(*number)).map(|(_, made)| *made).collect()
}

/// The direct rule of "seen": the past is what the region had heard, without gaps.
fn close(made: &mut [Made]) {
    for index in 0..made.len() {
        let further: Vec<usize> =
            made[index].past.iter().flat_map(|number| made[*number].past.iter().copied()).collect();
        made[index].past.extend(further);
    }
}

pub(super) const PROFILE: &[Field] = &[Field::DisplayName, Field::Bio, Field::Contact];
pub(super) const POST: &[Field] = &[Field::Text, Field::Removal];
pub(super) const PAIR: &[Field] = &[Field::Follow, Field::Block];

proptest! {
    /// Any order, any repetition, any partition: everybody ends with the same, for every resolver.
    #[test]
    fn all_regions_end_the_same(
        steps in prop_oneof![steps(PROFILE), steps(POST), steps(PAIR)],
        orders in prop::array::uniform3(any::<u64>()),
        bare in any::<bool>(),
    ) {
        for resolver in Resolver::ALL {
            let made = play(&steps, resolver, bare);
            let [one, two, three] = orders.map(|order| hear(&made, resolver, order));
            prop_assert_eq!(&one, &two, "{}", resolver);
            prop_assert_eq!(&one, &three, "{}", resolver);
        }
    }

    /// With single fields what is live is exactly what no later write had seen.
    #[test]
    fn fields_keep_all_that_nobody_has_replaced_knowingly(steps in steps(PROFILE), order in any::<u64>()) {
        let resolver = Resolver::Crdt;
        let made = play(&steps, resolver, false);
        let record = hear(&made, resolver, order);
        for field in PROFILE {
            let expected: BTreeSet<Stamp> =
                unseen(&made, *field).iter().map(|made| made.update.stamp().clone()).collect();
            prop_assert_eq!(record.live_stamps(*field), expected);
        }
    }

    /// Last-write-wins keeps the highest stamp and loses exactly the writes that its writer had not seen.
    /// With hybrid stamps no write loses to one that it had seen; with bare wall clocks it can.
    #[test]
    fn last_write_wins_loses_what_its_model_says(
        steps in steps(PROFILE),
        order in any::<u64>(),
        bare in any::<bool>(),
    ) {
        let resolver = Resolver::LastWriteWins;
        let mut made = play(&steps, resolver, bare);
        let record = hear(&made, resolver, order);
        let winner = (0..made.len()).max_by_key(|number| made[*number].update.stamp().clone());
        let Some(winner) = winner else { return Ok(()) };
        close(&mut made);
        let kept = &made[winner];
        let shown = record.effective(kept.field, resolver).map(|version| &version.value);
        prop_assert_eq!(shown, Some(&kept.value));
        // Nothing of any other write is left, so what is lost is all that the winner's writer had not seen.
        let left: BTreeSet<Stamp> = PROFILE.iter().flat_map(|field| record.live_stamps(*field)).collect();
        prop_assert_eq!(left, BTreeSet::from([kept.update.stamp().clone()]));
        let is_gone = |other: &Made| record.effective(other.field, resolver).is_none_or(|version| version.stamp() != other.update.stamp());
        let gone = made.iter().filter(|other| is_gone(other)).count();
        let lost = made.len() - 1 - kept.past.len();
        prop_assert_eq!(gone - kept.past.len(), lost);
        if !bare {
            for (number, other) in made.iter().enumerate() {
                let ignored = other.past.contains(&winner);
                prop_assert!(!ignored, "write {number} had seen the winner and lost to it");
            }
        }
    }

    /// By meaning: a removal is never undone, a block never loses to a follow, a proven contact never to
    /// one that is only said, unless by somebody who had seen it.
    #[test]
    fn the_semantic_resolver_never_loses_the_greater_to_the_lesser(
        post in steps(POST),
        pair in steps(PAIR),
        profile in steps(PROFILE),
        order in any::<u64>(),
    ) {
        let resolver = Resolver::Semantic;
        let made = play(&post, resolver, true);
        let record = hear(&made, resolver, order);
        if made.iter().any(|made| made.field == Field::Removal) {
            prop_assert!(record.text(Field::Removal, resolver).is_some());
            prop_assert!(record.effective(Field::Text, resolver).is_none());
        }
        let made = play(&pair, resolver, true);
        let record = hear(&made, resolver, order);
        let blocked = unseen(&made, Field::Block).iter().any(|made| made.value.is_on());
        prop_assert_eq!(record.is_on(Field::Block, resolver), blocked);
        prop_assert!(!(blocked && record.is_on(Field::Follow, resolver)));
        let made = play(&profile, resolver, true);
        let record = hear(&made, resolver, order);
        let proven = |value: &Value| matches!(value, Value::Contact(contact) if contact.verified);
        let any = unseen(&made, Field::Contact).iter().any(|made| proven(&made.value));
        let kept = record.effective(Field::Contact, resolver).is_some_and(|version| proven(&version.value));
        prop_assert_eq!(kept, any);
    }
}
