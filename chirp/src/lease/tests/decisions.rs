//! Each rule of the voter and of the tenure, in a sentence.

use super::{LEASE, ms, region, terms};
use crate::lease::{Action, Ask, Circumstances, Promise, Standing, Tenure, Vote, Voter};

fn ask(epoch: u64, candidate: usize) -> Ask {
    Ask { epoch, candidate: region(candidate), is_trial: false, handed_over: None }
}

fn promised(epoch: u64, holder: usize) -> Option<Promise> {
    Some(Promise { epoch, holder: region(holder) })
}

#[test]
fn a_voter_grants_by_these_rules() {
    // The voter has granted epoch 5 to region 0 at 10 s, so it is bound until 13 s.
    // (what, when in ms, the ask, granted)
    let trial = |ask: Ask| Ask { is_trial: true, ..ask };
    let handed_over = |epoch, ask: Ask| Ask { handed_over: Some(epoch), ..ask };
    let cases = [
        ("the holder renews", 11_000, ask(5, 0), true),
        ("the holder renews late, and nobody came in between", 20_000, ask(5, 0), true),
        ("another asks for the same number", 20_000, ask(5, 1), false),
        ("another asks for the next one while the lease lasts", 12_999, ask(6, 1), false),
        ("another asks for the next one afterwards", 13_000, ask(6, 1), true),
        ("another asks for an old one", 20_000, ask(4, 1), false),
        ("the holder asks for an old one", 11_000, ask(4, 0), false),
        ("the holder begins a new tenure", 11_000, ask(6, 0), true),
        ("a trial during the lease", 11_000, trial(ask(6, 1)), false),
        ("a trial afterwards", 13_000, trial(ask(6, 1)), true),
        ("the holder has handed over to the asker", 11_000, handed_over(5, ask(6, 1)), true),
        ("somebody else has handed over", 11_000, handed_over(4, ask(6, 1)), false),
    ];
    for (what, at, ask, granted) in cases {
        let mut voter = Voter::new(None, ms(0), LEASE);
        assert_eq!(voter.vote(ms(10_000), &super::decisions::ask(5, 0)), Vote::Granted);
        let before = voter.promise().cloned();
        let vote = voter.vote(ms(at), &ask);
        assert_eq!(vote == Vote::Granted, granted, "{what}: {vote:?}");
        let expected = if granted && !ask.is_trial { Some(ask.promise()) } else { before };
        assert_eq!(voter.promise().cloned(), expected, "{what}");
    }
}

#[test]
fn a_voter_that_begins_waits_a_whole_lease() {
    for promise in [None, promised(5, 0)] {
        let mut voter = Voter::new(promise.clone(), ms(10_000), LEASE);
        let vote = voter.vote(ms(12_000), &ask(6, 1));
        assert_eq!(vote, Vote::Refused { promise: promise.clone(), bound_ms: 1000 });
        assert_eq!(voter.vote(ms(13_000), &ask(6, 1)), Vote::Granted, "{promise:?}");
    }
    let mut voter = Voter::new(promised(5, 0), ms(10_000), LEASE);
    assert_eq!(voter.vote(ms(10_001), &ask(5, 0)), Vote::Granted, "what it promised, it may repeat");
    let mut empty = Voter::new(None, ms(10_000), LEASE);
    assert!(empty.vote(ms(10_001), &ask(5, 0)) != Vote::Granted, "with an empty disk it doesn't know to whom");
}

#[test]
fn a_released_epoch_is_free_and_is_never_renewed() {
    let mut voter = Voter::new(None, ms(0), LEASE);
    voter.vote(ms(10_000), &ask(5, 0));
    voter.release(5, &region(1));
    voter.release(4, &region(0));
    assert_eq!(voter.bound_to(ms(10_500)), promised(5, 0).as_ref(), "only the holder releases, and only this epoch");
    voter.release(5, &region(0));
    assert_eq!(voter.bound_to(ms(10_500)), None);
    assert!(voter.vote(ms(10_500), &ask(5, 0)) != Vote::Granted, "a renewal that was on its way");
    assert_eq!(voter.vote(ms(10_500), &ask(6, 1)), Vote::Granted);
    assert_eq!(voter.bound_to(ms(10_500)), promised(6, 1).as_ref());
}

fn well() -> Circumstances {
    Circumstances { may_campaign: true, rank: 0, free_at: ms(0), promised: 4 }
}

fn asked(actions: &[Action]) -> (u64, Ask) {
    match actions {
        [Action::Ask { round, ask }] => (*round, ask.clone()),
        other => panic!("{other:?}"),
    }
}

/// Region 0 of three, won epoch 5 at `at` and prepared.
fn writing(at: u64) -> Tenure {
    let mut tenure = Tenure::new(terms(0, 3));
    let (trial, ask) = asked(&tenure.tick(ms(at), &well()));
    assert!(ask.is_trial && ask.epoch == 5);
    assert!(tenure.vote(ms(at), trial, region(0), &Vote::Granted).is_empty());
    let (round, ask) = asked(&tenure.vote(ms(at), trial, region(1), &Vote::Granted));
    assert!(!ask.is_trial && ask.epoch == 5);
    assert!(tenure.vote(ms(at), round, region(1), &Vote::Granted).is_empty());
    let won = tenure.vote(ms(at), round, region(0), &Vote::Granted);
    assert_eq!(won, [Action::Prepare { epoch: 5, granted: [region(0), region(1)].into() }]);
    assert_eq!(tenure.standing(ms(at)), Standing::Holding(5));
    assert!(!tenure.may_acknowledge(ms(at), 5), "not before it is prepared");
    assert_eq!(tenure.prepared(ms(at), 5, true), [Action::Write { epoch: 5 }]);
    tenure
}

#[test]
fn a_holder_stops_a_tenth_of_a_lease_before_its_voters_let_another_in() {
    let tenure = writing(10_000);
    assert_eq!(tenure.standing(ms(12_699)), Standing::Writing(5));
    assert!(tenure.may_acknowledge(ms(12_699), 5) && !tenure.may_acknowledge(ms(12_699), 4));
    assert_eq!(tenure.standing(ms(12_700)), Standing::Following, "without any tick");
    assert!(!tenure.may_acknowledge(ms(12_700), 5));
}

#[test]
fn a_renewal_counts_from_when_it_was_asked_and_only_with_our_own_vote() {
    let mut tenure = writing(10_000);
    let (round, ask) = asked(&tenure.tick(ms(11_000), &well()));
    assert!(ask.epoch == 5 && !ask.is_trial);
    for from in [1, 2] {
        tenure.vote(ms(12_000), round, region(from), &Vote::Granted);
    }
    assert_eq!(tenure.standing(ms(12_700)), Standing::Following, "two others are a majority, but our disk is stuck");
    tenure.vote(ms(12_500), round, region(0), &Vote::Granted);
    assert_eq!(tenure.standing(ms(13_699)), Standing::Writing(5));
    assert_eq!(tenure.standing(ms(13_700)), Standing::Following);
}

#[test]
fn what_has_run_out_is_not_renewed_by_votes_that_come_late() {
    let mut tenure = writing(10_000);
    let (round, _) = asked(&tenure.tick(ms(11_000), &well()));
    tenure.vote(ms(12_699), round, region(0), &Vote::Granted);
    tenure.vote(ms(12_700), round, region(1), &Vote::Granted);
    assert_eq!(tenure.standing(ms(12_700)), Standing::Following);
    assert_eq!(tenure.tick(ms(12_700), &well()), [Action::Lost { epoch: 5 }, Action::Release { epoch: 5 }]);
}

#[test]
fn a_candidate_waits_by_rank_and_gives_back_what_was_not_enough() {
    let mut tenure = Tenure::new(terms(0, 3));
    let third = Circumstances { rank: 2, free_at: ms(5000), ..well() };
    assert!(tenure.tick(ms(6999), &third).is_empty());
    assert_eq!(tenure.next_tick(&third), ms(7000));
    let (trial, _) = asked(&tenure.tick(ms(7000), &third));
    tenure.vote(ms(7000), trial, region(0), &Vote::Granted);
    let (round, _) = asked(&tenure.vote(ms(7100), trial, region(1), &Vote::Granted));
    tenure.vote(ms(7100), round, region(0), &Vote::Granted);
    let held = Vote::Refused { promise: promised(9, 2), bound_ms: 400 };
    assert!(tenure.vote(ms(7200), round, region(1), &held).is_empty());
    assert_eq!(tenure.tick(ms(8100), &third), [Action::Release { epoch: 5 }]);
    assert_eq!(tenure.next_tick(&third), ms(8350) + ms(2000), "a pause and the rank");
    let (_, again) = asked(&tenure.tick(ms(10_350), &third));
    assert_eq!(again.epoch, 10, "above what it has heard of");
}

#[test]
fn who_may_not_campaign_does_not_unless_urged() {
    let mut tenure = Tenure::new(terms(0, 3));
    let standby = Circumstances { may_campaign: false, rank: 1, ..well() };
    assert!(tenure.tick(ms(10_000), &standby).is_empty());
    tenure.urge(ms(12_000), None);
    let (_, ask) = asked(&tenure.tick(ms(10_000), &standby));
    assert!(ask.is_trial, "by hand is still by the rules");
    let mut late = Tenure::new(terms(0, 3));
    late.urge(ms(12_000), None);
    assert!(late.tick(ms(12_000), &standby).is_empty(), "and not for ever");
}

#[test]
fn handing_over_ends_writing_first_and_acknowledging_then() {
    let mut tenure = writing(10_000);
    assert_eq!(tenure.hand_over(ms(11_000)), Some(5));
    assert_eq!(tenure.standing(ms(11_000)), Standing::Holding(5));
    assert!(tenure.may_acknowledge(ms(11_000), 5), "what is under way ends well");
    assert_eq!(tenure.hand_over(ms(11_000)), None, "to one only");
    assert!(tenure.tick(ms(11_500), &well()).is_empty(), "it does not renew");
    assert!(tenure.handed_over(ms(11_500), 5));
    assert!(!tenure.may_acknowledge(ms(11_500), 5));
    assert!(!tenure.handed_over(ms(11_500), 5), "what is not ours is not ours to give");

    let mut successor = Tenure::new(terms(1, 3));
    successor.urge(ms(14_000), Some(5));
    let busy = Circumstances { may_campaign: false, rank: 1, free_at: ms(14_000), promised: 5 };
    let (_, ask) = asked(&successor.tick(ms(11_600), &busy));
    assert_eq!((ask.epoch, ask.is_trial, ask.handed_over), (6, false, Some(5)), "at once");
}

#[test]
fn who_cannot_prepare_gives_up() {
    let mut tenure = Tenure::new(terms(0, 1));
    let (trial, _) = asked(&tenure.tick(ms(0), &well()));
    let (round, _) = asked(&tenure.vote(ms(0), trial, region(0), &Vote::Granted));
    tenure.vote(ms(0), round, region(0), &Vote::Granted);
    assert_eq!(tenure.prepared(ms(10), 4, true), [], "of another epoch");
    assert_eq!(tenure.prepared(ms(10), 5, false), [Action::Lost { epoch: 5 }, Action::Release { epoch: 5 }]);
    assert_eq!(tenure.held(), None);
}
