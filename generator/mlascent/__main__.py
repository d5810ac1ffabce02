"""The `mlascent` command. What needs no command-line parser is answered before one is loaded."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command and end the process with its exit code."""
    try:
        code = start()
    except KeyboardInterrupt:  # before or after the command proper, which tells its own
        print("error: interrupted", file=sys.stderr)
        code = 130
    sys.exit(code)


def start() -> int:
    """Answer at once, or hand over to the parser; the exit code."""
    arguments = sys.argv[1:] or ["--help"]
    if "_MLASCENT_COMPLETE" not in os.environ:
        if arguments == ["--version"]:
            from mlascent import __version__

            print(f"mlascent {__version__}")
            return 0
        if arguments in (["--help"], ["-h"]) and (text := _help()):
            sys.stdout.write(text)
            return 0
    from mlascent.cli import run

    return run(arguments)


def _help() -> str:
    """The help text that `just generate` keeps; nothing in a checkout where it was not run."""
    try:
        with open(os.path.join(os.path.dirname(__file__), "help.txt"), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


if __name__ == "__main__":
    main()
