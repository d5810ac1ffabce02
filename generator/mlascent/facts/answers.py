"""What a project says of itself: its answers and its `mlascent.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mlascent.facts.files import Files
from mlascent.facts.parsing import Doc, yaml_file

ANSWERS = ".copier-answers.yml"
MANIFEST = "mlascent.yaml"


@dataclass(frozen=True)
class Answers:
    """Answers file and manifest.

    Attributes:
        given: The answers; empty in a repository that no template made.
        manifest: `mlascent.yaml`; empty where there is none.
        doc: The manifest with its lines.
    """

    given: Mapping[str, Any] = field(default_factory=dict)
    manifest: Mapping[str, Any] = field(default_factory=dict)
    doc: Doc = field(default_factory=lambda: Doc(None), repr=False)

    @property
    def generated(self) -> bool:
        """Whether mlascent made the repository."""
        return "level" in self.given and any(key in self.given for key in ("package", "_src_path"))

    def block(self, name: str) -> Any:
        """A block of the manifest that a person has written; nothing where it is missing or an example.

        Blocks within it that are marked as an example are left out.
        """
        return _written(self.manifest.get(name))

    def line(self, *path: str | int) -> int:
        """The line of something in the manifest."""
        return self.doc.line(*path)


def _written(value: Any) -> Any:
    """The same without what is marked as an example; nothing where nothing is left."""
    if isinstance(value, dict):
        if value.get("example") is True:
            return None
        held = {key: _written(inner) for key, inner in value.items()}
        return {key: inner for key, inner in held.items() if inner is not None} or None
    if isinstance(value, list):
        return [item for item in map(_written, value) if item is not None] or None
    return None if isinstance(value, str) and not value.strip() else value


def read(files: Files) -> Answers:
    """Read both files."""
    doc = yaml_file(files, MANIFEST) if MANIFEST in files else Doc(None)
    given = yaml_file(files, ANSWERS).table() if ANSWERS in files else {}
    return Answers(given, doc.table(), doc)
