//! The reading process: limits and confines itself, then reads one PDF after the other from its standard input.
//!
//! Entered by `main` when the worker starts its own binary with [`ARGUMENT`]. It has no configuration, no
//! network client and no async runtime; whatever a document does to it, its worker survives.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};

use docmill_pdf::{Drawing, FALLBACK_FONT_BYTES_MAX, FallbackFont};

use crate::confinement::confine;
use crate::protocol::{FRAME_BYTES_MAX, Hello, LENGTH_BYTES, Reply, Request, Task, write_frame};

/// What a pipe holds at once, and most requests fit into with their files.
const PIPE_BYTES: usize = 64 * 1024;

/// The first argument that makes this binary a reading child. The second is its address space in bytes; the third,
/// if there is one, a font's file.
pub const ARGUMENT: &str = "read-documents";

/// Stack of a reading child: a little less than the 8 MiB that systems give, which is what tells a full one from a full
/// memory, see [`limit_stack`].
pub const STACK_BYTES_MAX: u64 = 7 * 1024 * 1024;

/// Reads PDFs until the worker closes the pipe; `arguments` are those behind [`ARGUMENT`].
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    match serve(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        // Nobody reads a child's output but its worker, which sees the exit code.
        Err(_) => ExitCode::FAILURE,
    }
}

fn serve(arguments: impl IntoIterator<Item = OsString>) -> io::Result<()> {
    let mut arguments = arguments.into_iter();
    let address_space_bytes = arguments.next().and_then(|text| text.to_str()?.parse().ok());
    if let Some(bytes) = address_space_bytes {
        limit(Resource::As, bytes)?;
    }
    // Not by way of the standard library's, which read in small pieces and end a write at the last byte that could be a
    // line's end: each piece would wake the worker.
    let mut input = BufReader::with_capacity(PIPE_BYTES, same_file(io::stdin())?);
    let mut output = same_file(io::stdout())?;
    // Now or never: no file can be opened any more once this process has confined itself.
    let font = arguments.next().map(|file| read_font(Path::new(&file)));
    let (fallback_font, font_unreadable) = match font {
        None => (None, None),
        Some(Ok(font)) => (Some(font), None),
        Some(Err(reason)) => (None, Some(reason)),
    };
    limit_stack()?;
    limit(Resource::Core, 0)?;
    // No file grows and nothing is forked (but by root, who is exempt): every kernel knows these.
    limit(Resource::Fsize, 0)?;
    limit(Resource::Nproc, 0)?;
    let not_confined = confine();
    // After landlock, which needs a descriptor for a moment: the pipes are open, and nothing else can be.
    limit(Resource::Nofile, 3)?;
    let mut frame = Vec::with_capacity(PIPE_BYTES);
    write_frame(&mut frame, &Hello { not_confined, font_unreadable })?;
    output.write_all(&frame)?;
    while let Some(request) = read_frame(&mut input)? {
        let request: Request = postcard::from_bytes(&request).map_err(io::Error::other)?;
        let file = read_whole(&mut input, request.file_bytes)?;
        raise_cpu_limit(request.cpu_seconds_max)?;
        let reply = answer(request, file, fallback_font.as_ref());
        write_frame(&mut frame, &reply)?;
        output.write_all(&frame)?;
        // While the worker takes it in.
        drop(reply);
    }
    Ok(())
}

/// Reads and checks a font to fall back to.
///
/// # Errors
/// Why it can't be used, as a text.
pub fn read_font(file: &Path) -> Result<FallbackFont, String> {
    let read = || {
        let mut bytes = Vec::new();
        // One byte more than allowed is enough to be refused.
        File::open(file)?.take(FALLBACK_FONT_BYTES_MAX.saturating_add(1)).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|error: io::Error| error.to_string())?;
    FallbackFont::new(bytes).map_err(|error| error.to_string())
}

fn answer(request: Request, bytes: Vec<u8>, fallback_font: Option<&FallbackFont>) -> Reply {
    let Request { file_bytes: _, password, limits, cpu_seconds_max: _, task } = request;
    let password = password.as_deref();
    match task {
        Task::Read(pages) => match docmill_pdf::read(bytes, password, &pages, &limits) {
            Ok(document) => Reply::Document(Box::new(document)),
            Err(error) => Reply::Refused(error),
        },
        Task::Inspect(pages) => match docmill_pdf::read_with_facts(bytes, password, &pages, &limits) {
            Ok((document, facts)) => Reply::Inspection(Box::new(document), facts.map(Box::new)),
            Err(error) => Reply::Refused(error),
        },
        Task::Render { pages, longest_side_pixels, format } => {
            let drawing = Drawing { longest_side_pixels, format, fallback_font: fallback_font.cloned() };
            let images = pages
                .into_iter()
                .map(|page| docmill_pdf::render(bytes.clone(), password, page, &drawing, &limits));
            match images.collect() {
                Ok(images) => Reply::Images(images),
                Err(error) => Reply::Refused(error),
            }
        }
    }
}

/// Bounds the main thread's stack, which is all that a reading child has.
///
/// What runs out of it dies of a segmentation fault, and not of an abort as with the usual 8 MiB: the standard library
/// takes a fault for a full stack only where the limit that it has seen at the start ends, and lets others pass. So the
/// worker can tell a full stack from a full memory.
///
/// # Errors
/// Where the system has a lower limit for good.
pub fn limit_stack() -> io::Result<()> {
    limit(Resource::Stack, STACK_BYTES_MAX)
}

/// Lowers a limit for good: hard and soft.
fn limit(resource: Resource, value: u64) -> io::Result<()> {
    Ok(setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) })?)
}

/// Gives this document its processor seconds. The soft limit counts from the process's start, so it is raised for
/// each document: a child that has read a thousand of them must not die innocent at the next.
fn raise_cpu_limit(seconds: u64) -> io::Result<()> {
    let used = u64::try_from(clock_gettime(ClockId::ProcessCPUTime).tv_sec).unwrap_or_default();
    let maximum = getrlimit(Resource::Cpu).maximum;
    let current = used.saturating_add(seconds).saturating_add(1).min(maximum.unwrap_or(u64::MAX));
    Ok(setrlimit(Resource::Cpu, Rlimit { current: Some(current), maximum })?)
}

/// An open file once more, by a descriptor of its own.
fn same_file(file: impl AsFd) -> io::Result<File> {
    Ok(File::from(file.as_fd().try_clone_to_owned()?))
}

/// One frame; `None` where the pipe was closed between two frames.
fn read_frame(input: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0_u8; LENGTH_BYTES];
    match input.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let length = u32::from_le_bytes(length);
    if length > FRAME_BYTES_MAX {
        return Err(io::Error::other("the frame is larger than a frame may be"));
    }
    read_whole(input, length).map(Some)
}

/// So many bytes, or an error.
fn read_whole(input: &mut impl Read, length: u32) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(length).map_err(io::Error::other)?);
    let found = input.take(u64::from(length)).read_to_end(&mut bytes)?;
    if u32::try_from(found).is_ok_and(|found| found == length) {
        Ok(bytes)
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}
