//! Posts in which accounts speak for projects, and how the entries of projects are judged by them.
//!
//! A project is a row among the actors, with an endorsement of its own. Its acts are the posts of those who speak for it.
//!
//! Not here: which posts speak ([`projects`](super::projects)), when that is carried out ([`batch`](super::batch)), and what
//! the page of a project says (`register::maintenance::projects`).

use std::time::Duration;

use super::{
    activity::InboundPost,
    actor_state::{ActorState, ProjectFacts},
};
use crate::{
    clock::Millis,
    endorsement::{
        Account, Act, ActKind, ActOutcome, Cause, MaxVisibility, Visibility, WaitsFor,
        blocks::{BlockList, Severity},
        judge::{Accepted, Audience, Candidate, CandidateKind, Verdict, judge, may_name},
        policy::{LetterState, Policy},
        project::{PROJECT, ProjectAddress},
    },
    hash::Sha256,
    http_client::pace::counted_domain_of,
    register::{error::Result, rules::Rules},
    store::{ActRow, ClaimRow, EvidenceRow, HostRow, NewActor, NewJob, Tx},
};

/// For how many projects that wait one account may speak. Those that it named within [`NAMED_LATELY`] and no longer speaks for
/// are among them: else an edit would make room for the next one, and each would be read.
pub(in crate::register) const WAITING_OF_ONE: usize = 3;

/// For how long a project counts against who named it, whatever became of the post.
pub(in crate::register) const NAMED_LATELY: Duration = Duration::from_hours(24);

/// Job kind: reads the page of a project. The payload is the hash of its id.
pub const PROJECT_LOOK: &str = "sweep_project";

/// Job kind: the same, ordered by the job of the other kind.
pub const PROJECT_NEXT_LOOK: &str = "sweep_project_again";

/// The job that reads the page of the project with this id. A job that runs orders `next`: of each kind one waits.
pub fn project_look(id: &str, due_at: Millis, next: bool) -> NewJob {
    let kind = if next {
        PROJECT_NEXT_LOOK
    } else {
        PROJECT_LOOK
    };
    NewJob {
        kind: kind.to_owned(),
        key_hash: Sha256::of(&format!("{kind} {id}")),
        payload: Sha256::of(id).hex(),
        due_at,
        domain: counted_domain_of(id),
    }
}

/// A post that signs for a project.
#[derive(Clone, Debug)]
pub(in crate::register) struct Claim {
    /// The row id of who speaks.
    pub(in crate::register) speaker: i64,
    /// For which project.
    pub(in crate::register) address: ProjectAddress,
    /// Who may read the post.
    pub(in crate::register) visibility: Visibility,
    /// The post.
    pub(in crate::register) post: InboundPost,
    /// The activity's id, and its hash.
    pub(in crate::register) activity: (Option<String>, Sha256),
    /// The signed request.
    pub(in crate::register) evidence: EvidenceRow,
    /// When it arrived.
    pub(in crate::register) at: Millis,
    /// The revision that it is about.
    pub(in crate::register) revision: i64,
}

/// What a batch says about projects.
#[derive(Clone, Debug)]
pub(in crate::register) enum ProjectChange {
    /// Somebody speaks for a project.
    Speaks(Box<Claim>),
    /// A speaker ends one post; without a post, all.
    Ends(i64, Option<String>, Cause),
}

/// The posts in which the actors of a batch speak for projects, and what the batch changes about them.
#[derive(Clone, Debug, Default)]
pub(in crate::register) struct ProjectClaims {
    known: Vec<ClaimRow>,
    changes: Vec<ProjectChange>,
}

impl ProjectClaims {
    /// Loads what these actors said.
    pub(in crate::register) async fn load(tx: &mut Tx, actors: &[ActorState]) -> Result<Self> {
        let speakers: Vec<i64> = actors.iter().map(|actor| actor.row.id).collect();
        Ok(Self {
            known: tx.claims_of(&speakers).await?,
            changes: Vec::new(),
        })
    }

    /// The ids of the posts in which an actor speaks.
    pub(in crate::register) fn posts_of(&self, speaker: i64) -> Vec<String> {
        let known = self.known.iter().filter(|row| row.speaker_id == speaker);
        let said = self.changes.iter().filter_map(|change| match change {
            ProjectChange::Speaks(claim) if claim.speaker == speaker => Some(&claim.post.id),
            ProjectChange::Speaks(_) | ProjectChange::Ends(..) => None,
        });
        known.map(|row| &row.object).chain(said).cloned().collect()
    }

    /// Whether an actor speaks in a post.
    fn has(&self, speaker: i64, post: &str) -> bool {
        self.posts_of(speaker).iter().any(|known| known == post)
    }

    /// Whether an actor speaks for this very address in a post.
    pub(in crate::register) fn speaks_for(
        &self,
        speaker: i64,
        post: &str,
        address: &ProjectAddress,
    ) -> bool {
        let mut changes = self.changes.iter().rev();
        let said = changes.find_map(|change| match change {
            ProjectChange::Speaks(claim) => (claim.speaker == speaker && claim.post.id == post)
                .then(|| claim.address == *address),
            ProjectChange::Ends(who, which, _) => {
                let ends = *who == speaker && which.as_deref().is_none_or(|ended| ended == post);
                ends.then_some(false)
            }
        });
        let (id, mut known) = (address.id(), self.known.iter());
        said.unwrap_or_else(|| {
            known.any(|row| row.speaker_id == speaker && row.object == post && row.project == id)
        })
    }

    /// Whether a newer version of a post is known than this one.
    pub(in crate::register) fn is_older(&self, speaker: i64, post: &InboundPost) -> bool {
        let mut known = self.known.iter();
        let known = known.find(|row| row.speaker_id == speaker && row.object == post.id);
        let edited_at = known.and_then(|row| row.edited_at);
        edited_at.is_some_and(|known| post.updated.is_none_or(|updated| updated < known))
    }

    /// Ends what an actor said for a project in a post; returns whether there is anything to end.
    pub(in crate::register) fn end(&mut self, speaker: i64, post: &str, cause: Cause) -> bool {
        let ends = self.has(speaker, post);
        if ends {
            let change = ProjectChange::Ends(speaker, Some(post.to_owned()), cause);
            self.changes.push(change);
        }
        ends
    }

    /// Notes that somebody speaks for a project.
    pub(in crate::register) fn say(&mut self, claim: Claim) {
        self.changes.push(ProjectChange::Speaks(Box::new(claim)));
    }

    /// What changes, in order.
    pub(in crate::register) fn into_changes(self) -> Vec<ProjectChange> {
        self.changes
    }

    /// Ends everything that these actors said for projects.
    pub(in crate::register) fn end_all(&mut self, speakers: impl Iterator<Item = (i64, Cause)>) {
        let ends = speakers.map(|(speaker, cause)| ProjectChange::Ends(speaker, None, cause));
        self.changes.extend(ends);
    }
}

impl ActorState {
    /// Judges what waits of a project by the facts of now: its page, those who speak, and the letter. What came in time is
    /// never late.
    pub(in crate::register) fn judge_claims(&mut self, rules: &Rules, now: Millis) {
        let letter = match rules.policy.letter {
            LetterState::Open | LetterState::Closed => LetterState::Open,
            LetterState::Draft => LetterState::Draft,
            LetterState::Paused => LetterState::Paused,
        };
        let policy = Policy {
            letter,
            ..rules.policy.clone()
        };
        let waits =
            |row: &ActRow| row.act.endorses() && matches!(row.act.outcome, ActOutcome::Pending(_));
        for index in self.places(waits) {
            if let Some(kept) = self.judge_claim(rules, &policy, index, now) {
                self.change_act(index, |row| {
                    row.act.outcome = kept.outcome;
                    row.act.ceiling = row.act.ceiling.min(kept.ceiling);
                });
            }
        }
    }

    /// Stores a claim among the acts of its project, and judges it.
    pub(in crate::register) fn take_claim(&mut self, rules: &Rules, claim: &Claim, now: Millis) {
        let project = self;
        let post = &claim.post;
        let known = project.known_post(&post.id);
        let before = known.and_then(|index| project.acts.get(index));
        let standing = before.filter(|row| row.act.ended.is_none());
        let came_in_time = rules.policy.letter != LetterState::Closed;
        let act = match standing {
            Some(row) => Act {
                visibility: claim.visibility,
                ..row.act
            },
            None => Act {
                kind: ActKind::Project,
                at: claim.at,
                revision: claim.revision,
                visibility: claim.visibility,
                ceiling: MaxVisibility::Named,
                outcome: if came_in_time {
                    ActOutcome::Pending(WaitsFor::Link)
                } else {
                    ActOutcome::Late
                },
                ended: None,
                pledge: None,
            },
        };
        let row = ActRow {
            id: None,
            actor_id: project.row.id,
            act,
            object: post.id.clone(),
            activity: claim.activity.0.clone(),
            activity_hash: claim.activity.1.clone(),
            target: post.target.clone(),
            // The words are their author's, and the entry is not.
            text: None,
            warning: None,
            language: None,
            poll: false,
            edited_at: post.updated,
            rule: None,
            acknowledged: None,
            speaker: Some(claim.speaker),
            unvouched: false,
        };
        let index = match known {
            Some(index) => {
                project.change_act(index, |before| {
                    *before = ActRow {
                        id: before.id,
                        ..row
                    }
                });
                project.ended_acts.remove(&index);
                index
            }
            None => project.add_act(row),
        };
        project.evidence.insert(index, claim.evidence.clone());
        let endorser = project.endorser(rules, None, now);
        if !may_name(&rules.policy, &endorser, ActKind::Project) {
            project.change_act(index, |row| row.act.ceiling = MaxVisibility::Counted);
        }
        project.judge_claims(rules, now);
    }

    /// How one act of a project is judged; `None` when it is not to be kept.
    fn judge_claim(
        &self,
        rules: &Rules,
        policy: &Policy,
        index: usize,
        now: Millis,
    ) -> Option<Accepted> {
        let facts = self.project.as_ref()?;
        let row = self.acts.get(index)?;
        let mut speakers = facts.speakers.iter();
        let speaker = speakers.find(|speaker| Some(speaker.row.id) == row.speaker)?;
        let mut endorser = speaker.endorser(rules, None, now);
        if endorser.account == Account::Organisation {
            // Whose own entry waits for a person; here the page decides.
            endorser.account = Account::Person;
        }
        endorser.limited |= self.severity == Some(Severity::Limit);
        let caught = self
            .caught(rules, None)
            .or_else(|| speaker.caught(rules, row.written()));
        endorser.held = caught.map(|_| WaitsFor::Rule);
        let mut names = self.row.handle.split('/').skip(1);
        endorser.handle_passes = names.all(|name| name.is_empty() || rules.passes_as_handle(name));
        let sticks = self.sticks().or_else(|| speaker.sticks());
        let candidate = Candidate {
            kind: CandidateKind::Project {
                page: facts.page.known.sight,
                crowded: facts.page.crowded,
            },
            audience: match row.act.visibility {
                Visibility::Public => Audience::Public,
                Visibility::Unlisted => Audience::Unlisted,
                Visibility::Direct => Audience::Direct,
            },
        };
        match judge(policy, &endorser, sticks, candidate, now) {
            Verdict::Keep(kept) => Some(kept),
            Verdict::Refuse
            | Verdict::Ignore(_)
            | Verdict::AnswerPrivately
            | Verdict::Leave
            | Verdict::Reach => None,
        }
    }
}

/// Loads the facts of those of these actors that are projects; `besides` are about to speak for one.
pub(in crate::register) async fn load_facts(
    tx: &mut Tx,
    blocks: &BlockList,
    actors: &mut [ActorState],
    besides: &[i64],
) -> Result<()> {
    let ids: Vec<i64> = actors
        .iter()
        .filter(|actor| actor.is_project())
        .map(|actor| actor.row.id)
        .collect();
    if ids.is_empty() {
        return Ok(());
    }
    let pages = tx.projects(&ids).await?;
    let speaks = |row: &ActRow| row.speaker.filter(|_| row.act.ended.is_none());
    let acts = actors.iter().flat_map(|actor| actor.acts.iter());
    let spoken = acts.filter_map(speaks);
    let mut speakers: Vec<i64> = spoken.chain(besides.iter().copied()).collect();
    speakers.sort_unstable();
    speakers.dedup();
    let speakers = load_speakers(tx, blocks, &speakers).await?;
    for actor in actors {
        let page = pages.iter().find(|page| page.actor_id == actor.row.id);
        let own = speakers.iter().filter(|speaker| {
            let mut acts = actor.acts.iter();
            besides.contains(&speaker.row.id) || acts.any(|row| row.speaker == Some(speaker.row.id))
        });
        let own: Vec<ActorState> = own.cloned().collect();
        actor.project = page.map(|page| {
            Box::new(ProjectFacts {
                page: page.clone(),
                speakers: own,
            })
        });
    }
    Ok(())
}

/// These actors, with their endorsements and blocks, and without what they did.
async fn load_speakers(tx: &mut Tx, blocks: &BlockList, ids: &[i64]) -> Result<Vec<ActorState>> {
    let endorsements = tx.endorsements_of(ids).await?;
    let rows = tx.actors_by_id(ids).await?.into_iter();
    let speakers = rows.filter(|row| !row.url.is_empty()).map(|row| {
        let mut own = endorsements.iter();
        let own = own.find(|endorsement| endorsement.actor_id == row.id);
        let severity = blocks.actor(&row.url);
        let mut speaker = ActorState::new(row, Vec::new(), own.cloned(), None);
        speaker.severity = severity;
        speaker
    });
    Ok(speakers.collect())
}

/// A project as a row among the actors: one without keys, to whose inbox nothing can be sent.
pub(in crate::register) fn new_project(address: &ProjectAddress, now: Millis) -> NewActor {
    let host = HostRow {
        authority: address.authority(),
        name: address.host().to_owned(),
        domain: address.domain(),
    };
    NewActor {
        url: address.id(),
        host: host.clone(),
        r#type: PROJECT.to_owned(),
        handle: address.shown().to_owned(),
        name: String::new(),
        page: Some(address.as_text().to_owned()),
        published_at: None,
        discoverable: true,
        opted_out: false,
        inbox: (String::new(), host),
        shared_inbox: None,
        followers: None,
        suspended: false,
        keys: Vec::new(),
        read_at: now,
        moved_to: None,
    }
}
