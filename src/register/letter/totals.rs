//! The letter's two public totals.

use crate::store::{Result, Tx};

/// How many supporters there are, signatories and endorsers together, without organisations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Signatories, and endorsers who replied, mentioned or quoted.
    pub signed: i64,
    /// Endorsers who only like the letter.
    pub liked: i64,
    /// Endorsers who signed, and say to have done what the letter asks for.
    pub pledged: i64,
}

/// Counts everybody who is in the public totals.
pub async fn totals(tx: &mut Tx) -> Result<Totals> {
    let newest = tx.newest_substantive_revision().await?;
    let names = tx.signatory_counts(newest).await?;
    let counts = tx.counts(newest).await?;
    Ok(Totals {
        signed: counts.signed + names.iter().map(|(_, n, _)| n).sum::<i64>() - counts.linked.signed,
        liked: counts.liked - counts.linked.liked,
        pledged: counts.pledged,
    })
}
