//! One authentic activity as plain values: the input of the register.
//!
//! The facts of an action stand in [`InboundAction::facts`], beside the actions. Other modules ask for them, and do not
//! match the actions again.

use std::{borrow::Cow, time::Duration};

use crate::{
    activitystreams::UseKind,
    clock::Millis,
    endorsement::{
        judge::{Audience, PostKind},
        reactions::reaction_object,
        wording::{Phrases, WrittenPost},
    },
    hash::Sha256,
    store::{EvidenceRow, NewActor},
};

/// How long an Undo or a Delete is remembered that arrived before its object; the same time as at Mastodon.
pub const EARLY: Duration = Duration::from_hours(6);

/// Origin of evidence: a document fetched from its own server.
pub const FETCHED: &str = "fetched";
/// Origin of evidence: a signed request.
pub const SIGNED: &str = "signed";

/// Evidence for something that was fetched: URL, time and digest of the document instead of a signed request.
pub fn fetched(url: &str, document: &[u8], at: Millis) -> EvidenceRow {
    EvidenceRow {
        how: FETCHED.to_owned(),
        method: "GET".to_owned(),
        path: url.to_owned(),
        headers: format!("sha-256: {}\n", Sha256::of_bytes(document).hex()),
        body: Vec::new(),
        key_id: String::new(),
        pem: String::new(),
        received_at: at,
    }
}

/// Evidence for a message whose text is not kept: who signed the request with which key, when, and the digest of its body
/// instead of the body and what was signed.
pub fn digest_of(request: &EvidenceRow) -> EvidenceRow {
    let is_digest = |line: &&str| {
        let name = line.split(':').next().unwrap_or_default();
        name.eq_ignore_ascii_case("digest") || name.eq_ignore_ascii_case("content-digest")
    };
    // A body that was too long is not here, but the digest of it that was signed.
    let headers = if request.body.is_empty() {
        let digests = request.headers.lines().filter(is_digest);
        digests.flat_map(|line| [line, "\n"]).collect()
    } else {
        format!("sha-256: {}\n", Sha256::of_bytes(&request.body).hex())
    };
    EvidenceRow {
        headers,
        body: Vec::new(),
        ..request.clone()
    }
}

/// One authentic activity: who signed it, what it does, and the request that proves it.
#[derive(Clone, Debug)]
pub struct InboundActivity {
    /// Who did it.
    pub sender: Sender,
    /// The activity's id, if it has one.
    pub activity: Option<String>,
    /// What it does.
    pub action: InboundAction,
    /// The signed request.
    pub evidence: EvidenceRow,
    /// What tells the signed request from others; `None` for something that was fetched.
    pub request: Option<RequestIdentity>,
    /// When it arrived.
    pub at: Millis,
}

/// What tells a signed request, and what it says, from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestIdentity {
    /// The hash of the signature.
    pub hash: Sha256,
    /// When it was signed, in whole seconds.
    pub signed_at: Millis,
    /// Of an Update: the hash of its object. GoToSocial gives all edits of a post one activity id.
    pub object: Option<Sha256>,
}

/// The actor behind an activity.
#[derive(Clone, Debug)]
pub enum Sender {
    /// Known to the register by this id.
    Known(String),
    /// Its document was just fetched; this is its content.
    Read(Box<NewActor>),
}

impl Sender {
    /// The actor's id.
    pub fn url(&self) -> &str {
        match self {
            Self::Known(url) => url,
            Self::Read(actor) => &actor.url,
        }
    }
}

/// What an activity does, as far as the register cares.
#[derive(Clone, Debug)]
pub enum InboundAction {
    /// Follows the letter.
    Follow {
        /// The object as the Follow spells it, for the answer.
        object: String,
    },
    /// Follows the instance actor, which takes no followers: to be rejected.
    FollowInstance {
        /// The object as the Follow spells it, for the answer.
        object: String,
    },
    /// Likes something of ours.
    Like {
        /// The path of what is liked.
        target: String,
        /// Whether that is the letter; likes of our other posts count nothing.
        letter: bool,
    },
    /// Reacts to something of ours with an emoji.
    React {
        /// The path of what is reacted to.
        target: String,
        /// Whether that is the letter; reactions to our other posts count nothing.
        letter: bool,
        /// The emoji, as it was written.
        emoji: String,
    },
    /// Dislikes something of ours, which takes a like back: at Lemmy a new vote replaces the old one.
    Dislike {
        /// The path of what is disliked.
        target: String,
    },
    /// Accepts or refuses a Follow of ours.
    FollowAnswered {
        /// The path of the Follow; `None` for the one that there is.
        follow: Option<String>,
        /// Whether it was accepted.
        accepted: bool,
    },
    /// Boosts something of ours.
    Boost {
        /// The path of what is boosted.
        target: String,
    },
    /// Published or edited a reply, mention or quote of the letter.
    Post(Box<InboundPost>),
    /// Edited a post that is no reply, mention or quote of the letter, or no longer one.
    Unhung {
        /// Its id.
        post: String,
        /// Its own `updated`.
        updated: Option<Millis>,
        /// Whether not everybody is addressed by it any more.
        narrowed: bool,
    },
    /// Asks whether a post may quote something of ours (`QuoteRequest` of FEP-044f), or a collection show our actor
    /// (`FeatureRequest` of FEP-7aa9).
    AskToUse(Box<UseWish>),
    /// Reports something to us (`Flag`).
    Report(Box<InboundFlag>),
    /// Takes something back.
    Undo(Undo),
    /// Deleted one of its own posts, or whatever had this id.
    Delete {
        /// The id.
        object: String,
    },
    /// Changed its own document; [`Sender::Read`] carries it.
    ActorChanged,
    /// Deleted its own account.
    ActorDeleted,
    /// Blocked the letter's actor, and wants nothing from it any more.
    Blocked,
    /// Names an object that the sender is no authority for: it has to be fetched from its own server.
    Dereference(DereferenceTask),
    /// Two fetches from its own server found a post of this actor gone.
    SourceGone {
        /// The id.
        object: String,
    },
    /// Two fetches from its own server found the actor itself gone.
    ActorGone,
    /// Nothing for the register, but it proves that the actor's host is alive.
    Nothing,
}

/// Something to fetch from its own server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DereferenceTask {
    /// A post, new or edited.
    Post {
        /// Its id.
        url: String,
        /// Whether the activity relates the post to the letter; otherwise it is fetched only when it is stored here
        /// already.
        concerns_us: bool,
    },
    /// A post that is said to be deleted.
    Gone {
        /// Its id.
        url: String,
    },
    /// The sender's own document, which changed.
    Actor,
    /// The sender says that its account moved.
    Moved {
        /// The id of the new account.
        to: String,
    },
}

impl DereferenceTask {
    /// The id of the post to fetch, if it is one.
    pub fn post(&self) -> Option<&str> {
        match self {
            Self::Post { url, .. } | Self::Gone { url } => Some(url),
            Self::Actor | Self::Moved { .. } => None,
        }
    }
}

/// What an Undo takes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undo {
    /// The Follow with this id, if the Undo gives one.
    Follow(Option<String>),
    /// The Like of this path, with its id if it has one.
    Like {
        /// The path of what was liked.
        target: String,
        /// The Like's id.
        activity: Option<String>,
    },
    /// The reaction with this emoji to this path, with its id if it has one.
    React {
        /// The path of what was reacted to.
        target: String,
        /// The emoji, as it was written.
        emoji: String,
        /// The reaction's id.
        activity: Option<String>,
    },
    /// The boost of this path, with its id if it has one.
    Boost {
        /// The path of what was boosted.
        target: String,
        /// The boost's id.
        activity: Option<String>,
    },
    /// Whatever had this activity id.
    Activity(String),
}

/// A request to quote something of ours, or to show our actor in a collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UseWish {
    /// Which of both.
    pub kind: UseKind,
    /// What is to be quoted or shown, as it was written, for the answer.
    pub object: String,
    /// The id of the post that quotes, or of the collection.
    pub post: String,
    /// The path of what is to be quoted or shown; `None` when that is nothing of ours, or the post or collection is
    /// not the asking actor's, not public, or quotes something else: to be rejected.
    pub target: Option<String>,
}

/// A report by another server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboundFlag {
    /// The paths of what is ours among the things that it names.
    pub ours: Vec<String>,
    /// The ids of the others: actors and posts that may stand behind an endorsement.
    pub theirs: Vec<String>,
    /// The comment of the report: a stranger's plain text, at most 5,000 characters.
    pub text: Option<String>,
}

/// A reply, mention or quote of the letter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what is said of it, fact by fact"
)]
pub struct InboundPost {
    /// Its id.
    pub id: String,
    /// Reply, mention or quote.
    pub kind: PostKind,
    /// The path of what it answers, mentions or quotes.
    pub target: String,
    /// Who may read it.
    pub audience: Audience,
    /// Whether nobody is addressed but the letter's actor. A post to followers alone is none of these, whatever is known
    /// of their collection.
    pub to_us_alone: bool,
    /// Its HTML, as its server sent it.
    pub html: String,
    /// Its content warning, as plain text.
    pub warning: Option<String>,
    /// The tag of its language, if it names one.
    pub language: Option<String>,
    /// Whether it is the question of a poll.
    pub poll: bool,
    /// Its own `published`.
    pub published: Option<Millis>,
    /// Its own `updated`.
    pub updated: Option<Millis>,
    /// Whether it came as an Update.
    pub edit: bool,
    /// Whether its author is known to have written what it says now. Only on forges somebody else can edit it.
    pub is_authors: bool,
}

/// The answer to the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiveOutcome {
    /// 202: it is on the disk, whether or not it had an effect.
    Taken,
    /// 202: it was on the disk before.
    Repeated,
    /// 403: blocked.
    Refused,
    /// 503: too much from the sender's domain waits for a moderator already. Nothing was written; the sender retries.
    Later,
    /// The actor was assumed to be known and is not: its document has to be fetched first.
    Unknown,
}

impl InboundActivity {
    /// Whether it was fetched from its own server, and not delivered.
    pub fn was_fetched(&self) -> bool {
        self.evidence.how == FETCHED
    }

    /// Whether a repetition of the activity can be recognised, by its id or its body. What we fetched has neither,
    /// and a body that was too long is not kept.
    pub fn has_identity(&self) -> bool {
        self.activity.is_some() || !self.evidence.body.is_empty()
    }

    /// The hash that identifies the activity: of its id, or, since ActivityPub allows activities without an id, of
    /// its body; for something fetched, of its URL.
    pub fn hash(&self) -> Sha256 {
        match self.activity.as_deref() {
            Some(id) => Sha256::of(id),
            None if self.was_fetched() => Sha256::of(&self.evidence.path),
            None => Sha256::of_bytes(&self.evidence.body),
        }
    }

    /// When its actor signed it; for something fetched, when that was.
    pub fn signed_at(&self) -> Millis {
        let request = self.request.as_ref();
        request.map_or(self.at, |request| request.signed_at)
    }

    /// The ids whose acts the register has to look at for this activity.
    pub fn ids(&self) -> Vec<Sha256> {
        let facts = self.action.facts();
        let named = facts.post.into_iter();
        let ids = named.chain(facts.ids.iter().map(AsRef::as_ref));
        std::iter::once(self.hash())
            .chain(ids.map(Sha256::of))
            .collect()
    }
}

/// Whether an action takes something back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TakesBack {
    /// Never.
    #[default]
    Never,
    /// It is a post, and its words decide.
    ByItsWords,
    /// Always.
    Always,
}

/// Whether an action counts again whose activity id comes again in another request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// No: it is a second try of the sender's.
    Never,
    /// After its Undo, if it was signed no earlier: snac and Takahē make the ids of likes and boosts of actor and object.
    AfterUndo,
    /// Always, but after its Undo only if it was signed no earlier: a Follow that stands is answered each time it comes,
    /// and Misskey and `PeerTube` have one id for each pair of accounts.
    UntilUndo,
    /// As an edit: what was said before is read on its own server.
    AsEdit,
    /// Always: it takes something back, or only has something read.
    Always,
}

/// For whom an action counts when the sender's account moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Speaker<'a> {
    /// The sender: follows, boosts and quote authorizations stay with the old account.
    #[default]
    Sender,
    /// The new account.
    NewAccount,
    /// The new account, unless the sender's own follow or boost came in the activity with this id.
    NewAccountUnlessOwn(&'a str),
}

/// What the register has to know about an action besides its effect. The default is neutral: nothing is taken back,
/// endorsed or touched, and the sender speaks for itself.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, each with a name"
)]
pub struct ActionFacts<'a> {
    /// Whether it takes something back.
    pub takes_back: TakesBack,
    /// Whether it may create an endorsement, and so counts against the surge limits.
    pub may_endorse: bool,
    /// Whether it can change boosts, or quotes that do not sign.
    pub touches_boosts: bool,
    /// Whether it can grant or revoke a quote authorization.
    pub touches_quotes: bool,
    /// Whether it concerns nothing but the sender's own account, so that it is answered with 202 whoever signed it,
    /// and means nothing from an unknown actor.
    pub about_sender: bool,
    /// For whom it counts after a Move.
    pub speaker: Speaker<'a>,
    /// The id of the post that it publishes, edits or deletes, or that asks to quote.
    pub post: Option<&'a str>,
    /// Other ids whose acts have to be loaded.
    pub ids: Vec<Cow<'a, str>>,
    /// Paths of objects of ours that count only if they exist.
    pub ours: Vec<&'a str>,
}

impl InboundAction {
    /// The facts of this action.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the facts of every other action are the neutral ones"
    )]
    pub fn facts(&self) -> ActionFacts<'_> {
        let neutral = ActionFacts::default();
        match self {
            Self::Like { target, letter } => ActionFacts {
                may_endorse: *letter,
                speaker: Speaker::NewAccount,
                ids: vec![target.into()],
                ..neutral
            },
            Self::React {
                target,
                letter,
                emoji,
            } => ActionFacts {
                may_endorse: *letter,
                speaker: Speaker::NewAccount,
                ids: Vec::from_iter(reaction_object(target, emoji).map(Cow::from)),
                ..neutral
            },
            Self::Dislike { target } => ActionFacts {
                takes_back: TakesBack::Always,
                speaker: Speaker::NewAccount,
                ids: vec![target.into()],
                ..neutral
            },
            Self::Boost { target } => ActionFacts {
                touches_boosts: true,
                ids: vec![target.into()],
                ours: vec![target],
                ..neutral
            },
            Self::Post(post) => ActionFacts {
                takes_back: TakesBack::ByItsWords,
                may_endorse: true,
                touches_boosts: true,
                speaker: Speaker::NewAccount,
                post: Some(&post.id),
                ours: Vec::from_iter(post.is_quote().then_some(post.target.as_str())),
                ..neutral
            },
            Self::Unhung { post, .. } | Self::Delete { object: post } => ActionFacts {
                takes_back: TakesBack::Always,
                touches_boosts: true,
                touches_quotes: true,
                speaker: Speaker::NewAccount,
                post: Some(post),
                ..neutral
            },
            Self::AskToUse(wish) => ActionFacts {
                touches_quotes: true,
                post: Some(&wish.post),
                ours: Vec::from_iter(wish.target.as_deref()),
                ..neutral
            },
            Self::Report(report) => ActionFacts {
                ours: report.ours.iter().map(String::as_str).collect(),
                ..neutral
            },
            Self::Undo(undo) => undo.facts(),
            Self::SourceGone { object } => ActionFacts {
                takes_back: TakesBack::Always,
                post: Some(object),
                ..neutral
            },
            Self::ActorGone => ActionFacts {
                takes_back: TakesBack::Always,
                ..neutral
            },
            Self::Blocked => ActionFacts {
                takes_back: TakesBack::Always,
                touches_quotes: true,
                ..neutral
            },
            Self::ActorDeleted => ActionFacts {
                takes_back: TakesBack::Always,
                touches_quotes: true,
                about_sender: true,
                ..neutral
            },
            Self::ActorChanged | Self::Dereference(DereferenceTask::Actor) => ActionFacts {
                about_sender: true,
                ..neutral
            },
            _ => neutral,
        }
    }

    /// Whether this action counts again in another request.
    pub fn again(&self) -> Again {
        match self {
            Self::Like { .. } | Self::React { .. } | Self::Boost { .. } => Again::AfterUndo,
            Self::Follow { .. } | Self::FollowInstance { .. } => Again::UntilUndo,
            Self::Post(post) if post.edit => Again::AsEdit,
            Self::ActorChanged => Again::AsEdit,
            Self::Post(_) | Self::AskToUse(_) | Self::Report(_) | Self::Nothing => Again::Never,
            Self::Dislike { .. }
            | Self::FollowAnswered { .. }
            | Self::Unhung { .. }
            | Self::Undo(_)
            | Self::Delete { .. }
            | Self::ActorDeleted
            | Self::Blocked
            | Self::Dereference(_)
            | Self::SourceGone { .. }
            | Self::ActorGone => Again::Always,
        }
    }

    /// The post, when it is one.
    pub fn post(&self) -> Option<&InboundPost> {
        if let Self::Post(post) = self {
            Some(post)
        } else {
            None
        }
    }

    /// The post that is gone after this, or that does not address everybody any more.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "no other action ends a post"
    )]
    pub fn ends_post(&self) -> Option<&str> {
        let narrowed = |post: &InboundPost| {
            matches!(
                post.audience,
                Audience::Unlisted | Audience::Followers | Audience::Direct
            )
        };
        match self {
            Self::Delete { object } | Self::SourceGone { object } => Some(object),
            Self::Unhung {
                post,
                narrowed: true,
                ..
            } => Some(post),
            _ => self
                .post()
                .filter(|post| narrowed(post))
                .map(|post| post.id.as_str()),
        }
    }
}

impl Undo {
    fn facts(&self) -> ActionFacts<'_> {
        let undo = ActionFacts {
            takes_back: TakesBack::Always,
            ..ActionFacts::default()
        };
        let id = |activity: &Option<String>| activity.clone().map(Cow::from);
        match self {
            Self::Follow(activity) => ActionFacts {
                ids: Vec::from_iter(id(activity)),
                ..undo
            },
            Self::Like { target, activity } => ActionFacts {
                speaker: Speaker::NewAccount,
                ids: std::iter::once(target.into()).chain(id(activity)).collect(),
                ..undo
            },
            Self::React { activity, .. } => ActionFacts {
                speaker: Speaker::NewAccount,
                ids: Vec::from_iter(id(activity)),
                ..undo
            },
            Self::Boost { target, activity } => ActionFacts {
                touches_boosts: true,
                ids: std::iter::once(target.into()).chain(id(activity)).collect(),
                ..undo
            },
            Self::Activity(activity) => ActionFacts {
                touches_boosts: true,
                speaker: Speaker::NewAccountUnlessOwn(activity),
                ids: vec![activity.into()],
                ..undo
            },
        }
    }
}

impl InboundPost {
    /// Whether it quotes the letter.
    pub fn is_quote(&self) -> bool {
        self.kind == PostKind::Quote
    }

    /// What is read of it; `text` is what [`text_of`](crate::endorsement::wording::text_of) made of its HTML.
    pub fn written<'a>(&'a self, text: &'a str) -> WrittenPost<'a> {
        WrittenPost {
            text,
            warning: self.warning.as_deref(),
            language: self.language.as_deref(),
            poll: self.poll,
        }
    }

    /// Whether it is a direct message to the letter alone that says clearly that its author signs without a name; `text` is
    /// as for [`written`](Self::written).
    pub fn signs_without_name(&self, text: &str, phrases: &Phrases) -> bool {
        self.audience == Audience::Direct
            && self.to_us_alone
            && !self.is_quote()
            && phrases.signs_without_name(self.written(text))
    }

    /// Whether everybody may read it. The text of posts with a narrower audience is never stored.
    pub fn is_visible(&self) -> bool {
        matches!(self.audience, Audience::Public | Audience::Unlisted)
    }
}
