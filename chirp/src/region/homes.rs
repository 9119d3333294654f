//! Where users are at home, and whose name is whose.
//!
//! **Homes.** The seeded users are spread over the regions in blocks: of U users and R regions, `user-N` is
//! at home in region `N·R/U`. Everybody else is at home where they registered; that is an entry of the log
//! of its own (`Change::Home`: a name and a region, nothing private) which goes to every region, also to
//! those that may not hold the user's data. A name of which nothing is known is nobody's.
//!
//! **Names.** Two regions must not give one name to two people while they can't hear each other, and no merge
//! afterwards can mend that. So each name has one **arbiter**, a region that all agree on without a word
//! (the highest of the hashes of name and region), and a name that is new here is asked for there first. It
//! answers whose the name is from then on, for ever, from its disk. If it can't be reached nobody can
//! register that name: unavailable rather than wrong.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Region;
use super::link::LinkError;
use crate::mix::{mix, mix_text};
use crate::names::{RegionName, UserName};

/// How long an arbiter may take.
const ARBITER_PATIENCE: Duration = Duration::from_secs(3);
/// Where an arbiter is asked.
pub(super) const NAME_PATH: &str = "/peer/name";

/// A wish to give a name to a home; and in the answer, whose it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct NameMessage {
    pub(super) name: UserName,
    pub(super) home: RegionName,
}

/// The home of a seeded user, if it is one.
pub(super) fn seeded_home(name: &UserName, users: u32, regions: &[RegionName]) -> Option<RegionName> {
    let index: u32 = name.as_str().strip_prefix("user-")?.parse().ok()?;
    if index >= users || name.as_str() != format!("user-{index}") {
        return None;
    }
    let region = u64::from(index) * regions.len() as u64 / u64::from(users);
    regions.get(region as usize).cloned()
}

/// Who decides about a name.
pub(super) fn arbiter<'a>(name: &UserName, regions: &'a [RegionName]) -> Option<&'a RegionName> {
    let weight = |region: &RegionName| mix(mix_text(name.as_str()) ^ mix_text(region.as_str()));
    regions.iter().max_by_key(|region| (weight(region), region.as_str().to_owned()))
}

/// Asks for a name on behalf of `home`; answers whose it is.
pub(super) async fn claim(region: &Region, name: &UserName, home: &RegionName) -> Result<RegionName, String> {
    let arbiter = arbiter(name, &region.authority.regions).ok_or("there is no region")?;
    if *arbiter == region.name {
        return decide(region, name, home).await;
    }
    let link = region.authority.links.get(arbiter).ok_or_else(|| format!("no way to {arbiter}"))?;
    let wish = NameMessage { name: name.clone(), home: home.clone() };
    let answer: Result<NameMessage, LinkError> = link.ask(NAME_PATH, &wish, ARBITER_PATIENCE).await;
    answer.map(|answer| answer.home).map_err(|error| format!("{arbiter} decides about this name: {error}"))
}

/// As the arbiter. A name of whose home the log has told is not given again, even if our disk was lost.
pub(super) async fn decide(region: &Region, name: &UserName, home: &RegionName) -> Result<RegionName, String> {
    if let Some(known) = home_of(region, name).await? {
        return Ok(known);
    }
    let claimed = region.authority.control.claim(name.clone(), home.clone(), ARBITER_PATIENCE).await;
    claimed.map_err(|error| error.to_string())
}

/// Where a user is at home, as far as it is known here.
pub(super) async fn home_of(region: &Region, name: &UserName) -> Result<Option<RegionName>, String> {
    if let Some(home) = seeded_home(name, region.authority.seed_users, &region.authority.regions) {
        return Ok(Some(home));
    }
    let wanted = name.clone();
    region.read(move |store| store.home(&wanted)).await.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    fn regions() -> Vec<RegionName> {
        ["eu", "us", "ap"].into_iter().map(|name| RegionName::parse(name).unwrap()).collect()
    }

    #[test]
    fn seeded_users_live_in_blocks_and_others_are_not_seeded() {
        // (name, users, home)
        let cases = [
            ("user-0", 6, Some("eu")),
            ("user-1", 6, Some("eu")),
            ("user-2", 6, Some("us")),
            ("user-5", 6, Some("ap")),
            ("user-6", 6, None),
            ("user-05", 6, None),
            ("anna", 6, None),
            ("user-999", 1000, Some("ap")),
            ("user-333", 1000, Some("eu")),
            ("user-334", 1000, Some("us")),
        ];
        for (name, users, home) in cases {
            let found = seeded_home(&UserName::parse(name).unwrap(), users, &regions());
            assert_eq!(found.as_ref().map(RegionName::as_str), home, "{name} of {users}");
        }
    }

    #[test]
    fn every_region_names_the_same_arbiter_and_each_arbitrates_about_a_third() {
        let (mut counts, regions) = ([0; 3], regions());
        let reversed: Vec<RegionName> = regions.iter().rev().cloned().collect();
        for number in 0..3000 {
            let name = UserName::parse(&format!("name-{number}")).unwrap();
            let found = arbiter(&name, &regions).unwrap();
            assert_eq!(arbiter(&name, &reversed), Some(found));
            counts[regions.iter().position(|region| region == found).unwrap()] += 1;
        }
        assert!(counts.iter().all(|count| (800..1200).contains(count)), "{counts:?}");
    }
}
