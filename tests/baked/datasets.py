"""Data that no template has seen: odd names, text, gaps, three classes; always the same."""

from __future__ import annotations

import csv
import math
import random
from pathlib import Path

#: Names that break what pastes them into code, SQL, YAML, regular expressions or attribute access.
AREA, PRICE, KIND, DAY, FLAG, EMPTY = (
    "Área (m²)",
    "price/€ [net]",
    "class",
    "2nd day: date",
    "is new?",
    "no: value",
)
TARGETS = {"classification": "Satisfação do cliente", "regression": "Sale price, US$"}
ROWS = 400


def classes(file: Path) -> str:
    """Write a table with three classes that can be told apart; return the target's name."""
    target = TARGETS["classification"]
    rows = []
    for number, row in enumerate(_rows()):
        score = 0.02 * float(row[AREA] or 60) + {"casa": 1.0, "apto": 0.0, "": 0.5}[row[KIND]]
        label = "baixa" if score < 1.3 else "média" if score < 2.2 else "alta"
        # A few labels are missing: such rows cannot be learned from.
        rows.append({**row, target: "" if number % 97 == 5 else label})
    return _write(file, rows, target)


def numbers(file: Path) -> str:
    """Write a table whose target is a number of thousands; return the target's name."""
    target = TARGETS["regression"]
    draw = random.Random(7)
    rows = []
    for row in _rows():
        worth = 1500 * float(row[AREA] or 60) + {"casa": 40_000, "apto": 0, "": 20_000}[row[KIND]]
        rows.append({**row, target: f"{worth + draw.gauss(0, 3000):.2f}"})
    return _write(file, rows, target)


def _rows() -> list[dict[str, str]]:
    draw = random.Random(42)
    rows = []
    for number in range(ROWS):
        area = draw.uniform(20, 140)
        rows.append(
            {
                "id;№": f"{number:06}",
                AREA: "" if number % 11 == 3 else f"{area:.1f}",
                PRICE: f"{draw.lognormvariate(3, 1):.3f}",
                KIND: draw.choice(["casa", "apto", "casa", ""]),
                DAY: f"2024-{1 + number % 12:02}-{1 + number % 28:02}",
                FLAG: draw.choice(["True", "False"]),
                "note, 'free' text": draw.choice(["ok", "não", "a,b", 'says "hi"', ""]),
                "wave": f"{math.sin(number):.4f}",
                EMPTY: "",
            }
        )
    return rows


def _write(file: Path, rows: list[dict[str, str]], target: str) -> str:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return target
