//! Where the built programs are: what the system tests and the benchmarks run.
//!
//! Both run programs as users do, as files; this library finds those beside the test's own.

pub mod site;

use std::path::{Path, PathBuf};

/// The program `name` of the build that this test or benchmark belongs to.
///
/// # Panics
/// Where it isn't built: `cargo build --workspace --bins` does it.
#[expect(
    clippy::panic,
    reason = "only tests and the benchmark call this, and neither can go on without programs"
)]
pub fn program(name: &str) -> PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    // A test is in `target/<profile>/deps`, the benchmark in `target/<profile>`.
    let found = own.ancestors().skip(1).take(2).map(|folder| folder.join(name)).find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("{name} is not built: run `cargo build --workspace --bins`"))
}

/// The repository's root.
pub fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
