//! `deliver bundle | verify | post`.

use std::{
    fs::File,
    io::{BufReader, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::Subcommand;
use serde::Serialize;

use super::{
    bundle::{self, BundleSigner},
    confirm::{Confirmed, confirm},
    context::CommandContext,
    files::create_new,
    names::warn_while_off,
    output::{Exit, end},
    post_file::account,
};
use crate::{
    activitystreams::OwnActor,
    clock::Millis,
    federation::{dereference::Dereferencer, remote_interaction::HomeServer},
    hash::Sha256,
    http::whole_list::LetterCopy,
    register::{
        actor::identity::stored_keys,
        letter::{
            announcements::{MentionedAccount, id_of},
            hand_over::{HandOver, hand_over},
        },
    },
    server::keys::signing_client,
    store::Access,
};

#[derive(Debug, Subcommand)]
pub(super) enum DeliverCommand {
    /// Write letter, list, counts and a signed manifest into one new tar file; the same data make the same file
    Bundle {
        /// The file
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
    /// Check such a file without database, configuration and network; exit code 5 when anything in it was changed
    Verify {
        /// The file
        file: PathBuf,
    },
    /// Publish a post that hands the letter over to an account, with the count and a link; an answer of exactly that account
    /// is shown as its response once `statement approve` let it
    Post {
        /// To whom
        #[arg(long, value_name = "@USER@HOST")]
        to: String,
        /// Do it without asking, also when it was done before
        #[arg(long)]
        yes: bool,
    },
}

/// `deliver …`.
pub(super) async fn run(ctx: &CommandContext, command: &DeliverCommand) -> anyhow::Result<Exit> {
    match command {
        DeliverCommand::Bundle { to } => write_bundle(ctx, to).await,
        DeliverCommand::Verify { file } => verify(ctx, file),
        DeliverCommand::Post { to, yes } => post(ctx, to, Confirmed::from(*yes)).await,
    }
}

/// What a bundle shows that holds.
const SHOWS: &str = "the holder of this key made exactly this file";
/// What it does not show.
const SHOWS_NOT: &str =
    "that the key is the letter's: the document of its actor on the web names it, or named it then";

/// A bundle in JSON.
#[derive(Debug, Serialize)]
struct BundleJson<'a> {
    file: &'a Path,
    title: &'a str,
    letter: &'a str,
    revision: i64,
    digest: &'a str,
    total: i64,
    actor: &'a str,
    key_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    holds: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shows: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shows_not: Option<&'static str>,
}

impl<'a> BundleJson<'a> {
    fn of(file: &'a Path, manifest: &'a bundle::BundleManifest) -> Self {
        Self {
            file,
            title: &manifest.title,
            letter: &manifest.letter,
            revision: manifest.revision,
            digest: &manifest.digest,
            total: manifest.counts.total,
            actor: &manifest.actor,
            key_id: &manifest.key_id,
            holds: None,
            shows: None,
            shows_not: None,
        }
    }
}

/// `deliver bundle`. What was begun is deleted when it fails.
async fn write_bundle(ctx: &CommandContext, to: &Path) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let mut tx = env.store.read().await?;
    let copy = LetterCopy::read(&mut tx, &env.note_settings(), &env.urls).await?;
    warn_while_off(ctx, &mut tx).await?;
    let Some(keys) = stored_keys(&mut tx).await? else {
        return end(
            Exit::Failed,
            "the database has no key of the letter's actor; run serve once",
        );
    };
    let identity = BundleSigner {
        letter: env.urls.letter(),
        page: env.urls.page(),
        actor: env.urls.actor(),
        key_id: env.urls.key(OwnActor::Letter, keys.letter.number),
        key: &keys.letter.pair,
    };
    let cannot = || format!("cannot write {}", to.display());
    let mut out = BufWriter::new(create_new(to)?);
    let written = match bundle::write(&mut tx, &copy, &identity, &mut out).await {
        Ok(manifest) => {
            let flushed = out.flush().and_then(|()| out.get_ref().sync_all());
            flushed.map(|()| manifest).map_err(anyhow::Error::from)
        }
        Err(error) => Err(error),
    };
    let manifest = match written {
        Ok(manifest) => manifest,
        Err(error) => {
            std::fs::remove_file(to).with_context(cannot)?;
            return Err(error.context(cannot()));
        }
    };
    let sentence = format!(
        "wrote {}; `deliver verify` checks it anywhere",
        to.display()
    );
    ctx.output.answer(&BundleJson::of(to, &manifest), &sentence)
}

/// `deliver verify`.
fn verify(ctx: &CommandContext, file: &Path) -> anyhow::Result<Exit> {
    let shown = file.display();
    let opened = File::open(file).with_context(|| format!("cannot read {shown}"))?;
    let (manifest, key) = match bundle::verify(&mut BufReader::new(opened)) {
        Ok(found) => found,
        Err(why) => {
            return end(
                Exit::Integrity,
                format!("{shown} does not hold: {why}; ask for it anew"),
            );
        }
    };
    let json = BundleJson {
        holds: Some(true),
        shows: Some(SHOWS),
        shows_not: Some(SHOWS_NOT),
        ..BundleJson::of(file, &manifest)
    };
    let parts = [
        ("file", "holds".to_owned()),
        ("title", manifest.title.clone()),
        ("letter", manifest.letter.clone()),
        ("revision", manifest.revision.to_string()),
        ("digest", manifest.digest.clone()),
        ("supporters", manifest.counts.total.to_string()),
        ("actor", manifest.actor.clone()),
        ("key id", manifest.key_id.clone()),
        ("key", format!("SHA-256 of key.pem {key}")),
        ("shows", SHOWS.to_owned()),
        ("shows not", SHOWS_NOT.to_owned()),
    ];
    ctx.output.object(&json, &parts)
}

/// A post that hands the letter over.
#[derive(Debug, Serialize)]
struct HandedOverJson<'a> {
    id: String,
    url: String,
    published: Millis,
    to: &'a str,
    actor: &'a str,
}

/// `deliver post`.
async fn post(ctx: &CommandContext, to: &str, yes: Confirmed) -> anyhow::Result<Exit> {
    let env = ctx.open_living().await?;
    let home = HomeServer::parse(to);
    let Some((user, host)) = home.and_then(|home| Some((home.user?, home.host))) else {
        return end(
            Exit::Usage,
            format!("`{to}` is no handle; write it as @user@host"),
        );
    };
    let handle = format!("@{user}@{host}").to_lowercase();
    if handle == env.urls.handle().to_lowercase() {
        return end(
            Exit::Usage,
            "that is the letter itself; name the account of its addressee",
        );
    }
    let client = signing_client(&env).await?;
    let dereferencer = Dereferencer::new(&client, &env.urls).await?;
    let hint = "Correct the handle; nothing was sent";
    let actor = account(&env, &dereferencer, &handle, ("mentioned", hint)).await?;
    let settings = env.note_settings();
    let mut tx = env.store.read().await?;
    let copy = LetterCopy::read(&mut tx, &settings, &env.urls).await?;
    let before = tx.handed_over(&Sha256::of(&actor.url)).await?;
    drop(tx);
    if let Some(before) = before.filter(|_| yes == Confirmed::NotYet) {
        return end(
            Exit::Conflict,
            format!(
                "the letter was handed over to {handle} on {} by {}; add --yes to do it again",
                before.published_at,
                env.urls.absolute(&before.path)
            ),
        );
    }
    let source = HandOver {
        handle: &handle,
        language: &copy.language,
        title: &copy.letter.title,
        headline: &copy.headline(),
        page: &env.urls.page(),
    }
    .source();
    let plan = format!("This posts to {handle} and to all followers of the letter:\n\n{source}");
    confirm(&ctx.output, &plan, &handle, yes)?;
    let addressee = MentionedAccount { handle, actor };
    let mut tx = env.store.write().await?;
    let said = (source.as_str(), &addressee);
    let (post, _) = hand_over(&mut tx, &env.builder(), &settings, said, &env.operator).await?;
    tx.commit().await?;
    let json = HandedOverJson {
        id: id_of(&env.urls, &post.path)?.to_string(),
        url: env.urls.absolute(&post.path),
        published: post.published_at,
        to: &addressee.handle,
        actor: &addressee.actor.url,
    };
    ctx.output.say(
        "an answer of this account comes as a comment (`endorsement list --state comment`); `statement approve ID` shows it \
         on the timeline",
    );
    let sentence = format!("handed over by {}", json.url);
    ctx.output.answer(&json, &sentence)
}
