//! What looks at the links of profiles change: who is one person in two places.
//!
//! Not here: the looks (`federation::link_look`), what a look means (`endorsement::profile_links`), and what administrators
//! decide (`register::moderation::links`).

use std::time::Duration;

use crate::{
    activitystreams::forge_number,
    clock::Millis,
    endorsement::names::user_of,
    endorsement::profile_links::{LinkChange, LinkSight, LinkState, after_look},
    hash::Sha256,
    http_client::pace::counted_domain_of,
    letter::SignatorySource,
    register::error::Result,
    store::{ActorRow, ForgeName, LinkRow, LinkSubject, NewJob, Topic, Tx},
};

/// Job kind: looks at the link of one endorser's profile. The payload is the hash of the actor's id.
pub const LINK_LOOK: &str = "sweep_link";

/// Job kind: the same, because a look missed what is linked.
pub const LINK_SECOND_LOOK: &str = "sweep_link_again";

/// How long nobody's link is looked at again, unless a look missed it.
const AGAIN_AFTER: Duration = Duration::from_hours(30 * 24);

/// What a look found; both sides were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkFinding {
    /// Both sides link each other.
    Mutual(LinkedWith),
    /// The profile links to this GitHub account, which does not link back.
    OneWay(String),
    /// The profile links to nothing of the kind.
    Nothing,
}

/// The other side of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkedWith {
    /// A GitHub account.
    Github {
        /// Its name.
        name: String,
        /// GitHub's number of it.
        id: i64,
    },
    /// The website of an organisation, by its host.
    Website(String),
    /// Another account that endorses, by the row id of its endorsement.
    Account(i64),
    /// A name of the letter's list that links to this very account, by its row id. The account signed the letter itself.
    Name(i64),
}

impl LinkFinding {
    const fn sight(&self) -> LinkSight {
        match self {
            Self::Mutual(_) => LinkSight::Mutual,
            Self::OneWay(_) => LinkSight::OneWay,
            Self::Nothing => LinkSight::Nothing,
        }
    }
}

/// What a look changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkNoted {
    /// What is known now.
    pub row: Option<LinkRow>,
    /// When the second look at what this one missed will be.
    pub second_look: Option<Millis>,
}

/// Whether a link is to be looked at: nobody's more often than once in 30 days.
pub fn is_due(known: Option<&LinkRow>, now: Millis) -> bool {
    known.is_none_or(|row| {
        row.state != LinkState::Removed
            && (row.missed_at.is_some() || now.since(row.looked_at) >= AGAIN_AFTER)
    })
}

/// The job that looks at an actor's link.
pub fn look(actor: &str, now: Millis) -> NewJob {
    job(LINK_LOOK, actor, now)
}

fn job(kind: &str, actor: &str, due_at: Millis) -> NewJob {
    NewJob {
        kind: kind.to_owned(),
        key_hash: Sha256::of(&format!("{kind} {actor}")),
        payload: Sha256::of(actor).hex(),
        due_at,
        domain: counted_domain_of(actor),
    }
}

/// Orders looks at those who may be the names that came to the letter's list, and lets go of those that left it. Only a look
/// links anybody with GitHub: an account may have another name now than at the last one. Whose account a name of the list
/// links to is linked at once: who signed from there and who stands here is one supporter, so a patch that puts endorsers
/// into the file changes no total.
///
/// # Errors
/// The database failed.
pub async fn look_at_names(tx: &mut Tx, now: Millis) -> Result<()> {
    let actors = tx.let_go_of_names().await?;
    link_accounts_on_forges(tx, now).await?;
    let looks: Vec<_> = actors.iter().map(|actor| look(actor, now)).collect();
    tx.add_jobs(&looks).await?;
    link_names_to_accounts(tx, now).await
}

/// Links accounts on forges that signed by a comment with their names in the letter's file, which came since.
async fn link_accounts_on_forges(tx: &mut Tx, now: Millis) -> Result<()> {
    let unlinked = tx.unlinked_on_forges().await?;
    let ids: Vec<i64> = unlinked.iter().map(|(actor_id, _)| *actor_id).collect();
    let actors = tx.actors_by_id(&ids).await?;
    for (actor_id, endorsement_id) in unlinked {
        if let Some(actor) = actors.iter().find(|actor| actor.id == actor_id) {
            link_account_on_forge(tx, actor, endorsement_id, now).await?;
        }
    }
    Ok(())
}

/// Links an account on a forge with its name in the letter's file: both are one supporter, by the login that the file has
/// until that was looked up, then by the number. An account of the Fediverse that links to the same GitHub account, and is
/// linked by it, is the same supporter as well. Returns whether anything was linked.
///
/// # Errors
/// The database failed.
pub(in crate::register) async fn link_account_on_forge(
    tx: &mut Tx,
    actor: &ActorRow,
    endorsement_id: i64,
    now: Millis,
) -> Result<bool> {
    let Some(account) = forge_name(actor) else {
        return Ok(false);
    };
    let known = tx.link_of(endorsement_id).await?;
    if known.is_some_and(|row| row.state == LinkState::Removed || row.signatory_id.is_some()) {
        return Ok(false);
    }
    let mut is_linked = false;
    if account.on_github
        && let Some(profile) = tx.link_with_github(account.number).await?
        && profile.other_id.is_none()
        && tx.link_with_account(endorsement_id).await?.is_none()
    {
        // The name stands beside the account that it names.
        let profile = LinkRow {
            signatory_id: None,
            other_id: Some(endorsement_id),
            ..profile
        };
        tx.save_link(&profile).await?;
        is_linked = true;
    }
    let Some(name) = tx.free_name_on_forge(&account).await? else {
        return Ok(is_linked);
    };
    let on_github = account.on_github;
    let row = LinkRow {
        github: on_github.then(|| account.login.to_owned()),
        github_id: on_github.then_some(account.number),
        ..linked_row(tx, endorsement_id, None, &LinkedWith::Name(name), now).await?
    };
    tx.save_link(&row).await?;
    Ok(true)
}

/// An account on a forge as the letter's file may name it; `None` for everybody else, and for who was erased.
pub(in crate::register) fn forge_name(actor: &ActorRow) -> Option<ForgeName<'_>> {
    let forge = actor.forge.as_deref()?;
    Some(ForgeName {
        actor_id: actor.id,
        on_github: forge == SignatorySource::GitHub.as_str(),
        number: i64::try_from(forge_number(&actor.url)?).ok()?,
        login: user_of(&actor.handle)?,
        page: actor.page.as_deref()?,
    })
}

/// Links the names of the letter's list whose line links to the account of somebody who is listed.
async fn link_names_to_accounts(tx: &mut Tx, now: Millis) -> Result<()> {
    const AT_ONCE: usize = 500;
    let names = tx.names_with_pages().await?;
    for some in names.chunks(AT_ONCE) {
        let hashes: Vec<Sha256> = some.iter().map(|(_, url)| Sha256::of(url)).collect();
        for subject in tx.unnamed_endorsers(&hashes).await? {
            let mut names = some.iter();
            let Some((name, _)) = names.find(|(_, url)| *url == subject.actor) else {
                continue;
            };
            let id = subject.endorsement_id;
            let known = tx.link_of(id).await?;
            let known = known.filter(|row| row.state == LinkState::Linked);
            let row = match known {
                Some(row) => LinkRow {
                    signatory_id: Some(*name),
                    ..row
                },
                None => linked_row(tx, id, None, &LinkedWith::Name(*name), now).await?,
            };
            tx.save_link(&row).await?;
        }
    }
    Ok(())
}

/// The row of somebody who is linked with this, as far as the other entry is nobody else's.
///
/// # Errors
/// The database failed.
pub async fn linked_row(
    tx: &mut Tx,
    endorsement_id: i64,
    known: Option<&LinkRow>,
    with: &LinkedWith,
    now: Millis,
) -> Result<LinkRow> {
    let mut row = LinkRow {
        endorsement_id,
        state: LinkState::Linked,
        github: None,
        github_id: None,
        domain: None,
        signatory_id: None,
        other_id: None,
        looked_at: now,
        missed_at: None,
    };
    match with {
        LinkedWith::Github { name, id } => {
            // A look found the name by an earlier name of the account.
            let same = known.filter(|known| known.github_id == Some(*id));
            let commented = match same.and_then(|known| known.other_id) {
                None if tx.link_with_account(endorsement_id).await?.is_none() => {
                    tx.signed_on_github(*id).await?
                }
                commented => commented,
            };
            if commented.is_some() {
                // Who signed by a comment there: the name of the list, if any, stands beside that.
                (row.github, row.github_id) = (Some(name.clone()), Some(*id));
                row.other_id = commented;
                return Ok(row);
            }
            row.signatory_id = match same.and_then(|known| known.signatory_id) {
                None if tx.link_with_account(endorsement_id).await?.is_none() => {
                    tx.free_signatory(name).await?
                }
                signatory => signatory,
            };
            (row.github, row.github_id) = (Some(name.clone()), Some(*id));
        }
        LinkedWith::Website(host) => row.domain = Some(host.clone()),
        LinkedWith::Account(other_id) => row.other_id = Some(*other_id),
        LinkedWith::Name(signatory_id) => row.signatory_id = Some(*signatory_id),
    }
    Ok(row)
}

/// Whether another account is nobody's yet, or in a pair with this endorser already: looks at both may run at once.
async fn is_free(tx: &mut Tx, id: i64, known: Option<&LinkRow>, other_id: i64) -> Result<bool> {
    if known.is_some_and(|known| known.other_id == Some(other_id)) {
        return Ok(true);
    }
    let with = LinkedWith::Account(other_id);
    let row = linked_row(tx, id, known, &with, Millis::default()).await?;
    Ok(tx.listed_actor(other_id).await?.is_some() && tx.link_fits(&row).await?)
}

/// Notes what a look found, and orders the second look at what it missed. An account that is in another pair by now is
/// nothing found.
///
/// # Errors
/// The database failed.
pub async fn note_look(
    tx: &mut Tx,
    subject: &LinkSubject,
    finding: &LinkFinding,
    grace: Duration,
    now: Millis,
) -> Result<LinkNoted> {
    let id = subject.endorsement_id;
    let known = tx.link_of(id).await?;
    let finding = if let LinkFinding::Mutual(LinkedWith::Account(other_id)) = finding
        && !is_free(tx, id, known.as_ref(), *other_id).await?
    {
        &LinkFinding::Nothing
    } else {
        finding
    };
    let named = if matches!(finding, LinkFinding::Mutual(_)) || subject.organisation {
        None
    } else {
        tx.name_linking_to(&subject.actor, id).await?
    };
    let by_name = named.map(|name| LinkFinding::Mutual(LinkedWith::Name(name)));
    let finding = by_name.as_ref().unwrap_or(finding);
    let before = known.as_ref().map(|row| (row.state, row.missed_at));
    let row = match (after_look(before, finding.sight(), now, grace), finding) {
        (LinkChange::Link, LinkFinding::Mutual(with)) => {
            Some(linked_row(tx, id, known.as_ref(), with, now).await?)
        }
        (LinkChange::Claim, LinkFinding::OneWay(name)) => Some(LinkRow {
            endorsement_id: id,
            state: LinkState::Claimed,
            github: Some(name.clone()),
            github_id: None,
            domain: None,
            signatory_id: None,
            other_id: None,
            looked_at: now,
            missed_at: None,
        }),
        (LinkChange::Miss, _) => known.clone().map(|row| LinkRow {
            looked_at: now,
            missed_at: Some(now),
            ..row
        }),
        (LinkChange::Drop, _) => None,
        (LinkChange::Link | LinkChange::Claim | LinkChange::Keep, _) => {
            known.clone().map(|row| LinkRow {
                looked_at: now,
                ..row
            })
        }
    };
    match &row {
        Some(row) => tx.save_link(row).await?,
        None => tx.remove_link(id).await?,
    }
    let missed = row.as_ref().and_then(|row| row.missed_at);
    let second_look = missed.map(|missed| missed.plus(grace));
    if let Some(at) = second_look {
        let again = job(LINK_SECOND_LOOK, &subject.actor, at);
        tx.add_jobs(&[again]).await?;
    }
    let shown = |row: &LinkRow| {
        let parts = (
            row.signatory_id,
            row.other_id,
            row.domain.clone(),
            row.github.clone(),
        );
        (row.state == LinkState::Linked).then_some(parts)
    };
    if known.as_ref().and_then(shown) != row.as_ref().and_then(shown) {
        tx.changed(&[Topic::Register]).await?;
    }
    Ok(LinkNoted { row, second_look })
}
