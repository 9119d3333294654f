//! Servers that a region runs as its own children.
//!
//! Such a server must not outlive its region: a region that is killed and started again would find its own
//! old server on its port and in its files. No handler of ours runs on `kill -9`, so the kernel has to do it
//! (`prctl(2)`, `PR_SET_PDEATHSIG`), which util-linux's `setpriv` asks for before it becomes the server.
//! The kernel counts the death of the *thread* that started the child: that must be the one on which the
//! region's runtime runs.

/// What to put before a program, and `--` after its own options, so that it is killed with this process.
pub(crate) const DIES_WITH_US: [&str; 3] = ["setpriv", "--pdeathsig", "KILL"];
