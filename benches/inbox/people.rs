//! People on many servers with real keys, and those who endorsed before them.

use std::{path::Path, sync::Arc};

use super::support::{
    accounts::{account, save},
    program::http,
    world::Person,
};
use anyhow::Context as _;
use undersigned::{
    clock::{Clock as _, Millis, SystemClock},
    endorsement::{
        Act, ActKind, ActOutcome, Cause, MaxVisibility, ReviewState, State, Visibility,
        hide_reason::HideReasons,
    },
    hash::Sha256,
    random::{PublicId, SystemRandom},
    signature::KeyPair,
    store::{ActRow, EndorsementRow, HistoryRow, NewActor, Store, Topic, Tx},
};

/// Servers that people live on.
const HOSTS: usize = 300;

/// People who share a key pair: making one takes 100 ms.
const PEOPLE_PER_KEY: usize = 80;

/// People of one transaction of the seeding; one statement of SQLite takes 32,766 values.
const AT_ONCE: usize = 1000;

/// `n` people who know the letter at this origin; the keys are kept in `folder`, so that they are made once.
pub(crate) fn people(n: usize, letter: &str, folder: &Path) -> anyhow::Result<Vec<Person>> {
    let keys = keys(n.div_ceil(PEOPLE_PER_KEY), folder)?;
    let client = http();
    let person = |number: usize| {
        let key = keys.get(number % keys.len().max(1)).context("no key")?;
        let id = format!("{}/users/person{number}", origin(number));
        let (letter, client) = (letter.to_owned(), client.clone());
        let key_id = format!("{id}#main-key");
        Ok(Person::new(letter, client, &id, &key_id, key))
    };
    (0..n).map(person).collect()
}

/// The server of a person.
fn origin(number: usize) -> String {
    format!("https://server{}.example", number % HOSTS)
}

/// So many key pairs, kept in this folder.
pub(crate) fn keys(n: usize, folder: &Path) -> anyhow::Result<Vec<Arc<KeyPair>>> {
    std::fs::create_dir_all(folder)?;
    let key = |number: usize| -> anyhow::Result<Arc<KeyPair>> {
        let file = folder.join(format!("{number}.pkcs8"));
        if let Ok(der) = std::fs::read(&file) {
            return Ok(Arc::new(KeyPair::from_pkcs8(&der)?));
        }
        let key = KeyPair::generate()?;
        std::fs::write(&file, key.to_pkcs8())?;
        Ok(Arc::new(key))
    };
    let numbers: Vec<usize> = (0..n).collect();
    super::requests::on_all_cores(&numbers, |it| key(*it))
}

/// Writes the people, and `endorsements` of others, all by likes.
pub(crate) async fn seed(
    store: &Store,
    people: &[Person],
    endorsements: usize,
) -> anyhow::Result<()> {
    let now = SystemClock.now();
    for some in people.chunks(AT_ONCE) {
        let mut tx = store.write().await?;
        let actors: Vec<_> = some.iter().map(|it| known_actor(it, now)).collect();
        tx.save_actors(&actors).await?;
        tx.commit().await?;
    }
    let numbers: Vec<usize> = (0..endorsements).collect();
    for some in numbers.chunks(AT_ONCE) {
        let mut tx = store.write().await?;
        endorse(&mut tx, some, now).await?;
        tx.commit().await?;
    }
    Ok(())
}

fn known_actor(person: &Person, now: Millis) -> NewActor {
    let (origin, user) = person.id.split_once("/users/").unwrap_or_default();
    NewActor {
        keys: vec![(person.key_id.clone(), person.key.public_key_pem())],
        ..account(origin, user, now)
    }
}

/// Endorsements as likes leave them: actor, act, endorsement, history.
async fn endorse(tx: &mut Tx, numbers: &[usize], now: Millis) -> anyhow::Result<()> {
    let actors: Vec<_> = numbers
        .iter()
        .map(|number| account(&origin(*number), &format!("earlier{number}"), now))
        .collect();
    let rows = save(tx, &actors).await;
    let acts: Vec<_> = rows.iter().map(|it| like(it.id, &it.url, now)).collect();
    let act_ids = tx.save_acts(&acts).await?;
    let endorsements: Vec<_> = rows
        .iter()
        .zip(&act_ids)
        .map(|(actor, act_id)| endorsement(actor.id, *act_id, &actor.name, now))
        .collect();
    let ids = tx.save_endorsements(&endorsements).await?;
    let history: Vec<_> = ids
        .iter()
        .zip(&act_ids)
        .map(|(endorsement_id, act_id)| HistoryRow {
            endorsement_id: *endorsement_id,
            at: now,
            was: None,
            now: State::Listed,
            act_id: Some(*act_id),
            revision: 1,
            cause: Cause::Act,
            audit_id: None,
            left_out: 0,
        })
        .collect();
    tx.add_history(&history).await?;
    tx.changed(&[Topic::Register]).await?;
    Ok(())
}

fn like(actor_id: i64, actor: &str, now: Millis) -> ActRow {
    let activity = format!("{actor}#likes/1");
    ActRow {
        id: None,
        actor_id,
        act: Act {
            kind: ActKind::Like,
            at: now,
            revision: 1,
            visibility: Visibility::Public,
            ceiling: MaxVisibility::Named,
            outcome: ActOutcome::Listed,
            ended: None,
        },
        object: "/letter".to_owned(),
        activity_hash: Sha256::of(&activity),
        activity: Some(activity),
        target: "/letter".to_owned(),
        text: None,
        warning: None,
        language: None,
        poll: false,
        edited_at: None,
        acknowledged: None,
    }
}

fn endorsement(actor_id: i64, act_id: i64, name: &str, now: Millis) -> EndorsementRow {
    EndorsementRow {
        id: None,
        public_id: PublicId::random(&SystemRandom),
        actor_id,
        state: State::Listed,
        held_by: HideReasons::default(),
        decision: None,
        kind: ActKind::Like,
        act_id: Some(act_id),
        revision: 1,
        organisation: false,
        name: Some(name.to_owned()),
        name_state: ReviewState::Shown,
        name_skeleton: Some(undersigned::endorsement::names::skeleton(name)),
        declared_name: None,
        declared_affiliation: None,
        declared_state: None,
        statement: None,
        statement_state: None,
        waits_for: None,
        endorsed_at: now,
        changed_at: now,
        reason: None,
        waiting_domain: None,
        changes_today: 1,
    }
}
