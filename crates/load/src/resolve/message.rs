//! Questions and answers as DNS messages (RFC 1035, RFC 6891, RFC 7871). Pure: bytes in, values out.

use super::{NameFailure, cache::Answer};
use hickory_proto::{
    op::{Edns, Message, MessageType, OpCode, Query, ResponseCode},
    rr::{
        Name, RData, RecordType,
        rdata::opt::{ClientSubnet, EdnsOption},
    },
};
use std::{net::IpAddr, time::Duration};

/// UDP answers up to this long are understood; the size that fits every path (DNS flag day 2020).
pub(super) const UDP_BYTES_MAX: u16 = 1_232;
/// Aliases followed within one answer.
const ALIASES_MAX: usize = 16;

/// What an answer's bytes mean.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Not an answer to this question: somebody else's, or noise.
    Foreign,
    /// Cut off: ask again over TCP.
    Truncated,
    /// The answer.
    Said(Result<Answer, NameFailure>),
}

/// One question for the addresses of one family.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    id: u16,
    name: Name,
    family: RecordType,
}

impl Ask {
    /// `None`: a text that can't be a name.
    pub(super) fn new(id: u16, name: &str, six: bool) -> Option<Self> {
        let mut name = Name::from_ascii(name).ok()?;
        name.set_fqdn(true);
        Some(Self { id, name, family: if six { RecordType::AAAA } else { RecordType::A } })
    }

    /// The question as bytes; `None`: a name that is too long.
    pub(super) fn bytes(&self, subnet: Option<IpAddr>) -> Option<Vec<u8>> {
        let mut message = Message::new(self.id, MessageType::Query, OpCode::Query);
        message.metadata.recursion_desired = true;
        message.add_query(Query::query(self.name.clone(), self.family));
        let mut edns = Edns::new();
        edns.set_max_payload(UDP_BYTES_MAX);
        if let Some(subnet) = subnet {
            edns.options_mut().insert(EdnsOption::Subnet(client_subnet(subnet)));
        }
        message.set_edns(edns);
        message.to_vec().ok()
    }

    /// What these bytes say to this question.
    pub(super) fn meaning(&self, bytes: &[u8]) -> Meaning {
        let Ok(message) = Message::from_vec(bytes) else { return Meaning::Foreign };
        let asked = message.queries.first().is_some_and(|query| {
            query.query_type() == self.family && query.name().to_lowercase() == self.name.to_lowercase()
        });
        if message.metadata.id != self.id || message.metadata.message_type != MessageType::Response || !asked {
            return Meaning::Foreign;
        }
        if message.metadata.truncation {
            return Meaning::Truncated;
        }
        Meaning::Said(match message.metadata.response_code {
            ResponseCode::NoError => self.addresses(&message).ok_or_else(|| no_address(&message)),
            ResponseCode::NXDomain => Err(no_address(&message)),
            _ => Err(NameFailure::Server),
        })
    }

    /// The addresses at the end of the aliases; the shortest TTL on the way holds for all.
    fn addresses(&self, message: &Message) -> Option<Answer> {
        let mut name = self.name.to_lowercase();
        let mut ttl = u32::MAX;
        for _ in 0..ALIASES_MAX {
            let here = || message.answers.iter().filter(|record| record.name.to_lowercase() == name);
            let addresses: Vec<IpAddr> = here().filter_map(|record| self.address(&record.data)).collect();
            let lowest = |records: &mut dyn Iterator<Item = u32>| records.min();
            if !addresses.is_empty() {
                let own = lowest(&mut here().filter(|r| self.address(&r.data).is_some()).map(|r| r.ttl));
                let ttl = Duration::from_secs(u64::from(ttl.min(own.unwrap_or(0))));
                return Some(Answer { addresses, ttl });
            }
            let (target, alias_ttl) = here().find_map(|record| match &record.data {
                RData::CNAME(target) => Some((target.0.to_lowercase(), record.ttl)),
                _ => None,
            })?;
            ttl = ttl.min(alias_ttl);
            name = target;
        }
        None
    }

    fn address(&self, data: &RData) -> Option<IpAddr> {
        match (data, self.family) {
            (RData::A(address), RecordType::A) => Some(IpAddr::V4(address.0)),
            (RData::AAAA(address), RecordType::AAAA) => Some(IpAddr::V6(address.0)),
            _ => None,
        }
    }
}

/// RFC 2308 section 5: the lesser of the SOA record's own TTL and its minimum; without one, nothing to go by.
fn no_address(message: &Message) -> NameFailure {
    let soa = message.authorities.iter().find_map(|record| match &record.data {
        RData::SOA(soa) => Some(record.ttl.min(soa.minimum)),
        _ => None,
    });
    NameFailure::NoAddress { ttl: Duration::from_secs(u64::from(soa.unwrap_or(1))) }
}

/// RFC 7871 section 11.1: 24 bits of IPv4 and 56 of IPv6, so that no single user is told.
fn client_subnet(address: IpAddr) -> ClientSubnet {
    match address {
        IpAddr::V4(four) => {
            let [a, b, c, _] = four.octets();
            ClientSubnet::new(IpAddr::from([a, b, c, 0]), 24, 0)
        }
        IpAddr::V6(six) => {
            let mut octets = six.octets();
            octets[7..].fill(0);
            ClientSubnet::new(IpAddr::from(octets), 56, 0)
        }
    }
}
