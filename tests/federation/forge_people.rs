//! Who signs by a comment on a forge, on the pages, in the numbers and at the command line.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use undersigned::{
    clock::{Clock as _, Millis, SystemClock},
    random::SystemRandom,
    register::{
        InboundActivity,
        inbound::{
            activity::fetched,
            forge_comment::{ForgeAccount, ForgeComment, deleted},
            receive::receive,
            surge_limit::Surge,
        },
        rules::Context,
    },
    store::{Access, HostRow, Store},
};

use super::receiver::{WIDE, context};
use crate::{
    both::on_both_databases,
    support::{
        program::eventually,
        world::{Audience, World},
    },
};

on_both_databases!(
    a_signature_on_a_forge_stands_with_the_name_of_the_forge,
    a_comment_and_a_name_of_the_file_count_once,
);

const DAY: Duration = Duration::from_hours(24);

fn comment(host: &str, login: &str, number: u64, words: &str) -> ForgeComment {
    let now = SystemClock.now();
    let written = now.minus(3 * DAY);
    ForgeComment {
        author: ForgeAccount {
            host: HostRow {
                authority: host.to_owned(),
                name: host.to_owned(),
                domain: host.to_owned(),
            },
            number,
            login: login.to_owned(),
            name: Some(format!("{login} Example")),
            created_at: Some(now.minus(900 * DAY)),
            is_bot: false,
        },
        url: format!("https://{host}/acme/letter/issues/1#issuecomment-{number}"),
        markdown: words.to_owned(),
        created_at: written,
        updated_at: written,
        is_authors: true,
    }
}

/// Takes a comment as a command does: the running server sees what changed.
async fn take(database: &str, of: impl FnOnce(Millis) -> InboundActivity) {
    let store = Store::open(database, 1, Access::Existing).await.unwrap();
    let now = SystemClock.now();
    let incoming = [of(now)];
    let mut tx = store.write().await.unwrap();
    let context = Context {
        random: Arc::new(SystemRandom),
        ..context()
    };
    receive(&mut tx, &context, &Surge::new(WIDE), now, &incoming)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    store.close().await;
}

async fn says(database: &str, comment: &ForgeComment) {
    let evidence = |now| fetched(&comment.url, comment.markdown.as_bytes(), now);
    take(database, |now| comment.written(evidence(now), now)).await;
}

/// The public numbers, once this one is there.
async fn counted(world: &World, name: &str, expected: &Value) -> Value {
    eventually("the numbers", async || {
        let count = world.letter.count().await;
        (count.get(name) == Some(expected)).then_some(count)
    })
    .await
}

async fn a_signature_on_a_forge_stands_with_the_name_of_the_forge(database: &str) {
    let world = World::new(database).await;
    let before = world.letter.count().await;
    world.person("Ada").says("I sign", Audience::Public).await;
    let jane = comment("codeberg.org", "jane", 7, "I sign. It matters.");
    says(database, &jane).await;
    says(database, &comment("github.com", "joan", 8, "I sign")).await;
    let count = counted(&world, "forges", &json!({"codeberg.org": 1})).await;
    let was = |name: &str| before[name].as_i64().unwrap();
    assert_eq!(count["github"], was("github") + 1);
    assert_eq!(count["fediverse"], 1);
    assert_eq!(count["signed"], was("signed") + 3);
    let members = count.to_string();
    assert!(
        members.contains(r#""forges":{"codeberg.org":1},"fediverse":1"#),
        "{members}"
    );
    let page = eventually("the page", async || {
        let page = world.letter.page("/").await;
        page.contains("1 on Codeberg").then_some(page)
    })
    .await;
    assert!(page.contains("1 in the Fediverse"));

    let of = async |source: &str| {
        let list = format!("/api/v1/supporters.json?source={source}&sort=recent");
        let list = world.letter.get(&list, None).await.json();
        let people = list["supporters"].as_array().unwrap().clone();
        people
            .into_iter()
            .filter(|person| person["date"].is_string())
            .collect::<Vec<_>>()
    };
    let listed = of("codeberg.org").await;
    assert_eq!(listed.len(), 1);
    let person = &listed[0];
    assert_eq!(person["source"], "codeberg.org");
    assert_eq!(person["handle"], "jane (codeberg.org)");
    assert_eq!(person["url"], "https://codeberg.org/jane");
    assert_eq!(person["date"], json!(jane.created_at));
    let on_github = of("github").await;
    assert_eq!(on_github.len(), 1);
    assert_eq!(on_github[0]["handle"], "@joan");
    assert_eq!(of("fediverse").await.len(), 1);
    let page = world.letter.page("/supporters?source=codeberg.org").await;
    for text in ["Codeberg", "jane (codeberg.org)", "1 entry"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("@jane@codeberg.org"));
    let id = person["id"].as_str().unwrap();
    let entry = world.letter.page(&format!("/e/{id}")).await;
    assert!(entry.contains("Delete your comment"), "{entry}");
    assert!(world.letter.page("/statistics").await.contains("Codeberg"));
    let privacy = eventually("the privacy notice", async || {
        let page = world.letter.page("/privacy").await;
        page.contains("Accounts on forges").then_some(page)
    });
    privacy.await;
    assert!(
        !world
            .letter
            .document("/letter/replies?page=1")
            .await
            .to_string()
            .contains("codeberg")
    );

    // Every verb takes its id.
    let shown = world.letter.json(&["signatory", "show", id]);
    assert_eq!(shown["source"], "codeberg.org");
    assert_eq!(shown["object"], jane.url.as_str());
    assert!(shown["request"].is_object(), "{shown}");
    let names = world.letter.json(&["signatory", "list"]);
    let names = names.as_array().unwrap();
    assert!(
        names
            .iter()
            .any(|it| it["id"] == id && it["source"] == "codeberg.org")
    );
    let done = world.letter.command(&["statement", "approve", id]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let done = world.letter.command(&["endorsement", "hide", id]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    says(database, &jane).await;
    let count = counted(&world, "forges", &json!({})).await;
    assert_eq!(count["signed"], was("signed") + 2);
    let done = world.letter.command(&["endorsement", "unhide", id]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    counted(&world, "forges", &json!({"codeberg.org": 1})).await;
    let gone = jane.clone();
    take(database, |now| {
        deleted(
            &gone.author.id(),
            &gone.url,
            fetched(&gone.url, b"", now),
            now,
        )
    })
    .await;
    counted(&world, "forges", &json!({})).await;
    world.assert_is_sound();
}

async fn a_comment_and_a_name_of_the_file_count_once(database: &str) {
    let world = World::new(database).await;
    let before = world.letter.count().await;
    let names = world.letter.json(&["signatory", "list"]);
    let name = names.as_array().unwrap().iter();
    let name = name.clone().find(|it| it["handle"].is_string()).unwrap();
    let login = name["handle"].as_str().unwrap();
    let signed = comment("github.com", login, 5, "I sign");
    says(database, &signed).await;
    says(database, &comment("github.com", "joan", 8, "I sign")).await;
    let expected = json!(before["github"].as_i64().unwrap() + 1);
    let count = counted(&world, "github", &expected).await;
    assert_eq!(count["signed"], before["signed"].as_i64().unwrap() + 1);
    let page = world.letter.page("/supporters?source=github").await;
    assert!(page.contains(&format!("{expected} entries")), "{page}");
    let leaves = ForgeComment {
        url: signed.url.replace("issuecomment-5", "issuecomment-9"),
        created_at: signed.created_at.plus(DAY),
        updated_at: signed.created_at.plus(DAY),
        markdown: "withdraw".to_owned(),
        ..signed
    };
    says(database, &leaves).await;
    counted(&world, "github", &before["github"]).await;
    let status = world.letter.json(&["status"]);
    assert_eq!(status["names_to_take_out"], 1);
    let said = world.letter.command(&["status"]).stdout;
    assert!(said.contains("take it out of it"), "{said}");
    world.assert_is_sound();
}
