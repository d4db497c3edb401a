//! Endorsements and comments as administrators name them.

use crate::{
    endorsement::{State, who::Who},
    register::error::Result,
    store::{EndorsementFilter, EndorsementSummary, Tx},
};

/// Finds endorsements and comments by a public id, or by whom they are of: a handle, or an address that a browser shows.
pub async fn find(tx: &mut Tx, what: &str) -> Result<Vec<EndorsementSummary>> {
    /// Shorter ids find nothing: an empty variable in a script must not decide about anybody.
    const SHORTEST: usize = 4;
    if what.chars().count() < SHORTEST {
        return Ok(Vec::new());
    }
    let Some(who) = Who::parse(what) else {
        let mut conditions = EndorsementFilter {
            id: Some(what.to_owned()),
            ..EndorsementFilter::default()
        };
        let mut found = tx.list(&conditions, 3).await?;
        conditions.state = Some(State::Comment);
        found.extend(tx.list(&conditions, 3).await?);
        if found.is_empty()
            && let Some(actor) = tx.promoted_comment(what).await?
        {
            let theirs = EndorsementFilter {
                actor: Some(actor),
                ..EndorsementFilter::default()
            };
            found = tx.list(&theirs, 3).await?;
        }
        return Ok(found);
    };
    let mut found = Vec::new();
    for actor in tx.ids_of(&who).await? {
        let mut conditions = EndorsementFilter {
            actor: Some(actor),
            ..EndorsementFilter::default()
        };
        let mut theirs = tx.list(&conditions, 3).await?;
        if theirs.is_empty() {
            conditions.state = Some(State::Comment);
            theirs = tx.list(&conditions, 3).await?;
        }
        found.extend(theirs);
    }
    Ok(found)
}

/// Finds comments alone, by a public id or by whom they are of: at most two, because two are too many already.
pub async fn find_comments(tx: &mut Tx, what: &str) -> Result<Vec<EndorsementSummary>> {
    let Some(who) = Who::parse(what) else {
        let mut found = find(tx, what).await?;
        found.retain(|row| row.state == State::Comment.as_str());
        return Ok(found);
    };
    let mut found = Vec::new();
    for actor in tx.ids_of(&who).await? {
        let theirs = EndorsementFilter {
            actor: Some(actor),
            state: Some(State::Comment),
            ..EndorsementFilter::default()
        };
        found.extend(tx.list(&theirs, 2).await?);
    }
    Ok(found)
}
