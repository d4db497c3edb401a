use std::sync::Arc;

use super::*;
use crate::{
    clock::FixedClock,
    delivery::{WorkerStep, jobs::JobRunner},
    http_client::ClientSettings,
    random::SeededRandom,
    register::maintenance::notices::{NoticeSettings, Situation, WaitingCounts, failure, review},
    store::{Access, JobLane},
    support::{
        NOW,
        database::{postgres, sqlite},
        organisers::{MailServer, Receiver},
        worker::{lab_client, public_client},
    },
};

/// A store with one notice by each way, and what sends it.
struct Scene {
    store: Store,
    clock: Arc<FixedClock>,
    sender: Arc<NoticeSender>,
}

impl Scene {
    async fn new(url: &str, receiver: &Receiver, mail: &MailServer) -> Self {
        let store = Store::open(url, 2, Access::Create).await.unwrap();
        let address = |text: &str| text.parse::<Mailboxes>().unwrap();
        let server = Url::parse(&format!("smtp://{}", mail.address)).unwrap();
        let from = "letter@letter.example".parse().unwrap();
        let to = address("Ada <ada@letter.example>, bob@letter.example");
        let sender = NoticeSender {
            webhook: Some(Webhook::new(receiver.url.parse().unwrap(), b"secret")),
            mail: Some(Mail::new(&server, from, to).unwrap()),
        };
        let settings = NoticeSettings {
            by: sender.kinds(),
            every: Duration::from_hours(6),
            letter: "https://letter.example".to_owned(),
        };
        let situation = Situation {
            waiting: WaitingCounts {
                endorsements: 5,
                ..WaitingCounts::default()
            },
            ..Situation::default()
        };
        let random = SeededRandom::new(1);
        assert!(
            review(&store, &settings, &random, &situation, NOW)
                .await
                .unwrap()
        );
        Self {
            store,
            clock: Arc::new(FixedClock::at(NOW)),
            sender: Arc::new(sender),
        }
    }

    /// Runs what is due.
    async fn step(&self, settings: ClientSettings) -> WorkerStep {
        let client = Client::new(settings).unwrap().0;
        let (store, clock, sender) = (
            self.store.clone(),
            Arc::clone(&self.clock),
            Arc::clone(&self.sender),
        );
        let handler = move |job: JobRow| {
            let (store, client) = (store.clone(), client.clone());
            let (clock, sender) = (Arc::clone(&clock), Arc::clone(&sender));
            async move { sender.perform(&store, &client, &*clock, &job).await }
        };
        let clock = Arc::<FixedClock>::clone(&self.clock);
        let random = Arc::new(SeededRandom::new(2));
        let lane = (JobLane::Main, 4);
        let runner = JobRunner::new(self.store.clone(), clock, random, lane, handler);
        runner.step().await.unwrap()
    }

    async fn lab_step(&self) -> WorkerStep {
        self.step(lab_client(Arc::<FixedClock>::clone(&self.clock)))
            .await
    }

    async fn failures(&self) -> [Option<String>; 2] {
        let mut tx = self.store.read().await.unwrap();
        let mut found = [None, None];
        for (found, kind) in found.iter_mut().zip([NOTIFY_WEBHOOK, NOTIFY_MAIL]) {
            let failure = failure(&mut tx, kind).await.unwrap();
            *found = failure.map(|failure| failure.error);
        }
        found
    }
}

/// Both are refused at first, and taken an hour later.
async fn is_tried_again(url: &str) {
    let receiver = Receiver::start(&[500, 302]).await;
    let mail = MailServer::start(1).await;
    let scene = Scene::new(url, &receiver, &mail).await;
    assert_eq!(scene.lab_step().await, WorkerStep::Sent(2));
    let [webhook, mailed] = scene.failures().await;
    assert!(webhook.unwrap().contains("answered 500"));
    assert!(mailed.unwrap().contains("come again"));
    assert!(matches!(
        scene.lab_step().await,
        WorkerStep::Idle { until: Some(_) }
    ));
    assert_eq!(receiver.requests().len(), 1);
    scene.clock.advance(Duration::from_hours(1));
    // The redirect is not followed: it leads to what would take it.
    assert_eq!(scene.lab_step().await, WorkerStep::Sent(2));
    assert!(scene.failures().await[0].as_ref().unwrap().contains("302"));
    assert_eq!(receiver.requests().len(), 2);
    scene.clock.advance(Duration::from_hours(2));
    assert_eq!(scene.lab_step().await, WorkerStep::Sent(1));
    assert_eq!(scene.lab_step().await, WorkerStep::Idle { until: None });
    assert_eq!(scene.failures().await, [None, None]);

    // Each attempt has the same id and the same body, with its signature.
    let requests = receiver.requests();
    assert_eq!(requests.len(), 3);
    let key = |secret: &[u8]| hmac::Key::new(hmac::HMAC_SHA256, secret);
    for (headers, body) in &requests {
        assert_eq!(body, &requests[0].1);
        let notice: Notice = serde_json::from_str(body).unwrap();
        assert_eq!(headers[ID], notice.id.as_str());
        assert_eq!((notice.at, notice.situation.waiting.endorsements), (NOW, 5));
        let signature = headers[SIGNATURE].to_str().unwrap();
        let signature = signature.strip_prefix("sha256=").unwrap();
        let signed_by = |secret: &[u8]| {
            let tag = hmac::sign(&key(secret), body.as_bytes());
            let digits = tag.as_ref().iter().map(|byte| format!("{byte:02x}"));
            digits.collect::<Vec<_>>().concat()
        };
        assert_eq!(signature, signed_by(b"secret"));
        assert_ne!(signature, signed_by(b"other"));
    }
    let mails = mail.mails();
    assert_eq!(mails.len(), 1);
    for said in [
        "MAIL FROM:<letter@letter.example>",
        "RCPT TO:<ada@letter.example>",
        "RCPT TO:<bob@letter.example>",
        "Date: Sun, 22 Nov 2026 12:00:00 +0000",
        "Auto-Submitted: auto-generated",
        "Subject: https://letter.example: 5 endorsements wait: `undersigned review`",
        "\r\n5 endorsements wait: `undersigned review`\r\n",
    ] {
        assert!(mails[0].contains(said), "{said}: {}", mails[0]);
    }
    scene.store.close().await;
}

#[tokio::test]
async fn a_notice_that_is_not_taken_is_tried_again_unchanged() {
    let (_folder, url) = sqlite();
    is_tried_again(&url).await;
    if let Some((_database, url)) = postgres().await {
        is_tried_again(&url).await;
    }
}

#[tokio::test]
async fn a_webhook_leads_to_no_private_address() {
    let (receiver, mail) = (Receiver::start(&[]).await, MailServer::start(0).await);
    let (_folder, url) = sqlite();
    let scene = Scene::new(&url, &receiver, &mail).await;
    let clock = Arc::<FixedClock>::clone(&scene.clock);
    assert_eq!(scene.step(public_client(clock)).await, WorkerStep::Sent(2));
    assert!(
        scene.failures().await[0]
            .as_ref()
            .unwrap()
            .contains("not allowed")
    );
    assert!(receiver.requests().is_empty());
}

#[tokio::test]
async fn what_was_taken_out_of_the_configuration_is_not_tried_again() {
    let (receiver, mail) = (Receiver::start(&[]).await, MailServer::start(0).await);
    let (_folder, url) = sqlite();
    let mut scene = Scene::new(&url, &receiver, &mail).await;
    scene.sender = Arc::new(NoticeSender::default());
    assert_eq!(scene.lab_step().await, WorkerStep::Sent(2));
    assert_eq!(scene.lab_step().await, WorkerStep::Idle { until: None });
    assert!(receiver.requests().is_empty() && mail.mails().is_empty());
}
