//! The heart: what one arriving act means, by the table of `product.md` 2.3 from the top.

use super::{
    Account, ActKind, ActOutcome, Endorser, MaxVisibility, StickyDecision, Visibility, WaitsFor,
    policy::{LetterState, LikeDisplay, Policy, Replies, ReplyDisplay},
    wording::Intent,
};
use crate::clock::Millis;

/// What an actor offers, before anything was decided about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Like, reaction, reply, mention or quote.
    pub kind: CandidateKind,
    /// Who may read it.
    pub audience: Audience,
}

/// The kinds of act that can arrive, with what the rules ask of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CandidateKind {
    /// A like of the letter.
    Like,
    /// An emoji reaction; `allowed` when it is in the allowed set (F-205, F-206).
    Reaction {
        /// Whether the emoji counts.
        allowed: bool,
    },
    /// A post in words.
    Post {
        /// Reply, mention or quote.
        kind: PostKind,
        /// What its words say.
        answer: Intent,
        /// Whether there are words at all besides mentions, emoji and marks.
        has_words: bool,
    },
}

/// How a post hangs on the letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostKind {
    /// It replies to the letter or to one of its posts.
    Reply,
    /// It mentions the actor.
    Mention,
    /// It quotes the letter.
    Quote,
}

/// To whom an act is addressed (F-196); anything doubtful is `Direct`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Everybody, in `to`; likes and reactions count as this, because they carry no address.
    Public,
    /// Everybody, in `cc`.
    Unlisted,
    /// The author's followers.
    Followers,
    /// The addressed actors alone.
    Direct,
}

/// What the rules make of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Answer 403, store nothing.
    Refuse,
    /// Authentic and of no effect.
    Ignore(Why),
    /// The author wants to sign where we may not list it: one direct answer, once per person ever.
    AnswerPrivately,
    /// The author withdraws: every act ends.
    Leave,
    /// A boost or quote: counted apart, never as an endorsement.
    Reach,
    /// Keep it.
    Keep(Accepted),
}

/// Why something authentic has no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Followers-only or direct, and it does not sign.
    Private,
    /// An emoji outside the allowed set.
    Emoji,
    /// `endorsing.likes` or `like_display` says so.
    LikesOff,
    /// A program without words.
    Program,
    /// A reply without words.
    NoWords,
}

/// An act that is kept, and as what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// What it is; a post that does not sign is a [`ActKind::Comment`].
    pub kind: ActKind,
    /// Who may read the original.
    pub visibility: Visibility,
    /// The most that may ever be shown of it.
    pub ceiling: MaxVisibility,
    /// What it makes of the endorsement by itself.
    pub outcome: ActOutcome,
}

/// Judges one offer (`product.md` 2.3). `sticks` is what an administrator decided about this actor before.
///
/// The first rule that fits decides; leaving is asked first, because it works in every row and for ever.
pub fn judge(
    policy: &Policy,
    endorser: &Endorser,
    sticks: Option<StickyDecision>,
    offer: Candidate,
    now: Millis,
) -> Verdict {
    let offered = with_settings(policy, offer.kind);
    if matches!(
        offered,
        CandidateKind::Post {
            answer: Intent::Withdraws,
            ..
        }
    ) {
        return Verdict::Leave;
    }
    if endorser.blocked {
        return Verdict::Refuse;
    }
    let visibility = match offer.audience {
        Audience::Public => Visibility::Public,
        Audience::Unlisted => Visibility::Unlisted,
        Audience::Followers | Audience::Direct => return privately(offered),
    };
    let kind = match kind_of(policy, endorser, offered) {
        Ok(kind) => kind,
        Err(verdict) => return verdict,
    };
    if kind == ActKind::Comment {
        let (ceiling, outcome) = (MaxVisibility::Counted, ActOutcome::Comment);
        return Verdict::Keep(Accepted {
            kind,
            visibility,
            ceiling,
            outcome,
        });
    }
    let ceiling = if may_name(policy, endorser, kind) {
        MaxVisibility::Named
    } else {
        MaxVisibility::Counted
    };
    let outcome = match guard(policy, endorser, sticks, now).or(doubt(endorser, offered)) {
        Some(outcome) => outcome,
        None if ceiling == MaxVisibility::Named => ActOutcome::Listed,
        None => ActOutcome::Counted,
    };
    Verdict::Keep(Accepted {
        kind,
        visibility,
        ceiling,
        outcome,
    })
}

/// Whether the settings and the actor's own flags allow a name beside an act of this kind (`product.md` 2.6).
pub fn may_name(policy: &Policy, endorser: &Endorser, kind: ActKind) -> bool {
    match kind {
        ActKind::Like | ActKind::Reaction => match policy.like_display {
            LikeDisplay::Named => true,
            LikeDisplay::Discoverable => endorser.discoverable && !endorser.opted_out,
            LikeDisplay::Count | LikeDisplay::Off => false,
        },
        ActKind::Reply | ActKind::Mention | ActKind::Quote => {
            policy.reply_display == ReplyDisplay::Named
        }
        ActKind::Comment => false,
    }
}

/// When an account is old enough to be taken at once; compared by day, because servers show no more (F-31).
pub fn of_age_at(policy: &Policy, endorser: &Endorser, now: Millis) -> Millis {
    let born = endorser
        .published
        .filter(|published| *published <= now)
        .unwrap_or(endorser.first_seen);
    born.day().plus(policy.min_account_age)
}

/// `endorsing.replies` may make every reply sign, or let no words sign at all.
fn with_settings(policy: &Policy, offered: CandidateKind) -> CandidateKind {
    let CandidateKind::Post {
        kind,
        answer,
        has_words,
    } = offered
    else {
        return offered;
    };
    let answer = match (policy.replies, kind) {
        _ if answer == Intent::Withdraws => answer,
        (Replies::All, PostKind::Reply) => Intent::Signs,
        (Replies::Off, PostKind::Reply | PostKind::Mention) => Intent::DoesNot,
        (Replies::Phrase | Replies::All | Replies::Off, _) => answer,
    };
    CandidateKind::Post {
        kind,
        answer,
        has_words,
    }
}

/// Followers-only and direct posts are never kept; who wants to sign there is told how.
fn privately(offered: CandidateKind) -> Verdict {
    match offered {
        CandidateKind::Post {
            answer: Intent::Signs,
            ..
        } => Verdict::AnswerPrivately,
        CandidateKind::Post { .. } | CandidateKind::Like | CandidateKind::Reaction { .. } => {
            Verdict::Ignore(Why::Private)
        }
    }
}

/// What the offer is, or the verdict that ends the matter.
fn kind_of(
    policy: &Policy,
    endorser: &Endorser,
    offered: CandidateKind,
) -> Result<ActKind, Verdict> {
    let program = endorser.account == Account::Automated && !policy.bots;
    let comment = |has_words, why| {
        if has_words {
            Ok(ActKind::Comment)
        } else {
            Err(Verdict::Ignore(why))
        }
    };
    match offered {
        CandidateKind::Reaction { allowed: false } => Err(Verdict::Ignore(Why::Emoji)),
        CandidateKind::Like | CandidateKind::Reaction { .. }
            if !policy.likes || policy.like_display == LikeDisplay::Off =>
        {
            Err(Verdict::Ignore(Why::LikesOff))
        }
        CandidateKind::Post {
            kind: PostKind::Quote,
            answer: Intent::DoesNot | Intent::Unsure,
            ..
        } => Err(Verdict::Reach),
        CandidateKind::Post {
            answer: Intent::DoesNot,
            has_words,
            ..
        } => comment(has_words, Why::NoWords),
        CandidateKind::Post { has_words, .. } if program => comment(has_words, Why::Program),
        CandidateKind::Like | CandidateKind::Reaction { .. } if program => {
            Err(Verdict::Ignore(Why::Program))
        }
        CandidateKind::Like => Ok(ActKind::Like),
        CandidateKind::Reaction { .. } => Ok(ActKind::Reaction),
        CandidateKind::Post {
            kind: PostKind::Reply,
            ..
        } => Ok(ActKind::Reply),
        CandidateKind::Post {
            kind: PostKind::Mention,
            ..
        } => Ok(ActKind::Mention),
        CandidateKind::Post {
            kind: PostKind::Quote,
            ..
        } => Ok(ActKind::Quote),
    }
}

/// The guards: they hold for every kind of act.
fn guard(
    policy: &Policy,
    endorser: &Endorser,
    sticks: Option<StickyDecision>,
    now: Millis,
) -> Option<ActOutcome> {
    let waits = match policy.letter {
        LetterState::Closed => return Some(ActOutcome::Late),
        LetterState::Paused => WaitsFor::Paused,
        LetterState::Open if sticks.is_some() => WaitsFor::Decision,
        LetterState::Open if endorser.account == Account::Organisation => WaitsFor::Organisation,
        LetterState::Open if now < of_age_at(policy, endorser, now) => WaitsFor::Age,
        LetterState::Open if endorser.limited => WaitsFor::Limited,
        LetterState::Open if endorser.surging => WaitsFor::Surge,
        LetterState::Open => return None,
    };
    Some(ActOutcome::Pending(waits))
}

/// Words that somebody has to read, and handles that somebody has to look at.
fn doubt(endorser: &Endorser, offered: CandidateKind) -> Option<ActOutcome> {
    match offered {
        CandidateKind::Post {
            answer: Intent::Unsure,
            ..
        }
        | CandidateKind::Post {
            kind: PostKind::Quote,
            ..
        } => Some(ActOutcome::Pending(WaitsFor::Unsure)),
        _ if !endorser.handle_passes => Some(ActOutcome::Pending(WaitsFor::Name)),
        CandidateKind::Post { .. } | CandidateKind::Like | CandidateKind::Reaction { .. } => None,
    }
}

#[cfg(test)]
mod tests;
