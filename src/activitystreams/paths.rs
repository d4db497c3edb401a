//! The paths of our URLs, by name: for the router, and for [`Urls`](super::Urls). They never change.

/// The letter's actor.
pub const ACTOR: &str = "/actor";
/// The actor that signs our GETs.
pub const INSTANCE_ACTOR: &str = "/instance-actor";
/// The instance actor's empty outbox.
pub const INSTANCE_OUTBOX: &str = "/instance-actor/outbox";
/// The letter.
pub const LETTER: &str = "/letter";
/// The shared inbox, and the instance actor's.
pub const INBOX: &str = "/inbox";
/// The letter actor's own inbox.
pub const ACTOR_INBOX: &str = "/actor/inbox";
/// The letter actor's outbox.
pub const OUTBOX: &str = "/outbox";
/// How many follow.
pub const FOLLOWERS: &str = "/followers";
/// Whom the actor follows, by an administrator's command alone.
pub const FOLLOWING: &str = "/following";
/// The pinned posts.
pub const FEATURED: &str = "/featured";
/// Replies to the letter that may be listed.
pub const REPLIES: &str = "/letter/replies";
/// How many like the letter.
pub const LIKES: &str = "/letter/likes";
/// How many boosted the letter.
pub const SHARES: &str = "/letter/shares";
/// The prefix of a post's id.
pub const POSTS: &str = "/posts/";
/// The prefix of an activity's id.
pub const ACTIVITIES: &str = "/activities/";
/// The prefix of a quote authorization's id.
pub const QUOTE_AUTHORIZATIONS: &str = "/quote-authorizations/";
/// The prefix of the id of an authorization for a collection.
pub const FEATURE_AUTHORIZATIONS: &str = "/feature-authorizations/";
/// The prefix of a hashtag's page.
pub const TAGS: &str = "/tags/";
/// The prefix of the page of one entry of the list.
pub const ENTRIES: &str = "/e/";
/// The prefix of the user name, on the profile page.
pub const PROFILE: &str = "/@";
/// The letter's page.
pub const PAGE: &str = "/";
/// The list of supporters.
pub const SUPPORTERS: &str = "/supporters";
/// Who answers for the letter and this server; also the page of the instance actor.
pub const ABOUT: &str = "/about";
/// The revisions; followed by `/` and a number, one of them.
pub const HISTORY: &str = "/history";
/// The actor's picture.
pub const ICON: &str = "/icon.png";
/// The picture behind the head of the actor's profile, a PNG or JPEG file.
pub const HEADER: &str = "/header";
/// What happened with the letter.
pub const TIMELINE: &str = "/timeline";
/// WebFinger.
pub const WEBFINGER: &str = "/.well-known/webfinger";
/// Host-meta as XML.
pub const HOST_META: &str = "/.well-known/host-meta";
/// Host-meta as JSON.
pub const HOST_META_JSON: &str = "/.well-known/host-meta.json";
/// Where the NodeInfo documents are.
pub const NODEINFO: &str = "/.well-known/nodeinfo";
/// NodeInfo 2.0.
pub const NODEINFO_2_0: &str = "/nodeinfo/2.0";
/// NodeInfo 2.1.
pub const NODEINFO_2_1: &str = "/nodeinfo/2.1";
