//! Dependency: a third party is slow, fails, hangs or is gone, for all regions or as one of them sees it.
//!
//! **What happens in the world.** A provider has an outage, or one of its own regions has; a firewall, a quota or an expired
//! contract cuts off the calls of a single region. Who waits for it without a limit is down with it; who retries without a budget
//! keeps it down.
//!
//! **What is emulated.** The lab's own third party does so with the calls that name the region (`x-region`): it answers later, with 500,
//! not at all, or closes the connection.
//!
//! **Not emulated.** What is wrong on the way to it: names that don't resolve, and links between a region and a third party.
//!
//! **Proof of effect.** It is called from outside in the name of each region that is hit: its answers take at least 80 % of the delay
//! longer than before, are 500 (of a share: some are), don't come, or the connection ends; and before it answered well. **Proof of removal.** It answers well.

use super::{Measure, Place, Seeing, Setting, ask, sample};
use futures_util::future::{LocalBoxFuture, try_join_all};
use plan::fault::{Dependency, DependencyState, ThirdParty};
use std::{io, net::SocketAddr, time::Duration};
use units::RegionName;

/// Calls of one look.
const CALLS: usize = 6;
/// What has not come by then doesn't come.
const PROMPT: Duration = Duration::from_millis(800);

/// Sees it.
pub(crate) struct DependencyMeasure {
    kind: Dependency,
    /// What the fastest call took before.
    before: Duration,
}

impl DependencyMeasure {
    pub(crate) fn new(kind: Dependency) -> Self {
        Self { kind, before: Duration::ZERO }
    }

    /// Whose calls are hit.
    fn regions<'a>(&'a self, place: &'a Place<'_>) -> &'a [RegionName] {
        self.kind.region.as_ref().map_or(&place.environment.regions, std::slice::from_ref)
    }

    /// What is asked: something that changes nothing, or nothing that counts.
    fn question(&self) -> (&'static str, &'static str) {
        match self.kind.of {
            ThirdParty::Previews => ("/v1/previews", r#"{"link":"https://probe.test/landfall"}"#),
            ThirdParty::Media => ("/v1/media", r#"{"source":"https://probe.test/landfall"}"#),
            ThirdParty::Pushes => {
                ("/v1/pushes", r#"{"post":"landfall-probe","from":"landfall-probe","text":"","to":[]}"#)
            }
        }
    }

    async fn call(&self, place: &Place<'_>, region: &RegionName) -> Result<io::Result<ask::Answer>, String> {
        let port = place.chirp.third_parties.get(&self.kind.of);
        let address = port.ok_or_else(|| format!("there is no third party for {}", self.kind.of.as_str()))?.calls;
        let (path, body) = self.question();
        let within = self.kind.delay + PROMPT;
        let headers = [("x-region", region.as_str())];
        Ok(ask::send_with(address, "POST", path, &headers, Some(body), within).await)
    }

    /// Whether one call met what is wrong.
    fn is_hit(&self, answer: &io::Result<ask::Answer>) -> bool {
        match (self.kind.is, answer) {
            (DependencyState::Slow, Ok(answer)) => answer.took >= self.before + self.kind.delay.mul_f64(0.8),
            (DependencyState::Failing, Ok(answer)) => answer.status == 500,
            (DependencyState::Hanging, Err(error)) => error.kind() == io::ErrorKind::TimedOut,
            (DependencyState::Gone, Err(error)) => error.kind() != io::ErrorKind::TimedOut,
            _ => false,
        }
    }

    fn how_many(&self, broken: bool) -> Result<usize, String> {
        match self.kind.is {
            // Each of these waits in vain.
            DependencyState::Hanging => Ok(2),
            _ if broken => Ok(CALLS),
            _ => sample::looks(self.kind.share, CALLS),
        }
    }

    /// All at the same time: what is slow by two seconds would take half a minute of three regions, one call after the other.
    async fn look(&self, place: &Place<'_>, broken: bool) -> Result<String, String> {
        let looks = self.regions(place).iter().map(|region| self.look_for(place, region, broken));
        Ok(try_join_all(looks).await?.join("; "))
    }

    async fn look_for(&self, place: &Place<'_>, region: &RegionName, broken: bool) -> Result<String, String> {
        let of = self.how_many(broken)?;
        let (mut hit, mut well, mut left) = (0, 0, of);
        while left > 0 {
            let now = left.min(CALLS);
            let answers = try_join_all((0..now).map(|_| self.call(place, region))).await?;
            hit += answers.iter().filter(|answer| self.is_hit(answer)).count();
            well += answers.iter().filter(|answer| answer.as_ref().is_ok_and(|answer| answer.status == 200)).count();
            left -= now;
        }
        let text = format!("{hit} of {of} calls for {region} are as the fault wants them, {well} are answered well");
        let is_so = match broken {
            true if self.kind.share.fraction() >= 1.0 => hit == of,
            true => hit > 0,
            false => hit == 0 && well == of,
        };
        if is_so { Ok(text) } else { Err(text) }
    }
}

impl Measure for DependencyMeasure {
    fn settings(&self, place: &Place<'_>) -> Vec<Setting> {
        let address: Option<SocketAddr> = place.chirp.third_parties.get(&self.kind.of).map(|port| port.admin);
        let (name, value) = match self.kind.is {
            DependencyState::Slow => ("provider-slow", format!("{}ms", self.kind.delay.as_millis())),
            DependencyState::Failing => ("provider-fails", String::new()),
            DependencyState::Hanging => ("provider-hangs", String::new()),
            DependencyState::Gone => ("provider-refuses", String::new()),
        };
        let setting = Setting::whole(address, name, value);
        vec![Setting { share: self.kind.share.fraction(), region: self.kind.region.clone(), ..setting }]
    }

    fn learn<'a>(&'a mut self, place: &'a Place<'a>) -> LocalBoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            let mut fastest = PROMPT;
            for region in self.regions(place) {
                for _ in 0..2 {
                    let answer = self.call(place, region).await?.map_err(|error| format!("before: {error}"))?;
                    if answer.status != 200 {
                        return Err(format!("before: it answers {region} with {}", answer.status));
                    }
                    fastest = fastest.min(answer.took);
                }
            }
            self.before = fastest;
            Ok(())
        })
    }

    fn look_for_effect<'a>(&'a self, place: &'a Place<'a>) -> Seeing<'a> {
        Box::pin(self.look(place, true))
    }

    fn look_for_removal<'a>(&'a self, place: &'a Place<'a>) -> Seeing<'a> {
        Box::pin(self.look(place, false))
    }
}
