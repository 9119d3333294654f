//! The body of a region's answer on its way to the user: passed on as it comes, never kept.
//!
//! It holds what the request holds: the place at the region and the connection. At its end the connection
//! goes back to the pool; if the user goes away or the region breaks off, both are let go. The deadline
//! holds here, too, for else a region that stalls in the middle would hold a place for ever.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::Sleep;

use super::Edge;
use super::place::Place;
use super::pool::PooledConnection;

/// Why an answer ends early.
#[derive(Debug, thiserror::Error)]
pub(super) enum BodyError {
    /// The region broke off.
    #[error("the answer of {region} broke off: {source}")]
    Broken {
        /// Which region.
        region: String,
        /// Why.
        source: hyper::Error,
    },
    /// The region was too slow.
    #[error("the answer of {0} did not end before the deadline")]
    Late(String),
}

/// A region's answer, passed on.
pub(super) struct AnswerBody {
    inner: Incoming,
    deadline: Pin<Box<Sleep>>,
    edge: Arc<Edge>,
    connection: Option<PooledConnection>,
    place: Place,
}

impl AnswerBody {
    pub(super) fn new(
        inner: Incoming,
        deadline: tokio::time::Instant,
        edge: Arc<Edge>,
        connection: PooledConnection,
        place: Place,
    ) -> Self {
        let deadline = Box::pin(tokio::time::sleep_until(deadline));
        let mut body = Self { inner, deadline, edge, connection: Some(connection), place };
        if body.inner.is_end_stream() {
            body.finish();
        }
        body
    }

    fn finish(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.edge.regions[self.place.region()].pool.give_back(connection);
        }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let body = self.get_mut();
        let region = || body.edge.regions[body.place.region()].name.clone();
        match Pin::new(&mut body.inner).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) => {
                if body.inner.is_end_stream() {
                    body.finish();
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(None) => {
                body.finish();
                Poll::Ready(None)
            }
            Poll::Ready(Some(Err(source))) => {
                let error = BodyError::Broken { region: region(), source };
                body.edge.record(body.place.region(), Some(&error.to_string()));
                Poll::Ready(Some(Err(error)))
            }
            Poll::Pending => match body.deadline.as_mut().poll(context) {
                Poll::Ready(()) => Poll::Ready(Some(Err(BodyError::Late(region())))),
                Poll::Pending => Poll::Pending,
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
