//! The title of a letter among its blocks.

use super::{
    TitleSource,
    announcement::heading_announces,
    block::{Block, BlockKind},
};

/// Most words outside of links in a line that may stand above a title.
const MAX_MOTTO_WORDS: usize = 5;

/// A title in the text.
pub(super) struct FoundTitle<'a> {
    pub(super) block: &'a Block,
    pub(super) source: TitleSource,
    /// Whether text stands before it.
    pub(super) is_deep: bool,
}

/// Finds the title: the first heading, unless the text begins with a bold paragraph and no heading of the first level
/// comes later.
pub(super) fn find<'a>(blocks: &[&'a Block]) -> Option<FoundTitle<'a>> {
    let is_title =
        |block: &&Block| !block.text.is_empty() && heading_announces(&block.text).is_none();
    let heading = blocks
        .iter()
        .position(|block| block.kind == BlockKind::Heading && is_title(block));
    let paragraph = blocks
        .iter()
        .find(|block| block.kind == BlockKind::Paragraph && !block.text.is_empty());
    let bold = paragraph.filter(|block| block.bold && is_title(block));
    if let Some((at, block)) = heading.and_then(|at| Some((at, blocks.get(at)?))) {
        let is_deep = blocks.iter().take(at).any(|block| is_prose(block));
        if !is_deep || block.level == 1 || bold.is_none() {
            return Some(FoundTitle {
                block,
                source: TitleSource::Heading,
                is_deep,
            });
        }
    }
    bold.map(|block| FoundTitle {
        block,
        source: TitleSource::Bold,
        is_deep: false,
    })
}

/// Whether a block belongs to the text, and not to the pictures, links and mottoes above a title.
fn is_prose(block: &Block) -> bool {
    block.kind != BlockKind::Heading && !block.bold && block.own_words > MAX_MOTTO_WORDS
}
