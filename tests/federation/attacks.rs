//! Forged requests: each is refused or without effect, beside a genuine twin that has one.

use std::sync::Arc;

use crate::{
    both::on_both_databases,
    federation::draft::{Draft, forged},
    support::{
        fediverse::FakeServer,
        program::eventually,
        world::{Audience, Person, World},
    },
};
use serde_json::{Value, json};
use undersigned::{
    clock::{Clock as _, SystemClock},
    signature::KeyPair,
};

mod bodies;
mod keys;
mod ownership;
mod replays;
mod requests;
mod signatures;

on_both_databases!(
    what_is_not_the_actors_own_request_is_refused,
    a_strangers_delete_is_taken_without_asking_anybody,
    an_unverified_delete_only_has_the_account_looked_at,
    a_key_is_not_lost_to_a_neighbour_who_lists_it,
    a_key_is_not_lost_to_whoever_lists_it_on_another_host,
    a_request_as_gotosocial_signs_it_is_taken,
    a_compressed_body_is_not_read,
);

/// The people of an attack: `ada` is the victim, `bob` has an account on her server, `eve` on another one.
struct Cast {
    ada: Person,
    bob: Person,
    eve: Person,
    /// A key on Eve's server that claims to be Ada's.
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

/// Limits for tables: everybody in a case has the same address.
const LIMITS: &str = "limits.per_address_per_minute = 100000";

/// The least number of rows.
const ROWS: usize = 200;

/// One forgery: its name, the status of the answer, and the request.
type Forgery = (&'static str, u16, fn(&Cast) -> Draft);

async fn what_is_not_the_actors_own_request_is_refused(database: &str) {
    let world = World::with(database, LIMITS).await;
    let elsewhere = FakeServer::start();
    let eve = world.person_on(&elsewhere, "Eve Moneypenny", |_| ());
    let mut cast = Cast {
        ada: world.person("Ada Lovelace"),
        bob: world.person("Bob Carver"),
        eve,
        false_key: elsewhere.url("/keys/ada"),
    };
    let rows = signatures::FORGERIES.iter().chain(&requests::FORGERIES);
    let mut wrong = Vec::new();
    for (number, (name, status, forge)) in rows.enumerate() {
        // A new person for each row, because what is known of her would change the result.
        // Her document even lists the key on Eve's server, which does not make it hers: it is on another host.
        cast.ada = world.person_who(&format!("Ada{number} Lovelace"), |actor| {
            let false_key = json!({
                "id": cast.false_key,
                "owner": actor["id"],
                "publicKeyPem": crate::support::fediverse::KEY.public_key_pem(),
            });
            actor["publicKey"] = json!([actor["publicKey"], false_key]);
            elsewhere.put("/keys/ada", false_key);
        });
        let known = i64::try_from(number).unwrap();
        let answer = forge(&cast).send(&world).await.unwrap();
        if answer != *status {
            wrong.push(format!("{name}: {answer}"));
        }
        assert_eq!(world.endorsers().await, known, "{name}");
        cast.ada.does(&cast.ada.like()).await;
        assert_eq!(world.endorsers().await, known + 1, "the twin of: {name}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for quiet in [&cast.bob, &cast.eve] {
        let shown = world.letter.command(&["endorsement", "show", &quiet.id]);
        assert_eq!(shown.code, 3, "{}", quiet.id);
    }
}

/// All tables together: with fewer rows some attack would have lost its test.
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
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.delete_account()).await;
    world.settle().await;
    assert_eq!(world.peer.request_lines(), Vec::<String>::new());
    // The twin: an account that we know, and whose key is fetched.
    ada.does(&ada.like()).await;
    assert_eq!(world.peer.request_lines(), ["GET /users/ada"]);
    assert_eq!(world.endorsers().await, 1);
    ada.does(&ada.delete_account()).await;
    assert_eq!(world.endorsers().await, 0);
}

/// The answer is that to everybody, so nothing but the account's own server is believed.
async fn an_unverified_delete_only_has_the_account_looked_at(database: &str) {
    let world = World::new(database).await;
    let (ada, bob) = (world.person("Ada Lovelace"), world.person("Bob Carver"));
    for person in [&ada, &bob] {
        person.does(&person.like()).await;
    }
    let reads = |name: &str| {
        let lines = world.peer.request_lines().into_iter();
        lines.filter(|line| *line == format!("GET {name}")).count()
    };
    let renamed = json!({"id": ada.id, "type": "Person", "inbox": format!("{}/inbox", ada.id), "name": "Eve"});
    for activity in [ada.delete_account(), ada.activity("Update", renamed)] {
        let draft = forged(Draft::genuine(&ada, &activity));
        assert_eq!(draft.send(&world).await.unwrap(), 202);
        eventually("the account is looked at", async || {
            (reads("/users/ada") == 2).then_some(())
        })
        .await;
    }
    assert_eq!(world.endorsement(&ada)["name"], "Ada Lovelace");
    assert_eq!((reads("/users/ada"), reads("/users/bob")), (2, 1));
    assert_eq!(world.endorsers().await, 2);
    world.assert_is_sound();
}

async fn a_compressed_body_is_not_read(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    for (coding, expected) in [("gzip", 415), ("br", 415), ("identity", 202)] {
        let mut draft = Draft::genuine(&ada, &ada.like());
        draft.set("content-encoding", coding);
        assert_eq!(draft.send(&world).await.unwrap(), expected, "{coding}");
    }
    assert_eq!(world.endorsers().await, 1);
}

/// Otherwise everybody could take everybody's signature away, and with it the way to leave.
async fn a_key_is_not_lost_to_whoever_lists_it_on_another_host(database: &str) {
    let mut world = World::new(database).await;
    let elsewhere = FakeServer::start();
    let ada = world.person("Ada Lovelace");
    let bob = world.person("Bob Carver");
    let eve = world.person_on(&elsewhere, "Eve Moneypenny", |actor| {
        let claims = |key_id: &str| {
            json!({
                "id": key_id,
                "owner": actor["id"],
                "publicKeyPem": crate::support::fediverse::KEY.public_key_pem(),
            })
        };
        let claimed = [claims(&ada.key_id), claims(&bob.key_id)];
        actor["publicKey"] = json!([actor["publicKey"], claimed[0], claimed[1]]);
    });
    // Ada's key is known before Eve comes, Bob's is not.
    let like = ada.like();
    ada.does(&like).await;
    let eves = eve.like();
    eve.does(&eves).await;
    // After a restart keys are read from the register.
    world.letter.stop().await;
    world.letter.serve().await;
    for owner in [&ada, &bob] {
        // Their keys are not hers: what they sign in her name counts as forwarded.
        let draft = Draft::of(&eve, &owner.key_id, &eve.undo(&eves), SystemClock.now());
        assert_eq!(draft.send(&world).await.unwrap(), 202, "{}", owner.id);
        assert_eq!(world.endorsers().await, 2, "{}", owner.id);
    }
    ada.does(&ada.undo(&like)).await;
    bob.does(&bob.like()).await;
    assert_eq!(world.endorsers().await, 2);
}

/// The same by somebody on her own host, where the key id's own URL tells whose it is.
async fn a_key_is_not_lost_to_a_neighbour_who_lists_it(database: &str) {
    let mut world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    let theirs = Arc::new(KeyPair::generate().unwrap());
    let mallory = world.person_who("Mallory Smith", |actor| {
        let listed = |key_id: &Value| {
            json!({"id": key_id, "owner": actor["id"], "publicKeyPem": theirs.public_key_pem()})
        };
        let own = listed(&actor["publicKey"]["id"]);
        actor["publicKey"] = json!([own, listed(&json!(ada.key_id))]);
    });
    let under = |key_id: &str| {
        let (letter, client) = (mallory.letters(""), mallory.client.clone());
        Person::new(letter, client, &mallory.id, key_id, &theirs)
    };
    let own = under(&mallory.key_id);
    own.does(&own.like()).await;
    ada.does(&ada.like()).await;
    // After a restart keys are read from the register.
    world.letter.stop().await;
    world.letter.serve().await;
    ada.does(&ada.follow()).await;
    own.does(&own.follow()).await;
    let hers = under(&ada.key_id);
    assert_eq!(hers.sends("/inbox", &hers.like()).await.unwrap(), 401);
    let reads = world.peer.request_lines();
    let reads = reads.iter().filter(|line| *line == "GET /users/ada");
    // For her like, and for the forgery: her follow needed none.
    assert_eq!(reads.count(), 2);
    assert_eq!((world.endorsers().await, world.followers().await), (2, 2));
}

/// GoToSocial signs few headers, names the algorithm `hs2019` and its key without `#`, and sends single values without a
/// list.
async fn a_request_as_gotosocial_signs_it_is_taken(database: &str) {
    let world = World::new(database).await;
    let key_id = world.peer.url("/users/ada/main-key");
    let ada = world.person_who("Ada Lovelace", |actor| {
        actor["publicKey"]["id"] = key_id.as_str().into();
        actor.as_object_mut().unwrap().remove("endpoints");
    });
    let stub = json!({
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
        "id": ada.id,
        "type": "Person",
        "preferredUsername": "ada",
        "publicKey": {
            "id": key_id,
            "owner": ada.id,
            "publicKeyPem": crate::support::fediverse::KEY.public_key_pem(),
        },
    });
    world.peer.put("/users/ada/main-key", stub);
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
        assert_eq!(draft.send(&world).await.unwrap(), 202);
        assert_eq!(world.endorsers().await, endorsers);
    }
}
