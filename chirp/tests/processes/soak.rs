//! The kill -9 loop: every process of a deployment is killed at random moments while users write.
//!
//! ```text
//! writers (4) ── POST, with a key ──▶ edge, regions          each 201 goes into the ledger: (id, text, who)
//! loop:  wait for a random number of acknowledgements
//!        kill -9 one process, sometimes two; sometimes again while it starts
//!        start it: it must listen, and a region must serve
//!        now and then: every post of the ledger must be in the region that took it
//! end:   no writer, no kill: every post of the ledger must be in every region
//! ```
//!
//! With PostgreSQL one region writes and an acknowledgement waits for a majority's disks; a post that a region passed on to
//! the writer must then be in that region after a while: as long as more of them come, it is waited for. A post that doesn't come
//! is told with what every region says of it.
//!
//! Users pause a moment between two posts. What they write is read again one by one, in each region, so more of it makes the loop
//! longer and the moments of the kills no more varied.
//!
//! Short by default. `cargo xtask soak` makes it long by the environment: `CHIRP_SOAK_KILLS`,
//! `CHIRP_SOAK_SEED` (which victims, which moments) and `CHIRP_SOAK_ENGINE`. The moments fall where the
//! threads of the machine put them, so a seed repeats the plan and not every race.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::http::request;
use crate::lab::{Lab, LabPlan, wait_until};
use crate::programs;

const REGIONS: &[&str] = &["eu-west-1", "us-east-1", "ap-southeast-1"];
const EDGE: &str = "edge-eu";
const DNS: &str = "dns";
const WRITERS: usize = 4;
/// Each lab has addresses of its own, so all take the same port.
const POSTGRES_PORT: u16 = 7432;
/// So many kills lie between two looks at the ledger.
const LOOK_EVERY: usize = 10;
/// Acknowledgements between two kills, at most.
const ACKNOWLEDGEMENTS_MAX: u64 = 40;
const USER_PAUSE: Duration = Duration::from_millis(20);
/// A region that is behind shows a post more within this, or never will.
const PROGRESS_BOUND: Duration = Duration::from_secs(90);
/// So many posts that don't come are told.
const TOLD_MAX: usize = 5;

/// An acknowledged post.
#[derive(Clone, Debug)]
struct Acknowledged {
    id: String,
    text: String,
    /// Who answered, as it said itself.
    region: String,
}

#[derive(Default)]
struct Ledger {
    acknowledged: Mutex<Vec<Acknowledged>>,
    count: AtomicUsize,
    /// Requests without an answer, or with a 503.
    unanswered: AtomicUsize,
    stop: AtomicBool,
}

/// What is asked for by the environment.
struct Wish {
    kills: usize,
    seed: u64,
    engine: String,
}

impl Wish {
    fn from_environment() -> Self {
        let number = |name: &str, default| std::env::var(name).map_or(default, |text| text.parse().unwrap());
        Self {
            kills: number("CHIRP_SOAK_KILLS", 8) as usize,
            seed: number("CHIRP_SOAK_SEED", 1),
            engine: std::env::var("CHIRP_SOAK_ENGINE").unwrap_or_else(|_| "embedded".into()),
        }
    }
}

/// `SplitMix64`: the plan is the same for the same seed.
struct Dice(u64);

impl Dice {
    /// 0 to `sides` - 1.
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }
}

/// Tells people how it goes; `cargo test` shows it only when it is asked to.
fn tell(text: &str) {
    std::io::stderr().lock().write_all(format!("soak: {text}\n").as_bytes()).unwrap();
}

fn write_until_stopped(writer: usize, targets: &[SocketAddr], ledger: &Ledger) {
    for number in 0.. {
        if ledger.stop.load(Ordering::SeqCst) {
            return;
        }
        let text = format!("writer {writer} number {number}");
        let body = serde_json::json!({ "author": format!("user-{writer}"), "text": text }).to_string();
        let target = targets[(writer + number) % targets.len()];
        match request(target, "POST", "/v1/posts", &[("idempotency-key", &text)], &body) {
            Ok(reply) if reply.status == 201 => {
                let id = reply.json()["id"].as_str().unwrap().to_owned();
                let region = reply.header("x-region").unwrap().to_owned();
                ledger.acknowledged.lock().unwrap().push(Acknowledged { id, text, region });
                ledger.count.fetch_add(1, Ordering::SeqCst);
            }
            Ok(reply) => {
                assert!([502, 503, 504].contains(&reply.status), "{reply:?}");
                ledger.unanswered.fetch_add(1, Ordering::SeqCst);
            }
            // Killed under way: the outcome is unknown.
            Err(_) => {
                ledger.unanswered.fetch_add(1, Ordering::SeqCst);
            }
        }
        std::thread::sleep(USER_PAUSE);
    }
}

/// Leaves those that `region` does not have as they were acknowledged.
fn leave_missing(lab: &Lab, region: &str, posts: &mut Vec<Acknowledged>) {
    posts.retain(|post| {
        let reply = lab.get(region, &format!("/v1/posts/{}", post.id));
        reply.status != 200 || reply.json()["text"] != post.text.as_str()
    });
}

/// Waits until `region` has all of these; it may be behind, as long as it comes nearer.
fn wait_for_all(lab: &Lab, region: &str, mut posts: Vec<Acknowledged>) {
    let mut progress = Instant::now();
    while !posts.is_empty() {
        let before = posts.len();
        leave_missing(lab, region, &mut posts);
        if posts.len() < before {
            progress = Instant::now();
        }
        let told = || posts.iter().take(TOLD_MAX).map(|post| everywhere(lab, post)).collect::<String>();
        assert!(progress.elapsed() < PROGRESS_BOUND, "{region} lacks {} posts:\n{}", posts.len(), told());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What every region says of a post.
fn everywhere(lab: &Lab, post: &Acknowledged) -> String {
    let said = |region: &&str| {
        let reply = lab.get(region, &format!("/v1/posts/{}", post.id));
        format!("  {region}: {} {}\n", reply.status, reply.body.trim())
    };
    format!("{post:?}\n{}", REGIONS.iter().map(said).collect::<String>())
}

struct Soak<'a> {
    lab: Lab,
    dice: Dice,
    ledger: &'a Ledger,
    kills: BTreeMap<&'static str, usize>,
    slowest: Duration,
    /// So many of the ledger have been looked at.
    looked: usize,
    has_one_writer: bool,
}

impl Soak<'_> {
    fn run(&mut self, kills: usize) {
        while self.total() < kills {
            let wanted = self.ledger.count.load(Ordering::SeqCst) + 1 + self.dice.roll(ACKNOWLEDGEMENTS_MAX) as usize;
            wait_until("the users write", || self.ledger.count.load(Ordering::SeqCst) >= wanted);
            let before = self.total();
            self.kill_and_start();
            if before / LOOK_EVERY != self.total() / LOOK_EVERY {
                self.look();
                tell(&format!("{} of {kills} kills {:?}; {}", self.total(), self.kills, self.so_far()));
            }
        }
        self.look();
    }

    fn kill_and_start(&mut self) {
        let processes = [REGIONS[0], REGIONS[1], REGIONS[2], DNS, EDGE];
        // Regions hold the data: they die twice as often.
        let first = processes[[0, 0, 1, 1, 2, 2, 3, 4][self.dice.roll(8) as usize]];
        let mut victims = vec![first];
        if self.dice.roll(4) == 0 {
            let second = processes[self.dice.roll(5) as usize];
            victims.extend((second != first).then_some(second));
        }
        for victim in &victims {
            self.kill(victim);
        }
        let began = Instant::now();
        for victim in &victims {
            self.start(victim);
            if self.dice.roll(4) == 0 {
                // It listens, and is busy with its past.
                self.kill(victim);
                self.start(victim);
            }
        }
        for victim in victims.iter().filter(|victim| REGIONS.contains(victim)) {
            self.lab.process(victim).wait_for("serving");
        }
        self.slowest = self.slowest.max(began.elapsed());
    }

    fn kill(&mut self, victim: &'static str) {
        self.lab.kill(victim);
        *self.kills.entry(victim).or_default() += 1;
    }

    /// Starts it and waits until it says that it is ready.
    fn start(&mut self, victim: &str) {
        match victim {
            DNS => self.lab.start_dns(),
            EDGE => self.lab.start_edge(EDGE),
            region => self.lab.start(region),
        };
    }

    /// Everything that was acknowledged since the last look must be where it was taken.
    fn look(&mut self) {
        let all = self.ledger.acknowledged.lock().unwrap().clone();
        for region in REGIONS {
            let mut here: Vec<_> = all[self.looked..].iter().filter(|post| post.region == *region).cloned().collect();
            if self.has_one_writer {
                // It may have answered for the writer, and not have read it itself.
                wait_for_all(&self.lab, region, here);
            } else {
                leave_missing(&self.lab, region, &mut here);
                assert!(here.is_empty(), "{region} has lost {here:?}; {}", self.so_far());
            }
        }
        self.looked = all.len();
    }

    fn total(&self) -> usize {
        self.kills.values().sum()
    }

    fn so_far(&self) -> String {
        let (acknowledged, unanswered) = (&self.ledger.count, &self.ledger.unanswered);
        let [acknowledged, unanswered] = [acknowledged, unanswered].map(|count| count.load(Ordering::SeqCst));
        let slowest = self.slowest.as_secs_f64();
        format!("{acknowledged} acknowledged, {unanswered} unanswered, slowest return {slowest:.2} s, none lost so far")
    }
}

#[test]
fn kill_9_of_every_process_loses_nothing_that_was_acknowledged() {
    let wish = Wish::from_environment();
    let mut top = "seed_users = 6\nfollows_per_user = 3".to_owned();
    let mut tables = String::new();
    if wish.engine == "postgres" {
        // One writer, whose death loses nothing: a write waits for the disk of another region.
        top += "\nengine = \"postgres\"\nmodel = \"read-replicas\"\ndurability = \"quorum\"";
        let bin = programs::postgres();
        tables = format!("[writer]\nlease_ms = 2000\n[postgres]\nbin = {bin:?}\nport = {POSTGRES_PORT}");
    }
    let replication = "heartbeat_ms = 100\nretry_ms_max = 200\nanti_entropy_ms = 200";
    let plan = LabPlan {
        regions: REGIONS,
        edges: &[(EDGE, REGIONS[0])],
        top: &top,
        tables: &tables,
        replication,
        ..LabPlan::default()
    };
    let mut lab = Lab::serving(&plan);
    lab.start_dns();
    lab.start_edge(EDGE);
    let targets: Vec<SocketAddr> = [EDGE, REGIONS[0], REGIONS[1], REGIONS[2]].map(|name| lab.listen(name)).to_vec();
    let ledger = Ledger::default();
    tell(&format!("{} kills with seed {} on the engine {}", wish.kills, wish.seed, wish.engine));
    let has_one_writer = wish.engine == "postgres";
    let (dice, kills) = (Dice(wish.seed), BTreeMap::new());
    let mut soak = Soak { lab, dice, ledger: &ledger, kills, slowest: Duration::ZERO, looked: 0, has_one_writer };
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (targets, ledger) = (&targets, &ledger);
            scope.spawn(move || write_until_stopped(writer, targets, ledger));
        }
        let run = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| soak.run(wish.kills)));
        // The writers end whatever happened, or the scope would wait for them for ever.
        ledger.stop.store(true, Ordering::SeqCst);
        run.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
    let all = ledger.acknowledged.lock().unwrap().clone();
    for region in REGIONS {
        wait_for_all(&soak.lab, region, all.clone());
    }
    let posts =
        |region: &str| (0..WRITERS).map(|writer| soak.lab.timeline(region, &format!("user-{writer}"))).collect();
    let [eu, us, ap]: [Vec<_>; 3] = [REGIONS[0], REGIONS[1], REGIONS[2]].map(posts);
    assert!(eu == us && us == ap, "the time lines differ");
    tell(&format!("{} kills {:?}; {}; all regions are equal", soak.total(), soak.kills, soak.so_far()));
}
