//! What is not looked at is named.

use super::*;

#[test]
fn what_was_not_looked_at_is_skipped_by_name_and_in_order() {
    let mut report = Report::default();
    report.add("config", CheckVerdict::ok("right"));
    report.add("database", CheckVerdict::fail("gone", "look for it"));
    report.skip_rest("the database cannot be opened");
    let names: Vec<_> = report.findings.iter().map(|found| found.check).collect();
    assert_eq!(names, CHECKS);
    assert!(report.fails());
    let mut states = report.findings.iter().skip(2).map(|found| found.state);
    assert!(states.all(|state| state == CheckState::Skipped));
}

#[test]
fn a_letter_on_localhost_reaches_itself_and_no_other_letter_does() {
    let reached = |base: &str| {
        let mut config = Config::default();
        config.server.base_url = base.parse().unwrap();
        let networks = reaching_itself(&config);
        networks.len()
    };
    assert_eq!(reached("http://localhost:8080"), 2);
    assert_eq!(reached("https://letter.example"), 0);
}
