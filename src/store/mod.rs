//! The only module with SQL: one store for SQLite and PostgreSQL, each statement written once.
//!
//! A [`Tx`] is one transaction on either database; the files beside this one add its queries and changes, one file
//! per subject. [`Store::read`] gives a snapshot, [`Store::write`] the one writer. Nothing here decides anything:
//! rules live in `endorsement`, use cases in `register`.
//!
//! To add a query: write a `pub async fn` on `Tx` in the file of its subject, in the common dialect
//! (`docs/ARCHITECTURE.md`), and test it in `tests/store`, which runs on both databases.

#[macro_use]
mod query_macros;

mod actors;
mod acts;
mod announcements;
mod anonymise;
mod audit;
mod blocks;
mod broadcast;
mod changes;
mod connect;
mod copy;
mod counts;
mod database;
mod dedup;
mod deliveries;
mod dereference_quota;
mod endorsement_queries;
mod endorsements;
mod error;
mod evidence;
mod file;
mod followers;
mod following;
mod forge_threads;
mod history;
mod identity;
mod inbox_log;
mod integrity;
mod jobs;
mod kept_counts;
mod key_changes;
mod launch;
mod leases;
mod links;
mod lists_and_rows;
mod migrate;
mod milestones;
mod moves;
mod names_off;
mod open;
mod organisations;
mod outgoing;
mod overview;
mod own_boosts;
mod own_keys;
mod person;
mod pictures;
mod projects;
mod public_lists;
mod public_organisations;
mod purge;
mod quotes;
mod reach;
mod reports;
mod responses;
mod restored;
mod revisions;
mod servers;
mod signatories;
mod statistics;
mod subscribers;
mod surge_windows;
mod threads;
mod translations;
mod trusted_domains;
mod verification;
mod waiting;
mod word_rules;
mod word_search;

pub use actors::{ActorRow, HostRow, KeyRow, NewActor};
pub use acts::{ActRow, KnownComment, UnsignedBy};
pub use announcements::{AnswerableRow, OwnPost, PostMention};
pub use audit::{AuditAction, AuditEntry, AuditFilter, AuditTarget, NewAudit, NewBulkAudit};
pub use blocks::{BlockRow, HostName, Reached};
pub use broadcast::Reachable;
pub use changes::{Listener, Topic, Versions};
pub use connect::{Access, OpenOptions};
pub use copy::{Contents, Copied, Copy, TABLES, Table};
pub use counts::{Counts, ForgeCount};
pub use database::{Store, Tx};
pub use dedup::{SeenRow, TombstoneRow};
pub use deliveries::{
    DeliveryOutcome, DueDelivery, FailingHost, HostPace, HostState, HostStats, LeasedHost,
    QueuePages, QueueRow, QueueStats, QueueStatus, Retried, Settled, Signatures,
};
pub use dereference_quota::{KnownPost, Ordered, WaitingLimits};
pub use endorsement_queries::{EndorsementFilter, EndorsementPages, EndorsementSummary};
pub use endorsements::{Edits, EndorsementRow, IndexedWords, PledgeRow};
pub use error::{Error, Result};
pub use evidence::EvidenceRow;
pub use file::ServingLock;
pub use followers::{FollowerEntry, FollowerRow};
pub use following::FollowingRow;
pub use forge_threads::{ForgeThreadRow, MissingComment};
pub use history::HistoryRow;
pub use identity::Identity;
pub use inbox_log::{InboxLogFilter, InboxLogOutcome, InboxLogRow};
pub use integrity::{INVARIANTS, IndexSum, Invariant};
pub use jobs::{JobLane, JobRow, NewJob};
pub use kept_counts::WrongCount;
pub use key_changes::{HeldKey, LONG_GONE};
pub use launch::{LaunchRow, LaunchText};
pub use links::{LinkRow, LinkSubject, LinkSuggestion, LinkedCounts};
pub use migrate::Migration;
pub use milestones::UnsettledCounts;
pub use organisations::{OrganisationAccount, OrganisationRow};
pub use outgoing::{ActivityRow, NewActivity, NewDelivery, OwnObject};
pub use overview::{LastEvents, PastCounts};
pub use own_boosts::OwnBoost;
pub use own_keys::{FormerKeys, OwnKey};
pub use projects::{ClaimRow, ProjectRow, ProjectSource, UntoldSpeaker};
pub use public_lists::{
    PageStart, PublicEntry, PublicFilter, PublicFound, PublicKind, PublicPage, PublicPages,
    PublicPlace, PublicSort,
};
pub use public_organisations::{
    OrganisationFilter, OrganisationPages, OrganisationPlace, OrganisationStart,
};
pub use purge::Purge;
pub use quotes::{QuoteAuthorizationRow, QuoteEntry};
pub use reach::{ReachKind, ReachRow};
pub use reports::{NewReport, ReportRow, ReportState};
pub use responses::{AnswerRow, HandOverRow};
pub use revisions::{RevisionHead, RevisionRow};
pub use servers::ServerRow;
pub use signatories::{ForgeName, NewSignatory, SignatoryPlace, SignatoryRow};
pub use statistics::{DayCount, ModerationCounts, ServerCounts};
pub use subscribers::{Subscriber, SubscriberNote};
pub use threads::ThreadPost;
pub use translations::TranslationRow;
pub use verification::{DueActor, VerifiableActor, VerificationSource};
pub use waiting::{SurgeRow, SurgingDomain};
pub use word_rules::WordRuleRow;
pub use word_search::{MAX_FOUND, WordSearch};
