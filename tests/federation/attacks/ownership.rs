//! What Ada owns, and Eve and Bob would like to speak for (F-233, F-237 … F-239).

use serde_json::{Value, json};

use crate::{
    peer::Peer,
    scene::{Audience, Person, Scene},
};

on_both_databases!(nobody_speaks_for_anybody_elses_things);

/// Who tries, and what there is to be taken.
pub(super) struct Loot<'a> {
    who: &'a Person,
    ada: &'a Person,
    /// Somebody on another host than who tries.
    foreign: &'a Person,
    follow: &'a Value,
    like: &'a Value,
    note: &'a Value,
}

impl Loot<'_> {
    /// A reply of who tries, with this member.
    fn reply(&self, member: &str, value: impl Into<Value>) -> Value {
        let mut note = self.who.reply("I sign", Audience::Public);
        note[member] = value.into();
        self.who.create(&note)
    }

    fn says(&self, kind: &str, object: impl Into<Value>) -> Value {
        self.who.activity(kind, object.into())
    }

    fn ours(&self, path: &str) -> String {
        self.who.letters(path)
    }
}

fn with(mut activity: Value, member: &str, value: impl Into<Value>) -> Value {
    activity[member] = value.into();
    activity
}

/// Each is taken (202) and changes nothing; it is tried from Ada's own host and from another one.
pub(super) const ATTEMPTS: [(&str, fn(&Loot<'_>) -> Value); 43] = [
    ("a reply in Ada's name", |it| {
        it.reply("attributedTo", it.ada.id.as_str())
    }),
    ("a reply by Ada and oneself", |it| {
        it.reply("attributedTo", json!([it.ada.id, it.who.id]))
    }),
    ("a reply by Ada, embedded", |it| {
        it.reply("attributedTo", json!({"id": it.ada.id, "type": "Person"}))
    }),
    ("a reply by a number", |it| it.reply("attributedTo", 7)),
    ("a reply by an account name", |it| {
        it.reply("attributedTo", "@ada@m.example")
    }),
    ("a reply by nobody", |it| {
        it.reply("attributedTo", json!(null))
    }),
    ("a reply by something without an id", |it| {
        it.reply("attributedTo", json!({"type": "Person"}))
    }),
    ("a reply by our actor", |it| {
        it.reply("attributedTo", it.ours("/actor"))
    }),
    ("a reply by oneself with a slash", |it| {
        it.reply("attributedTo", format!("{}/", it.who.id))
    }),
    ("a reply on another host", |it| {
        it.reply("id", it.foreign.new_id("statuses"))
    }),
    ("a reply on our host", |it| {
        it.reply("id", it.ours("/posts/0123456789abcdef"))
    }),
    ("a reply that is the letter", |it| {
        it.reply("id", it.ours("/letter"))
    }),
    ("a reply without an id", |it| it.reply("id", json!(null))),
    ("a reply whose id is no URL", |it| it.reply("id", "1")),
    ("a reply on one's host with another scheme", |it| {
        it.reply("id", it.who.new_id("x").replacen("http:", "https:", 1))
    }),
    ("a reply of 2049 bytes of id", |it| {
        it.reply("id", format!("{}/{}", it.who.id, "a".repeat(2049)))
    }),
    ("a vote", |it| {
        let mut note = it.who.reply("", Audience::Public);
        note["content"] = Value::Null;
        note["name"] = json!("I sign");
        it.who.create(&note)
    }),
    ("an edit of Ada's reply", |it| {
        it.who.edit(it.note, |it| it["content"] = json!("no"))
    }),
    ("an edit of Ada's reply that is one's own now", |it| {
        let own = it.who.id.clone();
        it.who.edit(it.note, |note| {
            note["attributedTo"] = own.into();
            note["content"] = json!("no");
            note["inReplyTo"] = json!("https://m.example/1");
        })
    }),
    ("Ada's reply once more", |it| it.who.create(it.note)),
    ("an edit of the letter", |it| {
        let mut letter = it.who.reply("Another text", Audience::Public);
        letter["id"] = it.ours("/letter").into();
        letter["attributedTo"] = it.ours("/actor").into();
        it.says("Update", letter)
    }),
    ("an edit of our actor", |it| {
        let actor = json!({
            "id": it.ours("/actor"), "type": "Person", "preferredUsername": "letter",
            "inbox": format!("{}/inbox", it.who.id),
        });
        it.says("Update", actor)
    }),
    ("an edit of Ada's account", |it| {
        let actor = json!({
            "id": it.ada.id, "type": "Person", "preferredUsername": "ada", "suspended": true,
            "inbox": format!("{}/inbox", it.ada.id),
        });
        it.says("Update", actor)
    }),
    ("an Undo of Ada's like", |it| it.who.undo(it.like)),
    ("an Undo of Ada's like by its id", |it| {
        it.says("Undo", it.like["id"].clone())
    }),
    ("an Undo of Ada's like that names oneself", |it| {
        let like = with(it.like.clone(), "actor", it.who.id.as_str());
        it.who.undo(&like)
    }),
    ("an Undo of Ada's like that names nobody", |it| {
        let like = with(it.like.clone(), "actor", json!(null));
        it.who.undo(&like)
    }),
    ("an Undo of Ada's like that names both", |it| {
        let like = with(it.like.clone(), "actor", json!([it.who.id, it.ada.id]));
        it.who.undo(&like)
    }),
    ("an Undo of Ada's follow", |it| it.who.undo(it.follow)),
    ("an Undo of Ada's follow by its id", |it| {
        it.says("Undo", it.follow["id"].clone())
    }),
    ("an Undo of Ada's follow that names oneself", |it| {
        let follow = with(it.follow.clone(), "actor", it.who.id.as_str());
        it.who.undo(&follow)
    }),
    ("an Undo of Ada's reply", |it| {
        it.who.undo(&it.ada.create(it.note))
    }),
    ("an Undo of something of ours", |it| {
        it.says("Undo", it.ours("/activities/0123456789abcdef"))
    }),
    ("a Delete of Ada's reply", |it| it.who.delete(it.note)),
    ("a Delete of Ada's reply by its id", |it| {
        it.says("Delete", it.note["id"].clone())
    }),
    ("a Delete of Ada's like by its id", |it| {
        it.says("Delete", it.like["id"].clone())
    }),
    ("a Delete of Ada's account", |it| {
        it.says("Delete", it.ada.id.as_str())
    }),
    ("a Delete of Ada's account, embedded", |it| {
        it.says("Delete", json!({"id": it.ada.id, "type": "Person"}))
    }),
    ("a Delete of the letter", |it| {
        it.says("Delete", it.ours("/letter"))
    }),
    ("a Delete of our actor", |it| {
        it.says("Delete", it.ours("/actor"))
    }),
    ("a Move of Ada's account to oneself", |it| {
        let own = it.who.id.clone();
        with(it.says("Move", it.ada.id.as_str()), "target", own)
    }),
    ("an Announce of Ada's Delete", |it| {
        it.says("Announce", it.ada.delete(it.note))
    }),
    ("a Block of Ada", |it| it.says("Block", it.ada.id.as_str())),
];

async fn nobody_speaks_for_anybody_elses_things(database: &str) {
    let scene = Scene::with(database, super::LIMITS).await;
    let elsewhere = Peer::start(scene.client.clone()).await;
    let ada = scene.person("Ada Lovelace");
    let bob = scene.person("Bob Carver");
    let eve = scene.person_on(&elsewhere, "Eve Moneypenny", |_| ());
    let (follow, like) = (ada.follow(), ada.like());
    ada.does(&follow).await;
    ada.does(&like).await;
    let note = ada.says("I sign", Audience::Public).await;
    let letter = scene.letter.document("/letter").await;
    for (who, name) in [(&bob, "a neighbour"), (&eve, "another host")] {
        let foreign = if name == "a neighbour" { &eve } else { &ada };
        let loot = Loot {
            who,
            ada: &ada,
            foreign,
            follow: &follow,
            like: &like,
            note: &note,
        };
        for (what, attempt) in ATTEMPTS {
            who.does(&attempt(&loot)).await;
            let numbers = (scene.endorsers().await, scene.followers().await);
            assert_eq!(numbers, (1, 1), "{what} by {name}");
            assert_eq!(
                scene.letter.document("/letter").await,
                letter,
                "{what} by {name}"
            );
        }
        let shown = scene.letter.command(&["endorsement", "show", &who.id]);
        assert_eq!(shown.code, 3, "{name}: {}", shown.stdout);
    }
    assert_eq!(scene.endorsement(&ada)["kind"], "reply");
    assert_eq!(scene.listed(&[]).len(), 1);
    scene.assert_is_sound();
    // The twins: each of these is effective when it is Ada's own.
    ada.does(&ada.delete(&note)).await;
    assert_eq!(scene.endorsement(&ada)["kind"], "like");
    ada.does(&ada.undo(&like)).await;
    ada.does(&ada.undo(&follow)).await;
    assert_eq!((scene.endorsers().await, scene.followers().await), (0, 0));
    for who in [&bob, &eve] {
        who.says("I sign", Audience::Public).await;
    }
    assert_eq!(scene.endorsers().await, 2);
}
