//! All that the register knows of one actor: loaded once, changed in memory, written once.
//!
//! Receiving, deciding and housekeeping all change endorsements in this one way, so that an endorsement
//! is always what its standing acts amount to, with a history entry for each change of its state.

use std::collections::{BTreeSet, HashMap};

use crate::{
    chance::{Chance, PublicId},
    clock::Millis,
    endorsement::{
        Account, Act, By, Cause, Ceiling, Endorser, Kind, Showing, State, Sticks, Visibility,
        names,
        policy::{Names, Statements},
        standing::{self, Derived},
    },
    register::Rules,
    store::{ActRow, ActorRow, EndorsementRow, EvidenceRow, FollowerRow, HistoryRow},
};

/// Who holds an endorsement that a moderator hid.
pub const HELD_BY_MODERATOR: &str = "moderator";
/// Who holds the endorsement of an account that its own server suspended (F-212).
pub const HELD_BY_ORIGIN: &str = "origin";

/// Which names are taken: what a name looks like, and whose it is (`None`: a signatory's).
pub type TakenNames = HashMap<String, Vec<Option<i64>>>;

/// One actor in the register.
#[derive(Clone, Debug)]
pub struct Situation {
    /// The actor.
    pub actor: ActorRow,
    /// Its acts that matter here.
    pub acts: Vec<ActRow>,
    /// Its endorsement.
    pub endorsement: Option<EndorsementRow>,
    /// Its follow.
    pub follower: Option<FollowerRow>,
    /// Whether it follows, after all that happened; written when it differs.
    pub follows: bool,
    /// Whether the follower row has to be written.
    pub follower_changed: bool,
    pub(super) changed_acts: BTreeSet<usize>,
    pub(super) ended_acts: BTreeSet<usize>,
    pub(super) evidence: HashMap<usize, EvidenceRow>,
    pub(super) deciding: Option<usize>,
    pub(super) endorsement_changed: bool,
    /// What an administrator made of an endorsement whose acts all end.
    pub(super) ended_as: Option<State>,
    pub(super) history: Vec<(HistoryRow, Option<usize>)>,
}

impl Situation {
    /// What is known of an actor before anything happens.
    pub fn new(
        actor: ActorRow,
        acts: Vec<ActRow>,
        endorsement: Option<EndorsementRow>,
        follower: Option<FollowerRow>,
    ) -> Self {
        let follows = follower.is_some();
        Self {
            actor,
            acts,
            endorsement,
            follower,
            follows,
            follower_changed: false,
            changed_acts: BTreeSet::new(),
            ended_acts: BTreeSet::new(),
            evidence: HashMap::new(),
            deciding: None,
            endorsement_changed: false,
            ended_as: None,
            history: Vec::new(),
        }
    }

    /// The actor as the rules see it.
    pub fn endorser(&self, rules: &Rules, surging: bool) -> Endorser {
        let user = self
            .actor
            .handle
            .trim_start_matches('@')
            .split('@')
            .next()
            .unwrap_or_default();
        Endorser {
            account: Account::of_type(&self.actor.r#type),
            published: self.actor.published_at,
            first_seen: self.actor.first_seen_at,
            discoverable: self.actor.discoverable,
            opted_out: self.actor.opted_out,
            suspended: self.actor.suspended,
            blocked: false,
            limited: false,
            surging,
            handle_passes: rules.passes_as_handle(user),
        }
    }

    /// The registrable part of the actor's host: what surge limits count by.
    pub fn domain(&self) -> String {
        self.actor.domain.clone()
    }

    /// What an administrator decided about this actor before, if it sticks.
    pub fn sticks(&self) -> Option<Sticks> {
        self.endorsement.as_ref().and_then(|it| it.decision)
    }

    /// Changes one act.
    pub fn change_act(&mut self, which: usize, change: impl FnOnce(&mut ActRow)) {
        if let Some(act) = self.acts.get_mut(which) {
            change(act);
            self.changed_acts.insert(which);
        }
    }

    /// Adds an act that is new; gives its place.
    pub fn add_act(&mut self, act: ActRow) -> usize {
        self.acts.push(act);
        let which = self.acts.len() - 1;
        self.changed_acts.insert(which);
        which
    }

    /// Ends one act: its words and its evidence go with it.
    pub fn end(&mut self, which: usize, at: Millis, cause: Cause) {
        let mut acts = self.plain_acts();
        standing::end(&mut acts, which, at, cause);
        for (index, act) in acts.into_iter().enumerate() {
            if self.acts.get(index).is_some_and(|it| it.act != act) {
                self.change_act(index, |row| row.act = act);
            }
        }
        self.ended_acts.insert(which);
        self.evidence.remove(&which);
        if cause != Cause::Decision {
            self.change_act(which, |row| (row.text, row.warning) = (None, None));
        }
    }

    /// Ends every act that stands.
    pub fn end_all(&mut self, at: Millis, cause: Cause) {
        for which in 0..self.acts.len() {
            if self
                .acts
                .get(which)
                .is_some_and(|it| it.act.ended.is_none())
            {
                self.end(which, at, cause);
            }
        }
    }

    /// Derives the endorsement again after something changed, and writes down how its state moved.
    pub fn settle(&mut self, context: &mut Settling<'_>, cause: Cause, audit_id: Option<i64>) {
        let endorser = self.endorser(context.rules, false);
        let derived = standing::derive(&context.rules.policy, &endorser, &self.plain_acts());
        let Some(row) = self.next_row(context, derived, &endorser) else {
            return;
        };
        let was = self.endorsement.as_ref().map(|it| it.state);
        self.deciding = derived.map(|it| it.act);
        if was != Some(row.state) {
            let entry = HistoryRow {
                endorsement_id: row.id.unwrap_or_default(),
                at: context.now,
                was,
                now: row.state,
                act_id: row.act_id,
                revision: row.revision,
                cause,
                audit_id,
            };
            self.history.push((entry, self.deciding));
        }
        if self.endorsement.as_ref() != Some(&row) {
            let changed_at = context.now;
            self.endorsement = Some(EndorsementRow { changed_at, ..row });
            self.endorsement_changed = true;
        }
    }

    fn plain_acts(&self) -> Vec<Act> {
        self.acts.iter().map(|it| it.act).collect()
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
        if row.held_by.as_deref() != Some(HELD_BY_MODERATOR) {
            row.held_by = endorser.suspended.then(|| HELD_BY_ORIGIN.to_owned());
        }
        let before = self.ended_as.unwrap_or(row.state);
        row.state = standing::state(before, row.held_by.is_some(), derived);
        row.waits_for = derived
            .and_then(|it| it.waits_for)
            .filter(|_| row.state == State::Pending);
        let Some(act) = derived.and_then(|it| self.acts.get(it.act)) else {
            if !matches!(
                row.state,
                State::Rejected | State::Withdrawn | State::Invalid
            ) {
                row.held_by = None;
            }
            return Some(row);
        };
        row.kind = act.act.kind;
        row.act_id = act.id;
        row.revision = act.act.revision;
        row.endorsed_at = act.act.at;
        row.organisation = endorser.account == Account::Organisation;
        Self::take_words(context, &mut row, act, endorser);
        self.take_name(context, &mut row, act);
        Some(row)
    }

    fn first_row(&self, context: &Settling<'_>) -> EndorsementRow {
        EndorsementRow {
            id: None,
            public_id: PublicId::random(context.chance),
            actor_id: self.actor.id,
            state: State::Pending,
            held_by: None,
            decision: None,
            kind: Kind::Like,
            act_id: None,
            revision: context.rules.revision,
            organisation: false,
            name: None,
            name_state: Showing::Pending,
            name_skeleton: None,
            declared_name: None,
            declared_affiliation: None,
            declared_state: None,
            statement: None,
            statement_state: None,
            waits_for: None,
            by: By::Endorser,
            endorsed_at: context.now,
            changed_at: context.now,
            reason: None,
        }
    }

    /// The statement and what was declared, from the words of the act that decides. What is the same as
    /// before keeps the moderator's decision.
    fn take_words(
        context: &Settling<'_>,
        row: &mut EndorsementRow,
        act: &ActRow,
        endorser: &Endorser,
    ) {
        let read = act.text.as_deref().map(|text| context.rules.read(text));
        let statement = read
            .as_ref()
            .map(|it| it.rest.clone())
            .filter(|it| !it.is_empty());
        let trusted = row.statement_state == Some(Showing::Shown);
        if statement != row.statement {
            row.statement_state =
                statement
                    .as_ref()
                    .map(|_| match context.rules.policy.statements {
                        _ if endorser.opted_out => Showing::Hidden,
                        _ if act.act.visibility == Visibility::Unlisted => Showing::Pending,
                        Statements::Auto => Showing::Shown,
                        Statements::Trusted if trusted => Showing::Shown,
                        Statements::Trusted | Statements::Queue => Showing::Pending,
                    });
            row.statement = statement;
        }
        let declared = read.and_then(|it| it.declared).unwrap_or_default();
        if (&declared.name, &declared.affiliation)
            != (&row.declared_name, &row.declared_affiliation)
        {
            let any = declared.name.is_some() || declared.affiliation.is_some();
            row.declared_state = any.then_some(Showing::Pending);
            row.declared_name = declared.name;
            row.declared_affiliation = declared.affiliation;
        }
    }

    /// The name, if the act may ever be shown with one. A changed name is a new name (`product.md` 2.6).
    fn take_name(&self, context: &mut Settling<'_>, row: &mut EndorsementRow, act: &ActRow) {
        if act.act.ceiling == Ceiling::Counted {
            (row.name, row.name_skeleton, row.name_state) = (None, None, Showing::Pending);
            return;
        }
        if row.name.as_deref() == Some(&self.actor.name) {
            return;
        }
        let skeleton = names::skeleton(&self.actor.name);
        let owners = context.taken.entry(skeleton.clone()).or_default();
        let taken = owners.iter().any(|owner| *owner != Some(self.actor.id));
        let shown = match context.rules.policy.names {
            Names::Queue => false,
            Names::Check | Names::Auto => context.rules.passes_as_name(&self.actor.name, taken),
        };
        if shown {
            owners.push(Some(self.actor.id));
        }
        row.name_state = if shown {
            Showing::Shown
        } else {
            Showing::Pending
        };
        row.name = Some(self.actor.name.clone());
        row.name_skeleton = Some(skeleton);
    }
}

/// What settling needs besides the situation itself.
#[derive(Debug)]
pub struct Settling<'a> {
    /// The rules in force.
    pub rules: &'a Rules,
    /// Where public ids come from.
    pub chance: &'a dyn Chance,
    /// The present.
    pub now: Millis,
    /// Which names are taken already.
    pub taken: &'a mut TakenNames,
}
