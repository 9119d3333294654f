//! Subjects and the names of streams: whose comes before what. Pure; why it is like this is in `docs/design/009`.
//!
//! ```text
//!   landfall.up.REGION.AGENT.RUN.KIND       landfall.here.REGION.AGENT       _INBOX.REGION.AGENT.…
//!   landfall.down.REGION.AGENT.RUN.KIND     landfall.clock.REGION.AGENT      _INBOX.controller.…
//! ```
//!
//! `deploy::rights` gives each identity the right to these; a test holds the two together.

use std::fmt;

/// The domain of the hub's streams; a region's name is its own domain.
pub const HUB_DOMAIN: &str = "hub";
/// The stream of everything that goes to agents.
pub const DOWN_STREAM: &str = "DOWN";
/// Everything that goes to agents.
pub const ALL_DOWN: &str = "landfall.down.>";
/// Who is there, all of them.
pub const ALL_HERE: &str = "landfall.here.>";
/// The questions of all agents' clocks.
pub const ALL_CLOCKS: &str = "landfall.clock.>";
/// What the controller's inboxes begin with.
pub const CONTROLLER_INBOX: &str = "_INBOX.controller";
/// The region of an agent that stands nowhere in particular.
pub const ANYWHERE: &str = "anywhere";
/// A longer token is cut off.
const RUN_CHARACTERS_MAX: usize = 80;
/// As for DNS labels.
const LABEL_CHARACTERS_MAX: usize = 63;

/// Whose a subject is: an agent and the region that it stands in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Whose {
    region: String,
    agent: String,
}

/// A text that can't be a token of a subject.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} can't be the name of {1}: lower-case letters, digits and hyphens, at most {LABEL_CHARACTERS_MAX}")]
pub struct NotALabel(String, &'static str);

impl Whose {
    /// An agent's own.
    ///
    /// # Errors
    /// A name that isn't a DNS label.
    pub fn new(region: &str, agent: &str) -> Result<Self, NotALabel> {
        label(region, "a region")?;
        label(agent, "an agent")?;
        Ok(Self { region: region.to_owned(), agent: agent.to_owned() })
    }

    /// The region's name.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The agent's name.
    #[must_use]
    pub fn agent(&self) -> &str {
        &self.agent
    }

    /// What it says to a run.
    #[must_use]
    pub fn up(&self, run: &str, kind: &str) -> String {
        format!("landfall.up.{self}.{run}.{kind}")
    }

    /// What a run says to it.
    #[must_use]
    pub fn down(&self, run: &str, kind: &str) -> String {
        format!("landfall.down.{self}.{run}.{kind}")
    }

    /// Everything that is said to it.
    #[must_use]
    pub fn all_down(&self) -> String {
        format!("landfall.down.{self}.>")
    }

    /// Where it says that it is there.
    #[must_use]
    pub fn here(&self) -> String {
        format!("landfall.here.{self}")
    }

    /// Where its clock asks.
    #[must_use]
    pub fn clock(&self) -> String {
        format!("landfall.clock.{self}")
    }

    /// What its inboxes begin with.
    #[must_use]
    pub fn inbox(&self) -> String {
        format!("_INBOX.{self}")
    }
}

/// The two tokens.
impl fmt::Display for Whose {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.region, self.agent)
    }
}

/// The stream of what the agents of a region say.
#[must_use]
pub fn up_stream(region: &str) -> String {
    format!("UP-{region}")
}

/// Everything that the agents of a region say.
#[must_use]
pub fn all_up(region: &str) -> String {
    format!("landfall.up.{region}.>")
}

/// Everything that the agents of a region say to a run.
#[must_use]
pub fn up_of_run(region: &str, run: &str) -> String {
    format!("landfall.up.{region}.*.{run}.>")
}

/// A run as a token: its name, and what makes it unique.
#[must_use]
pub fn run_token(name: &str, unique: &str) -> String {
    let token = format!("{name}-{unique}");
    let plain = token.chars().map(|one| if one.is_ascii_alphanumeric() || one == '-' { one } else { '_' });
    // What makes it unique is at its end.
    let from = token.chars().count().saturating_sub(RUN_CHARACTERS_MAX);
    plain.skip(from).collect()
}

/// Whose it is, of which run, and what: a subject of `landfall.up` or `landfall.down`.
#[must_use]
pub fn parse(subject: &str) -> Option<(Whose, &str, &str)> {
    let tokens: Vec<&str> = subject.split('.').collect();
    match *tokens.as_slice() {
        ["landfall", "up" | "down", region, agent, run, kind] => Some((Whose::new(region, agent).ok()?, run, kind)),
        _ => None,
    }
}

/// Whose it is: a subject of `landfall.here` or `landfall.clock`.
#[must_use]
pub fn parse_own(subject: &str) -> Option<Whose> {
    let tokens: Vec<&str> = subject.split('.').collect();
    match *tokens.as_slice() {
        ["landfall", "here" | "clock", region, agent] => Whose::new(region, agent).ok(),
        _ => None,
    }
}

fn label(text: &str, of: &'static str) -> Result<(), NotALabel> {
    let plain = |one: char| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '-';
    let is_one = (1..=LABEL_CHARACTERS_MAX).contains(&text.len())
        && text.chars().all(plain)
        && !text.starts_with('-')
        && !text.ends_with('-');
    if is_one { Ok(()) } else { Err(NotALabel(text.to_owned(), of)) }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let whose = Whose::new("eu-west-1", "eu-west-1-0").unwrap();
        let run = run_token("loss of a region", "7-abc");
        assert_eq!(run, "loss_of_a_region-7-abc");
        assert_eq!(parse(&whose.up(&run, "batch")), Some((whose.clone(), run.as_str(), "batch")));
        assert_eq!(parse(&whose.down(&run, "tell")), Some((whose.clone(), run.as_str(), "tell")));
        assert_eq!(parse_own(&whose.here()), Some(whose.clone()));
        assert_eq!(parse_own(&whose.clock()), Some(whose));
        for other in
            ["landfall.up.eu.a.run", "landfall.up.eu.a.run.batch.more", "landfall.here.eu", "landfall.up.EU.a.r.k"]
        {
            assert_eq!((parse(other), parse_own(other)), (None, None), "{other}");
        }
    }

    #[test]
    fn a_name_that_would_be_more_than_a_token_is_refused() {
        for name in ["", "a.b", "a b", "*", ">", "A", "-a", "a-", &"a".repeat(64)] {
            assert!(Whose::new("eu", name).is_err() && Whose::new(name, "a").is_err(), "{name}");
        }
    }

    #[test]
    fn a_long_run_keeps_what_makes_it_unique() {
        let run = run_token(&"x".repeat(200), "unique");
        assert!(run.ends_with("-unique") && run.len() == RUN_CHARACTERS_MAX, "{run}");
    }
}
