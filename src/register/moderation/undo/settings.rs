//! Taking back what was decided about trusted domains, rules and reports.

use std::sync::Arc;

use super::outcome::{TakingBack, Undone, untouched};
use crate::{
    clock::Millis,
    register::{
        error::Result,
        maintenance::judge_again::judge_held_by_removed_rules,
        moderation::{
            trust::{TrustChange, let_in},
            word_rules::{RuleChange, has_room},
        },
        rules::{Context, Rules, trusted_domains, word_rules},
    },
    store::{ReportState, Store, Topic, Tx},
};

/// Trusts the domains of an entry as before.
pub(super) async fn trust_as_before(
    store: &Store,
    taking: TakingBack<'_>,
    id: i64,
    undone: &mut Undone,
) -> Result<()> {
    let mut tx = store.write().await?;
    let Some((entry, targets)) = untouched(&mut tx, id).await? else {
        return Ok(());
    };
    let trusted = tx.trusted_domains().await?;
    let (mut used, mut again) = (Vec::new(), Vec::new());
    for target in targets {
        let change = target.undo.as_deref().map(serde_json::from_str);
        let Some(Ok(TrustChange { before, after })) = change else {
            undone.erased += 1;
            continue;
        };
        let domain = target.target.as_str();
        let since = trusted.iter().find(|(trusted, _)| trusted == domain);
        if since.map(|(_, since)| since.as_millis()) != after {
            undone.changed += 1;
            continue;
        }
        match before {
            Some(since) => {
                tx.trust(domain, Millis::from_millis(since)).await?;
                again.push(domain.to_owned());
            }
            None => {
                tx.untrust(domain).await?;
            }
        }
        undone.is_done(domain);
        used.push(target);
    }
    if used.is_empty() {
        return Ok(());
    }
    undone.note(&mut tx, &entry, taking, &used).await?;
    tx.changed(&[Topic::Policy]).await?;
    let context = refreshed(&mut tx, taking.context).await?;
    tx.commit().await?;
    for domain in &again {
        let_in(store, &context, domain, taking.now).await?;
    }
    Ok(())
}

/// Takes the rule of an entry out of force, or brings it back.
pub(super) async fn rule_as_before(
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
        let change = target.undo.as_deref().map(serde_json::from_str);
        let Some(Ok(RuleChange { number, pattern })) = change else {
            undone.erased += 1;
            continue;
        };
        let is_done = match pattern {
            Some(pattern) => {
                has_room(&mut tx).await?;
                tx.restore_word_rule(number, &pattern).await?
            }
            None => tx.remove_word_rule(number, taking.now).await?,
        };
        if !is_done {
            undone.changed += 1;
            continue;
        }
        undone.is_done(&target.target);
        used.push(target);
    }
    if used.is_empty() {
        return Ok(());
    }
    undone.note(&mut tx, &entry, taking, &used).await?;
    tx.changed(&[Topic::Policy]).await?;
    let context = refreshed(&mut tx, taking.context).await?;
    tx.commit().await?;
    judge_held_by_removed_rules(store, &context, taking.now).await?;
    Ok(())
}

/// Opens the reports of an entry again.
pub(super) async fn open_reports(
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
        let report = match target.target.parse() {
            Ok(number) => tx.report(number).await?,
            Err(_) => None,
        };
        let Some(report) = report else {
            undone.erased += 1;
            continue;
        };
        // Another report about the same opened it again.
        if report.state == ReportState::Open || !tx.reopen_report(report.id).await? {
            undone.changed += 1;
            continue;
        }
        undone.is_done(&format!("report {}", report.id));
        used.push(target);
    }
    if used.is_empty() {
        return Ok(());
    }
    undone.note(&mut tx, &entry, taking, &used).await?;
    Ok(tx.commit().await?)
}

/// The context with the trusted domains and rules of this transaction.
async fn refreshed(tx: &mut Tx, context: &Context) -> Result<Context> {
    let rules = Rules {
        trusted: Arc::new(trusted_domains(tx).await?),
        word_rules: Arc::new(word_rules(tx).await?),
        ..(*context.rules).clone()
    };
    Ok(Context {
        rules: Arc::new(rules),
        ..context.clone()
    })
}
