"""The paths of a project at each level, written down: a change of the template shows in review.

`python -m tests.template.golden` brings `tests/golden/` up to date.
"""

from __future__ import annotations

from pathlib import Path

from .matrix import CIS, LEVELS, PLATFORMS, Workshop

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


def listings(workshop: Workshop) -> dict[str, str]:
    """File name → the paths of one project: default answers at each level, then the CI systems' own."""
    told = {f"level-{level}.txt": list(workshop.project({"level": level}).tree) for level in LEVELS}
    everywhere = set.intersection(*(set(workshop.project({"level": 2, "ci": ci}).tree) for ci in CIS))
    for ci in CIS:
        told[f"ci-{ci}.txt"] = sorted(set(workshop.project({"level": 2, "ci": ci}).tree) - everywhere)
    told["everything.txt"] = sorted(
        {path for workload in ("online", "both") for path in workshop.project(options(workload)).tree}
        - set(told["level-2.txt"])
    )
    local = {(level, path) for level in (1, 2) for path in workshop.project(everywhere_at(level)).tree}
    for platform in PLATFORMS:
        rows = {
            (level, path)
            for level in (1, 2)
            for path in workshop.project(everywhere_at(level) | {"platform": platform}).tree
        } - local
        first = {path: level for level, path in sorted(rows, reverse=True)}
        told[f"platform-{platform}.txt"] = [f"{level} {path}" for path, level in sorted(first.items())]
    return {name: "".join(f"{path}\n" for path in paths) for name, paths in told.items()}


def everywhere_at(level: int) -> dict[str, object]:
    """Answers that bring what both workloads have."""
    return {"level": level, "workload": "both"}


def options(workload: str) -> dict[str, object]:
    """Answers that bring all that is optional besides the levels."""
    return {
        "level": 2,
        "workload": workload,
        "licence": "MIT",
        "with": ["compose-stack", "development-container"],
    }


def main() -> None:
    """Write the listings, and drop those that nothing gives any more."""
    wanted = listings(Workshop())
    GOLDEN.mkdir(exist_ok=True)
    for path in GOLDEN.glob("*.txt"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (GOLDEN / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
