//! Does an activity take something back? Leaving always works, whatever else is refused: for blocked and frozen actors,
//! over a limit, on a full disk. This is the one answer to that question.
//!
//! Every action but a post answers by its [facts](super::activity::ActionFacts::takes_back). A post takes something
//! back when it withdraws, or when it is an edit that no longer signs for everybody to read. Before a signature is
//! verified, the action alone answers ([`takes_back`]): the inbox asks for disk space and rate limits, the block policy
//! asks the facts. For an actor whose state is loaded, the edited post has to be one that is stored here and was not
//! taken back ([`taken_back`]): blocks, key changes and quotas ask that.

use super::{
    activity::{InboundAction, InboundPost, TakesBack},
    actor_state::ActorState,
};
use crate::endorsement::{
    judge::Audience,
    wording::{self, DirectCommand, Intent, Phrases},
};

/// Whether an action takes something back, as far as it tells by itself.
pub fn takes_back(action: &InboundAction, phrases: &Phrases) -> bool {
    match (action.facts().takes_back, action.post()) {
        (TakesBack::Always, _) => true,
        (TakesBack::ByItsWords, Some(post)) => {
            let words = phrases
                .read(post.written(&wording::text_of(&post.html)))
                .answer;
            // An edit that may sign is no leaving: as an Update of an unknown post it would fill the review queue.
            let hides = !post.is_visible()
                && post.audience != Audience::Unstated
                && !post.signs_without_name(&wording::text_of(&post.html), phrases);
            let ends = words == Intent::DoesNot || hides;
            words == Intent::Withdraws || (post.edit && ends)
        }
        (TakesBack::ByItsWords, None) | (TakesBack::Never, _) => false,
    }
}

/// What an action takes back of what is stored here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::register) enum TakenBack {
    /// Nothing.
    Nothing,
    /// What the action itself names.
    Named,
    /// The post that is this act, by an edit.
    Post(usize),
    /// Everything, by a withdrawing post.
    Everything,
    /// That somebody wants to hear what is new, by a direct message.
    News,
}

/// Whether a subscriber asks in a direct message to hear no more: "unsubscribe me" of a subscriber is no withdrawal.
pub(in crate::register) fn stops_news(
    actor: &ActorState,
    post: &InboundPost,
    phrases: &Phrases,
    text: &str,
) -> bool {
    post.audience == Audience::Direct
        && !post.edit
        && actor.row.subscribed_at.is_some()
        && phrases.command(text) == Some(DirectCommand::Stop)
}

/// What an action of this actor takes back.
pub(in crate::register) fn taken_back(
    action: &InboundAction,
    actor: &ActorState,
    phrases: &Phrases,
) -> TakenBack {
    let Some(post) = action.post() else {
        return match action.facts().takes_back {
            TakesBack::Always => TakenBack::Named,
            TakesBack::ByItsWords | TakesBack::Never => TakenBack::Nothing,
        };
    };
    let post = actor.addressed(post);
    let text = wording::text_of(&post.html);
    let words = phrases.read(post.written(&text)).answer;
    if stops_news(actor, &post, phrases, &text) {
        return TakenBack::News;
    }
    if words == Intent::Withdraws {
        return TakenBack::Everything;
    }
    let stands = |index: &usize| {
        actor
            .acts
            .get(*index)
            .is_some_and(|row| row.act.ended.is_none())
    };
    let known = actor.known_post(&post.id).filter(stands);
    // Of a frozen actor nothing but leaving is applied, so also an edit without a date ends the post.
    let is_frozen = actor.row.frozen_at.is_some();
    let signs = |index: usize| {
        if actor.known_message(&post.id) == Some(index) {
            post.signs_without_name(&text, phrases)
        } else {
            words == Intent::Signs && post.is_visible()
        }
    };
    known
        .filter(|index| !signs(*index))
        .filter(|index| is_frozen || actor.is_news(*index, &post, &text))
        .map_or(TakenBack::Nothing, TakenBack::Post)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        activitystreams::UseKind,
        endorsement::judge::PostKind,
        register::inbound::activity::{DereferenceTask, InboundFlag, InboundPost, Undo, UseWish},
    };

    fn post(edit: bool, audience: Audience, words: &str) -> InboundAction {
        InboundAction::Post(Box::new(InboundPost {
            id: "https://m.example/1".to_owned(),
            kind: PostKind::Reply,
            target: "/letter".to_owned(),
            audience,
            to_us_alone: audience == Audience::Direct,
            html: format!("<p>{words}</p>"),
            warning: None,
            language: None,
            poll: false,
            published: None,
            updated: None,
            edit,
            is_authors: true,
        }))
    }

    #[test]
    fn leaving_is_told_from_everything_else() {
        let text = || "/letter".to_owned();
        let (object, target, emoji) = (text, text, || "❤".to_owned());
        let undo = InboundAction::Undo;
        let leaving = [
            undo(Undo::Follow(None)),
            undo(Undo::Like {
                target: target(),
                activity: None,
            }),
            undo(Undo::React {
                target: target(),
                emoji: emoji(),
                activity: None,
            }),
            undo(Undo::Boost {
                target: target(),
                activity: None,
            }),
            undo(Undo::Activity(object())),
            InboundAction::Dislike { target: target() },
            InboundAction::Delete { object: object() },
            InboundAction::Unhung {
                post: object(),
                updated: None,
                narrowed: false,
            },
            InboundAction::SourceGone { object: object() },
            InboundAction::ActorGone,
            InboundAction::ActorDeleted,
            InboundAction::Blocked,
            post(false, Audience::Public, "withdraw"),
            post(false, Audience::Direct, "withdraw"),
            post(true, Audience::Public, "withdraw"),
            post(true, Audience::Public, "What a letter"),
            post(true, Audience::Followers, "I sign"),
            post(true, Audience::Followers, "I sign without my name"),
            post(true, Audience::Direct, "I sign without my name, or not"),
        ];
        let others = [
            InboundAction::Follow { object: object() },
            InboundAction::FollowInstance { object: object() },
            InboundAction::Like {
                target: target(),
                letter: true,
            },
            InboundAction::React {
                target: target(),
                letter: true,
                emoji: emoji(),
            },
            InboundAction::Boost { target: target() },
            InboundAction::FollowAnswered {
                follow: None,
                accepted: false,
            },
            InboundAction::AskToUse(Box::new(UseWish {
                kind: UseKind::Quote,
                object: object(),
                post: object(),
                target: None,
            })),
            InboundAction::Report(Box::new(InboundFlag {
                ours: vec![target()],
                theirs: Vec::new(),
                text: None,
            })),
            InboundAction::ActorChanged,
            InboundAction::Dereference(DereferenceTask::Actor),
            InboundAction::Dereference(DereferenceTask::Gone { url: object() }),
            InboundAction::Nothing,
            post(false, Audience::Public, "I sign"),
            post(false, Audience::Public, "What a letter"),
            post(false, Audience::Direct, "I sign"),
            post(true, Audience::Unlisted, "I sign"),
            post(true, Audience::Public, "Should I sign?"),
            post(true, Audience::Unstated, "I sign"),
            post(true, Audience::Direct, "I sign without my name"),
        ];
        let phrases = Phrases::built_in();
        for action in leaving {
            assert!(takes_back(&action, &phrases), "{action:?}");
        }
        for action in others {
            assert!(!takes_back(&action, &phrases), "{action:?}");
        }
    }
}
