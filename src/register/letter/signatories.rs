//! The names of the letter's file, taken over into the register.

use std::collections::HashMap;

use crate::{
    clock::Millis,
    endorsement::names,
    letter::Letter,
    random::{PublicId, Random},
    register::Result,
    store::{NewSignatory, SignatoryRow, Tx},
};

/// Compares the file's names with the register's: who is new is added, who went is withdrawn, everybody
/// else takes the file's spelling and place. Gives how many joined, how many went, and whether anything
/// changed.
pub(super) async fn take_over_names(
    tx: &mut Tx,
    letter: &Letter,
    revision: i64,
    chance: &dyn Random,
    now: Millis,
) -> Result<(usize, usize, bool)> {
    let known: Vec<SignatoryRow> = tx
        .signatories()
        .await?
        .into_iter()
        .filter(|it| it.source == "github")
        .collect();
    let mut unclaimed: HashMap<String, Vec<&SignatoryRow>> = HashMap::new();
    for row in known.iter().rev() {
        unclaimed
            .entry(key(row.handle.as_deref(), &row.name))
            .or_default()
            .push(row);
    }
    let (mut changed, mut joined) = (Vec::new(), 0);
    for it in &letter.signatories {
        let before = unclaimed
            .get_mut(&key(it.handle.as_deref(), &it.name))
            .and_then(Vec::pop);
        let returns = before.is_none_or(|row| row.gone_at.is_some());
        joined += usize::from(returns);
        let row = NewSignatory {
            public_id: before.map_or_else(|| PublicId::random(chance), |row| row.public_id.clone()),
            name: it.name.clone(),
            skeleton: names::skeleton(&it.name),
            handle: it.handle.clone(),
            url: it.url.clone(),
            affiliation: it.affiliation.clone(),
            source: "github".to_owned(),
            position: i64::from(it.position),
            line: Some(i64::from(it.line)),
            revision: before
                .filter(|_| !returns)
                .map_or(revision, |row| row.revision),
            state: before
                .filter(|_| !returns)
                .map_or("listed", |row| &row.state)
                .to_owned(),
            listed_at: before.filter(|_| !returns).map_or(now, |row| row.listed_at),
            gone_at: None,
        };
        if before != Some(&row) {
            changed.push(row);
        }
    }
    let mut gone = 0;
    for row in unclaimed
        .into_values()
        .flatten()
        .filter(|it| it.gone_at.is_none())
    {
        gone += 1;
        changed.push(NewSignatory {
            state: "withdrawn".to_owned(),
            gone_at: Some(now),
            ..row.clone()
        });
    }
    tx.save_signatories(&changed).await?;
    Ok((joined, gone, !changed.is_empty()))
}

/// What tells one name of the file from the others: the handle, else the name.
fn key(handle: Option<&str>, name: &str) -> String {
    handle.map_or_else(
        || format!("name {}", name.to_lowercase()),
        |it| format!("handle {}", it.to_lowercase()),
    )
}
