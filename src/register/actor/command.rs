//! What every change of the letter's actor needs: who asked for it, and the Update that tells the followers.

use serde_json::Value;

use super::{identity::shown_key, profile::Profile};
use crate::{
    activitystreams::{self, Own, OwnActor, paths},
    clock::Millis,
    hash::Sha256,
    random::PublicId,
    register::{
        error::{Error, Result},
        letter::note::NoteSettings,
        outgoing::ActivityBuilder,
    },
    store::{AuditAction, Identity, NewActivity, NewAudit, Tx},
};

/// The setting with the last Update of the actor: the hash of the document, and when it was sent.
const TOLD: &str = "actor_told";

/// What a change of the actor needs: how its document is made, and who asked for the change.
#[derive(Debug)]
pub struct ActorCommandContext<'a> {
    /// The builder of our activities.
    pub builder: ActivityBuilder<'a>,
    /// How the actor presents itself.
    pub profile: &'a Profile,
    /// What the letter's Note is made with.
    pub settings: &'a NoteSettings,
    /// `--as`, or the system user.
    pub by: &'a str,
}

/// The identity, as long as the actor lives.
///
/// # Errors
/// [`crate::store::Error::Retired`] afterwards; [`Error::NoLetter`] before anything was published.
pub async fn living(tx: &mut Tx) -> Result<Identity> {
    let identity = tx.identity().await?.ok_or(Error::NoLetter)?;
    match identity.retired_at {
        Some(at) => Err(crate::store::Error::Retired(at).into()),
        None => Ok(identity),
    }
}

impl ActorCommandContext<'_> {
    /// The Update with the whole actor, as it is served from this transaction on. The document is remembered as the
    /// one last sent.
    pub(in crate::register) async fn update(&self, tx: &mut Tx) -> Result<NewActivity> {
        let urls = self.builder.urls;
        let document = self
            .profile
            .current(tx, urls, self.settings, self.builder.now)
            .await?;
        remember(tx, &document, self.builder.now).await?;
        let id = self.builder.id();
        let body = activitystreams::update_actor(urls, &id, OwnActor::Letter, &document);
        Ok(self.about_actor(&id, "Update", &body))
    }

    /// The Update with the whole instance actor, as it is served from this transaction on.
    pub(in crate::register) async fn update_instance(&self, tx: &mut Tx) -> Result<NewActivity> {
        let urls = self.builder.urls;
        let published = living(tx).await?.created_at;
        let key = shown_key(tx, OwnActor::Instance).await?;
        let document = activitystreams::instance_actor(urls, &key, published);
        let id = self.builder.id();
        let body = activitystreams::update_actor(urls, &id, OwnActor::Instance, &document);
        Ok(NewActivity {
            subject: paths::INSTANCE_ACTOR.to_owned(),
            ..self.about_actor(&id, "Update", &body)
        })
    }

    /// An activity about the actor. All of them have the same subject, and so arrive in order.
    pub(in crate::register) fn about_actor(
        &self,
        id: &PublicId,
        kind: &str,
        body: &Value,
    ) -> NewActivity {
        NewActivity {
            path: self.builder.urls.path(&Own::Activity(id.clone())),
            kind: kind.to_owned(),
            subject: paths::ACTOR.to_owned(),
            body: body.to_string(),
            public: true,
            at: self.builder.now,
            to: Vec::new(),
        }
    }

    pub(in crate::register) async fn audit(
        &self,
        tx: &mut Tx,
        action: AuditAction,
        target: &str,
        reason: Option<String>,
    ) -> Result<()> {
        let audit = NewAudit {
            at: self.builder.now,
            by: self.by.to_owned(),
            action,
            code: None,
            target: target.to_owned(),
            reason,
        };
        tx.add_audit(&audit).await?;
        Ok(())
    }
}

/// The last Update that the followers got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastTold {
    hash: String,
    /// When it was sent.
    pub at: Millis,
}

impl LastTold {
    /// Whether it carried this document.
    #[must_use]
    pub fn is(&self, document: &Value) -> bool {
        self.hash == hash(document)
    }
}

fn hash(document: &Value) -> String {
    Sha256::of(&document.to_string()).short()
}

/// The last Update that the followers got, if there was one.
pub async fn last_told(tx: &mut Tx) -> crate::store::Result<Option<LastTold>> {
    let kept = tx.setting(TOLD).await?;
    Ok(kept.and_then(|kept| {
        let (hash, at) = kept.split_once(' ')?;
        Some(LastTold {
            hash: hash.to_owned(),
            at: Millis::from_millis(at.parse().ok()?),
        })
    }))
}

/// Stores what this transaction sends.
pub(in crate::register) async fn remember(
    tx: &mut Tx,
    document: &Value,
    now: Millis,
) -> Result<()> {
    let kept = format!("{} {}", hash(document), now.as_millis());
    Ok(tx.set_setting(TOLD, &kept).await?)
}
