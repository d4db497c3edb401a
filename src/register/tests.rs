//! The register on a real database: what arrives, what is decided, what becomes due.

mod people;
mod support;

mod blocking;
mod bounds;
mod checking;
mod decisions;
mod erasing;
mod following;
mod housekeeping;
mod leaving;
mod likes;
mod names;
mod posts;
mod properties;
mod publishing;
mod reviewed;
mod statements;
