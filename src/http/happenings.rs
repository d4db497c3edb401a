//! What happened with the letter, for the timeline and the feed of news. No names of supporters, only the
//! addressee's, who answered.

use super::{error::NotServed, state::HttpState};
use crate::{
    clock::Millis,
    endorsement::policy::LetterState,
    register::letter::{
        announcements::MarkedPost, hand_over::responses, letter_state::past_states,
    },
    store::{AnswerRow, OwnPost, RevisionHead, Tx},
};

/// Something that happened with the letter.
#[derive(Debug)]
pub struct Happening {
    /// When it happened.
    pub at: Millis,
    /// What it was.
    pub what: WhatHappened,
}

/// What happened with the letter.
#[derive(Debug)]
pub enum WhatHappened {
    /// A text was published, the first one or another.
    Published(RevisionHead),
    /// We posted something, such as that a step of the goal was reached.
    Posted(Box<(OwnPost, MarkedPost)>),
    /// It opened again, was paused, or closed.
    Became(LetterState),
    /// It moved to another actor.
    Moved,
    /// The addressee answered, and the organisers let that be shown.
    Answered(Box<AnswerRow>),
}

impl Happening {
    /// Where it is described, as a path.
    pub fn path(&self) -> String {
        match &self.what {
            WhatHappened::Published(revision) => format!("/history/{}", revision.number),
            WhatHappened::Posted(posted) => posted.0.path.clone(),
            WhatHappened::Became(_) | WhatHappened::Moved | WhatHappened::Answered(_) => {
                format!("/timeline#{}", self.anchor())
            }
        }
    }

    /// Its name in the timeline.
    pub fn anchor(&self) -> String {
        let what = match &self.what {
            WhatHappened::Published(_) => "published",
            WhatHappened::Posted(_) => "posted",
            WhatHappened::Became(state) => state.as_str(),
            WhatHappened::Moved => "moved",
            WhatHappened::Answered(answer) => return format!("answered-{}", answer.public_id),
        };
        format!("{what}-{}", self.at.as_millis())
    }
}

impl HttpState {
    /// Up to `most` of what happened, newest first.
    pub async fn happenings(&self, tx: &mut Tx, most: usize) -> Result<Vec<Happening>, NotServed> {
        let mut all = Vec::new();
        for revision in tx.revision_heads().await? {
            all.push(Happening {
                at: revision.published_at,
                what: WhatHappened::Published(revision),
            });
        }
        let mut posts = tx.own_posts().await?;
        // Answers are for who asked.
        posts.retain(|post| post.deleted_at.is_none() && post.in_reply_to.is_none());
        posts.truncate(most);
        for posted in MarkedPost::load_all(tx, posts).await? {
            all.push(Happening {
                at: posted.0.published_at,
                what: WhatHappened::Posted(Box::new(posted)),
            });
        }
        let (close_at, now) = (self.profile.close_at, self.app.clock.now());
        let states = past_states(tx, close_at, now).await?;
        let published = all.iter().map(|happening| happening.at).min();
        all.extend(states.into_iter().map(|(at, state)| Happening {
            at,
            what: WhatHappened::Became(state),
        }));
        if let Some(at) = tx.identity().await?.and_then(|identity| identity.moved_at) {
            all.push(Happening {
                at,
                what: WhatHappened::Moved,
            });
        }
        let answers = responses(tx).await?.into_iter();
        all.extend(answers.map(|answer| Happening {
            at: answer.at,
            what: WhatHappened::Answered(Box::new(answer)),
        }));
        // A letter that nobody could read was neither open nor closed.
        all.retain(|happening| Some(happening.at) >= published);
        all.sort_by_key(|happening| std::cmp::Reverse(happening.at));
        all.truncate(most);
        Ok(all)
    }
}
