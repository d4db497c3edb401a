//! Every URL of ours, made and read in one place.
//!
//! The paths never change, because other servers remember them. Our own ids are stored as paths;
//! [`Urls::url`] and [`Urls::absolute`] make URLs of them and [`Urls::parse`] reads them back. Every URL
//! begins with the configured address, never with one from a request.

use url::Url;

use super::{
    MAX_ID,
    host::ascii_domain,
    own::{Own, OwnActor, UseKind},
    paths,
};
use crate::{random::PublicId, signature::authority, text::percent_encoded};

/// Makes and reads our URLs.
#[derive(Clone, Debug)]
pub struct Urls {
    base: Url,
    origin: String,
    authority: String,
    handle_domain: String,
    username: String,
}

impl Urls {
    /// The instance actor's user name. The letter's actor cannot have it, because its name has no dot.
    pub const INSTANCE_USERNAME: &str = "instance.actor";

    /// The URLs below `base`, of which scheme, host and port matter; `base` must have a host.
    ///
    /// `handle_domain` is the domain of the handle; empty means the host of `base`, with its port if that is
    /// not the default.
    #[must_use]
    pub fn new(base: &Url, handle_domain: &str, username: &str) -> Self {
        let authority = authority(base).unwrap_or_default();
        let handle_domain = if handle_domain.is_empty() {
            authority.clone()
        } else {
            ascii_domain(handle_domain).unwrap_or_else(|| handle_domain.to_ascii_lowercase())
        };
        let origin = base.origin().ascii_serialization();
        Self {
            base: base.clone(),
            origin,
            authority,
            handle_domain,
            username: username.to_owned(),
        }
    }

    /// Scheme, host and port, without a slash at the end.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The base of all our URLs, for making relative links absolute.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// The host of our URLs, with its port if that is not the default.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The letter actor's user name.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// The letter actor's handle: `@letter@letter.example`.
    pub fn handle(&self) -> String {
        format!("@{}", self.acct())
    }

    /// The letter actor's account name: `letter@letter.example`, without `acct:`.
    pub fn acct(&self) -> String {
        format!("{}@{}", self.username, self.handle_domain)
    }

    /// The instance actor's account name, without `acct:`.
    pub fn instance_acct(&self) -> String {
        format!("{}@{}", Self::INSTANCE_USERNAME, self.handle_domain)
    }

    /// A stored path as a URL.
    pub fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// The path of a thing of ours, as it is stored.
    pub fn path(&self, own: &Own) -> String {
        match own {
            Own::Actor => paths::ACTOR.into(),
            Own::InstanceActor => paths::INSTANCE_ACTOR.into(),
            Own::Key(owner, number) => format!("{}#{}", path_of(*owner), fragment(*number)),
            Own::InstanceOutbox => paths::INSTANCE_OUTBOX.into(),
            Own::Letter => paths::LETTER.into(),
            Own::Inbox => paths::INBOX.into(),
            Own::ActorInbox => paths::ACTOR_INBOX.into(),
            Own::Outbox => paths::OUTBOX.into(),
            Own::Followers => paths::FOLLOWERS.into(),
            Own::Following => paths::FOLLOWING.into(),
            Own::Featured => paths::FEATURED.into(),
            Own::Replies => paths::REPLIES.into(),
            Own::Likes => paths::LIKES.into(),
            Own::Shares => paths::SHARES.into(),
            Own::Post(id) => format!("{}{id}", paths::POSTS),
            Own::Activity(id) => format!("{}{id}", paths::ACTIVITIES),
            Own::Authorization(kind, id) => format!("{}{id}", kind.prefix()),
            Own::Page => paths::PAGE.into(),
            Own::Profile => format!("{}{}", paths::PROFILE, self.username),
            Own::Supporters => paths::SUPPORTERS.into(),
        }
    }

    /// The URL of a thing of ours.
    pub fn url(&self, own: &Own) -> String {
        self.absolute(&self.path(own))
    }

    /// The letter actor's id.
    pub fn actor(&self) -> String {
        self.absolute(paths::ACTOR)
    }

    /// The instance actor's id.
    pub fn instance_actor(&self) -> String {
        self.absolute(paths::INSTANCE_ACTOR)
    }

    /// The id of one of our actors.
    pub fn of_actor(&self, actor: OwnActor) -> String {
        self.absolute(path_of(actor))
    }

    /// The id of an actor's key: `{actor}#main-key` for its first one, and then `{actor}#key-2` and so on. Servers
    /// that cache keys by their ids read a key with a new id from its owner.
    pub fn key(&self, owner: OwnActor, number: i64) -> String {
        self.url(&Own::Key(owner, number))
    }

    /// The instance actor's outbox.
    pub fn instance_outbox(&self) -> String {
        self.absolute(paths::INSTANCE_OUTBOX)
    }

    /// The letter's id.
    pub fn letter(&self) -> String {
        self.absolute(paths::LETTER)
    }

    /// The shared inbox; the instance actor has no other.
    pub fn inbox(&self) -> String {
        self.absolute(paths::INBOX)
    }

    /// The letter actor's own inbox.
    pub fn actor_inbox(&self) -> String {
        self.absolute(paths::ACTOR_INBOX)
    }

    /// The outbox.
    pub fn outbox(&self) -> String {
        self.absolute(paths::OUTBOX)
    }

    /// The followers collection.
    pub fn followers(&self) -> String {
        self.absolute(paths::FOLLOWERS)
    }

    /// The following collection.
    pub fn following(&self) -> String {
        self.absolute(paths::FOLLOWING)
    }

    /// The collection of pinned posts.
    pub fn featured(&self) -> String {
        self.absolute(paths::FEATURED)
    }

    /// The collection of replies to the letter.
    pub fn replies(&self) -> String {
        self.absolute(paths::REPLIES)
    }

    /// A page of [`Urls::replies`], counted from 1.
    pub fn replies_page(&self, page: usize) -> String {
        format!("{}?page={page}", self.replies())
    }

    /// The collection of likes of the letter.
    pub fn likes(&self) -> String {
        self.absolute(paths::LIKES)
    }

    /// The collection of boosts of the letter.
    pub fn shares(&self) -> String {
        self.absolute(paths::SHARES)
    }

    /// A post of ours.
    pub fn post(&self, id: &PublicId) -> String {
        self.url(&Own::Post(id.clone()))
    }

    /// An activity of ours.
    pub fn activity(&self, id: &PublicId) -> String {
        self.url(&Own::Activity(id.clone()))
    }

    /// The letter's page, with its slash.
    pub fn page(&self) -> String {
        self.absolute(paths::PAGE)
    }

    /// The profile page, `/@name`.
    pub fn profile(&self) -> String {
        self.url(&Own::Profile)
    }

    /// The page of one entry of the public list.
    pub fn entry(&self, id: &PublicId) -> String {
        self.absolute(&format!("{}{id}", paths::ENTRIES))
    }

    /// The actor's picture. `version` changes with the picture, because Mastodon fetches it again only when
    /// its URL changed.
    pub fn icon(&self, version: &str) -> String {
        self.versioned(paths::ICON, version)
    }

    /// The picture behind the head of the actor's profile, with a version as [`Urls::icon`] has.
    pub fn header(&self, version: &str) -> String {
        self.versioned(paths::HEADER, version)
    }

    fn versioned(&self, path: &str, version: &str) -> String {
        format!("{}?v={}", self.absolute(path), percent_encoded(version))
    }

    /// The page of a hashtag. `tag` has no `#`.
    pub fn tag(&self, tag: &str) -> String {
        format!(
            "{}{}",
            self.absolute(paths::TAGS),
            percent_encoded(&tag.to_lowercase())
        )
    }

    /// The thing of ours that an absolute URL names; `None` if it is foreign, or not an id of ours.
    ///
    /// The host may be in capitals, the default port may be given, and the slash after the host may be
    /// missing. Queries, user names, control characters and blanks never belong to an id of ours.
    pub fn parse(&self, url: &str) -> Option<Own> {
        let url = plain_url(url)?;
        if url.query().is_some() || url.origin().ascii_serialization() != self.origin {
            return None;
        }
        match url.fragment() {
            None => self.parse_path(url.path()),
            Some(fragment) => {
                let owner = match url.path() {
                    paths::ACTOR => OwnActor::Letter,
                    paths::INSTANCE_ACTOR => OwnActor::Instance,
                    _ => return None,
                };
                Some(Own::Key(owner, number_of(fragment)?))
            }
        }
    }

    /// The thing of ours that people and servers mean by an address which they answer, like or report: as
    /// [`parse`](Self::parse), and besides by http, with slashes at the end, and whatever its query and fragment are.
    pub fn parse_address(&self, address: &str) -> Option<Own> {
        let url = plain_url(address)?;
        let is_web = matches!(url.scheme(), "https" | "http");
        if !is_web || authority(&url).is_none_or(|authority| authority != self.authority) {
            return None;
        }
        match url.path().trim_end_matches('/') {
            "" => self.parse_path(paths::PAGE),
            path => self.parse_path(path),
        }
    }

    /// The thing of ours that a stored path names.
    pub fn parse_path(&self, path: &str) -> Option<Own> {
        let own = match path {
            paths::ACTOR => Own::Actor,
            paths::INSTANCE_ACTOR => Own::InstanceActor,
            paths::INSTANCE_OUTBOX => Own::InstanceOutbox,
            paths::LETTER => Own::Letter,
            paths::INBOX => Own::Inbox,
            paths::ACTOR_INBOX => Own::ActorInbox,
            paths::OUTBOX => Own::Outbox,
            paths::FOLLOWERS => Own::Followers,
            paths::FOLLOWING => Own::Following,
            paths::FEATURED => Own::Featured,
            paths::REPLIES => Own::Replies,
            paths::LIKES => Own::Likes,
            paths::SHARES => Own::Shares,
            paths::PAGE => Own::Page,
            paths::SUPPORTERS => Own::Supporters,
            _ => return self.parse_named_path(path),
        };
        Some(own)
    }

    fn parse_named_path(&self, path: &str) -> Option<Own> {
        if let Some(name) = path.strip_prefix(paths::PROFILE) {
            return name
                .eq_ignore_ascii_case(&self.username)
                .then_some(Own::Profile);
        }
        if let Some(id) = path.strip_prefix(paths::POSTS) {
            return public_id(id).map(Own::Post);
        }
        if let Some(id) = path.strip_prefix(paths::ACTIVITIES) {
            return public_id(id).map(Own::Activity);
        }
        [UseKind::Quote, UseKind::Feature]
            .into_iter()
            .find_map(|kind| {
                let id = public_id(path.strip_prefix(kind.prefix())?)?;
                Some(Own::Authorization(kind, id))
            })
    }

    /// Whether a URL is on our host, whatever its path. Nothing remote may create or change such a thing.
    pub fn is_ours(&self, url: &str) -> bool {
        let host = Url::parse(url).ok().and_then(|url| authority(&url));
        host.is_some_and(|host| host == self.authority)
    }

    /// Whether our actors are found under `domain`: the handle's domain or our host. Case and the script of
    /// the name do not matter.
    pub fn is_our_domain(&self, domain: &str) -> bool {
        ascii_domain(domain)
            .is_some_and(|domain| domain == self.handle_domain || domain == self.authority)
    }
}

/// A URL without user name, control characters and blanks.
fn plain_url(url: &str) -> Option<Url> {
    let strange = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
    if url.len() > MAX_ID || url.contains(strange) {
        return None;
    }
    let url = Url::parse(url).ok()?;
    (url.username().is_empty() && url.password().is_none()).then_some(url)
}

/// The path of one of our actors.
const fn path_of(actor: OwnActor) -> &'static str {
    match actor {
        OwnActor::Letter => paths::ACTOR,
        OwnActor::Instance => paths::INSTANCE_ACTOR,
    }
}

/// The fragment of the first key's id, as other servers name theirs.
const FIRST_KEY: &str = "main-key";

fn fragment(number: i64) -> String {
    match number {
        ..=1 => FIRST_KEY.to_owned(),
        number => format!("key-{number}"),
    }
}

fn number_of(key: &str) -> Option<i64> {
    if key == FIRST_KEY {
        return Some(1);
    }
    let number = key.strip_prefix("key-")?.parse().ok()?;
    (fragment(number) == key).then_some(number)
}

fn public_id(id: &str) -> Option<PublicId> {
    let letter =
        |byte: u8| byte.is_ascii_digit() || (byte.is_ascii_lowercase() && !b"ilou".contains(&byte));
    (id.len() == 16 && id.bytes().all(letter)).then(|| PublicId::from(id.to_owned()))
}
