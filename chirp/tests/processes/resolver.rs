//! Asks the geo-DNS from a chosen place.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query};
use hickory_proto::rr::rdata::opt::{ClientSubnet, EdnsOption};
use hickory_proto::rr::{Name, RData, RecordType};

const TIMEOUT: Duration = Duration::from_secs(30);

/// The query for the entry name, for somebody in `subnet` if a resolver says so.
fn query(subnet: Option<&str>) -> Vec<u8> {
    let mut message = Message::new(7, MessageType::Query, OpCode::Query);
    message.add_query(Query::query(Name::from_ascii("chirp.test.").unwrap(), RecordType::A));
    if let Some(subnet) = subnet {
        let mut edns = Edns::new();
        edns.options_mut().insert(EdnsOption::Subnet(ClientSubnet::new(subnet.parse().unwrap(), 24, 0)));
        message.set_edns(edns);
    }
    message.to_vec().unwrap()
}

fn address(answer: &[u8]) -> Ipv4Addr {
    let message = Message::from_vec(answer).unwrap();
    match &message.answers.first().unwrap_or_else(|| panic!("no address in {message:?}")).data {
        RData::A(address) => address.0,
        other => panic!("not an address: {other:?}"),
    }
}

/// The answer over UDP to somebody at `source`.
pub(crate) fn resolve(dns: SocketAddr, source: &str, subnet: Option<&str>) -> Ipv4Addr {
    let socket = UdpSocket::bind((source, 0)).unwrap();
    socket.set_read_timeout(Some(TIMEOUT)).unwrap();
    socket.send_to(&query(subnet), dns).unwrap();
    let mut buffer = [0; 2048];
    let (length, _) = socket.recv_from(&mut buffer).unwrap();
    address(&buffer[..length])
}

/// The answer over TCP, to this machine; asked twice on one connection.
pub(crate) fn resolve_over_tcp(dns: SocketAddr, subnet: &str) -> Ipv4Addr {
    let mut stream = TcpStream::connect(dns).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    let mut ask = || {
        let query = query(Some(subnet));
        stream.write_all(&[&(query.len() as u16).to_be_bytes()[..], &query].concat()).unwrap();
        let mut length = [0; 2];
        stream.read_exact(&mut length).unwrap();
        let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut answer).unwrap();
        address(&answer)
    };
    assert_eq!(ask(), ask());
    ask()
}
