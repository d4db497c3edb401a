//! The sections about what counts and what is moderated: `endorsing`, `moderation`, `links`, `verify`,
//! `goal`.

use std::{path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    WebUrl,
    values::{ascending, maybe, one, one_second_or_more, positive},
};
use crate::{
    clock::Millis,
    endorsement::policy::{
        Acknowledge, DefaultPolicy, LikeDisplay, NamePolicy, Replies, ReplyDisplay, Statements,
    },
    string_enum::words,
};

/// `[endorsing]`: what makes an endorsement and how it is shown.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct EndorsingConfig {
    /// Which replies and mentions sign.
    pub replies: Replies,
    /// Whether likes and the allowed emoji reactions endorse.
    pub likes: bool,
    /// Whose likes are shown by name.
    pub like_display: LikeDisplay,
    /// Whether signing replies are shown by name.
    pub reply_display: ReplyDisplay,
    /// Whether acts of `Service` and `Application` actors count.
    pub bots: bool,
    /// Whether a direct message that says so signs, counted without a name.
    pub nameless: bool,
    /// A file of signing phrases besides the built-in ones; empty is none. Use
    /// [`super::Config::phrases_file`] to read it.
    pub phrases_file: PathBuf,
    /// The most characters of a statement that are shown; at least 1.
    #[serde(deserialize_with = "positive")]
    pub max_statement_chars: usize,
    /// When the letter closes by itself; `None` is never.
    #[serde(with = "maybe")]
    pub close_at: Option<Millis>,
    /// How a signing reply is acknowledged.
    pub acknowledge: Acknowledge,
}

/// `[moderation]`: what waits for a moderator.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModerationConfig {
    /// What happens to statements.
    pub statements: Statements,
    /// What happens to names.
    pub names: NamePolicy,
    /// Names that always wait for a moderator.
    pub watch_names: Vec<String>,
    /// The minimum age of an account; younger ones wait. Zero disables the check.
    #[serde(with = "one")]
    pub min_account_age: Duration,
    /// Endorsements from one domain in an hour before further ones wait; at least 1.
    #[serde(deserialize_with = "positive")]
    pub surge_per_domain_per_hour: u32,
    /// Endorsements in an hour from all new domains together before further ones wait; at least 1.
    #[serde(deserialize_with = "positive")]
    pub surge_new_domains_per_hour: u32,
    /// From which servers endorsements are accepted at once.
    pub default_policy: DefaultPolicy,
}

/// `[links]`: who is one person in the letter's list and in the Fediverse.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LinksConfig {
    /// Whether GitHub is asked whether the accounts that profiles of listed endorsers link to link back.
    pub github: bool,
    /// The environment variable with a token for GitHub's API, which allows more requests an hour; empty is none.
    pub github_token_env: String,
    /// Where GitHub's API is.
    #[serde(with = "one")]
    pub github_api: WebUrl,
    /// Where the profiles of GitHub are.
    #[serde(with = "one")]
    pub github_pages: WebUrl,
}

/// `[verify]`: the re-check of sources.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct VerifyConfig {
    /// The longest time between two looks at the post and the account behind an endorsement; at least a second.
    #[serde(with = "one_second_or_more")]
    pub interval: Duration,
    /// The least time between the two failed checks that withdraw an endorsement.
    #[serde(with = "one")]
    pub grace: Duration,
}

/// `[goal]`: the milestones that are announced.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct GoalConfig {
    /// Numbers of supporters, positive and ascending.
    #[serde(deserialize_with = "ascending")]
    pub steps: Vec<u64>,
    /// Which number is compared with the steps.
    pub counts: GoalCounts,
    /// How long a milestone must have been reached before it counts.
    #[serde(with = "one")]
    pub settle: Duration,
    /// Whether a reached milestone is announced by a post.
    pub announce: bool,
    /// Whether those posts are unlisted: followers see them, public timelines do not.
    pub quiet: bool,
}

words! {
    /// Which number is compared with the steps of the goal.
    pub enum GoalCounts {
        /// Signatures without likes.
        Signed = "signed",
        /// Signatures and likes.
        Total = "total",
        /// Signatures with a pledge that counts.
        Pledged = "pledged",
    }
}

/// `[pledge]`: what came of the letter, counted.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct PledgeConfig {
    /// The words by which signers say so, as phrases of the grammar of signing; empty is off.
    pub words: Vec<String>,
    /// What those have done who said so, after a number: "have left GitHub".
    pub label: String,
}

impl PledgeConfig {
    /// Most characters of the label.
    pub(super) const LONGEST_LABEL: usize = 80;

    /// What the pages say; `None` while the feature is off.
    pub fn label(&self) -> Option<&str> {
        (!self.words.is_empty()).then(|| self.label.trim())
    }
}
