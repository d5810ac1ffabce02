"""Tables to try `mlascent data use` on."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

Row = Sequence[Any]


def write(file: Path, rows: Iterable[Row], separator: str = ",", encoding: str = "utf-8") -> Path:
    with file.open("w", encoding=encoding, newline="") as out:
        csv.writer(out, delimiter=separator).writerows(rows)
    return file


def people(rows: int = 300) -> list[Row]:
    """Two classes, and every kind of column that a team's table has."""
    draw = random.Random(1)
    table: list[Row] = [
        [
            *("id", "Nome", "CPF", "e-mail", "born", "Age", "city", "active", "score", "note", "same"),
            "none",
            "churn",
        ]
    ]
    for number in range(rows):
        age = draw.randint(18, 90)
        table.append(
            [
                10 + number * 3,
                f"Person {number}",
                f"{number:03}.111.222-33",
                f"p{number}@example.org",
                f"{draw.randint(1, 28):02}/{draw.randint(1, 12):02}/{2024 - age}",
                age if number % 10 else "",
                draw.choice(["Rio", "São Paulo", "Recife"]),
                draw.choice(["True", "False"]),
                round(draw.gauss(0, 1), 3),
                f"free words {draw.random()}",
                "x",
                "",
                "yes" if age > 50 else "no",
            ]
        )
    return table


def houses(rows: int = 200) -> list[Row]:
    """A number to predict, the same in another currency, and the same under logarithm-like distortion."""
    draw = random.Random(2)
    table: list[Row] = [["area", "rooms", "price", "euros", "squared"]]
    for _ in range(rows):
        area = draw.uniform(20, 200)
        price = round(3000 * area + draw.gauss(0, 9000), 2)
        table.append([round(area, 1), draw.randint(1, 5), price, round(price * 0.9, 2), round(price**2)])
    return table
