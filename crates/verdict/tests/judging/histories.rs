//! What the ledger's sessions prove: every property counted by period, with its evidence.

use crate::story::{Story, operations};
use plan::resolved::Property;
use verdict::findings::{HistoryFinding, LossPeriod, PropertyFinding};

fn judged(lines: &str) -> HistoryFinding {
    let mut story = Story::good();
    story.operations = operations(lines);
    story.judged().history.unwrap()
}

fn property(found: &HistoryFinding, property: Property) -> &PropertyFinding {
    found.property(property).unwrap()
}

/// A user of europe reads the own write, in the outage and after it elsewhere.
const MOVED: &str = "
    1.0 europe eu 11.0 11.1 w7
    1.1 europe us 16.0 16.1 r-
    2.0 europe eu 4.0 4.1 w8
    2.1 europe eu 5.0 5.1 r8
    3.0 at-us us 5.0 5.1 r8";

#[test]
fn a_violation_says_when_and_whether_the_user_was_moved() {
    let found = judged(MOVED);
    let own = property(&found, Property::ReadYourWrites);
    assert_eq!((own.checked, own.broken, own.undecided), (2, 1, 0));
    assert_eq!((own.before_fault, own.during_fault, own.after_fault, own.across_switch), (0, 1, 0, 1));
    assert_eq!(own.text, "1 in 2 reads, 1 across a switch of regions");
    let violation = &own.violations[0];
    assert_eq!((violation.period, violation.across_switch), (LossPeriod::DuringFault, true));
    let lines: Vec<_> = violation.operations.iter().map(|one| format!("{} {}", one.by, one.what)).collect();
    assert_eq!(lines, ["user of europe writes 7", "user of europe sees nothing"]);
    assert_eq!((found.sessions, found.switched_sessions, found.operations), (3, 1, 5));
}

#[test]
fn nothing_that_was_not_put_to_the_test_is_kept() {
    let found = judged("");
    for one in &found.properties {
        if one.property == Property::ReusedIds.as_str() {
            assert_eq!(one.text, "0 in 70 writes");
        } else {
            assert_eq!(
                (one.checked, one.text.as_str()),
                (0, "not measured: nothing was put to the test"),
                "{}",
                one.property
            );
        }
    }
    assert_eq!(found.text, "no session of the ledger did anything");
}

#[test]
fn staleness_is_told_by_region_and_period() {
    let found = judged(
        "1.0 europe eu 4.0 4.1 w7
         2.0 at-us us 5.0 5.1 r-
         2.1 at-us us 6.0 6.1 r7
         1.1 europe eu 11.0 11.1 w8
         2.2 at-us us 20.1 20.2 r7
         9.0 at-us us 45.0 45.1 r8 f",
    );
    let told: Vec<_> = found
        .staleness
        .iter()
        .map(|one| (one.region, one.period, one.reads, one.stale, one.age_longest.map(|age| age.0.as_millis())))
        .collect();
    let us = Some(1);
    assert_eq!(
        told,
        [(us, LossPeriod::BeforeFault, 2, 1, Some(900)), (us, LossPeriod::DuringFault, 1, 1, Some(9_000))]
    );
    assert_eq!(found.staleness[0].versions, [1, 1, 0, 0, 0, 0]);
}

#[test]
fn ids_that_come_twice_are_told_with_their_values() {
    let mut story = Story::good();
    story.probes[3].id = Some("id-1".to_owned());
    let found = story.judged().history.unwrap();
    let reused = property(&found, Property::ReusedIds);
    assert_eq!((reused.checked, reused.broken), (70, 1));
    assert_eq!(reused.violations[0].text, "id-1 is what v-1 and v-3 are called");
}

#[test]
fn both_sides_of_a_partition_taking_writes_is_a_split() {
    use plan::fault::{Direction, Established, Manner, Partition};
    let mut story = Story::good();
    let (between, and) = ("eu-west-1".into(), "us-east-1".into());
    let (direction, manner, established) = (Direction::Both, Manner::Drop, Established::default());
    story.plan.faults[0].kind = Partition { between, and, direction, manner, established }.into();
    story.operations = operations(
        "1.0 europe eu 14.0 14.1 w7
         2.0 america us 15.0 15.1 w8
         1.1 europe eu 16.0 16.1 w11
         k2 3.0 america us 15.0 15.1 w9
         k2 4.0 europe eu 26.0 26.1 w10",
    );
    let found = story.judged().history.unwrap();
    let split = property(&found, Property::SplitWrites);
    assert_eq!((split.checked, split.broken, split.during_fault), (2, 1, 1));
    assert_eq!(found.taken_inside_cuts, 2, "no probe write of europe was taken at home in the outage");
}

#[test]
fn agents_have_nothing_in_common() {
    let mut story = Story::good();
    story.operations = operations(
        "1.0 europe eu 4.0 4.1 w7
         1.1 europe us 5.0 5.1 r-",
    );
    story.operations[1].agent = 1;
    let found = story.judged().history.unwrap();
    assert_eq!((found.keys, found.sessions), (2, 2), "key 1 and session 1 of each");
    assert!(found.properties.iter().all(|one| one.broken == 0), "{}", found.text);
}
