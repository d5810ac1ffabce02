"""Every command that a page shows is run, or says why it cannot be."""

from __future__ import annotations

import csv
import os
import random
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .blocks import PAGES, ROOT, blocks, marked, misses, name, printed, script

#: Starts the service, waits until it is ready, and notes its process for the test to end.
SERVICE = """\
start_service() {
  just serve "$PORT" > service.log 2>&1 &
  echo $! >> "$SERVICES"
  for _ in $(seq 600); do
    if python -c "import urllib.request as u; u.urlopen('http://127.0.0.1:$PORT/readyz')" 2> /dev/null; then
      rm service.log
      return
    fi
    sleep 0.2
  done
  cat service.log
  return 1
}
"""


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_block_says_what_a_test_does_with_it(page: Path) -> None:
    for block in blocks(page):
        where = f"{name(page)}, line {block.line}"
        if block.language in ("sh", "bash", "shell", "console"):
            if block.mark:
                assert block.mark in ("fast", "full") or re.fullmatch('by-hand="[^"]+"', block.mark), where
            else:
                assert re.search(r"\b[A-Z]{2,}\b", block.text), f"{where}: mark it as fast, full or by-hand"
        else:
            assert block.mark in ("", "output") or block.file, where


@pytest.mark.parametrize("page", marked("fast"), ids=name)
def test_fast(tmp_path: Path, page: Path) -> None:
    clone, programs = tmp_path / "mlascent", tmp_path / "programs"
    for folder in (clone, programs):
        folder.mkdir()
    customers(clone / "customers.csv")
    shim = programs / "mlascent"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mlascent "$@"\n', encoding="utf-8")
    shim.chmod(0o755)
    run(page, "fast", clone, {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"})


@pytest.mark.full
@pytest.mark.parametrize("page", marked("full"), ids=name)
def test_full(tmp_path: Path, page: Path) -> None:
    clone, tools = tmp_path / "mlascent", tmp_path / "tools"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    # What is not committed yet is part of what is tested.
    changed = subprocess.run(
        ["git", "ls-files", "-z", "--modified", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    for path in filter(None, changed.split("\0")):
        if (ROOT / path).exists():
            (clone / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, clone / path)
        else:
            (clone / path).unlink(missing_ok=True)
    subprocess.run([sys.executable, "-m", "venv", tools], check=True)
    run(page, "full", clone, {"PATH": f"{tools / 'bin'}{os.pathsep}{os.environ['PATH']}", "VIRTUAL_ENV": ""})


def run(page: Path, mark: str, cwd: Path, env: dict[str, str]) -> None:
    services = cwd.parent / "services"
    surroundings = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "UV_RUN"))
    }
    try:
        done = subprocess.run(
            ["bash", "-c", SERVICE + script(page, mark)],
            cwd=cwd,
            env={**surroundings, "PORT": "8765", "SERVICES": str(services), **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            timeout=1200,
            start_new_session=True,
            check=False,
        )
    finally:
        for process in services.read_text().split() if services.exists() else ():
            end(int(process))
    assert done.returncode == 0, f"{name(page)}:\n{done.stdout}"
    said, last = printed(done.stdout), ""
    for number, block in enumerate(blocks(page)):
        last = said.get(number, last)
        if block.mark == "output":
            assert not misses(block.text, last), f"{name(page)}, line {block.line}; printed was:\n{last}"


def end(process: int) -> None:
    """End a service and what it started: they share the session of the script."""
    try:
        os.killpg(os.getpgid(process), signal.SIGTERM)
    except ProcessLookupError:
        return


def customers(file: Path) -> None:
    """The table that the tutorial makes, for pages that use one."""
    draw = random.Random(1)
    with file.open("w", encoding="utf-8", newline="") as text:
        table = csv.writer(text, delimiter=";")
        table.writerow(["customer_id", "email", "months", "plan", "left"])
        for number in range(300):
            months = draw.randint(0, 60)
            left = "yes" if draw.random() < (0.6 if months < 12 else 0.15) else "no"
            table.writerow([number, f"c{number}@example.org", months, draw.choice(["basic", "plus"]), left])
