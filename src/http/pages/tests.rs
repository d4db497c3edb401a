mod examples;
mod settings;

use std::collections::BTreeSet;

use askama::Template;
use examples::{
    about_view, api_view, draft_view, entry_view, from_fediverse, from_github, german,
    history_view, letter_view, open, post_view, privacy_view, revision, revision_view,
    sign_answers, sign_view, site, statement, statistics_view, supporters_view, tag_view,
    timeline_view, translated_view,
};

use super::{
    about::AboutPage,
    api::ApiPage,
    embed::EmbedPage,
    entry::EntryPage,
    error::{ErrorPage, Problem},
    frame::SiteView,
    history::{HistoryPage, RevisionView},
    letter::LetterPage,
    post::PostPage,
    privacy::PrivacyPage,
    revision::{PieceView, RevisionPage},
    sign::SignPage,
    signing::OpeningView,
    statistics::StatisticsPage,
    supporter::{StatementView, SupporterView},
    supporters::{ListQuery, SupportersPage},
};
use crate::{
    endorsement::policy::LetterState, http::assets::style_address,
    register::letter::publish::RevisionKind,
};

const HOSTILE: &str = "</bdi><script>alert(\"1\")</script>&'\u{202e}";

fn lists_of_happenings() -> [String; 2] {
    [timeline_view().render(), tag_view().render()].map(Result::unwrap)
}

/// Every page with every optional part, for rules that hold on all of them.
fn all_pages() -> Vec<String> {
    let unnamed = SupporterView {
        name: None,
        ..from_fediverse()
    };
    let busy = LetterPage {
        statements: vec![
            statement(from_fediverse()),
            StatementView {
                warning: None,
                ..statement(unnamed)
            },
        ],
        ..letter_view()
    };
    let mut pages = vec![
        letter_view().render().unwrap(),
        busy.render().unwrap(),
        translated_view().render().unwrap(),
        post_view().render().unwrap(),
        PostPage {
            site: german(),
            updated: None,
            ..post_view()
        }
        .render()
        .unwrap(),
        supporters_view().render().unwrap(),
        privacy_view().render().unwrap(),
        PrivacyPage {
            site: german(),
            ..privacy_view()
        }
        .render()
        .unwrap(),
        about_view().render().unwrap(),
        AboutPage {
            site: german(),
            ..about_view()
        }
        .render()
        .unwrap(),
        AboutPage {
            text: None,
            ..about_view()
        }
        .render()
        .unwrap(),
        LetterPage {
            is_preview: true,
            ..letter_view()
        }
        .render()
        .unwrap(),
        draft_view().render().unwrap(),
    ];
    for site in [site(), german()] {
        pages.extend(pages_of_numbers(&site));
        pages.push(
            HistoryPage {
                site: site.clone(),
                ..history_view()
            }
            .render()
            .unwrap(),
        );
        pages.push(
            RevisionPage {
                site,
                ..revision_view()
            }
            .render()
            .unwrap(),
        );
    }
    pages.extend(lists_of_happenings());
    pages.extend(pages_of_states());
    pages.extend(error_pages());
    pages
}

/// The letter paused and closed, entries, and what the box answers.
fn pages_of_states() -> Vec<String> {
    let mut pages = Vec::new();
    for state in [LetterState::Paused, LetterState::Closed] {
        pages.push(
            LetterPage {
                opening: OpeningView { state, ..open() },
                site: german(),
                ..letter_view()
            }
            .render()
            .unwrap(),
        );
    }
    for person in [from_fediverse(), from_github()] {
        let page = EntryPage {
            site: german(),
            person,
            is_current: false,
            ..entry_view()
        };
        pages.push(page.render().unwrap());
    }
    for answer in sign_answers() {
        for site in [site(), german()] {
            let page = SignPage {
                site,
                ..sign_view(answer.clone())
            };
            pages.push(page.render().unwrap());
        }
    }
    pages
}

fn error_pages() -> [String; PROBLEMS.len()] {
    PROBLEMS.map(|problem| {
        let page = ErrorPage {
            site: site(),
            problem,
            offered: vec![("/supporters?sort=name".to_owned(), "By name")],
        };
        page.render().unwrap()
    })
}

fn pages_of_numbers(site: &SiteView) -> [String; 2] {
    let statistics = StatisticsPage {
        site: site.clone(),
        ..statistics_view()
    };
    let api = ApiPage {
        site: site.clone(),
        ..api_view()
    };
    [statistics.render().unwrap(), api.render().unwrap()]
}

const PROBLEMS: [Problem; 11] = [
    Problem::BadRequest,
    Problem::NotOffered,
    Problem::ForeignForm,
    Problem::TooLarge,
    Problem::NotFound,
    Problem::NotOut,
    Problem::Gone,
    Problem::Retired,
    Problem::TooMany,
    Problem::Internal,
    Problem::Unavailable,
];

/// The inside of every tag of a page, closing tags too.
/// A page without what changes with the style sheet.
fn stable(page: &impl Template) -> String {
    page.render()
        .unwrap()
        .replace(style_address(), "/style.css")
}

fn tags(page: &str) -> impl Iterator<Item = &str> {
    page.split('<')
        .skip(1)
        .filter_map(|tag| tag.split_once('>'))
        .map(|(tag, _)| tag)
}

#[test]
fn the_letter_looks_like_this() {
    insta::assert_snapshot!(stable(&letter_view()));
}

#[test]
fn the_answer_of_the_box_looks_like_this() {
    let [answer, ..] = sign_answers();
    insta::assert_snapshot!(stable(&sign_view(answer)));
}

#[test]
fn an_entry_looks_like_this() {
    insta::assert_snapshot!(stable(&entry_view()));
}

#[test]
fn a_post_looks_like_this() {
    insta::assert_snapshot!(stable(&post_view()));
}

#[test]
fn the_list_looks_like_this() {
    insta::assert_snapshot!(stable(&supporters_view()));
}

#[test]
fn the_privacy_notice_looks_like_this() {
    insta::assert_snapshot!(stable(&privacy_view()));
}

#[test]
fn the_numbers_look_like_this() {
    insta::assert_snapshot!(stable(&statistics_view()));
}

#[test]
fn the_addresses_for_programs_look_like_this() {
    insta::assert_snapshot!(stable(&api_view()));
}

#[test]
fn a_page_in_a_frame_looks_like_this() {
    let page = EmbedPage {
        site: site(),
        counts: supporters_view().counts,
        state: LetterState::Open,
    };
    insta::assert_snapshot!(stable(&page));
}

#[test]
fn the_page_about_it_looks_like_this() {
    insta::assert_snapshot!(stable(&about_view()));
}

#[test]
fn the_history_looks_like_this() {
    insta::assert_snapshot!(stable(&history_view()));
}

#[test]
fn a_revision_looks_like_this() {
    insta::assert_snapshot!(stable(&revision_view()));
}

#[test]
fn what_changed_is_shown_and_never_obeyed() {
    let hostile = RevisionPage {
        changes: vec![
            PieceView::Same(HOSTILE.to_owned()),
            PieceView::Removed(HOSTILE.to_owned()),
            PieceView::Added(HOSTILE.to_owned()),
        ],
        revision: RevisionView {
            title: HOSTILE.to_owned(),
            note: Some(HOSTILE.to_owned()),
            ..revision(1, RevisionKind::First)
        },
        ..revision_view()
    };
    let list = HistoryPage {
        revisions: vec![hostile.revision.clone()],
        ..history_view()
    };
    for page in [hostile.render().unwrap(), list.render().unwrap()] {
        assert!(!page.contains("<script"), "{page}");
        assert!(page.contains("&#60;script&#62;"), "{page}");
    }
    // Screen readers announce what was removed and what was added.
    let page = revision_view().render().unwrap();
    assert!(page.contains("<del><span class=\"unseen\">[removed: </span>teh"));
    assert!(page.contains("<ins><span class=\"unseen\">[added: </span>the"));
}

#[test]
fn an_error_looks_like_this() {
    insta::assert_snapshot!(stable(&ErrorPage {
        site: site(),
        problem: Problem::Gone,
        offered: Vec::new(),
    }));
}

#[test]
fn no_page_has_a_script_a_style_or_a_source_elsewhere() {
    for page in all_pages() {
        for tag in tags(&page) {
            let name = tag.split_whitespace().next().unwrap_or_default();
            let is_data = tag == "script type=\"application/ld+json\"" || tag == "/script";
            assert!(
                is_data || !["script", "style", "iframe", "object", "embed", "svg"].contains(&name)
            );
            assert!(!tag.contains(" style=") && !tag.contains(" on"), "{tag}");
            let loads = name == "img"
                || name == "form"
                || (name == "link" && (tag.contains("stylesheet") || tag.contains("icon")));
            assert!(!loads || !tag.contains("//"), "{tag}");
            assert!(name == "img" || !tag.contains(" src"), "{tag}");
        }
    }
}

#[test]
fn every_tag_that_opens_is_closed_in_order() {
    const VOID: [&str; 6] = ["!doctype", "meta", "link", "img", "input", "br"];
    for page in all_pages() {
        let mut open = Vec::new();
        for tag in tags(&page) {
            let name = tag.split_whitespace().next().unwrap_or_default();
            match name.strip_prefix('/') {
                Some(closed) => assert_eq!(open.pop(), Some(closed), "{page}"),
                None if VOID.contains(&name) => (),
                None => open.push(name),
            }
        }
        assert!(open.is_empty(), "{open:?}");
    }
}

#[test]
fn every_page_has_landmarks_one_first_heading_and_no_id_twice() {
    for page in all_pages() {
        for once in [
            "<h1",
            "<main ",
            "<header",
            "<footer",
            "class=\"skip\"",
            "<title>",
        ] {
            assert_eq!(page.matches(once).count(), 1, "{once}");
        }
        let languages = ["lang=\"en\"", "lang=\"de\"", "lang=\"ar\" dir=\"rtl\""];
        let is_named = |language: &&str| page.contains(&format!("<html {language}>"));
        assert!(languages.iter().any(is_named));
        let mut ids = BTreeSet::new();
        for id in page.split(" id=\"").skip(1) {
            assert!(ids.insert(id.split_once('"').unwrap().0), "{id}");
        }
        let mut level = 1;
        for tag in tags(&page) {
            let heading = tag
                .strip_prefix('h')
                .and_then(|level| level.get(..1)?.parse::<u32>().ok());
            if let Some(next) = heading {
                assert!(next <= level + 1, "h{next} after h{level}");
                level = next;
            }
        }
    }
}

#[test]
fn remote_text_is_escaped_and_every_name_stands_in_its_own_bdi() {
    let person = SupporterView {
        id: "00000000000000ab".to_owned(),
        name: Some(format!("NAME{HOSTILE}")),
        handle: Some(format!("@HANDLE{HOSTILE}")),
        url: Some(format!("https://m.example/\"{HOSTILE}")),
        affiliation: Some(format!("WORK{HOSTILE}")),
        declared: true,
        ..from_fediverse()
    };
    let words = StatementView {
        text: format!("TEXT{HOSTILE}"),
        warning: Some(format!("WARNING{HOSTILE}")),
        language: Some(format!("en\"{HOSTILE}")),
        original: Some(format!("https://m.example/\"{HOSTILE}")),
        author: person.clone(),
    };
    let variants = vec![
        SupporterView {
            handle: None,
            ..person.clone()
        },
        SupporterView {
            name: None,
            ..person.clone()
        },
        SupporterView {
            url: None,
            ..person.clone()
        },
        person,
    ];
    let front = LetterPage {
        site: german(),
        newest: variants.clone(),
        statements: vec![
            words.clone(),
            StatementView {
                warning: None,
                ..words
            },
        ],
        ..letter_view()
    }
    .render();
    let query = ListQuery {
        search: format!("SEARCH{HOSTILE}"),
        ..ListQuery::default()
    };
    let list = SupportersPage {
        organisations: variants.clone(),
        supporters: variants,
        query,
        ..supporters_view()
    }
    .render();
    let remote = ["NAME", "@HANDLE", "WORK", "TEXT", "WARNING"];
    for (page, parts) in [(front.unwrap(), &remote[..]), (list.unwrap(), &remote[..3])] {
        assert!(!page.contains("<script>") && !page.contains("</bdi><script"));
        for part in parts {
            let alone = format!("<bdi>{part}&#60;/bdi&#62;&#60;script&#62;");
            assert!(page.contains(&alone), "{part}");
            assert_eq!(
                page.matches(part).count(),
                page.matches(&alone).count(),
                "{part}"
            );
        }
    }
}

#[test]
fn names_and_statements_stand_where_search_engines_take_no_snippet() {
    let page = letter_view().render().unwrap();
    let (before, bands) = page.split_once("data-nosnippet").unwrap();
    assert!(!before.contains("@ada@m.example") && !before.contains("Because it matters."));
    for band in bands.split("<section").skip(1) {
        assert!(band.contains("data-nosnippet"));
    }
    let list = supporters_view().render().unwrap();
    assert!(list.contains("<meta name=\"robots\" content=\"noindex, noarchive\">"));
    assert!(
        !list
            .split_once("data-nosnippet")
            .unwrap()
            .0
            .contains("@ada@m.example")
    );
}

#[test]
fn links_to_people_pass_nothing_on_and_are_never_scripts() {
    let page = letter_view().render().unwrap();
    let people: Vec<&str> = tags(&page)
        .filter(|tag| tag.contains("//m.example") || tag.contains("github.com"))
        .collect();
    assert!(people.len() >= 4);
    for tag in people {
        assert!(
            tag.contains("rel=\"nofollow ugc noopener noreferrer\""),
            "{tag}"
        );
    }
    let url = Some("javascript:alert(1)".to_owned());
    let newest = vec![SupporterView {
        url: url.clone(),
        ..from_fediverse()
    }];
    let statements = vec![StatementView {
        original: url,
        ..statement(from_github())
    }];
    let page = LetterPage {
        newest,
        statements,
        ..letter_view()
    }
    .render()
    .unwrap();
    assert!(!page.contains("javascript:"));
}

#[test]
fn a_translation_is_mirrored_and_names_the_others() {
    let page = translated_view().render().unwrap();
    for part in [
        "<html lang=\"ar\" dir=\"rtl\">",
        "<link rel=\"canonical\" href=\"https://letter.example/ar/\">",
        "<link rel=\"alternate\" hreflang=\"en\" href=\"https://letter.example/\">",
        "<link rel=\"alternate\" hreflang=\"sv\" href=\"https://letter.example/sv/\">",
        "<link rel=\"alternate\" hreflang=\"x-default\" href=\"https://letter.example/\">",
        "<a href=\"/ar/\" lang=\"ar\" hreflang=\"ar\" aria-current=\"page\"><bdi>العربية</bdi></a>",
        "<a href=\"/\" lang=\"en\" hreflang=\"en\"><bdi>English</bdi></a>",
        "<a href=\"/sv/\" lang=\"sv\" hreflang=\"sv\"><bdi>sv</bdi></a>",
        "<li><a href=\"/ar/\" aria-current=\"page\">الرسالة</a></li>",
        "<a class=\"brand\" href=\"/ar/\">",
        "<div class=\"list-notes\" lang=\"en\"",
        "<input type=\"hidden\" name=\"language\" value=\"ar\">",
        "أنا أوقع",
        "أسحب توقيعي",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let english = letter_view().render().unwrap();
    for part in ["hreflang", "dir=\"rtl\"", "name=\"language\""] {
        assert!(!english.contains(part), "{part}: {english}");
    }
}
