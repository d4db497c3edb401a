//! Tells the organisers what waits: a signed POST to a webhook, and a mail. Each attempt is a job, so it is tried again for
//! days, and survives a restart.
//!
//! Not here: what is told, and when (`register::maintenance::notices`).

use std::{
    fmt::Write as _,
    time::{Duration, UNIX_EPOCH},
};

use aws_lc_rs::hmac;
use http::{HeaderMap, HeaderValue, StatusCode, header::CONTENT_TYPE};
use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{
        Mailbox, Mailboxes,
        header::{ContentType, HeaderName, HeaderValue as MailHeader, To},
    },
};
use url::Url;

use super::{error::explain, jobs::JobError};
use crate::{
    clock::Clock,
    http_client::{Client, FetchFailure, PostOutcome},
    register::{
        self,
        maintenance::notices::{NOTIFY_MAIL, NOTIFY_WEBHOOK, Notice, NoticeFailure, note_attempt},
    },
    store::{JobRow, Store},
};

/// The signature of the body: `sha256=` and the HMAC in hexadecimal, as GitHub's webhooks have it.
const SIGNATURE: &str = "x-undersigned-signature-256";
/// The id of the notice, which is the same for each attempt.
const ID: &str = "x-undersigned-delivery";

/// The longest wait for a step of the mail server.
const MAIL_PATIENCE: Duration = Duration::from_secs(20);

/// A webhook.
#[derive(Debug)]
pub struct Webhook {
    url: Url,
    key: hmac::Key,
}

impl Webhook {
    /// Posts there what is signed with this secret.
    pub fn new(url: Url, secret: &[u8]) -> Self {
        Self {
            url,
            key: hmac::Key::new(hmac::HMAC_SHA256, secret),
        }
    }
}

/// A mail server, and who gets mail.
#[derive(Debug)]
pub struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Mailboxes,
}

impl Mail {
    /// Sends by the server of this URL (`smtp`, `smtps`, or `smtp` with `?tls=required`), with the user name and password in
    /// it.
    ///
    /// # Errors
    /// What is no URL of a mail server.
    pub fn new(server: &Url, from: Mailbox, to: Mailboxes) -> Result<Self, NoticeError> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(server.as_str())?;
        Ok(Self {
            transport: transport.timeout(Some(MAIL_PATIENCE)).build(),
            from,
            to,
        })
    }

    async fn send(&self, notice: &Notice) -> Result<(), NoticeError> {
        let seconds = u64::try_from(notice.at.as_millis() / 1000).unwrap_or(0);
        let automatic = MailHeader::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        );
        let message = Message::builder()
            .from(self.from.clone())
            .mailbox(To::from(self.to.clone()))
            .subject(&notice.subject)
            .date(UNIX_EPOCH + Duration::from_secs(seconds))
            .message_id(Some(format!(
                "<{}@{}>",
                notice.id,
                self.from.email.domain()
            )))
            .raw_header(automatic)
            .header(ContentType::TEXT_PLAIN)
            .body(format!("{}\n\n{}\n", notice.text, notice.letter))?;
        self.transport.send(message).await?;
        Ok(())
    }
}

/// Why a notice was not sent. Names no address.
#[derive(Debug, thiserror::Error)]
pub enum NoticeError {
    /// The webhook cannot be reached, or may not be.
    #[error("cannot reach notify.webhook_url")]
    Unreachable(#[source] FetchFailure),
    /// The webhook did not take it.
    #[error("notify.webhook_url answered {0}; it has to answer 2xx, and no redirect is followed")]
    Answered(StatusCode),
    /// The mail server did not take it.
    #[error("the mail server of notify.smtp_url_env did not take a mail")]
    Mail(#[from] lettre::transport::smtp::Error),
    /// The mail cannot be written.
    #[error("cannot write a mail")]
    Unwritable(#[from] lettre::error::Error),
    /// The notice cannot be read.
    #[error("cannot read a notice that was queued")]
    Unreadable(#[from] serde_json::Error),
    /// It was taken out of the configuration.
    #[error("this way of telling is not configured any more")]
    NotConfigured,
    /// What came of it cannot be kept.
    #[error("cannot keep what came of a notice")]
    Register(#[from] register::Error),
}

/// The ways of telling that are configured.
#[derive(Debug, Default)]
pub struct NoticeSender {
    /// `notify.webhook_url`.
    pub webhook: Option<Webhook>,
    /// `notify.mail_to`.
    pub mail: Option<Mail>,
}

impl NoticeSender {
    /// The kinds of jobs that this sender can do.
    pub fn kinds(&self) -> Vec<&'static str> {
        let webhook = self.webhook.as_ref().map(|_| NOTIFY_WEBHOOK);
        let mail = self.mail.as_ref().map(|_| NOTIFY_MAIL);
        webhook.into_iter().chain(mail).collect()
    }

    /// Whether a job is one of those.
    pub fn is_notice(kind: &str) -> bool {
        matches!(kind, NOTIFY_WEBHOOK | NOTIFY_MAIL)
    }

    /// Does one job, and keeps what came of it for `status`.
    ///
    /// # Errors
    /// What may work later is tried again.
    pub async fn perform(
        &self,
        store: &Store,
        client: &Client,
        clock: &dyn Clock,
        job: &JobRow,
    ) -> Result<(), JobError> {
        let sent = self.send(client, &job.kind, &job.payload).await;
        // What was taken out of the configuration fails no more.
        let failed = sent.as_ref().err();
        let failed = failed.filter(|error| !matches!(error, NoticeError::NotConfigured));
        let failure = failed.map(|error| NoticeFailure {
            at: clock.now(),
            error: explain(error),
        });
        if let Some(failure) = &failure {
            tracing::warn!(
                kind = job.kind,
                attempts = job.attempts,
                error = failure.error,
                "cannot tell the organisers what waits"
            );
        }
        note_attempt(store, &job.kind, failure.as_ref())
            .await
            .map_err(JobError::retry)?;
        sent.map_err(|error| match error {
            NoticeError::NotConfigured
            | NoticeError::Unreadable(_)
            | NoticeError::Unwritable(_) => JobError::fail(error),
            NoticeError::Unreachable(_)
            | NoticeError::Answered(_)
            | NoticeError::Mail(_)
            | NoticeError::Register(_) => JobError::retry(error),
        })
    }

    async fn send(&self, client: &Client, kind: &str, payload: &str) -> Result<(), NoticeError> {
        let notice: Notice = serde_json::from_str(payload)?;
        match (kind, &self.webhook, &self.mail) {
            (NOTIFY_WEBHOOK, Some(webhook), _) => post(client, webhook, &notice, payload).await,
            (NOTIFY_MAIL, _, Some(mail)) => mail.send(&notice).await,
            _ => Err(NoticeError::NotConfigured),
        }
    }
}

async fn post(
    client: &Client,
    webhook: &Webhook,
    notice: &Notice,
    body: &str,
) -> Result<(), NoticeError> {
    let signature = hmac::sign(&webhook.key, body.as_bytes());
    let mut signed = "sha256=".to_owned();
    for byte in signature.as_ref() {
        write!(signed, "{byte:02x}").ok();
    }
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in [(SIGNATURE, signed.as_str()), (ID, notice.id.as_str())] {
        // Hexadecimal digits and letters of our own alphabet.
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    match client.post(&webhook.url, headers, body.to_owned()).await {
        PostOutcome::Answered { status, .. } if status.is_success() => Ok(()),
        PostOutcome::Answered { status, .. } => Err(NoticeError::Answered(status)),
        PostOutcome::Unreachable(failure) => Err(NoticeError::Unreachable(failure)),
    }
}

#[cfg(test)]
#[path = "notices_tests.rs"]
mod tests;
