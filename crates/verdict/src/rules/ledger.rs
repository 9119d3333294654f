//! The ledger's finding: every probe write's fate, counted and listed.

use super::{
    fate::{Fate, Sight, fate, name_of, readers, sight},
    loss::{groups, holes, measured, probe_write},
    missing::temporarily_missing,
    stale::stale_reads,
    visibility::visibility,
};
use crate::{
    evidence::{Evidence, TracedWrite},
    findings::{DivergedWrite, LedgerFinding, UnknownFates, UnprovenWrite},
    words,
};
use record::{LedgerWrite, Reader, WriteOutcome};

/// Writes of one outcome with what every reader knows of them, by time of their outcome.
type Judged<'e, 'a> = Vec<(&'e TracedWrite<'a>, Vec<Sight>, Fate)>;

/// What became of the probe writes; `None` when the plan has no ledger and none was recorded.
pub(crate) fn ledger(evidence: &Evidence<'_>) -> Option<LedgerFinding> {
    if evidence.plan.ledger.is_none() && evidence.ledger.writes.is_empty() {
        return None;
    }
    let readers = readers(evidence);
    let acknowledged = judged(evidence, WriteOutcome::Acknowledged, &readers);
    let of = |wanted: Fate| acknowledged.iter().filter(move |(.., fate)| *fate == wanted);
    let lost: Vec<&LedgerWrite> = of(Fate::Lost).map(|(write, ..)| write.write).collect();
    let surviving: Vec<&LedgerWrite> =
        [Fate::Safe, Fate::Seen, Fate::Diverged].into_iter().flat_map(of).map(|(write, ..)| write.write).collect();
    let open = || acknowledged.iter().filter(|(.., fate)| matches!(fate, Fate::Open | Fate::Seen));
    let outcome = |wanted| evidence.ledger.writes.values().filter(|write| write.write.outcome == wanted).count() as u64;
    let listed = LedgerFinding::LISTED_MAX;
    let mut finding = LedgerFinding {
        written: evidence.ledger.writes.len() as u64,
        acknowledged: acknowledged.len() as u64,
        failed: outcome(WriteOutcome::Failed),
        unknown: outcome(WriteOutcome::Unknown),
        readers: readers.iter().map(|reader| name_of(evidence, *reader)).collect(),
        final_reads_complete: evidence.timeline.final_reads_ended,
        safe: of(Fate::Safe).count() as u64,
        lost: lost.len() as u64,
        lost_writes: lost.iter().take(listed).map(|write| probe_write(evidence, write)).collect(),
        loss_groups: groups(evidence, &lost),
        holes: holes(evidence, &lost, &surviving),
        measured_loss: measured(evidence, &lost, &of(Fate::Open).map(|(write, ..)| write.write).collect::<Vec<_>>()),
        diverged: of(Fate::Diverged).count() as u64,
        diverged_writes: of(Fate::Diverged)
            .take(listed)
            .map(|(write, sights, _)| diverged(evidence, write.write, &readers, sights))
            .collect(),
        unproven: open().count() as u64,
        unproven_unseen: of(Fate::Open).count() as u64,
        unproven_writes: open()
            .take(listed)
            .map(|(write, sights, _)| unproven(evidence, write.write, &readers, sights))
            .collect(),
        temporarily_missing: temporarily_missing(evidence, &readers),
        stale_reads: stale_reads(evidence, &readers),
        visibility: visibility(evidence, &readers),
        unknown_fates: unknown_fates(evidence, &readers),
        text: String::new(),
    };
    finding.text = told(&finding);
    Some(finding)
}

fn judged<'e, 'a>(evidence: &'e Evidence<'a>, outcome: WriteOutcome, readers: &[Reader]) -> Judged<'e, 'a> {
    let mut judged: Judged<'e, 'a> = evidence
        .ledger
        .writes
        .values()
        .filter(|write| write.write.outcome == outcome)
        .map(|write| {
            let sights: Vec<Sight> = readers.iter().map(|reader| sight(write, *reader)).collect();
            let fate = fate(&sights);
            (write, sights, fate)
        })
        .collect();
    judged.sort_by_key(|(write, ..)| (write.write.done, write.write.number));
    judged
}

fn named(evidence: &Evidence<'_>, readers: &[Reader], sights: &[Sight], wanted: Sight) -> Vec<String> {
    let those = readers.iter().zip(sights).filter(|(_, sight)| **sight == wanted);
    those.map(|(reader, _)| name_of(evidence, *reader)).collect()
}

fn diverged(evidence: &Evidence<'_>, write: &LedgerWrite, readers: &[Reader], sights: &[Sight]) -> DivergedWrite {
    DivergedWrite {
        write: probe_write(evidence, write),
        present_for: named(evidence, readers, sights, Sight::Present),
        absent_for: named(evidence, readers, sights, Sight::Absent),
    }
}

fn unproven(evidence: &Evidence<'_>, write: &LedgerWrite, readers: &[Reader], sights: &[Sight]) -> UnprovenWrite {
    let open = named(evidence, readers, sights, Sight::Open);
    let reason = if readers.is_empty() {
        "nobody read it back".to_owned()
    } else {
        format!("no definite final answer from {}", words::list(&open))
    };
    UnprovenWrite { write: probe_write(evidence, write), reason }
}

fn unknown_fates(evidence: &Evidence<'_>, readers: &[Reader]) -> UnknownFates {
    let mut fates = UnknownFates::default();
    for (.., fate) in judged(evidence, WriteOutcome::Unknown, readers) {
        match fate {
            Fate::Safe | Fate::Seen | Fate::Diverged => fates.present += 1,
            Fate::Lost => fates.absent += 1,
            Fate::Open => fates.open += 1,
        }
    }
    fates
}

fn told(finding: &LedgerFinding) -> String {
    let acknowledged = words::counted(finding.acknowledged, "acknowledged write");
    let mut parts = Vec::new();
    let mut part = |count: u64, what: &str| {
        if count > 0 {
            parts.push(format!("{} {what}", words::count(count)));
        }
    };
    part(finding.lost, "lost");
    part(finding.diverged, "present in some places only");
    part(finding.unproven, "unproven");
    part(finding.temporarily_missing.count, "missing for a while");
    if finding.acknowledged == 0 {
        "no write was acknowledged".to_owned()
    } else if parts.is_empty() {
        format!("all of {acknowledged} are there")
    } else {
        format!("of {acknowledged}: {}", parts.join(", "))
    }
}
