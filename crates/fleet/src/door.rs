//! Where agents come in while a run goes on: one at a time, each made ready beside everything else.

use crate::controller::{Admitted, AssembleError, Common, Recruit, admit};
use std::sync::Arc;
use tokio::{sync::mpsc, task::JoinHandle};

/// The door.
pub(crate) struct Door {
    newcomers: mpsc::Receiver<Recruit>,
    common: Arc<Common>,
    entering: Option<JoinHandle<Result<Admitted, AssembleError>>>,
}

impl Door {
    pub(crate) fn new(newcomers: mpsc::Receiver<Recruit>, common: Common) -> Self {
        Self { newcomers, common: Arc::new(common), entering: None }
    }

    /// Who is ready to be agent number `index`, or why somebody isn't; waits for ever when nobody comes. Can be cancelled.
    pub(crate) async fn next(&mut self, index: usize) -> Result<Admitted, AssembleError> {
        loop {
            if let Some(entering) = &mut self.entering {
                let entered = entering.await;
                self.entering = None;
                // Making somebody ready doesn't panic; if it did, nobody came.
                if let Ok(entered) = entered {
                    return entered;
                }
            }
            match self.newcomers.recv().await {
                Some(recruit) => self.entering = Some(tokio::spawn(admit(recruit, index, Arc::clone(&self.common)))),
                None => std::future::pending().await,
            }
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        if let Some(entering) = &self.entering {
            entering.abort();
        }
    }
}
