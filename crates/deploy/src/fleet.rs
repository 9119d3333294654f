//! What is to stand where: the hub and the regions with their agents.
//!
//! Every name in it becomes a part of a subject, of a Kubernetes object's name and of a DNS name, so it has to be a DNS
//! label. Agents are named after their region and a number. All mistakes are told at once.

use serde::Deserialize;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Regions that one fleet may have.
const REGIONS_MAX: usize = 64;
/// Agents that one region may have.
const AGENTS_MAX: u16 = 200;
/// A name with what is put before and behind it has to fit a DNS label (63).
const NAME_LENGTH_MAX: usize = 32;
/// These are places of the layout already.
const TAKEN: [&str; 3] = ["hub", "controller", "authority"];

/// A fleet as it is written; see [`Fleet::read`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FleetText {
    /// The namespace in Kubernetes, and the ending of all identities.
    #[serde(default = "FleetText::default_name")]
    pub name: String,
    /// The image with Landfall in it, for Kubernetes.
    #[serde(default)]
    pub image: Option<String>,
    /// The image of the NATS server, for Kubernetes.
    #[serde(default = "FleetText::default_nats_image")]
    pub nats_image: String,
    /// Where everything meets.
    pub hub: HubText,
    /// What each agent gets.
    #[serde(default)]
    pub agent: AgentText,
    /// Where agents stand.
    #[serde(default, rename = "region")]
    pub regions: Vec<RegionText>,
}

/// The hub as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HubText {
    /// Where leaf nodes and controllers reach it. On machines: one server each, an odd number of them.
    pub addresses: Vec<String>,
    /// Disk for each server.
    #[serde(default = "HubText::default_storage_gib")]
    pub storage_gib: u32,
}

/// What each agent gets.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AgentText {
    /// Thousandths of a core.
    pub cpu_millis: u32,
    /// Memory.
    pub memory_mib: u32,
    /// Disk for what the controller has not stored yet.
    pub spool_mib: u32,
    /// Whereto agents may send load, as blocks of addresses.
    pub targets: Vec<String>,
}

/// A region as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionText {
    /// Its code.
    pub name: String,
    /// How many agents stand there.
    pub agents: u16,
    /// On machines: where the agents reach the region's leaf node.
    #[serde(default = "RegionText::default_leaf")]
    pub leaf: String,
}

impl FleetText {
    /// The usual name.
    #[must_use]
    pub fn default_name() -> String {
        "landfall".to_owned()
    }

    /// The server that the configuration is tested with.
    #[must_use]
    pub fn default_nats_image() -> String {
        "nats:2.15.1".to_owned()
    }
}

impl HubText {
    /// Assignments and state of runs are small; this is for weeks of them.
    #[must_use]
    pub fn default_storage_gib() -> u32 {
        10
    }
}

impl RegionText {
    /// One machine has the leaf node and the agents.
    #[must_use]
    pub fn default_leaf() -> String {
        "127.0.0.1".to_owned()
    }
}

impl Default for AgentText {
    fn default() -> Self {
        Self { cpu_millis: 2000, memory_mib: 2048, spool_mib: 2048, targets: vec!["0.0.0.0/0".to_owned()] }
    }
}

/// A fleet without mistakes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fleet {
    text: FleetText,
}

/// What is wrong with a fleet: everything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the fleet has mistakes:{}", list(.0))]
pub struct FleetMistakes(pub Vec<String>);

/// One agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent<'a> {
    /// The region it stands in.
    pub region: &'a str,
    /// Unique in the fleet.
    pub name: String,
}

impl Fleet {
    /// Reads a fleet's file.
    ///
    /// # Errors
    /// When it is no TOML, has an unknown key, or has [mistakes](Self::check).
    pub fn read(toml: &str) -> Result<Self, FleetMistakes> {
        let text: FleetText = toml::from_str(toml).map_err(|error| FleetMistakes(vec![error.to_string()]))?;
        Self::check(text)
    }

    /// Checks a fleet.
    ///
    /// # Errors
    /// All mistakes at once.
    pub fn check(text: FleetText) -> Result<Self, FleetMistakes> {
        let mut mistakes = Vec::new();
        check_name("name", &text.name, &mut mistakes);
        check_hub(&text.hub, &mut mistakes);
        check_agent(&text.agent, &mut mistakes);
        check_regions(&text.regions, &mut mistakes);
        if mistakes.is_empty() { Ok(Self { text }) } else { Err(FleetMistakes(mistakes)) }
    }

    /// The namespace, and the ending of all identities.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.text.name
    }

    /// The image with Landfall in it, if one is named.
    #[must_use]
    pub fn image(&self) -> Option<&str> {
        self.text.image.as_deref()
    }

    /// The image of the NATS server.
    #[must_use]
    pub fn nats_image(&self) -> &str {
        &self.text.nats_image
    }

    /// The hub.
    #[must_use]
    pub fn hub(&self) -> &HubText {
        &self.text.hub
    }

    /// What each agent gets.
    #[must_use]
    pub fn agent(&self) -> &AgentText {
        &self.text.agent
    }

    /// Where agents stand.
    #[must_use]
    pub fn regions(&self) -> &[RegionText] {
        &self.text.regions
    }
}

impl RegionText {
    /// The agents that stand there.
    pub fn agents(&self) -> impl Iterator<Item = Agent<'_>> {
        (0..self.agents).map(|number| Agent { region: &self.name, name: format!("{}-{number}", self.name) })
    }
}

fn check_name(what: &str, name: &str, mistakes: &mut Vec<String>) {
    let is_allowed = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-';
    let is_label = name.starts_with(|first: char| first.is_ascii_lowercase())
        && !name.ends_with('-')
        && name.len() <= NAME_LENGTH_MAX
        && name.chars().all(is_allowed);
    if !is_label {
        mistakes.push(format!(
            "{what}: \"{name}\" has to be 1 to {NAME_LENGTH_MAX} small letters, digits and hyphens, and begin with a letter"
        ));
    }
    if TAKEN.contains(&name) {
        mistakes.push(format!("{what}: \"{name}\" has a meaning of its own here; choose another"));
    }
}

fn check_hub(hub: &HubText, mistakes: &mut Vec<String>) {
    if hub.addresses.is_empty() {
        mistakes.push("hub.addresses: name at least one address where regions reach the hub".to_owned());
    }
    for address in hub.addresses.iter().filter(|address| !is_host(address)) {
        mistakes.push(format!("hub.addresses: \"{address}\" is no host name and no IPv4 address (without a port)"));
    }
    if hub.storage_gib == 0 {
        mistakes.push("hub.storage_gib: 1 or more".to_owned());
    }
}

fn check_agent(agent: &AgentText, mistakes: &mut Vec<String>) {
    for (key, value) in
        [("cpu_millis", agent.cpu_millis), ("memory_mib", agent.memory_mib), ("spool_mib", agent.spool_mib)]
    {
        if value == 0 {
            mistakes.push(format!("agent.{key}: 1 or more"));
        }
    }
    for block in agent.targets.iter().filter(|block| !is_block(block)) {
        mistakes.push(format!("agent.targets: \"{block}\" is no block of IPv4 addresses (203.0.113.0/24)"));
    }
    if agent.targets.is_empty() {
        mistakes.push("agent.targets: without a target there is no load".to_owned());
    }
}

fn check_regions(regions: &[RegionText], mistakes: &mut Vec<String>) {
    if regions.is_empty() || regions.len() > REGIONS_MAX {
        mistakes.push(format!("region: {} of them; 1 to {REGIONS_MAX} are possible", regions.len()));
    }
    let mut names = BTreeSet::new();
    let mut agents = BTreeSet::new();
    for region in regions {
        check_name("region", &region.name, mistakes);
        if !names.insert(&region.name) {
            mistakes.push(format!("region: \"{}\" is there twice", region.name));
        } else if let Some(agent) = region.agents().find(|agent| !agents.insert(agent.name.clone())) {
            // eu-1 with twelve agents and eu with none is fine; eu-1-0 of region eu-1 and of region eu-1-0 is not.
            mistakes.push(format!("region: two agents would be called {}", agent.name));
        }
        if region.agents == 0 || region.agents > AGENTS_MAX {
            mistakes.push(format!("region {}: {} agents; 1 to {AGENTS_MAX} are possible", region.name, region.agents));
        }
        if !is_host(&region.leaf) {
            mistakes.push(format!("region {}: leaf \"{}\" is no host name and no address", region.name, region.leaf));
        }
    }
}

/// A host name or an IPv4 address.
fn is_host(text: &str) -> bool {
    let is_label = |label: &str| {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(is_allowed)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

/// A block of IPv4 addresses.
fn is_block(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else { return false };
    address.parse::<std::net::Ipv4Addr>().is_ok() && length.parse::<u8>().is_ok_and(|length| length <= 32)
}

fn list(mistakes: &[String]) -> String {
    mistakes.iter().fold(String::new(), |mut text, mistake| {
        let _ = write!(text, "\n  {mistake}");
        text
    })
}

#[cfg(test)]
mod tests {
    //! Fleets with mistakes, each told by its key.
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[test]
    fn a_small_fleet_is_three_lines() {
        let fleet =
            Fleet::read("hub.addresses = [\"nats.example.com\"]\n[[region]]\nname = \"eu-west-1\"\nagents = 2\n")
                .unwrap();
        let names: Vec<String> = fleet.regions()[0].agents().map(|agent| agent.name).collect();
        assert_eq!(names, ["eu-west-1-0", "eu-west-1-1"]);
        assert_eq!(fleet.name(), "landfall");
    }

    #[test]
    fn every_mistake_is_told_with_its_key() {
        let hub = "hub.addresses = [\"h\"]\n";
        let region = |name: &str, agents: i32| format!("[[region]]\nname = \"{name}\"\nagents = {agents}\n");
        let cases = [
            ("no region", hub.to_owned(), "region: 0 of them"),
            ("a name with capitals", format!("{hub}{}", region("EU", 1)), "small letters"),
            ("a name that would be two tokens of a subject", format!("{hub}{}", region("eu.west", 1)), "small letters"),
            ("a wildcard", format!("{hub}{}", region("*", 1)), "small letters"),
            ("a name of the layout", format!("{hub}{}", region("hub", 1)), "meaning of its own"),
            ("no agents", format!("{hub}{}", region("eu", 0)), "0 agents"),
            ("twice", format!("{hub}{0}{0}", region("eu", 1)), "there twice"),
            ("two agents of one name", format!("{hub}{}{}", region("eu-1", 1), region("eu", 2)), ""),
            ("a port", format!("hub.addresses = [\"h:4222\"]\n{}", region("eu", 1)), "no host name"),
            ("no hub", format!("hub.addresses = []\n{}", region("eu", 1)), "at least one address"),
            ("an unknown key", format!("{hub}colour = 1\n{}", region("eu", 1)), "unknown field"),
            ("no block", format!("{hub}agent.targets = [\"example.com\"]\n{}", region("eu", 1)), "no block"),
            ("no memory", format!("{hub}agent.memory_mib = 0\n{}", region("eu", 1)), "memory_mib: 1 or more"),
        ];
        for (sentence, text, expected) in cases {
            match Fleet::read(&text) {
                Err(mistakes) => assert!(mistakes.to_string().contains(expected), "{sentence}: {mistakes}"),
                Ok(_) => assert_eq!(expected, "", "{sentence}"),
            }
        }
    }
}
