#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::time::Duration;

use super::{BenchRegion, name};
use crate::attachments::Attachments;
use crate::condition::{Condition, Value};
use crate::defects::Defect;
use crate::engine::Refusal;
use crate::store::WriteError;

/// A runtime whose clock jumps ahead when there is nothing else to do: deadlines pass at once.
fn paused() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

#[test]
fn the_same_key_gives_the_same_post_and_another_text_is_refused() {
    let region = BenchRegion::new("eu");
    let first = region.post("user-1", "hello", Some("key")).unwrap();
    let again = region.post("user-1", "hello", Some("key")).unwrap();
    assert!(!first.replayed && again.replayed);
    assert_eq!(first.post, again.post);
    assert_eq!(region.post("user-1", "other", Some("key")), Err(Refusal::KeyReused));
    assert_ne!(region.post("user-2", "hello", Some("key")).unwrap().post.id, first.post.id, "keys are per author");
    assert_eq!(region.timeline("user-1").len(), 1);
}

#[test]
fn without_a_key_every_post_is_its_own() {
    let region = BenchRegion::new("eu");
    let first = region.post("user-1", "hello", None).unwrap().post;
    let second = region.post("user-1", "hello", None).unwrap().post;
    assert_ne!(first.id, second.id);
    assert_eq!(region.timeline("user-1"), [second, first], "newest first");
}

#[test]
fn the_defect_no_idempotency_makes_a_second_post() {
    let region = BenchRegion::with_defects("eu", &[Defect::NoIdempotency]);
    let first = region.post("user-1", "hello", Some("key")).unwrap().post;
    let second = region.post("user-1", "hello", Some("key")).unwrap().post;
    assert_ne!(first.id, second.id);
    assert_eq!(region.timeline("user-1").len(), 2);
}

#[test]
fn users_are_registered_once_and_renamed_and_strangers_cannot_write() {
    let region = BenchRegion::new("eu");
    let stranger = || Refusal::UnknownUser(name("anna"));
    assert_eq!(region.post("anna", "hello", None), Err(stranger()));
    let follow = region.write(|session| session.set_follow(name("user-1"), name("anna"), true)).unwrap();
    assert_eq!(follow, Err(stranger()));
    let put = |display: &str| region.rename("anna", display);
    let (first, new) = put("Anna");
    assert!(new);
    let head = *region.writer.durable().borrow();
    assert_eq!(put("Anna"), (first.clone(), false), "the same again changes nothing");
    assert_eq!(*region.writer.durable().borrow(), head, "and is not told to the peers");
    let (renamed, new) = put("Anna B.");
    assert!(!new && renamed.updated > first.updated);
    assert_eq!(region.store.profile(&name("anna")).unwrap(), Some(renamed));
    assert_eq!(region.store.profile(&name("bert")).unwrap(), None);
    region.post("anna", "hello", None).unwrap();
}

#[test]
fn the_health_probe_counts_up_and_is_read_back() {
    let region = BenchRegion::new("eu");
    assert_eq!(region.store.probed().unwrap(), None);
    for count in 1..4 {
        assert_eq!(region.write(|session| session.probe()).unwrap(), count);
        assert_eq!(region.store.probed().unwrap(), Some(count));
    }
}

#[test]
fn a_stalled_storage_answers_nothing_in_time_and_does_what_it_had_begun_but_not_what_nobody_waits_for() {
    let region = BenchRegion::new("eu");
    let paused = paused();
    region.conditions.set_for_test(Condition::StorageStalled, Value::Nothing);
    let (begin, begun) = std::sync::mpsc::sync_channel(1);
    let write = region.writer.write(Duration::from_secs(5), move |session| {
        begin.send(()).unwrap();
        session.create_post(name("user-1"), "late".into(), Attachments::default(), None)
    });
    let outcome = paused.block_on(async {
        let mut write = std::pin::pin!(write);
        // In the queue, and in the writer's hands, before its deadline passes.
        std::future::poll_fn(|context| std::task::Poll::Ready(write.as_mut().poll(context).is_ready())).await;
        begun.recv().unwrap();
        write.await
    });
    assert!(matches!(outcome, Err(WriteError::Deadline(_))), "{outcome:?}");
    let waiting = region.writer.write(Duration::from_secs(5), |session| {
        session.create_post(name("user-1"), "nobody waits for this".into(), Attachments::default(), None)
    });
    let outcome = paused.block_on(waiting);
    assert!(matches!(outcome, Err(WriteError::Deadline(_))), "{outcome:?}");
    assert_eq!(region.timeline("user-1"), [], "reads go on, and see nothing that is not durable");
    region.conditions.clear(None, None);
    // The next write is behind the late one in the queue.
    region.post("user-1", "next", None).unwrap();
    let texts: Vec<String> = region.timeline("user-1").into_iter().map(|post| post.text).collect();
    assert_eq!(texts, ["next", "late"]);
}

#[test]
fn a_region_can_stop_while_its_storage_is_stalled_and_does_not_do_what_it_did_not_acknowledge() {
    let region = BenchRegion::new("eu");
    region.conditions.set_for_test(Condition::StorageStalled, Value::Nothing);
    let paused = paused();
    let write = region.writer.write(Duration::from_secs(5), |session| {
        session.create_post(name("user-1"), "never".into(), Attachments::default(), None)
    });
    assert!(paused.block_on(write).is_err());
    let region = region.restarted();
    assert_eq!(region.timeline("user-1"), []);
    region.post("user-1", "works again", None).unwrap();
}

#[test]
fn a_full_queue_refuses_at_once() {
    let region = BenchRegion::new("eu");
    region.conditions.set_for_test(Condition::StorageStalled, Value::Nothing);
    let paused = paused();
    let busy = (0..10_000).find(|_| {
        let outcome = paused.block_on(region.writer.write(Duration::from_nanos(1), |session| session.probe()));
        matches!(outcome, Err(WriteError::Busy))
    });
    assert!(busy.is_some_and(|accepted| accepted >= 4096), "{busy:?}");
}

#[test]
fn a_storage_that_is_full_or_read_only_refuses_every_write_and_takes_them_again_afterwards() {
    let region = BenchRegion::new("eu");
    region.post("user-1", "before", None).unwrap();
    for (condition, reason) in [(Condition::StorageFull, "no space left"), (Condition::StorageReadOnly, "read-only")] {
        region.conditions.set_for_test(condition, Value::Nothing);
        let refused = region.write(|session| session.probe()).unwrap_err();
        assert!(refused.to_string().contains(reason), "{refused}");
        assert_eq!(region.timeline("user-1").len(), 1, "reads go on");
        region.conditions.clear(None, None);
    }
    region.post("user-1", "after", None).unwrap();
    assert_eq!(region.timeline("user-1").len(), 2);
}

#[test]
fn a_slow_storage_does_what_it_is_asked_but_not_before_its_time() {
    let region = BenchRegion::new("eu");
    let slow = Duration::from_millis(300);
    region.conditions.set_for_test(Condition::StorageSlow, Value::Time(slow));
    let began = std::time::Instant::now();
    region.post("user-1", "late", None).unwrap();
    assert!(began.elapsed() >= slow);
    assert_eq!(region.timeline("user-1").len(), 1);
}

#[test]
fn a_fan_out_that_is_dropped_leaves_the_followers_without_the_post_and_the_author_with_it() {
    let region = BenchRegion::new("eu");
    region.follow("user-2", "user-1", true);
    region.conditions.set_for_test(Condition::FanOutDropped, Value::Nothing);
    region.post("user-1", "unheard", None).unwrap();
    region.conditions.clear(None, None);
    region.post("user-1", "heard", None).unwrap();
    let texts = |user: &str| region.timeline(user).into_iter().map(|post| post.text).collect::<Vec<_>>();
    assert_eq!((texts("user-1"), texts("user-2")), (vec!["heard".into(), "unheard".into()], vec!["heard".to_owned()]));
}
