//! Errors of the use cases.

use crate::{
    clock::Millis,
    endorsement::{
        decide::Conflict, policy::LetterState, public_mention::Unnamed, word_rules::BadPattern,
    },
    letter::{AnnouncementError, BadEntry, ParseError, SignatoryState, diff::Piece, typo::Beyond},
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
        "no letter was published yet; run `undersigned serve` once, and `undersigned letter launch` if it is a draft"
    )]
    NoLetter,
    /// The names are shown, or off, already.
    #[error(transparent)]
    NamesUnchanged(#[from] NamesUnchanged),
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
    /// What is wanted does not fit the endorsement.
    #[error("cannot do that to {id}: {why}")]
    NotPossible {
        /// The endorsement.
        id: PublicId,
        /// Why not.
        why: String,
    },
    /// Its author took it back.
    #[error(
        "its author took back what {0} said; it comes back by a new post or like of the author's alone"
    )]
    EndedByAuthor(PublicId),
    /// A name or an affiliation that cannot stand in the list.
    #[error(
        "`{0}` cannot stand in the list: give one line without addresses, at most 50 characters long"
    )]
    BadEdit(String),
    /// There is no such entry in the audit log.
    #[error("there is no entry {0} in the audit log; `undersigned audit list` shows them")]
    NoAudit(i64),
    /// An entry of the audit log that cannot be taken back.
    #[error(transparent)]
    CannotUndo(#[from] CannotUndo),
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
    #[error(
        "{0} is a comment, not an endorsement; it is on no public page. `endorsement promote` makes one of it"
    )]
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
        "this database is that of {known}, and the configuration says {wanted}; set server.base_url and actor.username \
         back, or let `undersigned init --replace` put the database aside and make another identity"
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
    /// The letter does not boost the post.
    #[error("the letter does not boost {0}; give the address of the post")]
    NoBoost(String),
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
    /// The subscribers were sent a message less than a week ago.
    #[error(
        "subscribers get one message in a week at most: the next one is possible at {0}; without `--to-subscribers` \
         the post can be published now"
    )]
    TooSoon(Millis),
    /// A post of somebody's cannot be answered, or not in public.
    #[error(transparent)]
    CannotAnswer(#[from] CannotAnswer),
    /// A post of somebody's cannot be boosted.
    #[error(transparent)]
    CannotBoost(#[from] CannotBoost),
    /// An account cannot be followed.
    #[error(transparent)]
    CannotFollow(#[from] CannotFollow),
    /// The letter does not follow an account.
    #[error("the letter does not follow {0}; `undersigned actor show` lists whom it follows")]
    NotFollowed(String),
    /// The letter's state is the wanted one already, or cannot become it.
    #[error(transparent)]
    NoChange(NoChange),
    /// A sync changes that much that somebody has to look at it.
    #[error(
        "the names were not taken over: {}; look at the source, then `undersigned signatory sync --yes` takes them over",
        .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    )]
    SyncRefused(Vec<SyncDoubt>),
    /// A decision does not fit the state of a name.
    #[error("{id} is {state}: {why}")]
    Signatory {
        /// The name.
        id: PublicId,
        /// Its state.
        state: SignatoryState,
        /// Why that does not fit, and what to do.
        why: &'static str,
    },
    /// An organisation stands in the list already.
    #[error(
        "{0} is in the list of organisations already; `undersigned organisation list` shows it"
    )]
    OrganisationListed(ListedOrganisation),
    /// An organisation by hand was removed before.
    #[error(
        "{0} was removed; `undersigned audit list` has the entry, and `audit undo` brings it back"
    )]
    OrganisationRemoved(PublicId),
    /// A value cannot be entered.
    #[error("{field}: {why}")]
    BadEntry {
        /// The option or column.
        field: &'static str,
        /// What is wrong.
        why: BadEntry,
    },
    /// A text is no pattern of a rule.
    #[error(transparent)]
    Pattern(#[from] BadPattern),
    /// There are as many rules as there may be.
    #[error("there are {0} rules already; remove one first (`rule list`, `rule remove`)")]
    TooManyRules(usize),
    /// The stored text of the letter cannot be parsed.
    #[error("the letter's own text in the database cannot be read any more")]
    StoredLetter(#[from] ParseError),
    /// What was kept for later cannot be read, or written.
    #[error("what the database keeps of notices cannot be read or written")]
    Kept(#[from] serde_json::Error),
}

/// The result of a use case.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an entry of the audit log is not taken back; the message says what to do instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotUndo {
    /// Somebody was faster.
    #[error("entry {id} was taken back already, by {by} at {at}")]
    Already {
        /// The entry.
        id: i64,
        /// Who took it back.
        by: String,
        /// When.
        at: Millis,
    },
    /// What it needs is gone.
    #[error(
        "entry {0} cannot be taken back any more: what it needs was erased, because its time was over or because the \
         person left or asked for it"
    )]
    Erased(i64),
    /// Everything changed since.
    #[error(
        "entry {id} is not taken back: all it was about ({count}) changed since; decide about each of them"
    )]
    Changed {
        /// The entry.
        id: i64,
        /// How many were left alone.
        count: u64,
    },
    /// It was no decision about endorsements.
    #[error("`{action}` is not taken back: {instead}")]
    NoDecision {
        /// What was done.
        action: String,
        /// What to do.
        instead: &'static str,
    },
}

/// Why a post of somebody's is not answered; the message says what to do instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotAnswer {
    /// No public post may name the author.
    #[error(
        "its author is {0} here, so no public post of the letter names them; `--direct` answers them alone"
    )]
    Unnamed(Unnamed),
    /// Names are off, and a public answer names its author.
    #[error(
        "names are off, so no public post of the letter names anybody; `--direct` answers its author alone"
    )]
    NamesOff,
    /// Not everybody can read it.
    #[error("not everybody can read that post; `--direct` answers its author alone")]
    NotPublic,
    /// It is none that asks us for anything.
    #[error(
        "that post neither mentions the letter nor answers it or one of its posts; the letter writes to nobody unasked"
    )]
    Unasked,
    /// The author, or the author's server, is blocked.
    #[error(
        "its author or their server is blocked here; `undersigned block list` shows the blocks"
    )]
    Blocked,
    /// It is a comment on a forge, where nothing can be sent to.
    #[error("it was written on a forge, where the letter sends nothing; answer it there by hand")]
    OnForge,
    /// The account is suspended or erased.
    #[error("its author's account is gone")]
    Gone,
}

/// Why a post is not boosted; the message says what to do instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotBoost {
    /// No public post of ours may name the author.
    #[error("its author is {0} here; the letter boosts nobody whom its pages do not name")]
    Unnamed(Unnamed),
    /// Names are off, and a boost names the author.
    #[error("names are off, and a boost names somebody; `undersigned names on` comes first")]
    NamesOff,
    /// Not everybody is addressed by it.
    #[error("that post is not public; the letter boosts public posts alone")]
    NotPublic,
    /// It is ours.
    #[error("that is the letter's own; it boosts posts of others alone")]
    Ours,
    /// The author, or the author's server, is blocked.
    #[error(
        "its author or their server is blocked here; `undersigned block list` shows the blocks"
    )]
    Blocked,
    /// The account is suspended or erased.
    #[error("its author's account is gone")]
    Gone,
}

/// Why an account is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotFollow {
    /// It is ours.
    #[error("that is the letter itself")]
    Ours,
    /// Nothing public of ours may name its owner, and everybody can read whom the letter follows.
    #[error("its owner is {0} here; the letter follows nobody whom its pages do not name")]
    Unnamed(Unnamed),
    /// It, or its server, is blocked.
    #[error("it or its server is blocked here; `undersigned block list` shows the blocks")]
    Blocked,
    /// The account is gone.
    #[error("that account is gone")]
    Gone,
}

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
    /// The letter is not out yet.
    #[error("the letter is a draft; `letter launch` publishes it")]
    Draft,
    /// The letter is out already.
    #[error("the letter is out already; `letter publish` publishes another text")]
    Out,
    /// A draft that is to be launched in the past.
    #[error("{0} is in the past; `letter launch` without --at launches now")]
    LaunchPast(Millis),
}

/// A correction that changes more than a typo may.
#[derive(Clone, Debug)]
pub struct MoreThanTypo {
    /// What changed, word by word.
    pub pieces: Vec<Piece>,
    /// Why that is no typo; never empty.
    pub reasons: Vec<Beyond>,
}

/// An organisation of the list, as a message names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedOrganisation {
    /// Its public id.
    pub id: PublicId,
    /// Its name by hand, or the handle of its account.
    pub name: String,
    /// Its address without the scheme.
    pub address: String,
}

impl std::fmt::Display for ListedOrganisation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}, {})", self.name, self.address, self.id)
    }
}

/// Why a sync is refused unless somebody looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncDoubt {
    /// Many names would go.
    ManyGo {
        /// How many.
        gone: usize,
        /// Of how many.
        known: usize,
    },
    /// Many names would come.
    ManyCome {
        /// How many.
        joined: usize,
        /// Beside how many.
        known: usize,
    },
    /// Many lines are no names.
    Unread {
        /// How many.
        unread: usize,
        /// Of how many.
        lines: usize,
    },
    /// Names would go while all of them are off: the organisers may have emptied the file for the same reason.
    NamesOff {
        /// How many.
        gone: usize,
    },
    /// The source leads to another repository.
    Moved(String),
}

impl std::fmt::Display for SyncDoubt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ManyGo { gone, known } => write!(f, "{gone} of {known} names would go"),
            Self::ManyCome { joined, known } => {
                write!(f, "{joined} names would come to a list of {known}")
            }
            Self::Unread { unread, lines } => {
                write!(
                    f,
                    "{unread} of {lines} lines of the list are no names that we can read"
                )
            }
            Self::NamesOff { gone } => write!(
                f,
                "{gone} names would go, and no more count, while all names are off"
            ),
            Self::Moved(to) => write!(f, "letter.source_url leads to another repository ({to})"),
        }
    }
}

/// Why `names off` or `names on` changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NamesUnchanged {
    /// All names are off.
    #[error("names are off since {0}; `undersigned names on` brings them back")]
    OffSince(Millis),
    /// They are shown.
    #[error("names are not off; `undersigned names off --reason R` takes them off")]
    On,
    /// Those of these people are off.
    #[error("they are off already; `undersigned names on WHO` brings them back")]
    AreOff,
    /// They are not.
    #[error(
        "they were not taken off by `names off WHO`; what somebody asked for by *hide me* is theirs to take back, and \
         `undersigned endorsement show` says what else keeps an entry off"
    )]
    AreOn,
}
