//! From the bytes of a query to the bytes of its answer. Pure: no socket, no clock.
//!
//! The zone has one name. An A query for it is answered with the address of the target (region or edge) that
//! the asker is sent to, and with those of the others at the same place: where several edges stand at one,
//! each asker gets all that are well, in an order of its own. Whose query it is says the client subnet option (RFC 7871) if a resolver sent one,
//! else the source address; with the option, the answer says for which prefix it holds, so that a
//! resolver does not give Europe's answer to Asia.
//!
//! | query | answer |
//! |---|---|
//! | A of the name | the addresses of one place, TTL of the configuration; SERVFAIL if no region is healthy and not fail-open |
//! | SOA of the name | the SOA |
//! | another type of the name | no records, SOA |
//! | a name below | NXDOMAIN, SOA |
//! | a name elsewhere, or not class IN | REFUSED |
//! | not exactly one question, malformed | FORMERR |
//! | not a query | NOTIMP |
//! | EDNS version above 0 | BADVERS |
//! | a response, or shorter than a header | nothing: answering answers makes loops |

use std::net::{IpAddr, Ipv4Addr};

use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::opt::{ClientSubnet, EdnsCode, EdnsOption};
use hickory_proto::rr::rdata::{A, SOA};
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};

use super::steering::{choose, choose_by_weight, network_of, number_of};
use crate::condition::is_of_share;
use crate::config::Network;
use crate::defects::{Defect, Defects};

/// The largest answer that we say we take; ours are far smaller.
const PAYLOAD_BYTES: u16 = 1232;

/// What the zone says.
#[derive(Clone, Debug)]
pub(super) struct Zone {
    /// The entry name.
    pub(super) name: Name,
    /// How long answers may be kept.
    pub(super) ttl_seconds: u32,
    /// The address of each target.
    pub(super) targets: Vec<Ipv4Addr>,
    /// At which region each target stands, by index: edges at the same one are equals.
    pub(super) places: Vec<usize>,
    /// Who prefers which.
    pub(super) networks: Vec<Network>,
    /// With no healthy region: answer as if all were.
    pub(super) fail_open: bool,
    /// The defences that are taken away.
    pub(super) defects: Defects,
}

/// What is known when a query comes.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// Who is healthy, by index of the targets.
    pub(super) healthy: Vec<bool>,
    /// The serial number of the zone: it goes up with each health check.
    pub(super) serial: u32,
}

/// What is wrong with an answer, on purpose.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct WrongAnswer {
    /// Instead of an address.
    pub(super) failure: Option<Failure>,
    /// Instead of the zone's.
    pub(super) ttl_seconds: Option<u32>,
    /// Where this share of the askers is sent, whatever is wrong with it.
    pub(super) sends: Option<(usize, f64)>,
    /// Where this share of the askers is not sent, unless there is nowhere else.
    pub(super) avoids: Option<(usize, f64)>,
}

/// What is answered instead of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// An error.
    Code(ResponseCode),
    /// There is no such address.
    Empty,
    /// Nothing is answered.
    Silence,
}

impl Failure {
    /// By the word of the condition `dns-fails`.
    pub(super) fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "servfail" => Self::Code(ResponseCode::ServFail),
            "nxdomain" => Self::Code(ResponseCode::NXDomain),
            "refused" => Self::Code(ResponseCode::Refused),
            "empty" => Self::Empty,
            "silence" => Self::Silence,
            _ => return None,
        })
    }
}

impl Zone {
    /// The answer to a query, if it gets one.
    pub(super) fn answer(&self, query: &[u8], source: IpAddr, known: &Known, wrong: &WrongAnswer) -> Option<Vec<u8>> {
        if wrong.failure == Some(Failure::Silence) {
            return None;
        }
        let message = match Message::from_vec(query) {
            Ok(message) if message.metadata.message_type == MessageType::Response => return None,
            Ok(message) => self.respond(&message, source, known, wrong),
            Err(_) => malformed(query)?,
        };
        message.to_vec().ok()
    }

    fn respond(&self, query: &Message, source: IpAddr, known: &Known, wrong: &WrongAnswer) -> Message {
        let mut response = Message::response(query.metadata.id, query.metadata.op_code);
        response.metadata.recursion_desired = query.metadata.recursion_desired;
        response.add_queries(query.queries.iter().cloned());
        let subnet = client_subnet(query);
        let asker = subnet.map_or(source, |subnet| subnet.addr());
        let network = network_of(&self.networks, asker);
        if let Some(asked) = &query.edns {
            let scope = network.map_or(0, |network| network.network.prefix());
            response.set_edns(edns(subnet, scope));
            if asked.version() > 0 {
                response.metadata.response_code = ResponseCode::BADVERS;
                return response;
            }
        }
        let question = match (query.metadata.op_code, query.queries.as_slice()) {
            (OpCode::Query, [question]) => question,
            (OpCode::Query, _) => return with_code(response, ResponseCode::FormErr),
            _ => return with_code(response, ResponseCode::NotImp),
        };
        self.resolve(response, question, known.serial, wrong, || {
            let target = self.target(network, asker, &known.healthy, wrong)?;
            Some(self.equals(target, asker, &known.healthy))
        })
    }

    /// The addresses of a target and of the others at its place that are as well as it is, in an order that is the asker's own.
    fn equals(&self, target: usize, asker: IpAddr, healthy: &[bool]) -> Vec<Ipv4Addr> {
        let is_equal = |other: &usize| self.places[*other] == self.places[target] && healthy[*other] == healthy[target];
        let mut equals: Vec<usize> = (0..self.targets.len()).filter(is_equal).collect();
        let first = number_of(asker) % equals.len().max(1) as u64;
        equals.rotate_left(first as usize);
        equals.into_iter().map(|equal| self.targets[equal]).collect()
    }

    /// Where an asker is sent.
    fn target(&self, network: Option<&Network>, asker: IpAddr, healthy: &[bool], wrong: &WrongAnswer) -> Option<usize> {
        if let Some((target, share)) = wrong.sends
            && is_of_share(number_of(asker), share)
        {
            return Some(target);
        }
        let prefer = network.map_or(&[][..], |network| &network.prefer);
        let weights = network.map_or(&[][..], |network| &network.weights);
        let all = vec![true; healthy.len()];
        // DEFECT dns-never-moves
        let healthy = if self.defects.has(Defect::DnsNeverMoves) { &all } else { healthy };
        if let Some((avoided, share)) = wrong.avoids
            && is_of_share(number_of(asker), share)
        {
            let mut others = healthy.to_vec();
            for other in (0..others.len()).filter(|other| self.places[*other] == self.places[avoided]) {
                others[other] = false;
            }
            let elsewhere = choose_by_weight(weights, &others, asker).or_else(|| choose(prefer, &others, false));
            if elsewhere.is_some() {
                return elsewhere;
            }
        }
        choose_by_weight(weights, healthy, asker).or_else(|| choose(prefer, healthy, self.fail_open))
    }

    fn resolve(
        &self,
        mut response: Message,
        question: &Query,
        serial: u32,
        wrong: &WrongAnswer,
        addresses: impl FnOnce() -> Option<Vec<Ipv4Addr>>,
    ) -> Message {
        let name = question.name();
        if question.query_class() != DNSClass::IN || !self.name.zone_of(name) {
            return with_code(response, ResponseCode::Refused);
        }
        response.metadata.authoritative = true;
        if *name != self.name {
            response.add_authority(self.soa(serial));
            return with_code(response, ResponseCode::NXDomain);
        }
        match question.query_type() {
            RecordType::A | RecordType::ANY => {
                match wrong.failure {
                    Some(Failure::Code(code)) => return with_code(response, code),
                    Some(Failure::Empty | Failure::Silence) => return response,
                    None => {}
                }
                let Some(addresses) = addresses() else { return with_code(response, ResponseCode::ServFail) };
                let ttl_seconds = wrong.ttl_seconds.unwrap_or(self.ttl_seconds);
                for address in addresses {
                    response.add_answer(Record::from_rdata(name.clone(), ttl_seconds, RData::A(A(address))));
                }
            }
            RecordType::SOA => {
                response.add_answer(self.soa(serial));
            }
            _ => {
                response.add_authority(self.soa(serial));
            }
        }
        response
    }

    /// The SOA; its minimum is how long "there is no such thing" may be kept.
    fn soa(&self, serial: u32) -> Record {
        let named = |label: &str| self.name.prepend_label(label).unwrap_or_else(|_| self.name.clone());
        let soa = SOA::new(named("ns"), named("hostmaster"), serial, 3600, 600, 86_400, self.ttl_seconds);
        Record::from_rdata(self.name.clone(), self.ttl_seconds, RData::SOA(soa))
    }
}

fn with_code(mut response: Message, code: ResponseCode) -> Message {
    response.metadata.response_code = code;
    response
}

/// FORMERR for something that at least has a header and is no response.
fn malformed(query: &[u8]) -> Option<Message> {
    let [high, low, flags] = query.get(..12)?.first_chunk::<3>()?;
    let is_response = flags & 0x80 != 0;
    let code = ResponseCode::FormErr;
    (!is_response).then(|| Message::error_msg(u16::from_be_bytes([*high, *low]), OpCode::Query, code))
}

fn client_subnet(query: &Message) -> Option<ClientSubnet> {
    match query.edns.as_ref()?.option(EdnsCode::Subnet)? {
        EdnsOption::Subnet(subnet) => Some(*subnet),
        _ => None,
    }
}

/// Our EDNS part: the asker's subnet comes back as it was, with the prefix that the answer holds for.
fn edns(subnet: Option<ClientSubnet>, scope: u8) -> Edns {
    let mut edns = Edns::new();
    edns.set_max_payload(PAYLOAD_BYTES);
    if let Some(mut subnet) = subnet {
        subnet.set_scope_prefix(scope);
        edns.options_mut().insert(EdnsOption::Subnet(subnet));
    }
    edns
}
