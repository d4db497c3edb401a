//! The letter: publication, state, signatories, announcements and milestones.

pub mod announcements;
pub mod answers;
pub(in crate::register::letter) mod change_post;
pub mod hand_over;
pub mod launch;
pub mod letter_state;
pub mod milestones;
pub mod note;
pub mod own_boosts;
pub mod publish;
pub mod remote_post;
pub(in crate::register::letter) mod send_note;
pub mod signatories;
pub mod still_in_file;
pub mod subscribers;
pub mod sync;
pub mod threads;
pub mod totals;
pub mod translations;
