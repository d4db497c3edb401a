//! Names become numbers, so long after the letter was closed: from every byte, and leaving still works.

use super::erasure::{everything, hours_pass, somebody, words_of};
use crate::{
    both::on_both_databases,
    support::{
        program::eventually,
        sql,
        world::{Audience, Person, World},
    },
};
use serde_json::json;
use undersigned::store::{Access, Store};

on_both_databases!(after_the_date_only_numbers_are_left);

/// Sets back when the letter was closed.
async fn closed_long_ago(database: &str) {
    let store = Store::open(database, 1, Access::Existing).await.unwrap();
    let mut tx = store.write().await.unwrap();
    let back =
        "UPDATE setting SET value = '2026-01-01T00:00:00.000Z' WHERE key = 'letter_closed_at'";
    sql::run(&mut tx, back).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;
}

async fn signs(world: &World, user: &str, words: &str) -> Person {
    let person = somebody(world, user);
    let words = format!("{words} words-{user} are why.");
    person.says(&words, Audience::Public).await;
    person
}

#[expect(clippy::too_many_lines, reason = "one story")]
async fn after_the_date_only_numbers_are_left(database: &str) {
    let mut world = World::with(database, "privacy.anonymise_after_close = '20d'").await;
    let signer = somebody(&world, "uvasignsqq");
    let words = "I sign. words-uvasignsqq are why.";
    let note = signer.says(words, Audience::Public).await;
    let comment = "words-uvasignsqq, and what about cats?";
    signer.says(comment, Audience::Public).await;
    let liker = somebody(&world, "uvalikesqq");
    let like = liker.like();
    liker.does(&like).await;
    let waits = signs(&world, "uvawaitsqq", "I sign?").await;
    let hidden = signs(&world, "uvahiddenqq", "I sign.").await;
    let rejected = signs(&world, "uvarejectedqq", "I sign.").await;
    let boosts = somebody(&world, "uvaboostsqq");
    let mut boost = boosts.activity("Announce", boosts.letters("/letter").into());
    boost["to"] = json!(["https://www.w3.org/ns/activitystreams#Public"]);
    boosts.does(&boost).await;
    let follows = signs(&world, "uvafollowsqq", "I sign.").await;
    follows.does(&follows.follow()).await;
    world.commands(&["statement", "approve", &signer.id]);
    world.commands(&[
        "endorsement",
        "edit",
        &hidden.id,
        "--affiliation",
        "words-uvahiddenqq",
    ]);
    world.commands(&[
        "endorsement",
        "hide",
        &hidden.id,
        "--reason",
        "spam: words-uvahiddenqq",
    ]);
    world.commands(&[
        "endorsement",
        "reject",
        &rejected.id,
        "--reason",
        "spam: words-uvarejectedqq",
    ]);
    let by_hand = [
        "signatory",
        "add",
        "--name",
        "uvapaperqq Family-uvapaperqq",
        "--ref",
        "words-uvapaperqq",
    ];
    world.commands(&by_hand);
    assert_eq!(
        world.letter.json(&["status"])["letter"]["anonymises_at"],
        json!(null)
    );
    world.commands(&["letter", "close"]);
    world.settle().await;
    let status = world.letter.json(&["status"]);
    assert!(status["letter"]["anonymises_at"].is_string(), "{status}");
    assert_eq!(status["letter"]["anonymised_at"], json!(null));
    let (total, fediverse) = (world.number("total").await, world.endorsers().await);
    assert_eq!(fediverse, 3);
    let privacy = world.letter.page("/privacy").await;
    assert!(
        privacy.contains("until 20 days after it was closed"),
        "{privacy}"
    );

    world.letter.stop().await;
    let all = [
        &signer, &liker, &waits, &hidden, &rejected, &boosts, &follows,
    ];
    let mut texts: Vec<_> = all.iter().flat_map(|person| words_of(person)).collect();
    texts.extend(["uvapaperqq", "words-uvapaperqq"].map(str::to_owned));
    let before = everything(database).await;
    let known = texts.iter().filter(|text| before.contains(text.as_str()));
    assert!(known.count() > 20, "what is not stored cannot be erased");
    hours_pass(database, 26).await;
    closed_long_ago(database).await;
    world.letter.serve().await;
    eventually("maintenance", async || {
        let is_over = world.letter.log().contains("names became numbers");
        // Last go the inboxes of people, but for the follower's, and what was sent to them.
        let inboxes = "SELECT COUNT(*) FROM inbox WHERE url LIKE '%/users/uva%'";
        let sent = "SELECT COUNT(*) FROM activity WHERE NOT public AND body <> ''";
        let is_done = is_over
            && sql::number_at(database, inboxes).await == 1
            && sql::number_at(database, sent).await == 0;
        is_done.then_some(())
    })
    .await;
    assert_eq!(world.number("total").await, total);
    assert_eq!(world.endorsers().await, fediverse);
    let list = world.letter.page("/supporters").await;
    assert!(
        !list.contains("uva") && list.contains("Their number stays."),
        "{list}"
    );
    let status = world.letter.json(&["status"]);
    assert!(status["letter"]["anonymised_at"].is_string(), "{status}");
    world.letter.stop().await;
    world.assert_is_sound();
    let after = everything(database).await;
    // Who follows is known as a follower, by address and handle alone.
    let user = "uvafollowsqq";
    let is_left = |text: &&String| after.contains(text.as_str()) && !user.ends_with(text.as_str());
    let left: Vec<_> = texts.iter().filter(is_left).collect();
    assert!(left.is_empty(), "{left:?}");

    // Leaving lowers the number still.
    world.letter.serve().await;
    signer.does(&signer.delete(&note)).await;
    assert_eq!(world.endorsers().await, fediverse - 1);
    liker.does(&liker.undo(&like)).await;
    assert_eq!(world.endorsers().await, fediverse - 2);
    world.assert_is_sound();
}
