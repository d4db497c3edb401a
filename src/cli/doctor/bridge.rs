//! What Bridgy Fed asks of an account before it carries it to Bluesky (<https://fed.brid.gy/docs>). Pure.

use std::time::Duration;

use serde_json::Value;

use super::verdict::CheckVerdict;
use crate::{clock::Millis, store::FollowingRow};

/// The account that carries to Bluesky whoever follows it.
const BRIDGE: &str = "@bsky.brid.gy@bsky.brid.gy";

/// How old an account has to be.
const WEEK: Duration = Duration::from_hours(7 * 24);

/// Whether the letter follows the bridge, and the bridge accepted that.
pub(super) fn follow(following: &[FollowingRow]) -> CheckVerdict {
    let bridge = following
        .iter()
        .find(|row| row.handle.eq_ignore_ascii_case(BRIDGE));
    match bridge.map(|row| row.accepted) {
        Some(Some(at)) => CheckVerdict::ok(format!("follows {BRIDGE}, which accepted it at {at}")),
        Some(None) => CheckVerdict::warn(
            format!("asked to follow {BRIDGE}, which did not answer yet"),
            "wait an hour; then `undersigned queue list --host bsky.brid.gy` shows what was not delivered",
        ),
        None => CheckVerdict::fail(
            format!("does not follow {BRIDGE}"),
            format!("run `undersigned actor follow {BRIDGE}`"),
        ),
    }
}

/// Whether the actor has a picture.
pub(super) fn picture(document: &Value) -> CheckVerdict {
    match document.pointer("/icon/url").and_then(Value::as_str) {
        Some(url) => CheckVerdict::ok(format!("has a picture: {url}")),
        None => CheckVerdict::fail("has no picture", "set actor.icon to a PNG or JPEG file"),
    }
}

/// Whether the actor is a week old. `created`: since when it is known outside.
pub(super) fn age(created: Option<Millis>, now: Millis) -> CheckVerdict {
    let Some(created) = created else {
        return CheckVerdict::fail(
            "no server has run yet",
            "start it once (`undersigned serve`)",
        );
    };
    if created.plus(WEEK) <= now {
        return CheckVerdict::ok(format!("is older than a week, since {created}"));
    }
    CheckVerdict::warn(
        format!("is younger than a week, since {created}"),
        format!("wait until {}", created.plus(WEEK)),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cli::doctor::verdict::CheckState;

    fn followed(handle: &str, accepted: Option<Millis>) -> FollowingRow {
        FollowingRow {
            actor_id: 1,
            actor: "https://bsky.brid.gy/bsky.brid.gy".to_owned(),
            handle: handle.to_owned(),
            path: "/activities/1".to_owned(),
            since: Millis::from_millis(0),
            accepted,
        }
    }

    #[test]
    fn the_bridge_has_to_accept_the_follow() {
        let at = Some(Millis::from_millis(5));
        for (following, state) in [
            (vec![], CheckState::Fail),
            (vec![followed("@ada@m.example", at)], CheckState::Fail),
            (vec![followed(BRIDGE, None)], CheckState::Warn),
            (vec![followed(BRIDGE, at)], CheckState::Ok),
        ] {
            assert_eq!(follow(&following).state, state, "{following:?}");
        }
    }

    #[test]
    fn a_picture_and_a_week_are_asked_for() {
        let with = json!({"icon": {"url": "https://letter.example/icon.png"}});
        assert_eq!(picture(&with).state, CheckState::Ok);
        assert_eq!(picture(&json!({})).state, CheckState::Fail);
        let created = Millis::from_millis(1000);
        let just = created.plus(WEEK);
        assert_eq!(age(None, just).state, CheckState::Fail);
        assert_eq!(age(Some(created), just).state, CheckState::Ok);
        let before = Millis::from_millis(just.as_millis() - 1);
        assert_eq!(age(Some(created), before).state, CheckState::Warn);
    }
}
