//! How many agents a plan needs, and where their users come from.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::*;
use load::UserAddress;
use plan::Source;
use std::net::IpAddr;

fn plan(users: u32) -> ResolvedPlan {
    let text = format!(
        "version: 1\ntarget:\n  endpoints: {{us-east-1: \"http://127.0.0.1:1\"}}\n\
         populations: [{{name: ohio, place: us-east-2, share: 100%}}]\n\
         load: {{model: closed, users: {users}, for: 60s}}\n\
         journeys: [{{name: look, weight: 1, steps: [{{name: home, get: /}}]}}]\n"
    );
    let source = Source { name: "local.yaml".to_owned(), text };
    plan::check(&source, wan::Atlas::embedded()).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

fn addresses(plan: &ResolvedPlan, sources: usize) -> TargetAddresses {
    let mut addresses = TargetAddresses::attached(plan).unwrap();
    let sources = (1..=sources).map(|host| IpAddr::from([127, 65, 0, host as u8])).collect();
    addresses.users = vec![UserAddress { sources, client_subnet: None }];
    addresses
}

#[test]
fn descriptors_decide_how_many_agents_there_are() {
    let available = Available { descriptors: 19_900, ports: 28_232, memory: None };
    let cases = [(100, 4, 1), (19_000, 4, 1), (30_000, 4, 2), (100_000, 4, 6)];
    for (users, sources, expected) in cases {
        let plan = plan(users);
        let local = count(&plan, &addresses(&plan, sources), &available).unwrap();
        assert_eq!(local.agents, expected, "{users} users");
        assert_eq!(local.told.is_some(), expected > 1);
    }
    let plan = plan(100_000);
    let told = count(&plan, &addresses(&plan, 4), &available).unwrap().told.unwrap();
    assert!(
        told.starts_with("100,000 users need 6 agents: ") && told.contains("19,900 more file descriptors"),
        "{told}"
    );
}

#[test]
fn ports_and_memory_are_the_machines() {
    let plan = plan(50_000);
    let available = Available { descriptors: 10_000, ports: 28_232, memory: None };
    let shortage = count(&plan, &addresses(&plan, 1), &available).unwrap_err();
    assert!(shortage.to_string().contains("needs 50000 ports"), "{shortage}");
    let available = Available { memory: Some(1 << 20), ..available };
    let shortage = count(&plan, &addresses(&plan, 4), &available).unwrap_err();
    assert!(shortage.to_string().contains("MiB of memory"), "{shortage}");
}

#[test]
fn where_there_are_addresses_enough_each_agent_has_its_own() {
    let plan = plan(10);
    let hosts = |sources, agent, agents| -> Vec<u8> {
        let addresses = addresses_of(&addresses(&plan, sources), Share { agent, agents });
        let last = |source: &IpAddr| if let IpAddr::V4(address) = source { address.octets()[3] } else { 0 };
        addresses.users[0].sources.iter().map(last).collect()
    };
    assert_eq!((hosts(5, 0, 2), hosts(5, 1, 2)), (vec![1, 3, 5], vec![2, 4]));
    assert_eq!(hosts(2, 2, 3), [1, 2], "too few: all share them");
}
