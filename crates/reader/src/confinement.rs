//! What a reading child gives up before it sees its first document: privileges, files, sockets, other processes.
//!
//! Called once by [`crate::child`]. Three layers, so that the loss of one (an old kernel, a pod's profile) leaves the
//! others: no new privileges, landlock for the file system, and a list of the few system calls that reading needs.
//! None of them may keep a document from being read: what the kernel refuses is reported, not fatal.

use std::collections::BTreeMap;
use std::error::Error;

use landlock::{ABI, Access as _, AccessFs, AccessNet, Ruleset, RulesetAttr as _, RulesetStatus, Scope};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

/// The landlock rights that are given up, where the kernel knows them: those of Linux 6.12.
const LANDLOCK_RIGHTS: ABI = ABI::V6;

/// System calls that reading from one pipe, writing to another, memory and panics need. An allow list holds whatever
/// the next kernel invents; what isn't on it fails with "not permitted", which a program survives more often than
/// not, and a parser has no use for.
const SYSTEM_CALLS: [i64; 23] = [
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_close,
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_futex,
    libc::SYS_getrandom,
    libc::SYS_clock_gettime,
    libc::SYS_sched_yield,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_sigaltstack,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_restart_syscall,
    libc::SYS_set_robust_list,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// Gives something up.
type Layer = fn() -> Result<(), Box<dyn Error>>;

/// Gives up what the kernel lets this thread give up, for good. Returns what it didn't, each with why, as a text for
/// the log; none of it can quote a document, since none was seen yet.
pub(crate) fn confine() -> Vec<String> {
    let layers: [(&str, Layer); 3] = [
        ("no new privileges", || Ok(rustix::thread::set_no_new_privs(true)?)),
        ("landlock", give_up_files),
        // Last: the other two are system calls that this one takes away.
        ("seccomp", give_up_system_calls),
    ];
    let refused = layers.into_iter().filter_map(|(name, layer)| layer().err().map(|error| (name, error)));
    refused.map(|(name, error)| format!("{name}: {error}")).collect()
}

/// No file, TCP port, abstract socket or other process's signal; open pipes stay.
fn give_up_files() -> Result<(), Box<dyn Error>> {
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(LANDLOCK_RIGHTS))?
        .handle_access(AccessNet::from_all(LANDLOCK_RIGHTS))?
        .scope(Scope::from_all(LANDLOCK_RIGHTS))?
        .create()?
        .restrict_self()?;
    match status.ruleset {
        // Partly: an older kernel that doesn't know some of the rights. All of them know files.
        RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced => Ok(()),
        RulesetStatus::NotEnforced => Err("the kernel has it not, or not switched on".into()),
    }
}

fn give_up_system_calls() -> Result<(), Box<dyn Error>> {
    let own_process = u64::from(std::process::id());
    let executable = u64::try_from(libc::PROT_EXEC)?;
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        SYSTEM_CALLS.into_iter().map(|call| (call, Vec::new())).collect();
    for (call, argument, operator, value) in [
        // Memory, but no new code.
        (libc::SYS_mmap, 2, SeccompCmpOp::MaskedEq(executable), 0),
        (libc::SYS_mprotect, 2, SeccompCmpOp::MaskedEq(executable), 0),
        // Its own limits (0 is oneself), not its worker's.
        (libc::SYS_prlimit64, 0, SeccompCmpOp::Eq, 0),
        // An abort's signal to itself.
        (libc::SYS_tgkill, 0, SeccompCmpOp::Eq, own_process),
    ] {
        let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)?;
        rules.insert(call, vec![SeccompRule::new(vec![condition])?]);
    }
    let refusal = SeccompAction::Errno(u32::try_from(libc::EPERM)?);
    let filter =
        SeccompFilter::new(rules, refusal, SeccompAction::Allow, std::env::consts::ARCH.try_into()?)?;
    let program: BpfProgram = filter.try_into()?;
    Ok(seccompiler::apply_filter(&program)?)
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io;
    use std::net::{TcpStream, UdpSocket};
    use std::process::Command;

    use super::*;

    /// What a parser that was taken over would try.
    fn attempts() -> Vec<(&'static str, io::Result<()>)> {
        vec![
            ("read a file", File::open("Cargo.toml").map(drop)),
            ("write a file", File::create("target-of-a-test").map(drop)),
            ("list a folder", std::fs::read_dir(".").map(drop)),
            ("open a UDP socket", UdpSocket::bind("127.0.0.1:0").map(drop)),
            ("open a TCP socket", TcpStream::connect("127.0.0.1:1").map(drop)),
            ("start a program", Command::new("/bin/true").spawn().map(drop)),
            ("start a thread", std::thread::Builder::new().spawn(|| {}).map(drop)),
        ]
    }

    #[test]
    fn a_confined_thread_reaches_nothing_and_still_works() {
        // Both layers hold for the thread that asks for them, and for what it starts: this test's others stay free.
        let confined = std::thread::spawn(|| {
            let missing = confine();
            let memory: usize = (0..64).map(|_| vec![1_u8; 1 << 20].len()).sum();
            let unwound = std::panic::catch_unwind(|| panic!("on purpose"));
            (missing, attempts(), memory, unwound.is_err())
        });
        let (missing, attempts, memory, unwound) = confined.join().unwrap();
        assert!(unwound && memory == 64 << 20);
        if missing.iter().any(|layer| layer.starts_with("seccomp")) {
            println!("skipped: this kernel refuses seccomp: {missing:?}");
            return;
        }
        for (what, outcome) in attempts {
            let error = outcome.expect_err(what);
            assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{what}: {error}");
        }
    }

    #[test]
    fn landlock_alone_closes_the_file_system() {
        let closed = std::thread::spawn(|| give_up_files().is_err() || File::open("Cargo.toml").is_err());
        assert!(closed.join().unwrap());
        assert!(File::open("Cargo.toml").is_ok(), "the other threads are free");
    }
}
