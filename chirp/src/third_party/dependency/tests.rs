#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::sync::Arc;

use serde_json::{Value, json};

use super::*;

const TIMEOUT: Duration = Duration::from_millis(100);
const OPEN: Duration = Duration::from_secs(1);

fn rules() -> CallRules {
    CallRules {
        timeout: TIMEOUT,
        places: 8,
        retry: RetryRules {
            attempts_max: 3,
            wait_min: Duration::from_millis(20),
            wait_max: Duration::from_millis(40),
            budget_percent: 100,
            budget_burst: 100,
        },
        breaker: BreakerRules {
            window: Duration::from_secs(10),
            calls_min: 4,
            failure_percent: 50,
            open_min: OPEN,
            open_max: OPEN,
            probe_patience: TIMEOUT * 2,
        },
    }
}

/// How a provider behaves.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Manner {
    Answers,
    Says(u16),
    TalksNonsense,
    Takes(Duration),
    Refuses,
    Hangs,
}

/// Providers that behave as told, and remember when they were asked.
#[derive(Clone)]
struct Played {
    manners: Arc<Mutex<Vec<Manner>>>,
    calls: Arc<Mutex<Vec<(usize, Instant)>>>,
}

impl Transport for Played {
    async fn call(&self, endpoint: usize, _: Bytes, _: Duration) -> Result<Answer, RequestError> {
        self.calls.lock().unwrap().push((endpoint, Instant::now()));
        let manner = self.manners.lock().unwrap()[endpoint];
        let answer = |status, body: &'static str| {
            Ok(Answer { status, headers: http::HeaderMap::new(), body: Bytes::from_static(body.as_bytes()) })
        };
        match manner {
            Manner::Answers => answer(200, r#"{"fine":true}"#),
            Manner::Says(status) => answer(status, "{}"),
            Manner::TalksNonsense => answer(200, "nonsense"),
            Manner::Refuses => Err(RequestError::Broken("refused".into())),
            Manner::Takes(time) => {
                tokio::time::sleep(time).await;
                answer(200, r#"{"fine":true}"#)
            }
            Manner::Hangs => std::future::pending().await,
        }
    }
}

/// Remembers what it is told.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl Observer for Seen {
    fn called(&self, endpoint: usize, outcome: &'static str) {
        self.0.lock().unwrap().push(format!("{endpoint} {outcome}"));
    }

    fn retried(&self) {
        self.0.lock().unwrap().push("retry".into());
    }

    fn breaker_changed(&self, endpoint: usize, state: BreakerState) {
        self.0.lock().unwrap().push(format!("{endpoint} is {}", state.name()));
    }
}

struct Stage {
    played: Played,
    seen: Seen,
    dependency: Arc<Dependency<Played, Seen>>,
}

impl Stage {
    fn new(manners: &[Manner], rules: CallRules, defects: &[Defect]) -> Self {
        let played = Played { manners: Arc::new(Mutex::new(manners.to_vec())), calls: Arc::default() };
        let seen = Seen::default();
        let names: Vec<String> = (0..manners.len()).map(|number| format!("provider-{number}")).collect();
        let defects = Defects::new(defects.iter().copied());
        let dependency = Arc::new(Dependency::new(played.clone(), seen.clone(), rules, &names, &defects));
        Self { played, seen, dependency }
    }

    /// Asks with this much time; answers what came and how long it took.
    async fn ask(&self, time: Duration) -> (Result<Value, Unavailable>, Duration) {
        let began = Instant::now();
        let answer = self.dependency.ask(Bytes::from_static(b"{}"), began + time).await;
        (answer, began.elapsed())
    }

    fn behave(&self, endpoint: usize, manner: Manner) {
        self.played.manners.lock().unwrap()[endpoint] = manner;
    }

    fn calls(&self) -> Vec<usize> {
        self.played.calls.lock().unwrap().iter().map(|(endpoint, _)| *endpoint).collect()
    }

    fn seen(&self) -> Vec<String> {
        std::mem::take(&mut *self.seen.0.lock().unwrap())
    }
}

const PLENTY: Duration = Duration::from_secs(10);

#[tokio::test(start_paused = true)]
async fn a_good_answer_comes_from_the_first_provider() {
    let stage = Stage::new(&[Manner::Answers, Manner::Answers], rules(), &[]);
    for _ in 0..5 {
        assert_eq!(stage.ask(PLENTY).await.0.unwrap(), json!({ "fine": true }));
    }
    assert_eq!(stage.calls(), [0; 5]);
}

#[tokio::test(start_paused = true)]
async fn what_a_provider_does_decides_what_the_asker_gets() {
    // (manner of the only provider, what is seen, the answer)
    let cases: [(Manner, &[&str], &str); 7] = [
        (Manner::Says(404), &["0 refused"], "refused with status 404"),
        (
            Manner::Says(500),
            &["0 failed", "retry", "0 failed", "retry", "0 failed"],
            "3 call(s) failed; last: status 500",
        ),
        (
            Manner::Says(429),
            &["0 failed", "retry", "0 failed", "retry", "0 failed"],
            "3 call(s) failed; last: status 429",
        ),
        (
            Manner::Says(302),
            &["0 failed", "retry", "0 failed", "retry", "0 failed"],
            "3 call(s) failed; last: status 302",
        ),
        (
            Manner::TalksNonsense,
            &["0 failed", "retry", "0 failed", "retry", "0 failed"],
            "3 call(s) failed; last: expected ident at line 1 column 2",
        ),
        (
            Manner::Refuses,
            &["0 failed", "retry", "0 failed", "retry", "0 failed"],
            "3 call(s) failed; last: the connection failed: refused",
        ),
        (
            Manner::Hangs,
            &["0 timeout", "retry", "0 timeout", "retry", "0 timeout"],
            "3 call(s) failed; last: no answer within 100 ms",
        ),
    ];
    for (manner, seen, answer) in cases {
        let stage = Stage::new(&[manner], rules(), &[]);
        assert_eq!(stage.ask(PLENTY).await.0.unwrap_err().to_string(), answer, "{manner:?}");
        assert_eq!(stage.seen(), seen, "{manner:?}");
    }
    let nobody = Stage::new(&[], rules(), &[]);
    assert!(matches!(nobody.ask(PLENTY).await.0, Err(Unavailable::NoProvider)));
}

#[tokio::test(start_paused = true)]
async fn the_second_provider_is_asked_at_once_when_the_first_fails() {
    let stage = Stage::new(&[Manner::Says(500), Manner::Answers], rules(), &[]);
    let (answer, took) = stage.ask(PLENTY).await;
    assert!(answer.is_ok());
    assert_eq!((stage.calls(), took), (vec![0, 1], Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn an_asker_never_waits_beyond_its_deadline_whatever_the_provider_does() {
    for manner in [Manner::Hangs, Manner::Says(500), Manner::Takes(Duration::from_millis(90)), Manner::Refuses] {
        for time in [0, 1, 50, 100, 130, 250] {
            let stage = Stage::new(&[manner, manner], rules(), &[]);
            let time = Duration::from_millis(time);
            let (answer, took) = stage.ask(time).await;
            assert!(took <= time, "{manner:?} with {time:?}: {took:?}");
            let in_time = manner == Manner::Takes(Duration::from_millis(90)) && time >= TIMEOUT;
            assert_eq!(answer.is_ok(), in_time, "{manner:?} with {time:?}: {answer:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_breaker_that_is_open_costs_no_call_and_no_time() {
    let stage = Stage::new(&[Manner::Hangs], rules(), &[]);
    for _ in 0..2 {
        stage.ask(PLENTY).await.0.unwrap_err();
    }
    assert_eq!(stage.calls().len(), 4, "the fourth failure opens it");
    for _ in 0..100 {
        let (answer, took) = stage.ask(PLENTY).await;
        assert!(matches!(answer, Err(Unavailable::NotAdmitted)), "{answer:?}");
        assert_eq!(took, Duration::ZERO);
    }
    assert_eq!(stage.calls().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn the_open_one_is_skipped_and_the_other_asked_without_a_retry() {
    let stage = Stage::new(&[Manner::Hangs, Manner::Answers], rules(), &[]);
    for _ in 0..4 {
        assert!(stage.ask(PLENTY).await.0.is_ok());
    }
    stage.seen();
    let (answer, took) = stage.ask(PLENTY).await;
    assert!(answer.is_ok());
    assert_eq!((stage.seen(), took), (vec!["1 ok".to_owned()], Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_hundred_askers_at_once_send_one_probe() {
    let stage = Stage::new(&[Manner::Hangs], rules(), &[]);
    for _ in 0..2 {
        stage.ask(PLENTY).await.0.unwrap_err();
    }
    stage.behave(0, Manner::Takes(Duration::from_millis(50)));
    tokio::time::advance(OPEN).await;
    let (before, mut askers) = (stage.calls().len(), tokio::task::JoinSet::new());
    for _ in 0..100 {
        let dependency = Arc::clone(&stage.dependency);
        askers.spawn(async move { dependency.ask::<Value>(Bytes::new(), Instant::now() + PLENTY).await.is_ok() });
    }
    let good = askers.join_all().await.into_iter().filter(|good| *good).count();
    assert_eq!((good, stage.calls().len() - before), (1, 1), "one asks, the others go without");
    assert!(stage.seen().ends_with(&["0 is half-open".into(), "0 is closed".into(), "0 ok".into()]));
    assert!(stage.ask(PLENTY).await.0.is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_asker_that_goes_away_with_the_probe_makes_room_for_another() {
    let stage = Stage::new(&[Manner::Hangs], rules(), &[]);
    for _ in 0..2 {
        stage.ask(PLENTY).await.0.unwrap_err();
    }
    tokio::time::advance(OPEN).await;
    let gone = tokio::time::timeout(Duration::from_millis(1), stage.ask(PLENTY)).await;
    assert!(gone.is_err(), "it was the probe, and its asker has gone");
    stage.behave(0, Manner::Answers);
    assert!(stage.ask(PLENTY).await.0.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_its_asker_cut_short_is_not_held_against_the_provider() {
    let stage = Stage::new(&[Manner::Takes(Duration::from_millis(50))], rules(), &[]);
    for _ in 0..20 {
        assert!(matches!(stage.ask(Duration::from_millis(10)).await.0, Err(Unavailable::Deadline { .. })));
    }
    assert!(stage.ask(PLENTY).await.0.is_ok(), "the breaker is closed");
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_hangs_holds_no_more_than_its_places() {
    let stage = Stage::new(&[Manner::Hangs], rules(), &[]);
    let mut askers = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let dependency = Arc::clone(&stage.dependency);
        askers.spawn(async move { dependency.ask::<Value>(Bytes::new(), Instant::now() + TIMEOUT).await });
    }
    askers.join_all().await;
    assert_eq!(stage.calls().len(), rules().places);
}

#[tokio::test(start_paused = true)]
async fn retries_of_many_failures_stay_within_the_budget() {
    let mut rules = rules();
    rules.retry.budget_percent = 10;
    rules.retry.budget_burst = 5;
    rules.breaker.calls_min = 1_000_000; // The budget alone is looked at.
    let stage = Stage::new(&[Manner::Says(500)], rules, &[]);
    for _ in 0..200 {
        stage.ask(PLENTY).await.0.unwrap_err();
    }
    let retries = stage.calls().len() - 200;
    assert!((20..=25).contains(&retries), "{retries} retries of 200 calls");
}

#[tokio::test(start_paused = true)]
async fn no_circuit_breaker_asks_a_dead_provider_for_ever_and_without_it_few_times() {
    for (defects, calls) in [(&[][..], 4), (&[Defect::NoCircuitBreaker][..], 90)] {
        let stage = Stage::new(&[Manner::Hangs], rules(), defects);
        let mut waited = Duration::ZERO;
        for _ in 0..30 {
            waited += stage.ask(Duration::from_secs(1)).await.1;
        }
        assert_eq!(stage.calls().len(), calls, "{defects:?}");
        let whole_timeouts = TIMEOUT * calls as u32;
        assert!(waited >= whole_timeouts && waited <= whole_timeouts * 2, "{defects:?}: {waited:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn retries_without_backoff_run_a_provider_over_and_without_it_there_are_few() {
    for (defects, calls) in [(&[][..], 3), (&[Defect::RetriesWithoutBackoff, Defect::NoCircuitBreaker][..], 500)] {
        let stage = Stage::new(&[Manner::Says(500)], rules(), defects);
        let (_, took) = stage.ask(PLENTY).await;
        assert_eq!(stage.calls().len(), calls, "{defects:?}");
        assert_eq!(took == Duration::ZERO, !defects.is_empty(), "{defects:?}: {took:?}");
    }
}
