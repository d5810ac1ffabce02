"""Settings in YAML, JSON and TOML files that no other room reads: a team's own, and those of tools."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mlascent.facts.files import Files, line_of
from mlascent.facts.parsing import Doc, json_file, toml_file, yaml_docs

ENDINGS = (".yaml", ".yml", ".json", ".json5", ".toml")
#: Never anybody's settings.
_PASSED_OVER = ("reports/", "data/", "models/", "docs/", "node_modules/", ".github/workflows/", "tests/")


@dataclass(frozen=True, slots=True)
class Setting:
    """One file.

    Attributes:
        path: Relative to the root.
        doc: Its content (the first document of YAML).
        text: As written.
    """

    path: str
    doc: Doc
    text: str

    @property
    def data(self) -> Any:
        """Its content as plain data; nothing where it is malformed."""
        return self.doc.value

    def line(self, *keys: str) -> int:
        """The line of a key, or of the nearest thing above it."""
        return self.doc.line(*keys)

    def find(self, needle: str) -> int:
        """The line of the first occurrence of a text; 0 where there is none."""
        return line_of(self.text, needle)

    def mappings(self) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
        """Every mapping in it with the keys that lead to it, the outermost first."""
        waiting: list[tuple[tuple[str, ...], Any]] = [((), self.data)]
        while waiting:
            keys, value = waiting.pop(0)
            if isinstance(value, dict):
                yield keys, value
                waiting += [((*keys, str(key)), inner) for key, inner in value.items()]
            elif isinstance(value, list):
                waiting += [(keys, inner) for inner in value]


@dataclass(frozen=True)
class Settings:
    """All of them, read when asked for."""

    files: Files

    def get(self, path: str) -> Any:
        """The content of one file; nothing where it is missing or malformed."""
        return self._doc(path).value

    def named(self, *names: str) -> tuple[Setting, ...]:
        """Files whose last part is one of these names, the shallowest first."""
        paths = sorted(self.files.named(*names), key=lambda path: (path.count("/"), path))
        return tuple(self._read(path) for path in paths)

    def match(self, *patterns: str) -> tuple[Setting, ...]:
        """Files whose path matches one of these shell patterns (`*` crosses slashes)."""
        return tuple(self._read(path) for path in self.files.match(*patterns) if path.endswith(ENDINGS))

    def own(self) -> tuple[Setting, ...]:
        """A team's own settings: all but reports, data, documents, tests and CI."""
        return tuple(
            self._read(path)
            for path in self.files.ending(*ENDINGS)
            if not path.startswith(_PASSED_OVER) and self.files.all[path].size < 200_000
        )

    def _read(self, path: str) -> Setting:
        return Setting(path, self._doc(path), self.files.text(path))

    def _doc(self, path: str) -> Doc:
        if path not in self.files:
            return Doc(None)
        if path.endswith(".toml"):
            return toml_file(self.files, path)
        if path.endswith((".json", ".renovaterc")):
            return json_file(self.files, path)
        return next(iter(yaml_docs(self.files, path)), Doc(None))


def read(files: Files) -> Settings:
    """Settings of a repository."""
    return Settings(files)
