//! Taking back decisions about links.

use super::outcome::{TakingBack, Undone, untouched};
use crate::{
    random::PublicId,
    register::{
        error::Result,
        moderation::{
            change_record::LeftAlone, linked_name::judge_linked_name, links::take_link_back,
        },
    },
    store::Store,
};

/// Makes the links of an entry as they were.
pub(super) async fn take_back(
    store: &Store,
    taking: TakingBack<'_>,
    id: i64,
    undone: &mut Undone,
) -> Result<()> {
    let mut tx = store.write().await?;
    let Some((entry, targets)) = untouched(&mut tx, id).await? else {
        return Ok(());
    };
    let mut used = Vec::new();
    for target in targets {
        let taken_back = match target.undo.as_deref() {
            Some(record) => take_link_back(&mut tx, record).await?,
            None => Err(LeftAlone::Purged),
        };
        match taken_back {
            Ok(()) => {
                let endorsement = PublicId::from(target.target.clone());
                judge_linked_name(&mut tx, taking.context, taking.now, &endorsement).await?;
                undone.is_done(target.handle.as_deref().unwrap_or(&target.target));
                used.push(target);
            }
            Err(LeftAlone::Changed) => undone.changed += 1,
            Err(LeftAlone::Purged) => undone.erased += 1,
        }
    }
    if used.is_empty() {
        return Ok(());
    }
    undone.note(&mut tx, &entry, taking, &used).await?;
    Ok(tx.commit().await?)
}
