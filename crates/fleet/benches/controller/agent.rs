//! An agent that speaks as a real one does, and makes up what it tells: for each origin and second so many requests, with response
//! times like those of a service that is 80 ms away. Those that end in the next second are told with it, as the engine does.

use fleet::{
    agent::{AgentOptions, STATE_EVERY},
    link::{self, AgentEnd},
    message::{Assignment, Batch, ClockFormat, FORMAT, FromAgent, Hello, Phase, State, ToAgent},
    monotonic,
};
use load::arrivals::Draws;
use record::{ArrivalCounts, Entry, GeneratorSecond, Histogram, Interval, Outcome, batch};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use tokio::time::sleep_until;
use units::Seed;

/// A batch is cut so long after its second.
const CUT_AFTER: Duration = Duration::from_millis(500);
/// Seconds that a request may take.
const HORIZON: u64 = 4;
const RESPONSE: Duration = Duration::from_millis(80);
const FIRST_BYTE: Duration = Duration::from_millis(75);

/// Whether this process is an agent: its name, and requests per origin and second.
pub(crate) fn role(arguments: &[String]) -> Option<(String, u64)> {
    match arguments {
        [role, name, requests] if role == "agent" => Some((name.clone(), requests.parse().unwrap())),
        _ => None,
    }
}

pub(crate) fn run(name: &str, requests: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (mut link, written) = link::pipe::agent(tokio::io::stdin(), tokio::io::stdout());
        let instance = AgentOptions::new(name, None, std::env::temp_dir()).instance;
        let hello = FromAgent::Hello(Box::new(hello(name, &instance)));
        assert!(link.try_send(hello));
        let mut agent = None;
        while let Some(message) = link.incoming.recv().await {
            match message {
                ToAgent::Assign(assignment) => {
                    agent = Some(Agent::new(*assignment, &instance, requests));
                    assert!(link.try_send(FromAgent::Ready));
                }
                ToAgent::Tell(tell) if tell.begin_us.is_some() => break,
                ToAgent::Tell(_) | ToAgent::Refuse(_) => {}
            }
        }
        agent.unwrap().serve(&mut link).await;
        drop(link);
        written.await.unwrap();
    });
}

fn hello(name: &str, instance: &str) -> Hello {
    Hello {
        format: FORMAT.to_owned(),
        plan_format: plan::resolved::FORMAT.to_owned(),
        recording_format: record::batch::FORMAT.to_owned(),
        landfall: "bench".to_owned(),
        name: name.to_owned(),
        instance: instance.to_owned(),
        place: None,
        host: String::new(),
        boot: monotonic::boot(),
        descriptors: 1,
        ports: 1,
        cores: 1,
    }
}

struct Agent {
    assignment: Assignment,
    instance: String,
    requests: u64,
    draws: Draws,
    start: Instant,
    /// Requests that end in the next second.
    left: BTreeMap<usize, Interval>,
    state: State,
}

impl Agent {
    fn new(assignment: Assignment, instance: &str, requests: u64) -> Self {
        let (ClockFormat::Shared { start_ns, .. } | ClockFormat::Estimated { start_ns, .. }) = assignment.clock;
        Self {
            draws: Draws::new(Seed::new(assignment.agent as u64)),
            start: monotonic::from_nanos(start_ns).unwrap(),
            assignment,
            instance: instance.to_owned(),
            requests,
            left: BTreeMap::new(),
            state: State { phase: Phase::Running, late_us: Some(0), ..State::default() },
        }
    }

    async fn serve(&mut self, link: &mut AgentEnd) {
        let mut second = self.start.elapsed().as_secs() + 1;
        let mut say = Instant::now();
        loop {
            let due = self.start + Duration::from_secs(second + 1) + CUT_AFTER;
            tokio::select! {
                message = link.incoming.recv() => match message {
                    None => return,
                    Some(ToAgent::Tell(tell)) => {
                        self.state.heard = tell.number;
                        if tell.stop || tell.close {
                            self.state.phase = if tell.close { Phase::Ended } else { Phase::Over };
                        }
                        if tell.drained {
                            return;
                        }
                        say = Instant::now();
                    }
                    Some(_) => {}
                },
                () = sleep_until(due.into()), if self.state.phase == Phase::Running => {
                    let batch = self.batch(second);
                    self.state.last_batch = batch.number;
                    // The pipe has room, or the controller is far behind: then it waits.
                    link.outgoing.send(link::Incoming::Message(FromAgent::Batch(batch))).await.unwrap();
                    second += 1;
                    let end = self.assignment.plan.load_duration().as_secs();
                    if second > end + 1 {
                        self.state.phase = Phase::Over;
                        say = Instant::now();
                    }
                }
                () = sleep_until(say.into()) => {}
            }
            if Instant::now() >= say {
                say = Instant::now() + STATE_EVERY;
                self.state.number += 1;
                let _ = link.try_send(FromAgent::State(Box::new(self.state.clone())));
            }
        }
    }

    fn batch(&mut self, second: u64) -> Batch {
        let (mut lines, agent) = (String::new(), self.assignment.agent);
        for population in 0..self.assignment.plan.populations.len() {
            let earlier = self.left.remove(&population);
            let (now, later) = self.intervals(second, population);
            self.left.insert(population, later);
            let arrivals = Entry::Arrivals(self.arrivals(second, population));
            let intervals = earlier.into_iter().chain([now]).map(Entry::Interval);
            intervals.chain([arrivals]).for_each(|entry| batch::write(&entry.by_agent(agent), &mut lines));
        }
        let generator = GeneratorSecond { second, thread_cpu: vec![0.42], ..GeneratorSecond::default() };
        batch::write(&Entry::Generator(generator).by_agent(agent), &mut lines);
        let number = self.state.last_batch + 1;
        let complete = second.checked_sub(HORIZON);
        Batch { instance: self.instance.clone(), number, through: number, complete, lines }
    }

    /// What of a second's requests ends in it, and what in the next.
    fn intervals(&mut self, second: u64, population: usize) -> (Interval, Interval) {
        let interval = || Interval {
            second,
            population,
            served_by: Some(0),
            step: 0,
            outcome: Outcome::Ok,
            tenths: [0; 10],
            attempts: 0,
            response: Histogram::new(),
            service: Histogram::new(),
            first_byte: Histogram::new(),
        };
        let (mut now, mut later) = (interval(), interval());
        for _ in 0..self.requests {
            let intended = self.draws.fraction();
            let factor = self.factor();
            let response = RESPONSE.mul_f64(factor);
            let into = if intended + response.as_secs_f64() < 1.0 { &mut now } else { &mut later };
            into.tenths[(intended * 10.0) as usize] += 1;
            into.attempts += 1;
            into.response.record(response + Duration::from_micros(90));
            into.service.record(response);
            into.first_byte.record(FIRST_BYTE.mul_f64(factor));
        }
        (now, later)
    }

    /// Log-normal around 1, with a spread of a third: the sum of twelve draws is nearly normal.
    fn factor(&mut self) -> f64 {
        let normal: f64 = (0..12).map(|_| self.draws.fraction()).sum::<f64>() - 6.0;
        (normal * 0.3).exp()
    }

    fn arrivals(&mut self, second: u64, population: usize) -> ArrivalCounts {
        let mut send_lag = Histogram::new();
        for _ in 0..self.requests {
            send_lag.record(Duration::from_micros(20).mul_f64(self.factor()));
        }
        let (intended, users) = (self.requests, self.requests / 4);
        ArrivalCounts { second, population, intended, started: intended, users, send_lag, ..ArrivalCounts::default() }
    }
}
