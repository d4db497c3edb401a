//! Tables and properties of allowances.

use proptest::prelude::*;

use super::*;

const NOW: Millis = Millis::from_millis(1_795_348_800_000);

fn later(millis: u64) -> Millis {
    NOW.plus(Duration::from_millis(millis))
}

/// How many are granted at one moment.
fn granted(allowances: &RateLimits, key: &str, now: Millis, most: u32) -> u32 {
    let takes = (0..most).take_while(|_| allowances.take(key, now, Duration::ZERO).is_ok());
    u32::try_from(takes.count()).unwrap()
}

#[test]
fn a_minutes_allowance_may_be_used_at_once_and_comes_back_evenly() {
    let allowances = RateLimits::new(Rate::per_minute(60));
    assert_eq!(granted(&allowances, "ada", NOW, 100), 60);
    let refused = allowances.take("ada", NOW, Duration::ZERO);
    assert_eq!(refused, Err(Duration::from_secs(1)));
    for (after, comes_back) in [(999, 0), (1000, 1), (11_000, 10), (1_000_000, 60)] {
        assert_eq!(granted(&allowances, "ada", later(after), 100), comes_back);
    }
}

#[test]
fn what_is_told_to_be_left_is_granted() {
    for count in [1, 7, 60, 36_000] {
        let allowances = RateLimits::new(Rate::per_minute(count));
        let whole = allowances.allowance("ada", NOW);
        assert_eq!((whole.limit, whole.left), (count, count));
        assert_eq!(whole.whole_after, Duration::ZERO);
        let some = count.div_ceil(2);
        assert_eq!(granted(&allowances, "ada", NOW, some), some);
        let left = allowances.allowance("ada", NOW);
        assert_eq!(left.left, count - some, "{count}");
        let back = NOW.plus(left.whole_after + Duration::from_millis(1));
        assert_eq!(allowances.allowance("ada", back), whole, "{count}");
        assert_eq!(granted(&allowances, "ada", NOW, count), left.left);
        assert_eq!(allowances.allowance("ada", NOW).left, 0);
    }
}

#[test]
fn one_keys_allowance_is_nobody_elses() {
    let allowances = RateLimits::new(Rate::per_minute(1));
    assert_eq!(granted(&allowances, "ada", NOW, 9), 1);
    assert_eq!(granted(&allowances, "bob", NOW, 9), 1);
}

#[test]
fn who_is_patient_gets_the_next_one_and_no_two_get_the_same() {
    let allowances = RateLimits::new(Rate::per_minute(600));
    assert_eq!(granted(&allowances, "ada", NOW, 1000), 600);
    let patience = Duration::from_millis(250);
    let waits: Vec<_> = (0..4)
        .map(|_| allowances.take("ada", NOW, patience))
        .collect();
    let millis = Duration::from_millis;
    assert_eq!(
        waits,
        [
            Ok(millis(100)),
            Ok(millis(200)),
            Err(millis(300)),
            Err(millis(300))
        ]
    );
}

#[test]
fn what_is_given_back_can_be_taken_again() {
    let allowances = RateLimits::new(Rate::per_minute(2));
    assert_eq!(granted(&allowances, "ada", NOW, 9), 2);
    allowances.give_back("ada", NOW);
    assert_eq!(granted(&allowances, "ada", NOW, 9), 1);
    // Nobody can save up more than the allowance.
    for _ in 0..9 {
        allowances.give_back("ada", NOW);
    }
    assert_eq!(granted(&allowances, "ada", NOW, 9), 2);
}

#[test]
fn enormous_and_absent_rates_work() {
    let most = RateLimits::new(Rate::per_minute(u32::MAX));
    assert_eq!(granted(&most, "ada", NOW, 100_000), 100_000);
    let none = RateLimits::new(Rate::per_minute(0));
    assert_eq!(granted(&none, "ada", NOW, 9), 1);
    for end in [i64::MIN, i64::MAX] {
        let end = Millis::from_millis(end);
        let _wait = most.take("ada", end, Duration::MAX).is_ok();
    }
}

#[test]
fn a_clock_that_is_set_back_locks_nobody_out() {
    let allowances = RateLimits::new(Rate::per_minute(2));
    assert_eq!(granted(&allowances, "ada", later(100_000_000), 9), 2);
    assert_eq!(granted(&allowances, "ada", NOW, 9), 0);
    let wait = allowances.take("ada", NOW, Duration::ZERO).unwrap_err();
    assert_eq!(wait, Duration::from_secs(30));
    assert_eq!(granted(&allowances, "ada", later(30_000), 9), 1);
}

#[test]
fn what_was_noted_is_remembered_for_a_while() {
    let remembered = Remembered::for_a_while(Duration::from_secs(5));
    assert!(!remembered.has("ada", NOW));
    remembered.note("ada", NOW);
    assert!(remembered.has("ada", later(4999)) && !remembered.has("bob", NOW));
    assert!(!remembered.has("ada", later(5000)));
    remembered.note("ada", NOW);
    remembered.forget("ada");
    assert!(!remembered.has("ada", NOW));
}

#[test]
fn one_in_a_pause_is_never_two_at_once() {
    let paced = RateLimits::new(Rate::one_in(Duration::from_millis(500)));
    let patience = Duration::from_secs(1);
    let waits: Vec<_> = (0..4).map(|_| paced.take("ada", NOW, patience)).collect();
    let millis = Duration::from_millis;
    let expected = [
        Ok(millis(0)),
        Ok(millis(500)),
        Ok(millis(1000)),
        Err(millis(1500)),
    ];
    assert_eq!(waits, expected);
}

#[test]
fn whether_there_is_a_grant_can_be_asked_without_taking_it() {
    let allowances = RateLimits::new(Rate::per_minute(2));
    for _ in 0..9 {
        assert_eq!(allowances.check("ada", NOW), Ok(()));
    }
    assert_eq!(granted(&allowances, "ada", NOW, 9), 2);
    let wait = Err(Duration::from_secs(30));
    assert_eq!(allowances.check("ada", NOW), wait);
    assert_eq!(allowances.check("bob", NOW), Ok(()));
    // The clock was set back.
    let before = NOW.minus(Duration::from_hours(9));
    assert_eq!(allowances.check("ada", before), wait);
}

#[test]
fn of_too_many_keys_those_are_forgotten_that_owe_least() {
    let allowances = RateLimits::remembering(Rate::per_minute(10), 64);
    assert_eq!(granted(&allowances, "flooder", NOW, 99), 10);
    for number in 0..10_000 {
        allowances.take(number, NOW, Duration::ZERO).unwrap();
    }
    assert_eq!(granted(&allowances, "flooder", NOW, 99), 0);
}

proptest! {
    #[test]
    fn no_window_grants_more_than_the_allowance_and_what_came_back(
        count in 1_u32..500,
        pauses in prop::collection::vec(0_u64..3000, 1..400),
    ) {
        let allowances = RateLimits::new(Rate::per_minute(count));
        let (mut at, mut taken) = (0, 0_u64);
        for pause in pauses {
            at += pause;
            match allowances.take("ada", later(at), Duration::ZERO) {
                Ok(wait) => {
                    prop_assert_eq!(wait, Duration::ZERO);
                    taken += 1;
                }
                // The wait that is named is enough, and no longer than one of them takes.
                Err(wait) => {
                    let millis = u64::try_from(wait.as_nanos().div_ceil(1_000_000)).unwrap();
                    prop_assert!(millis <= 60_000 / u64::from(count) + 1);
                    at += millis;
                    prop_assert!(allowances.take("ada", later(at), Duration::ZERO).is_ok());
                    taken += 1;
                }
            }
            let came_back = (at * u64::from(count)).div_ceil(60_000);
            prop_assert!(taken <= u64::from(count) + came_back);
        }
    }

    #[test]
    fn memory_is_bounded_whatever_comes(
        most in 1_usize..40,
        keys in prop::collection::vec((0_u32..200, 0_u64..100), 1..500),
    ) {
        let allowances = RateLimits::remembering(Rate::per_minute(3), most);
        let mut at = 0;
        for (key, pause) in keys {
            at += pause;
            let _wait = allowances.take(key, later(at), Duration::ZERO).is_ok();
            prop_assert!(locked(&allowances.ledger).until.len() <= most);
        }
    }
}
