//! The crates may use each other only as `edges.txt` says.
//!
//! Why: each crate is about one idea and can be understood without the crates above it. That `verdict` never sees a
//! socket, or that `load` knows nothing of faults, is not a habit but an edge that does not exist.

use std::collections::BTreeMap;

use super::Finding;
use super::dependencies::EdgeKind;
use super::repository::Repository;

const LIST: &str = include_str!("edges.txt");
const LIST_PATH: &str = "xtask/src/tidy/edges.txt";

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    check_against(LIST, repository)
}

/// What each crate may use: normally, and in its tests.
type Allowed<'a> = BTreeMap<(EdgeKind, &'a str), Vec<&'a str>>;

fn check_against(list: &str, repository: &Repository) -> Vec<Finding> {
    let allowed = parse(list);
    let mut findings = Vec::new();
    for member in &repository.members {
        if !allowed.contains_key(&(EdgeKind::Normal, member.name.as_str())) {
            findings.push(Finding::new(LIST_PATH, 0, format!("crate {} is not in the list", member.name)));
            continue;
        }
        let edges = member.edges.iter().filter(|(kind, to)| !is_allowed(&allowed, *kind, &member.name, to));
        for (kind, to) in edges {
            let line = repository.line_of(&member.manifest(), |line| names_dependency(line, to));
            let what = if *kind == EdgeKind::Tests { "tests may not use" } else { "may not use" };
            findings.push(Finding::new(&member.manifest(), line, format!("{} {what} {to} ({LIST_PATH})", member.name)));
        }
    }
    let is_member = |name: &str| repository.members.iter().any(|member| member.name == name);
    for (_, name) in allowed.keys().filter(|(_, name)| !is_member(name)) {
        findings.push(Finding::new(LIST_PATH, 0, format!("crate {name} is in the list but not in the workspace")));
    }
    findings
}

fn parse(list: &str) -> Allowed<'_> {
    let mut allowed = Allowed::new();
    let mut kind = EdgeKind::Normal;
    for line in list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if line == "[tests]" {
            kind = EdgeKind::Tests;
        } else if let Some((name, uses)) = line.split_once(':') {
            allowed.insert((kind, name.trim()), uses.split_whitespace().collect());
        }
    }
    allowed
}

fn is_allowed(allowed: &Allowed<'_>, kind: EdgeKind, from: &str, to: &str) -> bool {
    let listed = |kind| allowed.get(&(kind, from)).is_some_and(|uses| uses.contains(&to));
    listed(EdgeKind::Normal) || (kind == EdgeKind::Tests && listed(EdgeKind::Tests))
}

fn names_dependency(line: &str, name: &str) -> bool {
    line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
}

#[cfg(test)]
mod tests {
    //! Edges that are listed and edges that are not.
    use super::*;
    use crate::tidy::dependencies::Member;

    fn member(name: &str, edges: &[(EdgeKind, &str)]) -> Member {
        let edges = edges.iter().map(|&(kind, to)| (kind, to.to_owned())).collect();
        Member { name: name.to_owned(), edges }
    }

    fn messages(list: &str, members: Vec<Member>) -> Vec<String> {
        let manifest = "[package]\nname = \"plan\"\n[dependencies]\nload.workspace = true\n";
        let mut repository = Repository::of(&[("crates/plan/Cargo.toml", manifest)]);
        repository.members = members;
        check_against(list, &repository).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_edge_that_is_not_listed_is_found_with_its_line() {
        let plan = member("plan", &[(EdgeKind::Normal, "units"), (EdgeKind::Normal, "load")]);
        let found = messages("plan: units\n", vec![plan]);
        assert_eq!(found, ["crates/plan/Cargo.toml:4: plan may not use load (xtask/src/tidy/edges.txt)"]);
    }

    #[test]
    fn tests_may_use_what_the_crate_may_and_what_is_listed_for_them() {
        let plan = member("plan", &[(EdgeKind::Tests, "units"), (EdgeKind::Tests, "load"), (EdgeKind::Tests, "wan")]);
        let found = messages("plan: units\n[tests]\nplan: load\n", vec![plan.clone()]);
        assert_eq!(found, ["crates/plan/Cargo.toml: plan tests may not use wan (xtask/src/tidy/edges.txt)"]);
        let shipped = member("plan", &[(EdgeKind::Normal, "load")]);
        assert_eq!(messages("plan: units\n[tests]\nplan: load\n", vec![shipped]).len(), 1);
    }

    #[test]
    fn the_list_and_the_workspace_name_the_same_crates() {
        let found = messages("plan:\ngone:\n", vec![member("plan", &[]), member("new", &[])]);
        assert_eq!(
            found,
            [
                "xtask/src/tidy/edges.txt: crate new is not in the list",
                "xtask/src/tidy/edges.txt: crate gone is in the list but not in the workspace",
            ]
        );
    }
}
