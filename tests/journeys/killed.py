"""An update that is killed at one step after another; tell whether the next command brings it back.

A program of its own: it forks, which a process with threads must not.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from mlascent.commands.unfinished import recover
from mlascent.merge.repository import located

from .small import small, updated


def main(place: Path, conflict: bool) -> None:
    """Print, as JSON: step → whether all is as before, and whether the update is complete."""
    repo = small(place, conflict)
    begin, before = repo.head, repo.snapshot()
    told: dict[str, tuple[bool, bool]] = {}
    read, write = os.pipe()
    while True:
        process = os.fork()
        if not process:

            def step(name: str) -> None:
                if name not in told:
                    os.write(write, f"{name}\n".encode())
                    os.kill(os.getpid(), signal.SIGKILL)

            updated(repo, step)
            os._exit(0)
        if os.WIFEXITED(os.waitpid(process, 0)[1]):
            break
        name = os.read(read, 100).decode().strip()
        recover(located(repo.path))
        finished = repo.head != begin
        if finished:
            assert repo.status() == []
            repo.git("switch", "--quiet", "main")
            repo.git("branch", "--quiet", "-D", "climb")
        told[name] = repo.snapshot() == before, finished
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] == "conflict")
