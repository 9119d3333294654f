//! `landfall demo`: the plans in `scenarios/`, built in.

use super::run::{Wishes, carry_out};
use crate::{
    cli::{DemoArguments, Talk},
    exit::ExpectedError,
    talk::print_line,
};
use plan::Source;

const REGION_LOSS: &str = include_str!("../../../../scenarios/region-loss.yaml");
const STORAGE_STALLED: &str = include_str!("../../../../scenarios/storage-stalled.yaml");

/// Boots Chirp, loads it, takes a region away and judges.
pub(crate) fn demo(arguments: &DemoArguments, talk: Talk) -> Result<u8, ExpectedError> {
    let text = plan_text(arguments.defect.as_deref())?;
    if arguments.print_plan {
        print_line(&text);
        return Ok(0);
    }
    let source = Source { name: "demo.yaml".to_owned(), text };
    let (out, page) = (arguments.out.as_deref(), arguments.page.clone());
    let wishes = Wishes { seed: arguments.seed, out, page, ..Wishes::default() };
    carry_out(&source, &wishes, talk)
}

/// The demo's plan, with the defect switched on. A health check that lies shows in a fault that leaves the process alive.
fn plan_text(defect: Option<&str>) -> Result<String, ExpectedError> {
    let Some(defect) = defect else { return Ok(REGION_LOSS.to_owned()) };
    if !plan::CHIRP_DEFECTS.contains(&defect) {
        let known = plan::CHIRP_DEFECTS.join(", ");
        let help = format!("known defects: {known}; `landfall chirp defects` says what each breaks");
        return Err(ExpectedError::Usage(format!("Chirp has no defect {defect:?}"), help));
    }
    let plan = if defect == "shallow-health" { STORAGE_STALLED } else { REGION_LOSS };
    Ok(plan.replacen("  chirp:\n", &format!("  chirp:\n    defects: [{defect}]\n"), 1))
}
