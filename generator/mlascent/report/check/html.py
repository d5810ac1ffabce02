"""What `mlascent check` found as one page that holds all that it needs: no request leaves it."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import mlascent
from mlascent.assess.model import Assessment
from mlascent.report.check import html_findings, html_parts, html_standing
from mlascent.report.check.markup import Markup, join, tag
from mlascent.report.check.page_words import say
from mlascent.report.check.shared import clean

_LANGUAGES = {"en": "en", "pt": "pt-BR"}


def render(assessment: Assessment, language: str = "en") -> str:
    """The page: the same bytes for the same assessment."""
    style, script = _data("page.css"), _data("page.js")
    # Nothing but this very style and script may act, whatever a name in the repository says.
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="generator", content=f"mlascent {mlascent.__version__}"),
        tag("title", say(language, "title", name=clean(assessment.name))),
        tag("link", rel="icon", href="data:,"),
        tag("style", Markup(style)),
    )
    body = tag(
        "body",
        tag("a", say(language, "skip"), href="#findings", class_="skip"),
        html_standing.header(assessment, language),
        tag(
            "main",
            html_standing.standing(assessment, language),
            html_standing.ladder(assessment, language),
            html_parts.decides(assessment, language),
            html_parts.steps(assessment, language),
            html_parts.yours(assessment, language),
            html_findings.findings(assessment, language),
            html_parts.way_up(assessment, language),
            html_parts.models(assessment, language),
            html_parts.waivers(assessment, language),
            html_parts.asides(assessment, language),
        ),
        html_parts.footer(assessment, language),
        tag("script", Markup(script)),
    )
    return "<!doctype html>\n" + tag("html", head, join("\n"), body, lang=_LANGUAGES[language]) + "\n"


def _data(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
