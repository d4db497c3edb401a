//! The register on a real database: what arrives, what is decided, what becomes due.

mod people;
mod support;

mod blocking;
mod bounds;
mod checking;
mod decisions;
mod erasing;
mod following;
mod frozen;
mod housekeeping;
mod leaving;
mod likes;
mod limiting;
mod looks;
mod milestones;
mod moving;
mod names;
mod opening;
mod passing_on;
mod posting;
mod posts;
mod presenting;
mod properties;
mod publishing;
mod quoting;
mod reacting;
mod reporting;
mod reviewed;
mod seams;
mod statements;
