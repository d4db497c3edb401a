//! `review`: what waits for a moderator, one entry after the other, at a terminal.
//!
//! - [`session`] says what each key does, and [`screen`](mod@screen) what is shown; both are pure.
//! - [`keyboard`] reads single keys.
//!
//! **Not here:** the order of the queue (`register::moderation::review_queue`), decisions (`register::moderation`).

mod keyboard;
mod orders;
mod screen;
mod session;

use std::io::{IsTerminal as _, Write as _};

use clap::Args;

use self::{
    keyboard::{Keyboard, columns},
    orders::ReviewDesk,
    screen::{AccountDetails, screen},
    session::{ReviewOrder, ReviewSession},
};
use super::{
    context::CommandContext,
    output::{Exit, end},
};
use crate::{
    register::moderation::review_queue::{MOST_ENTRIES, ReviewChoice, load},
    store::Access,
};

/// What is gone through; everything but comments when nothing is named.
#[derive(Clone, Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
pub(super) struct ReviewArgs {
    /// Endorsements that wait
    #[arg(long)]
    endorsements: bool,
    /// Statements of endorsements that are shown
    #[arg(long)]
    statements: bool,
    /// Names that are not shown yet
    #[arg(long)]
    names: bool,
    /// Reports by other servers
    #[arg(long)]
    reports: bool,
    /// Comments, which wait for nobody
    #[arg(long)]
    comments: bool,
    /// Only what comes from this host; * stands for anything
    #[arg(long, value_name = "HOST")]
    host: Option<String>,
}

impl ReviewArgs {
    fn choice(&self) -> ReviewChoice {
        let named = [
            self.endorsements,
            self.statements,
            self.names,
            self.reports,
            self.comments,
        ];
        let all = !named.contains(&true);
        ReviewChoice {
            endorsements: self.endorsements || all,
            statements: self.statements || all,
            names: self.names || all,
            reports: self.reports || all,
            comments: self.comments,
            host: self.host.clone(),
        }
    }
}

/// `review`.
pub(super) async fn run(ctx: &CommandContext, args: &ReviewArgs) -> anyhow::Result<Exit> {
    if ctx.output.is_json() || !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return end(
            Exit::Usage,
            "review needs a terminal; scripts use `endorsement list --state pending` and \
             `endorsement approve`",
        );
    }
    let env = ctx.open(Access::Existing).await?;
    let (groups, is_more) = load(&env.store, &args.choice()).await?;
    if groups.is_empty() {
        return ctx.output.text("nothing waits");
    }
    let mut session = ReviewSession::of(groups);
    let mut desk = ReviewDesk::at(&env).await?;
    let gone_through = go_through(&mut session, &mut desk).await;
    let mut said = session.done().join("\n");
    if session.skipped() > 0 {
        said = format!("{said}\nskipped: {}", session.skipped());
    }
    if is_more {
        said = format!(
            "{said}\nthere are more than {MOST_ENTRIES} of a kind; run review again for the rest"
        );
    }
    ctx.output.text(said.trim_start())?;
    gone_through
}

/// Shows one entry after the other, until the moderator ends it.
async fn go_through(
    session: &mut ReviewSession,
    desk: &mut ReviewDesk<'_>,
) -> anyhow::Result<Exit> {
    let mut keyboard = Keyboard::open()?;
    loop {
        let account = match session.entry() {
            Some(entry) => desk.account(entry).await?,
            None => AccountDetails::default(),
        };
        draw(&screen(session, &account, columns()))?;
        let Some(key) = keyboard.key().await? else {
            return Ok(Exit::Done);
        };
        match session.press(key) {
            None => (),
            Some(ReviewOrder::Quit) => return Ok(Exit::Done),
            Some(order) => {
                desk.carry_out(session, order).await?;
                // What was typed ahead was meant for what was on the screen then.
                keyboard.forget_typed_ahead()?;
            }
        }
    }
}

/// Clears the terminal and writes these lines.
fn draw(lines: &[String]) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    write!(stdout, "\u{1b}[H\u{1b}[2J{}\r\n", lines.join("\r\n"))?;
    stdout.flush()?;
    Ok(())
}
