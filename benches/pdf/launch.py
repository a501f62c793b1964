"""Runs programs one after the other, each under limits, and says what each one cost.

`processes.py` starts it and keeps it. It reads one JSON list a line, `[output file, seconds, program, argument...]`,
and answers with `{"status", "cpu_s", "peak_kib"}`. It stays this small on purpose: the kernel counts the size of the
process that forks towards the peak of the program it starts, so nothing below this one's ~10 MB can be told apart.
"""

import json
import os
import resource
import select
import signal
import sys

ADDRESS_SPACE_BYTES_MAX = 2 << 30
OUTPUT_BYTES_MAX = 64 << 20


def run(output, seconds, *command):
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_BYTES_MAX, ADDRESS_SPACE_BYTES_MAX))
            resource.setrlimit(resource.RLIMIT_FSIZE, (OUTPUT_BYTES_MAX, OUTPUT_BYTES_MAX))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            os.dup2(os.open(os.devnull, os.O_RDWR), 0)
            os.dup2(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), 1)
            os.dup2(os.open(output + ".err", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), 2)
            os.execv(command[0], command)
        finally:
            os._exit(127)
    ended = select.poll()
    descriptor = os.pidfd_open(child)
    ended.register(descriptor, select.POLLIN)
    in_time = ended.poll(seconds * 1000)
    os.close(descriptor)
    if not in_time:
        os.kill(child, signal.SIGKILL)
    _, status, usage = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    said = "ok" if code == 0 else "timeout" if not in_time else f"signal {-code}" if code < 0 else f"exit {code}"
    return {"status": said, "cpu_s": usage.ru_utime + usage.ru_stime, "peak_kib": usage.ru_maxrss}


for line in sys.stdin:
    print(json.dumps(run(*json.loads(line))), flush=True)
