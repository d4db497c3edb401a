//! Requests that pretend: each refused or without effect, beside a genuine twin that has one
//! (federation.md 5.1, F-230 … F-239).

use std::time::Duration;

use serde_json::{Value, json};
use undersigned::clock::{Clock as _, SystemClock};
use url::Url;

use crate::{
    careless::Draft,
    peer::Peer,
    scene::{Audience, Person, Scene},
};

on_both_databases!(
    what_is_not_the_actors_own_request_is_refused_with_401,
    what_is_no_activity_is_refused,
    nobody_speaks_for_anybody_elses_things,
    a_strangers_delete_is_taken_without_asking_anybody,
    a_key_is_not_lost_to_whoever_lists_it_on_another_host,
    a_request_as_gotosocial_signs_it_is_taken,
);

/// Who takes part in an attack: `ada` is spoken for, `bob` lives on the same server, `eve` on another one.
struct Cast {
    ada: Person,
    bob: Person,
    eve: Person,
    /// On Eve's server: a key that says it is Ada's.
    false_key: String,
}

impl Cast {
    fn like(&self, change: impl FnOnce(&mut Value)) -> Value {
        let mut like = self.ada.like();
        change(&mut like);
        like
    }

    fn says(&self, like: &Value) -> Draft {
        Draft::genuine(&self.ada, like)
    }

    fn signed_by(&self, key_id: &str, like: &Value) -> Draft {
        Draft::of(&self.ada, key_id, like, SystemClock.now())
    }

    fn covering(&self, names: &[&str]) -> Draft {
        Draft::careless(&self.ada, &self.ada.like(), names, "rsa-sha256")
    }
}

/// Every row of the table is one way to say in Ada's name that she likes the letter.
const FORGERIES: [(&str, fn(&Cast) -> Draft); 19] = [
    ("unsigned", |cast| {
        let mut draft = cast.says(&cast.ada.like());
        draft.headers.remove("signature");
        draft
    }),
    ("the body was swapped", |cast| Draft {
        body: cast.ada.like().to_string().into_bytes(),
        ..cast.says(&cast.ada.follow())
    }),
    ("body and digest were swapped", |cast| {
        let (mut draft, other) = (cast.says(&cast.ada.follow()), cast.says(&cast.ada.like()));
        draft
            .headers
            .insert("digest", other.headers["digest"].clone());
        Draft {
            body: other.body,
            ..draft
        }
    }),
    ("the digest is not signed", |cast| {
        cast.covering(&["(request-target)", "host", "date"])
    }),
    ("nothing but the digest is signed", |cast| {
        cast.covering(&["digest"])
    }),
    ("the host is not signed", |cast| {
        cast.covering(&["(request-target)", "date", "digest"])
    }),
    ("the target is not signed", |cast| {
        cast.covering(&["host", "date", "digest"])
    }),
    ("the date is not signed", |cast| {
        cast.covering(&["(request-target)", "host", "digest"])
    }),
    ("made for another host", |cast| {
        let url = Url::parse("http://elsewhere.example/inbox").unwrap();
        let body = cast.ada.like().to_string().into_bytes();
        let headers = crate::peer::signed(&cast.ada.key_id, &url, &body, SystemClock.now());
        Draft {
            headers,
            body,
            ..cast.says(&cast.ada.like())
        }
    }),
    ("made for another host, sent as if for ours", |cast| {
        let url = Url::parse("http://elsewhere.example/inbox").unwrap();
        let mut draft = cast.says(&cast.ada.like());
        let host = draft.headers["host"].clone();
        draft.headers = crate::peer::signed(&cast.ada.key_id, &url, &draft.body, SystemClock.now());
        draft.headers.insert("host", host);
        draft
    }),
    ("made for the other inbox", |cast| Draft {
        url: Url::parse(&cast.ada.letters("/actor/inbox")).unwrap(),
        ..cast.says(&cast.ada.like())
    }),
    ("two hours old", |cast| {
        let then = SystemClock.now().minus(Duration::from_hours(2));
        Draft::of(&cast.ada, &cast.ada.key_id, &cast.ada.like(), then)
    }),
    ("two hours ahead", |cast| {
        let then = SystemClock.now().plus(Duration::from_hours(2));
        Draft::of(&cast.ada, &cast.ada.key_id, &cast.ada.like(), then)
    }),
    ("signed by a neighbour", |cast| {
        cast.signed_by(&cast.bob.key_id, &cast.ada.like())
    }),
    ("signed by somebody on another host", |cast| {
        cast.signed_by(&cast.eve.key_id, &cast.ada.like())
    }),
    ("signed by a key that another host calls hers", |cast| {
        cast.signed_by(&cast.false_key, &cast.ada.like())
    }),
    ("with an id on another host", |cast| {
        cast.says(&cast.like(|it| it["id"] = cast.eve.new_id("activities").into()))
    }),
    ("with an id of ours", |cast| {
        let ours = cast.ada.letters("/activities/0123456789abcdef");
        cast.says(&cast.like(|it| it["id"] = ours.into()))
    }),
    ("in the letter's own name", |cast| {
        let ours = cast.ada.letters("/actor");
        let like = cast.like(|it| it["actor"] = ours.as_str().into());
        cast.signed_by(&format!("{ours}#main-key"), &like)
    }),
];

async fn what_is_not_the_actors_own_request_is_refused_with_401(database: &str) {
    let scene = Scene::new(database).await;
    let elsewhere = Peer::start(scene.client.clone()).await;
    let eve = scene.person_on(&elsewhere, "Eve Moneypenny", |_| ());
    let mut cast = Cast {
        ada: scene.person("Ada Lovelace"),
        bob: scene.person("Bob Carver"),
        eve,
        false_key: elsewhere.url("/keys/ada"),
    };
    let mut rows = FORGERIES.to_vec();
    rows.push(("with the list of the other scheme beside", |cast| {
        let mut draft = cast.says(&cast.ada.like());
        draft.set(
            "signature-input",
            "sig1=(\"@method\");created=1;keyid=\"k\"",
        );
        draft
    }));
    rows.push(("an actor on another host than the key", |cast| {
        cast.says(&cast.like(|it| it["actor"] = cast.eve.id.as_str().into()))
    }));
    for (number, (name, forge)) in rows.into_iter().enumerate() {
        // Somebody new for each row, so that nothing is known from the row before.
        // She even lists the key on Eve's server: it is on another host all the same (F-233).
        cast.ada = scene.person_who(&format!("Ada{number} Lovelace"), |it| {
            let false_key = json!({
                "id": cast.false_key,
                "owner": it["id"],
                "publicKeyPem": crate::peer::KEY.public_key_pem(),
            });
            it["publicKey"] = json!([it["publicKey"], false_key]);
            elsewhere.put("/keys/ada", false_key);
        });
        let known = i64::try_from(number).unwrap();
        assert_eq!(forge(&cast).send(&scene).await.unwrap(), 401, "{name}");
        assert_eq!(scene.endorsers().await, known, "{name}");
        cast.ada.does(&cast.ada.like()).await;
        assert_eq!(scene.endorsers().await, known + 1, "the twin of: {name}");
    }
    for quiet in [&cast.bob, &cast.eve] {
        let shown = scene.letter.command(&["endorsement", "show", &quiet.id]);
        assert_eq!(shown.code, 3, "{}", quiet.id);
    }
}

async fn what_is_no_activity_is_refused(database: &str) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    let nested = |depth: usize| {
        let mut like = ada.like();
        like["extra"] = (1..depth).fold(json!([]), |inner, _| json!([inner]));
        like.to_string()
    };
    let padded = |length: usize| {
        let like = ada.like().to_string();
        like.clone() + &" ".repeat(length - like.len())
    };
    let rows = [
        ("larger than a MiB", padded(1024 * 1024 + 1), 413),
        ("a MiB", padded(1024 * 1024), 202),
        ("nested too deep", nested(40), 400),
        ("nested somewhat", nested(20), 202),
        ("empty", String::new(), 400),
        ("no JSON", "Like".to_owned(), 400),
        ("an array", format!("[{}]", ada.like()), 400),
        (
            "cut off",
            ada.like().to_string().trim_end_matches('}').to_owned(),
            400,
        ),
        ("without a type", json!({"actor": ada.id}).to_string(), 400),
        ("without an actor", json!({"type": "Like"}).to_string(), 400),
        (
            "a type that nobody knows",
            ada.activity("Frobnicate", json!({})).to_string(),
            202,
        ),
    ];
    for (name, body, status) in rows {
        let url = Url::parse(&ada.letters("/inbox")).unwrap();
        let body = body.into_bytes();
        let headers = crate::peer::signed(&ada.key_id, &url, &body, SystemClock.now());
        let draft = Draft { url, headers, body };
        assert_eq!(draft.send(&scene).await.unwrap(), status, "{name}");
    }
}

/// What Ada owns, and Eve and Bob would like to speak for.
async fn nobody_speaks_for_anybody_elses_things(database: &str) {
    let scene = Scene::new(database).await;
    let elsewhere = Peer::start(scene.client.clone()).await;
    let ada = scene.person("Ada Lovelace");
    let bob = scene.person("Bob Carver");
    let eve = scene.person_on(&elsewhere, "Eve Moneypenny", |_| ());
    let (follow, like) = (ada.follow(), ada.like());
    ada.does(&follow).await;
    ada.does(&like).await;
    let note = ada.says("I sign", Audience::Public).await;
    for (who, name) in [(&bob, "a neighbour"), (&eve, "another host")] {
        let theirs = who.reply("I sign", Audience::Public);
        let with = |member: &str, value: &Value| {
            let mut note = theirs.clone();
            note[member] = value.clone();
            who.create(&note)
        };
        let foreign = if name == "a neighbour" { &eve } else { &ada };
        let attempts = [
            (
                "a reply in Ada's name",
                with("attributedTo", &ada.id.clone().into()),
            ),
            (
                "a reply on another host",
                with("id", &foreign.new_id("statuses").into()),
            ),
            (
                "an edit of Ada's reply",
                who.edit(&note, |it| it["content"] = json!("no")),
            ),
            ("Ada's reply once more", who.create(&note)),
            ("an Undo of Ada's like", who.undo(&like)),
            (
                "an Undo of Ada's like by its id",
                who.activity("Undo", like["id"].clone()),
            ),
            ("an Undo of Ada's follow", who.undo(&follow)),
            (
                "an Undo of Ada's follow by its id",
                who.activity("Undo", follow["id"].clone()),
            ),
            ("a Delete of Ada's reply", who.delete(&note)),
            (
                "a Delete of Ada's reply by its id",
                who.activity("Delete", note["id"].clone()),
            ),
            (
                "a Delete of Ada's account",
                who.activity("Delete", ada.id.clone().into()),
            ),
        ];
        for (what, activity) in attempts {
            who.does(&activity).await;
            let numbers = (scene.endorsers().await, scene.followers().await);
            assert_eq!(numbers, (1, 1), "{what} by {name}");
        }
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

async fn a_strangers_delete_is_taken_without_asking_anybody(database: &str) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    ada.does(&ada.delete_account()).await;
    let mut unsigned = Draft::genuine(&ada, &ada.delete_account());
    unsigned.headers.remove("signature");
    assert_eq!(unsigned.send(&scene).await.unwrap(), 202);
    scene.settle().await;
    assert_eq!(scene.peer.requests(), Vec::<String>::new());
    // The twin: somebody whom we know has to sign, and is asked for the key.
    ada.does(&ada.like()).await;
    assert_eq!(scene.peer.requests(), ["GET /users/ada"]);
    let mut unsigned = Draft::genuine(&ada, &ada.delete_account());
    unsigned.headers.remove("signature");
    assert_eq!(unsigned.send(&scene).await.unwrap(), 401);
    assert_eq!(scene.endorsers().await, 1);
}

/// Otherwise everybody could take everybody's signature away, and with it the way to leave (F-233).
async fn a_key_is_not_lost_to_whoever_lists_it_on_another_host(database: &str) {
    let mut scene = Scene::new(database).await;
    let elsewhere = Peer::start(scene.client.clone()).await;
    let ada = scene.person("Ada Lovelace");
    let bob = scene.person("Bob Carver");
    let eve = scene.person_on(&elsewhere, "Eve Moneypenny", |it| {
        let claims = |key_id: &str| {
            json!({
                "id": key_id,
                "owner": it["id"],
                "publicKeyPem": crate::peer::KEY.public_key_pem(),
            })
        };
        let claimed = [claims(&ada.key_id), claims(&bob.key_id)];
        it["publicKey"] = json!([it["publicKey"], claimed[0], claimed[1]]);
    });
    // Ada's key is known before Eve comes, Bob's is not.
    let like = ada.like();
    ada.does(&like).await;
    eve.does(&eve.like()).await;
    // What is known of keys is now read from the register again.
    scene.letter.stop().await;
    scene.letter.serve().await;
    for owner in [&ada, &bob] {
        let draft = Draft::of(&eve, &owner.key_id, &eve.like(), SystemClock.now());
        assert_eq!(draft.send(&scene).await.unwrap(), 401, "{}", owner.id);
    }
    ada.does(&ada.undo(&like)).await;
    bob.does(&bob.like()).await;
    assert_eq!(scene.endorsers().await, 2);
}

/// F-340, F-341: `hs2019`, few headers signed, a key id without `#`, single values without a list.
async fn a_request_as_gotosocial_signs_it_is_taken(database: &str) {
    let scene = Scene::new(database).await;
    let key_id = scene.peer.url("/users/ada/main-key");
    let ada = scene.person_who("Ada Lovelace", |it| {
        it["publicKey"]["id"] = key_id.as_str().into();
        it.as_object_mut().unwrap().remove("endpoints");
    });
    let stub = json!({
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
        "id": ada.id,
        "type": "Person",
        "preferredUsername": "ada",
        "publicKey": {
            "id": key_id,
            "owner": ada.id,
            "publicKeyPem": crate::peer::KEY.public_key_pem(),
        },
    });
    scene.peer.put("/users/ada/main-key", stub);
    let mut note = ada.reply("I sign", Audience::Public);
    note["to"] = "https://www.w3.org/ns/activitystreams#Public".into();
    note["cc"] = ada.letters("/actor").into();
    note["tag"] = note["tag"][0].clone();
    let covered = ["(request-target)", "host", "date", "digest"];
    for (activity, endorsers) in [
        (ada.create(&note), 1),
        (ada.activity("Delete", note["id"].clone()), 0),
    ] {
        let mut draft = Draft::careless(&ada, &activity, &covered, "hs2019");
        let media_type = "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"";
        draft.set("content-type", media_type);
        assert_eq!(draft.send(&scene).await.unwrap(), 202);
        assert_eq!(scene.endorsers().await, endorsers);
    }
}
