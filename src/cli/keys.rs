//! Our keys in a running server: who signs with them is told when a command changes them.

use std::sync::Arc;

use tokio::sync::watch;

use super::{client::client, site::Site};
use crate::{
    delivery::Signers,
    net::Client,
    register::identity::{Keys, Pems, ensure_keys, stored_keys},
    signature::{KeyPair, Signer},
    vocab::Urls,
};

/// Everybody in this process who signs.
#[derive(Debug)]
pub(super) struct KeyHolders {
    client: Client,
    signers: watch::Sender<Arc<Signers>>,
    pems: watch::Sender<Arc<Pems>>,
}

/// What those who sign and those who show the keys look at.
#[derive(Debug)]
pub(super) struct KeysInForce {
    /// For the courier.
    pub(super) signers: watch::Receiver<Arc<Signers>>,
    /// For documents.
    pub(super) pems: watch::Receiver<Arc<Pems>>,
}

impl KeyHolders {
    /// From now on `client` signs its fetches.
    pub(super) fn new(keys: Keys, urls: &Urls, client: Client) -> (Self, KeysInForce) {
        let (pems, shown) = watch::channel(Arc::new(Pems::from(&keys)));
        let signers = signers(keys, urls);
        client.set_signer(signers.instance.clone());
        let (signers, signing) = watch::channel(Arc::new(signers));
        let holders = Self {
            client,
            signers,
            pems,
        };
        let in_force = KeysInForce {
            signers: signing,
            pems: shown,
        };
        (holders, in_force)
    }

    /// Takes over the keys that the database has now. What was rendered shows the earlier ones.
    pub(super) async fn reload(&self, site: &Site) -> anyhow::Result<()> {
        let keys = stored_keys(&mut site.store.read().await?).await?;
        // A database that has no keys any more was given up, and its servers with it.
        if let Some(keys) = keys {
            let pems = Pems::from(&keys);
            let signers = signers(keys, &site.urls);
            self.client.set_signer(signers.instance.clone());
            self.signers.send_replace(Arc::new(signers));
            self.pems.send_replace(Arc::new(pems));
        }
        Ok(())
    }
}

/// All of them under the one name that each actor's key has: `#main-key`, whichever key it is.
fn signers(keys: Keys, urls: &Urls) -> Signers {
    let signer = |key_id: String, pair: KeyPair| Signer {
        key_id,
        key: Arc::new(pair),
    };
    let former = keys.former.into_iter();
    Signers {
        letter: signer(urls.actor_key(), keys.letter),
        instance: signer(urls.instance_key(), keys.instance),
        former: former
            .map(|(id, pair)| (id, signer(urls.actor_key(), pair)))
            .collect(),
    }
}

/// A client of a command's own that signs what it reads, as the server does.
pub(super) async fn signing_client(site: &Site) -> anyhow::Result<Client> {
    let keys = ensure_keys(&site.store, site.clock.now()).await?;
    let (_rules, context) = watch::channel(Arc::new(site.context().await?));
    let client = client(site, context)?;
    client.set_signer(Signer {
        key_id: site.urls.instance_key(),
        key: Arc::new(keys.instance),
    });
    Ok(client)
}
