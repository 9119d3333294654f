//! The agents of a run on this machine: counted, said, started.

use crate::exit::ExpectedError;
use fleet::{Recruit, local};
use load::{TargetAddresses, limits::Available};
use plan::resolved::ResolvedPlan;
use std::path::Path;

/// Starts the agents that a plan needs, or as many as somebody wants; says so first where it is more than one.
pub(crate) fn recruit(
    plan: &ResolvedPlan,
    addresses: &TargetAddresses,
    wanted: Option<u16>,
    folder: &Path,
    say: &mut dyn FnMut(&str),
) -> Result<Vec<Recruit>, ExpectedError> {
    let agents = match wanted {
        Some(agents) => usize::from(agents),
        None => {
            let counted = local::count(plan, addresses, &Available::raise());
            let local = counted.map_err(|shortage| ExpectedError::Resources(shortage.to_string()))?;
            if let Some(told) = &local.told {
                say(told);
            }
            local.agents
        }
    };
    let failed = |error: std::io::Error| ExpectedError::Resources(format!("an agent could not be started: {error}"));
    if agents == 1 {
        return local::in_process(plan, addresses).map(|recruit| vec![recruit]).map_err(failed);
    }
    let program = std::env::current_exe().map_err(failed)?.display().to_string();
    let program = [program, "agent".to_owned(), "--stdio".to_owned()];
    local::processes(plan, addresses, agents, &program, &folder.join("agents.log")).map_err(failed)
}
