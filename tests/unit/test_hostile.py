"""Whatever people write as free text is refused, or harmless in every file of the project."""

from __future__ import annotations

import ast
import configparser
import json
import re
import tomllib
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from mlascent import source
from mlascent.errors import UsageError
from mlascent.history import Tree
from mlascent.render import Renderer

FREE = ("project_name", "description", "author", "organisation", "email")
#: Pieces that mean something to one of the formats; text is made of these and of anything else.
PIECES = (
    *(
        '"',
        "'",
        '"""',
        "'''",
        "\\",
        "\\n",
        "\n",
        "\r\n",
        "\t",
        "{{ 1 }}",
        "{%",
        "{#",
        "#}",
        "${X}",
        "$(id)",
        "`id`",
    ),
    *(
        "]]>",
        "<b>",
        "<!--",
        "-->",
        "&amp;",
        "- ",
        ": ",
        " #",
        "@x",
        "*a",
        "&a",
        "!!int",
        "%",
        "|",
        ">",
        "[a](b)",
        "[[",
    ),
    *(
        "\u2028",
        "\u0085",
        "\x00",
        "\x1b[31m",
        "\x7f",
        "\ufeff",
        "\u202e",
        "\U0001f642",
        "\u00e9",
        "\u9879",
        "a" * 200,
    ),
    *("]]", "---", "...", "null", "0x1", "true", "~"),
)
TEXT = st.one_of(
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=6).map("".join),
    st.text(max_size=40),
)


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(source.current())


def values(document: Any) -> set[str]:
    """Every string in a parsed document."""
    if isinstance(document, dict):
        return values(list(document.values())) | values(list(document))
    if isinstance(document, list):
        return {text for item in document for text in values(item)}
    return {document} if isinstance(document, str) else set()


def parsed(path: str, text: str) -> Any:
    """A file in its own format; an error where it is none any more."""
    if path.endswith(".toml"):
        return tomllib.loads(text)
    if path.endswith((".yml", ".yaml")):
        return list(yaml.safe_load_all(text))
    if path.endswith((".json", ".ipynb")):
        return json.loads(text)
    if path.endswith(".py"):
        return {node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)}
    if path == ".dvc/config":
        configparser.ConfigParser().read_string(text)
    return None


def plain(tree: Tree) -> dict[str, Any]:
    return {path: parsed(path, content.decode()) for path, (_, content) in tree.items()}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(FREE, TEXT)), st.sampled_from([0, 2]))
@example({"project_name": "{{ cookiecutter }} {% raw %} \"'\\ ]]> `x` ${{ y }} <b> & # 🙂"}, 2)
@example({"description": '"""\\"""' + "'''"}, 2)
@example({"author": "-- O'Neil \\", "email": "a+b@c.d", "organisation": "[x](javascript:y)"}, 2)
def test_free_text(renderer: Renderer, words: dict[str, str], level: int) -> None:
    try:
        answers, context = renderer.answer({**words, "level": level, "licence": "MIT"})
    except UsageError as error:
        blamed = {line.split(":")[0] for line in error.message.splitlines()}
    else:
        blamed = set()
    assert blamed <= set(words)
    if blamed:
        return
    tree = renderer.tree(answers, context)
    usual, seen = renderer.answer({"level": level, "licence": "MIT", "package": answers["package"]})
    assert set(tree) == set(renderer.tree(usual, seen)), "text never chooses a file"
    documents = plain(tree)
    kept = documents[".copier-answers.yml"][0]
    assert {name: kept[name] for name in words} == words
    project = documents["pyproject.toml"]["project"]
    assert project["name"] == context["slug"]
    if words.get("description"):
        assert project["description"] == words["description"]
    for path, (_, content) in tree.items():
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", content.decode()), path


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(
        ["package", "default_branch", "subdirectory", "tracking", "dvc_remote", "python_version", "licence"]
    ),
    TEXT,
)
def test_other_words_are_plain_or_refused(renderer: Renderer, name: str, text: str) -> None:
    try:
        answers, context = renderer.answer({name: text, "level": 2})
    except UsageError:
        return
    assert not re.search(r"""["'`$\\{}<>|;&*?\n\r\t\x00-\x1f\x7f-\x9f]""", str(answers[name]))
    plain(renderer.tree(answers, context))
