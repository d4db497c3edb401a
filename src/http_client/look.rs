//! One request and its answer as it came, whatever it is: for whoever looks at a server from outside, such as `doctor`
//! at our own.
//!
//! Not here: redirects, media types and retries ([`super::fetch`]).

use std::{
    io,
    net::{IpAddr, SocketAddr},
};

use futures_util::future::join_all;
use http::{HeaderMap, Method, StatusCode, header::CONTENT_TYPE};
use reqwest::{Response, dns::Name, tls::TlsInfo};
use tokio::{net::TcpStream, time::timeout};
use url::{Host, Url};
use x509_cert::{Certificate, der::Decode as _, time::Time};

use super::{Client, FetchFailure, fetch::body, guard::Forbidden, without_host};
use crate::clock::Millis;

/// An answer as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawResponse {
    /// The status.
    pub status: StatusCode,
    /// All headers.
    pub headers: HeaderMap,
    /// The body after decompression, at most [`super::fetch::MAX_DOCUMENT`] bytes.
    pub body: Vec<u8>,
    /// The server's own certificate in DER; `None` without TLS.
    pub certificate: Option<Vec<u8>>,
}

impl RawResponse {
    /// A header as text; empty when it is not there or not ASCII.
    pub fn header(&self, name: http::HeaderName) -> &str {
        let value = self.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The media type; empty when there is none.
    pub fn media_type(&self) -> &str {
        self.header(CONTENT_TYPE)
    }
}

/// From when until when a certificate is good (RFC 5280, section 4.1.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first moment.
    pub begins: Millis,
    /// The last one.
    pub ends: Millis,
}

impl Validity {
    /// That of a certificate in DER; `None` when it cannot be read.
    pub fn of(certificate: &[u8]) -> Option<Self> {
        let validity = Certificate::from_der(certificate)
            .ok()?
            .tbs_certificate
            .validity;
        let moment = |time: Time| Millis::from_millis(0).plus(time.to_unix_duration());
        Some(Self {
            begins: moment(validity.not_before),
            ends: moment(validity.not_after),
        })
    }
}

impl Client {
    /// Sends one request with these headers, unsigned, and reads the answer; takes at most the `timeout` of the
    /// settings. A redirect is an answer like any other.
    ///
    /// # Errors
    /// No usable answer. The status is never an error.
    pub async fn look(
        &self,
        method: Method,
        url: &Url,
        headers: HeaderMap,
        content: impl Into<reqwest::Body>,
    ) -> Result<RawResponse, FetchFailure> {
        let content = content.into();
        let look = async {
            let route = self.may_speak_to(url)?;
            let request = self.connections(route).http.request(method, url.clone());
            let request = request.headers(without_host(headers)).body(content);
            read(self.ask(url, request).await?).await
        };
        timeout(self.inner.timeout, look)
            .await
            .unwrap_or(Err(FetchFailure::TimedOut))
    }

    /// The addresses that requests to `url` may go to, and whether each of them takes a connection; waits for that at most the
    /// `connect_timeout` of the settings.
    ///
    /// # Errors
    /// [`FetchFailure::Forbidden`], [`FetchFailure::NoAddress`] and [`FetchFailure::TimedOut`].
    pub async fn try_addresses(
        &self,
        url: &Url,
    ) -> Result<Vec<(IpAddr, io::Result<()>)>, FetchFailure> {
        let route = self.may_speak_to(url)?;
        let patience = self.inner.connect_timeout;
        let addresses = match url.host().ok_or(Forbidden::NoHost)? {
            Host::Ipv4(address) => vec![address.into()],
            Host::Ipv6(address) => vec![address.into()],
            Host::Domain(name) => {
                let name: Name = name
                    .parse()
                    .map_err(|_invalid| Forbidden::ForeignName(name.to_owned()))?;
                let held = self.connections(route).resolver.hold(name);
                let held = timeout(patience, held)
                    .await
                    .map_err(|_elapsed| FetchFailure::TimedOut)?
                    .map_err(FetchFailure::from_lookup)?;
                let mut addresses: Vec<_> = held.iter().map(SocketAddr::ip).collect();
                addresses.dedup();
                addresses
            }
        };
        let port = url.port_or_known_default().unwrap_or(443);
        let connections = addresses.into_iter().map(|address| async move {
            let connected = timeout(patience, TcpStream::connect((address, port))).await;
            let connected =
                connected.unwrap_or_else(|_elapsed| Err(io::ErrorKind::TimedOut.into()));
            (address, connected.map(drop))
        });
        Ok(join_all(connections).await)
    }

    /// The headers of a GET of `url` that the first of the signers signs, as every fetch is; none before there are signers.
    ///
    /// # Errors
    /// The signature cannot be made.
    pub fn signed_headers(&self, url: &Url) -> Result<HeaderMap, FetchFailure> {
        match self.signers() {
            Some([first, _]) => self.signed_get(url, &first),
            None => Ok(HeaderMap::new()),
        }
    }
}

async fn read(response: Response) -> Result<RawResponse, FetchFailure> {
    let tls = response.extensions().get::<TlsInfo>();
    let certificate = tls.and_then(TlsInfo::peer_certificate).map(<[u8]>::to_vec);
    Ok(RawResponse {
        status: response.status(),
        headers: response.headers().clone(),
        certificate,
        body: body(response).await?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_says_when_it_ends() {
        let made = |begins, ends| {
            let mut parameters = rcgen::CertificateParams::new(["m.example".to_owned()]).unwrap();
            parameters.not_before = rcgen::date_time_ymd(begins, 1, 1);
            parameters.not_after = rcgen::date_time_ymd(ends, 12, 31);
            let key = rcgen::KeyPair::generate().unwrap();
            let certificate = parameters.self_signed(&key).unwrap();
            Validity::of(certificate.der())
        };
        let moment = |text: String| Millis::parse_rfc3339(&text).unwrap();
        // Two encodings: of two digits until 2049, of four from then on.
        for (begins, ends) in [(2020, 2026), (2026, 2050)] {
            let expected = Validity {
                begins: moment(format!("{begins}-01-01T00:00:00Z")),
                ends: moment(format!("{ends}-12-31T00:00:00Z")),
            };
            assert_eq!(made(begins, ends), Some(expected));
        }
        assert_eq!(Validity::of(b"no certificate"), None);
    }
}
