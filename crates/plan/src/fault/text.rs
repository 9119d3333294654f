//! `faults`: what breaks, and when, as it is written.

use super::{
    Proving, certificate::CertificateText, clock::ClockText, command::CommandText, connect_refused::ConnectRefusedText,
    connect_slow::ConnectSlowText, connections_cut::ConnectionsCutText, defect::DefectText, dependency::DependencyText,
    deploy::DeployText, dns::DnsText, evacuation::EvacuationText, fan_out::FanOutText, health_check::HealthCheckText,
    http::HttpText, key_missing::KeyMissingText, link_bandwidth::LinkBandwidthText, link_bytes::LinkBytesText,
    link_delay::LinkDelayText, link_loss::LinkLossText, link_mtu::LinkMtuText, link_stall::LinkStallText,
    network_split::NetworkSplitText, noisy_neighbour::NoisyNeighbourText, partition::PartitionText,
    pressure::PressureText, process::ProcessText, promotion::PromotionText, region_isolated::RegionIsolatedText,
    region_loss::RegionLossText, region_paused::RegionPausedText, region_slow::RegionSlowText,
    replication::ReplicationText, storage::StorageText,
};
use crate::read::{
    collections::List,
    section::section,
    units_read::{DAY_MS, Time},
    values::{NameText, Whole},
    words::{Word, Words},
};

section! {
    /// Something that breaks: injected, proven to have its effect, healed, proven to be gone.
    FaultText "a fault" (exactly one of "region-loss", "region-paused", "region-slow", "evacuation", "region-isolated", "partition", "network-split", "link-delay", "link-loss", "link-bandwidth", "noisy-neighbour", "link-stall", "link-mtu", "link-bytes", "connect-slow", "connect-refused", "connections-cut", "storage", "replication", "promotion", "fan-out", "clock", "dns", "health-check", "certificate", "http", "process", "pressure", "key-missing", "dependency", "deploy", "defect", "command") {
        /// Its name, unique among the faults. Default: its kind and regions (`region-loss eu-west-1`).
        optional "name" name: NameText;
        /// Every process of the region is killed, and started again at the end. Chirp only.
        optional "region-loss" region_loss: RegionLossText;
        /// Every process of a region stands still, and goes on at the end. Chirp only.
        optional "region-paused" region_paused: RegionPausedText;
        /// Every process of a region runs a part of the time only: it is slow, not dead. Chirp only.
        optional "region-slow" region_slow: RegionSlowText;
        /// Users are led away from a region, and back at the end, in steps with a `ramp`. Chirp only.
        optional "evacuation" evacuation: EvacuationText;
        /// The region runs but can't be reached.
        optional "region-isolated" region_isolated: RegionIsolatedText;
        /// Two regions can't reach each other. Chirp only.
        optional "partition" partition: PartitionText;
        /// The link between two regions, or between all users and a region, is slower.
        optional "link-delay" link_delay: LinkDelayText;
        /// Several pairs of regions can't reach each other, in a shape. Chirp only.
        optional "network-split" network_split: NetworkSplitText;
        /// Segments are lost on a link. Over a stream that is a delay: see the page.
        optional "link-loss" link_loss: LinkLossText;
        /// A link is thin, for all its connections together.
        optional "link-bandwidth" link_bandwidth: LinkBandwidthText;
        /// Somebody else's traffic takes a part of a link: less is left, and what passes waits behind it.
        optional "noisy-neighbour" noisy_neighbour: NoisyNeighbourText;
        /// A link stands still: connections open, bytes are held, and come out together when it ends.
        optional "link-stall" link_stall: LinkStallText;
        /// Large packets vanish, small ones pass: connections open, short requests work, long answers hang.
        optional "link-mtu" link_mtu: LinkMtuText;
        /// A middlebox hands bytes on in pieces, resets connections after so many of them, or closes late.
        optional "link-bytes" link_bytes: LinkBytesText;
        /// New connections take longer to open; what is open is as fast as before.
        optional "connect-slow" connect_slow: ConnectSlowText;
        /// New connections are refused; what is open lives on.
        optional "connect-refused" connect_refused: ConnectRefusedText;
        /// Connections that are open when it comes are reset at once, or dead without a word; new ones live.
        optional "connections-cut" connections_cut: ConnectionsCutText;
        /// The storage of a region hangs, is slow, full or read-only. Chirp only.
        optional "storage" storage: StorageText;
        /// A region falls behind the others, though every link is whole. Chirp only.
        optional "replication" replication: ReplicationText;
        /// Another region is made the one that writes, and the preferred one again at the end. Chirp only.
        optional "promotion" promotion: PromotionText;
        /// Posts don't reach the time lines of followers in a region. Chirp only.
        optional "fan-out" fan_out: FanOutText;
        /// The wall clock of a region is wrong. Chirp only.
        optional "clock" clock: ClockText;
        /// The geo-DNS answers wrongly, late, or as if nothing had happened. Chirp only.
        optional "dns" dns: DnsText;
        /// The health check of some regions says what is not so. Chirp only.
        optional "health-check" health_check: HealthCheckText;
        /// Whoever connects to a region is shown a certificate that users don't accept, or none. Chirp with `tls` only.
        optional "certificate" certificate: CertificateText;
        /// The answers of a region to its users are late, errors, or have another body. Chirp only.
        optional "http" http: HttpText;
        /// A process that is no region is killed or stands still: an edge, or the geo-DNS. Chirp only.
        optional "process" process: ProcessText;
        /// The process of a region runs short of processor, memory or descriptors. Chirp only.
        optional "pressure" pressure: PressureText;
        /// A region has no key: tokens can be neither given nor checked at its place. Chirp with `tokens` only.
        optional "key-missing" key_missing: KeyMissingText;
        /// A third party is slow, fails, hangs or is gone, for all regions or for one. Chirp with `third_parties` only.
        optional "dependency" dependency: DependencyText;
        /// Some regions run another version: drained, stopped in order, started as that, and back at the end. Chirp only.
        optional "deploy" deploy: DeployText;
        /// A defence of Chirp is away for a while. Chirp only.
        optional "defect" defect: DefectText;
        /// Whatever your own commands break.
        optional "command" command: CommandText;
        /// When it is injected, after the load's start. Needed, but in `chaos`, which draws it.
        optional "at" at: Time<0, DAY_MS>;
        /// It is injected up to this much later than `at`: another moment for each seed, the same for the same one.
        optional "start_jitter" start_jitter: Time<0, 3_600_000> = "0s";
        /// How long it lasts, each time, at least 1s.
        required "for" duration: Time<1_000, DAY_MS>;
        /// How it rises and falls, inside of its time. Default: at once.
        optional "ramp" ramp: RampText;
        /// How often it comes. Default: once.
        optional "repeat" repeat: RepeatText;
        /// Who is not hit. Default: nobody is spared.
        optional "exempt" exempt: ExemptText;
        /// Whoever applies it heals it by itself when it isn't renewed for this long, 1s to 10m.
        optional "lease" lease: Time<1_000, 600_000> = "15s";
        /// Which proofs are wanted, and how long they may take.
        optional "verify" verify: VerifyText;
        /// The same as `verify: {within: …}`.
        optional "verify_within" verify_within: Time<100, 600_000>;
    }
}

section! {
    /// How a fault rises and falls: in up to 20 steps, for those that have a strength.
    RampText "ramp" {
        /// From nothing to its full strength, at most 1h.
        optional "on" on: Time<0, 3_600_000> = "0s";
        /// From its full strength to nothing, at most 1h.
        optional "off" off: Time<0, 3_600_000> = "0s";
    }
}

section! {
    /// How often a fault comes: a link that flaps, a loss that rolls over the regions.
    RepeatText "repeat" {
        /// In all.
        required "times" times: Whole<2, 1_000>;
        /// From one injection to the next; longer than `for`.
        required "every" every: Time<1_000, DAY_MS>;
        /// Each time it hits the next of its regions, and not all of them.
        optional "rolling" rolling: bool = "false";
    }
}

section! {
    /// Who is not hit by a fault of links.
    ExemptText "exempt" {
        /// The links of these users stay whole.
        optional "populations" populations: List<NameText>;
        /// The links with these regions stay whole.
        optional "regions" regions: List<NameText>;
    }
}

section! {
    /// Which proofs of a fault are wanted.
    VerifyText "verify" {
        /// That it has its effect: `prove` by measuring, `skip` (not tried, so the verdict is inconclusive), or `assume` (not
        /// tried and taken for granted, which the report says).
        optional "effect" effect: Word<Proving> = "prove";
        /// That the effect is gone: the same words.
        optional "removal" removal: Word<Proving> = "prove";
        /// The longest that each proof may take; at most the fault's time at full strength. Default: 10s, or that time where it is
        /// shorter.
        optional "within" within: Time<100, 600_000>;
    }
}

impl Words for Proving {
    const WORDS: &'static [(&'static str, Self)] =
        &[("prove", Self::Prove), ("skip", Self::Skip), ("assume", Self::Assume)];
}
