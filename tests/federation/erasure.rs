//! Whoever left is erased a day later, in every way of leaving and from every byte.

use std::{fs, path::Path, sync::Arc};

use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use undersigned::{
    hash::Sha256,
    signature::KeyPair,
    store::{Access, Store, TABLES, Tx},
};

use crate::{
    both::on_both_databases,
    support::{
        program::eventually,
        sql,
        world::{Audience, Person, World},
    },
};

on_both_databases!(
    nothing_of_who_left_is_left_the_next_day,
    nothing_of_who_is_erased_is_left_at_once,
    a_name_that_several_people_bear_erases_nobody,
);

/// What the texts of one person have in common.
pub(super) fn words_of(person: &Person) -> Vec<String> {
    let user = person.id.rsplit('/').next().unwrap();
    vec![
        user.to_owned(),
        // A search index keeps of each word what it does not share with the word before.
        user.trim_start_matches("uva").to_owned(),
        format!("family-{user}"),
        format!("words-{user}"),
    ]
}

/// The user name in the person's names and words, so that each text of theirs is found again.
pub(super) fn somebody(world: &World, user: &str) -> Person {
    world.person(&format!("{user} Family-{user}"))
}

/// Everybody who leaves, each in another way.
async fn who_left(world: &World) -> Vec<Person> {
    let person = |user: &str| somebody(world, user);
    let words = |person: &Person| {
        let user = person.id.rsplit('/').next().unwrap();
        format!("I sign. words-{user} are why.")
    };
    let mut all = Vec::new();

    let liked = person("uvalikesqq");
    let like = liked.like();
    liked.does(&like).await;
    liked.does(&liked.undo(&like)).await;
    all.push(liked);

    let unnamed = world.person_who("uvaunnamedqq Family-uvaunnamedqq", |actor| {
        actor["discoverable"] = json!(false);
    });
    let like = unnamed.like();
    unnamed.does(&like).await;
    unnamed.does(&unnamed.undo(&like)).await;
    all.push(unnamed);

    let deleted = person("uvadeletedqq");
    let note = deleted.says(&words(&deleted), Audience::Public).await;
    deleted.does(&deleted.delete(&note)).await;
    all.push(deleted);

    let edited = person("uvaeditedqq");
    let note = edited.says(&words(&edited), Audience::Public).await;
    let edit = edited.edit(&note, |note| note["content"] = json!("<p>withdraw</p>"));
    edited.does(&edit).await;
    all.push(edited);

    let said = person("uvasaidqq");
    said.says(&words(&said), Audience::Public).await;
    said.says("withdraw", Audience::Direct).await;
    all.push(said);

    let ended = person("uvaendedqq");
    ended.says(&words(&ended), Audience::Public).await;
    ended.does(&ended.follow()).await;
    ended.does(&ended.delete_account()).await;
    all.push(ended);

    let blocked = person("uvablockedqq");
    blocked.says(&words(&blocked), Audience::Public).await;
    let block = blocked.activity("Block", blocked.letters("/actor").into());
    blocked.does(&block).await;
    all.push(blocked);

    let followed = person("uvafollowedqq");
    let follow = followed.follow();
    followed.does(&follow).await;
    followed.does(&followed.undo(&follow)).await;
    all.push(followed);

    let boosted = person("uvaboostedqq");
    let mut boost = boosted.activity("Announce", boosted.letters("/letter").into());
    boost["to"] = json!(["https://www.w3.org/ns/activitystreams#Public"]);
    boosted.does(&boost).await;
    boosted.does(&boosted.undo(&boost)).await;
    all.push(boosted);

    let commented = person("uvacommentedqq");
    let note = commented
        .says(
            "words-uvacommentedqq, and what about cats?",
            Audience::Public,
        )
        .await;
    commented.does(&commented.delete(&note)).await;
    all.push(commented);

    let private = person("uvaprivateqq");
    private.says(&words(&private), Audience::Direct).await;
    all.push(private);

    // An account whose own server never takes what is sent to it.
    let deaf = person("uvadeafqq");
    world.peer.refuse("/users/uvadeafqq/inbox", 500);
    let follow = deaf.follow();
    deaf.does(&follow).await;
    deaf.does(&deaf.undo(&follow)).await;
    all.push(deaf);
    all
}

/// Everything that is stored, in small letters: the bytes of SQLite's files, or PostgreSQL's rows.
pub(super) async fn everything(database: &str) -> String {
    let mut all = String::new();
    if let Some(file) = database.strip_prefix("sqlite://") {
        let folder = Path::new(file).parent().unwrap();
        for entry in fs::read_dir(folder).unwrap() {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            all.push_str(&String::from_utf8_lossy(&bytes));
        }
        return all.to_lowercase();
    }
    let mut server = PgConnection::connect(database).await.unwrap();
    for table in TABLES {
        let name = table.name;
        let rows = format!("SELECT COALESCE(string_agg(row::text, ' '), '') FROM {name} AS row");
        let rows: String = sqlx::query_scalar(AssertSqlSafe(rows))
            .fetch_one(&mut server)
            .await
            .unwrap();
        all.push_str(&rows);
    }
    let bodies = "SELECT COALESCE(string_agg(encode(body, 'escape'), ' '), '') FROM evidence";
    let bodies: String = sqlx::query_scalar(bodies)
        .fetch_one(&mut server)
        .await
        .unwrap();
    all.push_str(&bodies);
    server.close().await.unwrap();
    all.to_lowercase()
}

/// Makes everything that is stored older, as if so many hours had passed.
pub(super) async fn hours_pass(database: &str, hours: i64) {
    const TIMES: &[(&str, &[&str])] = &[
        ("act", &["at", "edited_at", "ended_at"]),
        ("activity", &["at"]),
        (
            "actor",
            &[
                "first_seen_at",
                "refreshed_at",
                "answered_at",
                "key_changed_at",
            ],
        ),
        ("delivery", &["due_at", "queued_at", "settled_at"]),
        ("endorsement", &["endorsed_at", "changed_at"]),
        ("evidence", &["received_at"]),
        ("history", &["at"]),
        ("journal", &["at"]),
        ("seen", &["at", "undone_at"]),
        ("tombstone", &["deleted_at", "expires_at"]),
    ];
    let store = Store::open(database, 1, Access::Existing).await.unwrap();
    let mut tx = store.write().await.unwrap();
    for (table, columns) in TIMES {
        for column in *columns {
            let earlier = hours * 3_600_000;
            let statement = format!("UPDATE {table} SET {column} = {column} - {earlier}");
            sql::run(&mut tx, &statement).await.unwrap();
        }
    }
    tx.commit().await.unwrap();
    store.close().await;
}

async fn nothing_of_who_left_is_left_the_next_day(database: &str) {
    let mut world = World::new(database).await;
    let stays = somebody(&world, "uvastaysqq");
    stays
        .says("I sign. words-uvastaysqq are why.", Audience::Public)
        .await;
    let left = who_left(&world).await;
    eventually("what was answered arrived", async || {
        (!world.peer.deliveries("Accept").is_empty()).then_some(())
    })
    .await;
    world.letter.stop().await;
    let before = everything(database).await;
    let known = left.iter().filter(|it| before.contains(&words_of(it)[0]));
    assert!(known.count() > 8, "whoever is not stored cannot be erased");

    hours_pass(database, 26).await;
    world.letter.serve().await;
    // Whoever names them now does not bring them back: nothing is read of who holds nothing.
    let forger = Arc::new(KeyPair::generate().unwrap());
    for person in &left {
        let (letter, client) = (world.letter.origin.clone(), world.client.clone());
        let forged = Person::new(letter, client, &person.id, &person.key_id, &forger);
        forged.does(&forged.delete_account()).await;
    }
    eventually("maintenance", async || {
        world
            .letter
            .log()
            .contains("expired data purged")
            .then_some(())
    })
    .await;
    world.letter.stop().await;
    let after = everything(database).await;
    assert!(after.contains("words-uvastaysqq"), "who stays is kept");
    let texts = left.iter().flat_map(words_of);
    let found: Vec<_> = texts.filter(|it| after.contains(it.as_str())).collect();
    let around = |text: &String| {
        let at = after.find(text.as_str()).unwrap();
        let text: String = after
            .chars()
            .skip(after.get(..at).unwrap().chars().count().saturating_sub(80))
            .take(200)
            .collect();
        text
    };
    let shown: Vec<_> = found.iter().map(around).collect();
    assert!(found.is_empty(), "{found:?}: {shown:#?}");
    world.letter.serve().await;
    world.assert_is_sound();
}

/// Somebody of whom something stands in every table that knows people.
async fn everywhere(world: &World, user: &str) -> Person {
    let person = somebody(world, user);
    let words = format!("I sign. words-{user} are why.");
    person.says(&words, Audience::Public).await;
    person.does(&person.follow()).await;
    person.does(&person.like()).await;
    let mut boost = person.activity("Announce", person.letters("/letter").into());
    boost["to"] = json!(["https://www.w3.org/ns/activitystreams#Public"]);
    person.does(&boost).await;
    let comment = format!("words-{user}, and what about cats?");
    person.says(&comment, Audience::Public).await;
    person.says("status", Audience::Direct).await;
    let reason = format!("spam: words-{user}");
    for decision in [["hide"].as_slice(), &["unhide"]] {
        let command = [
            &["endorsement"],
            decision,
            &[&person.id, "--reason", &reason],
        ]
        .concat();
        let decided = world.letter.command(&command);
        assert_eq!(decided.code, 0, "{}", decided.stderr);
    }
    person
}

async fn nothing_of_who_is_erased_is_left_at_once(database: &str) {
    let world = World::new(database).await;
    let stays = everywhere(&world, "uvastaysqq").await;
    let goes = everywhere(&world, "uvagoesqq").await;
    world.settle().await;
    let all_of_it = everything(database).await;
    for words in words_of(&goes) {
        assert!(all_of_it.contains(&words), "{words} was never stored");
    }
    let exported = world.letter.json(&["person", "export", &goes.id]);
    let text = exported.to_string().to_lowercase();
    for words in words_of(&goes) {
        assert!(text.contains(&words), "{words} is not handed over");
    }
    assert!(!text.contains("uvastaysqq"));
    let number = world.endorsers().await;

    let erase = ["person", "erase", &goes.id, "--reason", "request: by mail"];
    assert_eq!(world.letter.command(&erase).code, 2, "nobody was asked");
    let erased = world.letter.json(&[&erase[..], &["--yes"]].concat());
    assert_eq!(erased["accounts"], 1);
    eventually("the server knows", async || {
        (world.endorsers().await == number - 1).then_some(())
    })
    .await;
    eventually("nothing is left", async || {
        let after = everything(database).await;
        let left = words_of(&goes)
            .into_iter()
            .find(|it| after.contains(it.as_str()));
        left.is_none().then_some(())
    })
    .await;
    let after = everything(database).await;
    for words in words_of(&stays) {
        assert!(after.contains(&words), "{words} of another person");
    }
    for hash in [
        Sha256::of(&goes.id),
        Sha256::of(&format!("{}/inbox", goes.id)),
    ] {
        assert!(!hashes(database).await.contains(&hash.hex()));
    }
    assert_eq!(
        world.letter.command(&["person", "export", &goes.id]).code,
        3
    );
    world.assert_is_sound();
    // Only a new act counts, as that of somebody new.
    goes.says("I sign", Audience::Public).await;
    assert_eq!(world.endorsers().await, number);
    world.assert_is_sound();
}

/// The hashes of actors and inboxes, by which somebody could be guessed.
async fn hashes(database: &str) -> Vec<String> {
    let store = Store::open(database, 1, Access::Existing).await.unwrap();
    let mut tx = store.read().await.unwrap();
    let mut all = Vec::new();
    for query in [
        "SELECT url_hash FROM actor",
        "SELECT url_hash FROM inbox",
        "SELECT object_hash FROM act",
    ] {
        let found: Vec<Sha256> = match &mut tx {
            Tx::Sqlite(file) => sqlx::query_scalar(query).fetch_all(&mut **file).await,
            Tx::Postgres(server) => sqlx::query_scalar(query).fetch_all(&mut **server).await,
        }
        .unwrap();
        all.extend(found.iter().map(Sha256::hex));
    }
    drop(tx);
    store.close().await;
    all
}

async fn a_name_that_several_people_bear_erases_nobody(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    let other = world.person_who("Bea Lovelace", |actor| {
        actor["name"] = json!("Ada Lovelace");
    });
    for person in [&ada, &other] {
        person.says("I sign", Audience::Public).await;
    }
    let erase = [
        "person",
        "erase",
        "Ada Lovelace",
        "--reason",
        "request",
        "--yes",
    ];
    let several = world.letter.command(&erase);
    assert_eq!(several.code, 4, "{}", several.stderr);
    for person in [&ada, &other] {
        assert!(several.stderr.contains(&person.id), "{}", several.stderr);
    }
    assert_eq!(world.endorsers().await, 2);
    let hide = ["person", "hide", &ada.id, "--reason", "request"];
    assert_eq!(world.letter.command(&hide).code, 0);
    eventually("one less", async || {
        (world.endorsers().await == 1).then_some(())
    })
    .await;
    assert_eq!(world.state(&ada), "hidden");
    assert_eq!(world.state(&other), "listed");
}
