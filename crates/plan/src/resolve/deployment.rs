//! How Chirp is deployed: what was written, and whether it makes sense together.
//!
//! A combination is refused when a part of it would have no effect or no meaning, because whoever wrote it expects one:
//! several regions where only one is used, a lease's settings where there is no lease, two answers to the question of who
//! carries the log.

use super::{Resolver, target::Ground};
use crate::{
    mistakes::{Code, Mistake, Span},
    read::{
        Field, Placed as _, Spanned,
        collections::{Mapping, ShortOr},
        values::NameText,
    },
    resolved::{Copies, Deployment, Durability, Engine, Model, Partition, Promotion, SteeringKind, Transport, UserTls},
    text::chirp::ChirpText,
};
use std::collections::BTreeMap;
use units::RegionName;

impl Resolver<'_, '_> {
    /// The deployment of a lab; `None` when something in it could not be read.
    pub(super) fn deployment(&mut self, text: &ChirpText, ground: &Ground) -> Option<Deployment> {
        let clock_offsets = self.by_region(ground, &text.clock_offsets, |offset| offset.0);
        let zones = self.by_region(ground, &text.zones, |zone| zone.0.clone());
        let writer = if text.writer.is_written() { self.region(ground, &text.writer).map(Some) } else { Some(None) };
        let deployment = Deployment {
            model: text.model.value()?.0,
            durability: text.durability.value()?.0,
            resolver: text.resolver.value()?.0,
            engine: text.engine.value()?.0,
            transport: text.transport.value()?.0,
            steering: text.steering.value()?.0,
            edges: u32::try_from(text.edges.value()?.0).ok()?,
            writer: None,
            promotion: text.promotion.value().map_or_else(Promotion::default, |word| word.0),
            failback_after: text.failback_after.value().map_or(Deployment::FAILBACK_AFTER, |time| time.0),
            partition: partition(text)?,
            clock_offsets_ms: BTreeMap::new(),
            zones: zones.clone().unwrap_or_default(),
            cache: text.cache.value()?.0,
            tokens: *text.tokens.value()?,
            tls: user_tls(text)?,
            third_parties: *text.third_parties.value()?,
        };
        let count = ground.sites.len();
        self.one_region(text, deployment.model, count);
        self.without_effect(text, &deployment, count);
        self.engines(text, &deployment);
        if zones.is_some() {
            self.zones_of_all(text, &deployment, ground);
        }
        let is_bad = text.writer.is_bad() || text.promotion.is_bad() || text.failback_after.is_bad();
        let (clock_offsets_ms, zones, writer) = (clock_offsets?, zones?, writer?);
        (!is_bad).then_some(Deployment { writer, clock_offsets_ms, zones, ..deployment })
    }

    /// A single region is one region.
    fn one_region(&mut self, text: &ChirpText, model: Model, count: usize) {
        if model != Model::SingleRegion || count < 2 {
            return;
        }
        let span = text.model.span_or(text.place());
        let mistake =
            Mistake::new(Code::Conflict, span, format!("`single-region` with {count} regions: one would be used"));
        let regions = text.regions.span_or(text.place());
        self.add(
            mistake.also(regions, "the others would stand idle").hint("name the one region, or choose another model"),
        );
    }

    /// What was written, and has nothing to act on.
    fn without_effect(&mut self, text: &ChirpText, deployment: &Deployment, count: usize) {
        let model = deployment.model;
        let one_writer = matches!(model, Model::ActivePassive | Model::ReadReplicas);
        if count == 1 && deployment.durability != Durability::Local {
            let durability = deployment.durability.as_str();
            let message = format!("durability `{durability}` needs another region to be durable in");
            self.unmet(text.durability.span_or(text.place()), message, "add a region, or write durability: local");
        }
        if count == 1 && model.has_lease() {
            let message = format!("`{}` needs at least two regions", model.as_str());
            self.unmet(text.model.span_or(text.place()), message, "add regions, or write model: single-region");
        }
        if text.edges.is_written() && deployment.steering != SteeringKind::Balancer {
            let message = "a lab that is steered by DNS alone has no edges".to_owned();
            self.unmet(text.edges.span_or(text.place()), message, "steering: balancer, or remove `edges`");
        }
        if count == 1 && text.transport.is_written() && deployment.transport == Transport::Nats {
            let message = "a single region has nobody to carry its log to".to_owned();
            self.unmet(text.transport.span_or(text.place()), message, "add a region, or remove `transport`");
        }
        let of_model = [
            ("writer", text.writer.written().map(|field| field.span), one_writer),
            ("promotion", text.promotion.written().map(|field| field.span), model.has_lease()),
            ("failback_after", text.failback_after.written().map(|field| field.span), model.has_lease()),
            ("partition", text.partition.written().map(|field| field.span), model == Model::GeoPartitioned),
            ("zones", text.zones.written().map(|field| field.span), model == Model::GeoPartitioned),
        ];
        for (key, span, has_it) in of_model {
            let Some(span) = span.filter(|_| !has_it) else { continue };
            let message = format!("`{key}` means nothing in the model `{}`", model.as_str());
            let models = match key {
                "writer" => "active-passive and read-replicas",
                "promotion" | "failback_after" => "active-passive, read-replicas and geo-partitioned",
                _ => "geo-partitioned",
            };
            self.unmet(span, message, &format!("remove `{key}`: it belongs to {models}"));
        }
    }

    /// PostgreSQL has one writer and carries its log itself.
    fn engines(&mut self, text: &ChirpText, deployment: &Deployment) {
        if deployment.engine != Engine::Postgres {
            return;
        }
        let engine = text.engine.span_or(text.place());
        if matches!(deployment.model, Model::ActiveActive | Model::GeoPartitioned) {
            let message = format!("PostgreSQL has one writer, `{}` has several", deployment.model.as_str());
            let mistake = Mistake::new(Code::Conflict, text.model.span_or(text.place()), message);
            self.add(
                mistake
                    .also(engine, "the engine")
                    .hint("choose single-region, active-passive or read-replicas, or engine: embedded"),
            );
        }
        let others = [
            (
                "transport",
                text.transport.written().map(|field| field.span),
                "PostgreSQL streams its log to the others itself",
            ),
            ("resolver", text.resolver.written().map(|field| field.span), "with one writer nothing collides"),
        ];
        for (key, span, why) in others {
            let Some(span) = span else { continue };
            let mistake =
                Mistake::new(Code::Conflict, span, format!("`engine: postgres` and `{key}` can't be together"));
            self.add(mistake.also(engine, why).hint(format!("remove `{key}`")));
        }
    }

    /// Copies that stay in a zone need to know each region's.
    fn zones_of_all(&mut self, text: &ChirpText, deployment: &Deployment, ground: &Ground) {
        let zoned = |name: &RegionName| deployment.zones.contains_key(name);
        let missing: Vec<&str> =
            ground.sites.iter().filter(|site| !zoned(&site.name)).map(|site| site.name.as_str()).collect();
        if deployment.partition.copies != Copies::Zone || missing.is_empty() {
            return;
        }
        let message = format!("copies stay in a zone, but {} has none", missing.join(", "));
        let hint = "add zones: {eu-west-1: eu, eu-central-1: eu, us-east-1: us}";
        self.unmet(text.partition.span_or(text.place()), message, hint);
    }

    fn unmet(&mut self, span: Span, message: String, hint: &str) {
        self.add(Mistake::new(Code::Unmet, span, message).hint(hint));
    }

    /// A value for some of the regions; none where nothing was written.
    fn by_region<V, T>(
        &mut self,
        ground: &Ground,
        field: &Field<Mapping<NameText, V>>,
        value: impl Fn(&V) -> T,
    ) -> Option<BTreeMap<RegionName, T>> {
        if field.is_bad() {
            return None;
        }
        let mut found = BTreeMap::new();
        for (region, Spanned { value: given, .. }) in field.value().iter().flat_map(|mapping| &mapping.entries) {
            let name = self.region(ground, &Field::Written(region.clone()))?;
            found.insert(name, value(given));
        }
        field.value().is_none_or(|mapping| mapping.complete).then_some(found)
    }
}

fn user_tls(text: &ChirpText) -> Option<Option<UserTls>> {
    Some(match text.tls.value()? {
        ShortOr::Short(wanted) => wanted.then_some(UserTls { verify: false }),
        ShortOr::Long(tls) => Some(UserTls { verify: *tls.verify.value()? }),
    })
}

fn partition(text: &ChirpText) -> Option<Partition> {
    if text.partition.is_bad() {
        return None;
    }
    let Some(partition) = text.partition.value() else { return Some(Partition::default()) };
    Some(Partition {
        away: partition.away.value()?.0,
        copies: partition.copies.value()?.0,
        takeover: *partition.takeover.value()?,
    })
}
