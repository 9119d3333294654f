//! A lost region comes back with the data that it had some time before it was lost.
//!
//! **What happens in the world.** A volume is put back from last night's image, a machine comes up with the disk that was taken out of
//! the mirror, a virtual machine is rolled back. The region takes itself for what it was then: what it acknowledged since is gone from
//! it, and what it promised or numbered since it promises and numbers again.
//!
//! **What is emulated.** The lab copies the region's data while the region stands still, which takes some milliseconds, and puts the
//! copy in the place of its data before it starts again.
//!
//! **Proof.** A region's own log only grows. With its first answer after the return, before it has asked anybody, it must have less of
//! the log than it had when it was killed. What it gets again from others is the system's matter; how far it got is told.

use crate::{
    Environment, FaultError,
    conditions::{Log, Logs, Place, place},
    reach,
};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};
use units::{RegionName, duration::Text};

/// Between two questions to a region that starts.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// A region that has started answers within this.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// What is known of the data of the regions that are lost.
pub(crate) struct OldData {
    /// When their copies were made.
    kept: Option<Instant>,
    /// Where each region's own log stood when it was lost.
    lost: Vec<(RegionName, Log)>,
    /// How long before that the copies were made.
    age: Duration,
    /// The copies are in their places.
    is_back: bool,
    /// What each region had when it answered first; empty where one did not.
    first: Vec<Logs>,
}

impl OldData {
    /// No copy is made yet.
    pub(crate) fn new() -> Self {
        Self { kept: None, lost: Vec::new(), age: Duration::ZERO, is_back: false, first: Vec::new() }
    }

    /// The lab has made the copies.
    pub(crate) fn kept(&mut self) {
        self.kept = Some(Instant::now());
    }

    /// Learns what the regions have now that they are about to be lost.
    pub(crate) async fn learn(&mut self, regions: &[RegionName], environment: &Environment) -> Result<(), FaultError> {
        let missing = || FaultError::Process("no copy of its data was made beforehand".to_owned());
        self.age = self.kept.ok_or_else(missing)?.elapsed();
        let place = place(environment)?;
        for region in regions {
            let log = Log::of(&place, region, region).await.map_err(FaultError::Process)?;
            self.lost.push((region.clone(), log));
        }
        Ok(())
    }

    /// Whether the copies still have to be put in their places.
    pub(crate) fn is_due(&self) -> bool {
        !self.is_back && !self.lost.is_empty()
    }

    /// Whether the copies are in their places.
    pub(crate) fn is_back(&self) -> bool {
        self.is_back
    }

    /// The lab has put the copies in their places.
    pub(crate) fn put_back(&mut self) {
        self.is_back = true;
    }

    /// Waits for `start`, and meanwhile for the first answer of each region that starts.
    pub(crate) async fn meet<T>(
        &mut self,
        start: impl Future<Output = T>,
        environment: &Environment,
    ) -> Result<T, FaultError> {
        let place = place(environment)?;
        let looking = futures_util::future::join_all(self.lost.iter().map(|(region, _)| first_answer(&place, region)));
        let (mut start, mut looking) = (std::pin::pin!(start), std::pin::pin!(looking));
        let (started, first) = tokio::select! {
            started = &mut start => (started, timeout(ANSWER_WITHIN, looking).await.ok()),
            first = &mut looking => (start.await, Some(first)),
        };
        self.first = first.unwrap_or_default();
        Ok(started)
    }

    /// What each region lacked when it answered first; an error where it lacked nothing.
    pub(crate) fn lacked(&self) -> Result<String, String> {
        let mut texts = Vec::new();
        for (index, (region, lost)) in self.lost.iter().enumerate() {
            let first = self.first.get(index);
            let first = first.ok_or_else(|| format!("{region} did not say what it came back with"))?;
            let has = first.seq_of(&lost.id).unwrap_or_default();
            let text = format!(
                "{region} came back with {has} of the {} entries of its own log, data of {} before",
                lost.seq,
                Text(Duration::from_millis(self.age.as_millis() as u64)),
            );
            if has >= lost.seq {
                return Err(text);
            }
            texts.push(text);
        }
        Ok(texts.join("; "))
    }

    /// Whether the regions have what the others had written until now: waits for it for as long as that, and says how it is then.
    pub(crate) async fn caught_up(&self, environment: &Environment, within: Duration) -> Result<String, FaultError> {
        let place = place(environment)?;
        let mut wanted = Vec::new();
        for origin in environment.regions.iter().filter(|origin| self.lost.iter().all(|(lost, _)| lost != *origin)) {
            // Who can't be asked is not waited for.
            wanted.extend(Log::of(&place, origin, origin).await.map(|log| (origin, log)));
        }
        let began = Instant::now();
        let look = || async {
            for (region, _) in &self.lost {
                let has = Log::all(&place, region).await?;
                for (origin, log) in &wanted {
                    let seq = has.seq_of(&log.id).unwrap_or_default();
                    if seq < log.seq {
                        return Err(format!("{region} has {seq} of the {} entries of {origin}", log.seq));
                    }
                }
            }
            Ok(String::new())
        };
        let others = match reach::poll(within, look).await {
            Ok(_) => format!("what the others had written it has after {} ms", began.elapsed().as_millis()),
            Err(error) => format!("it has not caught up with the others: {error}"),
        };
        let mut own = Vec::new();
        for (region, lost) in &self.lost {
            let has = Log::all(&place, region).await.ok().and_then(|all| all.seq_of(&lost.id)).unwrap_or_default();
            own.push(format!("the log that {region} was lost with is there up to {has} of {}", lost.seq));
        }
        Ok(format!("{others}; {}", own.join("; ")))
    }
}

/// Asks a region again and again until it answers.
async fn first_answer(place: &Place<'_>, region: &RegionName) -> Logs {
    loop {
        if let Ok(logs) = Log::all(place, region).await {
            return logs;
        }
        sleep(LOOK_EVERY).await;
    }
}
