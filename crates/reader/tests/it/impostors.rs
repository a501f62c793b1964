//! Impostors that hang, die and lie in a reading child's place. The real child is tested where the binaries are: in
//! `docmill-processor` and `docmill-cli`.

use std::num::NonZeroUsize;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use docmill_contract::pages::PageSelection;
use docmill_pdf::Limits;
use docmill_reader::{ReaderError, ReaderSettings, Readers};

fn settings() -> ReaderSettings {
    ReaderSettings {
        readers: NonZeroUsize::MIN,
        memory_bytes_max: 2 << 30,
        documents_per_child: 2,
        fallback_font: None,
        limits: Limits { time_max: Duration::from_secs(30), ..Limits::default() },
    }
}

async fn read(readers: &Readers) -> Result<usize, ReaderError> {
    // Larger than a pipe holds, so that a child that doesn't read is noticed while writing, too.
    let document = readers.read(Bytes::from(vec![b' '; 100_000]), None, PageSelection::all()).await?;
    Ok(document.pages.len())
}

/// A program that does `script` in a reading child's place.
fn impostor(folder: &Path, script: &str) -> PathBuf {
    let program = folder.join("impostor");
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    program
}

/// Tells whether an error is the one that is expected.
type Check = fn(&ReaderError) -> bool;

#[tokio::test]
async fn what_a_child_dies_of_is_told_apart() {
    let rows: [(&str, Check); 7] = [
        ("exec sleep 600", |error| matches!(error, ReaderError::TimedOut { .. })),
        ("kill -XCPU $$", |error| matches!(error, ReaderError::TimedOut { .. })),
        ("kill -ABRT $$", |error| matches!(error, ReaderError::OutOfMemory { .. })),
        ("kill -SEGV $$", |error| matches!(error, ReaderError::OutOfStack { .. })),
        ("kill -BUS $$", |error| matches!(error, ReaderError::Died { .. })),
        ("exit 101", |error| matches!(error, ReaderError::Died { .. })),
        // Says that four gigabytes follow.
        (r"printf '\377\377\377\377'; exit 0", |error| matches!(error, ReaderError::Died { .. })),
    ];
    for (script, is_expected) in rows {
        let folder = tempfile::tempdir().unwrap();
        let settings = ReaderSettings {
            limits: Limits { time_max: Duration::from_millis(500), ..Limits::default() },
            ..settings()
        };
        let readers = Readers::new(impostor(folder.path(), script), settings);
        let error = read(&readers).await.unwrap_err();
        assert!(is_expected(&error), "{script}: {error:?}");
    }
}

#[tokio::test]
async fn a_program_that_is_not_there_is_nobodys_document() {
    let readers = Readers::new(PathBuf::from("/nonexistent/docmill-processor"), settings());
    let error = read(&readers).await.unwrap_err();
    assert!(matches!(error, ReaderError::Unavailable(_)), "{error:?}");
}
