//! What administrators do for one person, whatever is stored of them: find, hide, hand over and erase.

use serde_json::{Map, Value};

use super::decisions::{DecisionReason, find};
use crate::{
    clock::Millis,
    endorsement::{Cause, State, who::Who},
    hash::Sha256,
    register::{
        error::Result,
        inbound::{batch::Batch, leaving::Left},
        letter::{announcements::unmention, note::NoteSettings, own_boosts::end_those},
        outgoing::ActivityBuilder,
        rules::Context,
    },
    store::{ActorRow, AuditAction, EndorsementSummary, NewAudit, Topic, Tx},
};

/// How many people a name may fit before the rest is not looked for.
const MANY: i64 = 20;

/// Shorter beginnings of ids find nobody: an empty variable in a script must not erase anybody.
const SHORTEST_ID: usize = 4;

/// Somebody with an account in the Fediverse, and all of their accounts if they moved.
#[derive(Clone, Debug)]
pub struct Person {
    /// The accounts, oldest first; at least one.
    pub accounts: Vec<ActorRow>,
}

impl Person {
    /// The handle of the account that they use now.
    pub fn handle(&self) -> &str {
        let moved = |actor: &&ActorRow| actor.successor_id.is_some();
        let current = self.accounts.iter().find(|actor| !moved(actor));
        let current = current.or(self.accounts.last());
        current.map_or("", |actor| actor.handle.as_str())
    }

    fn ids(&self) -> Vec<i64> {
        self.accounts.iter().map(|actor| actor.id).collect()
    }
}

/// The accounts that these words may mean, each once: by an id of an endorsement or a comment, or the beginning of one; by
/// the address of an account, a profile or a post; by a handle; else by a name.
pub async fn accounts_meant(tx: &mut Tx, words: &str) -> Result<Vec<ActorRow>> {
    let words = words.trim();
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let mut found: Vec<i64> = Vec::new();
    if let Some(who) = Who::parse(words) {
        let urls = tx.ids_of(&who).await?;
        let hashes: Vec<_> = urls.iter().map(|url| Sha256::of(url)).collect();
        found.extend(tx.actors(&hashes).await?.iter().map(|actor| actor.id));
    } else {
        let entries = find(tx, words).await?;
        found.extend(entries.iter().map(|entry| entry.actor_id));
        if words.chars().count() >= SHORTEST_ID {
            found.extend(tx.actors_who_commented(words, MANY).await?);
        }
        if found.is_empty() {
            // Nobody's name is an id, and every name is looked at.
            found.extend(tx.actors_named(words, MANY).await?);
        }
    }
    found.sort_unstable();
    found.dedup();
    let mut accounts = tx.actors_by_id(&found).await?;
    accounts.sort_by_key(|actor| actor.id);
    Ok(accounts)
}

/// Everybody with an account whom these words may mean, as [`accounts_meant`] finds them.
pub async fn find_people(tx: &mut Tx, words: &str) -> Result<Vec<Person>> {
    let mut people: Vec<Vec<i64>> = Vec::new();
    for account in accounts_meant(tx, words).await? {
        let accounts = tx.accounts_of(account.id).await?;
        if !accounts.is_empty() && !people.contains(&accounts) {
            people.push(accounts);
        }
    }
    let mut all = Vec::with_capacity(people.len());
    for ids in people {
        let mut accounts = tx.actors_by_id(&ids).await?;
        accounts.sort_by_key(|actor| actor.id);
        all.push(Person { accounts });
    }
    Ok(all)
}

/// Everything that is stored about somebody, by table.
pub async fn stored_about(tx: &mut Tx, person: &Person) -> Result<Map<String, Value>> {
    Ok(tx.stored_about(&person.ids()).await?)
}

/// The entries of somebody that can be hidden.
pub async fn shown_entries(tx: &mut Tx, person: &Person) -> Result<Vec<EndorsementSummary>> {
    let mut entries = Vec::new();
    for actor in &person.accounts {
        let found = find(tx, &actor.url).await?;
        let can_hide = |entry: &EndorsementSummary| {
            let state = entry.state.parse::<State>();
            matches!(state, Ok(State::Listed | State::Counted | State::Pending))
        };
        let theirs = found
            .into_iter()
            .filter(|entry| entry.actor_id == actor.id && can_hide(entry));
        entries.extend(theirs);
    }
    Ok(entries)
}

/// Erases everything of somebody's accounts in this transaction, as if they had withdrawn long ago: every act, boost and
/// follow ends, nothing is sent, and nothing is kept but numbers, dates and states. Posts of ours mention them no more. The
/// A boost of theirs ends. The
/// audit entry has the reason's code and not its text, which may name the person. Names of the letter's file that link to
/// the accounts go too. Returns what left.
pub async fn erase(
    tx: &mut Tx,
    context: &Context,
    settings: &NoteSettings,
    now: Millis,
    person: &Person,
    (by, reason): (&str, &DecisionReason),
) -> Result<Left> {
    let ids = person.ids();
    let endorsement = tx.endorsements_of(&ids).await?.pop();
    let target = endorsement.map_or_else(
        || "somebody without an entry".to_owned(),
        |row| row.public_id.to_string(),
    );
    let mut batch = Batch::of_actors(tx, context, now, &ids).await?;
    batch.each(|shared, actor| {
        shared.say_nothing(actor);
        actor.unfollow();
        shared.leave(actor, Cause::Withdrew);
    });
    let (_, saved) = Box::pin(batch.save_and_tell(tx)).await?;
    // Before their addresses are erased: who was told of a boost has to be found.
    let builder = ActivityBuilder {
        urls: &context.urls,
        random: context.random.as_ref(),
        now,
    };
    end_those(tx, &builder, &[], &ids).await?;
    unmention(tx, &context.urls, settings, &ids).await?;
    for id in ids {
        tx.erase_account(id, now).await?;
    }
    tx.add_audit(&NewAudit {
        at: now,
        by: by.to_owned(),
        action: AuditAction::PersonErase,
        code: Some(reason.code.to_string()),
        target,
        reason: None,
    })
    .await?;
    tx.changed(&[Topic::Register, Topic::Letter, Topic::Queue])
        .await?;
    Ok(saved.left)
}
