//! When 401 from everywhere means that our own signatures cannot be verified (F-164). Pure.

use std::time::Duration;

use crate::store::Signatures;

/// How far back answers count: long enough that one publication is seen, short enough that the alarm ends with
/// its cause.
pub const LOOK_BACK: Duration = Duration::from_hours(6);

/// Fewer domains than this may be odd by themselves.
const LEAST: i64 = 3;

/// Whether nine of ten domains that answered refuse our signatures, and three at least.
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
