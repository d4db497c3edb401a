//! The questions of `init` at a terminal. Each is asked until its answer is right; what an option or the environment
//! says already is not asked.

use std::{
    io::{BufRead as _, IsTerminal as _, stdin},
    path::Path,
};

use super::answers::{Answers, check_letter, is_local};
use crate::{
    cli::{
        context::CommandContext,
        output::{Exit, Output, end},
    },
    config::environment_sets,
};

/// Whether a person sits there.
pub(super) fn can_ask() -> bool {
    stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks for what is not known yet about the letter whose configuration will be this file.
pub(super) fn ask(ctx: &CommandContext, given: Answers, file: &Path) -> anyhow::Result<Answers> {
    let output = &ctx.output;
    let is_set = |section, key| environment_sets(section, key, std::env::vars());
    given.check(file)?;
    let mut known = given;
    if known.domain.is_none() && !is_set("server", "base_url") {
        known = until_right(
            output,
            "Domain of the letter, such as letter.example (empty: only this machine): ",
            &known,
            file,
            |answers, typed| answers.domain = some(typed),
        )?;
    }
    if known.username.is_none() && !is_set("actor", "username") {
        known = until_right(
            output,
            "User name of its account (empty: letter): ",
            &known,
            file,
            |answers, typed| answers.username = some(typed),
        )?;
    }
    let is_public = known
        .domain
        .as_deref()
        .is_some_and(|domain| !is_local(domain));
    if is_public && known.contact.is_none() && !is_set("actor", "contact") {
        while known.contact.is_none() {
            known = until_right(
                output,
                "Who answers for it, such as Ada Lovelace <ada@letter.example>: ",
                &known,
                file,
                |answers, typed| answers.contact = some(typed),
            )?;
        }
    }
    if known.addressees.is_empty() && !is_set("moderation", "watch_names") {
        output.say("To whom is it addressed? Names with these words in them wait for you.");
        loop {
            let typed = line(output, "An addressee (empty: no more): ")?;
            if typed.is_empty() {
                break;
            }
            known.addressees.push(typed);
        }
    }
    while known.letter.is_none() && !is_set("letter", "file") {
        let typed = line(output, "File of the letter (empty: letter.md): ")?;
        if typed.is_empty() {
            break;
        }
        match check_letter(Path::new(&typed)) {
            Ok(()) => known.letter = Some(typed.into()),
            Err(error) => output.say(&format!("{error:#}")),
        }
    }
    Ok(known)
}

/// Asks one question until the configuration with its answer is right.
fn until_right(
    output: &Output,
    question: &str,
    known: &Answers,
    file: &Path,
    set: impl Fn(&mut Answers, String),
) -> anyhow::Result<Answers> {
    loop {
        let mut with_answer = known.clone();
        set(&mut with_answer, line(output, question)?);
        match with_answer.check(file) {
            Ok(()) => return Ok(with_answer),
            Err(problems) => output.say(&problems.messages()),
        }
    }
}

fn some(typed: String) -> Option<String> {
    (!typed.is_empty()).then_some(typed)
}

/// Reads one line; an end of the input ends the command.
fn line(output: &Output, question: &str) -> anyhow::Result<String> {
    output.ask(question);
    let mut typed = String::new();
    if stdin().lock().read_line(&mut typed)? == 0 {
        return end(
            Exit::Usage,
            "the questions were not answered; nothing was made",
        );
    }
    Ok(typed.trim().to_owned())
}
