"""What names mean within a module."""

from __future__ import annotations

import ast
from typing import Any

from mlascent.facts.python.literal import literal
from mlascent.facts.python.model import RELATIVE

#: Groups of operations of Azure ML's client: what they do says nothing without them.
_GROUPS = frozenset(
    (
        *("jobs", "components", "models", "environments", "data", "compute", "schedules"),
        *("online_endpoints", "online_deployments", "batch_endpoints", "batch_deployments"),
    )
)
_OPERATIONS = frozenset(
    (
        *("create_or_update", "begin_create_or_update", "begin_delete", "delete", "begin_cancel"),
        *("invoke", "get", "list", "stream", "archive", "begin_enable", "begin_disable", "trigger"),
    )
)


class Names:
    """Import aliases, and what variables hold."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.globals: dict[str, Any] = {}
        self.tables: dict[str, dict[str, str]] = {}
        self.aliases: dict[str, str] = {}
        self.made: dict[str, str] = {}  # variables → the class that they are made of
        self.known: dict[str, Any] = {}
        self.words: dict[str, str] = {}  # variables that hold a parser of argparse → its word
        self.local: set[str] = set()

    def alias(self, node: ast.Import | ast.ImportFrom) -> None:
        """Remember what a name stands for."""
        if isinstance(node, ast.Import):
            for item in node.names:
                name = item.name if item.asname else item.name.split(".")[0]
                self.aliases.setdefault(item.asname or name, name)
        else:
            base = RELATIVE * node.level + (node.module or "")
            for item in node.names:
                joined = base + item.name if base.endswith(RELATIVE) else f"{base}.{item.name}"
                self.aliases.setdefault(item.asname or item.name, joined)

    def setting(self, node: ast.Assign | ast.AnnAssign) -> None:
        """A module-level name: its value, and whether it is a table of functions."""
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            if isinstance(target, ast.Name) and node.value is not None:
                value = literal(node.value, self.known)
                self.globals[target.id] = value
                if value is not None:
                    self.known[target.id] = value
                if isinstance(node.value, ast.Dict):
                    pairs = zip(node.value.keys, node.value.values, strict=True)
                    table = {
                        str(key.value): self.dotted(value)
                        for key, value in pairs
                        if isinstance(key, ast.Constant) and isinstance(value, ast.Name | ast.Attribute)
                    }
                    if table and len(table) == len(node.value.keys):
                        self.tables[target.id] = table

    def added(self, node: ast.AugAssign) -> None:
        """What a module-level name is given besides (`WORDS |= {…}`), by that name and the line."""
        value = literal(node.value, self.known)
        if isinstance(node.target, ast.Name) and isinstance(value, dict):
            self.globals[f"{node.target.id} {node.lineno}"] = value

    def dotted(self, node: ast.expr) -> str:
        """The name of an expression; `.name` where its object is not known, empty where it has none.

        `.jobs.create_or_update` keeps two: the first of them says what the second is about.
        """
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        parts.reverse()
        if isinstance(node, ast.Name):
            if node.id in self.aliases:
                return ".".join([self.aliases[node.id], *parts])
            if parts and node.id in self.made:
                return ".".join([self.made[node.id], *parts])
            if not parts or node.id in self.local or node.id in ("__package__",):
                return ".".join([node.id, *parts])
        elif isinstance(node, ast.Call) and parts:
            made = self.dotted(node.func)
            if made.rpartition(".")[2][:1].isupper():
                return ".".join([made, *parts])
        if len(parts) > 1 and parts[-2] in _GROUPS and parts[-1] in _OPERATIONS:
            return f".{parts[-2]}.{parts[-1]}"
        return f".{parts[-1]}" if parts else ""

    def made_of(self, name: str, value: ast.expr) -> None:
        """Remember the class of a variable."""
        if isinstance(value, ast.Await):
            value = value.value
        if isinstance(value, ast.Call):
            made = self.dotted(value.func)
            if made and not made.startswith(".") and made.rpartition(".")[2].lstrip("_")[:1].isupper():
                self.made[name] = made
                return
            if made == ".add_parser" and value.args and isinstance(word := literal(value.args[0], {}), str):
                self.words[name] = word
        self.made.pop(name, None)
