//! What stands at the end of each command's help: what a beginner has to know beside the options, and commands to begin with.

/// Of `landfall` itself.
pub(crate) const LANDFALL: &str = "\
To begin with:
  landfall demo --open                     a region dies under load
  landfall demo --print-plan > plan.yaml   its plan, to start from
  landfall check plan.yaml                 every mistake at once
  landfall run plan.yaml                   ends with a verdict, and reports

Exit codes: 0 pass, 99 an objective failed, 96 inconclusive, 65 mistakes in the
plan, 69 the target is not there; all of them: docs/reference/exit-codes.md";

/// Of `demo`.
pub(crate) const DEMO: &str = "\
It takes about a minute and a half. Needs nothing but this program.

Examples:
  landfall demo
  landfall demo --open
  landfall demo --defect ack-before-durable";

/// Of `run`.
pub(crate) const RUN: &str = "\
Ctrl-C heals what is broken, judges what there is, and ends; a second one ends
at once. Reports and the recording are in the run directory.

Examples:
  landfall run plan.yaml
  landfall run plan.yaml --open --page-for 10m
  landfall run plan.yaml --agents 3 --out runs/monday
  landfall run plan.yaml --fleet nats://127.0.0.1 --json";

/// Of `check`.
pub(crate) const CHECK: &str = "\
Examples:
  landfall check plan.yaml
  landfall check --resolved plan.yaml";

/// Of `resume`.
pub(crate) const RESUME: &str = "\
Agents wait for an hour with what they kept. The plan is not finished: the load
stops, what was kept is fetched, and the recording is judged.

Example:
  landfall resume runs/monday --fleet nats://127.0.0.1";

/// Of `watch`.
pub(crate) const WATCH: &str = "\
Keys: l latency, r regions, h hold the load, q quit; the run goes on.

Examples:
  landfall watch
  landfall watch runs/monday";

/// Of `serve`.
pub(crate) const SERVE: &str = "\
Ctrl-C ends it.

Examples:
  landfall serve runs/
  landfall serve runs/monday runs/tuesday --open";

/// Of `judge`.
pub(crate) const JUDGE: &str = "\
Several runs of one plan are judged as one: recovery times as a distribution.
Two are held against each other as well.

Examples:
  landfall judge runs/monday
  landfall judge runs/monday runs/tuesday
  landfall judge runs/monday --json";

/// Of `report`.
pub(crate) const REPORT: &str = "\
Example:
  landfall report runs/monday --out elsewhere";

/// Of `compare`.
pub(crate) const COMPARE: &str = "\
All of them take about a quarter of an hour.

Examples:
  landfall compare --list
  landfall compare --only single-region,active-passive-quorum";

/// Of `knee`.
pub(crate) const KNEE: &str = "\
A ramp until an objective breaks, then a bisection. The knee is told as an
interval: a load that held, and one that broke.

Examples:
  landfall knee plan.yaml
  landfall knee plan.yaml --from 1 --to 50 --precision 5%
  landfall knee plan.yaml --with-faults";

/// Of `headroom`.
pub(crate) const HEADROOM: &str = "\
The search of `landfall knee`, with each load tried once for each region that is
lost.

Examples:
  landfall headroom plan.yaml
  landfall headroom plan.yaml --to 4 --precision 50%";

/// Of `lab`.
pub(crate) const LAB: &str = "\
Examples:
  landfall lab
  landfall lab plan.yaml --out lab
  landfall lab --model active-passive --durability quorum";

/// Of `agent`.
pub(crate) const AGENT: &str = "\
It serves one run after the other, until Ctrl-C.

Example:
  landfall agent --name eu-0 --region eu-west-1 --nats nats://127.0.0.1 --spool /var/tmp/eu-0";

/// Of `agents`.
pub(crate) const AGENTS: &str = "\
Examples:
  landfall agents --fleet nats://127.0.0.1
  landfall agents --fleet nats://127.0.0.1 --release NAME-1-abc";

/// Of `deploy`.
pub(crate) const DEPLOY: &str = "\
docs/guides/fleet-machines.md and fleet-kubernetes.md go through all of it.

Examples:
  landfall deploy systemd --fleet fleet.toml --out machines
  landfall deploy kubernetes --fleet fleet.toml --out places
  landfall deploy credentials --fleet fleet.toml --out secrets";

/// Of `proxy`.
pub(crate) const PROXY: &str = "\
Clients of Toxiproxy work against it unchanged. Ctrl-C ends it.

Examples:
  landfall proxy
  landfall proxy --config proxies.json";

/// Of `fault`.
pub(crate) const FAULT: &str = "\
FOLDER is that of a run (--out, or runs/…), or of a lab. `landfall faults` lists
what can be broken.

Examples:
  landfall fault inject runs/monday 'region-loss: {region: eu-west-1}' --for 15s
  landfall fault list runs/monday
  landfall fault heal runs/monday";

/// Of `hold`.
pub(crate) const HOLD: &str = "\
The rate stays what it is and the plan's own time stands still; the faults and
the end of the load keep theirs. A run that was held can't pass: its load isn't
the plan's.

Examples:
  landfall hold runs/monday
  landfall hold runs/monday --end";

/// Of `schema`.
pub(crate) const SCHEMA: &str = "\
Example, for editors with the YAML language server:
  landfall schema > plan.schema.json
  and as the plan's first line: # yaml-language-server: $schema=plan.schema.json";

/// All of them.
#[cfg(test)]
const ALL: [&str; 20] = [
    LANDFALL, DEMO, RUN, CHECK, RESUME, WATCH, SERVE, JUDGE, REPORT, COMPARE, KNEE, HEADROOM, LAB, AGENT, AGENTS,
    DEPLOY, PROXY, FAULT, HOLD, SCHEMA,
];

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;
    use crate::cli::Cli;
    use clap::{CommandFactory as _, Parser as _};

    /// A line as a shell takes it apart, as far as the examples need that.
    fn words(line: &str) -> Vec<String> {
        let command = line.split(" > ").next().unwrap().split("   ").next().unwrap();
        let mut words = Vec::new();
        for (index, part) in command.split('\'').enumerate() {
            if index % 2 == 1 {
                words.push(part.to_owned());
            } else {
                words.extend(part.split_whitespace().map(str::to_owned));
            }
        }
        words
    }

    #[test]
    fn every_example_is_a_command_that_is_understood() {
        let lines = ALL.iter().flat_map(|text| text.lines()).filter_map(|line| line.strip_prefix("  landfall "));
        let mut checked = 0;
        for line in lines {
            let words = std::iter::once("landfall".to_owned()).chain(words(line));
            let understood = Cli::try_parse_from(words);
            assert!(understood.is_ok(), "{line}: {}", understood.err().unwrap());
            checked += 1;
        }
        assert!(checked > 30, "{checked}");
    }

    #[test]
    fn every_command_has_a_summary_of_one_line() {
        for command in Cli::command().get_subcommands().filter(|one| !one.is_hide_set()) {
            let about = command.get_about().unwrap().to_string();
            assert!(about.chars().count() <= 66 && !about.contains('\n'), "{}: {about}", command.get_name());
        }
    }

    #[test]
    fn nothing_is_wider_than_a_terminal_of_eighty_columns_but_commands_to_copy() {
        let lines = ALL.iter().flat_map(|text| text.lines()).filter(|line| !line.starts_with("  landfall agent "));
        let wide: Vec<&str> = lines.filter(|line| line.chars().count() > 80).collect();
        assert!(wide.is_empty(), "{wide:#?}");
    }
}
