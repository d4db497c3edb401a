//! Drawing: an SVG to PNG by resvg, with two fonts that are compiled in and those of the system.

use std::sync::{Arc, LazyLock};

use axum::body::Bytes;
use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{self, Options, Tree, fontdb},
};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::hash::Sha256;

/// The fonts, read at the first picture.
static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(include_bytes!("assets/fonts/DejaVuSerif-Bold.ttf").to_vec());
    fonts.load_font_data(include_bytes!("assets/fonts/DejaVuSans.ttf").to_vec());
    fonts.load_system_fonts();
    Arc::new(fonts)
});

/// The picture that was drawn last, and the hash of what it is about: it changes less often than pages do, and takes
/// longer to draw.
#[derive(Debug, Default)]
pub struct LastDrawn(Arc<Mutex<Option<(Sha256, Bytes)>>>);

impl LastDrawn {
    /// The picture of what `make` gives as SVG, unless the last one was about the same.
    ///
    /// One is drawn at a time, and to its end: whoever goes away meanwhile leaves it to the next one who asks.
    ///
    /// # Errors
    /// The SVG cannot be made or drawn.
    pub async fn png(
        &self,
        about: &str,
        make: impl FnOnce() -> Result<String, DrawError> + Send + 'static,
    ) -> Result<Bytes, DrawError> {
        let hash = Sha256::of(about);
        let last = Arc::clone(&self.0).lock_owned().await;
        let drawing = tokio::task::spawn_blocking(move || draw_anew(last, hash, make));
        drawing.await?
    }
}

/// The picture that was drawn last if it is about the same, else one that is drawn now.
fn draw_anew(
    mut last: OwnedMutexGuard<Option<(Sha256, Bytes)>>,
    about: Sha256,
    make: impl FnOnce() -> Result<String, DrawError>,
) -> Result<Bytes, DrawError> {
    if let Some((_, png)) = last.as_ref().filter(|(of, _)| *of == about) {
        return Ok(png.clone());
    }
    let png = draw(&make()?)?;
    *last = Some((about, png.clone()));
    drop(last);
    Ok(png)
}

/// Why a picture cannot be drawn.
#[derive(Debug, thiserror::Error)]
pub enum DrawError {
    /// The template failed.
    #[error("the picture's SVG cannot be filled in")]
    Template(#[from] askama::Error),
    /// The template gave no valid SVG.
    #[error("the picture's SVG cannot be read")]
    Svg(#[from] usvg::Error),
    /// The thread that drew panicked.
    #[error("drawing the picture panicked")]
    Panicked(#[from] tokio::task::JoinError),
    /// There is no memory for so many pixels, or the pixels make no PNG.
    #[error("the picture cannot be encoded")]
    Encoding,
}

/// The SVG, laid out.
///
/// # Errors
/// It is no valid SVG.
pub fn parse(svg: &str) -> Result<Tree, usvg::Error> {
    let options = Options {
        fontdb: Arc::clone(&FONTS),
        ..Options::default()
    };
    Tree::from_str(svg, &options)
}

/// The PNG of an SVG, in its own size.
///
/// # Errors
/// It cannot be drawn.
pub fn draw(svg: &str) -> Result<Bytes, DrawError> {
    let tree = parse(svg)?;
    let size = tree.size().to_int_size();
    let mut pixels = Pixmap::new(size.width(), size.height()).ok_or(DrawError::Encoding)?;
    resvg::render(&tree, Transform::default(), &mut pixels.as_mut());
    let png = pixels.encode_png();
    png.map(Bytes::from).map_err(|_error| DrawError::Encoding)
}
