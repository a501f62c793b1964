"""How long a program of an image takes from its start until it says that it is ready.

Called by check.py. The clock begins when the runtime is asked to let the made container's program go, and ends with the
first answer 200: it includes what the runtime itself takes for that, not what making the container takes.
"""

import socket
import time
from collections.abc import Callable

from container import Container

STARTS = 21

# Between two looks. The answer's own time is part of what is measured, so looking mustn't cost the program its CPU.
LOOK_EVERY_SECONDS = 0.0005
PATIENCE_SECONDS = 60


def is_ready(port: int, path: str) -> bool:
    """Whether the program answers 200."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            return connection.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def until_ready(port: int, patience_seconds: float = PATIENCE_SECONDS, path: str = "/readyz") -> float:
    """Waits for it; says when, on the clock of `time.monotonic`."""
    end = time.monotonic() + patience_seconds
    while not is_ready(port, path):
        if time.monotonic() > end:
            raise RuntimeError(f"nobody was ready on port {port} in {patience_seconds} s")
        time.sleep(LOOK_EVERY_SECONDS)
    return time.monotonic()


def starts(make: Callable[[], Container], port: int, path: str = "/readyz") -> list[float]:
    """Starts that many containers one after the other; gives the times in milliseconds, sorted."""
    times = []
    for _ in range(STARTS):
        with make() as container:
            began = container.start()
            try:
                times.append((until_ready(port, path=path) - began) * 1000)
            except RuntimeError as error:
                raise RuntimeError(f"{error}:\n{container.log.read_text()[-2000:]}") from error
    return sorted(times)
