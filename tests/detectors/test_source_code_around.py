"""What stands between fences or around code: text that is no code, and lines within a sentence."""

import pytest

from detectors.base import Match
from detectors.source_code import find


def reported(text: str) -> list[Match]:
    return [m for m in find(text) if m.confidence >= 0.5]


FENCED = {
    "letter": "Dear Ms Berg,\nthe shipment (no. 4711) left on Monday; it comes on Friday.\nRegards",
    "names": "library-common-arm64\nlibrary-utils-2.4-amd64\nlibrary-dev-linux-gnu",
    "states": "indexing                 [enabled]\nlate delivery reports    [disabled]",
    "output": "Checking mail ... done (3 new)\nNothing to do: all 12 folders are up to date.",
    "changes": "  * Fix a crash in the importer when a file is empty (Closes: #1234).\n"
    "  * New option --dry-run; see the manual.",
}


@pytest.mark.parametrize("text", FENCED.values(), ids=FENCED.keys())
@pytest.mark.parametrize("ask", ["", "What does this mean?\n\n", "Bitte übersetzen:\n"])
def test_a_fence_alone_makes_no_code_of_what_it_holds(ask: str, text: str) -> None:
    assert not reported(f"{ask}```\n{text}\n```")


BARE = {
    "options": "       -o file, --output=file\n              Write to file, not to the terminal; "
    "see write(2).\n\n       -q     Say nothing. Errors are still printed (see ERRORS).",
    "errors": "       EACCES Search permission is denied on a part of the path prefix.\n\n"
    "       EINVAL flags is not valid, or size is 0; see also stat(2) and open(2).",
    "help": "Usage: pack [OPTION]... <folder> [<name>]\n"
    "  -l, --level=N        compress at level N (default: 6)\n"
    "      --no-index       leave the index out",
    "chat": "12:40:07 <anna> is it done? :)\n12:40:31 <@tom> yes!! <3\n12:41:02 <anna> \\o/ thx",
    "face": "  /\\_/\\\n ( o.o )\n  > ^ <   miau",
    "route": "[Warehouse] --> [Customs] --> [Shop]\n      |\n      v\n  [Returns]",
    "equations": "∫₀¹ x² dx = 1/3\n√(a² + b²) ≤ |a| + |b|\nf'(x) = 2x − 3",
    "sheet": "AVERAGE(Number 1 [; Number 2 [; …]])\nReturns the mean of its arguments.\n"
    "=AVERAGE(A1:A50)",
    "armour": "-----BEGIN PGP MESSAGE-----\n\nhQEMA5x0kPq2mZ1vAQf/Yk3u8fVq7m2C0wJr\n"
    "tR1bLkq9ZxUeYvN4sHdPw7cGmA2oTfKi\n=Xk3a\n-----END PGP MESSAGE-----",
    "keys": '"\\C-t": transpose-words\n"\\e[5~": scroll-up\n"\\M-q": fill-line',
    "fields": "Help on method strip in lines:\n\nstrip(self, chars=None, /) -> text\n    Leave out "
    "what stands on both sides.",
    "functions": "fmodl(), fmodf(), remquo_r():",
    "boxes of LaTeX": " boxrule=1pt,\n arc=2mm,\n breakable,\n colback=blue,\n title={Note:},",
    "locale": 'mon_decimal_point=""\nnegative_sign=""\nint_frac_digits=-1\nn_cs_precedes=-1',
    "selections": "libedit2:amd64\t\t\t\t\tinstall\nlibelf1:amd64\t\t\t\t\tdeinstall",
    "recipe": "Zutaten: 250 g Mehl (Type 405), 1 Ei, 1 Pr. Salz\n 1/8 l Milch; 2 EL Zucker",
}


@pytest.mark.parametrize("text", BARE.values(), ids=BARE.keys())
def test_manuals_drawings_and_formulas_are_not_code(text: str) -> None:
    assert not reported(text)


@pytest.mark.parametrize(
    "text",
    [
        "Why does total = sum(i.price for i in items) fail?",
        "Ich verstehe `const rows = await db.query(sql, [id]);` nicht",
        "para qué sirve if (user == null || !user.isActive()) return;",
        'fenced all the same:\n```\nfor f in *.log; do gzip "$f"; done\n```',
        'for f in *.log; do gzip "$f"; done',
        "cat access.log | sort | uniq -c | sort -rn | head",
    ],
)
def test_one_line_alone_or_in_a_sentence_is_found(text: str) -> None:
    assert reported(text)


@pytest.mark.parametrize("name", ["tools/d", "x", "lib/rs", "v"])
def test_a_file_without_an_extension_names_no_language(name: str) -> None:
    """Its name is no extension, though `d`, `x`, `rs` and `v` are."""
    code = "-    for item in items:\n+    for item in sorted(items):\n         print(item.name)"
    (match,) = reported(f"--- a/{name}\n+++ b/{name}\n@@ -1,2 +1,2 @@\n{code}")
    assert match.language == "python"
