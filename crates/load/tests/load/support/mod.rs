//! What the tests share: plans, servers, and recordings kept in memory.

pub(crate) mod plans;
pub(crate) mod recording;
pub(crate) mod server;

pub(crate) use plans::{closed, get, open, plan, step};
pub(crate) use recording::{Recording, run, run_on};
pub(crate) use server::{Reply, Request, Server};
