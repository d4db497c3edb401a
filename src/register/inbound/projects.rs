//! Posts that sign for a project, a server or an organisation.
//!
//! Not here: what is stored of them ([`project_claims`](super::project_claims)).

use super::{
    activity::{InboundActivity, InboundPost},
    actor_state::ActorState,
    batch::Shared,
    project_claims::Claim,
};
use crate::{
    endorsement::{
        Cause, Visibility, judge::Audience, policy::LetterState, project::ProjectAddress,
    },
    store::ActRow,
};

impl Shared<'_> {
    /// The address for which a post signs.
    pub(in crate::register) fn project_in(
        &self,
        post: &InboundPost,
        text: &str,
    ) -> Option<ProjectAddress> {
        let address = self.rules().phrases.project_in(post.written(text))?;
        let laboratory = self.context.urls.base().scheme() == "http";
        let address = ProjectAddress::parse(address, laboratory)?;
        let ours = self.context.urls.is_our_domain(&address.authority());
        let is_anybodys = address.is_below(&self.rules().github);
        (!ours && !is_anybodys).then_some(address)
    }

    /// A post that signs for a project, new or edited. It signs for nobody else: what it said for its author before, ends. An
    /// edit for which nobody vouches that it is its author's may take back, and speaks for no address that it did not before.
    pub(in crate::register) fn speak_for(
        &mut self,
        actor: &mut ActorState,
        incoming: &InboundActivity,
        post: &InboundPost,
        address: ProjectAddress,
    ) {
        if self.projects.is_older(actor.row.id, post) {
            return;
        }
        let signed = actor.standing(|row| row.is_post_with(&post.id));
        if let Some(index) = signed {
            if !actor.acts.get(index).is_some_and(|row| is_newer(row, post)) {
                return;
            }
            self.end_by_edit(actor, index, post.updated);
        }
        // Whoever may write to a repository can edit the comments of others there, and would have them speak for anything.
        let speaker = actor.row.id;
        if !post.is_authors && !self.projects.speaks_for(speaker, &post.id, &address) {
            self.projects.end(speaker, &post.id, Cause::Edit);
            return;
        }
        let visibility = match post.audience {
            Audience::Public => Visibility::Public,
            Audience::Unlisted => Visibility::Unlisted,
            Audience::Followers | Audience::Direct | Audience::Unstated | Audience::Unclear => {
                self.projects.end(actor.row.id, &post.id, Cause::Edit);
                let addressed = matches!(post.audience, Audience::Followers | Audience::Direct);
                if addressed && !incoming.was_fetched() {
                    self.answer_privately(actor, post);
                }
                return;
            }
        };
        if self.rules().policy.letter == LetterState::Draft {
            if !incoming.was_fetched() {
                self.answer_too_early(actor, post);
            }
            return;
        }
        let claim = Claim {
            speaker,
            address,
            visibility,
            post: post.clone(),
            activity: (incoming.activity.clone(), incoming.hash()),
            evidence: incoming.evidence.clone(),
            at: incoming.at,
            revision: self.rules().revision_of(post.updated.or(post.published)),
        };
        self.projects.say(claim);
    }
}

/// Whether a post may be a later version of what an act says.
fn is_newer(row: &ActRow, post: &InboundPost) -> bool {
    row.edited_at
        .is_none_or(|known| post.updated.is_some_and(|updated| updated >= known))
}
