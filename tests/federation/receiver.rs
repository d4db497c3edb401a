//! The receiving side without a network: bodies are parsed, interpreted and applied to a register in this process. There
//! is no HTTP client, so nothing can be fetched.

use std::{collections::HashMap, sync::Arc};

use crate::support::{NOW, sql::all_acts};
use serde_json::Value;
use sqlx::AssertSqlSafe;
use undersigned::{
    activitystreams::{Activity, BadActivity, RemoteActor, Urls},
    clock::Millis,
    endorsement::{State, names::WatchList, policy::Policy, wording::Phrases},
    federation::{
        interpret::{Ours, interpret, sender},
        remote_actor::new_actor,
    },
    hash::{Salt, Sha256},
    random::SeededRandom,
    register::{
        InboundActivity, ReceiveOutcome, RequestIdentity, Rules, Sender,
        inbound::{
            receive::receive,
            surge_limit::{Surge, SurgeLimits},
        },
        rules::Context,
    },
    store::{Access, ActRow, EvidenceRow, OwnObject, Store, Tx},
};

/// Surge limits that nobody reaches.
pub(crate) const WIDE: SurgeLimits = SurgeLimits {
    per_domain: 10_000,
    per_known_domain: 10_000,
    new_domains: 10_000,
};

/// A letter at `https://letter.example` that nobody knows yet.
pub(crate) struct Desk {
    store: Store,
    context: Context,
    surge: Surge,
    _folder: tempfile::TempDir,
}

/// The default rules, for a letter at `https://letter.example`.
pub(crate) fn context() -> Context {
    let rules = Rules {
        policy: Policy::default(),
        closes_at: None,
        launches_at: None,
        phrases: Arc::new(Phrases::built_in()),
        pledge: None,
        watch: Arc::new(WatchList::new(&[])),
        revision: 1,
        revised_at: vec![(1, Millis::from_millis(0))],
        language: "en".to_owned(),
        warnings: Vec::new(),
        blocks: Arc::default(),
        trusted: Arc::default(),
        word_rules: Arc::default(),
        policy_version: 0,
        allow_quotes: true,
        names_off: false,
        creates: HashMap::new(),
        github: "github.com".to_owned(),
    };
    Context {
        rules: Arc::new(rules),
        urls: Arc::new(urls()),
        random: Arc::new(SeededRandom::new(7)),
        salt: Salt::new("salt"),
    }
}

impl Desk {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("register.db").display());
        let store = Store::open(&url, 2, Access::Create).await.unwrap();
        let mut tx = store.write().await.unwrap();
        // Something that can be boosted and quoted.
        let letter = OwnObject {
            path: "/letter".to_owned(),
            kind: "letter".to_owned(),
            published_at: Millis::from_millis(0),
            updated_at: None,
            deleted_at: None,
        };
        tx.save_own_object(&letter).await.unwrap();
        tx.commit().await.unwrap();
        Self {
            store,
            context: context(),
            surge: Surge::new(WIDE),
            _folder: folder,
        }
    }

    /// Saves an actor without any activity.
    pub(crate) async fn meet(&self, actor: &RemoteActor) {
        let mut tx = self.store.write().await.unwrap();
        let actor = new_actor(actor, NOW).unwrap();
        tx.save_actors(&[actor]).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Applies activities in one transaction each, as they come.
    pub(crate) async fn take(&self, incoming: &[InboundActivity]) -> Vec<ReceiveOutcome> {
        let mut answers = Vec::new();
        for one in incoming {
            let mut tx = self.store.write().await.unwrap();
            let batch = std::slice::from_ref(one);
            let taken = receive(&mut tx, &self.context, &self.surge, NOW, batch).await;
            answers.extend(taken.unwrap().0);
            tx.commit().await.unwrap();
        }
        answers
    }

    /// The register about an actor: whether it follows, its endorsement, and its acts.
    pub(crate) async fn state(&self, actor: &str) -> String {
        let mut tx = self.store.read().await.unwrap();
        let Some(row) = tx.actors(&[Sha256::of(actor)]).await.unwrap().pop() else {
            return "unknown".to_owned();
        };
        let follows = !tx.followers_of(&[row.id]).await.unwrap().is_empty();
        let endorsement = tx.endorsements_of(&[row.id]).await.unwrap().pop();
        let acts = all_acts(&mut tx, row.id).await;
        let acts: Vec<_> = acts.iter().map(told).collect();
        let endorsement = endorsement.map_or("no endorsement".to_owned(), |endorsement| {
            let waits = endorsement.waits_for.map(|it| format!(" for {it}"));
            let name = endorsement
                .name
                .filter(|_| endorsement.state == State::Listed);
            let name = name.map(|name| format!(" as {name}, name {}", endorsement.name_state));
            let statement = endorsement
                .statement
                .map(|it| format!(", statement {it:?}"));
            [
                Some(format!("{} by {}", endorsement.state, endorsement.kind)),
                waits,
                name,
                statement,
            ]
            .into_iter()
            .flatten()
            .collect()
        });
        let follows = if follows {
            "follows"
        } else {
            "does not follow"
        };
        drop(tx);
        let reach = format!(
            "SELECT kind FROM reach WHERE actor_id = {} ORDER BY kind",
            row.id
        );
        let reach = self.column(&reach).await;
        let reach = if reach.is_empty() {
            String::new()
        } else {
            format!("; reach: {reach:?}")
        };
        format!(
            "{follows}; {endorsement}; acts: [{}]{reach}",
            acts.join(", ")
        )
    }

    /// The types of all activities that we would have sent, oldest first.
    pub(crate) async fn sent(&self) -> Vec<String> {
        self.column("SELECT kind FROM activity ORDER BY id").await
    }

    /// Waiting fetch jobs, and reports.
    pub(crate) async fn noted(&self) -> Vec<String> {
        self.column(
            "SELECT 'job ' || kind FROM job UNION ALL SELECT 'report ' || targets FROM report",
        )
        .await
    }

    /// The state of all actors, without our own ids and times.
    pub(crate) async fn everything(&self) -> String {
        let mut lines = self.noted().await;
        for actor in self.column("SELECT url FROM actor ORDER BY url").await {
            lines.push(format!("{actor}: {}", self.state(&actor).await));
        }
        lines.join("\n")
    }

    async fn column(&self, query: &str) -> Vec<String> {
        let query = AssertSqlSafe(query.to_owned());
        let mut tx = self.store.read().await.unwrap();
        let rows: Vec<(String,)> = match &mut tx {
            Tx::Sqlite(tx) => sqlx::query_as(query).fetch_all(&mut **tx).await,
            Tx::Postgres(tx) => sqlx::query_as(query).fetch_all(&mut **tx).await,
        }
        .unwrap();
        rows.into_iter().map(|it| it.0).collect()
    }
}

/// The letter's URLs.
pub(crate) fn urls() -> Urls {
    let base = "https://letter.example".parse().unwrap();
    Urls::new(&base, "letter.example", "letter")
}

/// A body signed by the actor of this document, as the inbox hands it to the register.
pub(crate) fn understood(
    body: &[u8],
    signer: &RemoteActor,
) -> Result<InboundActivity, BadActivity> {
    let activity = Activity::parse(body)?;
    let document = new_actor(signer, NOW).unwrap();
    let followers = document.followers.clone();
    let request = RequestIdentity {
        hash: Sha256::of_bytes(body),
        signed_at: NOW,
        object: activity.edit_hash(body),
    };
    let (urls, creates) = (urls(), HashMap::new());
    let ours = Ours {
        urls: &urls,
        creates: &creates,
        language: "en",
        warnings: &[],
    };
    let action = interpret(ours, &activity, followers.as_deref());
    Ok(InboundActivity {
        sender: sender(&activity, Sender::Read(Box::new(document)), NOW),
        activity: activity.id,
        action,
        evidence: evidence(body, signer),
        request: Some(request),
        at: NOW,
    })
}

/// The same of a JSON value that is an activity.
pub(crate) fn incoming(activity: &Value, signer: &RemoteActor) -> InboundActivity {
    understood(activity.to_string().as_bytes(), signer).unwrap()
}

fn evidence(body: &[u8], signer: &RemoteActor) -> EvidenceRow {
    let key = &signer.public_keys[0];
    EvidenceRow {
        how: "signed".to_owned(),
        method: "POST".to_owned(),
        path: "/inbox".to_owned(),
        headers: "date: today\n".to_owned(),
        body: body.to_vec(),
        key_id: key.id.clone(),
        pem: key.pem.clone(),
        received_at: NOW,
    }
}

fn told(row: &ActRow) -> String {
    let act = row.act;
    match act.ended {
        None => {
            let waits = act.outcome.waits_for().map(|it| format!(" for {it}"));
            let waits = waits.unwrap_or_default();
            format!("{} {}{waits}", act.kind, act.outcome.state())
        }
        Some((_, cause)) => format!("{} ended by {cause}", act.kind),
    }
}
