//! `landfall lab`: boots a plan's target, prints where it is, and leaves it up until Ctrl-C.

use super::check;
use crate::{
    cli::{DeploymentArguments, LabArguments},
    exit::ExpectedError,
    hidden::runtime,
    talk::{print_line, say},
    target::{self, Place},
};
use fault::Keeper;
use fleet::{
    control::{self, Answer, Ask, Asked, Desk, MistakeSaid},
    with_sources,
};
use lab::{Lab, LabOptions};
use plan::{
    Source,
    resolved::{Deployment, ResolvedPlan, Target},
};
use record::Entry;
use std::{path::Path, sync::Arc, time::Duration};
use tokio::{
    sync::mpsc,
    time::{Instant, Interval, MissedTickBehavior, interval},
};

/// Leases are renewed, and faults whose time is over are healed, so often.
const TICK: Duration = Duration::from_millis(250);

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
    let result = runtime()?.block_on(keep_up(plan, &LabOptions { folder, program }));
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

async fn keep_up(plan: ResolvedPlan, options: &LabOptions) -> Result<(), ExpectedError> {
    // Its faults have times of a load that isn't there.
    let plan = Arc::new(ResolvedPlan { faults: Vec::new(), ..plan });
    let network = wan::Network::from_plan(&plan);
    let (sender, mut events) = mpsc::channel(fleet::EVENTS_MAX);
    let mut progress = |text: &str| say(text);
    let boot = Lab::boot(&plan, &network, options, sender, &mut progress);
    let mut stop = std::pin::pin!(tokio::signal::ctrl_c());
    let lab = tokio::select! {
        lab = boot => lab.map_err(|error| {
            ExpectedError::Unavailable(with_sources(&error), "nothing of the lab is left running".to_owned())
        })?,
        _ = &mut stop => return Ok(()),
    };
    describe(&plan, &lab);
    let (asks, mut asked) = mpsc::channel(control::ASKS_MAX);
    let listening = control::socket::listen(&options.folder, asks);
    match &listening {
        Ok(_) => print_line(&format!("control   {}", options.folder.display())),
        Err(error) => say(&format!("nothing can be asked of this lab: {error}")),
    }
    let mut breaking = Breaking::start(&plan, network, options, &lab)?;
    say("the lab is up; Ctrl-C ends it");
    loop {
        tokio::select! {
            Some(event) = events.recv() => say(&event.text),
            Some(Asked { ask, reply }) = asked.recv() => {
                let (answer, is_over) = breaking.answer(ask);
                // Whoever asked may be gone.
                let _ = reply.send(answer);
                if is_over {
                    break;
                }
            }
            () = breaking.go_on() => {}
            _ = &mut stop => break,
        }
    }
    drop(listening);
    breaking.end().await;
    lab.stop().await;
    say("the lab is down");
    Ok(())
}

/// What is broken in the lab because somebody asked for it.
struct Breaking {
    plan: Arc<ResolvedPlan>,
    desk: Desk,
    keeper: Keeper,
    happened: mpsc::Receiver<Entry>,
    began: Instant,
    tick: Interval,
}

impl Breaking {
    fn start(
        plan: &Arc<ResolvedPlan>,
        network: wan::Network,
        options: &LabOptions,
        lab: &Lab,
    ) -> Result<Self, ExpectedError> {
        let (began, current) = (Instant::now(), Path::new("."));
        let place = Place { folder: &options.folder, plan_folder: current, run_start: began };
        let mut environment = target::environment(plan, network, &place, &options.program);
        target::with_lab(&mut environment, lab);
        let (output, happened) = mpsc::channel(fleet::EVENTS_MAX);
        let keeper = Keeper::start(plan, environment, began, &output)
            .map_err(|error| ExpectedError::Resources(format!("a thread could not be started: {error}")))?;
        let desk = Desk::new(Arc::clone(plan), false);
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Self { plan: Arc::clone(plan), desk, keeper, happened, began, tick })
    }

    /// What somebody asks of the lab, and whether it is to end.
    fn answer(&mut self, ask: Ask) -> (Answer, bool) {
        let answer = match ask {
            Ask::Inject { fault } => match self.desk.give(&fault, self.began.elapsed()) {
                Ok((_, fault)) => {
                    let kept = self.keeper.keep(&fault, &self.plan);
                    self.keeper.inject(kept);
                    Answer::Given { fault: fault.name }
                }
                Err(mistakes) => Answer::Mistakes { mistakes: MistakeSaid::all(&mistakes) },
            },
            Ask::Heal { fault } => match self.desk.to_heal(fault.as_ref()) {
                Ok(faults) => {
                    faults.into_iter().for_each(|fault| self.keeper.heal_as_asked(fault));
                    Answer::Done
                }
                Err(why) => Answer::Refused { why },
            },
            Ask::Faults => Answer::Faults { faults: self.desk.standing(self.began.elapsed()) },
            Ask::Note { text } => {
                say(&text);
                Answer::Done
            }
            Ask::Hold { .. } | Ask::EndHold { .. } => {
                Answer::Refused { why: "a lab has no load of its own: hold that of a run".to_owned() }
            }
            Ask::Stop { .. } => return (Answer::Done, true),
        };
        (answer, false)
    }

    /// One thing that happens: a step of a fault, or time passes. Can be cancelled.
    async fn go_on(&mut self) {
        tokio::select! {
            Some(entry) = self.happened.recv() => if let Entry::Event(event) = entry {
                self.desk.take(&event);
                say(&event.text);
            },
            _ = self.tick.tick() => {
                self.keeper.renew();
                let due = self.desk.due(self.began.elapsed());
                due.into_iter().for_each(|fault| self.keeper.heal(fault));
            }
        }
    }

    /// Heals what is still broken.
    async fn end(self) {
        let keeper = self.keeper;
        // Waits for its thread, whose steps are bounded; a panic there was reported by it.
        let _ = tokio::task::spawn_blocking(move || drop(keeper)).await;
    }
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
    if let Some(authority) = lab.trusted() {
        print_line(&format!("trust     {}", authority.display()));
    }
    let scheme = |has_tls: bool| if has_tls && lab.trusted().is_some() { "https" } else { "http" };
    let edges = lab.edge_addresses();
    let has_no_edges = edges.iter().all(Vec::is_empty);
    for (region, address) in plan.regions.iter().zip(lab.user_addresses()) {
        print_line(&format!("region    {:<20} {}://{address}", region.name, scheme(has_no_edges)));
    }
    let edges = plan.regions.iter().zip(edges);
    for (region, address) in edges.flat_map(|(region, all)| all.into_iter().map(move |address| (region, address))) {
        print_line(&format!("edge      {:<20} {}://{address}", format!("at {}", region.name), scheme(true)));
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
    if lab.kernel().is_some() {
        let inside = std::process::id();
        print_line(&format!("network   its own; `nsenter --target {inside} --net COMMAND` runs a command in it"));
    }
}
