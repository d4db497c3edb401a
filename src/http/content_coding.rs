//! Content codings of our responses (RFC 9110, section 8.4.1): gzip, for clients that accept it.

use std::io::Write as _;

use axum::{
    body::Bytes,
    http::{HeaderMap, header::ACCEPT_ENCODING},
};
use flate2::{Compression, write::GzEncoder};

/// Bodies below this many bytes stay as they are: they fit into one packet anyway.
const WORTH_IT: usize = 1024;

/// Bodies from this many bytes on are compressed on a thread for blocking work: it takes more than a millisecond.
const TAKES_LONG: usize = 32 * 1024;

/// Whether a client accepts gzip (RFC 9110, section 12.5.3). The name counts before `*`; a weight of 0 refuses.
pub(super) fn accepts_gzip(request: &HeaderMap) -> bool {
    let values = request.get_all(ACCEPT_ENCODING).iter();
    let values = values.filter_map(|value| value.to_str().ok());
    let mut any = false;
    for coding in values.flat_map(|value| value.split(',')) {
        let (name, parameters) = coding.split_once(';').unwrap_or((coding, ""));
        let name = name.trim();
        let weight = parameters.trim().strip_prefix("q=");
        let is_accepted = weight.is_none_or(|weight| weight.parse::<f32>().is_ok_and(|q| q > 0.0));
        if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
            return is_accepted;
        }
        any |= name == "*" && is_accepted;
    }
    any
}

/// The body in gzip; `None` when that is not smaller, and for short bodies.
pub(super) async fn gzip(body: &Bytes) -> Option<Bytes> {
    if body.len() < WORTH_IT {
        return None;
    }
    if body.len() < TAKES_LONG {
        return compress(body);
    }
    let body = body.clone();
    let compressed = tokio::task::spawn_blocking(move || compress(&body));
    // Without a thread for it, the body goes out as it is.
    compressed.await.ok().flatten()
}

fn compress(body: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).ok()?;
    let mut compressed = encoder.finish().ok()?;
    // It is kept for a while.
    compressed.shrink_to_fit();
    (compressed.len() < body.len()).then(|| compressed.into())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn gzip_is_accepted_by_name_or_by_a_star_and_refused_by_a_weight() {
        for (values, expected) in [
            (&[][..], false),
            (&["gzip"], true),
            (&["GZIP, deflate, br"], true),
            (&["br", "x-gzip"], true),
            (&["gzip;q=0.5"], true),
            (&["gzip; q=0"], false),
            (&["gzip;q=0.000, *"], false),
            (&["gzip;q=x"], false),
            (&["*"], true),
            (&["*;q=0"], false),
            (&["*;q=0, gzip"], true),
            (&["br, zstd"], false),
            (&["identity"], false),
            (&[""], false),
        ] {
            let mut request = HeaderMap::new();
            for value in values {
                request.append(ACCEPT_ENCODING, value.parse().unwrap());
            }
            assert_eq!(accepts_gzip(&request), expected, "{values:?}");
        }
    }

    #[tokio::test]
    async fn what_gets_smaller_is_compressed() {
        for length in [WORTH_IT, TAKES_LONG] {
            let body = Bytes::from("a".repeat(length));
            let compressed = gzip(&body).await.unwrap();
            assert!(compressed.len() < length / 10);
            let mut text = String::new();
            let mut decoder = GzDecoder::new(compressed.as_ref());
            decoder.read_to_string(&mut text).unwrap();
            assert_eq!(text, body);
        }
        assert_eq!(gzip(&Bytes::from_static(b"short")).await, None);
        let random = crate::random::SeededRandom::new(7);
        let mut noise = vec![0; 2 * WORTH_IT];
        crate::random::Random::fill(&random, &mut noise);
        assert_eq!(gzip(&noise.into()).await, None);
    }
}
