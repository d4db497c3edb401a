//! What the pages say follows the settings and the state of the letter.

use askama::Template as _;

use super::{PROBLEMS, examples::*};
use crate::{
    endorsement::policy::{LetterState, LikeDisplay, Replies, ReplyDisplay},
    http::pages::{
        error::{ErrorPage, Problem},
        frame::{ContactView, SiteView},
        letter::LetterPage,
        privacy::PrivacyPage,
        sign::OtherWays,
        signing::{OpeningView, SigningView},
        supporters::{ListQuery, SupportersPage},
    },
    i18n::SupportCounts,
};

#[test]
fn an_entry_can_be_reported_only_to_an_address() {
    let page = letter_view().render().unwrap();
    assert!(page.contains("href=\"mailto:ada@letter.example?subject=Report%20of%20an%20entry"));
    assert!(page.contains("report<span class=\"unseen\"> this entry</span>"));
    for contact in [None, ContactView::parse("Ada, 1 Long Street")] {
        let site = SiteView { contact, ..site() };
        assert!(
            !LetterPage {
                site,
                ..letter_view()
            }
            .render()
            .unwrap()
            .contains("report<span")
        );
    }
}

#[test]
fn a_closed_letter_says_so_and_still_tells_how_to_leave() {
    let page = |opening: OpeningView| {
        let page = LetterPage {
            opening,
            ..letter_view()
        };
        page.render().unwrap()
    };
    let offers = [
        "href=\"#sign\"",
        "Then like it",
        "action=\"/sign\"",
        "How to sign",
    ];
    let closed = page(OpeningView {
        state: LetterState::Closed,
        closed_since: Some(noon()),
        closes_at: None,
    });
    assert!(closed.contains("Signing closed on 22 November 2026. Signing is closed."));
    assert!(closed.contains("<h2 id=\"sign-heading\">The result</h2>\n<p class=\"count\">"));
    for offer in offers {
        assert!(!closed.contains(offer), "{offer}");
    }
    assert!(closed.contains("id=\"leave\""));
    let paused = page(OpeningView {
        state: LetterState::Paused,
        ..open()
    });
    assert!(paused.contains("Signing is paused."));
    for offer in offers.iter().take(3) {
        assert!(!paused.contains(offer), "{offer}");
    }
    let announced = page(OpeningView {
        closes_at: Some(noon()),
        ..open()
    });
    assert!(announced.contains("Signing closes on 22 November 2026 at 12:00 UTC."));
    for offer in offers {
        assert!(announced.contains(offer), "{offer}");
    }
}

#[test]
fn what_is_said_about_signing_follows_the_settings() {
    let check = |signing: SigningView, present: &[&str], absent: &[&str]| {
        // The comments of a thread sign whatever is set about replies.
        let ways = OtherWays {
            threads: Vec::new(),
            ..letter_view().ways
        };
        let page = LetterPage {
            signing,
            ways,
            ..letter_view()
        }
        .render()
        .unwrap();
        for text in present {
            assert!(page.contains(text), "{signing:?}: {text}");
        }
        for text in absent {
            assert!(!page.contains(text), "{signing:?}: {text}");
        }
    };
    let off = SigningView {
        replies: Replies::Off,
        likes: LikeDisplay::Off,
        ..signing()
    };
    check(off, &["switched off"], &["With a public post", "Then "]);
    let likes = SigningView {
        replies: Replies::Off,
        likes: LikeDisplay::Named,
        ..signing()
    };
    check(
        likes,
        &["Then like it.", "shown with your name"],
        &["With a public post", "I sign"],
    );
    let quiet = SigningView {
        reply_display: ReplyDisplay::Count,
        likes: LikeDisplay::Count,
        ..signing()
    };
    check(
        quiet,
        &["a number only", "counted without your name"],
        &["your statement"],
    );
    let every = SigningView {
        replies: Replies::All,
        likes: LikeDisplay::Off,
        ..signing()
    };
    check(every, &["every reply signs"], &["like it", "A like is"]);
}

#[test]
fn the_privacy_notice_names_the_real_durations() {
    let page = privacy_view().render().unwrap();
    for text in [
        "31 days",
        "180 days",
        "32 days",
        "90 days",
        "7 days",
        "The last 10,000 deliveries",
    ] {
        assert!(page.contains(text), "{text}");
    }
    let named = SigningView {
        likes: LikeDisplay::Named,
        ..signing()
    };
    let all_named = PrivacyPage {
        signing: named,
        ..privacy_view()
    };
    let no_journal = PrivacyPage {
        journal_rows: 0,
        ..privacy_view()
    };
    assert!(!no_journal.render().unwrap().contains("deliveries"));
    assert!(page.contains("A like then stays without a name"));
    assert!(
        !all_named
            .render()
            .unwrap()
            .contains("A like then stays without a name")
    );
}

#[test]
fn a_letter_without_support_invites() {
    let empty = LetterPage {
        counts: SupportCounts::default(),
        newest: Vec::new(),
        statements: Vec::new(),
        goal: None,
        updated: None,
        ..letter_view()
    };
    let page = empty.render().unwrap();
    assert!(page.contains("No signatures yet") && page.contains("Be the first."));
    assert!(!page.contains("<progress") && !page.contains("article:modified_time"));
}

#[test]
fn the_list_leads_to_the_pages_beside_it() {
    let at = |found: u64, is_cut| SupportersPage {
        found: Some(found),
        is_cut,
        query: ListQuery::default(),
        ..supporters_view()
    };
    let check = |found, is_cut, shown: &str| {
        let page = at(found, is_cut).render().unwrap();
        assert!(page.contains(shown), "{found}: {page}");
    };
    check(0, false, ">0 Einträge");
    check(1, false, ">1 Eintrag");
    check(1_000_000, false, ">1.000.000 Einträge");
    check(1021, true, "Mehr als 1.021 Einträge");
    let middle = at(300, false);
    let previous = "/supporters?before=0000000000000000";
    assert_eq!(middle.previous().as_deref(), Some(previous));
    let next = "/supporters?after=zzzzzzzzzzzzzzzz";
    assert_eq!(middle.next().as_deref(), Some(next));
    let more = "href=\"/supporters?kind=organisations&#38;after=xxxxxxxxxxxxxxxx\"";
    assert!(middle.render().unwrap().contains(more));
    let only = SupportersPage {
        previous: None,
        next: None,
        next_organisations: None,
        ..middle
    };
    assert!(!only.render().unwrap().contains("class=\"paging\""));
}

#[test]
fn every_problem_has_its_status_and_says_what_to_do() {
    let seen: Vec<u16> = PROBLEMS.into_iter().map(Problem::status).collect();
    assert_eq!(
        seen,
        [400, 400, 403, 413, 404, 404, 410, 410, 429, 500, 503]
    );
    for problem in PROBLEMS {
        let page = ErrorPage {
            site: german(),
            problem,
            offered: Vec::new(),
        }
        .render()
        .unwrap();
        // A retired actor has no other page left to link to.
        let leads_on = problem != Problem::Retired;
        for link in ["Zurück zum Brief", "href=\"/supporters\""] {
            assert_eq!(page.contains(link), leads_on, "{problem:?}: {link}");
        }
        assert!(page.contains(&format!("<p class=\"eyebrow\">{}</p>", problem.status())));
    }
}
