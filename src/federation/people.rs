//! Remote actors, as the register wants them.

use url::Url;

use super::interpret::belongs;
use crate::{
    activitystreams::{RemoteActor, authority, domain_of},
    clock::Millis,
    endorsement::names,
    store::{HostRow, NewActor},
    text::html_to_text,
};

/// The host of a URL as the register keeps it; `None` for a URL without a host.
pub fn host_of(url: &str) -> Option<HostRow> {
    let url = Url::parse(url).ok()?;
    let name = url.host_str()?.to_owned();
    let domain = domain_of(&name).unwrap_or_else(|| name.clone());
    Some(HostRow {
        authority: authority(&url)?,
        name,
        domain,
    })
}

/// What an actor's own document says, cleaned; `None` when its URLs have no host.
///
/// The handle's host is that of the actor's id: another one is shown only after it was confirmed (F-9).
pub fn new_actor(document: &RemoteActor, now: Millis) -> Option<NewActor> {
    let host = host_of(&document.id)?;
    let user = names::clean(&document.preferred_username, "");
    let user = if user.is_empty() {
        "unknown".to_owned()
    } else {
        user
    };
    let stated = document.name.as_deref().unwrap_or_default();
    let bio = html_to_text(document.summary.as_deref().unwrap_or_default());
    let shared_inbox = document.shared_inbox.as_ref();
    Some(NewActor {
        url: document.id.clone(),
        r#type: document.kind.as_str().to_owned(),
        handle: format!("@{user}@{}", host.authority),
        name: names::clean(stated, &user),
        page: document.url.clone(),
        published_at: document.published,
        discoverable: document.discoverable,
        opted_out: names::opts_out(stated, &bio),
        inbox: (document.inbox.clone(), host_of(&document.inbox)?),
        shared_inbox: shared_inbox.and_then(|url| Some((url.clone(), host_of(url)?))),
        followers: document.followers.clone(),
        suspended: document.suspended,
        // A key id on another host would let its owner be taken for somebody there (F-233).
        keys: document
            .public_keys
            .iter()
            .filter(|it| belongs(&it.id, &document.id))
            .map(|it| (it.id.clone(), it.pem.clone()))
            .collect(),
        read_at: now,
        host,
    })
}
