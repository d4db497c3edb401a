//! What the running server says by itself.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::site::{self, Site};
use crate::{
    register::{
        self,
        milestones::{self, Looked},
    },
    store::Topic,
};

/// How often it is asked whether a step of the goal was reached.
const LOOK_AT_GOAL_EVERY: Duration = Duration::from_secs(5);

/// Announces the steps of the goal, each once (`[goal]`).
pub(super) async fn announce(site: Site, stop: CancellationToken) {
    let settings = site::note_settings(&site.config);
    let mut tick = interval(LOOK_AT_GOAL_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // What was seen last, and at which version of the register: counting is work.
    let mut last: Option<(i64, Looked)> = None;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = tick.tick() => (),
        }
        let looked = async {
            let version = site.store.read().await?.version(Topic::Register).await?;
            if last == Some((version, Looked::Nothing)) {
                return Ok((version, Looked::Nothing));
            }
            let mail = site.mail();
            let looked = milestones::look(&site.store, &mail, &settings, &site.config.goal).await?;
            Ok::<_, register::Error>((version, looked))
        };
        match looked.await {
            Ok(looked) => {
                if let Looked::Announced(step) = looked.1 {
                    tracing::info!(step, "announced a step of the goal");
                }
                last = Some(looked);
            }
            // It is over: nothing is announced any more.
            Err(register::Error::Store(crate::store::Error::Retired(_))) => (),
            Err(error) => {
                tracing::error!(error = %error, "cannot look at the goal; trying again");
            }
        }
    }
}
