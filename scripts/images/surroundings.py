"""docmill as a cluster would have it, on one machine: NATS, and containers of the images beside it.

Called by check.py. Services are reached by the short names that charts and people write; the name server knows none but
Kubernetes's full names.
"""

import json
import os
import subprocess
import time
from pathlib import Path

from archive import Image
from container import Container
from ready import until_ready
from resolver import RESOLV_CONF, Resolver

ROOT = Path(__file__).resolve().parents[2]

# A service of the pod's own namespace, which the first search domain finds, and one of another, which the second does.
SERVICES = {"nats.docmill.svc.cluster.local": "127.0.0.1", "mock-llm.trial.svc.cluster.local": "127.0.0.1"}
NATS = "nats://nats:4222"
WORKERS = {"DOCMILL_NATS__URL": NATS, "DOCMILL_LLM__BASE_URL": "http://mock-llm.trial:8081/v1", "DOCMILL_LLM__MODEL": "mock-llm"}

WORKER_PORT, MOCK_LLM_PORT = 8080, 8081
PATIENCE_SECONDS = 60


class Site:
    """All of it. The caller gives it a network of its own, and a folder that it may fill."""

    def __init__(self, folder: Path, images: dict[str, Image]):
        self.folder, self.images = folder, images
        self.resolver = Resolver(SERVICES)
        # What a runtime writes for a pod.
        self.files = {"/etc/resolv.conf": RESOLV_CONF, "/etc/hosts": "127.0.0.1\tlocalhost\n"}
        for path, text in self.files.items():
            (folder / Path(path).name).write_text(text)
        server = os.environ.get("DOCMILL_NATS_SERVER", str(ROOT / ".tools/bin/nats-server"))
        store = str(folder / "jetstream")
        self.nats = subprocess.Popen(
            [server, "--addr", "127.0.0.1", "--port", "4222", "--jetstream", "--store_dir", store],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.nats.kill()
        self.nats.wait()

    def worker(self, stage: str, *arguments: str) -> Container:
        """A worker, ready to start."""
        name = f"docmill-{stage}"
        return self._container(name, name, *arguments, environment=WORKERS)

    def mock_llm(self) -> Container:
        """The mock LLM, ready to start."""
        return self._container("docmill", "mock-llm", "--listen", f"127.0.0.1:{MOCK_LLM_PORT}")

    def docmill(self, *arguments: str, mounts: dict[str, Path] | None = None) -> str:
        """What a command for people says."""
        with self._container("docmill", "docmill", "--nats", NATS, *arguments, mounts=mounts) as container:
            container.start()
            return container.wait(PATIENCE_SECONDS)

    def one_document(self, pdf: Path) -> dict:
        """Takes a document from its job to its outcome."""
        with self.mock_llm() as mock_llm, self.worker("processor") as processor:
            mock_llm.start()
            processor.start()
            until_ready(WORKER_PORT)
            said = self.docmill("submit", "--collection", "check", "--document", "one", "/pdf", mounts={"/pdf": pdf})
            end = time.monotonic() + PATIENCE_SECONDS
            while time.monotonic() < end:
                said = self.docmill("results", "check", "one", "--format", "json")
                if said.startswith("{"):
                    return json.loads(said)
                time.sleep(0.1)
            log = processor.log.read_text()
        raise RuntimeError(f"no outcome came; docmill says: {said}\nthe processor: {log[-2000:]}")

    def _container(self, image, program, *arguments, environment=None, mounts=None) -> Container:
        files = {path: self.folder / Path(path).name for path in self.files}
        command = [f"/usr/local/bin/{program}", *arguments]
        return Container(self.images[image], self.folder, command, environment or {}, {**files, **(mounts or {})})
