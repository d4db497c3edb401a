//! Everything we say arrives, once, in order, whatever breaks: two hundred servers on loopback, each with its own
//! temper, and processes that send and are killed while they do (F-161 … F-171).
//!
//! What is killed is a real process, by a real `kill -9`, at moments that a seed chooses: between the beginning of
//! a statement's transaction and its commit, and when so many requests have come in, which finds some deliveries
//! claimed and not sent, some being sent, and some answered and not settled. It is then started again. `CHAOS_KILLS`
//! says how often (5 when nobody says otherwise), `CHAOS_SEED` repeats the choices of a run.
//!
//! The process is this program itself, started for one test that is none (`child`), and runs the library's courier
//! rather than `undersigned serve`: back-off takes minutes to days and a lease two minutes, so the courier needs a
//! clock of ours. That clock stands still while anything can be sent or is on its way, and then leaps to whatever is
//! due next (`drive`); weeks pass in seconds, and a busy machine makes no lease run out. Only what an inbox may take
//! for its answer is measured by the clock on the wall.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "what is not there fails the case"
)]

#[path = "../support/database.rs"]
mod database;
#[path = "../support/dice.rs"]
mod dice;
#[path = "../support/wire.rs"]
mod wire;

mod checks;
mod child;
mod clock;
mod drive;
mod hosts;
mod saying;
mod scene;
mod sender;

use std::time::Duration;

use crate::{
    dice::{Dice, random_seed, setting},
    drive::Until,
    saying::STATEMENTS,
    scene::Scene,
};
use undersigned::random::SeededRandom;

/// How often a process is killed when nobody says otherwise; a careful person has it killed twenty times.
const KILLS: u64 = 5;

/// How much time passes at most after each statement before the next one, in minutes. The post is deleted at once,
/// while most servers have not heard of it.
const PAUSES: [usize; STATEMENTS] = [5 * 60, 2 * 24 * 60, 0, 0];

mod one_process_that_is_killed {
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn sqlite() {
        let (_folder, url) = crate::database::sqlite();
        Box::pin(super::everything_arrives(&url, 1)).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn postgres() {
        if let Some((_database, url)) = crate::database::postgres().await {
            Box::pin(super::everything_arrives(&url, 1)).await;
        }
    }
}

mod one_of_two_processes_is_killed {
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn postgres() {
        if let Some((_database, url)) = crate::database::postgres().await {
            Box::pin(super::everything_arrives(&url, 2)).await;
        }
    }
}

#[expect(
    clippy::print_stderr,
    reason = "whoever reads a failure needs the seed"
)]
async fn everything_arrives(database: &str, processes: usize) {
    let seed = setting("CHAOS_SEED").unwrap_or_else(random_seed);
    let kills = usize::try_from(setting("CHAOS_KILLS").unwrap_or(KILLS)).unwrap();
    eprintln!("CHAOS_SEED={seed} CHAOS_KILLS={kills}");
    let dice = Dice(SeededRandom::new(seed));
    let mut scene = Scene::set(database, processes).await;
    for (number, pause) in PAUSES.into_iter().enumerate() {
        // The first statement takes what does not divide evenly.
        let share = (kills + STATEMENTS - 1 - number) / STATEMENTS;
        say_and_kill(&mut scene, &dice, number, share).await;
        if pause > 0 {
            let minutes = u64::try_from(dice.throw(pause)).unwrap();
            let pause = Duration::from_mins(minutes);
            scene.drive(Until::Later(pause)).await;
        }
    }
    scene.drive(Until::Nothing).await;
    eprintln!("{}", scene.story());
    let record = scene.end().await;
    assert!(kills < 2 || record.n_in_hands() > 0, "no kill hit anything");
    record.check();
}

/// Says one statement and has so many processes killed meanwhile.
async fn say_and_kill(scene: &mut Scene, dice: &Dice, number: usize, kills: usize) {
    let mut is_said = false;
    for kill in 0..kills {
        let mut who = dice.throw(scene.senders.len());
        let before_the_commit = (number == 0 && kill == 0) || *dice.pick(&[true, false, false]);
        if !is_said && before_the_commit {
            scene.senders[who].begin_to_say(number).await;
        } else {
            if !is_said {
                let speaker = dice.throw(scene.senders.len());
                scene.senders[speaker].say(number).await;
                is_said = true;
            }
            scene.drive(Until::Requests(1 + dice.throw(120))).await;
            let micros = u64::try_from(dice.throw(4000)).unwrap();
            tokio::time::sleep(Duration::from_micros(micros)).await;
            who = scene.busiest().await;
        }
        scene.kill(who).await;
    }
    if !is_said {
        let speaker = dice.throw(scene.senders.len());
        scene.senders[speaker].say(number).await;
    }
}
