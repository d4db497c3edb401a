//! Domain and actor blocks and limits.
//!
//! A block of a domain covers the domain and all its sub-domains, matched on label borders; ports do not
//! matter. Names are compared in their ASCII form: lower-case, IDNA, without a trailing dot. An actor is
//! named by its id.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    net::IpAddr,
};

use url::{Host, Url};

use super::who::Who;
use crate::string_enum::words;

words! {
    /// The severity of a block; the later variant is the severer.
    pub enum Severity {
        /// New acts wait for a moderator, and existing endorsements wait again.
        Limit = "limit",
        /// Only withdrawals are accepted; nothing is shown, fetched or sent.
        Block = "block",
    }
}

words! {
    /// What a block names.
    pub enum TargetKind {
        /// A domain with everything below it.
        Domain = "domain",
        /// One actor.
        Actor = "actor",
    }
}

/// The target of a block.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// A domain in ASCII form, and everything below it.
    Domain(String),
    /// The actor with this id.
    Actor(String),
}

/// What an administrator typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// A domain.
    Target(Target),
    /// A person; the register has to look up the actor.
    Person(Who),
}

/// Why a text is not a target. The message says what to type instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTarget {
    /// Neither a domain, nor a handle, nor an address.
    #[error("`{0}` is no domain such as bad.example, no @user@host and no address of somebody")]
    Unreadable(String),
    /// An IP address instead of a name.
    #[error("`{0}` is an address; servers are blocked by name, such as bad.example")]
    Address(String),
    /// A public suffix: unrelated servers below it would be blocked.
    #[error(
        "`{0}` is a public suffix: unrelated servers live below it; name one of them, such as bad.{0}"
    )]
    PublicSuffix(String),
    /// A target that covers this letter's own host.
    #[error("`{0}` covers this letter's own host")]
    Ourselves(String),
    /// A URL of a server, not of an actor.
    #[error("`{0}` is a server's URL; to block the server, type its domain alone")]
    Server(String),
}

impl Named {
    /// Reads what an administrator typed: a domain (a leading `*.`, a port and a trailing dot are ignored), or a
    /// person. `own` are the host names of this letter.
    ///
    /// # Errors
    /// [`BadTarget`] for what cannot be blocked.
    pub fn parse(text: &str, own: &[&str]) -> Result<Self, BadTarget> {
        let text = text.trim();
        match Who::parse(text) {
            Some(who) => person(text, who, own).map(Self::Person),
            None => domain(text, own).map(|name| Self::Target(Target::Domain(name))),
        }
    }
}

fn domain(text: &str, own: &[&str]) -> Result<String, BadTarget> {
    let bare = text.strip_prefix("*.").unwrap_or(text);
    let unreadable = || BadTarget::Unreadable(text.to_owned());
    if bare.is_empty() || bare.contains(['/', '?', '#', '@', '\\', '*', ' ']) {
        return Err(unreadable());
    }
    if bare.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
        return Err(BadTarget::Address(text.to_owned()));
    }
    let url = Url::parse(&format!("https://{bare}/")).map_err(|_no_url| unreadable())?;
    let name = match url.host() {
        Some(Host::Domain(name)) => plain(name),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => return Err(BadTarget::Address(text.to_owned())),
        None => return Err(unreadable()),
    };
    if name.split('.').any(str::is_empty) {
        return Err(unreadable());
    }
    let suffix = psl::suffix(name.as_bytes());
    // A suffix that is in no list, such as that of a private network, is not a public one.
    if suffix.is_some_and(|suffix| suffix.is_known() && suffix == name.as_bytes()) {
        return Err(BadTarget::PublicSuffix(name));
    }
    if own.iter().any(|host| covers(&name, &plain(host))) {
        return Err(BadTarget::Ourselves(name));
    }
    Ok(name)
}

/// A person, unless the text is the address of a server or one of ours.
fn person(text: &str, who: Who, own: &[&str]) -> Result<Who, BadTarget> {
    let Some(url) = who.url.as_deref().and_then(|url| Url::parse(url).ok()) else {
        return Ok(who);
    };
    if own.contains(&url.host_str().unwrap_or_default()) {
        return Err(BadTarget::Ourselves(text.to_owned()));
    }
    if url.path() == "/" && url.query().is_none() {
        return Err(BadTarget::Server(text.to_owned()));
    }
    Ok(who)
}

impl Target {
    /// The target of a kind and a text from the register.
    pub fn stored(kind: TargetKind, text: &str) -> Self {
        match kind {
            TargetKind::Domain => Self::Domain(text.to_owned()),
            TargetKind::Actor => Self::Actor(text.to_owned()),
        }
    }

    /// The kind of the target.
    pub const fn kind(&self) -> TargetKind {
        match self {
            Self::Domain(_) => TargetKind::Domain,
            Self::Actor(_) => TargetKind::Actor,
        }
    }

    /// Whether a block of this target also blocks the other.
    pub fn covers(&self, other: &Self) -> bool {
        let list: BlockList = std::iter::once((self.clone(), Severity::Block)).collect();
        match other {
            Self::Domain(name) => list.blocks_host(name),
            Self::Actor(id) => list.blocks_actor(id),
        }
    }

    /// The domain, or the actor's id.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Domain(text) | Self::Actor(text) => text,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Every block and limit in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockList {
    domains: HashMap<String, Severity>,
    actors: HashMap<String, Severity>,
}

impl BlockList {
    /// The severest block or limit of a host or of a domain above it. Takes a name or an authority from a
    /// URL; a port does not matter.
    pub fn host(&self, authority: &str) -> Option<Severity> {
        if self.domains.is_empty() {
            return None;
        }
        let name = plain(without_port(authority));
        let named = with_those_above(&name).filter_map(|domain| self.domains.get(domain));
        named.max().copied()
    }

    /// The severest block or limit of an actor or of its host.
    pub fn actor(&self, id: &str) -> Option<Severity> {
        let by_host = if self.domains.is_empty() {
            None
        } else {
            Url::parse(id)
                .ok()
                .and_then(|url| self.host(url.host_str()?))
        };
        self.actors.get(id).copied().max(by_host)
    }

    /// Whether nothing may be fetched from or sent to a host.
    pub fn blocks_host(&self, authority: &str) -> bool {
        self.host(authority) == Some(Severity::Block)
    }

    /// Whether nothing may be fetched from the host of a URL.
    pub fn blocks_host_of(&self, url: &str) -> bool {
        let url = Url::parse(url).ok();
        let host = url.as_ref().and_then(Url::host_str);
        host.is_some_and(|host| self.blocks_host(host))
    }

    /// Whether single actors are blocked or limited.
    pub fn names_actors(&self) -> bool {
        !self.actors.is_empty()
    }

    /// Whether nothing is accepted from an actor.
    pub fn blocks_actor(&self, id: &str) -> bool {
        self.actor(id) == Some(Severity::Block)
    }
}

impl FromIterator<(Target, Severity)> for BlockList {
    fn from_iter<I: IntoIterator<Item = (Target, Severity)>>(entries: I) -> Self {
        let mut list = Self::default();
        for (target, severity) in entries {
            match target {
                Target::Domain(name) => list.domains.insert(name, severity),
                Target::Actor(id) => list.actors.insert(id, severity),
            };
        }
        list
    }
}

/// The domains that moderators trust: each with everything below it, as with blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedDomains(HashSet<String>);

impl TrustedDomains {
    /// Whether the host of a URL is trusted.
    pub fn has_host_of(&self, url: &str) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let url = Url::parse(url).ok();
        let host = url.as_ref().and_then(Url::host_str);
        host.is_some_and(|host| with_those_above(&plain(host)).any(|name| self.0.contains(name)))
    }
}

impl FromIterator<String> for TrustedDomains {
    fn from_iter<I: IntoIterator<Item = String>>(domains: I) -> Self {
        Self(domains.into_iter().collect())
    }
}

/// A name and all names above it: `a.b.example`, `b.example`, `example`.
fn with_those_above(name: &str) -> impl Iterator<Item = &str> {
    let borders = name.match_indices('.').map(|(dot, _)| dot + 1);
    let starts = std::iter::once(0).chain(borders);
    starts.filter_map(|start| name.get(start..))
}

/// Whether a name is a domain or lies below it.
fn covers(domain: &str, name: &str) -> bool {
    name.strip_suffix(domain)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// One spelling for each name: lower-case ASCII, as URLs have it already, and no trailing dot.
fn plain(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) | None => authority,
    }
}

#[cfg(test)]
mod tests;
