//! `completion` and `man`: what shells and `man` know about the commands.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use clap_complete::Shell;

use super::{
    context::CommandContext,
    output::{Exit, end},
};

#[derive(Clone, Debug, Args)]
pub(super) struct CompletionArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

#[derive(Clone, Debug, Args)]
pub(super) struct ManArgs {
    /// Write one page for each command into this folder, such as /usr/local/share/man/man1
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
}

/// Prints the script that completes commands in a shell.
pub(super) fn completion(
    ctx: &CommandContext,
    mut program: clap::Command,
    args: &CompletionArgs,
) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut program, "undersigned", &mut script);
    ctx.output.text(&String::from_utf8(script)?)
}

/// Prints the page of the program, or writes those of all commands.
pub(super) fn man(
    ctx: &CommandContext,
    program: clap::Command,
    args: &ManArgs,
) -> anyhow::Result<Exit> {
    let Some(folder) = &args.to else {
        let mut page = Vec::new();
        clap_mangen::Man::new(program).render(&mut page)?;
        return ctx.output.text(&String::from_utf8(page)?);
    };
    if !folder.is_dir() {
        return end(
            Exit::Usage,
            format!("{} is no folder; make it first", folder.display()),
        );
    }
    clap_mangen::generate_to(program, folder)
        .with_context(|| format!("cannot write the pages into {}", folder.display()))?;
    Ok(Exit::Done)
}
