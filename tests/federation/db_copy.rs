//! `db copy`: a letter that moves to another database goes on where it was.

use serde_json::Value;

use crate::{
    both::on_both_databases,
    support::{database, world::World},
};

on_both_databases!(a_letter_goes_on_from_the_copy_of_its_database);

/// From this database into one of the other kind; into another file where there is no server.
async fn a_letter_goes_on_from_the_copy_of_its_database(database: &str) {
    let (_folder, file) = database::sqlite();
    let server = if database.starts_with("sqlite:") {
        database::postgres().await
    } else {
        None
    };
    let target = server.as_ref().map_or(&file, |it| &it.1);

    let mut world = World::new(database).await;
    let (ada, bob) = (world.person("Ada Lovelace"), world.person("Bob"));
    ada.does(&ada.follow()).await;
    let like = ada.like();
    ada.does(&like).await;
    bob.does(&bob.like()).await;
    world.delivered("Accept").await;
    world.settle().await;
    let letter = world.letter.document("/letter").await;
    world.letter.stop().await;

    // Queued while no server runs, so that it waits when the database is copied.
    world
        .letter
        .edit_file(|text| text.replacen(".\n\n", ".\n\nQuite another text.\n\n", 1));
    let published = ["letter", "publish", "--kind", "substantive"];
    let published = world.letter.command(&published);
    assert_eq!(published.code, 0, "{}", published.stderr);
    assert_eq!(world.letter.json(&["queue", "stats"])["queued"], 1);
    let copied = world.letter.json(&["db", "copy", "--to", target]);
    let agrees = |it: &Value| it["source"] == it["target"];
    assert!(copied.as_array().unwrap().iter().all(agrees), "{copied}");

    world.letter.use_database(target);
    world.letter.serve().await;
    world.delivered("Update").await;
    world.settle().await;
    for (kind, times) in [("Update", 1), ("Accept", 1), ("Create", 0)] {
        assert_eq!(world.peer.deliveries(kind).len(), times, "{kind}");
    }
    let versions = world.letter.json(&["letter", "versions"]);
    assert_eq!(
        versions.as_array().unwrap().len(),
        2,
        "nothing is published again"
    );
    let after = world.letter.document("/letter").await;
    let kept = |it: &Value| (it["id"].clone(), it["published"].clone());
    assert_eq!(kept(&after), kept(&letter));

    assert_eq!((world.followers().await, world.endorsers().await), (1, 2));
    ada.does(&ada.undo(&like)).await;
    assert_eq!(world.endorsers().await, 1);
    // A new row in every table that a new endorser needs.
    let eve = world.person("Eve");
    eve.does(&eve.follow()).await;
    eve.does(&eve.like()).await;
    assert_eq!((world.followers().await, world.endorsers().await), (2, 2));
    world.settle().await;
    world.assert_is_sound();
}
