//! Networks, as `address/prefix`, and which of them an asker belongs to.

use std::net::IpAddr;
use std::str::FromStr;

/// A network: an address of which the first `prefix` bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cidr {
    address: IpAddr,
    prefix: u8,
}

/// A text that is no network.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` is not a network: {reason}")]
pub(crate) struct CidrError {
    text: String,
    reason: &'static str,
}

impl FromStr for Cidr {
    type Err = CidrError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fail = |reason| CidrError { text: text.to_owned(), reason };
        let (address, prefix) = text.split_once('/').ok_or_else(|| fail("no /prefix"))?;
        let address: IpAddr = address.parse().map_err(|_| fail("the address is malformed"))?;
        let prefix: u8 = prefix.parse().map_err(|_| fail("the prefix is not a number"))?;
        if prefix > width(address) {
            return Err(fail("the prefix is longer than the address"));
        }
        if bits(address) & !mask(address, prefix) != 0 {
            return Err(fail("the address has bits beyond the prefix"));
        }
        Ok(Self { address, prefix })
    }
}

impl Cidr {
    /// How many bits count.
    pub(crate) fn prefix(self) -> u8 {
        self.prefix
    }

    /// Whether the network holds this address.
    pub(crate) fn contains(self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4() && bits(address) & mask(address, self.prefix) == bits(self.address)
    }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn mask(address: IpAddr, prefix: u8) -> u128 {
    let rest = u32::from(width(address) - prefix);
    let all = if address.is_ipv4() { u128::from(u32::MAX) } else { u128::MAX };
    all.checked_shr(rest).unwrap_or(0).checked_shl(rest).unwrap_or(0)
}
