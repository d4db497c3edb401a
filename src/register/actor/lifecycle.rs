//! Changes of the letter's actor itself: a new key, a new address, its end.
//!
//! Each is one transaction, which also queues every activity about it.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::command::{ActorCommandContext, living};
use super::identity::{key_name, shown_key};
use crate::{
    activitystreams::{self, OwnActor, RemoteActor, Urls},
    clock::Millis,
    endorsement::names,
    register::{
        error::{Error, Result},
        inbound::account_move::MOVES_EVERY,
        pending_deliveries::PendingDeliveries,
    },
    signature::{KeyPair, authority},
    store::{AuditAction, Identity, Topic, Tx},
};

/// The actor's name in the audit log.
const AUDIT_TARGET: &str = "actor";

/// What becomes of a key that is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OldKey {
    /// It signs what each server gets until that server was told of the new one.
    HandsOver,
    /// It is erased at once, because somebody else may have it.
    Ends,
}

/// The result of [`rotate_key`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// The id of the new key.
    pub key_id: String,
    /// How many deliveries of the Update were queued.
    pub queued: u64,
}

/// Replaces an actor's newest key by a new one, under an id of its own. An Update of the actor goes to every server
/// that may have the old one in its cache, followers or not, because many never read a key again. The old key signs it
/// and everything else that such a server gets until it took the Update, if `old` says so.
///
/// # Errors
/// [`crate::store::Error::Retired`], and [`Error::NoKey`] when there is none to replace.
pub async fn rotate_key(
    tx: &mut Tx,
    order: &ActorCommandContext<'_>,
    whose: OwnActor,
    key: &KeyPair,
    old: OldKey,
) -> Result<(Rotated, PendingDeliveries)> {
    living(tx).await?;
    let (actor, now) = (key_name(whose), order.builder.now);
    let former = tx.own_key(actor).await?.ok_or(Error::NoKey(actor))?;
    tx.retire_own_keys(actor, now).await?;
    tx.add_own_key(actor, key.to_pkcs8(), now).await?;
    let update = match whose {
        OwnActor::Instance => order.update_instance(tx).await?,
        OwnActor::Letter => order.update(tx).await?,
    };
    let mut queued = 0;
    for id in tx.send(&[update]).await? {
        queued += tx.queue_for_servers(id, now).await?;
        tx.keep_former_key(id, former.id).await?;
    }
    if old == OldKey::Ends {
        tx.erase_former_keys_of(actor).await?;
    }
    let reason = (old == OldKey::Ends).then(|| "compromised".to_owned());
    order
        .audit(tx, AuditAction::ActorRotateKey, actor, reason)
        .await?;
    tx.changed(&[Topic::Identity, Topic::Queue]).await?;
    let key = shown_key(tx, whose).await?;
    let rotated = Rotated {
        key_id: order.builder.urls.key(whose, key.number),
        queued,
    };
    Ok((rotated, PendingDeliveries { queued: queued > 0 }))
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
    let NewHome { handle, profile } = NewHome::of(target);
    let new_home = json!({"handle": handle, "profile": profile}).to_string();
    tx.set_setting(NEW_HOME, &new_home).await?;
    let update = order.update(tx).await?;
    let id = order.builder.id();
    let body = activitystreams::move_actor(urls, &id, &target.id);
    let moves = order.about_actor(&id, "Move", &body);
    let mut queued = 0;
    for id in tx.send(&[update, moves]).await? {
        queued += tx.queue_for_followers(id, now).await?;
    }
    let target = Some(target.id.clone());
    order
        .audit(tx, AuditAction::ActorMove, AUDIT_TARGET, target)
        .await?;
    tx.changed(&[Topic::Identity, Topic::Letter, Topic::Queue])
        .await?;
    Ok((queued, PendingDeliveries { queued: queued > 0 }))
}

/// The setting with the new actor as people are shown it, as JSON.
const NEW_HOME: &str = "new_home";

/// The actor that the letter moved to, as people are shown it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct NewHome {
    /// `@user@host` as its document says, or its id where it has no user name.
    pub handle: String,
    /// Its profile page, or its id where it has none.
    pub profile: String,
}

impl NewHome {
    fn of(target: &RemoteActor) -> Self {
        let stated = target
            .webfinger
            .as_ref()
            .map(|account| format!("@{account}"));
        let stated = stated.filter(|handle| names::user_of(handle).is_some());
        let handle = stated.or_else(|| {
            let user = target.preferred_username.as_ref()?;
            let host = authority(&Url::parse(&target.id).ok()?)?;
            let handle = format!("@{user}@{host}");
            names::user_of(&handle).is_some().then_some(handle)
        });
        Self {
            handle: handle.unwrap_or_else(|| target.id.clone()),
            profile: target.url.as_ref().unwrap_or(&target.id).clone(),
        }
    }

    /// The one that the letter moved to, if it moved.
    pub async fn read(tx: &mut Tx) -> Result<Option<Self>> {
        let Some(id) = tx.identity().await?.and_then(|identity| identity.moved_to) else {
            return Ok(None);
        };
        let kept = tx.setting(NEW_HOME).await?;
        let kept = kept.and_then(|kept| serde_json::from_str(&kept).ok());
        Ok(Some(kept.unwrap_or_else(|| Self {
            handle: id.clone(),
            profile: id,
        })))
    }
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
             `alsoKnownAs` (with undersigned, there: `actor.also_known_as` in its config.toml; with Mastodon: Preferences, \
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

/// Ends the actor for good: its Delete goes to every inbox that is known, and nothing else is sent any more.
/// The data stays in the database; nothing of it is shown.
///
/// # Errors
/// [`crate::store::Error::Retired`] the second time; [`Error::NoLetter`] without an identity.
pub async fn retire(
    tx: &mut Tx,
    order: &ActorCommandContext<'_>,
) -> Result<(Retired, PendingDeliveries)> {
    living(tx).await?;
    let now = order.builder.now;
    let dropped = tx.drop_everything(now).await?;
    let id = order.builder.id();
    let body = activitystreams::delete_actor(order.builder.urls, &id);
    let delete = order.about_actor(&id, "Delete", &body);
    let mut queued = 0;
    for id in tx.send(&[delete]).await? {
        queued += tx.queue_for_everybody(id, now).await?;
    }
    tx.save_retired(now).await?;
    order
        .audit(tx, AuditAction::ActorRetire, AUDIT_TARGET, None)
        .await?;
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
