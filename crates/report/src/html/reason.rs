//! Why something ended as it did, said once: a reason that ends in the words of rules of trust names the rules instead, for their
//! own words stand where the rules stand.

use crate::facts::Facts;
use verdict::Verdict;

/// What stands between the words of two rules.
const BETWEEN: &str = "; ";

/// The reason, with the rules of trust at its end by their names.
pub(super) fn text(facts: &Facts<'_>, reason: &str) -> String {
    let (mut own, mut rules) = (reason, Vec::new());
    while let Some((before, rule)) = last_rule(facts, own) {
        rules.insert(0, format!("the rule of trust “{rule}” is not met"));
        let Some(further) = before.strip_suffix(BETWEEN) else {
            return format!("{before}{}", rules.join(BETWEEN));
        };
        own = further;
    }
    if rules.is_empty() { reason.to_owned() } else { format!("{own}{BETWEEN}{}", rules.join(BETWEEN)) }
}

/// What stands before the words of the rule that the text ends in, and the rule's name. A text of nothing but these is the rule's own.
fn last_rule<'text>(facts: &Facts<'text>, text: &'text str) -> Option<(&'text str, &'text str)> {
    let missed = facts.findings.trust.iter().filter(|rule| rule.verdict != Verdict::Pass && !rule.text.is_empty());
    let mut ends = missed.filter_map(|rule| Some((text.strip_suffix(&rule.text)?, rule.rule.as_str())));
    ends.find(|(before, _)| !before.is_empty())
}
