//! Our keys in a running server: everything that signs with them is updated when a command changes them.

use std::sync::Arc;

use ipnet::IpNet;
use tokio::sync::watch;

use super::{environment::Environment, setup::client_reaching};
use crate::{
    activitystreams::{OwnActor, Urls},
    delivery::Signers,
    http::response_cache::Generation,
    http_client::Client,
    register::actor::identity::{Keys, OwnKeyPair, ShownKeys, ensure_keys, stored_keys},
    signature::Signer,
};

/// Everything in this process that signs or shows keys.
#[derive(Debug)]
pub(super) struct KeyHolders {
    client: Client,
    signers: watch::Sender<Arc<Signers>>,
    shown: watch::Sender<Arc<ShownKeys>>,
}

/// The keys as the delivery worker and the document handlers see them.
#[derive(Debug)]
pub(super) struct KeysInForce {
    /// For the delivery worker.
    pub(super) signers: watch::Receiver<Arc<Signers>>,
    /// For the documents that publish them.
    pub(super) shown: watch::Receiver<Arc<ShownKeys>>,
}

impl KeyHolders {
    /// Distributes the keys; from now on `client` signs its fetches.
    pub(super) fn new(keys: Keys, urls: &Urls, client: Client) -> (Self, KeysInForce) {
        let (shown, showing) = watch::channel(Arc::new(ShownKeys::from(&keys)));
        let signers = signers(keys, urls);
        client.set_signers(signers.of_gets());
        let (signers, signing) = watch::channel(Arc::new(signers));
        let holders = Self {
            client,
            signers,
            shown,
        };
        let in_force = KeysInForce {
            signers: signing,
            shown: showing,
        };
        (holders, in_force)
    }

    /// Loads the keys from the database and puts them in force.
    pub(super) async fn reload(
        &self,
        env: &Environment,
        generation: &Generation,
    ) -> anyhow::Result<()> {
        let keys = stored_keys(&mut env.store.read().await?).await?;
        // A database without keys is no longer in use, so the server keeps those it has.
        if let Some(keys) = keys {
            self.take_over(keys, &env.urls, generation);
        }
        Ok(())
    }

    /// Publishes the new keys in every document before they sign: a server that fetches our key because of a signature
    /// must find the key that made it.
    fn take_over(&self, keys: Keys, urls: &Urls, generation: &Generation) {
        self.shown.send_replace(Arc::new(ShownKeys::from(&keys)));
        // Cached documents contain the earlier keys.
        generation.bump();
        let signers = signers(keys, urls);
        self.client.set_signers(signers.of_gets());
        self.signers.send_replace(Arc::new(signers));
    }
}

/// The signers for these keys.
fn signers(keys: Keys, urls: &Urls) -> Signers {
    let signer = |owner, key: OwnKeyPair| Signer {
        key_id: urls.key(owner, key.number),
        key: Arc::new(key.pair),
    };
    let former = keys.former.into_iter();
    Signers {
        letter: signer(OwnActor::Letter, keys.letter),
        instance: signer(OwnActor::Instance, keys.instance),
        former: former
            .map(|(id, (owner, key))| (id, signer(owner, key)))
            .collect(),
    }
}

/// An HTTP client for a command, which signs its fetches as the server does.
pub(crate) async fn signing_client(env: &Environment) -> anyhow::Result<Client> {
    signing_client_reaching(env, &[]).await
}

/// The same, which may reach these networks besides those of the configuration.
pub(crate) async fn signing_client_reaching(
    env: &Environment,
    also: &[IpNet],
) -> anyhow::Result<Client> {
    let keys = ensure_keys(&env.store, env.clock.now()).await?;
    let client = client_reaching(env, env.fixed_context().await?, also)?;
    client.set_signers(signers(keys, &env.urls).of_gets());
    Ok(client)
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeMap,
        pin::pin,
        sync::Mutex,
        task::{Context, Wake},
        time::Duration,
    };

    use super::*;
    use crate::{
        activitystreams::ShownKey,
        clock::{FixedClock, Millis},
        http_client,
        signature::KeyPair,
    };

    /// Records which key is published at the moment when the signers get new keys.
    #[derive(Debug)]
    struct KeyWitness {
        shown: watch::Receiver<Arc<ShownKeys>>,
        generation: Generation,
        seen: Mutex<Vec<(ShownKey, u64)>>,
    }

    impl Wake for KeyWitness {
        fn wake(self: Arc<Self>) {
            let letter = self.shown.borrow().letter.clone();
            let seen = (letter, self.generation.current());
            self.seen.lock().unwrap().push(seen);
        }
    }

    #[tokio::test]
    async fn a_new_key_is_shown_before_it_signs() {
        let (letter, instance) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let copy = |number, pair: &KeyPair| OwnKeyPair {
            number,
            pair: KeyPair::from_pkcs8(pair.to_pkcs8()).unwrap(),
        };
        let keys = |number, pair: &KeyPair| Keys {
            letter: copy(number, pair),
            instance: copy(1, &instance),
            former: BTreeMap::new(),
        };
        let urls = Urls::new(&"https://letter.example".parse().unwrap(), "", "letter");
        let clock = Arc::new(FixedClock::at(Millis::from_millis(1_795_348_800_000)));
        let client = Client::new(http_client::ClientSettings::new("undersigned/0", clock)).unwrap();
        let (holders, in_force) = KeyHolders::new(keys(1, &letter), &urls, client.0);
        let clock = Arc::new(FixedClock::at(Millis::from_millis(0)));
        let generation = Generation::new(clock, Duration::ZERO);
        let witness = Arc::new(KeyWitness {
            shown: in_force.shown.clone(),
            generation: generation.clone(),
            seen: Mutex::default(),
        });
        let waker = Arc::clone(&witness).into();
        let mut signing = in_force.signers;
        let mut told = pin!(signing.changed());
        assert!(
            told.as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );

        let newer = KeyPair::generate().unwrap();
        holders.take_over(keys(2, &newer), &urls, &generation);
        let shown = ShownKey {
            number: 2,
            pem: newer.public_key_pem(),
        };
        assert_eq!(*witness.seen.lock().unwrap(), [(shown, 1)]);
    }
}
