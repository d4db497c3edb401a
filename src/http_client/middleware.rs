//! The same client for the library `activitypub_federation`, which fetches by itself when an
//! `ObjectId` is dereferenced.
//!
//! Every request of it passes our guard and block list, leaves through our connections, and is
//! signed by the instance actor if it is a GET. Redirects come back to the library as they are; it
//! asks again, and the new URL is checked like the first.

use async_trait::async_trait;
use http::{Extensions, Method};
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Error, Middleware, Next, Result};

use super::{Client, FetchFailure};

/// Guards all requests and signs GETs.
struct GuardMiddleware(Client);

impl Client {
    /// The client that is given to the library's `FederationConfig`.
    pub fn with_middleware(&self) -> ClientWithMiddleware {
        ClientBuilder::new(self.inner.public.clone())
            .with(GuardMiddleware(self.clone()))
            .build()
    }
}

#[async_trait]
impl Middleware for GuardMiddleware {
    /// Ends the chain here: which connections may be used depends on the URL.
    async fn handle(
        &self,
        mut request: Request,
        _: &mut Extensions,
        _: Next<'_>,
    ) -> Result<Response> {
        let Self(client) = self;
        let route = client
            .may_speak_to(request.url())
            .map_err(Error::middleware)?;
        if request.method() == Method::GET {
            let signed = client
                .signed_get(request.url())
                .map_err(Error::middleware)?;
            request.headers_mut().extend(signed);
        }
        request.timeout_mut().get_or_insert(client.inner.timeout);
        let sent = client.connections(route).execute(request).await;
        sent.map_err(|error| Error::middleware(FetchFailure::from(error)))
    }
}
