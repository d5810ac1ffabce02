"""The project on a managed platform: DP180."""

from __future__ import annotations

from mlascent.facts import Facts
from mlascent.rules import words
from mlascent.rules.model import Verdict, failed, passed, rule

#: Calls that start work on a platform, and calls that put a model where it answers or scores.
_STARTS = (
    *("*.create_training_job", "*.start_pipeline_execution", "*.create_processing_job"),
    *("*.jobs.create_or_update", "*.ModelTrainer"),
)
_DEPLOYS = (
    *("*.create_endpoint", "*.update_endpoint", "*.create_transform_job", "*.create_model"),
    "*.online_deployments.begin_create_or_update",
)


@rule("DP180")
def words_reach_the_platform(facts: Facts) -> Verdict:
    """A project that names a platform and only trains on a laptop."""
    package = {module.path for module in facts.python.package()}
    starts = [found for found in facts.python.calls(_STARTS) if found.path in package]
    deploys = [found for found in facts.python.calls(_DEPLOYS) if found.path in package]
    if not starts:
        return failed("No module of the package starts a job of the platform.")
    if not deploys:
        return failed("No module of the package deploys to the platform.", words.at(starts[0]))
    return passed("The package starts jobs and deploys.", words.at(starts[0]), words.at(deploys[0]))
