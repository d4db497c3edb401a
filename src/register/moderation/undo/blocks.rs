//! Taking back blocks, and lifting them.

use std::collections::{HashMap, HashSet};

use super::outcome::{BlocksAgain, TakingBack, Undone, untouched};
use crate::{
    endorsement::blocks::{Severity, Target},
    hash::Sha256,
    register::{
        error::Result,
        moderation::{
            block_change::BlockChange,
            blocks::{begin, known_among, those_known, update_each},
        },
    },
    store::{AuditTarget, BlockRow, Store, Topic, Tx},
};

/// One block that is to be as it was.
struct BlockAsBefore {
    noted: AuditTarget,
    change: BlockChange,
    target: Target,
}

impl BlockAsBefore {
    fn changes_severity(&self) -> bool {
        self.change.severity_before() != self.change.severity_after()
    }

    /// Whether it lifts a block.
    fn lifts(&self) -> bool {
        self.change.severity_after() == Some(Severity::Block) && self.changes_severity()
    }
}

/// Takes an entry about blocks back: all of it in one transaction, and then everything of theirs.
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
    let as_before = as_before(&mut tx, targets, undone).await?;
    if as_before.is_empty() {
        return Ok(());
    }
    let walked = as_before.iter().filter(|block| block.changes_severity());
    let walked = walked.map(|block| block.target.clone()).collect();
    let walked = those_known(&mut tx, walked).await?;
    let known: HashSet<&str> = walked.iter().map(Target::as_str).collect();
    let (mut restored, mut lifted) = (Vec::new(), Vec::new());
    let mut used = Vec::new();
    for block in as_before {
        if block.lifts() && known.contains(block.target.as_str()) {
            let since = tx.policy(&block.target).await?.map(|policy| policy.at);
            let since = since.unwrap_or(taking.now);
            undone.quotes += tx.quotes_counted(&block.target, since).await?.1;
        }
        undone.follows_ended |= block.change.cut;
        undone.is_done(block.target.as_str());
        match block.change.before(block.target.clone()) {
            Some(row) => restored.push(row),
            None => lifted.push(block.target),
        }
        used.push(block.noted);
    }
    let audit_id = undone.note(&mut tx, &entry, taking, &used).await?;
    tx.save_policies(&restored).await?;
    tx.remove_policies(&lifted).await?;
    begin(&mut tx, &walked).await?;
    tx.changed(&[Topic::Policy, Topic::Queue]).await?;
    tx.commit().await?;
    let (context, now) = (taking.context, taking.now);
    update_each(store, context, now, &walked, Some(audit_id)).await?;
    Ok(())
}

/// The blocks that are still as an entry left them.
async fn as_before(
    tx: &mut Tx,
    targets: Vec<AuditTarget>,
    undone: &mut Undone,
) -> Result<Vec<BlockAsBefore>> {
    let policies = tx.policies().await?;
    let by_target: HashMap<&str, &BlockRow> = policies
        .iter()
        .map(|policy| (policy.target.as_str(), policy))
        .collect();
    let mut found = Vec::new();
    for noted in targets {
        let change = noted.undo.as_deref().and_then(BlockChange::from_json);
        let target = match &change {
            Some(change) => target_of(tx, &noted.target, change, &policies).await?,
            None => None,
        };
        let Some((change, target)) = change.zip(target) else {
            undone.erased += 1;
            continue;
        };
        if !change.is_as_left(by_target.get(target.as_str()).copied()) {
            undone.changed += 1;
            continue;
        }
        found.push(BlockAsBefore {
            noted,
            change,
            target,
        });
    }
    Ok(found)
}

/// Whom a change is about; `None` for an actor who is not known any more.
async fn target_of(
    tx: &mut Tx,
    name: &str,
    change: &BlockChange,
    policies: &[BlockRow],
) -> Result<Option<Target>> {
    let Some(hash) = change.actor() else {
        return Ok(Some(Target::Domain(name.to_owned())));
    };
    let is_it = |id: &str| Sha256::of(id).hex() == hash;
    let mut blocked = policies.iter().map(|policy| &policy.target);
    if let Some(target) = blocked.find(|target| is_it(target.as_str())) {
        return Ok(Some(target.clone()));
    }
    let url = tx.actor_with_hash(hash).await?;
    Ok(url.filter(|url| is_it(url)).map(Target::Actor))
}

/// What taking an entry back blocks or limits again.
pub(super) async fn again(tx: &mut Tx, id: i64) -> Result<BlocksAgain> {
    let mut again = BlocksAgain::default();
    let Some((_, targets)) = untouched(tx, id).await? else {
        return Ok(again);
    };
    let as_before = as_before(tx, targets, &mut Undone::default()).await?;
    let domains: HashSet<&str> = as_before
        .iter()
        .map(|block| block.target.as_str())
        .collect();
    let known = known_among(tx, |domain| domains.contains(domain)).await?;
    for block in &as_before {
        let is_known = match &block.target {
            Target::Domain(domain) => known.contains(domain),
            Target::Actor(_) => true,
        };
        if !is_known || !block.changes_severity() {
            continue;
        }
        let reached = tx.reached(&block.target).await?;
        match block.change.severity_before() {
            Some(Severity::Block) => {
                again.endorsements += reached.shown + reached.waiting;
                again.followers += reached.awake;
            }
            Some(Severity::Limit) => again.endorsements += reached.shown,
            Some(Severity::Noop) | None => (),
        }
    }
    Ok(again)
}
