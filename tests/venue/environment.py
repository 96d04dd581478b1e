"""Makes the pinned Python environment of the official clients, when it is missing or its pins changed, and prints its python.

Needs Python 3.11 or newer with its `venv` module, and a network the first time.
"""

from __future__ import annotations

import fcntl
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
REQUIREMENTS = HERE / "requirements.txt"


def main() -> None:
    python = VENV / "bin" / "python"
    stamp = VENV / "installed"
    pins = REQUIREMENTS.read_text()
    # several tests may want it at once; the lock ends with the process
    lock = (HERE / ".venv.lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    if not stamp.exists() or stamp.read_text() != pins:
        print(f"making {VENV} …", file=sys.stderr)
        venv.create(VENV, with_pip=True, clear=True)
        command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", REQUIREMENTS]
        subprocess.run(command, check=True)
        stamp.write_text(pins)
    print(python)


if __name__ == "__main__":
    main()
