//! The list of what administrators did, with its conditions.

use super::{fixtures::at, on_both};
use undersigned::store::{AuditFilter, NewAudit, Store};

on_both!(the_audit_is_filtered, async |store| {
    let mut tx = store.write().await.unwrap();
    for (by, action, target, seconds) in [
        ("ada", "endorsement.approve", "a", 1),
        ("ada", "endorsement.reject", "b", 2),
        ("bo", "letter.publish", "revision-1", 3),
        ("bo", "endorsement.reject", "b", 4),
    ] {
        let entry = NewAudit {
            at: at(seconds),
            by: by.to_owned(),
            action: action.parse().unwrap(),
            code: None,
            target: target.to_owned(),
            reason: None,
        };
        tx.add_audit(&entry).await.unwrap();
    }
    let any = AuditFilter::default;
    let text = |text: &str| Some(text.to_owned());
    for (filter, expected) in [
        (any(), &[4, 3, 2, 1][..]),
        (
            AuditFilter {
                by: text("ada"),
                ..any()
            },
            &[2, 1],
        ),
        (
            AuditFilter {
                action: text("endorsement.*"),
                ..any()
            },
            &[4, 2, 1],
        ),
        (
            AuditFilter {
                action: text("Endorsement.reject"),
                ..any()
            },
            &[4, 2],
        ),
        (
            AuditFilter {
                action: text("%"),
                ..any()
            },
            &[],
        ),
        (
            AuditFilter {
                since: Some(at(3)),
                ..any()
            },
            &[4, 3],
        ),
        (
            AuditFilter {
                target: text("b"),
                by: text("bo"),
                ..any()
            },
            &[4],
        ),
        (
            AuditFilter {
                target: text("\0b"),
                ..any()
            },
            &[4, 2],
        ),
    ] {
        let found = tx.audit_list(&filter, None, 9).await.unwrap();
        let moments: Vec<_> = found.iter().map(|entry| entry.at).collect();
        let expected: Vec<_> = expected.iter().map(|seconds| at(*seconds)).collect();
        assert_eq!(moments, expected, "{filter:?}");
        let counted = tx.audit_count(&filter).await.unwrap();
        assert_eq!(
            counted,
            i64::try_from(expected.len()).unwrap(),
            "{filter:?}"
        );
        let rest = tx
            .audit_list(&filter, found.first().map(|entry| entry.id), 9)
            .await
            .unwrap();
        assert_eq!(rest, found.get(1..).unwrap_or_default(), "{filter:?}");
    }
});
