"""Assessments for the reports: one of everything, with names that attack, and small ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from mlascent.assess.model import Assessment, Finding, PolicySeen, Standing, State, Step, WaiverSeen
from mlascent.catalogue import catalogue
from mlascent.facts.files import Problem
from mlascent.rules.model import Evidence, Outcome, Verdict

DAY = date(2026, 11, 20)
#: What a name or a file's text may hold; none of it may act anywhere.
HOSTILE = (
    "<script>alert(1)</script> \"'&%0A\r\n::error file=x::pwned\n"
    "| # [x](javascript:alert(1)) @everyone #1 \u202etxt\x1b[31m]]> 100% `code` \udcff\x00"
)
_STATES = (
    State.PASS,
    State.FAIL,
    State.PASS,
    State.UNKNOWN,
    State.WARN,
    State.PASS,
    State.WAIVED,
    State.KNOWN,
    State.NOT_APPLICABLE,
)
_OUTCOMES = {
    State.PASS: Outcome.PASS,
    State.UNKNOWN: Outcome.UNKNOWN,
    State.NOT_APPLICABLE: Outcome.NOT_APPLICABLE,
}


def full(text: str = "as the file says", name: str = "churn", level: int = 2) -> Assessment:
    """Every rule of the catalogue, in every state, with all that an assessment can hold.

    Args:
        text: Stands wherever a repository, a policy or a person can put words.
        name: Of the project.
        level: The level that is checked.
    """
    found = []
    for number, (area, rule) in enumerate(
        (capability.area, rule) for capability in catalogue().capabilities for rule in capability.rules
    ):
        state = _STATES[number % len(_STATES)]
        places = (
            Evidence("src/churn/train.py", 12, text),
            Evidence("pipelines/training/dvc.yaml", 0, "the stage `train` is not run by a job"),
        )
        verdict = Verdict(_OUTCOMES.get(state, Outcome.FAIL), text, places[: number % 3])
        note = {State.WAIVED: "waived until 2027-03-31", State.KNOWN: "frozen on 2026-10-01"}.get(state, "")
        found.append(
            Finding(
                rule=rule,
                area=area,
                verdict=verdict,
                state=state,
                severity=rule.severity,
                level=rule.level,
                demanded=rule.level <= level,
                waiver="waivers[0]" if state is State.WAIVED else "",
                note=note,
            )
        )
    failing = [f.rule.id for f in found if f.state is State.FAIL and f.demanded]
    areas = {
        "development": Standing(2, 2, 2, 2, ()),
        "deployment": Standing(2, 2, 1, 1, tuple(failing[:3])),
        "monitoring": Standing(2, 3, 0, 2, tuple(failing[3:5])),
        "governance": Standing(2, 2, 1, 2, ("NO000",)),
    }
    return Assessment(
        directory=".",
        name=name,
        as_of=DAY,
        checked=level,
        profile={"platform": "local", "ci": "github", "workload": "online"},
        generated="v0.1.0",
        findings=tuple(sorted(found, key=lambda f: f.rule.id)),
        areas=areas,
        project=Standing(2, 2, 0, 1, tuple(failing[3:5])),
        readings={
            "microsoft": "1 DevOps but no MLOps",
            "google": "0 Manual process",
            "aws": "Initial",
            "generic": "Reproduzível",
            "ccr": "0 Manual Pipelines",
        },
        problems=(Problem("deploy/k8s.yaml", f"is not YAML: {text}", 7),),
        policy=PolicySeen(("organisation", "risk", text), "3", "ab" * 32, date(2027, 1, 1), False),
        next=(
            Step("Let CI train the model with `just train`", tuple(failing[:2]), "mlascent update --level 2"),
            Step("Name an owner in mlascent.yaml", tuple(failing[2:3]), "mlascent explain GO001"),
            Step(text, (), text),
        ),
        violations=(f"tier critical needs level 3: {text}",),
        warnings=(f"from 2027-01-01: {text}",),
        demanded=dict.fromkeys(areas, level),
        waivers=(
            WaiverSeen("waivers[0]", failing[0], "used", text, 3, text, "Ana", "Rui", "2027-03-31"),
            WaiverSeen(
                "waivers[1]", "MO041", "expired", "expired on 2026-01-31", 12, "", "", "", "2026-01-31"
            ),
        ),
        healed=("DE011",),
    )


def good() -> Assessment:
    """Nothing to mend, nothing to tell."""
    every = full()
    found = tuple(
        replace(f, state=State.PASS, verdict=Verdict(Outcome.PASS, "It holds."), note="", waiver="")
        for f in every.findings
    )
    standing = Standing(2, 4, 4, 4)
    return replace(
        every,
        findings=found,
        areas=dict.fromkeys(every.areas, standing),
        project=standing,
        problems=(),
        policy=None,
        next=(),
        violations=(),
        warnings=(),
        waivers=(),
        healed=(),
    )
