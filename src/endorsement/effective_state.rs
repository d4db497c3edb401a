//! Derives the one endorsement of an actor from the acts that stand.

use super::{
    Act, ActKind, ActOutcome, Cause, Endorser, MaxVisibility, State, WaitsFor,
    hide_reason::{HideReason, HideReasons},
    judge::may_name,
    policy::Policy,
};
use crate::clock::Millis;

/// The endorsement that the standing acts of one actor make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Derived {
    /// The index of the deciding act; its text, revision and kind are those of the endorsement.
    pub act: usize,
    /// The state, before any hold.
    pub state: State,
    /// The reason for waiting, when it is pending.
    pub waits_for: Option<WaitsFor>,
}

/// Derives the endorsement from all acts of one actor; `None` when no act endorses any more.
///
/// Acts that count take precedence over acts that wait, so that a new act never takes anybody off the list.
/// Among them the newest reply, mention or direct message that signs decides, else a quote, else the oldest like.
/// Settings, flags and the endorser's own wish narrow a name to a number here, immediately.
///
/// While a signature without a name stands, in whatever state, only a reply or mention after it shows the name.
pub fn derive(policy: &Policy, endorser: &Endorser, acts: &[Act]) -> Option<Derived> {
    let standing = acts.iter().enumerate().filter(|(_, act)| act.endorses());
    let (index, act) = standing.max_by_key(|(_, act)| precedence(act))?;
    let nameless = act.ceiling != MaxVisibility::Named
        || endorser.unnamed
        || !may_name(policy, endorser, act.kind)
        || nameless_since(acts).is_some_and(|since| !shows_again(act, since));
    let listed = act.outcome == ActOutcome::Listed;
    let state = if listed && nameless {
        State::Counted
    } else {
        act.outcome.state()
    };
    Some(Derived {
        act: index,
        state,
        waits_for: act.outcome.waits_for(),
    })
}

/// Since when the newest signature without a name stands, in whatever state; `None` when there is none.
pub fn nameless_since(acts: &[Act]) -> Option<Millis> {
    let direct = acts
        .iter()
        .filter(|act| act.endorses() && act.kind == ActKind::Direct);
    direct.map(|act| act.at).max()
}

/// Whether an act may show the name of somebody who signed without it at `since`: a reply or mention after that.
pub fn shows_again(act: &Act, since: Millis) -> bool {
    matches!(act.kind, ActKind::Reply | ActKind::Mention) && act.at > since
}

/// The order in which acts decide; the last one does.
pub fn precedence(act: &Act) -> impl Ord + use<> {
    let strength = match act.outcome {
        ActOutcome::Listed | ActOutcome::Counted => 2,
        ActOutcome::Pending(_) => 1,
        ActOutcome::Late | ActOutcome::Comment => 0,
    };
    let at = act.at.as_millis();
    match act.kind {
        ActKind::Reply | ActKind::Mention | ActKind::Direct => (strength, 2, at),
        ActKind::Quote => (strength, 1, at),
        ActKind::Like
        | ActKind::Reaction
        | ActKind::Pledge
        | ActKind::Project
        | ActKind::Comment => (strength, 0, at.saturating_neg()),
    }
}

/// The state of the endorsement. A hold takes precedence over what the acts make. A limit makes a listed
/// endorsement wait (`WaitsFor::Limited`); every other hold hides it.
///
/// Without a standing act the endorsement is withdrawn, unless an administrator ended it in another way.
pub fn state(before: State, held: &HideReasons, derived: Option<Derived>) -> State {
    match (derived, before) {
        (None, State::Rejected | State::Invalid) => before,
        (None, _) => State::Withdrawn,
        (Some(_), _) if held.hide() => State::Hidden,
        (Some(derived), _) if held.has(HideReason::Limit) && counts(derived.state) => {
            State::Pending
        }
        (Some(derived), _) => derived.state,
    }
}

/// Whether endorsements in this state are in the public totals.
const fn counts(state: State) -> bool {
    matches!(state, State::Listed | State::Counted)
}

/// Ends one act. When a post ends, likes that still stand only count, without the name, until a new act.
pub fn end(acts: &mut [Act], which: usize, at: Millis, cause: Cause) {
    let Some(act) = acts.get_mut(which).filter(|act| act.ended.is_none()) else {
        return;
    };
    act.ended = Some((at, cause));
    if act.is_post() && act.kind.endorses() {
        let stands = |act: &&mut Act| {
            act.ended.is_none() && matches!(act.kind, ActKind::Like | ActKind::Reaction)
        };
        for like in acts.iter_mut().filter(stands) {
            like.ceiling = MaxVisibility::Counted;
        }
    }
}

#[cfg(test)]
mod tests;
