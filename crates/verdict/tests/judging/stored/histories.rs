//! Histories with known answers: every property promised, and kept, broken or not to be told.

use super::{Case, case};
use crate::story::{Story, operations};
use plan::{
    fault::{Direction, Established, Manner, Partition},
    resolved::{Objective, ObjectiveKind, Property},
};
use std::time::Duration;
use verdict::Verdict::{Fail, Inconclusive, Pass};

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("histories-kept", Pass, |story| promise(story, KEPT)),
        case("histories-broken", Fail, |story| {
            promise(story, BROKEN);
            story.probes[3].id = Some("id-1".to_owned());
        }),
        case("histories-undecided", Inconclusive, |story| {
            promise(story, UNDECIDED);
            story.probes.clear();
            // So many writes beside each other that every set of them is a configuration of its own.
            let beside: String =
                (0..18).map(|write| format!("k9 {}.0 europe eu 30.0 31.0 w{}\n", 300 + write, 900 + write)).collect();
            story.operations.extend(operations(&beside));
        }),
    ]
}

/// Promises every property, and has the two regions cut off from each other instead of one of them killed.
fn promise(story: &mut Story, lines: &str) {
    let never = |property: Property| Objective {
        name: property.as_str().to_owned(),
        kind: ObjectiveKind::Violations { property, max: 0 },
    };
    story.plan.objectives = Property::ALL.map(never).to_vec();
    let kind = ObjectiveKind::Staleness { percentile: 50.0, max: Duration::from_secs(1) };
    story.plan.objectives.push(Objective { name: "staleness".to_owned(), kind });
    let (between, and) = ("eu-west-1".into(), "us-east-1".into());
    let (direction, manner, established) = (Direction::Both, Manner::Drop, Established::default());
    story.plan.faults[0].kind = Partition { between, and, direction, manner, established }.into();
    story.operations = operations(lines);
}

/// A register that one region hands over to the other during the cut (k1), a list with its delivery (k2), a counter (k3), a delete
/// (k4).
const KEPT: &str = "
    k1 1.0 europe eu 4.0 4.1 w11
    k1 1.1 europe eu 5.0 5.1 r11
    k1 1.2 europe eu 6.0 6.1 r11
    k1 1.3 europe eu 7.0 7.1 r11
    k1 2.0 at-us us 5.0 5.1 r11
    k1 2.1 at-us us 6.0 6.1 r11
    k1 2.2 at-us us 7.0 7.1 r11
    k1 2.3 at-us us 8.0 8.1 r11
    k1 2.4 at-us us 9.0 9.1 r11
    k1 1.4 europe eu 13.0 13.1 w12
    k1 8.0 america us 17.0 17.1 w13
    k1 91.0 at-eu eu 45.0 45.1 r13 f
    k1 92.0 at-us us 45.0 45.1 r13 f
    k2 3.0 europe eu 4.0 4.1 a21
    k2 3.1 europe eu 4.5 4.6 l21
    k2 3.2 europe eu 5.0 5.1 a22
    k2 3.3 europe eu 5.5 5.6 l21,22
    k2 4.0 at-us us 6.0 6.1 l21,22
    k2 4.1 at-us us 7.0 7.1 d21,22
    k2 93.0 at-us us 45.0 45.1 l21,22 f
    k2 93.1 at-us us 45.2 45.3 d21,22 f
    k3 5.0 europe eu 4.0 4.1 +0
    k3 6.0 america us 4.0 4.1 +1
    k3 5.1 europe eu 5.0 5.1 -0
    k3 94.0 at-us us 45.0 45.1 c1 f
    k4 7.0 europe eu 4.0 4.1 w41
    k4 7.1 europe eu 5.0 5.1 x
    k4 95.0 at-us us 45.0 45.1 r- f";

/// Each property broken at least once: reads that go back in time, and regions that take turns during the cut (k1); a list in two
/// orders with an entry twice, and another that is never delivered (k2); a counter of five (k3); a delete that is back (k4); an
/// update that is lost (k5); an effect that is gone while its cause is there (k6); a session's earlier write instead of its later
/// one (k7).
const BROKEN: &str = "
    k1 1.0 europe eu 4.0 4.1 w11
    k1 2.0 at-us us 5.0 5.1 r11
    k1 1.1 europe us 5.2 5.3 r-
    k1 2.1 at-us us 6.0 6.1 r-
    k1 2.2 at-us us 7.0 7.1 r-
    k1 2.3 at-us us 8.0 8.1 r-
    k1 2.4 at-us us 9.0 9.1 r-
    k1 1.2 europe eu 14.0 14.1 w12
    k1 8.0 america us 15.0 15.1 w13
    k1 1.3 europe eu 16.0 16.1 w14
    k1 91.0 at-us us 45.0 45.1 r11 f
    k2 3.0 europe eu 4.0 4.1 a21
    k2 3.1 europe eu 5.0 5.1 a22
    k2 4.0 at-us us 6.0 6.1 l22,21
    k2 93.0 at-us us 45.0 45.1 l21,22,22 f
    k2 93.1 at-us us 45.2 45.3 d21 f
    k3 5.0 europe eu 4.0 4.1 +0
    k3 94.0 at-us us 45.0 45.1 c5 f
    k4 7.0 europe eu 4.0 4.1 w41
    k4 7.1 europe eu 5.0 5.1 x
    k4 95.0 at-us us 45.0 45.1 r41 f
    k5 9.0 europe eu 4.0 4.1 w51
    k5 10.0 america us 5.0 5.1 w52
    k5 96.0 at-us us 45.0 45.1 r51 f
    k6 11.0 europe eu 4.0 4.1 w61
    k6 12.0 america us 5.0 5.1 r61
    k6 12.1 america us 6.0 6.1 w62
    k6 97.0 at-us us 45.0 45.1 r61 f
    k7 13.0 europe eu 4.0 4.1 w71
    k7 13.1 europe eu 5.0 5.1 w72
    k7 98.0 at-us us 45.0 45.1 r71 f";

/// Nobody read anything in the end, and nobody what they had written; the counter has no number.
const UNDECIDED: &str = "
    k2 3.0 europe eu 4.0 4.1 a21
    k3 5.0 europe eu 4.0 4.1 +0
    k3 94.0 at-us us 45.0 45.1 c f
    k4 7.0 europe eu 4.0 4.1 w41
    k4 7.1 europe eu 5.0 5.1 x";
