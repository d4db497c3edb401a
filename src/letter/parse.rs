//! Parses the bytes of a file into a [`Letter`].
//!
//! Line ends and Unicode normalisation are made uniform before anything is read, so that the digest does not
//! depend on them.

use unicode_normalization::UnicodeNormalization;

use super::{
    Digest, LeftOut, Letter, MAX_LETTER, ParseError, ParseErrorKind, TitleSource, Warning,
    block::Block,
    front_matter, line_number, markdown, one_line,
    signatories::{self, Choice},
    title, warnings,
};

/// Reads a letter from the bytes of its file.
///
/// `signatories_heading` is the paragraph or heading before the list of signatories, for letters without a
/// known signing word (`letter.signatories_heading`). Lines that cannot be read are in [`Letter::unread`],
/// warnings in [`Letter::warnings`].
///
/// ```
/// let letter = undersigned::letter::parse(b"# A title\n\nText.\n\nSigned,\n\n- Ada\n", None)?;
/// assert_eq!((letter.title.as_str(), letter.body.as_str()), ("A title", "# A title\n\nText.\n"));
/// assert_eq!(letter.signatories.first().map(|signatory| signatory.name.as_str()), Some("Ada"));
/// # Ok::<_, undersigned::letter::ParseError>(())
/// ```
pub fn parse(bytes: &[u8], signatories_heading: Option<&str>) -> Result<Letter, ParseError> {
    let file = uniform(bytes)?;
    let file_lines: Vec<&str> = file.split('\n').collect();
    let front = front_matter::read(&file_lines)?;
    let first = front.text_from;
    let lines = file_lines.get(first..).unwrap_or_default();
    let outline = markdown::outline(&lines.join("\n"));
    let choice = signatories::choose(&outline, lines, signatories_heading);
    let not_text = not_text(&choice, lines);
    let is_text = |index: usize| !not_text.get(index).copied().unwrap_or(true);
    let blocks: Vec<&Block> = outline
        .blocks
        .iter()
        .filter(|block| is_text(block.lines.start))
        .collect();
    let kept: Vec<&str> = lines
        .iter()
        .enumerate()
        .filter(|(index, _)| is_text(*index))
        .map(|(_, line)| *line)
        .collect();
    let body = without_blank_ends(&kept);
    let mut warnings = front.warnings;
    let (title, title_source) = title(front.title, &blocks, first, &mut warnings)?;
    warnings.extend(warnings::about_markup(lines, is_text, first));
    warnings.extend(warnings::about_losses(&lines.join("\n"), first));
    warnings.extend(warnings::about_lists(
        &outline,
        &choice,
        signatories_heading,
        first,
    ));
    let notes = notes(&choice, lines, first);
    let names = signatories::read(choice.taken, lines, first);
    warnings.extend(names.warnings);
    warnings.sort_by_key(|Warning { line, .. }| *line);
    Ok(Letter {
        digest: digest(&body, &title, title_source),
        title,
        title_source,
        language: front.language,
        warning: front.warning,
        body,
        signatories: names.signatories,
        unread: names.unread,
        notes,
        warnings,
    })
}

/// The notes among the names, as they are in the file. A line that holds several is given once.
fn notes(choice: &Choice, lines: &[&str], first: usize) -> Vec<LeftOut> {
    let mut given = 0;
    let notes = choice.notes.iter().map(|range| {
        let from = range.start.max(given);
        given = range.end.max(given);
        LeftOut {
            line: line_number(first + from),
            text: without_blank_ends(lines.get(from..range.end).unwrap_or_default())
                .trim_end()
                .to_owned(),
        }
    });
    notes.filter(|note| !note.text.is_empty()).collect()
}

/// The file as text: no BOM, LF line ends, NFC, no trailing blanks except the two that break a line.
pub(super) fn uniform(bytes: &[u8]) -> Result<String, ParseError> {
    if bytes.len() > MAX_LETTER {
        return Err(ParseError {
            line: 1,
            kind: ParseErrorKind::TooLarge,
        });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
        ParseError {
            line: line_of_end(valid),
            kind: ParseErrorKind::NotUtf8(error),
        }
    })?;
    if let Some((before, _)) = text.split_once('\0') {
        return Err(ParseError {
            line: line_of_end(before.as_bytes()),
            kind: ParseErrorKind::Nul,
        });
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text: String = text
        .replace("\r\n", "\n")
        .replace('\r', "\n")
        .nfc()
        .collect();
    let lines = text.split('\n').map(|line| match line.trim_end() {
        "" => String::new(),
        said if line.ends_with("  ") => format!("{said}  "),
        said => said.to_owned(),
    });
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

/// The number of the line in which these bytes end; LF, CR LF and CR are line ends.
fn line_of_end(bytes: &[u8]) -> u32 {
    let following = bytes.iter().skip(1).map(Some).chain([None]);
    let ends = bytes
        .iter()
        .zip(following)
        .filter(|(byte, next)| **byte == b'\n' || (**byte == b'\r' && *next != Some(&b'\n')));
    line_number(ends.count())
}

/// For every line whether it is outside the text. Blank lines between two such lines are outside too, so that
/// another section of names does not change the text.
fn not_text(choice: &Choice, lines: &[&str]) -> Vec<bool> {
    let mut not_text = vec![false; lines.len()];
    let mut ranges: Vec<_> = choice.not_text.clone();
    ranges.sort_by_key(|range| range.start);
    let mut end = None;
    for range in ranges {
        let gap = end.unwrap_or(range.start)..range.start;
        let blank = lines
            .iter()
            .skip(gap.start)
            .take(gap.len())
            .all(|line| line.trim().is_empty() || is_comment(line));
        let from = if blank {
            gap.start.min(range.start)
        } else {
            range.start
        };
        end = end.max(Some(range.end));
        for flag in not_text.iter_mut().take(range.end).skip(from) {
            *flag = true;
        }
    }
    not_text
}

/// Whether a line is a comment in the form of a link definition: `[//]: # (…)`.
fn is_comment(line: &str) -> bool {
    line.starts_with('[') && line.contains("]: #") && !line.contains("]: #!")
}

/// The lines as one text without leading or trailing blank lines, one LF at the end.
pub(super) fn without_blank_ends(lines: &[&str]) -> String {
    let is_said = |line: &&str| !line.trim().is_empty();
    let Some(start) = lines.iter().position(is_said) else {
        return String::new();
    };
    let end = lines.iter().rposition(is_said).map_or(0, |last| last + 1);
    lines.get(start..end).unwrap_or_default().join("\n") + "\n"
}

/// The title as plain text, and where it was found.
fn title(
    front_matter: Option<String>,
    blocks: &[&Block],
    first: usize,
    warnings: &mut Vec<Warning>,
) -> Result<(String, TitleSource), ParseError> {
    let Some(said) = blocks.iter().find(|block| !block.text.is_empty()) else {
        return Err(ParseError {
            line: line_number(first),
            kind: ParseErrorKind::Empty,
        });
    };
    if let Some(title) = front_matter {
        return Ok((title, TitleSource::FrontMatter));
    }
    let Some(found) = title::find(blocks) else {
        return Err(ParseError {
            line: line_number(first + said.lines.start),
            kind: ParseErrorKind::NoTitle,
        });
    };
    let title = one_line(&found.block.text);
    if found.is_deep {
        warnings.push(Warning {
            line: line_number(first + found.block.lines.start),
            text: format!(
                "the heading \"{title}\" became the title, although text stands before it; put the title first, or write \
                 it as `title:` in the front matter"
            ),
        });
    }
    Ok((title, found.source))
}

/// The digest of the text, with the title before it if that comes from the front matter.
fn digest(body: &str, title: &str, source: TitleSource) -> Digest {
    let lines: Vec<&str> = body.lines().map(str::trim_end).collect();
    let text = without_blank_ends(&lines);
    match source {
        TitleSource::FrontMatter => Digest::of(&format!("{title}\n\n{text}")),
        TitleSource::Heading | TitleSource::Bold => Digest::of(&text),
    }
}
