//! Records from a file, analysed here: for notebooks, tests and benchmarks. It needs no NATS.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use docmill_analysis::{RecordPlan, RecordReader, RecordShape, Records};
use docmill_contract::identity::CollectionId;
use docmill_report::Pictures;

use super::{parquet, spec};
use crate::arguments::AnalyseArguments;
use crate::error::CliError;
use crate::print::Printer;
use crate::run::outputs;

/// Text that is read at a time: enough for all threads, little beside the columns.
const PIECE_BYTES: u64 = 64 << 20;

/// Reads the file, analyses it, and writes the folder.
///
/// # Errors
/// [`CliError`].
pub(crate) fn analyse(arguments: &AnalyseArguments, printer: Printer) -> Result<(), CliError> {
    let Some(file) = &arguments.records else {
        return Err(CliError::Usage("name a collection, or a file with --records".to_owned()));
    };
    let spec = spec::wanted(arguments.spec.as_deref(), arguments.profile.as_deref())?;
    let shape = RecordShape { record: arguments.record.clone(), id: Some(arguments.id.clone()) };
    let plan = RecordPlan::new(spec, &shape).map_err(|error| CliError::Usage(error.to_string()))?;
    let name = file.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    // A file's name may be more than a collection's.
    let collection = name.parse::<CollectionId>().unwrap_or_else(|_| CollectionId::default_collection());
    let mut threads = rayon::ThreadPoolBuilder::new();
    if let Some(count) = arguments.threads {
        threads = threads.num_threads(count);
    }
    let pool =
        threads.build().map_err(|error| CliError::Failed(format!("threads can't be started: {error}")))?;
    let records = pool.install(|| -> Result<Records, CliError> {
        let mut reader = plan.reader();
        read(file, &mut reader).map_err(|source| CliError::File {
            path: file.clone(),
            verb: "read",
            source,
        })?;
        reader.finish(&collection).map_err(|error| CliError::Failed(error.to_string()))
    })?;
    let exported = match &arguments.parquet {
        Some(folder) => {
            let files = parquet::write(folder, arguments.partition_by, plan.layout(), &records)?;
            format!("; {files} Parquet files: {}", folder.display())
        }
        None => String::new(),
    };
    let analysis = records.analysis;
    let report = outputs::write_analysis(&arguments.output, &analysis, &Pictures::default())?;
    if printer.json {
        return Ok(printer.value(&analysis)?);
    }
    Ok(printer.line(format_args!(
        "{} records: {} findings, {} figures, {} analyses; report: {}{exported}",
        analysis.covers.outcomes,
        analysis.findings.len(),
        analysis.figures.len(),
        analysis.sections.len(),
        report.display()
    ))?)
}

/// Hands the file over in pieces that end where a line does.
fn read(file: &Path, reader: &mut RecordReader<'_>) -> std::io::Result<()> {
    let input: Box<dyn Read> =
        if file == Path::new("-") { Box::new(std::io::stdin()) } else { Box::new(File::open(file)?) };
    let mut input = BufReader::new(input);
    let mut piece = Vec::new();
    loop {
        piece.clear();
        let read = input.by_ref().take(PIECE_BYTES).read_to_end(&mut piece)?;
        if read == 0 {
            return Ok(());
        }
        input.read_until(b'\n', &mut piece)?;
        reader.lines(&piece);
    }
}
