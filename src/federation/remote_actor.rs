//! Remote actors, as the register stores them.

use url::Url;

use crate::{
    activitystreams::{RemoteActor, domain_of, is_forge_account},
    clock::Millis,
    endorsement::{names, project::ProjectAddress},
    signature::{authority, same_authority},
    store::{HostRow, NewActor},
    text::html_to_text,
};

/// Whether an id is on the same server as an actor: same scheme, host and port. An actor speaks for no other id.
pub fn belongs(id: &str, actor: &str) -> bool {
    match (Url::parse(id), Url::parse(actor)) {
        (Ok(id), Ok(actor)) => id.scheme() == actor.scheme() && same_authority(&id, &actor),
        _ => false,
    }
}

/// The host of a URL as the register stores it; `None` for a URL without a host.
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

/// The register's row for an actor, cleaned from its own document; `None` when its URLs have no host, or when its id is of the
/// form that projects and accounts on forges have here.
///
/// The handle's host is that of the actor's id. A document may claim another one, which nothing has confirmed. Who has no
/// proper user name has the id in place of a handle, which passes as none and waits for a moderator.
pub fn new_actor(document: &RemoteActor, now: Millis) -> Option<NewActor> {
    let is_ours = |id: &str| ProjectAddress::is_id(id) || is_forge_account(id);
    let host = host_of(&document.id).filter(|_| !is_ours(&document.id))?;
    let stated_user = document.preferred_username.as_deref().unwrap_or_default();
    let user = names::clean(stated_user, "");
    let handle = if names::is_user_name(stated_user) && names::is_user_name(&user) {
        format!("@{user}@{}", host.authority)
    } else {
        document.id.clone()
    };
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
        handle,
        name: names::clean(stated, &user),
        page: document.url.clone(),
        published_at: document.published,
        discoverable: document.discoverable,
        opted_out: names::opts_out(stated, &bio),
        inbox: (document.inbox.clone(), host_of(&document.inbox)?),
        shared_inbox: shared_inbox.and_then(|url| Some((url.clone(), host_of(url)?))),
        followers: document.followers.clone(),
        suspended: document.suspended,
        // Whoever could claim a key id on another host would be taken for its owner there.
        keys: document
            .public_keys
            .iter()
            .filter(|key| belongs(&key.id, &document.id))
            .map(|key| (key.id.clone(), key.pem.clone()))
            .collect(),
        read_at: now,
        moved_to: document
            .moved_to
            .clone()
            .filter(|moved_to| *moved_to != document.id),
        host,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_document_is_taken_under_the_id_of_an_account_on_a_forge() {
        let document = |id: &str| {
            let document = serde_json::json!({
                "@context": "https://www.w3.org/ns/activitystreams",
                "type": "Person",
                "id": id,
                "preferredUsername": "ada",
                "inbox": "https://codeberg.org/inbox",
            });
            let document = serde_json::to_vec(&document).unwrap();
            RemoteActor::parse(&document).unwrap()
        };
        let now = Millis::from_millis(0);
        let ada = document("https://codeberg.org/users/ada");
        assert!(new_actor(&ada, now).is_some());
        let forged = document("https://codeberg.org/#account-7");
        assert_eq!(new_actor(&forged, now), None);
    }
}
