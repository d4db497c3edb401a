//! `GET /metrics` for Prometheus, on a listener of its own (`server.metrics_listen`).
//!
//! What this process did since it started is counted where it happens ([`LabelledCounter`]); what the database keeps is read when
//! somebody asks, every ten seconds at most. No label comes from outside, and no number tells of one person.

use std::{borrow::Cow, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
    routing::get,
};
use prometheus_client::{
    encoding::text::encode,
    metrics::{family::Family, gauge::Gauge, info::Info},
    registry::{Registry, Unit},
};
use tokio::sync::{Mutex, watch};

use super::state::{HttpState, Readiness};
use crate::{
    backup::DailyState,
    clock::Millis,
    counter::{LabelledCounter, Labels},
    delivery::alarm::LOOK_BACK,
    federation::{App, disk_space::Space},
    register,
    store::{HostStats, LastEvents, QueueStatus, Signatures, Store},
};

/// How long numbers of the database are good enough.
const KEPT: Duration = Duration::from_secs(10);

/// The text format of `OpenMetrics`, which Prometheus reads.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The classes of HTTP statuses.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// How many requests were answered, by the class of the status.
pub fn answers() -> LabelledCounter<1> {
    LabelledCounter::of(CLASSES.map(|class| [("class", class)]))
}

/// The class of a status.
pub(super) fn class(status: StatusCode) -> Labels<1> {
    let digit = usize::from(status.as_u16() / 100);
    let class = CLASSES.get(digit.saturating_sub(1));
    [("class", class.copied().unwrap_or("5xx"))]
}

/// What `/metrics` is made from.
#[derive(Debug)]
pub struct Metrics {
    app: Arc<App>,
    readiness: watch::Receiver<Readiness>,
    answers: LabelledCounter<1>,
    attempts: Option<LabelledCounter<1>>,
    numbers: Mutex<Option<(Millis, Numbers)>>,
}

/// What the database knows.
#[derive(Debug)]
struct Numbers {
    endorsements: Vec<(String, i64)>,
    signatories: Vec<(String, i64)>,
    followers: i64,
    waiting: [(&'static str, i64); 5],
    queue: QueueStatus,
    hosts: HostStats,
    jobs: i64,
    signatures: Signatures,
    last: LastEvents,
    backup: Option<Millis>,
}

impl Numbers {
    async fn read(store: &Store, now: Millis) -> register::Result<Self> {
        let mut tx = store.read().await?;
        let newest = tx.newest_substantive_revision().await?;
        let counts = tx.counts(newest).await?;
        let signatories = tx.signatory_counts(newest).await?.into_iter();
        Ok(Self {
            endorsements: tx.endorsements_by_state().await?,
            signatories: signatories.map(|(source, n, _)| (source, n)).collect(),
            followers: tx.follower_count().await?,
            waiting: [
                ("endorsements", counts.waiting),
                ("statements", counts.waiting_statements),
                ("names", counts.waiting_names),
                ("reports", tx.open_reports().await?),
                ("links", tx.count_link_suggestions().await?),
            ],
            queue: tx.queue_status(now).await?,
            hosts: tx.queue_stats().await?.hosts,
            jobs: tx.job_count().await?,
            signatures: tx.signatures_since(now.minus(LOOK_BACK)).await?,
            last: tx.last_events().await?,
            backup: DailyState::read(&mut tx).await?.last_at,
        })
    }

    fn register(&self, registry: &mut Registry, read: Millis) {
        let states = self.endorsements.iter().cloned();
        by(registry, ("endorsements", "state"), "Endorsements", states);
        let sources = self.signatories.iter().cloned();
        by(
            registry,
            ("signatories", "source"),
            "Names in the letter's list",
            sources,
        );
        one(
            registry,
            "followers",
            "Accounts that follow the letter",
            self.followers,
        );
        by(
            registry,
            ("waiting", "kind"),
            "What waits for a person",
            self.waiting,
        );
        let queue = &self.queue;
        let states = [("ready", queue.ready), ("waiting", queue.waiting)];
        let help = "Deliveries that could be sent now, and those that wait for a date";
        by(registry, ("queue_deliveries", "state"), help, states);
        let oldest = queue.oldest.map_or(0, |at| whole(read.since(at).as_secs()));
        let help = "How long the oldest delivery has been in the queue";
        registry.register_with_unit("queue_oldest", help, Unit::Seconds, gauge(oldest));
        let hosts = self.hosts;
        let states = [
            ("reachable", hosts.reachable),
            ("backing_off", hosts.backing_off),
            ("gone", hosts.gone),
        ];
        by(
            registry,
            ("hosts", "state"),
            "Servers, by their last delivery",
            states,
        );
        let help = "Work that needs other servers and waits for its turn";
        one(registry, "jobs", help, self.jobs);
        let answers = [
            ("answered", self.signatures.answered),
            ("refused", self.signatures.refused),
        ];
        let help = "Domains that answered a delivery in the last six hours, and those that refused its signature";
        by(registry, ("signature_domains", "state"), help, answers);
        let events = [
            ("received", self.last.received),
            ("delivered", self.last.delivered),
            ("signed", self.last.signed),
        ];
        let seconds = |at: Millis| at.as_millis().div_euclid(1000);
        let happened = events
            .into_iter()
            .filter_map(|(event, at)| Some((event, seconds(at?))));
        let help = "When something last happened; absent when it never did";
        by(
            registry,
            ("last_event_timestamp_seconds", "event"),
            help,
            happened,
        );
        if let Some(at) = self.backup {
            let help = "When the server last made a backup; absent when it never did";
            let name = "backup_last_success_timestamp_seconds";
            one(registry, name, help, seconds(at));
        }
    }
}

impl Metrics {
    /// The metrics of a server; `attempts` are those of its delivery worker.
    pub fn new(state: &HttpState, attempts: Option<LabelledCounter<1>>) -> Self {
        Self {
            app: Arc::clone(&state.app),
            readiness: state.readiness.clone(),
            answers: state.answers.clone(),
            attempts,
            numbers: Mutex::default(),
        }
    }

    /// The routes of their listener.
    pub fn routes(self) -> Router {
        let here = Router::new().route("/metrics", get(scrape));
        here.with_state(Arc::new(self))
    }

    fn counted(&self, registry: &mut Registry) {
        let app = &self.app;
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The program", version);
        let help = "Activities that came to an inbox";
        app.inbox_log
            .counter()
            .register(registry, "inbox_activities", help);
        let help = "What the sweep found, by what it looked at";
        app.sweep_looks.register(registry, "sweep_looks", help);
        let help = "Requests that were answered, by the class of the status";
        self.answers.register(registry, "http_responses", help);
        if let Some(attempts) = &self.attempts {
            attempts.register(
                registry,
                "delivery_attempts",
                "Attempts at deliveries, by result",
            );
        }
        let ready = *self.readiness.borrow() == Readiness::Ready;
        one(
            registry,
            "ready",
            "Whether the server writes and sends",
            i64::from(ready),
        );
        if let Some(ahead) = app.client.seconds_ahead() {
            let help = "How far our clock is ahead of other servers";
            registry.register_with_unit("clock_ahead", help, Unit::Seconds, gauge(ahead));
        }
        if let Some(Ok(space)) = app.store.file().map(|file| Space::of(&file)) {
            let help = "Free space of the database's disk";
            registry.register_with_unit("disk_free", help, Unit::Bytes, gauge(whole(space.free)));
            let help = "Size of the database's disk";
            registry.register_with_unit("disk_size", help, Unit::Bytes, gauge(whole(space.total)));
        }
    }

    /// The text of one scrape. A database that does not answer is a number, not an error: the others are still true.
    async fn text(&self) -> Result<String, std::fmt::Error> {
        let mut registry = Registry::with_prefix("undersigned");
        self.counted(&mut registry);
        let mut text = String::new();
        let now = self.app.clock.now();
        let mut kept = self.numbers.lock().await;
        if kept
            .as_ref()
            .is_none_or(|(read, _)| now.since(*read) >= KEPT)
        {
            *kept = match Numbers::read(&self.app.store, now).await {
                Ok(numbers) => Some((now, numbers)),
                Err(error) => {
                    tracing::error!(error = %error, "cannot read from the database for /metrics");
                    None
                }
            };
        }
        let help = "Whether the database answers";
        one(
            &mut registry,
            "database_up",
            help,
            i64::from(kept.is_some()),
        );
        if let Some((read, numbers)) = &*kept {
            numbers.register(&mut registry, *read);
        }
        drop(kept);
        encode(&mut text, &registry)?;
        Ok(text)
    }
}

async fn scrape(State(metrics): State<Arc<Metrics>>) -> Response {
    match metrics.text().await {
        Ok(text) => ([(CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(error) => {
            tracing::error!(error = %error, "cannot write /metrics");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn gauge(value: i64) -> Gauge {
    let gauge = Gauge::default();
    gauge.set(value);
    gauge
}

/// A number without labels.
fn one(registry: &mut Registry, name: &str, help: &str, value: i64) {
    registry.register(name, help, gauge(value));
}

/// Numbers that differ by the words of one label.
fn by<W: Into<Cow<'static, str>>>(
    registry: &mut Registry,
    (name, label): (&str, &'static str),
    help: &str,
    values: impl IntoIterator<Item = (W, i64)>,
) {
    let family = Family::<[(&'static str, Cow<'static, str>); 1], Gauge>::default();
    for (word, value) in values {
        family.get_or_create(&[(label, word.into())]).set(value);
    }
    registry.register(name, help, family);
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
