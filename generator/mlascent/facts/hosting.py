"""What a code host is told by files: code owners, branch rules, and services that update dependencies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlascent.facts.files import Files
from mlascent.facts.settings import Setting, Settings

_CODEOWNERS = ("CODEOWNERS", ".github/CODEOWNERS", ".gitlab/CODEOWNERS", "docs/CODEOWNERS")
_EXAMPLE = re.compile(
    r"@(your|my|example|some|org|organi[sz]ation|company|user(name)?|team(-?name)?|owner)\b"
    r"|your[-_]|example[.]|placeholder|todo|<|changeme",
    re.IGNORECASE,
)
_RENOVATE = ("renovate.json", "renovate.json5", ".renovaterc", ".renovaterc.json", ".renovaterc.json5")
_MANAGERS = {
    "pep621": "python",
    "poetry": "python",
    "pipenv": "python",
    "pip_requirements": "python",
    "pip_setup": "python",
    "pip-compile": "python",
    "setup-cfg": "python",
    "pixi": "python",
    "dockerfile": "images",
    "docker-compose": "images",
    "kubernetes": "images",
    "github-actions": "ci",
    "gitlabci": "ci",
    "azure-pipelines": "ci",
    "jenkins": "ci",
    "copier": "template",
}
_ECOSYSTEMS = {"pip": "python", "uv": "python", "docker": "images", "docker-compose": "images"}
#: Azure's ids of branch policies.
_REVIEWERS = "fa4e907d-c16b-4a4c-9dfa-4906e5d171dd"
_BUILD = "0609b952-1397-4640-95ec-e00a01b2c241"
_NAMED = "fd2167ab-b0be-447a-8ec8-39368250530e"


@dataclass(frozen=True, slots=True)
class Owner:
    """A line of CODEOWNERS: which paths, and who; `example` where a name is nobody's."""

    path: str
    line: int
    pattern: str
    owners: tuple[str, ...]
    example: bool

    def covers(self, path: str) -> bool:
        """Whether a file or folder (with a slash at its end) falls under the pattern."""
        pattern = self.pattern
        if pattern in ("*", "**", "/", "/*", "/**"):
            return True
        anchored = "/" in pattern.rstrip("/")
        wanted = re.escape(pattern.strip("/").removesuffix("/**").removesuffix("/*"))
        wanted = wanted.replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
        return re.fullmatch(f"{'' if anchored else '(.*/)?'}{wanted}(/.*)?", path.rstrip("/")) is not None


@dataclass(frozen=True, slots=True)
class BranchRules:
    """Rules of a branch as a file.

    Attributes:
        path: The file.
        reviews: Approvals that a merge needs.
        checks: Names of checks that must pass; `*` for whatever the pipeline has.
        enforced: Whether the file switches them on.
    """

    path: str
    reviews: int
    checks: tuple[str, ...]
    enforced: bool


@dataclass(frozen=True, slots=True)
class Updates:
    """A service that updates dependencies; `covers`: of python, images, ci, template."""

    path: str
    tool: str
    covers: frozenset[str]


@dataclass(frozen=True)
class Hosting:
    """All of it; `owners_path` is empty without a CODEOWNERS file."""

    owners_path: str
    owners: tuple[Owner, ...]
    branches: tuple[BranchRules, ...]
    updates: tuple[Updates, ...]

    def owner(self, path: str) -> Owner | None:
        """Who owns a path: the last line that covers it."""
        return next((owner for owner in reversed(self.owners) if owner.covers(path)), None)


def read(files: Files, settings: Settings) -> Hosting:
    """Read what is there."""
    path = next((path for path in _CODEOWNERS if path in files), "")
    owners = files.parsed(path, "codeowners/1", _codeowners) if path else None
    branches = [rules for setting in _branch_files(settings) if (rules := _branch(setting))]
    services = [*_renovate(settings), *_dependabot(settings)]
    made = tuple(
        Owner(path, line, pattern, tuple(names), example) for line, pattern, names, example in owners or ()
    )
    return Hosting(path, made or _reviewers(settings), tuple(branches), tuple(services))


def _codeowners(text: str) -> list[Any]:
    found: list[Any] = []
    section: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        bare = re.sub(r"(^|\s)#.*", "", line).strip()
        if head := re.match(r"\^?\[[^\]]+\](\[\d+\])?\s*(.*)", bare):
            section = head[2].split()
        elif bare:
            pattern, *names = re.split(r"(?<!\\)\s+", bare)
            names = [name for name in names or section if "@" in name]
            found.append([number, pattern, names, any(_EXAMPLE.search(name) for name in names)])
    return found


def _branch_files(settings: Settings) -> tuple[Setting, ...]:
    return settings.match(
        ".github/rulesets/*.json",
        ".github/settings.y*ml",
        ".gitlab/*.json",
        ".gitlab/*.y*ml",
        ".azure/*polic*.json",
        "*branch[-_]protection*",
        "*ruleset*.json",
        "*branch[-_]polic*",
    )


def _branch(setting: Setting) -> BranchRules | None:
    data = setting.data
    if isinstance(data, list):
        return _azure(setting.path, [item for item in data if isinstance(item, dict)])
    if not isinstance(data, dict):
        return None
    if isinstance(data.get("rules"), list):
        return _ruleset(setting.path, data)
    if isinstance(data.get("branches"), list):  # probot's settings
        for branch in data["branches"]:
            if rules := _classic(setting.path, _block(branch, "protection")):
                return rules
        return None
    if {"required_pull_request_reviews", "required_status_checks"} & set(data):
        return _classic(setting.path, data)
    if {"protected_branch", "approval_rule", "approval_rules"} & set(data):
        return _gitlab(setting.path, data)
    return None


def _block(value: Any, key: str) -> Mapping[str, Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _list(value: Mapping[str, Any], key: str) -> list[Any]:
    found = value.get(key)
    return found if isinstance(found, list) else []


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _ruleset(path: str, data: Mapping[str, Any]) -> BranchRules:
    reviews, checks = 0, []
    for rule in data["rules"]:
        told = _block(rule, "parameters")
        if isinstance(rule, dict) and rule.get("type") == "pull_request":
            reviews = max(reviews, _number(told.get("required_approving_review_count")))
        checks += [str(_named(check)) for check in _list(told, "required_status_checks")]
    aimed = _block(_block(data, "conditions"), "ref_name").get("include")
    return BranchRules(path, reviews, tuple(checks), data.get("enforcement") == "active" and bool(aimed))


def _named(check: Any) -> Any:
    return check.get("context") or check.get("name") if isinstance(check, dict) else check


def _classic(path: str, told: Mapping[str, Any]) -> BranchRules | None:
    if not told:
        return None
    reviews = _number(_block(told, "required_pull_request_reviews").get("required_approving_review_count"))
    status = _block(told, "required_status_checks")
    checks = [_named(check) for check in (*_list(status, "contexts"), *_list(status, "checks"))]
    return BranchRules(path, reviews, tuple(map(str, checks)), True)


def _gitlab(path: str, data: Mapping[str, Any]) -> BranchRules:
    rules = data.get("approval_rules")
    all_rules = [*(rules if isinstance(rules, list) else ()), data.get("approval_rule")]
    reviews = max((_number(r.get("approvals_required")) for r in all_rules if isinstance(r, dict)), default=0)
    piped = _block(data, "project").get("only_allow_merge_if_pipeline_succeeds") is True
    branch = _block(data, "protected_branch")
    return BranchRules(
        path, reviews, ("*",) if piped else (), bool(branch) and not branch.get("allow_force_push")
    )


def _azure(path: str, policies: list[dict[str, Any]]) -> BranchRules | None:
    if not any("isBlocking" in policy for policy in policies):
        return None
    reviews, checks = 0, []
    for policy in policies:
        kind, told = _block(policy, "type").get("id"), _block(policy, "settings")
        if policy.get("isEnabled") is True and policy.get("isBlocking") is True and told.get("scope"):
            reviews = max(reviews, _number(told.get("minimumApproverCount")) if kind == _REVIEWERS else 0)
            checks += [str(told.get("displayName") or "*")] if kind == _BUILD else []
    return BranchRules(path, reviews, tuple(checks), bool(reviews or checks))


def _reviewers(settings: Settings) -> tuple[Owner, ...]:
    """Azure's required reviewers, which are its code owners."""
    found = []
    for setting in settings.match(".azure/*polic*.json"):
        for policy in setting.data if isinstance(setting.data, list) else ():
            told = _block(policy, "settings")
            if _block(policy, "type").get("id") == _NAMED and policy.get("isBlocking") is True:
                names = tuple(map(str, _list(told, "requiredReviewerIds")))
                example = any(_EXAMPLE.search(f"@{name}") or "from:" in name for name in names)
                found += [
                    Owner(setting.path, setting.find(_NAMED), str(pattern), names, example)
                    for pattern in _list(told, "filenamePatterns") or ["*"]
                ]
    return tuple(found)


def _renovate(settings: Settings) -> list[Updates]:
    found = []
    for setting in settings.named(*_RENOVATE):
        data = setting.data
        if isinstance(data, dict) and data.get("enabled") is not False:
            managers = _list(data, "enabledManagers") or list(_MANAGERS)
            covers = {_MANAGERS[name] for name in map(str, managers) if name in _MANAGERS}
            found.append(Updates(setting.path, "Renovate", frozenset(covers)))
    return found


def _dependabot(settings: Settings) -> list[Updates]:
    found = []
    for setting in settings.match(".github/dependabot.y*ml"):
        listed = setting.data.get("updates") if isinstance(setting.data, dict) else None
        covers = set()
        for update in listed if isinstance(listed, list) else ():
            if (
                isinstance(update, dict)
                and update.get("schedule")
                and update.get("open-pull-requests-limit") != 0
            ):
                name = str(update.get("package-ecosystem"))
                covers.add(_ECOSYSTEMS.get(name, "ci" if name == "github-actions" else ""))
        found.append(Updates(setting.path, "Dependabot", frozenset(covers - {""})))
    return found
