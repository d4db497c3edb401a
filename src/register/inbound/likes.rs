//! Emoji reactions and dislikes. An actor may react to one object with several emoji: each is an act of its own, and
//! all of them together carry one endorsement.

use super::{batch::Batch, surge_limit::Surge};
use crate::{
    endorsement::{ActKind, Cause, judge::CandidateKind, reactions::counting},
    register::InboundActivity,
    store::ActRow,
};

/// What a like or a reaction is about.
#[derive(Clone, Copy, Debug)]
pub(in crate::register) struct Liking<'a> {
    /// The kind that it is judged as.
    pub(in crate::register) offered: CandidateKind,
    /// The object of the act: what is liked, for a reaction with its emoji.
    pub(in crate::register) object: &'a str,
    /// The path of what is liked.
    pub(in crate::register) target: &'a str,
}

impl<'a> Liking<'a> {
    /// A plain like.
    pub(in crate::register) fn of(target: &'a str) -> Self {
        Self {
            offered: CandidateKind::Like,
            object: target,
            target,
        }
    }
}

/// The object of a reaction's act: the target with the emoji, because an actor may give several to one object. `None`
/// for an emoji that counts nothing.
pub(in crate::register) fn reaction_object(target: &str, emoji: &str) -> Option<String> {
    Some(format!("{target}#{}", counting(emoji)?))
}

impl Batch<'_> {
    /// A reaction to the letter: an endorsement if the emoji is in the allowed set, else nothing.
    pub(in crate::register) fn react(
        &mut self,
        which: usize,
        incoming: &InboundActivity,
        target: &str,
        emoji: &str,
        surge: &Surge,
    ) {
        let object = reaction_object(target, emoji);
        let liking = Liking {
            offered: CandidateKind::Reaction {
                allowed: object.is_some(),
            },
            object: object.as_deref().unwrap_or(target),
            target,
        };
        self.like(which, incoming, liking, surge);
    }

    /// A dislike counts nothing; it takes back what the same actor liked, because at Lemmy a new vote replaces the
    /// old one.
    pub(in crate::register) fn dislike(&mut self, which: usize, target: &str) {
        let now = self.now;
        let Some(situation) = self.situations.get_mut(which) else {
            return;
        };
        let liked = |row: &ActRow| {
            matches!(row.act.kind, ActKind::Like | ActKind::Reaction)
                && row.act.ended.is_none()
                && row.target == target
        };
        let places = situation.acts.iter().enumerate();
        let places: Vec<usize> = places
            .filter(|(_, row)| liked(row))
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
