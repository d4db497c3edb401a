//! `post reply | boost | unboost`: what the letter says and shows of posts of others.

use std::path::Path;

use serde::Serialize;

use super::{
    context::{CommandContext, one},
    output::{Exit, end},
    post_file::{json, mentioned, source},
};
use crate::{
    activitystreams::{RemoteActor, RemoteNote, visibility},
    clock::Millis,
    endorsement::judge::Audience,
    federation::{
        dereference::{DereferenceError, Dereferencer, FromDocument, Remote},
        remote_actor::{belongs, new_actor},
    },
    hash::Sha256,
    register::{
        self,
        error::{CannotAnswer, CannotBoost},
        letter::{
            answers::{PostMeant, answer, find_answerable},
            own_boosts::{BoostChange, boost, unboost},
            remote_post::{PostReaders, RemotePost},
        },
    },
    server::{Environment, keys::signing_client},
    store::{ActorRow, NewActor, OwnBoost},
    text::{visible, with_causes},
};

/// Answers a post, in public or its author alone.
pub(super) async fn reply(
    ctx: &CommandContext,
    what: &str,
    file: &Path,
    readers: PostReaders,
) -> anyhow::Result<Exit> {
    let env = ctx.open_living().await?;
    let (source, text) = source(&ctx.output, file)?;
    let answered = answered(&env, what).await?;
    let mentioned = match readers {
        PostReaders::Public => mentioned(&env, &text, &[answered.mention("")]).await?,
        // Whoever else the text names is told nothing.
        PostReaders::Direct => Vec::new(),
    };
    let settings = env.note_settings();
    let (context, now) = (env.context().await?, env.clock.now());
    let mut tx = env.store.write().await?;
    let (post, _) = answer(
        &mut tx,
        &context,
        &settings,
        now,
        (&source, &mentioned),
        (&answered, readers),
        &env.operator,
    )
    .await?;
    tx.commit().await?;
    let json = json(&env, &post)?;
    let handle = visible(&answered.handle);
    let sentence = match readers {
        PostReaders::Public => format!("answered {handle} in public: {}", json.url),
        PostReaders::Direct => format!("answered {handle} alone; the answer's id is {}", json.id),
    };
    ctx.output.answer(&json, &sentence)
}

/// The post that is meant: one that is stored, else one that is read on its own server.
async fn answered(env: &Environment, what: &str) -> anyhow::Result<RemotePost> {
    let meant = find_answerable(&mut env.store.read().await?, what).await?;
    match meant {
        PostMeant::Post(post) => Ok(*post),
        PostMeant::Several(actors) => {
            let line = |actor: &ActorRow| format!("{} {}", actor.handle, actor.url);
            one(actors, what, line)?;
            Err(CannotAnswer::Unasked.into_register())
        }
        PostMeant::NoPostOf(actor) => end(
            Exit::NotFound,
            format!(
                "no reply or mention by {} is stored; give the address of the post",
                visible(&actor.handle)
            ),
        ),
        PostMeant::Unknown if is_address(what) => {
            let read = RemotePostRead::read(env, what).await?;
            if !read.asks_us(env) {
                return Err(CannotAnswer::Unasked.into_register());
            }
            let is_public = matches!(read.audience(), Audience::Public | Audience::Unlisted);
            Ok(read.into_post(is_public))
        }
        PostMeant::Unknown => end(
            Exit::NotFound,
            format!(
                "nobody is known here as `{}`; give an id, @user@host, or the address of a post",
                visible(what)
            ),
        ),
    }
}

fn is_address(what: &str) -> bool {
    what.starts_with("https://") || what.starts_with("http://")
}

/// A post as its own server shows it now, with its author.
struct RemotePostRead {
    note: RemoteNote,
    author: Author,
}

/// The author of a post.
enum Author {
    /// Is known here.
    Known(Box<ActorRow>),
    /// Was read now.
    Read(Box<NewActor>),
}

impl RemotePostRead {
    /// Reads a post, and its author's document where the author is not known.
    async fn read(env: &Environment, url: &str) -> anyhow::Result<Self> {
        let client = signing_client(env).await?;
        let dereferencer = Dereferencer::new(&client, &env.urls).await?;
        let Remote { object: note, .. } = read::<RemoteNote>(&dereferencer, url).await?;
        let mut authors = note.attributed_to.iter();
        let Some(author) = authors.find(|author| belongs(author, &note.id)) else {
            return end(
                Exit::Conflict,
                format!("{} names no author on its own server", visible(url)),
            );
        };
        let known = env
            .store
            .read()
            .await?
            .actors(&[Sha256::of(author)])
            .await?;
        let author = if let Some(row) = known.into_iter().next() {
            Author::Known(Box::new(row))
        } else {
            let document = read::<RemoteActor>(&dereferencer, author).await?;
            match new_actor(&document.object, env.clock.now()) {
                Some(actor) => Author::Read(Box::new(actor)),
                None => return end(Exit::Conflict, "its author's document names no host"),
            }
        };
        Ok(Self { note, author })
    }

    fn audience(&self) -> Audience {
        let followers = match &self.author {
            Author::Known(row) => row.followers.as_deref(),
            Author::Read(actor) => actor.followers.as_deref(),
        };
        visibility(&self.note, followers)
    }

    /// Whether it addresses or mentions the letter's actor, or answers the letter or a post of ours.
    fn asks_us(&self, env: &Environment) -> bool {
        let actor = env.urls.actor();
        let note = &self.note;
        let is_ours = |id: &String| {
            let own = env.urls.parse_address(id);
            own.is_some_and(|own| own.is_post_or_letter())
        };
        note.mentions(&actor)
            || note.to.iter().chain(&note.cc).any(|id| *id == actor)
            || note.in_reply_to.iter().any(is_ours)
    }

    fn into_post(self, is_public: bool) -> RemotePost {
        let id = self.note.id;
        match self.author {
            Author::Known(row) => RemotePost::by_known(id, &row, is_public),
            Author::Read(actor) => RemotePost::read(id, *actor, is_public),
        }
    }
}

/// Reads a document, with the exit code that belongs to what goes wrong.
pub(super) async fn read<T: FromDocument>(
    dereferencer: &Dereferencer,
    url: &str,
) -> anyhow::Result<Remote<T>> {
    let cannot = |exit, why: &str| end(exit, format!("{}: {why}", visible(url)));
    match dereferencer.read::<T>(url).await {
        Ok(document) => Ok(document),
        Err(error) if error.is_absence() => cannot(Exit::NotFound, "its server does not have it"),
        Err(DereferenceError::Fetch(error)) if error.is_a_block() => {
            cannot(Exit::Conflict, "its server is blocked here")
        }
        Err(error @ (DereferenceError::Fetch(_) | DereferenceError::Library(_))) => {
            cannot(Exit::Unreachable, &with_causes(&error))
        }
        Err(error @ DereferenceError::NoUrl) => cannot(Exit::Usage, &error.to_string()),
        Err(error @ (DereferenceError::Document(_) | DereferenceError::Ours)) => {
            cannot(Exit::Conflict, &with_causes(&error))
        }
        Err(error) => Err(error.into()),
    }
}

impl CannotAnswer {
    fn into_register(self) -> anyhow::Error {
        register::Error::from(self).into()
    }
}

/// A boost in JSON.
#[derive(Debug, Serialize)]
struct BoostJson {
    /// The post.
    post: String,
    /// Its author.
    actor: String,
    /// The `Announce`.
    activity: String,
    at: Millis,
}

fn boost_json(env: &Environment, boost: OwnBoost) -> BoostJson {
    BoostJson {
        post: boost.object,
        actor: boost.actor,
        activity: env.urls.absolute(&boost.path),
        at: boost.at,
    }
}

/// Boosts a public post.
pub(super) async fn boost_post(ctx: &CommandContext, url: &str) -> anyhow::Result<Exit> {
    let env = ctx.open_living().await?;
    if env.urls.is_ours(url) {
        return Err(register::Error::from(CannotBoost::Ours).into());
    }
    let read = RemotePostRead::read(&env, url).await?;
    let is_public = read.audience() == Audience::Public;
    let post = read.into_post(is_public);
    let (context, now) = (env.context().await?, env.clock.now());
    let mut tx = env.store.write().await?;
    let (change, _) = boost(&mut tx, &context, now, &post, &env.operator).await?;
    tx.commit().await?;
    match change {
        BoostChange::Unchanged(_) => ctx.output.unchanged(),
        BoostChange::Sent(sent) => {
            let json = boost_json(&env, sent);
            let sentence = format!("boosted {}", visible(&json.post));
            ctx.output.answer(&json, &sentence)
        }
    }
}

/// Takes a boost back.
pub(super) async fn unboost_post(ctx: &CommandContext, url: &str) -> anyhow::Result<Exit> {
    let env = ctx.open_living().await?;
    let boosts = env.store.read().await?.own_boosts().await?;
    // The address of the Announce means the boost as well.
    let meant = boosts
        .iter()
        .find(|boost| env.urls.absolute(&boost.path) == url);
    let object = meant.map_or(url, |boost| boost.object.as_str());
    let (context, now) = (env.context().await?, env.clock.now());
    let mut tx = env.store.write().await?;
    let (ended, _) = unboost(&mut tx, &context, now, object, &env.operator).await?;
    tx.commit().await?;
    let json = boost_json(&env, ended);
    let sentence = format!("took back the boost of {}", visible(&json.post));
    ctx.output.answer(&json, &sentence)
}
