//! The state of one actor in the register: loaded once, changed in memory, written once.
//!
//! Inbound activities, administrators' decisions and maintenance all change endorsements here, so that an
//! endorsement always follows from its standing acts, with a history entry for each change of its state.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use super::{
    activity::InboundPost,
    news::{News, of_endorsement},
    showing::{Settling, forget_words, take_name, take_words},
};
use crate::{
    activitystreams::Urls,
    activitystreams::paths,
    clock::Millis,
    endorsement::{
        Account, Act, ActKind, ActOutcome, Cause, CountsAs, Endorser, MaxVisibility, Pledge,
        PledgeWords, ReviewState, State, StickyDecision, Visibility, WaitsFor,
        blocks::Severity,
        effective_state::{self, Derived, shows_again},
        hide_reason::{HideReason, HideReasons},
        judge::{Audience, ceiling_after_reading, may_name},
        names, pledge,
        project::PROJECT,
        public_mention::may_be_named,
        wording::{WrittenPost, first_link},
    },
    hash::Sha256,
    random::PublicId,
    register::{indexed_words::indexed_words, rules::Rules},
    store::{
        ActRow, ActorRow, Edits, EndorsementRow, EvidenceRow, FollowerRow, HistoryRow,
        IndexedWords, PledgeRow, ProjectRow, UnsignedBy,
    },
};

/// How long the flags of a document are believed when they decide about a name: servers tell few others that a profile
/// changed. Mastodon counts an account as stale after the same time.
const BELIEVED_FOR: Duration = Duration::from_hours(24);

/// How the reason of what a rule holds begins; the rule's number follows.
const RULE: &str = "rule:";

/// Whether a reason is the number of a rule.
fn is_rule(reason: Option<&str>) -> bool {
    let number = reason.and_then(|reason| reason.strip_prefix(RULE));
    number.is_some_and(|number| number.parse::<i64>().is_ok())
}

/// Whether endorsements in this state stand: only their authors, or administrators, end them.
const fn stood(state: State) -> bool {
    matches!(
        state,
        State::Listed | State::Counted | State::Pending | State::Hidden
    )
}

/// Whether endorsements in this state are in the public totals.
const fn counts(state: State) -> bool {
    matches!(state, State::Listed | State::Counted)
}

/// What a project's entry is judged by, besides its acts.
#[derive(Clone, Debug)]
pub(in crate::register) struct ProjectFacts {
    /// Its page.
    pub(in crate::register) page: ProjectRow,
    /// Those who speak for it, as far as they are known.
    pub(in crate::register) speakers: Vec<ActorState>,
}

/// One actor in the register.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "what changed, fact by fact")]
pub struct ActorState {
    /// The actor's row.
    pub row: ActorRow,
    /// Its acts that matter here.
    pub acts: Vec<ActRow>,
    /// Its endorsement.
    pub endorsement: Option<EndorsementRow>,
    /// The endorsement as it was loaded.
    loaded: Option<Arc<EndorsementRow>>,
    /// Its follow.
    pub follower: Option<FollowerRow>,
    /// Whether it follows, after all changes.
    pub follows: bool,
    /// Whether the follower row has to be written.
    pub follower_changed: bool,
    /// The block or limit of the actor or its host, as read in this transaction.
    pub severity: Option<Severity>,
    pub(in crate::register) changed_acts: BTreeSet<usize>,
    pub(in crate::register) ended_acts: BTreeSet<usize>,
    pub(in crate::register) evidence: HashMap<usize, EvidenceRow>,
    pub(in crate::register) deciding: Option<usize>,
    pub(in crate::register) endorsement_changed: bool,
    /// The state that an administrator's decision gives an endorsement whose acts all end.
    pub(in crate::register) ended_as: Option<State>,
    /// Posts that became comments, and by whom.
    pub(in crate::register) unsigned_acts: BTreeMap<usize, UnsignedBy>,
    /// Whether it ended its endorsement by itself, so that no decision about it is taken back any more.
    pub(in crate::register) has_left: bool,
    /// Whether what stood of its endorsement ended by its own act.
    pub(in crate::register) took_back: bool,
    /// Whether its signature without a name ended by its own act, and nothing else stands. No look at a server finds that.
    pub(in crate::register) ended_nameless: bool,
    /// Whether a document that came with this batch gave the actor another handle.
    pub(in crate::register) handle_changed: bool,
    /// Where a document that came with this batch says that the account moved to.
    pub(in crate::register) moved_to: Option<String>,
    /// Whether what is noted of the actor besides its document has to be written.
    pub(in crate::register) notes_changed: bool,
    pub(in crate::register) history: Vec<(HistoryRow, Option<usize>)>,
    /// Of a project: its page, and who speaks for it.
    pub(in crate::register) project: Option<Box<ProjectFacts>>,
}

impl ActorState {
    /// The state of an actor as it was loaded.
    pub fn new(
        row: ActorRow,
        acts: Vec<ActRow>,
        endorsement: Option<EndorsementRow>,
        follower: Option<FollowerRow>,
    ) -> Self {
        let follows = follower.is_some();
        Self {
            row,
            acts,
            loaded: endorsement.clone().map(Arc::new),
            endorsement,
            follower,
            follows,
            follower_changed: false,
            severity: None,
            changed_acts: BTreeSet::new(),
            ended_acts: BTreeSet::new(),
            evidence: HashMap::new(),
            deciding: None,
            endorsement_changed: false,
            ended_as: None,
            unsigned_acts: BTreeMap::new(),
            has_left: false,
            took_back: false,
            ended_nameless: false,
            handle_changed: false,
            moved_to: None,
            notes_changed: false,
            history: Vec::new(),
            project: None,
        }
    }

    /// The actor as the rules see it; `held` is what else holds all of its acts.
    pub fn endorser(&self, rules: &Rules, held: Option<WaitsFor>, now: Millis) -> Endorser {
        let user = names::user_of(&self.row.handle);
        Endorser {
            account: self.account(),
            published: self.row.published_at,
            first_seen: self.first_seen(&rules.policy, now),
            discoverable: self.row.discoverable,
            opted_out: self.row.opted_out,
            suspended: self.row.suspended,
            blocked: self.is_blocked(),
            limited: self.severity == Some(Severity::Limit) || rules.is_kept_waiting(&self.row.url),
            held,
            handle_passes: user.is_some_and(|user| rules.passes_as_handle(user)),
            stale: now.since(self.row.refreshed_at) >= BELIEVED_FOR,
            unnamed: self.row.unnamed_at.is_some() || self.row.name_off_at.is_some(),
        }
    }

    /// Whether it is a project, and no account.
    pub(in crate::register) fn is_project(&self) -> bool {
        self.row.r#type == PROJECT
    }

    /// The kind of account: what a moderator counts it as, or else what its document says.
    pub fn account(&self) -> Account {
        if self.is_project() {
            return Account::Organisation;
        }
        let endorsement = self.endorsement.as_ref();
        match endorsement.and_then(|row| row.edits.counts_as) {
            Some(CountsAs::Organisation) => Account::Organisation,
            Some(CountsAs::Person) => Account::Person,
            None => Account::of_type(&self.row.r#type),
        }
    }

    /// Whether the actor or its host is blocked: only what takes something back is accepted.
    pub fn is_blocked(&self) -> bool {
        self.severity == Some(Severity::Block)
    }

    /// The registrable domain of the actor's host, which surge limits count by.
    pub fn domain(&self) -> String {
        self.row.domain.clone()
    }

    /// The first rule that finds something in these words, or in the actor's name.
    pub(in crate::register) fn caught(
        &self,
        rules: &Rules,
        written: Option<WrittenPost<'_>>,
    ) -> Option<i64> {
        rules.caught(written, &self.row.name, &self.row.handle)
    }

    /// What holds all acts of the actor, because an act that stands waits for it, and the number of the rule if it is one.
    /// What waits only for `lifted` holds nothing any more.
    pub(in crate::register) fn held(
        &self,
        lifted: Option<WaitsFor>,
    ) -> Option<(WaitsFor, Option<i64>)> {
        let waits = |what| {
            let is_it =
                |row: &&ActRow| row.act.endorses() && row.act.outcome == ActOutcome::Pending(what);
            let act = self.acts.iter().find(is_it)?;
            (lifted != Some(what)).then_some((what, act.rule))
        };
        waits(WaitsFor::Rule).or_else(|| waits(WaitsFor::Surge))
    }

    /// Whether an act that stands counts, so that another one makes no new endorsement.
    pub(in crate::register) fn has_one_that_counts(&self) -> bool {
        let counts = |row: &ActRow| {
            row.act.endorses()
                && matches!(row.act.outcome, ActOutcome::Listed | ActOutcome::Counted)
        };
        self.acts.iter().any(counts)
    }

    /// What an administrator decided about this actor before, if it sticks.
    pub fn sticks(&self) -> Option<StickyDecision> {
        self.endorsement
            .as_ref()
            .and_then(|endorsement| endorsement.decision)
    }

    /// Changes what is noted of the actor besides its document.
    pub(in crate::register) fn note(&mut self, change: impl FnOnce(&mut ActorRow)) {
        change(&mut self.row);
        self.notes_changed = true;
    }

    /// Changes one act.
    pub fn change_act(&mut self, which: usize, change: impl FnOnce(&mut ActRow)) {
        if let Some(act) = self.acts.get_mut(which) {
            change(act);
            self.changed_acts.insert(which);
        }
    }

    /// Changes every act that fits.
    pub fn change_acts(&mut self, fits: impl Fn(&ActRow) -> bool, change: impl Fn(&mut ActRow)) {
        for which in self.places(fits) {
            self.change_act(which, &change);
        }
    }

    /// The indexes of the acts that fit.
    pub fn places(&self, fits: impl Fn(&ActRow) -> bool) -> Vec<usize> {
        let places = self.acts.iter().enumerate();
        let fitting = places.filter(|(_, row)| fits(row));
        fitting.map(|(index, _)| index).collect()
    }

    /// The index of the first standing act that fits.
    pub fn standing(&self, fits: impl Fn(&ActRow) -> bool) -> Option<usize> {
        self.acts
            .iter()
            .position(|row| row.act.ended.is_none() && fits(row))
    }

    /// The index of the first act that fits and that an administrator ended. Its author can still take it back, so that no
    /// administrator brings it back.
    pub fn taken_off(&self, fits: impl Fn(&ActRow) -> bool) -> Option<usize> {
        self.acts
            .iter()
            .position(|row| matches!(row.act.ended, Some((_, Cause::Decision))) && fits(row))
    }

    /// The index of the act that a post already is, ended or not.
    pub fn known_post(&self, post: &str) -> Option<usize> {
        self.acts.iter().position(|row| row.is_post_with(post))
    }

    /// When the actor last said something that counts: its last standing act or its edit, or else when the last one
    /// ended. `None` if it never endorsed.
    pub fn last_word(&self) -> Option<Millis> {
        let row = self.endorsement.as_ref()?;
        let standing = self.acts.iter();
        let standing = standing.filter(|row| row.act.ended.is_none() && row.act.endorses());
        let said = standing.map(|row| row.edited_at.unwrap_or(row.act.at).max(row.act.at));
        Some(said.max().unwrap_or(row.changed_at))
    }

    /// A post with the audience that it has as far as is known: one that stands here, and now names no addressees at all,
    /// has the audience as before, because servers differ in whether the post or its activity names them.
    pub fn addressed<'a>(&self, post: &'a InboundPost) -> Cow<'a, InboundPost> {
        let known = self.known_post(&post.id);
        let known = known.and_then(|index| self.acts.get(index));
        let standing = known.filter(|row| row.act.ended.is_none());
        match standing.filter(|_| post.audience == Audience::Unstated) {
            Some(row) => Cow::Owned(InboundPost {
                audience: match row.act.visibility {
                    Visibility::Public => Audience::Public,
                    Visibility::Unlisted => Audience::Unlisted,
                    Visibility::Direct => Audience::Direct,
                },
                ..post.clone()
            }),
            None => Cow::Borrowed(post),
        }
    }

    /// Whether a known post brings anything new. It does not when it came twice, is older than the stored version, or
    /// its act ended otherwise than by an edit or a failed check (then only a new act counts). That its author wrote what
    /// somebody else could have written is new as well. `text` are its words.
    pub fn is_news(&self, which: usize, post: &InboundPost, text: &str) -> bool {
        let Some(row) = self.acts.get(which) else {
            return false;
        };
        if !row.act.may_sign() {
            return false;
        }
        if row
            .edited_at
            .is_some_and(|known| post.updated.is_none_or(|updated| updated < known))
        {
            return false;
        }
        row.act.ended.is_some()
            || (row.unvouched && post.is_authors)
            || !post.is_visible()
            || (row.act.visibility == Visibility::Public) != (post.audience == Audience::Public)
            || row.text.as_deref() != Some(text)
            || row.warning != post.warning
            || row.language != post.language
    }

    /// Whether the actor follows, by the Follow with this id.
    pub(in crate::register) fn is_followed_by(&self, follow: &Sha256) -> bool {
        let current = self.follower.as_ref().filter(|_| self.follows);
        let id = current.and_then(|follower| follower.follow_id.as_deref());
        id.is_some_and(|id| Sha256::of(id) == *follow)
    }

    /// Ends the follow.
    pub fn unfollow(&mut self) {
        self.follower_changed |= self.follows;
        self.follows = false;
    }

    /// Adds a new act; returns its index.
    pub fn add_act(&mut self, act: ActRow) -> usize {
        self.acts.push(act);
        let which = self.acts.len() - 1;
        self.changed_acts.insert(which);
        which
    }

    /// Ends one act, and erases its words and its evidence.
    ///
    /// Once its author ended what an administrator had ended before, nobody else brings it back.
    pub fn end(&mut self, which: usize, at: Millis, cause: Cause) {
        let decided = |row: &ActRow| matches!(row.act.ended, Some((_, Cause::Decision)));
        if cause.is_own() && self.acts.get(which).is_some_and(decided) {
            self.change_act(which, |row| row.act.ended = Some((at, cause)));
        }
        let mut acts = self.plain_acts();
        effective_state::end(&mut acts, which, at, cause);
        for (index, act) in acts.into_iter().enumerate() {
            if self.acts.get(index).is_some_and(|row| row.act != act) {
                self.change_act(index, |row| row.act = act);
            }
        }
        self.evidence.remove(&which);
        // What an administrator ends, or a failed check, is kept for a while, so that a mistake can be undone.
        if !matches!(cause, Cause::Decision | Cause::Gone) {
            self.erase_act(which);
        }
    }

    /// Erases the words and the evidence of an act that ended.
    pub(in crate::register) fn erase_act(&mut self, which: usize) {
        self.evidence.remove(&which);
        self.ended_acts.insert(which);
        self.change_act(which, |row| (row.text, row.warning) = (None, None));
    }

    /// Ends every act that stands.
    pub fn end_all(&mut self, at: Millis, cause: Cause) {
        for which in self.places(|row| row.act.ended.is_none()) {
            self.end(which, at, cause);
        }
    }

    /// Removes the follow and the profile of a deleted account, as `Tx::forget_actor` does in the database.
    pub(in crate::register) fn forget_actor(&mut self) {
        self.unfollow();
        self.row.name.clear();
        (self.row.page, self.row.followers) = (None, None);
        self.row.discoverable = false;
    }

    /// Whether something changed, and nothing public of ours may name the actor now.
    pub(in crate::register) fn became_unnamed(&self) -> bool {
        let is_off = self.row.unnamed_at.is_some() || self.row.name_off_at.is_some();
        let state = self.endorsement.as_ref().map(|row| row.state);
        (self.endorsement_changed || self.notes_changed)
            && (is_off || state.is_some_and(|state| !may_be_named(state)))
    }

    /// What all changes of this actor mean for pages and documents.
    pub(in crate::register) fn news(&self) -> News {
        let loaded = self.loaded.as_deref();
        let decided = loaded.and_then(|row| row.act_id);
        let mut changed = self.changed_acts.iter();
        let act_changed = changed.any(|index| {
            let act = self.acts.get(*index);
            act.is_some_and(|row| row.id.is_some() && row.id == decided)
        });
        let endorsement = of_endorsement(loaded, self.endorsement.as_ref(), act_changed);
        let follower = match (self.follower_changed, self.follows) {
            (false, _) => News::Nothing,
            (true, true) => News::Addition,
            (true, false) => News::Removal,
        };
        // An answer to a post of ours may be shown as a response.
        let mut changed = self.changed_acts.iter();
        let answer_changed = changed.any(|index| {
            let act = self.acts.get(*index);
            act.is_some_and(|row| row.id.is_some() && row.target.starts_with(paths::POSTS))
        });
        let answer = News::removal_if(answer_changed);
        endorsement.max(follower).max(answer)
    }

    /// Derives the endorsement again after something changed, with a history entry if its state changed.
    pub(in crate::register) fn settle(
        &mut self,
        context: &mut Settling<'_>,
        cause: Cause,
        audit_id: Option<i64>,
    ) {
        let endorser = self.endorser(context.rules, None, context.now);
        self.narrow(context.rules, &endorser);
        self.guard_again(&endorser);
        self.end_pledges(context.now, cause);
        let policy = self.policy(&context.rules.policy);
        let derived = effective_state::derive(&policy, &endorser, &self.plain_acts());
        let Some(mut row) = self.next_row(context, derived, &endorser) else {
            return;
        };
        if cause == Cause::Decision {
            row.statement_trusted = self.trusts_statements(&row, derived.is_some());
        }
        if derived.is_none() && self.is_own_leaving(cause) {
            forget_words(&mut row);
        }
        self.has_left |= derived.is_none() && (cause.is_own() || cause == Cause::Gone);
        if cause == Cause::Edit {
            // New words were not what a moderator promoted.
            row.edits.promoted_act = None;
        }
        row.words = indexed_words(&row, &self.row.handle);
        let was = self
            .endorsement
            .as_ref()
            .map(|endorsement| endorsement.state);
        // A name in the file has nothing to do with it.
        let endorsement = self.endorsement.as_ref();
        let was_nameless = endorsement.is_some_and(|row| row.kind == ActKind::Direct);
        context.hand_over(endorsement, &row);
        self.deciding = derived.map(|derived| derived.act);
        let took_back = was.is_some_and(stood)
            && matches!(row.state, State::Withdrawn | State::Comment)
            && cause.is_own()
            && cause != Cause::Moved;
        self.took_back |= took_back && !was_nameless;
        self.ended_nameless |= took_back && was_nameless;
        if was != Some(row.state) {
            let same_day = self
                .endorsement
                .as_ref()
                .is_some_and(|endorsement| endorsement.changed_at.day() == context.now.day());
            row.changes_today = if same_day { row.changes_today + 1 } else { 1 };
            let entry = HistoryRow {
                endorsement_id: row.id.unwrap_or_default(),
                at: context.now,
                was,
                now: row.state,
                act_id: row.act_id,
                revision: row.revision,
                cause,
                audit_id,
                left_out: 0,
            };
            self.history.push((entry, self.deciding));
        }
        if self.endorsement.as_ref() != Some(&row) {
            // What only a search finds it by is no change of the endorsement.
            let words = &row.words;
            let found_anew = self.endorsement.clone().map(|before| EndorsementRow {
                words: words.clone(),
                ..before
            });
            let changed_at = if found_anew.as_ref() == Some(&row) {
                row.changed_at
            } else {
                context.now
            };
            self.endorsement = Some(EndorsementRow { changed_at, ..row });
            self.endorsement_changed = true;
        }
    }

    /// Ends what somebody pledged who has signed no more. What an administrator ended can be undone, with the pledge.
    fn end_pledges(&mut self, now: Millis, cause: Cause) {
        if pledge::is_signed(self.acts.iter().map(|row| &row.act)) {
            return;
        }
        let stands = |row: &ActRow| row.act.ended.is_none() && row.act.kind == ActKind::Pledge;
        for index in self.places(stands) {
            self.end(index, now, cause);
        }
    }

    /// Whether a signature without a name stands, in whatever state.
    pub(in crate::register) fn is_nameless(&self) -> bool {
        effective_state::nameless_since(&self.plain_acts()).is_some()
    }

    /// The index of the signature without a name that a direct message already is, ended or not.
    pub(in crate::register) fn known_message(&self, post: &str) -> Option<usize> {
        let known = self.known_post(post)?;
        let is_direct = self.acts.get(known)?.act.kind == ActKind::Direct;
        is_direct.then_some(known)
    }

    /// The act whose pledge is the actor's.
    pub(in crate::register) fn pledging(&self) -> Option<usize> {
        pledge::deciding(&self.plain_acts())
    }

    /// The pledge as it stands beside the endorsement. A link is shown to the same conditions as a statement.
    fn pledge_row(&self, endorser: &Endorser, urls: &Urls) -> Option<PledgeRow> {
        let act = self.acts.get(self.pledging()?)?;
        let pledge = act.act.pledge?;
        let url = act
            .text
            .as_deref()
            .and_then(|text| first_link(text, urls.origin()));
        let url = url.map(str::to_owned);
        let waits = url.is_some() || pledge.words == PledgeWords::Unsure;
        let review = match pledge.review {
            _ if !waits => ReviewState::Shown,
            ReviewState::Shown if url.is_none() => ReviewState::Shown,
            _ if endorser.opted_out => ReviewState::Hidden,
            ReviewState::Pending | ReviewState::Shown | ReviewState::Hidden => pledge.review,
        };
        Some(PledgeRow {
            pledge: Pledge { review, ..pledge },
            url,
            at: act.edited_at.unwrap_or(act.act.at).max(act.act.at),
        })
    }

    /// Takes the words by which a search finds the endorsement from the handle that its actor has now, also when nothing
    /// that follows derives it again.
    pub(in crate::register) fn index_again(&mut self) {
        if let Some(row) = &mut self.endorsement {
            row.words = indexed_words(row, &self.row.handle);
            self.endorsement_changed = true;
        }
    }

    /// Whether later statements are trusted after a decision about this row: since one was approved, until one is hidden or
    /// the endorsement ends.
    fn trusts_statements(&self, row: &EndorsementRow, stands: bool) -> bool {
        let decided = self.endorsement.as_ref();
        match decided.and_then(|decided| decided.statement_state) {
            Some(ReviewState::Shown) => stands && (row.statement_trusted || counts(row.state)),
            Some(ReviewState::Hidden) => false,
            Some(ReviewState::Pending) | None => stands && row.statement_trusted,
        }
    }

    /// Whether name and words are erased at once: the account was deleted, or its owner left while a sticky decision
    /// would keep them longer.
    fn is_own_leaving(&self, cause: Cause) -> bool {
        let Some(before) = self.endorsement.as_ref() else {
            return false;
        };
        let had_ended = matches!(
            before.state,
            State::Rejected | State::Withdrawn | State::Invalid
        );
        match cause {
            Cause::AccountDeleted => true,
            Cause::Delete | Cause::Withdrew => before.decision.is_some(),
            Cause::Undo | Cause::Edit => before.decision.is_some() && !had_ended,
            Cause::Act
            | Cause::Gone
            | Cause::Moved
            | Cause::ActorChanged
            | Cause::Waited
            | Cause::Settings
            | Cause::Restored
            | Cause::Decision
            | Cause::Block => false,
        }
    }

    /// Narrows what acts may show when the settings or the actor's flags no longer allow a name, and while a signature
    /// without a name stands that they do not come after. Only a new act widens it again.
    fn narrow(&mut self, rules: &Rules, endorser: &Endorser) {
        let nameless_since = effective_state::nameless_since(&self.plain_acts());
        let too_wide = |row: &ActRow| {
            let may_be_named = row.act.ceiling == MaxVisibility::Named;
            let by_rule = may_be_named && !may_name(&rules.policy, endorser, row.act.kind);
            let by_wish = row.act.ceiling != MaxVisibility::Counted
                && nameless_since.is_some_and(|since| !shows_again(&row.act, since));
            row.act.endorses() && (by_rule || by_wish)
        };
        self.change_acts(too_wide, |row| row.act.ceiling = MaxVisibility::Counted);
    }

    /// Sets the ceiling of the acts that waited for the actor's document, which has just been read.
    pub(in crate::register) fn was_read(&mut self, rules: &Rules, now: Millis) {
        let endorser = self.endorser(rules, None, now);
        self.change_acts(
            |row| row.act.ceiling == MaxVisibility::Unread,
            |row| {
                row.act.ceiling = ceiling_after_reading(&rules.policy, &endorser, row.act.kind);
                if row.act.outcome == ActOutcome::Counted && row.act.ceiling == MaxVisibility::Named
                {
                    row.act.outcome = ActOutcome::Listed;
                }
            },
        );
    }

    /// Notes that a post which stands is still there: what was restored from a backup may be shown again. Returns whether
    /// that changed anything.
    pub(in crate::register) fn read_after_restore(&mut self, which: usize) -> bool {
        let waits =
            |row: &ActRow| row.act.ended.is_none() && row.act.ceiling == MaxVisibility::Restored;
        let waited = self.acts.get(which).is_some_and(waits);
        if waited {
            self.change_act(which, |row| row.act.ceiling = MaxVisibility::Named);
        }
        waited
    }

    /// Whether an act that stands waits for the actor's document.
    pub(in crate::register) fn waits_for_reading(&self) -> bool {
        let waits = |row: &ActRow| row.act.endorses() && row.act.ceiling == MaxVisibility::Unread;
        self.acts.iter().any(waits)
    }

    /// The address of the page of the actor's entry; `None` unless it is listed.
    pub(in crate::register) fn entry(&self, urls: &Urls) -> Option<String> {
        let row = self.endorsement.as_ref()?;
        (row.state == State::Listed).then(|| urls.entry(&row.public_id))
    }

    /// Whether the actor endorses, and nothing has ordered yet that this is verified.
    pub(in crate::register) fn begins_to_endorse(&self) -> bool {
        let state = self.endorsement.as_ref().map(|row| row.state);
        self.row.verify_at.is_none() && !self.is_project() && state.is_some_and(stood)
    }

    /// Sends back to review who became an organisation, or took a handle that does not pass, after being accepted.
    fn guard_again(&mut self, endorser: &Endorser) {
        let Some(row) = &self.endorsement else { return };
        let waits_for = if endorser.account == Account::Organisation && !row.organisation {
            WaitsFor::Organisation
        } else if self.handle_changed && !endorser.handle_passes {
            WaitsFor::Name
        } else {
            return;
        };
        self.handle_changed = false;
        let counts = |row: &ActRow| {
            // No page shows the handle of who signs without a name.
            let is_shown = row.act.kind != ActKind::Direct || waits_for != WaitsFor::Name;
            row.act.endorses()
                && is_shown
                && matches!(row.act.outcome, ActOutcome::Listed | ActOutcome::Counted)
        };
        let waits = ActOutcome::Pending(waits_for);
        self.change_acts(counts, |row| row.act.outcome = waits);
    }

    fn plain_acts(&self) -> Vec<Act> {
        self.acts.iter().map(|row| row.act).collect()
    }

    /// The endorsement's row as it should be; `None` when there never was one and there is none now.
    fn next_row(
        &self,
        context: &mut Settling<'_>,
        derived: Option<Derived>,
        endorser: &Endorser,
    ) -> Option<EndorsementRow> {
        let before = self.endorsement.clone();
        if before.is_none() && derived.is_none() {
            return None;
        }
        let mut row = before.unwrap_or_else(|| self.first_row(context));
        row.pledge = self.pledge_row(endorser, context.urls);
        row.held_by.set(HideReason::Origin, endorser.suspended);
        row.held_by.set(HideReason::Block, endorser.blocked);
        if self.severity.is_none() {
            row.held_by.set(HideReason::Limit, false);
        }
        let before = self.ended_as.unwrap_or(row.state);
        row.state = effective_state::state(before, &row.held_by, derived);
        row.waits_for = derived
            .map(|derived| derived.waits_for.unwrap_or(WaitsFor::Limited))
            .filter(|_| row.state == State::Pending);
        // Anybody can say to speak for a domain, so that fills no quota of it; nor does who waits for nobody but us.
        let is_unread = self.is_on_forge() && self.row.published_at.is_none();
        let is_counted = row.state == State::Pending
            && row.waits_for != Some(WaitsFor::Link)
            && !(is_unread && row.waits_for == Some(WaitsFor::Age));
        row.waiting_domain = is_counted.then(|| self.domain());
        let rule = derived.and_then(|derived| self.acts.get(derived.act)?.rule);
        match rule.filter(|_| row.waits_for == Some(WaitsFor::Rule)) {
            Some(number) => row.reason = Some(format!("{RULE}{number}")),
            None if is_rule(row.reason.as_deref()) => row.reason = None,
            None => (),
        }
        let Some(act) = derived.and_then(|derived| self.acts.get(derived.act)) else {
            // Taking a promotion back leaves words that were never a statement.
            row.statement = row.statement.filter(|_| row.statement_state.is_some());
            return Some(row);
        };
        if row.act_id != act.id && act.warning.is_some() {
            // A content warning is shown with the statement: under another one it is another statement.
            (row.statement, row.statement_state) = (None, None);
        }
        row.kind = act.act.kind;
        row.act_id = act.id;
        row.revision = act.act.revision;
        row.endorsed_at = act.act.at;
        row.organisation = endorser.account == Account::Organisation;
        take_words(context, &mut row, act, endorser);
        take_name(context, &mut row, act, &self.row, self.endorsement.as_ref());
        Some(row)
    }

    fn first_row(&self, context: &Settling<'_>) -> EndorsementRow {
        EndorsementRow {
            id: None,
            public_id: PublicId::random(context.random),
            actor_id: self.row.id,
            state: State::Pending,
            held_by: HideReasons::default(),
            decision: None,
            kind: ActKind::Like,
            act_id: None,
            revision: context.rules.revision,
            organisation: false,
            name: None,
            name_state: ReviewState::Pending,
            name_skeleton: None,
            declared_name: None,
            declared_affiliation: None,
            declared_state: None,
            statement: None,
            statement_state: None,
            statement_trusted: false,
            waits_for: None,
            endorsed_at: context.now,
            changed_at: context.now,
            reason: None,
            waiting_domain: None,
            changes_today: 0,
            edits: Edits::default(),
            words: IndexedWords::default(),
            pledge: None,
        }
    }
}
