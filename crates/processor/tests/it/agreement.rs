//! A child and the reader in process give the same answer: the protocol loses nothing, confinement changes nothing.

use std::path::Path;

use docmill_contract::pages::PageSelection;
use docmill_pdf::{ImageFormat, Limits, ReadError};
use docmill_reader::ReaderError;

use crate::readers::{real, settings};

/// What the document is refused for; nothing else may go wrong.
#[track_caller]
fn refused(error: ReaderError) -> ReadError {
    match error {
        ReaderError::Refused(error) => error,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_child_answers_as_the_reader_does() {
    let readers = real(settings());
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples");
    let mut files = 0;
    for folder in ["invoice", "bank-statement"] {
        for entry in std::fs::read_dir(samples.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "pdf") {
                continue;
            }
            files += 1;
            let bytes = std::fs::read(&path).unwrap();
            let (pages, limits) = (PageSelection::all(), Limits::default());
            for password in [None, Some("grindstone")] {
                let here = docmill_pdf::read(bytes.clone(), password, &pages, &limits);
                let there = readers
                    .read(bytes.clone().into(), password.map(str::to_owned), pages.clone())
                    .await
                    .map_err(refused);
                assert_eq!(here, there, "{}", path.display());
                let here = docmill_pdf::read_with_facts(bytes.clone(), password, &pages, &limits);
                let there =
                    readers.inspect(bytes.clone().into(), password.map(str::to_owned), pages.clone()).await;
                assert_eq!(here, there.map_err(refused), "{}", path.display());
            }
            let here = docmill_pdf::render_png(bytes.clone(), None, 1, 200, &limits);
            let there = readers.render(bytes.into(), None, vec![1], 200, Some(ImageFormat::Png)).await;
            assert_eq!(
                here.ok(),
                there.ok().and_then(|mut images| images.pop()).map(|image| image.bytes),
                "{}",
                path.display()
            );
        }
    }
    assert!(files >= 9);
    readers.close().await;
}
