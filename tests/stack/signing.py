"""A key pair, cosign and a registry on the loopback, for the tests of releases."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.stack.stack import free_port, run, wait_until

PASSWORD = "of the test"
CONFIGURATION = """
version: 0.1
log: {{level: error}}
storage: {{filesystem: {{rootdirectory: {folder}/registry}}}}
http: {{addr: {address}}}
"""


def tool(name: str) -> str:
    """Return the path of a tool, fetched where the machine has none."""
    return run("scripts/tool", name).strip()


def key_pair(folder: Path) -> Path:
    """Make a key pair and return the secret half; the public one lies beside it."""
    subprocess.run(
        [tool("cosign"), "generate-key-pair"],
        cwd=folder, env={"COSIGN_PASSWORD": PASSWORD}, check=True, capture_output=True,
    )  # fmt: skip
    return folder / "cosign.key"


@contextmanager
def registry(folder: Path) -> Iterator[str]:
    """Run a registry and give its address."""
    address = f"127.0.0.1:{free_port()}"
    configuration = folder / "registry.yml"
    configuration.write_text(CONFIGURATION.format(folder=folder, address=address))
    process = subprocess.Popen(
        [tool("docker-registry"), "serve", str(configuration)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: run("curl", "--silent", f"http://{address}/v2/", check=False) == "{}")
        yield address
    finally:
        process.terminate()
        process.wait(10)
