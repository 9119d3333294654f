//! Each template once, and none too long whatever comes.

use super::*;
use proptest::prelude::*;

fn europe(state: State) -> Who {
    Who {
        name: "europe".to_owned(),
        state: Some(state),
        lasts: Duration::from_millis(11_260),
        since: "14:02:00".to_owned(),
        home: "eu-west-1".to_owned(),
        ..Who::default()
    }
}

fn told(phase: Phase, worst: Who) -> Told {
    Told { phase, populations: 3, generators: 2, worst, all_fine: Duration::from_secs(1_750), ..Told::default() }
}

#[test]
fn each_template_says_who_what_since_when_and_where_now() {
    let elsewhere = vec![("us-east-1".to_owned(), 0.64), ("ap-south-1".to_owned(), 0.36)];
    let hit = Who {
        affected: Duration::from_millis(17_600),
        down: Duration::from_millis(11_700),
        affected_since: "14:02:00".to_owned(),
        served: elsewhere.clone(),
        ..europe(State::Rerouted)
    };
    let failing = Who { why: failing(0.59, Some("refused")), served: elsewhere.clone(), ..europe(State::Down) };
    let slow = Who { why: slow(Duration::from_millis(412), Duration::from_millis(300)), ..europe(State::Degraded) };
    let next = Some(("lose-europe".to_owned(), Duration::from_secs(50)));
    let cases = [
        (told(Phase::Waiting, Who::default()), "Waiting for load: 2 generators are ready."),
        (
            Told { next, ..told(Phase::Baseline, europe(State::Fine)) },
            "All 3 populations fine for 29 m 10 s; lose-europe in 50 s.",
        ),
        (told(Phase::WarmUp, europe(State::Fine)), "All 3 populations fine for 29 m 10 s; warm-up, not measured yet."),
        (
            told(Phase::Fault, failing),
            "europe users down for 11.2 s (since 14:02:00): 59 % fail, mostly refused; served so far by us-east-1 (64 %) and \
             ap-south-1 (36 %).",
        ),
        (told(Phase::Fault, slow), "europe users degraded for 11.2 s (since 14:02:00): p99 412 ms > 300 ms."),
        (
            told(Phase::Fault, Who { why: silent(Duration::from_secs(4)), ..europe(State::NoData) }),
            "europe users: no data for 11.2 s (since 14:02:00): nothing heard for 4 s.",
        ),
        (
            told(Phase::Fault, Who { why: "g-eu: it can't keep up".to_owned(), ..europe(State::NotTrusted) }),
            "europe users: numbers not to be trusted since 14:02:00 (g-eu: it can't keep up).",
        ),
        (
            told(Phase::Fault, Who { served: elsewhere, ..europe(State::Rerouted) }),
            "europe users are fine; since 14:02:00 they are served by us-east-1 (64 %) and ap-south-1 (36 %).",
        ),
        (
            told(Phase::Recovering, hit.clone()),
            "europe users were affected for 17.6 s (down 11.7 s) from 14:02:00; their traffic is now served by us-east-1 (64 %) \
             and ap-south-1 (36 %).",
        ),
        (
            told(Phase::Healed, Who { state: Some(State::Fine), ..hit.clone() }),
            "europe users were affected for 17.6 s (down 11.7 s) from 14:02:00; fine for 11.2 s, served by eu-west-1.",
        ),
        (
            Told { aborted: "Ctrl-C".to_owned(), ..told(Phase::Aborted, hit) },
            "The run was stopped: Ctrl-C. europe users were affected for 17.6 s (down 11.7 s) from 14:02:00.",
        ),
    ];
    for (told, expected) in cases {
        assert_eq!(sentence(&told), expected);
    }
}

fn others(not_well: &[(String, State, String)], fine: usize) -> Others {
    Others { not_well: not_well.to_vec(), rerouted: Vec::new(), fine }
}

#[test]
fn who_was_hit_and_is_served_elsewhere_is_not_counted_among_those_to_whom_nothing_happened() {
    let slow = ("america".to_owned(), State::Degraded, "p99 412 ms > 300 ms".to_owned());
    let after = |name: &str, seconds| (name.to_owned(), Duration::from_secs(seconds));
    let said = |rerouted| second_line(&Others { rerouted, ..others(std::slice::from_ref(&slow), 18) }, None);
    assert_eq!(
        said(vec![after("europe", 12)]),
        "Others: america degraded (p99 412 ms > 300 ms), europe rerouted (was affected for 12 s) and 18 fine. Measurement trusted."
    );
    assert_eq!(
        said(vec![after("europe", 12), after("africa", 3), after("asia", 0)]),
        "Others: america degraded (p99 412 ms > 300 ms), europe (was affected for 12 s) and 2 more rerouted and 18 fine. Measurement trusted."
    );
    assert!(said(vec![after("asia", 0)]).contains("asia rerouted and 18 fine"));
}

#[test]
fn the_second_line_names_the_others_and_says_whether_to_trust() {
    assert_eq!(second_line(&others(&[], 2), None), "Others: 2 fine. Measurement trusted.");
    assert_eq!(second_line(&others(&[], 0), Some("g-eu was lost")), "Measurement not trusted: g-eu was lost.");
    let slow = ("america".to_owned(), State::Degraded, "p99 412 ms > 300 ms".to_owned());
    assert_eq!(
        second_line(&others(&[slow], 1), None),
        "Others: america degraded (p99 412 ms > 300 ms) and 1 fine. Measurement trusted."
    );
}

#[test]
fn others_that_fare_alike_are_told_of_once() {
    let one = |name: &str, state, why: &str| (name.to_owned(), state, why.to_owned());
    let late = |name| one(name, State::NotTrusted, "g-eu: it can't keep up");
    assert_eq!(
        second_line(&others(&[late("asia"), late("africa"), late("america"), late("oceania")], 0), None),
        "Others: asia, africa and 2 more not trusted (g-eu: it can't keep up). Measurement trusted."
    );
    let different = [
        one("asia", State::Down, "59 % fail"),
        one("africa", State::Degraded, "p99 412 ms > 300 ms"),
        late("america"),
        late("oceania"),
    ];
    assert_eq!(
        second_line(&others(&different, 1), None),
        "Others: asia down (59 % fail), africa degraded (p99 412 ms > 300 ms), 2 more not fine and 1 fine. Measurement trusted."
    );
}

#[test]
fn shares_are_all_and_nothing_only_when_they_are() {
    for (share, text) in [(0.0, "0 %"), (0.004, "< 1 %"), (0.36, "36 %"), (0.996, "> 99 %"), (1.0, "100 %")] {
        assert_eq!(whole_percent(share), text);
    }
}

fn any_state() -> impl Strategy<Value = Option<State>> {
    prop::option::of(prop::sample::select(vec![
        State::Fine,
        State::Rerouted,
        State::Degraded,
        State::NotTrusted,
        State::NoData,
        State::Down,
    ]))
}

proptest! {
    #[test]
    fn no_sentence_is_too_long(
        phase in prop::sample::select(vec![
            Phase::Waiting, Phase::WarmUp, Phase::Baseline, Phase::Fault, Phase::Recovering, Phase::Healed, Phase::Settling,
            Phase::Done, Phase::Aborted,
        ]),
        state in any_state(),
        name in ".{0,200}", why in ".{0,300}", region in ".{0,200}",
        lasts in 0_u64..100_000_000, affected in 0_u64..100_000_000, populations in 1_usize..200,
    ) {
        let who = Who {
            name: name.clone(),
            state,
            lasts: Duration::from_millis(lasts),
            since: "14:02:00".to_owned(),
            why: why.clone(),
            served: vec![(region.clone(), 0.4), (name.clone(), 0.6)],
            home: region.clone(),
            affected: Duration::from_millis(affected),
            down: Duration::from_millis(affected / 2),
            affected_since: "14:02:00".to_owned(),
        };
        let told = Told { aborted: why.clone(), next: Some((name.clone(), Duration::from_millis(lasts))), populations, ..told(phase, who) };
        let said = sentence(&told);
        prop_assert!(said.chars().count() <= SENTENCE_MAX, "{} characters: {said}", said.chars().count());
        prop_assert!(!said.is_empty());
        let others = Others {
            not_well: vec![(name.clone(), State::Down, why.clone()); populations],
            rerouted: vec![(name, Duration::from_millis(affected)); populations],
            fine: populations,
        };
        let second = second_line(&others, Some(&why));
        prop_assert!(second.chars().count() <= SECOND_LINE_MAX, "{} characters: {second}", second.chars().count());
    }
}
