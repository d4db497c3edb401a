//! What becomes due by itself: purges, judging again, quotas; and the consistency check.

pub mod check;
pub mod due;
pub mod judge_again;
pub mod quotas;
