"""The reference page that reads the catalogue in the terms of documents, standards and tools."""

from __future__ import annotations

from mlascent.catalogue.markdown import bullets, page, table
from mlascent.catalogue.sources import Sources


def crosswalks(sources: Sources) -> str:
    """``crosswalks.md``: documents, ML Test Score, standards, tools and the method of assessment."""
    walks = sources.crosswalks
    assessment = walks["assessment"]
    blocks = [
        "## Terms of the documents",
        bullets(f"{number}: {title}" for number, title in sources.ladder["documents"].items()),
        table(
            ("document", "place", "term", "covered by"),
            (
                (t["document"], t["where"], t["term"], _links(sources, t["covered_by"]))
                for t in walks["documents"]["terms"]
            ),
        ),
        "## ML Test Score",
    ]
    for section, tests in walks["ml-test-score"]["sections"].items():
        blocks.append(table((section, "covered by"), ((k, _links(sources, v)) for k, v in tests.items())))
    for standard, parts in walks["standards"]["standards"].items():
        blocks.append(f"## {standard}")
        blocks.append(table(("section", "covered by"), ((k, _links(sources, v)) for k, v in parts.items())))
    blocks += [
        "## Tools",
        "Built-in: a project has it. Option: an answer brings it. Mapped: read in these pages."
        " Reference: named for comparison.",
        table(
            ("tool", "documents", "role", "support", "how"),
            (
                (t["name"], ", ".join(t["documents"]), t["role"], t["support"], t["how"])
                for t in walks["tools"]["tools"]
            ),
        ),
        "## Assessment",
        "How an assessment is made; the verb that does it is planned.",
        bullets(assessment["method"]),
        "The answers to a question, from 0 to 4:",
        bullets(assessment["answer_scale"]),
        "The report:",
        bullets(assessment["report"]),
        "Read beside:",
        bullets(assessment["anchors"]),
    ]
    return page("Crosswalks", "The same capabilities, in the words of others.", *blocks)


def _links(sources: Sources, ids: list[str]) -> str:
    """Links to capabilities; a part of the catalogue itself (after @) is named."""
    return ", ".join(
        f"the {i[1:].replace('.', ' ')}"
        if i.startswith("@")
        else f"[{i}](capabilities/{sources.by_id[i]['area']}.md#{i})"
        for i in ids
    )
