//! Activities of Eve and Bob about what belongs to Ada.

use serde_json::{Value, json};

use crate::{
    both::on_both_databases,
    support::{
        fediverse::FakeServer,
        world::{Audience, Person, World},
    },
};

on_both_databases!(nobody_speaks_for_anybody_elses_things);

/// The attacker, and the victim's objects.
pub(super) struct Loot<'a> {
    who: &'a Person,
    ada: &'a Person,
    /// Somebody on another host than the attacker's.
    foreign: &'a Person,
    follow: &'a Value,
    like: &'a Value,
    note: &'a Value,
}

impl Loot<'_> {
    /// A reply of the attacker's with this member.
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

/// Each is accepted (202) and changes nothing; it is tried from Ada's own host and from another one.
pub(super) const ATTEMPTS: [(&str, fn(&Loot<'_>) -> Value); 41] = [
    ("a reply in Ada's name", |loot| {
        loot.reply("attributedTo", loot.ada.id.as_str())
    }),
    ("a reply by Ada, embedded", |loot| {
        loot.reply("attributedTo", json!({"id": loot.ada.id, "type": "Person"}))
    }),
    ("a reply by a number", |loot| loot.reply("attributedTo", 7)),
    ("a reply by an account name", |loot| {
        loot.reply("attributedTo", "@ada@m.example")
    }),
    ("a reply by something without an id", |loot| {
        loot.reply("attributedTo", json!({"type": "Person"}))
    }),
    ("a reply by our actor", |loot| {
        loot.reply("attributedTo", loot.ours("/actor"))
    }),
    ("a reply by oneself with a slash", |loot| {
        loot.reply("attributedTo", format!("{}/", loot.who.id))
    }),
    ("a reply on another host", |loot| {
        loot.reply("id", loot.foreign.new_id("statuses"))
    }),
    ("a reply on our host", |loot| {
        loot.reply("id", loot.ours("/posts/0123456789abcdef"))
    }),
    ("a reply that is the letter", |loot| {
        loot.reply("id", loot.ours("/letter"))
    }),
    ("a reply without an id", |loot| {
        loot.reply("id", json!(null))
    }),
    ("a reply whose id is no URL", |loot| loot.reply("id", "1")),
    ("a reply on one's host with another scheme", |loot| {
        loot.reply("id", loot.who.new_id("x").replacen("http:", "https:", 1))
    }),
    ("a reply of 2049 bytes of id", |loot| {
        loot.reply("id", format!("{}/{}", loot.who.id, "a".repeat(2049)))
    }),
    ("a vote", |loot| {
        let mut note = loot.who.reply("", Audience::Public);
        note["content"] = Value::Null;
        note["name"] = json!("I sign");
        loot.who.create(&note)
    }),
    ("an edit of Ada's reply", |loot| {
        loot.who
            .edit(loot.note, |note| note["content"] = json!("no"))
    }),
    ("an edit of Ada's reply that is one's own now", |loot| {
        let own = loot.who.id.clone();
        loot.who.edit(loot.note, |note| {
            note["attributedTo"] = own.into();
            note["content"] = json!("no");
            note["inReplyTo"] = json!("https://m.example/1");
        })
    }),
    ("Ada's reply once more", |loot| loot.who.create(loot.note)),
    ("an edit of the letter", |loot| {
        let mut letter = loot.who.reply("Another text", Audience::Public);
        letter["id"] = loot.ours("/letter").into();
        letter["attributedTo"] = loot.ours("/actor").into();
        loot.says("Update", letter)
    }),
    ("an edit of our actor", |loot| {
        let actor = json!({
            "id": loot.ours("/actor"), "type": "Person", "preferredUsername": "letter",
            "inbox": format!("{}/inbox", loot.who.id),
        });
        loot.says("Update", actor)
    }),
    ("an edit of Ada's account", |loot| {
        let actor = json!({
            "id": loot.ada.id, "type": "Person", "preferredUsername": "ada", "suspended": true,
            "inbox": format!("{}/inbox", loot.ada.id),
        });
        loot.says("Update", actor)
    }),
    ("an Undo of Ada's like", |loot| loot.who.undo(loot.like)),
    ("an Undo of Ada's like by its id", |loot| {
        loot.says("Undo", loot.like["id"].clone())
    }),
    ("an Undo of Ada's like that names oneself", |loot| {
        let like = with(loot.like.clone(), "actor", loot.who.id.as_str());
        loot.who.undo(&like)
    }),
    ("an Undo of Ada's like that names nobody", |loot| {
        let like = with(loot.like.clone(), "actor", json!(null));
        loot.who.undo(&like)
    }),
    ("an Undo of Ada's like that names both", |loot| {
        let like = with(
            loot.like.clone(),
            "actor",
            json!([loot.who.id, loot.ada.id]),
        );
        loot.who.undo(&like)
    }),
    ("an Undo of Ada's follow", |loot| loot.who.undo(loot.follow)),
    ("an Undo of Ada's follow by its id", |loot| {
        loot.says("Undo", loot.follow["id"].clone())
    }),
    ("an Undo of Ada's follow that names oneself", |loot| {
        let follow = with(loot.follow.clone(), "actor", loot.who.id.as_str());
        loot.who.undo(&follow)
    }),
    ("an Undo of Ada's reply", |loot| {
        loot.who.undo(&loot.ada.create(loot.note))
    }),
    ("an Undo of something of ours", |loot| {
        loot.says("Undo", loot.ours("/activities/0123456789abcdef"))
    }),
    ("a Delete of Ada's reply", |loot| loot.who.delete(loot.note)),
    ("a Delete of Ada's reply by its id", |loot| {
        loot.says("Delete", loot.note["id"].clone())
    }),
    ("a Delete of Ada's like by its id", |loot| {
        loot.says("Delete", loot.like["id"].clone())
    }),
    ("a Delete of Ada's account", |loot| {
        loot.says("Delete", loot.ada.id.as_str())
    }),
    ("a Delete of Ada's account, embedded", |loot| {
        loot.says("Delete", json!({"id": loot.ada.id, "type": "Person"}))
    }),
    ("a Delete of the letter", |loot| {
        loot.says("Delete", loot.ours("/letter"))
    }),
    ("a Delete of our actor", |loot| {
        loot.says("Delete", loot.ours("/actor"))
    }),
    ("a Move of Ada's account to oneself", |loot| {
        let own = loot.who.id.clone();
        with(loot.says("Move", loot.ada.id.as_str()), "target", own)
    }),
    ("an Announce of Ada's Delete", |loot| {
        loot.says("Announce", loot.ada.delete(loot.note))
    }),
    ("a Block of Ada", |it| it.says("Block", it.ada.id.as_str())),
];

async fn nobody_speaks_for_anybody_elses_things(database: &str) {
    let world = World::with(database, super::LIMITS).await;
    let elsewhere = FakeServer::start();
    let ada = world.person("Ada Lovelace");
    let bob = world.person("Bob Carver");
    let eve = world.person_on(&elsewhere, "Eve Moneypenny", |_| ());
    let (follow, like) = (ada.follow(), ada.like());
    ada.does(&follow).await;
    ada.does(&like).await;
    let note = ada.says("I sign", Audience::Public).await;
    let letter = world.letter.document("/letter").await;
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
            let numbers = (world.endorsers().await, world.followers().await);
            assert_eq!(numbers, (1, 1), "{what} by {name}");
            assert_eq!(
                world.letter.document("/letter").await,
                letter,
                "{what} by {name}"
            );
        }
        let shown = world.letter.command(&["endorsement", "show", &who.id]);
        assert_eq!(shown.code, 3, "{name}: {}", shown.stdout);
    }
    assert_eq!(world.endorsement(&ada)["kind"], "reply");
    assert_eq!(world.listed(&[]).len(), 1);
    world.assert_is_sound();
    // The twins: each of these is effective when it is Ada's own.
    ada.does(&ada.delete(&note)).await;
    assert_eq!(world.endorsement(&ada)["kind"], "like");
    ada.does(&ada.undo(&like)).await;
    ada.does(&ada.undo(&follow)).await;
    assert_eq!((world.endorsers().await, world.followers().await), (0, 0));
    for who in [&bob, &eve] {
        who.says("I sign", Audience::Public).await;
    }
    assert_eq!(world.endorsers().await, 2);
}
