//! Keys that are nobody's: what a key id may lead to, and what is no key (F-233 … F-247).

use super::hostile::{Hostile, Reply};
use crate::{
    careless::Draft,
    peer::{KEY, Peer},
    scene::Scene,
};
use serde_json::{Value, json};
use undersigned::clock::{Clock as _, SystemClock};

on_both_databases!(
    what_is_nobodys_key_proves_nothing,
    a_silent_server_is_asked_again_later,
);

/// RSA of 1024 bits.
const WEAK: &str = "-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDNRs1Um5s9P4eNdA+VDWKCqE3S
eIiIWJONA/INnAMXAl0nxghy57lMNMDY3lcSv82HN8cC5yAvDb6OPim1yr78FFo7
DWytnVOAYEJZCVOG6MZ9I5S/fhMNDvsmb/kYfV5u02N36aACZy+Lj9x/DmImqZRc
MZbcew/nMac2NSkJiwIDAQAB
-----END PUBLIC KEY-----
";

const ED25519: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEANhP2DSTSzXy7SwY06ok+Hd17d0QnTmkWK0tsUumwxUY=
-----END PUBLIC KEY-----
";

const P256: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE/pN+IX5vjCbfSAygbtxI3m7+eXOB
lxoan9JRijaEX6k8dUciMZcCiY8NGzoBEDV+ng7luquR2h3w9LPEbA19pw==
-----END PUBLIC KEY-----
";

/// Where a case puts its documents.
pub(super) struct Stage<'a> {
    hostile: &'a Hostile,
    elsewhere: &'a Peer,
    /// Whom the like is from.
    id: String,
    /// An honest document of that actor.
    actor: Value,
}

impl Stage<'_> {
    fn new<'a>(hostile: &'a Hostile, elsewhere: &'a Peer, user: &str) -> Stage<'a> {
        let id = format!("{}/users/{user}", hostile.origin);
        let actor = json!({
            "id": id,
            "type": "Person",
            "preferredUsername": user,
            "published": "2020-01-01T00:00:00Z",
            "inbox": format!("{id}/inbox"),
            "publicKey": {
                "id": format!("{id}#main-key"),
                "owner": id,
                "publicKeyPem": KEY.public_key_pem(),
            },
        });
        Stage {
            hostile,
            elsewhere,
            id,
            actor,
        }
    }

    /// Puts an answer where the actor should be; gives its key id.
    fn serve(&self, reply: impl Into<Reply>) -> String {
        self.hostile.put(&self.id, reply);
        format!("{}#main-key", self.id)
    }

    /// Serves the actor's document with this member changed.
    fn with(&self, pointer: &str, value: impl Into<Value>) -> String {
        let mut actor = self.actor.clone();
        *actor.pointer_mut(pointer).unwrap() = value.into();
        self.serve(&actor)
    }

    /// Serves an honest actor, and beside it a key document of this kind.
    fn key_document(&self, change: impl FnOnce(&mut Value)) -> String {
        self.serve(&self.actor);
        let id = format!("{}/key", self.id);
        let mut key = json!({
            "id": id,
            "owner": self.id,
            "publicKeyPem": KEY.public_key_pem(),
        });
        change(&mut key);
        self.hostile.put(&id, &key);
        id
    }

    /// The document as a text, with this text in it in place of another.
    fn text(&self, from: &str, to: &str) -> String {
        let text = self.actor.to_string();
        assert!(text.contains(from), "{from}");
        self.serve(Reply::document(text.replacen(from, to, 1)))
    }
}

/// Each puts something where the key of an actor should be, and gives the id of the key. The like that is
/// "signed" by it is answered so, and does not count.
pub(super) const ROWS: [(&str, u16, fn(&Stage<'_>) -> String); 47] = [
    ("a document that is missing", 401, |it| {
        it.serve(Reply::status(404))
    }),
    ("a document that is gone", 401, |it| {
        it.serve(Reply::status(410))
    }),
    ("a document that is kept from us", 401, |it| {
        it.serve(Reply::status(403))
    }),
    ("a server that fails", 503, |it| {
        it.serve(Reply::status(500))
    }),
    ("a page", 401, |it| {
        it.serve(Reply::of_type("text/html", it.actor.to_string()))
    }),
    ("an uploaded file", 401, |it| {
        it.serve(Reply::of_type(
            "application/octet-stream",
            it.actor.to_string(),
        ))
    }),
    ("plain JSON", 401, |it| {
        it.serve(Reply::of_type("application/json", it.actor.to_string()))
    }),
    ("JSON-LD of another profile", 401, |it| {
        let other = "application/ld+json; profile=\"https://schema.org\"";
        it.serve(Reply::of_type(other, it.actor.to_string()))
    }),
    ("a document of no type", 401, |it| {
        it.serve(Reply::Sent(200, Vec::new(), it.actor.to_string().into()))
    }),
    ("a document of two types", 401, |it| {
        let types = ["text/html", "application/activity+json"];
        let headers = types.map(|it| ("content-type", it.to_owned())).to_vec();
        it.serve(Reply::Sent(200, headers, it.actor.to_string().into()))
    }),
    ("a document that is packed in an unknown way", 401, |it| {
        let headers = vec![
            ("content-type", "application/activity+json".to_owned()),
            ("content-encoding", "br".to_owned()),
        ];
        it.serve(Reply::Sent(200, headers, it.actor.to_string().into()))
    }),
    ("a document of more than a MiB", 401, |it| {
        it.serve(Reply::document(
            it.actor.to_string() + &" ".repeat(1024 * 1024),
        ))
    }),
    ("a document that is nested too deep", 401, |it| {
        let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
        it.text("{", &format!("{{\"deep\":{deep},"))
    }),
    ("a document with two ids", 401, |it| {
        it.text("{", "{\"id\":\"https://m.example/1\",")
    }),
    ("a document with two ids, one of them escaped", 401, |it| {
        it.text("{", "{\"i\\u0064\":\"https://m.example/1\",")
    }),
    ("a document with two keys for one name", 401, |it| {
        it.text("\"owner\":", "\"owner\":\"https://m.example/1\",\"owner\":")
    }),
    ("a document that is cut off", 401, |it| {
        it.serve(Reply::document(it.actor.to_string().trim_end_matches('}')))
    }),
    ("an array", 401, |it| {
        it.serve(Reply::document(format!("[{}]", it.actor)))
    }),
    ("a tombstone", 401, |it| it.with("/type", "Tombstone")),
    ("a post", 401, |it| it.with("/type", "Note")),
    ("an actor without an inbox", 401, |it| {
        it.with("/inbox", Value::Null)
    }),
    ("an actor with an inbox on another domain", 401, |it| {
        it.with("/inbox", "https://victim.example/inbox")
    }),
    ("an actor with the id of another one", 401, |it| {
        it.with("/id", format!("{}/users/somebody-else", it.hostile.origin))
    }),
    ("an actor with an id on another host", 401, |it| {
        it.with("/id", it.elsewhere.url("/users/eve"))
    }),
    ("an actor without an id", 401, |it| {
        it.with("/id", Value::Null)
    }),
    ("an actor without a key", 401, |it| {
        it.with("/publicKey", Value::Null)
    }),
    ("an actor with the id of a key alone", 401, |it| {
        it.with("/publicKey", format!("{}#main-key", it.id))
    }),
    ("an actor with another key", 401, |it| {
        it.with("/publicKey/id", format!("{}#2", it.id))
    }),
    ("a key of somebody else on that host", 401, |it| {
        it.with(
            "/publicKey/owner",
            format!("{}/users/bob", it.hostile.origin),
        )
    }),
    ("a key of somebody on another host", 401, |it| {
        it.with("/publicKey/owner", it.elsewhere.url("/users/eve"))
    }),
    ("a key of nobody", 401, |it| {
        it.with("/publicKey/owner", Value::Null)
    }),
    ("RSA of 1024 bits", 401, |it| {
        it.with("/publicKey/publicKeyPem", WEAK)
    }),
    ("a key for another algorithm", 401, |it| {
        it.with("/publicKey/publicKeyPem", ED25519)
    }),
    ("a key on a curve", 401, |it| {
        it.with("/publicKey/publicKeyPem", P256)
    }),
    ("no PEM", 401, |it| {
        it.with("/publicKey/publicKeyPem", "pem")
    }),
    ("half a PEM", 401, |it| {
        let pem = KEY.public_key_pem();
        it.with("/publicKey/publicKeyPem", pem.split_at(pem.len() / 2).0)
    }),
    ("two PEMs", 401, |it| {
        it.with(
            "/publicKey/publicKeyPem",
            WEAK.to_owned() + &KEY.public_key_pem(),
        )
    }),
    ("an endless PEM", 401, |it| {
        it.with(
            "/publicKey/publicKeyPem",
            KEY.public_key_pem() + &"\n".repeat(20_000),
        )
    }),
    ("a key document that its owner does not list", 401, |it| {
        it.key_document(|_| ())
    }),
    ("a key document without an owner", 401, |it| {
        it.key_document(|key| key["owner"] = Value::Null)
    }),
    ("a key document with an owner on another host", 401, |it| {
        let eve = it.elsewhere.url("/users/eve");
        it.key_document(|key| key["owner"] = eve.into())
    }),
    ("a key document with another id", 401, |it| {
        let other = format!("{}/other", it.id);
        it.key_document(|key| key["id"] = other.into())
    }),
    ("a redirect into a private network", 401, |it| {
        it.serve(Reply::redirect("http://10.0.0.1/"))
    }),
    (
        "a redirect to where machines keep their secrets",
        401,
        |it| it.serve(Reply::redirect("http://169.254.169.254/latest/meta-data/")),
    ),
    ("a redirect to a file", 401, |it| {
        it.serve(Reply::redirect("file:///etc/passwd"))
    }),
    ("a redirect to itself", 401, |it| {
        it.serve(Reply::redirect(&it.id))
    }),
    ("a redirect to another host", 401, |it| {
        // Even if the document over there says that it belongs here.
        it.elsewhere.put("/moved", it.actor.clone());
        it.serve(Reply::redirect(&it.elsewhere.url("/moved")))
    }),
];

async fn what_is_nobodys_key_proves_nothing(database: &str) {
    let scene = Scene::with(database, super::LIMITS).await;
    let hostile = Hostile::start().await;
    let elsewhere = Peer::start(scene.client.clone()).await;
    let _eve = scene.person_on(&elsewhere, "Eve Moneypenny", |_| ());
    for (number, (name, status, put)) in ROWS.into_iter().enumerate() {
        let stage = Stage::new(&hostile, &elsewhere, &format!("mallory{number}"));
        let key_id = put(&stage);
        let mallory = scene.stranger(&stage.id, &key_id);
        let draft = Draft::of(&mallory, &key_id, &mallory.like(), SystemClock.now());
        assert_eq!(draft.send(&scene).await.unwrap(), status, "{name}");
        let known = i64::try_from(number).unwrap();
        assert_eq!(scene.endorsers().await, known, "{name}");
        // The twin: somebody on the same server, with a document as it should be.
        let twin = Stage::new(&hostile, &elsewhere, &format!("ada{number}"));
        let ada = scene.stranger(&twin.id, &twin.serve(&twin.actor));
        ada.does(&ada.like()).await;
        assert_eq!(scene.endorsers().await, known + 1, "the twin of: {name}");
    }
    let asked = elsewhere.requests();
    assert!(
        !asked.iter().any(|it| it.contains("/users/eve")),
        "{asked:?}"
    );
}

/// Longer than anybody waits: the sender is told to come again, and the host rests (F-236, F-244).
async fn a_silent_server_is_asked_again_later(database: &str) {
    let scene = Scene::with(database, super::LIMITS).await;
    let (silent, honest) = (Hostile::start().await, Hostile::start().await);
    let elsewhere = Peer::start(scene.client.clone()).await;
    let stage = Stage::new(&silent, &elsewhere, "mallory");
    let mallory = scene.stranger(&stage.id, &stage.serve(Reply::Silence));
    for _ in 0..2 {
        let answer = mallory.sends("/inbox", &mallory.like()).await;
        assert_eq!(answer.unwrap(), 503);
    }
    let twin = Stage::new(&honest, &elsewhere, "ada");
    let ada = scene.stranger(&twin.id, &twin.serve(&twin.actor));
    ada.does(&ada.like()).await;
    assert_eq!(scene.endorsers().await, 1);
}
