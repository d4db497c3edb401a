//! German.

use super::words::{
    AboutWords, AnswerWords, ApiWords, Count, CountWords, EntryWords, FrameWords, Grouping,
    HistoryWords, Language, LetterWords, ListWords, NamelessWords, NoticeWords, PostWords,
    PrivacyWords, ProblemWords, ReasonWords, RetentionWords, SentWords, SignBoxWords, SigningWords,
    StatisticsWords, TimelineWords,
};

pub(super) static WORDS: Language = Language {
    code: "de",
    name: "Deutsch",
    right_to_left: false,
    thousands: '.',
    grouping: Grouping::Threes,
    months: [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    months_alone: None,
    date: "{d}. {m} {y}",
    first_day: "1",
    comma: ", ",
    month: "{m} {y}",
    units: [
        Count {
            one: "{n} Tag",
            many: "{n} Tage",
        },
        Count {
            one: "{n} Stunde",
            many: "{n} Stunden",
        },
        Count {
            one: "{n} Minute",
            many: "{n} Minuten",
        },
        Count {
            one: "{n} Sekunde",
            many: "{n} Sekunden",
        },
    ],
    counts: CountWords {
        signatures: Count {
            one: "Unterschrift",
            many: "Unterschriften",
        },
        no_signatures: "Noch keine Unterschriften",
        on_github: "{n} auf GitHub",
        on_forge: "{n} auf {forge}",
        in_letter: "{n} im Brief",
        in_fediverse: "{n} im Fediverse",
        by_hand: "{n} von Hand eingetragen",
        more_likes: Count {
            one: "{n} weiterem Konto gefällt der Brief",
            many: "{n} weiteren Konten gefällt der Brief",
        },
        only_likes: Count {
            one: "{n} Konto gefällt der Brief",
            many: "{n} Konten gefällt der Brief",
        },
        earlier: "Für diesen Text: {n}, für einen früheren: {m}",
        organisations: "Projekte, Server und Organisationen: {n}",
        boosts: Count {
            one: "Einmal weitergesagt",
            many: "{n}-mal weitergesagt",
        },
        pledged: "{n} haben unterschrieben, {m} davon {label}",
    },
    notice: NoticeWords {
        clause: "; ",
        stop: ".",
        nobody_signs: "Dieser Brief nimmt keine Unterschriften aus dem Fediverse an.",
        closed: "Dieser Brief ist geschlossen und nimmt keine Unterschriften mehr an",
        paused: "Das Unterzeichnen dieses Briefes ruht zurzeit",
        phrase_or_like: "Zum Unterzeichnen öffentlich mit „Ich unterzeichne“ antworten oder diesen \
                         Beitrag favorisieren",
        reply_or_like: "Zum Unterzeichnen öffentlich antworten oder diesen Beitrag favorisieren",
        phrase: "Zum Unterzeichnen öffentlich mit „Ich unterzeichne“ antworten",
        reply: "Zum Unterzeichnen öffentlich antworten",
        like: "Zum Unterzeichnen diesen Beitrag favorisieren",
        delete_or_undo: "wer die Antwort löscht oder die Favorisierung zurücknimmt, ist nicht mehr \
                         dabei",
        delete: "wer die Antwort löscht, ist nicht mehr dabei",
        undo: "wer die Favorisierung zurücknimmt, ist nicht mehr dabei",
        named: "Name und Adresse stehen dann auf unserer Seite",
        counted: "es wird nur gezählt, ohne Namen",
        named_if_discoverable: "Name und Adresse stehen dann auf unserer Seite, wenn das Profil \
                                auffindbar ist, sonst wird nur gezählt",
        like_named_if_discoverable: "Name und Adresse stehen dann auf unserer Seite, nach einer \
                                     Favorisierung nur, wenn das Profil auffindbar ist",
        like_counted: "nach einer Antwort stehen Name und Adresse auf unserer Seite, eine \
                       Favorisierung wird nur gezählt",
        reply_counted_like_named: "eine Antwort wird nur gezählt, nach einer Favorisierung stehen \
                                   Name und Adresse auf unserer Seite",
        reply_counted_like_named_if_discoverable: "eine Antwort wird nur gezählt, nach einer \
                                                   Favorisierung stehen Name und Adresse auf \
                                                   unserer Seite, wenn das Profil auffindbar ist",
        confirmed_by_like: "; wir bestätigen eine Antwort mit einem Favoriten",
        confirmed_by_reply: "; wir bestätigen eine Antwort mit einer Nachricht",
    },
    sent: SentWords {
        so_many_signed: Count {
            one: "Jemand hat diesen Brief unterzeichnet. Danke!",
            many: "{n} Menschen haben diesen Brief unterzeichnet. Danke!",
        },
        so_many_support: Count {
            one: "Jemand unterstützt diesen Brief. Danke!",
            many: "{n} Menschen unterstützen diesen Brief, mit einer Unterschrift oder einem \
                   Favoriten. Danke!",
        },
        so_many_pledged: "{n} von denen, die diesen Brief unterschrieben haben, {label}. Danke!",
        see_supporters: "Der Brief und wer ihn unterzeichnet hat:",
        handed_over: "Wir übergeben Ihnen diesen offenen Brief mit seinen Unterschriften. Wir bitten um eine öffentliche Antwort auf diesen Beitrag; sie kann beim Brief gezeigt werden.",
        read_on: "Den ganzen Brief lesen und sehen, wer ihn unterzeichnet hat:",
        what_changed: "Der Text wurde geändert; das ist Fassung {n}. Was sich geändert hat:",
        another_text: "Der Text dieses Briefes wurde geändert: Er ist jetzt ein anderer. Wer vorher \
                       unterzeichnet hat, hat den früheren unterzeichnet und steht weiter dort.",
        word_by_word: "Was sich geändert hat, Wort für Wort:",
        sign_again: "Wer dem neuen Text zustimmt, unterzeichnet noch einmal: öffentlich auf diesen \
                     Beitrag mit „Ich unterzeichne“ antworten.",
        sign_again_by_any_reply: "Wer dem neuen Text zustimmt, unterzeichnet noch einmal: öffentlich \
                                  auf diesen Beitrag antworten.",
        sign_again_by_like: "Wer dem neuen Text zustimmt, unterzeichnet noch einmal: den Favoriten \
                             des Briefes zurücknehmen und noch einmal setzen.",
        letter: "Brief",
        signatures: "Unterschriften",
        automated: "Ein offener Brief, von einem Programm betrieben.",
        responsible: "Verantwortlich:",
        only_public_replies: "Danke. Nur öffentliche Antworten können aufgeführt werden, deshalb \
                              hat diese Nachricht den Brief nicht unterzeichnet. Nichts davon \
                              wurde aufbewahrt.",
        thank_you: "Danke für die Unterschrift. Wer die eigene Antwort löscht oder „zurückziehen“ \
                    antwortet, ist nicht mehr dabei.",
    },
    answers: AnswerWords {
        hide: "versteck mich",
        show: "zeig mich",
        status: "Status",
        help: "Hilfe",
        commands: "Eine Direktnachricht kann eines davon sein, allein: „{withdraw}“ nimmt \
                   Unterschrift und Favoriten zurück; „{hide}“ zählt ohne den Namen; „{show}“ zeigt \
                   ihn wieder, soweit er vorher gezeigt wurde; „{status}“ sagt, wie es um die Unterschrift steht; „{help}“ \
                   sagt dies.",
        not_understood: "Diese Nachricht wurde nicht verstanden, und nichts davon wurde aufbewahrt.",
        withdrawn: "Zurückgezogen. Der Name steht auf keiner Seite mehr; Name, Worte und Nachweise \
                    werden binnen eines Tages gelöscht.",
        now_hidden: "Der Name steht auf keiner Seite mehr. Eine Unterschrift zählt ohne ihn.",
        now_shown: "Der Name darf wieder gezeigt werden, soweit damit unterzeichnet wurde.",
        name_off: "Die Verwaltung hält den Namen zurzeit von der Seite fern, zum Schutz der Person. Die Unterschrift zählt.",
        listed: "Die Unterschrift steht in der öffentlichen Liste.",
        name_waits: "Der Name wartet auf die Verwaltung; bis dahin steht das Konto allein.",
        words_wait: "Der Text dazu wartet auf die Verwaltung.",
        counted: "Die Unterschrift zählt ohne den Namen.",
        unsure: "Es ist nicht klar, ob die Antwort den Brief unterzeichnet. Die Verwaltung wird sie \
                 lesen. Sicher unterzeichnet, wer öffentlich „Ich unterzeichne“ antwortet.",
        waits_for_person: "Danke. Die Unterschrift wartet, bis die Verwaltung sie angesehen hat; \
                           dann steht sie in der Liste. Mehr ist nicht zu tun.",
        waits_for_time: "Danke. Die Unterschrift wartet eine Weile, weil das Konto neu ist oder \
                         viele zugleich kamen; dann steht sie von selbst in der Liste. Mehr ist \
                         nicht zu tun.",
        waits_for_letter: "Danke. Der Brief nimmt gerade keine Unterschriften an. Diese wartet, bis \
                           er es wieder tut; mehr ist nicht zu tun.",
        not_out: "Danke, aber der Brief ist noch nicht erschienen; deshalb wurde von der Nachricht nichts behalten. Wer diesem Konto folgt, bekommt den Brief und kann ihn dann unterzeichnen.",
        no_link: "Danke. Die Seite, für die hier unterschrieben wird, unterzeichnet diesen Brief selbst noch nicht; bis dahin wartet der Eintrag. Dort fehlt ein Link auf den Brief, mit rel=\"me\" oder in einem Satz wie „Wir haben den offenen Brief unterzeichnet“. Wir sehen von selbst wieder nach. Die Seite:",
        too_late: "Danke, aber der Brief ist geschlossen: Die Unterschrift kam zu spät und zählt \
                   nicht.",
        taken_off: "Die Verwaltung hat die Unterschrift aus der Liste genommen.",
        nothing: "Es gibt keine Unterschrift von diesem Konto.",
        updates: "Neuigkeiten",
        stop: "Stopp",
        news: "„{updates}“ schickt Ihnen, was es Neues zum Brief gibt, höchstens einmal in der Woche; „{stop}“ beendet das.",
        subscribed: "Sie erfahren, was es Neues zum Brief gibt, als Direktnachricht und höchstens einmal in der Woche. „{stop}“ beendet das.",
        unsubscribed: "Sie bekommen keine Neuigkeiten mehr. Eine Unterschrift von Ihnen bleibt bestehen.",
        not_subscribed: "Sie bekommen keine Neuigkeiten, die enden könnten. Um Ihre Unterschrift zurückzunehmen, schreiben Sie „{withdraw}“.",
        news_footer: "Sie wollten erfahren, was es Neues gibt. Um das zu beenden, antworten Sie diesem Konto allein „{stop}“.",
    },
    frame: FrameWords {
        skip: "Zum Inhalt springen",
        pages: "Seiten",
        letter: "Brief",
        supporters: "Unterstützende",
        privacy: "Datenschutz",
        about: "Über",
        statistics: "Statistik",
        api: "Für Programme",
        open_letter: "Offener Brief",
        quiet: "Keine Skripte, keine Cookies, nichts von fremden Servern.",
        free_software: "Freie Software unter AGPL-3.0",
        source_code: "Quelltext",
        contact: "Kontakt",
        no_contact: "Niemand ist genannt: Diese Kopie läuft zur Probe auf einem Rechner.",
        languages: "Sprachen",
    },
    letter: LetterWords {
        published: "Veröffentlicht am",
        updated: "Geändert am",
        revision: "Fassung",
        paused: "Das Unterzeichnen ruht. Was jetzt eintrifft, wird aufgehoben und später \
                 entschieden; zurückziehen können Sie jederzeit.",
        closed: "Das Unterzeichnen ist beendet. Was jetzt eintrifft, zählt nicht mehr; \
                 zurückziehen können Sie jederzeit.",
        moved: "Dieser Brief ist umgezogen. Hier geht es weiter:",
        translation: "Dies ist eine Übersetzung. Unterschriften gelten dem Original:",
        launches: "Er erscheint am {date} um {time} Uhr UTC.",
        follow: "Wer {handle} im Fediverse folgt, bekommt ihn, sobald er erscheint.",
        preview: "Das ist eine Vorschau. Ohne diese Adresse findet sie niemand; Links und Knöpfe tun etwas, sobald der Brief erschienen ist.",
        closes: "Das Unterzeichnen endet am {date} um {time} Uhr UTC.",
        closed_on: "Das Unterzeichnen endete am {date}.",
        result: "Das Ergebnis",
        sign_this: "Diesen Brief unterzeichnen",
        goal: "{n} von {m}",
        statements: "In eigenen Worten",
        statements_note: "Die Texte gehören denen, die sie geschrieben haben. Welche gezeigt \
                          werden, entscheidet die Verwaltung.",
        warning: "Titel oder Inhaltswarnung:",
        original: "Zum Original",
        newest: "Zuletzt dazugekommen",
        everybody: "Alle Unterstützenden",
        nobody_yet: "Noch steht niemand mit Namen hier. Machen Sie den Anfang.",
        names_off: "Die Namen sind zurzeit verborgen, zum Schutz derer, die unterzeichnet haben. Alle zählen weiter, und die Namen kommen später zurück.",
        share: "Weitersagen:",
    },
    post: PostWords {
        heading: "Neues zu diesem Brief",
        answer: "Um im Fediverse darauf zu antworten, diese Adresse in die Suche des eigenen \
                 Servers einfügen:",
        answered: "Antwort auf diesen Beitrag",
        read_letter: "Den Brief lesen und unterzeichnen",
        read_only: "Den Brief lesen",
        tagged: "Beiträge mit {tag}",
    },
    timeline: TimelineWords {
        heading: "Chronik",
        lead: "Was mit diesem Brief geschah, das Neueste zuerst.",
        published: "Der Brief wurde veröffentlicht.",
        changed: "Der Text wurde geändert; das ist Fassung {n}.",
        paused: "Das Unterzeichnen wurde ausgesetzt.",
        opened: "Das Unterzeichnen wurde wieder eröffnet.",
        closed: "Das Unterzeichnen wurde beendet.",
        moved: "Der Brief ist umgezogen.",
        response: "Antwort von {who}",
    },
    signing: SigningWords {
        phrase: "Ich unterzeichne",
        withdraw: "zurückziehen",
        heading: "So unterzeichnen Sie",
        intro: "Ihr Konto auf Mastodon oder einem anderen Server des Fediverse genügt.",
        off: "Für diesen Brief ist das Unterzeichnen im Fediverse abgeschaltet.",
        search: "Auf Ihrem eigenen Server",
        search_how: "Fügen Sie diese Adresse in die Suche Ihres Servers ein; der Brief erscheint \
                     als Beitrag:",
        then_reply: "Antworten Sie ihm:",
        then_reply_or_like: "Favorisieren Sie ihn, oder antworten Sie ihm:",
        then_any_reply: "Antworten Sie ihm öffentlich; jede Antwort unterzeichnet.",
        then_any_reply_or_like: "Favorisieren Sie ihn, oder antworten Sie ihm öffentlich; jede \
                                 Antwort unterzeichnet.",
        then_like: "Favorisieren Sie ihn.",
        post: "Mit einem öffentlichen Beitrag",
        post_how: "Schreiben Sie dies, gern mit eigenen Worten dazu:",
        only_public: "Nur öffentliche und nicht gelistete Beiträge können unterzeichnen. Private \
                      werden nicht aufgehoben.",
        shown: "Was gezeigt wird",
        replies_named: "Mit Ihrem öffentlichen Beitrag sagen Sie allen, dass Sie diesen Brief \
                        unterstützen. Diese Seite zeigt Ihren Namen, Ihr Konto, das Datum und die \
                        unterzeichnete Fassung.",
        replies_counted: "Wer Ihren Beitrag sieht, erfährt, dass Sie diesen Brief unterstützen. \
                          Diese Seite zeigt nur eine Zahl, nicht Ihren Namen.",
        likes_counted: "Ein Favorit wird ohne Ihren Namen gezählt.",
        likes_discoverable: "Ein Favorit wird gezählt; Ihr Name erscheint nur, wenn Ihr Konto \
                             gefunden werden will.",
        likes_named: "Ein Favorit wird mit Ihrem Namen gezeigt.",
        statement_queue: "Was Sie sonst schreiben, erscheint erst, wenn die Verwaltung zugestimmt \
                          hat.",
        statement_trusted: "Was Sie sonst schreiben, prüft beim ersten Mal die Verwaltung; \
                            später erscheint es gleich.",
        statement_auto: "Was Sie sonst schreiben, kann ebenfalls erscheinen.",
        read_privacy: "Was wie lange aufgehoben wird",
        leave: "So ziehen Sie zurück",
        leave_undo: "Nehmen Sie den Favoriten zurück, oder löschen Sie Ihre Antwort oder Ihren \
                     Beitrag.",
        leave_comment: "Löschen Sie Ihren Kommentar, oder schreiben Sie darunter einen weiteren mit diesem Wort:",
        leave_word: "Oder antworten Sie mit dem Wort unten, oder senden Sie es als \
                     Direktnachricht. Auch das Konto des Briefes zu blockieren genügt.",
        leave_without: "In der Datei des Briefes oder ohne Ihr Konto? Schreiben Sie an",
        leave_nobody: "In der Datei des Briefes? Fragen Sie, wer sie pflegt.",
        leave_then: "Ihr Eintrag verschwindet sofort von der Seite. Name, Worte und Nachweise \
                     werden binnen eines Tages gelöscht.",
    },
    entry: EntryWords {
        signed: "Ein Eintrag der Liste",
        text: "Der Text",
        is_current: "Das ist der Text, wie er jetzt lautet.",
        is_earlier: "Der Text wurde seitdem geändert.",
        share: "Den Brief lesen und unterzeichnen",
        yours: "Sind Sie das?",
    },
    sign_box: SignBoxWords {
        label: "Ihr Konto oder Ihr Server",
        go: "Weiter",
        how: "Hier wird nichts veröffentlicht: Die nächste Seite führt zu Ihrem eigenen Server, wo Sie \
              entscheiden.",
        from_server: "Unterzeichnen von {server} aus",
        write: "Schreiben:",
        write_how: "Auf Ihrem Server öffnet sich ein fertiger Beitrag. Lassen Sie ihn öffentlich, und \
                    veröffentlichen Sie ihn: Damit ist unterzeichnet.",
        open: "Den Brief dort öffnen",
        nothing_found: "{server} nannte keine Adresse, die einen Beitrag öffnet, oder antwortete nicht. \
                        Prüfen Sie die Schreibweise; stimmt sie, so gehen diese Wege auf jedem Server.",
        by_hand: "Von Hand",
        unreadable: "Das ist weder ein Konto noch ein Server. Ein Konto sieht aus wie \
                     @ich@mein.server; auch der Server allein genügt.",
        without: "Ohne ein solches Konto",
        without_how: "Das Fediverse ist ein Netz von Servern, etwa von Mastodon, auf denen Menschen \
                      schreiben und einander lesen. Ein Konto auf einem davon ist kostenlos, und \
                      damit können Sie hier unterzeichnen.",
        join: "Einen Server finden",
        github: "Auf GitHub",
        github_how: "Die Namen dieses Briefes stehen in einer öffentlichen Datei, für die alle eine \
                     Zeile vorschlagen können.",
        name: "Ihr Name, wie er dort stehen soll",
        make_line: "Meine Zeile zeigen",
        line: "Fügen Sie diese Zeile unter dem letzten Namen der Datei ein, und schlagen Sie die \
               Änderung vor:",
        edit_file: "Die Datei auf GitHub bearbeiten",
        bad_name: "Das ist kein Name für die Liste: reiner Text von höchstens 200 Zeichen, ohne eine \
                   Adresse.",
        thread: "Durch einen Kommentar auf {host}",
        thread_how: "Schreiben Sie diese Worte in einen Kommentar zum Issue. Ihr Name dort, Ihr Konto und ein Link zu Ihrem Kommentar werden dann hier gezeigt.",
        thread_open: "Das Issue auf {host} öffnen",
        thread_top: "**Unterzeichnen Sie diesen Brief mit einem Kommentar.** Hier steht er: {url}\n\nSchreiben Sie einen Kommentar zu diesem Issue mit den Worten „{phrase}“. Was Sie sonst schreiben, kann mit Ihrem Namen gezeigt werden. Die Seite des Briefes zeigt dann Ihren Namen und Ihr Konto hier, mit einem Link zu Ihrem Kommentar.\n\nSie verlassen die Liste, wenn Sie den Kommentar löschen, die Worte herausnehmen oder „{withdraw}“ schreiben.",
        mail: "Per E-Mail",
        write_mail: "Eine E-Mail schreiben, die unterzeichnet",
        mail_subject: "Ich unterzeichne: {title}",
        mail_body: "Ich unterzeichne den offenen Brief „{title}“, {url}\n\nMein Name:\nZugehörigkeit, \
                    falls sie gezeigt werden soll:\n",
    },
    list: ListWords {
        filter: "Suchen und ordnen",
        search: "Name oder Konto",
        source: "Quelle",
        all_sources: "Alle Quellen",
        github: "GitHub",
        letter: "Im Brief",
        fediverse: "Fediverse",
        manual: "Von Hand",
        sort: "Ordnung",
        recent: "Neueste zuerst",
        name: "Nach Namen",
        file_order: "Wie in der Datei des Briefes",
        kind: "Art",
        all_kinds: "Alle Arten",
        only_signatures: "Nur Unterschriften",
        only_likes: "Nur Favorisierungen",
        of_revision: "Fassung",
        any_revision: "Jede Fassung",
        with_statement: "Nur mit eigenem Text",
        begin_at: "Anfangen bei",
        show: "Zeigen",
        reset: "Alle zeigen",
        found: Count {
            one: "{n} Eintrag",
            many: "{n} Einträge",
        },
        found_more: "Mehr als {n} Einträge, hier die neuesten: Ein weiteres Wort grenzt die Suche ein",
        signatures: Count {
            one: "{n} Unterschrift mit Namen",
            many: "{n} Unterschriften mit Namen",
        },
        liked: Count {
            one: "{n} Favorisierung mit Namen",
            many: "{n} Favorisierungen mit Namen",
        },
        nameless: Count {
            one: "{n} weitere ohne Namen",
            many: "{n} weitere ohne Namen",
        },
        nobody: "Hier steht niemand.",
        paging: "Weitere Seiten",
        previous: "Zurück",
        next: "Weiter",
        twice: "Wer in der Liste des Briefes steht und im Fediverse unterzeichnet hat, steht \
                doppelt hier, bis beide Einträge verbunden und geprüft sind.",
        unnamed: "Konten, denen der Brief gefällt, stehen nur hier, wenn sie gefunden werden \
                  wollen; die anderen werden ohne Namen gezählt.",
        anonymous: "Name nicht gezeigt",
        likes: "gefällt der Brief",
        revision: "Fassung",
        declared: "Name oder Zugehörigkeit nach eigener Angabe",
        affiliations: "Eine Zugehörigkeit sagt, wo jemand arbeitet oder dazugehört. So unterzeichnet niemand für eine \
                       Organisation; Organisationen haben ihre eigene Liste.",
        anonymised: "Am {date} wurden Namen und Texte aller gelöscht, die im Fediverse unterzeichnet haben oder denen der \
                     Brief gefällt, wie es versprochen war. Ihre Zahl bleibt.",
        moderated: "von der Verwaltung eingetragen oder geändert",
        linked_from: "verlinkt von",
        spoken_by: "unterzeichnet durch",
        server_gone: "Server nicht mehr erreichbar seit",
        evidence_kept: "Beleg aufbewahrt",
        report: "melden",
        report_before: "diesen Eintrag",
        report_after: "",
        report_subject: "Meldung eines Eintrags",
        report_body: "Ich melde diesen Eintrag der Liste, denn:",
    },
    privacy: PrivacyWords {
        lead: "Was dieser Brief über die weiß, die ihn unterzeichnen, wozu, und wie lange. Diese \
               Seite entsteht aus den Einstellungen, die gerade gelten.",
        who: "Wer verantwortlich ist",
        who_text: "Verantwortlich für den Brief, seine Liste und die Daten der Unterzeichnenden:",
        purpose: "Wozu",
        purpose_text: "Der Brief fordert öffentlich etwas, und die Liste zeigt, wer dahintersteht. \
                       Namen, Konten und Texte dienen nur dazu: keine Werbung, keine Profile, \
                       kein Verkauf.",
        basis: "Warum das erlaubt ist",
        basis_political: "Wer einen offenen Brief unterstützt, kann damit eine politische Meinung \
                          oder Überzeugung zeigen. Solche Daten schützt das Recht der \
                          Europäischen Union besonders (DSGVO, Artikel 9).",
        basis_consent: "Wir verarbeiten sie, weil Sie ausdrücklich einwilligen, durch eigenes \
                        öffentliches Tun: Sie schreiben oder favorisieren und wissen, was gezeigt \
                        wird (Artikel 6 Absatz 1 Buchstabe a, Artikel 9 Absatz 2 Buchstaben a \
                        und e). Sie können die Einwilligung jederzeit so leicht widerrufen, wie \
                        Sie sie gegeben haben. Was vorher geschah, bleibt rechtmäßig.",
        basis_github: "Namen von GitHub kamen durch eigene Beiträge in die öffentliche Datei des \
                       Briefes.",
        basis_letter: "Namen im Brief haben die Verantwortlichen auf Wunsch der Genannten in seine \
                       öffentliche Datei geschrieben.",
        basis_forge: "Wer durch einen Kommentar auf einer Plattform wie GitHub oder Codeberg unterschreibt, willigt ebenso ein, durch diesen Kommentar.",
        basis_manual: "Von Hand eingetragene Namen wurden den Verantwortlichen genannt.",
        shown: "Was alle sehen",
        shown_opt_out: "Ein Text bleibt zurückgehalten, wenn Ihr Profil #nobot, #nobridge, #noindex \
                        oder #noendorse trägt.",
        shown_opt_out_likes: "Ein Favorit bleibt dann ebenfalls ohne Namen.",
        kept: "Was aufgehoben wird, und wie lange",
        while_you_sign: "Solange Sie den Brief unterstützen",
        one_day: "Höchstens einen Tag",
        while_you_follow: "Solange das Konto folgt",
        while_it_stands: "Bis es zurückgenommen wird",
        until_lifted: "Bis die Verwaltung sie aufhebt",
        for_good: "Solange es den Brief gibt",
        up_to: "Höchstdauer: {time}",
        last_deliveries: Count {
            one: "Die letzte Zustellung",
            many: "Die letzten {n} Zustellungen",
        },
        entry: RetentionWords {
            what: "Ihr Eintrag",
            note: "Konto, Name, Datum, die unterzeichnete Fassung und Ihr Text.",
        },
        pledge: RetentionWords {
            what: "Ihre Zusage",
            note: "Dass Sie sagen: „{label}“, seit wann, und der erste Link in diesem Beitrag; der Link wird erst gezeigt, wenn ihn jemand freigegeben hat. Bewahrt, solange der Beitrag und Ihre Unterschrift stehen.",
        },
        forge: RetentionWords {
            what: "Konten auf Plattformen wie GitHub",
            note: "Wenn Sie dort durch einen Kommentar unterschreiben: Adresse und Text des Kommentars, Nummer, Benutzername und Anzeigename Ihres Kontos, und seit wann es besteht. Kommentare, die nicht unterschreiben, werden nicht gespeichert.",
        },
        evidence: RetentionWords {
            what: "Nachweis",
            note: "Die signierte Nachricht, die Ihr Server uns schickte, als Beleg, dass Sie es \
                   waren. Sie wird nie veröffentlicht.",
        },
        links: RetentionWords {
            what: "Links in Ihrem Profil",
            note: "Verlinkt Ihr Profil ein Konto bei GitHub, lesen wir dessen Seite, um Sie nur \
                   einmal zu zählen, wenn es in der Liste des Briefes steht und zurückverlinkt; bei \
                   einer Organisation die Startseite ihrer Website. Gelesen wird höchstens einmal in \
                   30 Tagen; aufgehoben werden Name und Nummer des Kontos, und wann wir nachsahen.",
        },
        left: RetentionWords {
            what: "Nachdem Sie zurückgezogen haben",
            note: "Ihr Eintrag verschwindet sofort. Danach werden Name, Worte und Nachweise \
                   gelöscht. Eine Prüfsumme der Adresse Ihres Kontos bleibt, damit sich eine \
                   Entscheidung darüber und unsere eine Bestätigung nicht wiederholen; wer den \
                   Kontakt darum bittet, lässt auch sie löschen.",
        },
        taken_off: RetentionWords {
            what: "Von anderen entfernte Einträge",
            note: "Was die Verwaltung entfernt oder für ungültig erklärt hat, oder was auf seinem Server fehlte, bleibt so lange, damit ein Irrtum umkehrbar \
                   ist; dann wird es gelöscht.",
        },
        waiting: RetentionWords {
            what: "Einträge, die auf eine Entscheidung warten",
            note: "Auf keiner öffentlichen Seite. Entscheidet niemand, fallen sie weg.",
        },
        comments: RetentionWords {
            what: "Antworten, die nicht unterzeichnen",
            note: "Auf keiner öffentlichen Seite.",
        },
        late: RetentionWords {
            what: "Was nach dem Ende eintrifft",
            note: "Nicht gezählt, auf keiner öffentlichen Seite.",
        },
        rejected: RetentionWords {
            what: "Abgelehnte Einträge",
            note: "Danach bleibt nur die Entscheidung selbst, ohne Namen und Worte.",
        },
        followers: RetentionWords {
            what: "Folgende Konten",
            note: "Adresse und Posteingang, damit Neues vom Brief ankommt. Wer folgt, wird nicht \
                   veröffentlicht.",
        },
        subscribers: RetentionWords {
            what: "Wer Neuigkeiten wollte",
            note: "Dass das Konto Neuigkeiten wollte, und das Datum; und welche Nachrichten es bekam, damit sie berichtigt werden können. Niemand sonst sieht das. „{stop}“ beendet es.",
        },
        passed_on: RetentionWords {
            what: "Geteilte Beiträge und Zitate",
            note: "Dass ein Konto den Brief weitergegeben hat, nur für die Zahl; die Worte eines \
                   Zitats, das nicht unterzeichnet, werden nicht aufgehoben. Die Erlaubnis, um die \
                   Ihr Server vor einem Zitat bittet, nennt Ihren Beitrag und ist öffentlich lesbar.",
        },
        reports: RetentionWords {
            what: "Meldungen anderer Server",
            note: "Welcher Server was gemeldet hat, und seine Worte. Nur die Verwaltung sieht sie.",
        },
        blocks: RetentionWords {
            what: "Sperren",
            note: "Adresse eines gesperrten Kontos oder Name eines gesperrten Servers, und warum.",
        },
        decisions: RetentionWords {
            what: "Entscheidungen der Verwaltung",
            note: "Über welchen Eintrag, wann, von wem und warum. Einträge haben dort Nummern, keine \
                   Namen. Was zu einer Bitte von Ihnen notiert wurde, wird binnen eines Tages \
                   gelöscht.",
        },
        inbox_log: RetentionWords {
            what: "Zustellungen anderer Server",
            note: "Name des Servers, Zeit, Art der Nachricht und was daraus wurde, damit sich sagen \
                   lässt, ob Ihre ankam. Keine Namen, keine Worte, keine Netzwerkadressen.",
        },
        backups: RetentionWords {
            what: "Sicherungen",
            note: "Kopien des Gespeicherten für den Fall, dass ein Rechner ausfällt; nur die Verantwortlichen haben sie. Wer geht, steht nach dieser Zeit in keiner mehr und wird auch dann nicht wieder gezeigt, wenn eine gebraucht wird.",
        },
        anonymised: RetentionWords {
            what: "All das, wenn der Brief geschlossen ist",
            note: "Namen, Konten, Texte und signierte Anfragen aller, die unterzeichnet haben oder denen der Brief gefällt, \
                   werden endgültig gelöscht, samt dem, was dazu notiert wurde. Was zählt, bleibt ohne Namen: Tag, Fassung \
                   und Server, und Hashwerte, an denen wir Sie erkennen, wenn Sie es später zurücknehmen; das geht weiter. \
                   Wer folgt, bleibt als Folgende bekannt, wer zitieren darf, als solche, und gesperrte Konten bleiben \
                   gesperrt. Namen in der öffentlichen Datei des Briefes können wir nicht löschen.",
        },
        after_close: "bis {time} nach dem Schließen",
        never: "Was nie aufgehoben wird",
        never_private: "Beiträge nur für Folgende und Direktnachrichten: Ihr Text wird nicht \
                        gespeichert, nicht gezeigt und nicht gezählt. Wird eine Direktnachricht \
                        beantwortet, bleibt ihre Adresse mit unserer Antwort einen Tag.",
        never_address: "Netzwerkadressen und Cookies: Dieses Programm speichert keine. Gegen \
                        Überflutung zählt es Anfragen je Adresse, nur im Arbeitsspeicher. Der \
                        Webserver oder Anbieter davor kann eigene Protokolle führen; fragen Sie \
                        den Kontakt.",
        never_pictures: "Bilder, Avatare und andere Medien.",
        never_third: "Keine Seite lädt etwas von einem anderen Server, und keine enthält ein \
                      Skript.",
        never_typed: "Was Sie in das Feld zum Unterzeichnen schreiben, wird einmal bei diesem Server \
                      erfragt und nirgends aufgehoben.",
        receives: "Wer es bekommt",
        receives_everybody: "Alle: Die öffentliche Seite kann jeder Mensch auf der Welt lesen und \
                             kopieren.",
        receives_search: "Suchmaschinen sind gebeten, Namen und Texte nicht aufzunehmen.",
        receives_servers: "Die Server der Folgenden bekommen den Brief, seine Änderungen und \
                           Zahlen. Ihr eigener Server bekommt die Antworten auf Ihren Beitrag. \
                           Jeder Server kann nach den gelisteten öffentlichen Antworten fragen.",
        receives_github: "GitHub wird nach Konten gefragt, die gelistete Menschen in ihrem Profil \
                          verlinken. Es erfährt, welche das sind, und sonst nichts.",
        with_account: "Mit Ihrem Konto",
        without_account: "Ohne Ihr Konto",
        looked_again: "Alle {interval} werden Konto und Beitrag auf Ihrem Server noch einmal gelesen. \
                       Was dort zweimal im Abstand von {grace} fehlt, endet, auch wenn uns \
                       keine Nachricht davon erreicht hat.",
        unreachable: "Nicht erreichen können wir Kopien, die andere von der öffentlichen Seite \
                      gemacht haben, die Geschichte der Datei, und Sicherungen, bis sie \
                      ersetzt sind.",
        rights: "Ihre Rechte",
        rights_text: "Sie können erfragen, was über Sie gespeichert ist, es berichtigen, löschen \
                      oder sich geben lassen und widersprechen. Sie können sich bei einer \
                      Datenschutzbehörde beschweren, zum Beispiel dort, wo Sie leben.",
    },
    about: AboutWords {
        lead: "Dieser Brief ist ein Konto im Fediverse. Menschen auf Mastodon und jedem anderen \
               ActivityPub-Server können ihm folgen, ihn weitersagen, favorisieren und ihm \
               antworten. Ihre Unterstützung steht in einer Liste mit den Namen in der \
               Datei des Briefes.",
        counting: "Wie gezählt wird",
        counting_signed: "Eine Unterschrift ist ein Name in der Liste des Briefes selbst oder eine \
                          öffentliche Antwort oder Erwähnung, deren Worte unterzeichnen. Jedes \
                          Konto zählt einmal.",
        counting_liked: "Ein Konto, dem der Brief nur gefällt, wird getrennt gezählt und nie \
                         Unterschrift genannt.",
        counting_reach: "Weitersagen ist keine Unterstützung und ändert keine Zahl.",
        moderation: "Wie verwaltet wird",
        moderation_text: "Antworten, die nicht unterzeichnen, erscheinen nirgends. Die Verwaltung \
                          kann Einträge verbergen oder ablehnen und entscheidet über Namen und \
                          Texte; was sie eingetragen oder geändert hat, ist gekennzeichnet.",
        text: "Der Text",
        text_note: "Jede Unterschrift gehört zu dem Text, für den sie gegeben wurde. Der \
                    Prüfwert (SHA-256) bezeichnet diesen Text.",
        digest: "Prüfwert",
        file: "Datei",
        software: "Die Software",
        software_text: "undersigned veröffentlicht einen offenen Brief als Konto im Fediverse. Es \
                        ist freie Software: Sie dürfen sie nutzen, untersuchen, weitergeben und \
                        verbessern.",
        version: "Version",
        licence: "Lizenz",
        numbers: "Zahlen für Programme",
    },
    history: HistoryWords {
        heading: "Geschichte des Textes",
        lead: "Jeder Text, der hier stand, der neueste zuerst, und was sich geändert hat. Wer einen \
               davon unterzeichnet hat, hat diesen Text unterzeichnet; Korrekturen gelten mit.",
        current: "jetzt veröffentlicht",
        first: "Erster Text",
        typo: "Korrektur",
        overruled: "Die Verantwortlichen nennen das eine Korrektur, obwohl es mehr ändert als \
                    Tippfehler in Wörtern. Die Unterschriften wurden trotzdem übernommen.",
        substantive: "Anderer Text",
        translation_new: "Neue Übersetzung: {language}",
        translation_changed: "Geänderte Übersetzung: {language}",
        translation_gone: "Entfernte Übersetzung: {language}",
        signed: Count {
            one: "{n} hat diesen Text unterzeichnet",
            many: "{n} haben diesen Text unterzeichnet",
        },
        note: "Dazu sagen die Verantwortlichen:",
        superseded: "Dieser Text wurde ersetzt.",
        read_current: "Den Brief lesen, wie er jetzt ist",
        changes: "Was sich geändert hat",
        changes_note: "Wort für Wort, gegen die Fassung davor, wie es in der Datei des Briefes steht.",
        added: "neu:",
        removed: "weg:",
        unchanged: "unverändert",
        text: "Der ganze Text",
        earlier: "Früher",
        later: "Später",
    },
    statistics: StatisticsWords {
        lead: "Wie viele den Brief unterstützen, seit wann und von wo. Nur Zahlen, keine Namen.",
        people: "Menschen",
        together: "Die Tabellen zählen Unterschriften und Likes zusammen, und wer zwei \
                   verknüpfte Einträge hat, zweimal.",
        by_source: "Nach Quelle",
        by_server: "Nach Server",
        server: "Server",
        other_servers: Count {
            one: "{n} weiterer Server",
            many: "{n} weitere Server",
        },
        servers_note: "Server mit weniger als {n} Menschen teilen sich die letzte Zeile, damit \
                       keine Zahl jemanden nennt.",
        by_month: "Nach Monat",
        month: "Monat",
        months_note: "Wer in der Datei des Briefes unterzeichnet hat, zählt in dem Monat, in dem \
                      der Name dort zuerst gelesen wurde.",
        moderation: "Moderation in Zahlen",
        moderation_note: "Was aus allem wurde, das aus dem Fediverse kam und noch verzeichnet ist.",
        received: "Eingegangen",
        listed: "In der Liste",
        counted: "Ohne Namen gezählt",
        waiting: "In Wartestellung",
        comments: "Antworten, die nicht unterzeichnen",
        withdrawn: "Zurückgenommen",
        taken_off: "Abgelehnt oder ausgeblendet",
        late: "Zu spät",
        invalid: "Für ungültig erklärt",
        reasons: ReasonWords {
            spam: "Werbung",
            slur: "beleidigende Worte",
            impersonation: "gibt sich als jemand anderes aus",
            duplicate: "derselbe Mensch zweimal",
            request: "auf eigenen Wunsch",
            legal: "rechtliche Gründe",
            mistake: "Versehen der Verwaltung",
            other: "ein anderer Grund",
        },
    },
    api: ApiWords {
        lead: "Diese Adressen antworten allen, ohne Schlüssel, und Skripte jeder Website dürfen sie \
               lesen. Namen von Feldern sind englisch, und es kommen nur welche hinzu.",
        example: "Beispiel",
        count: "Die Zahlen der Unterstützenden.",
        letter: "Der Brief: Titel, Prüfsumme des Textes, Fassung, Zustand, Zeiten, Adressen und Zahlen.",
        supporters: "Die Liste, höchstens {n} Einträge in einer Antwort; das Feld next führt weiter.",
        whole_list: "Die ganze Liste auf einmal: als Tabelle, oder ein JSON-Objekt in jeder Zeile.",
        days: "Wie viele an jedem Tag hinzukamen, nach Quelle.",
        feeds: "Feeds mit Neuem und mit Unterstützenden (Atom).",
        badge: "Die Zahl als Bild, und für Dienste, die eines zeichnen.",
        embed: "Eine kleine Seite mit der Zahl, für Rahmen auf anderen Websites.",
        fediverse: "Der Brief und sein Konto, für Server des Fediverse (ActivityPub).",
        names: "Namen",
        names_text: "Wer geht, ist sofort von der Liste. Fragen Sie neu, bevor Sie Namen zeigen, mit dem \
                     ETag der letzten Antwort, und behalten Sie niemanden, der nicht mehr da ist.",
        limits: "Grenzen",
        limits_text: "Eine Netzwerkadresse darf in der Minute {n} Anfragen senden. RateLimit-Limit, \
                      RateLimit-Remaining und RateLimit-Reset sagen, wie viele das sind, wie viele \
                      übrig sind und in wie vielen Sekunden alle wieder da sind. Darüber ist die \
                      Antwort 429, mit Retry-After.",
    },
    nameless: NamelessWords {
        phrase: "Ich unterzeichne ohne meinen Namen",
        including: "davon {n} ohne Namen",
        offer: "Oder „{nameless}“, und nichts anderes, als Direktnachricht senden: Das zählt ohne den Namen, und nur der eigene Server, dieser Server und die Verwaltung dieses Briefs wissen, von wem es kommt.",
        taken: "Die Unterschrift zählt ohne den Namen, und der Text der Nachricht wurde nicht aufbewahrt. Der eigene Server, dieser Server und die Verwaltung dieses Briefs wissen, von wem sie kommt; sonst erfährt es niemand. Zurücknehmen: die Nachricht löschen oder mit „{withdraw}“ antworten.",
        details: "Solange sie steht, zeigt kein Favorit von Ihnen Ihren Namen, auch nichts, womit Sie vorher unterzeichnet haben; eine spätere öffentliche Antwort, die unterzeichnet, zeigt ihn. Steht Ihr Name auch in der Datei des Briefs, werden Sie zweimal gezählt, weil nichts beides verbindet.",
        kept: RetentionWords {
            what: "Eine Unterschrift ohne Namen",
            note: "Dass Ihr Konto sie gesandt hat und wann, die Adresse der Nachricht und eine Prüfsumme der Anfrage als Beleg, nicht der Text. Die Verwaltung dieses Briefs kann das sehen, die Ihres Servers auch.",
        },
        never_private: "Beiträge nur für Folgende und Direktnachrichten: Ihr Text wird nicht gespeichert und nicht gezeigt, und gezählt wird davon nur eine Direktnachricht, die ohne Namen unterzeichnet. Wird eine Direktnachricht beantwortet, bleibt ihre Adresse mit unserer Antwort einen Tag.",
    },
    home: "Zurück zum Brief",
    bad_request: ProblemWords {
        title: "Diese Anfrage war nicht zu verstehen",
        text: "Etwas in der Adresse oder im Formular ist nicht lesbar. Gehen Sie zurück, \
               berichtigen Sie es und versuchen Sie es noch einmal.",
    },
    foreign_form: ProblemWords {
        title: "Dieses Formular kam von einer anderen Seite",
        text: "Formulare nimmt diese Seite nur von sich selbst. Öffnen Sie den Brief, und beginnen Sie dort.",
    },
    not_offered: ProblemWords {
        title: "Diese Liste gibt es nicht",
        text: "Die Datei des Briefes enthält nur Namen. Favorisierungen, Texte, Namen aus dem Fediverse und von Hand \
               eingetragene stehen nicht darin und lassen sich deshalb nicht nach ihr ordnen. Ordnen Sie sie nach \
               Datum oder Namen.",
    },
    not_found: ProblemWords {
        title: "Hier ist nichts",
        text: "Keine Seite hat diese Adresse. Prüfen Sie sie auf Tippfehler, oder beginnen Sie \
               beim Brief.",
    },
    gone: ProblemWords {
        title: "Das wurde entfernt",
        text: "Was hier stand, wurde gelöscht und kommt nicht wieder. Den Verweis, der Sie \
               hierher führte, können Sie entfernen.",
    },
    retired: ProblemWords {
        title: "Diesen Brief gibt es nicht mehr",
        text: "Er wurde endgültig zurückgezogen, mit seinem Konto und mit der Liste derer, die \
               ihn unterstützt haben. Nichts wird mehr gezeigt, und niemand kann mehr \
               unterzeichnen. Fragen beantwortet der Kontakt unten.",
    },
    too_many: ProblemWords {
        title: "Zu viele Anfragen",
        text: "Aus Ihrem Netz kam in einer Minute mehr, als dieser Server beantwortet. Warten Sie \
               eine Minute und versuchen Sie es noch einmal.",
    },
    internal: ProblemWords {
        title: "Bei uns ist etwas kaputtgegangen",
        text: "Es liegt nicht an Ihnen. Versuchen Sie es in einigen Minuten wieder; bleibt es so, \
               sagen Sie es dem Kontakt.",
    },
    not_out: ProblemWords {
        title: "Dieser Brief ist noch nicht erschienen",
        text: "Er erscheint hier. Bis dahin gibt es nichts zu lesen und nichts zu unterzeichnen.",
    },
    unavailable: ProblemWords {
        title: "Überlastet oder in Arbeit",
        text: "Der Brief ist bald wieder da. Versuchen Sie es in einer Minute noch einmal.",
    },
};
