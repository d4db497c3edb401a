//! The letter: publication, state, signatories, announcements and milestones.

pub mod announcements;
pub(in crate::register::letter) mod change_post;
pub mod hand_over;
pub mod launch;
pub mod letter_state;
pub mod milestones;
pub mod note;
pub mod publish;
pub(in crate::register::letter) mod send_note;
pub mod signatories;
pub mod sync;
pub mod totals;
pub mod translations;
