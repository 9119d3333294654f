//! The cache on paused time, with loads that end when the test says so.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::cell::Cell;
use std::pin::pin;

use futures_util::FutureExt as _;
use proptest::prelude::*;
use tokio::sync::oneshot;

use super::*;
use crate::condition::Conditions;
use crate::names::UserName;

const TTL: Duration = Duration::from_secs(2);
const STALE_MAX: Duration = Duration::from_secs(10);

fn cache() -> Cache {
    cache_with(Semaphore::MAX_PERMITS, &[])
}

fn cache_with(loads_max: usize, defects: &[Defect]) -> Cache {
    let conditions = Conditions::of_defects(defects);
    let settings = Settings { ttl: TTL, stale_max: STALE_MAX, bytes_max: 1 << 20, answer_bytes_max: 200, loads_max };
    Cache::new(settings, Arc::new(Invalidations::new(&conditions)), conditions.defects()).unwrap()
}

fn user(name: &str) -> Resource {
    Resource::User(UserName::parse(name).unwrap())
}

fn post(id: &str) -> Resource {
    Resource::Post(id.to_owned())
}

fn question(key: &str, resource: &Resource) -> Question {
    let deadline = Instant::now() + Duration::from_secs(60);
    Question { key: key.into(), resource: resource.clone(), deadline }
}

fn said(body: impl Into<Body>) -> Response {
    Response::new(body.into())
}

fn failure() -> Response {
    refused(StatusCode::SERVICE_UNAVAILABLE, "no region can serve now")
}

async fn text(response: Response) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().into()).unwrap()
}

/// Asks, and says where the answer is from and what it says.
async fn ask(cache: &Cache, question: &Question, would_say: &'static str) -> (Source, String) {
    let (response, source) = cache.answer(question, || async { said(would_say) }).await;
    (source, text(response).await)
}

fn from(source: Source, body: &str) -> (Source, String) {
    (source, body.to_owned())
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_given_again_with_its_age_until_its_time_is_over() {
    let (cache, anna) = (cache(), question("/v1/users/anna", &user("anna")));
    assert_eq!(ask(&cache, &anna, "{\"n\":1}").await, from(Source::Loaded, "{\"n\":1}"));
    tokio::time::advance(Duration::from_millis(1999)).await;
    let (response, source) = cache.answer(&anna, || async { failure() }).await;
    assert_eq!((source, &response.headers()[header::AGE]), (Source::Hit, &HeaderValue::from(1)));
    assert!(!response.headers().contains_key(NOTICE));
    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(ask(&cache, &anna, "{\"n\":2}").await, from(Source::Loaded, "{\"n\":2}"));
    let other = question("/v1/users/anna/posts?limit=2", &user("anna"));
    assert_eq!(ask(&cache, &other, "{\"n\":3}").await, from(Source::Loaded, "{\"n\":3}"), "another question");
    assert!(cache.bytes() > 0);
}

#[tokio::test(start_paused = true)]
async fn age_begins_with_the_question_and_includes_what_the_answer_says_of_itself() {
    let (cache, anna) = (cache(), question("/v1/users/anna", &user("anna")));
    let old = || async {
        tokio::time::advance(Duration::from_millis(500)).await;
        let mut response = said("{}");
        response.headers_mut().insert(header::AGE, HeaderValue::from(1));
        response
    };
    assert_eq!(cache.answer(&anna, old).await.1, Source::Loaded);
    tokio::time::advance(Duration::from_millis(499)).await;
    assert_eq!(cache.answer(&anna, old).await.1, Source::Hit);
    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(cache.answer(&anna, old).await.1, Source::Loaded, "1 + 0.5 + 0.5 seconds old");
}

#[tokio::test(start_paused = true)]
async fn a_load_that_a_write_has_overtaken_is_neither_kept_nor_given_to_others() {
    let (cache, anna) = (cache(), question("/v1/users/anna", &user("anna")));
    let (end, ended) = oneshot::channel::<()>();
    let ended = Cell::new(Some(ended));
    let slow = || {
        let ended = ended.take().unwrap();
        ended.map(|_| said("{\"n\":\"before\"}"))
    };
    let mut first = pin!(cache.answer(&anna, slow));
    assert!(first.as_mut().now_or_never().is_none(), "it is under way");
    let mut second = pin!(ask(&cache, &anna, "{\"n\":\"after\"}"));
    assert!(second.as_mut().now_or_never().is_none(), "it waits for the first");
    drop(cache.begin_write(&[user("anna")]));
    // Who comes after the write does not wait for a load from before it.
    let third = ask(&cache, &anna, "{\"n\":\"after\"}").now_or_never().expect("nothing to wait for");
    assert_eq!(third, from(Source::Loaded, "{\"n\":\"after\"}"));
    end.send(()).unwrap();
    let (late, source) = first.await;
    assert_eq!((source, text(late).await.as_str()), (Source::Loaded, "{\"n\":\"before\"}"), "it asked before");
    assert_eq!(second.await, from(Source::Loaded, "{\"n\":\"after\"}"));
    assert_eq!(ask(&cache, &anna, "{}").await, from(Source::Hit, "{\"n\":\"after\"}"), "the late load changed nothing");
}

#[tokio::test(start_paused = true)]
async fn many_who_ask_at_once_cost_one_load_and_go_on_their_own_if_it_brings_nothing() {
    let (cache, anna) = (cache(), question("/v1/users/anna", &user("anna")));
    for shares in [true, false] {
        let loads = Cell::new(0);
        let load = || {
            loads.set(loads.get() + 1);
            tokio::time::sleep(TTL * 2).map(|()| if shares { said("{}") } else { failure() })
        };
        let (first, second, third) =
            tokio::join!(cache.answer(&anna, load), cache.answer(&anna, load), cache.answer(&anna, load));
        let sources = [first.1, second.1, third.1];
        if shares {
            assert_eq!((loads.get(), sources), (1, [Source::Loaded, Source::Joined, Source::Joined]));
            drop(cache.begin_write(&[user("anna")]));
        } else {
            assert_eq!((loads.get(), sources), (3, [Source::Loaded; 3]));
        }
    }
    // Who leads may go away, and a passenger may have less time than the flight takes.
    let mut leader = Box::pin(cache.answer(&anna, std::future::pending));
    assert!(leader.as_mut().now_or_never().is_none());
    let hurried = Question { deadline: Instant::now() + Duration::from_millis(5), ..anna.clone() };
    assert_eq!(ask(&cache, &hurried, "{\"n\":1}").await, from(Source::Loaded, "{\"n\":1}"));
    drop(cache.begin_write(&[user("anna")]));
    let mut leader = Box::pin(cache.answer(&anna, std::future::pending));
    assert!(leader.as_mut().now_or_never().is_none());
    let mut waiting = pin!(ask(&cache, &anna, "{\"n\":2}"));
    assert!(waiting.as_mut().now_or_never().is_none());
    drop(leader);
    assert_eq!(waiting.await, from(Source::Loaded, "{\"n\":2}"));
    assert!(cache.flights.is_empty(), "every flight has ended");
}

#[tokio::test(start_paused = true)]
async fn what_no_region_can_answer_is_answered_from_old_marked_and_not_for_ever() {
    let (cache, anna) = (cache(), question("/v1/users/anna", &user("anna")));
    let fails = || async { failure() };
    assert_eq!(cache.answer(&anna, fails).await.0.status(), 503, "there is nothing yet");
    ask(&cache, &anna, "{\"n\":1}").await;
    tokio::time::advance(TTL).await;
    let (response, source) = cache.answer(&anna, fails).await;
    assert_eq!((source, response.status()), (Source::Stale, StatusCode::OK));
    assert_eq!(
        (&response.headers()[NOTICE], &response.headers()[header::AGE]),
        (&"stale".parse().unwrap(), &"2".parse().unwrap())
    );
    let no = || async { refused(StatusCode::NOT_FOUND, "no such user") };
    assert_eq!(cache.answer(&anna, no).await.0.status(), 404, "a region's no is an answer");
    tokio::time::advance(STALE_MAX).await;
    assert_eq!(cache.answer(&anna, fails).await.0.status(), 503, "too old");
    ask(&cache, &anna, "{\"n\":2}").await;
    drop(cache.begin_write(&[user("anna")]));
    assert_eq!(cache.answer(&anna, fails).await.0.status(), 503, "it was written since");
}

#[tokio::test(start_paused = true)]
async fn a_write_puts_out_of_date_what_it_touches_and_an_unknown_one_everything() {
    let list = r#"{"posts":[{"id":"p1"},{"id":"p2"}]}"#;
    // (what is written, what the region says, whether it touches the list of anna's posts)
    let cases = [
        (vec![user("anna")], StatusCode::CREATED, true),
        (vec![post("p2")], StatusCode::OK, true),
        (vec![user("anna")], StatusCode::NOT_FOUND, true),
        (vec![user("bert"), post("p3")], StatusCode::OK, false),
        (vec![], StatusCode::OK, true),
        (vec![], StatusCode::BAD_GATEWAY, true),
        (vec![], StatusCode::NOT_FOUND, false),
        (vec![], StatusCode::METHOD_NOT_ALLOWED, false),
    ];
    for (touches, status, expected) in cases {
        let (cache, anna) = (cache(), question("/v1/users/anna/posts", &user("anna")));
        ask(&cache, &anna, list).await;
        cache.begin_write(&touches).answered(status);
        let source = ask(&cache, &anna, list).await.0;
        assert_eq!(source == Source::Loaded, expected, "{touches:?} {status}");
    }
}

#[tokio::test]
async fn nothing_is_kept_unless_asked_for() {
    let settings =
        Settings { ttl: Duration::ZERO, stale_max: STALE_MAX, bytes_max: 1, answer_bytes_max: 1, loads_max: 1 };
    let conditions = Conditions::default();
    assert!(Cache::new(settings, Arc::new(Invalidations::new(&conditions)), conditions.defects()).is_none());
}

#[test]
fn answers_are_kept_if_they_are_whole_small_and_for_everybody() {
    // (status, header of the answer, length, kept)
    let cases = [
        (200, "x-region", Some(200), true),
        (200, "x-chirp-position", Some(0), true),
        (200, "x-region", Some(201), false),
        (200, "x-region", None, false),
        (206, "x-region", Some(1), false),
        (404, "x-region", Some(1), false),
        (503, "x-region", Some(1), false),
        (200, "x-chirp-notice", Some(1), false),
        (200, "set-cookie", Some(1), false),
        (200, "vary", Some(1), false),
        (200, "cache-control", Some(1), false),
    ];
    for (status, name, length, kept) in cases {
        let headers = [(name.parse().unwrap(), HeaderValue::from_static("1"))].into_iter().collect();
        let status = StatusCode::from_u16(status).unwrap();
        assert_eq!(rules::may_keep(status, &headers, length, 200), kept, "{status} {name} {length:?}");
    }
    // (header of the request, whether a kept answer will do)
    let cases = [("x-request-id", true), ("x-deadline-ms", true), ("authorization", false), ("x-chirp-seen", false)];
    for (name, will_do) in cases.into_iter().chain([("if-none-match", false), ("cache-control", false)]) {
        let headers = [(name.parse().unwrap(), HeaderValue::from_static("1"))].into_iter().collect();
        assert_eq!(takes_kept(&headers), will_do, "{name}");
    }
    for body in ["", "[]", "{\"posts\":1}", "{\"posts\":[{}]}", "{\"posts\":[{\"id\":1}]}"] {
        assert_eq!(rules::spots(&user("anna"), body.as_bytes()), None, "{body}");
    }
    assert_eq!(rules::spots(&post("p1"), b"{\"id\":\"p1\"}").unwrap().len(), 1);
}

/// A load that begins before a write and ends after it; what is answered from then on.
async fn overtaken(cache: &Cache) -> (Source, String) {
    let anna = question("/v1/users/anna", &user("anna"));
    let (end, ended) = oneshot::channel::<()>();
    let ended = Cell::new(Some(ended));
    let mut late = pin!(cache.answer(&anna, || ended.take().unwrap().map(|_| said("{\"n\":\"before\"}"))));
    assert!(late.as_mut().now_or_never().is_none(), "it is under way");
    drop(cache.begin_write(&[user("anna")]));
    end.send(()).unwrap();
    assert_eq!(late.await.1, Source::Loaded);
    ask(cache, &anna, "{\"n\":\"after\"}").await
}

#[tokio::test(start_paused = true)]
async fn a_cache_that_keeps_what_was_overtaken_gives_it_after_the_write() {
    let broken = cache_with(64, &[Defect::UnversionedCache]);
    assert_eq!(overtaken(&broken).await, from(Source::Hit, "{\"n\":\"before\"}"), "the break");
    assert_eq!(overtaken(&cache()).await, from(Source::Loaded, "{\"n\":\"after\"}"));
}

#[tokio::test(start_paused = true)]
async fn a_cache_that_does_not_hear_of_writes_gives_what_was_before_them() {
    let anna = question("/v1/users/anna", &user("anna"));
    let broken = cache_with(64, &[Defect::NoInvalidation]);
    for (cache, source, body) in [(broken, Source::Hit, "{\"n\":1}"), (cache(), Source::Loaded, "{\"n\":2}")] {
        ask(&cache, &anna, "{\"n\":1}").await;
        drop(cache.begin_write(&[user("anna")]));
        assert_eq!(ask(&cache, &anna, "{\"n\":2}").await, from(source, body));
    }
}

#[tokio::test(start_paused = true)]
async fn a_cold_start_is_one_load_for_each_answer_and_a_few_at_a_time() {
    // (the cache, loads of one thing by ten who want it)
    let broken = cache_with(64, &[Defect::NoSingleFlight]);
    for (cache, expected) in [(broken, 10), (cache(), 1)] {
        let (anna, loads) = (question("/v1/users/anna", &user("anna")), Cell::new(0));
        let load = || {
            loads.set(loads.get() + 1);
            tokio::time::sleep(Duration::from_millis(10)).map(|()| said("{}"))
        };
        futures_util::future::join_all((0..10).map(|_| cache.answer(&anna, load))).await;
        assert_eq!(loads.get(), expected);
    }
    let (cache, under_way, most) = (cache_with(3, &[]), Cell::new(0), Cell::new(0));
    let questions: Vec<Question> =
        (0..20).map(|n| question(&format!("/v1/posts/{n}"), &post(&n.to_string()))).collect();
    let load = async || {
        under_way.set(under_way.get() + 1);
        most.set(most.get().max(under_way.get()));
        tokio::time::sleep(Duration::from_millis(10)).await;
        under_way.set(under_way.get() - 1);
        said("{}")
    };
    let all = futures_util::future::join_all(questions.iter().map(|question| cache.answer(question, load))).await;
    assert!(all.iter().all(|(response, _)| response.status() == 200));
    assert_eq!(most.get(), 3, "no more loads at a time");
    // Who finds no place in time is told so.
    let _places: Vec<_> = (0..3).map(|_| cache.loads.try_acquire().unwrap()).collect();
    let (refusal, _) = cache.answer(&question("/v1/posts/late", &post("late")), load).await;
    assert_eq!(
        (refusal.status(), refusal.headers().contains_key("retry-after")),
        (StatusCode::SERVICE_UNAVAILABLE, true)
    );
    assert!(cache.flights.is_empty(), "every flight has ended");
}

proptest! {
    #[test]
    fn what_was_loaded_before_a_write_never_holds_after_it(
        steps in prop::collection::vec((any::<bool>(), 0_usize..4), 1..40),
    ) {
        let names = ["anna", "bert", "carl", "dora"].map(user);
        let invalidations = Invalidations::new(&Conditions::default());
        let mut loads: Vec<(usize, u64, bool)> = Vec::new();
        for (is_write, index) in steps {
            if is_write {
                invalidations.touch(&names[index..=index]);
                loads.iter_mut().filter(|load| load.0 == index).for_each(|load| load.2 = false);
            } else {
                loads.push((index, invalidations.count(), true));
            }
            for (index, begun, holds) in &loads {
                prop_assert_eq!(invalidations.holds(&[Spot::of(&names[*index])], *begun), *holds);
            }
        }
    }
}
