//! Verifies endorsements on their own servers: the account, the post, and the handle. Servers tell us of a profile that
//! changed, and some of an account that was deleted, only while the account has something to do with us.
//!
//! Not here: who is due (`register::maintenance::sweep`), and what a look means ([`look`](super::look)).

use std::time::Duration;

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
    register::inbound::reverified::{note_host, show_handle},
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
        if self.now().since(source.refreshed_at) >= fresh {
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
                let (post, second_look) = looked(self.check_post(post).await)?;
                verified.post = Some(post);
                verified.second_look = second_look;
            }
        }
        if verified.account == Look::There {
            self.confirm_handle(&source).await?;
            self.order_link_look(actor, profile).await?;
        }
        Ok(Some(verified))
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

    /// Asks for the actor's handle, and shows it by the one that is confirmed.
    async fn confirm_handle(&self, source: &VerificationSource) -> Result<()> {
        let stated = source.stated_handle.as_deref().unwrap_or(&source.handle);
        let Some(handle) = self.confirmed(&source.actor, stated).await? else {
            return Ok(());
        };
        if handle == source.handle {
            return Ok(());
        }
        let context = self.context();
        let mut tx = self.app.store.write().await?;
        let now = self.now();
        show_handle(&mut tx, &context, now, &source.actor, (stated, &handle)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The handle of an actor: the one at another host that both hosts name, else the stated one. `None` when one of the
    /// hosts gave no answer about it.
    async fn confirmed(&self, actor: &str, stated: &str) -> Result<Option<String>> {
        let parts = user_of(stated).zip(stated.rsplit_once('@'));
        let (Some((user, (_, home))), Ok(url)) = (parts, Url::parse(actor)) else {
            return Ok(None);
        };
        let at_home = Some(stated.to_owned());
        let account = match self.account(&url, user, home).await? {
            Answer::Account(account) => account,
            Answer::None => return Ok(at_home),
            Answer::Unknown => return Ok(None),
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
        Ok(match self.account(&url, user, &claimed).await? {
            Answer::Account(account) => {
                let confirmed = claimed_host(&account, actor, user)
                    .and_then(|host| host_of(&format!("{}://{host}", url.scheme())))
                    .is_some_and(|host| host.authority == claimed);
                if confirmed {
                    Some(format!("@{user}@{claimed}"))
                } else {
                    at_home
                }
            }
            Answer::None => at_home,
            Answer::Unknown => None,
        })
    }

    /// Asks a host for an account, by the scheme of the actor's id.
    async fn account(&self, actor: &Url, user: &str, host: &str) -> Result<Answer> {
        let asked = self.app.dereferencer.webfinger(actor.scheme(), host, user);
        match asked.await {
            Ok(account) => Ok(Answer::Account(account)),
            Err(error) => match looked(Err(error))?.0 {
                Look::Gone => Ok(Answer::None),
                Look::There | Look::Withheld | Look::Unreachable => Ok(Answer::Unknown),
            },
        }
    }
}

/// A host's answer about an account.
enum Answer {
    Account(RemoteAccount),
    /// It has none of that name.
    None,
    Unknown,
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
