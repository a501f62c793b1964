//! What a full stack looks like to the worker. A program of its own, without the test harness: harnesses run tests on threads,
//! and it is the main thread's stack that a reading child has.
#![expect(clippy::print_stdout, clippy::panic, reason = "this is the harness")]

use std::hint::black_box;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;

use docmill_reader::child;
use rustix::process::Signal;

/// Makes this program a child that fills its stack.
const FILL: &str = "fill-the-stack";

fn main() {
    if std::env::args().nth(1).as_deref() == Some(FILL) {
        child::limit_stack().unwrap_or_else(|error| panic!("the stack can't be limited: {error}"));
        println!("{}", fill(0));
        return;
    }
    let program = std::env::current_exe().unwrap_or_else(|error| panic!("this program has no file: {error}"));
    let output = Command::new(program).arg(FILL).output();
    let status = output.unwrap_or_else(|error| panic!("this program can't be started again: {error}")).status;
    assert_eq!(status.signal(), Some(Signal::SEGV.as_raw()), "a full stack ends in {status}");
    println!("a full stack ends in {status}");
}

/// Calls itself until there is no more stack.
fn fill(depth: u64) -> u64 {
    let room = black_box([depth; 64]);
    if depth == u64::MAX { depth } else { fill(depth + 1).wrapping_add(room.iter().sum()) }
}
