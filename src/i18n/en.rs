//! English.

use super::words::{
    AboutWords, AnswerWords, ApiWords, Count, CountWords, EntryWords, FrameWords, Grouping,
    HistoryWords, Language, LetterWords, ListWords, NamelessWords, NoticeWords, PostWords,
    PrivacyWords, ProblemWords, ReasonWords, RetentionWords, SentWords, SignBoxWords, SigningWords,
    StatisticsWords, TimelineWords,
};

pub(super) static WORDS: Language = Language {
    code: "en",
    name: "English",
    right_to_left: false,
    thousands: ',',
    grouping: Grouping::Threes,
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    months_alone: None,
    date: "{d} {m} {y}",
    first_day: "1",
    comma: ", ",
    month: "{m} {y}",
    units: [
        Count {
            one: "{n} day",
            many: "{n} days",
        },
        Count {
            one: "{n} hour",
            many: "{n} hours",
        },
        Count {
            one: "{n} minute",
            many: "{n} minutes",
        },
        Count {
            one: "{n} second",
            many: "{n} seconds",
        },
    ],
    counts: CountWords {
        signatures: Count {
            one: "signature",
            many: "signatures",
        },
        no_signatures: "No signatures yet",
        on_github: "{n} on GitHub",
        on_forge: "{n} on {forge}",
        in_letter: "{n} in the letter",
        in_fediverse: "{n} in the Fediverse",
        by_hand: "{n} entered by hand",
        more_likes: Count {
            one: "{n} more account likes the letter",
            many: "{n} more accounts like the letter",
        },
        only_likes: Count {
            one: "{n} account likes the letter",
            many: "{n} accounts like the letter",
        },
        earlier: "For this text: {n}, for an earlier one: {m}",
        organisations: "Projects, servers and organisations: {n}",
        boosts: Count {
            one: "Passed on once",
            many: "Passed on {n} times",
        },
        pledged: "{n} signed, {m} of them {label}",
    },
    notice: NoticeWords {
        clause: "; ",
        stop: ".",
        nobody_signs: "This letter takes no signatures from the Fediverse.",
        closed: "This letter is closed and takes no more signatures",
        paused: "Signing this letter is paused for now",
        phrase_or_like: "To sign, reply in public with “I sign” or like this post",
        reply_or_like: "To sign, reply in public or like this post",
        phrase: "To sign, reply in public with “I sign”",
        reply: "To sign, reply in public",
        like: "To sign, like this post",
        delete_or_undo: "delete the reply or undo the like to leave",
        delete: "delete the reply to leave",
        undo: "undo the like to leave",
        named: "your name and handle are shown on our page",
        counted: "you are counted but not named",
        named_if_discoverable: "your name and handle are shown on our page if your profile is \
                                discoverable, else you are only counted",
        like_named_if_discoverable: "your name and handle are shown on our page, for a like only \
                                     if your profile is discoverable",
        like_counted: "a reply shows your name and handle on our page, a like is only counted",
        reply_counted_like_named: "a reply is only counted, a like shows your name and handle on \
                                   our page",
        reply_counted_like_named_if_discoverable: "a reply is only counted, a like shows your name \
                                                   and handle on our page if your profile is \
                                                   discoverable",
        confirmed_by_like: "; a like from us confirms a reply",
        confirmed_by_reply: "; a message from us confirms a reply",
    },
    sent: SentWords {
        so_many_signed: Count {
            one: "Somebody has signed this letter. Thank you!",
            many: "{n} people have signed this letter. Thank you!",
        },
        so_many_support: Count {
            one: "Somebody supports this letter. Thank you!",
            many: "{n} people support this letter, by a signature or a like. Thank you!",
        },
        so_many_pledged: "{n} of those who signed this letter {label}. Thank you!",
        see_supporters: "The letter and who signed it:",
        handed_over: "We hand you this open letter with its signatures. We ask for a public reply to this post; it can be shown beside the letter.",
        read_on: "Read the whole letter and see who signed it:",
        what_changed: "The text was changed; this is revision {n}. What changed:",
        another_text: "The text of this letter was changed: it is another text now. Who signed \
                       before signed the earlier one, and still stands for that.",
        word_by_word: "What changed, word by word:",
        sign_again: "If you agree with the new text, sign again: answer this post in public with \
                     “I sign”.",
        sign_again_by_any_reply: "If you agree with the new text, sign again: answer this post in \
                                  public.",
        sign_again_by_like: "If you agree with the new text, sign again: take your like of the \
                             letter back, and like it once more.",
        letter: "Letter",
        signatures: "Signatures",
        automated: "An open letter, run by a program.",
        responsible: "Responsible:",
        only_public_replies: "Thank you. Only public replies can be listed, so your message did \
                              not sign the letter. Nothing of it was kept.",
        thank_you: "Thank you for signing. To leave again, delete your reply or answer \
                    “withdraw”.",
    },
    answers: AnswerWords {
        hide: "hide me",
        show: "show me",
        status: "status",
        help: "help",
        commands: "A direct message can be one of these, alone: “{withdraw}” takes your signature \
                   and your likes back; “{hide}” counts you without your name; “{show}” shows \
                   your name again, as far as it was shown before; “{status}” tells how your signature stands; “{help}” \
                   tells this.",
        not_understood: "Your message was not understood, and nothing of it was kept.",
        withdrawn: "You have withdrawn. Your name is off the page; name, words and evidence are \
                    erased within a day.",
        now_hidden: "Your name is on no page any more. A signature of yours counts without it.",
        now_shown: "Your name may be shown again, as far as you signed with it.",
        name_off: "The organisers keep your name off the page for now, for your safety. Your signature counts.",
        listed: "You are in the public list.",
        name_waits: "Your name waits for the organisers; until then your handle stands alone.",
        words_wait: "What you wrote waits for the organisers.",
        counted: "You are counted without your name.",
        unsure: "It is not clear whether your reply signs the letter. An organiser will read it. To \
                 sign for certain, answer in public with “I sign”.",
        waits_for_person: "Thank you. Your signature waits until an organiser has looked at it; \
                           then it is listed. You need not do anything.",
        waits_for_time: "Thank you. Your signature waits for a while, because the account is new or \
                         many came at once; then it is listed by itself. You need not do anything.",
        waits_for_letter: "Thank you. The letter takes no signatures at the moment. Yours waits \
                           until it does; you need not do anything.",
        not_out: "Thank you, but the letter is not out yet, so nothing of your message was kept. Follow this account, and sign when the letter arrives.",
        no_link: "Thank you. The page that you sign for does not sign this letter yet, so it waits. Please put a link to the letter there, with rel=\"me\" or in a sentence such as “We signed the open letter”. We look again by ourselves. The page:",
        too_late: "Thank you, but the letter is closed: your signature came too late and is not \
                   counted.",
        taken_off: "The organisers took your signature off the list.",
        nothing: "There is no signature of yours.",
        updates: "updates",
        stop: "stop",
        news: "“{updates}” sends you what is new about the letter, at most once a week; “{stop}” ends that.",
        subscribed: "You will hear what is new about the letter, by direct message and at most once a week. “{stop}” ends that.",
        unsubscribed: "You get no more news. A signature of yours stands.",
        not_subscribed: "You get no news that could end. To take your signature back, write “{withdraw}”.",
        news_footer: "You asked to hear what is new. To end that, answer “{stop}” to this account alone.",
    },
    frame: FrameWords {
        skip: "Skip to the content",
        pages: "Pages",
        letter: "Letter",
        supporters: "Supporters",
        privacy: "Privacy",
        about: "About",
        statistics: "Statistics",
        api: "For programs",
        open_letter: "Open letter",
        quiet: "No scripts, no cookies, nothing loaded from anywhere else.",
        free_software: "Free software under AGPL-3.0",
        source_code: "Source code",
        contact: "Contact",
        no_contact: "Nobody is named: this copy runs for trial on one machine.",
        languages: "Languages",
    },
    letter: LetterWords {
        published: "Published",
        updated: "Changed",
        revision: "Revision",
        paused: "Signing is paused. What arrives now is kept and decided later; leaving works at \
                 any time.",
        closed: "Signing is closed. What arrives now is not counted; leaving works at any time.",
        moved: "This letter has moved. It goes on under its new address:",
        translation: "This is a translation. Signatures are given for the original:",
        launches: "It comes out on {date} at {time} UTC.",
        follow: "Follow {handle} in the Fediverse, and it reaches you as soon as it is out.",
        preview: "This is a preview. Nobody finds it without this address, and its links and buttons work once the letter is out.",
        closes: "Signing closes on {date} at {time} UTC.",
        closed_on: "Signing closed on {date}.",
        result: "The result",
        sign_this: "Sign this letter",
        goal: "{n} of {m}",
        statements: "In their own words",
        statements_note: "Statements belong to those who wrote them. An administrator decides \
                          which are shown.",
        warning: "Title or content warning:",
        original: "Read the original",
        newest: "Newest supporters",
        everybody: "All supporters",
        nobody_yet: "Nobody is listed by name yet. Be the first.",
        names_off: "Names are hidden for now, for the safety of those who signed. Everybody still counts, and the names come back later.",
        share: "Pass it on:",
    },
    post: PostWords {
        heading: "News about this letter",
        answer: "To answer this in the Fediverse, paste this address into your server’s search:",
        answered: "In answer to this post",
        read_letter: "Read and sign the letter",
        read_only: "Read the letter",
        tagged: "Posts with {tag}",
    },
    timeline: TimelineWords {
        heading: "Timeline",
        lead: "What happened with this letter, newest first.",
        published: "The letter was published.",
        changed: "The text was changed; this is revision {n}.",
        paused: "Signing was paused.",
        opened: "Signing was opened again.",
        closed: "Signing was closed.",
        moved: "The letter moved to a new address.",
        response: "Response from {who}",
    },
    signing: SigningWords {
        phrase: "I sign",
        withdraw: "withdraw",
        heading: "How to sign",
        intro: "Your account on Mastodon or any other Fediverse server is enough.",
        off: "Signing from the Fediverse is switched off for this letter.",
        search: "From your own server",
        search_how: "Paste this address into your server’s search; the letter appears as a post:",
        then_reply: "Then reply to it:",
        then_reply_or_like: "Then like it, or reply to it:",
        then_any_reply: "Then reply to it in public; every reply signs.",
        then_any_reply_or_like: "Then like it, or reply to it in public; every reply signs.",
        then_like: "Then like it.",
        post: "With a public post",
        post_how: "Write this, with your own words added if you wish:",
        only_public: "Only public and unlisted posts can sign. Private ones are not kept.",
        shown: "What will be shown",
        replies_named: "Signing tells everybody, by your own public post, that you support this \
                        letter. This page shows your name, handle and account, the date and the \
                        text that you signed.",
        replies_counted: "Signing tells everybody who can see your post that you support this \
                          letter. This page shows a number only, not your name.",
        likes_counted: "A like is counted without your name.",
        likes_discoverable: "A like is counted; your name is shown only if your account is set to \
                             be discoverable.",
        likes_named: "A like is shown with your name.",
        statement_queue: "What else you write is your statement; it is shown only after an \
                          administrator has approved it.",
        statement_trusted: "What else you write is your statement; an administrator approves \
                            the first one, later ones are shown at once.",
        statement_auto: "What else you write is your statement and may be shown as well.",
        read_privacy: "What is kept, and for how long",
        leave: "How to leave",
        leave_undo: "Take your like back, or delete your reply or post.",
        leave_comment: "Delete your comment, or write another one below it with this word:",
        leave_word: "Or reply with the word below, or send it as a direct message. Blocking the \
                     letter’s account works too.",
        leave_without: "Listed in the letter’s file, or without your account? Write to",
        leave_nobody: "Listed in the letter’s file? Ask those who keep it.",
        leave_then: "Your entry leaves the page at once. Name, words and evidence are erased \
                     within a day.",
    },
    entry: EntryWords {
        signed: "An entry of the list",
        text: "The text",
        is_current: "This is the text as it stands now.",
        is_earlier: "The text was changed since.",
        share: "Read the letter, and sign it",
        yours: "Is this you?",
    },
    sign_box: SignBoxWords {
        label: "Your handle, or your server",
        go: "Go on",
        how: "This posts nothing: the next page links to your own server, where you decide.",
        from_server: "Sign from {server}",
        write: "Write",
        write_how: "A post that is written already opens on your server. Leave it public, and publish \
                    it: that signs.",
        open: "Open the letter there",
        nothing_found: "{server} gave no link that opens a post, or no answer at all. Check the \
                        spelling; if it is right, these ways work from every server.",
        by_hand: "By hand",
        unreadable: "That is neither a handle nor a server. A handle looks like @me@my.server; the \
                     server alone is enough as well.",
        without: "Without such an account",
        without_how: "The Fediverse is a network of servers, such as those of Mastodon, on which \
                      people write and read each other. An account on one of them is free, and \
                      with it you can sign here.",
        join: "Find a server",
        github: "On GitHub",
        github_how: "The names of this letter are kept in a public file, to which everybody can \
                     propose a line.",
        name: "Your name, as it is to be read there",
        make_line: "Show my line",
        line: "Paste this line below the last name of the file, and propose the change:",
        edit_file: "Edit the file on GitHub",
        bad_name: "That is no name for the list: plain text of at most 200 characters, without an \
                   address.",
        thread: "By a comment on {host}",
        thread_how: "Write these words in a comment on the issue. Your name there, your account and a link to your comment are then shown here.",
        thread_open: "Open the issue on {host}",
        thread_top: "**Sign this letter by a comment.** Read it here: {url}\n\nWrite a comment on this issue with the words “{phrase}”. What you write besides may be shown with your name. The letter’s page then shows your name and your account here, with a link to your comment.\n\nYou leave the list when you delete the comment, edit the words away, or write “{withdraw}”.",
        mail: "By e-mail",
        write_mail: "Write an e-mail that signs",
        mail_subject: "I sign: {title}",
        mail_body: "I sign the open letter “{title}”, {url}\n\nMy name:\nAffiliation, if it is to be \
                    shown:\n",
    },
    list: ListWords {
        filter: "Find and sort",
        search: "Name or handle",
        source: "Source",
        all_sources: "All sources",
        github: "GitHub",
        letter: "In the letter",
        fediverse: "Fediverse",
        manual: "Entered by hand",
        sort: "Order",
        recent: "Newest first",
        name: "By name",
        file_order: "As in the letter’s file",
        kind: "Kind",
        all_kinds: "Signatures and likes",
        only_signatures: "Signatures only",
        only_likes: "Likes only",
        of_revision: "Revision",
        any_revision: "Any revision",
        with_statement: "With a statement only",
        begin_at: "Begin at",
        show: "Show",
        reset: "Show everybody",
        found: Count {
            one: "{n} entry",
            many: "{n} entries",
        },
        found_more: "More than {n} entries, here are the newest: another word narrows the search",
        signatures: Count {
            one: "{n} signature with a name",
            many: "{n} signatures with a name",
        },
        liked: Count {
            one: "{n} like with a name",
            many: "{n} likes with a name",
        },
        nameless: Count {
            one: "{n} more without a name",
            many: "{n} more without a name",
        },
        nobody: "Nobody is listed here.",
        paging: "More pages",
        previous: "Previous",
        next: "Next",
        twice: "Who is named in the letter’s own list and signed in the Fediverse appears twice \
                until both entries are linked and verified.",
        unnamed: "Accounts that like the letter are listed only if they wish to be found; the \
                  others are counted without a name.",
        anonymous: "Name not shown",
        likes: "likes the letter",
        revision: "revision",
        declared: "name or affiliation self-declared",
        affiliations: "An affiliation says where somebody works or belongs. Nobody signs for an organisation that way; \
                       organisations have a list of their own.",
        anonymised: "On {date} the names and words of all who signed or liked the letter in the Fediverse were erased, \
                     as was promised. Their number stays.",
        moderated: "entered or changed by an administrator",
        linked_from: "linked from",
        spoken_by: "signed for by",
        server_gone: "server gone since",
        evidence_kept: "evidence kept",
        report: "report",
        report_before: "",
        report_after: "this entry",
        report_subject: "Report of an entry",
        report_body: "I report this entry of the list, because:",
    },
    privacy: PrivacyWords {
        lead: "What this letter knows about those who sign it, why, and for how long. This page \
               is made from the settings that are in force.",
        who: "Who answers for this",
        who_text: "Responsible for this letter, its list and the data of those who sign:",
        purpose: "What it is for",
        purpose_text: "The letter asks for something in public, and the list shows who stands \
                       behind it. Names, handles and statements are used for that and for \
                       nothing else: no advertising, no profiles, no sale.",
        basis: "Why this is allowed",
        basis_political: "To support an open letter can reveal a political opinion or a belief. \
                          The law of the European Union protects such data especially (GDPR, \
                          Article 9).",
        basis_consent: "We process them because you consent explicitly, by an act of your own in \
                        public: you post, or you like, knowing what is shown (Article 6(1)(a), \
                        Article 9(2)(a) and (e)). You can take your consent back at any time, \
                        as easily as you gave it. What happened before stays lawful.",
        basis_github: "Names from GitHub were put into the letter’s public file by their own \
                       contribution.",
        basis_letter: "Names in the letter were put into its public file by those who answer for \
                       it, at the wish of those who are named.",
        basis_forge: "Who signs by a comment on a forge, such as GitHub or Codeberg, consents in the same way, by that comment.",
        basis_manual: "Names entered by hand were given to those who answer for this letter.",
        shown: "What everybody can see",
        shown_opt_out: "A statement is held back if your profile carries #nobot, #nobridge, #noindex \
                        or #noendorse.",
        shown_opt_out_likes: "A like then stays without a name as well.",
        kept: "What is kept, and how long",
        while_you_sign: "While you support the letter",
        one_day: "At most a day",
        while_you_follow: "While the account follows",
        while_it_stands: "Until it is taken back",
        until_lifted: "Until an administrator lifts it",
        for_good: "As long as the letter stands",
        up_to: "Up to {time}",
        last_deliveries: Count {
            one: "The last delivery",
            many: "The last {n} deliveries",
        },
        entry: RetentionWords {
            what: "Your entry",
            note: "Account, handle, name, date, the revision that you signed, and your statement.",
        },
        pledge: RetentionWords {
            what: "Your pledge",
            note: "That you say “{label}”, since when, and the first link in that post; the link is shown only after an administrator approved it. Kept as long as the post and your signature stand.",
        },
        forge: RetentionWords {
            what: "Accounts on forges",
            note: "If you sign by a comment on a forge: the address and the text of the comment, the number, login and display name of your account, and when it was made. Comments that do not sign are not kept.",
        },
        evidence: RetentionWords {
            what: "Evidence",
            note: "The signed message that your server sent to us, as proof that it was you. It \
                   is never published.",
        },
        links: RetentionWords {
            what: "Links of your profile",
            note: "If your profile links to a GitHub account, we read that account’s page, to count \
                   you once if it stands in the letter’s list and links back; for an organisation \
                   the front page of its website. Read at most once in 30 days; kept are the \
                   account’s name and number, and when we looked.",
        },
        left: RetentionWords {
            what: "After you leave",
            note: "Your entry disappears at once. Then name, words and evidence are erased. A \
                   checksum of your account’s address stays, so that a decision about it and our \
                   one acknowledgement are not repeated; whoever asks the contact has that \
                   erased as well.",
        },
        taken_off: RetentionWords {
            what: "Entries taken off by others",
            note: "What an administrator took off or declared void, or what was no longer on its server, waits this long so that a mistake can be \
                   undone; then it is erased.",
        },
        waiting: RetentionWords {
            what: "Entries that wait for a decision",
            note: "On no public page. Dropped if nobody decides.",
        },
        comments: RetentionWords {
            what: "Replies that do not sign",
            note: "On no public page.",
        },
        late: RetentionWords {
            what: "What arrives after closing",
            note: "Not counted, on no public page.",
        },
        rejected: RetentionWords {
            what: "Rejected entries",
            note: "Afterwards only the decision itself remains, without name and words.",
        },
        followers: RetentionWords {
            what: "Followers",
            note: "The account’s address and its inbox, so that news of the letter arrives. The \
                   list of followers is not published.",
        },
        subscribers: RetentionWords {
            what: "Who asked for news",
            note: "That the account asked to hear what is new, and the date; and which messages it got, so that they can be corrected. Nobody else sees it. “{stop}” ends it.",
        },
        passed_on: RetentionWords {
            what: "Boosts and quotes",
            note: "That an account passed the letter on, for the number alone; the words of a quote \
                   that does not sign are not kept. The permission that your server asks for \
                   before a quote names your post and can be read by everybody.",
        },
        reports: RetentionWords {
            what: "Reports by other servers",
            note: "Which server reported what, and its words. Only administrators see them.",
        },
        blocks: RetentionWords {
            what: "Blocks",
            note: "The address of an account or the name of a server that the organisers block, and why.",
        },
        decisions: RetentionWords {
            what: "Decisions of administrators",
            note: "Which entry, when, who decided and why. Entries have numbers there, not names. \
                   What was written about a request of yours is erased within a day.",
        },
        inbox_log: RetentionWords {
            what: "Deliveries of other servers",
            note: "The server’s name, the time, the kind of message and what became of it, so that \
                   we can tell whether yours arrived. No names, no words, no network addresses.",
        },
        backups: RetentionWords {
            what: "Backups",
            note: "Copies of what is stored, for the organisers alone, in case a machine fails. Whoever leaves is in none of them after this time, and is not shown again when one has to be used.",
        },
        anonymised: RetentionWords {
            what: "All of this, once the letter is closed",
            note: "Names, handles, words and signed requests of everybody who signed or liked it are erased for good, and \
                   what organisers noted with them. What counts stays without a name: the day, the revision and the \
                   server, and hashes by which we know you if you take it back later, which still works. Who follows \
                   stays known as a follower, who may quote as that, and blocked accounts stay blocked. Names in the \
                   letter’s own public file are not ours to erase.",
        },
        after_close: "until {time} after it was closed",
        never: "What is never kept",
        never_private: "Posts to followers only and direct messages: they are not stored as text, \
                        not shown and not counted. Of a direct message that is answered, its address is kept for a \
                        day, with our answer.",
        never_address: "Network addresses and cookies: this program stores neither. It counts \
                        requests for each address to ward off floods, in memory alone. The web \
                        server or provider in front of it may keep logs of its own; ask the contact.",
        never_pictures: "Pictures, avatars and other media.",
        never_third: "No page loads anything from another server, and no page contains a script.",
        never_typed: "What is typed into the box for signing is asked of that server, once, and kept \
                      nowhere.",
        receives: "Who receives it",
        receives_everybody: "Everybody: the public page can be read, and copied, by anybody in \
                             the world.",
        receives_search: "Search engines are asked not to index names and statements.",
        receives_servers: "The servers of followers receive the letter, its changes and its \
                           counts. Your own server receives the answers to your post. Any server \
                           may ask for the public replies that are listed.",
        receives_github: "GitHub is asked about accounts that profiles of listed people link to. It \
                          learns which accounts those are, and nothing else.",
        with_account: "With your account",
        without_account: "Without your account",
        looked_again: "Every {interval} your account and your post are read again on your server. \
                       What its server twice says is not there, {grace} apart, ends, also when \
                       no word of it reached us.",
        unreachable: "Out of our reach are copies that others made of the public page, the \
                      history of the letter’s file, and backups until they are replaced.",
        rights: "Your rights",
        rights_text: "You may ask what is stored about you, have it corrected, erased or handed \
                      over, and object. You may complain to a data protection authority, for \
                      example where you live.",
    },
    about: AboutWords {
        lead: "This letter is an account in the Fediverse. People on Mastodon and every other \
               ActivityPub server can follow it, pass it on, like it and answer it. Their \
               support stands in one list with the names in the letter’s file.",
        counting: "How it is counted",
        counting_signed: "A signature is a name in the letter’s own list, or a public reply or \
                          mention whose words sign. Each account counts once.",
        counting_liked: "An account that only likes the letter is counted apart and never called \
                         a signature.",
        counting_reach: "Passing the letter on is not support and changes no number.",
        moderation: "How it is moderated",
        moderation_text: "Replies that do not sign appear nowhere. Administrators can hide or \
                          reject entries and decide about names and statements; an entry that \
                          they entered or changed says so.",
        text: "The text",
        text_note: "Every signature belongs to the text that it was given for. The digest \
                    (SHA-256) identifies that text.",
        digest: "Digest",
        file: "File",
        software: "The software",
        software_text: "undersigned publishes one open letter as a Fediverse actor. It is free \
                        software: you may use, study, share and improve it.",
        version: "Version",
        licence: "Licence",
        numbers: "Numbers for programs",
    },
    history: HistoryWords {
        heading: "History of the text",
        lead: "Every text that stood here, newest first, and what changed. Who signed one of them \
               signed that text; corrections are carried over.",
        current: "published now",
        first: "First text",
        typo: "Correction",
        overruled: "The organisers call this a correction, though it changes more than slips \
                    inside words. Signatures were carried over all the same.",
        substantive: "Another text",
        translation_new: "New translation: {language}",
        translation_changed: "Changed translation: {language}",
        translation_gone: "Translation taken away: {language}",
        signed: Count {
            one: "{n} signed this text",
            many: "{n} signed this text",
        },
        note: "The organisers say:",
        superseded: "This text was replaced.",
        read_current: "Read the letter as it is now",
        changes: "What changed",
        changes_note: "Word by word, against the revision before, as the letter’s file has it.",
        added: "added:",
        removed: "removed:",
        unchanged: "unchanged",
        text: "The whole text",
        earlier: "Earlier",
        later: "Later",
    },
    statistics: StatisticsWords {
        lead: "How many support the letter, when and from where. Numbers only, no names.",
        people: "People",
        together: "The tables count signatures and likes together, and whoever has two linked \
                   entries twice.",
        by_source: "By source",
        by_server: "By server",
        server: "Server",
        other_servers: Count {
            one: "{n} other server",
            many: "{n} other servers",
        },
        servers_note: "Servers with fewer than {n} people share the last row, so that a number \
                       names nobody.",
        by_month: "By month",
        month: "Month",
        months_note: "Who signed in the letter’s file counts in the month in which the name was \
                      first read there.",
        moderation: "Moderation in numbers",
        moderation_note: "What became of everything that came from the Fediverse and is still on \
                          record.",
        received: "Received",
        listed: "In the list",
        counted: "Counted without a name",
        waiting: "Waiting",
        comments: "Replies that do not sign",
        withdrawn: "Withdrawn",
        taken_off: "Rejected or hidden",
        late: "Too late",
        invalid: "Declared invalid",
        reasons: ReasonWords {
            spam: "advertising",
            slur: "abusive words",
            impersonation: "pretending to be somebody else",
            duplicate: "the same person twice",
            request: "at the person’s request",
            legal: "legal reasons",
            mistake: "a mistake of the administrators",
            other: "another reason",
        },
    },
    api: ApiWords {
        lead: "These addresses answer everybody, without a key, and scripts of every website may \
               read them. Names of members are English, and only ever added.",
        example: "Example",
        count: "The numbers of supporters.",
        letter: "The letter: title, digest of the text, revision, state, dates, addresses and numbers.",
        supporters: "The list, at most {n} entries in one answer; the member next leads on.",
        whole_list: "The whole list at once: as a table, or one JSON object in each line.",
        days: "How many joined on each day, by source.",
        feeds: "Feeds of news and of supporters (Atom).",
        badge: "The number as a picture, and for services that draw one.",
        embed: "A small page with the number, to be framed by other websites.",
        fediverse: "The letter and its actor, for servers of the Fediverse (ActivityPub).",
        names: "Names",
        names_text: "Whoever leaves is off the list at once. Ask again before you show names, with \
                     the ETag of the last answer, and keep nobody who is not there any more.",
        limits: "Limits",
        limits_text: "One network address may send {n} requests a minute. RateLimit-Limit, \
                      RateLimit-Remaining and RateLimit-Reset say how many that is, how many are \
                      left, and in how many seconds all of them are back. Beyond it the answer is \
                      429, with Retry-After.",
    },
    nameless: NamelessWords {
        phrase: "I sign without my name",
        including: "including {n} without a name",
        offer: "Or send “{nameless}”, and nothing else, as a direct message: you are counted without your name, and only your server, this server and the administrators of this letter know who you are.",
        taken: "You are counted without your name, and the text of your message was not kept. Your server, this server and the administrators of this letter know who you are; nobody else is told. To leave, delete your message or answer “{withdraw}”.",
        details: "While it stands, no like of yours shows your name, and neither does what you signed before; a public reply that you sign with later does. If your name stands in the letter’s file as well, you are counted twice, because nothing links the two.",
        kept: RetentionWords {
            what: "A signature without a name",
            note: "That your account sent it, when, the message’s address and a digest of the request as proof, not its text. The administrators of this letter can see it, and so can those of your server.",
        },
        never_private: "Posts to followers only and direct messages: their text is not stored and not shown, and nothing of them is counted but a direct message that signs without a name. Of a direct message that is answered, its address is kept for a day, with our answer.",
    },
    home: "Back to the letter",
    bad_request: ProblemWords {
        title: "That request was not understood",
        text: "Something in the address or the form cannot be read. Go back, correct it and try \
               again.",
    },
    foreign_form: ProblemWords {
        title: "That form came from another site",
        text: "This page takes its forms from itself alone. Open the letter, and begin there.",
    },
    not_offered: ProblemWords {
        title: "This list is not offered",
        text: "The letter’s file holds names alone. Likes, statements, names from the Fediverse and names \
               entered by hand are not in it, so they cannot be sorted as it is. Sort them by date or by name.",
    },
    not_found: ProblemWords {
        title: "There is nothing here",
        text: "No page has this address. Check it for typing errors, or start from the letter.",
    },
    gone: ProblemWords {
        title: "This was taken away",
        text: "What stood here was deleted and does not come back. You can remove the link that \
               led you here.",
    },
    retired: ProblemWords {
        title: "This letter has ended",
        text: "It was taken back for good, with its account and with the list of those who \
               supported it. Nothing is shown any more, and nobody can sign. Questions go to the \
               contact below.",
    },
    too_many: ProblemWords {
        title: "Too many requests",
        text: "More came from your network in a minute than this server answers. Wait a minute and \
               try again.",
    },
    internal: ProblemWords {
        title: "Something broke on our side",
        text: "It is not your fault. Try again in a few minutes; if it stays, tell the contact.",
    },
    not_out: ProblemWords {
        title: "This letter is not out yet",
        text: "It comes out here. Until then there is nothing to read and nothing to sign.",
    },
    unavailable: ProblemWords {
        title: "Too busy, or under repair",
        text: "The letter will be back soon. Try again in a minute.",
    },
};
