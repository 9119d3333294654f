//! Recovery time "per region × operation class × fault repetition: min, median, p90, max" (`definitions.md`), over the times
//! that one fault came.
//!
//! Two or three drills make no percentile: the median takes 5 times and p90 takes 29, as anywhere else, and with fewer it says
//! so. The shortest and the longest are what they are. A time after which nobody recovered has no recovery time: it is counted
//! apart and never among the known ones, for a distribution of those who survived would look better the worse the service is.

use super::{fault::taken, percentile::percentile};
use crate::{
    findings::{FaultFinding, Length, Recovery, RecoveryState, RecoveryTimes},
    words,
};
use record::Histogram;
use std::collections::BTreeMap;

/// The recovery times of every fault that comes more than once.
pub(crate) fn recovery_times(faults: &[FaultFinding]) -> Vec<RecoveryTimes> {
    let firsts = faults.iter().filter(|fault| fault.outages > 1 && fault.outage == 1);
    let of_fault = |first: &FaultFinding| {
        let own = faults.iter().filter(|fault| fault.fault == first.fault);
        let named: Vec<Named<'_>> = own.map(|fault| (fault.name.clone(), fault.recovery.as_slice())).collect();
        of_fault(&first.fault, u64::from(first.outages), &named)
    };
    firsts.flat_map(of_fault).collect()
}

/// One of the times that a fault came: what it is called, and how each population came back.
pub(crate) type Named<'a> = (String, &'a [Recovery]);

/// The recovery times of one fault, which came so many times, per population and class.
pub(crate) fn of_fault(name: &str, outages: u64, times: &[Named<'_>]) -> Vec<RecoveryTimes> {
    let mut streams: BTreeMap<(usize, &str), Vec<(&str, &Recovery)>> = BTreeMap::new();
    for (time, recoveries) in times {
        for one in *recoveries {
            streams.entry((one.population, one.class.as_str())).or_default().push((time, one));
        }
    }
    streams.into_iter().map(|(stream, times)| of_stream(name, outages, stream, &times)).collect()
}

fn of_stream(
    name: &str,
    outages: u64,
    (population, class): (usize, &str),
    times: &[(&str, &Recovery)],
) -> RecoveryTimes {
    let mut histogram = Histogram::new();
    let known: Vec<Length> = times.iter().filter_map(|(_, one)| one.time).collect();
    known.iter().for_each(|time| histogram.record(time.0));
    let not_recovered = times.iter().filter(|(_, one)| one.state == RecoveryState::NotRecovered).count() as u64;
    // `max_by_key` takes the last of equals.
    let worst = times.iter().rev().max_by_key(|(_, one)| (rank(one.state), taken(one)));
    let mut found = RecoveryTimes {
        fault: name.to_owned(),
        population,
        class: class.to_owned(),
        outages,
        known: known.len() as u64,
        not_recovered,
        undecided: outages.saturating_sub(known.len() as u64 + not_recovered),
        shortest: known.iter().min().copied(),
        p50: percentile(&histogram, 50.0),
        p90: percentile(&histogram, 90.0),
        longest: times.iter().filter_map(|(_, one)| one.time.or(one.at_least)).max(),
        worst: worst.map(|(time, _)| (*time).to_owned()),
        text: String::new(),
    };
    found.text = told(&found);
    found
}

fn rank(state: RecoveryState) -> u8 {
    match state {
        RecoveryState::NotAffected | RecoveryState::Recovered => 0,
        RecoveryState::Undecided => 1,
        RecoveryState::NotRecovered => 2,
    }
}

fn told(found: &RecoveryTimes) -> String {
    let mut text = format!("{} of {} known", words::count(found.known), words::counted(found.outages, "time"));
    if let Some(shortest) = found.shortest {
        let longest = found.longest.unwrap_or(shortest);
        let least = if found.not_recovered + found.undecided > 0 && longest > shortest { "at least " } else { "" };
        text += &format!(": {} to {least}{}", words::duration(shortest.0), words::duration(longest.0));
    }
    for (count, what) in [(found.not_recovered, "not recovered"), (found.undecided, "can't be told")] {
        if count > 0 {
            text += &format!("; {} {what}", words::count(count));
        }
    }
    text
}
