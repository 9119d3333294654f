//! `durability`: when a write is answered.

use toml::Spanned;

use super::check::Mistakes;
use crate::durability::Durability;

/// The choice, checked against the number of regions.
pub(super) fn check(written: Option<&Spanned<String>>, regions: usize, mistakes: &mut Mistakes<'_>) -> Durability {
    let choices = Durability::ALL.map(|durability| (durability.name(), durability));
    let durability = mistakes.choice("durability", written, &choices, Durability::default());
    if let Some(written) = written
        && durability.others(regions) >= regions.max(1)
    {
        let message = format!("durability = \"{durability}\" with {regions} region(s)");
        mistakes.at(written.span(), message, "there is no other region that could have a write: take \"local\"");
    }
    durability
}
