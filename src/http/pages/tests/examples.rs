//! Views with every optional part, for the tests of the pages.

use std::time::Duration;

use crate::{
    clock::Millis,
    endorsement::policy::{LetterState, LikeDisplay, Replies, ReplyDisplay, Statements},
    federation::remote_interaction::RemoteLinks,
    http::pages::{
        about::{AboutPage, PublishedText},
        api::ApiPage,
        draft::DraftPage,
        entry::EntryPage,
        frame::{ContactView, LanguageView, SiteView},
        history::{HistoryPage, RevisionView, TranslationView},
        letter::{GoalView, LetterPage},
        post::PostPage,
        privacy::PrivacyPage,
        revision::{PieceView, RevisionPage},
        sign::{OtherWays, SignAnswer, SignPage},
        signing::{OpeningView, SigningView},
        statistics::{ModerationView, StatisticsPage},
        supporter::{StatementView, Support, SupporterSource, SupporterView},
        supporters::{ListPlace, ListQuery, Sort, SupportersPage},
        tag::TagPage,
        timeline::{HappeningView, TimelinePage},
    },
    i18n::SupportCounts,
    random::PublicId,
    register::letter::{publish::RevisionKind, translations::TranslationChange},
};

pub(super) fn noon() -> Millis {
    Millis::parse_rfc3339("2026-11-22T12:00:00Z").unwrap()
}

pub(super) fn site() -> SiteView {
    SiteView {
        home: "/".to_owned(),
        language: "en".to_owned(),
        title: "Leave <the> trees".to_owned(),
        base_url: "https://letter.example".to_owned(),
        letter_url: "https://letter.example/letter".to_owned(),
        handle: "@letter@letter.example".to_owned(),
        newest_revision: 2,
        is_out: true,
        contact: ContactView::parse("Ada <ada@letter.example>"),
        version: "0.1.0".to_owned(),
        source_code_url: "https://code.example/undersigned".to_owned(),
        pledge: None,
    }
}

pub(super) fn german() -> SiteView {
    SiteView {
        language: "de".to_owned(),
        contact: None,
        ..site()
    }
}

pub(super) fn counts() -> SupportCounts {
    SupportCounts {
        signed: 1224,
        liked: 8800,
        github: 20,
        letter: 1,
        forges: Vec::new(),
        manual: 0,
        organisations: 1,
        current: 10_000,
        earlier: 24,
        reach: 5,
        pledged: 0,
        nameless: 0,
    }
}

pub(super) fn from_github() -> SupporterView {
    SupporterView {
        id: "0123456789abcdef".to_owned(),
        name: Some("Lea Verou".to_owned()),
        handle: Some("@leaverou".to_owned()),
        url: Some("https://github.com/leaverou".to_owned()),
        source: SupporterSource::GitHub,
        support: Support::Signed,
        affiliation: None,
        declared: false,
        date: None,
        revision: 1,
        edited_by_moderator: false,
        also: None,
        linked_from: None,
        by_own_page: false,
        spoken_by: None,
        organisation: false,
        by_comment: false,
        server_gone_since: None,
        evidence_kept: false,
        pledged: false,
        pledge_url: None,
    }
}

pub(super) fn from_fediverse() -> SupporterView {
    SupporterView {
        id: "zzzzzzzzzzzzzzzz".to_owned(),
        name: Some("Ada".to_owned()),
        handle: Some("@ada@m.example".to_owned()),
        url: Some("https://m.example/@ada".to_owned()),
        source: SupporterSource::Fediverse,
        support: Support::Liked,
        affiliation: Some("ACME & Sons".to_owned()),
        declared: true,
        date: Some(noon()),
        revision: 2,
        edited_by_moderator: true,
        also: None,
        linked_from: None,
        by_own_page: false,
        spoken_by: None,
        organisation: false,
        by_comment: false,
        server_gone_since: None,
        evidence_kept: false,
        pledged: false,
        pledge_url: None,
    }
}

pub(super) fn statement(author: SupporterView) -> StatementView {
    StatementView {
        author,
        text: "Because it matters.\nAnd soon.".to_owned(),
        warning: Some("trees".to_owned()),
        language: Some("en".to_owned()),
        original: Some("https://m.example/@ada/1".to_owned()),
    }
}

pub(super) fn signing() -> SigningView {
    SigningView {
        replies: Replies::Phrase,
        reply_display: ReplyDisplay::Named,
        likes: LikeDisplay::Discoverable,
        statements: Statements::Queue,
        names_off: false,
        nameless: false,
    }
}

pub(super) const fn open() -> OpeningView {
    OpeningView {
        state: LetterState::Open,
        closes_at: None,
        closed_since: None,
    }
}

pub(super) fn letter_view() -> LetterPage {
    LetterPage {
        is_preview: false,
        site: site(),
        html: "<p>Leave them <em>alone</em>.</p>".to_owned(),
        description: "Leave them alone.".to_owned(),
        published: noon(),
        updated: Some(noon().plus(Duration::from_hours(24))),
        revision: 2,
        opening: open(),
        moved_to: None,
        actor_url: "https://letter.example/@letter".to_owned(),
        counts: counts(),
        goal: Some(GoalView {
            value: 1224,
            target: 5000,
        }),
        signing: signing(),
        ways: OtherWays {
            join_url: Some("https://servers.example/".to_owned()),
            edit_url: Some("https://github.com/o/r/edit/main/letter.md".to_owned()),
            threads: vec![(
                "codeberg.org".to_owned(),
                "https://codeberg.org/o/r/issues/7".to_owned(),
            )],
            mail_url: None,
        },
        typed: "",
        languages: Vec::new(),
        notes: "<p>Affiliations are for identification.</p>".to_owned(),
        newest: vec![from_fediverse(), from_github()],
        statements: vec![statement(from_fediverse())],
    }
}

/// The letter's page with an Arabic translation.
pub(super) fn translated_view() -> LetterPage {
    LetterPage {
        site: SiteView {
            home: "/ar/".to_owned(),
            language: "ar".to_owned(),
            title: "اتركوا الأشجار".to_owned(),
            ..site()
        },
        html: "<p>اتركوها وشأنها.</p>".to_owned(),
        description: "اتركوها وشأنها.".to_owned(),
        languages: vec![
            LanguageView::original("en"),
            LanguageView::translation("ar"),
            LanguageView::translation("sv"),
        ],
        ..letter_view()
    }
}

pub(super) fn entry_view() -> EntryPage {
    EntryPage {
        site: site(),
        person: from_fediverse(),
        statement: Some(statement(from_fediverse())),
        digest: "ab".repeat(32),
        published: noon(),
        is_current: true,
        opening: open(),
    }
}

pub(super) fn sign_view(answer: SignAnswer) -> SignPage {
    let letter = letter_view();
    SignPage {
        site: letter.site,
        opening: letter.opening,
        signing: letter.signing,
        ways: letter.ways,
        answer,
        typed: "@ada@m.example".to_owned(),
    }
}

/// Every answer of the box.
pub(super) fn sign_answers() -> [SignAnswer; 5] {
    let links = RemoteLinks {
        write: Some("https://m.example/share?text=%40letter&x=1".to_owned()),
        open: Some("https://m.example/open?uri=letter".to_owned()),
    };
    [
        SignAnswer::Server("m.example".to_owned(), links),
        SignAnswer::Server("m.example".to_owned(), RemoteLinks::default()),
        SignAnswer::Unreadable,
        SignAnswer::Line("- Ada <Lovelace>".to_owned()),
        SignAnswer::BadName,
    ]
}

pub(super) fn post_view() -> PostPage {
    PostPage {
        site: site(),
        url: "https://letter.example/posts/0123456789abcdef".to_owned(),
        html: "<h2>News</h2>\n<p>They read it.</p>".to_owned(),
        description: "News They read it.".to_owned(),
        language: "en".to_owned(),
        published: noon(),
        updated: Some(noon().plus(Duration::from_hours(24))),
        answered: None,
        opening: open(),
    }
}

fn id(text: &str) -> PublicId {
    PublicId::parse(text).unwrap()
}

pub(super) fn supporters_view() -> SupportersPage {
    SupportersPage {
        site: german(),
        is_open: true,
        counts: counts(),
        query: ListQuery {
            search: "a\"b".to_owned(),
            source: Some(SupporterSource::Fediverse),
            sort: Sort::Name,
            ..ListQuery::default()
        },
        found: Some(201),
        by_kind: None,
        entrances: vec![(ListPlace::AtWords("a".to_owned()), "A".to_owned())],
        is_cut: false,
        previous: Some(ListPlace::Before(id("0000000000000000"))),
        next: Some(ListPlace::After(id("zzzzzzzzzzzzzzzz"))),
        notes: String::new(),
        supporters: vec![
            from_fediverse(),
            SupporterView {
                name: None,
                ..from_github()
            },
            SupporterView {
                id: "manualmanualmanu".to_owned(),
                handle: None,
                source: SupporterSource::Manual,
                ..from_github()
            },
            SupporterView {
                id: "hiddenhiddenhidd".to_owned(),
                name: None,
                handle: None,
                ..from_github()
            },
        ],
        organisations: vec![
            SupporterView {
                id: "yyyyyyyyyyyyyyyy".to_owned(),
                organisation: true,
                linked_from: Some("acme.example".to_owned()),
                ..from_fediverse()
            },
            SupporterView {
                id: "pppppppppppppppp".to_owned(),
                name: Some("codeberg.example/x/y".to_owned()),
                affiliation: Some("Y <a library>".to_owned()),
                handle: None,
                url: Some("https://codeberg.example/x/y".to_owned()),
                organisation: true,
                by_own_page: true,
                spoken_by: Some("@ada@m.example".to_owned()),
                ..from_github()
            },
            SupporterView {
                id: "xxxxxxxxxxxxxxxx".to_owned(),
                name: Some("Bücher <e.V.>".to_owned()),
                handle: None,
                url: Some("https://xn--bcher-kva.example/de".to_owned()),
                source: SupporterSource::Manual,
                organisation: true,
                ..from_github()
            },
        ],
        previous_organisations: None,
        next_organisations: Some(ListPlace::After(PublicId::from(
            "xxxxxxxxxxxxxxxx".to_owned(),
        ))),
        anonymised: Some(noon()),
        names_off: false,
    }
}

pub(super) fn privacy_view() -> PrivacyPage {
    let days = |n: u64| Duration::from_hours(n * 24);
    PrivacyPage {
        site: site(),
        counts: counts(),
        in_file: (20, 1),
        commented: 0,
        signing: signing(),
        purge_withdrawn_after: days(31),
        keep_waiting: days(180),
        keep_comments: days(32),
        keep_rejected: days(90),
        keep_reports: days(180),
        keep_late: days(7),
        verify: (Duration::from_hours(7 * 24), Duration::from_hours(24)),
        anonymise_after_close: None,
        backups: Some(days(14)),
        journal_rows: 10_000,
        asks_github: true,
    }
}

pub(super) fn statistics_view() -> StatisticsPage {
    StatisticsPage {
        site: site(),
        counts: counts(),
        sources: vec![
            (SupporterSource::GitHub, 20),
            (SupporterSource::Fediverse, 10_003),
        ],
        servers: vec![
            ("m.example".to_owned(), 9000),
            ("<n>.example".to_owned(), 3),
        ],
        others: (12, 1000),
        nameless: 3,
        months: vec![(
            Millis::parse_rfc3339("2026-11-01T00:00:00Z").unwrap(),
            10_023,
        )],
        moderation: ModerationView {
            received: 10_200,
            listed: 10_000,
            invalid: 3,
            reasons: vec![("spam".to_owned(), 2), ("duplicate".to_owned(), 1)],
            ..ModerationView::default()
        },
    }
}

pub(super) fn api_view() -> ApiPage {
    ApiPage {
        site: site(),
        whole_list: true,
        per_minute: 300,
    }
}

pub(super) fn about_view() -> AboutPage {
    AboutPage {
        site: site(),
        counts: counts(),
        text: Some(PublishedText {
            revision: 2,
            published: noon(),
            digest: "1873b6529350737e517c3498e53ca8e9d1e3c50f7998831821799e258a69bbb5".to_owned(),
            file_url: Some("https://github.com/letter/letter/blob/main/letter.md".to_owned()),
        }),
    }
}

pub(super) fn draft_view() -> DraftPage {
    DraftPage {
        site: SiteView {
            title: "@letter@letter.example".to_owned(),
            letter_url: "https://letter.example/actor".to_owned(),
            is_out: false,
            newest_revision: 0,
            ..site()
        },
        actor_url: "https://letter.example/@letter".to_owned(),
        launches_at: Some(noon()),
    }
}

pub(super) fn revision(number: u64, kind: RevisionKind) -> RevisionView {
    RevisionView {
        number,
        kind,
        published: noon(),
        title: "Leave <the> trees".to_owned(),
        overruled: kind == RevisionKind::Typo,
        note: (number > 1).then(|| "We were asked <twice>.".to_owned()),
        translations: vec![TranslationView {
            language: LanguageView::translation("ar"),
            change: TranslationChange::New,
            at: noon(),
            text: Some(("أشجار <و> غيرها".to_owned(), "cd".repeat(32))),
        }],
        signed: 1200,
    }
}

pub(super) fn history_view() -> HistoryPage {
    HistoryPage {
        site: site(),
        revisions: vec![
            revision(3, RevisionKind::Substantive),
            revision(2, RevisionKind::Typo),
            revision(1, RevisionKind::First),
        ],
    }
}

fn happening(sentence: &str) -> HappeningView {
    HappeningView {
        anchor: "closed-1795348800000".to_owned(),
        at: noon(),
        sentence: sentence.to_owned(),
        href: None,
        words: None,
        language: None,
        original: None,
    }
}

fn posted() -> HappeningView {
    HappeningView {
        anchor: "posted-1795348800000".to_owned(),
        href: Some("/posts/0123456789abcdef".to_owned()),
        words: Some("They <read> it.".to_owned()),
        language: Some("en".to_owned()),
        original: None,
        ..happening("News about this letter")
    }
}

pub(super) fn timeline_view() -> TimelinePage {
    TimelinePage {
        site: german(),
        happenings: vec![happening("Signing was closed."), posted()],
    }
}

pub(super) fn tag_view() -> TagPage {
    TagPage {
        site: site(),
        tag: "#OpenLetter".to_owned(),
        on_letter: true,
        posts: vec![posted()],
    }
}

pub(super) fn revision_view() -> RevisionPage {
    RevisionPage {
        site: site(),
        revision: revision(2, RevisionKind::Typo),
        newest: 3,
        changes: vec![
            PieceView::Unchanged,
            PieceView::Same("We ask ".to_owned()),
            PieceView::Removed("teh <script>".to_owned()),
            PieceView::Added("the </ins>&".to_owned()),
            PieceView::Same(" state.\n".to_owned()),
        ],
        html: "<p>We ask the state.</p>".to_owned(),
        digest: "1873b6529350737e517c3498e53ca8e9d1e3c50f7998831821799e258a69bbb5".to_owned(),
    }
}
