//! `rule add | list | remove | test`.

use clap::Subcommand;
use serde::Serialize;

use super::{
    context::CommandContext,
    output::{Exit, end},
};
use crate::{
    clock::Millis,
    endorsement::word_rules::RuleScope,
    register::{
        maintenance::judge_again::judge_held_by_removed_rules,
        moderation::word_rules::{add as add_rule, remove as remove_rule},
        rules::word_rules,
    },
    store::{Access, WordRuleRow},
};

#[derive(Debug, Subcommand)]
pub(super) enum RuleCommand {
    /// Let whoever writes these words, or bears them as a name, wait for a moderator; nothing that is shown changes
    Add {
        /// Words one after the other; * is any letters in a word, alone any one word
        pattern: String,
        /// Look only there: text (posts and their warnings) or name (names and user names)
        #[arg(long = "in", value_name = "text|name", default_value_t = RuleScope::Both, hide_default_value = true)]
        scope: RuleScope,
    },
    /// List the rules
    List,
    /// Remove a rule, and judge again what it held
    Remove {
        /// Its number
        #[arg(value_name = "N")]
        number: i64,
    },
    /// List the rules that find something in a text, as a post or as a name
    Test {
        /// The text
        text: String,
    },
}

/// One rule in JSON.
#[derive(Debug, Serialize)]
struct RuleJson<'a> {
    id: i64,
    pattern: &'a str,
    #[serde(rename = "in")]
    scope: RuleScope,
    by: &'a str,
    at: Millis,
    /// The audit entry of what changed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    audit: Option<i64>,
}

impl<'a> From<&'a WordRuleRow> for RuleJson<'a> {
    fn from(row: &'a WordRuleRow) -> Self {
        Self {
            id: row.number,
            pattern: &row.pattern,
            scope: row.scope,
            by: &row.by,
            at: row.at,
            audit: None,
        }
    }
}

/// `rule …`.
pub(super) async fn run(ctx: &CommandContext, command: &RuleCommand) -> anyhow::Result<Exit> {
    match command {
        RuleCommand::Add { pattern, scope } => add(ctx, pattern, *scope).await,
        RuleCommand::List => {
            let env = ctx.open(Access::Existing).await?;
            let rows = env.store.read().await?.word_rules().await?;
            list(ctx, &rows)
        }
        RuleCommand::Remove { number } => remove(ctx, *number).await,
        RuleCommand::Test { text } => test(ctx, text).await,
    }
}

async fn add(ctx: &CommandContext, pattern: &str, scope: RuleScope) -> anyhow::Result<Exit> {
    let env = ctx.open_living().await?;
    let at = env.clock.now();
    let mut tx = env.store.write().await?;
    let (number, audit) = add_rule(&mut tx, pattern, scope, &env.operator, at).await?;
    tx.commit().await?;
    let row = WordRuleRow {
        number,
        pattern: pattern.to_owned(),
        scope,
        by: env.operator.clone(),
        at,
    };
    let sentence = format!(
        "rule {number}; what it finds from now on waits (`endorsement list --waits-for rule`)"
    );
    tell(ctx, &row, audit, &sentence)
}

/// Says what came of it, and what takes it back.
fn tell(
    ctx: &CommandContext,
    row: &WordRuleRow,
    audit: i64,
    sentence: &str,
) -> anyhow::Result<Exit> {
    ctx.output.say_undo(audit);
    let json = RuleJson {
        audit: Some(audit),
        ..RuleJson::from(row)
    };
    ctx.output.answer(&json, sentence)
}

async fn remove(ctx: &CommandContext, number: i64) -> anyhow::Result<Exit> {
    let env = ctx.open_living().await?;
    let now = env.clock.now();
    let mut tx = env.store.write().await?;
    let removed = remove_rule(&mut tx, number, &env.operator, now).await?;
    let Some((row, audit)) = removed else {
        return end(Exit::NotFound, format!("there is no rule {number}"));
    };
    tx.commit().await?;
    // When this is interrupted, the server's periodic maintenance finishes it.
    judge_held_by_removed_rules(&env.store, &env.context().await?, now).await?;
    tell(ctx, &row, audit, &format!("removed: rule {number}"))
}

async fn test(ctx: &CommandContext, text: &str) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let mut tx = env.store.read().await?;
    let mut rows = tx.word_rules().await?;
    let rules = word_rules(&mut tx).await?;
    let scopes = [RuleScope::Text, RuleScope::Name];
    let finding: Vec<i64> = scopes
        .iter()
        .flat_map(|scope| rules.finding(text, *scope))
        .collect();
    rows.retain(|row| finding.contains(&row.number));
    list(ctx, &rows)
}

fn list(ctx: &CommandContext, rows: &[WordRuleRow]) -> anyhow::Result<Exit> {
    let rules: Vec<_> = rows.iter().map(RuleJson::from).collect();
    ctx.output
        .list(&rules, &["id", "in", "pattern", "by", "at"], |rule| {
            vec![
                rule.id.to_string(),
                rule.scope.to_string(),
                rule.pattern.to_owned(),
                rule.by.to_owned(),
                rule.at.to_string(),
            ]
        })
}
