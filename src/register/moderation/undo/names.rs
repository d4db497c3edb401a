//! Taking back decisions about names of the list.

use std::collections::HashMap;

use super::outcome::{TakingBack, Undone, untouched};
use crate::{
    register::{
        error::Result,
        moderation::{change_record::LeftAlone, name_change::NameChange},
    },
    store::{SignatoryRow, Store, Topic},
};

/// Names that are read at a time.
const AT_ONCE: usize = 1000;

/// Takes an entry about names back, in one transaction.
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
    let ids: Vec<String> = targets.iter().map(|target| target.target.clone()).collect();
    let mut rows: HashMap<String, SignatoryRow> = HashMap::new();
    for some in ids.chunks(AT_ONCE) {
        let found = tx.signatories_by_id(some).await?.into_iter();
        rows.extend(found.map(|row| (row.public_id.to_string(), row)));
    }
    let (mut saved, mut used) = (Vec::new(), Vec::new());
    for target in targets {
        let change = target.undo.as_deref().and_then(NameChange::from_json);
        let row = rows.get(&target.target);
        let Some((change, row)) = change.zip(row) else {
            undone.erased += 1;
            continue;
        };
        match change.taken_back(row, &taking.context.salt, taking.now) {
            Ok(before) => {
                undone.is_done(&row.name);
                saved.push(before);
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
    tx.save_signatories(&saved).await?;
    tx.changed(&[Topic::Register]).await?;
    Ok(tx.commit().await?)
}
