"""Code that is pasted with something around each of its lines."""

import html
import json
import re

import pytest

from detectors.fingerprints.readings import readings
from detectors.registered import Looked
from tests.detectors.fingerprints.samples import CONTRACT, ROUTING, SECRET, index_of, lines, tree

OURS = Looked.of(index_of(tree("fleet", {"src/routing.py": ROUTING})), SECRET)
PIECE = lines(ROUTING, 10, 11).splitlines()
PYTHON = "\n".join((">>> " if not i else "... ") + line for i, line in enumerate(PIECE))


def typed() -> str:
    """As a console shows it, with what it answers."""
    return ">>> import math\n>>> math.pi\n3.14159\n" + PYTHON + "\n... \nfine\n"


@pytest.mark.parametrize(
    "text",
    [
        typed(),
        "\n".join(("In [3]: " if not i else "   ...: ") + line for i, line in enumerate(PIECE)),
        "\n".join(f"irb(main):{i:03}:0> {line}" for i, line in enumerate(PIECE, 1)),
        "\n".join(line.replace("    ", "^I") + "$" for line in PIECE),
        "\n".join(f"{number}\n{line}" for number, line in enumerate(PIECE, 10)),
        "\n".join(f"> > {line}" for line in PIECE),
        "\n".join(f">> {line}" for line in PIECE),
        "\n".join(f"   | {line}" for line in PIECE),
        "\n".join(f"JD> {line}" for line in PIECE),
        "\n".join(f"# {line}" for line in PIECE),
        "\n".join(f"  // {line}" for line in PIECE),
        "\n".join(f" * {line}" for line in PIECE),
        "\n".join(f"-- {line}" for line in PIECE),
        "\n".join(f"- `{line.strip()}`" for line in PIECE),
        "\n".join(f"| {i} | `{line.strip()}` |" for i, line in enumerate(PIECE)),
        json.dumps({"lines": PIECE}, indent=1),
        "\n".join(json.dumps(line + "\n") + " +" for line in PIECE),
        "".join(f"<div>{html.escape(line)}</div>" for line in PIECE),
        "<br>\n".join(html.escape(line).replace("  ", "&nbsp; ") for line in PIECE),
        "\n".join(f'<span class="l"><span class="k">{html.escape(x)}</span></span>' for x in PIECE),
        "\n".join(f"\x1b[34m{line}\x1b[39;49;00m" for line in PIECE),
        "\n".join(f"Jan: {line}" for line in PIECE),
        "\n".join(f"Jan Smit: {line}" for line in PIECE),
        "\n".join(f"[{'jan' if i % 2 else 'els'}] {line}" for i, line in enumerate(PIECE)),
        "\n".join(f"<jan> {line}" for line in PIECE),
        "\n".join(f"10:{i + 32} jan: {line}" for i, line in enumerate(PIECE)),
        "\n".join(f"/// {line}" for line in PIECE),
        "\n".join(f"REM {line}" for line in PIECE),
        "\n".join(f"$ {line}" for line in PIECE),
        "\n".join(f"\u2022 {line}" for line in PIECE),
        "\n".join(f"[{i}] {line}" for i, line in enumerate(PIECE, 12)),
        "\n".join(f"{10 * i}) {line}" for i, line in enumerate(PIECE, 1)),
        "\n".join(f"L{i}: {line}" for i, line in enumerate(PIECE, 12)),
        "\n\n".join(f"Line {i}: {line}" for i, line in enumerate(PIECE, 12)),
        "\n".join(f"src/foo.py:{i}:{4 * i}: {line}" for i, line in enumerate(PIECE, 12)),
        "\n".join(
            f"2026-11-30T10:22:{i}.{7 * i:03}Z INFO app: {x}" for i, x in enumerate(PIECE, 10)
        ),
        "\n".join(f"Nov 30 10:22:{i} host app[123]: {x}" for i, x in enumerate(PIECE, 10)),
        "\n".join(f"3f2a9c1b (J. Doe 2023-04-11 10:22 +0200 {n}) {x}" for n, x in enumerate(PIECE)),
    ],
)
def test_it_is_recognised_from_its_first_line_to_its_last(text: str) -> None:
    asked = f"Why is this slow?\n\n{text}\n\nThank you!\n"

    (found,) = OURS.find(asked)

    assert (found.data_class, found.source) == ("code.proprietary", "fleet:src/routing.py")
    rows = asked[: found.start].count("\n"), asked[: found.end].count("\n") + 1
    part = "\n".join(asked.split("\n")[slice(*rows)])
    assert "while" in part
    assert "heappush" in part


@pytest.mark.parametrize("margin", [">> {}", "> > {}", "| 1 | `{}` |", '  "{}",', "jan: {}"])
def test_lines_with_few_signs_are_recognised_too(margin: str) -> None:
    code = (
        "    def remove_stale_wagons(self, wagon: str, depot: str | None) -> None:\n\n"
        "        if depot is None and wagon not in self.arriving_wagons:\n"
        "            raise WagonIsElsewhere from None\n"
        "        elif self.arriving_wagons is not self.departing_wagons:\n"
        "            del self.departing_wagons[wagon]\n"
        "        while depot is not None:\n"
        "            yield self.shunted_wagons[depot]"
    )
    looked = Looked.of(index_of(tree("fleet", {"src/wagons.py": code})), SECRET)
    text = "\n".join(margin.format(line) for line in code.split("\n"))

    assert [m.source for m in looked.find(text)] == ["fleet:src/wagons.py"]


@pytest.mark.parametrize("side", ["-", "+"])
def test_both_sides_of_a_diff_are_read(side: str) -> None:
    other = "+" if side == "-" else "-"
    rows = ["@@ -9,11 +9,14 @@ def shortest(roads):"]
    for i, line in enumerate(PIECE):
        rows += [f"{other}    x{i} = f({i})", side + line] if i % 3 == 1 else [" " + line]

    assert [m.source for m in OURS.find("\n".join(rows))] == ["fleet:src/routing.py"]


@pytest.mark.parametrize(
    "text",
    [
        ROUTING,
        "- one\n- two\n- three (and more)\n",
        "# Title\n\n## Part\n\n### Piece\n",
        '["red",\n "green",\n "blue"]',
        "# The ledger is locked\n# while it is settled,\n# see below.\n",
        "a > b\nc > d\ne > f\n",
        "left: int = f(d=0)\nright: int = f(d=1)\nkey: str = f(d='')\nto: int = f(d=2)\n",
        "11:20 We met them (all of them).\n" * 2,
    ],
)
def test_what_is_not_framed_is_read_once(text: str) -> None:
    assert len(list(readings(text))) == 1


@pytest.mark.parametrize(
    "line",
    ["1" * 40, "> " * 200, '"' + '", ' * 200, "-" * 300, "(a> " * 90, "1 [a] b: " * 40, "A " * 200],
)
def test_long_lines_take_no_longer_than_they_are(line: str) -> None:
    assert len(list(readings(f"{line}\n" * 2_000))) <= 3


@pytest.mark.parametrize(
    "written",
    [
        re.sub(r"(\w{7,})", r"[\1](https://example.org/a/b)", CONTRACT),
        re.sub(r"(\w{5,})", r'<b class="x">\1</b>', CONTRACT),
    ],
)
def test_links_and_tags_are_not_read_in_documents(written: str) -> None:
    looked = Looked.of(index_of(tree("c", {"contract.txt": CONTRACT})), SECRET)

    assert [m.data_class for m in looked.find(written)] == ["doc.fingerprint.c"]
