//! Judges one incoming act. The rules are asked from the top; the first that fits decides.

use super::{
    Account, Act, ActKind, ActOutcome, Endorser, MaxVisibility, StickyDecision, Visibility,
    WaitsFor,
    policy::{LetterState, LikeDisplay, Policy, Replies, ReplyDisplay},
    project::PageSight,
    wording::{Intent, Reading},
};
use crate::clock::Millis;

/// An incoming act, before any rule was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Like, reaction, reply, mention, quote or direct message.
    pub kind: CandidateKind,
    /// The audience of the act.
    pub audience: Audience,
}

/// The kinds of incoming acts, with the facts that the rules need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CandidateKind {
    /// A like of the letter.
    Like,
    /// An emoji reaction; `allowed` when the emoji is in the allowed set.
    Reaction {
        /// Whether the emoji counts.
        allowed: bool,
    },
    /// A direct message that says clearly that it signs without a name.
    Nameless,
    /// A post with text.
    Post {
        /// Reply, mention or quote.
        kind: PostKind,
        /// What its words say.
        answer: Intent,
        /// Whether there are words at all besides mentions, emoji and marks.
        has_words: bool,
    },
    /// A post that signs for a project. The endorser is who speaks, and the decision that of the project.
    Project {
        /// What the page of the project says; `None` until it was read.
        page: Option<PageSight>,
        /// Whether another project of the same owner is listed already.
        crowded: bool,
    },
}

impl Candidate {
    /// A stored act that is to be judged again; `reading` is what its words say.
    pub fn stored(act: &Act, reading: &Reading) -> Self {
        let post = |kind| CandidateKind::Post {
            kind,
            answer: reading.answer,
            has_words: reading.has_words,
        };
        let kind = match act.kind {
            ActKind::Like => CandidateKind::Like,
            ActKind::Reaction => CandidateKind::Reaction { allowed: true },
            ActKind::Direct => CandidateKind::Nameless,
            ActKind::Reply | ActKind::Pledge | ActKind::Comment => post(PostKind::Reply),
            ActKind::Mention => post(PostKind::Mention),
            ActKind::Quote => post(PostKind::Quote),
            ActKind::Project => CandidateKind::Project {
                page: None,
                crowded: false,
            },
        };
        let audience = match act.visibility {
            Visibility::Public => Audience::Public,
            Visibility::Unlisted => Audience::Unlisted,
            Visibility::Direct => Audience::Direct,
        };
        Self { kind, audience }
    }
}

/// How a post relates to the letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostKind {
    /// It replies to the letter or to one of its posts.
    Reply,
    /// It mentions the actor.
    Mention,
    /// It quotes the letter.
    Quote,
}

/// The audience that an act is addressed to. What is not public for certain is private.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Everybody, in `to`. Likes and reactions count as public, because they carry no addressees.
    Public,
    /// Everybody, in `cc`.
    Unlisted,
    /// The author's followers.
    Followers,
    /// The addressed actors alone.
    Direct,
    /// Neither the post nor the activity around it has addressees: as unclear as [`Unclear`](Self::Unclear), unless the
    /// audience is known from before.
    Unstated,
    /// Nobody can tell, because nobody is addressed, or because the post and the activity around it contradict each
    /// other. It is as private as `Direct`; but its author is not told that only public posts can be listed, as the
    /// author may have addressed everybody.
    Unclear,
}

/// The result of judging an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Answer 403 and store nothing.
    Refuse,
    /// Authentic, and without effect.
    Ignore(Why),
    /// The author wants to sign in private, where we may not list it. One direct answer, once per person.
    AnswerPrivately,
    /// The author withdraws: every act ends.
    Leave,
    /// A boost or quote: counted separately, never as an endorsement.
    Reach,
    /// Store it.
    Keep(Accepted),
}

/// Why an authentic act has no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Followers-only or direct, and it does not sign.
    Private,
    /// An emoji outside the allowed set.
    Emoji,
    /// The settings `endorsing.likes` or `like_display` turn likes off.
    LikesOff,
    /// A `Service` or `Application` that wrote no words.
    Program,
    /// A reply without words.
    NoWords,
    /// The letter is not out yet.
    NotOut,
}

/// An act that is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// What it is; a post that does not sign is a [`ActKind::Comment`].
    pub kind: ActKind,
    /// Who may read the original.
    pub visibility: Visibility,
    /// The most that may be shown of it, for as long as it stands.
    pub ceiling: MaxVisibility,
    /// Its result without other acts.
    pub outcome: ActOutcome,
}

/// Judges one act. `sticks` is an administrator's earlier decision about this actor.
///
/// The first rule that fits decides. Withdrawing comes first, because it always has to work.
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
    if policy.letter == LetterState::Draft {
        return Verdict::Ignore(Why::NotOut);
    }
    let visibility = match offer.audience {
        Audience::Direct if offered == CandidateKind::Nameless => Visibility::Direct,
        Audience::Public => Visibility::Public,
        Audience::Unlisted => Visibility::Unlisted,
        Audience::Followers | Audience::Direct => return privately(offered),
        Audience::Unstated | Audience::Unclear => return Verdict::Ignore(Why::Private),
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
    let ceiling = ceiling(policy, endorser, kind);
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

/// The most that may be shown of an act. Where the actor's own flags decide and are old, they have to be read first.
fn ceiling(policy: &Policy, endorser: &Endorser, kind: ActKind) -> MaxVisibility {
    let is_like = matches!(kind, ActKind::Like | ActKind::Reaction);
    if is_like && endorser.stale && policy.like_display == LikeDisplay::Discoverable {
        MaxVisibility::Unread
    } else {
        ceiling_after_reading(policy, endorser, kind)
    }
}

/// The most that may be shown of an act by an actor whose document was just read.
pub fn ceiling_after_reading(policy: &Policy, endorser: &Endorser, kind: ActKind) -> MaxVisibility {
    if may_name(policy, endorser, kind) {
        MaxVisibility::Named
    } else {
        MaxVisibility::Counted
    }
}

/// Whether the settings and the actor's own flags allow a name for an act of this kind.
pub fn may_name(policy: &Policy, endorser: &Endorser, kind: ActKind) -> bool {
    match kind {
        ActKind::Like | ActKind::Reaction => match policy.like_display {
            LikeDisplay::Named => true,
            LikeDisplay::Discoverable => endorser.discoverable && !endorser.opted_out,
            LikeDisplay::Count | LikeDisplay::Off => false,
        },
        ActKind::Reply | ActKind::Mention | ActKind::Quote | ActKind::Project => {
            policy.reply_display == ReplyDisplay::Named
        }
        ActKind::Direct | ActKind::Pledge | ActKind::Comment => false,
    }
}

/// When an account is old enough to be accepted at once. Days are compared, because Mastodon publishes only
/// the day of registration.
pub fn of_age_at(policy: &Policy, endorser: &Endorser, now: Millis) -> Millis {
    let born = endorser
        .published
        .filter(|published| *published <= now)
        .unwrap_or(endorser.first_seen);
    born.day().plus(policy.min_account_age)
}

/// Applies `endorsing.replies`, which may make every reply sign, or none.
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

/// Followers-only and direct posts are not stored, but for a signature without a name. An author who wants to sign that way is told how to
/// sign.
fn privately(offered: CandidateKind) -> Verdict {
    match offered {
        CandidateKind::Post {
            answer: Intent::Signs,
            ..
        } => Verdict::AnswerPrivately,
        CandidateKind::Post { .. }
        | CandidateKind::Nameless
        | CandidateKind::Like
        | CandidateKind::Reaction { .. }
        | CandidateKind::Project { .. } => Verdict::Ignore(Why::Private),
    }
}

/// The kind of the act, or the verdict that ends the judgement.
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
        CandidateKind::Like | CandidateKind::Reaction { .. } | CandidateKind::Nameless
            if program =>
        {
            Err(Verdict::Ignore(Why::Program))
        }
        CandidateKind::Nameless => Ok(ActKind::Direct),
        CandidateKind::Project { .. } if program => Err(Verdict::Ignore(Why::Program)),
        CandidateKind::Project { .. } => Ok(ActKind::Project),
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

/// What holds every act of an endorser, whatever it says.
fn guard(
    policy: &Policy,
    endorser: &Endorser,
    sticks: Option<StickyDecision>,
    now: Millis,
) -> Option<ActOutcome> {
    let waits = match policy.letter {
        LetterState::Draft | LetterState::Closed => return Some(ActOutcome::Late),
        LetterState::Paused => WaitsFor::Paused,
        LetterState::Open if sticks.is_some() => WaitsFor::Decision,
        LetterState::Open if endorser.account == Account::Organisation => WaitsFor::Organisation,
        LetterState::Open if now < of_age_at(policy, endorser, now) => WaitsFor::Age,
        LetterState::Open if endorser.limited => WaitsFor::Limited,
        LetterState::Open => return endorser.held.map(ActOutcome::Pending),
    };
    Some(ActOutcome::Pending(waits))
}

/// Words and handles that a moderator has to look at.
fn doubt(endorser: &Endorser, offered: CandidateKind) -> Option<ActOutcome> {
    match offered {
        CandidateKind::Post {
            answer: Intent::Unsure,
            ..
        }
        | CandidateKind::Post {
            kind: PostKind::Quote,
            ..
        }
        | CandidateKind::Project {
            page: Some(PageSight::Links),
            crowded: false,
        } => Some(ActOutcome::Pending(WaitsFor::Unsure)),
        // No page ever shows the handle.
        CandidateKind::Nameless => None,
        CandidateKind::Project {
            page: Some(PageSight::Nothing) | None,
            ..
        } => Some(ActOutcome::Pending(WaitsFor::Link)),
        CandidateKind::Project { crowded: true, .. } => {
            Some(ActOutcome::Pending(WaitsFor::Organisation))
        }
        _ if !endorser.handle_passes => Some(ActOutcome::Pending(WaitsFor::Name)),
        CandidateKind::Post { .. }
        | CandidateKind::Like
        | CandidateKind::Reaction { .. }
        | CandidateKind::Project { .. } => None,
    }
}

#[cfg(test)]
mod tests;
