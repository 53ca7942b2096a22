"""What programs say to people is told from programs."""

import pytest

from detectors.code_messages import is_message
from detectors.source_code import find


@pytest.mark.parametrize(
    "text",
    [
        'Sketch <span class="count">(%s)</span>\nSketches <span class="count">(%s)</span>',
        '<a href="%1$s">Back to the list</a> of <strong>%2$s</strong>&#8230;',
        "%1$s – %2$s\n%s of %s\n%.1f MB (%d%%)",
        "{ $done } / { $total } { $unit }\nstill {minutes} minutes",
        "%d file(s) sent\n%s -> %s",
        "Нажмите «Далее» (или «Отмена»);\nключ: не задан".replace(";", ","),
        "%1 (%2)\n%1: %2",
        '{ -brand(case: "gen") } wird gestartet\n{ pane.label }',
    ],
)
def test_messages_are_known(text: str) -> None:
    assert is_message(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        'printf("%s of %s\\n", done, total)',
        'print "%s of %s" % (done, total)',
        '<div class="count"><span>%s</span></div>',
        "INSERT INTO parts VALUES (%s, %s)",
        "select name from parts where id in (%s)",
        "import { useState } from 'react'\nimport { render } from './render'",
        "export { total }",
        "return f'{done} of {total}'",
        "movq %r8, %r9\npushq %r10",
        "copy %1 %2",
        "return <b>{name}</b>;",
        "for %f in (*.txt) do echo %f",
        "имя = ввод()",
        "echo done",
        "",
        '<span class="fa fa-th-list" aria-hidden="true"></span>',
        "('The return value of %i should be %s', ",
    ],
)
def test_programs_are_no_messages(text: str) -> None:
    assert not is_message(text.encode())


def test_a_catalogue_is_no_code_and_what_stands_in_a_fence_is_what_it_says() -> None:
    catalogue = "\n".join(
        f'Entwurf {n} <span class="count">(%s)</span>\n<a href="%1$s">Seite</a> ansehen'
        for n in range(9)
    )
    assert not any(m.confidence >= 0.5 for m in find(catalogue))
    assert any(m.confidence >= 0.5 for m in find(f"```html\n{catalogue}\n```"))
