//! People on many servers with real keys, and those who endorsed before them.

use std::{path::Path, sync::Arc};

use super::{
    harness::seed::{self, Crowd},
    support::{accounts::account, program::http, world::Person},
};
use anyhow::Context as _;
use undersigned::{
    clock::{Clock as _, Millis, SystemClock},
    signature::KeyPair,
    store::{NewActor, Store},
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

/// Writes the people, and `endorsements` of a crowd.
pub(crate) async fn seed(
    store: &Store,
    people: &[Person],
    endorsements: i64,
) -> anyhow::Result<()> {
    let now = SystemClock.now();
    for some in people.chunks(AT_ONCE) {
        let mut tx = store.write().await?;
        let actors: Vec<_> = some.iter().map(|it| known_actor(it, now)).collect();
        tx.save_actors(&actors).await?;
        tx.commit().await?;
    }
    let crowd = Crowd {
        hosts: i64::try_from(HOSTS)?,
        people: endorsements,
        endorsements,
        followers: 0,
        keys: false,
    };
    seed::seed(store, crowd, now).await
}

fn known_actor(person: &Person, now: Millis) -> NewActor {
    let (origin, user) = person.id.split_once("/users/").unwrap_or_default();
    NewActor {
        keys: vec![(person.key_id.clone(), person.key.public_key_pem())],
        ..account(origin, user, now)
    }
}
