//! Somebody with a real account who sends activities in the names of others, and garbage.

use std::{sync::Mutex, time::Duration};

use serde_json::{Value, json};
use undersigned::clock::{Clock as _, SystemClock};
use url::Url;

use crate::{
    federation::draft::Draft,
    support::{
        fediverse::signing::signed,
        random::Choices,
        world::{Audience, Person, World},
    },
};

/// Larger than `server.max_body`.
const HUGE: usize = 1024 * 1024 + 1;

/// Somebody who forges activities.
pub(crate) struct Forger {
    eve: Person,
    /// The ids of others on the same server.
    victims: Vec<String>,
    choices: Choices,
    past: Mutex<Vec<Draft>>,
}

impl Forger {
    pub(crate) fn new(eve: Person, victims: Vec<String>, choices: Choices) -> Self {
        Self {
            eve,
            victims,
            choices,
            past: Mutex::default(),
        }
    }

    /// The requests that were tried.
    pub(crate) fn past(&self) -> Vec<Draft> {
        self.past.lock().unwrap().clone()
    }

    /// One attempt. Its answer is checked here; that it changes nothing shows at the end.
    pub(crate) async fn tries_something(&self, world: &World) {
        let tricks: [(&[u16], fn(&Self) -> Draft); 12] = [
            (&[401], Self::forges_a_signature),
            // Accepted as forwarded, and not believed.
            (&[202], Self::signs_for_somebody_else),
            (&[401], Self::leaves_the_signature_out),
            (&[401], Self::swaps_the_body),
            (&[401], Self::sends_what_was_made_for_another_host),
            (&[401], Self::comes_late),
            (&[400], Self::sends_garbage),
            (&[400], Self::sends_what_is_deep),
            (&[413], Self::sends_what_is_huge),
            (&[202], Self::deletes_the_account_of_a_stranger),
            (&[202, 401], Self::takes_back_what_another_did),
            (&[202, 401], Self::publishes_as_another),
        ];
        let (expected, trick) = self.choices.pick(&tricks);
        let draft = trick(self);
        // What is huge is refused for its size alone, and would fill the memory of the test.
        if draft.body.len() < HUGE {
            self.past.lock().unwrap().push(draft.clone());
        }
        let body = String::from_utf8_lossy(&draft.body[..draft.body.len().min(200)]).into_owned();
        // A connection that is closed in the middle of a huge body counts as no answer.
        if let Some(status) = draft.send(world).await {
            let refused = [429, 503].contains(&status.as_u16());
            assert!(
                refused || expected.contains(&status.as_u16()),
                "{status} in place of {expected:?}: {body}"
            );
        }
    }

    fn victim(&self) -> &str {
        self.choices.pick::<String>(&self.victims)
    }

    /// A like in somebody else's name.
    fn like_of_another(&self) -> Value {
        let mut like = self.eve.like();
        let victim = self.victim();
        like["actor"] = json!(victim);
        like["id"] = json!(format!("{victim}/forged/{}", self.choices.below(1_000_000)));
        like
    }

    fn key_of(victim: &str) -> String {
        format!("{victim}#main-key")
    }

    fn forges_a_signature(&self) -> Draft {
        let like = self.like_of_another();
        let key_id = Self::key_of(like["actor"].as_str().unwrap());
        let mut draft = Draft::of(&self.eve, &key_id, &like, SystemClock.now());
        let header = draft.headers["signature"].to_str().unwrap().to_owned();
        let at = header.find("signature=\"").unwrap() + 20 + self.choices.below(100);
        let changed = |(place, letter)| match (place == at, letter) {
            (true, 'A') => 'B',
            (true, _) => 'A',
            (false, letter) => letter,
        };
        let header: String = header.chars().enumerate().map(changed).collect();
        draft.set("signature", &header);
        draft
    }

    fn signs_for_somebody_else(&self) -> Draft {
        Draft::genuine(&self.eve, &self.like_of_another())
    }

    fn leaves_the_signature_out(&self) -> Draft {
        let mut draft = Draft::genuine(&self.eve, &self.eve.like());
        draft.headers.remove("signature");
        draft
    }

    fn swaps_the_body(&self) -> Draft {
        Draft {
            body: self.eve.like().to_string().into_bytes(),
            ..Draft::genuine(&self.eve, &self.eve.follow())
        }
    }

    fn sends_what_was_made_for_another_host(&self) -> Draft {
        let draft = Draft::genuine(&self.eve, &self.eve.like());
        let url = Url::parse("http://elsewhere.example/inbox").unwrap();
        let headers = signed(&self.eve.key_id, &url, &draft.body, SystemClock.now());
        Draft { headers, ..draft }
    }

    fn comes_late(&self) -> Draft {
        let then = SystemClock.now().minus(Duration::from_hours(2));
        Draft::of(&self.eve, &self.eve.key_id, &self.eve.like(), then)
    }

    fn sends_garbage(&self) -> Draft {
        let bytes = (0..self.choices.below(500)).map(|_| self.choices.below(256).to_le_bytes()[0]);
        self.with_body(std::iter::once(b'{').chain(bytes).collect())
    }

    fn sends_what_is_deep(&self) -> Draft {
        let body = format!("{{\"object\":{}", "[".repeat(10_000));
        self.with_body(body.into_bytes())
    }

    fn sends_what_is_huge(&self) -> Draft {
        self.with_body(vec![b' '; HUGE])
    }

    fn with_body(&self, body: Vec<u8>) -> Draft {
        let draft = Draft::genuine(&self.eve, &self.eve.like());
        let headers = signed(&self.eve.key_id, &draft.url, &body, SystemClock.now());
        Draft {
            headers,
            body,
            ..draft
        }
    }

    fn deletes_the_account_of_a_stranger(&self) -> Draft {
        let mut delete = self.eve.delete_account();
        let nobody = format!("{}-nobody-{}", self.eve.id, self.choices.below(1000));
        delete["actor"] = json!(nobody);
        delete["object"] = json!(nobody);
        Draft::genuine(&self.eve, &delete)
    }

    fn takes_back_what_another_did(&self) -> Draft {
        let victim = self.victim();
        // Ids as our people number them: some of them exist.
        let id = format!("{victim}/activities/{}", self.choices.below(200));
        let undo = match self.choices.below(3) {
            0 => self.eve.activity("Undo", json!(id)),
            1 => {
                let mut like = self.eve.like();
                like["id"] = json!(id);
                like["actor"] = json!(victim);
                self.eve.undo(&like)
            }
            _ => {
                let note = format!("{victim}/statuses/{}", self.choices.below(200));
                self.eve.activity("Delete", json!(note))
            }
        };
        Draft::genuine(&self.eve, &undo)
    }

    fn publishes_as_another(&self) -> Draft {
        let mut note = self.eve.reply("I sign", Audience::Public);
        note["attributedTo"] = json!(self.victim());
        Draft::genuine(&self.eve, &self.eve.create(&note))
    }
}
