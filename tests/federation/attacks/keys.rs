//! Key ids that lead to no key of the actor, or to no key at all.

use crate::{
    both::on_both_databases,
    federation::draft::Draft,
    support::{
        fediverse::{FakeServer, KEY, Reply},
        world::World,
    },
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

/// The servers on which a case puts its documents.
pub(super) struct Stage<'a> {
    hostile: &'a FakeServer,
    elsewhere: &'a FakeServer,
    /// The actor of the like.
    id: String,
    /// An honest document of that actor.
    actor: Value,
}

impl Stage<'_> {
    fn new<'a>(hostile: &'a FakeServer, elsewhere: &'a FakeServer, user: &str) -> Stage<'a> {
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

    /// Puts a reply where the actor should be; gives its key id.
    fn serve(&self, reply: impl Into<Reply>) -> String {
        self.hostile.reply_at(&self.id, reply);
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
        self.hostile.reply_at(&id, &key);
        id
    }

    /// The document as a text, with this text in it in place of another.
    fn text(&self, from: &str, to: &str) -> String {
        let text = self.actor.to_string();
        assert!(text.contains(from), "{from}");
        self.serve(Reply::document(text.replacen(from, to, 1)))
    }
}

/// Each puts a reply where the key of an actor should be, and gives the id of the key. The like that is
/// "signed" by it is answered so, and does not count.
pub(super) const ROWS: [(&str, u16, fn(&Stage<'_>) -> String); 48] = [
    ("a document that is missing", 401, |stage| {
        stage.serve(Reply::Status(404))
    }),
    ("a document that is gone", 401, |stage| {
        stage.serve(Reply::Status(410))
    }),
    ("a document that is kept from us", 503, |stage| {
        stage.serve(Reply::Status(403))
    }),
    ("a document that is kept from who we are", 503, |stage| {
        stage.serve(Reply::Status(401))
    }),
    ("a server that fails", 503, |stage| {
        stage.serve(Reply::Status(500))
    }),
    ("a page", 401, |stage| {
        stage.serve(Reply::of_type("text/html", stage.actor.to_string()))
    }),
    ("an uploaded file", 401, |stage| {
        stage.serve(Reply::of_type(
            "application/octet-stream",
            stage.actor.to_string(),
        ))
    }),
    ("plain JSON", 401, |stage| {
        stage.serve(Reply::of_type("application/json", stage.actor.to_string()))
    }),
    ("JSON-LD of another profile", 401, |stage| {
        let other = "application/ld+json; profile=\"https://schema.org\"";
        stage.serve(Reply::of_type(other, stage.actor.to_string()))
    }),
    ("a document of no type", 401, |stage| {
        stage.serve(Reply::Sent(200, Vec::new(), stage.actor.to_string().into()))
    }),
    ("a document of two types", 401, |stage| {
        let types = ["text/html", "application/activity+json"];
        let headers = types.map(|it| ("content-type", it.to_owned())).to_vec();
        stage.serve(Reply::Sent(200, headers, stage.actor.to_string().into()))
    }),
    (
        "a document that is packed in an unknown way",
        401,
        |stage| {
            let headers = vec![
                ("content-type", "application/activity+json".to_owned()),
                ("content-encoding", "br".to_owned()),
            ];
            stage.serve(Reply::Sent(200, headers, stage.actor.to_string().into()))
        },
    ),
    ("a document of more than a MiB", 401, |stage| {
        stage.serve(Reply::document(
            stage.actor.to_string() + &" ".repeat(1024 * 1024),
        ))
    }),
    ("a document that is nested too deep", 401, |stage| {
        let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
        stage.text("{", &format!("{{\"deep\":{deep},"))
    }),
    ("a document with two ids", 401, |stage| {
        stage.text("{", "{\"id\":\"https://m.example/1\",")
    }),
    (
        "a document with two ids, one of them escaped",
        401,
        |stage| stage.text("{", "{\"i\\u0064\":\"https://m.example/1\","),
    ),
    ("a document with two keys for one name", 401, |stage| {
        stage.text("\"owner\":", "\"owner\":\"https://m.example/1\",\"owner\":")
    }),
    ("a document that is cut off", 401, |stage| {
        stage.serve(Reply::document(
            stage.actor.to_string().trim_end_matches('}'),
        ))
    }),
    ("an array", 401, |stage| {
        stage.serve(Reply::document(format!("[{}]", stage.actor)))
    }),
    ("a tombstone", 401, |stage| stage.with("/type", "Tombstone")),
    ("a post", 401, |stage| stage.with("/type", "Note")),
    ("an actor without an inbox", 401, |stage| {
        stage.with("/inbox", Value::Null)
    }),
    ("an actor with an inbox on another domain", 401, |stage| {
        stage.with("/inbox", "https://victim.example/inbox")
    }),
    ("an actor with the id of another one", 401, |stage| {
        stage.with(
            "/id",
            format!("{}/users/somebody-else", stage.hostile.origin),
        )
    }),
    ("an actor with an id on another host", 401, |stage| {
        stage.with("/id", stage.elsewhere.url("/users/eve"))
    }),
    ("an actor without an id", 401, |stage| {
        stage.with("/id", Value::Null)
    }),
    ("an actor without a key", 401, |stage| {
        stage.with("/publicKey", Value::Null)
    }),
    ("an actor with the id of a key alone", 401, |stage| {
        stage.with("/publicKey", format!("{}#main-key", stage.id))
    }),
    ("an actor with another key", 401, |stage| {
        stage.with("/publicKey/id", format!("{}#2", stage.id))
    }),
    ("a key of somebody else on that host", 401, |stage| {
        stage.with(
            "/publicKey/owner",
            format!("{}/users/bob", stage.hostile.origin),
        )
    }),
    ("a key of somebody on another host", 401, |stage| {
        stage.with("/publicKey/owner", stage.elsewhere.url("/users/eve"))
    }),
    ("a key of nobody", 401, |stage| {
        stage.with("/publicKey/owner", Value::Null)
    }),
    ("RSA of 1024 bits", 401, |stage| {
        stage.with("/publicKey/publicKeyPem", WEAK)
    }),
    ("a key for another algorithm", 401, |stage| {
        stage.with("/publicKey/publicKeyPem", ED25519)
    }),
    ("a key on a curve", 401, |stage| {
        stage.with("/publicKey/publicKeyPem", P256)
    }),
    ("no PEM", 401, |stage| {
        stage.with("/publicKey/publicKeyPem", "pem")
    }),
    ("half a PEM", 401, |stage| {
        let pem = KEY.public_key_pem();
        stage.with("/publicKey/publicKeyPem", pem.split_at(pem.len() / 2).0)
    }),
    ("two PEMs", 401, |stage| {
        stage.with(
            "/publicKey/publicKeyPem",
            WEAK.to_owned() + &KEY.public_key_pem(),
        )
    }),
    ("an endless PEM", 401, |stage| {
        stage.with(
            "/publicKey/publicKeyPem",
            KEY.public_key_pem() + &"\n".repeat(20_000),
        )
    }),
    (
        "a key document that its owner does not list",
        401,
        |stage| stage.key_document(|_| ()),
    ),
    ("a key document without an owner", 401, |stage| {
        stage.key_document(|key| key["owner"] = Value::Null)
    }),
    (
        "a key document with an owner on another host",
        401,
        |stage| {
            let eve = stage.elsewhere.url("/users/eve");
            stage.key_document(|key| key["owner"] = eve.into())
        },
    ),
    ("a key document with another id", 401, |stage| {
        let other = format!("{}/other", stage.id);
        stage.key_document(|key| key["id"] = other.into())
    }),
    ("a redirect into a private network", 401, |stage| {
        stage.serve(Reply::redirect("http://10.0.0.1/"))
    }),
    (
        "a redirect to where machines keep their secrets",
        401,
        |stage| stage.serve(Reply::redirect("http://169.254.169.254/latest/meta-data/")),
    ),
    ("a redirect to a file", 401, |stage| {
        stage.serve(Reply::redirect("file:///etc/passwd"))
    }),
    ("a redirect to itself", 401, |stage| {
        stage.serve(Reply::redirect(&stage.id))
    }),
    ("a redirect to another host", 401, |stage| {
        // Even if the document over there has an id here.
        stage.elsewhere.put("/moved", stage.actor.clone());
        stage.serve(Reply::redirect(&stage.elsewhere.url("/moved")))
    }),
];

async fn what_is_nobodys_key_proves_nothing(database: &str) {
    let world = World::with(database, super::LIMITS).await;
    let hostile = FakeServer::start();
    let elsewhere = FakeServer::start();
    let _eve = world.person_on(&elsewhere, "Eve Moneypenny", |_| ());
    for (number, (name, status, put)) in ROWS.into_iter().enumerate() {
        let stage = Stage::new(&hostile, &elsewhere, &format!("mallory{number}"));
        let key_id = put(&stage);
        let mallory = world.stranger(&stage.id, &key_id);
        let draft = Draft::of(&mallory, &key_id, &mallory.like(), SystemClock.now());
        assert_eq!(draft.send(&world).await.unwrap(), status, "{name}");
        let known = i64::try_from(number).unwrap();
        assert_eq!(world.endorsers().await, known, "{name}");
        // The twin: somebody on the same server, with a document as it should be.
        let twin = Stage::new(&hostile, &elsewhere, &format!("ada{number}"));
        let ada = world.stranger(&twin.id, &twin.serve(&twin.actor));
        ada.does(&ada.like()).await;
        assert_eq!(world.endorsers().await, known + 1, "the twin of: {name}");
    }
    let asked = elsewhere.request_lines();
    assert!(
        !asked.iter().any(|it| it.contains("/users/eve")),
        "{asked:?}"
    );
}

/// A key fetch that takes too long: the sender is told to come again, and the host rests.
async fn a_silent_server_is_asked_again_later(database: &str) {
    let world = World::with(database, super::LIMITS).await;
    let (silent, honest) = (FakeServer::start(), FakeServer::start());
    let elsewhere = FakeServer::start();
    let stage = Stage::new(&silent, &elsewhere, "mallory");
    let mallory = world.stranger(&stage.id, &stage.serve(Reply::Hang));
    for _ in 0..2 {
        let answer = mallory.sends("/inbox", &mallory.like()).await;
        assert_eq!(answer.unwrap(), 503);
    }
    let twin = Stage::new(&honest, &elsewhere, "ada");
    let ada = world.stranger(&twin.id, &twin.serve(&twin.actor));
    ada.does(&ada.like()).await;
    assert_eq!(world.endorsers().await, 1);
}
