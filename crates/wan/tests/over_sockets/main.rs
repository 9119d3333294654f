//! The emulation over real sockets: one body for both arms, and the relay's control channel.

mod conformance;
mod faults;
mod relay;
mod support;
