//! The pages about what changed, in German.

use crate::http::words::{Count, HistoryWords};

pub(super) const WORDS: HistoryWords = HistoryWords {
    heading: "Geschichte des Textes",
    lead: "Jeder Text, der hier stand, der neueste zuerst, und was sich geändert hat. Wer einen \
           davon unterzeichnet hat, hat diesen Text unterzeichnet; Korrekturen gelten mit.",
    current: "jetzt veröffentlicht",
    first: "Erster Text",
    typo: "Korrektur",
    substantive: "Anderer Text",
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
};
