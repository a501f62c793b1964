//! Pictures of the pages that a report's findings point at, for who reads the report.
//!
//! Called by `run`, which has the files, and by `report`, which has the object store. A page that can't be drawn has no
//! picture, which fails nothing: the report says where to look, too. PDFs are read as the workers read them, in
//! children with limits.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use docmill_contract::analysis::Analysis;
use docmill_contract::identity::DocumentId;
use docmill_contract::pages::PageSelection;
use docmill_reader::{ReaderError, ReaderSettings, Readers};
use docmill_report::{PagePicture, Pictures};

/// A4 at 94 dpi: small type can be read, and a page stays near 75 KB.
const LONGEST_SIDE_PIXELS: u32 = 1_100;
/// How long a person waits for pictures in addition; those that are there by then are shown.
const TIME_MAX: Duration = Duration::from_secs(20);

/// What pages are drawn with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Drawing {
    /// A font for text that brings none of its own.
    pub(crate) fallback_font: Option<PathBuf>,
    /// Opens the PDFs that are encrypted.
    pub(crate) password: Option<String>,
}

/// Draws what the findings point at, as far as `pdf` has the documents.
pub(crate) async fn draw(
    analysis: &Analysis,
    drawing: Drawing,
    pdf: impl AsyncFn(&DocumentId) -> Option<Bytes>,
) -> Pictures {
    let mut pictures = Pictures::default();
    let mut pages: BTreeMap<DocumentId, Vec<u32>> = BTreeMap::new();
    for (document, page) in Pictures::wanted(analysis) {
        pages.entry(document).or_default().push(page);
    }
    let (Ok(program), false) = (std::env::current_exe(), pages.is_empty()) else { return pictures };
    let readers = Readers::new(program, ReaderSettings::of_one(drawing.fallback_font));
    let all = async {
        for (document, pages) in pages {
            let Some(bytes) = pdf(&document).await else { continue };
            // A document that can't be read is among the findings already.
            if let Ok(drawn) = draw_document(&readers, bytes, drawing.password.as_deref(), &pages).await {
                for (page, picture) in drawn {
                    pictures.add(document.clone(), page, picture);
                }
            }
        }
    };
    // Whether all were drawn or time was up, the report is written with those there are.
    drop(tokio::time::timeout(TIME_MAX, all).await);
    readers.close().await;
    pictures
}

async fn draw_document(
    readers: &Readers,
    bytes: Bytes,
    password: Option<&str>,
    pages: &[u32],
) -> Result<Vec<(u32, PagePicture)>, ReaderError> {
    let password = password.map(str::to_owned);
    let selection: Vec<String> = pages.iter().map(u32::to_string).collect();
    // Numbers from 1, which a selection always is made of; read all pages if not.
    let selection: PageSelection = selection.join(",").parse().unwrap_or_default();
    // The pages' sizes in points are what boxes are measured by.
    let document = readers.read(bytes.clone(), password.clone(), selection).await?;
    let mut drawn = Vec::new();
    for page in document.pages.iter().filter(|page| pages.contains(&page.number)) {
        let only = vec![page.number];
        let images = readers.render(bytes.clone(), password.clone(), only, LONGEST_SIDE_PIXELS, None).await?;
        drawn.extend(images.into_iter().map(|image| {
            let picture =
                PagePicture { bytes: image.bytes, width_points: page.width, height_points: page.height };
            (page.number, picture)
        }));
    }
    Ok(drawn)
}
