//! TLS sessions: a second connection to a host resumes the first one, which spares both sides most of the handshake.

use std::sync::Arc;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        HandshakeKind, ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
};

use super::{
    testing::{client, settings},
    *,
};

/// A certificate for 127.0.0.1 with its key, and the authority that signed it; both until 2120.
const SERVER: &[u8] = include_bytes!("testdata/loopback.pem");
const AUTHORITY: &str = "src/http_client/testdata/loopback-ca.pem";

/// Takes so many connections, answers one request on each, closes it, and returns the kinds of handshakes.
async fn handshakes(listener: TcpListener, connections: usize) -> Vec<HandshakeKind> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            CertificateDer::pem_slice_iter(SERVER)
                .collect::<Result<_, _>>()
                .unwrap(),
            PrivateKeyDer::from_pem_slice(SERVER).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let mut kinds = Vec::new();
    for _ in 0..connections {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = acceptor.accept(stream).await.unwrap();
        kinds.push(stream.get_ref().1.handshake_kind().unwrap());
        let mut request = [0; 4096];
        let n_read = stream.read(&mut request).await.unwrap();
        assert!(request[..n_read].starts_with(b"POST /inbox "));
        let answer = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        stream.write_all(answer).await.unwrap();
        stream.shutdown().await.unwrap();
    }
    kinds
}

#[tokio::test]
async fn a_second_connection_to_a_host_resumes_the_session_of_the_first() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let inbox = format!("https://{}/inbox", listener.local_addr().unwrap());
    let inbox = Url::parse(&inbox).unwrap();
    let client = client(ClientSettings {
        ca_file: Some(AUTHORITY.into()),
        ..settings()
    });
    let posting = async {
        for _ in 0..2 {
            let posted = client.post(&inbox, HeaderMap::new(), "{}").await;
            assert!(matches!(posted, PostOutcome::Answered { .. }), "{posted:?}");
        }
    };
    let (kinds, ()) = tokio::join!(handshakes(listener, 2), posting);
    assert_eq!(kinds, [HandshakeKind::Full, HandshakeKind::Resumed]);
}
