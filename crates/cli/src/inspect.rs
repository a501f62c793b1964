//! `docmill inspect`: what the reader sees in one PDF, for people, as JSON, and drawn over its pages.
//!
//! Needs no NATS and no worker. The file is read as the workers read it: in a child process of this very program,
//! under the same limits, so that looking at a hostile file is safe, too.

mod json;
mod names;
mod picture;
mod text;

use std::fs;
use std::path::Path;

use bytes::Bytes;
use docmill_pdf::{Conventions, Document, Facts, ImageFormat, ReadError, Table};
use docmill_reader::{ReaderError, ReaderSettings, Readers, child};

use crate::arguments::InspectArguments;
use crate::error::CliError;
use crate::print::Printer;

/// Small type stays readable (A4 at 120 dpi), and a picture stays near 100 KB.
const PICTURE_LONGEST_SIDE_PIXELS: u32 = 1_400;

/// What was seen of a file.
#[derive(Debug)]
struct Inspection {
    document: Document,
    tables: Vec<Table>,
    facts: Facts,
    conventions: Conventions,
}

/// Prints what the reader sees, and draws it where `--image` asks.
///
/// # Errors
/// [`CliError`] where the file, its password file or a picture can't be read or written, or the reader refuses the
/// file; with `--json` the same sentence is the JSON's `error`.
pub(crate) async fn inspect(arguments: &InspectArguments, printer: Printer) -> Result<(), CliError> {
    match Box::pin(look(arguments)).await {
        Ok(inspection) if printer.json => Ok(printer.value_line(&json::inspection(&inspection))?),
        Ok(inspection) => Ok(printer.raw(&text::of(&inspection))?),
        Err(error) => {
            if printer.json {
                printer.value_line(&json::error(&error.explain()))?;
            }
            Err(error)
        }
    }
}

async fn look(arguments: &InspectArguments) -> Result<Inspection, CliError> {
    let file = &arguments.file;
    let bytes = Bytes::from(fs::read(file).map_err(|source| cannot("read", file, source))?);
    let password = match &arguments.password_file {
        Some(file) => {
            let text = fs::read_to_string(file).map_err(|source| cannot("read", file, source))?;
            Some(text.trim_end_matches(['\r', '\n']).to_owned())
        }
        None => None,
    };
    if let Some(font) = &arguments.fallback_font {
        child::read_font(font).map_err(|reason| {
            CliError::Failed(format!("{} can't be used as a font: {reason}", font.display()))
        })?;
    }
    let program =
        std::env::current_exe().map_err(|source| cannot("used", Path::new("this program's file"), source))?;
    // As the workers' defaults; each picture has its own time.
    let readers = Readers::new(program, ReaderSettings::of_one(arguments.fallback_font.clone()));
    let (document, facts) = readers
        .inspect(bytes.clone(), password.clone(), arguments.pages.clone())
        .await
        .map_err(|error| refused(arguments, &error))?;
    // A file too damaged to say more of itself may have pages that can be read.
    let facts = facts.unwrap_or_else(|error| {
        Printer::hint(format_args!("docmill: form fields and the like are not shown: {error}"));
        Facts::default()
    });
    let conventions = docmill_pdf::conventions(&document, facts.language.as_deref());
    let inspection = Inspection { tables: docmill_pdf::tables(&document), facts, conventions, document };
    if let Some(folder) = &arguments.image {
        fs::create_dir_all(folder).map_err(|source| cannot("written", folder, source))?;
        for page in &inspection.document.pages {
            let images = readers
                .render(
                    bytes.clone(),
                    password.clone(),
                    vec![page.number],
                    PICTURE_LONGEST_SIDE_PIXELS,
                    Some(ImageFormat::Png),
                )
                .await
                .map_err(|error| refused(arguments, &error))?;
            let image = images.first().map(|image| image.bytes.as_slice()).unwrap_or_default();
            let file = folder.join(format!("page-{}.png", page.number));
            let drawn = picture::draw(image, page, &inspection.tables)
                .map_err(|source| cannot("drawn", &file, source))?;
            fs::write(&file, drawn).map_err(|source| cannot("written", &file, source))?;
        }
    }
    readers.close().await;
    Ok(inspection)
}

fn cannot(verb: &'static str, file: &Path, source: std::io::Error) -> CliError {
    CliError::File { path: file.to_owned(), verb, source }
}

/// The reader's sentence, with this command's option where it speaks of a job's.
fn refused(arguments: &InspectArguments, error: &ReaderError) -> CliError {
    let file = arguments.file.display();
    CliError::Failed(match error {
        ReaderError::Refused(ReadError::Encrypted) => {
            format!(
                "{file}: the PDF is encrypted: give the file that holds its password with --password-file"
            )
        }
        ReaderError::Refused(ReadError::WrongPassword) => {
            format!("{file}: the given password does not open the PDF: check the file --password-file names")
        }
        ReaderError::Unavailable(source) => format!("{file}: {error}: {source}"),
        ReaderError::Refused(_)
        | ReaderError::TimedOut { .. }
        | ReaderError::OutOfMemory { .. }
        | ReaderError::OutOfStack { .. }
        | ReaderError::Died { .. } => format!("{file}: {error}"),
    })
}
