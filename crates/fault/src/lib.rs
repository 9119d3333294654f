//! Faults: what the plan breaks. Each is injected, proven, held by a lease, healed, and proven gone.
//!
//! Map: [`Keeper`] keeps all faults of a run; `actuator` is what each fault can do, and the match over the catalogue; `region_loss` (with `old_data`), `region_slow`, `process`, `promotion`, `descriptors`, `deploy`, `links`,
//! `command` and `conditions` (a running Chirp) are the catalogue; [`hold`] is the process that holds a command hook; [`Environment`] is what faults act on.
//!
//! To add a fault: its file in [`plan::fault`], a file here whose module document argues what really happens, what is emulated
//! and how effect and removal are proven, and which implements `actuator::Actuator`; a line in `actuator::actuator`; a page in
//! `docs/faults/`.
//!
//! Invariants: this crate knows nothing of users or load; a fault that is not renewed heals itself; healing is tried on every
//! way out, also when injecting failed.

mod actuator;
mod command;
mod conditions;
mod deploy;
mod descriptors;
mod door;
mod environment;
pub mod hold;
mod keeper;
mod links;
mod old_data;
mod process;
mod promotion;
mod proof;
mod reach;
mod region_loss;
mod region_slow;
mod usage;

pub use door::{Door, Stream, Tls};
pub use environment::{
    ChirpPorts, Environment, LinkBytes, Part, ProcessPort, ProcessRequest, RelayPort, RelayRequest, Release,
    SteeringTarget, ThirdPartyPort,
};
pub use keeper::{Keeper, called};
pub use proof::{FaultError, Proof};
pub use region_slow::PERIOD;
