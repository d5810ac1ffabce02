"""The few sentences that belong to a finding, in the languages that people read."""

from __future__ import annotations

from collections.abc import Mapping

_EN: Mapping[str, str] = {
    "waived": "waived until {expires}, approved by {approver}",
    "waiver_bad": "{id} in .mlascent/waivers.yml does not hold: {why}",
    "waiver_scope": "{id} in .mlascent/waivers.yml covers only {scope}",
    "waiver_unused": "nothing fails here that it covers",
    "waiver_no_rule": "there is no rule {rule}",
    "known": "known since the baseline",
    "known_never": "frozen in the baseline, and the policy does not let it be",
    "new": "since {since}, newer than the project's template {version}",
    "planned": "no template brings it yet",
    "advisory": "advisory",
    "left_out": "left out by the answers (`without`)",
    "attested": "{by} attested it, fresh until {until}",
    "stale": "the attestation of {by} is no longer fresh: it was until {until}",
    "later": "a policy demands it from {day}: {names}",
    "climb": "Climb to level {level}: it brings what {count} rules ask.",
    "unselected": "{what} was not chosen for this repository",
    "elsewhere": "it does not apply to {what}",
}
_PT: Mapping[str, str] = {
    "waived": "dispensada até {expires}, aprovada por {approver}",
    "waiver_bad": "{id} em .mlascent/waivers.yml não vale: {why}",
    "waiver_scope": "{id} em .mlascent/waivers.yml cobre apenas {scope}",
    "waiver_unused": "nada falha aqui que ela cubra",
    "waiver_no_rule": "não existe a regra {rule}",
    "known": "conhecida desde a linha de base",
    "known_never": "congelada na linha de base, e a política não permite",
    "new": "desde {since}, mais nova que o template {version} do projeto",
    "planned": "nenhum template a traz ainda",
    "advisory": "recomendação",
    "left_out": "deixada de fora pelas respostas (`without`)",
    "attested": "{by} atestou, válido até {until}",
    "stale": "o atestado de {by} já não vale: valia até {until}",
    "later": "uma política a exige a partir de {day}: {names}",
    "climb": "Suba ao nível {level}: ele traz o que {count} regras pedem.",
    "unselected": "{what} não foi escolhida para este repositório",
    "elsewhere": "não se aplica a {what}",
}


def say(language: str, key: str, **values: object) -> str:
    """A sentence in a language, with its blanks filled."""
    return (_PT if language == "pt" else _EN)[key].format(**values)
