//! What becomes due by itself: purges, judging again, quotas; and the consistency check.

pub mod anonymise;
pub mod check;
pub mod judge_again;
pub mod links;
pub mod nonce;
pub mod notices;
pub mod projects;
pub mod purge;
pub mod quotas;
pub mod restored;
pub mod sweep;
