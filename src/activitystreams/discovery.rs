//! How others find our actors and learn what this server is: WebFinger, host-meta, NodeInfo.

use serde_json::{Map, Value, json};

use super::{ACTIVITY_JSON, Own, Urls, escape, paths};

/// The actor that a WebFinger resource names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Subject {
    Letter,
    /// The letter by the address of this server.
    Server,
    Instance,
}

/// The answer to a WebFinger query; `None` for a resource that is not ours (404).
///
/// The letter's actor is found by `acct:name@domain`, `acct:@name@domain`, `name@domain`, by its id, and by
/// its page with or without `/@name`; all answers are the same document, but that about the page, which is the address
/// of this server, names the server's own actor as well (FEP-d556). There alone: Lemmy takes the last link of this media
/// type for the account. The instance actor is found by its name `instance.actor` and by its id.
pub fn webfinger(urls: &Urls, resource: &str) -> Option<Value> {
    let subject = subject(urls, resource)?;
    if subject == Subject::Instance {
        return Some(json!({
            "subject": format!("acct:{}", urls.instance_acct()),
            "aliases": [urls.instance_actor()],
            "links": [self_link(&urls.instance_actor())],
        }));
    }
    let mut links = vec![
        self_link(&urls.actor()),
        json!({
            "rel": "http://webfinger.net/rel/profile-page",
            "type": "text/html",
            "href": urls.profile(),
        }),
    ];
    if subject == Subject::Server {
        links.push(json!({
            "rel": "https://www.w3.org/ns/activitystreams#Service",
            "type": ACTIVITY_JSON,
            "href": urls.instance_actor(),
        }));
    }
    Some(json!({
        "subject": format!("acct:{}", urls.acct()),
        "aliases": [urls.actor(), urls.page(), urls.profile()],
        "links": links,
    }))
}

/// Whether a WebFinger resource is a URI, or an account without `acct:`; any other is malformed, which RFC 7033,
/// section 4.2, answers with 400.
#[must_use]
pub fn is_webfinger_resource(resource: &str) -> bool {
    if resource.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return false;
    }
    let account = account_of(resource).rsplit_once('@');
    let is_account = account.is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty());
    is_account || url::Url::parse(resource).is_ok_and(|url| url.scheme() != "acct")
}

/// An account without `acct:` and the first `@`.
fn account_of(resource: &str) -> &str {
    let account = match resource.split_at_checked(5) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("acct:") => rest,
        _ => resource,
    };
    account.strip_prefix('@').unwrap_or(account)
}

fn subject(urls: &Urls, resource: &str) -> Option<Subject> {
    match urls.parse(resource) {
        Some(Own::Actor | Own::Profile) => return Some(Subject::Letter),
        Some(Own::Page) => return Some(Subject::Server),
        Some(Own::InstanceActor) => return Some(Subject::Instance),
        Some(_) => return None,
        None => (),
    }
    let (name, domain) = account_of(resource).rsplit_once('@')?;
    if !urls.is_our_domain(domain) {
        return None;
    }
    if name.eq_ignore_ascii_case(urls.username()) {
        return Some(Subject::Letter);
    }
    name.eq_ignore_ascii_case(Urls::INSTANCE_USERNAME)
        .then_some(Subject::Instance)
}

/// Mastodon finds the link only if `type` is spelt exactly like this.
fn self_link(actor: &str) -> Value {
    json!({"rel": "self", "type": ACTIVITY_JSON, "href": actor})
}

/// `/.well-known/host-meta`: the template of WebFinger URLs, as XML.
pub fn host_meta_xml(urls: &Urls) -> String {
    let template = escape(&webfinger_template(urls));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <XRD xmlns=\"http://docs.oasis-open.org/ns/xri/xrd-1.0\">\n  \
         <Link rel=\"lrdd\" template=\"{template}\"/>\n\
         </XRD>\n"
    )
}

/// `/.well-known/host-meta.json`: the same as JSON.
pub fn host_meta_json(urls: &Urls) -> Value {
    json!({"links": [{"rel": "lrdd", "template": webfinger_template(urls)}]})
}

fn webfinger_template(urls: &Urls) -> String {
    format!("{}?resource={{uri}}", urls.absolute(paths::WEBFINGER))
}

/// A version of NodeInfo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeInfoVersion {
    /// 2.0
    V2_0,
    /// 2.1, which also names the repository and the home page.
    V2_1,
}

impl NodeInfoVersion {
    /// The version as documents and addresses write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2_0 => "2.0",
            Self::V2_1 => "2.1",
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::V2_0 => paths::NODEINFO_2_0,
            Self::V2_1 => paths::NODEINFO_2_1,
        }
    }

    fn schema(self) -> String {
        format!(
            "http://nodeinfo.diaspora.software/ns/schema/{}",
            self.as_str()
        )
    }

    /// The `Content-Type` of the document.
    pub fn content_type(self) -> String {
        format!("application/json; profile=\"{}#\"", self.schema())
    }
}

/// `/.well-known/nodeinfo`: links to the documents, and to the actor that signs our GETs (FEP-2677).
pub fn nodeinfo_links(urls: &Urls) -> Value {
    let link = |version: NodeInfoVersion| json!({"rel": version.schema(), "href": urls.absolute(version.path())});
    json!({"links": [
        link(NodeInfoVersion::V2_0),
        link(NodeInfoVersion::V2_1),
        {
            "rel": "https://www.w3.org/ns/activitystreams#Application",
            "href": urls.instance_actor(),
        },
    ]})
}

/// The software that runs the server.
#[derive(Clone, Copy, Debug)]
pub struct Software<'a> {
    /// Its name, of `a` to `z`, `0` to `9` and `-` only, as the NodeInfo schema asks.
    pub name: &'a str,
    /// Its version.
    pub version: &'a str,
    /// Where its source is.
    pub repository: Option<&'a str>,
    /// Its home page.
    pub homepage: Option<&'a str>,
}

/// Statistics of this server. Remote people are not its users.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// Local actors: one.
    pub users: u64,
    /// Local actors that were active within 30 days.
    pub active_month: u64,
    /// Local actors that were active within 180 days.
    pub active_half_year: u64,
    /// The letter and its follow-ups.
    pub local_posts: u64,
    /// Our own public replies.
    pub local_comments: u64,
}

/// The data of a NodeInfo document.
#[derive(Clone, Copy, Debug)]
pub struct NodeInfo<'a> {
    /// The program.
    pub software: Software<'a>,
    /// The numbers.
    pub usage: Usage,
    /// The letter's title.
    pub node_name: &'a str,
    /// A description of the server, plain text.
    pub node_description: &'a str,
    /// The contact of the person responsible; may be empty.
    pub contact: &'a str,
}

/// A NodeInfo document.
pub fn nodeinfo(version: NodeInfoVersion, info: &NodeInfo<'_>) -> Value {
    let mut software = Map::new();
    software.insert("name".into(), info.software.name.into());
    software.insert("version".into(), info.software.version.into());
    if version == NodeInfoVersion::V2_1 {
        let links = [
            ("repository", info.software.repository),
            ("homepage", info.software.homepage),
        ];
        for (name, url) in links {
            if let Some(url) = url {
                software.insert(name.into(), url.into());
            }
        }
    }
    let mut metadata = Map::new();
    metadata.insert("nodeName".into(), info.node_name.into());
    metadata.insert("nodeDescription".into(), info.node_description.into());
    if !info.contact.is_empty() {
        metadata.insert("contact".into(), info.contact.into());
    }
    json!({
        "version": version.as_str(),
        "software": software,
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": false,
        "usage": {
            "users": {
                "total": info.usage.users,
                "activeMonth": info.usage.active_month,
                "activeHalfyear": info.usage.active_half_year,
            },
            "localPosts": info.usage.local_posts,
            "localComments": info.usage.local_comments,
        },
        "metadata": metadata,
    })
}
