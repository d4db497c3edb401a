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
    server::environment,
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
    let site = site::open_living(global, output).await?;
    let now = site.clock.now();
    let settings = environment::note_settings(&site.config);
    let mut tx = site.store.write().await?;
    let configured = site.config.endorsing.close_at;
    let order = (wish, site.operator.as_str());
    let chance = site.chance.as_ref();
    let done = decide(
        &mut tx, &site.urls, &settings, chance, now, configured, order,
    )
    .await;
    let (opening, _) = done?;
    tx.commit().await?;
    let state = opening.state(now);
    if state == LetterState::Open {
        // With the new rules. When this is interrupted, the server's periodic maintenance finishes it.
        judge_paused(&site.store, &site.context().await?, now).await?;
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
