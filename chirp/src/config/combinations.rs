//! What makes sense alone and not together. Each section checks itself; here is what only two of them know.
//!
//! | together | why it is refused |
//! |---|---|
//! | `copies = "zone"`, and `durability` wants more regions than a zone has | only regions of the zone may confirm a write, so none would ever be acknowledged |
//! | `engine = "postgres"`, and a defect that takes nothing away there | a verdict that is expected to fail would pass, and nobody would know why |

use std::collections::BTreeMap;

use super::check::Mistakes;
use super::format::File;
use super::{Config, Copies, EngineChoice};
use crate::condition::{Condition, Name};
use crate::defects::Defect;

/// Looks at all that was read from `file`.
pub(super) fn check(file: &File, config: &Config, mistakes: &mut Mistakes<'_>) {
    zones_can_confirm(file, config, mistakes);
    defects_have_an_effect(file, config, mistakes);
}

fn zones_can_confirm(file: &File, config: &Config, mistakes: &mut Mistakes<'_>) {
    let (Some(written), Copies::Zone) = (&file.durability, config.deployment.copies) else { return };
    let total = config.regions.len();
    let needed = config.durability.others(total) + 1;
    let mut zones: Vec<&str> = config.regions.iter().filter_map(|region| region.zone.as_deref()).collect();
    zones.sort_unstable();
    for zone in zones.chunk_by(|one, next| one == next).filter(|zone| zone.len() < needed) {
        let (name, held) = (zone[0], zone.len());
        let message = format!(
            "durability = \"{}\" wants each write in {needed} of {total} regions, copies = \"zone\" keeps those of \
             zone {name} in {held}",
            config.durability
        );
        let hint = "no write there would ever be acknowledged: take durability = \"local\", or copies = \"everywhere\", or \
                    give the zone more regions";
        mistakes.at(written.span(), message, hint);
    }
}

fn defects_have_an_effect(file: &File, config: &Config, mistakes: &mut Mistakes<'_>) {
    if config.engine == EngineChoice::Embedded {
        return;
    }
    for name in &file.defects {
        let Some(why) = name.get_ref().parse().ok().and_then(idle_with_postgres) else { continue };
        let message = format!("defect `{}` does nothing with engine = \"postgres\": {why}", name.get_ref());
        mistakes.at(name.span(), message, "leave it out, or take engine = \"embedded\"");
    }
}

/// What no region of this configuration can have set while it runs, and why.
pub(super) fn impossible_conditions(config: &Config) -> BTreeMap<Name, &'static str> {
    let mut impossible = BTreeMap::new();
    if config.engine != EngineChoice::Embedded {
        let idle = |defect: &Defect| Some((Name::Defect(*defect), idle_with_postgres(*defect)?));
        impossible.extend(Defect::ALL.iter().filter_map(idle));
        let at_start = "PostgreSQL reads it when it starts: name it in the configuration";
        impossible.insert(Name::Defect(Defect::AckBeforeDurable), at_start);
        let conditions = [
            Condition::ReplicationStopped,
            Condition::ReplicationThrottled,
            Condition::ReplicationLag,
            Condition::FanOutDropped,
        ];
        let own_log = "what users write is in the logs of the PostgreSQL servers, and goes their way";
        impossible.extend(conditions.map(|condition| (Name::Condition(condition), own_log)));
    }
    if config.nats.is_some() {
        let streams = "logs are carried by NATS; only pulled ones can be taken in more slowly";
        for condition in [Condition::ReplicationThrottled, Condition::ReplicationLag] {
            impossible.insert(Name::Condition(condition), streams);
        }
    }
    impossible
}

/// Why a defect takes nothing away from a region that keeps its users in PostgreSQL; none if it does.
fn idle_with_postgres(defect: Defect) -> Option<&'static str> {
    Some(match defect {
        Defect::DropReplication => "standbys apply the writer's log themselves",
        Defect::ForgottenTombstones => "there is one writer, so nothing arrives late and there are no tombstones",
        Defect::WallClockStamps => "there is one writer, and what it does last stays, whatever the stamps say",
        Defect::NoFencing => "the server itself is made read-only when the lease is lost",
        Defect::FailbackOverwrites => "a server takes over only with all that the others have",
        Defect::IgnoreSessionToken => "its reads do not wait for what a session has seen",
        Defect::ResidencyLeak | Defect::SplitHome => "it has no homes",
        Defect::TrimUnconfirmed => "what users write is in the servers' own logs",
        Defect::AckBeforeDurable
        | Defect::ShallowHealth
        | Defect::DnsNeverMoves
        | Defect::NoIdempotency
        | Defect::FrozenLagGauge
        | Defect::RetriesWithoutBudget
        | Defect::NoOutlierEjection
        | Defect::EdgeKeepsDeadConnections
        | Defect::AcceptAnyToken
        | Defect::NoCircuitBreaker
        | Defect::RetriesWithoutBackoff
        | Defect::NoFallback
        | Defect::NoInvalidation
        | Defect::UnversionedCache
        | Defect::NoSingleFlight
        | Defect::NoLoadShedding => return None,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use std::path::Path;

    use super::*;

    /// Regions, each in its zone, with `top` at the beginning of the file.
    fn parse(top: &str, zones: &[&str]) -> Result<Config, String> {
        let mut text = format!("{top}\n");
        for (index, zone) in zones.iter().enumerate() {
            let listen = format!("listen = \"127.2.{index}.1:7400\"\npeer_listen = \"127.2.{index}.1:7401\"");
            text += &format!("[[region]]\nname = \"r{index}\"\nzone = \"{zone}\"\n{listen}\ndata = \"{index}\"\n");
            text += "[region.peers]\n";
            for other in (0..zones.len()).filter(|other| *other != index) {
                text += &format!("r{other} = \"127.2.{other}.1:7401\"\n");
            }
        }
        Config::parse(Path::new("/etc/chirp.toml"), &text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_zone_that_is_too_small_for_the_durability_is_refused() {
        let top = |durability: &str, copies: &str| {
            format!("model = \"geo-partitioned\"\ndurability = \"{durability}\"\n[partition]\ncopies = \"{copies}\"")
        };
        // (durability, copies, zones, what is said; nothing: it is good)
        let cases: [(_, _, &[&str], _); 8] = [
            ("local", "zone", &["a", "b", "a"], &[][..]),
            ("quorum", "everywhere", &["a", "b", "a"], &[]),
            ("quorum", "zone", &["a", "a", "a"], &[]),
            ("quorum", "zone", &["a", "b", "a"], &["wants each write in 2 of 3 regions", "zone b in 1"]),
            ("remote", "zone", &["a", "b", "a"], &["line 2: durability = \"remote\"", "zone b in 1"]),
            ("remote", "zone", &["a", "b", "b", "a"], &[]),
            ("quorum", "zone", &["a", "b", "b", "a"], &["3 of 4", "zone a in 2", "zone b in 2"]),
            ("quorum", "zone", &["a", "b", "b", "b"], &["zone a in 1", "or copies = \"everywhere\""]),
        ];
        for (durability, copies, zones, said) in cases {
            let found = parse(&top(durability, copies), zones).err().unwrap_or_default();
            assert_eq!(found.is_empty(), said.is_empty(), "{durability} {copies} {zones:?}: {found}");
            for part in said {
                assert!(found.contains(part), "{durability} {copies} {zones:?}: {found}");
            }
        }
    }

    #[test]
    fn a_defect_that_does_nothing_with_postgres_is_refused_and_the_others_are_not() {
        let with = |engine: &str, defect: Defect| {
            let top = format!("defects = [\"{defect}\"]\nengine = \"{engine}\"\nmodel = \"single-region\"");
            parse(&format!("{top}\n[postgres]\nbin = \"/bin\""), &["a"])
        };
        for defect in Defect::ALL {
            with("embedded", *defect).unwrap();
            let said = with("postgres", *defect).err();
            assert_eq!(said.is_some(), idle_with_postgres(*defect).is_some(), "{defect}: {said:?}");
            if let Some(said) = said {
                let wanted = format!("line 1: defect `{defect}` does nothing with engine = \"postgres\"");
                assert!(said.contains(&wanted), "{said}");
            }
        }
        assert!(
            with("postgres", Defect::DropReplication).is_err() && with("postgres", Defect::AckBeforeDurable).is_ok()
        );
    }
}
