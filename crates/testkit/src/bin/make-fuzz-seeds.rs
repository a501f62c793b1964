//! `make-fuzz-seeds`: writes what fuzzing starts from, a folder for each of its targets.
//!
//! Called by `scripts/fuzz/run.sh`. Seeds are the samples and the small ones of the hostile files; none is kept in the
//! repository, since all are made of what is.

use std::error::Error;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use docmill_contract::pages::PageSelection;
use docmill_pdf::{Limits, read, read_with_facts};
use docmill_reader::protocol::{Hello, Reply, Request, Task};
use docmill_testkit::{hostile, samples};

/// Larger files teach a fuzzer little, slowly.
const SEED_BYTES_MAX: usize = 64 * 1024;
/// The password of the sample that has one.
const PASSWORD: &str = "grindstone";

/// Writes seeds for the fuzzing of the reader, a folder for each target
#[derive(Debug, Parser)]
#[command(name = "make-fuzz-seeds")]
struct Arguments {
    /// The folder they go to
    folder: PathBuf,
}

fn main() -> ExitCode {
    let outcome = run(&Arguments::parse().folder);
    let (code, message) = match outcome {
        Ok(seeds) => (ExitCode::SUCCESS, format!("{seeds} seeds")),
        Err(error) => (ExitCode::FAILURE, format!("error: {error}")),
    };
    if writeln!(io::stderr(), "{message}").is_err() { ExitCode::FAILURE } else { code }
}

fn run(folder: &Path) -> Result<usize, Box<dyn Error>> {
    let mut files: Vec<Vec<u8>> = samples::all()?.into_iter().map(|sample| sample.pdf).collect();
    files.extend(hostile::bombs().into_iter().map(|bomb| bomb.bytes));
    files.retain(|bytes| bytes.len() <= SEED_BYTES_MAX);
    let mut seeds = 0;
    let mut write = |target: &str, bytes: &[u8]| -> io::Result<()> {
        fs::create_dir_all(folder.join(target))?;
        seeds += 1;
        fs::write(folder.join(target).join(format!("seed-{seeds}")), bytes)
    };
    let limits = Limits { glyphs_per_page_max: 2_000, ..Limits::default() };
    write(
        "protocol",
        &postcard::to_stdvec(&Hello { not_confined: vec!["seccomp: no".to_owned()], font_unreadable: None })?,
    )?;
    for bytes in files {
        for target in ["read", "render", "facts"] {
            write(target, &bytes)?;
        }
        write("password", &[PASSWORD.as_bytes(), b"\n", &bytes].concat())?;
        let request = Request {
            file_bytes: u32::try_from(bytes.len())?,
            password: Some(PASSWORD.to_owned()),
            limits: limits.clone(),
            cpu_seconds_max: 60,
            task: Task::Read("1-3,5".parse()?),
        };
        write("protocol", &postcard::to_stdvec(&request)?)?;
        let inspection = read_with_facts(bytes.clone(), None, &PageSelection::all(), &limits)
            .map_or_else(Reply::Refused, |(document, facts)| {
                Reply::Inspection(Box::new(document), facts.map(Box::new))
            });
        write("protocol", &postcard::to_stdvec(&inspection)?)?;
        match read(bytes, None, &PageSelection::all(), &limits) {
            Ok(document) => {
                for file in &document.embedded_files {
                    write("einvoice", &file.bytes)?;
                }
                write("tables", &postcard::to_stdvec(&document)?)?;
                write("protocol", &postcard::to_stdvec(&Reply::Document(Box::new(document)))?)?;
            }
            Err(error) => write("protocol", &postcard::to_stdvec(&Reply::Refused(error))?)?,
        }
    }
    Ok(seeds)
}
