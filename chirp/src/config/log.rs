//! `[log]`: how much of each log a region keeps, its own and its copies of the others'.

use serde::Deserialize;

use super::check::Mistakes;
use super::format::Number;
use crate::store::KeepLog;

/// More would be a log without a bound.
const ENTRIES_MAX: u64 = 1_000_000_000;

/// `[log]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LogTable {
    keep_entries: Number,
    keep_entries_max: Number,
}

/// Checks the numbers. By default the bound is ten times what is always kept.
pub(super) fn check(table: &LogTable, mistakes: &mut Mistakes<'_>) -> KeepLog {
    let default = KeepLog::default();
    let entries = mistakes.number("keep_entries", &table.keep_entries, default.entries, 1..=ENTRIES_MAX);
    let ten_times = entries.saturating_mul(10).min(ENTRIES_MAX);
    let entries_max = mistakes.number("keep_entries_max", &table.keep_entries_max, ten_times, 1..=ENTRIES_MAX);
    if let Some(written) = table.keep_entries_max.as_ref().filter(|_| entries_max < entries) {
        let message = format!("keep_entries_max = {entries_max} is less than keep_entries = {entries}");
        mistakes.at(
            written.span(),
            message,
            "it is the bound for when a peer is away; leave it out for ten times as many",
        );
    }
    KeepLog { entries, entries_max }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[test]
    fn the_bound_follows_what_is_kept_and_is_never_below_it() {
        // (what is written, kept, at most; nothing: it is refused)
        let cases = [
            ("", Some((100_000, 1_000_000))),
            ("keep_entries = 7", Some((7, 70))),
            ("keep_entries = 7\nkeep_entries_max = 7", Some((7, 7))),
            ("keep_entries_max = 200000", Some((100_000, 200_000))),
            ("keep_entries = 8\nkeep_entries_max = 7", None),
            ("keep_entries_max = 7", None),
            ("keep_entries = 0", None),
        ];
        for (text, expected) in cases {
            let mut mistakes = Mistakes::new(text);
            let keep = check(&toml::from_str(text).unwrap(), &mut mistakes);
            let found = mistakes.found.is_empty().then_some((keep.entries, keep.entries_max));
            assert_eq!(found, expected, "{text}: {:?}", mistakes.found);
        }
    }
}
