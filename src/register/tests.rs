//! Tests of the register on a real database.

mod people;
mod support;

mod account_move;
mod announcements;
mod blocks;
mod boosts;
mod check;
mod decisions;
mod dereference_jobs;
mod flags;
mod follows;
mod found_in_review;
mod key_change;
mod letter_state;
mod likes;
mod limits;
mod maintenance;
mod milestones;
mod names;
mod profile_update;
mod properties;
mod publish;
mod purge;
mod quotas;
mod quotes;
mod reactions;
mod repetitions;
mod replies;
mod seams;
mod statements;
mod undo;
mod verification;
