"""A whole configuration of GitLab: jobs with what they extend, inherit and refer to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mlascent.facts.ci.build import MOST_CALLS, commands
from mlascent.facts.ci.gitlab_files import Jobs, over
from mlascent.facts.ci.tree import Node
from mlascent.facts.tasks import Command

Keys = Mapping[str, Node]
#: A script may hold so many lines once references are followed.
_MOST_ITEMS = 5_000


@dataclass
class Whole:
    """A pipeline's configuration.

    Attributes:
        jobs: As they stand in the files.
        root: The file in which it begins.
        calls: The files of the pipelines whose child it is, and its own.
    """

    jobs: Jobs
    root: str
    calls: tuple[str, ...]
    _made: dict[str, Keys] = field(default_factory=dict)
    _lists: dict[tuple[str, ...], list[Node]] = field(default_factory=dict)

    def top(self, key: str) -> Node | None:
        """A key beside the jobs: `default`, `variables`, `workflow`."""
        return self.jobs.top.get(key)

    def job(self, name: str) -> Keys:
        """A job with what it extends."""
        if name not in self._made:
            own = self.jobs.all.get(name, {})
            self._made[name] = own  # what a job that extends itself gets
            whole: dict[str, Node] = {}
            for keys in (*(self.job(p) for p in (own["extends"].texts() if "extends" in own else ())), own):
                for key, node in keys.items():
                    over(whole, key, node)
            self._made[name] = whole
        return self._made[name]

    def items(self, node: Node, depth: int = 0) -> list[Node]:
        """The items of a list, lists in it flattened and references followed."""
        if depth > MOST_CALLS:
            return []
        keys = node.get("!reference").texts()
        if keys:
            if keys not in self._lists:
                self._lists[keys] = []  # what a list that holds itself gets
                target = self._target(keys)
                self._lists[keys] = self.items(target, depth + 1) if target is not None else []
            return self._lists[keys]
        if not isinstance(node.value, list):
            return [node] if node else []
        found: list[Node] = []
        for item in node.list():
            nested = isinstance(item.value, list) or "!reference" in item
            found.extend(self.items(item, depth + 1) if nested else [item])
            if len(found) > _MOST_ITEMS:
                break
        return found

    def _target(self, keys: tuple[str, ...]) -> Node | None:
        job = self.job(keys[0])
        found = job.get(keys[1]) if len(keys) > 1 else None
        if found is None:
            top = self.top(keys[0])
            found = top.get(*keys[1:2]) if top is not None else None
        return found.get(*keys[2:]) if found is not None else None

    def shell(self, node: Node | None) -> tuple[Command, ...]:
        """The commands of a script."""
        if node is None:
            return ()
        return tuple(
            command
            for item in self.items(node)
            for command in commands(item.text, item.file, item.start, pipefail=True)
        )

    def inherited(self, job: Keys, key: str) -> Node | None:
        """A key of the job, of `default`, or of the whole file."""
        if key in job:
            return job[key]
        inherit = job["inherit"].get("default") if "inherit" in job else None
        if inherit and (
            inherit.value is False or (isinstance(inherit.value, list) and key not in inherit.texts())
        ):
            return None
        default = self.top("default")
        return default.get(key) if default is not None and key in default else self.top(key)

    def variables(self, job: Keys) -> dict[str, str]:
        """Variables of the file and of the job, with their values or defaults."""
        found: dict[str, str] = {}
        for node in (self.top("variables"), job.get("variables")):
            for name, value in node.table() if node is not None else ():
                found[name] = value.text or value.get("value").text
        return found

    def names(self, job: Keys, named: str, env: Mapping[str, str]) -> tuple[str, ...]:
        """What an environment can be called, where a variable names it."""
        variable = named.strip("${}") if named.startswith("$") else ""
        if not variable.isidentifier():
            return (named,) if named else ()
        rules = self.items(job["rules"]) if "rules" in job else []
        found = {rule.get("variables", variable).text for rule in rules} | {env.get(variable, "")}
        return tuple(sorted(name for name in found if name and "$" not in name))
