//! The timer: never early, cancelled by dropping, ended with its runtime. How late a sleep ends is measured by
//! `examples/round_trip_accuracy.rs`, not asserted.

use super::*;
use std::{
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    task::{Wake, Waker},
};

fn block_on<Action: Future>(action: Action) -> Action::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(action)
}

#[test]
fn sleeps_end_in_order_and_never_early() {
    block_on(async {
        install().expect("a timer");
        let start = Instant::now();
        let sleeps = (0..500_u64).rev().map(|number| {
            tokio::spawn(async move {
                let deadline = start + Duration::from_micros(number * 40);
                sleep_until(deadline).await;
                (Instant::now() >= deadline, number)
            })
        });
        for sleep in sleeps.collect::<Vec<_>>() {
            let (in_time, number) = sleep.await.expect("no panic");
            assert!(in_time, "sleep {number} ended early");
        }
        assert_eq!(driver::sizes(), (0, 0), "nothing is left behind");
    });
}

#[test]
fn a_deadline_in_the_past_is_over_at_once() {
    block_on(async {
        install().expect("a timer");
        let mut sleep = sleep_until(Instant::now());
        let poll = poll_fn(|context| Poll::Ready(Pin::new(&mut sleep).poll(context))).await;
        assert!(poll.is_ready());
    });
}

#[test]
fn dropping_cancels_and_cancelled_entries_are_swept() {
    block_on(async {
        install().expect("a timer");
        for _ in 0..100_000 {
            let mut sleep = super::sleep(Duration::from_hours(1));
            poll_fn(|context| {
                assert!(Pin::new(&mut sleep).poll(context).is_pending());
                Poll::Ready(())
            })
            .await;
        }
        let (live, entries) = driver::sizes();
        assert_eq!(live, 0);
        assert!(entries <= 1_100, "{entries} cancelled entries are kept");
    });
}

#[test]
fn a_sleep_can_be_set_earlier_and_later() {
    block_on(async {
        install().expect("a timer");
        let start = Instant::now();
        let mut sleep = super::sleep(Duration::from_hours(1));
        poll_fn(|context| Poll::Ready(Pin::new(&mut sleep).poll(context).is_pending())).await;
        sleep.reset(start + Duration::from_millis(2));
        (&mut sleep).await;
        assert!(start.elapsed() >= Duration::from_millis(2));
        sleep.reset(start + Duration::from_millis(4));
        (&mut sleep).await;
        assert!(start.elapsed() >= Duration::from_millis(4));
    });
}

#[test]
fn the_latest_waker_is_the_one_that_is_woken() {
    #[derive(Default)]
    struct Count(AtomicU32);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    block_on(async {
        install().expect("a timer");
        let (first, second) = (Arc::new(Count::default()), Arc::new(Count::default()));
        let mut sleep = super::sleep(Duration::from_millis(5));
        for count in [&first, &second] {
            let waker = Waker::from(Arc::clone(count));
            assert!(Pin::new(&mut sleep).poll(&mut Context::from_waker(&waker)).is_pending());
        }
        super::sleep(Duration::from_millis(6)).await;
        assert_eq!((first.0.load(Ordering::Relaxed), second.0.load(Ordering::Relaxed)), (0, 1));
    });
}

#[test]
fn the_driver_ends_with_its_runtime_and_a_later_one_gets_its_own() {
    for _ in 0..3 {
        block_on(async {
            assert!(!is_installed());
            install().expect("a timer");
            super::sleep(Duration::from_millis(1)).await;
            assert!(is_installed());
        });
        assert!(!is_installed());
    }
}

#[test]
fn installing_again_keeps_sleepers_asleep_until_their_time() {
    block_on(async {
        install().expect("a timer");
        let deadline = Instant::now() + Duration::from_millis(5);
        let sleeper = tokio::spawn(sleep_until(deadline));
        tokio::task::yield_now().await;
        install().expect("another timer");
        sleeper.await.expect("no panic");
        assert!(Instant::now() >= deadline);
        assert_eq!(driver::sizes(), (0, 0));
    });
}

#[test]
fn a_sleep_that_moves_to_another_thread_goes_on_there() {
    let mut sleep = super::sleep(Duration::from_millis(5));
    let deadline = sleep.deadline();
    block_on(async {
        install().expect("a timer");
        poll_fn(|context| Poll::Ready(Pin::new(&mut sleep).poll(context).is_pending())).await;
    });
    let elsewhere = std::thread::spawn(move || {
        block_on(async {
            install().expect("a timer");
            (&mut sleep).await;
        });
    });
    elsewhere.join().expect("no panic");
    assert!(Instant::now() >= deadline);
}

#[tokio::test(start_paused = true)]
async fn without_a_driver_paused_time_works() {
    let start = Instant::now();
    super::sleep(Duration::from_hours(5)).await;
    assert!(start.elapsed() >= Duration::from_hours(5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_multi_thread_runtime_is_refused() {
    assert_eq!(install().expect_err("no thread to keep a timer for").kind(), io::ErrorKind::Unsupported);
}

#[test]
fn outside_of_a_runtime_there_is_an_error() {
    assert!(install().is_err());
}
