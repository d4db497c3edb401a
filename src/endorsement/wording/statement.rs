//! The words that are left when those that sign are taken out.

use super::tokens::{Border, Span, Token, TokenKind};

/// The end of the mentions at the beginning of the text.
pub(super) fn after_mentions(tokens: &[Token]) -> usize {
    tokens
        .iter()
        .take_while(|token| {
            matches!(
                token.kind,
                TokenKind::Mention
                    | TokenKind::Emoji(_)
                    | TokenKind::Mark(Border::Clause | Border::Sentence)
            )
        })
        .filter(|token| token.kind == TokenKind::Mention)
        .last()
        .map_or(0, |token| token.span.end)
}

/// `text` from `start` on without `parts`, and without the marks that only those needed.
pub(super) fn without(text: &str, start: usize, mut parts: Vec<Span>) -> String {
    parts.sort_by_key(|part| part.start);
    let mut left = String::new();
    let mut at = start;
    let end_of_text = Span {
        start: text.len(),
        end: text.len(),
    };
    for part in parts.into_iter().chain([end_of_text]) {
        let piece = Span {
            start: at,
            end: part.start.max(at),
        }
        .of(text);
        append(&mut left, piece);
        at = at.max(part.end);
    }
    tidy(&left)
}

/// Appends text from before, between or after removed parts.
fn append(left: &mut String, piece: &str) {
    let rest = piece.trim_start();
    let gap = piece.strip_suffix(rest).unwrap_or_default();
    let kept = rest.trim_end();
    let lines = |text: &str| text.chars().filter(|c| *c == '\n').count();
    // Of the line ends before and after a removed part, the greater number stays.
    let ended = left.len().saturating_sub(left.trim_end_matches('\n').len());
    left.push_str(&"\n".repeat(lines(gap).saturating_sub(ended)));
    if !left.is_empty() && !left.ends_with('\n') {
        left.push(' ');
    }
    left.push_str(kept);
    left.push_str(&"\n".repeat(lines(rest).saturating_sub(lines(kept))));
}

/// Removes blanks at the ends of lines, and all but one of several empty lines.
pub(super) fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    let mut empty = 0_usize;
    for line in text.lines().map(str::trim) {
        if line.is_empty() {
            empty = empty.saturating_add(1);
            continue;
        }
        if !tidied.is_empty() {
            tidied.push_str(if empty > 0 { "\n\n" } else { "\n" });
        }
        empty = 0;
        let is_first = tidied.is_empty();
        tidied.push_str(if is_first { without_marks(line) } else { line });
    }
    tidied
}

/// `line` without the marks after a mention at its beginning; a colon may also begin a custom emoji.
fn without_marks(line: &str) -> &str {
    let rest = line.trim_start_matches([',', ';', '-', '–', '—', ' ']);
    match rest.strip_prefix(':') {
        Some(after) if after.starts_with(char::is_whitespace) => after.trim_start(),
        _ => rest,
    }
}
