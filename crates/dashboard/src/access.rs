//! Who may look, and who may act.
//!
//! | the page's address | without a token | with the token to look | with the token to operate |
//! | --- | --- | --- | --- |
//! | loopback | look | look | look and act |
//! | any other | nothing | look | look and act |
//!
//! A browser sends requests to any address for any page that it shows, so being reachable from this machine only is not enough: a
//! name that some page's owner lets point to 127.0.0.1 would make that page one of ours. Hence only addresses are accepted as `Host`,
//! and `localhost`; requests that another page caused are refused; and whoever acts has to send a token that no other page knows.

use crate::wire::Role;
use std::{
    fmt::Write as _,
    io,
    net::{IpAddr, Ipv6Addr, SocketAddr},
};
use subtle::ConstantTimeEq as _;

/// Bytes of chance in a token.
const TOKEN_BYTES: usize = 16;

/// 128 random bits that open something.
#[derive(Clone)]
pub(crate) struct Token(String);

impl Token {
    /// A new one, from the system's chance: it has nothing to do with a run's seed.
    ///
    /// # Errors
    /// The system has none.
    fn random() -> io::Result<Self> {
        let mut bytes = [0; TOKEN_BYTES];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        let mut text = String::with_capacity(2 * TOKEN_BYTES);
        for byte in bytes {
            let _ = write!(text, "{byte:02x}");
        }
        Ok(Self(text))
    }

    /// As it is sent.
    fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether that is it; takes as long for any other of the same length.
    fn is(&self, other: &str) -> bool {
        self.0.as_bytes().ct_eq(other.as_bytes()).into()
    }
}

/// Whoever prints it does so on purpose.
impl std::fmt::Debug for Token {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Token(…)")
    }
}

/// Why a request is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The `Host` names another machine.
    Host,
    /// Another page caused the request.
    OtherSite,
    /// There is no token, and there has to be one.
    NoToken,
    /// The token is not one of ours.
    WrongToken,
    /// The token is good for looking only.
    ViewOnly,
}

/// The rules of one server.
#[derive(Debug, Clone)]
pub struct Access {
    bound: SocketAddr,
    view: Token,
    operate: Token,
}

impl Access {
    /// For a server that listens there; the tokens are made anew.
    ///
    /// # Errors
    /// The system has no chance to give.
    pub fn new(bound: SocketAddr) -> io::Result<Self> {
        Ok(Self { bound, view: Token::random()?, operate: Token::random()? })
    }

    /// Whether only this machine can reach it.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.bound.ip().is_loopback()
    }

    /// The address to open for looking, as a URL.
    #[must_use]
    pub fn address_to_view(&self) -> String {
        if self.is_local() { self.address() } else { format!("{}#token={}", self.address(), self.view.as_str()) }
    }

    /// The address to open for looking and acting, as a URL. The token is in the fragment, which browsers keep to themselves.
    #[must_use]
    pub fn address_to_operate(&self) -> String {
        format!("{}#token={}", self.address(), self.operate.as_str())
    }

    fn address(&self) -> String {
        format!("http://{}/", self.bound)
    }

    /// Whether a request's `Host` is this server's.
    pub(crate) fn check_host(&self, host: Option<&str>) -> Result<(), Refusal> {
        let address = host.and_then(host_address).ok_or(Refusal::Host)?;
        let is_ours = match address {
            Named::Localhost => true,
            Named::Address(address) => {
                address.is_loopback() || self.bound.ip().is_unspecified() || address == self.bound.ip()
            }
        };
        if is_ours { Ok(()) } else { Err(Refusal::Host) }
    }

    /// What whoever sends that `Authorization` may do.
    pub(crate) fn role(&self, authorization: Option<&str>) -> Result<Role, Refusal> {
        let Some(authorization) = authorization else {
            return if self.is_local() { Ok(Role::View) } else { Err(Refusal::NoToken) };
        };
        let (scheme, token) = authorization.split_once(' ').ok_or(Refusal::WrongToken)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Refusal::WrongToken);
        }
        match token.trim() {
            token if self.operate.is(token) => Ok(Role::Operate),
            token if self.view.is(token) => Ok(Role::View),
            _ => Err(Refusal::WrongToken),
        }
    }

    /// Whether that request may act.
    pub(crate) fn check_operate(&self, authorization: Option<&str>) -> Result<(), Refusal> {
        match self.role(authorization)? {
            Role::Operate => Ok(()),
            Role::View if authorization.is_none() => Err(Refusal::NoToken),
            Role::View => Err(Refusal::ViewOnly),
        }
    }
}

/// Whether a page of ours caused the request, or nobody's: a person's, a program's. Browsers say it, and can't be made to lie.
pub(crate) fn check_site(site: Option<&str>, origin: Option<&str>, host: Option<&str>) -> Result<(), Refusal> {
    if site.is_some_and(|site| site != "same-origin" && site != "none") {
        return Err(Refusal::OtherSite);
    }
    let Some(origin) = origin else { return Ok(()) };
    let is_ours = host.is_some_and(|host| origin.strip_prefix("http://").is_some_and(|origin| origin == host));
    if is_ours { Ok(()) } else { Err(Refusal::OtherSite) }
}

enum Named {
    Localhost,
    Address(IpAddr),
}

/// The address in a `Host`, with or without a port. Another name than `localhost` is none.
fn host_address(host: &str) -> Option<Named> {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']')?;
            let address: Ipv6Addr = address.parse().ok()?;
            return is_port(port).then_some(Named::Address(address.into()));
        }
        None => host.find(':').map_or((host, ""), |colon| host.split_at(colon)),
    };
    if !is_port(port) {
        return None;
    }
    if name.eq_ignore_ascii_case("localhost") {
        return Some(Named::Localhost);
    }
    name.parse().ok().map(Named::Address)
}

/// Nothing, or `:7600`.
fn is_port(text: &str) -> bool {
    text.is_empty() || text.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    fn access(bound: &str) -> Access {
        Access::new(bound.parse().unwrap()).unwrap()
    }

    fn bearer(token: &Token) -> String {
        format!("Bearer {}", token.as_str())
    }

    #[test]
    fn tokens_have_128_bits_and_differ() {
        let (one, other) = (Token::random().unwrap(), Token::random().unwrap());
        assert_eq!(one.as_str().len(), 32);
        assert_ne!(one.as_str(), other.as_str());
        assert!(one.is(one.as_str()) && !one.is(other.as_str()) && !one.is(""));
        assert_eq!(format!("{one:?}"), "Token(…)");
    }

    #[test]
    fn only_addresses_of_this_server_are_hosts() {
        let hosts = |bound: &str, hosts: [&str; 8]| hosts.map(|host| access(bound).check_host(Some(host)).is_ok());
        let all = [
            "127.0.0.1:7600",
            "localhost:8000",
            "[::1]:7600",
            "10.0.0.7:7600",
            "10.0.0.8",
            "evil.example:7600",
            "127.0.0.1.evil.example",
            "127.0.0.1:x",
        ];
        assert_eq!(hosts("127.0.0.1:7600", all), [true, true, true, false, false, false, false, false]);
        assert_eq!(hosts("10.0.0.7:7600", all), [true, true, true, true, false, false, false, false]);
        assert_eq!(hosts("0.0.0.0:7600", all), [true, true, true, true, true, false, false, false]);
        assert_eq!(access("127.0.0.1:7600").check_host(None), Err(Refusal::Host));
    }

    #[test]
    fn on_loopback_everybody_looks_and_only_the_token_acts() {
        let access = access("127.0.0.1:7600");
        assert_eq!(access.role(None), Ok(Role::View));
        assert_eq!(access.role(Some(&bearer(&access.view))), Ok(Role::View));
        assert_eq!(access.role(Some(&bearer(&access.operate))), Ok(Role::Operate));
        assert_eq!(access.role(Some("Bearer 0")), Err(Refusal::WrongToken));
        assert_eq!(access.role(Some("Basic 0")), Err(Refusal::WrongToken));
        assert_eq!(access.check_operate(None), Err(Refusal::NoToken));
        assert_eq!(access.check_operate(Some(&bearer(&access.view))), Err(Refusal::ViewOnly));
        assert_eq!(access.check_operate(Some(&bearer(&access.operate))), Ok(()));
        assert_eq!(access.address_to_view(), "http://127.0.0.1:7600/");
    }

    #[test]
    fn elsewhere_nobody_looks_without_a_token() {
        let access = access("0.0.0.0:7600");
        assert_eq!(access.role(None), Err(Refusal::NoToken));
        assert_eq!(access.role(Some(&bearer(&access.view))), Ok(Role::View));
        assert_eq!(access.address_to_view(), format!("http://0.0.0.0:7600/#token={}", access.view.as_str()));
    }

    #[test]
    fn what_another_page_caused_is_refused() {
        let host = Some("127.0.0.1:7600");
        assert_eq!(check_site(None, None, host), Ok(()), "a program");
        assert_eq!(check_site(Some("none"), None, host), Ok(()), "typed by a person");
        assert_eq!(check_site(Some("same-origin"), Some("http://127.0.0.1:7600"), host), Ok(()));
        assert_eq!(check_site(Some("same-site"), None, host), Err(Refusal::OtherSite));
        assert_eq!(check_site(Some("cross-site"), None, host), Err(Refusal::OtherSite));
        assert_eq!(check_site(None, Some("http://evil.example"), host), Err(Refusal::OtherSite));
        assert_eq!(check_site(None, Some("null"), host), Err(Refusal::OtherSite));
    }
}
