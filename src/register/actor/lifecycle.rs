//! Changes of the letter's actor itself: a new key, a new address, its end.
//!
//! Each is one transaction, which also queues every activity about it.

use std::time::Duration;

use super::command::{ActorCommandContext, living};
use super::identity::{INSTANCE_KEY, LETTER_KEY};
use crate::{
    activitystreams::{self, RemoteActor, Urls},
    clock::Millis,
    register::{
        error::{Error, Result},
        inbound::account_move::MOVES_EVERY,
        pending_deliveries::PendingDeliveries,
    },
    signature::KeyPair,
    store::{Identity, Topic, Tx},
};

/// The actor's name in the audit log.
const AUDIT_TARGET: &str = "actor";

/// The actor whose key is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The letter's actor, whom people follow.
    Letter,
    /// The instance actor, which signs what we read.
    Instance,
}

/// Replaces the newest key by a new one, under the same key id. For the letter's key, the old key signs an Update to
/// the followers, so that servers that have cached the old one can verify it. The new key signs everything else, what
/// is queued already included. Returns how many deliveries were queued.
///
/// The key id stays `#main-key`, as with Mastodon's own rotation: servers that cache keys by their id see a changed
/// key, and servers that read only one key of a document (Pleroma) find the one in use.
///
/// # Errors
/// [`crate::store::Error::Retired`], and [`Error::NoKey`] when there is none to replace.
pub async fn rotate_key(
    tx: &mut Tx,
    order: &ActorCommandContext<'_>,
    whose: Whose,
    key: &KeyPair,
) -> Result<(u64, PendingDeliveries)> {
    living(tx).await?;
    let (actor, now) = (whose.in_store(), order.builder.now);
    let old = tx.own_key_id(actor).await?.ok_or(Error::NoKey(actor))?;
    tx.retire_own_keys(actor, now).await?;
    tx.add_own_key(actor, key.to_pkcs8(), now).await?;
    let mut queued = 0;
    if whose == Whose::Letter && tx.current_revision().await?.is_some() {
        let update = order.update(tx).await?;
        for id in tx.send(&[update]).await? {
            tx.sign_by(id, old).await?;
            queued += tx.queue_for_followers(id, now).await?;
        }
    }
    order.audit(tx, "actor.rotate-key", actor, None).await?;
    tx.changed(&[Topic::Identity, Topic::Queue]).await?;
    Ok((queued, PendingDeliveries { queued: queued > 0 }))
}

/// Moves the letter to the actor `target`, whose document was fetched just now: an Update with `movedTo`, and then a
/// Move, are queued for the followers. The stored data stays as it is. Returns how many deliveries were queued.
///
/// # Errors
/// [`Error::CannotMove`], and [`crate::store::Error::Retired`].
pub async fn move_to(
    tx: &mut Tx,
    order: &ActorCommandContext<'_>,
    target: &RemoteActor,
) -> Result<(u64, PendingDeliveries)> {
    let identity = living(tx).await?;
    let (urls, now) = (order.builder.urls, order.builder.now);
    may_move(&identity, urls, target, now)?;
    tx.save_moved(&target.id, now).await?;
    let update = order.update(tx).await?;
    let id = order.builder.id();
    let body = activitystreams::move_actor(urls, &id, &target.id);
    let moves = order.about_actor(&id, "Move", &body);
    let mut queued = 0;
    for id in tx.send(&[update, moves]).await? {
        queued += tx.queue_for_followers(id, now).await?;
    }
    let target = Some(target.id.clone());
    order.audit(tx, "actor.move", AUDIT_TARGET, target).await?;
    tx.changed(&[Topic::Identity, Topic::Letter, Topic::Queue])
        .await?;
    Ok((queued, PendingDeliveries { queued: queued > 0 }))
}

/// Checks whether the letter may move to this actor now. Other servers make the same checks, and ignore a Move that
/// fails them.
///
/// # Errors
/// [`Error::CannotMove`].
pub fn may_move(identity: &Identity, urls: &Urls, target: &RemoteActor, now: Millis) -> Result<()> {
    let (old, new) = (urls.actor(), &target.id);
    let no = |why: String| Err(Error::CannotMove(why));
    if urls.is_ours(new) {
        return no(format!(
            "{new} is on this very server; give the new one's actor"
        ));
    }
    if !target.also_known_as.contains(&old) {
        return no(format!(
            "{new} does not say that it is {old} as well, and without that nobody follows it there. Add {old} to its \
             `alsoKnownAs` (with undersigned, there: `actor update --also-known-as {old}`; with Mastodon: Preferences, \
             Account, \"Moving from a different account\"), and try again"
        ));
    }
    if let Some(further) = &target.moved_to {
        return no(format!("{new} says that it moved itself, to {further}"));
    }
    let last = identity.moved_at.map(|moved_at| moved_at.plus(MOVES_EVERY));
    match last.filter(|again| *again > now) {
        Some(again) => no(format!(
            "the letter moved less than seven days ago, and other servers take one Move in seven days; try again \
             after {again}"
        )),
        None => Ok(()),
    }
}

/// How many deliveries retiring queued and dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retired {
    /// Deliveries of the Delete.
    pub queued: u64,
    /// Older deliveries that waited and were dropped.
    pub dropped: u64,
}

/// Ends the actor for good: its Delete goes to every inbox that was ever known, and nothing else is sent any more.
/// The data stays in the database; nothing of it is shown.
///
/// # Errors
/// [`crate::store::Error::Retired`] the second time; [`Error::NoLetter`] when nothing was published.
pub async fn retire(
    tx: &mut Tx,
    order: &ActorCommandContext<'_>,
) -> Result<(Retired, PendingDeliveries)> {
    living(tx).await?;
    let now = order.builder.now;
    tx.current_revision().await?.ok_or(Error::NoLetter)?;
    let dropped = tx.drop_everything(now).await?;
    let id = order.builder.id();
    let body = activitystreams::delete_actor(order.builder.urls, &id);
    let delete = order.about_actor(&id, "Delete", &body);
    let mut queued = 0;
    for id in tx.send(&[delete]).await? {
        queued += tx.queue_for_everybody(id, now).await?;
    }
    tx.save_retired(now).await?;
    order.audit(tx, "actor.retire", AUDIT_TARGET, None).await?;
    tx.changed(&[
        Topic::Identity,
        Topic::Letter,
        Topic::Queue,
        Topic::Register,
    ])
    .await?;
    Ok((
        Retired { queued, dropped },
        PendingDeliveries { queued: queued > 0 },
    ))
}

/// Whether the actor lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// It lives.
    Living,
    /// It ended not long ago. Its document stays, because servers need the key to verify the Delete, perhaps long
    /// after they accepted it.
    Ending {
        /// When it ended.
        since: Millis,
        /// Until when its document stays.
        until: Millis,
    },
    /// It ended, the Delete is delivered or expired, and its receivers had time to verify it.
    Ended {
        /// When it ended.
        since: Millis,
    },
}

impl Lifetime {
    /// The lifetime as this transaction sees it. Deliveries end once `give_up_after` has passed; until then the
    /// document stays, even if nothing waits: a server that answered 202 may verify later.
    pub async fn of(tx: &mut Tx, give_up_after: Duration, now: Millis) -> Result<Self> {
        let Some(since) = tx.retired_at().await? else {
            return Ok(Self::Living);
        };
        let until = since.plus(give_up_after);
        if until > now {
            Ok(Self::Ending { since, until })
        } else {
            Ok(Self::Ended { since })
        }
    }

    /// When it ended; `None` while it lives.
    #[must_use]
    pub const fn since(self) -> Option<Millis> {
        match self {
            Self::Living => None,
            Self::Ending { since, .. } | Self::Ended { since } => Some(since),
        }
    }
}

impl Whose {
    /// Its name in the store and in the audit.
    #[must_use]
    pub const fn in_store(self) -> &'static str {
        match self {
            Self::Letter => LETTER_KEY,
            Self::Instance => INSTANCE_KEY,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Access, Store};

    const NOW: Millis = Millis::from_millis(1_795_348_800_000);
    const OLD: &str = "https://letter.example/actor";

    fn target(id: &str, also_known_as: &[&str], moved_to: Option<&str>) -> RemoteActor {
        let document = serde_json::json!({
            "id": id,
            "type": "Service",
            "preferredUsername": "letter",
            "inbox": format!("{id}/inbox"),
            "alsoKnownAs": also_known_as,
            "movedTo": moved_to,
        });
        RemoteActor::parse(document.to_string().as_bytes()).unwrap()
    }

    fn identity(moved_at: Option<Millis>) -> Identity {
        Identity {
            base_url: "https://letter.example".to_owned(),
            username: "letter".to_owned(),
            created_at: NOW,
            moved_to: moved_at.map(|_| "https://first.example/actor".to_owned()),
            moved_at,
            retired_at: None,
        }
    }

    #[tokio::test]
    async fn the_end_takes_as_long_as_anybody_is_told_and_the_key_may_be_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("register.db").display());
        let store = Store::open(&url, 1, Access::Create).await.unwrap();
        let mut tx = store.write().await.unwrap();
        tx.claim_identity(&identity(None)).await.unwrap();
        let week = Duration::from_hours(7 * 24);
        let moment = Duration::from_millis(1);
        let living = Lifetime::of(&mut tx, week, NOW).await.unwrap();
        assert_eq!(living, Lifetime::Living);
        tx.save_retired(NOW).await.unwrap();
        // There are no deliveries at all.
        let (since, until) = (NOW, NOW.plus(week));
        for (now, expected) in [
            (NOW, Lifetime::Ending { since, until }),
            (until.minus(moment), Lifetime::Ending { since, until }),
            (until, Lifetime::Ended { since }),
        ] {
            assert_eq!(Lifetime::of(&mut tx, week, now).await.unwrap(), expected);
        }
    }

    #[test]
    fn a_letter_moves_where_it_is_known_and_once_in_seven_days() {
        let urls = Urls::new(&"https://letter.example".parse().unwrap(), "", "letter");
        let new = "https://new.example/actor";
        let confirmed = target(new, &["https://other.example/a", OLD], None);
        let last = |ago: Duration| Some(NOW.minus(ago));
        let second = Duration::from_secs(1);
        for (target, moved_at, refusal) in [
            (&confirmed, None, None),
            (&confirmed, last(MOVES_EVERY), None),
            (
                &confirmed,
                last(MOVES_EVERY.saturating_sub(second)),
                Some("seven days"),
            ),
            (&confirmed, Some(NOW), Some("seven days")),
            (&target(new, &[], None), None, Some("alsoKnownAs")),
            (
                &target(new, &["https://letter.example/actor/"], None),
                None,
                Some("alsoKnownAs"),
            ),
            (
                &target(new, &[OLD], Some("https://a.example/a")),
                None,
                Some("moved itself"),
            ),
            (
                &target("https://letter.example/instance-actor", &[OLD], None),
                None,
                Some("this very server"),
            ),
        ] {
            let said = may_move(&identity(moved_at), &urls, target, NOW);
            let said = said.err().map(|error| error.to_string());
            match refusal {
                None => assert_eq!(said, None),
                Some(words) => assert!(
                    said.as_ref().is_some_and(|said| said.contains(words)),
                    "{said:?}"
                ),
            }
        }
    }
}
