//! A world for one case: our program, a fake server, and people on it with accounts and keys.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use reqwest::{Client, Method, StatusCode, header::HeaderMap};
use serde_json::{Value, json};
use undersigned::{
    clock::{Clock as _, Millis, SystemClock},
    signature::{KeyPair, Outgoing, Scheme, Signer},
};
use url::Url;

use super::{
    fediverse::{Delivery, FakeServer, KEY, signed_by},
    program::{Program, eventually, http},
};

/// The collection that stands for everybody (ActivityPub, section 5.6).
const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

/// Visibility of a post, as Mastodon tells them apart.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Audience {
    Public,
    Unlisted,
    Followers,
    Direct,
}

/// Our program, which serves a letter, and a server whose people know it.
pub(crate) struct World {
    pub(crate) letter: Program,
    pub(crate) peer: FakeServer,
    pub(crate) client: Client,
}

impl World {
    /// A letter without followers and endorsements, in this database.
    pub(crate) async fn new(database: &str) -> Self {
        Self::with(database, "").await
    }

    /// The same with more settings.
    pub(crate) async fn with(database: &str, settings: &str) -> Self {
        let client = http();
        Self {
            letter: Program::start(database, settings).await,
            peer: FakeServer::start(),
            client,
        }
    }

    /// Somebody discoverable, with an account that is years old.
    pub(crate) fn person(&self, name: &str) -> Person {
        self.person_who(name, |_| ())
    }

    /// Somebody whose actor document differs.
    pub(crate) fn person_who(&self, name: &str, differs: impl FnOnce(&mut Value)) -> Person {
        self.person_on(&self.peer, name, differs)
    }

    /// Somebody on another server.
    pub(crate) fn person_on(
        &self,
        peer: &FakeServer,
        name: &str,
        differs: impl FnOnce(&mut Value),
    ) -> Person {
        let mut actor = peer.actor(name);
        differs(&mut actor);
        let text = |path| actor.pointer(path).and_then(Value::as_str).unwrap();
        let id = text("/id").to_owned();
        let keys = [
            actor.pointer("/publicKey/id"),
            actor.pointer("/publicKey/0/id"),
        ];
        let key_id = keys.into_iter().flatten().find_map(Value::as_str);
        let key_id = key_id.unwrap().to_owned();
        peer.put(Url::parse(&id).unwrap().path(), actor);
        self.stranger(&id, &key_id)
    }

    /// Somebody without documents, whom a case puts elsewhere or nowhere.
    pub(crate) fn stranger(&self, id: &str, key_id: &str) -> Person {
        let (letter, client) = (self.letter.origin.clone(), self.client.clone());
        Person::new(letter, client, id, key_id, &KEY)
    }

    /// `fediverse` of the public numbers: how many endorse.
    pub(crate) async fn endorsers(&self) -> i64 {
        self.number("fediverse").await
    }

    /// One of the public numbers.
    pub(crate) async fn number(&self, name: &str) -> i64 {
        self.letter
            .count()
            .await
            .get(name)
            .unwrap()
            .as_i64()
            .unwrap()
    }

    /// How many follow, as everybody can read it.
    pub(crate) async fn followers(&self) -> i64 {
        let followers = self.letter.document("/followers").await;
        followers.get("totalItems").unwrap().as_i64().unwrap()
    }

    /// Every public page and document that could name people or repeat their words, in one text.
    pub(crate) async fn public_text(&self) -> String {
        let mut text = String::new();
        for path in [
            "/",
            "/supporters",
            "/about",
            "/privacy",
            "/statistics",
            "/embed",
        ] {
            text.push_str(&self.letter.page(path).await);
        }
        for path in [
            "/api/v1/supporters.json",
            "/api/v1/days.json",
            "/api/v1/letter.json",
        ] {
            text.push_str(&self.letter.get(path, None).await.body);
        }
        for path in [
            "/letter",
            "/letter/replies?page=1",
            "/letter/likes",
            "/outbox",
            "/followers",
        ] {
            text.push_str(&self.letter.document(path).await.to_string());
        }
        text
    }

    /// The endorsements that a command lists; comments only with `--state comment`.
    pub(crate) fn listed(&self, conditions: &[&str]) -> Vec<Value> {
        let command = ["endorsement", "list"];
        let list = self.letter.json(&[&command, conditions].concat());
        list.as_array().unwrap().clone()
    }

    /// The endorsement of one person, as `endorsement show` prints it.
    pub(crate) fn endorsement(&self, person: &Person) -> Value {
        self.letter.json(&["endorsement", "show", &person.id])
    }

    /// The state of one person's endorsement.
    pub(crate) fn state(&self, person: &Person) -> String {
        let endorsement = self.endorsement(person);
        endorsement
            .get("state")
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// The first delivery of this kind that the peer took, checked to be authentic.
    pub(crate) async fn delivered(&self, kind: &str) -> Delivery {
        let delivery = eventually(kind, async || {
            let deliveries = self.peer.deliveries(kind);
            deliveries.into_iter().find(|it| it.answer == 202)
        })
        .await;
        assert_eq!(delivery.verified, Ok(()), "{kind}");
        delivery
    }

    /// Checks that states, history and counts agree, as `check` does.
    pub(crate) fn assert_is_sound(&self) {
        let checked = self.letter.command(&["check"]);
        assert_eq!(checked.code, 0, "{}{}", checked.stdout, checked.stderr);
    }

    /// Waits until the queue is empty: what was not delivered by then never will be.
    pub(crate) async fn settle(&self) {
        eventually("the queue is empty", async || {
            let stats = self.letter.json(&["queue", "stats"]);
            (stats.get("queued").unwrap() == 0).then_some(())
        })
        .await;
    }
}

/// Somebody with an account and a key.
#[derive(Debug)]
pub(crate) struct Person {
    letter: String,
    pub(crate) client: Client,
    pub(crate) id: String,
    pub(crate) key_id: String,
    pub(crate) key: Arc<KeyPair>,
    /// How many ids were made.
    made: AtomicU32,
}

impl Person {
    /// Somebody who knows the letter at this origin.
    pub(crate) fn new(
        letter: String,
        client: Client,
        id: &str,
        key_id: &str,
        key: &Arc<KeyPair>,
    ) -> Self {
        Self {
            letter,
            client,
            id: id.to_owned(),
            key_id: key_id.to_owned(),
            key: Arc::clone(key),
            made: AtomicU32::new(0),
        }
    }

    /// The letter's URL of a path.
    pub(crate) fn letters(&self, path: &str) -> String {
        format!("{}{path}", self.letter)
    }

    /// A new id of this person's.
    pub(crate) fn new_id(&self, kind: &str) -> String {
        let number = self.made.fetch_add(1, Ordering::SeqCst);
        format!("{}/{kind}/{number}", self.id)
    }

    /// An activity of this person's with a new id.
    pub(crate) fn activity(&self, kind: &str, object: Value) -> Value {
        json!({
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": self.new_id("activities"),
            "type": kind,
            "actor": self.id,
            "object": object,
        })
    }

    pub(crate) fn follow(&self) -> Value {
        self.activity("Follow", self.letters("/actor").into())
    }

    pub(crate) fn like(&self) -> Value {
        self.activity("Like", self.letters("/letter").into())
    }

    /// Takes an activity back, embedded as Mastodon does it.
    pub(crate) fn undo(&self, activity: &Value) -> Value {
        self.activity("Undo", activity.clone())
    }

    /// A post that answers the letter.
    pub(crate) fn reply(&self, text: &str, audience: Audience) -> Value {
        let followers = format!("{}/followers", self.id);
        let letter = self.letters("/actor");
        let (to, cc) = match audience {
            Audience::Public => (vec![PUBLIC.to_owned()], vec![followers, letter.clone()]),
            Audience::Unlisted => (vec![followers], vec![PUBLIC.to_owned(), letter.clone()]),
            Audience::Followers => (vec![followers, letter.clone()], vec![]),
            Audience::Direct => (vec![letter.clone()], vec![]),
        };
        json!({
            "id": self.new_id("statuses"),
            "type": "Note",
            "attributedTo": self.id,
            "inReplyTo": self.letters("/letter"),
            "content": format!("<p><a href=\"{letter}\" class=\"u-url mention\">@letter</a> {text}</p>"),
            "published": SystemClock.now(),
            "tag": [{"type": "Mention", "href": letter, "name": "@letter"}],
            "to": to,
            "cc": cc,
        })
    }

    /// The activity that publishes a post.
    pub(crate) fn create(&self, note: &Value) -> Value {
        self.activity("Create", note.clone())
    }

    /// The activity that says a post was edited, a second from now at the latest.
    pub(crate) fn edit(&self, note: &Value, change: impl FnOnce(&mut Value)) -> Value {
        let mut note = note.clone();
        change(&mut note);
        let updated = Millis::from_millis(SystemClock.now().as_millis() + 1000);
        note.as_object_mut()
            .unwrap()
            .insert("updated".to_owned(), json!(updated));
        self.activity("Update", note)
    }

    /// The activity that deletes a post, in Mastodon's form.
    pub(crate) fn delete(&self, note: &Value) -> Value {
        let tombstone = json!({"id": note.get("id"), "type": "Tombstone"});
        self.activity("Delete", tombstone)
    }

    /// The activity that deletes the account.
    pub(crate) fn delete_account(&self) -> Value {
        self.activity("Delete", self.id.clone().into())
    }

    /// Publishes "text" as an answer to the letter, and gives the post.
    pub(crate) async fn says(&self, text: &str, audience: Audience) -> Value {
        let note = self.reply(text, audience);
        self.does(&self.create(&note)).await;
        note
    }

    /// Delivers an activity that the letter has to take.
    pub(crate) async fn does(&self, activity: &Value) {
        let status = self.sends("/inbox", activity).await;
        assert_eq!(status, Some(StatusCode::ACCEPTED), "{activity}");
    }

    /// The URL of this inbox, and headers and body of the request that delivers an activity to it.
    pub(crate) fn signed(&self, inbox: &str, activity: &Value) -> (Url, HeaderMap, Vec<u8>) {
        let url = Url::parse(&self.letters(inbox)).unwrap();
        let body = activity.to_string().into_bytes();
        let signer = Signer {
            key_id: self.key_id.clone(),
            key: Arc::clone(&self.key),
        };
        let headers = signed_by(&signer, Scheme::Cavage, &url, &body, SystemClock.now());
        (url, headers, body)
    }

    /// The headers of this person's GET of `url`.
    pub(crate) fn reading(&self, url: &Url) -> HeaderMap {
        let signer = Signer {
            key_id: self.key_id.clone(),
            key: Arc::clone(&self.key),
        };
        let request = Outgoing {
            method: &Method::GET,
            url,
            body: None,
            accept: None,
        };
        let headers = signer.sign(&request, Scheme::Cavage, SystemClock.now());
        headers.unwrap()
    }

    /// Delivers an activity to this inbox; `None` when there is no answer.
    pub(crate) async fn sends(&self, inbox: &str, activity: &Value) -> Option<StatusCode> {
        let (url, headers, body) = self.signed(inbox, activity);
        post(&self.client, &url, headers, body).await
    }

    /// Delivers an activity through the entrance of one of several servers; `None` when there is no answer.
    pub(crate) async fn sends_through(
        &self,
        server: &Program,
        activity: &Value,
    ) -> Option<StatusCode> {
        let (_, mut headers, body) = self.signed("/inbox", activity);
        let (entrance, name) = server.entrance();
        headers.insert("host", name.parse().unwrap());
        let entrance = Url::parse(&format!("{entrance}/inbox")).unwrap();
        post(&self.client, &entrance, headers, body).await
    }
}

/// Sends a POST exactly as it is; `None` when there is no answer.
pub(crate) async fn post(
    client: &Client,
    url: &Url,
    headers: HeaderMap,
    body: Vec<u8>,
) -> Option<StatusCode> {
    let request = client.post(url.clone()).headers(headers).body(body);
    Some(request.send().await.ok()?.status())
}
