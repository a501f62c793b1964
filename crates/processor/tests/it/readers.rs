//! Real reading children on real documents. Impostors that hang, die and lie are in `docmill-reader`'s own tests.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use docmill_contract::pages::PageSelection;
use docmill_pdf::{ImageFormat, Limits, ReadError};
use docmill_reader::{ReaderError, ReaderSettings, Readers};

pub(crate) fn settings() -> ReaderSettings {
    ReaderSettings {
        readers: NonZeroUsize::MIN,
        memory_bytes_max: 2 << 30,
        documents_per_child: 2,
        fallback_font: None,
        limits: Limits { time_max: Duration::from_secs(30), ..Limits::default() },
    }
}

pub(crate) fn real(settings: ReaderSettings) -> Readers {
    Readers::new(PathBuf::from(env!("CARGO_BIN_EXE_docmill-processor")), settings)
}

fn sample(name: &str) -> Bytes {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/invoice").join(name);
    std::fs::read(path).unwrap().into()
}

async fn read(readers: &Readers, bytes: Bytes) -> Result<usize, ReaderError> {
    let document = readers.read(bytes, None, PageSelection::all()).await?;
    Ok(document.pages.len())
}

#[tokio::test]
async fn documents_are_read_whatever_came_before() {
    let readers = real(settings());
    for _ in 0..3 {
        // More documents than a child reads, so that it is replaced on the way.
        assert_eq!(read(&readers, sample("english-classic.pdf")).await.unwrap(), 1);
        assert_eq!(read(&readers, sample("two-pages-40-lines.pdf")).await.unwrap(), 2);
        let refused = read(&readers, sample("encrypted.pdf")).await;
        assert!(matches!(refused, Err(ReaderError::Refused(ReadError::Encrypted))), "{refused:?}");
    }
    let opened =
        readers.read(sample("encrypted.pdf"), Some("grindstone".to_owned()), PageSelection::all()).await;
    assert_eq!(opened.unwrap().pages.len(), 1);
    let images =
        readers.render(sample("scan.pdf"), None, vec![1], 300, Some(ImageFormat::Png)).await.unwrap();
    assert!(images.iter().all(|image| image.bytes.starts_with(b"\x89PNG")));
    readers.close().await;
}

#[tokio::test]
async fn a_child_without_memory_fails_its_document_and_no_other() {
    // Room for the program, not for a picture of 20 million pixels.
    let readers = real(ReaderSettings { memory_bytes_max: 96 << 20, ..settings() });
    let big = readers.render(sample("scan.pdf"), None, vec![1], 5_000, None).await;
    let own_fault = matches!(
        big,
        Err(ReaderError::OutOfMemory { .. } | ReaderError::Died { .. } | ReaderError::Refused(_))
    );
    assert!(own_fault, "{:?}", big.map(|images| images.len()));
    assert_eq!(read(&readers, sample("english-classic.pdf")).await.unwrap(), 1);
}
