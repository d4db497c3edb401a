//! Looks for what the organisers have to know (`[notify]`).

use std::time::Duration;

use anyhow::Context as _;
use http::{HeaderMap, Method};
use lettre::{
    Address,
    message::{Mailbox, Mailboxes},
};
use tokio::sync::watch;
use url::Url;

use super::environment::{self, Environment};
use crate::{
    backup::DailyState,
    clock::Millis,
    config::Config,
    delivery::{
        alarm::{LOOK_BACK, nobody_believes_us},
        notices::{Mail, NoticeSender, Webhook},
    },
    endorsement::policy::LetterState,
    federation::disk_space::Room,
    http_client::{Client, look::Validity},
    register::{
        actor::lifecycle::Lifetime,
        maintenance::notices::{
            self, NoticeSettings, SignatureAnswers, Situation, WaitingCounts, task_ended,
        },
    },
};

/// How often it is looked for what there is to tell.
pub(super) const EVERY: Duration = Duration::from_mins(1);
/// How often our own certificate is looked at.
const CERTIFICATE_EVERY: Duration = Duration::from_hours(24);
/// The same while nobody answers there.
const CERTIFICATE_AGAIN: Duration = Duration::from_hours(1);

/// How the organisers are told, by the configuration.
///
/// # Errors
/// The secret cannot be read or is empty, or an address is none; [`SmtpUrlError`](crate::config::SmtpUrlError).
pub(crate) fn sender(config: &Config) -> anyhow::Result<NoticeSender> {
    let notify = &config.notify;
    let webhook = match (&notify.webhook_url, config.notify_secret_file()) {
        (Some(url), Some(file)) => {
            let secret = environment::read(&file).context("notify.webhook_secret_file")?;
            let secret = secret.trim_end_matches(['\r', '\n']);
            anyhow::ensure!(
                !secret.is_empty(),
                "notify.webhook_secret_file: {} is empty; write a long random text into it, and the same where the \
                 webhook is received",
                file.display()
            );
            Some(Webhook::new(url.as_url().clone(), secret.as_bytes()))
        }
        _ => None,
    };
    let server = config.smtp_url().context("notify.smtp_url_env")?;
    let mail = server.map(|server| {
        let to: Mailboxes = notify.mail_to.parse().context("notify.mail_to")?;
        let from = mail_from(config, server, &to)
            .context("notify.mail_to: mail needs a sender; give actor.contact an e-mail address")?;
        Mail::new(server, from, to).context("notify.smtp_url_env")
    });
    Ok(NoticeSender {
        webhook,
        mail: mail.transpose()?,
    })
}

/// Whose name mail is sent in, which mail servers check: who logs in there, else `actor.contact`, else who gets it.
fn mail_from(config: &Config, server: &Url, to: &Mailboxes) -> Option<Mailbox> {
    let user = server.username().replace("%40", "@");
    let contact = config.contact_address().map(str::to_owned);
    let mut candidates = std::iter::once(user).chain(contact);
    let address = candidates.find_map(|address| address.parse::<Address>().ok());
    let address = address.or_else(|| to.iter().next().map(|mailbox| mailbox.email.clone()));
    address.map(|address| Mailbox::new(None, address))
}

/// Compares once a minute how things are with what was told.
#[derive(Debug)]
pub(super) struct NoticeTask {
    env: Environment,
    client: Client,
    room: watch::Receiver<Room>,
    lifetime: watch::Receiver<Lifetime>,
    settings: NoticeSettings,
    certificate_ends: Option<Millis>,
    /// When the certificate is looked at next.
    look_at: Millis,
}

impl NoticeTask {
    /// The task that orders what `sender` can send; `None` when nobody is to be told.
    pub(super) fn new(
        env: &Environment,
        client: &Client,
        sender: &NoticeSender,
        room: &watch::Receiver<Room>,
        lifetime: &watch::Receiver<Lifetime>,
    ) -> Option<Self> {
        let by = sender.kinds();
        let settings = NoticeSettings {
            every: env.config.notify.every,
            letter: env.urls.origin().to_owned(),
            by,
        };
        (!settings.by.is_empty()).then(|| Self {
            env: env.clone(),
            client: client.clone(),
            room: room.clone(),
            lifetime: lifetime.clone(),
            settings,
            certificate_ends: None,
            look_at: Millis::default(),
        })
    }

    pub(super) async fn run(&mut self) {
        if *self.lifetime.borrow() != Lifetime::Living || self.room.borrow().is_full() {
            return;
        }
        let now = self.env.clock.now();
        self.look_at_certificate(now).await;
        if let Err(error) = self.review(now).await {
            tracing::error!(error = %error, "cannot find out what the organisers have to know; trying again");
        }
    }

    async fn review(&self, now: Millis) -> anyhow::Result<()> {
        let situation = self.situation(now).await?;
        let (store, random) = (&self.env.store, self.env.random.as_ref());
        if notices::review(store, &self.settings, random, &situation, now).await? {
            tracing::info!("the organisers are told what waits");
        }
        Ok(())
    }

    async fn look_at_certificate(&mut self, now: Millis) {
        let url = &self.env.config.server.base_url;
        if url.scheme() != "https" || now < self.look_at {
            return;
        }
        let looked = self
            .client
            .look(Method::HEAD, url, HeaderMap::new(), String::new())
            .await;
        let wait = match looked {
            Ok(answer) => {
                let validity = answer.certificate.as_deref().and_then(Validity::of);
                self.certificate_ends = validity.map(|validity| validity.ends);
                CERTIFICATE_EVERY
            }
            Err(error) => {
                tracing::warn!(error = %error, "cannot look at our own certificate");
                CERTIFICATE_AGAIN
            }
        };
        self.look_at = now.plus(wait);
    }

    async fn situation(&self, now: Millis) -> anyhow::Result<Situation> {
        let are_made = self.env.config.backup_folder().is_some();
        let disk_is_low = *self.room.borrow() != Room::Enough;
        let mut tx = self.env.store.read().await?;
        let newest = tx.newest_substantive_revision().await?;
        let counts = tx.counts(newest).await?;
        let signatures = tx.signatures_since(now.minus(LOOK_BACK)).await?;
        let surges = tx.surging_domains(i64::MAX).await?.len();
        let schedule = self.env.schedule(&mut tx).await?;
        let backups = DailyState::read(&mut tx).await?;
        let is_open = schedule.state(now) != LetterState::Closed;
        Ok(Situation {
            waiting: WaitingCounts {
                endorsements: counts.waiting,
                statements: counts.waiting_statements,
                names: counts.waiting_names,
                reports: tx.open_reports().await?,
                links: tx.count_link_suggestions().await?,
            },
            surges: i64::try_from(surges)?,
            signatures: SignatureAnswers {
                answered: signatures.answered,
                refused: signatures.refused,
                alarm: nobody_believes_us(signatures),
            },
            certificate_ends: self.certificate_ends,
            disk_is_low,
            backups_fail_since: backups.failing_since.filter(|_| are_made),
            closes_at: schedule.closes_at().filter(|_| is_open),
            task_ended: task_ended(&mut tx).await?,
        })
    }
}
