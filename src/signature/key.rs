//! RSA keys: our pairs and the public keys of others. Not here: where they are stored.

use std::{
    fmt,
    sync::{Arc, LazyLock},
};

use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der},
    error::{KeyRejected, Unspecified},
    rand::SystemRandom,
    rsa::{self, KeySize},
    signature::{
        KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaParameters,
    },
};
use base64::{DecodeError, Engine as _, engine::general_purpose::STANDARD};

/// The smallest RSA key that is accepted, in bits.
const MIN_BITS: u32 = 2048;

/// The largest RSA key that is accepted, in bits; a larger one would only cost time.
const MAX_BITS: u32 = 8192;

/// The longest PEM text that is read, in bytes; a key of 8192 bits needs 1500. It bounds what is stored of a key.
const MAX_PEM: usize = 2 * 1024;

/// A key of 2048 bits whose private half was thrown away.
const NOBODYS: &str = "-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAttxJ1bZ+/Uz6hljwGBVx
P2Y3UjsPOyYDVIKvTcttnxCHlphRPqgf1rrNSScqq1v4Ml9YJvKZV/mIVNFMq5Li
aNxYoH4FhKcV66UnhC+exXDZSjXpz0/162elgRzm1hbeCmX6oOowQmNxmN3IQ5I6
WO8ULGsGpLus2pCLfv1fKk39UXb3HnwizcDMrcWoYlwDN/4I+T7LpDNG1a10Lh/k
TGQy0ih8YUoWH7ZbXX4Wv32BSQzLPsirOvgFYTUsvcRWgGlMfDt+eK9p3cE6kpm3
b+Cwn9VT/zdFJMPG3mpEYTw5hW1PD1uTuJS0cJa968MfG3uUlN5LMnHASbloxIsB
JwIDAQAB
-----END PUBLIC KEY-----
";

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The operating system or the computation failed.
    #[error("cannot generate an RSA key pair")]
    Generate(#[source] Unspecified),
    /// The stored bytes are not an RSA key pair of 2048 to 8192 bits.
    #[error("cannot read an RSA key pair from PKCS#8")]
    Pair(#[source] KeyRejected),
    /// A key pair cannot be written down.
    #[error("cannot encode an RSA key pair")]
    Encode(#[source] Unspecified),
    /// Longer than any acceptable key.
    #[error("cannot read a public key of {0} bytes: it is too long")]
    TooLong(usize),
    /// Not one block "PUBLIC KEY" or "RSA PUBLIC KEY".
    #[error("cannot read a public key: it is not in PEM")]
    NotPem,
    /// The text between the lines of dashes is not base64.
    #[error("cannot read a public key: it is not base64")]
    NotBase64(#[from] DecodeError),
    /// Not an RSA key.
    #[error("cannot read a public key: it is not an RSA key")]
    NotRsa(#[source] KeyRejected),
    /// The size is unknown.
    #[error("cannot tell the size of a public key")]
    NoSize(#[source] Unspecified),
    /// Too small to be secure, or too large to compute with.
    #[error("cannot accept an RSA key of {0} bits: it must have {MIN_BITS} to {MAX_BITS}")]
    Size(u32),
}

/// An RSA key pair of ours. Its `Debug` output never shows it.
pub struct KeyPair {
    pair: rsa::KeyPair,
    pkcs8: Pkcs8V1Der<'static>,
    public_key_pem: String,
}

impl KeyPair {
    /// A new pair of 2048 bits, a size that every server accepts; takes about 100 ms.
    pub fn generate() -> Result<Self, KeyError> {
        Self::new(rsa::KeyPair::generate(KeySize::Rsa2048).map_err(KeyError::Generate)?)
    }

    /// Reads the output of [`KeyPair::to_pkcs8`]: PKCS#8 in DER, not encrypted, 2048 to 8192 bits.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        Self::new(rsa::KeyPair::from_pkcs8(der).map_err(KeyError::Pair)?)
    }

    fn new(pair: rsa::KeyPair) -> Result<Self, KeyError> {
        let pkcs8 = pair.as_der().map_err(KeyError::Encode)?;
        let public = pair.public_key().as_der().map_err(KeyError::Encode)?;
        let public_key_pem = to_pem(public.as_ref());
        Ok(Self {
            pair,
            pkcs8,
            public_key_pem,
        })
    }

    /// The secret itself, as PKCS#8 in DER, for the store only.
    pub fn to_pkcs8(&self) -> &[u8] {
        self.pkcs8.as_ref()
    }

    /// The public half for the actor document: a block "PUBLIC KEY" in lines of 64 characters.
    pub fn public_key_pem(&self) -> String {
        self.public_key_pem.clone()
    }

    /// Signs with RSASSA-PKCS1-v1_5 and SHA-256: the same signature each time.
    pub fn sign_rsa_sha256(&self, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            message,
            &mut signature,
        )?;
        Ok(signature)
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyPair(secret)")
    }
}

/// A public RSA key of another server: parsed once, cheap to clone and to verify with.
#[derive(Clone)]
pub struct PublicKey {
    key: Arc<ParsedPublicKey>,
    bits: u32,
}

impl PublicKey {
    /// Reads the PEM of an actor document: one block "PUBLIC KEY" (SPKI) or "RSA PUBLIC KEY" (PKCS#1), 2048
    /// to 8192 bits. Line ends and blanks are ignored.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let (key, bits) = parse(pem, &RSA_PKCS1_2048_8192_SHA256)?;
        if !(MIN_BITS..=MAX_BITS).contains(&bits) {
            return Err(KeyError::Size(bits));
        }
        Ok(Self { key, bits })
    }

    /// A key that made no signature: checking one with it takes as long as with a real key. Nobody learns from the
    /// time of an answer whether there was one.
    pub fn nobodys() -> Option<Self> {
        static KEY: LazyLock<Option<PublicKey>> =
            LazyLock::new(|| PublicKey::from_pem(NOBODYS).ok());
        KEY.clone()
    }

    /// A key of any size, for the test vectors of draft-cavage, which use 1024 bits.
    #[cfg(test)]
    pub(super) fn from_weak_pem(pem: &str) -> Result<Self, KeyError> {
        use aws_lc_rs::signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY as WEAK;
        let (key, bits) = parse(pem, &WEAK)?;
        Ok(Self { key, bits })
    }

    /// Whether this key made `signature` over `message` with RSASSA-PKCS1-v1_5 and SHA-256.
    pub fn verify_rsa_sha256(&self, message: &[u8], signature: &[u8]) -> bool {
        self.key.verify_sig(message, signature).is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} bits)", self.bits)
    }
}

/// The key and its size in bits.
fn parse(
    pem: &str,
    algorithm: &'static RsaParameters,
) -> Result<(Arc<ParsedPublicKey>, u32), KeyError> {
    let der = from_pem(pem)?;
    let public = rsa::PublicKey::from_der(&der).map_err(KeyError::NotRsa)?;
    let bits = RsaParameters::public_modulus_len(public.as_ref()).map_err(KeyError::NoSize)?;
    let key = ParsedPublicKey::new(algorithm, public.as_ref()).map_err(KeyError::NotRsa)?;
    Ok((Arc::new(key), bits))
}

fn from_pem(pem: &str) -> Result<Vec<u8>, KeyError> {
    if pem.len() > MAX_PEM {
        return Err(KeyError::TooLong(pem.len()));
    }
    let pem = pem.trim();
    let body = ["PUBLIC KEY", "RSA PUBLIC KEY"].iter().find_map(|label| {
        pem.strip_prefix(&format!("-----BEGIN {label}-----"))?
            .strip_suffix(&format!("-----END {label}-----"))
    });
    let base64: String = body.ok_or(KeyError::NotPem)?.split_whitespace().collect();
    Ok(STANDARD.decode(base64)?)
}

fn to_pem(der: &[u8]) -> String {
    let mut pem = "-----BEGIN PUBLIC KEY-----\n".to_owned();
    for (column, letter) in STANDARD.encode(der).chars().enumerate() {
        if column > 0 && column % 64 == 0 {
            pem.push('\n');
        }
        pem.push(letter);
    }
    pem.push_str("\n-----END PUBLIC KEY-----\n");
    pem
}

#[cfg(test)]
mod tests;
