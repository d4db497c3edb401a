//! Until when a server's certificate is good.

use reqwest::tls::TlsInfo;
use url::Url;
use x509_cert::{Certificate, der::Decode as _};

use super::{Client, FetchFailure};
use crate::clock::Millis;

impl Client {
    /// When the certificate of the server at `url` ends (RFC 5280, section 4.1.2.5); `None` without TLS, or when it cannot
    /// be read. One that ended already, or is not trusted, is a failure: then there is no connection.
    ///
    /// # Errors
    /// No connection, or one that is not allowed.
    pub async fn certificate_ends(&self, url: &Url) -> Result<Option<Millis>, FetchFailure> {
        let route = self.may_speak_to(url)?;
        let request = self.connections(route).http.head(url.clone());
        let response = self.ask(url, request.timeout(self.inner.timeout)).await?;
        let tls = response.extensions().get::<TlsInfo>();
        Ok(tls.and_then(TlsInfo::peer_certificate).and_then(ends))
    }
}

/// The end of a certificate in DER.
fn ends(certificate: &[u8]) -> Option<Millis> {
    let certificate = Certificate::from_der(certificate).ok()?;
    let ends = certificate.tbs_certificate.validity.not_after;
    Some(Millis::from_millis(0).plus(ends.to_unix_duration()))
}
