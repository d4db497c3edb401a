//! Verifies endorsements on their own servers: the account, the post, and the handle. Servers tell us of a profile that
//! changed, and some of an account that was deleted, only while the account has something to do with us.
//!
//! Not here: who is due (`register::maintenance::sweep`), and what a look means ([`look`](super::look)).

use std::time::Duration;

use http::StatusCode;
use url::Url;

use super::{
    dereference::DereferenceError,
    dereference_jobs::{DereferenceResult, DereferenceRunner},
    look::Look,
    remote_actor::host_of,
};
use crate::{
    activitystreams::RemoteAccount,
    clock::Millis,
    endorsement::names::user_of,
    hash::Sha256,
    http_client::{FetchError, FetchFailure},
    register::{
        inbound::reverified::{doubt_handle, note_host, show_handle},
        maintenance::sweep::AFTER_REST,
    },
    store::VerificationSource,
};

/// What the looks at one endorsement found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The account.
    pub account: Look,
    /// The post; `None` where there is none, or the account was not reached.
    pub post: Option<Look>,
    /// When the second look at what is gone will be, which ends it.
    pub second_look: Option<Millis>,
}

type Result<T> = std::result::Result<T, DereferenceError>;

impl DereferenceRunner {
    /// Verifies the endorsement of the actor whose id has this hash: reads account and post again, unless the account was read less than
    /// `fresh` ago, and asks by WebFinger for its handle. `None` when there is nothing to verify, or the actor is blocked.
    ///
    /// # Errors
    /// Only when something failed here; what other servers answer is the result.
    pub async fn verify(&self, hash: &Sha256, fresh: Duration) -> Result<Option<Verified>> {
        let source = self
            .app
            .store
            .read()
            .await?
            .verification_source(hash)
            .await?;
        let Some(source) = source else {
            let mut tx = self.app.store.write().await?;
            tx.stop_verifying(hash).await?;
            tx.commit().await?;
            return Ok(None);
        };
        let actor = source.actor.as_str();
        if self.context().rules.blocks.blocks_actor(actor) {
            return Ok(None);
        }
        let mut verified = Verified {
            account: Look::There,
            post: None,
            second_look: None,
        };
        let mut profile = None;
        if source.restored || self.now().since(source.refreshed_at) >= fresh {
            let refreshed = match self.refresh_and_read(actor).await {
                Ok((result, read)) => {
                    profile = Some(read);
                    Ok(result)
                }
                Err(error) => Err(error),
            };
            (verified.account, verified.second_look) = looked(refreshed)?;
            self.note_reached(&source, verified.account != Look::Unreachable)
                .await?;
            let account_answers = matches!(verified.account, Look::There | Look::Withheld);
            if let Some(post) = source.post.as_deref().filter(|_| account_answers) {
                let read = if source.restored {
                    self.take_restored(post).await
                } else {
                    self.check_post(post).await
                };
                let (post, second_look) = looked(read)?;
                verified.post = Some(post);
                verified.second_look = second_look;
            }
            if source.restored && self.is_unread(hash).await? {
                self.look_again_soon(&source).await?;
            }
        }
        if verified.account == Look::There {
            self.confirm_handle(&source, profile.is_some()).await?;
            self.order_link_look(actor, profile).await?;
        }
        Ok(Some(verified))
    }

    /// Whether the endorsement still is by a restored post of which nobody knows what it says now.
    async fn is_unread(&self, hash: &Sha256) -> Result<bool> {
        let mut tx = self.app.store.read().await?;
        let source = tx.verification_source(hash).await?;
        Ok(source.is_some_and(|source| source.restored))
    }

    /// Orders the next look at a restored post that was not read: its author is counted without a name until then.
    async fn look_again_soon(&self, source: &VerificationSource) -> Result<()> {
        let mut tx = self.app.store.write().await?;
        tx.verify_at(&[source.actor_id], self.now().plus(AFTER_REST))
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Keeps in mind whether a host answers.
    async fn note_reached(&self, source: &VerificationSource, reached: bool) -> Result<()> {
        if reached && source.unreachable_since.is_none() && source.gone_since.is_none() {
            return Ok(());
        }
        let mut tx = self.app.store.write().await?;
        note_host(&mut tx, source, reached, self.now()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Asks for the actor's handle, and shows it by the one that is confirmed. `was_read`: whether its document was just
    /// read.
    async fn confirm_handle(&self, source: &VerificationSource, was_read: bool) -> Result<()> {
        let stated = source.stated_handle.as_deref().unwrap_or(&source.handle);
        let (context, now) = (self.context(), self.now());
        let handle = match self.confirmed(source, stated, was_read).await? {
            HandleLook::Is(handle) if handle == source.handle => {
                if source.handle_doubted_at.is_some() {
                    let mut tx = self.app.store.write().await?;
                    tx.doubt_handle(source.actor_id, None).await?;
                    tx.commit().await?;
                }
                return Ok(());
            }
            HandleLook::Is(handle) => handle,
            HandleLook::Doubted => {
                let grace = self.app.config.verify.grace;
                let mut tx = self.app.store.write().await?;
                let ends = doubt_handle(&mut tx, source, grace, now).await?;
                tx.commit().await?;
                if !ends {
                    return Ok(());
                }
                stated.to_owned()
            }
            HandleLook::Unknown => return Ok(()),
        };
        let mut tx = self.app.store.write().await?;
        show_handle(&mut tx, &context, now, &source.actor, (stated, &handle)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The handle of an actor: the one at another host that both hosts name, else the stated one.
    async fn confirmed(
        &self,
        source: &VerificationSource,
        stated: &str,
        was_read: bool,
    ) -> Result<HandleLook> {
        let actor = source.actor.as_str();
        let parts = user_of(stated).zip(stated.rsplit_once('@'));
        let (Some((user, (_, home))), Ok(url)) = (parts, Url::parse(actor)) else {
            return Ok(HandleLook::Unknown);
        };
        let at_home = HandleLook::Is(stated.to_owned());
        let account = match self.account(&url, user, home).await? {
            Answer::Account(account) => account,
            Answer::None => return Ok(at_home),
            // A host that shows the account, and does not name the handle any more.
            Answer::Withheld | Answer::Silence if was_read => return Ok(at_home),
            Answer::Withheld | Answer::Silence | Answer::NotAsked => {
                return Ok(HandleLook::Unknown);
            }
        };
        let claimed = claimed_host(&account, actor, user);
        let claimed = claimed.and_then(|host| host_of(&format!("{}://{host}", url.scheme())));
        let Some(claimed) = claimed
            .map(|host| host.authority)
            .filter(|host| host != home)
        else {
            return Ok(at_home);
        };
        if self.app.urls.is_our_domain(&claimed) || !self.may_ask(&claimed).await? {
            return Ok(at_home);
        }
        let handle = format!("@{user}@{claimed}");
        Ok(match self.account(&url, user, &claimed).await? {
            Answer::Account(account) => {
                let confirmed = claimed_host(&account, actor, user)
                    .and_then(|host| host_of(&format!("{}://{host}", url.scheme())))
                    .is_some_and(|host| host.authority == claimed);
                if confirmed {
                    HandleLook::Is(handle)
                } else {
                    at_home
                }
            }
            Answer::None => at_home,
            // The one that is shown is not named by its own host any more.
            Answer::Withheld | Answer::Silence if source.handle != handle => at_home,
            Answer::Withheld => HandleLook::Doubted,
            Answer::Silence | Answer::NotAsked => HandleLook::Unknown,
        })
    }

    /// Asks a host for an account, by the scheme of the actor's id.
    async fn account(&self, actor: &Url, user: &str, host: &str) -> Result<Answer> {
        let asked = self.app.dereferencer.webfinger(actor.scheme(), host, user);
        match asked.await {
            Ok(account) => Ok(Answer::Account(account)),
            Err(error) if error.is_ours() => Err(error),
            Err(error) => Ok(Answer::without(&error)),
        }
    }
}

/// What was found about the handle of an actor.
enum HandleLook {
    /// The one to be shown.
    Is(String),
    /// The host of the one that is shown answers, and says nothing about accounts.
    Doubted,
    /// Nothing.
    Unknown,
}

/// A host's answer about an account.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Account(RemoteAccount),
    /// It has none of that name.
    None,
    /// It answers, and not about accounts.
    Withheld,
    /// It does not answer now, or asks us to wait.
    Silence,
    /// It was not asked, for reasons of our own.
    NotAsked,
}

impl Answer {
    /// The answer of a host that gave no account.
    fn without(error: &DereferenceError) -> Self {
        if let DereferenceError::Fetch(error) = error {
            match error {
                FetchError::Refused(status) | FetchError::Later(status, _)
                    if *status == StatusCode::TOO_MANY_REQUESTS =>
                {
                    return Self::Silence;
                }
                FetchError::Unreachable(
                    FetchFailure::Busy | FetchFailure::Resting | FetchFailure::Unsigned(_),
                ) => return Self::NotAsked,
                FetchError::Gone
                | FetchError::Missing
                | FetchError::Refused(_)
                | FetchError::Later(..)
                | FetchError::Unreachable(_) => (),
            }
        }
        match Look::without(error) {
            Look::Gone => Self::None,
            Look::There | Look::Withheld => Self::Withheld,
            Look::Unreachable => Self::Silence,
        }
    }
}

/// What a look found, and when the second one is; an error when it failed here.
fn looked(result: Result<DereferenceResult>) -> Result<(Look, Option<Millis>)> {
    match result {
        Ok(DereferenceResult::Gone { second_look }) => Ok((Look::Gone, second_look)),
        Ok(DereferenceResult::Blocked) => Ok((Look::Withheld, None)),
        Ok(
            DereferenceResult::Taken { .. }
            | DereferenceResult::Unconcerned
            | DereferenceResult::Kept
            | DereferenceResult::Moved(_),
        ) => Ok((Look::There, None)),
        Err(error) if error.is_ours() => Err(error),
        Err(error) => Ok((Look::without(&error), None)),
    }
}

/// The host that an account claims to be at, if it is this actor's account with the user name that the actor has.
fn claimed_host<'a>(account: &'a RemoteAccount, actor: &str, user: &str) -> Option<&'a str> {
    let is_actor = account.actors.iter().any(|id| id == actor);
    let is_user = account.user.to_lowercase() == user.to_lowercase();
    (is_actor && is_user).then_some(account.host.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activitystreams::BadDocument;

    #[test]
    fn a_host_that_answers_otherwise_is_told_from_one_that_does_not() {
        let refused =
            |code| DereferenceError::from(FetchError::Refused(StatusCode::from_u16(code).unwrap()));
        for (error, expected) in [
            (FetchError::Missing.into(), Answer::None),
            (FetchError::Gone.into(), Answer::None),
            (refused(403), Answer::Withheld),
            (BadDocument::Missing("subject").into(), Answer::Withheld),
            (refused(429), Answer::Silence),
            (refused(503), Answer::Silence),
            (
                FetchError::Unreachable(FetchFailure::TimedOut).into(),
                Answer::Silence,
            ),
            (
                FetchError::Unreachable(FetchFailure::Busy).into(),
                Answer::NotAsked,
            ),
        ] {
            assert_eq!(Answer::without(&error), expected, "{error:?}");
        }
    }

    #[test]
    fn an_account_claims_a_host_for_its_own_actor_and_name_alone() {
        let ada = "https://m.example/users/ada";
        for (user, actors, expected) in [
            ("ada", vec![ada], Some("n.example")),
            ("Ada", vec!["https://m.example/x", ada], Some("n.example")),
            ("eve", vec![ada], None),
            ("ada", vec!["https://m.example/users/eve"], None),
            ("ada", vec![], None),
        ] {
            let account = RemoteAccount {
                user: user.to_owned(),
                host: "n.example".to_owned(),
                actors: actors.iter().map(|actor| (*actor).to_owned()).collect(),
            };
            assert_eq!(claimed_host(&account, ada, "ada"), expected, "{account:?}");
        }
    }
}
