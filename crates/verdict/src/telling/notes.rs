//! What the reader must know to read the numbers right: what makes them mean less than they seem to, what is emulated,
//! what was not measured.

use crate::{
    evidence::Evidence,
    findings::{Note, NoteKind},
    words,
};
use plan::fault::Proving;
use plan::resolved::{FaultKind, LinkCuts, LoadModel, ObjectiveKind, PathBasis, Target, TlsTrust};
use std::collections::BTreeSet;

/// The notes, warnings first.
pub(crate) fn notes(evidence: &Evidence<'_>) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut note = |kind, text: String| notes.push(Note { kind, text });
    warnings(evidence, &mut |text| note(NoteKind::Warning, text));
    emulated(evidence, &mut |text| note(NoteKind::Emulated, text));
    not_measured(evidence, &mut |text| note(NoteKind::NotMeasured, text));
    definitions(evidence, &mut |text| note(NoteKind::Definition, text));
    notes
}

fn warnings(evidence: &Evidence<'_>, note: &mut dyn FnMut(String)) {
    let plan = evidence.plan;
    for defect in defects_on(evidence) {
        note(format!("the defect {defect} was switched on in the target on purpose"));
    }
    if matches!(plan.load.model, LoadModel::Closed) && !plan.faults.is_empty() {
        note(
            "the load is closed: users wait for their answers, so in an outage it falls by itself, and the numbers look \
             better than they are for users who keep coming; use the open model across an outage"
                .to_owned(),
        );
    }
    if let LoadModel::PartlyOpen { journeys_mean } = plan.load.model
        && journeys_mean >= 10.0
        && !plan.faults.is_empty()
    {
        note(format!(
            "sessions of {journeys_mean} journeys behave like a closed load: in an outage it falls by itself"
        ));
    }
    if matches!(&plan.target, Target::Attached { trust: TlsTrust::Anything, .. }) {
        note("any certificate was accepted: what TLS proves was not tested".to_owned());
    }
    if evidence.timeline.baseline.is_none() {
        note("there is no baseline: nothing says what was normal before the first fault".to_owned());
    }
}

fn emulated(evidence: &Evidence<'_>, note: &mut dyn FnMut(String)) {
    let plan = evidence.plan;
    let real = real_places(evidence);
    let paths = || {
        let emulated = plan.populations.iter().enumerate().filter(|(index, _)| evidence.places.real(*index).is_none());
        let users = emulated.flat_map(|(_, population)| &population.paths);
        users.chain(plan.peer_paths.iter().map(|peer| &peer.path))
    };
    if paths().next().is_none() {
        let distance = match real.as_str() {
            "" => "this machine is".to_owned(),
            real => format!("where their agents stand: {real}"),
        };
        note(format!("no path is emulated: users are as far from the service as {distance}"));
        return;
    }
    if !real.is_empty() {
        note(format!("some distances are real, for agents stand there and nothing is emulated: {real}"));
    }
    let by_kernel = matches!(&plan.target, Target::Chirp(chirp) if chirp.cuts == LinkCuts::Kernel);
    let exception = if by_kernel { ", except where the kernel cuts a link" } else { "" };
    note(format!(
        "distances are emulated: bytes are delayed in the load generator's sockets and in relays between regions; no packet \
         is ever lost, duplicated or reordered{exception}, and nothing here claims packet loss"
    ));
    if by_kernel {
        note(
            "links are cut by the kernel: packets of a black hole are really dropped, and who is rejected is answered with a real \
             reset; stalls and shares of connections stay emulated"
                .to_owned(),
        );
    }
    let mut kinds: BTreeSet<&str> = BTreeSet::new();
    for path in paths() {
        kinds.insert(match path.basis {
            PathBasis::Measured { .. } => "measured",
            PathBasis::ZoneStretch { .. } | PathBasis::Line { .. } => "estimated",
            PathBasis::Chosen => "chosen by the plan",
        });
    }
    let kinds: Vec<String> = kinds.into_iter().map(str::to_owned).collect();
    note(format!("the paths' round trips are {}", words::list(&kinds)));
    if matches!(plan.target, Target::Chirp(_)) {
        note("regions are processes on one machine: they share its processors, memory, disk and clock".to_owned());
    }
}

/// The populations that were generated over the real network, and from where.
fn real_places(evidence: &Evidence<'_>) -> String {
    let populations = 0..evidence.plan.populations.len();
    let real = populations.filter_map(|index| {
        let places = evidence.places.real(index)?;
        Some(format!("{} in {}", evidence.population_name(index), words::list(&places)))
    });
    real.collect::<Vec<_>>().join(", ")
}

fn not_measured(evidence: &Evidence<'_>, note: &mut dyn FnMut(String)) {
    let plan = evidence.plan;
    if plan.ledger.is_none() {
        note("data loss was not measured: the plan has no ledger".to_owned());
    } else {
        note(
            "duplicates, resurrected deletes and the order of writes were not measured: the ledger asks whether a write is \
             there, not how often and not before which other"
                .to_owned(),
        );
    }
    let has_command = plan.faults.iter().any(|fault| matches!(fault.kind, FaultKind::Command(_)));
    if has_command {
        note("the proofs of a command fault are what the plan's own commands say".to_owned());
    }
    for fault in &plan.faults {
        let assumed = [(fault.verify.effect, "effect"), (fault.verify.removal, "removal")];
        for (_, what) in assumed.into_iter().filter(|(proving, _)| *proving == Proving::Assume) {
            note(format!("the {what} of {} is assumed: its plan takes it for granted, nobody measured it", fault.name));
        }
    }
}

fn definitions(evidence: &Evidence<'_>, note: &mut dyn FnMut(String)) {
    let bound = evidence.places.clock_bound;
    if !bound.is_zero() {
        note(format!(
            "instants of agents on other machines are good to ± {} of the controller's clock at first; what changed since is among \
             the events",
            words::duration(bound)
        ));
    }
    let has_recovery = |kind: &ObjectiveKind| matches!(kind, ObjectiveKind::RecoveryTime { .. });
    if !evidence.plan.faults.is_empty()
        || evidence.plan.objectives.iter().any(|objective| has_recovery(&objective.kind))
    {
        let trust = &evidence.plan.trust;
        note(format!(
            "recovered = {} of a population's requests succeed over {}, and all but one in a hundred of them within {} times the \
             baseline's p99 or {} more than it, counted from the first failed request; a relapse while the fault lasts starts \
             it again",
            words::share(trust.recovered_success_min.fraction()),
            words::duration(trust.recovered_window),
            trust.recovered_response.times,
            words::duration(trust.recovered_response.more)
        ));
    }
    note(
        "response time counts from the intended time, so waiting is inside; percentiles are of successes, from merged \
         histograms"
            .to_owned(),
    );
}

/// Defects of the target that were switched on: those of the plan, and those that the target itself reported.
pub(crate) fn defects_on(evidence: &Evidence<'_>) -> Vec<String> {
    let mut defects: BTreeSet<String> = BTreeSet::new();
    if let Target::Chirp(lab) = &evidence.plan.target {
        defects.extend(lab.defects.iter().cloned());
    }
    for event in &evidence.events {
        if let record::EventKind::DefectOn(defect) = &event.kind {
            defects.insert(defect.clone());
        }
    }
    defects.into_iter().collect()
}
