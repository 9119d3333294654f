//! `landfall lab`: boots a plan's target, prints where it is, and leaves it up until Ctrl-C.

use super::{check, print_line, say};
use crate::{
    cli::{DeploymentArguments, LabArguments},
    exit::ExpectedError,
    hidden::runtime,
};
use fleet::with_sources;
use lab::{Lab, LabOptions};
use plan::{
    Source,
    resolved::{Deployment, ResolvedPlan, Target},
};
use tokio::sync::mpsc;

/// Boots a lab and waits.
pub(crate) fn lab(arguments: &LabArguments) -> Result<u8, ExpectedError> {
    let source = match &arguments.plan {
        Some(plan) => check::read(plan)?,
        None => Source { name: "lab.yaml".to_owned(), text: plan_text(&arguments.deployment) },
    };
    let plan = check::resolve(&source, None)?;
    let temporary = std::env::temp_dir().join(format!("landfall-lab-{}", std::process::id()));
    let folder = arguments.out.clone().unwrap_or_else(|| temporary.clone());
    let program = std::env::current_exe()
        .map_err(|error| ExpectedError::Software(format!("this program's own path is unknown: {error}")))?;
    let result = runtime()?.block_on(keep_up(&plan, &LabOptions { folder, program }));
    if arguments.out.is_none() {
        // It may never have been made.
        let _ = std::fs::remove_dir_all(&temporary);
    }
    result.map(|()| 0)
}

/// A plan with that deployment: its words are checked like those of any plan.
fn plan_text(deployment: &DeploymentArguments) -> String {
    let is_alone = deployment.model.as_deref() == Some("single-region");
    let regions = if is_alone { "us-east-1" } else { "us-east-1, eu-west-1, ap-southeast-1" };
    let choices = [
        ("model", &deployment.model),
        ("durability", &deployment.durability),
        ("resolver", &deployment.resolver),
        ("engine", &deployment.engine),
        ("transport", &deployment.transport),
        ("steering", &deployment.steering),
    ];
    let choice = |(key, word): (&str, &Option<String>)| {
        // A word in quotes is a word, whatever else it may look like.
        word.as_ref().map(|word| format!("    {key}: {word:?}\n"))
    };
    let lines: String = choices.into_iter().filter_map(choice).collect();
    format!(
        "version: 1\nname: lab\ntarget:\n  chirp:\n    regions: [{regions}]\n{lines}load: {{rate: 1/s, for: 30s}}\n"
    )
}

async fn keep_up(plan: &ResolvedPlan, options: &LabOptions) -> Result<(), ExpectedError> {
    let network = wan::Network::from_plan(plan);
    let (sender, mut events) = mpsc::channel(fleet::EVENTS_MAX);
    let mut progress = |text: &str| say(text);
    let boot = Lab::boot(plan, &network, options, sender, &mut progress);
    let mut stop = std::pin::pin!(tokio::signal::ctrl_c());
    let lab = tokio::select! {
        lab = boot => lab.map_err(|error| {
            ExpectedError::Unavailable(with_sources(&error), "nothing of the lab is left running".to_owned())
        })?,
        _ = &mut stop => return Ok(()),
    };
    describe(plan, &lab);
    say("the lab is up; Ctrl-C ends it");
    loop {
        tokio::select! {
            Some(event) = events.recv() => say(&event.text),
            _ = &mut stop => break,
        }
    }
    lab.stop().await;
    say("the lab is down");
    Ok(())
}

/// Where everything is, one line each, on standard output.
fn describe(plan: &ResolvedPlan, lab: &Lab) {
    if let Target::Chirp(chirp) = &plan.target {
        let Deployment { model, durability, resolver, engine, transport, steering, .. } = &chirp.deployment;
        let words = [model.as_str(), durability.as_str(), resolver.as_str(), engine.as_str(), transport.as_str()];
        print_line(&format!("model     {}, steered by {}", words.join(", "), steering.as_str()));
    }
    print_line(&format!("entry     {}", lab.entry_url()));
    print_line(&format!("resolver  {}", lab.resolver()));
    for (region, address) in plan.regions.iter().zip(lab.user_addresses()) {
        print_line(&format!("region    {:<20} http://{address}", region.name));
    }
    for (region, address) in plan.regions.iter().zip(lab.edge_addresses()) {
        print_line(&format!("edge      {:<20} http://{address}", format!("at {}", region.name)));
    }
    for ((from, to), address) in lab.peer_addresses() {
        let (from, to) = (&plan.regions[from].name, &plan.regions[to].name);
        print_line(&format!("link      {from} -> {to:<20} {address}"));
    }
    for (population, sources) in plan.populations.iter().zip(lab.population_sources()) {
        let source = sources.first().map(ToString::to_string).unwrap_or_default();
        print_line(&format!("users     {:<20} come from {source}", population.name));
    }
    print_line(&format!("config    {}", lab.config().display()));
}
