//! Messages survive their way, and versions that can't work are refused by name.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::*;
use load::{BaseUrl, EntryAddress, RegionAddress, TargetAddresses, UserAddress};
use plan::resolved::{Direction, Routing, ServedBy, TlsTrust};
use units::FaultName;
use wan::{LinkId, Overlay, State as LinkState};

fn hello() -> Hello {
    Hello {
        format: FORMAT.to_owned(),
        plan_format: plan::resolved::FORMAT.to_owned(),
        recording_format: record::batch::FORMAT.to_owned(),
        landfall: "9.9.9".to_owned(),
        name: "dublin-1".to_owned(),
        instance: "1-2".to_owned(),
        place: None,
        host: "bridge".to_owned(),
        boot: "b".to_owned(),
        descriptors: 1,
        ports: 1,
        cores: 1,
    }
}

#[test]
fn versions_that_can_work_are_served_and_others_are_refused_with_both() {
    type Change = fn(&mut Hello);
    let cases: [(Change, Option<&str>); 7] = [
        (|_| {}, None),
        (|hello| hello.format = "3.9".to_owned(), None),
        (|hello| hello.plan_format = "1.999".to_owned(), None),
        (|hello| hello.recording_format = "1.0".to_owned(), None),
        (|hello| hello.format = "1.1".to_owned(), Some("speaks messages of version 1.1, this controller 3.")),
        (|hello| hello.plan_format = "1.0".to_owned(), Some("reads plans up to format 1.0, this controller ")),
        (|hello| hello.recording_format = "1.99".to_owned(), Some("writes recordings of format 1.99")),
    ];
    for (change, expected) in cases {
        let mut hello = hello();
        change(&mut hello);
        match (hello.check(), expected) {
            (Ok(()), None) => {}
            (Err(Refusal { reason }), Some(expected)) => {
                assert!(
                    reason.contains(expected) && reason.contains("dublin-1") && reason.contains("9.9.9"),
                    "{reason}"
                );
            }
            (checked, expected) => panic!("{checked:?} instead of {expected:?}"),
        }
    }
}

#[test]
fn what_a_later_minor_adds_is_ignored_and_what_it_lacks_has_a_default() {
    let tell: ToAgent = serde_json::from_str(r#"{"tell":{"number":7,"stop":true,"colour":"red"}}"#).unwrap();
    assert_eq!(tell, ToAgent::Tell(Tell { number: 7, stop: true, ..Tell::default() }));
}

#[test]
fn addresses_and_overlays_survive_their_way() {
    let url = BaseUrl::parse("https://service.example:8443").unwrap();
    let addresses = TargetAddresses {
        entry: EntryAddress::Name { url: url.clone(), resolver: "127.0.0.1:53".parse().ok() },
        regions: vec![RegionAddress {
            also: vec![[127, 9, 0, 1].into()],
            ..RegionAddress::at(url, ([127, 1, 0, 1], 80).into())
        }],
        served_by: ServedBy::Header { name: "x-region".to_owned() },
        trust: TlsTrust::Public,
        users: vec![UserAddress { sources: vec![[127, 65, 0, 1].into()], client_subnet: None }],
    };
    let endpoints = TargetAddresses { entry: EntryAddress::Endpoints(Routing::Nearest), ..addresses.clone() };
    for addresses in [addresses, endpoints] {
        let text = serde_json::to_string(&AddressesFormat::from(&addresses)).unwrap();
        let read: AddressesFormat = serde_json::from_str(&text).unwrap();
        assert_eq!(TargetAddresses::try_from(&read).unwrap(), addresses);
    }
    let (fault, link) = (FaultName::new("cut"), LinkId::User { population: 1, region: 2 });
    let overlay = Overlay::state(Direction::Forward, LinkState::BlackHole);
    let written = OverlayOfLink::new(fault.clone(), link, overlay).unwrap();
    let read: OverlayOfLink = serde_json::from_str(&serde_json::to_string(&written).unwrap()).unwrap();
    assert_eq!(<(FaultName, LinkId, Overlay)>::from(&read), (fault.clone(), link, overlay));
    assert_eq!(OverlayOfLink::new(fault, LinkId::Peer { from: 0, to: 1 }, overlay), None, "the relay's");
}
