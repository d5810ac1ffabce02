"""The model card of a version, as SageMaker's registry keeps it.

Its form is SageMaker's (docs.aws.amazon.com/sagemaker/latest/dg/model-cards.html, the schema of a
model package's card); its words are the team's, from mlascent.yaml, and its figures the reports'.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ... import params

LONG, SHORT, NAME = 2048, 1024, 63  # characters that the schema allows
TIERS = {"critical": "High", "standard": "Medium", "experimental": "Low"}
Facts = dict[str, Any]


def before() -> Facts:
    """What is known before there are figures: purpose, owners, limits of use."""
    said = params.load(Path("mlascent.yaml"))
    problem = said.get("problem") or {}
    owners = ", ".join(str(owner["name"]) for owner in said.get("owners") or [])
    aim, mark = str(problem.get("objective", "")), problem.get("example")
    uses = {
        "purpose_of_model": ("Example text: " if mark else "") + aim,
        "intended_uses": "for " + listed(problem.get("users")),
        "factors_affecting_model_efficiency": listed(problem.get("constraints")),
        "risk_rating": TIERS.get(str(said.get("tier")), "Unknown"),
        "explanations_for_risk_rating": f"tier {said.get('tier')} in mlascent.yaml",
    }
    caveats = "not for " + listed(problem.get("out_of_scope"))
    return {
        "model_overview": {"model_creator": owners[:SHORT]},
        "intended_uses": {key: value[:LONG] for key, value in uses.items()},
        "business_details": {
            "business_problem": aim[:LONG],
            "business_stakeholders": owners[:LONG],
        },
        "additional_information": {"caveats_and_recommendations": caveats[:LONG]},
    }


def after(reports: Facts, model: str, image: str, known: Facts) -> Facts:
    """The whole card.

    Args:
        reports: what metrics, baseline, slices and gate say; None where there is no such report.
        model: the address of the model's archive.
        image: the image that trained it.
        known: what else is to be kept: commit, data, execution, who approved.
    """
    content = before()
    content["model_overview"]["model_artifact"] = [model]
    content["training_details"] = {
        "training_job_details": {
            "training_datasets": [str(known.get("data_uri", ""))],
            "training_environment": {"container_image": [image]},
            "user_provided_hyper_parameters": [
                {"name": name, "value": str(value)}
                for name, value in sorted(params.load().get("model", {}).items())
            ],
        }
    }
    groups = [group("metrics", (reports.get("metrics") or {}).items())]
    groups.append(group("baseline", (reports.get("baseline") or {}).items()))
    for told in reports.get("slices") or []:
        figures = {k: v for k, v in told.items() if k not in ("column", "group", "small")}
        groups.append(group(f"{told['column']} {told['group']}", figures.items()))
    rows = (reports.get("gate") or {}).get("criteria") or []
    limits = [
        {
            "name": str(row["criterion"]),
            "type": "boolean",
            "value": bool(row["passed"]),
            "notes": f"{row['value']} against {row['limit']}",
        }
        for row in rows
    ]
    groups.append({"name": "limits for registration", "metric_data": limits})
    content["evaluation_details"] = [
        {
            "name": "test rows",
            "evaluation_observation": "rows that training did not see",
            "metric_groups": [found for found in groups if found["metric_data"]],
        }
    ]
    kept = {str(key): str(value)[:SHORT] for key, value in known.items() if value}
    content["additional_information"]["custom_details"] = kept
    return content


def group(name: str, figures: Iterable[tuple[str, Any]]) -> Facts:
    """Numbers under one title."""
    data = [
        {"name": key, "type": "number", "value": float(value)}
        for key, value in figures
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    ]
    return {"name": name[:NAME], "metric_data": data}


def listed(value: Any) -> str:
    """A list of the team's as text."""
    return ", ".join(map(str, value)) if isinstance(value, list) and value else str(value or "-")


def text(content: Facts) -> str:
    """The card as the registry takes it."""
    return json.dumps(content, sort_keys=True)
