//! Which files beside the letter's are translations: `letter.de.md` beside `letter.md`.

use std::path::Path;

/// The language codes of two letters (ISO 639-1), in alphabetical order.
const TWO_LETTERS: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy \
                           da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu \
                           hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb \
                           lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om \
                           or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw \
                           ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

/// The most bytes of a language tag, as in the front matter.
const MAX_TAG: usize = 35;

/// The middle of a file's name if it is the letter's with something before its ending: `de` of `letter.de.md`.
#[must_use]
pub fn translation_part<'a>(letter: &str, file: &'a str) -> Option<&'a str> {
    let path = Path::new(letter);
    let (stem, ending) = (path.file_stem()?.to_str()?, path.extension()?.to_str()?);
    let rest = file.strip_prefix(stem)?.strip_prefix('.')?;
    rest.strip_suffix(ending)?
        .strip_suffix('.')
        .filter(|part| !part.is_empty())
}

/// A language tag (BCP 47) in its usual form, such as `de`, `pt-BR` or `zh-Hant`; `None` for what is none.
///
/// Languages are known by two letters (ISO 639-1), or by any three, because those are too many to list.
#[must_use]
pub fn language_tag(text: &str) -> Option<String> {
    let mut parts = text.split('-');
    let language = parts.next()?.to_ascii_lowercase();
    let is_known = match language.len() {
        2 => TWO_LETTERS.split(' ').any(|code| code == language),
        3 => language.bytes().all(|byte| byte.is_ascii_lowercase()),
        _ => false,
    };
    if !is_known || text.len() > MAX_TAG {
        return None;
    }
    let mut tag = language;
    for part in parts {
        let letters = part.bytes().all(|byte| byte.is_ascii_alphabetic());
        let digits = part.bytes().all(|byte| byte.is_ascii_digit());
        let part = part.to_ascii_lowercase();
        tag.push('-');
        match (part.len(), letters, digits) {
            (2, true, _) => tag.push_str(&part.to_ascii_uppercase()),
            (3, _, true) => tag.push_str(&part),
            (4, true, _) => {
                let (first, rest) = part.split_at(1);
                tag.push_str(&first.to_ascii_uppercase());
                tag.push_str(rest);
            }
            (4..=8, ..) if part.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                tag.push_str(&part);
            }
            _ => return None,
        }
    }
    Some(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_translation_has_the_letters_name_with_its_language_in_it() {
        for (letter, file, part) in [
            ("letter.md", "letter.de.md", Some("de")),
            ("letter.md", "letter.pt-BR.md", Some("pt-BR")),
            ("letter.md", "letter.de.old.md", Some("de.old")),
            ("letter.md", "letter.md", None),
            ("letter.md", "letter..md", None),
            ("letter.md", "letter.de.md~", None),
            ("letter.md", "letters.de.md", None),
            ("letter.md", "letter.de.txt", None),
            ("open.letter.md", "open.letter.de.md", Some("de")),
            ("letter", "letter.de", None),
        ] {
            assert_eq!(translation_part(letter, file), part, "{letter} {file}");
        }
    }

    #[test]
    fn a_language_has_a_code_of_two_or_three_letters() {
        for (text, tag) in [
            ("de", Some("de")),
            ("DE", Some("de")),
            ("pt-br", Some("pt-BR")),
            ("zh-hant-tw", Some("zh-Hant-TW")),
            ("es-419", Some("es-419")),
            ("sl-rozaj", Some("sl-rozaj")),
            ("de-1996", Some("de-1996")),
            ("gsw", Some("gsw")),
            ("xx", None),
            ("v2", None),
            ("backup", None),
            ("de.old", None),
            ("de_AT", None),
            ("de-", None),
            ("d", None),
            ("", None),
            ("dé", None),
            ("de-abcdefgh-abcdefgh-abcdefgh-abcdefg", None),
        ] {
            assert_eq!(language_tag(text).as_deref(), tag, "{text}");
        }
    }
}
