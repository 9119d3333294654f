//! Every sentence that is said while a run goes on. Page, terminal, report and JSON say the same, for there are no others.
//!
//! The order is *who – what – since when and for how long – where now*. Each is written in several lengths, the longest first, and the
//! first that fits is said; the last has the name shortened in its middle. [`SENTENCE_MAX`] is what can be read from three metres.

use super::{phase::Phase, state::State};
use crate::words;
use std::time::Duration;

/// The most characters of a sentence.
pub const SENTENCE_MAX: usize = 160;
/// The most characters of the second line.
pub const SECOND_LINE_MAX: usize = 240;
/// The most characters of a name in a sentence that is too long.
const NAME_MAX: usize = 32;

/// Who is spoken of, and how they fare.
#[derive(Debug, Clone, Default)]
pub(super) struct Who {
    /// `europe`.
    pub(super) name: String,
    pub(super) state: Option<State>,
    /// For how long it has been in this state.
    pub(super) lasts: Duration,
    /// Since when, as a time of day: `14:02:00`.
    pub(super) since: String,
    pub(super) why: String,
    /// Who serves them: `us-east-1`, 0.64. Empty: nobody.
    pub(super) served: Vec<(String, f64)>,
    pub(super) home: String,
    /// For how long it has been affected in this run, zero: it was not.
    pub(super) affected: Duration,
    pub(super) down: Duration,
    /// Since when it was affected, as a time of day.
    pub(super) affected_since: String,
}

/// What the sentence is about.
#[derive(Debug, Clone, Default)]
pub(super) struct Told {
    pub(super) phase: Phase,
    pub(super) populations: usize,
    pub(super) generators: usize,
    /// Whether load has.
    pub(super) has_begun: bool,
    /// The one that fares worst, or was affected longest where all are well.
    pub(super) worst: Who,
    /// How long all have been fine.
    pub(super) all_fine: Duration,
    /// The next fault, and how long until then.
    pub(super) next: Option<(String, Duration)>,
    /// Why it was stopped.
    pub(super) aborted: String,
}

/// The sentence.
pub(super) fn sentence(told: &Told) -> String {
    let who = &told.worst;
    let candidates = match (told.phase, who.state) {
        (Phase::Waiting, _) | (_, None) => waiting(told),
        (Phase::Aborted, _) => aborted(told),
        (_, Some(State::Down)) => down(who),
        (_, Some(State::NoData)) => no_data(who),
        (_, Some(State::NotTrusted)) => not_trusted(who),
        (_, Some(State::Degraded)) => degraded(who),
        (_, Some(State::Rerouted)) if who.affected.is_zero() => rerouted(who),
        (_, Some(State::Rerouted)) => failed_over(who),
        (_, Some(State::Fine)) if who.affected.is_zero() => all_fine(told),
        (_, Some(State::Fine)) => well_again(who),
    };
    fit(candidates, SENTENCE_MAX)
}

fn waiting(told: &Told) -> Vec<String> {
    let ready = match told.generators {
        0 => "no generator is ready yet".to_owned(),
        1 => "1 generator is ready".to_owned(),
        many => format!("{many} generators are ready"),
    };
    let what = if told.has_begun { "Load has begun, and nothing is known yet" } else { "Waiting for load" };
    vec![format!("{what}: {ready}.")]
}

fn aborted(told: &Told) -> Vec<String> {
    let who = &told.worst;
    let hit = affected(who).map_or_else(String::new, |hit| format!(" {hit}."));
    vec![
        format!("The run was stopped: {}.{hit}", told.aborted),
        format!("The run was stopped: {}.", told.aborted),
        "The run was stopped before its end.".to_owned(),
    ]
}

fn down(who: &Who) -> Vec<String> {
    let now = served(who).map_or_else(String::new, |served| format!("; served so far by {served}"));
    both(who, |name| {
        let head = format!("{name} users down for {} (since {})", length(who.lasts), who.since);
        vec![format!("{head}: {}{now}.", who.why), format!("{head}: {}.", who.why), format!("{head}.")]
    })
}

fn degraded(who: &Who) -> Vec<String> {
    let now =
        served(who).filter(|_| is_elsewhere(who)).map_or_else(String::new, |served| format!("; served by {served}"));
    both(who, |name| {
        let head = format!("{name} users degraded for {} (since {})", length(who.lasts), who.since);
        vec![format!("{head}: {}{now}.", who.why), format!("{head}: {}.", who.why), format!("{head}.")]
    })
}

fn no_data(who: &Who) -> Vec<String> {
    both(who, |name| {
        let head = format!("{name} users: no data for {} (since {})", length(who.lasts), who.since);
        vec![format!("{head}: {}.", who.why), format!("{head}.")]
    })
}

fn not_trusted(who: &Who) -> Vec<String> {
    both(who, |name| {
        let head = format!("{name} users: numbers not to be trusted since {}", who.since);
        vec![format!("{head} ({}).", who.why), format!("{head}.")]
    })
}

fn rerouted(who: &Who) -> Vec<String> {
    let by = served(who).unwrap_or_else(|| "another region".to_owned());
    both(who, |name| {
        vec![
            format!("{name} users are fine; since {} they are served by {by}.", who.since),
            format!("{name} users are fine, and served elsewhere since {}.", who.since),
        ]
    })
}

fn failed_over(who: &Who) -> Vec<String> {
    let by = served(who).unwrap_or_else(|| "another region".to_owned());
    both(who, |name| {
        let Some(hit) = affected(&Who { name: name.to_owned(), ..who.clone() }) else { return Vec::new() };
        vec![format!("{hit}; their traffic is now served by {by}."), format!("{hit}; now served elsewhere.")]
    })
}

fn well_again(who: &Who) -> Vec<String> {
    both(who, |name| {
        let Some(hit) = affected(&Who { name: name.to_owned(), ..who.clone() }) else { return Vec::new() };
        let home = if who.home.is_empty() { String::new() } else { format!(", served by {}", who.home) };
        vec![format!("{hit}; fine for {}{home}.", length(who.lasts)), format!("{hit}; fine now.")]
    })
}

fn all_fine(told: &Told) -> Vec<String> {
    let all = match told.populations {
        1 => format!("{} users", told.worst.name),
        2 => "Both populations".to_owned(),
        many => format!("All {many} populations"),
    };
    let head = format!("{all} fine for {}", length(told.all_fine));
    let warm = if told.phase == Phase::WarmUp { "; warm-up, not measured yet" } else { "" };
    let next = told.next.as_ref().map(|(name, left)| format!("; {name} in {}", length(*left)));
    let next = next.unwrap_or_default();
    vec![
        format!("{head}{warm}{next}."),
        format!("{head}{warm}."),
        format!("All users fine for {}.", length(told.all_fine)),
    ]
}

/// `europe users were affected for 17.6 s (down 11.7 s) from 14:02:00`; `None`: they were not.
fn affected(who: &Who) -> Option<String> {
    let down = if who.down.is_zero() { String::new() } else { format!(" (down {})", length(who.down)) };
    let (name, lasted, since) = (&who.name, length(who.affected), &who.affected_since);
    (!who.affected.is_zero()).then(|| format!("{name} users were affected for {lasted}{down} from {since}"))
}

fn is_elsewhere(who: &Who) -> bool {
    who.served.iter().any(|(region, _)| *region != who.home)
}

/// `us-east-1 (64 %) and ap-south-1 (36 %)`; `None`: nobody.
fn served(who: &Who) -> Option<String> {
    let first: Vec<String> =
        who.served.iter().take(2).map(|(region, share)| format!("{region} ({})", whole_percent(*share))).collect();
    (!first.is_empty()).then(|| words::list(&first))
}

/// With the name as it is, then with one that is cut.
fn both(who: &Who, say: impl Fn(&str) -> Vec<String>) -> Vec<String> {
    let mut candidates = say(&who.name);
    candidates.extend(say(&middle(&who.name, NAME_MAX)));
    candidates
}

/// How those fare of whom the sentence doesn't tell.
#[derive(Debug, Clone, Default)]
pub(super) struct Others {
    /// Those that are not well: name, word, why. The worst first.
    pub not_well: Vec<(String, State, String)>,
    /// Those that are well and served elsewhere, and for how long they were affected before: the longest first.
    pub rerouted: Vec<(String, Duration)>,
    /// How many are well at home.
    pub fine: usize,
}

/// The others, and whether the measurement is trusted.
pub(super) fn second_line(others: &Others, doubt: Option<&str>) -> String {
    let Others { not_well, rerouted, fine } = others;
    let alike: Vec<&[(String, State, String)]> =
        not_well.chunk_by(|one, next| (one.1, &one.2) == (next.1, &next.2)).collect();
    let mut parts: Vec<String> = alike.iter().take(2).map(|alike| fare_alike(alike)).collect();
    let unnamed: usize = alike.iter().skip(2).map(|alike| alike.len()).sum();
    if unnamed > 0 {
        parts.push(format!("{unnamed} more not fine"));
    }
    parts.extend(said_rerouted(rerouted));
    if *fine > 0 {
        parts.push(format!("{fine} fine"));
    }
    let others = if parts.is_empty() { String::new() } else { format!("Others: {}. ", words::list(&parts)) };
    let counts = [(not_well.len(), "not fine"), (rerouted.len(), "rerouted"), (*fine, "fine")];
    let counted: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    let short = if parts.is_empty() { String::new() } else { format!("Others: {}. ", words::list(&counted)) };
    let trust =
        doubt.map_or_else(|| "Measurement trusted.".to_owned(), |doubt| format!("Measurement not trusted: {doubt}."));
    let bare = if doubt.is_some() { "Measurement not trusted." } else { "Measurement trusted." };
    fit(vec![format!("{others}{trust}"), format!("{short}{trust}"), format!("{short}{bare}")], SECOND_LINE_MAX)
}

/// `europe rerouted (was affected for 11.7 s)`: who is served elsewhere must not vanish among those to whom nothing happened.
fn said_rerouted(rerouted: &[(String, Duration)]) -> Option<String> {
    let (name, affected) = rerouted.first()?;
    let name = middle(name, NAME_MAX);
    let was =
        if affected.is_zero() { String::new() } else { format!(" (was affected for {})", words::duration(*affected)) };
    Some(match rerouted.len() - 1 {
        0 => format!("{name} rerouted{was}"),
        more => format!("{name}{was} and {more} more rerouted"),
    })
}

/// `asia and africa not trusted (g-eu: it can't keep up)`: some of the same state for the same reason, the first two by name.
fn fare_alike(alike: &[(String, State, String)]) -> String {
    let Some((_, state, why)) = alike.first() else { return String::new() };
    let mut names: Vec<String> = alike.iter().take(2).map(|(name, ..)| middle(name, NAME_MAX)).collect();
    if alike.len() > 2 {
        names.push(format!("{} more", alike.len() - 2));
    }
    let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
    format!("{} {}{why}", words::list(&names), state.word())
}

/// Why a population is in that state.
pub(super) fn succeed(share: f64, min: f64) -> String {
    format!("{} succeed, {} promised", words::share_against(share, min), words::share(min))
}

pub(super) fn slow(p99: Duration, max: Duration) -> String {
    format!("p99 {} > {}", words::duration_against(p99, max), words::duration(max))
}

pub(super) fn failing(share: f64, mostly: Option<&str>) -> String {
    let mostly = mostly.map_or_else(String::new, |kind| format!(", mostly {kind}"));
    format!("{} fail{mostly}", whole_percent(share))
}

pub(super) fn unanswered(in_flight: u64) -> String {
    format!("nothing is answered, {} under way", words::counted(in_flight, "request"))
}

pub(super) fn silent(length_of: Duration) -> String {
    format!("nothing heard for {}", length(length_of))
}

pub(super) const NOTHING_ENDED: &str = "no request ended";

/// `fault in 0:50`.
pub(super) fn fault_in(left: Duration) -> String {
    format!("fault in {}", minutes(left))
}

/// `fault lose-europe 0:11 of 0:22`.
pub(super) fn fault_now(name: &str, lasts: Duration, planned: Option<Duration>, also: usize) -> String {
    let of = planned.map_or_else(String::new, |planned| format!(" of {}", minutes(planned)));
    let also = if also == 0 { String::new() } else { format!(" and {also} more") };
    format!("fault {} {}{of}{also}", middle(name, NAME_MAX), minutes(lasts))
}

/// `0:11`, `15:00`.
fn minutes(length: Duration) -> String {
    format!("{}:{:02}", length.as_secs() / 60, length.as_secs() % 60)
}

/// A length of time while it grows: to the tenth of a second, so that it does not flicker.
fn length(length: Duration) -> String {
    words::duration(Duration::from_millis(u64::try_from(length.as_millis() / 100 * 100).unwrap_or(u64::MAX)))
}

/// In whole per cent, with `0 %` and `100 %` only when exact.
fn whole_percent(share: f64) -> String {
    match share * 100.0 {
        percent if percent <= 0.0 || percent >= 100.0 => words::share(share),
        percent if percent < 1.0 => "< 1 %".to_owned(),
        percent if percent > 99.0 => "> 99 %".to_owned(),
        percent => format!("{percent:.0} %"),
    }
}

/// The first that fits; the last is cut.
fn fit(candidates: Vec<String>, max: usize) -> String {
    let last = candidates.last().map(|last| middle(last, max)).unwrap_or_default();
    candidates.into_iter().find(|one| one.chars().count() <= max).unwrap_or(last)
}

/// A text shortened in its middle.
fn middle(text: &str, max: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= max {
        return text.to_owned();
    }
    let keep = max.saturating_sub(1);
    let (head, tail) = (keep.div_ceil(2), keep / 2);
    letters[..head].iter().chain(['…'].iter()).chain(&letters[letters.len() - tail..]).collect()
}

#[cfg(test)]
#[path = "templates_tests.rs"]
mod tests;
