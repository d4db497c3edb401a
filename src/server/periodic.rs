//! Tasks that publish by themselves: announcements of goal steps, and profile updates.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::{
    environment::{self, Site},
    setup::ActorSettings,
};
use crate::{
    delivery::alarm::{LOOK_BACK, nobody_believes_us},
    register::{
        self,
        actor::profile_update::{self, ProfileUpdate},
        letter::milestones::{self, Looked},
    },
    store::{self, Topic},
};

/// How often the goal is checked.
const LOOK_AT_GOAL_EVERY: Duration = Duration::from_secs(5);

/// How often the actor's profile is compared with what the followers were sent.
const LOOK_AT_ACTOR_EVERY: Duration = Duration::from_mins(1);

/// Announces the steps of the goal, each once (`[goal]`).
pub(super) async fn announce(site: Site, stop: CancellationToken) {
    let settings = environment::note_settings(&site.config);
    let mut tick = interval(LOOK_AT_GOAL_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The last result and its version of the register: without a new version, counting again is wasted work.
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
                match looked.1 {
                    Looked::Announced(reached) => {
                        tracing::info!(step = reached, "announced a step of the goal");
                    }
                    Looked::TooLong {
                        step: reached,
                        chars,
                        most,
                    } => tracing::error!(
                        step = reached,
                        chars,
                        most,
                        "a step of the goal was reached and is not announced: its post is longer than \
                         note.max_chars; raise that, and announce it with `post create`"
                    ),
                    Looked::Nothing | Looked::Waits => (),
                }
                last = Some(looked);
            }
            // A retired actor announces nothing.
            Err(register::Error::Store(store::Error::Retired(_))) => (),
            Err(error) => {
                tracing::error!(error = %error, "cannot check the goal; trying again");
            }
        }
    }
}

/// Sends the followers an Update when the actor's profile changed, every six hours at most.
pub(super) async fn present(site: Site, voice: ActorSettings, stop: CancellationToken) {
    let mut tick = interval(LOOK_AT_ACTOR_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = tick.tick() => (),
        }
        match profile_update::refresh(&site.store, &voice.order(&site)).await {
            Ok(ProfileUpdate::Now(deliveries)) => {
                tracing::info!(deliveries, "sent the changed profile to the followers");
            }
            Ok(ProfileUpdate::Unchanged) => (),
            Err(error) => {
                tracing::error!(error = %error, "cannot compare the profile; trying again");
            }
        }
    }
}

/// How often the answers are counted.
const LOOK_EVERY: Duration = Duration::from_mins(1);

/// Counts the answers each minute until `stop`.
pub(super) async fn watch(site: Site, stop: CancellationToken) {
    let mut look = interval(LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut alarmed = false;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = look.tick() => (),
        }
        match nobody_believes(&site).await {
            Ok(now) => {
                say(&site, alarmed, now);
                alarmed = now;
            }
            Err(error) => {
                tracing::warn!(error = %error, "cannot read what other servers answered");
            }
        }
    }
}

fn say(site: &Site, before: bool, now: bool) {
    if now && !before {
        tracing::warn!(
            actor = site.urls.actor(),
            "other servers cannot verify our signatures (401): check the clock, and that the actor answers"
        );
    } else if before && !now {
        tracing::info!("other servers verify our signatures again");
    }
}

async fn nobody_believes(site: &Site) -> store::Result<bool> {
    let since = site.clock.now().minus(LOOK_BACK);
    let signatures = site.store.read().await?.signatures_since(since).await?;
    Ok(nobody_believes_us(signatures))
}
