"""What a generating model may say, and that it says so."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.rules import entries, practice, texts, words
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule


@rule("GX070")
def output_is_filtered(facts: Facts) -> Verdict:
    """Filters in the serving path, a test that expects a refusal, and attacks on a schedule."""
    filters = (
        "guardrails.*",
        "nemoguardrails.*",
        "llm_guard.*",
        "*.moderations.create",
        "*.apply_guardrail",
        "presidio_analyzer.*",
        "*ContentSafetyClient",
        "*.detect_toxic_content",
    )
    calls = facts.python.calls(filters, entries.serving(facts))
    if not calls:
        return failed(
            "No filter stands in the serving path.",
            *(Evidence(f.path, f.call.line, f.call.name) for f in facts.python.calls(filters)[:2]),
        )
    place = Evidence(calls[0].path, calls[0].call.line, calls[0].call.name)
    tested = any(
        m.test and f.asserts and re.search(r"refus|block|filter|moderat|guard|unsafe|toxic|inject", n)
        for m in facts.python.modules.values()
        for n, f in m.functions.items()
    )
    if not tested:
        return failed("No test expects a refusal.", place)
    attacks = ("garak.*", "pyrit.*", "deepteam.*", "promptfoo.*", "giskard.*")
    runs = facts.ci.runs(
        lambda launch: words.program(launch) in ("garak", "promptfoo", "pyrit", "deepteam"),
        "schedule",
    )
    if (
        not runs
        and practice.on_schedule(facts, lambda reach: bool(facts.python.calls(attacks, reach))) is None
    ):
        return failed("No red-team job is scheduled.", place)
    return passed("Filters are reached and tested, and a red-team job is scheduled.", place)


@rule("GX071")
def disclosed(facts: Facts) -> Verdict:
    """A disclosure in settings, and serving that reads it."""
    keys = (
        "disclosure",
        "disclose",
        "ai_disclosure",
        "watermark",
        "content_credentials",
        "ai_generated_notice",
    )
    for block in practice.blocks(facts):
        if any(texts.said(block.value.get(key)) and block.value.get(key) is not False for key in keys):
            if practice.named(facts, entries.serving(facts), "|".join(keys)):
                return passed("Generated content is disclosed.", block.evidence)
            return failed("A disclosure is configured, and serving does not read it.", block.evidence)
    return failed("No disclosure of generated content is configured.")
