//! Remote interaction: the way from our page to somebody's own server, where a post can be written, or ours opened.
//!
//! What the page says of a server is asked of that server alone, and nothing of the register: whoever signed already gets
//! the same answer.

use std::{sync::Arc, time::Duration};

use quick_cache::sync::Cache;
use url::Url;

use super::dereference::DereferenceError;
use crate::{
    activitystreams::{IntentTemplates, Urls, fill, nodeinfo_address, paths, software_name},
    clock::{Clock, Millis},
    http_client::{Accept, Client, PacedFetches, pace::counted_domain},
    signature::authority,
};

/// How long a server is asked, in all. What was found until then is offered.
const PATIENCE: Duration = Duration::from_secs(8);

/// The most servers that are remembered.
const MOST_KNOWN: usize = 1000;

/// How long it is remembered what a server offers.
const KNOWN_FOR: Duration = Duration::from_mins(30);

/// How long it is remembered that a server offers nothing, or not everything.
const UNKNOWN_FOR: Duration = Duration::from_mins(2);

/// Longest text that is taken for an account or a server, in bytes.
const MAX_HOME: usize = 600;

/// Where somebody is at home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HomeServer {
    /// The user name, if it was given.
    pub user: Option<String>,
    /// The host, with its port if it has one, in ASCII.
    pub host: String,
}

impl HomeServer {
    /// Reads what people type: `@me@my.server`, `me@my.server`, `my.server`, or an address of their profile or server.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > MAX_HOME {
            return None;
        }
        if text.contains("://") {
            let url = Url::parse(text).ok()?;
            let first = url.path_segments().and_then(|mut path| path.next());
            let user = first.and_then(|name| name.strip_prefix('@'));
            // The profile of somebody else, as that server shows it.
            let user = user.filter(|name| is_user(name));
            return Some(Self {
                user: user.map(str::to_owned),
                host: host(&url)?,
            });
        }
        let account = text.strip_prefix("acct:").unwrap_or(text);
        let account = account.strip_prefix('@').unwrap_or(account);
        let (user, name) = match account.split_once('@') {
            Some((user, name)) if is_user(user) => (Some(user), name),
            Some(_) => return None,
            None => (None, account),
        };
        if name.contains(['/', '?', '#', '@', '\\']) {
            return None;
        }
        let url = Url::parse(&format!("https://{name}/")).ok()?;
        Some(Self {
            user: user.map(str::to_owned),
            host: host(&url)?,
        })
    }
}

/// The host of a web address. A single word is no server in the Fediverse, but for one's own machine.
fn host(url: &Url) -> Option<String> {
    let is_web = ["https", "http"].contains(&url.scheme());
    let is_name = |name: &str| name.contains(['.', ':']) || name == "localhost";
    let has_nobody = url.username().is_empty() && url.password().is_none();
    (is_web && has_nobody && url.host_str().is_some_and(is_name)).then(|| authority(url))?
}

fn is_user(name: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '~');
    !name.is_empty() && name.len() <= 256 && name.chars().all(fits)
}

/// What is signed, for the links.
#[derive(Clone, Copy, Debug)]
pub struct ToSign<'a> {
    /// A post that signs: the letter's handle, without which it never arrives, and the phrase.
    pub post: &'a str,
    /// The id of the letter's Note.
    pub letter: &'a str,
}

/// Links to somebody's own server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoteLinks {
    /// Where a post that signs is written already.
    pub write: Option<String>,
    /// Where the letter is opened.
    pub open: Option<String>,
}

/// What a server said.
#[derive(Clone, Debug, Default)]
struct ServerOffer {
    templates: IntentTemplates,
    /// The domains that the links may lead to: the server's own, and where its WebFinger answers.
    domains: Vec<String>,
}

impl ServerOffer {
    fn link(&self, template: Option<&String>, scheme: &str, to_sign: ToSign<'_>) -> Option<String> {
        let values = [
            ("content", to_sign.post),
            ("object", to_sign.letter),
            ("uri", to_sign.letter),
        ];
        let url = fill(template?, &values)?;
        let is_its_own = self.domains.contains(&counted_domain(&url));
        let has_nobody = url.username().is_empty() && url.password().is_none();
        (url.scheme() == scheme && is_its_own && has_nobody).then(|| url.into())
    }
}

/// The servers from which people come, each asked once for everybody.
#[derive(Debug)]
pub struct HomeServers {
    fetches: PacedFetches,
    urls: Arc<Urls>,
    clock: Arc<dyn Clock>,
    known: Cache<String, (Millis, Arc<ServerOffer>)>,
}

impl HomeServers {
    /// None is known yet.
    pub fn new(client: Client, urls: Arc<Urls>, clock: Arc<dyn Clock>) -> Self {
        Self {
            fetches: PacedFetches::new(client, Arc::clone(&clock)),
            urls,
            clock,
            known: Cache::new(MOST_KNOWN),
        }
    }

    /// What is known of a server, so that nothing has to be asked.
    fn known(&self, host: &str) -> Option<Arc<ServerOffer>> {
        let (at, offer) = self.known.get(host)?;
        let keep = if offer.templates.is_complete() {
            KNOWN_FOR
        } else {
            UNKNOWN_FOR
        };
        (self.clock.now().since(at) < keep).then_some(offer)
    }

    /// Whether [`links`](Self::links) has to ask the server.
    pub fn has_to_ask(&self, home: &HomeServer) -> bool {
        self.known(&home.host).is_none()
    }

    /// The links that a server offers; none when it does not answer, or is none of those that we may speak to. Links lead
    /// to the server's own domain, by https unless this letter itself is served without.
    pub async fn links(&self, home: &HomeServer, to_sign: ToSign<'_>) -> RemoteLinks {
        let scheme = self.urls.base().scheme();
        let offer = if let Some(offer) = self.known(&home.host) {
            offer
        } else {
            let mut offer = ServerOffer::default();
            let asking = self.ask(home, scheme, &mut offer);
            let _what_was_found_counts = tokio::time::timeout(PATIENCE, asking).await;
            let offer = Arc::new(offer);
            let found = (self.clock.now(), Arc::clone(&offer));
            self.known.insert(home.host.clone(), found);
            offer
        };
        let link = |template: &Option<String>| offer.link(template.as_ref(), scheme, to_sign);
        RemoteLinks {
            write: link(&offer.templates.write),
            open: link(&offer.templates.open),
        }
    }

    /// Asks for the account, then for the server itself, then for its software, until nothing is missing.
    async fn ask(&self, home: &HomeServer, scheme: &str, offer: &mut ServerOffer) {
        let origin = format!("{scheme}://{}", home.host);
        let Ok(url) = Url::parse(&origin) else { return };
        if self.urls.is_our_domain(&home.host) {
            return;
        }
        offer.domains.push(counted_domain(&url));
        let account = home.user.as_ref();
        let account = account.map(|user| format!("acct:{user}@{}", home.host));
        let mut server = origin.clone();
        for resource in account.into_iter().chain([format!("{origin}/")]) {
            // No answer, or none that says it, is what the next question is for.
            let Ok((templates, answered)) = self.templates(&origin, &resource).await else {
                continue;
            };
            server = answered.origin().ascii_serialization();
            offer.domains.push(counted_domain(&answered));
            offer.templates = std::mem::take(&mut offer.templates).or(templates);
            if offer.templates.is_complete() {
                return;
            }
        }
        if let Ok(Some(name)) = self.software(&server).await {
            let known = IntentTemplates::of_software(&name, &server);
            offer.templates = std::mem::take(&mut offer.templates).or(known);
        }
    }

    /// The templates that a server's WebFinger gives for a resource, and where it answered.
    async fn templates(
        &self,
        origin: &str,
        resource: &str,
    ) -> Result<(IntentTemplates, Url), DereferenceError> {
        let url = format!("{origin}{}", paths::WEBFINGER);
        let mut url = Url::parse(&url).map_err(|_bad| DereferenceError::NoUrl)?;
        url.query_pairs_mut().append_pair("resource", resource);
        let document = self.fetches.fetch(&url, Accept::Account).await?;
        Ok((IntentTemplates::parse(&document.body)?, document.url))
    }

    /// The name of a server's software.
    async fn software(&self, origin: &str) -> Result<Option<String>, DereferenceError> {
        let list = format!("{origin}{}", paths::NODEINFO);
        let list = Url::parse(&list).map_err(|_bad| DereferenceError::NoUrl)?;
        let document = self.fetches.fetch(&list, Accept::Account).await?;
        let Some(address) = nodeinfo_address(&document.body)? else {
            return Ok(None);
        };
        if address.origin() != list.origin() {
            return Ok(None);
        }
        let document = self.fetches.fetch(&address, Accept::Account).await?;
        Ok(software_name(&document.body)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_type_handles_servers_and_addresses() {
        for (text, expected) in [
            ("@me@my.server", Some((Some("me"), "my.server"))),
            ("  me@My.Server \n", Some((Some("me"), "my.server"))),
            ("acct:me@my.server", Some((Some("me"), "my.server"))),
            ("my.server", Some((None, "my.server"))),
            ("my.server:8443", Some((None, "my.server:8443"))),
            ("https://my.server", Some((None, "my.server"))),
            ("https://my.server/@me", Some((Some("me"), "my.server"))),
            ("https://my.server/@me/123", Some((Some("me"), "my.server"))),
            ("https://my.server/users/me", Some((None, "my.server"))),
            ("http://localhost:3000", Some((None, "localhost:3000"))),
            (
                "@me@bücher.example",
                Some((Some("me"), "xn--bcher-kva.example")),
            ),
            ("@me", None),
            ("me", None),
            ("", None),
            ("@me@", None),
            ("@@my.server", None),
            ("@me@my.server@other", None),
            ("@me@my.server/path", None),
            ("@me@my.server?x", None),
            ("@m e@my.server", None),
            ("@m/e@my.server", None),
            ("https://user:word@my.server/", None),
            ("javascript://my.server/%0aalert(1)", None),
            ("ftp://my.server", None),
            ("https://", None),
        ] {
            let home = HomeServer::parse(text);
            let found = home
                .as_ref()
                .map(|home| (home.user.as_deref(), home.host.as_str()));
            assert_eq!(found, expected, "{text:?}");
        }
        assert_eq!(
            HomeServer::parse(&format!("{}.example", "a".repeat(600))),
            None
        );
    }

    #[test]
    fn links_lead_to_the_servers_own_domain_by_https() {
        let found = ServerOffer {
            templates: IntentTemplates::default(),
            domains: vec!["m.example".to_owned()],
        };
        let to_sign = ToSign {
            post: "@letter@l.example I sign",
            letter: "https://l.example/letter",
        };
        for (template, expected) in [
            ("https://m.example/share?text={content}", true),
            ("https://social.m.example/share?text={content}", true),
            ("http://m.example/share?text={content}", false),
            ("https://other.example/share?text={content}", false),
            ("https://m.example.other.example/{content}", false),
            ("https://m.example@other.example/{content}", false),
            ("https://you@m.example/{content}", false),
            ("javascript:alert(1)", false),
            ("data:text/html,{content}", false),
        ] {
            let link = found.link(Some(&template.to_owned()), "https", to_sign);
            assert_eq!(link.is_some(), expected, "{template}");
        }
    }
}
