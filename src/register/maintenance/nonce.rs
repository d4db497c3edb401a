//! The nonce by which `doctor` shows a running server that it reads the same database. For a minute, and for whoever
//! knows it, the server says how a request of theirs arrived.

use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;

use crate::{
    clock::Millis,
    random::{PublicId, Random},
    store::{Result, Store, Tx},
};

/// The setting with the nonce and the moment it was made; empty when there is none.
const SETTING: &str = "doctor_nonce";

/// How long a nonce is good for. In the database of a server whose clock is another machine's, a moment ahead is as good as
/// one ago.
const GOOD_FOR: Duration = Duration::from_mins(1);

/// Makes a nonce of 160 random bits, in place of an earlier one.
pub async fn issue(store: &Store, random: &dyn Random, now: Millis) -> Result<String> {
    let nonce = format!("{}{}", PublicId::random(random), PublicId::random(random));
    write(store, &format!("{nonce} {}", now.as_millis())).await?;
    Ok(nonce)
}

/// Ends it before its minute is over.
pub async fn revoke(store: &Store) -> Result<()> {
    write(store, "").await
}

async fn write(store: &Store, value: &str) -> Result<()> {
    let mut tx = store.write().await?;
    tx.set_setting(SETTING, value).await?;
    tx.commit().await
}

/// Whether this is the nonce, and its minute is not over. Takes the same time for every wrong one.
pub async fn is_good(tx: &mut Tx, claimed: &str, now: Millis) -> Result<bool> {
    let kept = tx.setting(SETTING).await?.unwrap_or_default();
    let Some((nonce, at)) = kept.split_once(' ') else {
        return Ok(false);
    };
    let at = Millis::from_millis(at.parse().unwrap_or_default());
    let is_fresh = now.since(at) < GOOD_FOR && at.since(now) < GOOD_FOR;
    let is_equal = verify_slices_are_equal(nonce.as_bytes(), claimed.as_bytes()).is_ok();
    Ok(is_fresh && is_equal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        random::SeededRandom,
        store::Access,
        support::{NOW, database::sqlite},
    };

    #[tokio::test]
    async fn one_nonce_is_good_for_a_minute() {
        let (_folder, url) = sqlite();
        let store = Store::open(&url, 2, Access::Create).await.unwrap();
        let good = async |nonce: &str, now| {
            let mut tx = store.read().await.unwrap();
            is_good(&mut tx, nonce, now).await.unwrap()
        };
        for nothing in ["", "a"] {
            assert!(!good(nothing, NOW).await);
        }
        let random = SeededRandom::new(7);
        let first = issue(&store, &random, NOW).await.unwrap();
        assert_eq!(first.len(), 32);
        let nearly = GOOD_FOR.checked_sub(Duration::from_millis(1)).unwrap();
        for (now, expected) in [
            (NOW, true),
            (NOW.plus(nearly), true),
            (NOW.plus(GOOD_FOR), false),
            (NOW.minus(nearly), true),
            (NOW.minus(GOOD_FOR), false),
        ] {
            assert_eq!(good(&first, now).await, expected, "{now:?}");
        }
        for other in ["", " ", first.split_at(1).1, &format!("{first} "), "a"] {
            assert!(!good(other, NOW).await, "{other}");
        }
        let second = issue(&store, &random, NOW).await.unwrap();
        assert!(!good(&first, NOW).await && good(&second, NOW).await);
        revoke(&store).await.unwrap();
        assert!(!good(&second, NOW).await && !good("", NOW).await);
    }
}
