//! `network-split`: several pairs of regions can't reach each other, in one of the shapes that partitions have.

use super::{
    Established, Manner,
    claims::{Claims, Thing},
    kind::{About, Group, Kind, KindText},
};
use crate::{
    mistakes::{Code, Mistake, Span},
    read::{
        Placed as _,
        collections::List,
        section::section,
        values::NameText,
        words::{Word, Words},
    },
    resolve::{Ground, Resolver},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::RegionName;

section! {
    /// Several pairs of regions can't reach each other.
    NetworkSplitText "network-split" {
        /// `complete`: nobody reaches anybody. `isolated`: `region` reaches nobody. `halves`: two sides. `bridge`: two sides, and
        /// `region` reaches both. `ring`: everybody reaches a majority, and no two the same one (4 regions or more).
        required "shape" shape: Word<Shape>;
        /// The isolated one, or the bridge.
        optional "region" region: NameText;
        /// Those of one side, for `halves` and `bridge`. Default: the first half, in the order of the plan.
        optional "one_side" one_side: List<NameText>;
        /// As in `partition`.
        optional "manner" manner: Word<Manner> = "drop";
        /// As in `partition`. Default: as the manner has it.
        optional "established" established: Word<Established>;
    }
}

/// Several pairs of regions can't reach each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkSplit {
    /// Which shape that is.
    pub shape: Shape,
    /// Each pair that is cut.
    pub pairs: Vec<(RegionName, RegionName)>,
    /// In which manner.
    pub manner: Manner,
    /// What happens to connections that are open.
    pub established: Established,
}

/// The shapes that partitions have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// Nobody reaches anybody.
    Complete,
    /// One reaches nobody.
    Isolated,
    /// Two sides.
    Halves,
    /// Two sides, and one that reaches both.
    Bridge,
    /// Everybody reaches a majority, and no two the same one.
    Ring,
}

impl NetworkSplit {
    /// What it says of itself.
    pub const ABOUT: About = About {
        name: "network-split",
        group: Group::Network,
        covers: &["A4", "B7"],
        works_on: "a lab",
        ramps: false,
        exempts: true,
        rolls: false,
        takes: "the link of each pair that is cut",
        needs: "the processes of all regions that are cut off from another",
    };
}

impl Kind for NetworkSplit {
    fn about(&self) -> About {
        Self::ABOUT
    }

    fn regions(&self) -> Vec<&RegionName> {
        let mut regions: Vec<&RegionName> = self.pairs.iter().flat_map(|(one, other)| [one, other]).collect();
        regions.sort();
        regions.dedup();
        regions
    }

    fn taken_from_users(&self) -> Vec<&RegionName> {
        Vec::new()
    }

    fn claims(&self, _: &[RegionName]) -> Claims {
        let takes = self.pairs.iter().map(|(one, other)| Thing::link(one, other)).collect();
        Claims { takes, needs: Thing::processes(self.regions()) }
    }

    fn words(&self, _: &dyn Fn(Duration) -> String) -> String {
        let shape = match self.shape {
            Shape::Complete => "no region reaches another".to_owned(),
            Shape::Isolated => "one region reaches no other".to_owned(),
            Shape::Halves => "the regions are two sides that don't reach each other".to_owned(),
            Shape::Bridge => "the regions are two sides, and one region reaches both".to_owned(),
            Shape::Ring => "each region reaches a majority, and no two the same one".to_owned(),
        };
        format!("{shape}: {}{}", self.manner.words(), self.established.words(self.manner))
    }
}

impl KindText for NetworkSplitText {
    type Kind = NetworkSplit;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<NetworkSplit> {
        resolver.needs_lab(NetworkSplit::ABOUT.name, "the links between regions are cut", span, ground);
        let shape = self.shape.value()?.0;
        let manner = self.manner.value()?.0;
        let established = Established::resolve(&self.established, manner, self.place(), resolver)?;
        let one = match self.region.is_written() {
            true => Some(resolver.region(ground, &self.region)?),
            false => None,
        };
        let side = resolver.region_list(ground, &self.one_side)?;
        let regions: Vec<RegionName> = ground.sites.iter().map(|site| site.name.clone()).collect();
        if !ground.complete {
            return None;
        }
        match pairs(shape, &regions, one.as_ref(), &side) {
            Ok(pairs) => Some(NetworkSplit { shape, pairs, manner, established }),
            Err(why) => {
                resolver.add(Mistake::new(Code::Unmet, self.shape.span_or(span), why));
                None
            }
        }
    }
}

/// Who can't reach whom, or why there is no such shape.
fn pairs(
    shape: Shape,
    regions: &[RegionName],
    one: Option<&RegionName>,
    side: &[RegionName],
) -> Result<Vec<(RegionName, RegionName)>, &'static str> {
    let count = regions.len();
    let bridge = one.filter(|_| shape == Shape::Bridge);
    let rest: Vec<&RegionName> = regions.iter().filter(|region| Some(*region) != bridge).collect();
    let first = |region: &RegionName| match side {
        [] => rest.iter().position(|known| *known == region).is_some_and(|index| index < rest.len() / 2),
        side => side.contains(region),
    };
    // How far in the ring a majority reaches, both ways.
    let reach = (count / 2).div_ceil(2);
    let apart = |(from, to): (usize, usize)| {
        let (one_region, other) = (&regions[from], &regions[to]);
        match shape {
            Shape::Complete => true,
            Shape::Isolated => Some(one_region) == one || Some(other) == one,
            Shape::Halves => first(one_region) != first(other),
            Shape::Bridge => Some(one_region) != bridge && Some(other) != bridge && first(one_region) != first(other),
            Shape::Ring => (to - from).min(count - (to - from)) > reach,
        }
    };
    match shape {
        Shape::Isolated | Shape::Bridge if one.is_none() => return Err("this shape needs `region`: which one it is"),
        Shape::Bridge if count < 3 => return Err("a bridge needs three regions"),
        Shape::Ring if count < 4 => return Err("a ring of majorities needs four regions"),
        _ if count < 2 => return Err("the only region has nobody to be split from"),
        _ => {}
    }
    let all = (0..count).flat_map(|from| (from + 1..count).map(move |to| (from, to)));
    let cut: Vec<_> = all.filter(|pair| apart(*pair)).map(|(a, b)| (regions[a].clone(), regions[b].clone())).collect();
    if cut.is_empty() { Err("all regions are on one side: nothing is cut") } else { Ok(cut) }
}

impl Words for Shape {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("complete", Self::Complete),
        ("isolated", Self::Isolated),
        ("halves", Self::Halves),
        ("bridge", Self::Bridge),
        ("ring", Self::Ring),
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(shape: Shape, count: usize, one: Option<&str>, side: &[&str]) -> String {
        let regions: Vec<RegionName> =
            "abcdefg".chars().take(count).map(|name| name.to_string().as_str().into()).collect();
        let side: Vec<RegionName> = side.iter().map(|name| RegionName::from(*name)).collect();
        match pairs(shape, &regions, one.map(RegionName::from).as_ref(), &side) {
            Ok(pairs) => pairs.iter().map(|(one, other)| format!("{one}{other}")).collect::<Vec<_>>().join(" "),
            Err(why) => why.to_owned(),
        }
    }

    #[test]
    fn each_shape_cuts_its_pairs() {
        let cases = [
            (cut(Shape::Complete, 3, None, &[]), "ab ac bc"),
            (cut(Shape::Isolated, 4, Some("c"), &[]), "ac bc cd"),
            (cut(Shape::Halves, 4, None, &[]), "ac ad bc bd"),
            (cut(Shape::Halves, 3, None, &["b"]), "ab bc"),
            (cut(Shape::Bridge, 3, Some("b"), &[]), "ac"),
            (cut(Shape::Bridge, 5, Some("e"), &["a", "d"]), "ab ac bd cd"),
            (cut(Shape::Ring, 4, None, &[]), "ac bd"),
            (cut(Shape::Ring, 5, None, &[]), "ac ad bd be ce"),
            (cut(Shape::Ring, 3, None, &[]), "a ring of majorities needs four regions"),
            (cut(Shape::Isolated, 3, None, &[]), "this shape needs `region`: which one it is"),
            (cut(Shape::Halves, 2, None, &["a", "b"]), "all regions are on one side: nothing is cut"),
        ];
        for (found, expected) in cases {
            assert_eq!(found, expected);
        }
    }
}
