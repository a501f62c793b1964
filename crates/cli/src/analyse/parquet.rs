//! The columns that were analysed as Parquet files in a folder, for `docmill analyse --parquet`.
//!
//! Every file is written under another name first and then moved into place. A folder that holds Parquet files of something
//! else is refused: whoever reads the folder would read those, too.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, ErrorKind};
use std::path::{Path, PathBuf};

use docmill_analysis::Records;
use docmill_columns::Layout;
use docmill_parquet::{Export, ExportError, Part, PartitionBy};

use crate::arguments::Partitions;
use crate::error::CliError;

/// Folders within the folder of an export: a table's, and a month's.
const DEPTH_MAX: usize = 2;

/// Writes the files, and returns how many there are.
///
/// # Errors
/// [`CliError::Usage`] where there is nothing to partition by, or files of something else are in the folder;
/// [`CliError::File`] and [`CliError::Failed`] where files can't be written.
pub(crate) fn write(
    folder: &Path,
    by: Partitions,
    layout: &Layout,
    records: &Records,
) -> Result<usize, CliError> {
    let by = match by {
        Partitions::None => PartitionBy::Nothing,
        Partitions::Month => PartitionBy::Month,
    };
    let export = Export::new(&records.tables, layout, by).map_err(|error| unwritable(folder, error))?;
    let files: HashSet<PathBuf> = export.parts().iter().map(|part| folder.join(part.path())).collect();
    if let Some(other) = other_file(folder, &files, DEPTH_MAX)? {
        return Err(CliError::Usage(format!(
            "{} is of another export and would be read together with this one: name another folder, or remove it",
            other.display()
        )));
    }
    for part in export.parts() {
        write_part(&folder.join(part.path()), part)?;
    }
    Ok(files.len())
}

fn write_part(path: &Path, part: &Part<'_>) -> Result<(), CliError> {
    let unusable = |source| CliError::File { path: path.to_owned(), verb: "written", source };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(unusable)?;
    }
    let half = path.with_extension("parquet.part");
    let sink = BufWriter::new(File::create(&half).map_err(unusable)?);
    let sink = part.write(sink).map_err(|error| unwritable(path, error))?;
    let file = sink.into_inner().map_err(|error| unusable(error.into_error()))?;
    file.sync_all().and_then(|()| std::fs::rename(&half, path)).map_err(unusable)
}

fn unwritable(path: &Path, error: ExportError) -> CliError {
    match error {
        ExportError::NoDate | ExportError::TooManyMonths(_) => CliError::Usage(error.to_string()),
        ExportError::Parquet(cause) => {
            CliError::Failed(format!("{} can't be written: {cause}", path.display()))
        }
        ExportError::Layout(cause) => {
            CliError::Failed(format!("{} can't be written: {cause}", path.display()))
        }
    }
}

/// A Parquet file in the folder that is none of these.
fn other_file(folder: &Path, files: &HashSet<PathBuf>, depth: usize) -> Result<Option<PathBuf>, CliError> {
    let unusable = |source| CliError::File { path: folder.to_owned(), verb: "read", source };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(error)),
    };
    for entry in entries {
        let entry = entry.map_err(unusable)?;
        let path = entry.path();
        let is_folder = entry.file_type().map_err(unusable)?.is_dir();
        if is_folder && depth > 0 {
            if let Some(other) = other_file(&path, files, depth - 1)? {
                return Ok(Some(other));
            }
        } else if path.extension().is_some_and(|extension| extension == "parquet") && !files.contains(&path) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}
