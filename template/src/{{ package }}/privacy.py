"""Personal data, as `privacy` in `mlascent.yaml` marks it: what must be said, and what is done."""

import hashlib
import hmac
import math
import os
from collections.abc import Iterable
from typing import Any

import pandas as pd

from .params import Params

KEY = "PRIVACY_KEY"  # the environment variable with the secret behind every hash
SHORTEST_KEY = 16
TREATMENTS = ("keep", "mask", "hash", "drop")

# What each regime asks to be written down. A checklist, not legal advice.
REGIMES = {
    "GDPR": ("contact", "retention_days", "deletion"),  # Art. 13(1), 5(1)(e), 17
    "LGPD": ("contact", "retention_days", "deletion"),  # Art. 41, 15, 18
    "CCPA": ("opt_out", "retention_days", "deletion"),  # 1798.120, 1798.100, 1798.105
    "HIPAA": ("access", "de_identification"),  # 45 CFR 164.502(b), 164.514(b)
    "SOX": ("controls", "retention_days"),  # sections 404, 802
}
BASES = {  # GDPR Art. 6(1); LGPD Art. 7
    "GDPR": "consent contract legal_obligation vital_interests public_task legitimate_interests",
    "LGPD": "consent legal_obligation public_policy research contract legal_proceedings"
    " vital_interests health_protection legitimate_interests credit_protection",
}


def problems(rules: Params, columns: Iterable[str], config: Params) -> list[str]:
    """Everything that `privacy` leaves unsaid or contradicts, one sentence each."""
    fields, regimes = rules.get("fields") or {}, rules.get("regimes") or []
    found, asked = [], dict.fromkeys(key for name in regimes for key in REGIMES.get(name, ()))
    if rules.get("personal_data"):
        asked |= dict.fromkeys(("fields", "regimes", "retention_days", "deletion"))
        if rules.get("example"):
            found.append("personal_data is true, and the block is still marked as an example")
    elif fields:
        found.append("fields are marked, and personal_data is false")
    found += [f"regime {name} is unknown" for name in regimes if name not in REGIMES]
    found += [f"{name} is not said" for name in asked if not rules.get(name)]
    for name, field in fields.items():
        told = of_field(name, field if isinstance(field, dict) else {}, regimes, config)
        absent = [] if name in columns else ["the data has no such column"]
        found += [f"fields.{name}: {problem}" for problem in (*told, *absent)]
    return [f"mlascent.yaml, privacy: {problem}" for problem in found]


def of_field(name: str, field: Params, regimes: list[str], config: Params) -> list[str]:
    """What is wrong with one marked column."""
    treatment, basis = field.get("treatment"), field.get("legal_basis")
    found = [f"{key} is not said" for key in ("category", "legal_basis") if not field.get(key)]
    for regime in BASES:
        if regime in regimes and basis not in BASES[regime].split():
            found.append(f"legal_basis is none of {regime}'s: {BASES[regime]}")
    if treatment not in TREATMENTS:
        found.append(f"treatment is {treatment}, not one of {', '.join(TREATMENTS)}")
    if treatment != "keep" and name == config["data"]["target"]:
        found.append("it is the target: only `keep` leaves something to learn")
    if treatment == "drop" and name in config["data"]["drop"]:
        found.append("params.yaml drops it too: leave it to privacy, before it is written anywhere")
    if treatment in ("mask", "hash") and name not in config["data"]["drop"]:
        found.append("callers send it untreated: no feature, list it in params.yaml, data.drop")
    if treatment == "hash" and len(os.environ.get(KEY, "")) < SHORTEST_KEY:
        found.append(f"a hash needs a secret of {SHORTEST_KEY} characters or more in {KEY}")
    return found


def protect(frame: pd.DataFrame, fields: Params) -> pd.DataFrame:
    """Treat the marked columns that the frame has; absent values stay absent.

    `mask` keeps a text's first character and a number's first digit. `hash` is a keyed SHA-256: the
    same value gives the same code, and nobody without the key can try values until one fits.

    Raises:
        KeyError: a column is to be hashed and the environment has no key.
    """
    for name, field in fields.items():
        if name in frame and field["treatment"] == "drop":
            frame = frame.drop(columns=name)
        elif name in frame and field["treatment"] != "keep":
            treat = mask if field["treatment"] == "mask" else pseudonym
            treated = frame[name].astype(object).map(treat, na_action="ignore")
            frame = frame.assign(**{name: treated})
    return frame


def mask(value: Any) -> Any:
    """Keep so little of a value that it fits many people: `Maria` is `M***`, 37 is 30."""
    if isinstance(value, (int, float)):
        unit = 10 ** math.floor(math.log10(abs(value))) if value else 1
        return math.trunc(value / unit) * unit
    return f"{str(value)[:1]}***"


def pseudonym(value: Any) -> str:
    """A code for a value, the same for 7, 7.0 and `7`."""
    whole = isinstance(value, float) and value.is_integer()
    text = str(int(value) if whole else value)
    return hmac.new(os.environ[KEY].encode(), text.encode(), hashlib.sha256).hexdigest()[:16]
