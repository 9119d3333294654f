//! `landfall agents`: who is there.

use crate::{
    agents::{access, listen, no_access},
    cli::{AgentsArguments, Talk},
    exit::ExpectedError,
    hidden::runtime,
    talk::{print_line, say},
};
use fleet::{
    link::nats::controller::Bus,
    message::{ClockSaid, Here},
    monotonic,
    roster::{Present, Roster},
};
use serde_json::{Value, json};
use std::time::Duration;

/// Shows the agents of a fleet.
pub(crate) fn agents(arguments: &AgentsArguments, talk: Talk) -> Result<u8, ExpectedError> {
    let access = access(&arguments.fleet, &arguments.identity)?;
    let runtime = runtime()?;
    let roster = runtime.block_on(async {
        let bus = Bus::connect(&access).await.map_err(no_access)?;
        say("listening who is there");
        let roster = listen(&bus).await?;
        match &arguments.release {
            Some(run) => release(&bus, &roster, run).await.map(|()| None),
            None => Ok(Some(roster)),
        }
    })?;
    runtime.shutdown_background();
    let Some(roster) = roster else { return Ok(0) };
    let boot = monotonic::boot();
    if talk.json {
        let agents: Vec<Value> = roster.agents.iter().map(|agent| object(agent, &boot)).collect();
        print_line(&json!({ "agents": agents }).to_string());
        return Ok(0);
    }
    if roster.agents.is_empty() {
        say(&format!("no agent is there, at {access}"));
        return Ok(0);
    }
    table(&roster, &boot).iter().for_each(|line| print_line(line));
    for reason in roster.agents.iter().filter_map(|agent| trouble(agent, &boot)) {
        say(&reason);
    }
    Ok(0)
}

/// Frees the agents of a run.
async fn release(bus: &Bus, roster: &Roster, run: &str) -> Result<(), ExpectedError> {
    let of_run: Vec<&Present> = roster.agents.iter().filter(|agent| agent.run() == Some(run)).collect();
    if of_run.is_empty() {
        let help = "`landfall agents` shows who is in which run".to_owned();
        return Err(ExpectedError::Usage(format!("no agent that is there is in run {run}"), help));
    }
    for agent in of_run {
        bus.release(run, &agent.whose).await;
        say(&format!("agent {} is released from run {run}", agent.whose.agent()));
    }
    Ok(())
}

/// Why it could not take part in a run now, although it is in none.
fn trouble(agent: &Present, boot: &str) -> Option<String> {
    match agent.offer(boot) {
        Ok(_) => agent.warning(boot),
        Err(reason) => agent.here.as_ref().is_ok_and(|_| agent.is_free()).then_some(reason.clone()).or_else(|| {
            let unreadable = agent.here.is_err() || !agent.others.is_empty();
            unreadable.then_some(reason)
        }),
    }
}

const HEADS: [&str; 8] = ["AGENT", "PLACE", "STATE", "VERSION", "HOST", "CLOCK", "CONNECTIONS", "SPOOL FREE"];

/// As lines, with columns as wide as they have to be.
fn table(roster: &Roster, boot: &str) -> Vec<String> {
    let mut rows = vec![HEADS.map(str::to_owned)];
    rows.extend(roster.agents.iter().map(|agent| row(agent, boot)));
    let widths: Vec<usize> =
        (0..HEADS.len()).map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)).collect();
    let line = |row: &[String; 8]| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

fn row(agent: &Present, boot: &str) -> [String; 8] {
    let name = agent.whose.agent().to_owned();
    let Ok(here) = &agent.here else {
        let unknown = || "?".to_owned();
        return [
            name,
            agent.whose.region().to_owned(),
            "speaks another version".to_owned(),
            unknown(),
            unknown(),
            unknown(),
            unknown(),
            unknown(),
        ];
    };
    [
        name,
        here.hello.place.clone().unwrap_or_else(|| "anywhere".to_owned()),
        state(agent, here),
        here.hello.landfall.clone(),
        here.hello.host.clone(),
        agent.clock(boot).map_or_else(|| "unknown".to_owned(), clock),
        here.hello.descriptors.to_string(),
        format!("{} MiB", here.spool_free >> 20),
    ]
}

fn state(agent: &Present, here: &Here) -> String {
    if agent.others.is_empty() { here.does() } else { format!("{} under this name", agent.others.len() + 1) }
}

/// How far its time of day is ahead, and how well its clock is known.
fn clock(clock: &ClockSaid) -> String {
    let milliseconds = Duration::from_nanos(clock.time_of_day_ns.unsigned_abs()).as_secs_f64() * 1_000.0;
    // What is no whole millisecond is no side either.
    let sign = if clock.time_of_day_ns < 0 && milliseconds >= 0.5 { '-' } else { '+' };
    format!("{sign}{:.3} s ± {:.1} ms", milliseconds / 1_000.0, clock.bound().as_secs_f64() * 1_000.0)
}

fn object(agent: &Present, boot: &str) -> Value {
    let (name, region) = (agent.whose.agent(), agent.whose.region());
    match &agent.here {
        Err(error) => json!({ "name": name, "region": region, "unreadable": error, "usable": agent.offer(boot).err() }),
        Ok(here) => json!({
            "name": name,
            "region": region,
            "place": here.hello.place,
            "state": here.standing,
            "landfall": here.hello.landfall,
            "format": here.hello.format,
            "instance": here.hello.instance,
            "host": here.hello.host,
            "clock": agent.clock(boot).map(|clock| json!({
                "time_of_day_offset_ns": clock.time_of_day_ns,
                "bound_ns": clock.bound_ns,
                "round_trip_ns": clock.round_trip_ns,
            })),
            "descriptors": here.hello.descriptors,
            "ports": here.hello.ports,
            "cores": here.hello.cores,
            "memory_bytes": here.memory,
            "spool_free_bytes": here.spool_free,
            "others": agent.others,
            "unusable": agent.offer(boot).err(),
        }),
    }
}
