//! `[[edge]]`: the places where users enter, and where each reaches the regions.

use std::collections::BTreeMap;
use std::net::{SocketAddr, SocketAddrV4};
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::check::{Mistakes, joined, version_4};
use super::format::RegionTable;
use super::steering::preference;
use super::tls::{self, TlsFiles, TlsTable};
use crate::condition::Name;
use crate::names::RegionName;

/// `[[edge]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EdgeTable {
    pub(super) name: Spanned<String>,
    pub(super) listen: Spanned<String>,
    pub(super) tls: Option<Spanned<TlsTable>>,
    admin_listen: Option<Spanned<String>>,
    health_check: Option<Spanned<String>>,
    #[serde(default)]
    regions: BTreeMap<String, Spanned<String>>,
    near: Vec<Spanned<String>>,
}

/// One edge.
#[derive(Clone, Debug)]
pub(crate) struct EdgeConfig {
    /// Its name; the grammar is that of regions.
    pub(crate) name: String,
    /// Where users are served.
    pub(crate) listen: SocketAddrV4,
    /// Its TLS for users; none: they come without.
    pub(crate) tls: Option<TlsFiles>,
    /// Where conditions are set; none if nobody may.
    pub(crate) admin_listen: Option<SocketAddr>,
    /// Where the geo-DNS asks for its health; a relay may sit there.
    pub(crate) health_check: SocketAddr,
    /// Where it reaches each region, by index; a relay may sit there.
    pub(crate) regions: Vec<SocketAddr>,
    /// All regions by index, nearest first.
    pub(crate) near: Vec<usize>,
}

/// Checks all edges against the regions; `directory` is where relative paths begin.
pub(super) fn check(
    tables: &[EdgeTable],
    names: &[RegionName],
    regions: &[RegionTable],
    directory: &Path,
    mistakes: &mut Mistakes<'_>,
) -> Vec<EdgeConfig> {
    let mut listeners: BTreeMap<SocketAddr, String> = BTreeMap::new();
    for region in regions {
        for listen in [&region.listen, &region.peer_listen] {
            if let Ok(address) = listen.get_ref().parse() {
                listeners.insert(address, format!("of region {}", region.name.get_ref()));
            }
        }
    }
    let mut seen: Vec<String> = Vec::new();
    let mut edges = Vec::new();
    for table in tables {
        let edge = table.check(names, regions, directory, mistakes);
        if let Some(other) = listeners.insert(SocketAddr::V4(edge.listen), format!("of edge {}", edge.name)) {
            let message = format!("listen = {} is also {other}", edge.listen);
            mistakes.at(table.listen.span(), message, "give each listener its own address or port");
        }
        if seen.contains(&edge.name) {
            mistakes.at(table.name.span(), format!("edge {} is there twice", edge.name), "give each its own name");
        }
        seen.push(edge.name.clone());
        edges.push(edge);
    }
    edges
}

impl EdgeConfig {
    /// What it can't have set while it runs, and why.
    pub(crate) fn impossible_conditions(&self) -> BTreeMap<Name, &'static str> {
        tls::impossible_condition(self.tls.as_ref()).into_iter().collect()
    }
}

impl EdgeTable {
    fn check(
        &self,
        names: &[RegionName],
        regions: &[RegionTable],
        directory: &Path,
        mistakes: &mut Mistakes<'_>,
    ) -> EdgeConfig {
        if RegionName::parse(self.name.get_ref()).is_err() {
            let message = format!("`{}` is not the name of an edge", self.name.get_ref());
            mistakes.at(self.name.span(), message, "1 to 32 of a-z, 0-9 and -, such as edge-eu");
        }
        let listen = mistakes.address("listen", &self.listen);
        if self.near.is_empty() {
            let message = format!("edge {} is near no region", self.name.get_ref());
            mistakes.at(self.name.span(), message, "name at least one region in `near`, nearest first");
        }
        let mut near = preference(&self.near, names, mistakes);
        near.extend((0..names.len()).filter(|index| !near.contains(index)).collect::<Vec<_>>());
        let health_check = self.health_check.as_ref();
        EdgeConfig {
            name: self.name.get_ref().clone(),
            listen: version_4(listen, &self.listen, mistakes),
            tls: tls::files(self.tls.as_ref(), directory, mistakes),
            admin_listen: self.admin_listen.as_ref().map(|written| mistakes.address("admin_listen", written)),
            health_check: health_check.map_or(listen, |written| mistakes.address("health_check", written)),
            regions: self.addresses(names, regions, mistakes),
            near,
        }
    }

    /// Where each region is reached: as written here, else where the region itself listens.
    fn addresses(&self, names: &[RegionName], regions: &[RegionTable], mistakes: &mut Mistakes<'_>) -> Vec<SocketAddr> {
        for (region, written) in &self.regions {
            if !names.iter().any(|name| name.as_str() == region) {
                let message = format!("edge {} reaches {region}, which is no region", self.name.get_ref());
                mistakes.at(written.span(), message, format!("there are: {}", joined(names)));
            }
        }
        let address = |(name, region): (&RegionName, &RegionTable)| match self.regions.get(name.as_str()) {
            Some(written) => mistakes.address(name.as_str(), written),
            // A mistake in it is told where it is.
            None => region.listen.get_ref().parse().unwrap_or(SocketAddr::from(([127, 0, 0, 1], 1))),
        };
        names.iter().zip(regions).map(address).collect()
    }
}
