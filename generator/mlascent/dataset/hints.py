"""What a column's name and values say of people: personal data, identifiers, dates, groups to look at apart.

Hints for a person to confirm, in English and Portuguese; a name proves nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

#: Word or words in a column's name → category of personal data that names one person.
_DIRECT = {
    "email": "contact",
    "e mail": "contact",
    "mail": "contact",
    "phone": "contact",
    "mobile": "contact",
    "telefone": "contact",
    "celular": "contact",
    "fone": "contact",
    "whatsapp": "contact",
    "address": "contact",
    "endereco": "contact",
    "street": "contact",
    "logradouro": "contact",
    "cpf": "national identifier",
    "cnpj": "national identifier",
    "rg": "national identifier",
    "cnh": "national identifier",
    "pis": "national identifier",
    "ssn": "national identifier",
    "social security": "national identifier",
    "nif": "national identifier",
    "national id": "national identifier",
    "passport": "national identifier",
    "passaporte": "national identifier",
    "first name": "name",
    "last name": "name",
    "full name": "name",
    "surname": "name",
    "sobrenome": "name",
    "nome": "name",
    "customer name": "name",
    "client name": "name",
    "patient name": "name",
    "employee name": "name",
    "user name": "name",
    "username": "name",
    "credit card": "financial identifier",
    "card number": "financial identifier",
    "cartao": "financial identifier",
    "iban": "financial identifier",
    "account number": "financial identifier",
    "ip": "online identifier",
    "ip address": "online identifier",
    "mac address": "online identifier",
    "device id": "online identifier",
}
#: Names of a person only where they are the whole name.
_DIRECT_ALONE = {"name": "name"}
#: Words in a name → category of what describes a person, and groups that are measured apart.
_SENSITIVE = {
    "sex": "sex or gender",
    "sexo": "sex or gender",
    "gender": "sex or gender",
    "genero": "sex or gender",
    "race": "racial or ethnic origin",
    "raca": "racial or ethnic origin",
    "ethnicity": "racial or ethnic origin",
    "etnia": "racial or ethnic origin",
    "religion": "religious belief",
    "religiao": "religious belief",
    "disability": "health",
    "deficiencia": "health",
    "age": "age",
    "idade": "age",
    "birth": "age",
    "birthdate": "age",
    "nascimento": "age",
    "dob": "age",
    "nationality": "origin",
    "nacionalidade": "origin",
    "marital": "family",
    "civil": "family",
    "zip": "place",
    "zipcode": "place",
    "postcode": "place",
    "postal code": "place",
    "cep": "place",
    "latitude": "place",
    "longitude": "place",
}
_VALUES = {
    "contact": re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}"),
    "national identifier": re.compile(r"\d{3}\.\d{3}\.\d{3}-\d{2}|\d{3}-\d{2}-\d{4}"),
    "online identifier": re.compile(r"(\d{1,3}\.){3}\d{1,3}"),
}
_IDENTIFIER = frozenset(("id", "uuid", "guid", "key", "index", "matricula", "protocolo", "rowid"))
_DATE = re.compile(r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})([T ]\d{1,2}:\d{2}.*)?")


def words(name: str) -> tuple[str, ...]:
    """The words of a column's name, lower-case and without accents: `CustomerID` gives customer, id."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain)
    return tuple(re.sub(r"[^a-z0-9]+", " ", parted.lower()).split())


def personal(name: str, sample: Sequence[str]) -> str:
    """The category of personal data that names one person, or nothing."""
    found = words(name)
    if len(found) == 1 and found[0] in _DIRECT_ALONE:
        return _DIRECT_ALONE[found[0]]
    if category := _in(found, _DIRECT):
        return category
    return next((category for category, shape in _VALUES.items() if _all(shape, sample)), "")


def sensitive(name: str) -> str:
    """The category of what describes a person, such as age or place, or nothing."""
    return _in(words(name), _SENSITIVE)


def identifier(name: str) -> bool:
    """Whether a name says that the column counts or names rows."""
    found = words(name)
    return bool(found) and (found[-1] in _IDENTIFIER or found[0] == "id" or found[0] == "unnamed")


def dates(sample: Sequence[str]) -> bool:
    """Whether all values look like dates or times."""
    return _all(_DATE, sample)


def _in(found: tuple[str, ...], known: dict[str, str]) -> str:
    named = f" {' '.join(found)} "
    return next((category for phrase, category in known.items() if f" {phrase} " in named), "")


def _all(shape: re.Pattern[str], sample: Sequence[str]) -> bool:
    return bool(sample) and all(shape.fullmatch(value.strip()) for value in sample)
