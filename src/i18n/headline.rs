//! How many support the letter, in words.

use std::fmt;

use super::words::Language;

/// The numbers of supporters that the pages name.
#[derive(Clone, Debug, Default)]
pub struct SupportCounts {
    /// Signatories, and endorsers who replied or mentioned.
    pub signed: u64,
    /// Endorsers who only like the letter, with or without a name.
    pub liked: u64,
    /// Signatories who link to GitHub, or whose list is kept there, and who signed by a comment there.
    pub github: u64,
    /// Who signed by a comment on another forge, by its host.
    pub forges: Vec<(String, u64)>,
    /// The other signatories of the letter's own list.
    pub letter: u64,
    /// Signatories whom an administrator entered.
    pub manual: u64,
    /// Organisations, which are counted apart.
    pub organisations: u64,
    /// Those who signed the newest substantive revision.
    pub current: u64,
    /// Those who signed an earlier one.
    pub earlier: u64,
    /// Boosts and quotes; never support.
    pub reach: u64,
    /// Those of `signed` who say to have done what the letter asks for.
    pub pledged: u64,
    /// Those of `signed` who signed without a name.
    pub nameless: u64,
}

/// The name of a forge, by its host: its own where that is known, else the host.
pub fn forge_name(host: &str) -> &str {
    match host {
        "codeberg.org" => "Codeberg",
        "github.com" => "GitHub",
        _ => host,
    }
}

/// The parts of the headline, which the page styles separately; [`fmt::Display`] joins them to one line.
#[derive(Debug)]
pub(crate) struct Headline {
    /// The number of signatures, `None` while there is none.
    pub(crate) figure: Option<String>,
    /// "signatures", or "No signatures yet" when there is no number.
    pub(crate) noun: &'static str,
    /// ", including 41 without a name".
    pub(crate) nameless: Option<String>,
    /// "20 on GitHub, 12 on Codeberg, 1 in the letter, 1,203 in the Fediverse".
    pub(crate) sources: Option<String>,
    /// "8,800 more accounts like the letter".
    pub(crate) likes: Option<String>,
}

impl fmt::Display for Headline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(figure) = &self.figure {
            write!(f, "{figure} ")?;
        }
        f.write_str(self.noun)?;
        if let Some(nameless) = &self.nameless {
            f.write_str(nameless)?;
        }
        if let Some(sources) = &self.sources {
            write!(f, " ({sources})")?;
        }
        if let Some(likes) = &self.likes {
            write!(f, " · {likes}")?;
        }
        Ok(())
    }
}

impl Language {
    /// The headline, which never adds likes to signatures.
    ///
    /// The number of the Fediverse is computed as all signatures minus the other sources, so that the parts always add
    /// up to the number before them.
    pub(crate) fn headline(&self, counts: &SupportCounts) -> Headline {
        let words = &self.counts;
        let forges = counts.forges.iter().map(|(_, n)| *n);
        let elsewhere = [counts.github, counts.letter, counts.manual];
        let elsewhere = forges.chain(elsewhere).fold(0_u64, u64::saturating_add);
        let on_forge = |(host, n): &(String, u64)| {
            let pattern = words.on_forge.replace("{forge}", forge_name(host));
            (*n, pattern)
        };
        let others = [
            (counts.letter, words.in_letter),
            (counts.signed.saturating_sub(elsewhere), words.in_fediverse),
            (counts.manual, words.by_hand),
        ];
        let others = others.map(|(n, pattern)| (n, pattern.to_owned()));
        let sources: Vec<String> = std::iter::once((counts.github, words.on_github.to_owned()))
            .chain(counts.forges.iter().map(on_forge))
            .chain(others)
            .filter(|(n, _)| *n > 0)
            .map(|(n, pattern)| pattern.replace("{n}", &self.number(n)))
            .collect();
        let likes = if counts.signed > 0 {
            &words.more_likes
        } else {
            &words.only_likes
        };
        Headline {
            figure: (counts.signed > 0).then(|| self.number(counts.signed)),
            noun: match counts.signed {
                0 => words.no_signatures,
                n => self.form(n, &words.signatures),
            },
            nameless: (counts.nameless > 0).then(|| {
                let n = self.number(counts.nameless);
                let including = self.nameless.including.replace("{n}", &n);
                format!("{}{including}", self.comma)
            }),
            // One source alone would be the same number again.
            sources: (counts.signed > 0 && sources.len() > 1).then(|| sources.join(self.comma)),
            likes: (counts.liked > 0).then(|| self.count(counts.liked, likes)),
        }
    }

    /// "N signed this text, M an earlier one"; `None` while everybody signed this one.
    pub(crate) fn earlier(&self, counts: &SupportCounts) -> Option<String> {
        (counts.earlier > 0).then(|| {
            let pattern = self
                .counts
                .earlier
                .replace("{n}", &self.number(counts.current));
            pattern.replace("{m}", &self.number(counts.earlier))
        })
    }

    /// "412 signed, 87 of them have left GitHub", with the organisers' words at the end; `None` while nobody did.
    pub(crate) fn pledged(&self, counts: &SupportCounts, label: &str) -> Option<String> {
        (counts.pledged > 0).then(|| {
            let pattern = self
                .counts
                .pledged
                .replace("{n}", &self.number(counts.signed));
            let pattern = pattern.replace("{m}", &self.number(counts.pledged));
            pattern.replace("{label}", label)
        })
    }

    /// "Projects, servers and organisations: 3", which are not in the total; `None` for none.
    pub(crate) fn organisations(&self, counts: &SupportCounts) -> Option<String> {
        let n = counts.organisations;
        let pattern = self.counts.organisations;
        (n > 0).then(|| pattern.replace("{n}", &self.number(n)))
    }

    /// The number of boosts and quotes, which never count as support; `None` for none.
    pub(crate) fn reach(&self, counts: &SupportCounts) -> Option<String> {
        (counts.reach > 0).then(|| self.count(counts.reach, &self.counts.boosts))
    }
}
