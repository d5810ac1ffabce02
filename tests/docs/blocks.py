"""The fenced blocks of a page, and how they are run.

The info string of a block says what a test does with it:

- `sh fast`: run in the fast tests, where `mlascent` is this checkout's;
- `sh full`: run in the full tests, in a clone of this repository, as it stands;
- `sh by-hand="reason"`: nothing but a person can;
- `sh` alone in a how-to is a synopsis: it must hold a placeholder in capitals;
- `LANGUAGE file=NAME`: written to that file before the next block runs;
- `text output`: lines that the block before printed, `…` for anything.

`just serve` goes to the background until the page ends; what follows it waits until it answers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(page for page in ROOT.glob("docs/**/*.md") if not page.is_relative_to(ROOT / "docs" / "reference")),
        ROOT / "docs" / "reference" / "contracts.md",
    ]
)
_FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        page: Where it stands.
        line: Its first line there.
        language: The first word of its info string.
        mark: The rest of the info string.
        text: What it holds.
    """

    page: Path
    line: int
    language: str
    mark: str
    text: str

    @property
    def file(self) -> str | None:
        """The name of the file that it is the content of."""
        return self.mark.removeprefix("file=") if self.mark.startswith("file=") else None


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(page, text.count("\n", 0, found.start()) + 1, found[1], found[2].strip(), found[3])
        for found in _FENCE.finditer(text)
    ]


def marked(mark: str) -> list[Path]:
    """The pages that have blocks with this mark."""
    return [page for page in PAGES if any(block.mark == mark for block in blocks(page))]


def script(page: Path, mark: str) -> str:
    """A shell script of all the blocks with a mark, and the files between them."""
    lines = ["set -eu"]
    for number, block in enumerate(blocks(page)):
        if block.file:
            lines += [f"cat > {block.file} <<'END OF FILE'", block.text.rstrip("\n"), "END OF FILE"]
        elif block.mark == mark:
            lines += [f"echo '<block {number}>'", *map(_served, block.text.splitlines())]
    return "\n".join(lines) + "\n"


def _served(line: str) -> str:
    before, word, after = line.partition("just serve")
    command = f"{before}start_service" if word and not after.strip() else line
    # A shell that ends on errors overlooks those before `&&`.
    return f"{command} || exit 1"


def printed(output: str) -> dict[int, str]:
    """Number of a block → what it printed."""
    parts = re.split(r"^<block (\d+)>$", output, flags=re.MULTILINE)
    return {int(number): text for number, text in zip(parts[1::2], parts[2::2], strict=True)}


def misses(expected: str, output: str) -> list[str]:
    """The expected lines that no line of an output is like."""
    lines = [line.strip() for line in output.splitlines()]
    shapes = {line: ".*".join(map(re.escape, line.strip().split("…"))) for line in expected.splitlines()}
    return [line for line, shape in shapes.items() if not any(re.fullmatch(shape, one) for one in lines)]
