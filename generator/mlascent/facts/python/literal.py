"""Values that stand in the source."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

_MOST = 200
_LONGEST = 500
_PATHS = {"pathlib.Path", "pathlib.PurePath", "pathlib.PurePosixPath", "Path", "str"}
#: Stands for the package's name until the module knows its own.
PACKAGE = "\x02"


def literal(node: ast.expr | None, known: Mapping[str, Any], depth: int = 0) -> Any:
    """A value: text, number, list, mapping, path; None for anything else, and within lists too.

    Args:
        node: The expression.
        known: Names whose value is known.
        depth: How deep it stands.
    """
    if depth > 8:
        return None
    deeper = depth + 1
    if isinstance(node, ast.Constant):
        value = node.value
        if isinstance(value, str):
            return value[:_LONGEST]
        return (
            value
            if isinstance(value, bool | float) or (isinstance(value, int) and abs(value) < 10**18)
            else None
        )
    if isinstance(node, ast.Name):
        return PACKAGE if node.id == "__package__" else known.get(node.id)
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        found: list[Any] = []
        for item in node.elts[:_MOST]:
            inner = literal(item.value if isinstance(item, ast.Starred) else item, known, deeper)
            found.extend(inner if isinstance(item, ast.Starred) and isinstance(inner, list) else [inner])
        return found[:_MOST]
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys[:_MOST], node.values[:_MOST], strict=True)
        return {
            str(key.value): literal(value, known, deeper)
            for key, value in pairs
            if isinstance(key, ast.Constant)
        }
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = literal(node.operand, known, deeper)
        return -inner if isinstance(inner, int | float) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Div):
        left, right = literal(node.left, known, deeper), literal(node.right, known, deeper)
        if isinstance(left, str) and isinstance(right, str):
            return (left + right if isinstance(node.op, ast.Add) else f"{left}/{right}")[:_LONGEST]
        both = isinstance(left, list) and isinstance(right, list) and isinstance(node.op, ast.Add)
        return (left + right)[:_MOST] if both else None
    if isinstance(node, ast.JoinedStr):
        parts = [
            literal(part.value if isinstance(part, ast.FormattedValue) else part, known, deeper)
            for part in node.values
        ]
        return "".join(parts)[:_LONGEST] if all(isinstance(part, str) for part in parts) else None
    if (
        isinstance(node, ast.Call)
        and ast.unparse(node.func) in _PATHS
        and len(node.args) >= 1
        and not node.keywords
    ):
        parts = [literal(part, known, deeper) for part in node.args]
        return "/".join(parts)[:_LONGEST] if all(isinstance(part, str) for part in parts) else None
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return "python" if (node.value.id, node.attr) == ("sys", "executable") else None
    return None
