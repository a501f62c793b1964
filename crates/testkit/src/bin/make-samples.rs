//! `make-samples`: writes the fixed samples, or thousands of varied invoices for load.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use docmill_testkit::layouts::draw;
use docmill_testkit::samples::{self, Sample};
use docmill_testkit::varied;
use serde_json::{Value, json};

/// Writes docmill's samples, or with `--count` invoices for load; each PDF has its truth beside it as JSON
#[derive(Debug, Parser)]
#[command(name = "make-samples")]
struct Arguments {
    /// The folder the fixed samples go to
    #[arg(required_unless_present = "count", conflicts_with = "count")]
    folder: Option<PathBuf>,
    /// Write so many varied invoices instead
    #[arg(long, requires = "out", value_name = "N")]
    count: Option<u64>,
    /// The folder they go to, below `invoice/`
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Other invoices for another seed
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(message) => report(&mut io::stdout(), &message, ExitCode::SUCCESS),
        Err(error) => {
            let mut message = format!("error: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                message += &format!(": {cause}");
                source = cause.source();
            }
            report(&mut io::stderr(), &message, ExitCode::FAILURE)
        }
    }
}

/// Prints a line; a closed pipe is no reason to fail.
fn report(to: &mut dyn Write, message: &str, code: ExitCode) -> ExitCode {
    if writeln!(to, "{message}").is_err() { ExitCode::FAILURE } else { code }
}

fn run(arguments: &Arguments) -> Result<String, Box<dyn std::error::Error>> {
    if let (Some(count), Some(out)) = (arguments.count, &arguments.out) {
        return Ok(write_varied(count, arguments.seed, &out.join("invoice"))?);
    }
    let folder = arguments.folder.as_deref().unwrap_or(Path::new("samples"));
    let samples = samples::all()?;
    for sample in &samples {
        write_sample(folder, sample)?;
    }
    Ok(format!("{} samples are in {}", samples.len(), folder.display()))
}

fn write_sample(folder: &Path, sample: &Sample) -> io::Result<()> {
    let folder = folder.join(sample.profile);
    fs::create_dir_all(&folder)?;
    let pdf = folder.join(format!("{}.pdf", sample.name));
    // A file that differs each time is kept, so that making the samples again changes nothing.
    if !(sample.fresh && pdf.exists()) {
        fs::write(pdf, &sample.pdf)?;
    }
    write_truth(&folder.join(format!("{}.truth.json", sample.name)), &sample.truth())
}

fn write_truth(path: &Path, truth: &Value) -> io::Result<()> {
    fs::write(path, format!("{truth:#}\n"))
}

fn write_varied(count: u64, seed: u64, folder: &Path) -> io::Result<String> {
    fs::create_dir_all(folder)?;
    for number in 1..=count {
        let (invoice, layout) = varied::invoice(seed.wrapping_mul(1_000_003).wrapping_add(number));
        fs::write(folder.join(format!("{number:06}.pdf")), draw(&invoice, layout).write())?;
        let truth = json!({"profile": "invoice", "data": invoice.record(), "expect": {"status": "verified"}});
        write_truth(&folder.join(format!("{number:06}.truth.json")), &truth)?;
    }
    Ok(format!("{count} invoices are in {}", folder.display()))
}
