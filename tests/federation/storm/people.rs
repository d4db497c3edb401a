//! A person who likes, signs, follows, withdraws and repeats, and knows what is true of them at the end.

use std::time::Duration;

use serde_json::{Value, json};
use undersigned::clock::{Clock as _, Millis, SystemClock};

use crate::{
    federation::draft::Draft,
    support::{
        program::eventually,
        random::Choices,
        world::{Audience, Person},
    },
};

/// Requests of a person's that may be repeated later.
const MOST_REMEMBERED: usize = 1000;

/// What has to be true of somebody at the end.
#[derive(Debug)]
pub(crate) struct Stands {
    pub(crate) id: String,
    pub(crate) likes: bool,
    pub(crate) signs: bool,
    pub(crate) follows: bool,
}

/// A person with what is true of them so far.
pub(crate) struct Visitor {
    person: Person,
    choices: Choices,
    like: Option<Value>,
    follow: Option<Value>,
    /// The post that answers the letter, and whether it signs as it stands.
    reply: Option<(Value, bool)>,
    past: Vec<Draft>,
    began: Millis,
    /// How often a post was edited.
    edits: u64,
}

impl Visitor {
    pub(crate) fn new(person: Person, choices: Choices) -> Self {
        Self {
            person,
            choices,
            like: None,
            follow: None,
            reply: None,
            past: Vec::new(),
            began: SystemClock.now(),
            edits: 0,
        }
    }

    pub(crate) fn stands(&self) -> Stands {
        Stands {
            id: self.person.id.clone(),
            likes: self.like.is_some(),
            signs: self.reply.as_ref().is_some_and(|(_, signs)| *signs),
            follows: self.follow.is_some(),
        }
    }

    /// The requests that were accepted.
    pub(crate) fn past(self) -> Vec<Draft> {
        self.past
    }

    /// One step: mostly something new, sometimes a repetition.
    pub(crate) async fn does_something(&mut self) {
        match self.choices.below(10) {
            0..3 => self.likes_or_not().await,
            3..5 => self.follows_or_not().await,
            5..8 => self.answers_or_not().await,
            8 => self.repeats().await,
            _ => self.turns_the_order_around().await,
        }
    }

    async fn likes_or_not(&mut self) {
        let Some(like) = self.like.take() else {
            let like = self.person.like();
            self.twice(&like).await;
            self.like = Some(like);
            return;
        };
        let undo = if self.choices.below(2) == 0 {
            self.person.undo(&like)
        } else {
            self.person.activity("Undo", like["id"].clone())
        };
        self.says(&undo).await;
    }

    async fn follows_or_not(&mut self) {
        let Some(follow) = self.follow.take() else {
            let follow = self.person.follow();
            self.says(&follow).await;
            self.follow = Some(follow);
            return;
        };
        let undo = self.person.undo(&follow);
        self.says(&undo).await;
    }

    async fn answers_or_not(&mut self) {
        let Some((note, signs)) = self.reply.take() else {
            let signs = self.choices.below(3) > 0;
            let note = self.person.reply(words(signs), Audience::Public);
            let create = self.person.create(&note);
            self.says(&create).await;
            self.reply = Some((note, signs));
            return;
        };
        if self.choices.below(2) == 0 {
            let delete = self.person.delete(&note);
            self.says(&delete).await;
            return;
        }
        let content = json!(format!("<p>{}</p>", words(!signs)));
        let mut edit = self
            .person
            .edit(&note, |it| it["content"] = content.clone());
        // Of two edits of one second only the post's own server would know the later one.
        self.edits += 1;
        edit["object"]["updated"] = json!(self.began.plus(Duration::from_secs(self.edits)));
        self.says(&edit).await;
        self.reply = Some((note, !signs));
    }

    /// An earlier request once more, byte for byte: what was withdrawn stays so.
    async fn repeats(&mut self) {
        if !self.past.is_empty() {
            self.deliver(self.choices.pick(&self.past)).await;
        }
    }

    /// The Undo, or the Delete, overtakes its object.
    async fn turns_the_order_around(&mut self) {
        let (first, second) = if self.like.is_none() && self.choices.below(2) == 0 {
            let like = self.person.like();
            (self.person.undo(&like), like)
        } else {
            let note = self.person.reply(words(true), Audience::Public);
            (self.person.delete(&note), self.person.create(&note))
        };
        self.says(&first).await;
        self.says(&second).await;
    }

    /// Delivers it, and remembers it for a repetition.
    async fn says(&mut self, activity: &Value) {
        let draft = Draft::genuine(&self.person, activity);
        self.deliver(&draft).await;
        self.remember(draft);
    }

    fn remember(&mut self, draft: Draft) {
        if self.past.len() < MOST_REMEMBERED {
            self.past.push(draft);
        }
    }

    /// Delivers it to both inboxes at the same time.
    async fn twice(&mut self, activity: &Value) {
        let [here, there] = ["/inbox", "/actor/inbox"].map(|inbox| {
            let (url, headers, body) = self.person.signed(inbox, activity);
            Draft { url, headers, body }
        });
        tokio::join!(self.deliver(&here), self.deliver(&there));
        self.remember(here);
        self.remember(there);
    }

    /// Delivers until it is accepted; 429 and 503 are tried again.
    async fn deliver(&self, draft: &Draft) {
        eventually("it is taken", async || {
            let status = draft.clone().send_by(&self.person.client).await?;
            assert!(
                status == 202 || status == 429 || status == 503,
                "{status}: {draft:?}"
            );
            (status == 202).then_some(())
        })
        .await;
    }
}

fn words(sign: bool) -> &'static str {
    if sign {
        "I sign"
    } else {
        "Could somebody explain the second paragraph to me, please"
    }
}
