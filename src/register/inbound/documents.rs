//! The documents of senders that came along with a batch. They are saved before the batch is loaded, so that every
//! sender has a row.

use std::collections::HashMap;

use super::{
    activity::{InboundActivity, Sender},
    key_change,
};
use crate::{
    clock::Millis, endorsement::blocks::BlockList, hash::Sha256, register::error::Result, store::Tx,
};

/// Saves the documents, those of blocked actors excepted, and freezes the actors whose keys changed suspiciously.
/// Returns the handles that the known ones had before.
pub(in crate::register) async fn save_documents(
    tx: &mut Tx,
    blocks: &BlockList,
    incoming: &[&InboundActivity],
    now: Millis,
) -> Result<HashMap<String, String>> {
    let mut documents = HashMap::new();
    for activity in incoming {
        if let Sender::Read(actor) = &activity.sender
            && !blocks.blocks_actor(&actor.url)
        {
            documents.insert(actor.url.as_str(), actor.as_ref());
        }
    }
    let documents: Vec<_> = documents.into_values().cloned().collect();
    let hashes: Vec<_> = documents
        .iter()
        .map(|document| Sha256::of(&document.url))
        .collect();
    let known = tx.actors(&hashes).await?;
    let documents = key_change::sift(tx, incoming, documents, &known, now).await?;
    tx.save_actors(&documents).await?;
    let handles = known.into_iter().map(|actor| (actor.url, actor.handle));
    Ok(handles.collect())
}
