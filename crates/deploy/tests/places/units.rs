//! Units of systemd: held against a list of what may be in one, and against systemd's own checker where it is.

use deploy::systemd::{Programs, SystemdError, bundle};
use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use crate::fleet;

/// What our units may say, by section. A key that is misspelt is ignored by systemd, with a line in a log.
const KEYS: [(&str, &[&str]); 3] = [
    ("Unit", &["Description", "Documentation", "Wants", "After", "PartOf"]),
    (
        "Service",
        &[
            "Type",
            "ExecStart",
            "ExecReload",
            "KillSignal",
            "TimeoutStopSec",
            "Restart",
            "RestartSec",
            "RestartPreventExitStatus",
            "LimitNOFILE",
            "StateDirectory",
            "LoadCredential",
            "DynamicUser",
            "UMask",
            "NoNewPrivileges",
            "CapabilityBoundingSet",
            "AmbientCapabilities",
            "ProtectSystem",
            "ProtectHome",
            "PrivateTmp",
            "PrivateDevices",
            "ProtectClock",
            "ProtectControlGroups",
            "ProtectHostname",
            "ProtectKernelLogs",
            "ProtectKernelModules",
            "ProtectKernelTunables",
            "ProtectProc",
            "LockPersonality",
            "RestrictNamespaces",
            "RestrictRealtime",
            "RestrictSUIDSGID",
            "RestrictAddressFamilies",
            "SystemCallArchitectures",
            "SystemCallFilter",
        ],
    ),
    ("Install", &["WantedBy"]),
];

/// The keys of a unit, with their values, by section; or what is wrong in which line.
fn parse(text: &str) -> Result<BTreeMap<String, Vec<(String, String)>>, String> {
    let mut sections: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    let mut keys: Option<(&str, &[&str])> = None;
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            keys = Some(*KEYS.iter().find(|(name, _)| *name == section).ok_or(format!("no section {section}"))?);
            continue;
        }
        let (section, known) = keys.ok_or("a key before the first section")?;
        let (key, value) = line.split_once('=').ok_or(format!("no key: {line}"))?;
        if !known.contains(&key) {
            return Err(format!("no key {key} in {section}"));
        }
        sections.entry(section.to_owned()).or_default().push((key.to_owned(), value.to_owned()));
    }
    Ok(sections)
}

fn is_unit(path: &std::path::Path) -> bool {
    path.extension().is_some_and(|ending| ending == "service" || ending == "target")
}

#[test]
fn every_unit_has_only_keys_that_are_there_and_programs_by_their_whole_path() {
    let bundle = bundle(&fleet(), &Programs::default()).unwrap();
    let mut services = 0;
    for (path, text) in bundle.files().filter(|(path, _)| is_unit(path)) {
        let sections = parse(text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let Some(service) = sections.get("Service") else { continue };
        services += 1;
        let value = |key: &str| service.iter().find(|(own, _)| own == key).map(|(_, value)| value.as_str()).unwrap();
        assert!(value("ExecStart").starts_with("/usr/local/bin/"));
        assert_eq!(value("LimitNOFILE"), "1048576");
        assert_eq!(value("DynamicUser"), "yes");
        assert_eq!(service.iter().filter(|(key, _)| key == "LoadCredential").count(), 3);
    }
    assert_eq!(services, 1 + 2 * 2);
    assert_eq!(parse("[Service]\nExecStrat=/bin/true\n"), Err("no key ExecStrat in Service".to_owned()));
    assert_eq!(parse("[Unit]\nExecStart=/bin/true\n"), Err("no key ExecStart in Unit".to_owned()));
}

#[test]
fn systemd_itself_finds_nothing_wrong_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    // The checker wants the programs to be there.
    let program = "/bin/true".to_owned();
    let bundle = bundle(&fleet(), &Programs { landfall: program.clone(), nats_server: program }).unwrap();
    bundle.write(folder.path(), false).unwrap();
    let verify =
        |unit: &std::path::Path| Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(unit).output();
    for (path, _) in bundle.files().filter(|(path, _)| is_unit(path)) {
        // A template is checked as one of its instances.
        let unit = path.to_str().unwrap().replace("@.service", "@eu-west-1-0.service");
        let unit = folder.path().join(unit);
        if !unit.exists() {
            fs::copy(folder.path().join(path), &unit).unwrap();
        }
        // Without systemd on this machine, the list above is what holds.
        let Ok(output) = verify(&unit) else { return };
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let ours: Vec<&str> = said.lines().filter(|line| line.contains("landfall")).collect();
        assert!(ours.is_empty() && output.status.success(), "{}: {said}", path.display());
    }
    let broken = folder.path().join("broken.service");
    fs::write(&broken, "[Service]\nExecStart=/bin/true\nLimitNOFIEL=1\n").unwrap();
    let output = verify(&broken).unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("LimitNOFIEL"), "the checker checks");
}

#[test]
fn the_hub_has_a_number_of_servers_that_can_be_a_majority() {
    let fleet = |addresses: &str| {
        let text = format!("hub.addresses = [{addresses}]\n[[region]]\nname = \"eu\"\nagents = 1\n");
        deploy::fleet::Fleet::read(&text).unwrap()
    };
    let programs = Programs::default();
    assert_eq!(bundle(&fleet("\"a\", \"b\""), &programs), Err(SystemdError::HubServers(2)));
    let three = bundle(&fleet("\"a\", \"b\", \"c\""), &programs).unwrap();
    let configuration = three.files().find(|(path, _)| path.ends_with("b/etc/landfall/nats.conf")).unwrap().1;
    assert!(configuration.contains("routes: [\"tls://a:6222\", \"tls://b:6222\", \"tls://c:6222\"]"));
}
