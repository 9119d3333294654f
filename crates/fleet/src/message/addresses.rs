//! Where the target is, as written.

use load::{BaseUrl, EntryAddress, RegionAddress, TargetAddresses, UserAddress, addresses::AddressError};
use plan::resolved::{Routing, ServedBy, TlsTrust};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};

/// [`TargetAddresses`] as written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AddressesFormat {
    entry: EntryFormat,
    regions: Vec<RegionFormat>,
    served_by: ServedBy,
    trust: TlsTrust,
    users: Vec<UserFormat>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum EntryFormat {
    Name { url: String, resolver: Option<SocketAddr> },
    Endpoints { routing: Routing },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct RegionFormat {
    url: String,
    addresses: Vec<SocketAddr>,
    also: Vec<IpAddr>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct UserFormat {
    sources: Vec<IpAddr>,
    client_subnet: Option<IpAddr>,
}

impl From<&TargetAddresses> for AddressesFormat {
    fn from(addresses: &TargetAddresses) -> Self {
        Self {
            entry: match &addresses.entry {
                EntryAddress::Name { url, resolver } => EntryFormat::Name { url: url.to_string(), resolver: *resolver },
                EntryAddress::Endpoints(routing) => EntryFormat::Endpoints { routing: routing.clone() },
            },
            regions: addresses
                .regions
                .iter()
                .map(|region| RegionFormat {
                    url: region.url.to_string(),
                    addresses: region.addresses.clone(),
                    also: region.also.clone(),
                })
                .collect(),
            served_by: addresses.served_by.clone(),
            trust: addresses.trust.clone(),
            users: addresses
                .users
                .iter()
                .map(|user| UserFormat { sources: user.sources.clone(), client_subnet: user.client_subnet })
                .collect(),
        }
    }
}

impl TryFrom<&AddressesFormat> for TargetAddresses {
    type Error = AddressError;

    fn try_from(format: &AddressesFormat) -> Result<Self, AddressError> {
        let region = |region: &RegionFormat| {
            let url = BaseUrl::parse(&region.url)?;
            Ok(RegionAddress { url, addresses: region.addresses.clone(), also: region.also.clone() })
        };
        let user = |user: &UserFormat| UserAddress { sources: user.sources.clone(), client_subnet: user.client_subnet };
        Ok(Self {
            entry: match &format.entry {
                EntryFormat::Name { url, resolver } => {
                    EntryAddress::Name { url: BaseUrl::parse(url)?, resolver: *resolver }
                }
                EntryFormat::Endpoints { routing } => EntryAddress::Endpoints(routing.clone()),
            },
            regions: format.regions.iter().map(region).collect::<Result<_, AddressError>>()?,
            served_by: format.served_by.clone(),
            trust: format.trust.clone(),
            users: format.users.iter().map(user).collect(),
        })
    }
}
