//! Logs when nearly every server answers 401 to our signatures, once when that begins and once when it is over: the
//! cause is then at our end, such as a wrong clock or an actor document that cannot be read.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::site::Site;
use crate::delivery::alarm::{LOOK_BACK, nobody_believes_us};

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

async fn nobody_believes(site: &Site) -> crate::store::Result<bool> {
    let since = site.clock.now().minus(LOOK_BACK);
    let signatures = site.store.read().await?.signatures_since(since).await?;
    Ok(nobody_believes_us(signatures))
}
