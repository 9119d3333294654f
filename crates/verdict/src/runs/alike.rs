//! What makes two runs comparable: the same system, users, load and faults, and the same meaning of recovered.
//!
//! Names, seeds, promises, stop guards and the limits of trust may differ: they don't change what a recovery time is. With another
//! seed `chaos` draws other faults, which then differ; so do faults that were given by hand.

use plan::resolved::ResolvedPlan;

/// What differs, in words; nothing: they are comparable.
pub(super) fn differences(one: &ResolvedPlan, other: &ResolvedPlan) -> Vec<&'static str> {
    let trust = |plan: &ResolvedPlan| {
        let trust = &plan.trust;
        (trust.recovered_success_min, trust.recovered_window, trust.recovered_response)
    };
    let same = [
        ("the target", one.target == other.target),
        ("the regions", one.regions == other.regions && one.peer_paths == other.peer_paths),
        ("the populations", one.populations == other.populations),
        ("the load", one.load == other.load && one.warm_up == other.warm_up),
        ("the journeys", one.journeys == other.journeys && one.feeds == other.feeds),
        ("the ledger", one.ledger == other.ledger),
        ("the faults", one.faults == other.faults),
        ("what counts as recovered", trust(one) == trust(other)),
    ];
    same.into_iter().filter(|(_, is_same)| !is_same).map(|(what, _)| what).collect()
}
