//! What failed beside other tests, once more and alone.
//!
//! Tests with real processes share two cores with each other. Each waits for conditions with a bound, and on a machine that
//! something else slows down, a bound can pass. A run of a thousand tests that fails for one of those says nothing about the
//! change it was made for, and who has seen that twice stops reading. So what failed is run once more, one test at a time:
//! what fails again has failed; what passes alone has passed, **and is named**, since a test that needs this is worth a look.
//!
//! Not repeated are: more than [`TESTS_MAX`] (that is no busy machine), and a run in which a test program ended without its
//! counts (it crashed, and nobody knows which of its tests did).

use super::{Seen, Total};

/// So many failures may come from a busy machine.
const TESTS_MAX: usize = 8;

/// What `cargo` is called with for those that failed, if they are to be run again.
pub(super) fn arguments(seen: &Seen, first: &[String]) -> Option<Vec<String>> {
    let is_whole = seen.begun == seen.ended && usize::try_from(seen.total.failed) == Ok(seen.failed.len());
    if !is_whole || seen.failed.is_empty() || seen.failed.len() > TESTS_MAX {
        return None;
    }
    let mut words: Vec<String> = first.iter().take_while(|word| *word != "--").cloned().collect();
    words.extend(["--", "--exact", "--test-threads=1"].map(str::to_owned));
    words.extend(seen.failed.iter().cloned());
    Some(words)
}

/// Whether that one failed the first time and passed alone.
fn passed_alone(name: &String, again: &Seen) -> bool {
    again.begun == again.ended && again.passed.contains(name) && !again.failed.contains(name)
}

/// The total of both: who passed alone has passed. Who failed again, or was not there, has failed.
pub(super) fn total(first: &Seen, again: &Seen) -> Total {
    let passed = first.failed.iter().filter(|name| passed_alone(name, again)).count() as u64;
    Total { passed: first.total.passed + passed, failed: first.total.failed - passed, skipped: first.total.skipped }
}

/// What is about to be done.
pub(super) fn announcement(failed: &[String]) -> String {
    format!("once more, one at a time: {}", failed.join(", "))
}

/// What came of it.
pub(super) fn outcome(first: &Seen, again: &Seen) -> String {
    let (passed, failed): (Vec<&String>, _) = first.failed.iter().partition(|name| passed_alone(name, again));
    let line = |what: &str, names: Vec<&String>| {
        let names: Vec<&str> = names.into_iter().map(String::as_str).collect();
        (!names.is_empty()).then(|| format!("{what}: {}", names.join(", ")))
    };
    let lines = [line("passed alone and not beside others, worth a look", passed), line("failed twice", failed)];
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    //! Output as cargo prints it, of a first run and of a second.
    use super::*;

    const FIRST: [&str; 9] = [
        "running 3 tests",
        "test a::slow has been running for over 60 seconds",
        "test a::slow ... FAILED",
        "test b ... ok",
        "test c - should panic ... FAILED",
        "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s",
        "running 1 test",
        "test d ... ok",
        "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s",
    ];

    fn seen(lines: &[&str]) -> Seen {
        let mut seen = Seen::default();
        lines.iter().for_each(|line| seen.read(line));
        seen
    }

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn what_failed_is_run_alone_by_its_name() {
        let again = arguments(&seen(&FIRST), &words("test --no-fail-fast -p plan -- --nocapture"));
        assert_eq!(again, Some(words("test --no-fail-fast -p plan -- --exact --test-threads=1 a::slow c")));
    }

    #[test]
    fn a_crash_and_many_failures_are_not_repeated() {
        let crashed = seen(&FIRST[..8]);
        assert_eq!(arguments(&crashed, &[]), None, "a program began and never said how it ended");
        let unnamed = seen(&[FIRST[0], FIRST[2], FIRST[5]]);
        assert_eq!(arguments(&unnamed, &[]), None, "two failed and one has a name");
        let lines: Vec<String> = (0..=TESTS_MAX).map(|index| format!("test t{index} ... FAILED")).collect();
        let closing = format!("test result: FAILED. 0 passed; {} failed; 0 ignored; 0 measured", lines.len());
        let mut many: Vec<&str> = lines.iter().map(String::as_str).collect();
        many.extend(["running 9 tests", &closing]);
        assert_eq!(arguments(&seen(&many), &[]), None);
        assert_eq!(arguments(&seen(&FIRST[6..]), &[]), None, "nothing failed");
    }

    #[test]
    fn only_what_passed_the_second_time_has_passed_and_is_named() {
        let first = seen(&FIRST);
        let closing = "test result: x. 1 passed; 1 failed; 0 ignored; 0 measured";
        let (alone, twice) = ("passed alone and not beside others, worth a look: ", "failed twice: ");
        // (the second run, passed and failed of both, what is said)
        let cases: [(&[&str], (u64, u64), String); 5] = [
            (
                &["running 2 tests", "test a::slow ... ok", "test c - should panic ... ok", closing],
                (4, 0),
                format!("{alone}a::slow, c"),
            ),
            (
                &["running 2 tests", "test a::slow ... ok", "test c ... FAILED", closing],
                (3, 1),
                format!("{alone}a::slow\n{twice}c"),
            ),
            (&["running 1 test", "test other ... ok", closing], (2, 2), format!("{twice}a::slow, c")),
            (&["running 2 tests", "test c ... ok", "test c ... FAILED", closing], (2, 2), format!("{twice}a::slow, c")),
            (&["running 2 tests", "test a::slow ... ok", "test c ... ok"], (2, 2), format!("{twice}a::slow, c")),
        ];
        for (lines, (passed, failed), said) in cases {
            let again = seen(lines);
            let total = total(&first, &again);
            assert_eq!((total.passed, total.failed), (passed, failed), "{lines:?}");
            assert_eq!(outcome(&first, &again), said, "{lines:?}");
        }
    }
}
