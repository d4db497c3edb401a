//! `actor.also_known_as`: a letter moves from one server of ours to another, with its followers.

use serde_json::json;

use crate::{
    both::on_both_databases,
    support::{
        database::sqlite,
        program::eventually,
        world::{Audience, World},
    },
};

on_both_databases!(
    a_letter_moves_from_one_of_our_servers_to_another,
    who_cannot_move_here_is_a_warning,
);

/// The setting that lets these actors move here.
fn known_as(ids: &[&str]) -> String {
    format!("actor.also_known_as = {}", json!(ids))
}

async fn a_letter_moves_from_one_of_our_servers_to_another(database: &str) {
    let old = World::new(database).await;
    let ada = old.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    ada.says("I sign", Audience::Public).await;
    old.delivered("Accept").await;
    let old_actor = ada.letters("/actor");

    // Before the new letter names the old one, nothing moves.
    let (_folder, other) = sqlite();
    let mut new = World::new(&other).await;
    let new_actor = format!("{}/actor", new.letter.origin);
    let move_there = ["actor", "move", "--to", &new_actor, "--yes"];
    let refused = old.letter.command(&move_there);
    assert_eq!(refused.code, 4, "{}", refused.stderr);
    assert!(
        refused.stderr.contains("actor.also_known_as"),
        "{}",
        refused.stderr
    );
    new.letter.stop().await;
    new.letter.set(&known_as(&[&old_actor]));
    new.letter.serve().await;
    let document = new.letter.document("/actor").await;
    assert_eq!(document["alsoKnownAs"], json!([old_actor]));
    let checked = new.letter.command(&["config", "check"]);
    assert_eq!(
        (checked.code, checked.stderr.contains("warning")),
        (0, false),
        "{}",
        checked.stderr
    );

    let moved = old.letter.json(&move_there);
    assert_eq!(moved["moved_to"], new_actor);
    let told = old.delivered("Move").await.activity;
    assert_eq!(
        (&told["object"], &told["target"]),
        (&json!(old_actor), &json!(new_actor))
    );

    // The follower's server reads both actors, and follows the new one.
    let target = new.letter.document("/actor").await;
    assert!(
        target["alsoKnownAs"]
            .as_array()
            .unwrap()
            .contains(&told["object"])
    );
    let follower = new.person_on(&old.peer, "Ada Lovelace", |_| ());
    assert_eq!(follower.id, ada.id);
    follower.does(&follower.follow()).await;
    assert_eq!(new.followers().await, 1);

    // Signatures stay with the old letter, whose page says where it goes on, and can be entered at the new one.
    let notice = format!(
        "@letter@{}",
        new.letter.origin.trim_start_matches("http://")
    );
    eventually("the old page says so", async || {
        old.letter.page("/").await.contains(&notice).then_some(())
    })
    .await;
    assert_eq!((old.endorsers().await, new.endorsers().await), (1, 0));
    let exported = old.letter.command(&["export", "csv"]);
    assert_eq!(exported.code, 0, "{}", exported.stderr);
    // The names of the file are in the new letter's, too.
    let lines = exported.stdout.lines();
    let is_of_file =
        |line: &&str| line.contains(",signed,letter,") || line.contains(",signed,github,");
    let others = lines.filter(|line| !is_of_file(line));
    let names: String = others.flat_map(|line| [line, "\n"]).collect();
    std::fs::write(new.letter.folder.path().join("names.csv"), names).unwrap();
    let import = ["signatory", "import", "names.csv", "--apply"];
    let entered = new.letter.json(&import);
    assert_eq!(
        (&entered["names"], &entered["doubles"], &entered["left_out"]),
        (&json!(1), &json!(0), &json!(0))
    );
    let listed = new.letter.json(&["signatory", "list"]);
    let listed = listed.as_array().unwrap();
    let ada_there = listed.iter().find(|name| name["name"] == "Ada Lovelace");
    let page = ada_there.and_then(|name| name["ref"].as_str());
    assert!(
        page.is_some_and(|page| page.starts_with(&old.letter.origin)),
        "{listed:?}"
    );
    eventually("the name counts there", async || {
        (new.number("manual").await == 1).then_some(())
    })
    .await;
    let again = new.letter.command(&["config", "check"]);
    assert!(!again.stderr.contains("warning"), "{}", again.stderr);
    old.assert_is_sound();
    new.assert_is_sound();
}

async fn who_cannot_move_here_is_a_warning(database: &str) {
    let mut world = World::new(database).await;
    let organisers = world.person("Organisers");
    let elsewhere = world.person_who("Elsewhere", |document| {
        document["movedTo"] = json!("https://third.example/actor");
    });
    let nobody = world.peer.url("/users/nobody");
    world.letter.stop().await;
    world
        .letter
        .set(&known_as(&[&organisers.id, &elsewhere.id, &nobody]));
    world.letter.serve().await;
    let checked = world.letter.command(&["config", "check"]);
    assert_eq!(checked.code, 0, "{}", checked.stderr);
    let warnings: Vec<_> = checked
        .stderr
        .lines()
        .filter(|line| line.contains("warning"))
        .collect();
    assert_eq!(warnings.len(), 2, "{}", checked.stderr);
    assert!(
        warnings[0].contains("moved to https://third.example/actor"),
        "{}",
        warnings[0]
    );
    assert!(warnings[1].contains(&nobody), "{}", warnings[1]);
    assert!(warnings[1].contains("cannot be read"), "{}", warnings[1]);
    // The followers are told of the change when somebody asks for it.
    let follower = world.person("Ada Lovelace");
    follower.does(&follower.follow()).await;
    assert_eq!(world.letter.json(&["actor", "update"])["deliveries"], 1);
    let update = world.delivered("Update").await;
    let names = json!([organisers.id, elsewhere.id, nobody]);
    assert_eq!(update.activity["object"]["alsoKnownAs"], names);
}
