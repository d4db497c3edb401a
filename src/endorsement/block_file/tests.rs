use super::*;

const OWN: &[&str] = &["letter.example.org"];

/// The entries of a list, each as the domain with the word of its severity.
fn entries(text: &str) -> Vec<String> {
    let entries = read(text, OWN).unwrap().entries.into_iter();
    entries
        .map(|entry| format!("{} {}", entry.domain, entry.severity))
        .collect()
}

fn remarks(remarks: &[Remark]) -> Vec<String> {
    let remarks = remarks.iter();
    remarks
        .map(|remark| format!("{}: {}", remark.at, remark.why))
        .collect()
}

#[test]
fn every_form_of_list_is_read() {
    let expected = ["bad.example block", "meh.example limit", "old.example noop"];
    for text in [
        "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n\
         bad.example,suspend,false,false,,false\nmeh.example,silence,true,true,\"a, b\",true\n\
         old.example,noop,false,false,,false\n",
        "domain,severity\nbad.example,suspend\nmeh.example,silence\nold.example,noop",
        "\u{feff}#severity,#domain\r\nSuspend,bad.example\r\nsilence,meh.example\r\n\r\nnoop,old.example\r\n",
        "#severity,#something,#domain\n,x,bad.example\nsilence,,meh.example,more\nnoop,,old.example\n",
        r#"[{"domain": "bad.example", "digest": "00", "severity": "suspend", "comment": ""},
            {"domain": "meh.example", "severity": "silence", "comment": null, "reject_media": true},
            {"id": 7, "domain": "old.example", "severity": "noop"}]"#,
    ] {
        assert_eq!(entries(text), expected, "{text}");
    }
    // A bare list; what is missing has its default.
    for text in [
        "bad.example\nworse.example\n",
        "# Ours\r\nbad.example\r\n\r\nworse.example",
        "#domain\nbad.example\nworse.example",
        r#"[{"domain": "bad.example", "suspended_at": "2026-01-01T00:00:00Z"}, {"domain": "worse.example"}]"#,
    ] {
        assert_eq!(
            entries(text),
            ["bad.example block", "worse.example block"],
            "{text}"
        );
    }
    assert!(entries("").is_empty() && entries("[]").is_empty());
    for text in ["{\"domain\": \"bad.example\"}", "[1", "{"] {
        assert!(read(text, OWN).is_err(), "{text}");
    }
}

#[test]
fn names_are_cleaned() {
    for name in [
        "bad.example",
        " Bad.EXAMPLE. ",
        "*.bad.example",
        "@bad.example",
        "https://bad.example/",
        "HTTP://bad.example",
        "bad.example:8443",
    ] {
        assert_eq!(
            entries(&format!("#domain\n\"{name}\"\n")),
            ["bad.example block"],
            "{name}"
        );
    }
    assert_eq!(entries("bücher.example"), ["xn--bcher-kva.example block"]);
}

#[test]
fn what_cannot_be_is_refused_row_by_row() {
    let text = "#domain,#severity,#obfuscate\n\
                com,suspend,\nco.uk,suspend,\n192.0.2.1,suspend,\n[2001:db8::1],suspend,\n\
                example.org,suspend,\nnot a domain,suspend,\n,suspend,\nuser@bad.example,suspend,\n\
                bad.example,limit,\nbad.example,suspend,maybe\n\
                b*d.example,suspend,true\n*d.example,suspend,\n\
                good.example,suspend,\nGood.example.,silence,\n";
    let file = read(text, OWN).unwrap();
    assert_eq!(file.entries.len(), 1);
    assert_eq!(
        remarks(&file.refused),
        [
            "2: `com` is a public suffix: unrelated servers live below it",
            "3: `co.uk` is a public suffix: unrelated servers live below it",
            "4: `192.0.2.1` is an address, not a name",
            "5: `[2001:db8::1]` is an address, not a name",
            "6: `example.org` covers this letter's own host",
            "7: `not a domain` is no domain",
            "8: `` is no domain",
            "9: `user@bad.example` is no domain",
            "10: `bad.example`: severity `limit` is none of suspend, silence, noop",
            "11: `bad.example`: obfuscate `maybe` is neither true nor false",
        ]
    );
    assert_eq!(
        remarks(&file.skipped),
        [
            "12: `b*d.example` is obfuscated, and no name can be compared with it",
            "13: `*d.example` is obfuscated, and no name can be compared with it",
            "15: `good.example` was named before, at 14",
        ]
    );
    let file = read("bad.example,suspend\nworse.example\n", OWN).unwrap();
    assert_eq!(
        remarks(&file.refused),
        ["1: `bad.example` has more beside it, and no header says what that is"]
    );
    let file = read(
        r#"[1, {"domain": ["a"]}, {"domain": "b.example", "severity": 3}]"#,
        OWN,
    );
    assert_eq!(file.unwrap().refused.len(), 3);
}

#[test]
fn flags_and_comments_are_read_from_every_form() {
    let flags = Flags {
        reject_media: true,
        reject_reports: false,
        obfuscate: true,
    };
    for text in [
        "#domain,#reject_media,#reject_reports,#public_comment,#obfuscate,#private_comment\n\
         bad.example,TRUE,0,\"Spam\nand worse\",1,Ask Bob\n",
        r#"[{"domain": "bad.example", "reject_media": true, "obfuscate": true,
             "public_comment": "Spam\nand worse", "private_comment": "Ask Bob"}]"#,
        r#"[{"domain": "bad.example", "reject_media": "true", "obfuscate": true, "public_comment": "",
             "comment": "Spam\nand worse", "private_comment": "Ask Bob"}]"#,
    ] {
        let entry = read(text, OWN).unwrap().entries.remove(0);
        assert_eq!(entry.flags, flags, "{text}");
        assert_eq!(entry.public_comment.as_deref(), Some("Spam\nand worse"));
        assert_eq!(entry.private_comment.as_deref(), Some("Ask Bob"));
    }
    let quiet = read("#domain,#public_comment\nbad.example,\n", OWN).unwrap();
    assert_eq!(quiet.entries[0].public_comment, None);
}

#[test]
fn what_is_written_is_read_again_to_the_byte() {
    let text = "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n\
                a.example,noop,true,false,,false\n\
                b.example,silence,false,true,\"One, \"\"two\"\"\r\nthree\",true\n\
                c.example,suspend,false,false,  spaces ,false\n";
    let file = read(text, OWN).unwrap();
    assert_eq!(write(&file.entries), text);
}
