"""The reference pages of levels, capabilities and rules, and the README's ladder table."""

from __future__ import annotations

from typing import Any

from mlascent.catalogue.markdown import bullets, code, page, table
from mlascent.catalogue.sources import Sources

BEGIN, END = "<!-- ladder:begin -->", "<!-- ladder:end -->"
Raw = dict[str, Any]


def levels(sources: Sources) -> str:
    """``levels.md``: the ladder, its words in other models, and how conflicts are decided."""
    ladder = sources.ladder
    models = ladder["models"]
    words = ladder["words"]
    vocabularies = [
        f"## {title}\n\n"
        + table(("word", "meaning"), ((f"`{word}`", text) for word, text in words[key].items()))
        for key, title in (
            ("strength", "Strength of a rule"),
            ("owed_by", "Who owes a rule"),
            ("severity", "Severity"),
            ("nature", "Nature of a capability"),
            ("selected_by", "How a capability is selected"),
        )
    ]
    return page(
        "Levels",
        _ladder(sources),
        str(words["level"]),
        f"**Introduced and demanded.** {words['introduced']}",
        "## In Portuguese",
        table(
            ("level", "name", "meaning"),
            ((lv["level"], lv["name"]["pt"], lv["meaning"]["pt"]) for lv in ladder["levels"]),
        ),
        "## In the words of other models",
        table(
            ("model", *(f"level {lv['level']}" for lv in ladder["levels"])),
            ((models[m], *(lv["equivalences"][m] for lv in ladder["levels"])) for m in models),
        ),
        "## Where the models disagree",
        table(
            ("topic", "what they say", "here"),
            ((c["topic"]["en"], c["said"], c["decided"]) for c in ladder["conflicts"]),
        ),
        "## Areas",
        table(
            ("area", "English", "Portuguese"),
            ((f"`{a['id']}`", a["name"]["en"], a["name"]["pt"]) for a in ladder["areas"]),
        ),
        "## Profiles",
        "Capabilities outside the levels, by choice.",
        table(
            ("profile", "name", "meaning"),
            ((f"`{p['id']}`", p["name"]["en"], p["meaning"]["en"]) for p in ladder["profiles"]),
        ),
        *vocabularies,
    )


def capabilities(sources: Sources) -> str:
    """``capabilities.md``: all of them on one page, each linked to its entry on its area's page."""
    count = len(sources.capabilities)
    available = sum("available" in c["status"].values() for c in sources.capabilities)
    sections = []
    for area in sources.ladder["areas"]:
        rows = (
            (
                f"[{c['name']['en']}](capabilities/{c['area']}.md#{c['id']})",
                f"`{c['id']}`",
                _brings(c),
                "never" if c["selected_by"] == "option" else c["level"],
                _status(c),
            )
            for c in _of_area(sources, area["id"])
        )
        head = ("capability", "id", "template brings it at", "check demands it at", "status")
        sections.append(f"## {area['name']['en']}\n\n{table(head, rows)}")
    return page(
        "Capabilities", f"{count} practices; {available} are available, the others are planned.", *sections
    )


def development(sources: Sources) -> str:
    """The page of area development."""
    return _area_page(sources, "development")


def deployment(sources: Sources) -> str:
    """The page of area deployment."""
    return _area_page(sources, "deployment")


def monitoring(sources: Sources) -> str:
    """The page of area monitoring."""
    return _area_page(sources, "monitoring")


def governance(sources: Sources) -> str:
    """The page of area governance."""
    return _area_page(sources, "governance")


def rules(sources: Sources) -> str:
    """``rules.md``: every rule in one table a level."""
    owned = [(r, c) for c in sources.capabilities for r in c["rules"]]
    sections = []
    for level in sources.ladder["levels"]:
        rows = [
            (
                f"[{r['id']}](capabilities/{c['area']}.md#{c['id']})",
                r["statement"]["en"],
                r["strength"],
                r["owed_by"],
                r["severity"],
            )
            for r, c in sorted(owned, key=lambda pair: str(pair[0]["id"]))
            if r["level"] == level["level"]
        ]
        if rows:
            head = ("rule", "statement", "strength", "owed by", "severity")
            sections.append(f"## Level {level['level']}: {level['name']['en']}\n\n{table(head, rows)}")
    intro = (
        f"{len(owned)} statements about a repository, each true or false. The words are explained on the"
        " [page of the levels](levels.md); how each is decided and mended, on the page of its area."
        " Level 0 demands nothing."
    )
    return page("Rules", intro, *sections)


def readme(sources: Sources) -> str | None:
    """The README with the ladder table between its markers brought up to date; nothing without a README."""
    path = sources.root / "README.md"
    if not path.exists():
        return None
    current = path.read_bytes().decode("utf-8")
    before, begin, rest = current.partition(BEGIN)
    _, end, after = rest.partition(END)
    return f"{before}{BEGIN}\n{_ladder(sources)}\n{END}{after}" if begin and end else current


def _ladder(sources: Sources) -> str:
    rows = []
    for level in sources.ladder["levels"]:
        number = level["level"]
        mine = [c for c in sources.capabilities if c["selected_by"] == "level" and c["introduced"] == number]
        planned = sum("available" not in c["status"].values() for c in mine)
        tail = f" ({planned} planned)" if planned and planned < len(mine) else " (planned)" if planned else ""
        rows.append((number, level["name"]["en"], level["meaning"]["en"], f"{len(mine)}{tail}"))
    return table(("level", "name", "what it means", "capabilities it adds"), rows)


def _of_area(sources: Sources, area: str) -> list[Raw]:
    return [c for c in sources.capabilities if c["area"] == area]


def _area_page(sources: Sources, area: str) -> str:
    name = next(a["name"] for a in sources.ladder["areas"] if a["id"] == area)
    entries = [_entry(c) for c in _of_area(sources, area)]
    return page(
        name["en"], f"{name['pt']}. Part of the [list of all capabilities](../capabilities.md).", *entries
    )


def _entry(c: Raw) -> str:
    facts = [
        f"id `{c['id']}`, {_status(c)}, {_selected(c)}",
        *([f"applies to {_applies(c['applies'])}"] if "applies" in c else []),
        *([f"only when {c['condition']['en']}"] if "condition" in c else []),
        *([f"requires {code(c['requires'])}"] if c["requires"] else []),
        *([f"commands: {code(c['commands'])}"] if c["commands"] else []),
        *([f"files: {', '.join(_path(p) for p in c['paths'])}"] if c["paths"] else []),
        *([f"brought by the files of {code(c['brought_by'])}"] if "brought_by" in c else []),
        *(_artefact(c, platform) for platform in c["artefacts"]),
        *(
            [f"in other models: {'; '.join(f'{m} {v}' for m, v in c['equivalences'].items())}"]
            if c["equivalences"]
            else []
        ),
        *([f"sources: {'; '.join(c['sources'])}"]),
        *([f"references: {'; '.join(c['references'])}"] if c["references"] else []),
    ]
    blocks = [
        f'<a id="{c["id"]}"></a>\n\n## {c["name"]["en"]}',
        f"*{c['name']['pt']}*",
        f"{c['summary']['en']} {c['why']['en']}",
        f"{c['summary']['pt']} {c['why']['pt']}",
        f"**Question.** {c['question']['en']}",
        bullets(facts),
        table(
            ("rule", "level", "statement", "how it is decided", "what to do"),
            ((f"{r['id']}", r["level"], _statement(r), r["proof"], r["fix"]) for r in c["rules"]),
        ),
        "Only people can answer: " + "; ".join(c["attested"]) + "." if c["attested"] else "",
    ]
    return "\n\n".join(block for block in blocks if block)


def _artefact(c: Raw, platform: str) -> str:
    planned = "planned " if c["status"][platform] == "planned" else ""
    return f"{planned}on {platform}: {c['artefacts'][platform]}"


def _statement(rule: Raw) -> str:
    notes = [rule["strength"], f"owed by {rule['owed_by']}"]
    notes += ["advisory"] if rule["severity"] == "advisory" else []
    notes += [f"applies to {_applies(rule['applies'])}"] if "applies" in rule else []
    notes += [f"only when {rule['condition']['en']}"] if "condition" in rule else []
    return f"{rule['statement']['en']} ({', '.join(notes)})"


def _selected(c: Raw) -> str:
    if c["selected_by"] == "profile":
        return f"in profile `{c['profile']}` from level {c['introduced']}, demanded there at {c['level']}"
    if c["selected_by"] == "option":
        return "an option, taken by name and demanded by no level"
    return f"comes with level {c['introduced']}, demanded at level {c['level']}"


def _brings(c: Raw) -> str:
    return (
        f"by profile `{c['profile']}`"
        if "profile" in c
        else "by name"
        if c["selected_by"] == "option"
        else str(c["introduced"])
    )


def _status(c: Raw) -> str:
    available = [platform for platform, status in c["status"].items() if status == "available"]
    return f"available ({', '.join(available)})" if available else "planned"


def _applies(applies: Raw) -> str:
    return ", ".join(f"{key} {' or '.join(values)}" for key, values in applies.items())


def _path(raw: str | Raw) -> str:
    if isinstance(raw, str):
        return f"`{raw}`"
    limits = [f"from level {raw['level']}"] if "level" in raw else []
    limits += [_applies({key: raw[key] for key in ("platform", "ci", "workload") if key in raw})]
    limits += [_applies(raw.get("when", {}))]
    return f"`{raw['path']}` ({', '.join(limit for limit in limits if limit)})"
