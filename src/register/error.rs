//! Errors of the use cases.

use crate::{
    clock::Millis,
    endorsement::{decide::Conflict, policy::LetterState, word_rules::BadPattern},
    letter::{AnnouncementError, ParseError, diff::Piece, typo::Beyond},
    random::PublicId,
    signature::KeyError,
    store,
};

/// Why a use case failed. Where the user can fix the cause, the message says how.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// There is no letter yet.
    #[error(
        "no letter was published yet; run `undersigned serve` or `undersigned letter publish` once"
    )]
    NoLetter,
    /// The decision does not fit the state.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// The same decision was taken before.
    #[error("{id} was already decided: {action} by {by} at {at}")]
    AlreadyDecided {
        /// The endorsement.
        id: PublicId,
        /// What was done.
        action: String,
        /// Who did it.
        by: String,
        /// When.
        at: Millis,
    },
    /// It is hidden, but not by a moderator.
    #[error(
        "no moderator hid {id}: it is held by {by}, and comes back when that ends (`undersigned block list`)"
    )]
    Held {
        /// The endorsement.
        id: PublicId,
        /// What hides it, in words.
        by: String,
    },
    /// The report is resolved already.
    #[error("report {0} is resolved already")]
    AlreadyResolved(i64),
    /// A comment is no endorsement.
    #[error("{0} is a comment, not an endorsement; it is on no public page")]
    Comment(PublicId),
    /// A key could not be made or read.
    #[error("cannot use our own key")]
    Key(#[from] KeyError),
    /// The letter cannot move where it should.
    #[error("the letter cannot move: {0}")]
    CannotMove(String),
    /// There are no keys yet.
    #[error("there is no key of the {0} actor yet; run `undersigned serve` once")]
    NoKey(&'static str),
    /// The identity is known outside and may not change.
    #[error(
        "this database belongs to {known}, and others know it by that name; the configuration says {wanted}. \
         Set server.base_url and actor.username back, or use another database"
    )]
    Identity {
        /// The identity in the database.
        known: String,
        /// The identity in the configuration.
        wanted: String,
    },
    /// A changed text needs a kind, because people signed the earlier one.
    #[error(
        "{signed} people signed the published text. Say what changed: `--kind typo` carries their signatures \
         over, `--kind substantive` leaves them on the text that they signed"
    )]
    KindNeeded {
        /// How many signed.
        signed: i64,
    },
    /// A file is no post.
    #[error(transparent)]
    BadPost(#[from] AnnouncementError),
    /// The given string cannot be another name of the actor.
    #[error(
        "`{name}` cannot be another name of this actor: {why}; give the id of an actor, such as https://old.example/actor"
    )]
    BadName {
        /// What was given.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A post does not fit into one Note.
    #[error(
        "the post has {chars} characters of HTML, and other servers are sent at most {most} (note.max_chars); \
         shorten it, or put the long text on a web page and link it"
    )]
    PostTooLong {
        /// How long it is.
        chars: usize,
        /// `note.max_chars`.
        most: usize,
    },
    /// There is no such post.
    #[error("there is no post {0}; `undersigned post list` shows them")]
    NoPost(String),
    /// A post was deleted, and its id is never used again.
    #[error("{path} was deleted at {at}; what is deleted cannot come back, publish a new post")]
    PostGone {
        /// The post's path.
        path: String,
        /// When.
        at: Millis,
    },
    /// A correction that changes more than a typo may.
    #[error(
        "this is more than a typo: it changes {}. Look at what changed; then say `--kind substantive`, or `--yes` if \
         it is a correction all the same",
        .0.reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    )]
    MoreThanTypo(Box<MoreThanTypo>),
    /// `--tell` without another text to tell of.
    #[error(
        "there is nothing to tell: `--tell` asks those who signed to sign another text, and needs a text that is \
         published now with `--kind substantive`; `undersigned post create` says anything else"
    )]
    NothingToTell,
    /// The letter's state is the wanted one already, or cannot become it.
    #[error(transparent)]
    NoChange(NoChange),
    /// A text is no pattern of a rule.
    #[error(transparent)]
    Pattern(#[from] BadPattern),
    /// There are as many rules as there may be.
    #[error("there are {0} rules already; remove one first (`rule list`, `rule remove`)")]
    TooManyRules(usize),
    /// The stored text of the letter cannot be parsed.
    #[error("the letter's own text in the database cannot be read any more")]
    StoredLetter(#[from] ParseError),
}

/// The result of a use case.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a request changes nothing; the message says what to do instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoChange {
    /// The letter has this state already.
    #[error("the letter is {0} already; nothing was changed")]
    Already(LetterState),
    /// It is to close at this time already.
    #[error("the letter closes at {0} already; nothing was changed")]
    ClosesThen(Millis),
    /// A closed letter has to be opened first.
    #[error("the letter is closed; open it first (`letter open`)")]
    Closed,
    /// The configuration closed it.
    #[error(
        "the configuration closed the letter at {0}; take that date out of endorsing.close_at, or set a later one, \
         and start the server anew"
    )]
    Configured(Millis),
    /// The configuration closes it earlier.
    #[error(
        "the configuration closes the letter at {0}, before that; set endorsing.close_at to another date and start \
         the server anew"
    )]
    ConfiguredBefore(Millis),
    /// That time has passed.
    #[error("{0} is in the past; `letter close` closes now")]
    Past(Millis),
}

/// A correction that changes more than a typo may.
#[derive(Clone, Debug)]
pub struct MoreThanTypo {
    /// What changed, word by word.
    pub pieces: Vec<Piece>,
    /// Why that is no typo; never empty.
    pub reasons: Vec<Beyond>,
}
