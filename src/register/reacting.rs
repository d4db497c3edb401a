//! Emoji reactions and dislikes (F-205 … F-207). An actor may react with several emoji to one thing: each is
//! an act of its own, and all of them together carry one endorsement.

use super::{Incoming, batch::Batch, surge::Surge};
use crate::{
    endorsement::{Cause, Kind, judge::Offered, reactions::counting},
    store::ActRow,
};

/// What a like or a reaction is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Liking<'a> {
    /// As what it is judged.
    pub(super) offered: Offered,
    /// The object of the act: what is liked, for a reaction with its emoji.
    pub(super) object: &'a str,
    /// The path of what is liked.
    pub(super) target: &'a str,
}

impl<'a> Liking<'a> {
    /// A plain like.
    pub(super) fn of(target: &'a str) -> Self {
        Self {
            offered: Offered::Like,
            object: target,
            target,
        }
    }
}

/// The object of a reaction's act, because an actor may give several to one thing; `None` for an emoji that
/// counts nothing.
pub(super) fn reaction_object(target: &str, emoji: &str) -> Option<String> {
    Some(format!("{target}#{}", counting(emoji)?))
}

impl Batch<'_> {
    /// A reaction to the letter: an endorsement if the emoji is in the allowed set, else nothing.
    pub(super) fn react(
        &mut self,
        which: usize,
        incoming: &Incoming,
        target: &str,
        emoji: &str,
        surge: &Surge,
    ) {
        let object = reaction_object(target, emoji);
        let liking = Liking {
            offered: Offered::Reaction {
                allowed: object.is_some(),
            },
            object: object.as_deref().unwrap_or(target),
            target,
        };
        self.like(which, incoming, liking, surge);
    }

    /// A dislike is nothing by itself; it takes what the same actor liked back, for Lemmy's votes replace each
    /// other (F-207).
    pub(super) fn dislike(&mut self, which: usize, target: &str) {
        let now = self.now;
        let Some(situation) = self.situations.get_mut(which) else {
            return;
        };
        let liked = |it: &ActRow| {
            matches!(it.act.kind, Kind::Like | Kind::Reaction)
                && it.act.ended.is_none()
                && it.target == target
        };
        let places = situation.acts.iter().enumerate();
        let places: Vec<usize> = places
            .filter(|(_, it)| liked(it))
            .map(|(index, _)| index)
            .collect();
        if places.is_empty() {
            return;
        }
        for index in places {
            situation.end(index, now, Cause::Undo);
        }
        self.settle(which, Cause::Undo, None);
    }
}
