//! What waits, in sentences that say what to do about it: for `status` and the log.

use std::time::Duration;

use crate::{
    endorsement::WaitsFor,
    register::error::Result,
    store::{SurgingDomain, Tx},
};

/// The window of the surge limits: what of a surge was listed before they held came within it.
const HOUR: Duration = Duration::from_hours(1);

/// Most domains in a surge that are named.
const DOMAINS_NAMED: i64 = 10;

/// Why endorsements wait, in one line: `355 for a surge (…), 20 unsure (…)`; `None` when none does.
pub fn in_one_line(reasons: &[(WaitsFor, i64)]) -> Option<String> {
    let reasons: Vec<String> = reasons
        .iter()
        .map(|(what, n)| format!("{n} {what} ({})", what_to_do(*what)))
        .collect();
    (!reasons.is_empty()).then(|| reasons.join(", "))
}

/// What to do about what waits for a reason.
pub const fn what_to_do(what: WaitsFor) -> &'static str {
    match what {
        WaitsFor::Unsure => "read them: `endorsement list --waits-for unsure`",
        WaitsFor::Paused => "`letter open` judges them",
        WaitsFor::Decision => "rejected or withdrawn before: approve or reject",
        WaitsFor::Organisation => "approve or reject",
        WaitsFor::Age => "listed by themselves when they are old enough",
        WaitsFor::Limited => "approve, or `host trust` or `block remove` their server",
        WaitsFor::Surge => "judged again by themselves 6 hours after they came",
        WaitsFor::Rule => "approve, or `rule remove` it",
        WaitsFor::Name => "the handle: approve or reject",
        WaitsFor::Link => "listed by themselves when their page signs",
    }
}

/// The domains in a surge, those with most first.
pub async fn surging(tx: &mut Tx) -> Result<Vec<SurgingDomain>> {
    Ok(tx.surging_domains(DOMAINS_NAMED).await?)
}

/// What is happening at a domain in a surge, and the commands that take it back if it is no honest one.
pub fn about_surge(domain: &SurgingDomain) -> String {
    let since = domain.since.minus(HOUR);
    let commands: Vec<String> = globs(domain)
        .iter()
        .map(|host| {
            format!(
                "`undersigned endorsement invalidate --host '{host}' --after {since} --reason spam`"
            )
        })
        .collect();
    format!(
        "{} wait since {}; what is shown stays; if it is spam: {}",
        domain.n,
        domain.since,
        commands.join(" and ")
    )
}

/// The `--host` conditions that fit the hosts of a domain and no others.
fn globs(domain: &SurgingDomain) -> Vec<String> {
    let below = format!("*.{}", domain.domain);
    match (domain.hosts, domain.itself) {
        (1, _) => vec![domain.host.clone()],
        (_, true) => vec![domain.domain.clone(), below],
        (_, false) => vec![below],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Millis;

    #[test]
    fn reasons_stand_in_one_line_with_what_to_do() {
        assert_eq!(in_one_line(&[]), None);
        let reasons = [(WaitsFor::Unsure, 2), (WaitsFor::Surge, 355)];
        let expected = "2 unsure (read them: `endorsement list --waits-for unsure`), \
                        355 surge (judged again by themselves 6 hours after they came)";
        assert_eq!(in_one_line(&reasons).as_deref(), Some(expected));
    }

    #[test]
    fn a_surge_is_taken_back_by_its_hosts_alone() {
        let check = |host: &str, hosts, itself, expected: &[&str]| {
            let domain = SurgingDomain {
                domain: "m.example".to_owned(),
                n: 3,
                since: Millis::parse_rfc3339("2026-11-22T12:00:00Z").unwrap(),
                host: host.to_owned(),
                hosts,
                itself,
            };
            let said = about_surge(&domain);
            assert!(
                said.starts_with("3 wait since 2026-11-22T12:00:00Z; "),
                "{said}"
            );
            let commands = expected.iter().map(|host| {
                format!("`undersigned endorsement invalidate --host '{host}' --after 2026-11-22T11:00:00Z --reason spam`")
            });
            let commands: Vec<_> = commands.collect();
            assert!(said.ends_with(&commands.join(" and ")), "{said}");
        };
        check("m.example", 1, true, &["m.example"]);
        check("a.m.example", 1, false, &["a.m.example"]);
        check("a.m.example", 2, true, &["m.example", "*.m.example"]);
        check("a.m.example", 2, false, &["*.m.example"]);
    }
}
