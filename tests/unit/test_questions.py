"""The questions of copier.yml: what is asked, what is kept, what is refused."""

from __future__ import annotations

import keyword
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from mlascent import source
from mlascent.errors import UsageError
from mlascent.questions import CASTS, config
from mlascent.render import Renderer


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(source.current())


def asked(renderer: Renderer, level: int) -> list[str]:
    """The questions that a person is asked who chooses a level and agrees otherwise."""
    names: list[str] = []

    def ask(question: Any, default: Any, check: Any) -> Any:
        names.append(question.name)
        assert check(default) == ""
        return level if question.name == "level" else default

    renderer.answer({}, ask=ask)
    return names


def test_few_questions(renderer: Renderer) -> None:
    assert asked(renderer, 0) == ["project_name", "level", "task"]
    assert asked(renderer, 1) == [*asked(renderer, 0), "ci", "workload"]
    assert asked(renderer, 2) == [*asked(renderer, 1), "tracking", "dvc_remote", "language"]


def test_what_is_not_asked_is_kept_all_the_same(renderer: Renderer) -> None:
    answers, context = renderer.answer({})
    shown = {name for name, question in renderer.questions.items() if not question.hidden}
    assert set(answers) == shown
    assert {"platform", "licence", "areas", "with", "without", "site", "subdirectory"} <= shown
    assert {"catalogue", "has", "depth", "files", "slug"} <= set(context) - shown


def test_static_defaults_are_valid_answers(renderer: Renderer) -> None:
    """The renderer relies on it: it looks at those of its own template no more."""
    answers, context = renderer.answer({})
    for name, value in answers.items():
        assert renderer.check(renderer.questions[name], value, context) == "", name


def test_every_question_says_what_it_asks(renderer: Renderer) -> None:
    for question in renderer.questions.values():
        assert question.hidden or (question.help and question.kind in CASTS), question.name


@pytest.mark.parametrize(
    ("project_name", "package", "slug"),
    [
        ("Churn", "churn", "churn"),
        ("Previsão de Evasão", "previsao_de_evasao", "previsao-de-evasao"),
        ("AÇÚCAR & Ñandú", "acucar_nandu", "acucar-nandu"),
        ("2024 sales", "p_2024_sales", "2024-sales"),
        ("pandas", "pandas_project", "pandas"),
        ("Test", "test_project", "test"),
        ("Class", "class_project", "class"),
        ("  ".join(["a"] * 3), "a_a_a", "a-a-a"),
        ("项目", "project", "project"),
        ("--x--", "x", "x"),
    ],
)
def test_names_derived_from_the_projects(
    project_name: str, package: str, slug: str, renderer: Renderer
) -> None:
    answers, context = renderer.answer({"project_name": project_name})
    assert (answers["package"], context["slug"]) == (package, slug)


def refused(renderer: Renderer, name: str, value: object) -> bool:
    """Whether an answer is refused, and no other is blamed for it."""
    try:
        renderer.answer({name: value})
    except UsageError as error:
        blamed = {line.partition(":")[0] for line in error.message.splitlines()}
    else:
        return False
    assert blamed == {name}
    return True


def test_names_that_a_package_must_not_take(renderer: Renderer) -> None:
    standard = [name for name in sys.stdlib_module_names if name.islower() and not name.startswith("_")]
    windows = ["con", "prn", "aux", "nul", "com1", "com9", "lpt1", "lpt9"]
    keywords = [word for word in keyword.kwlist if word.islower()]
    others = ["tests", "pandas", "mlflow", "sklearn", "yaml", "src", "mlascent"]
    shapes = ["", "Churn", "1churn", "chúrn", "a-b", "a.b", "_a", "a b", "a" * 91, "a\n"]
    _, context = renderer.answer({})
    for name in (*standard, *windows, *keywords, *others, *shapes):
        assert renderer.check(renderer.questions["package"], name, context), name
    for name in ("churn", "a", "churn2", "churn_model", "typed"):
        assert not renderer.check(renderer.questions["package"], name, context), name


def test_what_the_project_depends_on_is_taken(renderer: Renderer) -> None:
    """Every import of the template's own modules, so that no package hides one."""
    sources = [
        content.decode()
        for path, (_, content) in source.current().files.items()
        if ".py" in Path(path).name and path.startswith("template/")
    ]
    imported = {
        name
        for text in sources
        for name in re.findall(r"^\s*(?:import|from) ([a-z_0-9]+)", text, re.MULTILINE)
    }
    taken = " ".join(config(source.current().files["copier.yml"][1])["taken"]["default"]).split()
    assert imported - set(taken) == set()


#: Question → values that it takes, and values that it refuses.
ANSWERS: dict[str, tuple[list[Any], list[Any]]] = {
    "project_name": (
        ["a", "é" * 80, "'; \" {{ x }} #", "emoji 🙂"],
        [
            "",
            " ",
            " a",
            "a ",
            "a" * 81,
            "a\nb",
            "a\x00",
            "a\u202eb",
            "\ufeffa",
            "a\x7f",
            "a\x85b",
            "a\u2028b",
        ],
    ),
    "description": (["", "any {{ text }}", "x" * 300], ["x" * 301, "a\nb", "\t"]),
    "author": (["", "O'Neil"], ["a\r", "x" * 101]),
    "email": (["", "a@b", "a.b+c@d-e.org"], ["a", "a@", "a@b@c", "a b@c", "a@b..c", "<a@b>", "a@b\n"]),
    "tracking": (
        ["bundled", "https://mlflow.example.com:5000/x", "databricks", "databricks://profile"],
        ["", "file:///x", "https://user:secret@host/", "http://a b", "https://a/$(id)", "x", "https://a\n"],
    ),
    "dvc_remote": (
        ["", "/mnt/data", "../shared", "C:/data", "s3://b/p", "azure://c", "gs://b", "ssh://me@host:22/p"],
        ["data", "s3:/b", "ftp://x", "ssh://me:pw@host/p", "/a\nb", '/a"b', "https://x", "/a\n"],
    ),
    "default_branch": (
        ["main", "release/1.x", "trunk_2"],
        ["", "-x", "a b", "a..b", "a//b", "a/", "a.lock", "HEAD", "a~1", "/a", "a\n"],
    ),
    "subdirectory": (
        ["", "a", "services/churn-2/x.y"],
        ["/a", "../a", "a/../b", "a//b", "a/", "C:\\a", "a b", "./a", "-a", "a..b/..", "a\n"],
    ),
    "areas": (
        [{}, {"governance": 1}, "{monitoring: 2}"],
        [
            [],
            "x",
            {"gov": 1},
            {"governance": 3},
            {"governance": "2"},
            {"governance": True},
            {"governance": -1},
        ],
    ),
    "with": (
        [[], ["data-validation"]],
        ["data-validation", {"a": 1}, 3, ["nothing"], ["prompt-lifecycle"]],
    ),
    "without": ([[], ["data-versioning"]], ["data-versioning", ["nothing"], ["code-quality"], None]),
    "site": (
        [{}, {"index_url": "https://pypi.example.com/simple", "image_prefix": "registry.example.com/ml/"}],
        [[], {"index": "x"}, {"index_url": 1}, {"proxy": 'a"b'}, {"proxy": "a b"}, {"proxy": "$(id)"}],
    ),
    "level": ([0, "1", 2], [3, -1, "two", 1.5, True, None]),
    "python_version": (["3.12", 3.11], ["3.10", "3.14", 3]),
    "licence": (["MIT"], ["mit", "GPL", None, []]),
    "platform": (["local", "sagemaker", "azureml"], ["kubernetes", "x"]),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answers(name: str, renderer: Renderer) -> None:
    good, bad = ANSWERS[name]
    assert [value for value in good if refused(renderer, name, value)] == []
    assert [value for value in bad if not refused(renderer, name, value)] == []
