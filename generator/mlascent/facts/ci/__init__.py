"""CI: workflows, jobs and steps of seven systems, and the programs that they really launch.

Nothing is asked of a server: what only its settings tell (protected environments, schedules, who may approve)
is not here.
"""

from __future__ import annotations

from mlascent.facts.ci.build import Context
from mlascent.facts.ci.model import Ci, Job, Run, Step, Trigger, Workflow
from mlascent.facts.files import Files
from mlascent.facts.tasks import Tasks

__all__ = ["Ci", "Job", "Run", "Step", "Trigger", "Workflow", "read"]


def read(files: Files, tasks: Tasks) -> Ci:
    """Read every CI file."""
    from mlascent.facts.ci import azure, bitbucket, circleci, github, gitlab, jenkins, travis

    context = Context(files, tasks)
    systems = (github, gitlab, azure, jenkins, travis, circleci, bitbucket)
    return Ci(tuple(workflow for system in systems for workflow in system.read(context)))
