//! Looks at who is one person in two places: reads the profile of a listed endorser, and what it links to.
//!
//! Not here: who is looked at and when (`verification`), and what a look changes (`register::maintenance::links`).

use url::Url;

use super::{
    dereference::DereferenceError,
    dereference_jobs::DereferenceRunner,
    github::{GithubAccount, GithubKey},
};
use crate::{
    activitystreams::RemoteActor,
    clock::Millis,
    endorsement::profile_links::{LinkState, front_page_host, github_name, leads_to},
    hash::Sha256,
    http_client::{Accept, FetchError},
    register::{
        maintenance::links::{LinkFinding, LinkNoted, LinkedWith, is_due, look, note_look},
        moderation::linked_name::judge_linked_name,
    },
    store::{LinkRow, LinkSubject},
    text::html_links,
};

/// Most websites or other accounts of one profile that are looked at, and names of GitHub accounts that are compared with
/// the letter's list.
const MOST: usize = 3;

type Result<T> = std::result::Result<T, DereferenceError>;

impl DereferenceRunner {
    /// Orders a look at an endorser's link, if one is due. `profile`: what the profile links to, and its other ids, where it
    /// was just read.
    pub(super) async fn order_link_look(
        &self,
        actor: &str,
        profile: Option<(Vec<String>, Vec<String>)>,
    ) -> Result<()> {
        let mut tx = self.app.store.read().await?;
        let Some(subject) = tx.link_subject(&Sha256::of(actor)).await? else {
            return Ok(());
        };
        let known = tx.link_of(subject.endorsement_id).await?;
        let leads_anywhere = match (&known, profile) {
            (Some(_), _) | (None, None) => true,
            (None, Some((links, other_ids))) => {
                let github = self.app.github.pages();
                let leads = |link: &String| {
                    (subject.organisation && front_page_host(link).is_some())
                        || github_name(link, github).is_some()
                };
                links.iter().any(leads) || {
                    let other_ids: Vec<_> = other_ids.iter().map(|id| Sha256::of(id)).collect();
                    let other = tx.single_endorser(&other_ids).await?;
                    other.is_some_and(|other| other != subject)
                }
            }
        };
        drop(tx);
        if !leads_anywhere || !is_due(known.as_ref(), self.now()) {
            return Ok(());
        }
        let mut tx = self.app.store.write().await?;
        tx.add_jobs(&[look(actor, self.now())]).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Looks at an endorser's link, if that is due, and notes what it finds.
    ///
    /// # Errors
    /// A side could not be read: then nothing changes.
    pub async fn look_when_due(&self, actor: &Sha256) -> Result<()> {
        let mut tx = self.app.store.read().await?;
        let Some(subject) = tx.link_subject(actor).await? else {
            return Ok(());
        };
        let known = tx.link_of(subject.endorsement_id).await?;
        drop(tx);
        if is_due(known.as_ref(), self.now()) {
            self.look_now(&subject).await?;
        }
        Ok(())
    }

    /// Looks at an endorser's link and notes what it finds; `None` when nothing is asked: the actor is blocked, or
    /// `links.github` is off.
    ///
    /// # Errors
    /// A side could not be read: then nothing changes.
    pub async fn look_now(&self, subject: &LinkSubject) -> Result<Option<LinkNoted>> {
        let Some(finding) = self.find_link(subject).await? else {
            return Ok(None);
        };
        let mut tx = self.app.store.write().await?;
        let grace = self.app.config.verify.grace;
        // Whoever left meanwhile is nobody's second entry.
        let listed = tx.link_subject(&Sha256::of(&subject.actor)).await?;
        if listed.as_ref() != Some(subject) {
            return Ok(None);
        }
        let noted = note_look(&mut tx, subject, &finding, grace, self.now()).await?;
        judge_linked_name(&mut tx, &self.context(), self.now(), &subject.public_id).await?;
        tx.commit().await?;
        Ok(Some(noted))
    }

    /// What is found about an endorser's link, without noting it; `None` when nothing is asked.
    ///
    /// # Errors
    /// A side could not be read.
    pub async fn find_link(&self, subject: &LinkSubject) -> Result<Option<LinkFinding>> {
        if self.context().rules.blocks.blocks_actor(&subject.actor) {
            return Ok(None);
        }
        let known = self
            .app
            .store
            .read()
            .await?
            .link_of(subject.endorsement_id)
            .await?;
        let known = known.filter(|row| row.state == LinkState::Linked);
        let is_on_github = known.as_ref().is_some_and(|row| row.github_id.is_some());
        if !self.app.config.links.github && is_on_github && !subject.organisation {
            return Ok(None);
        }
        let profile = self.actor(&subject.actor).await?;
        let profile = profile.ok_or(FetchError::Missing)?;
        let own: Vec<&str> = [Some(profile.id.as_str()), profile.url.as_deref()]
            .into_iter()
            .flatten()
            .collect();
        if subject.organisation {
            return self.website(&profile, &own).await.map(Some);
        }
        let mut finding = LinkFinding::Nothing;
        if self.app.config.links.github {
            finding = self.on_github(&profile, &own, known.as_ref()).await?;
        }
        if !matches!(finding, LinkFinding::Mutual(_))
            && let Some(other) = self.other_account(&profile, known.as_ref()).await?
        {
            finding = LinkFinding::Mutual(LinkedWith::Account(other));
        }
        Ok(Some(finding))
    }

    /// The GitHub account that a profile and GitHub link each other. The one that is known is found by its number, whatever
    /// its name is now; the profile may still have the earlier one.
    async fn on_github(
        &self,
        profile: &RemoteActor,
        own: &[&str],
        known: Option<&LinkRow>,
    ) -> Result<LinkFinding> {
        let pages = self.app.github.pages();
        let mut names: Vec<String> = Vec::new();
        for name in profile
            .links
            .iter()
            .filter_map(|link| github_name(link, pages))
        {
            if !names.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
                names.push(name);
            }
        }
        let (now, github) = (self.now(), &self.app.github);
        if let Some((id, earlier)) = known.and_then(|row| row.github_id.zip(row.github.as_deref()))
            && let Some(account) = github.account(GithubKey::Number(id), now).await?
        {
            let is_claimed = |name: &String| {
                name.eq_ignore_ascii_case(&account.name) || name.eq_ignore_ascii_case(earlier)
            };
            let links_back = self.links_back(&account, own, now).await?;
            if links_back && names.iter().any(is_claimed) {
                return Ok(mutual(account));
            }
        }
        let most = github.most_accounts();
        if names.len() > most {
            let mut tx = self.app.store.read().await?;
            let mut listed = Vec::new();
            for name in names.iter().take(MOST) {
                if tx.free_signatory(name).await?.is_some() {
                    listed.push(name.clone());
                }
            }
            // Whoever is on the letter's list first.
            names.sort_by_key(|name| !listed.contains(name));
        }
        for name in names.iter().take(most) {
            if let Some(account) = github.account(GithubKey::Name(name), now).await?
                && account.name.eq_ignore_ascii_case(name)
                && self.links_back(&account, own, now).await?
            {
                return Ok(mutual(account));
            }
        }
        let claimed = names.into_iter().next();
        Ok(claimed.map_or(LinkFinding::Nothing, LinkFinding::OneWay))
    }

    async fn links_back(&self, account: &GithubAccount, own: &[&str], now: Millis) -> Result<bool> {
        Ok(leads_to(
            &self.app.github.links(&account.name, now).await?,
            own,
        ))
    }

    /// The website whose front page and the profile of an organisation link each other.
    async fn website(&self, profile: &RemoteActor, own: &[&str]) -> Result<LinkFinding> {
        let mut hosts: Vec<String> = Vec::new();
        for link in &profile.links {
            let (Some(host), Ok(url)) = (front_page_host(link), Url::parse(link)) else {
                continue;
            };
            if hosts.contains(&host) || hosts.len() >= MOST {
                continue;
            }
            hosts.push(host.clone());
            let page = match self.app.client.fetch(&url, Accept::Anything).await {
                Ok(page) => page,
                Err(FetchError::Gone | FetchError::Missing) => continue,
                Err(error) => return Err(error.into()),
            };
            let stays = page.url.host_str().is_some_and(|final_host| {
                final_host.strip_prefix("www.").unwrap_or(final_host) == host
            });
            let html = String::from_utf8_lossy(&page.body);
            let links: Vec<String> = html_links(&html)
                .into_iter()
                .filter(|link| link.is_me)
                .map(|link| link.href)
                .collect();
            if stays && leads_to(&links, own) {
                return Ok(LinkFinding::Mutual(LinkedWith::Website(host)));
            }
        }
        Ok(LinkFinding::Nothing)
    }

    /// The endorsement of another account, when both name each other in `alsoKnownAs`
    /// (<https://docs.joinmastodon.org/spec/activitypub/#Move>).
    async fn other_account(
        &self,
        profile: &RemoteActor,
        known: Option<&LinkRow>,
    ) -> Result<Option<i64>> {
        let named: Vec<Sha256> = profile
            .also_known_as
            .iter()
            .filter(|id| **id != profile.id)
            .take(MOST)
            .map(|id| Sha256::of(id))
            .collect();
        let mut tx = self.app.store.read().await?;
        let other = match known.and_then(|row| row.other_id) {
            Some(other_id) => tx
                .listed_actor(other_id)
                .await?
                .map(|actor| (other_id, actor)),
            None => tx
                .single_endorser(&named)
                .await?
                .map(|subject| (subject.endorsement_id, subject.actor)),
        };
        drop(tx);
        let Some((other_id, actor)) =
            other.filter(|(_, actor)| profile.also_known_as.contains(actor))
        else {
            return Ok(None);
        };
        let other = self.actor(&actor).await?;
        let names_back = other.is_some_and(|other| other.also_known_as.contains(&profile.id));
        Ok(names_back.then_some(other_id))
    }
}

fn mutual(account: GithubAccount) -> LinkFinding {
    LinkFinding::Mutual(LinkedWith::Github {
        name: account.name,
        id: account.id,
    })
}
