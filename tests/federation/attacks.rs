//! Requests that pretend: each refused or without effect, beside a genuine twin that has one
//! (federation.md 5.1, F-230 … F-239).

use crate::{
    careless::Draft,
    peer::Peer,
    scene::{Audience, Person, Scene},
};
use serde_json::{Value, json};
use undersigned::clock::{Clock as _, SystemClock};

mod bodies;
mod hostile;
mod keys;
mod ownership;
mod replays;
mod requests;
mod signatures;

on_both_databases!(
    what_is_not_the_actors_own_request_is_refused,
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

/// Room for tables: everybody in a case has the same address, and many live on one host, which would be asked for
/// strangers' keys once a second.
const LIMITS: &str = "limits.per_address_per_minute = 100000\nlimits.fetches_in_flight = 2000";

/// How many rows there were when somebody last counted.
const ROWS: usize = 200;

/// One way to pretend: its name, what it is answered, and the request.
type Forgery = (&'static str, u16, fn(&Cast) -> Draft);

async fn what_is_not_the_actors_own_request_is_refused(database: &str) {
    let scene = Scene::with(database, LIMITS).await;
    let elsewhere = Peer::start(scene.client.clone()).await;
    let eve = scene.person_on(&elsewhere, "Eve Moneypenny", |_| ());
    let mut cast = Cast {
        ada: scene.person("Ada Lovelace"),
        bob: scene.person("Bob Carver"),
        eve,
        false_key: elsewhere.url("/keys/ada"),
    };
    let rows = signatures::FORGERIES.iter().chain(&requests::FORGERIES);
    let mut wrong = Vec::new();
    for (number, (name, status, forge)) in rows.enumerate() {
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
        let answer = forge(&cast).send(&scene).await.unwrap();
        if answer != *status {
            wrong.push(format!("{name}: {answer}"));
        }
        assert_eq!(scene.endorsers().await, known, "{name}");
        cast.ada.does(&cast.ada.like()).await;
        assert_eq!(scene.endorsers().await, known + 1, "the twin of: {name}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for quiet in [&cast.bob, &cast.eve] {
        let shown = scene.letter.command(&["endorsement", "show", &quiet.id]);
        assert_eq!(shown.code, 3, "{}", quiet.id);
    }
}

/// All tables together: fewer rows would be an attack that nobody tries any more.
#[test]
fn the_tables_have_at_least_two_hundred_rows() {
    let signatures = signatures::FORGERIES.len() + requests::FORGERIES.len();
    let bodies = bodies::rows(
        "https://m.example/users/ada",
        "https://letter.example/letter",
    )
    .len();
    let rows = signatures + bodies + keys::ROWS.len() + 2 * ownership::ATTEMPTS.len();
    assert!(
        rows >= ROWS,
        "only {rows}: {signatures} signatures and requests, {bodies} bodies"
    );
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
    let eves = eve.like();
    eve.does(&eves).await;
    // What is known of keys is now read from the register again.
    scene.letter.stop().await;
    scene.letter.serve().await;
    for owner in [&ada, &bob] {
        // Their keys are not hers: what they sign in her name is somebody else's word (F-219).
        let draft = Draft::of(&eve, &owner.key_id, &eve.undo(&eves), SystemClock.now());
        assert_eq!(draft.send(&scene).await.unwrap(), 202, "{}", owner.id);
        assert_eq!(scene.endorsers().await, 2, "{}", owner.id);
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
