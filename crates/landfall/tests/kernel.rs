//! A lab whose links the kernel cuts: the real program, its processes in a network namespace, faults by the command line. Each is proven
//! by what the kernel answers to who opens a connection, and by the packets that it has counted.
//!
//! Where this may not be (no root, no nft) it counts as ignored, and why is said: it has not passed.
#![expect(clippy::unwrap_used, reason = "tests may panic")]
#![expect(clippy::print_stdout, reason = "a test program says there what became of it")]

#[expect(dead_code, reason = "shared with the tests of whole runs")]
#[path = "real/support.rs"]
mod support;

use std::{fs, io, path::Path, time::Duration};
use support::{Landfall, landfall, until};
use wan::kernel::Namespace;

const BOUND: Duration = Duration::from_secs(120);

/// What is broken, and what the proof must say of it.
const CUTS: [(&str, &str, &str); 4] = [
    (
        "split",
        "partition: {between: us-east-1, and: eu-west-1}",
        "2 links probed, all affected; the kernel has dropped ",
    ),
    (
        "one-way",
        "partition: {between: us-east-1, and: eu-west-1, direction: forward, established: new-only}",
        "2 links probed, all affected; the kernel has dropped ",
    ),
    (
        "away",
        "region-isolated: {region: eu-west-1, from: users, manner: reject}",
        "2 links probed, all affected; the kernel has answered with a reset ",
    ),
    (
        "closed",
        "connect-refused: {region: eu-west-1, share: 100%}",
        "all affected; the kernel has answered with a reset ",
    ),
];

fn main() -> io::Result<()> {
    if std::env::args().any(|argument| argument == "--list") {
        return Ok(());
    }
    println!("\nrunning 1 test");
    let name = "test what_the_kernel_cuts_in_a_lab_is_proven_and_proven_gone";
    let missing = std::thread::spawn(|| Namespace::enter().err().map(|error| error.to_string())).join();
    if let Some(why) = missing.expect("entering doesn't panic") {
        println!("{name} ... ignored");
        println!("\nSKIPPED: no lab was cut by the kernel here: {why}");
        println!("\ntest result: ok. 0 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out");
        return Ok(());
    }
    what_the_kernel_cuts_in_a_lab_is_proven_and_proven_gone();
    println!("{name} ... ok");
    println!("\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out");
    Ok(())
}

fn what_the_kernel_cuts_in_a_lab_is_proven_and_proven_gone() {
    let folder = tempfile::tempdir().unwrap();
    let plan = folder.path().join("plan.yaml");
    let target = "target: {chirp: {regions: [us-east-1, eu-west-1], users: 20, cuts: kernel}}";
    let users =
        "populations: [{name: america, place: us-east-2, share: 50%}, {name: europe, place: eu-west-2, share: 50%}]";
    fs::write(&plan, format!("version: 1\n{target}\n{users}\nload: {{rate: 1/s, for: 30s}}\n")).unwrap();
    let out = folder.path().join("lab");
    let (plan, out) = (plan.to_str().unwrap(), out.to_str().unwrap());
    let mut lab = Landfall::start(&["lab", plan, "--out", out]);
    until(BOUND, "the lab can be asked", || (landfall(&["fault", "list", out]).code() == 0).then_some(()));
    let inside = fs::read_link(format!("/proc/{}/ns/net", lab.id())).unwrap();
    assert_ne!(inside, fs::read_link("/proc/self/ns/net").unwrap(), "the lab is in the machine's own network");
    for (name, fault, proof) in CUTS {
        let given = format!("{fault}\nname: {name}");
        landfall(&["fault", "inject", out, &given, "--for", "60s"]).must_end_with(0);
        hear(&mut lab, name, proof);
        landfall(&["fault", "heal", out, name]).must_end_with(0);
        hear(&mut lab, name, "none affected any more; the kernel had ");
    }
    let others = fs::read_dir("/proc").unwrap().flatten().filter(|entry| in_network(&entry.path(), &inside)).count();
    assert!(others >= 5, "relay, regions and steering are in there with it, not only {others} processes");
    drop(lab);
    until(BOUND, "the namespace is gone with its last process", || {
        let mut processes = fs::read_dir("/proc").unwrap().flatten();
        (!processes.any(|entry| in_network(&entry.path(), &inside))).then_some(())
    });
}

/// Waits until the lab says that of a fault.
fn hear(lab: &mut Landfall, name: &str, proof: &str) {
    loop {
        let said = lab.hear(&format!(" {name}: "));
        assert!(!said.contains("not proven"), "{name}: {said}");
        if said.contains(proof) {
            return;
        }
    }
}

fn in_network(process: &Path, network: &Path) -> bool {
    fs::read_link(process.join("ns/net")).is_ok_and(|of_it| of_it == network)
}
