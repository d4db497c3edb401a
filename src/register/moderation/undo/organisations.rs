//! Taking back decisions about organisations by hand.

use std::collections::{HashMap, HashSet};

use super::outcome::{TakingBack, Undone, untouched};
use crate::{
    register::{
        error::Result,
        moderation::{change_record::LeftAlone, organisations::ListingChange},
    },
    store::{OrganisationRow, Store, Topic},
};

/// Organisations that are read at a time.
const AT_ONCE: usize = 1000;

/// Takes an entry about organisations back, in one transaction.
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
    let mut rows: HashMap<String, OrganisationRow> = HashMap::new();
    let mut taken = HashSet::new();
    for some in ids.chunks(AT_ONCE) {
        let found = tx.organisations_by_id(some).await?;
        let urls: Vec<String> = found.iter().map(|row| row.url.clone()).collect();
        let listed = tx.organisations_at(&urls).await?.into_iter();
        taken.extend(listed.map(|row| row.url));
        rows.extend(
            found
                .into_iter()
                .map(|row| (row.public_id.to_string(), row)),
        );
    }
    let (mut saved, mut used) = (Vec::new(), Vec::new());
    for target in targets {
        let change = target.undo.as_deref().and_then(ListingChange::from_json);
        let Some((change, row)) = change.zip(rows.get(&target.target)) else {
            undone.erased += 1;
            continue;
        };
        match change.taken_back(row, taken.contains(&row.url), taking.now) {
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
    tx.save_organisations(&saved).await?;
    tx.changed(&[Topic::Register]).await?;
    Ok(tx.commit().await?)
}
