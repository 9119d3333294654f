//! Regions that a fault is aimed at: one under `region` or several under `regions`, and how they are said.

use crate::{
    mistakes::{Code, Mistake, Span},
    read::{Field, collections::List, values::NameText},
    resolve::{Ground, Resolver},
};
use units::RegionName;

/// The region, or the regions, of which exactly one key is there; adds a mistake where one is named twice.
pub(super) fn one_or_several(
    region: &Field<NameText>,
    regions: &Field<List<NameText>>,
    place: Span,
    resolver: &mut Resolver<'_, '_>,
    ground: &Ground,
) -> Option<Vec<RegionName>> {
    if region.is_written() {
        return resolver.region(ground, region).map(|region| vec![region]);
    }
    let named = resolver.region_list(ground, regions).filter(|regions| !regions.is_empty())?;
    if let Some((_, twice)) = named.iter().enumerate().find(|(index, region)| named[..*index].contains(region)) {
        let mistake = Mistake::new(Code::Conflict, regions.span_or(place), format!("{twice} is named twice"));
        resolver.add(mistake.hint("name each region once"));
    }
    Some(named)
}

/// `a`, `a and b`, `a and b and c`: each counts by itself, in whatever order the plan has them.
pub(super) fn in_words(regions: &[RegionName]) -> String {
    let names: Vec<&str> = regions.iter().map(RegionName::as_str).collect();
    names.join(" and ")
}
