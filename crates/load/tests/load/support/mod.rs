//! What the tests share: plans, servers, and recordings kept in memory.

pub(crate) mod plans;
pub(crate) mod recording;
pub(crate) mod resolver;
pub(crate) mod server;

pub(crate) use plans::{closed, get, open, plan, step};
pub(crate) use recording::{Recording, run, run_on};
pub(crate) use resolver::{Asked, Resolver, Says};
pub(crate) use server::{Reply, Request, Server};
