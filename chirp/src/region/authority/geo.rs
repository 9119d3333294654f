//! The guard of `geo-partitioned`: by the home of the user for whom a request is.
//!
//! | home's partition is written | reads | writes |
//! |---|---|---|
//! | here | here | here |
//! | elsewhere, `away = "forward"` | here if a copy may be here, else there | there |
//! | elsewhere, `away = "refuse"` | 421, names the home | 421, names the home |
//! | by nobody | here if a copy may be here, with the notice; else 503 | 503 with the notice |
//!
//! A name that is unknown is nobody's: registering it makes this region its home (after its arbiter has
//! agreed), and everything else is refused by the handler, as for any unknown user.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt as _, Limited};

use super::super::api::{ApiError, BODY_BYTES_MAX};
use super::super::{Region, cached, homes, residency};
use super::actor::{self, Actor};
use super::guard::fenced;
use super::notice::{self, READ_ONLY};
use super::{Place, Seat, names};
use crate::config::Away;
use crate::defects::Defect;
use crate::engine::{ReadAnswer, ReadQuery};
use crate::names::{PartitionName, RegionName};

/// Sees to it that a request is done where the user's home says.
pub(super) async fn guard(
    region: &Arc<Region>,
    is_forwarded: bool,
    is_read: bool,
    request: Request,
    next: Next,
) -> Response {
    let (request, body) = match readable(request).await {
        Ok(readable) => readable,
        Err(refusal) => return refusal,
    };
    let actor = actor::actor(request.method(), request.uri(), &body);
    let home = match home_of(region, &actor).await {
        Ok(home) => home,
        Err(error) => return ApiError::unavailable(error, "nothing was done: try again later").into_response(),
    };
    let registers = matches!(actor, Actor::User { registers: true, .. });
    let Some(home) = home else {
        if !registers {
            return next.run(request).await;
        }
        let seat = region.authority.seat(&PartitionName::home(&region.name));
        let Some(seat) = seat else { return next.run(request).await };
        let Place::Here(epoch) = seat.place() else { return notice::read_only(&seat.partition.name) };
        if let Actor::User { name, .. } = &actor
            && let Some(refusal) = names::claim(region, name).await
        {
            return refusal;
        }
        return fenced(seat, epoch, request, next).await;
    };
    let Some(seat) = region.authority.seat(&PartitionName::home(&home)) else { return next.run(request).await };
    if home == region.name && region.defects.has(Defect::SplitHome) {
        return next.run(request).await; // DEFECT split-home
    }
    at_place(region, &home, seat, is_forwarded, is_read, request, next).await
}

async fn at_place(
    region: &Arc<Region>,
    home: &RegionName,
    seat: &Seat,
    is_forwarded: bool,
    is_read: bool,
    request: Request,
    next: Next,
) -> Response {
    let has_copy = residency::may_hold(region, home.as_str(), region.name.as_str());
    match seat.place() {
        Place::Here(_) if is_read => next.run(request).await,
        Place::Here(epoch) => fenced(seat, epoch, request, next).await,
        Place::Elsewhere(_) if is_forwarded => notice::read_only(&seat.partition.name),
        Place::Elsewhere(_) if region.authority.deployment.away == Away::Refuse => notice::not_at_home(home),
        Place::Elsewhere(_) if is_read && has_copy => next.run(request).await,
        Place::Elsewhere(writer) => cached::forward(region, &writer, request).await,
        Place::Nowhere if is_read && has_copy => notice::mark(next.run(request).await, READ_ONLY).await,
        Place::Nowhere => notice::read_only(&seat.partition.name),
    }
}

/// The request, and its body where it says for whom it is.
async fn readable(request: Request) -> Result<(Request, bytes::Bytes), Response> {
    if !actor::is_in_body(request.method(), request.uri()) {
        return Ok((request, bytes::Bytes::new()));
    }
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_BYTES_MAX).collect().await else {
        let error = format!("the body is larger than {BODY_BYTES_MAX} bytes, or broke off");
        return Err(ApiError::too_large(error).into_response());
    };
    let body = body.to_bytes();
    Ok((Request::from_parts(head, Body::from(body.clone())), body))
}

async fn home_of(region: &Region, actor: &Actor) -> Result<Option<RegionName>, String> {
    match actor {
        Actor::User { name, .. } => homes::home_of(region, name).await,
        Actor::Nobody => Ok(None),
        Actor::AuthorOf(id) => {
            let query = ReadQuery::Post { id: id.clone() };
            let read = region.engine.read(query, region.limits.read_deadline).await;
            match read.map_err(|error| error.to_string())? {
                ReadAnswer::Post(Some(post)) => homes::home_of(region, &post.author).await,
                // Made in a region whose log does not come here, if its id says so.
                _ => Ok(actor::region_in_id(id).filter(|made_in| region.authority.links.contains_key(made_in))),
            }
        }
    }
}
