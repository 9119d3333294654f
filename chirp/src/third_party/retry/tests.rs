use proptest::prelude::*;

use super::*;

const RULES: RetryRules = RetryRules {
    attempts_max: 5,
    wait_min: Duration::from_millis(10),
    wait_max: Duration::from_millis(50),
    budget_percent: 20,
    budget_burst: 3,
};

#[test]
fn retries_go_round_the_endpoints_and_wait_only_before_a_new_round() {
    // (endpoints, calls made, endpoint, full wait in ms; none: no further call)
    let cases = [
        (1, 0, Some((0, 0))),
        (1, 1, Some((0, 10))),
        (1, 2, Some((0, 20))),
        (1, 3, Some((0, 40))),
        (1, 4, Some((0, 50))),
        (1, 5, None),
        (2, 0, Some((0, 0))),
        (2, 1, Some((1, 0))),
        (2, 2, Some((0, 10))),
        (2, 3, Some((1, 0))),
        (2, 4, Some((0, 20))),
        (2, 5, None),
        (9, 4, Some((4, 0))),
        (9, u32::MAX, None),
    ];
    for (endpoints, made, wanted) in cases {
        for seed in 0..50 {
            let attempt = RULES.attempt(made, endpoints, seed);
            assert_eq!(attempt.map(|a| a.endpoint), wanted.map(|w| w.0), "{endpoints} endpoints, {made} made");
            let (Some(attempt), Some((_, full))) = (attempt, wanted) else { continue };
            let full = Duration::from_millis(full);
            assert!(
                attempt.wait >= full / 2 && attempt.wait <= full,
                "{endpoints} endpoints, {made} made: {attempt:?}"
            );
        }
    }
}

#[test]
fn two_questions_do_not_wait_in_step_and_a_run_can_be_repeated() {
    let waits = |seed| (1..20).map(|round| RULES.wait(round, seed)).collect::<Vec<_>>();
    assert_eq!(waits(1), waits(1));
    assert_ne!(waits(1), waits(2));
}

#[test]
fn when_everything_fails_the_load_grows_by_the_share_and_no_more() {
    let mut budget = RetryBudget::new(&RULES);
    let mut retries = 0;
    for _ in 0..1000 {
        budget.deposit();
        // As many as there may be for one question.
        retries += (1..RULES.attempts_max).take_while(|_| budget.withdraw()).count();
    }
    assert!((200..=203).contains(&retries), "{retries} retries of 1000 calls, 20 % and a burst of 3");
}

#[test]
fn after_good_times_a_burst_of_failures_is_retried() {
    let mut budget = RetryBudget::new(&RULES);
    (0..1000).for_each(|_| budget.deposit());
    let allowed: Vec<bool> = (0..5).map(|_| budget.withdraw()).collect();
    assert_eq!(allowed, [true, true, true, false, false], "no more than the burst was saved up");
}

#[test]
fn a_budget_of_nothing_allows_nothing() {
    let mut budget = RetryBudget::new(&RetryRules { budget_percent: 0, budget_burst: 0, ..RULES });
    budget.deposit();
    assert!(!budget.withdraw());
}

proptest! {
    /// In any order of calls and retries there are never more retries than the share and the burst.
    #[test]
    fn the_budget_is_kept(calls in proptest::collection::vec(any::<bool>(), 1..500)) {
        let mut budget = RetryBudget::new(&RULES);
        let (mut first, mut retries) = (0, 0);
        for is_first in calls {
            if is_first {
                budget.deposit();
                first += 1;
            } else {
                retries += u64::from(budget.withdraw());
            }
            prop_assert!(retries * 100 <= first * 20 + 300);
        }
    }
}
