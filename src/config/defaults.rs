//! The defaults. `config.toml` in the repository documents the same values; a test compares the two.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use ipnet::IpNet;
use url::Url;

use super::{
    ActorConfig, BackupConfig, DatabaseConfig, DatabaseUrl, DeliveryConfig, EndorsingConfig,
    GoalConfig, GoalCounts, LaunchMode, LetterConfig, LimitsConfig, LinksConfig, LogConfig,
    LogFormat, LogLevel, ModerationConfig, NoteConfig, NotifyConfig, PrivacyConfig, ServerConfig,
    Size, VerifyConfig, WebConfig, values::Written,
};
use crate::{
    activitystreams::{ActorType, NoteMode},
    endorsement::policy::{
        Acknowledge, DefaultPolicy, LikeDisplay, NamePolicy, Replies, ReplyDisplay, Statements,
    },
};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// A value from a literal of this file.
#[expect(
    clippy::expect_used,
    reason = "every literal is read by the test of the defaults"
)]
fn literal<T: Written>(text: &'static str) -> T {
    T::read(text).expect("a default is well-formed")
}

/// A URL from a literal of this file.
#[expect(
    clippy::expect_used,
    reason = "every literal is read by the test of the defaults"
)]
fn url(text: &'static str) -> Url {
    Url::parse(text).expect("a default is well-formed")
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            base_url: url("http://localhost:8080"),
            handle_domain: String::new(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            metrics_listen: None,
            trusted_proxies: [
                IpAddr::from(Ipv4Addr::LOCALHOST),
                Ipv6Addr::LOCALHOST.into(),
            ]
            .map(IpNet::from)
            .to_vec(),
            max_body: Size::from_bytes(1024 * 1024),
            count_in_statistics: true,
        }
    }
}

impl Default for DatabaseConfig {
    fn default() -> Self {
        Self {
            url: literal::<DatabaseUrl>("sqlite://data/undersigned.db"),
            max_connections: 10,
        }
    }
}

impl Default for LetterConfig {
    fn default() -> Self {
        Self {
            file: PathBuf::from("letter.md"),
            language: String::new(),
            source_url: None,
            sync_interval: HOUR,
            webhook_secret_file: PathBuf::new(),
            hashtags: Vec::new(),
            signatories_heading: String::new(),
            launch: LaunchMode::AtStart,
        }
    }
}

impl Default for ActorConfig {
    fn default() -> Self {
        Self {
            username: "letter".to_owned(),
            name: String::new(),
            kind: ActorType::Service,
            summary: String::new(),
            icon: PathBuf::new(),
            header: PathBuf::new(),
            also_known_as: Vec::new(),
            contact: String::new(),
        }
    }
}

impl Default for NoteConfig {
    fn default() -> Self {
        Self {
            mode: NoteMode::Auto,
            max_chars: 20_000,
            allow_quotes: true,
        }
    }
}

impl Default for EndorsingConfig {
    fn default() -> Self {
        Self {
            replies: Replies::Phrase,
            likes: true,
            like_display: LikeDisplay::Discoverable,
            reply_display: ReplyDisplay::Named,
            bots: false,
            nameless: false,
            phrases_file: PathBuf::new(),
            max_statement_chars: 500,
            close_at: None,
            acknowledge: Acknowledge::Like,
        }
    }
}

impl Default for ModerationConfig {
    fn default() -> Self {
        Self {
            statements: Statements::Queue,
            names: NamePolicy::Check,
            watch_names: Vec::new(),
            min_account_age: DAY * 3,
            surge_per_domain_per_hour: 25,
            surge_new_domains_per_hour: 2000,
            default_policy: DefaultPolicy::Open,
        }
    }
}

impl Default for LinksConfig {
    fn default() -> Self {
        Self {
            github: true,
            github_token_env: String::new(),
            github_api: literal("https://api.github.com"),
            github_pages: literal("https://github.com"),
        }
    }
}

impl Default for VerifyConfig {
    fn default() -> Self {
        Self {
            interval: DAY * 7,
            grace: DAY,
        }
    }
}

impl Default for GoalConfig {
    fn default() -> Self {
        Self {
            steps: vec![100, 500, 1000, 5000, 10_000],
            counts: GoalCounts::Signed,
            settle: HOUR * 6,
            announce: true,
            quiet: false,
        }
    }
}

impl Default for DeliveryConfig {
    fn default() -> Self {
        Self {
            workers: 0,
            per_host: 4,
            timeout: Duration::from_secs(10),
            give_up_after: DAY * 7,
        }
    }
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            per_address_per_minute: 300,
            per_actor_per_minute: 60,
            per_host_per_minute: 36_000,
            fetches_in_flight: 256,
        }
    }
}

impl Default for WebConfig {
    fn default() -> Self {
        Self {
            bulk_download: false,
            names_on_front: true,
            render_every: Duration::from_secs(1),
            join_url: Some(literal("https://joinmastodon.org/servers")),
        }
    }
}

impl Default for PrivacyConfig {
    fn default() -> Self {
        Self {
            raw_max: Size::from_bytes(64 * 1024),
            raw_budget: Size::from_bytes(512 * 1024 * 1024),
            purge_withdrawn_after: DAY * 30,
            keep_comments: DAY * 30,
            keep_waiting: DAY * 180,
            keep_rejected: DAY * 90,
            keep_reports: DAY * 180,
            anonymise_after_close: None,
        }
    }
}

impl Default for NotifyConfig {
    fn default() -> Self {
        Self {
            webhook_url: None,
            webhook_secret_file: PathBuf::new(),
            smtp_url_env: String::new(),
            mail_to: String::new(),
            every: 6 * HOUR,
        }
    }
}

impl Default for BackupConfig {
    fn default() -> Self {
        Self {
            dir: PathBuf::new(),
            every: DAY,
            keep: 14,
        }
    }
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            level: LogLevel::Info,
            journal_rows: 10_000,
        }
    }
}
