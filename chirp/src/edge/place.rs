//! A place at a region for one request: taken by the choice, given back by being dropped, whatever happens
//! to the request in between.

use std::sync::Arc;

use super::Edge;

/// One of the places that a region has for requests of this edge.
pub(super) struct Place {
    edge: Arc<Edge>,
    region: usize,
}

impl Place {
    /// `region` comes from the choice, which has counted it.
    pub(super) fn new(edge: &Arc<Edge>, region: usize) -> Self {
        Self { edge: Arc::clone(edge), region }
    }

    /// Whose place it is, by index.
    pub(super) fn region(&self) -> usize {
        self.region
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.edge.balance().release(self.region);
    }
}
