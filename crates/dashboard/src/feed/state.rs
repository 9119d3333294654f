//! What can be said now, as the page has it.

use super::plan::micros;
use crate::wire::{
    Coverage, Generator, Generators, Headline, Missing, ObjectiveRow, Outcome, PopulationState, RunPhase, ScoreRow,
    State,
};
use units::RunTime;
use verdict::{
    Findings, Verdict,
    findings::Span,
    live::{self, Live, Mark, Now, Phase},
};

/// Stretches of missing seconds of a generator that are told one by one.
const MISSING_MAX: usize = 100;

/// What is said while the run goes on.
pub(super) fn of(now: &Now) -> State {
    State {
        at_us: now.at.as_micros(),
        phase: phase(now.phase),
        phase_text: now.phase_text.clone(),
        is_held: now.is_held,
        headline: headline(now.state),
        sentence: now.sentence.clone(),
        second_line: now.second_line.clone(),
        is_trusted: now.is_trusted,
        populations: now.populations.iter().map(population).collect(),
        score: now.score.iter().map(|row| score(row, false)).collect(),
        objectives: now.promises.iter().map(objective).collect(),
    }
}

/// What is said when the run is judged: the findings' own sentences and numbers. The populations are as they were last seen.
pub(super) fn judged(findings: &Findings, before: Option<State>) -> State {
    let aborted = findings.recording.aborted || !findings.recording.complete;
    State {
        at_us: micros(findings.run.length.0),
        phase: if aborted { RunPhase::Aborted } else { RunPhase::Done },
        phase_text: if aborted { "aborted" } else { "done" }.to_owned(),
        is_held: false,
        headline: match findings.summary.verdict {
            Verdict::Pass => Headline::Pass,
            Verdict::Inconclusive => Headline::Inconclusive,
            Verdict::Fail => Headline::Fail,
        },
        sentence: findings.summary.sentence.clone(),
        second_line: findings.summary.second_sentence.clone(),
        is_trusted: findings.trust.iter().all(|rule| rule.verdict == Verdict::Pass),
        populations: before.map(|state| state.populations).unwrap_or_default(),
        score: live::judged(findings).iter().map(|row| score(row, true)).collect(),
        objectives: live::promises(findings).iter().map(objective).collect(),
    }
}

/// What is said when nothing more comes; `None`: the run came to its end, or was stopped, and says so already.
pub(super) fn cut(state: State, at: RunTime) -> Option<State> {
    let is_over = matches!(state.phase, RunPhase::Done | RunPhase::Aborted);
    (!is_over).then(|| State {
        at_us: at.as_micros(),
        phase: RunPhase::Aborted,
        phase_text: "aborted".to_owned(),
        is_held: false,
        headline: Headline::NoData,
        sentence: "The recording ends before the run's end, and was not judged.".to_owned(),
        second_line: "Measurement not trusted: the recording is not whole.".to_owned(),
        is_trusted: false,
        ..state
    })
}

/// How the generators fare.
pub(super) fn generators(now: &Now, live: &Live) -> Generators {
    let one = |one: &live::GeneratorNow| Generator {
        name: one.name.clone(),
        place: one.place.clone(),
        due: one.due,
        sent: one.sent,
        lag_p99_us: one.lag_p99.map(micros),
        cpu: one.cpu,
        descriptors: one.descriptors,
        descriptors_max: one.descriptors_max,
        memory: one.memory,
        clock_bound_us: one.clock_bound.map(micros),
        last_second: one.last_second,
        coverage: live.coverage(one.agent, now.at).map(coverage),
        distrust: one.distrust.clone(),
    };
    Generators { line: now.generators_line.clone(), generators: now.generators.iter().map(one).collect() }
}

fn coverage(now: live::CoverageNow) -> Coverage {
    let mut longest = now.missing;
    longest.sort_by_key(|one| std::cmp::Reverse(one.seconds.end - one.seconds.start));
    longest.truncate(MISSING_MAX);
    longest.sort_by_key(|one| one.seconds.start);
    let missing = longest.into_iter().map(|one| Missing { from: one.seconds.start, to: one.seconds.end, why: one.why });
    Coverage { from: now.seconds.start, to: now.seconds.end, missing: missing.collect(), text: now.text }
}

fn population(one: &live::PopulationNow) -> PopulationState {
    PopulationState {
        state: headline(one.state),
        since_us: one.since.as_micros(),
        home: one.home,
        affected_us: micros(one.affected),
        why: one.why.clone(),
    }
}

fn score(row: &live::ScoreRow, is_final: bool) -> ScoreRow {
    ScoreRow {
        name: row.name.to_owned(),
        value: row.value.clone(),
        limit: row.limit.clone(),
        outcome: outcome(row.mark),
        is_final,
        evidence_us: row.evidence.map(ends),
    }
}

fn objective(row: &live::PromiseRow) -> ObjectiveRow {
    ObjectiveRow {
        name: row.name.clone(),
        scope: row.scope.clone(),
        value: row.value.clone(),
        limit: row.limit.clone(),
        outcome: outcome(row.mark),
        reason: row.reason.clone(),
        evidence_us: row.evidence.map(ends),
    }
}

fn ends(span: Span) -> (u64, u64) {
    (span.from.as_micros(), span.to.as_micros())
}

fn outcome(mark: Mark) -> Outcome {
    match mark {
        Mark::Pass => Outcome::Pass,
        Mark::Fail => Outcome::Fail,
        Mark::Inconclusive => Outcome::Inconclusive,
        Mark::Open => Outcome::Open,
    }
}

fn headline(state: live::State) -> Headline {
    match state {
        live::State::Fine => Headline::Fine,
        live::State::Rerouted => Headline::Rerouted,
        live::State::Degraded => Headline::Degraded,
        live::State::NotTrusted => Headline::NotTrusted,
        live::State::NoData => Headline::NoData,
        live::State::Down => Headline::Down,
    }
}

fn phase(phase: Phase) -> RunPhase {
    match phase {
        Phase::Waiting => RunPhase::Waiting,
        Phase::WarmUp => RunPhase::WarmUp,
        Phase::Baseline => RunPhase::Baseline,
        Phase::Fault => RunPhase::Fault,
        Phase::Recovering => RunPhase::Recovering,
        Phase::Healed => RunPhase::Healed,
        Phase::Settling => RunPhase::Settling,
        Phase::Done => RunPhase::Done,
        Phase::Aborted => RunPhase::Aborted,
    }
}
