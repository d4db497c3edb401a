//! The store's contract: every query and every change, on both databases.
//!
//! `TEST_POSTGRES_URL` names the PostgreSQL server; `tests/tidy` keeps every method of `Tx` in here.

mod actors;
mod acts;
mod anonymise;
mod audience;
mod audit;
mod audit_list;
mod blocks;
mod boosts;
mod broadcast;
mod changes;
mod copying;
mod counts;
mod dedup;
mod deliveries;
mod dereference_quota;
mod endorsement_queries;
mod endorsements;
pub(crate) mod fixtures;
mod following;
mod forge_threads;
mod forges;
mod full;
mod host_waiting;
mod inbox_log;
mod inboxes;
mod integrity;
mod jobs;
mod kept_counts;
mod keys;
mod launch;
mod leases;
mod letter;
mod links;
mod locking;
mod long_ids;
mod milestones;
mod moves;
mod names_off;
mod opening;
mod organisations;
mod outgoing;
mod overview;
mod own_boosts;
mod own_keys;
mod own_posts;
mod person;
mod projects;
mod public_lists;
mod purge;
mod queue_admin;
mod quotas;
mod read_only;
mod reports;
mod responses;
mod restored;
mod schema;
mod signatories;
mod statistics;
mod subscribers;
mod supersede;
mod threads;
mod transactions;
mod verification;
mod waiting;

use crate::{
    both::on_both,
    support::{database, sql},
};
