"""An assessment in the forms that people and machines read: a module for each, with one function `render`."""

from __future__ import annotations

import importlib

from mlascent.assess.model import Assessment
from mlascent.errors import UsageError

#: Format → the module that renders it. Loaded when it is asked for.
FORMATS = {
    "text": "text",
    "json": "data",
    "sarif": "sarif",
    "junit": "junit",
    "markdown": "markdown",
    "github": "annotations",
    "gitlab": "annotations",
    "html": "html",
}


def render(assessment: Assessment, form: str, language: str = "en") -> str:
    """An assessment in one form, as text.

    Args:
        assessment: What was found.
        form: One of `FORMATS`.
        language: `en` or `pt`; formats for machines keep their keys.

    Raises:
        UsageError: There is no such format.
    """
    if form not in FORMATS:
        raise UsageError(f"--format: there is no {form}", f"Choose from {', '.join(FORMATS)}.")
    module = importlib.import_module(f"mlascent.report.check.{FORMATS[form]}")
    # Two systems read annotations, each its own form: a function named after the system.
    function = getattr(module, form, module.render) if FORMATS[form] == "annotations" else module.render
    return str(function(assessment, language))
