//! Agents of a run whose controller was killed: taken up where its recording ends.

use super::{Agents, Found, Wanted, assemble::listen, complete::Completeness, member::Member, moves::Moves};
use crate::{
    link::{ControllerEnd, Distance, Incoming, QUEUE_MAX},
    merge::Inbox,
    message::Phase,
};
use plan::resolved::ResolvedPlan;
use record::{AgentJoined, AgentNews, Entry, EventKind};
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use units::RunTime;

/// What a recording says of an agent.
#[derive(Debug, Clone)]
struct Known {
    joined: AgentJoined,
    /// The last of its batches that is in the recording.
    batch: u64,
    complete: Option<u64>,
    /// The first seconds of what it was told to take, in the order in which that was recorded.
    takes: Vec<u64>,
    over: Option<Over>,
}

/// Nothing more is expected of it.
#[derive(Debug, Clone)]
enum Over {
    Lost(String),
    Drained,
}

impl Agents {
    /// The agents of a recording, over those of these links that have their names. Those that were lost or had ended stay so; who has
    /// no link is named: it can't be heard.
    pub(crate) fn resumed(
        entries: &[Entry],
        plan: &Arc<ResolvedPlan>,
        links: Vec<ControllerEnd>,
    ) -> (Self, Vec<(usize, String)>) {
        let mut links: BTreeMap<String, ControllerEnd> =
            links.into_iter().map(|link| (link.name.clone(), link)).collect();
        let (sender, incoming) = mpsc::channel(QUEUE_MAX);
        let mut unheard = Vec::new();
        let members = known(entries).into_iter().map(|(index, known)| {
            let link = links.remove(&known.joined.name);
            if link.is_none() && known.over.is_none() {
                unheard.push((index, known.joined.name.clone()));
            }
            member(index, known, link, &sender)
        });
        let members: Vec<Member> = members.collect();
        let wanted = Wanted { begin_us: begin_us(entries), ..Wanted::default() };
        let (moves, told) = (Moves::of(members.len()), Instant::now());
        let plan = Arc::clone(plan);
        (Self { members, incoming, plan, wanted, told, moves, sender, handovers: Vec::new() }, unheard)
    }

    /// That seconds are missing of who was told to take something, and had not told anything of the seconds since then: nobody knows any more
    /// whether it heard of that.
    pub(crate) fn in_doubt(&self, entries: &[Entry], at: RunTime) -> Vec<Found> {
        let to = (self.begun() + self.plan.load_duration()).as_secs();
        let doubt = |(index, known): (usize, Known)| {
            let from = known.takes.iter().copied().filter(|from| known.complete < Some(*from)).min()?;
            let has_told = matches!(known.over, Some(Over::Drained));
            let reason = "the controller was lost before it was known that it had heard of its new share".to_owned();
            let missing = AgentNews::Missing { from, to: to.max(from), reason };
            (!has_told).then(|| self.members[index].news(at, missing))
        };
        known(entries).into_iter().filter_map(doubt).collect()
    }

    /// Nothing can be heard of that agent.
    pub(crate) fn lose(&mut self, index: usize, why: &str, at: RunTime) -> Vec<Found> {
        self.members[index].lose(why.to_owned(), at).into_iter().collect()
    }
}

/// What a recording says of each agent, in the order of their numbers, which are without gaps.
fn known(entries: &[Entry]) -> BTreeMap<usize, Known> {
    let mut agents: BTreeMap<usize, Known> = BTreeMap::new();
    for entry in entries {
        let Entry::Agent(entry) = entry else { continue };
        if let AgentNews::Joined(joined) = &entry.news {
            let known =
                Known { joined: AgentJoined::clone(joined), batch: 0, complete: None, takes: Vec::new(), over: None };
            agents.insert(entry.agent, known);
        }
        if let AgentNews::TakenOver { second, by } = &entry.news {
            for agent in by {
                agents.entry(*agent).and_modify(|known| known.takes.push(*second));
            }
        }
        let Some(known) = agents.get_mut(&entry.agent) else { continue };
        match &entry.news {
            AgentNews::Batch { through, .. } => known.batch = known.batch.max(*through),
            AgentNews::Complete { second, .. } => known.complete = known.complete.max(Some(*second)),
            AgentNews::Lost { reason } => known.over = Some(Over::Lost(reason.clone())),
            AgentNews::Drained => known.over = Some(Over::Drained),
            // Who begins with nothing is given something later.
            AgentNews::Shares { second, .. } if known.joined.shares.iter().all(Option::is_none) => {
                known.takes.push(*second);
            }
            AgentNews::Joined(_)
            | AgentNews::Began { .. }
            | AgentNews::Missing { .. }
            | AgentNews::TakenOver { .. }
            | AgentNews::Shares { .. } => {}
        }
    }
    agents
}

fn member(index: usize, known: Known, link: Option<ControllerEnd>, sender: &mpsc::Sender<(usize, Incoming)>) -> Member {
    let is_linked = link.is_some();
    let link = match link {
        Some(ControllerEnd { outgoing, incoming, distance, .. }) => {
            listen(index, incoming, sender.clone());
            (outgoing, distance)
        }
        // Nobody is at its other end.
        None => (mpsc::channel(1).0, Distance::Here),
    };
    // Nothing is shared out any more.
    let mut member = Member::new(index, known.joined, link, 1, None);
    member.inbox = Inbox::after(member.joined.instance.clone(), known.batch);
    member.stored = known.batch;
    member.complete = Completeness::until(known.complete);
    // It was said before, as far as it was known.
    member.late = Some(Duration::ZERO);
    member.over = !is_linked;
    match known.over {
        Some(Over::Lost(reason)) => member.lost = Some((Instant::now(), reason)),
        Some(Over::Drained) => {
            // It waits for the word that it may go.
            member.state.last_batch = known.batch;
            member.state.phase = Phase::Ended;
            member.drained = true;
        }
        None => {}
    }
    member
}

/// When the load began. An agent that was not told so before the controller died must not begin any more.
fn begin_us(entries: &[Entry]) -> Option<u64> {
    entries.iter().find_map(|entry| match entry {
        Entry::Event(event) if event.kind == EventKind::LoadStarted => Some(event.at.as_micros()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::{
        super::tests::{joined, plan},
        *,
    };
    use record::AgentEntry;
    use units::Part;

    /// The plan's load ends with this second of the run.
    const END: u64 = 60;

    /// Who is named by a controller that takes up a recording in which agent 0 had all and agent 1 had nothing at first.
    fn doubted(told: &[(usize, AgentNews)]) -> Vec<(usize, u64, u64)> {
        let plan = plan();
        let entry = |agent, news| Entry::Agent(AgentEntry { at: RunTime::START, agent, news });
        let parts = [Some(Part::WHOLE), None];
        let joined = parts
            .into_iter()
            .enumerate()
            .map(|(agent, part)| entry(agent, AgentNews::Joined(Box::new(joined(&plan, agent, None, vec![part; 2])))));
        let entries: Vec<Entry> = joined.chain(told.iter().map(|(agent, news)| entry(*agent, news.clone()))).collect();
        let (agents, _) = Agents::resumed(&entries, &plan, Vec::new());
        let missing = agents.in_doubt(&entries, RunTime::START).into_iter().map(|found| match found {
            Found::Entry(Entry::Agent(AgentEntry { agent, news: AgentNews::Missing { from, to, .. }, .. })) => {
                (agent, from, to)
            }
            other => panic!("{other:?}"),
        });
        missing.collect()
    }

    #[test]
    fn who_was_told_to_take_something_and_has_not_told_of_it_is_in_doubt_from_then_on() {
        let takes = |second| (0, AgentNews::TakenOver { second, by: vec![1] });
        let complete = |second| (1, AgentNews::Complete { second, batch: 1 });
        assert_eq!(doubted(&[complete(15)]), [], "nothing was given to it");
        assert_eq!(doubted(&[takes(20)]), [(1, 20, END)]);
        assert_eq!(doubted(&[takes(20), complete(19)]), [(1, 20, END)], "it has told of nothing since then");
        assert_eq!(doubted(&[takes(20), complete(20)]), [], "it has told of the first second of it, so it knew");
        assert_eq!(
            doubted(&[takes(20), takes(40), complete(25)]),
            [(1, 40, END)],
            "of the second it may not have heard"
        );
        assert_eq!(doubted(&[takes(20), takes(40), complete(10)]), [(1, 20, END)], "of neither may it have heard");
        assert_eq!(doubted(&[takes(20), (1, AgentNews::Drained)]), [], "it ended in order, knowing what it had to");
        let lost = (1, AgentNews::Lost { reason: "killed".to_owned() });
        assert_eq!(doubted(&[takes(20), lost]), [(1, 20, END)], "one that was lost may not have heard either");
    }

    #[test]
    fn so_is_who_joined_with_nothing_and_was_given_something() {
        let shares = |agent, second| (agent, AgentNews::Shares { second, shares: vec![Part::new(1, 2); 2] });
        assert_eq!(doubted(&[shares(1, 30)]), [(1, 30, END)]);
        assert_eq!(doubted(&[shares(0, 30)]), [], "who had something gives some of it, and others answer for that");
    }
}
