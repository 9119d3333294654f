//! Deploy: some regions run another version than the others, one after the other or all at once.
//!
//! **What happens in the world.** A release goes over the regions one by one, and for hours they run two versions; or the standby was
//! forgotten, and the day it takes over is the day when users get last year's release. What one version writes the other one
//! reads, over replication too.
//!
//! **What is emulated.** The region is drained (its health check says so and the steering leads users elsewhere), stopped in order,
//! and started with its own data as the other version: another build, or this one, told to say another version and to lack some
//! defences. The way back is hurried, as a rollback is: stopped in order and started, without a drain.
//!
//! **Not emulated.** Edges and the geo-DNS stay what they are, and several instances of one region of which some are new.
//!
//! **Proof of effect.** Each region is asked which version it is (`/livez`), and says the other one; before it said another.
//! **Proof of removal.** It says what it said before.

use crate::{
    Environment, FaultError, Part, ProcessRequest, Proof, Release,
    actuator::{Actuator, Doing},
    conditions::ask,
    reach,
};
use plan::fault::Deploy;
use serde_json::json;
use std::{collections::BTreeMap, net::SocketAddr, path::Path, time::Duration};
use tokio::time::{Instant, sleep};
use units::RegionName;

const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// The fault on its regions, all at once.
pub(crate) struct Deployed {
    kind: Deploy,
    /// What each region said before.
    before: BTreeMap<RegionName, String>,
    changed: Instant,
    told: String,
}

impl Deployed {
    pub(crate) fn new(kind: Deploy) -> Self {
        Self { kind, before: BTreeMap::new(), changed: Instant::now(), told: String::new() }
    }

    /// What a region's process says that it is.
    async fn version(&self, region: &RegionName, environment: &Environment) -> Result<String, String> {
        let address = address(region, environment, |chirp| &chirp.users)?;
        let said = ask::get_json(environment.door(address), "/livez", ANSWER_WITHIN).await?;
        let version = said["version"].as_str();
        version.map(str::to_owned).ok_or_else(|| format!("{region} doesn't say which version it is"))
    }

    /// No new users from now on, or users again.
    async fn drain(&self, draining: bool, environment: &Environment) -> Result<(), FaultError> {
        for region in &self.kind.regions {
            let address = address(region, environment, |chirp| &chirp.regions).map_err(FaultError::Process)?;
            let body = json!({ "draining": draining }).to_string();
            let answer = ask::send(address, "POST", "/admin/drain", Some(&body), ANSWER_WITHIN).await;
            let failed = |why: String| FaultError::Process(format!("{region} can't be drained: {why}"));
            match answer.map_err(|error| failed(error.to_string()))?.status {
                200 => {}
                status => return Err(failed(format!("status {status}"))),
            }
        }
        Ok(())
    }

    async fn run(&mut self, release: Option<Release>, environment: &Environment) -> Result<(), FaultError> {
        self.changed = Instant::now();
        let parts = Part::regions(&self.kind.regions);
        let request = |reply| ProcessRequest::Replace { parts, release, reply };
        self.told = environment.ask_lab("deploy", request).await?;
        Ok(())
    }

    /// What is run meanwhile.
    fn release(&self, folder: &Path) -> Release {
        let Deploy { version, program, defects, .. } = &self.kind;
        if program.is_empty() {
            let lacks = defects.iter().flat_map(|defect| ["--defect".to_owned(), defect.clone()]);
            let arguments = ["--as-version".to_owned(), version.clone()].into_iter().chain(lacks).collect();
            return Release { program: Vec::new(), arguments };
        }
        let mut program = program.clone();
        if program[0].contains('/') {
            program[0] = folder.join(&program[0]).display().to_string();
        }
        Release { program, arguments: Vec::new() }
    }

    async fn prove(&self, environment: &Environment, within: Duration, broken: bool) -> Result<Proof, FaultError> {
        let look = || async {
            let mut texts = Vec::new();
            for region in &self.kind.regions {
                let wanted = if broken { Some(&self.kind.version) } else { self.before.get(region) };
                let version = self.version(region, environment).await?;
                let text = format!("{region} says it is {version}");
                if Some(&version) != wanted {
                    return Err(text);
                }
                texts.push(text);
            }
            Ok(texts.join(", "))
        };
        let proof = reach::poll(within, look).await?;
        Ok(Proof { not_before: self.changed, seen: proof.seen, text: format!("{}; {}", self.told, proof.text) })
    }
}

fn address(
    region: &RegionName,
    environment: &Environment,
    of: impl Fn(&crate::ChirpPorts) -> &Vec<SocketAddr>,
) -> Result<SocketAddr, String> {
    let chirp = environment.chirp.as_ref().ok_or("the target is no lab")?;
    let found = environment.region(region).and_then(|index| of(chirp).get(index));
    found.copied().ok_or_else(|| format!("nobody knows where {region} is"))
}

impl Actuator for Deployed {
    fn inject<'a>(&'a mut self, environment: &'a Environment) -> Doing<'a, ()> {
        Box::pin(async move {
            for region in self.kind.regions.clone() {
                let version = self.version(&region, environment).await.map_err(FaultError::Process)?;
                if version == self.kind.version {
                    return Err(FaultError::Process(format!("{region} says already that it is {version}")));
                }
                self.before.insert(region, version);
            }
            if !self.kind.drain.is_zero() {
                self.drain(true, environment).await?;
                sleep(self.kind.drain).await;
            }
            self.run(Some(self.release(&environment.hook_folder)), environment).await
        })
    }

    fn verify_effect<'a>(&'a self, environment: &'a Environment, within: Duration) -> Doing<'a, Proof> {
        Box::pin(self.prove(environment, within, true))
    }

    fn heal<'a>(&'a mut self, environment: &'a Environment) -> Doing<'a, ()> {
        Box::pin(async move {
            self.run(None, environment).await?;
            // Whoever was not replaced may have been left draining; whoever was isn't.
            self.drain(false, environment).await
        })
    }

    fn verify_removal<'a>(&'a self, environment: &'a Environment, within: Duration) -> Doing<'a, Proof> {
        Box::pin(self.prove(environment, within, false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deploy(program: &[&str], defects: &[&str]) -> Deployed {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        let (regions, drain) = (vec![RegionName::new("eu-west-1")], Duration::ZERO);
        let version = "0.9.0".to_owned();
        Deployed::new(Deploy { regions, version, program: texts(program), defects: texts(defects), drain })
    }

    #[test]
    fn this_build_is_told_what_it_is_and_another_one_is_looked_for_beside_the_plan() {
        // (program, defects, what is run instead, what it is told)
        let cases = [
            (&[][..], &["no-fencing"][..], "", "--as-version 0.9.0 --defect no-fencing"),
            (&["./old/landfall", "chirp"], &[], "plans/./old/landfall chirp", ""),
            (&["chirp-0.9"], &[], "chirp-0.9", ""),
        ];
        for (program, defects, runs, told) in cases {
            let release = deploy(program, defects).release(Path::new("plans"));
            assert_eq!((release.program.join(" "), release.arguments.join(" ")), (runs.to_owned(), told.to_owned()));
        }
    }
}
