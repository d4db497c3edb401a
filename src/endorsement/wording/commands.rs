//! Commands in direct messages: [`Phrases::command`].

use super::{
    phrases::{Phrases, Section, SigningVocabulary},
    reader::SentenceReader,
    sentences::Sentence,
    tokens::{Voice, tokenise},
};
use crate::string_enum::words;

words! {
    /// What somebody can ask for in a direct message. *Withdraw* is none of these: it works in every post.
    pub enum DirectCommand {
        /// To be counted without a name.
        Hide = "hide",
        /// To be shown by name again.
        Show = "show",
        /// To hear how the signature stands.
        Status = "status",
        /// To hear which commands there are.
        Help = "help",
        /// To hear what is new.
        Updates = "updates",
        /// To hear no more.
        Stop = "stop",
    }
}

impl DirectCommand {
    /// The sections with its phrases.
    const fn sections(self) -> &'static [Section] {
        match self {
            Self::Hide => &[Section::Hide],
            Self::Show => &[Section::Show],
            Self::Status => &[Section::Status],
            Self::Help => &[Section::Help],
            Self::Updates => &[Section::Updates, Section::Posted],
            Self::Stop => &[Section::Stop],
        }
    }
}

impl Phrases {
    /// The command that a message is, in any language: one sentence of a command's phrase and neutral words, and nothing
    /// else. The phrase alone may stand in quotation marks, as we write it.
    pub fn command(&self, text: &str) -> Option<DirectCommand> {
        let tokens = tokenise(text);
        let voices = [Voice::Own, Voice::Inline].into_iter();
        let mut said = voices.map(|voice| {
            let mut sentences = Sentence::all(text, &tokens, voice);
            sentences.retain(|sentence| sentence.words() > 0);
            sentences
        });
        let sentences = said.find(|sentences| !sentences.is_empty())?;
        let [sentence] = sentences.as_slice() else {
            return None;
        };
        if sentence.mixed {
            return None;
        }
        let mut languages = self.languages.iter();
        languages.find_map(|language| command_of(sentence, language))
    }
}

/// The command of a sentence in one language.
fn command_of(sentence: &Sentence<'_>, language: &SigningVocabulary) -> Option<DirectCommand> {
    let reader = SentenceReader {
        language,
        sentence,
        warning: &[],
    };
    let (mut here, mut found) = (0, None);
    while here < sentence.len() {
        if !sentence.is_word(here) {
            here = here.saturating_add(1);
            continue;
        }
        let commands = DirectCommand::ALL.iter().filter(|_| found.is_none());
        let phrases = commands.filter_map(|command| {
            let ends = command.sections().iter();
            let end = ends
                .filter_map(|section| reader.plain(*section, here))
                .max()?;
            Some((end, *command))
        });
        if let Some((end, command)) = phrases.max_by_key(|(end, _)| *end) {
            (here, found) = (end, Some(command));
        } else {
            here = reader.plain(Section::Neutral, here)?;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_wants_news_says_so_and_who_does_not_any_more() {
        use DirectCommand::{Stop, Updates};
        let phrases = Phrases::built_in();
        for (text, expected) in [
            ("updates", Updates),
            ("Updates, please!", Updates),
            ("Keep me posted.", Updates),
            ("stop", Stop),
            ("STOP!!", Stop),
            ("Unsubscribe me", Stop),
            ("Neuigkeiten bitte", Updates),
            ("Halten Sie mich auf dem Laufenden", Updates),
            ("Stopp", Stop),
            ("tenez-moi au courant", Updates),
            ("お知らせ", Updates),
            ("停止してください", Stop),
            ("请通知我", Updates),
            ("держите меня в курсе", Updates),
        ] {
            assert_eq!(phrases.command(text), Some(expected), "{text}");
        }
        assert_eq!(phrases.command("I sign. Keep me posted."), None);
    }

    #[test]
    fn a_command_is_known_in_every_language_and_nothing_else_is_one() {
        use DirectCommand::{Help, Hide, Show, Status};
        let phrases = Phrases::built_in();
        for (text, expected) in [
            ("hide me", Hide),
            ("@letter Hide me, please!", Hide),
            ("@letter@letter.example “hide me”", Hide),
            ("don't show my name", Hide),
            ("show me", Show),
            ("Please show my name again.", Show),
            ("Status?", Status),
            ("help 🙏", Help),
            ("@letter HELP!", Help),
            ("Versteck mich bitte", Hide),
            ("zeig mich wieder", Show),
            ("Mein Status", Status),
            ("Hilfe", Help),
            ("أخفوا اسمي", Hide),
            ("أظهروا اسمي", Show),
            ("حالتي", Status),
            ("مساعدة", Help),
            ("oculta mi nombre", Hide),
            ("mostrar mi nombre", Show),
            ("estado", Status),
            ("¡ayuda!", Help),
            ("cachez-moi", Hide),
            ("montrez mon nom", Show),
            ("mon statut", Status),
            ("aide", Help),
            ("मेरा नाम छिपाएँ", Hide),
            ("मेरा नाम दिखाएँ", Show),
            ("स्थिति", Status),
            ("मदद", Help),
            ("sembunyikan nama saya", Hide),
            ("tampilkan nama saya", Show),
            ("status saya", Status),
            ("bantuan", Help),
            ("nascondi il mio nome", Hide),
            ("mostrate il mio nome", Show),
            ("il mio stato", Status),
            ("aiuto", Help),
            ("名前を隠してください", Hide),
            ("名前を表示してください", Show),
            ("状態", Status),
            ("ヘルプ", Help),
            ("이름을 숨겨주세요", Hide),
            ("이름을 보여주세요", Show),
            ("상태", Status),
            ("도움말", Help),
            ("verberg mijn naam", Hide),
            ("toon mijn naam", Show),
            ("mijn status", Status),
            ("hulp", Help),
            ("ukryj moje nazwisko", Hide),
            ("pokaż mnie", Show),
            ("mój status", Status),
            ("pomoc", Help),
            ("oculte meu nome", Hide),
            ("mostre o meu nome", Show),
            ("meu estado", Status),
            ("ajuda", Help),
            ("скройте моё имя", Hide),
            ("покажите моё имя", Show),
            ("мой статус", Status),
            ("помощь", Help),
            ("adımı gizle", Hide),
            ("beni göster", Show),
            ("durumum", Status),
            ("yardım", Help),
            ("隐藏我的名字", Hide),
            ("显示我的名字", Show),
            ("我的状态", Status),
            ("帮助", Help),
        ] {
            assert_eq!(phrases.command(text), Some(expected), "{text}");
        }
        for text in [
            "",
            "@letter",
            "withdraw",
            "I sign",
            "please",
            "hide me from her",
            "Don't hide me",
            "show me the letter",
            "hide me. show me.",
            "status help",
            "What is the status of this law?",
            "He said “hide me”",
            "I need your help",
        ] {
            assert_eq!(phrases.command(text), None, "{text}");
        }
    }
}
