"""Hands programs to a few launchers, so that each file is read in a process of its own, two at a time."""

import json
import queue
import subprocess
import sys
import threading
from pathlib import Path

# A hundred times what the slowest engine needs for the largest report at hand.
SECONDS_PER_FILE = 20


def run_all(tasks, workers):
    """Runs `tasks`, a list of `(output file, command)`, and returns what each cost, in the same order."""
    waiting = queue.SimpleQueue()
    for numbered in enumerate(tasks):
        waiting.put(numbered)
    results = [None] * len(tasks)

    def work():
        launcher = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("launch.py"))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        with launcher:
            while True:
                try:
                    number, (output, command) = waiting.get_nowait()
                except queue.Empty:
                    launcher.stdin.close()
                    return
                launcher.stdin.write(json.dumps([str(output), SECONDS_PER_FILE, *map(str, command)]) + "\n")
                launcher.stdin.flush()
                results[number] = json.loads(launcher.stdout.readline())

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
