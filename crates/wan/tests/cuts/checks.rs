//! What a cut does, whoever makes it. Where the arms differ the check says so: the table is in `docs/faults/kernel.md`.

use crate::arm::{Arm, Opening, PATIENCE, SILENCE, Side, Stage, Stream, cut, exchange};
use plan::resolved::Direction;
use std::{io, pin::Pin, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{Instant, sleep, timeout},
};
use units::Share;
use wan::{
    Overlay, State,
    link::{Connections, Hits},
};

pub(crate) type Check = for<'a> fn(&'a Stage) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

/// No lease runs out by itself in a check that isn't about leases.
const LEASE: Duration = Duration::from_secs(600);
/// One that does.
const SHORT: Duration = Duration::from_millis(1_500);

pub(crate) const ALL: &[(&str, Check)] = &[
    ("what_is_dropped_is_not_answered_and_comes_through_when_it_is_whole_again", |stage| Box::pin(dropped(stage))),
    ("what_is_rejected_is_told_so", |stage| Box::pin(rejected(stage))),
    ("open_connections_are_reset_where_that_is_wanted", |stage| Box::pin(cut_open(stage))),
    ("open_connections_go_on_where_that_is_wanted", |stage| Box::pin(new_only(stage))),
    ("what_is_cut_forward_is_not_heard", |stage| Box::pin(forward(stage))),
    ("what_is_cut_backward_is_heard_and_not_answered", |stage| Box::pin(backward(stage))),
    ("other_links_are_as_they_were", |stage| Box::pin(spared(stage))),
    ("two_cuts_are_both_there_until_both_are_gone", |stage| Box::pin(overlapping(stage))),
    ("its_lease_ends_it", |stage| Box::pin(leased(stage))),
    ("who_is_outside_lays_no_rule", |stage| Box::pin(outside(stage))),
];

/// A connection that is opened into a black hole: a relay's kernel has accepted it before the relay knows.
fn lost(arm: Arm) -> Opening {
    if arm == Arm::Relay { Opening::Silent } else { Opening::Unopened }
}

/// One that is refused: a relay can only reset what its kernel has accepted.
fn refused(arm: Arm) -> Opening {
    if arm == Arm::Relay { Opening::Reset } else { Opening::Refused }
}

fn only_new(state: State) -> Overlay {
    let hits = Hits { connections: Connections::New, share: Share::WHOLE, older_than: Duration::ZERO };
    Overlay { hits, ..cut(Direction::Both, state) }
}

async fn is_silent(stream: &mut dyn Stream) {
    let heard = timeout(SILENCE, stream.read_u8()).await;
    assert!(heard.is_err(), "it is not silent: {heard:?}");
}

async fn is_reset(stream: &mut dyn Stream) {
    let error = timeout(PATIENCE, stream.read_u8()).await.expect("it hears of it").expect_err("it is reset");
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}

async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let looking = async {
        while !condition().await {
            sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(timeout(PATIENCE, looking).await.is_ok(), "never: {what}");
}

async fn dropped(stage: &Stage) {
    let mut open = stage.established(Side::Hit).await;
    stage.cut("one", cut(Direction::Both, State::BlackHole), LEASE).await;
    assert_eq!(stage.open_new(Side::Hit, SILENCE).await, lost(stage.arm));
    open.write_all(b"held").await.expect("who sends doesn't know");
    is_silent(&mut *open).await;
    stage.heal("one").await;
    let mut answer = [0; 4];
    let heard = timeout(PATIENCE, open.read_exact(&mut answer)).await.expect("it is sent again");
    heard.expect("the connection lives");
    assert_eq!(&answer, b"held");
}

async fn rejected(stage: &Stage) {
    let (mut speaks, mut listens) = (stage.established(Side::Hit).await, stage.established(Side::Hit).await);
    stage.cut("one", cut(Direction::Both, State::Reject), LEASE).await;
    assert_eq!(stage.open_new(Side::Hit, PATIENCE).await, refused(stage.arm));
    // Reset at once already, which is told once, or by the answer to what it says.
    match speaks.write_all(b"anybody?").await {
        Ok(()) => is_reset(&mut *speaks).await,
        Err(error) => assert_eq!(error.kind(), io::ErrorKind::ConnectionReset),
    }
    // Nobody tells who says nothing: a kernel answers packets. The emulation resets everybody at once.
    if stage.arm.is_kernel() {
        is_silent(&mut *listens).await;
    } else {
        is_reset(&mut *listens).await;
    }
    stage.heal("one").await;
}

async fn cut_open(stage: &Stage) {
    let mut open = stage.established(Side::Hit).await;
    stage.cut("one", Overlay { cuts: true, ..cut(Direction::Both, State::BlackHole) }, LEASE).await;
    is_reset(&mut *open).await;
    assert_eq!(stage.open_new(Side::Hit, SILENCE).await, lost(stage.arm));
    stage.heal("one").await;
}

async fn new_only(stage: &Stage) {
    for (state, new, patience) in
        [(State::BlackHole, lost(stage.arm), SILENCE), (State::Reject, refused(stage.arm), PATIENCE)]
    {
        let mut open = stage.established(Side::Hit).await;
        stage.cut("one", only_new(state), LEASE).await;
        assert_eq!(stage.open_new(Side::Hit, patience).await, new, "{state:?}");
        timeout(PATIENCE, exchange(&mut *open, b"still")).await.expect("in time").expect("it goes on");
        stage.heal("one").await;
    }
}

async fn forward(stage: &Stage) {
    let mut open = stage.established(Side::Hit).await;
    let before = stage.heard();
    stage.cut("one", cut(Direction::Forward, State::BlackHole), LEASE).await;
    open.write_all(b"lost").await.expect("who sends doesn't know");
    is_silent(&mut *open).await;
    assert_eq!(stage.heard(), before, "the service heard it");
    stage.heal("one").await;
}

async fn backward(stage: &Stage) {
    let mut open = stage.established(Side::Hit).await;
    let before = stage.heard();
    stage.cut("one", cut(Direction::Backward, State::BlackHole), LEASE).await;
    open.write_all(b"heard").await.expect("who sends doesn't know");
    is_silent(&mut *open).await;
    eventually("the service hears it", async || stage.heard() == before + 5).await;
    assert_eq!(stage.open_new(Side::Hit, SILENCE).await, lost(stage.arm), "who can't be answered can't connect");
    stage.heal("one").await;
}

async fn spared(stage: &Stage) {
    let mut open = stage.established(Side::Spared).await;
    for state in [State::BlackHole, State::Reject] {
        stage.cut("one", cut(Direction::Both, state), LEASE).await;
        assert_eq!(stage.open_new(Side::Spared, PATIENCE).await, Opening::Answered);
        timeout(PATIENCE, exchange(&mut *open, b"still")).await.expect("in time").expect("it goes on");
        stage.heal("one").await;
    }
}

async fn overlapping(stage: &Stage) {
    stage.cut("refuses", cut(Direction::Both, State::Reject), LEASE).await;
    stage.cut("drops", cut(Direction::Both, State::BlackHole), LEASE).await;
    stage.cut("drops too", cut(Direction::Both, State::BlackHole), LEASE).await;
    let now = async || stage.open_new(Side::Hit, SILENCE).await;
    assert_eq!(now().await, lost(stage.arm), "what vanishes can't be answered");
    stage.heal("drops").await;
    assert_eq!(now().await, lost(stage.arm), "the other one is there");
    stage.heal("drops too").await;
    assert_eq!(stage.open_new(Side::Hit, PATIENCE).await, refused(stage.arm));
    stage.heal("refuses").await;
}

async fn leased(stage: &Stage) {
    stage.cut("one", cut(Direction::Both, State::BlackHole), SHORT).await;
    let until = Instant::now() + SHORT.mul_f64(1.3);
    while Instant::now() < until {
        assert!(stage.renew("one").await, "it is there and can be renewed");
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(stage.open_new(Side::Hit, SILENCE).await, lost(stage.arm), "renewed, it outlives its first term");
    eventually("it ends by itself", async || stage.open_new(Side::Hit, SILENCE).await == Opening::Answered).await;
    eventually("it can't be renewed any more", async || !stage.renew("one").await).await;
    stage.heal("one").await;
}

async fn outside(stage: &Stage) {
    let cuts = stage.cuts.clone().expect("the arm is the kernel's");
    let told = std::thread::spawn(move || {
        // Another network, as that of a thread from before the namespace was entered.
        let _other = wan::kernel::Namespace::enter().expect("it was possible before");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(cuts.apply(&"one".into(), wan::kernel::Cut::Drop, &[], LEASE))
    });
    let refused = told.join().expect("asking doesn't panic").expect_err("it is outside");
    assert_eq!(refused.to_string(), "this thread is not in the network namespace of the links");
}
