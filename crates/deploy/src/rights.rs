//! Who may say and hear what: subjects, streams, and the least rights of each identity.
//!
//! ```text
//!   landfall.up.REGION.AGENT.RUN.KIND       stored in the region, stream UP-REGION of JetStream domain REGION
//!   landfall.down.REGION.AGENT.RUN.KIND     stored at the hub, stream DOWN of domain hub, one consumer per agent
//!   landfall.here.REGION.AGENT              not stored: who is there
//!   landfall.clock.REGION.AGENT             not stored: question and answer between two clocks
//!   _INBOX.REGION.AGENT.…                   answers to this agent only
//! ```
//!
//! Tokens that say *whose* a subject is come before those that say *what* it is, so that each right is a prefix. An agent
//! may speak only as itself and hear only what is for itself. A region's leaf node may carry only what belongs to its
//! region, so a region that somebody else has got hold of can't speak for another. Why it is like this, and what was
//! refused, is in `docs/design/009-subjects-and-rights.md`.

use crate::fleet::{Agent, RegionText};

/// The domain of the hub's streams; a region's name is its own domain.
pub const HUB_DOMAIN: &str = "hub";
/// The stream of everything that goes to agents.
pub const DOWN_STREAM: &str = "DOWN";

/// What an identity may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rights {
    /// Subjects it may publish to.
    pub publish: Vec<String>,
    /// Subjects it may subscribe to.
    pub subscribe: Vec<String>,
    /// Whether it may answer what it has received, wherever the answer has to go.
    pub answers: bool,
}

/// The stream of what the agents of a region say. Acknowledgements carry the stream's name and no domain, so it is
/// different in each region: they could acknowledge another region's message otherwise.
#[must_use]
pub fn up_stream(region: &str) -> String {
    format!("UP-{region}")
}

/// An agent's user: the DNS name in its certificate.
#[must_use]
pub fn agent_user(fleet: &str, agent: &Agent<'_>) -> String {
    format!("{}.agent.{fleet}", agent.name)
}

/// A leaf node's user.
#[must_use]
pub fn leaf_user(fleet: &str, region: &str) -> String {
    format!("{region}.leaf.{fleet}")
}

/// The controller's user.
#[must_use]
pub fn controller_user(fleet: &str) -> String {
    format!("controller.{fleet}")
}

/// What an agent may do at its region's leaf node.
#[must_use]
pub fn agent(agent: &Agent<'_>) -> Rights {
    let Agent { region, name } = agent;
    let own = ["here", "clock"].map(|kind| format!("landfall.{kind}.{region}.{name}"));
    let mut publish = vec![format!("landfall.up.{region}.{name}.>")];
    publish.extend(own);
    publish.extend(reading_down(name));
    Rights { publish, subscribe: vec![format!("_INBOX.{region}.{name}.>")], answers: false }
}

/// What a leaf node may carry: `publish` from its region to the hub, `subscribe` from the hub to its region.
#[must_use]
pub fn leaf(region: &RegionText) -> Rights {
    let name = &region.name;
    let mut publish = vec![
        format!("landfall.here.{name}.>"),
        format!("landfall.clock.{name}.>"),
        // What the region's streams answer to the controller.
        "_INBOX.controller.>".to_owned(),
    ];
    publish.extend(region.agents().flat_map(|agent| reading_down(&agent.name)));
    let subscribe =
        vec![format!("_INBOX.{name}.>"), format!("$JS.{name}.API.>"), format!("$JS.ACK.{}.>", up_stream(name))];
    Rights { publish, subscribe, answers: false }
}

/// What a controller may do at the hub: everything that is Landfall's, but not speak as an agent.
#[must_use]
pub fn controller() -> Rights {
    let publish = ["landfall.down.>", "$JS.API.>", "$JS.*.API.>", "$JS.ACK.>"];
    let subscribe = ["landfall.here.>", "landfall.clock.>", "_INBOX.controller.>"];
    Rights {
        publish: publish.map(str::to_owned).to_vec(),
        subscribe: subscribe.map(str::to_owned).to_vec(),
        answers: true,
    }
}

/// What reading one's own consumer of [`DOWN_STREAM`] takes. The consumer is made by the controller, so an agent
/// can't choose what it is to hear.
fn reading_down(agent: &str) -> [String; 3] {
    [
        format!("$JS.{HUB_DOMAIN}.API.CONSUMER.INFO.{DOWN_STREAM}.{agent}"),
        format!("$JS.{HUB_DOMAIN}.API.CONSUMER.MSG.NEXT.{DOWN_STREAM}.{agent}"),
        format!("$JS.ACK.{DOWN_STREAM}.{agent}.>"),
    ]
}

#[cfg(test)]
mod tests {
    //! No right of one identity reaches what is another's.
    use super::*;

    fn region(name: &str) -> RegionText {
        RegionText { name: name.to_owned(), agents: 3, leaf: "127.0.0.1".to_owned() }
    }

    /// Whether a NATS pattern covers a subject.
    fn covers(pattern: &str, subject: &str) -> bool {
        let mut subject = subject.split('.');
        for token in pattern.split('.') {
            match (token, subject.next()) {
                (">", Some(_)) => return true,
                ("*", Some(_)) => {}
                (token, Some(word)) if token == word => {}
                _ => return false,
            }
        }
        subject.next().is_none()
    }

    #[test]
    fn an_agent_speaks_and_hears_only_for_itself() {
        let (eu, us) = (region("eu-west-1"), region("us-east-1"));
        let agents: Vec<Agent<'_>> = eu.agents().chain(us.agents()).collect();
        for own in &agents {
            let Rights { publish, subscribe, .. } = agent(own);
            for other in &agents {
                let Agent { region, name } = other;
                let said = [
                    format!("landfall.up.{region}.{name}.run-1.batch"),
                    format!("landfall.here.{region}.{name}"),
                    format!("landfall.clock.{region}.{name}"),
                    format!("$JS.hub.API.CONSUMER.MSG.NEXT.DOWN.{name}"),
                ];
                for subject in said {
                    let may = publish.iter().any(|pattern| covers(pattern, &subject));
                    assert_eq!(may, own == other, "{} publishes to {subject}", own.name);
                }
                let inbox = format!("_INBOX.{region}.{name}.abc");
                assert_eq!(subscribe.iter().any(|pattern| covers(pattern, &inbox)), own == other, "{inbox}");
            }
        }
    }

    #[test]
    fn a_leaf_node_carries_nothing_of_another_region() {
        let (eu, us) = (region("eu-west-1"), region("us-east-1"));
        let Rights { publish, subscribe, .. } = leaf(&eu);
        for other in us.agents() {
            let foreign = agent(&other).publish;
            let carried = |subject: &&String| publish.iter().any(|pattern| covers(pattern, subject));
            assert_eq!(foreign.iter().find(carried), None);
        }
        let heard =
            ["_INBOX.us-east-1.us-east-1-0.a", "$JS.us-east-1.API.INFO", "$JS.ACK.UP-us-east-1.c.1", "landfall.up.a"];
        for subject in heard {
            assert!(!subscribe.iter().any(|pattern| covers(pattern, subject)), "{subject}");
        }
    }
}
