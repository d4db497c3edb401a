//! `check`: whether states, history, counts and reach agree.

use clap::Args;

use super::{context::CommandContext, output::Exit};
use crate::{
    register::maintenance::check::{check, repair},
    store::Access,
};

#[derive(Clone, Debug, Args)]
pub(super) struct CheckArgs {
    /// Put right what can be derived
    #[arg(long)]
    repair: bool,
}

/// Checks every endorsement; repairs what can be derived if asked to.
pub(super) async fn run(ctx: &CommandContext, args: &CheckArgs) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let context = env.context().await?;
    let now = env.clock.now();
    let report = if args.repair {
        repair(&env.store, &context, now).await?
    } else {
        check(&env.store, &context, now).await?
    };
    if ctx.output.is_json() {
        ctx.output.json(&report)?;
    } else {
        for finding in &report.findings {
            let who = finding.id.as_ref().map_or("all", |id| id.as_str());
            let remedy = finding.remedy.filter(|_| finding.repaired);
            let done = remedy.map_or_else(String::new, |remedy| format!(": {remedy}"));
            ctx.output
                .text(&format!("{who} {}{done}", finding.problem))?;
        }
        ctx.output.text(&format!(
            "{} endorsements, {} problems, {} repaired",
            report.endorsements,
            report.findings.len(),
            report.repaired
        ))?;
    }
    let agrees = if args.repair && !report.findings.is_empty() {
        let left = check(&env.store, &context, now).await?;
        left.findings.is_empty()
    } else {
        report.findings.is_empty()
    };
    Ok(if agrees { Exit::Done } else { Exit::Integrity })
}
