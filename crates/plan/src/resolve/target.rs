//! `target`: the regions that everything else refers to, and how users reach them.

use super::Resolver;
use crate::{
    geography::Place,
    mistakes::{Code, Mistake, Span},
    read::{Field, Placed as _, Spanned, collections::ShortOr, similar, values::NameText, web::BaseUrl},
    resolved::{ChirpLab, Deployment, Endpoint, Entry, Region, ResolvedPlan, Routing, ServedBy, Target, TlsTrust},
    source::NamedFile,
    text::{
        PlanText,
        chirp::ChirpText,
        target::{EndpointText, RoutingWord, TargetText, TlsWord},
    },
};
use std::{net::IpAddr, time::Duration};
use units::RegionName;

/// Chirp's defects, by the names that `chirp` itself knows them by.
pub const CHIRP_DEFECTS: [&str; 25] = [
    "ack-before-durable",
    "drop-replication",
    "shallow-health",
    "dns-never-moves",
    "no-idempotency",
    "frozen-lag-gauge",
    "retries-without-budget",
    "no-outlier-ejection",
    "edge-keeps-dead-connections",
    "forgotten-tombstones",
    "wall-clock-stamps",
    "accept-any-token",
    "no-fencing",
    "failback-overwrites",
    "ignore-session-token",
    "residency-leak",
    "split-home",
    "no-circuit-breaker",
    "retries-without-backoff",
    "no-fallback",
    "no-invalidation",
    "unversioned-cache",
    "no-single-flight",
    "no-load-shedding",
    "trim-unconfirmed",
];

/// Regions at most: each has its own loopback network in a lab, and each population a path to each.
const REGIONS_MAX: usize = 20;

/// How many others a user of Chirp follows, where the plan says nothing and there are enough.
const FOLLOWS: u64 = 20;

/// Larger files of certificates are refused.
const CERTIFICATES_BYTES_MAX: u64 = 1 << 20;

/// What the target is to the rest of the plan.
pub(crate) struct Ground {
    /// The target, when it could be resolved.
    pub(crate) target: Option<Target>,
    /// The regions, by index.
    pub(crate) sites: Vec<Site>,
    /// Every region was readable: a name that isn't among them is surely wrong.
    pub(crate) complete: bool,
    /// What kind of target it is; `None` when that isn't clear.
    pub(crate) kind: Option<Kind>,
    /// Users have emulated paths.
    pub(crate) emulated: bool,
    /// Users that exist from the start, for a lab.
    pub(crate) users: u64,
}

/// The kinds of target, as far as the rest of the plan depends on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A lab: processes that can be killed, links that can be cut.
    Lab,
    /// Somebody's own service.
    Attached,
}

/// A region as far as it is known.
pub(crate) struct Site {
    /// Its name in the plan.
    pub(crate) name: RegionName,
    /// Where it was named.
    pub(crate) span: Span,
    /// Where it stands, if the atlas knows.
    pub(crate) place: Option<Place>,
}

impl Ground {
    /// What a resolved plan's target is to a fault that is given while it is carried out.
    pub(crate) fn of(plan: &ResolvedPlan) -> Self {
        let site = |region: &Region| Site { name: region.name.clone(), span: Span::default(), place: None };
        let (kind, users) = match &plan.target {
            Target::Chirp(chirp) => (Kind::Lab, u64::from(chirp.users)),
            Target::Attached { .. } => (Kind::Attached, 0),
        };
        Self {
            target: Some(plan.target.clone()),
            sites: plan.regions.iter().map(site).collect(),
            complete: true,
            kind: Some(kind),
            emulated: plan.populations.iter().any(|population| !population.paths.is_empty()),
            users,
        }
    }

    /// How Chirp is deployed, if it is a lab whose deployment makes sense.
    pub(crate) fn deployment(&self) -> Option<&Deployment> {
        match &self.target {
            Some(Target::Chirp(chirp)) => Some(&chirp.deployment),
            _ => None,
        }
    }

    /// How many edges stand at each region's place, if it is a lab whose deployment makes sense.
    pub(crate) fn edges(&self) -> Option<u32> {
        self.deployment().map(|deployment| deployment.edges)
    }

    /// The regions of the resolved plan.
    pub(super) fn regions(&self) -> Option<Vec<Region>> {
        let region = |site: &Site| {
            let place = site.place.as_ref()?;
            let (latitude, longitude) = (place.latitude, place.longitude);
            Some(Region { name: site.name.clone(), place: place.code.clone(), latitude, longitude })
        };
        self.sites.iter().map(region).collect()
    }

    /// There are regions that users can be nearest to, or there would be if the plan's mistakes were mended.
    pub(super) fn has_regions(&self) -> bool {
        !self.sites.is_empty() || !self.complete
    }

    /// The target is surely no lab.
    pub(crate) fn is_attached(&self) -> bool {
        self.kind == Some(Kind::Attached)
    }
}

impl Resolver<'_, '_> {
    pub(super) fn target(&mut self, text: &PlanText) -> Ground {
        let nothing =
            || Ground { target: None, sites: Vec::new(), complete: false, kind: None, emulated: false, users: 0 };
        let Some(Spanned { value: target, span }) = text.target.written() else { return nothing() };
        if target.chirp.is_written() {
            self.chirp_alone(target);
            target.chirp.written().map_or_else(nothing, |chirp| self.chirp(&chirp.value))
        } else if target.entry.is_written() || target.endpoints.is_written() {
            self.attached(target)
        } else {
            let mistake =
                Mistake::new(Code::Missing, *span, "the target is neither `chirp` nor has it `entry` or `endpoints`");
            self.add(
                mistake.hint(
                    "write chirp: {regions: [us-east-1, eu-west-1]}, or endpoints: {eu-west-1: http://HOST:PORT}",
                ),
            );
            nothing()
        }
    }

    fn chirp_alone(&mut self, target: &TargetText) {
        let chirp = target.chirp.span_or(target.place());
        let others = [
            ("entry", target.entry.written().map(|field| field.span)),
            ("resolver", target.resolver.written().map(|field| field.span)),
            ("endpoints", target.endpoints.written().map(|field| field.span)),
            ("routing", target.routing.written().map(|field| field.span)),
            ("served_by", target.served_by.written().map(|field| field.span)),
            ("tls", target.tls.written().map(|field| field.span)),
            ("emulate_paths", target.emulate_paths.written().map(|field| field.span)),
        ];
        for (key, span) in others {
            let Some(span) = span else { continue };
            let mistake = Mistake::new(Code::Conflict, span, format!("`chirp` and `{key}` can't be together"));
            self.add(mistake.also(chirp, "Chirp's lab brings its own").hint(format!("remove `{key}`, or `chirp`")));
        }
    }

    fn chirp(&mut self, text: &ChirpText) -> Ground {
        let list = text.regions.value();
        let named = list.iter().flat_map(|list| &list.items).map(|item| (item, None)).collect();
        let (sites, unique) = self.sites(named, false);
        let ground = Ground {
            target: None,
            // A region that the atlas doesn't know is probably one that faults name rightly.
            complete: unique && list.is_some_and(|list| list.complete) && sites.iter().all(|site| site.place.is_some()),
            sites,
            kind: Some(Kind::Lab),
            emulated: true,
            users: text.users.value().map_or(1, |users| users.0),
        };
        let deployment = self.deployment(text, &ground);
        let target = self.chirp_lab(text, deployment);
        Ground { target: target.map(Target::Chirp), ..ground }
    }

    fn chirp_lab(&mut self, text: &ChirpText, deployment: Option<Deployment>) -> Option<ChirpLab> {
        for defect in text.defects.value().iter().flat_map(|list| &list.items) {
            if !CHIRP_DEFECTS.contains(&defect.value.as_str()) {
                let message = format!("Chirp has no defect `{}`", defect.value);
                let mistake = Mistake::new(Code::UnknownName, defect.span, message);
                self.add(mistake.hint(similar::hint(&defect.value, &CHIRP_DEFECTS).unwrap_or_default()));
            }
        }
        let dns_ttl = text.dns_ttl.value()?.0;
        if dns_ttl.subsec_nanos() != 0 {
            let mistake = Mistake::new(Code::OutOfRange, text.dns_ttl.span_or(text.place()), "a TTL is whole seconds");
            self.add(mistake.hint(format!("write {}s", dns_ttl.as_secs() + 1)));
        }
        let users = text.users.value()?.0;
        let follows = match text.follows_per_user.written() {
            Some(follows) if follows.value.0 >= users => {
                let message =
                    format!("each user can't follow {} others when there are {users} in all", follows.value.0);
                let mistake = Mistake::new(Code::OutOfRange, follows.span, message);
                self.add(mistake.hint(format!("follows_per_user: {} at most", users - 1)));
                return None;
            }
            Some(follows) => follows.value.0,
            None => FOLLOWS.min(users - 1),
        };
        Some(ChirpLab {
            defects: text.defects.value().iter().flat_map(|list| &list.items).map(|item| item.value.clone()).collect(),
            dns_ttl,
            health_interval: text.health_interval.value()?.0,
            failures_to_unhealthy: whole(text.failures_to_unhealthy.value()?.0),
            successes_to_healthy: whole(text.successes_to_healthy.value()?.0),
            users: whole(users),
            follows_per_user: whole(follows),
            port: text.port.value().map(|port| u16::try_from(port.0).expect("the reader limits ports")),
            cuts: text.cuts.value()?.0,
            deployment: deployment?,
        })
    }

    fn attached(&mut self, text: &TargetText) -> Ground {
        let mapping = text.endpoints.value();
        let entries = mapping.map_or(&[][..], |mapping| &mapping.entries);
        let named = entries.iter().map(|(name, endpoint)| (name, place(&endpoint.value))).collect();
        let (sites, unique) = self.sites(named, true);
        let entry = self.entry(text);
        let served_by = served_by(text);
        let trust = self.trust_of(text);
        let endpoints: Option<Vec<Endpoint>> = entries.iter().map(|(_, value)| endpoint(&value.value)).collect();
        let emulated = self.emulated(text, entries.iter().map(|(_, value)| url(&value.value)));
        let target =
            (|| Some(Target::Attached { entry: entry?, endpoints: endpoints?, served_by: served_by?, trust: trust? }))(
            );
        Ground {
            target,
            complete: unique && !text.endpoints.is_bad() && mapping.is_none_or(|mapping| mapping.complete),
            sites,
            kind: Some(Kind::Attached),
            emulated,
            users: 0,
        }
    }

    /// Looks the places up; the second value says whether the names differ and aren't too many.
    fn sites(
        &mut self,
        named: Vec<(&Spanned<NameText>, Option<&Spanned<NameText>>)>,
        own_names: bool,
    ) -> (Vec<Site>, bool) {
        if let Some((extra, _)) = named.get(REGIONS_MAX) {
            let message = format!("{} regions, at most {REGIONS_MAX} are possible", named.len());
            self.add(Mistake::new(Code::OutOfRange, extra.span, message));
            return (Vec::new(), false);
        }
        let mut sites: Vec<Site> = Vec::new();
        for (name, place) in named {
            if let Some(first) = sites.iter().find(|site| site.name.as_str() == name.value.0) {
                let mistake =
                    Mistake::new(Code::DuplicateName, name.span, format!("region `{}` is named twice", name.value.0));
                self.add(mistake.also(first.span, "first named here"));
                continue;
            }
            let place = self.place(place.unwrap_or(name), own_names && place.is_none());
            self.region_name(name, place.as_ref());
            sites.push(Site { name: RegionName::new(&name.value.0), span: name.span, place });
        }
        (sites, true)
    }

    /// Regions' names become names of folders, header values and labels, so they are plain words.
    fn region_name(&mut self, name: &Spanned<NameText>, place: Option<&Place>) {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if !name.value.0.chars().all(plain) || name.value.0.starts_with('.') {
            let message = format!("`{}` can't be the name of a region", name.value.0);
            let mistake = Mistake::new(Code::Malformed, name.span, message);
            self.add(match place {
                Some(place) => mistake.hint(format!("write its code: {}", place.code)),
                None => mistake.hint("ASCII letters, digits and any of - _ ."),
            });
        }
    }

    /// The place with that code or alias; `or_give` adds that a place can be given beside a name.
    pub(super) fn place(&mut self, code: &Spanned<NameText>, or_give: bool) -> Option<Place> {
        let found = self.geography.place(&code.value.0);
        if found.is_none() {
            let message = format!("no place of the atlas is called `{}`", code.value.0);
            let similar = self.geography.similar_places(&code.value.0);
            let meant = match similar.as_slice() {
                [] => "codes are those of the cloud providers, such as eu-west-1.".to_owned(),
                [first, rest @ ..] => {
                    let rest: Vec<String> = rest.iter().take(4).map(|code| format!("`{code}`")).collect();
                    let others = if rest.is_empty() { String::new() } else { format!(" (or {})", rest.join(", ")) };
                    format!("did you mean `{first}`{others}?")
                }
            };
            let own = if or_give { " A name of your own needs its place: {url: …, place: eu-west-1}" } else { "" };
            self.add(Mistake::new(Code::UnknownName, code.span, message).hint(format!("{meant}{own}")));
        }
        found
    }

    fn entry(&mut self, text: &TargetText) -> Option<Entry> {
        let span = text.routing.span_or(text.place());
        if text.entry.is_written() {
            if text.routing.is_written() {
                let mistake = Mistake::new(Code::Conflict, span, "`entry` and `routing` can't be together");
                let entry = text.entry.span_or(text.place());
                self.add(mistake.also(entry, "who asks this name goes where it says").hint("remove one of them"));
            }
            return Some(Entry::Name { url: text.entry.value()?.text(), resolver: text.resolver.value().copied() });
        }
        if let Some(resolver) = text.resolver.written() {
            let mistake =
                Mistake::new(Code::Unmet, resolver.span, "`resolver` without `entry`: there is no name to ask it for");
            self.add(mistake.hint("add entry: http://NAME:PORT, or remove `resolver`"));
        }
        Some(Entry::Endpoints { routing: routing(text)? })
    }

    fn trust_of(&mut self, text: &TargetText) -> Option<TlsTrust> {
        match text.tls.value()? {
            ShortOr::Short(word) => Some(match word.0 {
                TlsWord::Public => TlsTrust::Public,
                TlsWord::Anything => TlsTrust::Anything,
            }),
            ShortOr::Long(file) => {
                let file = file.file.written()?;
                let named = NamedFile::beside(self.mistakes.source(), &file.value);
                let problem = match named.read(CERTIFICATES_BYTES_MAX) {
                    Err(problem) => Some(problem),
                    Ok(text) => (!text.contains("-----BEGIN CERTIFICATE-----"))
                        .then(|| "there is no PEM certificate in it".to_owned()),
                };
                if let Some(problem) = problem {
                    let message = format!("the certificates {:?} can't be used: {problem}", file.value);
                    self.add(Mistake::new(Code::File, file.span, message).hint(named.looked_for()));
                }
                Some(TlsTrust::File { path: file.value.clone() })
            }
        }
    }

    fn emulated<'u>(&mut self, text: &TargetText, mut urls: impl Iterator<Item = Option<&'u BaseUrl>>) -> bool {
        let known = text.endpoints.is_written();
        match text.emulate_paths.written() {
            Some(wanted) if wanted.value && !known => {
                let message = "paths can't be emulated when no endpoints are known";
                let hint = "add `endpoints` with each region's own address, or remove `emulate_paths`";
                self.add(Mistake::new(Code::Unmet, wanted.span, message).hint(hint));
                false
            }
            Some(wanted) => wanted.value,
            None => known && urls.all(|url| url.is_some_and(BaseUrl::is_loopback)),
        }
    }
}

fn routing(text: &TargetText) -> Option<Routing> {
    const AVOID: Duration = Duration::from_secs(10);
    match &text.routing {
        Field::Bad => None,
        Field::Absent => Some(Routing::Failover { avoid: AVOID }),
        Field::Default(value) | Field::Written(Spanned { value, .. }) => match value {
            ShortOr::Short(word) => Some(match word.0 {
                RoutingWord::Nearest => Routing::Nearest,
                RoutingWord::Failover => Routing::Failover { avoid: AVOID },
            }),
            ShortOr::Long(long) => Some(Routing::Failover { avoid: long.failover.value()?.avoid.value()?.0 }),
        },
    }
}

fn served_by(text: &TargetText) -> Option<ServedBy> {
    match text.served_by.value()? {
        ShortOr::Short(_) => Some(ServedBy::Address),
        ShortOr::Long(long) => Some(ServedBy::Header { name: long.header.value()?.0.to_lowercase() }),
    }
}

type EndpointValue = ShortOr<BaseUrl, EndpointText>;

fn url(endpoint: &EndpointValue) -> Option<&BaseUrl> {
    match endpoint {
        ShortOr::Short(url) => Some(url),
        ShortOr::Long(long) => long.url.value(),
    }
}

fn place(endpoint: &EndpointValue) -> Option<&Spanned<NameText>> {
    match endpoint {
        ShortOr::Short(_) => None,
        ShortOr::Long(long) => long.place.written(),
    }
}

fn endpoint(value: &EndpointValue) -> Option<Endpoint> {
    let addresses: Vec<IpAddr> = match value {
        ShortOr::Short(_) => Vec::new(),
        ShortOr::Long(long) => {
            long.addresses.value().iter().flat_map(|list| &list.items).map(|item| item.value).collect()
        }
    };
    Some(Endpoint { url: url(value)?.text(), addresses })
}

fn whole(number: u64) -> u32 {
    u32::try_from(number).expect("the reader limits it")
}
