//! Reading children: the real one on real documents, and impostors that hang, die and lie in its place.

use std::num::NonZeroUsize;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use docmill_contract::pages::PageSelection;
use docmill_pdf::{Limits, ReadError};
use docmill_processor::reader::{ReaderError, ReaderSettings, Readers};

fn settings() -> ReaderSettings {
    ReaderSettings {
        readers: NonZeroUsize::MIN,
        memory_bytes_max: 2 << 30,
        read_time_max: Duration::from_secs(30),
        documents_per_child: 2,
        limits: Limits::default(),
    }
}

fn real(settings: ReaderSettings) -> Readers {
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

/// A program that does `script` in a reading child's place.
fn impostor(folder: &Path, script: &str) -> PathBuf {
    let program = folder.join("impostor");
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    program
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
    let images = readers.render(sample("scan.pdf"), None, vec![1], 300).await.unwrap();
    assert!(images.iter().all(|image| image.starts_with(b"\x89PNG")));
    readers.close().await;
}

#[tokio::test]
async fn a_child_without_memory_fails_its_document_and_no_other() {
    // Room for the program, not for a picture of 20 million pixels.
    let readers = real(ReaderSettings { memory_bytes_max: 96 << 20, ..settings() });
    let big = readers.render(sample("scan.pdf"), None, vec![1], 5_000).await;
    let own_fault = matches!(
        big,
        Err(ReaderError::OutOfMemory { .. } | ReaderError::Died { .. } | ReaderError::Refused(_))
    );
    assert!(own_fault, "{:?}", big.map(|images| images.len()));
    assert_eq!(read(&readers, sample("english-classic.pdf")).await.unwrap(), 1);
}

/// Tells whether an error is the one that is expected.
type Check = fn(&ReaderError) -> bool;

#[tokio::test]
async fn what_a_child_dies_of_is_told_apart() {
    let rows: [(&str, Check); 6] = [
        ("exec sleep 600", |error| matches!(error, ReaderError::TimedOut { .. })),
        ("kill -XCPU $$", |error| matches!(error, ReaderError::TimedOut { .. })),
        ("kill -ABRT $$", |error| matches!(error, ReaderError::OutOfMemory { .. })),
        ("kill -SEGV $$", |error| matches!(error, ReaderError::Died { .. })),
        ("exit 101", |error| matches!(error, ReaderError::Died { .. })),
        // Says that four gigabytes follow.
        (r"printf '\377\377\377\377'; exit 0", |error| matches!(error, ReaderError::Died { .. })),
    ];
    for (script, is_expected) in rows {
        let folder = tempfile::tempdir().unwrap();
        let settings = ReaderSettings { read_time_max: Duration::from_millis(500), ..settings() };
        let readers = Readers::new(impostor(folder.path(), script), settings);
        let error = read(&readers, sample("english-classic.pdf")).await.unwrap_err();
        assert!(is_expected(&error), "{script}: {error:?}");
    }
}

#[tokio::test]
async fn a_program_that_is_not_there_is_nobodys_document() {
    let readers = Readers::new(PathBuf::from("/nonexistent/docmill-processor"), settings());
    let error = read(&readers, sample("english-classic.pdf")).await.unwrap_err();
    assert!(matches!(error, ReaderError::Unavailable(_)), "{error:?}");
}
