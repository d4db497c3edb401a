//! Randomness as a parameter, and the public ids that are made from it.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use serde::{Deserialize, Serialize};

/// A source of random bytes.
pub trait Random: fmt::Debug + Send + Sync + 'static {
    /// Fills `bytes` with random ones.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's randomness, by way of aws-lc.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(
            clippy::expect_used,
            reason = "aws-lc fails only where the kernel has no randomness; no id or key can be made then"
        )]
        aws_lc_rs::rand::fill(bytes).expect("the operating system gives random bytes");
    }
}

/// Repeatable pseudo-randomness (`SplitMix64`), for tests only: it is not secret.
#[derive(Debug, Default)]
pub struct SeededRandom(AtomicU64);

impl SeededRandom {
    /// The sequence that belongs to `seed`.
    pub const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        for chunk in bytes.chunks_mut(8) {
            let mut z = self.0.fetch_add(STEP, Ordering::SeqCst).wrapping_add(STEP);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^= z >> 31;
            for (byte, random) in chunk.iter_mut().zip(z.to_le_bytes()) {
                *byte = random;
            }
        }
    }
}

/// The id of something that the public may name: an activity, a post, an endorsement, a signatory.
///
/// 16 characters of lower-case Crockford base32 from 80 random bits. An id is made once and stored with what
/// it names, so that a retry repeats it, and a restored backup never gives it to something else.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type,
)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct PublicId(String);

impl PublicId {
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

    /// A new id.
    pub fn random(random: &dyn Random) -> Self {
        let mut bytes = [0_u8; 16];
        random.fill(&mut bytes);
        // 32 letters divide 256 evenly, so the low five bits of each byte are uniform.
        let letters = bytes
            .iter()
            .filter_map(|byte| Self::ALPHABET.get(usize::from(byte & 31)));
        Self(letters.map(|letter| char::from(*letter)).collect())
    }

    /// The id that these 16 characters are; `None` when they are none.
    pub fn parse(text: &str) -> Option<Self> {
        let is_id = text.len() == 16 && text.bytes().all(|byte| Self::ALPHABET.contains(&byte));
        is_id.then(|| Self(text.to_owned()))
    }

    /// The 16 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PublicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for PublicId {
    fn from(stored: String) -> Self {
        Self(stored)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_sixteen_letters_of_crockford_base32() {
        let id = PublicId::random(&SystemRandom);
        assert_eq!(id.as_str().len(), 16);
        assert_eq!(PublicId::parse(id.as_str()), Some(id.clone()));
        for other in [
            "",
            "0123456789abcde",
            "0123456789abcdeff",
            "0123456789abcdeF",
            "0123456789abcdei",
        ] {
            assert_eq!(PublicId::parse(other), None, "{other}");
        }
        assert!(
            id.as_str()
                .bytes()
                .all(|byte| b"0123456789abcdefghjkmnpqrstvwxyz".contains(&byte))
        );
    }

    #[test]
    fn a_seed_repeats_its_ids_and_never_one_within_them() {
        let (one, other) = (SeededRandom::new(1), SeededRandom::new(1));
        let ids: Vec<_> = (0..1000).map(|_| PublicId::random(&one)).collect();
        assert!(ids.iter().all(|id| *id == PublicId::random(&other)));
        let distinct: std::collections::HashSet<_> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len());
    }
}
