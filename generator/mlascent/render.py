"""From a template and answers to the files of a project; the only module that calls Copier.

Copier is the reference. For templates that keep the rules of `contract.py` this renderer gives the same
paths, bytes and modes in a twentieth of the time; a test compares the two over the whole matrix.
"""

from __future__ import annotations

import posixpath
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import TemplateError

from mlascent.compiled import environment
from mlascent.errors import FailedError, RefusedError, UsageError
from mlascent.history import Tree, directory
from mlascent.questions import Question, config, load_yaml, questions
from mlascent.source import Template

#: The file that records the answers; plain Copier finds it by this name alone.
ANSWERS_FILE = ".copier-answers.yml"
SUFFIX = ".jinja"

Answers = dict[str, Any]
#: Called for a question that should be put to a person: the question, its default, and a check of a value
#: that says what is wrong with it.
Ask = Callable[[Question, Any, Callable[[Any], str]], Any]


@dataclass(frozen=True, slots=True)
class Rendering:
    """A rendered project.

    Attributes:
        tree: Its files.
        answers: What its answers file records, without source and version.
        context: Every variable that the template saw: the answers, and what is derived from them.
        unfit: Names of likely answers that the questions refused.
    """

    tree: Tree
    answers: Answers
    context: Mapping[str, Any]
    unfit: tuple[str, ...] = ()


def render(
    layers: Sequence[Template],
    given: Mapping[str, Any],
    likely: Mapping[str, Any] | None = None,
    ask: Ask | None = None,
) -> Rendering:
    """Render a project from the bottom layer up; a later layer's file replaces an earlier one's.

    Args:
        layers: Templates; the first one is the project's own, and its version is recorded.
        given: Answers that were given.
        likely: Answers that hold where none was given, unless the questions refuse them.
        ask: How to put a question to a person; nobody is asked without it.

    Raises:
        UsageError: Answers that the questions refuse, all of them told together.
        FailedError: A template is broken.
    """
    base, *above = (Renderer(layer) for layer in layers)
    answers, context = base.answer(given, likely or {}, ask)
    tree = base.tree(answers, context)
    for layer in above:
        tree |= layer.tree(*layer.answer(answers))
    unfit = [
        name for name, value in (likely or {}).items() if name not in given and answers.get(name) != value
    ]
    return Rendering(tree, answers, context, tuple(unfit))


class Renderer:
    """One template version: its questions and its Jinja environment."""

    def __init__(self, template: Template) -> None:
        """Read the questions; nothing is rendered yet."""
        self.template = template
        source = template.files["copier.yml"][1]
        self.questions = questions(source)
        settings = config(source)
        self._root = f"{settings['_subdirectory']}/"
        strict = settings.get("_envops", {}).get("undefined") == "jinja2.StrictUndefined"
        self._env = environment(template.files, strict, template.ours)

    def answer(
        self, given: Mapping[str, Any], likely: Mapping[str, Any] | None = None, ask: Ask | None = None
    ) -> tuple[Answers, dict[str, Any]]:
        """Settle every question; see `render` for the arguments.

        Returns:
            The answers to record, and every variable that the template sees.

        Raises:
            UsageError: Answers that the questions refuse, all of them told together.
        """
        answers: Answers = {}
        context: dict[str, Any] = {}
        wrong: list[str] = []
        for name, question in self.questions.items():
            default = self._default(question, context)
            context[name] = default
            if question.hidden:
                continue
            value = default
            if name in given:
                value = self._checked(question, given[name], context, wrong)
            elif likely and name in likely and not self.check(question, likely[name], context):
                value = question.cast(likely[name])
            elif ask and self._asked(question, context):
                value = ask(question, default, partial(self.check, question, context=context))
                value = self._checked(question, value, context, wrong)
            elif not (self.template.ours and _static(question.default)) and (
                fault := self.check(question, default, context)
            ):
                wrong.append(f"{name}: {fault}")
            answers[name] = context[name] = value
        if wrong:
            raise UsageError("\n".join(wrong))
        return answers, context

    def check(self, question: Question, value: Any, context: Mapping[str, Any]) -> str:
        """What is wrong with a value; empty when nothing is."""
        try:
            value = question.cast(value)
        except ValueError as error:
            return str(error)
        if question.choices and value not in question.choices.values():
            known = ", ".join(str(choice) for choice in question.choices.values())
            return f"{value!r} is none of {known}"
        said = self._text(question.validator, {**context, question.name: value}) if question.validator else ""
        return said.strip()

    def tree(self, answers: Answers, context: Mapping[str, Any]) -> Tree:
        """The files of the project."""
        template = self.template
        recorded = {"_commit": template.version} if template.version else {}
        copier = {
            "_copier_answers": {**recorded, "_src_path": template.url, **answers},
            "_copier_conf": {"answers_file": ANSWERS_FILE},
        }
        seen = {**context, **copier}
        kept = {line[2:] for line in str(context["files"]).splitlines() if line.startswith("!/")}
        tree: Tree = {}
        for path, (mode, content) in template.files.items():
            if not path.startswith(self._root):
                continue
            name = path[len(self._root) :]
            target = self._target(name.removesuffix(SUFFIX), seen)
            if target not in kept:
                continue
            if name.endswith(SUFFIX):
                content = self._file(path, mode, content, seen)
            tree[target] = mode, content
        return tree

    def _checked(self, question: Question, value: Any, context: dict[str, Any], wrong: list[str]) -> Any:
        """A given value, cast; the default where it is refused, so that the rest is looked at as well."""
        if fault := self.check(question, value, context):
            wrong.append(f"{question.name}: {fault}")
            return context[question.name]
        return question.cast(value)

    def _asked(self, question: Question, context: Mapping[str, Any]) -> bool:
        if isinstance(question.ask, bool):
            return question.ask
        return self._text(question.ask, context).strip().lower() == "true"

    def _default(self, question: Question, context: Mapping[str, Any]) -> Any:
        value = question.default
        return question.cast(value if _static(value) else self._text(value, context))

    def _target(self, name: str, seen: Mapping[str, Any]) -> str:
        if "{" not in name:
            return name
        return posixpath.join(*(self._text(part, seen) if "{" in part else part for part in name.split("/")))

    def _file(self, path: str, mode: str, content: bytes, seen: Mapping[str, Any]) -> bytes:
        try:
            if mode == "120000":
                return self._text(content.decode(), seen).encode()
            return self._env.get_template(path).render(seen).encode()
        except TemplateError as error:
            raise _broken(path, error) from error

    def _text(self, source: str, context: Mapping[str, Any]) -> str:
        """Render a string; compiled once."""
        try:
            return self._env.get_template("=" + source).render(context)
        except TemplateError as error:
            raise _broken("copier.yml", error) from error


def _static(default: Any) -> bool:
    """Whether a default is no Jinja; our tests hold that such a default is a valid answer."""
    return not isinstance(default, str) or "{" not in default


def _broken(path: str, error: TemplateError) -> FailedError:
    """What a template's author needs to know; Jinja puts the template's own lines into the traceback."""
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == path]
    line = getattr(error, "lineno", None) or (lines[-1] if lines else None)
    return FailedError(f"the template is broken: {error.message} ({path}{f', line {line}' if line else ''})")


def with_copier(template: Template, given: Mapping[str, Any]) -> Rendering:
    """Let Copier itself render a project, for templates that this renderer does not cover.

    Raises:
        RefusedError: The template would run code.
        UsageError: Copier refuses the answers.
    """
    import tempfile

    import copier
    from copier.errors import CopierError, UnsafeTemplateError

    with tempfile.TemporaryDirectory(prefix="mlascent-") as scratch:
        try:
            copier.run_copy(
                template.url,
                scratch,
                data=dict(given),
                defaults=True,
                overwrite=True,
                quiet=True,
            )
        except UnsafeTemplateError as error:
            raise RefusedError(
                f"{template.url} runs code when it is used, which mlascent does not: {error}",
                "Read the template; if you trust it, use `copier copy --trust` yourself.",
            ) from error
        except (CopierError, ValueError) as error:
            raise UsageError(f"Copier refuses these answers for {template.url}: {error}") from error
        tree = directory(Path(scratch))
    recorded = load_yaml(tree[ANSWERS_FILE][1]) if ANSWERS_FILE in tree else {}
    return Rendering(tree, {name: value for name, value in recorded.items() if not name.startswith("_")}, {})
