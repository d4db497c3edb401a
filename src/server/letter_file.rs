//! The letter's file, read with the pictures and the translations beside it.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    io::{ErrorKind, Read as _},
    path::{Component, Path, PathBuf},
};

use anyhow::Context as _;

use crate::{
    letter::{
        self, Letter, LetterPicture, MAX_LETTER, MAX_PICTURE, ParseError, PictureName, Warning,
        images, language_tag, translation_part, with_addresses,
    },
    register::letter::translations::Translation,
    text::percent_decoded,
};

/// A letter, and what has to be stored with it.
#[derive(Debug)]
pub(crate) struct LetterFile {
    /// The file, with the addresses of its pictures as they are signed.
    pub(crate) source: String,
    /// The letter. Its warnings name the pictures that are lost.
    pub(crate) letter: Letter,
    /// The pictures of its text.
    pub(crate) pictures: Vec<LetterPicture>,
}

/// Reads a letter. A picture of its text is taken from `folder`, that of the file, if it is a PNG, JPEG or WebP of at
/// most [`MAX_PICTURE`] bytes that lies there itself: nothing above the folder is read, and no symbolic link is
/// followed. Without a folder (the file was read from elsewhere), and for any other address, the picture is lost, and a
/// warning says so.
///
/// # Errors
/// Those of [`letter::parse`].
pub(crate) fn read_letter(
    file: &[u8],
    heading: Option<&str>,
    folder: Option<&Path>,
) -> Result<LetterFile, ParseError> {
    let mut letter = letter::parse(file, heading)?;
    let mut source = String::from_utf8_lossy(file).into_owned();
    // What stands among the names is no picture of the text.
    let named: HashSet<String> = (images(&letter.body).into_iter())
        .map(|image| image.address)
        .collect();
    if named.is_empty() {
        return Ok(LetterFile {
            source,
            letter,
            pictures: Vec::new(),
        });
    }
    let loaded: HashMap<String, Result<LetterPicture, String>> = named
        .into_iter()
        .map(|address| {
            let picture = load(folder, &address);
            (address, picture)
        })
        .collect();
    let lost = images(&source).into_iter().filter_map(|image| {
        let why = loaded.get(&image.address)?.as_ref().err()?;
        Some(Warning {
            line: image.line,
            text: format!("the picture {} is lost: {why}", image.address),
        })
    });
    let lost: Vec<Warning> = lost.collect();
    source = with_addresses(&source, |image| {
        let picture = loaded.get(&image.address)?.as_ref().ok()?;
        Some(picture.name.address())
    });
    letter = letter::parse(source.as_bytes(), heading)?;
    letter.warnings.extend(lost);
    letter.warnings.sort_by_key(|warning| warning.line);
    Ok(LetterFile {
        source,
        letter,
        pictures: loaded.into_values().filter_map(Result::ok).collect(),
    })
}

/// Reads the translations beside the letter's file, `letter.de.md` beside `letter.md`, by language. `letter_language` is
/// the letter's own. Returns them with a sentence for each file that looks like one and is none.
///
/// # Errors
/// A file that cannot be read as a letter, one whose front matter names another language than its name, or two of one
/// language, the letter's own included: each names the file. The first two are sentences where the name has a code of
/// more than two letters.
pub(crate) fn read_translations(
    file: &Path,
    heading: Option<&str>,
    letter_language: &str,
) -> anyhow::Result<(Vec<Translation>, Vec<String>)> {
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let Some(name) = file.file_name().and_then(|name| name.to_str()) else {
        return Ok((Vec::new(), Vec::new()));
    };
    let unreadable = || format!("cannot read the folder {}", folder.display());
    let mut files = Vec::new();
    for entry in folder.read_dir().with_context(unreadable)? {
        // What is not Unicode is named after no language.
        if let Ok(file) = entry.with_context(unreadable)?.file_name().into_string() {
            files.push(file);
        }
    }
    files.sort();
    let mut translations: Vec<Translation> = Vec::new();
    let mut warnings = Vec::new();
    for file in files {
        let Some(part) = translation_part(name, &file) else {
            continue;
        };
        let Some(language) = language_tag(part) else {
            warnings.push(format!(
                "{file} is not published as a translation: \"{part}\" is no language tag such as de or pt-BR"
            ));
            continue;
        };
        let read = read_file(&folder.join(&file))
            .and_then(|bytes| Ok(read_letter(&bytes, heading, Some(folder))?));
        // `bak`, `new` and `old` are codes of languages, too: what does not state such a language is something else.
        let may_be_something_else = language
            .split('-')
            .next()
            .is_some_and(|code| code.len() > 2);
        let read = match read {
            Ok(read) => read,
            Err(error) if may_be_something_else => {
                warnings.push(format!(
                    "{file} is not published as a translation: {error:#}"
                ));
                continue;
            }
            Err(error) => return Err(error.context(file)),
        };
        let stated = read.letter.language.as_deref();
        let is_stated = stated.is_some_and(|tag| tag.eq_ignore_ascii_case(&language));
        if may_be_something_else && !is_stated {
            warnings.push(format!(
                "{file} is not published as a translation; if it is one, write `lang: {language}` in its front matter"
            ));
            continue;
        }
        if let Some(tag) = stated.filter(|_| !is_stated) {
            anyhow::bail!(
                "{file}: its front matter says `lang: {tag}`, its name says {language}; make them the same"
            );
        }
        if language.eq_ignore_ascii_case(letter_language) {
            anyhow::bail!(
                "{file} is in {language}, the language of the letter itself; remove or rename it, or set the letter's `lang`"
            );
        }
        if let Some(other) = translations.iter().find(|other| other.language == language) {
            anyhow::bail!(
                "{} and {file} are both in {language}; remove one",
                other.file
            );
        }
        translations.push(Translation {
            language,
            file,
            letter: read.letter,
            source: read.source,
            pictures: read.pictures,
        });
    }
    translations.sort_by(|one, other| one.language.cmp(&other.language));
    Ok((translations, warnings))
}

/// The bytes of a translation's file, one more than a letter may have at most.
fn read_file(path: &Path) -> anyhow::Result<Vec<u8>> {
    let read = || {
        let most = u64::try_from(MAX_LETTER).unwrap_or(u64::MAX);
        let mut bytes = Vec::new();
        let file = std::fs::File::open(path)?;
        file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
        std::io::Result::Ok(bytes)
    };
    read().with_context(|| format!("cannot read {}", path.display()))
}

/// The files beside a letter's that are published with it: its translations, and the pictures of all of them.
///
/// # Errors
/// The folder or one of the letters cannot be read.
pub(crate) fn files_beside(file: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let name = file.file_name().and_then(|name| name.to_str());
    let unreadable = || format!("cannot read the folder {}", folder.display());
    let mut letters = vec![file.to_path_buf()];
    for entry in folder.read_dir().with_context(unreadable)? {
        let other = entry.with_context(unreadable)?.file_name();
        let part = name
            .zip(other.to_str())
            .and_then(|(name, other)| translation_part(name, other));
        if part.and_then(language_tag).is_some() {
            // As the letter's own path is written, so that what lies beside it has the same beginning.
            letters.push(file.with_file_name(other));
        }
    }
    let mut beside = BTreeSet::new();
    for letter in &letters {
        let text = read_file(letter)?;
        for image in images(&String::from_utf8_lossy(&text)) {
            if let Ok(picture) = path_of(folder, &image.address) {
                let inside = picture.strip_prefix(folder).unwrap_or(&picture);
                beside.insert(file.with_file_name(inside));
            }
        }
    }
    beside.extend(letters.into_iter().filter(|letter| letter != file));
    Ok(beside.into_iter().collect())
}

/// Reads a picture, or says why it cannot be taken.
fn load(folder: Option<&Path>, address: &str) -> Result<LetterPicture, String> {
    if url::Url::parse(address).is_ok() || address.starts_with("//") {
        return Err(
            "it is not in the letter's own folder, and no page loads anything from elsewhere"
                .to_owned(),
        );
    }
    let Some(folder) = folder else {
        return Err(
            "only the file at letter.source_url is read, not what lies beside it".to_owned(),
        );
    };
    let file = path_of(folder, address)?;
    let most = u64::try_from(MAX_PICTURE).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    std::fs::File::open(&file)
        .and_then(|opened| opened.take(most.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(|error| format!("it cannot be read: {error}"))?;
    if bytes.len() > MAX_PICTURE {
        return Err("it has more than 2 MiB".to_owned());
    }
    let name = PictureName::of(&bytes).ok_or("it is no PNG, JPEG or WebP")?;
    Ok(LetterPicture { name, bytes })
}

/// The path of a picture in the letter's folder, or why it cannot be taken.
fn path_of(folder: &Path, address: &str) -> Result<PathBuf, String> {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let path = percent_decoded(path);
    let mut file = folder.to_path_buf();
    for component in Path::new(&path).components() {
        match component {
            Component::CurDir => continue,
            Component::Normal(name) => file.push(name),
            Component::Prefix(_) | Component::RootDir | Component::ParentDir => {
                return Err("it is not in the letter's own folder".to_owned());
            }
        }
        let about = std::fs::symlink_metadata(&file);
        match about {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err("there is no such file".to_owned());
            }
            Err(error) => return Err(format!("it cannot be read: {error}")),
            Ok(about) if about.is_symlink() => {
                return Err("symbolic links are not followed".to_owned());
            }
            Ok(_) => {}
        }
    }
    let is_file = std::fs::symlink_metadata(&file).is_ok_and(|about| about.is_file());
    if is_file {
        Ok(file)
    } else {
        Err("it is no file".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";

    #[test]
    fn pictures_are_taken_from_the_letters_own_folder_alone() {
        let outside = tempfile::tempdir().unwrap();
        let folder = outside.path().join("letter");
        std::fs::create_dir_all(folder.join("sub dir")).unwrap();
        let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).unwrap();
        write("a.png", PNG);
        write("sub dir/b.jpg", b"\xff\xd8\xff\xe0");
        write("text.png", b"text");
        write("large.png", &[PNG, &vec![0; MAX_PICTURE]].concat());
        write(
            "full.png",
            &[PNG, &vec![0; MAX_PICTURE - PNG.len()]].concat(),
        );
        std::fs::write(outside.path().join("out.png"), PNG).unwrap();
        std::os::unix::fs::symlink(folder.join("a.png"), folder.join("link.png")).unwrap();
        std::os::unix::fs::symlink(outside.path(), folder.join("up")).unwrap();
        let absolute = folder.join("a.png").display().to_string();
        let table = [
            ("a.png", Ok("png")),
            ("./a.png?raw=true", Ok("png")),
            ("sub%20dir/b.jpg", Ok("jpg")),
            ("full.png", Ok("png")),
            ("large.png", Err("it has more than 2 MiB")),
            ("text.png", Err("it is no PNG, JPEG or WebP")),
            ("no.png", Err("there is no such file")),
            ("sub%20dir", Err("it is no file")),
            ("link.png", Err("symbolic links are not followed")),
            ("up/out.png", Err("symbolic links are not followed")),
            ("../out.png", Err("it is not in the letter's own folder")),
            (
                "%2e%2e/out.png",
                Err("it is not in the letter's own folder"),
            ),
            (
                "sub%20dir/../../out.png",
                Err("it is not in the letter's own folder"),
            ),
            (&absolute, Err("it is not in the letter's own folder")),
        ];
        for (address, expected) in table {
            let found = load(Some(&folder), address);
            let ending = found
                .as_ref()
                .map(|picture| picture.name.as_str().rsplit('.').next().unwrap())
                .map_err(String::as_str);
            assert_eq!(ending, expected, "{address}");
        }
        for remote in [
            "https://x.example/a.png",
            "//x.example/a.png",
            "data:image/png;base64,",
        ] {
            assert!(
                load(Some(&folder), remote)
                    .unwrap_err()
                    .contains("elsewhere"),
                "{remote}"
            );
        }
        assert!(
            load(None, "a.png")
                .unwrap_err()
                .contains("letter.source_url")
        );
    }

    #[test]
    fn the_pictures_of_the_text_are_taken_and_those_of_the_list_are_not() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.png", "ada.png"] {
            std::fs::write(folder.path().join(name), [PNG, name.as_bytes()].concat()).unwrap();
        }
        let file = "# T\r\n\r\n![Us](a.png) ![gone](no.png)\r\n\r\nSigned,\r\n\r\n- ![Ada](ada.png) Ada\r\n";
        let read = |folder| read_letter(file.as_bytes(), None, folder).unwrap();
        let taken = read(Some(folder.path()));
        assert_eq!(taken.pictures.len(), 1);
        let address = taken.pictures.first().unwrap().name.address();
        assert!(
            taken
                .source
                .contains(&format!("![Us]({address}) ![gone](no.png)\r\n"))
        );
        assert!(taken.letter.body.contains(&address));
        let warned = |read: &LetterFile| {
            let warnings = read.letter.warnings.iter();
            warnings
                .map(|warning| format!("{}: {}", warning.line, warning.text))
                .filter(|warning| warning.contains("is lost"))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            warned(&taken),
            ["3: the picture no.png is lost: there is no such file"]
        );
        let again = letter::parse(taken.source.as_bytes(), None).unwrap();
        assert_eq!(again.digest, taken.letter.digest);
        let from_afar = read(None);
        assert_eq!(
            (from_afar.source.as_str(), from_afar.pictures.len()),
            (file, 0)
        );
        assert_eq!(warned(&from_afar).len(), 2);
    }
}
