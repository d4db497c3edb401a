//! A letter that moves to another database goes on where it was (`db copy`).

use serde_json::Value;

use crate::{database, scene::Scene};

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

    let mut scene = Scene::new(database).await;
    let (ada, bob) = (scene.person("Ada Lovelace"), scene.person("Bob"));
    ada.does(&ada.follow()).await;
    let like = ada.like();
    ada.does(&like).await;
    bob.does(&bob.like()).await;
    scene.delivered("Accept").await;
    scene.settle().await;
    let letter = scene.letter.document("/letter").await;
    scene.letter.stop().await;

    // Queued while nobody sends, so that it waits when the database is copied.
    scene
        .letter
        .edit_file(|text| text.replacen(".\n\n", ".\n\nQuite another text.\n\n", 1));
    let published = ["letter", "publish", "--kind", "substantive"];
    let published = scene.letter.command(&published);
    assert_eq!(published.code, 0, "{}", published.stderr);
    assert_eq!(scene.letter.json(&["queue", "stats"])["queued"], 1);
    let copied = scene.letter.json(&["db", "copy", "--to", target]);
    let agrees = |it: &Value| it["source"] == it["target"];
    assert!(copied.as_array().unwrap().iter().all(agrees), "{copied}");

    scene.letter.use_database(target);
    scene.letter.serve().await;
    scene.delivered("Update").await;
    scene.settle().await;
    for (kind, times) in [("Update", 1), ("Accept", 1), ("Create", 0)] {
        assert_eq!(scene.peer.deliveries(kind).len(), times, "{kind}");
    }
    let versions = scene.letter.json(&["letter", "versions"]);
    assert_eq!(
        versions.as_array().unwrap().len(),
        2,
        "nothing is published again"
    );
    let after = scene.letter.document("/letter").await;
    let kept = |it: &Value| (it["id"].clone(), it["published"].clone());
    assert_eq!(kept(&after), kept(&letter));

    assert_eq!((scene.followers().await, scene.endorsers().await), (1, 2));
    ada.does(&ada.undo(&like)).await;
    assert_eq!(scene.endorsers().await, 1);
    // A new row in every table that a new endorser needs.
    let eve = scene.person("Eve");
    eve.does(&eve.follow()).await;
    eve.does(&eve.like()).await;
    assert_eq!((scene.followers().await, scene.endorsers().await), (2, 2));
    scene.settle().await;
    scene.assert_is_sound();
}
