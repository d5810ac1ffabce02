"""The page: one file, nothing but our markup in it, in both languages."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from mlascent.assess.model import Assessment
from mlascent.report.check.html import render
from mlascent.report.check.markup import tag

from .support import HOSTILE, full, good

_VOID = {"meta", "link", "input"}


class Page(HTMLParser):
    """The elements of a page, and whether they are nested as they should."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag == name]


@pytest.mark.parametrize("language", ["en", "pt"])
def test_a_hostile_text_changes_no_element(language: str) -> None:
    page, plain = Page(render(full(HOSTILE, HOSTILE), language)), Page(render(full(), language))
    # A pair of backticks in a sentence is code, and no more than that.
    names = [[name for name, _ in p.elements if name != "code"] for p in (page, plain)]
    assert names[0] == names[1]
    assert len(page.all("script")) == 1
    for _, attributes in page.elements:
        assert not any(key.startswith("on") or key == "style" for key in attributes)
        assert not (attributes.get("href") or "").startswith(("javascript:", "http", "//"))
        assert "src" not in attributes


@pytest.mark.parametrize("assessment", [full(), good()], ids=["full", "good"])
def test_nothing_is_asked_of_the_network(assessment: Assessment) -> None:
    text = render(assessment)
    page = Page(text)
    policy = next(m["content"] for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
    assert policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for name in ("style", "script"):
        held = re.search(rf"<{name}>(.*?)</{name}>", text, re.DOTALL)
        assert held
        assert base64.b64encode(hashlib.sha256(held[1].encode()).digest()).decode() in policy
        assert not re.search(r"url\(|@import|https?:|\beval\b|innerHTML|fetch\(", held[1])


@pytest.mark.parametrize(("language", "lang"), [("en", "en"), ("pt", "pt-BR")])
def test_the_page_can_be_found_ones_way_in(language: str, lang: str) -> None:
    page = Page(render(full(), language))
    assert page.all("html")[0]["lang"] == lang
    assert [len(page.all(name)) for name in ("header", "main", "footer", "h1", "title")] == [1, 1, 1, 1, 2]
    headings = [int(name[1]) for name, _ in page.elements if re.fullmatch(r"h\d", name)]
    assert all(after <= before + 1 for before, after in pairwise(headings))
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(set(ids)) == len(ids)
    targets = {(a["href"] or "").removeprefix("#") for a in page.all("a")}
    assert targets <= set(ids)
    labelled = {label.get("for") for label in page.all("label")}
    assert {field["id"] for field in page.all("select")} <= labelled
    picture = page.all("svg")[0]
    assert picture["role"] == "img"
    assert set((picture["aria-labelledby"] or "").split()) <= set(ids)


def test_every_finding_has_its_evidence() -> None:
    assessment = full("a certain sentence")
    page = Page(render(assessment))
    entries = [d for d in page.all("details") if d.get("class") == "finding"]
    assert {d["id"] for d in entries} == {f.rule.id for f in assessment.findings}
    assert "src/churn/train.py:12" in page.text
    assert render(assessment) == render(assessment)


def test_attributes_and_text_are_escaped() -> None:
    made = tag("p", '<b> "&', class_='x" onclick="y', data_x="\n::error\x1b")
    assert made == '<p class="x&quot; onclick=&quot;y" data-x="::error">&lt;b&gt; &quot;&amp;</p>'
    assert tag("input", hidden=True, checked=False) == "<input hidden>"
