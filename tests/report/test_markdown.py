"""Markdown: shows as it was written, whatever was written, and fits into a comment."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt
from mlascent.report.check.markdown import prose, render, text

from .support import HOSTILE, full, good

READER = MarkdownIt("commonmark").enable("table")
#: The only elements that a report is made of.
OURS = {"h3", "table", "thead", "tbody", "tr", "th", "td", "strong", "code", "p", "ul", "ol", "li", "br"} | {
    "details",
    "summary",
    "sub",
}


@pytest.mark.parametrize("language", ["en", "pt"])
def test_a_hostile_text_is_only_text(language: str) -> None:
    report = render(full(HOSTILE, HOSTILE, level=4), language)
    page = READER.render(report)
    assert set(re.findall(r"<(\w+)", page)) <= OURS
    assert len(report) < 65_536
    assert not re.search(r"@\w", page)
    assert "\n::error" not in report
    plain = READER.render(render(full(), language))
    assert page.count("<summary>") == plain.count("<summary>")


def test_rows_keep_their_columns() -> None:
    page = READER.render(render(full(HOSTILE, HOSTILE)))
    for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL):
        assert len(re.findall(r"<t[hd]", row)) in (2, 5)


@pytest.mark.parametrize(
    "words", ["*a* _b_ ~~c~~", "<b>&amp;", "[x](y)", "1. a", "https://x.org", "a|b", "`", "# a", "$x$", "- a"]
)
def test_words_show_as_they_are(words: str) -> None:
    shown = READER.render(f"x {text(words)}")
    assert not re.search(r"<(?!/?p>)", shown)
    assert words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") in shown.replace(
        "\u200b", ""
    )


def test_commands_in_words_are_code() -> None:
    assert READER.render(prose("Run `just train` now.")) == "<p>Run <code>just train</code> now.</p>\n"


def test_a_good_project_is_told_in_a_few_lines() -> None:
    report = render(good())
    assert report.startswith("### ✅ churn")
    assert len(report.splitlines()) <= 11
