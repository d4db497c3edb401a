//! SHA-256 of ids. Database indexes hold these hashes of fixed length instead of remote text.

use std::fmt::{self, Write as _};

use aws_lc_rs::digest::{Context, SHA256, digest};
use sqlx::{
    Database, Decode, Encode, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgHasArrayType, PgTypeInfo},
};

/// The length of SHA-256 in bytes.
const LENGTH: usize = 32;

/// 32 bytes of SHA-256.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256([u8; LENGTH]);

impl Sha256 {
    /// The hash of an id, byte for byte.
    pub fn of(id: &str) -> Self {
        Self::of_bytes(id.as_bytes())
    }

    /// The hash of raw bytes.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self::taken(digest(&SHA256, bytes).as_ref())
    }

    /// The hash of an id that must be recognised after a person's data was erased. It is salted with a secret
    /// of this installation, so that nobody can test ids against a stolen database alone.
    pub fn salted(salt: &Salt, id: &str) -> Self {
        Self::taken(aws_lc_rs::hmac::sign(&salt.0, id.as_bytes()).as_ref())
    }

    /// The output of the digest: always 32 bytes.
    fn taken(bytes: &[u8]) -> Self {
        let mut hash = [0; LENGTH];
        for (to, from) in hash.iter_mut().zip(bytes) {
            *to = *from;
        }
        Self(hash)
    }

    /// The first twelve bytes in hexadecimal: enough to tell versions of a document apart.
    pub fn short(&self) -> String {
        self.hex().chars().take(24).collect()
    }

    /// Reads what [`hex`](Self::hex) wrote; `None` for anything else.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 2 * LENGTH || !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let mut hash = [0; LENGTH];
        for (byte, pair) in hash.iter_mut().zip(digits.chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(hash))
    }

    /// All of it in lower-case hexadecimal.
    pub fn hex(&self) -> String {
        let mut text = String::with_capacity(64);
        for byte in &self.0 {
            // Writing into a `String` cannot fail.
            write!(text, "{byte:02x}").ok();
        }
        text
    }
}

/// SHA-256 of a sequence of parts, of any total length.
pub struct Hashing(Context);

impl Default for Hashing {
    fn default() -> Self {
        Self(Context::new(&SHA256))
    }
}

impl Hashing {
    /// Adds one part after its length: "ab", "c" differs from "a", "bc".
    pub fn add_part(&mut self, part: &[u8]) {
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        self.0.update(&length.to_be_bytes());
        self.0.update(part);
    }

    /// Adds bytes as they are, so that the hash is that of the whole, as `sha256sum` prints it.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of all parts.
    pub fn done(self) -> Sha256 {
        Sha256::taken(self.0.finish().as_ref())
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .take(4)
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A column of bytes (`BLOB`, `BYTEA`) on either database.
impl<DB: Database> Type<DB> for Sha256
where
    Vec<u8>: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        Vec::type_info()
    }

    fn compatible(ty: &DB::TypeInfo) -> bool {
        Vec::compatible(ty)
    }
}

impl PgHasArrayType for Sha256 {
    fn array_type_info() -> PgTypeInfo {
        Vec::<u8>::array_type_info()
    }
}

impl<'q, DB: Database> Encode<'q, DB> for Sha256
where
    Vec<u8>: Encode<'q, DB>,
{
    fn encode_by_ref(&self, buffer: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
        self.0.to_vec().encode(buffer)
    }
}

impl<'r, DB: Database> Decode<'r, DB> for Sha256
where
    &'r [u8]: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(<&[u8]>::decode(value)?.try_into()?))
    }
}

/// The secret of one installation that salts the hashes that outlive a person's data.
#[derive(Clone, Debug)]
pub struct Salt(aws_lc_rs::hmac::Key);

impl Salt {
    /// The salt that is written as `text`.
    pub fn new(text: &str) -> Self {
        Self(aws_lc_rs::hmac::Key::new(
            aws_lc_rs::hmac::HMAC_SHA256,
            text.as_bytes(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_salted_hash_is_another_for_every_salt_and_none_is_the_plain_one() {
        let id = "https://m.example/users/ada";
        let (one, other) = (Salt::new("one"), Salt::new("other"));
        assert_eq!(Sha256::salted(&one, id), Sha256::salted(&one, id));
        assert_ne!(Sha256::salted(&one, id), Sha256::salted(&other, id));
        assert_ne!(Sha256::salted(&one, id), Sha256::of(id));
        let hex = Sha256::of(id).hex();
        assert_eq!(hex.len(), 64);
        assert_eq!(Sha256::from_hex(&hex), Some(Sha256::of(id)));
        for wrong in [
            String::new(),
            hex.replace(char::is_numeric, "+"),
            format!("{hex}00"),
        ] {
            assert_eq!(Sha256::from_hex(&wrong), None, "{wrong}");
        }
    }
}
