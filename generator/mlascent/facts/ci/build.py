"""What the readers of all systems share: the way from a text of shell to launches."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from mlascent.facts.ci.conditions import decide
from mlascent.facts.ci.tree import Node
from mlascent.facts.files import Files, Problem
from mlascent.facts.tasks import Command, Launch, Tasks

#: Steps of one file, what it calls included; more are not looked at.
MOST_STEPS = 20_000
#: Files that call files that call files.
MOST_CALLS = 10

_ROOTS = re.compile(
    r"""^(?:\$\((?:Build\.SourcesDirectory|System\.DefaultWorkingDirectory|Pipeline\.Workspace)\)(?:/s(?=/|$))?
    |\$\{\{\s*github\.workspace\s*\}\}|\$\{?(?:env\.)?(?:GITHUB_WORKSPACE|CI_PROJECT_DIR|WORKSPACE|PWD)\}?
    |\$\{?(?:TRAVIS_BUILD_DIR|BITBUCKET_CLONE_DIR)\}?|~/project)(?:/|$)""",
    re.VERBOSE,
)
_CD = re.compile(r"^\s*cd\s+[\"']?([^\s\"';&|]+)[\"']?\s*$")


@dataclass
class Context:
    """A repository, while its CI files are read.

    Attributes:
        files: Those of the project.
        tasks: Its words.
        templates: Files that other files call: no pipelines of their own.
    """

    files: Files
    tasks: Tasks
    templates: set[str] = field(default_factory=set)
    _spent: dict[str, int] = field(default_factory=dict)

    def spend(self, path: str) -> bool:
        """Whether a file may have one more step."""
        self._spent[path] = self._spent.get(path, 0) + 1
        if self._spent[path] == MOST_STEPS + 1:
            said = f"more than {MOST_STEPS:,} steps, calls followed; the rest was not looked at"
            self.files.problems.add(Problem(path, said))
        return self._spent[path] <= MOST_STEPS

    def folder(self, *parts: str) -> str:
        """A working directory as a folder of the repository; its root where that cannot be told."""
        folder = ""
        for part in parts:
            told = _ROOTS.sub("", part.strip())
            if told != part.strip() or told.startswith("/"):
                folder = ""
            if "$" not in told and not told.startswith(("/", "~")):
                folder = posixpath.join(folder, told)
        folder = posixpath.normpath(folder).strip("/") if folder else ""
        return "" if folder == "." or folder.startswith("..") else folder

    def inside(self, folder: str) -> str | None:
        """A folder of the repository as one of the project in it; nothing where it is elsewhere."""
        if (folder + "/").startswith(self.files.prefix):
            return folder[len(self.files.prefix) :].strip("/")
        return None

    def launches(
        self,
        text: str,
        path: str,
        line: int,
        folder: str = "",
        env: Mapping[str, str] | None = None,
        strict: bool = True,
    ) -> tuple[Launch, ...]:
        """What a text of shell starts.

        Args:
            text: The shell, of one line or several.
            path: Where it stands.
            line: The text's first line.
            folder: Where it runs.
            env: Its variables; just's own decide which justfile it reads.
            strict: Whether the shell stops at the first failure.
        """
        return self.run(commands(text, path, line, strict), folder, env)

    def run(
        self, given: tuple[Command, ...], folder: str = "", env: Mapping[str, str] | None = None
    ) -> tuple[Launch, ...]:
        """What commands start, one after another in one shell.

        Where the project is a folder of its repository, what runs elsewhere is another project's.
        """
        env = env or {}
        told = env.get("JUST_WORKING_DIRECTORY") or posixpath.dirname(env.get("JUST_JUSTFILE", ""))
        if told:
            folder = self.folder(told)
        if not self.files.prefix:
            return self.tasks.launches(given, folder) if given else ()
        found: list[Launch] = []
        waiting: list[Command] = []
        for command in (row for block in given for row in _lines(block)):
            changed = _CD.match(command.text)
            if changed and self.inside(folder) is None:
                found.extend(self._here(tuple(waiting), folder))
                folder, waiting = self.folder(folder, changed[1]), []
            else:
                waiting.append(command)
        return (*found, *self._here(tuple(waiting), folder))

    def _here(self, given: tuple[Command, ...], folder: str) -> tuple[Launch, ...]:
        """What commands start that run in the project, or name it."""
        inside = self.inside(folder)
        if inside is None:
            name = self.files.prefix.rstrip("/")
            goes = re.compile(rf"\bcd\s+[\"']?(?:\./)?{re.escape(name)}\b")
            given = tuple(
                replace(command, text=goes.sub("cd .", command.text))
                for command in given
                if name in command.text
            )
        return self.tasks.launches(given, inside or "") if given else ()


def commands(
    text: str, path: str, line: int, strict: bool = True, pipefail: bool = False
) -> tuple[Command, ...]:
    """A text of shell.

    Args:
        text: One line or several.
        path: Where it stands.
        line: Its first line.
        strict: Whether the shell stops at the first failure.
        pipefail: Whether every part of a pipe counts.
    """
    if not text.strip():
        return ()
    return (Command(text, path, line, strict=strict, pipefail=pipefail),)


def _lines(command: Command) -> tuple[Command, ...]:
    """The lines of a command, where no block of shell goes over several."""
    rows = command.text.splitlines()
    if any(row.rstrip().endswith(("\\", "then", "do", "{", "(")) or "<<" in row for row in rows):
        return (command,)
    return tuple(
        replace(command, text=row, line=command.line + at) for at, row in enumerate(rows) if row.strip()
    )


def several(nodes: Node, strict: bool = True, pipefail: bool = False) -> tuple[Command, ...]:
    """The commands of a list of texts, or of one text; lists in it are flattened."""
    found: list[Command] = []
    for node in nodes.list():
        if isinstance(node.value, list):
            found.extend(several(node, strict, pipefail))
        else:
            found.extend(commands(node.text, node.file, node.start, strict, pipefail))
    return tuple(found)


def possible(
    condition: str, contexts: Mapping[str, tuple[Callable[[str], object], ...]], kinds: frozenset[str]
) -> frozenset[str]:
    """Kinds of trigger for which a condition can hold.

    Args:
        condition: As written.
        contexts: Kind → what names mean then, once for each event of that kind.
        kinds: Those that are asked about.
    """
    if not condition.strip():
        return kinds
    return frozenset(
        kind
        for kind in kinds
        if any(decide(condition, lookup) is not False for lookup in contexts.get(kind, (_unknown,)))
    )


def _unknown(_: str) -> object:
    from mlascent.facts.ci.values import UNKNOWN

    return UNKNOWN
