//! `deploy` gives each identity the right to what the links use, by the same names, and to no more.

use deploy::{fleet::Agent, rights};
use fleet::link::nats::subjects::{self, ALL_CLOCKS, ALL_HERE, CONTROLLER_INBOX, DOWN_STREAM, HUB_DOMAIN, Whose};

/// Whether a NATS pattern covers a subject.
fn covers(patterns: &[String], subject: &str) -> bool {
    patterns.iter().any(|pattern| {
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
    })
}

#[test]
fn the_names_are_the_same() {
    assert_eq!((HUB_DOMAIN, DOWN_STREAM), (rights::HUB_DOMAIN, rights::DOWN_STREAM));
    assert_eq!(subjects::up_stream("eu"), rights::up_stream("eu"));
}

#[test]
fn each_identity_may_say_and_hear_what_it_has_to() {
    let whose = Whose::new("eu-west-1", "eu-west-1-0").unwrap();
    let agent = rights::agent(&Agent { region: whose.region(), name: whose.agent().to_owned() });
    for subject in [whose.up("run-1", "batch"), whose.here(), whose.clock()] {
        assert!(covers(&agent.publish, &subject), "{subject}");
    }
    assert!(covers(&agent.subscribe, &format!("{}.abc.1", whose.inbox())));
    assert!(!covers(&agent.publish, &whose.down("run-1", "tell")));

    let controller = rights::controller();
    assert!(covers(&controller.publish, &whose.down("run-1", "tell")) && controller.answers);
    for pattern in [ALL_HERE, ALL_CLOCKS] {
        assert!(controller.subscribe.contains(&pattern.to_owned()), "{pattern}");
    }
    assert!(covers(&controller.subscribe, &format!("{CONTROLLER_INBOX}.abc.1")));
    assert!(!covers(&controller.publish, &whose.up("run-1", "batch")));
}
