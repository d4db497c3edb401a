//! Pledges: what a signer says, after signing or with it, to have done about the letter ("I left").
//!
//! A pledge is read by the grammar of signing, with the organisers' words in the place of the signing phrases
//! ([`Phrases::of_pledge`](super::wording::Phrases::of_pledge)). It is part of an act, and never changes what the act
//! signs.
//!
//! Not here: the count (`store`), and whether a link may be shown (`register::moderation`).

use super::{Act, Pledge, PledgeWords, ReviewState, wording::Intent};

/// The pledge that a post makes; `None` for none. `signed` tells whether its author has signed by words, be it with this
/// post: nobody else can pledge. `caught` tells that a rule of the moderators found something in the post.
pub fn pledge_of(answer: Intent, signed: bool, caught: bool) -> Option<Pledge> {
    let words = match answer {
        Intent::Signs if caught => PledgeWords::Unsure,
        Intent::Signs => PledgeWords::Clear,
        Intent::Unsure => PledgeWords::Unsure,
        Intent::DoesNot | Intent::Withdraws => return None,
    };
    signed.then_some(Pledge {
        words,
        review: ReviewState::Pending,
    })
}

/// The index of the act whose pledge is the actor's: one that counts before others, then the newest. `None` unless the
/// actor has signed by words, and the signature stands.
pub fn deciding(acts: &[Act]) -> Option<usize> {
    if !is_signed(acts.iter()) {
        return None;
    }
    let pledges = acts.iter().enumerate().filter_map(|(index, act)| {
        let pledge = act.pledge.filter(|_| act.ended.is_none())?;
        Some((pledge.counts(), act.at, index))
    });
    pledges.max().map(|(.., index)| index)
}

/// Whether a reply, a mention or a quote among these acts signs, and stands. A like alone makes no signer.
pub fn is_signed<'a>(mut acts: impl Iterator<Item = &'a Act>) -> bool {
    acts.any(|act| act.endorses() && act.is_post())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::Millis,
        endorsement::{ActKind, ActOutcome, Cause, MaxVisibility, Visibility},
    };

    fn act(kind: ActKind, at: i64, pledge: Option<(PledgeWords, ReviewState)>) -> Act {
        let outcome = if kind == ActKind::Pledge {
            ActOutcome::Comment
        } else {
            ActOutcome::Listed
        };
        Act {
            kind,
            at: Millis::from_millis(at),
            revision: 1,
            visibility: Visibility::Public,
            ceiling: MaxVisibility::Named,
            outcome,
            ended: None,
            pledge: pledge.map(|(words, review)| Pledge { words, review }),
        }
    }

    #[test]
    fn only_who_has_signed_pledges() {
        for (answer, signed, caught, expected) in [
            (Intent::Signs, true, false, Some(PledgeWords::Clear)),
            (Intent::Signs, true, true, Some(PledgeWords::Unsure)),
            (Intent::Unsure, true, false, Some(PledgeWords::Unsure)),
            (Intent::Signs, false, false, None),
            (Intent::Unsure, false, false, None),
            (Intent::DoesNot, true, false, None),
            (Intent::Withdraws, true, false, None),
        ] {
            let pledge = pledge_of(answer, signed, caught);
            assert_eq!(pledge.map(|pledge| pledge.words), expected, "{answer:?}");
        }
    }

    #[test]
    fn the_newest_that_counts_decides_while_the_signature_stands() {
        use ReviewState::{Hidden, Pending, Shown};
        let clear = |at| act(ActKind::Pledge, at, Some((PledgeWords::Clear, Pending)));
        let unsure = |at, review| act(ActKind::Pledge, at, Some((PledgeWords::Unsure, review)));
        let signed = act(ActKind::Reply, 1, None);
        let both = act(ActKind::Reply, 1, Some((PledgeWords::Clear, Pending)));
        let like = act(ActKind::Like, 1, None);
        assert_eq!(deciding(&[signed]), None);
        assert_eq!(deciding(&[both]), Some(0));
        assert_eq!(deciding(&[like, clear(2)]), None, "a like signs nothing");
        assert_eq!(deciding(&[clear(2)]), None);
        assert_eq!(deciding(&[signed, clear(2), clear(3)]), Some(2));
        assert_eq!(deciding(&[signed, clear(2), unsure(3, Pending)]), Some(1));
        assert_eq!(deciding(&[signed, clear(2), unsure(3, Hidden)]), Some(1));
        assert_eq!(deciding(&[signed, clear(2), unsure(3, Shown)]), Some(2));
        let gone = Act {
            ended: Some((Millis::from_millis(9), Cause::Delete)),
            ..clear(2)
        };
        assert_eq!(deciding(&[signed, gone]), None);
        let left = Act {
            ended: Some((Millis::from_millis(9), Cause::Delete)),
            ..signed
        };
        assert_eq!(deciding(&[left, clear(2)]), None);
    }

    #[test]
    fn a_hidden_link_takes_no_clear_words_back() {
        let pledge = |words, review| Pledge { words, review };
        for review in [
            ReviewState::Pending,
            ReviewState::Shown,
            ReviewState::Hidden,
        ] {
            assert!(pledge(PledgeWords::Clear, review).counts());
            let counts = pledge(PledgeWords::Unsure, review).counts();
            assert_eq!(counts, review == ReviewState::Shown);
        }
    }
}
