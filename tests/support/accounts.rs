//! Rows of remote accounts, written past the program.

use std::time::Duration;

use undersigned::{
    clock::Millis,
    hash::Sha256,
    store::{ActorRow, FollowerRow, HostRow, NewActor, Store, Tx},
};
use url::Url;

/// Age of an account that nobody takes for new.
const AGE: Duration = Duration::from_hours(5 * 365 * 24);

/// Accounts of one transaction: one statement of SQLite takes 32,766 values.
const AT_ONCE: usize = 1000;

/// A host by its authority; its domain is its name.
pub(crate) fn host(authority: &str) -> HostRow {
    let name = authority.split(':').next().unwrap_or_default();
    HostRow {
        authority: authority.to_owned(),
        name: name.to_owned(),
        domain: name.to_owned(),
    }
}

/// A discoverable account on the server at `origin`, read at `now`: it has an inbox, a shared one, and no keys.
pub(crate) fn account(origin: &str, user: &str, now: Millis) -> NewActor {
    let authority = Url::parse(origin).unwrap().authority().to_owned();
    let url = format!("{origin}/users/{user}");
    NewActor {
        host: host(&authority),
        r#type: "Person".to_owned(),
        handle: format!("@{user}@{authority}"),
        name: user.to_owned(),
        page: Some(format!("{origin}/@{user}")),
        published_at: Some(now.minus(AGE)),
        discoverable: true,
        opted_out: false,
        inbox: (format!("{url}/inbox"), host(&authority)),
        shared_inbox: Some((format!("{origin}/inbox"), host(&authority))),
        followers: Some(format!("{url}/followers")),
        suspended: false,
        keys: Vec::new(),
        read_at: now,
        moved_to: None,
        url,
    }
}

/// Writes accounts and gives their rows in the same order.
pub(crate) async fn save(tx: &mut Tx, accounts: &[NewActor]) -> Vec<ActorRow> {
    tx.save_actors(accounts).await.unwrap();
    let hashes: Vec<_> = accounts
        .iter()
        .map(|account| Sha256::of(&account.url))
        .collect();
    let rows = tx.actors(&hashes).await.unwrap();
    let row = |hash| rows.iter().find(|row| row.url_hash == hash).unwrap();
    hashes.into_iter().map(|hash| row(hash).clone()).collect()
}

/// Writes any number of accounts that follow the letter.
pub(crate) async fn save_followers(store: &Store, accounts: &[NewActor], since: Millis) {
    for some in accounts.chunks(AT_ONCE) {
        let mut tx = store.write().await.unwrap();
        let rows = save(&mut tx, some).await;
        let followers: Vec<_> = rows
            .iter()
            .map(|row| FollowerRow {
                actor_id: row.id,
                follow_id: None,
                since,
            })
            .collect();
        tx.save_followers(&followers).await.unwrap();
        tx.commit().await.unwrap();
    }
}
