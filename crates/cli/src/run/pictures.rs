//! Pictures of the pages that a report's findings point at, for who reads the report.
//!
//! Called by `run`, which alone has both the analysis and the files. A page that can't be drawn has no picture, which
//! fails nothing: the report says where to look, too. Files are read as the workers read them, in children with limits.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use docmill_contract::analysis::Analysis;
use docmill_contract::identity::DocumentId;
use docmill_contract::pages::PageSelection;
use docmill_pdf::Limits;
use docmill_reader::{ReaderError, ReaderSettings, Readers};
use docmill_report::{PagePicture, Pictures};

use super::inputs::Input;
use crate::arguments::RunArguments;

/// A4 at 94 dpi: small type can be read, and a page stays near 75 KB.
const LONGEST_SIDE_PIXELS: u32 = 1_100;
/// How long a person waits for pictures in addition; those that are there by then are shown.
const TIME_MAX: Duration = Duration::from_secs(20);
/// As the workers' default.
const MEMORY_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;

/// Draws what the findings point at, as far as this run has the files.
pub(crate) async fn draw(arguments: &RunArguments, inputs: &[Input], analysis: &Analysis) -> Pictures {
    let mut pictures = Pictures::default();
    let mut pages: BTreeMap<DocumentId, Vec<u32>> = BTreeMap::new();
    for (document, page) in Pictures::wanted(analysis) {
        pages.entry(document).or_default().push(page);
    }
    let (Ok(program), false) = (std::env::current_exe(), pages.is_empty()) else { return pictures };
    let readers = Readers::new(
        program,
        ReaderSettings {
            readers: NonZeroUsize::MIN,
            memory_bytes_max: MEMORY_BYTES_MAX,
            documents_per_child: u32::MAX,
            fallback_font: arguments.fallback_font.clone(),
            limits: Limits::default(),
        },
    );
    let files: HashMap<&DocumentId, &Path> =
        inputs.iter().map(|input| (&input.document, input.path.as_path())).collect();
    let password = password(arguments);
    let all = async {
        for (document, pages) in pages {
            let Some(file) = files.get(&document) else { continue };
            // A document that can't be read is among the findings already.
            if let Ok(drawn) = draw_document(&readers, file, password.as_deref(), &pages).await {
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

/// The file that `--passwords` and `--password-secret` name, as the workers read it.
fn password(arguments: &RunArguments) -> Option<String> {
    let file = arguments.passwords.as_ref()?.join(arguments.password_secret.as_ref()?);
    Some(std::fs::read_to_string(file).ok()?.trim_end_matches(['\r', '\n']).to_owned())
}

async fn draw_document(
    readers: &Readers,
    file: &Path,
    password: Option<&str>,
    pages: &[u32],
) -> Result<Vec<(u32, PagePicture)>, ReaderError> {
    let bytes = Bytes::from(std::fs::read(file).map_err(ReaderError::Unavailable)?);
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
