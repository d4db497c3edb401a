//! `letter check | publish | show | versions | diff | preview | launch | open | pause | close`.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::{Subcommand, ValueEnum};
use serde::Serialize;

use super::{
    args::Limit,
    config::without_signing_words,
    context::CommandContext,
    launch::{self, LaunchArgs, PreviewArgs},
    output::{Exit, Output, counted, end},
    times::{Sense, TimeArg},
};
use crate::{
    clock::Millis,
    config::LaunchMode,
    endorsement::policy::LetterState,
    letter::{
        Check, Digest, Signatory,
        diff::{Change, Piece, diff as word_diff},
    },
    register::{
        self,
        actor::profile_update::follow_state,
        error::NoChange,
        letter::{
            launch::{call_off, planned},
            letter_state::{Wish, decide},
            note::Text,
            publish::{Doubt, PublishOrder, Published, RevisionKind, publish as publish_letter},
            translations::{Translation, publish_translations, standing},
        },
        maintenance::judge_again::judge_paused,
    },
    server::{
        Environment, environment,
        letter_file::{read_letter, read_translations},
        letter_source::{SourceError, fetch_source},
        setup::{ActorSettings, client},
    },
    store::{Access, RevisionRow, TranslationRow},
    text::{html_to_text, shorten, visible},
};

#[derive(Debug, Subcommand)]
pub(super) enum LetterCommand {
    /// Read a file and say what would be published: needs no database
    Check {
        /// The Markdown file
        file: PathBuf,
    },
    /// Publish the text and its translations, or take over its names when the text is unchanged
    ///
    /// Translations are the files beside `letter.file` such as letter.de.md: the page of one whose file is gone is taken
    /// away. With another FILE, and with --from-source, they stay as they are.
    Publish {
        /// The Markdown file [default: letter.file]
        file: Option<PathBuf>,
        /// What changed: once anybody has signed, there is no default
        #[arg(long, value_enum)]
        kind: Option<KindArg>,
        /// What to tell people about the change, in the public history
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
        /// With another text: also publish a post below the letter that says what changed and asks to sign again
        #[arg(long)]
        tell: bool,
        /// Read the file at `letter.source_url` instead; exit code 6 when that does not answer
        #[arg(long, conflicts_with = "file")]
        from_source: bool,
        /// With --kind typo: publish even what changes more than a typo may, which the history shows
        #[arg(long)]
        yes: bool,
    },
    /// Print the published text
    Show,
    /// List the revisions
    Versions {
        #[command(flatten)]
        limit: Limit,
    },
    /// Show what changed from one revision to another, word by word
    Diff {
        /// The number of the earlier revision
        #[arg(value_name = "A")]
        before: i64,
        /// The number of the later revision
        #[arg(value_name = "B")]
        after: i64,
    },
    /// Print the address of the preview of a draft, which nobody finds without it
    Preview(PreviewArgs),
    /// Publish a draft, now or at a minute: needs --yes without a terminal, unless it is planned with --at
    ///
    /// What is planned is exactly the text and the names of `letter.file` as they are now, whatever happens to the file;
    /// `letter launch --at` again replaces the plan, `letter pause` calls it off. A server that was down at the minute
    /// launches when it starts.
    Launch(LaunchArgs),
    /// Take signatures again: what waited meanwhile is decided, and no closing time is left
    Open,
    /// Let what arrives wait until `letter open`, leaving works at any time; of a draft, call the planned launch off
    Pause,
    /// Take no more signatures, now or from a time on, and tell everybody who has a copy of the letter
    Close {
        /// When, such as "2026-12-31 18:00 Europe/Berlin"; a span such as "3 days" is ahead, a date is its end
        #[arg(long, value_name = "TIME")]
        at: Option<TimeArg>,
    },
}

/// What a changed text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum KindArg {
    /// A correction: signatures are carried over
    Typo,
    /// Another text: earlier signatures stay with the text that was signed
    Substantive,
}

impl From<KindArg> for RevisionKind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Typo => Self::Typo,
            KindArg::Substantive => Self::Substantive,
        }
    }
}

/// `letter …`.
pub(super) async fn run(ctx: &CommandContext, command: &LetterCommand) -> anyhow::Result<Exit> {
    match command {
        LetterCommand::Check { file } => check(ctx, file),
        LetterCommand::Publish {
            file,
            kind,
            note,
            tell,
            from_source,
            yes,
        } => {
            let from = match (from_source, file) {
                (true, _) => LetterSource::Url,
                (false, Some(file)) => LetterSource::File(file),
                (false, None) => LetterSource::Configured,
            };
            let change = StatedChange {
                kind: kind.map(RevisionKind::from),
                note: note.clone(),
                tell: *tell,
                doubt: if *yes {
                    Doubt::Overruled
                } else {
                    Doubt::Refuses
                },
            };
            Box::pin(publish(ctx, from, change)).await
        }
        LetterCommand::Diff { before, after } => diff(ctx, *before, *after).await,
        LetterCommand::Preview(args) => launch::preview(ctx, *args).await,
        LetterCommand::Launch(args) => Box::pin(launch::launch(ctx, args)).await,
        LetterCommand::Open => Box::pin(change_state(ctx, Wish::Open)).await,
        LetterCommand::Pause => Box::pin(change_state(ctx, Wish::Pause)).await,
        LetterCommand::Close { at } => {
            let at = at.as_ref();
            let at = at.map(|at| ctx.instant("--at", at, Sense::Deadline));
            let wish = at.transpose()?.map_or(Wish::Close, Wish::CloseAt);
            Box::pin(change_state(ctx, wish)).await
        }
        LetterCommand::Show => show(ctx).await,
        LetterCommand::Versions { limit } => versions(ctx, *limit).await,
    }
}

/// A revision in JSON.
#[derive(Debug, Serialize)]
struct RevisionJson<'a> {
    number: i64,
    kind: &'a str,
    digest: &'a str,
    title: &'a str,
    note: Option<&'a str>,
    published: Millis,
    /// The translations that stood beside it last, or stand.
    translations: Vec<StandingJson<'a>>,
}

/// A published translation in JSON.
#[derive(Debug, Serialize)]
struct StandingJson<'a> {
    language: &'a str,
    title: Option<&'a str>,
    digest: Option<&'a str>,
}

impl<'a> RevisionJson<'a> {
    /// A revision, with all changes of translations.
    fn of(row: &'a RevisionRow, changes: &'a [TranslationRow]) -> Self {
        let translations = standing(changes, row.number).into_iter();
        let translations = translations.map(|row| StandingJson {
            language: &row.language,
            title: row.title.as_deref(),
            digest: row.digest.as_deref(),
        });
        Self {
            translations: translations.collect(),
            number: row.number,
            kind: &row.kind,
            digest: &row.digest,
            title: &row.title,
            note: row.note.as_deref(),
            published: row.published_at,
        }
    }
}

/// Widest column of names, in characters.
const MAX_COLUMN: usize = 40;
/// Longest preview of the Note, in graphemes: what people see of it before they open it, and more.
const MAX_PREVIEW: usize = 1500;

/// Parses a file and prints what would be published, by the configuration if there is one.
fn check(ctx: &CommandContext, file: &Path) -> anyhow::Result<Exit> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let config = ctx.config_if_any()?;
    let settings = environment::note_settings(&config);
    let heading = settings.signatories_heading.as_deref();
    let letter = read_letter(&bytes, heading, file.parent())
        .with_context(|| file.display().to_string())?
        .letter;
    let urls = environment::urls(&config);
    let phrases = environment::phrases(&config)?;
    let mut check = Check::of(&letter, urls.base(), config.letter_is_on_github());
    let language = settings.language_of(&letter);
    check
        .warnings
        .extend(without_signing_words(&phrases, language));
    let (translations, warnings) = read_translations(file, heading, language)?;
    check.warnings.extend(warnings);
    if ctx.output.is_json() {
        let translations = translations.iter().map(TranslationJson::of);
        return ctx.output.json(&CheckJson {
            check,
            translations: translations.collect(),
        });
    }
    let mut text = format!(
        "title        {}\ndigest       {}\nsignatories  {}\n",
        visible(check.title),
        check.digest,
        check.signatories.len(),
    );
    write_names(&mut text, &letter.signatories)?;
    let left_out = [
        (
            "Lines of the list that are no names; nobody is listed for them:",
            &letter.unread,
        ),
        (
            "Notes among the names, no part of the text; the page shows them above the names:",
            &letter.notes,
        ),
    ];
    for (heading, lines) in left_out {
        if !lines.is_empty() {
            writeln!(text, "\n{heading}")?;
        }
        for left_out in lines {
            let shown = visible(&left_out.text).replace("\\n", " ");
            writeln!(text, "  line {}: {shown}", left_out.line)?;
        }
    }
    write_translations(&mut text, &translations)?;
    if !check.warnings.is_empty() {
        writeln!(text, "\nWarnings:")?;
    }
    for warning in &check.warnings {
        writeln!(text, "  {}", visible(warning))?;
    }
    let note = settings.preview(&urls, &Text::new(letter.clone(), &urls));
    writeln!(
        text,
        "\nWhat other servers will show ({} characters of HTML, note.mode = \"{}\", note.max_chars = {}):",
        note.chars().count(),
        settings.mode,
        settings.max_chars
    )?;
    for line in shorten(&html_to_text(&note), MAX_PREVIEW).lines() {
        writeln!(text, "{}", format!("  {}", visible(line)).trim_end())?;
    }
    ctx.output.text(&text)
}

/// The answer of `letter check --json`: what stands in the letter's file, and beside it.
#[derive(Debug, Serialize)]
struct CheckJson<'a> {
    #[serde(flatten)]
    check: Check<'a>,
    translations: Vec<TranslationJson<'a>>,
}

/// A translation beside a file.
#[derive(Debug, Serialize)]
struct TranslationJson<'a> {
    language: &'a str,
    file: &'a str,
    title: &'a str,
    digest: Digest,
    /// How many names it has, which are not read.
    names: usize,
    /// One sentence each, beginning with its line.
    warnings: Vec<String>,
}

impl<'a> TranslationJson<'a> {
    fn of(translation: &'a Translation) -> Self {
        let letter = &translation.letter;
        let warnings = letter.warnings.iter();
        Self {
            language: &translation.language,
            file: &translation.file,
            title: &letter.title,
            digest: letter.digest,
            names: letter.signatories.len(),
            warnings: warnings
                .map(|warning| format!("line {}: {}", warning.line, warning.text))
                .collect(),
        }
    }
}

/// The translations beside the file.
fn write_translations(text: &mut String, translations: &[Translation]) -> anyhow::Result<()> {
    if !translations.is_empty() {
        writeln!(text, "\nTranslations, each a page of its own:")?;
    }
    for translation in translations.iter().map(TranslationJson::of) {
        let TranslationJson {
            language,
            file,
            digest,
            ..
        } = translation;
        let title = visible(translation.title);
        writeln!(text, "  /{language}/  {}  {title}  {digest}", visible(file))?;
        if translation.names > 0 {
            let names = counted(translation.names, "name", "names");
            writeln!(
                text,
                "    {names} in it: not read, the list is the letter's own"
            )?;
        }
        for warning in &translation.warnings {
            writeln!(text, "    {}", visible(warning))?;
        }
    }
    Ok(())
}

/// The names as they were read, in columns.
fn write_names(text: &mut String, signatories: &[Signatory]) -> anyhow::Result<()> {
    if signatories.is_empty() {
        return Ok(());
    }
    writeln!(text, "\nNames, as they were read:")?;
    let width = |name: &str| name.chars().count().min(MAX_COLUMN);
    let names = signatories.iter().map(|signatory| width(&signatory.name));
    let columns = names.max().unwrap_or(0);
    for signatory in signatories {
        let name = visible(&signatory.name);
        let missing = columns.saturating_sub(width(&signatory.name));
        let handle = signatory.handle.as_ref().map(|handle| format!("@{handle}"));
        // A link to GitHub says no more than the handle.
        let url = signatory.url.clone().filter(|_| handle.is_none());
        let parts = [handle, signatory.affiliation.clone(), url];
        let parts: Vec<String> = parts
            .into_iter()
            .flatten()
            .map(|part| visible(&part).into_owned())
            .collect();
        let line = format!(
            "  line {:>5}  {name}{}  {}",
            signatory.line,
            " ".repeat(missing),
            parts.join(" | ")
        );
        writeln!(text, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Prints the published text.
async fn show(ctx: &CommandContext) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let mut tx = env.store.read().await?;
    let Some(revision) = tx.current_revision().await? else {
        return end(Exit::NotFound, "no letter was published yet");
    };
    if ctx.output.is_json() {
        let changes = tx.translation_changes().await?;
        return ctx.output.json(&RevisionJson::of(&revision, &changes));
    }
    drop(tx);
    let letter = env.note_settings().read(&revision)?;
    ctx.output.say(&format!(
        "revision {}, {}, digest {}",
        revision.number, revision.published_at, revision.digest
    ));
    ctx.output.text(&letter.body)
}

/// Lists the revisions.
async fn versions(ctx: &CommandContext, limit: Limit) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let mut tx = env.store.read().await?;
    let (rows, changes) = (tx.revisions().await?, tx.translation_changes().await?);
    drop(tx);
    let revisions = rows.iter().map(|row| RevisionJson::of(row, &changes));
    let revisions: Vec<_> = revisions.collect();
    ctx.output.list_up_to(
        limit,
        &revisions,
        &["number", "kind", "published", "digest", "title", "note"],
        |revision| {
            vec![
                revision.number.to_string(),
                revision.kind.to_owned(),
                revision.published.to_string(),
                revision.digest.to_owned(),
                revision.title.to_owned(),
                revision.note.unwrap_or_default().to_owned(),
            ]
        },
    )
}

/// Where the text comes from.
#[derive(Clone, Copy, Debug)]
enum LetterSource<'a> {
    /// `letter.file`.
    Configured,
    /// This file.
    File(&'a Path),
    /// `letter.source_url`.
    Url,
}

/// The options of `letter publish` about the change.
#[derive(Clone, Debug)]
struct StatedChange {
    /// `--kind`.
    kind: Option<RevisionKind>,
    /// `--note`.
    note: Option<String>,
    /// `--tell`.
    tell: bool,
    /// `--yes`.
    doubt: Doubt,
}

/// Publishes a text; when only its list of names changed, takes over the names.
async fn publish(
    ctx: &CommandContext,
    from: LetterSource<'_>,
    change: StatedChange,
) -> anyhow::Result<Exit> {
    let env = ctx.open_living().await?;
    let (source, name) = read(&env, from).await?;
    let file = match from {
        LetterSource::Configured => Some(env.config.letter_file()),
        LetterSource::File(file) => Some(file.to_path_buf()),
        LetterSource::Url => None,
    };
    let folder = file.as_deref().and_then(Path::parent);
    let heading = env.signatories_heading();
    let read = read_letter(source.as_bytes(), heading, folder).context(name)?;
    let letter = &read.letter;
    let settings = env.note_settings();
    let language = settings.language_of(letter);
    // What is at `letter.source_url`, and another file, stands alone: the translations stay as they are.
    let beside = file.as_deref();
    let beside = beside.filter(|file| is_same_file(file, &env.config.letter_file()));
    let beside = beside.map(|file| read_translations(file, heading, language));
    let beside = beside.transpose()?;
    let salt = env.salt().await?;
    let order = PublishOrder {
        letter,
        source: &read.source,
        pictures: &read.pictures,
        on_github: env.config.letter_is_on_github(),
        keeps_names: file.is_some() && env.config.letter.source_url.is_some(),
        salt: &salt,
        kind: change.kind,
        doubt: change.doubt,
        tell: change.tell,
        note: change.note.filter(|note| !note.trim().is_empty()),
        by: env.operator.clone(),
    };
    let mut tx = env.store.write().await?;
    let now = env.clock.now();
    let schedule = env.schedule(&mut tx).await?;
    let waits = env.config.letter.launch == LaunchMode::Manual || planned(&mut tx).await?.is_some();
    if schedule.is_draft && waits {
        return Err(register::Error::NoChange(NoChange::Draft).into());
    }
    let state = schedule.once_out(now);
    let random = env.random.as_ref();
    let done = publish_letter(&mut tx, &env.urls, &settings, random, now, state, &order).await;
    if let Err(register::Error::MoreThanTypo(found)) = &done {
        ctx.output.say(&marked(&found.pieces));
    }
    let (published, _) = done?;
    let (changed, warnings) = match &beside {
        Some((translations, warnings)) => {
            let changed = publish_translations(&mut tx, now, &order.by, translations).await?;
            (changed, warnings.as_slice())
        }
        None => (Vec::new(), [].as_slice()),
    };
    let current = tx.current_revision().await?;
    let translated = tx.translation_changes().await?;
    tx.commit().await?;
    for warning in &letter.warnings {
        ctx.output.warn(None, warning.line, &warning.text);
    }
    for translation in beside.iter().flat_map(|(translations, _)| translations) {
        for warning in &translation.letter.warnings {
            ctx.output
                .warn(Some(&translation.file), warning.line, &warning.text);
        }
    }
    for warning in warnings {
        ctx.output.say(warning);
    }
    for (language, change) in &changed {
        ctx.output.say(&format!("translation {language}: {change}"));
    }
    say_names(&ctx.output, &published, letter.unread.len());
    if let Some(inboxes) = published.told {
        ctx.output.say(&format!(
            "a post asks to sign again; it goes to {inboxes} inboxes, those of followers and of everybody who signed an \
             earlier text. People on servers where nobody follows the letter may not see it: many servers drop a \
             post that mentions nobody of theirs"
        ));
    }
    match (&published.revision, &current) {
        (Some(revision), _) => {
            let sentence = format!("published revision {}", revision.number);
            ctx.output
                .answer(&RevisionJson::of(revision, &translated), &sentence)
        }
        (None, Some(revision)) if !changed.is_empty() => {
            let n = counted(changed.len(), "translation", "translations");
            let sentence = format!("the text is unchanged, {n} changed");
            ctx.output
                .answer(&RevisionJson::of(revision, &translated), &sentence)
        }
        (None, Some(revision)) if published.warned_anew => ctx.output.answer(
            &RevisionJson::of(revision, &translated),
            "the text is unchanged, its content warning is another one",
        ),
        (None, _) => ctx.output.unchanged(),
    }
}

/// Whether two paths lead to one file.
fn is_same_file(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

/// The text, and what to call its source in an error.
async fn read(env: &Environment, from: LetterSource<'_>) -> anyhow::Result<(String, String)> {
    let file: PathBuf = match from {
        LetterSource::Configured => env.config.letter_file(),
        LetterSource::File(file) => file.to_path_buf(),
        LetterSource::Url => return fetch(env).await,
    };
    Ok((environment::read(&file)?, file.display().to_string()))
}

/// Reads `letter.source_url`.
async fn fetch(env: &Environment) -> anyhow::Result<(String, String)> {
    let client = client(env, env.fixed_context().await?)?;
    let source = fetch_source(env, &client, None).await.or_else(unreadable)?;
    // Without a validator there is always an answer.
    let source = source.context("letter.source_url did not answer")?;
    Ok((source.text, source.name))
}

/// Ends the command with the exit code that fits.
pub(super) fn unreadable<T>(error: SourceError) -> anyhow::Result<T> {
    match error {
        SourceError::NoAddress => end(Exit::Usage, error.to_string()),
        SourceError::Unreachable { .. } => end(Exit::Unreachable, error.to_string()),
        SourceError::Page(_) => end(Exit::Failed, error.to_string()),
        SourceError::NotText { .. } => Err(error.into()),
        SourceError::File(error) => Err(error),
    }
}

fn say_names(output: &Output, published: &Published, unread: usize) {
    if published.joined > 0 {
        output.say(&format!(
            "{} the list",
            counted(published.joined, "name joined", "names joined")
        ));
    }
    if published.gone > 0 {
        output.say(&format!(
            "{} from the list",
            counted(published.gone, "name went", "names went")
        ));
    }
    if published.kept_off > 0 {
        output.say(&format!(
            "{} off the list, because an administrator hid or removed {}",
            counted(
                published.kept_off,
                "name of the file stays",
                "names of the file stay"
            ),
            if published.kept_off == 1 {
                "it"
            } else {
                "them"
            }
        ));
    }
    if published.left_to_source > 0 {
        output.say(&format!(
            "{} not in this file; letter.source_url says who left (`signatory sync`)",
            counted(
                published.left_to_source,
                "name of the list is",
                "names of the list are"
            )
        ));
    }
    if unread > 0 {
        output.say(&format!(
            "{} that we can read: `signatory unparsed`",
            counted(
                unread,
                "line of the list is no name",
                "lines of the list are no names"
            )
        ));
    }
}

/// What changed from one revision to another.
#[derive(Debug, Serialize)]
struct DiffJson<'a> {
    before: RevisionJson<'a>,
    after: RevisionJson<'a>,
    pieces: &'a [Piece],
}

/// Shows what changed between two revisions.
async fn diff(ctx: &CommandContext, before: i64, after: i64) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let mut tx = env.store.read().await?;
    let (rows, changes) = (tx.revisions().await?, tx.translation_changes().await?);
    drop(tx);
    let find = |number: i64| {
        let found = rows.iter().find(|row| row.number == number);
        found.map_or_else(
            || {
                let sentence = format!("there is no revision {number}: `letter versions`");
                end(Exit::NotFound, sentence)
            },
            Ok,
        )
    };
    let (before, after) = (find(before)?, find(after)?);
    let settings = env.note_settings();
    let texts = (settings.read(before)?, settings.read(after)?);
    let pieces = word_diff(&texts.0.signed_text(), &texts.1.signed_text());
    if ctx.output.is_json() {
        return ctx.output.json(&DiffJson {
            before: RevisionJson::of(before, &changes),
            after: RevisionJson::of(after, &changes),
            pieces: &pieces,
        });
    }
    if pieces.iter().all(|piece| piece.change == Change::Same) {
        ctx.output.say("the two texts are the same");
    }
    ctx.output.text(&marked(&pieces))
}

/// A diff as text: `[-removed-]` and `{+added+}`, as `git diff --word-diff` writes it.
fn marked(pieces: &[Piece]) -> String {
    let parts = pieces.iter().map(|piece| {
        // Line breaks are kept; everything else that is invisible is escaped.
        let lines: Vec<_> = piece.text.split('\n').map(visible).collect();
        let text = lines.join("\n");
        match piece.change {
            Change::Same => text,
            Change::Removed => format!("[-{text}-]"),
            Change::Added => format!("{{+{text}+}}"),
        }
    });
    parts.collect()
}

/// The letter's state.
#[derive(Debug, Serialize)]
struct StateJson {
    state: LetterState,
    /// When it closes by itself.
    closes_at: Option<Millis>,
}

/// Opens, pauses or closes the letter.
async fn change_state(ctx: &CommandContext, wish: Wish) -> anyhow::Result<Exit> {
    let env = ctx.open_living().await?;
    let now = env.clock.now();
    let settings = env.note_settings();
    let voice = ActorSettings::of(&env)?;
    let mut tx = env.store.write().await?;
    if wish == Wish::Pause && call_off(&mut tx, now, &env.operator).await? {
        tx.commit().await?;
        let called_off = StateJson {
            state: LetterState::Draft,
            closes_at: None,
        };
        return ctx.output.answer(
            &called_off,
            "the planned launch is called off; the letter is a draft",
        );
    }
    let configured = env.config.endorsing.close_at;
    let order = (wish, env.operator.as_str());
    let random = env.random.as_ref();
    let done = decide(
        &mut tx, &env.urls, &settings, random, now, configured, order,
    )
    .await;
    let (opening, _) = done?;
    follow_state(&mut tx, &voice.order(&env)).await?;
    tx.commit().await?;
    let state = opening.state(now);
    if state == LetterState::Open {
        // With the new rules. When this is interrupted, the server's periodic maintenance finishes it.
        judge_paused(&env.store, &env.context().await?, now).await?;
    }
    let closes_at = opening.closes_at().filter(|_| state != LetterState::Closed);
    ctx.output.answer(
        &StateJson { state, closes_at },
        &match closes_at {
            Some(at) => format!("the letter is {state}, and closes at {at}"),
            None => format!("the letter is {state}"),
        },
    )
}
