"""Runs a program of an unpacked image as a cluster would: another user, a root that can't be written, no capability.

Called by check.py. The runtime is crun, which reads the same description that Kubernetes's runtimes write. The network is
the caller's: check.py makes one of its own first.
"""

import json
import subprocess
import time
import uuid
from pathlib import Path

# What the policy RuntimeDefault means, as far as this machine has it (Debian: golang-github-containers-common).
SECCOMP = Path("/usr/share/containers/seccomp.json")

# As in the chart: `tmpSizeLimit` of the workers.
TMP_BYTES = 256 * 1024**2

# What a pod's container may not see of its kernel; runtimes agree on these.
MASKED = ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/sched_debug", "/sys/firmware"]
READ_ONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]


def prepare() -> None:
    """Shows crun, which refuses to look at both kinds of control groups at once, the newer kind alone. Only for a process
    with mounts of its own."""
    if Path("/sys/fs/cgroup/unified").exists():
        subprocess.run(["umount", "--lazy", "/sys/fs/cgroup"], check=True)
        subprocess.run(["mount", "-t", "cgroup2", "none", "/sys/fs/cgroup"], check=True)


def _seccomp() -> dict | None:
    """The runtimes' own file in the words of crun: what every container may call, without those for capabilities."""
    if not SECCOMP.exists():
        return None
    profile = json.loads(SECCOMP.read_text())
    rules = [
        {key: rule[key] for key in ("names", "action", "args", "errnoRet") if rule.get(key) is not None}
        for rule in profile["syscalls"]
        if not rule.get("includes", {}).get("caps") and "amd64" in rule.get("includes", {}).get("arches", ["amd64"])
    ]
    architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]
    return {"defaultAction": profile["defaultAction"], "architectures": architectures, "syscalls": rules}


def _mount(target: str, source: Path) -> dict:
    return {"destination": target, "type": "bind", "source": str(source), "options": ["bind", "ro", "nosuid", "nodev"]}


class Container:
    """One container, made and not yet started."""

    def __init__(self, image, folder: Path, arguments: list[str], environment: dict[str, str], mounts: dict[str, Path]):
        self.name = f"docmill-check-{uuid.uuid4().hex[:12]}"
        self.bundle = folder / self.name
        self.bundle.mkdir()
        self.log = self.bundle / "log"
        user, group = image.user()
        system = [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
            {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev", "mode=1777", f"size={TMP_BYTES}"]},
        ]
        linux = {
            "namespaces": [{"type": kind} for kind in ("pid", "mount", "ipc", "uts")],
            "maskedPaths": MASKED,
            "readonlyPaths": READ_ONLY,
        }
        if seccomp := _seccomp():
            linux["seccomp"] = seccomp
        description = {
            "ociVersion": "1.0.0",
            "root": {"path": str(image.root), "readonly": True},
            "hostname": self.name,
            "process": {
                "user": {"uid": user, "gid": group},
                "cwd": "/",
                "args": arguments,
                "env": [f"{key}={value}" for key, value in environment.items()],
                "capabilities": {},
                "noNewPrivileges": True,
            },
            "mounts": system + [_mount(target, source) for target, source in mounts.items()],
            "linux": linux,
        }
        (self.bundle / "config.json").write_text(json.dumps(description))
        with self.log.open("wb") as log:
            created = self._crun("create", "--bundle", str(self.bundle), self.name, stdout=log, stderr=log)
        if created.returncode:
            raise RuntimeError(f"crun can't make the container of {arguments}: {self.log.read_text()}")

    def _crun(self, *words: str, **how) -> subprocess.CompletedProcess:
        # Limits of memory and CPU aren't part of what is checked, so no control group is needed.
        return subprocess.run(["crun", "--cgroup-manager=disabled", *words], stdin=subprocess.DEVNULL, **how)

    def start(self) -> float:
        """Lets the program go; says when, on the clock of `time.monotonic`."""
        began = time.monotonic()
        self._crun("start", self.name, check=True)
        return began

    def state(self) -> dict:
        """What crun says of it: status, and the id of its first process."""
        said = self._crun("state", self.name, capture_output=True, check=True)
        return json.loads(said.stdout)

    def confinement(self) -> dict[str, str]:
        """How the kernel holds the running program: its user, capabilities, filter, and whether its root can be written."""
        process = Path("/proc") / str(self.state()["pid"])
        lines = (line.split(":", 1) for line in (process / "status").read_text().splitlines())
        status = {key: value.split() for key, value in lines}
        # Of a mount: id, parent, device, root, where, options.
        mounts = [line.split() for line in (process / "mountinfo").read_text().splitlines()]
        [options] = [mount[5] for mount in mounts if mount[4] == "/"]
        return {
            "user": status["Uid"][1],
            "group": status["Gid"][1],
            "capabilities": status["CapEff"][0],
            "no new privileges": status["NoNewPrivs"][0],
            "root": options.split(",")[0],
        }

    def wait(self, patience_seconds: float) -> str:
        """Waits until the program has ended by itself; gives what it said."""
        end = time.monotonic() + patience_seconds
        while self.state()["status"] != "stopped":
            if time.monotonic() > end:
                raise RuntimeError(f"{self.name} didn't end in {patience_seconds} s:\n{self.log.read_text()}")
            time.sleep(0.02)
        return self.log.read_text()

    def end(self) -> None:
        """Kills it, if it still runs, and forgets it."""
        self._crun("delete", "--force", self.name, capture_output=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
