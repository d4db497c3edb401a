//! The public numbers of supporters, read in one snapshot.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    clock::Millis,
    i18n::SupportCounts,
    letter::SignatorySource,
    store::{Counts, RevisionRow, Tx},
};

/// `/api/v1/count.json`. The order of the members never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountJson {
    /// `signed` and `liked`: supporters, once each.
    pub total: i64,
    /// Signatories, replies and mentions.
    pub signed: i64,
    /// Those who only like the letter.
    pub liked: i64,
    /// Signatories who link to GitHub, or whose list is kept there, and who signed by a comment there, once each.
    pub github: i64,
    /// The other signatories of the letter's own list.
    pub letter: i64,
    /// Who signed by a comment on another forge, by its host.
    #[serde(default)]
    pub forges: BTreeMap<String, i64>,
    /// Endorsers of the Fediverse. Who stands in the letter's list as well is in both numbers, and once in `total`.
    pub fediverse: i64,
    /// Those of `fediverse` who signed without a name, by a direct message.
    pub nameless: i64,
    /// Those of `signed` who say to have done what the letter asks for (`[pledge]`).
    pub pledged: i64,
    /// Signatories whom an administrator entered.
    pub manual: i64,
    /// Organisations; not in `total`.
    pub organisations: i64,
    /// Those who signed the newest substantive revision.
    pub current: i64,
    /// Those who signed an earlier one.
    pub earlier: i64,
    /// Boosts and quotes.
    pub reach: i64,
    /// The newest revision; 0 of a draft.
    pub revision: i64,
    /// When the text was published or last changed.
    pub updated: Millis,
}

/// The numbers of `count.json` and of every headline, from one snapshot. `newest` is the newest substantive
/// revision.
pub async fn count_json(
    tx: &mut Tx,
    revision: &RevisionRow,
    newest: i64,
    endorsed: &Counts,
) -> crate::store::Result<CountJson> {
    let names = tx.signatory_counts(newest).await?;
    let of = |source: SignatorySource| {
        names
            .iter()
            .find(|(named, ..)| named == source.as_str())
            .map_or((0, 0), |(_, all, current)| (*all, *current))
    };
    let (github, github_current) = of(SignatorySource::GitHub);
    let (letter, letter_current) = of(SignatorySource::Letter);
    let (manual, manual_current) = of(SignatorySource::Manual);
    let twice = endorsed.linked;
    let on_github = endorsed.on_forge(SignatorySource::GitHub.as_str()).signed;
    // Of two accounts of one person on a forge and in the Fediverse each counts where it is.
    let accounts = twice.accounts - twice.accounts_on_forges;
    let fediverse = endorsed.signed + endorsed.liked - endorsed.on_forges().signed - accounts;
    let others = endorsed.forges.iter();
    let others = others.filter(|forge| forge.source != SignatorySource::GitHub.as_str());
    let signed = github + letter + manual + endorsed.signed - twice.signed;
    let liked = endorsed.liked - twice.liked;
    let total = signed + liked;
    let current =
        github_current + letter_current + manual_current + endorsed.current - twice.current;
    Ok(CountJson {
        total,
        signed,
        liked,
        github: github + on_github - twice.names_on_github,
        letter: letter - twice.names_elsewhere,
        forges: others
            .map(|forge| (forge.source.clone(), forge.signed))
            .collect(),
        fediverse,
        nameless: endorsed.nameless,
        pledged: endorsed.pledged,
        manual,
        organisations: endorsed.organisations,
        current,
        earlier: total - current,
        reach: endorsed.reach,
        revision: revision.number,
        updated: revision.published_at,
    })
}

impl CountJson {
    /// The numbers of a draft: nobody supports what is not out. `made` is when it was made.
    pub fn of_draft(made: Millis) -> Self {
        Self {
            total: 0,
            signed: 0,
            liked: 0,
            github: 0,
            letter: 0,
            forges: BTreeMap::new(),
            fediverse: 0,
            nameless: 0,
            pledged: 0,
            manual: 0,
            organisations: 0,
            current: 0,
            earlier: 0,
            reach: 0,
            revision: 0,
            updated: made,
        }
    }
}

impl From<&CountJson> for SupportCounts {
    fn from(counts: &CountJson) -> Self {
        let forges = counts.forges.iter();
        let forges = forges.map(|(host, n)| (host.clone(), number(*n)));
        Self {
            signed: number(counts.signed),
            liked: number(counts.liked),
            github: number(counts.github),
            letter: number(counts.letter),
            forges: forges.collect(),
            manual: number(counts.manual),
            organisations: number(counts.organisations),
            current: number(counts.current),
            earlier: number(counts.earlier),
            reach: number(counts.reach),
            pledged: number(counts.pledged),
            nameless: number(counts.nameless),
        }
    }
}

/// The names of the letter's file on GitHub, and elsewhere, whoever of them signed by a comment as well.
pub fn names_of_file(counts: &CountJson, endorsed: &Counts) -> [i64; 2] {
    let github = SignatorySource::GitHub.as_str();
    let (twice, commented) = (endorsed.linked, endorsed.on_forge(github).signed);
    [
        counts.github - commented + twice.names_on_github,
        counts.letter + twice.names_elsewhere,
    ]
}

/// A count of rows as an unsigned number.
pub fn number(counted: i64) -> u64 {
    u64::try_from(counted).unwrap_or(0)
}
