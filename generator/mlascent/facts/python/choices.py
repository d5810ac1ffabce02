"""Choices by a word: `if name == "train"`, `match name`."""

from __future__ import annotations

import ast


def choices(
    node: ast.If | ast.IfExp | ast.Match,
) -> tuple[list[tuple[list[str], list[ast.AST]]], list[ast.expr]]:
    """Branches with their words (none for the rest), and the tests; no words at all for another choice."""
    tests: list[ast.expr] = []
    branches: list[tuple[list[str], list[ast.AST]]] = []
    if isinstance(node, ast.Match):
        tests.append(node.subject)
        for case in node.cases:
            values = [p.value for p in ast.walk(case.pattern) if isinstance(p, ast.MatchValue)]
            words = [v.value for v in values if isinstance(v, ast.Constant) and isinstance(v.value, str)]
            branches.append((words, [*([case.guard] if case.guard else []), *case.body]))
    else:
        current: ast.AST = node
        while isinstance(current, ast.If | ast.IfExp):
            words = _compared(current.test)
            if not words:
                break
            tests.append(current.test)
            branches.append((words, list(current.body) if isinstance(current, ast.If) else [current.body]))
            rest = current.orelse if isinstance(current, ast.If) else [current.orelse]
            if len(rest) == 1 and isinstance(rest[0], ast.If | ast.IfExp) and _compared(rest[0].test):
                current = rest[0]
                continue
            branches.append(([], list(rest)))
            break
    return branches, tests


def is_main(test: ast.expr) -> bool:
    """Whether a test is `__name__ == "__main__"`."""
    return isinstance(test, ast.Compare) and {"__name__", "'__main__'"} == {
        ast.unparse(test.left), *(ast.unparse(other) for other in test.comparators[:1])
    }  # fmt: skip


def _compared(test: ast.expr) -> list[str]:
    """The words that a test compares something with; none for another test."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or):
        return [word for value in test.values for word in _compared(value)]
    if (
        not isinstance(test, ast.Compare)
        or len(test.ops) != 1
        or not isinstance(test.ops[0], ast.Eq | ast.In)
    ):
        return []
    other = test.comparators[0]
    items = other.elts if isinstance(other, ast.Tuple | ast.List | ast.Set) else [other]
    words = [item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    return words if len(words) == len(items) else []
