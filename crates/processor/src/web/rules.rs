//! Where documents may be fetched from: https, public addresses, and the hosts that an operator lists.
//!
//! Called before a request, for each redirect, and by the resolver with the very addresses that are connected to, so that
//! no second answer of DNS can lead elsewhere.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::public::is_public;

/// Where documents may be fetched from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressRules {
    /// Hosts that alone may be asked; any where empty.
    pub hosts: Vec<HostPattern>,
    /// Hosts that may be in a private network.
    pub private_hosts: Vec<HostPattern>,
}

/// A host, or with `*.` in front all below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPattern {
    name: String,
    is_below: bool,
}

/// Why an address may not be fetched from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// Another scheme.
    #[error("it is not an https address")]
    NotHttps,
    /// User and password before the host.
    #[error(
        "it has a user or a password in it: use an address that is signed, or store the PDF as an object"
    )]
    Credentials,
    /// No host.
    #[error("it names no host")]
    NoHost,
    /// The operator lists others.
    #[error("the host {0} is not among `web.hosts`")]
    NotListed(String),
    /// Not on the public internet.
    #[error(
        "the host {host} is at {address}, which is not public: list it in `web.private_hosts` if it may be asked"
    )]
    NotPublic {
        /// The host.
        host: String,
        /// Its address.
        address: IpAddr,
    },
    /// Redirected too often.
    #[error("it leads on more than {0} times")]
    TooManyRedirects(usize),
}

impl HostPattern {
    /// Reads `example.com`, `*.example.com` or an IP address; none of what can't be a host.
    pub fn parse(text: &str) -> Option<Self> {
        let (is_below, name) = match text.strip_prefix("*.") {
            Some(name) => (true, name),
            None => (false, text),
        };
        // As a URL would spell it: lower case, punycode, brackets around IPv6.
        let bracketed =
            if name.contains(':') && !name.starts_with('[') { format!("[{name}]") } else { name.to_owned() };
        let url = Url::parse(&format!("https://{bracketed}/")).ok()?;
        let is_plain =
            url.port().is_none() && url.username().is_empty() && url.path() == "/" && url.query().is_none();
        // A URL's host may have a star in it, and more that no name has.
        let is_of_a_name = |byte: u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b':' | b'[' | b']')
        };
        let host = url.host_str().filter(|host| is_plain && host.bytes().all(is_of_a_name))?;
        Some(Self { name: host.to_owned(), is_below })
    }

    fn fits(&self, host: &str) -> bool {
        match self.is_below {
            false => host == self.name,
            true => {
                host.strip_suffix(&self.name).is_some_and(|below| below.len() > 1 && below.ends_with('.'))
            }
        }
    }
}

impl AddressRules {
    /// Whether this address may be asked, as far as it says by itself.
    ///
    /// # Errors
    /// [`Forbidden`], for a person.
    pub(crate) fn check(&self, url: &Url) -> Result<(), Forbidden> {
        if url.scheme() != "https" {
            return Err(Forbidden::NotHttps);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Forbidden::Credentials);
        }
        let host = url.host_str().ok_or(Forbidden::NoHost)?;
        if !self.hosts.is_empty() && !self.hosts.iter().any(|pattern| pattern.fits(host)) {
            return Err(Forbidden::NotListed(host.to_owned()));
        }
        // An address in place of a name is never asked of the resolver.
        match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(address) => self.check_address(host, address),
            Err(_) => Ok(()),
        }
    }

    /// Whether `host` may be asked at this address.
    fn check_address(&self, host: &str, address: IpAddr) -> Result<(), Forbidden> {
        let may_be_private = || self.private_hosts.iter().any(|pattern| pattern.fits(host));
        if is_public(address) || may_be_private() {
            return Ok(());
        }
        Err(Forbidden::NotPublic { host: host.to_owned(), address })
    }
}

/// A resolver whose answers may all be connected to: one forbidden address among them forbids the host.
#[derive(Debug)]
pub(crate) struct RuledResolver(pub(crate) Arc<AddressRules>);

impl Resolve for RuledResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let rules = Arc::clone(&self.0);
        Box::pin(async move {
            let host = name.as_str().to_ascii_lowercase();
            // Port 0 is replaced by the one of the URL.
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            for address in &found {
                rules.check_address(&host, address.ip())?;
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(hosts: &[&str], private_hosts: &[&str]) -> AddressRules {
        let read = |hosts: &[&str]| hosts.iter().map(|host| HostPattern::parse(host).unwrap()).collect();
        AddressRules { hosts: read(hosts), private_hosts: read(private_hosts) }
    }

    #[test]
    fn addresses_are_judged_by_what_they_say() {
        let open = rules(&[], &[]);
        let listed = rules(&["files.example.com", "*.cdn.example.com"], &[]);
        let private = rules(&[], &["10.1.2.3", "[fd00::1]"]);
        let check = |rules: &AddressRules, url: &str, expected: Option<&str>| {
            let found = rules.check(&Url::parse(url).unwrap()).err().map(|error| error.to_string());
            match (&found, expected) {
                (None, None) => {}
                (Some(found), Some(expected)) if found.contains(expected) => {}
                _ => panic!("{url}: {found:?}, expected {expected:?}"),
            }
        };
        check(&open, "https://example.com/a.pdf", None);
        check(&open, "https://EXAMPLE.com:8443/a.pdf?sig=1", None);
        check(&open, "http://example.com/a.pdf", Some("not an https address"));
        check(&open, "file:///etc/passwd", Some("not an https address"));
        check(&open, "https://user@example.com/", Some("user or a password"));
        check(&open, "https://user:word@example.com/", Some("user or a password"));
        check(&open, "https://8.8.8.8/", None);
        // However an address is spelled.
        for loopback in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "0",
        ] {
            check(&open, &format!("https://{loopback}/"), Some("not public"));
        }
        check(&open, "https://169.254.169.254/latest/meta-data/", Some("web.private_hosts"));
        check(&listed, "https://files.example.com/a.pdf", None);
        check(&listed, "https://a.b.cdn.example.com/a.pdf", None);
        for other in [
            "cdn.example.com",
            "xcdn.example.com",
            "files.example.com.evil.test",
            "example.com",
            "files.example.com.",
        ] {
            check(&listed, &format!("https://{other}/"), Some("not among `web.hosts`"));
        }
        check(&private, "https://10.1.2.3/a.pdf", None);
        check(&private, "https://[fd00::1]/a.pdf", None);
        check(&private, "https://10.1.2.4/a.pdf", Some("not public"));
    }

    #[test]
    fn patterns_are_hosts() {
        for good in ["example.com", "*.example.com", "10.0.0.1", "fd00::1", "[fd00::1]", "bücher.example"] {
            assert!(HostPattern::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "*",
            "*.",
            "https://example.com",
            "example.com/path",
            "example.com:8443",
            "user@example.com",
            "a b",
        ] {
            assert_eq!(HostPattern::parse(bad), None, "{bad}");
        }
    }

    #[tokio::test]
    async fn names_that_lead_into_a_private_network_are_refused_when_they_are_resolved() {
        let resolve =
            |rules: AddressRules| RuledResolver(Arc::new(rules)).resolve("localhost".parse().unwrap());
        let refused = resolve(rules(&[], &[])).await.err().unwrap();
        assert!(matches!(refused.downcast_ref(), Some(Forbidden::NotPublic { .. })), "{refused}");
        assert!(resolve(rules(&[], &["localhost"])).await.is_ok());
    }
}
