//! The messages of a game day: what they say while it goes on, that the verdict agrees in the end, and that no count is lost.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

#[path = "support/game_day.rs"]
mod game_day;

use dashboard::{
    replay,
    wire::{Coverage, Fine, Headline, MarkNews, Message, Outcome, RunPhase, Seconds, State},
};
use record::{Entry, LedgerEntry, ReadResult, Reader, Recording, WriteOutcome};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};
use units::RunTime;
use verdict::Findings;

/// Three regions, judged.
struct Day {
    recording: Recording,
    findings: Findings,
    messages: Vec<(RunTime, Message)>,
}

static DAY: LazyLock<Day> = LazyLock::new(|| {
    let recording = game_day::game_day(3, game_day::SECONDS_MIN);
    let findings = verdict::judge(&recording);
    let messages = replay::messages(&recording, Some(&findings));
    Day { recording, findings, messages }
});

/// The states with the seconds of load at which they were said.
fn states(messages: &[(RunTime, Message)]) -> Vec<(f64, &State)> {
    let states = messages.iter().filter_map(|(at, message)| match message {
        Message::State(state) => Some((at.as_secs_f64() - 2.0, state)),
        _ => None,
    });
    states.collect()
}

/// What was said last by that second of load.
fn state_at(second: f64) -> &'static State {
    states(&DAY.messages).into_iter().rev().find(|(at, _)| *at <= second).unwrap().1
}

/// Each second as it was told last, by what it adds up.
fn last_told(messages: &[(RunTime, Message)]) -> BTreeMap<u64, &Seconds> {
    let mut seconds = BTreeMap::new();
    for (_, message) in messages {
        if let Message::Second(second) = message {
            seconds.insert(second.second, second);
        }
    }
    seconds
}

#[test]
fn who_is_hit_is_said_within_two_seconds_and_what_became_of_them_as_it_is_known() {
    let cases = [
        (0.0, RunPhase::WarmUp, [Headline::NoData; 3], "nothing is known before anything was told"),
        (30.0, RunPhase::Baseline, [Headline::Fine; 3], "the baseline"),
        (41.0, RunPhase::Fault, [Headline::Degraded, Headline::Fine, Headline::Fine], "a second after the fault"),
        (42.0, RunPhase::Fault, [Headline::Down, Headline::Fine, Headline::Fine], "two seconds after it"),
        (
            54.0,
            RunPhase::Fault,
            [Headline::Rerouted, Headline::Degraded, Headline::Fine],
            "failed over, and a slow neighbour",
        ),
        (66.0, RunPhase::Fault, [Headline::Rerouted, Headline::NotTrusted, Headline::Fine], "a clock has jumped"),
        (
            73.0,
            RunPhase::Recovering,
            [Headline::Rerouted, Headline::Fine, Headline::Fine],
            "all are well while it lasts",
        ),
        (85.0, RunPhase::Healed, [Headline::Fine; 3], "home again"),
        (91.0, RunPhase::Healed, [Headline::NoData, Headline::Fine, Headline::Fine], "seconds are missing"),
        (100.0, RunPhase::Healed, [Headline::NotTrusted, Headline::Fine, Headline::NoData], "a generator is lost"),
        (118.0, RunPhase::Healed, [Headline::Fine; 3], "others have taken over"),
        (128.0, RunPhase::Settling, [Headline::Fine; 3], "the load is over, and nobody is blamed for silence"),
    ];
    for (second, phase, expected, what) in cases {
        let state = state_at(second);
        let told: Vec<Headline> = state.populations.iter().map(|one| one.state).collect();
        assert_eq!((state.phase, &told[..]), (phase, &expected[..]), "{what}, at {second} s: {}", state.sentence);
        assert!(state.sentence.chars().count() <= 160, "{}", state.sentence);
    }
    assert!(state_at(42.0).sentence.starts_with("eu-west-1 users down for 2 s (since 14:00:42): "));
    let failed_over =
        "eu-west-1 users were affected for 5.6 s (down 4.5 s) from 14:00:42; their traffic is now served by us-east-1";
    assert!(state_at(73.0).sentence.starts_with(failed_over), "{}", state_at(73.0).sentence);
}

#[test]
fn nothing_that_is_not_measured_is_an_empty_field_or_a_zero() {
    for (at, state) in states(&DAY.messages) {
        assert_eq!(state.score.len(), 7, "the scorecard is whole at {at} s");
        assert!(state.score.iter().all(|row| !row.value.is_empty()), "{:?}", state.score);
        if state.phase == RunPhase::Baseline {
            assert_eq!(state.score[0].value, "not measured", "there was no fault yet");
        }
        let is_judged = state.headline == Headline::Fail;
        assert_eq!(
            state.score[1].value.starts_with("not measured"),
            !is_judged,
            "losses are known with the final reads"
        );
    }
}

#[test]
fn the_marks_that_are_said_while_it_goes_on_are_the_verdicts() {
    let before =
        marks(DAY.messages.iter().filter(|(_, message)| !matches!(message, Message::Mark(mark) if mark.is_final)));
    let after = marks(DAY.messages.iter());
    let fault = &DAY.findings.faults[0];
    assert_eq!(fault.focus, Some(0));
    for mark in fault.marks.iter().filter(|mark| mark.at.is_some()) {
        let at = mark.at.map(RunTime::as_micros);
        let its = |told: &BTreeMap<(String, Option<usize>), MarkNews>| {
            let found = told.iter().find(|((name, who), _)| name == mark.kind.as_str() && who.unwrap_or(0) == 0);
            found.map(|(_, mark)| mark.clone())
        };
        assert_eq!(its(&before).and_then(|mark| mark.at_us), at, "{} is the same", mark.kind.as_str());
        assert!(its(&after).unwrap().is_final, "{} is final in the end", mark.kind.as_str());
    }
    assert!(after.values().all(|mark| mark.is_final), "{after:?}");
}

/// Marks by name and population, as they were told last.
fn marks<'a>(messages: impl Iterator<Item = &'a (RunTime, Message)>) -> BTreeMap<(String, Option<usize>), MarkNews> {
    let mut marks = BTreeMap::new();
    for (_, message) in messages {
        if let Message::Mark(mark) = message {
            marks.insert((mark.mark.clone(), mark.population), mark.clone());
        }
    }
    marks.retain(|_, mark: &mut MarkNews| mark.at_us.is_some());
    marks
}

#[test]
fn no_request_is_lost_and_none_is_counted_twice() {
    let mut recorded: BTreeMap<(u64, usize), (u64, u64)> = BTreeMap::new();
    for entry in &DAY.recording.entries {
        if let Entry::Interval(interval) = entry {
            let sums = recorded.entry((interval.second, interval.population)).or_default();
            *(if interval.outcome.is_ok() { &mut sums.0 } else { &mut sums.1 }) += interval.count();
        }
    }
    let mut told = BTreeMap::new();
    for (second, row) in last_told(&DAY.messages) {
        for (index, population) in row.populations.iter().enumerate() {
            let failed: u64 = row.failed[index].iter().sum();
            told.insert((second, *population), (row.ok[index], failed));
            let served: u64 = row.served[index].iter().map(|(_, count)| count).sum();
            let latency: u64 = row.latency[index].iter().skip(1).step_by(2).sum();
            assert_eq!((served, latency), (row.ok[index], row.ok[index]), "each success has a server and a time");
        }
    }
    assert_eq!(told, recorded);
}

#[test]
fn late_data_restates_its_second() {
    let told = |wanted: u64| {
        let of = |(_, message): &&(RunTime, Message)| matches!(message, Message::Second(one) if one.second == wanted);
        DAY.messages.iter().filter(of).count()
    };
    assert_eq!(told(2 + 30), 1, "a calm second is told once");
    assert!(told(2 + 41) > 1, "one with requests that timed out is told again");
}

#[test]
fn tenths_are_told_near_the_fault_and_add_up_to_their_seconds() {
    let fine = |wanted: u64, population: usize| {
        let found = DAY.messages.iter().rev().find_map(|(_, message)| match message {
            Message::Fine(fine) if fine.second == wanted && fine.population == population => Some(fine),
            _ => None,
        });
        found.map(|fine: &Fine| [fine.home, fine.elsewhere, fine.failed].map(|tenths| tenths.iter().sum::<u32>()))
    };
    assert_eq!(fine(2 + 29, 0), None, "more than ten seconds before");
    assert_eq!(fine(2 + 30, 0), Some([100, 0, 0]), "ten seconds before");
    assert_eq!(fine(2 + 41, 0), Some([0, 0, 100]), "who fails");
    assert_eq!(fine(2 + 50, 0), Some([0, 100, 0]), "elsewhere");
    assert_eq!(fine(2 + 85, 0), Some([100, 0, 0]), "home again");
    assert_eq!(fine(2 + 50, 2), None, "who is not hit");
    assert_eq!(fine(2 + 115, 0), None, "long after");
}

#[test]
fn the_longest_requests_and_those_that_failed_last_are_told_with_where_and_how_often() {
    let told = |population: usize| {
        let found = DAY.messages.iter().rev().find_map(|(_, message)| match message {
            Message::Samples(samples) if samples.population == population => Some(samples),
            _ => None,
        });
        found.unwrap()
    };
    let hit = told(0);
    assert_eq!((hit.slowest.len(), hit.failed.len()), (10, 10));
    assert!(hit.slowest.is_sorted_by(|one, next| one.longest_us >= next.longest_us), "{:?}", hit.slowest);
    assert!(hit.failed.is_sorted_by(|one, next| one.second >= next.second), "{:?}", hit.failed);
    let recorded = DAY.recording.entries.iter().filter_map(|entry| match entry {
        Entry::Interval(one) if one.population == 0 => Some(one),
        _ => None,
    });
    let longest = recorded.clone().filter(|one| one.outcome.is_ok()).filter_map(|one| one.response.max()).max();
    assert_eq!(hit.slowest[0].longest_us, u64::try_from(longest.unwrap().as_micros()).unwrap());
    assert_eq!(
        (hit.slowest[0].region, &*hit.slowest[0].outcome),
        (Some(2), "ok"),
        "the farther of those who took over"
    );
    let last = recorded.filter(|one| !one.outcome.is_ok()).map(|one| one.second).max();
    assert_eq!(Some(hit.failed[0].second), last);
    assert!(
        hit.failed.iter().all(|one| one.count > 0 && one.region.is_none() && one.outcome != "ok"),
        "{:?}",
        hit.failed
    );
    assert!(told(2).failed.is_empty(), "nothing failed there");
    let at_most = DAY.messages.iter().filter(|(_, message)| matches!(message, Message::Samples(_))).count();
    assert!(at_most <= 130 / 2 + 3, "of one population every other second: {at_most}");
}

#[test]
fn a_second_of_twenty_regions_is_six_kilobytes() {
    let recording = game_day::game_day(20, game_day::SECONDS_MIN);
    let mut weights: BTreeMap<&str, usize> = BTreeMap::new();
    let messages = replay::messages(&recording, None);
    for (_, message) in &messages {
        *weights.entry(kind(message)).or_default() += serde_json::to_string(message).unwrap().len();
    }
    let seconds = messages.last().unwrap().0.second() as usize;
    // The plan is told once.
    let each: usize = weights.iter().filter(|(kind, _)| **kind != "plan").map(|(_, bytes)| bytes / seconds).sum();
    assert!(each <= 6_000, "{each} bytes a second: {weights:?} in {seconds} s");
    assert!(weights["state"] > 0 && weights["second"] > 0 && weights["samples"] > 0, "{weights:?}");
}

#[test]
fn where_connections_led_and_how_long_failures_took_is_told_second_by_second() {
    let seconds = last_told(&DAY.messages);
    let of = |second: u64| {
        let row = seconds[&(2 + second)];
        let index = row.populations.iter().position(|population| *population == 0).unwrap();
        (row.connected[index].clone(), row.failed_latency[index].chunks(2).map(|pair| pair[1]).sum::<u64>())
    };
    assert_eq!(of(30), (vec![(0, 4)], 0), "home");
    assert_eq!(of(42).1, 100, "each failure has its time");
    let (led, _) = of(60);
    assert_eq!(led, [(1, 4)], "names led elsewhere");
    let folded = replay::play(&DAY.recording).0.series(2 + 30, 2 + 60, 15);
    let sum: u64 = folded.seconds.iter().flat_map(|row| row.connected[0].iter().map(|(_, count)| count)).sum();
    assert_eq!(sum, 30 * 4, "and nothing is lost when seconds are added up");
}

#[test]
fn reads_of_probes_are_told_by_the_region_that_acknowledged_and_the_one_that_was_read() {
    let mut acknowledged = BTreeMap::new();
    // Reads, those that did not show the write, and the oldest of these: by second and pair.
    let mut recorded: BTreeMap<_, (u64, u64, u64)> = BTreeMap::new();
    for entry in &DAY.recording.entries {
        match entry {
            Entry::Ledger(LedgerEntry::Write(write)) if write.outcome == WriteOutcome::Acknowledged => {
                acknowledged.insert(write.number, (write.done, write.served_by));
            }
            Entry::Ledger(LedgerEntry::Read(read)) if !read.is_final => {
                let (Reader::Region(region), (done, by)) = (read.reader, acknowledged[&read.write]) else { continue };
                let sum = recorded.entry((read.done.second(), by, region)).or_default();
                sum.0 += 1;
                if read.result == ReadResult::Absent {
                    sum.1 += 1;
                    sum.2 = sum.2.max(read.sent.as_micros() - done.as_micros());
                }
            }
            _ => {}
        }
    }
    let mut told = BTreeMap::new();
    for (second, row) in last_told(&DAY.messages) {
        for one in &row.staleness {
            let read = one.reads.iter().enumerate().filter(|(_, reads)| **reads > 0);
            told.extend(read.map(|(region, reads)| ((second, one.written, region), (*reads, 0, 0))));
            for (region, stale, oldest) in &one.stale {
                let pair = told.get_mut(&(second, one.written, *region)).unwrap();
                (pair.1, pair.2) = (*stale, *oldest);
            }
        }
    }
    let differs = told.iter().zip(&recorded).find(|(told, recorded)| told != recorded);
    assert!(told == recorded, "told and recorded, first difference: {differs:?}");
    let oldest = |by, region| {
        let of = |((_, written, read), _): &(&(u64, Option<usize>, usize), _)| (*written, *read) == (Some(by), region);
        told.range((2 + 35, None, 0)..(2 + 41, None, 0)).filter(of).map(|(_, sum)| sum.2).max()
    };
    assert!(oldest(0, 1) > Some(1_000_000), "what is lost was written in the region that is lost: {:?}", oldest(0, 1));
    assert!(oldest(1, 0) < Some(1_000_000), "and what others wrote was there: {:?}", oldest(1, 0));
    let folded: u64 = replay::play(&DAY.recording)
        .0
        .series(0, 200, 15)
        .seconds
        .iter()
        .flat_map(|row| &row.staleness)
        .flat_map(|one| &one.reads)
        .sum();
    assert_eq!(
        folded,
        recorded.values().map(|sum| sum.0).sum::<u64>(),
        "and nothing is lost when seconds are added up"
    );
}

#[test]
fn what_is_not_known_is_a_gap_with_its_reason() {
    let gaps = DAY.messages.iter().filter_map(|(_, message)| match message {
        Message::Gap(gap) => Some((gap.populations.clone(), gap.from, gap.to)),
        _ => None,
    });
    let expected = [(vec![1], 63, Some(64)), (vec![0], 90, Some(93)), (vec![2], 98, None), (vec![2], 98, Some(106))];
    assert_eq!(gaps.collect::<Vec<_>>(), expected);
    let told = last_told(&DAY.messages);
    assert!(!told[&91].populations.contains(&0), "a gap is no row of zeros: {:?}", told[&91]);
}

#[test]
fn each_generator_says_what_it_has_told_of_and_what_is_missing_with_its_reason() {
    let told = |until: f64| {
        let found = DAY.messages.iter().rev().find_map(|(at, message)| match message {
            Message::Generators(told) if at.as_secs_f64() - 2.0 <= until => Some(told),
            _ => None,
        });
        let all = found.unwrap().generators.iter().map(|one| one.coverage.clone().unwrap());
        let gaps = |one: &Coverage| one.missing.iter().map(|gap| (gap.from, gap.to, gap.why.clone())).collect();
        all.map(|one| (one.from, one.to, gaps(&one), one.text)).collect::<Vec<(_, _, Vec<_>, _)>>()
    };
    let end = 2 + game_day::SECONDS_MIN;
    let spool = (90, 93, "its spool was full".to_owned());
    let clock = (63, 64, "its clock jumped by +1.200 s ± 0.004 s".to_owned());
    let lost = (98, 106, "it was lost: nothing was heard of it for 4 s".to_owned());
    let expected = [
        (2, end, vec![spool], "97.5 %, 3 seconds missing".to_owned()),
        (2, end, vec![clock], "99.17 %, 1 second missing".to_owned()),
        (2, 106, vec![lost], "92.3 %, 8 seconds missing".to_owned()),
    ];
    assert_eq!(told(1_000.0), expected);
    assert!(
        told(30.0).iter().all(|(from, to, gaps, text)| *from == 2 && *to >= 28 && gaps.is_empty() && text == "100 %")
    );
}

#[test]
fn what_could_not_be_trusted_is_a_doubt_of_its_seconds_and_is_told_to_whoever_comes_late() {
    let doubt = |message: &Message| match message {
        Message::Doubt(doubt) => Some((doubt.population, doubt.from, doubt.to, doubt.why.clone())),
        _ => None,
    };
    let news: Vec<_> = DAY.messages.iter().filter_map(|(_, message)| doubt(message)).collect();
    let ends: BTreeMap<_, _> = news.iter().map(|(population, from, to, _)| ((*population, *from), *to)).collect();
    assert!(news.iter().any(|(.., to, _)| to.is_none()), "told as it begins: {news:?}");
    assert!(ends.iter().all(|((_, from), to)| to.is_none_or(|to| to > *from)), "{ends:?}");
    for (at, message) in &DAY.messages {
        let Message::State(state) = message else { continue };
        let doubted = state.populations.iter().enumerate().filter(|(_, one)| one.state == Headline::NotTrusted);
        for (population, _) in doubted.filter(|_| state.phase != RunPhase::Done) {
            let second = at.second().saturating_sub(1);
            let is_told = |((whose, from), to): (&(usize, u64), &Option<u64>)| {
                *whose == population && *from <= second && to.is_none_or(|to| second < to)
            };
            assert!(ends.iter().any(is_told), "population {population} at {second}: {ends:?}");
        }
    }
    let late: Vec<_> = replay::play(&DAY.recording).0.catch_up().iter().filter_map(doubt).collect();
    assert_eq!(late.len(), ends.len(), "each once, as it was told last");
    assert!(late.iter().all(|(population, from, to, _)| ends[&(*population, *from)] == *to));
}

#[test]
fn the_verdict_is_the_findings_own_words_and_order() {
    let (_, last) = states(&DAY.messages).pop().unwrap();
    assert_eq!(last.sentence, DAY.findings.summary.sentence);
    assert_eq!(last.second_line, DAY.findings.summary.second_sentence);
    assert_eq!((last.phase, last.headline), (RunPhase::Done, Headline::Fail));
    let outcomes: Vec<Outcome> = last.objectives.iter().map(|row| row.outcome).collect();
    let rank = |outcome: &Outcome| match outcome {
        Outcome::Fail => 0,
        Outcome::Inconclusive => 1,
        Outcome::Pass => 2,
        Outcome::Open => 3,
    };
    assert!(outcomes.is_sorted_by_key(rank), "{outcomes:?}");
    assert!(last.score.iter().all(|row| row.is_final));
    let Some((_, Message::End(end))) = DAY.messages.last() else { panic!("the end is told last") };
    assert_eq!(end.verdict_line, report::verdict_line(&DAY.findings));
}

#[test]
fn a_run_that_came_to_its_end_is_never_called_cut_off() {
    assert!(states(&DAY.messages).iter().all(|(_, state)| state.phase != RunPhase::Aborted));
}

#[test]
fn log_lines_are_told_once_in_order_with_the_verdicts_at_the_end() {
    let lines = || {
        DAY.messages.iter().filter_map(|(_, message)| match message {
            Message::Log(line) => Some(line),
            _ => None,
        })
    };
    assert!(lines().map(|line| line.id).eq(0..lines().count() as u64));
    let has = |tag: &str, text: &str| lines().any(|line| line.tag == tag && line.text.contains(text));
    assert!(has("FAULT", "every process of eu-west-1 is dead"));
    assert!(has("GEN", "generator 3 was lost: nothing was heard of it for 4 s"));
    assert!(has("LOST", "5 acknowledged writes lost"));
}

#[test]
fn who_comes_late_is_told_all_that_holds() {
    let (feed, messages, end) = replay::play(&DAY.recording);
    let kinds: Vec<&str> = feed.catch_up().iter().map(kind).collect();
    assert_eq!(&kinds[..3], ["plan", "state", "generators"], "first what a viewer needs first");
    assert_eq!(kinds.iter().filter(|kind| **kind == "mark").count(), marks(messages.iter()).len());
    let series = feed.series(0, end.second() + 1, 1);
    let told = last_told(&messages);
    assert_eq!(
        series.seconds.iter().collect::<Vec<_>>(),
        told.into_values().filter(|one| !one.populations.is_empty()).collect::<Vec<_>>()
    );
    let folded = feed.series(0, end.second() + 1, 15);
    let count = |seconds: &[Seconds]| seconds.iter().flat_map(|one| &one.ok).sum::<u64>();
    assert_eq!(count(&folded.seconds), count(&series.seconds), "added up, nothing is lost");
    assert!(folded.seconds.len() < 10);
    let fine: BTreeSet<u64> = series.fine.iter().map(|fine| fine.second).collect();
    assert!(fine.contains(&43));
}

#[test]
fn a_run_that_crashed_is_played_to_its_end_and_is_aborted() {
    let recording = game_day::crashed(3, 60);
    let messages = replay::messages(&recording, None);
    let (at, last) = states(&messages).pop().unwrap();
    assert_eq!((last.phase, last.headline), (RunPhase::Aborted, Headline::NoData), "{}", last.sentence);
    assert!((59.0..=61.0).contains(&at), "{at}");
    assert!(!messages.iter().any(|(_, message)| matches!(message, Message::End(_))), "nobody has judged it");
    let judged = replay::messages(&recording, Some(&verdict::judge(&recording)));
    let (_, last) = states(&judged).pop().unwrap();
    assert_eq!(last.phase, RunPhase::Aborted, "judged, and still cut off");
    assert!(matches!(last.headline, Headline::Fail | Headline::Inconclusive), "{:?}", last.headline);
}

#[test]
fn times_never_go_back_and_the_plan_comes_first() {
    assert!(DAY.messages.is_sorted_by_key(|(at, _)| *at));
    assert_eq!(kind(&DAY.messages[0].1), "plan");
}

fn kind(message: &Message) -> &'static str {
    match message {
        Message::Hello(_) => "hello",
        Message::Plan(_) => "plan",
        Message::Second(_) => "second",
        Message::Fine(_) => "fine",
        Message::Mark(_) => "mark",
        Message::Log(_) => "log",
        Message::Gap(_) => "gap",
        Message::Doubt(_) => "doubt",
        Message::Samples(_) => "samples",
        Message::Generators(_) => "generators",
        Message::State(_) => "state",
        Message::Resync => "resync",
        Message::End(_) => "end",
    }
}
