"""Run one command and append its wall time (s), peak memory (KiB) and exit code to a file.

A program of its own, run by `python -I -S`, that imports next to nothing: a process inherits the peak memory
of the one that starts it, so that a large parent would hide how small the child is.
"""

import os
import sys
import time

report, *command = sys.argv[1:]
begin = time.perf_counter()
pid = os.posix_spawnp(command[0], command, os.environ)
_, status, usage = os.wait4(pid, 0)  # usage: of the largest process among the command and what it waited for
seconds = time.perf_counter() - begin
peak = usage.ru_maxrss // (1024 if sys.platform == "darwin" else 1)
with open(report, "a", encoding="utf-8") as file:
    file.write(f"{seconds} {peak} {os.waitstatus_to_exitcode(status)}\n")
