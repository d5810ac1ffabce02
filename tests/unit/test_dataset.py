"""What is read of a file, and what is thought of its columns."""

from __future__ import annotations

import ast
import csv
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlascent.dataset import hints, plain, reading, scaffold
from mlascent.dataset.judge import Judgement, judge
from mlascent.dataset.profile import Column
from mlascent.dataset.survey import Survey, repeats, survey
from mlascent.errors import MlascentError, RefusedError, UsageError

from .tables import Row, houses, people, write


def surveyed(file: Path, target: str, task: str = "classification", **options: Any) -> Survey:
    return survey(file, reading.form(file), target, task == "classification", **options)


def judged(file: Path, target: str, task: str = "classification", **options: Any) -> Judgement:
    return judge(surveyed(file, target, task, **options).columns, target, task)


def one_column(file: Path, values: list[str], **options: Any) -> Column:
    rows: list[Row] = [["x", "t"], *([value, "ab"[number % 2]] for number, value in enumerate(values))]
    return surveyed(write(file, rows), "t", **options).columns["x"]


# ---------------------------------------------------------------- how a file is written


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_form_is_found(tmp_path: Path, separator: str, encoding: str) -> None:
    rows = [["größe", 'a "b", c; d|e', "t"], ["1", "two\nlines", "x"], ["", "é", "y"]]
    file = write(tmp_path / "t.csv", rows, separator, encoding)
    form = reading.form(file)
    assert form.separator == separator
    assert form.header[0] == "größe"
    assert form.plain == (separator == "," and encoding == "utf-8")


@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=5),
            min_size=3,
            max_size=3,
        ),
        min_size=1,
        max_size=5,
    )
)
def test_plain_form_says_the_same(tmp_path_factory: pytest.TempPathFactory, cells: list[list[str]]) -> None:
    folder = tmp_path_factory.mktemp("plain")
    file = write(folder / "a.csv", [["a", "b", "c"], *cells], ";", "utf-16")
    new = folder / "b.csv"
    plain.write(file, reading.form(file), plain.Mending(), new)
    with new.open(encoding="utf-8", newline="") as text:
        assert list(csv.reader(text)) == [["a", "b", "c"], *cells]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \n\n ", "is empty"),
        (b"a,b\n", "no row below"),
        (bytes(range(256)), "binary file"),
        (b"PK\x03\x04rest", "Excel"),
        (b"\x1f\x8brest", "gzip"),
        (b"a\n1\n2\n", "single column"),
        (b"1,2\n3,4\n", "not column names"),
        (b"a,a,t\n1,2,3\n", "twice: a"),
        (b"a,b\n1,2\n\n3\n1,2,3\n", "row 2 has 1; row 3 has 3"),
        (b'a,b\n1,"x\n' + b"2,3\n" * 400_000, "quotation mark"),
    ],
)
def test_no_table_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "t.csv"
    file.write_bytes(content)
    with pytest.raises(RefusedError) as refusal:
        surveyed(file, reading.form(file).header[-1])
    assert said in str(refusal.value)


def test_what_is_not_there_is_a_wrong_call(tmp_path: Path) -> None:
    file = write(tmp_path / "t.csv", people(60))
    for call in (
        lambda: reading.form(tmp_path / "nowhere.csv"),
        lambda: reading.form(tmp_path),
        lambda: reading.form(file, encoding="klingon"),
        lambda: reading.form(file, separator=",,"),
        lambda: surveyed(file, "churn", decimal=";"),
    ):
        with pytest.raises(UsageError):
            call()


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    with file.open("wb") as sparse:
        sparse.truncate(reading.MOST_BYTES + 1)
    with pytest.raises(RefusedError, match="GiB"):
        reading.form(file)


# ---------------------------------------------------------------- what stands in a column


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", " 2 ", "-3e4", ".5", "NA", ""], "number"),
        (["1_000", "2"], "text"),  # Python would read both as numbers, pandas does not
        (["٣", "2"], "text"),
        (["True", "false", ""], "boolean"),
        (["True", "yes"], "text"),
        (["NULL", "nan", ""], "empty"),
    ],
)
def test_kinds_are_those_of_pandas(tmp_path: Path, values: list[str], kind: str) -> None:
    assert one_column(tmp_path / "t.csv", values).kind == kind


def test_numbers_are_measured(tmp_path: Path) -> None:
    column = one_column(tmp_path / "t.csv", ["1000000001", "1000000003", "", "1000000002"])
    assert (column.whole, column.low, column.high) == (True, 1000000001, 1000000003)
    assert (column.missing, column.distinct, column.mean) == (1, 3, 1000000002)
    assert column.deviation == pytest.approx((2 / 3) ** 0.5)


def test_a_placeholder_alone_keeps_no_column_from_being_numbers(tmp_path: Path) -> None:
    column = one_column(tmp_path / "t.csv", ["1.5", " ", "2.5", "?", "3"])
    assert (column.kind, column.missing) == ("number", 2)
    column = one_column(tmp_path / "t.csv", ["1.5", "2", "3", "refused"])
    assert (column.kind, column.almost) == ("text", {"refused": 1})
    column = one_column(tmp_path / "t.csv", ["1.5", "2", "3", "refused"], missing=["refused"])
    assert (column.kind, column.missing) == ("number", 1)


@pytest.mark.parametrize(("decimal", "values"), [(",", ["1.234,5", "7"]), (".", ["1,234.5", "7"])])
def test_commas_in_numbers_are_asked_about(tmp_path: Path, decimal: str, values: list[str]) -> None:
    rows: list[Row] = [["x", "t"], *([values[n % 2], "ab"[n // 2 % 2]] for n in range(80))]
    file = write(tmp_path / "t.csv", rows)
    with pytest.raises(RefusedError, match="--decimal"):
        judged(file, "t")
    assert surveyed(file, "t", decimal=decimal).columns["x"].high == 1234.5


def test_repeated_rows_are_counted(tmp_path: Path) -> None:
    rows = people(300)
    found = surveyed(write(tmp_path / "t.csv", [*rows, *rows[1:101]]), "churn")
    assert repeats(found, "churn", ["Age", "score"]) == pytest.approx(0.25, abs=0.01)


# ---------------------------------------------------------------- what a column is for


def test_columns_that_are_no_features(tmp_path: Path) -> None:
    found = judged(write(tmp_path / "t.csv", people()), "churn")
    reasons = {name: remark.key for name, remark in found.drop.items()}
    assert reasons == {
        "id": "identifier",
        "Nome": "personal",
        "CPF": "personal",
        "e-mail": "personal",
        "born": "date",
        "note": "unique",
        "same": "constant",
        "none": "empty",
    }
    assert found.keep == ("Age", "city", "active", "score")
    assert found.slices == ("Age", "city", "active")
    assert found.personal == {
        "Nome": "name",
        "CPF": "national identifier",
        "e-mail": "contact",
        "Age": "age",
    }


def test_leaks_of_a_class(tmp_path: Path) -> None:
    rows: list[Row] = [["x", "copy", "named", "many", "t"]]
    rows += [[n * 7 % 13, n % 2, f"it is {n % 2}", n % 6, n % 2] for n in range(120)]
    found = judged(write(tmp_path / "t.csv", rows), "t")
    assert {name: remark.key for name, remark in found.drop.items()} == {
        "copy": "leak_same",
        "named": "leak_renamed",
    }
    assert [note.values["name"] for note in found.notes if note.key == "decides"] == ["many"]


def test_leaks_of_a_number(tmp_path: Path) -> None:
    found = judged(write(tmp_path / "t.csv", houses()), "price", "regression")
    assert {name: remark.key for name, remark in found.drop.items()} == {
        "euros": "leak_ordered",
        "squared": "leak_ordered",
    }
    assert found.guess["r2"] == 0


@pytest.mark.parametrize(
    ("target", "task", "said"),
    [
        ("score", "classification", "task=regression"),
        ("city", "regression", "task=classification"),
        ("active", "regression", "task=classification"),
        ("same", "classification", "single value"),
        ("none", "classification", "no value in any row"),
        ("note", "classification", "more than 100 classes"),
    ],
)
def test_a_target_that_does_not_fit(tmp_path: Path, target: str, task: str, said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        judged(write(tmp_path / "t.csv", people()), target, task)


def test_classes_are_names(tmp_path: Path) -> None:
    rows: list[Row] = [["x", "t"], *([n * 7 % 13, ["yes", "no\nway"][n % 2]] for n in range(60))]
    with pytest.raises(RefusedError, match="line breaks"):
        judged(write(tmp_path / "t.csv", rows), "t")


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    rows: list[Row] = [["x", "t"], *([f"{n},5", "b" if n else "a"] for n in range(30))]
    with pytest.raises(MlascentError) as refusal:
        judged(write(tmp_path / "t.csv", rows), "t")
    assert all(said in refusal.value.message for said in ("only 30 rows", "'a' (1)", "'x' writes numbers"))


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("customerEmail", "contact"),
        ("Endereço", "contact"),
        ("SSN", "national identifier"),
        ("product_name", ""),
        ("name", "name"),
        ("PhoneService", "contact"),
    ],
)
def test_names_hint_at_persons(name: str, category: str) -> None:
    assert hints.personal(name, ()) == category


def test_a_yes_or_no_names_nobody(tmp_path: Path) -> None:
    rows: list[Row] = [
        ["PhoneService", "x", "t"],
        *([["yes", "no"][n % 3 > 0], n % 17, n % 2] for n in range(100)),
    ]
    assert "PhoneService" in judged(write(tmp_path / "t.csv", rows), "t").keep


# ---------------------------------------------------------------- what is written


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=120))
def test_a_schema_is_python_whatever_the_names(name: str) -> None:
    column = Column(name, kind="text", rows=9, missing=1, distinct=2, values={name: 5, "b'\"": 3})
    source = scaffold.schema({name: column}, name, column.values, [], 0.0)
    tree = ast.parse(source)
    assert all(len(line) <= 100 or line.endswith("# noqa: E501") for line in source.splitlines())
    assert name in {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}


def test_a_schema_is_formatted_and_clean(tmp_path: Path) -> None:
    """As the project's own `just lint` asks."""
    wide = "a very long name of a column, as exports from business intelligence tools have them, with % and €"
    odd = [
        'say "hi"',
        "it's",
        'it\'s "both"',
        "pre–co × ´α´",
        "цена",
        "日本語の列",
        "tab\\n",
        "№",
        wide[:78],
        wide[:60],
        wide,
    ]
    kinds: list[dict[str, Any]] = [
        {"kind": "text", "distinct": 3, "values": {"a": 40, 'b "c"': 30, "é" * 20: 30}},
        {"kind": "text", "distinct": 9, "values": {f"category number {n}": 10 for n in range(9)}},
        {"kind": "text", "distinct": 9, "values": {f"{'long ' * 12}category {n}": 10 for n in range(9)}},
        {"kind": "number", "low": -1e-5, "high": 2.5e17, "distinct": 9},
        {"kind": "number", "low": 0, "high": 3e20, "whole": True, "distinct": 9},
        {"kind": "number", "low": 2, "high": 7, "whole": True, "distinct": 6, "missing": 1},
        {"kind": "boolean", "missing": 2, "distinct": 2},
        {"kind": "empty", "missing": 100},
    ]
    columns = {
        f"{name}{number}": Column(f"{name}{number}", rows=100, **kind)
        for name in odd
        for number, kind in enumerate(kinds)
    }
    for target in (f"{odd[0]}0", f"{odd[2]}1", f"{odd[1]}2"):
        classes = columns[target].values
        source = scaffold.schema(columns, target, classes, [f"{odd[3]}2"], 0.123)
        (tmp_path / f"schema_{len(list(tmp_path.iterdir()))}.py").write_text(source, encoding="utf-8")
    settings = (
        'line-length = 100\nlint.select = ["B", "D", "E", "F", "I", "N", "PTH", "RUF", "SIM", "T10", "UP"]\n'
    )
    (tmp_path / "ruff.toml").write_text(f'{settings}lint.pydocstyle.convention = "google"\n')
    for check in (["check"], ["format", "--diff"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *check, "--no-cache", tmp_path],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_bar_is_never_below_guessing() -> None:
    assert scaffold.threshold("roc_auc", 0.5) == {"min": 0.5}
    assert scaffold.threshold("accuracy", 0.62741) == {"min": 0.628}
    assert scaffold.threshold("rmse", 77.119) == {"max": 77.1}
    assert scaffold.threshold("rmse", 123456.7) == {"max": 123000.0}
    assert scaffold.threshold("r2", 0.0) == {"min": 0.0}


def test_words_of_a_schema() -> None:
    wide = {"x": Column("x", kind="number", rows=2, distinct=2, whole=True, low=3, high=17)}
    text = scaffold.schema(wide, "x", {}, [], 0.2)
    assert 'pa.Column("Int64", pa.Check.in_range(0, 40))' in text
    assert "MOST_DUPLICATES = 0.25" in text
    assert io.StringIO(text).readline().startswith('"""')
