//! What runs where, for people: what `chirp topology` prints.

use std::fmt::Write as _;

use crate::config::{Away, Config, Copies, Deployment, Model, TlsFiles};

/// The deployment of a configuration.
pub(crate) fn topology(config: &Config) -> String {
    let mut text = String::new();
    write_all(&mut text, config).expect("a string takes every write");
    text
}

fn write_all(text: &mut String, config: &Config) -> std::fmt::Result {
    write_model(text, &config.deployment)?;
    for region in &config.regions {
        writeln!(
            text,
            "region {}\n    role         {}\n    users        {}://{}\n    replication  http://{}\n    health check {}://{}/healthz\n    data         {}\n    clock offset {} ms",
            region.name,
            role(&config.deployment, region.name.as_str()),
            scheme(region.tls.as_ref()),
            region.listen,
            region.peer_listen,
            scheme(region.tls.as_ref()),
            region.health_check,
            region.data.display(),
            region.clock_offset_ms,
        )?;
        if let Some(zone) = &region.zone {
            writeln!(text, "    zone         {zone}")?;
        }
        for (peer, address) in &region.peers {
            writeln!(text, "    reads the log of {peer} at {address}")?;
        }
    }
    if let Some(steering) = &config.steering {
        let check = steering.health_interval.as_millis();
        writeln!(
            text,
            "dns {}\n    listen       {} (UDP and TCP)\n    answers kept {} s, health checked every {check} ms\n    fail open    {}",
            steering.name, steering.listen, steering.ttl_seconds, steering.fail_open,
        )?;
    }
    for edge in &config.edges {
        let near: Vec<&str> = edge.near.iter().map(|index| config.regions[*index].name.as_str()).collect();
        writeln!(
            text,
            "edge {}\n    users        {}://{}\n    nearest      {}",
            edge.name,
            scheme(edge.tls.as_ref()),
            edge.listen,
            near.join(", ")
        )?;
        for (region, address) in config.regions.iter().zip(&edge.regions) {
            writeln!(text, "    sends to {} at {address}", region.name)?;
        }
    }
    for provider in &config.providers {
        writeln!(text, "provider {} ({})\n    listen       {}", provider.name, provider.kind.name(), provider.listen)
            .expect("a string takes every write");
    }
    for defect in config.defects.iter() {
        writeln!(text, "DEFECT {defect}: {}", defect.description())?;
    }
    Ok(())
}

fn scheme(tls: Option<&TlsFiles>) -> &'static str {
    if tls.is_some() { "https" } else { "http" }
}

fn write_model(text: &mut String, deployment: &Deployment) -> std::fmt::Result {
    writeln!(text, "model {}: {}", deployment.model.name(), description(deployment.model))?;
    for partition in &deployment.partitions {
        let candidates: Vec<&str> = partition.candidates.iter().map(|name| name.as_str()).collect();
        let promotion = match (candidates.len(), deployment.promotes_itself) {
            (1, _) => "nobody takes over",
            (_, true) => "the next one takes over by itself",
            (_, false) => "`chirp promote` makes the next one take over",
        };
        let failback = deployment.failback_after.map_or("moved back by hand".to_owned(), |after| {
            format!("moved back after {} ms of health", after.as_millis())
        });
        writeln!(
            text,
            "partition {}\n    writers      {} (best first)\n    lease        {} ms; {promotion}; {failback}",
            partition.name,
            candidates.join(", "),
            deployment.lease.as_millis(),
        )?;
    }
    if deployment.model == Model::GeoPartitioned {
        let away = match deployment.away {
            Away::Forward => "reads its copy, sends the rest on to the home",
            Away::Refuse => "refuses with 421 and names the home",
        };
        let copies = match deployment.copies {
            Copies::Everywhere => "in every region",
            Copies::Zone => "within the zone of the home",
        };
        writeln!(text, "away from home: a region {away}\ncopies: {copies}")?;
    }
    Ok(())
}

fn description(model: Model) -> &'static str {
    match model {
        Model::SingleRegion => "one region, and nothing when it is gone",
        Model::ActivePassive => "one region serves, the others follow it and stand by",
        Model::ReadReplicas => "every region reads, one writes, writes are sent on to it",
        Model::ActiveActive => "every region reads and writes; what they wrote apart is merged",
        Model::GeoPartitioned => "the home region of a user reads and writes for that user",
    }
}

fn role(deployment: &Deployment, region: &str) -> &'static str {
    let is_preferred = deployment.partitions.iter().any(|partition| partition.preferred().as_str() == region);
    match deployment.model {
        Model::SingleRegion => "serves everybody",
        Model::ActiveActive => "reads and writes",
        Model::ActivePassive if is_preferred => "serves everybody, when all is well",
        Model::ActivePassive => "stands by",
        Model::ReadReplicas if is_preferred => "reads, and writes when all is well",
        Model::ReadReplicas => "reads, sends writes on",
        Model::GeoPartitioned => "home of its users",
    }
}
