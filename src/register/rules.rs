//! The rules in force: the configuration and the stored rules, as one value; and the block list of a transaction.

use std::{collections::HashMap, sync::Arc};

use crate::{
    activitystreams::Urls,
    clock::Millis,
    endorsement::{
        blocks::{BlockList, TrustedDomains},
        names::{self, NameCheck, NameIssue, WatchList},
        policy::{DefaultPolicy, Policy},
        word_rules::{Pattern, WordRule, WordRules},
        wording::{Phrases, Reading, WrittenPost},
    },
    hash::Salt,
    letter::SignatorySource,
    random::Random,
    register::error::Result,
    store::{Topic, Tx},
};

/// What use cases need besides a transaction.
#[derive(Clone, Debug)]
pub struct Context {
    /// The rules in force.
    pub rules: Arc<Rules>,
    /// Our URLs.
    pub urls: Arc<Urls>,
    /// The random source for new ids.
    pub random: Arc<dyn Random>,
    /// The salt for hashed ids that are kept after a person's data is erased.
    pub salt: Salt,
}

/// Everything that decides about acts.
#[derive(Clone, Debug)]
pub struct Rules {
    /// What the organisers decided beforehand.
    pub policy: Policy,
    /// When the letter closes by itself, if it is to.
    pub closes_at: Option<Millis>,
    /// When the letter comes out by itself, if that is planned.
    pub launches_at: Option<Millis>,
    /// Which words sign.
    pub phrases: Arc<Phrases>,
    /// Which words of a signer are a pledge; `None` when nobody is asked for one.
    pub pledge: Option<Arc<Phrases>>,
    /// Which names wait for a moderator.
    pub watch: Arc<WatchList>,
    /// The newest revision: new acts are given for it.
    pub revision: i64,
    /// When each revision was published, oldest first.
    pub revised_at: Vec<(i64, Millis)>,
    /// The letter's language, for what is said to people.
    pub language: String,
    /// The content warnings of what is ours: an answer that repeats one says nothing by it.
    pub warnings: Vec<String>,
    /// Domain and actor blocks and limits.
    pub blocks: Arc<BlockList>,
    /// The domains that moderators trust.
    pub trusted: Arc<TrustedDomains>,
    /// Which words and names wait for a moderator.
    pub word_rules: Arc<WordRules>,
    /// The version of [`Topic::Policy`] that [`blocks`](Self::blocks) is of.
    pub policy_version: i64,
    /// Whether others may quote what is ours (`note.allow_quotes`).
    pub allow_quotes: bool,
    /// Whether all names are off everything public, so that who signs now is told so.
    pub names_off: bool,
    /// The paths of our public `Create` activities, each with that of the letter or post which it published.
    pub creates: HashMap<String, String>,
    /// The host of GitHub's pages, by its authority (`links.github_pages`): the source of who signs there is `github`.
    pub github: String,
}

impl Rules {
    /// What the words of a post say.
    pub fn read(&self, written: WrittenPost<'_>) -> Reading {
        self.phrases.read(written)
    }

    /// The revision that something said at `said` is about: the newest one of that moment. What is dated before the
    /// first revision is about the first; what has no date, about the newest.
    pub fn revision_of(&self, said: Option<Millis>) -> i64 {
        let Some(said) = said else {
            return self.revision;
        };
        let mut known = self.revised_at.iter().filter(|(_, at)| *at <= said);
        known
            .next_back()
            .or(self.revised_at.first())
            .map_or(self.revision, |(number, _)| *number)
    }

    /// The number of the first rule that finds something in a post, or in the name or user name of its author.
    pub fn caught(
        &self,
        written: Option<WrittenPost<'_>>,
        name: &str,
        handle: &str,
    ) -> Option<i64> {
        let names = [Some(name), names::user_of(handle)].into_iter().flatten();
        let by_name = names.filter_map(|name| self.word_rules.in_name(name)).min();
        by_name.or_else(|| self.word_rules.in_post(written?))
    }

    /// Whether what comes from this actor waits because its server is not trusted.
    pub fn is_kept_waiting(&self, actor: &str) -> bool {
        self.policy.default_policy == DefaultPolicy::Allowlist && !self.trusted.has_host_of(actor)
    }

    /// The source of what people sign on a forge, by the authority of its pages: `github`, or the host itself.
    pub fn source_of_forge<'a>(&'a self, authority: &'a str) -> &'a str {
        if authority == self.github {
            SignatorySource::GitHub.as_str()
        } else {
            authority
        }
    }

    /// Whether a cleaned name is one short line that looks like no address: all that `names = "auto"` asks.
    pub fn is_one_plain_line(&self, name: &str) -> bool {
        !matches!(
            names::check(name, &self.watch, false),
            NameCheck::Fails(
                NameIssue::TooLong | NameIssue::LooksLikeAddress | NameIssue::LineBreak
            )
        )
    }

    /// Whether a cleaned name may be shown at once; `taken` when somebody else's looks the same.
    pub fn passes_as_name(&self, name: &str, taken: bool) -> bool {
        names::check(name, &self.watch, taken) == NameCheck::Passes
    }

    /// Whether the words of a post hold nothing for which a name would fail.
    pub fn text_passes(&self, text: &str) -> bool {
        names::text_passes(text, &self.watch)
    }

    /// Whether the user name of a handle may be shown at once.
    pub fn passes_as_handle(&self, user: &str) -> bool {
        names::check(user, &self.watch, false) == NameCheck::Passes
    }
}

/// Loads the block list.
pub async fn block_list(tx: &mut Tx) -> Result<BlockList> {
    let policies = tx.policies().await?;
    Ok(policies
        .into_iter()
        .map(|policy| (policy.target, policy.severity))
        .collect())
}

/// Loads the trusted domains.
pub async fn trusted_domains(tx: &mut Tx) -> Result<TrustedDomains> {
    let domains = tx.trusted_domains().await?.into_iter();
    Ok(domains.map(|(domain, _)| domain).collect())
}

/// Loads the moderators' rules. A pattern that this program cannot read finds nothing; `rule add` stores none.
pub async fn word_rules(tx: &mut Tx) -> Result<WordRules> {
    let rows = tx.word_rules().await?.into_iter();
    let rules = rows.filter_map(|row| {
        Some(WordRule {
            number: row.number,
            pattern: Pattern::parse(&row.pattern).ok()?,
            scope: row.scope,
        })
    });
    Ok(WordRules::new(rules.collect()))
}

/// The block list as it is in this transaction: that of the rules, unless it changed since they were loaded.
pub(in crate::register) async fn in_force(
    tx: &mut Tx,
    context: &Context,
) -> Result<Arc<BlockList>> {
    if tx.version(Topic::Policy).await? == context.rules.policy_version {
        return Ok(Arc::clone(&context.rules.blocks));
    }
    Ok(Arc::new(block_list(tx).await?))
}
