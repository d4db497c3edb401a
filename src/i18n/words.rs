//! The structure of a language's words. A field of the pages is named after its place on the page.

/// Every word of one language that people read. The file of the language fills it.
///
/// `{n}`, `{m}` and the like stand for values that are filled in.
#[derive(Debug)]
pub struct Language {
    /// The primary subtag of the language's tag (RFC 5646), in lower case: `de`.
    pub(crate) code: &'static str,
    /// Its own name: `Deutsch`.
    pub(crate) name: &'static str,
    /// Whether it is written from right to left.
    pub(crate) right_to_left: bool,
    pub(crate) thousands: char,
    pub(crate) grouping: Grouping,
    pub(crate) months: [&'static str; 12],
    /// The names of the months without a day, where they differ.
    pub(crate) months_alone: Option<[&'static str; 12]>,
    /// `{d}` day, `{m}` month's name, `{y}` year.
    pub(crate) date: &'static str,
    /// The first day of a month: `1`, or `1er`.
    pub(crate) first_day: &'static str,
    /// Between the parts of a list.
    pub(crate) comma: &'static str,
    /// `{m}` month's name, `{y}` year.
    pub(crate) month: &'static str,
    /// Days, hours, minutes, seconds.
    pub(crate) units: [Count; 4],
    pub(crate) counts: CountWords,
    pub(crate) notice: NoticeWords,
    pub(crate) sent: SentWords,
    pub(crate) answers: AnswerWords,
    pub(crate) frame: FrameWords,
    pub(crate) letter: LetterWords,
    pub(crate) post: PostWords,
    pub(crate) timeline: TimelineWords,
    pub(crate) signing: SigningWords,
    pub(crate) entry: EntryWords,
    pub(crate) sign_box: SignBoxWords,
    pub(crate) list: ListWords,
    pub(crate) privacy: PrivacyWords,
    pub(crate) about: AboutWords,
    pub(crate) history: HistoryWords,
    pub(crate) statistics: StatisticsWords,
    pub(crate) api: ApiWords,
    pub(crate) nameless: NamelessWords,
    pub(crate) home: &'static str,
    pub(crate) bad_request: ProblemWords,
    pub(crate) not_offered: ProblemWords,
    pub(crate) foreign_form: ProblemWords,
    pub(crate) not_found: ProblemWords,
    pub(crate) gone: ProblemWords,
    pub(crate) retired: ProblemWords,
    pub(crate) too_many: ProblemWords,
    pub(crate) internal: ProblemWords,
    /// The letter is a draft; the sentence is the profile's as well.
    pub(crate) not_out: ProblemWords,
    pub(crate) unavailable: ProblemWords,
}

/// A noun phrase that follows a number; `{n}` stands for it.
///
/// A language with more than two forms has them in `many`, with `|` between them, in the order of its rule in
/// [`Language::form`](super::Language). A language that knows no plural has the same text twice.
#[derive(Debug)]
pub(crate) struct Count {
    pub(crate) one: &'static str,
    pub(crate) many: &'static str,
}

/// Where the separators of a number stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grouping {
    /// Between groups of three digits: `1,234`.
    Threes,
    /// The same, and none in a number of four digits: `1234`, `12.345`.
    ThreesFromFive,
    /// Between the last three digits and, before them, groups of two: `12,34,567`.
    Lakhs,
}

/// The head and the foot of every page.
#[derive(Debug)]
pub(crate) struct FrameWords {
    pub(crate) skip: &'static str,
    pub(crate) pages: &'static str,
    pub(crate) letter: &'static str,
    pub(crate) supporters: &'static str,
    pub(crate) privacy: &'static str,
    pub(crate) about: &'static str,
    pub(crate) statistics: &'static str,
    pub(crate) api: &'static str,
    pub(crate) open_letter: &'static str,
    pub(crate) quiet: &'static str,
    pub(crate) free_software: &'static str,
    pub(crate) source_code: &'static str,
    pub(crate) contact: &'static str,
    pub(crate) no_contact: &'static str,
    /// The name of the list of the languages that the letter is there in.
    pub(crate) languages: &'static str,
}

/// The letter's page.
#[derive(Debug)]
pub(crate) struct LetterWords {
    pub(crate) published: &'static str,
    pub(crate) updated: &'static str,
    pub(crate) revision: &'static str,
    pub(crate) paused: &'static str,
    pub(crate) closed: &'static str,
    pub(crate) moved: &'static str,
    /// On a translation, before the link to the original.
    pub(crate) translation: &'static str,
    /// On the page of a draft, with `{date}` and `{time}` (UTC).
    pub(crate) launches: &'static str,
    /// On the page of a draft, with `{handle}`.
    pub(crate) follow: &'static str,
    /// Above a preview.
    pub(crate) preview: &'static str,
    /// An announced closing, with `{date}` and `{time}` (UTC).
    pub(crate) closes: &'static str,
    /// With `{date}`.
    pub(crate) closed_on: &'static str,
    /// The heading in place of how to sign, once the letter is closed.
    pub(crate) result: &'static str,
    pub(crate) sign_this: &'static str,
    pub(crate) goal: &'static str,
    pub(crate) statements: &'static str,
    pub(crate) statements_note: &'static str,
    pub(crate) warning: &'static str,
    pub(crate) original: &'static str,
    pub(crate) newest: &'static str,
    pub(crate) everybody: &'static str,
    pub(crate) nobody_yet: &'static str,
    /// In place of the names, and among what will be shown, while all of them are off.
    pub(crate) names_off: &'static str,
    pub(crate) share: &'static str,
}

/// The page of a post other than the letter.
#[derive(Debug)]
pub(crate) struct PostWords {
    pub(crate) heading: &'static str,
    pub(crate) answer: &'static str,
    /// The link to the post of somebody's that the letter answers.
    pub(crate) answered: &'static str,
    pub(crate) read_letter: &'static str,
    /// The same while nobody can sign.
    pub(crate) read_only: &'static str,
    /// The heading over the posts with a hashtag, with `{tag}`.
    pub(crate) tagged: &'static str,
}

/// What happened with the letter.
#[derive(Debug)]
pub(crate) struct TimelineWords {
    /// The heading, and the name in the navigation.
    pub(crate) heading: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) published: &'static str,
    /// With `{n}`, the revision.
    pub(crate) changed: &'static str,
    pub(crate) paused: &'static str,
    pub(crate) opened: &'static str,
    pub(crate) closed: &'static str,
    pub(crate) moved: &'static str,
    /// The addressee's answer, with `{who}`.
    pub(crate) response: &'static str,
}

/// How to sign and how to leave; on the letter's page and in the privacy notice.
#[derive(Debug)]
pub(crate) struct SigningWords {
    /// The phrase that signs; `endorsement` must recognise it.
    pub(crate) phrase: &'static str,
    /// The phrase that withdraws; `endorsement` must recognise it.
    pub(crate) withdraw: &'static str,
    pub(crate) heading: &'static str,
    pub(crate) intro: &'static str,
    pub(crate) off: &'static str,
    pub(crate) search: &'static str,
    pub(crate) search_how: &'static str,
    pub(crate) then_reply: &'static str,
    pub(crate) then_reply_or_like: &'static str,
    pub(crate) then_any_reply: &'static str,
    pub(crate) then_any_reply_or_like: &'static str,
    pub(crate) then_like: &'static str,
    pub(crate) post: &'static str,
    pub(crate) post_how: &'static str,
    pub(crate) only_public: &'static str,
    pub(crate) shown: &'static str,
    pub(crate) replies_named: &'static str,
    pub(crate) replies_counted: &'static str,
    pub(crate) likes_counted: &'static str,
    pub(crate) likes_discoverable: &'static str,
    pub(crate) likes_named: &'static str,
    pub(crate) statement_queue: &'static str,
    pub(crate) statement_trusted: &'static str,
    pub(crate) statement_auto: &'static str,
    pub(crate) read_privacy: &'static str,
    pub(crate) leave: &'static str,
    pub(crate) leave_undo: &'static str,
    /// How who signed by a comment on a forge leaves, before the word.
    pub(crate) leave_comment: &'static str,
    pub(crate) leave_word: &'static str,
    pub(crate) leave_without: &'static str,
    pub(crate) leave_nobody: &'static str,
    pub(crate) leave_then: &'static str,
}

/// The page of one entry.
#[derive(Debug)]
pub(crate) struct EntryWords {
    pub(crate) signed: &'static str,
    pub(crate) text: &'static str,
    pub(crate) is_current: &'static str,
    pub(crate) is_earlier: &'static str,
    pub(crate) share: &'static str,
    pub(crate) yours: &'static str,
}

/// The box by which people get from the page to their own server, and what it answers.
#[derive(Debug)]
pub(crate) struct SignBoxWords {
    pub(crate) label: &'static str,
    pub(crate) go: &'static str,
    pub(crate) how: &'static str,
    /// With `{server}`.
    pub(crate) from_server: &'static str,
    pub(crate) write: &'static str,
    pub(crate) write_how: &'static str,
    pub(crate) open: &'static str,
    /// With `{server}`.
    pub(crate) nothing_found: &'static str,
    pub(crate) by_hand: &'static str,
    pub(crate) unreadable: &'static str,
    pub(crate) without: &'static str,
    pub(crate) without_how: &'static str,
    pub(crate) join: &'static str,
    pub(crate) github: &'static str,
    pub(crate) github_how: &'static str,
    pub(crate) name: &'static str,
    pub(crate) make_line: &'static str,
    pub(crate) line: &'static str,
    pub(crate) edit_file: &'static str,
    pub(crate) bad_name: &'static str,
    /// With `{host}`.
    pub(crate) thread: &'static str,
    pub(crate) thread_how: &'static str,
    /// With `{host}`.
    pub(crate) thread_open: &'static str,
    /// Markdown for the opening post of an issue whose comments sign, with `{url}`, `{phrase}` and `{withdraw}`.
    pub(crate) thread_top: &'static str,
    pub(crate) mail: &'static str,
    pub(crate) write_mail: &'static str,
    /// With `{title}`.
    pub(crate) mail_subject: &'static str,
    /// With `{title}` and `{url}`.
    pub(crate) mail_body: &'static str,
}

/// The list of supporters and its form.
#[derive(Debug)]
pub(crate) struct ListWords {
    pub(crate) filter: &'static str,
    pub(crate) search: &'static str,
    pub(crate) source: &'static str,
    pub(crate) all_sources: &'static str,
    pub(crate) github: &'static str,
    pub(crate) letter: &'static str,
    pub(crate) fediverse: &'static str,
    pub(crate) manual: &'static str,
    pub(crate) sort: &'static str,
    pub(crate) recent: &'static str,
    pub(crate) name: &'static str,
    /// The order of the letter's file.
    pub(crate) file_order: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) all_kinds: &'static str,
    pub(crate) only_signatures: &'static str,
    pub(crate) only_likes: &'static str,
    pub(crate) of_revision: &'static str,
    pub(crate) any_revision: &'static str,
    pub(crate) with_statement: &'static str,
    /// Before the letters of the alphabet, and before the months.
    pub(crate) begin_at: &'static str,
    pub(crate) show: &'static str,
    pub(crate) reset: &'static str,
    pub(crate) found: Count,
    pub(crate) found_more: &'static str,
    /// How many of the list signed, how many like the letter, and how many of both are counted without a name.
    pub(crate) signatures: Count,
    pub(crate) liked: Count,
    pub(crate) nameless: Count,
    pub(crate) nobody: &'static str,
    pub(crate) paging: &'static str,
    pub(crate) previous: &'static str,
    pub(crate) next: &'static str,
    pub(crate) twice: &'static str,
    pub(crate) unnamed: &'static str,
    pub(crate) anonymous: &'static str,
    pub(crate) likes: &'static str,
    pub(crate) revision: &'static str,
    pub(crate) declared: &'static str,
    pub(crate) affiliations: &'static str,
    pub(crate) anonymised: &'static str,
    pub(crate) moderated: &'static str,
    pub(crate) linked_from: &'static str,
    /// Before who signed for a project.
    pub(crate) spoken_by: &'static str,
    pub(crate) server_gone: &'static str,
    pub(crate) evidence_kept: &'static str,
    pub(crate) report: &'static str,
    /// What follows or goes before the word on the page, for screen readers.
    pub(crate) report_before: &'static str,
    pub(crate) report_after: &'static str,
    pub(crate) report_subject: &'static str,
    pub(crate) report_body: &'static str,
}

/// A kind of kept data: its name, and a note about it.
#[derive(Debug)]
pub(crate) struct RetentionWords {
    pub(crate) what: &'static str,
    pub(crate) note: &'static str,
}

/// Signing without a name, by a direct message. All of it is plain text.
#[derive(Debug)]
pub(crate) struct NamelessWords {
    /// The words that sign; `endorsement` must recognise them.
    pub(crate) phrase: &'static str,
    /// After the number of signatures, with `{n}` of them.
    pub(crate) including: &'static str,
    /// How to, and who knows; with `{nameless}` for the phrase. It follows what says how to sign with a name.
    pub(crate) offer: &'static str,
    /// The answer to it, with `{withdraw}`.
    pub(crate) taken: &'static str,
    /// What shows the name, and what does not.
    pub(crate) details: &'static str,
    /// What is kept of it.
    pub(crate) kept: RetentionWords,
    /// In the place of `privacy.never_private`.
    pub(crate) never_private: &'static str,
}

/// The privacy notice.
#[derive(Debug)]
pub(crate) struct PrivacyWords {
    pub(crate) lead: &'static str,
    pub(crate) who: &'static str,
    pub(crate) who_text: &'static str,
    pub(crate) purpose: &'static str,
    pub(crate) purpose_text: &'static str,
    pub(crate) basis: &'static str,
    pub(crate) basis_political: &'static str,
    pub(crate) basis_consent: &'static str,
    pub(crate) basis_github: &'static str,
    pub(crate) basis_letter: &'static str,
    pub(crate) basis_forge: &'static str,
    pub(crate) basis_manual: &'static str,
    pub(crate) shown: &'static str,
    pub(crate) shown_opt_out: &'static str,
    pub(crate) shown_opt_out_likes: &'static str,
    pub(crate) kept: &'static str,
    pub(crate) while_you_sign: &'static str,
    pub(crate) one_day: &'static str,
    pub(crate) while_you_follow: &'static str,
    pub(crate) while_it_stands: &'static str,
    pub(crate) until_lifted: &'static str,
    pub(crate) for_good: &'static str,
    pub(crate) up_to: &'static str,
    pub(crate) last_deliveries: Count,
    pub(crate) entry: RetentionWords,
    /// Its note with the organisers' `{label}`.
    pub(crate) pledge: RetentionWords,
    /// What is kept of who signs by a comment on a forge.
    pub(crate) forge: RetentionWords,
    pub(crate) evidence: RetentionWords,
    pub(crate) links: RetentionWords,
    pub(crate) left: RetentionWords,
    pub(crate) taken_off: RetentionWords,
    pub(crate) waiting: RetentionWords,
    pub(crate) comments: RetentionWords,
    pub(crate) late: RetentionWords,
    pub(crate) rejected: RetentionWords,
    pub(crate) followers: RetentionWords,
    pub(crate) subscribers: RetentionWords,
    pub(crate) passed_on: RetentionWords,
    pub(crate) reports: RetentionWords,
    pub(crate) blocks: RetentionWords,
    pub(crate) decisions: RetentionWords,
    pub(crate) inbox_log: RetentionWords,
    pub(crate) backups: RetentionWords,
    pub(crate) anonymised: RetentionWords,
    pub(crate) after_close: &'static str,
    pub(crate) never: &'static str,
    pub(crate) never_private: &'static str,
    pub(crate) never_address: &'static str,
    pub(crate) never_pictures: &'static str,
    pub(crate) never_third: &'static str,
    pub(crate) never_typed: &'static str,
    pub(crate) receives: &'static str,
    pub(crate) receives_everybody: &'static str,
    pub(crate) receives_search: &'static str,
    pub(crate) receives_servers: &'static str,
    pub(crate) receives_github: &'static str,
    pub(crate) with_account: &'static str,
    pub(crate) without_account: &'static str,
    /// With `{interval}` and `{grace}`.
    pub(crate) looked_again: &'static str,
    pub(crate) unreachable: &'static str,
    pub(crate) rights: &'static str,
    pub(crate) rights_text: &'static str,
}

/// The page about letter and software.
#[derive(Debug)]
pub(crate) struct AboutWords {
    pub(crate) lead: &'static str,
    pub(crate) counting: &'static str,
    pub(crate) counting_signed: &'static str,
    pub(crate) counting_liked: &'static str,
    pub(crate) counting_reach: &'static str,
    pub(crate) moderation: &'static str,
    pub(crate) moderation_text: &'static str,
    pub(crate) text: &'static str,
    pub(crate) text_note: &'static str,
    pub(crate) digest: &'static str,
    pub(crate) file: &'static str,
    pub(crate) software: &'static str,
    pub(crate) software_text: &'static str,
    pub(crate) version: &'static str,
    pub(crate) licence: &'static str,
    pub(crate) numbers: &'static str,
}

/// The revisions and their differences.
#[derive(Debug)]
pub(crate) struct HistoryWords {
    pub(crate) heading: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) current: &'static str,
    pub(crate) first: &'static str,
    pub(crate) typo: &'static str,
    /// For a correction that changes more than a typo may.
    pub(crate) overruled: &'static str,
    pub(crate) substantive: &'static str,
    /// With `{language}`.
    pub(crate) translation_new: &'static str,
    /// With `{language}`.
    pub(crate) translation_changed: &'static str,
    /// With `{language}`.
    pub(crate) translation_gone: &'static str,
    pub(crate) signed: Count,
    pub(crate) note: &'static str,
    pub(crate) superseded: &'static str,
    pub(crate) read_current: &'static str,
    pub(crate) changes: &'static str,
    pub(crate) changes_note: &'static str,
    /// Stands before added text, for readers who do not see its colour.
    pub(crate) added: &'static str,
    pub(crate) removed: &'static str,
    pub(crate) unchanged: &'static str,
    pub(crate) text: &'static str,
    pub(crate) earlier: &'static str,
    pub(crate) later: &'static str,
}

/// The numbers for the public.
#[derive(Debug)]
pub(crate) struct StatisticsWords {
    pub(crate) lead: &'static str,
    pub(crate) people: &'static str,
    /// Why the tables add up to more than the number of supporters.
    pub(crate) together: &'static str,
    pub(crate) by_source: &'static str,
    pub(crate) by_server: &'static str,
    pub(crate) server: &'static str,
    pub(crate) other_servers: Count,
    /// With `{n}`.
    pub(crate) servers_note: &'static str,
    pub(crate) by_month: &'static str,
    pub(crate) month: &'static str,
    pub(crate) months_note: &'static str,
    pub(crate) moderation: &'static str,
    pub(crate) moderation_note: &'static str,
    pub(crate) received: &'static str,
    pub(crate) listed: &'static str,
    pub(crate) counted: &'static str,
    pub(crate) waiting: &'static str,
    pub(crate) comments: &'static str,
    pub(crate) withdrawn: &'static str,
    pub(crate) taken_off: &'static str,
    pub(crate) late: &'static str,
    pub(crate) invalid: &'static str,
    pub(crate) reasons: ReasonWords,
}

/// Why moderators decide.
#[derive(Debug)]
pub(crate) struct ReasonWords {
    pub(crate) spam: &'static str,
    pub(crate) slur: &'static str,
    pub(crate) impersonation: &'static str,
    pub(crate) duplicate: &'static str,
    pub(crate) request: &'static str,
    pub(crate) legal: &'static str,
    pub(crate) mistake: &'static str,
    pub(crate) other: &'static str,
}

/// The addresses for programs.
#[derive(Debug)]
pub(crate) struct ApiWords {
    pub(crate) lead: &'static str,
    pub(crate) example: &'static str,
    pub(crate) count: &'static str,
    pub(crate) letter: &'static str,
    /// With `{n}`.
    pub(crate) supporters: &'static str,
    pub(crate) whole_list: &'static str,
    pub(crate) days: &'static str,
    pub(crate) feeds: &'static str,
    pub(crate) badge: &'static str,
    pub(crate) embed: &'static str,
    pub(crate) fediverse: &'static str,
    pub(crate) names: &'static str,
    pub(crate) names_text: &'static str,
    pub(crate) limits: &'static str,
    /// With `{n}`.
    pub(crate) limits_text: &'static str,
}

/// One error page: what happened, and what to do.
#[derive(Debug)]
pub(crate) struct ProblemWords {
    pub(crate) title: &'static str,
    pub(crate) text: &'static str,
}

/// The parts of the headline; `{n}` stands for a number.
#[derive(Debug)]
pub(crate) struct CountWords {
    pub(crate) signatures: Count,
    pub(crate) no_signatures: &'static str,
    pub(crate) on_github: &'static str,
    /// With `{n}` and the `{forge}`, such as Codeberg.
    pub(crate) on_forge: &'static str,
    pub(crate) in_letter: &'static str,
    pub(crate) in_fediverse: &'static str,
    pub(crate) by_hand: &'static str,
    pub(crate) more_likes: Count,
    pub(crate) only_likes: Count,
    pub(crate) earlier: &'static str,
    /// Over their list, and where they are counted.
    pub(crate) organisations: &'static str,
    pub(crate) boosts: Count,
    /// With `{n}` who signed, `{m}` of them, and the organisers' `{label}`: "have left GitHub".
    pub(crate) pledged: &'static str,
}

/// The clauses of the sentence about signing; see [`SigningNotice`](super::SigningNotice).
#[derive(Debug)]
pub(crate) struct NoticeWords {
    /// Between two clauses.
    pub(crate) clause: &'static str,
    /// At the end.
    pub(crate) stop: &'static str,
    pub(crate) nobody_signs: &'static str,
    pub(crate) closed: &'static str,
    pub(crate) paused: &'static str,
    pub(crate) phrase_or_like: &'static str,
    pub(crate) reply_or_like: &'static str,
    pub(crate) phrase: &'static str,
    pub(crate) reply: &'static str,
    pub(crate) like: &'static str,
    pub(crate) delete_or_undo: &'static str,
    pub(crate) delete: &'static str,
    pub(crate) undo: &'static str,
    pub(crate) named: &'static str,
    pub(crate) counted: &'static str,
    pub(crate) named_if_discoverable: &'static str,
    pub(crate) like_named_if_discoverable: &'static str,
    pub(crate) like_counted: &'static str,
    pub(crate) reply_counted_like_named: &'static str,
    pub(crate) reply_counted_like_named_if_discoverable: &'static str,
    pub(crate) confirmed_by_like: &'static str,
    pub(crate) confirmed_by_reply: &'static str,
}

/// What our actor and our posts say besides the letter's text. All of it is plain text.
#[derive(Debug)]
pub(crate) struct SentWords {
    /// The announcement of a milestone that counts signatures.
    pub(crate) so_many_signed: Count,
    /// The announcement of a milestone that counts signatures and likes.
    pub(crate) so_many_support: Count,
    /// The announcement of a milestone that counts pledges, with `{n}` and the organisers' `{label}`.
    pub(crate) so_many_pledged: &'static str,
    /// Before the link below the whole letter.
    pub(crate) see_supporters: &'static str,
    /// The post that hands the letter over to its addressee: what it is, and that an answer can be shown.
    pub(crate) handed_over: &'static str,
    /// Before the link below the short form.
    pub(crate) read_on: &'static str,
    /// Before the link to the history, from the second revision on.
    pub(crate) what_changed: &'static str,
    /// The post about another text: that it is one.
    pub(crate) another_text: &'static str,
    /// Before the link to the differences.
    pub(crate) word_by_word: &'static str,
    /// How to sign that text, when replies with the phrase sign.
    pub(crate) sign_again: &'static str,
    /// The same when every reply signs.
    pub(crate) sign_again_by_any_reply: &'static str,
    /// The same when only likes sign.
    pub(crate) sign_again_by_like: &'static str,
    /// The profile field that links to the page.
    pub(crate) letter: &'static str,
    /// The profile field with the number of signatures.
    pub(crate) signatures: &'static str,
    /// The beginning of the actor's description.
    pub(crate) automated: &'static str,
    /// Before the contact in the actor's description.
    pub(crate) responsible: &'static str,
    /// The answer to somebody who signed in private: only public replies can be listed.
    pub(crate) only_public_replies: &'static str,
    /// The answer to somebody who signed, with `endorsing.acknowledge = "reply"`.
    pub(crate) thank_you: &'static str,
}

/// What our actor says to single people. All of it is plain text.
#[derive(Debug)]
pub(crate) struct AnswerWords {
    /// The command that asks to be counted without a name; `endorsement` must recognise it, as all of these.
    pub(crate) hide: &'static str,
    /// The command that asks to be shown again.
    pub(crate) show: &'static str,
    /// The command that asks how the signature stands.
    pub(crate) status: &'static str,
    /// The command that asks for the commands.
    pub(crate) help: &'static str,
    /// The commands, with a place for each by its name here, and for `{withdraw}`.
    pub(crate) commands: &'static str,
    /// To a direct message that is no command.
    pub(crate) not_understood: &'static str,
    /// To *withdraw*.
    pub(crate) withdrawn: &'static str,
    /// To the command that hides.
    pub(crate) now_hidden: &'static str,
    /// To the command that shows; what is shown follows.
    pub(crate) now_shown: &'static str,
    /// To somebody whose name the organisers keep off for the person's safety.
    pub(crate) name_off: &'static str,
    /// How a signature stands: it is in the public list; the address of its page follows.
    pub(crate) listed: &'static str,
    /// The name in that list waits.
    pub(crate) name_waits: &'static str,
    /// What was written besides the signing words waits.
    pub(crate) words_wait: &'static str,
    /// It is only counted.
    pub(crate) counted: &'static str,
    /// Nobody can tell whether it signs.
    pub(crate) unsure: &'static str,
    /// It waits for an organiser.
    pub(crate) waits_for_person: &'static str,
    /// It waits for a date.
    pub(crate) waits_for_time: &'static str,
    /// It waits for the letter, which is paused.
    pub(crate) waits_for_letter: &'static str,
    /// The letter is a draft.
    pub(crate) not_out: &'static str,
    /// The page of a project does not sign yet; the page's address follows.
    pub(crate) no_link: &'static str,
    /// The letter is closed.
    pub(crate) too_late: &'static str,
    /// The organisers took it off the list.
    pub(crate) taken_off: &'static str,
    /// There is none.
    pub(crate) nothing: &'static str,
    /// The command that asks to hear what is new.
    pub(crate) updates: &'static str,
    /// The command that ends it.
    pub(crate) stop: &'static str,
    /// What these two do.
    pub(crate) news: &'static str,
    /// To the command that asks for news.
    pub(crate) subscribed: &'static str,
    /// To the command that ends them.
    pub(crate) unsubscribed: &'static str,
    /// To the same when there is nothing to end.
    pub(crate) not_subscribed: &'static str,
    /// The last line of each message with news.
    pub(crate) news_footer: &'static str,
}

impl Language {
    /// The commands that a direct message can be.
    pub(crate) fn commands(&self) -> String {
        let words = &self.answers;
        self.with_commands(&format!("{} {}", words.commands, words.news))
    }

    /// How to sign without a name, and who knows.
    pub(crate) fn nameless_offer(&self) -> String {
        self.with_commands(self.nameless.offer)
    }

    /// The answer to a direct message that did not sign: both ways to do so. `by_any_reply`: every reply signs.
    pub(crate) fn both_ways(&self, by_any_reply: bool) -> String {
        let notice = &self.notice;
        let in_public = if by_any_reply {
            notice.reply
        } else {
            notice.phrase
        };
        let offer = self.nameless_offer();
        format!(
            "{} {in_public}{} {offer}",
            self.sent.only_public_replies, notice.stop
        )
    }

    /// A text in which commands stand by their names: `{stop}`.
    pub(crate) fn with_commands(&self, text: &str) -> String {
        let words = &self.answers;
        let places = [
            ("{withdraw}", self.signing.withdraw),
            ("{hide}", words.hide),
            ("{show}", words.show),
            ("{status}", words.status),
            ("{help}", words.help),
            ("{updates}", words.updates),
            ("{stop}", words.stop),
            ("{nameless}", self.nameless.phrase),
        ];
        let text = text.to_owned();
        places
            .into_iter()
            .fold(text, |text, (place, word)| text.replace(place, word))
    }
}
