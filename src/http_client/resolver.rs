//! Resolves names to addresses, and only to those that may be connected to.
//!
//! The HTTP client resolves once for each connection and connects to that address, so that no second look-up can
//! get another answer (DNS rebinding). Nothing is cached here; but who counts deliveries by address has to know the
//! address before there is a connection, and *holds* the answer for that long.

use std::{
    collections::HashMap,
    error::Error,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::lookup_host;

use super::guard::{Forbidden, Guard, Route};

/// The operating system's look-up (`/etc/hosts`, DNS), without any rule.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemLookup;

impl Resolve for SystemLookup {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // Port 0 is replaced by the URL's port.
            let found: Vec<SocketAddr> = lookup_host((name.as_str(), 0)).await?.collect();
            Ok(boxed(found))
        })
    }
}

/// Why a name has no address that may be connected to; a [`Forbidden`] when the guard refused it.
type LookupError = Box<dyn Error + Send + Sync>;

/// An answer that has passed the guard. While somebody holds it, every connection to its name uses it.
pub(super) type HeldAddresses = Arc<Vec<SocketAddr>>;

/// A look-up whose answers have passed the guard.
#[derive(Clone)]
pub(super) struct GuardedResolver {
    lookup: Arc<dyn Resolve>,
    guard: Guard,
    route: Route,
    held: Arc<Mutex<HashMap<String, Weak<Vec<SocketAddr>>>>>,
}

impl GuardedResolver {
    pub(super) fn new(lookup: Arc<dyn Resolve>, guard: Guard, route: Route) -> Self {
        Self {
            lookup,
            guard,
            route,
            held: Arc::default(),
        }
    }

    /// Looks a name up, or takes the answer that somebody holds.
    pub(super) async fn hold(&self, name: Name) -> Result<HeldAddresses, LookupError> {
        let key = name.as_str().to_owned();
        if let Some(held) = self.held(&key) {
            return Ok(held);
        }
        let found = Arc::new(self.look_up(name).await?);
        let mut all = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody else may have looked it up meanwhile. Two answers would be one too many: who counts by the other one
        // would count wrongly.
        if let Some(first) = all.get(&key).and_then(Weak::upgrade) {
            return Ok(first);
        }
        all.retain(|_, addresses| addresses.strong_count() > 0);
        all.insert(key, Arc::downgrade(&found));
        drop(all);
        Ok(found)
    }

    fn held(&self, name: &str) -> Option<HeldAddresses> {
        let all = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(name).and_then(Weak::upgrade)
    }

    async fn look_up(&self, name: Name) -> Result<Vec<SocketAddr>, LookupError> {
        let found = self.lookup.resolve(name).await?.collect();
        let allowed = match self.route {
            Route::Public => public_ones(&self.guard, found),
            Route::Laboratory => all_in_laboratory(&self.guard, found),
        }?;
        if allowed.is_empty() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address").into());
        }
        Ok(allowed)
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let this = self.clone();
        Box::pin(async move {
            match this.held(name.as_str()) {
                Some(held) => Ok(boxed(held.to_vec())),
                None => Ok(boxed(this.look_up(name).await?)),
            }
        })
    }
}

/// Leaves out what is not public. A host with a stray private address besides its public ones is
/// still reached; one with nothing else is refused with the first of them.
fn public_ones(guard: &Guard, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Forbidden> {
    let mut refused = None;
    let mut allowed = Vec::with_capacity(found.len());
    for address in found {
        match guard.address_is_allowed(address.ip()) {
            Ok(()) => allowed.push(address),
            Err(reason) => refused = refused.or(Some(reason)),
        }
    }
    match refused {
        Some(reason) if allowed.is_empty() => Err(reason),
        Some(_) | None => Ok(allowed),
    }
}

/// One address outside closes the whole host: only hosts that resolve *only* into the laboratory
/// may be spoken to by http, on ports and by local names.
fn all_in_laboratory(guard: &Guard, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Forbidden> {
    for address in &found {
        guard.address_is_in_laboratory(address.ip())?;
    }
    Ok(found)
}

fn boxed(addresses: Vec<SocketAddr>) -> Addrs {
    Box::new(addresses.into_iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers each look-up with the next list of addresses.
    struct ScriptedLookup(Mutex<Vec<Vec<&'static str>>>);

    impl Resolve for ScriptedLookup {
        fn resolve(&self, _: Name) -> Resolving {
            let next = self.0.lock().unwrap().remove(0);
            let found = next
                .into_iter()
                .map(|address| SocketAddr::new(address.parse().unwrap(), 0))
                .collect();
            Box::pin(async move { Ok(boxed(found)) })
        }
    }

    fn resolver(route: Route, script: Vec<Vec<&'static str>>) -> GuardedResolver {
        let guard = Guard::new(vec!["10.1.0.0/16".parse().unwrap()]);
        GuardedResolver::new(Arc::new(ScriptedLookup(Mutex::new(script))), guard, route)
    }

    async fn resolve(
        route: Route,
        answers: &[&[&'static str]],
    ) -> Vec<Result<Vec<String>, Option<Forbidden>>> {
        let script = answers.iter().map(|list| list.to_vec()).collect();
        let resolver = resolver(route, script);
        let mut results = Vec::new();
        for _ in answers {
            let result = resolver.resolve("m.example".parse().unwrap()).await;
            results.push(match result {
                Ok(found) => Ok(found.map(|address| address.ip().to_string()).collect()),
                Err(error) => Err(error.downcast_ref::<Forbidden>().cloned()),
            });
        }
        results
    }

    fn refused(address: &str) -> Result<Vec<String>, Option<Forbidden>> {
        Err(Some(Forbidden::Address(address.parse().unwrap())))
    }

    #[tokio::test]
    async fn a_name_that_turns_private_is_refused_at_that_connection() {
        let results = resolve(
            Route::Public,
            &[&["192.0.3.1"], &["127.0.0.1"], &["::ffff:10.0.0.1"]],
        )
        .await;
        assert_eq!(results[0], Ok(vec!["192.0.3.1".to_owned()]));
        assert_eq!(results[1], refused("127.0.0.1"));
        assert_eq!(results[2], refused("::ffff:10.0.0.1"));
    }

    #[tokio::test]
    async fn private_addresses_are_left_out_of_a_mixed_answer() {
        let results = resolve(Route::Public, &[&["127.0.0.1", "192.0.3.1", "10.1.0.1"]]).await;
        assert_eq!(
            results[0],
            Ok(vec!["192.0.3.1".to_owned(), "10.1.0.1".to_owned()])
        );
    }

    #[tokio::test]
    async fn one_address_outside_the_laboratory_closes_a_laboratory_host() {
        let outside = |it: &str| Err(Some(Forbidden::OutsideLaboratory(it.parse().unwrap())));
        let answers: &[&[&str]] = &[
            &["10.1.0.1"],
            &["10.1.0.1", "192.0.3.1"],
            &["10.2.0.1"],
            &["192.0.3.1"],
        ];
        let results = resolve(Route::Laboratory, answers).await;
        assert_eq!(results[0], Ok(vec!["10.1.0.1".to_owned()]));
        assert_eq!(results[1], outside("192.0.3.1"));
        assert_eq!(results[2], outside("10.2.0.1"));
        assert_eq!(results[3], outside("192.0.3.1"));
    }

    #[tokio::test]
    async fn while_an_answer_is_held_every_connection_uses_it() {
        let script = vec![vec!["192.0.3.1"], vec!["192.0.3.2"], vec!["127.0.0.1"]];
        let resolver = resolver(Route::Public, script);
        let name = || "m.example".parse::<Name>().unwrap();
        let connected = async || -> Vec<SocketAddr> {
            let found = resolver.resolve(name()).await;
            found.map(Iterator::collect).unwrap_or_default()
        };
        let one = resolver.hold(name()).await.unwrap();
        let two = resolver.hold(name()).await.unwrap();
        assert_eq!((&connected().await, &two), (&*one, &one));
        drop(one);
        assert_eq!(connected().await, *two);
        drop(two);
        assert_eq!(connected().await[0].ip().to_string(), "192.0.3.2");
        // What the guard refuses is held by nobody.
        let refused = resolver.hold(name()).await.unwrap_err();
        assert!(refused.is::<Forbidden>(), "{refused}");
        assert_eq!(resolver.held("m.example"), None);
    }

    #[tokio::test]
    async fn a_name_without_an_address_is_an_error_and_not_a_refusal() {
        assert_eq!(resolve(Route::Public, &[&[]]).await[0], Err(None));
        assert_eq!(resolve(Route::Laboratory, &[&[]]).await[0], Err(None));
    }
}
