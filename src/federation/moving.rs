//! A look at the actors that may move here (`actor.also_known_as`): a wrong id is noticed only when the followers do not
//! come.

use std::sync::Arc;

use super::dereference::{DereferenceError, Dereferencer};
use crate::{
    activitystreams::{RemoteActor, Urls},
    http_client::Client,
    text::with_causes,
};

/// What one of these actors says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OtherSide {
    /// It is there, and did not move yet.
    Answers,
    /// It moved here.
    MovedHere,
    /// It moved to another actor, so it cannot move here.
    MovedElsewhere(String),
    /// It stands under another id, which has to be named.
    OtherId(String),
    /// It cannot be read.
    Silent(String),
}

impl OtherSide {
    /// What is wrong with the actor `id`, and what to do; `None` when nothing is.
    pub fn warning(&self, id: &str) -> Option<String> {
        match self {
            Self::Answers | Self::MovedHere => None,
            Self::MovedElsewhere(to) => Some(format!(
                "{id} says that it moved to {to}, so it does not move here; take it out of actor.also_known_as"
            )),
            Self::OtherId(other) => Some(format!(
                "{id} is not the id of the actor that stands there; write {other} into actor.also_known_as"
            )),
            Self::Silent(why) => Some(format!(
                "{id} cannot be read ({why}); nobody moves here from there until it can, so check the id in \
                 actor.also_known_as, and try again later"
            )),
        }
    }
}

/// Reads these actors from their own servers, one after the other.
///
/// # Errors
/// The library that reads them cannot be set up. Whatever their servers say is a result.
pub async fn look_at_other_side(
    client: &Client,
    urls: &Arc<Urls>,
    ids: &[String],
) -> Result<Vec<(String, OtherSide)>, DereferenceError> {
    let dereferencer = Dereferencer::new(client, urls)
        .await
        .map_err(|_cause| DereferenceError::Library("it cannot be set up"))?;
    let mut found = Vec::new();
    for id in ids {
        let read = dereferencer.read::<RemoteActor>(id).await;
        found.push((
            id.clone(),
            meaning(id, read.map(|read| read.object), &urls.actor()),
        ));
    }
    Ok(found)
}

fn meaning(id: &str, read: Result<RemoteActor, DereferenceError>, here: &str) -> OtherSide {
    match read {
        Ok(actor) if actor.id != id => OtherSide::OtherId(actor.id),
        Ok(actor) => match actor.moved_to {
            None => OtherSide::Answers,
            Some(to) if to == here => OtherSide::MovedHere,
            Some(to) => OtherSide::MovedElsewhere(to),
        },
        Err(error) => OtherSide::Silent(with_causes(&error)),
    }
}
