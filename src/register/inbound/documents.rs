//! The documents of senders that came along with a batch. They are saved before the batch is loaded, so that every
//! sender whom something is stored of has a row.
//!
//! A stranger's document is saved when the activity is a deed, and not when it means nothing here or came before: most of
//! what servers send concerns others, and anybody may send it.

use std::collections::{HashMap, HashSet};

use url::Url;

use super::{
    activity::{DereferenceTask, InboundAction, InboundActivity, SIGNED, Sender},
    forge_comment::{completed, means_nothing, sources},
    key_change,
    news::News,
    repetition::Memory,
};
use crate::{
    clock::Millis,
    endorsement::blocks::BlockList,
    hash::Sha256,
    register::{error::Result, rules::Context},
    signature::page_of,
    store::{ActorRow, NewActor, Tx},
};

/// Whether a key id stands in an actor's own document or under its URL, as `…/users/ada#main-key` and
/// `…/users/ada/main-key` do for `…/users/ada`. Another key id may be somebody else's, whatever the actor says.
pub fn stands_under(key_id: &str, actor: &str) -> bool {
    let page = page_of(key_id);
    let Some(rest) = page.strip_prefix(actor.trim_end_matches('/')) else {
        return false;
    };
    let has_path = || Url::parse(actor).is_ok_and(|url| url.path() != "/" && url.query().is_none());
    page == actor || rest.is_empty() || rest == "/" || (rest.starts_with('/') && has_path())
}

/// Saves the documents that are needed, those of blocked actors excepted, and freezes the actors whose keys changed
/// suspiciously. Returns the handles that the known ones had before, and what the documents mean for pages: entries of
/// the public list show handle and page as they are now.
pub(in crate::register) async fn save_documents(
    tx: &mut Tx,
    context: &Context,
    (blocks, memory): (&BlockList, &Memory),
    incoming: &[&InboundActivity],
    now: Millis,
) -> Result<(HashMap<String, String>, News)> {
    let read: Vec<(&InboundActivity, &NewActor)> = incoming
        .iter()
        .filter_map(|activity| match &activity.sender {
            Sender::Read(actor) => Some((*activity, actor.as_ref())),
            Sender::Known(_) => None,
        })
        .filter(|(_, actor)| !blocks.blocks_actor(&actor.url))
        .collect();
    let hashes: HashSet<_> = read
        .iter()
        .map(|(_, actor)| Sha256::of(&actor.url))
        .collect();
    let hashes: Vec<_> = hashes.into_iter().collect();
    let known = tx.actors(&hashes).await?;
    let named = read.iter().filter_map(|(activity, _)| named_post(activity));
    let named: Vec<_> = named.map(Sha256::of).collect();
    let posts = tx.known_posts(&named).await?.into_iter();
    let posts: HashSet<_> = posts.map(|post| post.object_hash).collect();
    let is_post = |url: &str| posts.contains(&Sha256::of(url));
    let mut documents = HashMap::new();
    for (activity, actor) in read {
        let row = known.iter().find(|row| row.url == actor.url);
        let needed = match row {
            // What was read a while ago may be older than what was saved since.
            Some(row) => row.refreshed_at <= actor.read_at,
            None => {
                !memory.repeats(activity)
                    && is_deed(&activity.action, is_post)
                    && !means_nothing(context, activity)
            }
        };
        if needed {
            documents.insert(actor.url.as_str(), (activity, actor));
        }
    }
    let documents: Vec<_> = documents.into_values().collect();
    let documents = with_own_keys(tx, documents).await?;
    let documents = key_change::sift(tx, incoming, documents, &known, now).await?;
    let documents: Vec<NewActor> = documents
        .iter()
        .map(|document| {
            let row = known.iter().find(|row| row.url == document.url);
            completed(document, row).into_owned()
        })
        .collect();
    tx.save_actors(&documents).await?;
    tx.save_forges(&sources(&context.rules, &documents)).await?;
    let is_shown_otherwise = |document: &NewActor| {
        let row = known.iter().find(|row| row.url == document.url);
        row.is_some_and(|row| row.own_handle() != document.handle || row.page != document.page)
    };
    let news = News::removal_if(documents.iter().any(is_shown_otherwise));
    let handles = known
        .into_iter()
        .map(|actor: ActorRow| (actor.url, actor.handle));
    Ok((handles.collect(), news))
}

fn named_post(activity: &InboundActivity) -> Option<&str> {
    if let InboundAction::Dereference(task) = &activity.action {
        task.post()
    } else {
        None
    }
}

/// Whether an action of somebody who is not known here is more than nothing. `is_post` says whether a post is stored
/// here.
pub(in crate::register) fn is_deed(
    action: &InboundAction,
    is_post: impl FnOnce(&str) -> bool,
) -> bool {
    match action {
        InboundAction::Nothing
        | InboundAction::Like { letter: false, .. }
        | InboundAction::React { letter: false, .. }
        | InboundAction::ActorChanged
        | InboundAction::ActorDeleted
        | InboundAction::ActorGone
        | InboundAction::Blocked
        | InboundAction::FollowAnswered { .. }
        | InboundAction::SourceGone { .. }
        | InboundAction::Dereference(DereferenceTask::Actor | DereferenceTask::Moved { .. }) => {
            false
        }
        InboundAction::Dereference(DereferenceTask::Post { url, concerns_us }) => {
            *concerns_us || is_post(url)
        }
        InboundAction::Dereference(DereferenceTask::Gone { url }) => is_post(url),
        InboundAction::Like { letter: true, .. }
        | InboundAction::React { letter: true, .. }
        | InboundAction::Follow { .. }
        | InboundAction::FollowInstance { .. }
        | InboundAction::Dislike { .. }
        | InboundAction::Boost { .. }
        | InboundAction::Post(_)
        | InboundAction::Unhung { .. }
        | InboundAction::AskToUse(_)
        | InboundAction::Report(_)
        | InboundAction::Undo(_)
        | InboundAction::Delete { .. } => true,
    }
}

/// The documents with those of their keys that are the actor's own: they stand under its URL, or were read from their
/// own URL, now to verify the activity's signature or before. Otherwise a neighbour on the same server could list
/// somebody's key id, and have it first.
async fn with_own_keys(
    tx: &mut Tx,
    documents: Vec<(&InboundActivity, &NewActor)>,
) -> Result<Vec<NewActor>> {
    let elsewhere = documents.iter().flat_map(|(_, actor)| {
        let keys = actor.keys.iter().map(|(key_id, _)| key_id);
        keys.filter(|key_id| !stands_under(key_id, &actor.url))
    });
    let elsewhere: Vec<_> = elsewhere.map(|key_id| Sha256::of(key_id)).collect();
    let held: HashMap<String, String> = tx
        .keys(&elsewhere)
        .await?
        .into_iter()
        .map(|row| (row.key_id, row.actor))
        .collect();
    let with_own_keys = |(activity, actor): (&InboundActivity, &NewActor)| {
        let evidence = &activity.evidence;
        let is_own = |key_id: &str| {
            stands_under(key_id, &actor.url)
                || (evidence.how == SIGNED && evidence.key_id == key_id)
                || held.get(key_id) == Some(&actor.url)
        };
        let mut actor = actor.clone();
        actor.keys.retain(|(key_id, _)| is_own(key_id));
        actor
    };
    Ok(documents.into_iter().map(with_own_keys).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_id_stands_under_its_actor_or_elsewhere() {
        for (key_id, actor, expected) in [
            (
                "https://m.example/users/ada#main-key",
                "https://m.example/users/ada",
                true,
            ),
            (
                "https://m.example/users/ada",
                "https://m.example/users/ada",
                true,
            ),
            (
                "https://m.example/users/ada/main-key",
                "https://m.example/users/ada",
                true,
            ),
            (
                "https://m.example/users/ada/#main-key",
                "https://m.example/users/ada",
                true,
            ),
            (
                "https://m.example/users/ada/#main-key",
                "https://m.example/users/ada/",
                true,
            ),
            (
                "https://m.example/?author=1#main-key",
                "https://m.example/?author=1",
                true,
            ),
            ("https://m.example/#main-key", "https://m.example/", true),
            (
                "https://m.example/users/ada2#main-key",
                "https://m.example/users/ada",
                false,
            ),
            (
                "https://m.example/users/bob#main-key",
                "https://m.example/users/ada",
                false,
            ),
            (
                "https://m.example/users/bob#main-key",
                "https://m.example/",
                false,
            ),
            (
                "https://m.example/?author=12#main-key",
                "https://m.example/?author=1",
                false,
            ),
            (
                "https://m.example/users/bob#/users/ada",
                "https://m.example/users/ada",
                false,
            ),
            (
                "https://x.example/users/ada#main-key",
                "https://m.example/users/ada",
                false,
            ),
        ] {
            assert_eq!(stands_under(key_id, actor), expected, "{key_id} {actor}");
        }
    }
}
