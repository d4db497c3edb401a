//! A register on a database file of its own, and queries about it.

use std::{collections::HashMap, sync::Arc, time::Duration};

use super::people::{changed, person, url};
use crate::{
    activitystreams::Urls,
    clock::{Clock as _, FixedClock, Millis},
    endorsement::{
        ReviewState, State,
        decide::Decision,
        names::WatchList,
        policy::{LetterState, Policy},
        wording::Phrases,
    },
    hash::{Salt, Sha256},
    random::SeededRandom,
    register::{
        InboundActivity, PendingDeliveries, ReceiveOutcome, Result, Rules,
        inbound::{
            news::News,
            receive::receive,
            surge_limit::{Surge, SurgeLimits},
        },
        maintenance::{
            check::{self, CheckReport},
            judge_again::judge_surges,
            purge::{Keep, maintain},
        },
        moderation::decisions::{DecisionOrder, DecisionReason, decide_one, find},
        rules::Context,
    },
    store::{
        Access, ActRow, EndorsementRow, HistoryRow, NewActor, OwnObject, PageStart, PublicEntry,
        PublicFilter, RevisionRow, Store, Tx,
    },
};

pub(super) const NOW: Millis = Millis::from_millis(1_795_348_800_000);
pub(super) const SECOND: Duration = Duration::from_secs(1);
pub(super) const HOUR: Duration = Duration::from_hours(1);
pub(super) const DAY: Duration = Duration::from_hours(24);

/// `[privacy]` of `config.toml`.
pub(super) const KEEP: Keep = Keep {
    comments: Duration::from_hours(30 * 24),
    waiting: Duration::from_hours(180 * 24),
    rejected: Duration::from_hours(90 * 24),
    withdrawn: Duration::from_hours(30 * 24),
    reports: Duration::from_hours(180 * 24),
};

/// Surge limits that no test reaches by accident.
const WIDE: SurgeLimits = SurgeLimits {
    per_domain: 10_000,
    per_known_domain: 10_000,
    new_domains: 10_000,
};

/// The register with its rules and its clock.
pub(super) struct World {
    pub(super) store: Store,
    pub(super) clock: FixedClock,
    pub(super) context: Context,
    pub(super) surge: Surge,
    _folder: tempfile::TempDir,
}

impl World {
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("register.db").display());
        let base = "https://letter.example".parse().unwrap();
        let rules = Rules {
            policy: Policy::default(),
            closes_at: None,
            launches_at: None,
            phrases: Arc::new(Phrases::built_in()),
            pledge: None,
            watch: Arc::new(WatchList::new(&[])),
            revision: 1,
            revised_at: vec![(1, NOW.minus(DAY))],
            language: "en".to_owned(),
            warnings: Vec::new(),
            blocks: Arc::default(),
            trusted: Arc::default(),
            word_rules: Arc::default(),
            policy_version: 0,
            allow_quotes: true,
            names_off: false,
            creates: HashMap::default(),
            github: "github.com".to_owned(),
        };
        Self {
            store: Store::open(&url, 4, Access::Create).await.unwrap(),
            clock: FixedClock::at(NOW),
            context: Context {
                rules: Arc::new(rules),
                urls: Arc::new(Urls::new(&base, "letter.example", "letter")),
                random: Arc::new(SeededRandom::new(7)),
                salt: Salt::new("salt"),
            },
            surge: Surge::new(WIDE),
            _folder: folder,
        }
    }

    /// A world in which these actors are known, each as [`person`] makes them.
    pub(super) async fn with(people: &[&str]) -> Self {
        let world = Self::new().await;
        for who in people {
            world.meet(person(who)).await;
        }
        world
    }

    pub(super) async fn meet(&self, actor: NewActor) {
        let mut tx = self.store.write().await.unwrap();
        tx.save_actors(&[actor]).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(super) fn rules(&mut self) -> &mut Rules {
        Arc::make_mut(&mut self.context.rules)
    }

    /// Publishes an object of ours, so that it can be boosted.
    pub(super) async fn published(&self, path: &str) {
        self.published_until(path, None).await;
    }

    /// An object of ours that was published, and may be deleted since.
    pub(super) async fn published_until(&self, path: &str, deleted_at: Option<Millis>) {
        let object = OwnObject {
            path: path.to_owned(),
            kind: "post".to_owned(),
            published_at: NOW,
            updated_at: None,
            deleted_at,
        };
        let mut tx = self.store.write().await.unwrap();
        tx.save_own_object(&object).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The public count of boosts and quotes, and of boosts of the letter alone.
    pub(super) async fn reach(&self) -> (i64, i64) {
        let counts = self.read().await.counts(1).await.unwrap();
        (counts.reach, counts.boosts)
    }

    pub(super) fn letter(&mut self, state: LetterState) {
        self.rules().policy.letter = state;
    }

    pub(super) fn now(&self) -> Millis {
        self.clock.now()
    }

    /// Receives a batch, in one transaction.
    pub(super) async fn receive(&self, incoming: &[InboundActivity]) -> Vec<ReceiveOutcome> {
        self.receive_with_news(incoming).await.0
    }

    /// The same, with what it means for those who look at pages.
    pub(super) async fn receive_with_news(
        &self,
        incoming: &[InboundActivity],
    ) -> (Vec<ReceiveOutcome>, News) {
        let now = self.now();
        let incoming: Vec<_> = incoming
            .iter()
            .map(|activity| InboundActivity {
                at: now,
                ..activity.clone()
            })
            .collect();
        let mut tx = self.store.write().await.unwrap();
        let (answers, _, saved) = receive(&mut tx, &self.context, &self.surge, now, &incoming)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        (answers, saved.news)
    }

    /// Receives one activity.
    pub(super) async fn take(&self, incoming: InboundActivity) {
        let answers = self.receive(&[incoming]).await;
        let taken = matches!(
            answers[..],
            [ReceiveOutcome::Taken | ReceiveOutcome::Repeated]
        );
        assert!(taken, "{answers:?}");
    }

    /// Lets the actor send this document of its own, as it is now.
    pub(super) async fn read_again(&self, document: NewActor) {
        let id = format!("read/{}", self.now().as_millis());
        let document = NewActor {
            read_at: self.now(),
            ..document
        };
        self.take(changed(document, &id)).await;
    }

    pub(super) async fn read(&self) -> Tx {
        self.store.read().await.unwrap()
    }

    /// A decision by an administrator named Mona.
    pub(super) async fn decide(&self, decision: Decision, who: &str) -> Result<PendingDeliveries> {
        self.decide_as("mona", decision, who).await
    }

    pub(super) async fn decide_as(
        &self,
        by: &str,
        decision: Decision,
        who: &str,
    ) -> Result<PendingDeliveries> {
        let mut tx = self.store.write().await?;
        let target = find(&mut tx, &url(who)).await?.remove(0);
        let order = DecisionOrder {
            decision,
            by: by.to_owned(),
            reason: Some(DecisionReason::parse("spam: sells shoes")),
            named: true,
        };
        let effects = decide_one(&mut tx, &self.context, self.now(), &target, &order).await?;
        tx.commit().await?;
        Ok(effects)
    }

    pub(super) async fn maintain(&self) {
        let (store, context, now) = (&self.store, &self.context, self.now());
        judge_surges(store, context, &self.surge, now)
            .await
            .unwrap();
        maintain(store, context, &self.surge, &KEEP, now)
            .await
            .unwrap();
    }

    pub(super) async fn check(&self) -> CheckReport {
        check::check(&self.store, &self.context, self.now())
            .await
            .unwrap()
    }

    pub(super) async fn find(&self, who: &str) -> Option<EndorsementRow> {
        let hash = Sha256::of(&url(who));
        let mut tx = self.read().await;
        let actor = tx.actors(&[hash]).await.unwrap().pop()?;
        tx.endorsements_of(&[actor.id]).await.unwrap().pop()
    }

    pub(super) async fn row(&self, who: &str) -> EndorsementRow {
        self.find(who).await.expect("there is an endorsement")
    }

    /// The state in a word or two: `listed Ada` with a shown name, `pending age` with what it waits for.
    pub(super) async fn state(&self, who: &str) -> String {
        let Some(row) = self.find(who).await else {
            return "nothing".to_owned();
        };
        let name = row
            .name
            .filter(|_| row.state == State::Listed && row.name_state == ReviewState::Shown);
        let more = row
            .waits_for
            .map(|waits_for| waits_for.to_string())
            .or(name);
        more.map_or(row.state.to_string(), |more| {
            format!("{} {more}", row.state)
        })
    }

    pub(super) async fn history(&self, who: &str) -> Vec<HistoryRow> {
        let id = self.row(who).await.id.unwrap();
        self.read().await.history(id).await.unwrap()
    }

    /// Each step of the history, `listed act`.
    pub(super) async fn steps(&self, who: &str) -> Vec<String> {
        let history = self.history(who).await;
        let step = |entry: &HistoryRow| format!("{} {}", entry.now, entry.cause);
        history.iter().map(step).collect()
    }

    /// The public list of persons.
    pub(super) async fn public(&self) -> Vec<PublicEntry> {
        let filter = PublicFilter::default();
        let mut tx = self.read().await;
        let page = tx.public_page(&filter, &PageStart::Top, 100);
        page.await.unwrap().entries
    }

    /// One column of text, by a query that the store does not offer.
    pub(super) async fn column(&self, sql: &'static str) -> Vec<String> {
        let Tx::Sqlite(mut tx) = self.read().await else {
            panic!("a file");
        };
        let rows: Vec<(String,)> = sqlx::query_as(sql).fetch_all(&mut *tx).await.unwrap();
        rows.into_iter().map(|row| row.0).collect()
    }

    /// Every act of an actor that is kept, ended ones and comments too, oldest first.
    pub(super) async fn acts_of(&self, actor_id: i64) -> Vec<ActRow> {
        const OBJECTS: &str = "SELECT object_hash FROM act WHERE actor_id = $1";
        let mut tx = self.read().await;
        let Tx::Sqlite(file) = &mut tx else {
            panic!("a file");
        };
        let query = sqlx::query_scalar(OBJECTS).bind(actor_id);
        let objects: Vec<Sha256> = query.fetch_all(&mut **file).await.unwrap();
        tx.acts(&[actor_id], &objects).await.unwrap()
    }

    /// Changes the database directly.
    pub(super) async fn tamper(&self, sql: &'static str) {
        let Tx::Sqlite(mut tx) = self.store.write().await.unwrap() else {
            panic!("a file");
        };
        let done = sqlx::query(sql).execute(&mut *tx).await.unwrap();
        assert!(done.rows_affected() > 0, "{sql}");
        tx.commit().await.unwrap();
    }

    /// The kinds of all activities that we sent, oldest first.
    pub(super) async fn sent(&self) -> Vec<String> {
        self.column("SELECT kind FROM activity ORDER BY id").await
    }

    /// The stored words and evidence, as `text` and `evidence` lines.
    pub(super) async fn kept(&self) -> Vec<String> {
        self.column(
            "SELECT 'text ' || text FROM act WHERE text IS NOT NULL
             UNION ALL SELECT 'warning ' || warning FROM act WHERE warning IS NOT NULL
             UNION ALL SELECT 'evidence ' || CAST(body AS TEXT) FROM evidence
             UNION ALL SELECT 'statement ' || statement FROM endorsement WHERE statement IS NOT NULL
             UNION ALL SELECT 'name ' || name FROM endorsement WHERE name IS NOT NULL
             UNION ALL SELECT 'reason ' || reason FROM endorsement WHERE reason IS NOT NULL
             UNION ALL SELECT 'affiliation ' || declared_affiliation FROM endorsement
                       WHERE declared_affiliation IS NOT NULL",
        )
        .await
    }

    pub(super) async fn followers(&self) -> usize {
        self.column("SELECT CAST(actor_id AS TEXT) FROM follower")
            .await
            .len()
    }
}

/// Surge limits of that many an hour from one domain.
pub(super) fn surge_of(per_domain: i64) -> Surge {
    let limits = SurgeLimits { per_domain, ..WIDE };
    Surge::new(limits)
}

/// The first revision, of a letter about which a case has nothing to say.
pub(super) fn first_revision(published_at: Millis) -> RevisionRow {
    RevisionRow {
        number: 1,
        kind: "first".to_owned(),
        same_as: 1,
        title: "A letter".to_owned(),
        digest: "0".repeat(64),
        source: "# A letter\n\nText.\n".to_owned(),
        note: None,
        by: "mona".to_owned(),
        published_at,
        warning: None,
        overruled: false,
    }
}
