"""A name server as small as a cluster's, seen from one pod: it knows services by their full names alone.

Used by check.py, and run by tests/deploy/lookups.rs. It must run in a network of its own, since it takes port 53 of
127.0.0.1; `alone` makes that network usable.
"""

import fcntl
import socket
import struct
import subprocess
import sys
import threading

ADDRESS = ("127.0.0.1", 53)

# A pod's, in the namespace `docmill`, as the kubelet writes it with the policy ClusterFirst.
RESOLV_CONF = """\
search docmill.svc.cluster.local svc.cluster.local cluster.local
nameserver 127.0.0.1
options ndots:5
"""

TYPE_A = 1
CLASS_IN = 1
RESPONSE_AUTHORITATIVE = 0x8400
NO_SUCH_NAME = 3
LIFETIME_SECONDS = 5


def alone() -> None:
    """Takes up the loopback of a fresh network namespace, which begins down."""
    SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sH22x", b"lo", 0)
        flags = struct.unpack("16sH22x", fcntl.ioctl(control, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", flags | IFF_UP))


class Resolver:
    """Answers what it knows with an address, what it doesn't with "no such name", and remembers what it was asked."""

    def __init__(self, services: dict[str, str]):
        self.services = services
        self.asked: list[str] = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(ADDRESS)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            query, sender = self.socket.recvfrom(512)
            self.socket.sendto(self._answer(query), sender)

    def _answer(self, query: bytes) -> bytes:
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1 : at + 1 + query[at]].decode())
            at += 1 + query[at]
        at += 1
        (kind,) = struct.unpack("!H", query[at : at + 2])
        question = query[12 : at + 4]
        name = ".".join(labels).lower()
        self.asked.append(name)
        address = self.services.get(name)
        answer = b""
        if address and kind == TYPE_A:
            # The name is the question's, twelve bytes into the message.
            answer = struct.pack("!HHHIH", 0xC00C, TYPE_A, CLASS_IN, LIFETIME_SECONDS, 4) + socket.inet_aton(address)
        # The client's wish for recursion is given back; a name without an address of that kind is not an error.
        recursion = struct.unpack("!H", query[2:4])[0] & 0x0100
        flags = RESPONSE_AUTHORITATIVE | recursion | (0 if address else NO_SUCH_NAME)
        return query[:2] + struct.pack("!HHHHH", flags, 1, 1 if answer else 0, 0, 0) + question + answer


def main(arguments: list[str]) -> int:
    """resolver.py NAME=ADDRESS... -- COMMAND...: runs the command, then prints what was asked, a line each."""
    split = arguments.index("--")
    alone()
    resolver = Resolver(dict(pair.split("=", 1) for pair in arguments[:split]))
    code = subprocess.run(arguments[split + 1 :], check=False).returncode
    print("\n".join(f"asked {name}" for name in resolver.asked), flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
