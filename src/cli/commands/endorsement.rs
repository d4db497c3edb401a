//! Endorsements, and which of them are meant.

use clap::{Args, Subcommand};

use super::time;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum EndorsementCommand {
    /// List endorsements; with `--state comment` the replies that do not sign
    List {
        #[command(flatten)]
        conditions: ConditionArgs,
        /// Part of the name, the handle or the words
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        /// The most to list
        #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(i64).range(1..=1_000_000))]
        limit: i64,
    },
    /// Show one endorsement: an id, an actor's URL, or @user@host
    Show {
        /// Which one
        id: String,
        /// Also the signed request behind it
        #[arg(long)]
        evidence: bool,
    },
    /// Let in what waits
    Approve(DecisionArgs),
    /// Refuse for good; needs --reason
    Reject(DecisionArgs),
    /// Take off the page for now
    Hide(DecisionArgs),
    /// Put back what was hidden
    Unhide(DecisionArgs),
    /// End an endorsement on somebody's behalf; needs --reason
    Withdraw {
        /// Which one
        id: String,
        /// Why: a code (spam, slur, impersonation, duplicate, request, legal, mistake, other), a colon,
        /// and free text
        #[arg(long)]
        reason: Option<String>,
    },
}

/// Conditions: all that are given have to hold.
#[derive(Clone, Debug, Default, Args)]
pub(in crate::cli) struct ConditionArgs {
    /// Those in this state: listed, counted, pending, comment, hidden, rejected, withdrawn, late, invalid
    #[arg(long)]
    pub(in crate::cli) state: Option<crate::endorsement::State>,
    /// Those of this kind: reply, mention, quote, like, reaction, comment
    #[arg(long)]
    pub(in crate::cli) kind: Option<crate::endorsement::ActKind>,
    /// Those from this host; * stands for anything
    #[arg(long, value_name = "GLOB")]
    pub(in crate::cli) host: Option<String>,
    /// Those that wait for this: unsure, paused, decision, organisation, age, limited, surge, rule, name
    #[arg(long, value_name = "WHAT")]
    pub(in crate::cli) waits_for: Option<crate::endorsement::WaitsFor>,
    /// Those whose key changed unannounced, whatever their state: only leaving is obeyed until they are approved
    #[arg(long)]
    pub(in crate::cli) frozen: bool,
    /// Those given at this time or later (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(in crate::cli) after: Option<crate::clock::Millis>,
    /// Those given before this time (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(in crate::cli) before: Option<crate::clock::Millis>,
    /// Those with this in their name
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) name: Option<String>,
}

/// What is decided about.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct DecisionArgs {
    /// Which ones: ids (their first four characters do), actors' URLs, or @user@host
    pub(in crate::cli) ids: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) conditions: ConditionArgs,
    /// Why: a code (spam, slur, impersonation, duplicate, request, legal, mistake, other), a colon, and
    /// free text
    #[arg(long)]
    pub(in crate::cli) reason: Option<String>,
    /// Do it; without this, conditions only count
    #[arg(long)]
    pub(in crate::cli) apply: bool,
}
