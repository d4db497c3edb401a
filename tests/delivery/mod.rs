//! Everything that we publish arrives, once and in order, whatever breaks: at two hundred fake servers, each with its own
//! temper, from processes that are killed while they send.
//!
//! The kill is a real `kill -9` of a real process, at moments that a seed chooses: between the beginning of a
//! publication's transaction and its commit, and after a number of requests, when some deliveries are leased and not
//! sent, some are in flight, and some answered and not settled. The process is then started again. `CHAOS_KILLS` is the
//! number of kills, `CHAOS_SEED` repeats the choices of a run.
//!
//! The process is the binary of this test, started for one test that is none (`process`). It runs the delivery worker of
//! the library rather than `undersigned serve`: back-off takes minutes to days and a lease two minutes, so the worker
//! needs a clock of ours. That clock stands still while anything can be sent or is in flight, and then leaps to whatever
//! is due next (`time`). Weeks pass in seconds, and no lease expires on a busy machine. Only the timeout of a request is
//! wall-clock time.

mod hosts;
mod invariants;
mod process;
mod publications;
mod scenario;
mod sender;
mod shared_clock;
mod time;

use std::time::Duration;

use self::{publications::STATEMENTS, scenario::Scenario, time::Until};
use crate::{
    both::{on_both_databases, on_postgres},
    support::random::{Choices, number_variable, random_seed},
};

on_both_databases!(one_process_that_is_killed);
on_postgres!(one_of_two_processes_is_killed);

/// The number of kills without `CHAOS_KILLS`; before a release it is 20.
const KILLS: u64 = 5;

/// The most time, in minutes, between a publication and the next one. The post is deleted at once,
/// while most servers have not got it.
const PAUSES: [usize; STATEMENTS] = [5 * 60, 2 * 24 * 60, 0, 0];

async fn one_process_that_is_killed(database: &str) {
    everything_arrives(database, 1).await;
}

async fn one_of_two_processes_is_killed(database: &str) {
    everything_arrives(database, 2).await;
}

#[expect(
    clippy::print_stderr,
    reason = "whoever reads a failure needs the seed"
)]
async fn everything_arrives(database: &str, processes: usize) {
    let seed = number_variable("CHAOS_SEED").unwrap_or_else(random_seed);
    let kills = usize::try_from(number_variable("CHAOS_KILLS").unwrap_or(KILLS)).unwrap();
    eprintln!("CHAOS_SEED={seed} CHAOS_KILLS={kills}");
    let choices = Choices::new(seed);
    let mut scenario = Scenario::set(database, processes).await;
    for (number, pause) in PAUSES.into_iter().enumerate() {
        // The first publication gets the remainder.
        let share = (kills + STATEMENTS - 1 - number) / STATEMENTS;
        say_and_kill(&mut scenario, &choices, number, share).await;
        if pause > 0 {
            let minutes = u64::try_from(choices.below(pause)).unwrap();
            let pause = Duration::from_mins(minutes);
            scenario.drive(Until::Later(pause)).await;
        }
    }
    scenario.drive(Until::Nothing).await;
    eprintln!("{}", scenario.story());
    let record = scenario.end().await;
    // From five kills on the first publication gets two.
    assert!(kills < 5 || record.n_in_hands() > 0, "no kill hit anything");
    record.check();
}

/// Makes one publication and kills processes meanwhile.
async fn say_and_kill(scenario: &mut Scenario, choices: &Choices, number: usize, kills: usize) {
    let mut is_said = false;
    for kill in 0..kills {
        let mut who = choices.below(scenario.senders.len());
        // Of the first publication the first kill comes before the commit and the second one surely while it is
        // sent: whatever the seed chooses, something is hit.
        let before_the_commit = match (number, kill) {
            (0, 0) => true,
            (0, 1) => false,
            _ => *choices.pick(&[true, false, false]),
        };
        if !is_said && before_the_commit {
            scenario.senders[who].begin_to_say(number).await;
        } else {
            if !is_said {
                let speaker = choices.below(scenario.senders.len());
                scenario.senders[speaker].say(number).await;
                is_said = true;
            }
            scenario
                .drive(Until::Requests(1 + choices.below(120)))
                .await;
            let micros = u64::try_from(choices.below(4000)).unwrap();
            tokio::time::sleep(Duration::from_micros(micros)).await;
            who = scenario.busiest().await;
        }
        scenario.kill(who).await;
    }
    if !is_said {
        let speaker = choices.below(scenario.senders.len());
        scenario.senders[speaker].say(number).await;
    }
}
