//! The alarm about our own signatures. One host's 401 may be its own trouble; 401 from nearly every host means that
//! our clock, our keys or our actor document are at fault. Pure.

use std::time::Duration;

use crate::store::Signatures;

/// How far back answers count: long enough to cover one publication, short enough that the alarm ends soon after its
/// cause.
pub const LOOK_BACK: Duration = Duration::from_hours(6);

/// The least number of refusing domains: fewer may have trouble of their own.
const LEAST: i64 = 3;

/// Whether at least three domains, and nine of ten that answered, refuse our signatures.
pub const fn nobody_believes_us(signatures: Signatures) -> bool {
    signatures.refused >= LEAST
        && signatures.refused.saturating_mul(10) >= signatures.answered.saturating_mul(9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_domains_and_nine_of_ten_are_an_alarm() {
        for (answered, refused, expected) in [
            (0, 0, false),
            (2, 2, false),
            (3, 3, true),
            (4, 3, false),
            (10, 9, true),
            (10, 8, false),
            (1000, 899, false),
            (1000, 900, true),
        ] {
            let signatures = Signatures { answered, refused };
            assert_eq!(
                nobody_believes_us(signatures),
                expected,
                "{refused} of {answered}"
            );
        }
    }
}
