//! The two numbers that the letter is proud of.

use crate::store::{Result, Tx};

/// How many supporters there are, signatories and endorsers together; organisations are not in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Signatories, and endorsers who replied, mentioned or quoted.
    pub signed: i64,
    /// Endorsers who only like the letter.
    pub liked: i64,
}

/// Counts everybody who is in the public totals.
pub async fn totals(tx: &mut Tx) -> Result<Totals> {
    let newest = tx.newest_substantive_revision().await?;
    let names = tx.signatory_counts(newest).await?;
    let counts = tx.counts(newest).await?;
    Ok(Totals {
        signed: counts.signed + names.iter().map(|it| it.1).sum::<i64>(),
        liked: counts.liked,
    })
}
