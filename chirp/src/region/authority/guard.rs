//! Where a request is done: here, in the writer's region, or nowhere.
//!
//! | model | reads | writes |
//! |---|---|---|
//! | single-region | here | here |
//! | active-active | here | here; a new name is asked for first (`names`) |
//! | geo-partitioned | by the home of the user: see `geo` | |
//! | active-passive, here is the writer | here | here |
//! | active-passive, another writes | 503 `passive` | 503 `passive` |
//! | active-passive, nobody writes | here, with the notice | 503 with the notice |
//! | read-replicas | here | at the writer; nobody writes: 503 with the notice |
//!
//! **A write is looked at twice**: before it is begun, and before its success is told. In between the lease
//! may have run out, and another may write; then the answer is 503, outcome unknown. A write that is not
//! acknowledged may still be there later, as with every time-out.

use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderValue, Method};

use super::super::{Region, forward};
use super::actor::{self, Actor};
use super::notice::{self, READ_ONLY};
use super::{Place, Seat, geo, names};
use crate::config::Model;

/// The header of an acknowledged write that says with which epoch it was done.
const EPOCH: &str = "x-chirp-epoch";

/// Of a request: a peer sent it on. It is never sent on again.
#[derive(Clone, Copy, Debug)]
pub(in crate::region) struct Forwarded;

/// Sees to it that a request is done where it may be.
pub(in crate::region) async fn guard(
    State(region): State<Arc<Region>>,
    forwarded: Option<Extension<Forwarded>>,
    request: Request,
    next: Next,
) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    match region.authority.deployment.model {
        Model::SingleRegion => next.run(request).await,
        Model::ActiveActive => match actor::actor(request.method(), request.uri(), &[]) {
            Actor::User { name, registers: true } if region.authority.regions.len() > 1 => {
                match names::claim_if_new(&region, &name).await {
                    Some(refusal) => refusal,
                    None => next.run(request).await,
                }
            }
            _ => next.run(request).await,
        },
        Model::GeoPartitioned => geo::guard(&region, forwarded.is_some(), is_read, request, next).await,
        Model::ActivePassive => {
            let seat = &region.authority.seats[0];
            match seat.place() {
                Place::Here(_) if is_read => next.run(request).await,
                Place::Here(epoch) => fenced(seat, epoch, request, next).await,
                Place::Elsewhere(writer) => notice::passive(&writer),
                Place::Nowhere if is_read => notice::mark(next.run(request).await, READ_ONLY).await,
                Place::Nowhere => notice::read_only(&seat.partition.name),
            }
        }
        Model::ReadReplicas => {
            let seat = &region.authority.seats[0];
            match seat.place() {
                Place::Nowhere if is_read => notice::mark(next.run(request).await, READ_ONLY).await,
                _ if is_read => next.run(request).await,
                Place::Here(epoch) => fenced(seat, epoch, request, next).await,
                Place::Elsewhere(writer) if forwarded.is_none() => forward::forward(&region, &writer, request).await,
                Place::Elsewhere(_) | Place::Nowhere => notice::read_only(&seat.partition.name),
            }
        }
    }
}

/// Does a write with the lease of `epoch`, and tells its success only with it.
pub(super) async fn fenced(seat: &Seat, epoch: u64, request: Request, next: Next) -> Response {
    let _under_way = seat.begin_write();
    let mut response = next.run(request).await;
    if !response.status().is_success() {
        return response;
    }
    if !seat.may_acknowledge(epoch) {
        return notice::fenced(&seat.partition.name);
    }
    response.headers_mut().insert(EPOCH, HeaderValue::from(epoch));
    response
}
