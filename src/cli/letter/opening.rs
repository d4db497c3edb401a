//! `letter open | pause | close`.

use serde::Serialize;

use crate::{
    cli::{
        Global,
        output::{Exit, Output},
        site,
    },
    clock::Millis,
    endorsement::policy::LetterState,
    register::{
        letter::letter_state::{Wish, decide},
        maintenance::due::judge_paused,
    },
};

/// The letter's state.
#[derive(Debug, Serialize)]
struct StateJson {
    state: LetterState,
    /// When it closes by itself.
    closes_at: Option<Millis>,
}

/// Opens, pauses or closes the letter.
pub(super) async fn change(global: &Global, output: &Output, wish: Wish) -> anyhow::Result<Exit> {
    let env = site::open_living(global, output).await?;
    let now = env.clock.now();
    let settings = env.note_settings();
    let mut tx = env.store.write().await?;
    let configured = env.config.endorsing.close_at;
    let order = (wish, env.operator.as_str());
    let chance = env.random.as_ref();
    let done = decide(
        &mut tx, &env.urls, &settings, chance, now, configured, order,
    )
    .await;
    let (opening, _) = done?;
    tx.commit().await?;
    let state = opening.state(now);
    if state == LetterState::Open {
        // With the new rules. When this is interrupted, the server's periodic maintenance finishes it.
        judge_paused(&env.store, &env.context().await?, now).await?;
    }
    let closes_at = opening.closes_at().filter(|_| state != LetterState::Closed);
    if output.is_json() {
        return output.json(&StateJson { state, closes_at });
    }
    output.text(&match closes_at {
        Some(at) => format!("the letter is {state}, and closes at {at}"),
        None => format!("the letter is {state}"),
    })
}
