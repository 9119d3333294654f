//! Which conditions there are, where each can be set, and what value it takes.

use std::fmt;
use std::str::FromStr;

use super::Form;
use crate::defects::Defect;

/// The kinds of processes that conditions are set on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A region.
    Region,
    /// An edge.
    Edge,
    /// The geo-DNS.
    Dns,
    /// A third party.
    Provider,
}

impl Role {
    /// How messages call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Region => "a region",
            Self::Edge => "an edge",
            Self::Dns => "the geo-DNS",
            Self::Provider => "a provider",
        }
    }
}

/// Something that can be wrong with a running process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Condition {
    /// Commits wait.
    StorageStalled,
    /// Commits take longer.
    StorageSlow,
    /// Commits fail: no space is left.
    StorageFull,
    /// Commits fail: the file system is read-only.
    StorageReadOnly,
    /// No log of a peer is read.
    ReplicationStopped,
    /// So many entries of each peer are applied in a second.
    ReplicationThrottled,
    /// Entries of peers are applied so much later.
    ReplicationLag,
    /// Caches do not hear of writes.
    InvalidationsDropped,
    /// Posts are not listed for followers.
    FanOutDropped,
    /// Notifications are forgotten.
    PushesDropped,
    /// Notifications are sent twice.
    PushesRepeated,
    /// The wall clock is wrong.
    ClockOffset,
    /// The wall clock goes too fast or too slow.
    ClockDrift,
    /// The wall clock jumps to and fro.
    ClockStrobe,
    /// The health check says "fine", whatever is.
    HealthGreen,
    /// The health check says "failing", whatever is.
    HealthRed,
    /// The health check says the one and the other in turn.
    HealthFlapping,
    /// Answers come later.
    HttpDelay,
    /// Answers are errors.
    HttpErrors,
    /// Bodies of answers are not what they should be.
    HttpBody,
    /// There is no key to check tokens with.
    TokenKeyMissing,
    /// The certificate that users are shown is none that they accept.
    Certificate,
    /// More requests in a second are refused.
    RateLimit,
    /// Something in the process computes, and what it serves waits.
    ProcessorTaken,
    /// Something in the process holds memory.
    MemoryTaken,
    /// The name is not answered as it should be.
    DnsFails,
    /// Answers of the geo-DNS come later.
    DnsSlow,
    /// What the geo-DNS knows of health stays as it is.
    DnsFrozen,
    /// Answers of the geo-DNS may be kept for another time.
    DnsTtl,
    /// Askers are sent to this target, whatever is wrong with it.
    DnsSends,
    /// Askers are not sent to this target, though nothing is wrong with it.
    DnsAvoids,
    /// Answers of the provider come later.
    ProviderSlow,
    /// Calls are answered 500.
    ProviderFails,
    /// Calls are not answered.
    ProviderHangs,
    /// Connections are closed when something is asked.
    ProviderRefuses,
}

/// What is to be known of a condition.
struct About {
    condition: Condition,
    name: &'static str,
    at: &'static [Role],
    form: Form,
    /// Whether it can be for a share of the events.
    shared: bool,
    text: &'static str,
}

const REGION: &[Role] = &[Role::Region];
const SERVERS: &[Role] = &[Role::Region, Role::Edge];
const DNS: &[Role] = &[Role::Dns];
const PROVIDER: &[Role] = &[Role::Provider];

const fn whole(condition: Condition, name: &'static str, at: &'static [Role], form: Form, text: &'static str) -> About {
    About { condition, name, at, form, shared: false, text }
}

const fn shared(
    condition: Condition,
    name: &'static str,
    at: &'static [Role],
    form: Form,
    text: &'static str,
) -> About {
    About { condition, name, at, form, shared: true, text }
}

/// In the order of [`Condition`].
const TABLE: &[About] = &[
    whole(
        Condition::StorageStalled,
        "storage-stalled",
        REGION,
        Form::Nothing,
        "commits wait, and nothing returns an error; reads go on",
    ),
    whole(Condition::StorageSlow, "storage-slow", REGION, Form::Time, "every commit takes so much longer"),
    whole(
        Condition::StorageFull,
        "storage-full",
        REGION,
        Form::Nothing,
        "every commit fails: no space is left; reads go on",
    ),
    whole(
        Condition::StorageReadOnly,
        "storage-read-only",
        REGION,
        Form::Nothing,
        "every commit fails: the file system has become read-only; reads go on",
    ),
    whole(
        Condition::ReplicationStopped,
        "replication-stopped",
        REGION,
        Form::Nothing,
        "the region does not read what others write",
    ),
    whole(
        Condition::ReplicationThrottled,
        "replication-throttled",
        REGION,
        Form::PerSecond,
        "the region takes in no more than so many entries of its peers in a second, such as 20/s",
    ),
    whole(
        Condition::ReplicationLag,
        "replication-lag",
        REGION,
        Form::Time,
        "the region takes in each entry of a peer so long after it could have",
    ),
    shared(
        Condition::InvalidationsDropped,
        "invalidations-dropped",
        SERVERS,
        Form::Nothing,
        "caches do not hear of writes, and go on giving what they keep",
    ),
    shared(
        Condition::FanOutDropped,
        "fan-out-dropped",
        REGION,
        Form::Nothing,
        "posts are not put into followers' time lines in this region, for ever",
    ),
    shared(Condition::PushesDropped, "pushes-dropped", REGION, Form::Nothing, "notifications of posts are forgotten"),
    shared(
        Condition::PushesRepeated,
        "pushes-repeated",
        REGION,
        Form::Nothing,
        "notifications of posts are queued twice",
    ),
    whole(
        Condition::ClockOffset,
        "clock-offset",
        REGION,
        Form::Offset,
        "the wall clock is ahead by so much, or behind: -500ms",
    ),
    whole(
        Condition::ClockDrift,
        "clock-drift",
        REGION,
        Form::Drift,
        "from now on the wall clock goes so much too fast, or too slow: 200ppm",
    ),
    whole(
        Condition::ClockStrobe,
        "clock-strobe",
        REGION,
        Form::Strobe,
        "the wall clock jumps ahead and back again and again: 500ms/200ms is by how much, and how often",
    ),
    whole(Condition::HealthGreen, "health-green", SERVERS, Form::Nothing, "/healthz answers 200, whatever is wrong"),
    shared(Condition::HealthRed, "health-red", SERVERS, Form::Nothing, "/healthz answers 503, however well all is"),
    whole(
        Condition::HealthFlapping,
        "health-flapping",
        SERVERS,
        Form::Time,
        "/healthz fails for half of this time and is what it is for the other half, again and again",
    ),
    shared(Condition::HttpDelay, "http-delay", SERVERS, Form::Time, "answers to users come so much later"),
    shared(
        Condition::HttpErrors,
        "http-errors",
        SERVERS,
        Form::Status,
        "users get this status instead of an answer, and nothing is done",
    ),
    shared(
        Condition::HttpBody,
        "http-body",
        SERVERS,
        Form::OneOf(&["emptied", "truncated", "garbled"]),
        "users get the status of the answer with another body",
    ),
    whole(
        Condition::TokenKeyMissing,
        "token-key-missing",
        SERVERS,
        Form::Nothing,
        "tokens can be neither given nor checked, and whoever needs one is refused",
    ),
    whole(
        Condition::Certificate,
        "certificate",
        SERVERS,
        Form::OneOf(&["expired", "other-name", "missing"]),
        "whoever connects is shown a certificate that has expired or is of another name, or none",
    ),
    whole(
        Condition::RateLimit,
        "rate-limit",
        REGION,
        Form::PerSecond,
        "of users' requests so many are let in each second, the rest gets 429: 50/s",
    ),
    shared(
        Condition::ProcessorTaken,
        "processor-taken",
        REGION,
        Form::Nothing,
        "something else computes on the thread that serves, for a share of the time: at most 90%",
    ),
    whole(
        Condition::MemoryTaken,
        "memory-taken",
        REGION,
        Form::Memory,
        "so much memory is taken and used for nothing: 256MiB",
    ),
    shared(
        Condition::DnsFails,
        "dns-fails",
        DNS,
        Form::OneOf(&["servfail", "nxdomain", "refused", "empty", "silence"]),
        "the name is answered with this error, with no address, or not at all",
    ),
    shared(Condition::DnsSlow, "dns-slow", DNS, Form::Time, "answers come so much later"),
    whole(
        Condition::DnsFrozen,
        "dns-frozen",
        DNS,
        Form::Nothing,
        "what is known of health stays as it is: the name is answered as if nothing had changed since",
    ),
    whole(Condition::DnsTtl, "dns-ttl", DNS, Form::Time, "answers may be kept so long, in whole seconds"),
    shared(
        Condition::DnsSends,
        "dns-sends",
        DNS,
        Form::Place,
        "askers are sent to this region (or edge), whether it is near, well, draining or not",
    ),
    shared(
        Condition::DnsAvoids,
        "dns-avoids",
        DNS,
        Form::Place,
        "askers are sent elsewhere than to this region (or edge), where there is an elsewhere",
    ),
    whole(Condition::ProviderSlow, "provider-slow", PROVIDER, Form::Time, "each answer comes so much later"),
    shared(Condition::ProviderFails, "provider-fails", PROVIDER, Form::Nothing, "calls are answered 500"),
    whole(
        Condition::ProviderHangs,
        "provider-hangs",
        PROVIDER,
        Form::Nothing,
        "calls are not answered; when it is over their connections are closed",
    ),
    whole(
        Condition::ProviderRefuses,
        "provider-refuses",
        PROVIDER,
        Form::Nothing,
        "connections are closed when something is asked",
    ),
];

impl Condition {
    /// All there are.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|about| about.condition)
    }

    fn about(self) -> &'static About {
        &TABLE[self as usize]
    }

    /// The name that people use.
    pub(crate) fn name(self) -> &'static str {
        self.about().name
    }

    /// What it does.
    pub(crate) fn description(self) -> &'static str {
        self.about().text
    }

    /// What value it takes.
    pub(crate) fn form(self) -> Form {
        self.about().form
    }

    /// Whether it can be for a share of what happens.
    pub(crate) fn takes_share(self) -> bool {
        self.about().shared
    }

    /// Whether it can be for the calls of one region only.
    pub(crate) fn takes_region(self) -> bool {
        self.about().at == PROVIDER
    }

    /// Whether a process of this kind can have it.
    pub(crate) fn is_of(self, role: Role) -> bool {
        self.about().at.contains(&role)
    }

    /// Its bit.
    pub(super) fn bit(self) -> u64 {
        1 << self as u32
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// What can be set on a running process: a condition, or a defect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Name {
    /// A condition.
    Condition(Condition),
    /// A defence that is taken away.
    Defect(Defect),
}

impl Name {
    /// As people write it.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Condition(condition) => condition.name(),
            Self::Defect(defect) => defect.name(),
        }
    }

    /// What it does.
    pub(crate) fn description(self) -> &'static str {
        match self {
            Self::Condition(condition) => condition.description(),
            Self::Defect(defect) => defect.description(),
        }
    }

    /// What value it takes.
    pub(crate) fn form(self) -> Form {
        match self {
            Self::Condition(condition) => condition.form(),
            Self::Defect(_) => Form::Nothing,
        }
    }
}

/// A name that is neither.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is neither a condition nor a defect; `chirp conditions` and `chirp defects` list them")]
pub(crate) struct UnknownName(String);

impl FromStr for Name {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let condition = Condition::all().find(|condition| condition.name() == text);
        let defect = || text.parse::<Defect>().ok().map(Self::Defect);
        condition.map(Self::Condition).or_else(defect).ok_or_else(|| UnknownName(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[test]
    fn every_condition_is_in_its_place_is_found_by_its_name_and_says_what_it_does() {
        assert!(TABLE.len() <= 64, "each has a bit");
        for (index, about) in TABLE.iter().enumerate() {
            assert_eq!(about.condition as usize, index, "{}", about.name);
            assert_eq!(about.name.parse::<Name>().unwrap(), Name::Condition(about.condition));
            assert!(about.text.len() > 20 && !about.at.is_empty(), "{}", about.name);
        }
        assert_eq!("no-fencing".parse::<Name>().unwrap(), Name::Defect(Defect::NoFencing));
        assert!("no-such-thing".parse::<Name>().is_err());
    }
}
