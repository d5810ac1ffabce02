"""What a template must keep to, so that the direct renderer can be trusted with it."""

from __future__ import annotations

import pytest
from mlascent import source
from mlascent.contract import faults
from mlascent.history import Tree

from .helpers import MINI, tree_of


def test_our_template_keeps_the_rules() -> None:
    assert faults(source.current().files) == []


def test_a_mini_template_keeps_the_rules() -> None:
    assert faults(tree_of(MINI)) == []


QUESTIONS = MINI["copier.yml"]


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("copier.yml", QUESTIONS + "_tasks: [ls]\n", "_tasks"),
        ("copier.yml", QUESTIONS + "_migrations: []\n", "_migrations"),
        ("copier.yml", QUESTIONS + "_jinja_extensions: [jinja2.ext.do]\n", "_jinja_extensions"),
        ("copier.yml", QUESTIONS + "_external_data: {a: b.yml}\n", "_external_data"),
        ("copier.yml", QUESTIONS + "_skip_if_exists: [a]\n", "_skip_if_exists"),
        ("copier.yml", QUESTIONS + "_answers_file: other.yml\n", "_answers_file"),
        ("copier.yml", QUESTIONS + "_templates_suffix: .j2\n", "_templates_suffix"),
        ("copier.yml", QUESTIONS + "_message_after_copy: hello\n", "_message_after_copy"),
        ("copier.yml", QUESTIONS.replace('["{{ files }}"]', '["*.bak"]'), "_exclude"),
        ("copier.yml", QUESTIONS.replace("jinja2.StrictUndefined", "jinja2.Undefined"), "_envops"),
        ("copier.yml", QUESTIONS.replace("_preserve_symlinks: true\n", ""), "_preserve_symlinks"),
        ("copier.yml", QUESTIONS.replace("_subdirectory: template\n", ""), "_subdirectory"),
        ("copier.yml", QUESTIONS + "a: {type: float, default: 1}\n", "question a is of type float"),
        ("copier.yml", QUESTIONS + "a: {type: str}\n", "question a has no default"),
        ("copier.yml", QUESTIONS + "a: {default: x, secret: true}\n", "question a has secret"),
        (
            "copier.yml",
            QUESTIONS + 'a: {default: x, when: "{{ size }}"}\n',
            "question a is asked on a condition",
        ),
        ("copier.yml", QUESTIONS + 'a: {default: x, choices: "{{ size }}"}\n', "question a has choices"),
        ("copier.yml", QUESTIONS + "a: {default: x, choices: {b: {value: c}}}\n", "question a has choices"),
        (
            "copier.yml",
            QUESTIONS + 'a: {type: yaml, default: ["{{ size }}"]}\n',
            "question a has a default with Jinja",
        ),
        ("copier.yml", QUESTIONS + 'a: {type: str, default: "{{ now() }}"}\n', "uses now"),
        ("copier.yml", "questions: !include a.yml\n", "no plain YAML"),
        ("copier.yml", "- a\n", "no plain YAML"),
        ("template/a.jinja", "{{ _copier_conf.src_path }}", "uses _copier_conf"),
        ("template/a.jinja", "{{ _copier_conf }}", "uses _copier_conf"),
        ("template/a.jinja", "{{ _folder_name }}", "uses _folder_name"),
        ("template/a.jinja", "{{ _copier_phase }}", "uses _copier_phase"),
        ("template/a.jinja", "{{ make_secret() }}", "uses make_secret"),
        ("template/a.jinja", "{{ pathjoin('a', 'b') }}", "uses pathjoin"),
        ("template/a.jinja", "{{ [1, 2] | random }}", "uses the filter random"),
        ("template/a.jinja", "{{ '%Y' | strftime }}", "uses the filter strftime"),
        ("template/a.jinja", "{{ ['a'] | map('to_uuid') }}", "uses the filter map"),
        ("template/a.jinja", r"{{ 'a' | regex_search('(a)', '\\1') }}", "uses the filter regex_search"),
        ("template/a.jinja", "{% yield a from b %}{% endyield %}", "template/a.jinja: "),
        ("template/a.jinja", "{% if %}", "template/a.jinja: "),
        ("template/{% if size %}a{% endif %}", "", "is no plain name"),
        ("template/{{ 'a/b' }}", "", "is no plain name"),
        ("template/ação.md", "", "is no plain name"),
        ("template/a:b", "", "is no plain name"),
        ('template/a"b', "", "is no plain name"),
        ("template/README.md", "", "stands beside a file of the same name"),
    ],
)
def test_faults(path: str, text: str, said: str) -> None:
    found = faults(tree_of({**MINI, path: text}))
    assert len(found) >= 1
    assert any(said in fault for fault in found), found


def test_no_questions() -> None:
    assert faults({}) == ["its questions are not in copier.yml"]


def test_bytes_and_modes() -> None:
    files: Tree = tree_of(MINI)
    files["template/a.jinja"] = ("100644", b"\xff")
    files["template/module"] = ("160000", b"")
    assert len(faults(files)) == 2
