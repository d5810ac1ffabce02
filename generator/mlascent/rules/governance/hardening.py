"""The model against those who mean it ill: refusals, callers, attacks, signatures."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.rules import entries, practice, texts, words
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule
from mlascent.rules.stages import stages

_RANGES = frozenset(
    {"ge", "le", "gt", "lt", "min_length", "max_length", "pattern", "max_items", "min_items", "multiple_of"}
)
_SIZE = re.compile(
    r"max_(length|items|size|bytes)|most_(rows|bytes)|content[-_]length|limit_request|client_max_body_size|MAX_CONTENT",
    re.I,
)
_REFUSED = re.compile(r"^4(00|13|22)$")
_AUTH = (
    "*.HTTPBearer",
    "*.APIKeyHeader",
    "*.OAuth2*",
    "*.HTTPBasic",
    "*.verify_token",
    "jwt.decode",
    "*.login_required",
    "fastapi.Security",
    "*.compare_digest",
    "*.verify_jwt*",
    "*.AuthenticationMiddleware",
)
_RATE = (
    "slowapi.*",
    "*.Limiter",
    "fastapi_limiter.*",
    "flask_limiter.*",
    "limits.*",
    "*.RateLimiter",
    "*.limit",
)
_ATTACKS = (
    "art.*",
    "textattack.*",
    "garak.*",
    "foolbox.*",
    "cleverhans.*",
    "counterfit.*",
    "torchattacks.*",
    "advertorch.*",
)


@rule("GO140")
def bad_requests_are_refused(facts: Facts) -> Verdict:
    """Ranges and a size on the request, and a test that is refused.

    A model with types alone takes a million rows, or a number that no customer can have; a test that only
    sends what is right proves no refusal.
    """
    reach = entries.serving(facts)
    paths = {path for path, _ in reach}
    fields = [
        f
        for f in facts.python.calls(
            ("*Field", "*.conint", "*.confloat", "*.constr", "*.conlist", "*.Query", "*.Body")
        )
        if f.path in paths
    ]
    ranged = [f for f in fields if _RANGES & set(f.call.keywords)]
    if not ranged:
        return failed("The request has no range on its values.", *map(words.at, fields[:2]))
    sized = [f for f in ranged if {"max_length", "max_items"} & set(f.call.keywords)]
    names = [n for path in sorted(paths) for n in facts.python.modules[path].globals if _SIZE.search(n)]
    if not sized and not names and practice.named(facts, reach, _SIZE.pattern) is None:
        return failed("The request has no limit of size.", words.at(ranged[0]))
    place = _refusal_tested(facts, {f.path for f in ranged})
    if place is None:
        return failed("No test expects a request to be refused.", words.at(ranged[0]))
    return passed(
        "Requests have ranges and a size, and a test proves the refusal.", words.at(ranged[0]), place
    )


def _refusal_tested(facts: Facts, serving: set[str]) -> Evidence | None:
    """A test that sends, and compares with a status of refusal or expects an error of validation."""
    for module in facts.python.modules.values():
        if not module.test or not serving & facts.python.modules_reached([module.path]):
            continue
        for name, function in module.functions.items():
            if not function.asserts or not name.rpartition(".")[2].startswith("test"):
                continue
            refused = re.search(
                r"refus|reject|invalid|bad|422|413|400|too_(many|large)|out_of_range|error", name
            )
            calls = [c for c in module.calls if c.inside == name]
            sends = any(
                c.name.endswith((".post", ".request", ".put")) or "ask" in c.name or "post" in c.name
                for c in calls
            )
            raises = any(c.name.endswith(".raises") for c in calls)
            if refused and (sends or raises):
                return Evidence(module.path, function.line, name)
    return None


@rule("GO141")
def callers_are_known(facts: Facts) -> Verdict:
    """Both in what serves, or in the proxy before it.

    A key that the code reads and compares with nothing lets everybody in.
    """
    reach = entries.reached(facts, entries.entries_of_service(facts))
    auth = [words.at(f) for f in facts.python.calls(_AUTH, reach)] + _proxied(
        facts,
        r"auth_mode'?: '?(key|aml_token|aad_token)|AuthorizationPolicy|jwt|oauth2-proxy|auth-url|authorizer",
    )
    rate = [words.at(f) for f in facts.python.calls(_RATE, reach)] + _proxied(
        facts, r"rate-?limit|limit-rps|limit_req|RateLimit|throttl|usage_plan|local_ratelimit"
    )
    missing = [what for what, found in (("authentication", auth), ("rate limit", rate)) if not found]
    if missing:
        return failed(f"Neither service nor proxy has: {', '.join(missing)}.", *auth[:1], *rate[:1])
    return passed("The endpoint asks who calls, and limits how often.", auth[0], rate[0])


def _proxied(facts: Facts, pattern: str) -> list[Evidence]:
    """Objects, resources and services that stand before an endpoint and say so."""
    sign = re.compile(pattern, re.IGNORECASE)
    kinds = (
        "Ingress",
        "VirtualService",
        "AuthorizationPolicy",
        "RequestAuthentication",
        "EnvoyFilter",
        "HTTPRoute",
        "Middleware",
        "SecurityPolicy",
        "BackendTrafficPolicy",
    )
    found = [
        Evidence(o.path, o.line, f"{o.kind} {o.name}")
        for o in facts.kubernetes.of(*kinds)
        if sign.search(f"{o.kind} {dict(o.body)}")
    ]
    found += [
        Evidence(a.path, a.line, a.kind)
        for a in facts.platforms.assets
        if "endpoint" in a.kind and sign.search(str(dict(a.body)))
    ]
    found += [
        Evidence(r.path, r.line, r.type)
        for r in facts.platforms.resources
        if re.search("api_?gateway|apim|waf", r.type, re.I) and sign.search(f"{r.type} {dict(r.body)}")
    ]
    return found


@rule("GO142")
def attacked_in_pipeline(facts: Facts) -> Verdict:
    """A suite that a stage or a CI job reaches, or a reason of the team's."""
    for stage in stages(facts):
        if stage.real and (calls := facts.python.calls(_ATTACKS, entries.reached(facts, stage.entries))):
            return passed("An adversarial suite runs in the pipeline.", stage.evidence, words.at(calls[0]))
    for run in facts.ci.runs(
        lambda launch: bool(launch.entry) or words.program(launch) in ("garak", "textattack")
    ):
        entry = entries.of_launch(facts, run.launch)
        if words.program(run.launch) in ("garak", "textattack") or (
            entry and facts.python.calls(_ATTACKS, entries.reached(facts, [entry]))
        ):
            return passed("An adversarial suite runs in CI.", Evidence(run.workflow.path, run.step.line))
    block = facts.answers.block("security")
    reason = (
        block.get("adversarial") or block.get("no_adversarial_suite") if isinstance(block, dict) else None
    )
    if len(re.findall(r"\w+", str(reason or ""))) >= 4:
        return passed(
            "mlascent.yaml says why no adversarial suite runs.", Evidence("mlascent.yaml", 0, "security")
        )
    return failed("No adversarial suite runs, and mlascent.yaml does not say why.")


@rule("GO143")
def threats_are_modelled(facts: Facts) -> Verdict:
    """A page on the three threats, and alerts that would see them."""
    page = facts.documents.find(
        "threat-model", "threats", "threatmodel", "modelo-de-ameacas", "security-model"
    )
    if page is None or texts.words(page) < 30:
        return failed("There is no threat model, or nothing stands in it.")
    told = texts.folded(texts.whole(page))
    signs = {
        "extraction": r"extract|steal|extracao|roubo|inversion",
        "poisoning": r"poison|envenen",
        "abuse": r"abus|evasion|evasao|denial",
    }
    if missing := [threat for threat, sign in signs.items() if not re.search(sign, told)]:
        return failed(f"The threat model says nothing of {', '.join(missing)}.", Evidence(page.path, 1))
    for alert in facts.prometheus.rules:
        if alert.name and re.search(
            r"extract|poison|abus|scrap|anomal|burst|unauthor|401|403|429", f"{alert.name} {alert.expr}", re.I
        ):
            return passed(
                "Threats are modelled and watched.",
                Evidence(page.path, 1),
                Evidence(alert.path, alert.line, alert.name),
            )
    return failed("No alert names a pattern of the threat model.", Evidence(page.path, 1))
