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
        signing::SigningView,
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
    let closed = LetterPage {
        state: LetterState::Closed,
        ..letter_view()
    };
    let page = closed.render().unwrap();
    assert!(page.contains("Signing is closed."));
    assert!(!page.contains("href=\"#sign\"") && !page.contains("Then like it"));
    assert!(page.contains("id=\"leave\""));
    let paused = LetterPage {
        state: LetterState::Paused,
        ..letter_view()
    };
    let page = paused.render().unwrap();
    assert!(page.contains("Signing is paused.") && page.contains("href=\"#sign\""));
}

#[test]
fn what_is_said_about_signing_follows_the_settings() {
    let check = |signing: SigningView, present: &[&str], absent: &[&str]| {
        let page = LetterPage {
            signing,
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
        found,
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
    let only = SupportersPage {
        previous: None,
        next: None,
        ..middle
    };
    assert!(!only.render().unwrap().contains("class=\"paging\""));
}

#[test]
fn every_problem_has_its_status_and_says_what_to_do() {
    let seen: Vec<u16> = PROBLEMS.into_iter().map(Problem::status).collect();
    assert_eq!(seen, [400, 403, 413, 404, 410, 410, 429, 500, 503]);
    for problem in PROBLEMS {
        let page = ErrorPage {
            site: german(),
            problem,
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
