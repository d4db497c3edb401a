//! The HTTP client, made from the configuration and the block list.

use std::sync::Arc;

use tokio::sync::watch;

use super::site::Site;
use crate::{
    http_client::{self, Client},
    register::inbound::batch::Context,
};

/// The HTTP client with its guard, which follows the block list in `context` from request to request.
pub(super) fn client(
    site: &Site,
    context: watch::Receiver<Arc<Context>>,
) -> anyhow::Result<Client> {
    let agent = format!(
        "undersigned/{} (+{})",
        env!("CARGO_PKG_VERSION"),
        site.urls.page()
    );
    let settings = http_client::ClientSettings {
        delivery_timeout: site.config.delivery.timeout,
        allow: site.config.net.allow_addresses.clone(),
        ca_file: site.config.ca_file(),
        blocked: Arc::new(move |host| context.borrow().rules.blocks.blocks_host(host)),
        ..http_client::ClientSettings::new(agent, Arc::clone(&site.clock))
    };
    let (client, notices) = Client::new(settings)?;
    for notice in notices {
        tracing::warn!("{notice}");
    }
    Ok(client)
}
