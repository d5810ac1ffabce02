"""What tools are told: commit hooks, ignore files, git filters, and sections of INI and TOML files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mlascent.facts.files import Files, line_of
from mlascent.facts.parsing import toml_file, yaml_file

PRE_COMMIT = (".pre-commit-config.yaml", ".pre-commit-config.yml", "prek.yaml")
LEFTHOOK = ("lefthook.yml", "lefthook.yaml", ".lefthook.yml", ".lefthook.yaml")
#: Hooks of these stages run at a commit or a push without being asked for.
_STAGES = frozenset({"commit", "push", "pre-commit", "pre-push", "pre-merge-commit"})
#: A pattern with more stars is no pattern of a person.
_MOST_STARS = 12


@dataclass(frozen=True, slots=True)
class Hook:
    """A hook of pre-commit, prek or lefthook that runs on its own.

    Attributes:
        id: Its id, or name.
        repo: Where it comes from; `local` or empty for one's own.
        entry: Its command; empty where its repository says it.
        path: The file.
        line: From 1.
    """

    id: str
    repo: str
    entry: str
    path: str
    line: int

    def runs(self, *names: str) -> bool:
        """Whether the hook is, or calls, one of these tools."""
        said = re.split(r"[^A-Za-z0-9_-]+", f"{self.id} {self.entry} {self.repo.rpartition('/')[2]}".lower())
        known = {word.removeprefix("mirrors-").removesuffix("-pre-commit") for word in said}
        return bool(known & set(names) or {f"{word}-check" for word in names} & known)


@dataclass(frozen=True)
class Tooling:
    """All of it, read when asked for."""

    files: Files
    _kept: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def hooks(self) -> tuple[Hook, ...]:
        """Commit hooks; empty where the file is malformed."""
        return (*_pre_commit(self.files), *_lefthook(self.files))

    @cached_property
    def filters(self) -> tuple[tuple[str, str, int], ...]:
        """(pattern, filter, line) of .gitattributes."""
        found = []
        for number, line in enumerate(self.files.text(".gitattributes").splitlines(), 1):
            words = line.split("#")[0].split()
            found += [(words[0], word[7:], number) for word in words[1:] if word.startswith("filter=")]
        return tuple(found)

    def ignored(self, path: str) -> bool:
        """Whether .gitignore files keep a path out of git."""
        parts = path.rstrip("/").split("/")
        return any(
            self._matched("/".join(parts[:depth]), depth < len(parts) or path.endswith("/"))
            for depth in range(1, len(parts) + 1)
        )

    def _matched(self, path: str, folder: bool) -> bool:
        out = False
        for home, patterns in self._ignores:
            if not path.startswith(home):
                continue
            for regex, only_folders, keep in patterns:
                if (folder or not only_folders) and regex.fullmatch(path[len(home) :]):
                    out = not keep
        return out

    @cached_property
    def _ignores(self) -> list[tuple[str, list[tuple[re.Pattern[str], bool, bool]]]]:
        found = []
        for path in sorted(self.files.named(".gitignore"), key=lambda path: (path.count("/"), path)):
            patterns = [p for line in self.files.text(path).splitlines()[:2000] if (p := _pattern(line))]
            found.append((path.removesuffix(".gitignore"), patterns))
        return found

    def line(self, path: str, *keys: str) -> int:
        """The line of a section; 0 where it is not known."""
        if path.endswith(".toml"):
            return toml_file(self.files, path).line(*keys)
        return line_of(self.files.text(path), f"[{':'.join(keys)}]") if keys else 0

    def section(self, path: str, *keys: str) -> Mapping[str, Any] | None:
        """A section of a TOML or INI file; nothing where there is none."""
        if path.endswith(".toml"):
            value: Any = toml_file(self.files, path).value
            for key in keys:
                value = value.get(key) if isinstance(value, dict) else None
            return value if isinstance(value, dict) else None
        if path not in self._kept:
            self._kept[path] = dict(_ini(self.files.text(path)))
        found: Mapping[str, Any] | None = self._kept[path].get(":".join(keys))
        return found


def _pre_commit(files: Files) -> Iterator[Hook]:
    path = next((path for path in PRE_COMMIT if path in files), "")
    doc = yaml_file(files, path) if path else None
    for r, repo in enumerate(doc.items("repos") if doc else ()):
        hooks = repo.get("hooks") if isinstance(repo, dict) else None
        for h, hook in enumerate(hooks if isinstance(hooks, list) else ()):
            if not isinstance(hook, dict) or not hook.get("id") or doc is None:
                continue
            stages = hook.get("stages") or doc.get("default_stages") or ["pre-commit"]
            if _STAGES & {str(stage) for stage in stages if isinstance(stages, list)}:
                words = " ".join([str(hook.get("entry") or ""), *map(str, hook.get("args") or ())]).strip()
                line = doc.line("repos", r, "hooks", h)
                yield Hook(str(hook["id"]), str(repo.get("repo") or ""), words, path, line)


def _lefthook(files: Files) -> Iterator[Hook]:
    path = next((path for path in LEFTHOOK if path in files), "")
    doc = yaml_file(files, path) if path else None
    for stage in ("pre-commit", "pre-push"):
        for kind in ("commands", "jobs", "scripts"):
            block = doc.get(stage, kind) if doc else None
            pairs = enumerate(block) if isinstance(block, list) else (block or {}).items()
            for name, command in pairs:
                if isinstance(command, dict) and doc and not command.get("skip"):
                    said = str(command.get("name") or name)
                    yield Hook(said, "", str(command.get("run") or ""), path, doc.line(stage, kind, name))


def _pattern(line: str) -> tuple[re.Pattern[str], bool, bool] | None:
    text = line.rstrip()
    if not text or text.startswith("#") or text.count("*") > _MOST_STARS:
        return None
    keep, text = text.startswith("!"), text.removeprefix("!").removeprefix("\\")
    only_folders, text = text.endswith("/"), text.rstrip("/")
    anchored, text = "/" in text, text.lstrip("/")
    regex, at = "" if anchored else "(?:.*/)?", 0
    while at < len(text):
        if text.startswith("**/", at):
            regex, at = regex + "(?:.*/)?", at + 3
        elif text.startswith("**", at):
            regex, at = regex + ".*", at + 2
        elif text[at] == "[" and (end := text.find("]", at + 2)) > 0:
            inner = text[at + 1 : end].replace("\\", "\\\\").replace("!", "^", 1).replace("[", "\\[")
            regex, at = f"{regex}[{inner}]", end + 1
        else:
            regex += {"*": "[^/]*", "?": "[^/]"}.get(text[at]) or re.escape(text[at])
            at += 1
    try:
        return re.compile(regex), only_folders, keep
    except re.error:
        return None


def _ini(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    section: dict[str, str] = {}
    key = ""
    for line in text.splitlines():
        bare = line.strip()
        if not bare or bare.startswith(("#", ";")):
            continue
        if bare.startswith("[") and bare.endswith("]"):
            section, key = {}, ""
            yield bare[1:-1].strip(), section
        elif line[0].isspace() and key:
            section[key] += "\n" + bare
        elif match := re.match(r"([^=:]+?)\s*[=:]\s*(.*)", bare):
            key = match[1].strip()
            section[key] = match[2].strip()


def read(files: Files) -> Tooling:
    """Tools' settings of a repository."""
    return Tooling(files)
