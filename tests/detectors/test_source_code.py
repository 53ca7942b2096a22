"""Source code in prompts: what is found, where it begins and ends, in which language."""

import json
from itertools import accumulate, groupby, pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors import code_fences, code_stretches
from detectors.base import Match
from detectors.code_features import LONGEST_LINE, lines_of
from detectors.code_model import SPOKEN_FEATURES, STRETCH_FEATURES, model, spoken_features
from detectors.source_code import detector, find, find_many

REPORTED = 0.5

PYTHON = '''def overdue(invoices, today):
    """Those nobody paid in time."""
    late = [i for i in invoices if i.due < today and not i.paid]
    for invoice in late:
        print(invoice.number, (today - invoice.due).days)
    return late'''
JAVA = """public class Ledger {
    private final Map<String, Long> balances = new HashMap<>();

    public void book(String account, long cents) {
        balances.merge(account, cents, Long::sum);
    }
}"""
RUST = """fn median(mut values: Vec<f64>) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    values.sort_by(|a, b| a.partial_cmp(b).unwrap());
    Some(values[values.len() / 2])
}"""
SQL = """SELECT c.name, SUM(o.amount) AS total
FROM customers c
JOIN orders o ON o.customer_id = c.id
WHERE o.placed >= '2026-01-01'
GROUP BY c.name
ORDER BY total DESC;"""
SHELL = """#!/bin/bash
set -euo pipefail
for f in "$@"; do
    if [ -f "$f" ]; then
        gzip -9 "$f" && echo "packed $f"
    fi
done"""
GO = """func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		return errors.New("not running")
	}
	return s.listener.Close()
}"""
SNIPPETS = {
    "python": PYTHON, "java": JAVA, "rust": RUST, "sql": SQL, "shell": SHELL, "go": GO,
}  # fmt: skip


def reported(text: str) -> list[Match]:
    return [m for m in find(text) if m.confidence >= REPORTED]


@pytest.mark.parametrize(("language", "code"), SNIPPETS.items())
def test_bare_code_is_found_whole_with_its_language(language: str, code: str) -> None:
    (match,) = reported(code)
    assert (match.start, match.end, match.language) == (0, len(code), language)
    assert match.data_class == "code.source"


@pytest.mark.parametrize(("language", "code"), SNIPPETS.items())
@pytest.mark.parametrize(
    "frame",
    [
        "Hello, our nightly job stopped yesterday.\n\n{}\n\nAny idea what went wrong?",
        "Pouvez-vous m'expliquer ceci en quelques phrases ?\n\n{}",
        "帮我看看这段代码有什么问题：\n\n{}\n\n谢谢！",
        "Dear Tom,\n\nas discussed, this is the part I mean:\n\n{}\n\nBest regards\nEva",
    ],
    ids=["english", "french", "chinese", "mail"],
)
def test_code_between_sentences_is_found_to_the_line(frame: str, language: str, code: str) -> None:
    text = frame.format(code)
    (match,) = reported(text)
    assert text[match.start : match.end] == code
    assert match.language == language


def test_fenced_code_is_found_without_its_fences_and_named_by_its_tag() -> None:
    text = f"Please review.\n\n```rust\n{RUST}\n```\n\nand\n\n~~~\n{PYTHON}\n~~~\n"
    first, second = reported(text)
    assert text[first.start : first.end] == RUST
    assert text[second.start : second.end] == PYTHON
    assert (first.language, second.language) == ("rust", "python")


@pytest.mark.parametrize("tag", ["text", "log", "csv", "json"])
def test_a_fence_that_says_it_holds_data_is_not_code(tag: str) -> None:
    rows = "\n".join(f"{n}, north, {n * 7}" for n in range(12))
    assert not reported(f"These are the figures:\n\n```{tag}\n{rows}\n```")


def test_code_in_a_json_string_is_found_without_the_json_around_it() -> None:
    text = json.dumps({"id": 7, "content": JAVA})
    (match,) = reported(text)
    assert text[match.start : match.end] == json.dumps(JAVA)[1:-1]


def test_a_diff_is_code_in_the_language_of_its_file() -> None:
    text = """diff --git a/web/cart.ts b/web/cart.ts
--- a/web/cart.ts
+++ b/web/cart.ts
@@ -10,4 +10,4 @@ export class Cart {
   total(): number {
-    return this.items.length;
+    return this.items.reduce((sum, i) => sum + i.price, 0);
   }"""
    (match,) = reported(text)
    assert match.language == "typescript"
    assert (match.start, match.end) == (0, len(text))


def mapped(code: str, change: str) -> str:
    return "\n".join(change.format(n=n, line=line) for n, line in enumerate(code.split("\n"), 40))


@pytest.mark.parametrize(
    "change",
    ["{n}: {line}", "> {line}", "{n} | {line}", "    {line}", "{n}→{line}", "[{n}] {line}"],
)
def test_numbered_quoted_and_indented_code_is_still_code(change: str) -> None:
    text = "What is wrong here?\n\n" + mapped(JAVA, change)
    assert reported(text)


def test_code_on_one_line_with_the_question_is_found() -> None:
    joined = " ".join(line.strip() for line in JAVA.split("\n"))
    assert reported(f"what is wrong here {joined}")
    assert reported(f"| file | content |\n|---|---|\n| Ledger | {'<br>'.join(JAVA.split('\n'))} |")


def test_escaped_angle_brackets_do_not_hide_code() -> None:
    escaped = JAVA.replace("<", "&lt;").replace(">", "&gt;")
    assert reported(f"<p>Look at this:</p>\n<pre><code>{escaped}</code></pre>")


HARMLESS = {
    "prose": "We met on Tuesday (10:30) and agreed: the offer stands; Anna will call on Friday.\n"
    "If the customer accepts, print the contract and return it signed.",
    "request": "Write a Java class Ledger with book() and balance(); use a HashMap, for example.",
    "question about SQL": "Which customers from Oslo did not order in 2025? How would I select "
    "them from the orders table where the total is above 100?",
    "stack trace": "java.lang.IllegalStateException: no session\n"
    + "\n".join(f"\tat com.acme.web.Filter{n}.doFilter(Filter{n}.java:{n})" for n in range(30, 42)),
    "log": "\n".join(
        f"2026-03-04T10:15:{n:02}Z level=info msg=\"sent batch\" id={n} took=3{n}ms"
        for n in range(15)
    ),
    "table": "\n".join(f"| {n} | Oslo | {n * 3.5:.2f} | open |" for n in range(12)),
    "numbers": "\n".join(", ".join(str(n * k % 97) for k in range(8)) for n in range(10)),
    "data": json.dumps([{"name": f"City {n}", "people": n * 1000} for n in range(9)], indent=2),
    "mathematics": r"Let $f(x) = \frac{1}{x^2}$ for $x \in (0, 1]$. Then $\int_a^1 f > 1$.",
    "LaTeX": "\\begin{tikzpicture}[scale=2]\n\\draw[->] (0,0) -- (1,0) node[right] {$x$};\n"
    "\\draw[->] (0,0) -- (0,1) node[above] {$\\alpha$};\n\\foreach \\x in {0,1,2} \\fill (\\x,1) "
    "circle (2pt);\n\\end{tikzpicture}",
    "clauses": "12.3 The Supplier shall (a) notify the Customer within 5 days; and (b) bear the "
    "costs under Section 4(2), unless Art. 7(1) applies.",
    "markdown": "# Goals\n\n- **Reach**: +20 %\n- *Cost*: < €5\n\n> quoted\n\n[link](https://a.b/c)",
    "quotation": "Wer andern eine Grube gräbt, fällt selbst hinein.\n\t\t-- Sprichwort",
    "record": f"{'*' * 27} 1. row {'*' * 27}\n   id: 7\n city: Oslo\ntotal: 12.50\n1 row in set",
    "grid": "+------+-----+\n| city | sum |\n+------+-----+\n| Oslo |  12 |\n+------+-----+",
    "libraries": "        libssl.so.3 => /lib/libssl.so.3 (0x00007f21a4e00000)\n"
    "        libc.so.6 => /lib/libc.so.6 (0x00007f21a4a1d000)",
    "ciphers": "ECDHE-RSA-AES128-GCM-SHA256  TLSv1.2 Kx=ECDH  Au=RSA  Enc=AESGCM(128) Mac=AEAD\n"
    "DHE-RSA-AES256-SHA256        TLSv1.2 Kx=DH    Au=RSA  Enc=AES(256)    Mac=SHA256",
    "digests": "  RSA-SHA224 => SHA224\n  RSA-SHA384 => SHA384\n  ripemd => RIPEMD160\n  SHA512",
    "versions": "{\n  node: '22.4.1',\n  acorn: '8.11.3',\n  ares: '1.31.0',\n  uv: '1.48.0'\n}",
    "paths": "/etc/rc2.d/S01cron\n/etc/rc2.d/S01dbus\n/etc/selinux\n/etc/selinux/semanage.conf",
    "strings": '["north", "south", "order-17", "late payment"]',
    "letters": "é" * 900,
    "Russian": "Пожалуйста, составьте письмо клиенту: срок оплаты истёк 3 марта (счёт № 118).",
    "Japanese": "次の文章を要約してください。会議は10時から（第2会議室）で行われます。",
}  # fmt: skip


@pytest.mark.parametrize("text", HARMLESS.values(), ids=HARMLESS.keys())
def test_what_only_looks_like_code_is_not_reported(text: str) -> None:
    assert not reported(text)


def test_escapes_and_formulas_in_strings_do_not_hide_code() -> None:
    plot = "ax.set_xlabel(r'$\\alpha_{1}$')\nax.set_ylabel(r'$\\frac{1}{m}$')\nplt.show(block=True)"
    assert reported(plot)
    assert reported(json.dumps(JAVA.replace("    ", "\t")))


CONFIGURATION = {
    "YAML": "server:\n  host: 0.0.0.0\n  port: 8443\nlogging:\n  level: info\n  files:\n"
    "    - /var/log/shop.log\n    - /var/log/audit.log",
    "modules": "LoadModule expires_module /usr/lib/apache2/modules/mod_expires.so\n"
    "LoadModule headers_module /usr/lib/apache2/modules/mod_headers.so",
    "unit": "[Unit]\nDescription=Nightly export\nAfter=network-online.target\n\n[Service]\n"
    "Type=oneshot\nExecStart=/usr/local/bin/export --all -o /srv/out",
    "rotation": "/var/log/shop/*.log {\n    weekly\n    rotate 5\n    compress\n    missingok\n}",
    "devices": 'SUBSYSTEM=="usb", ATTR{idVendor}=="04b8", MODE="0660", GROUP="scanner"\n'
    'ACTION=="add", KERNEL=="sd*", TAG+="systemd"',
    "workflow": "on:\n  push:\n    branches: [main]\njobs:\n  test:\n    runs-on: ubuntu-latest\n"
    "    steps:\n      - uses: actions/checkout@v4\n      - run: npm ci",
}  # fmt: skip


@pytest.mark.parametrize("text", CONFIGURATION.values(), ids=CONFIGURATION.keys())
def test_configuration_is_not_source_code(text: str) -> None:
    assert not reported(text)


@pytest.mark.parametrize("indent", ["    ", "\t"], ids=["blanks", "tab"])
def test_plain_statements_after_a_docstring_are_code_to_the_last(indent: str) -> None:
    lines = (
        "def late(invoices):",
        '"""Those past."""',
        "for invoice in invoices:",
        "yield invoice",
    )
    text = "\n".join(indent * n + line for n, line in zip((0, 1, 1, 2), lines, strict=True))
    (match,) = reported(text)
    assert (match.start, match.end) == (0, len(text))


def test_at_least_sixty_languages_are_told_apart() -> None:
    names = model().languages
    assert len(set(names)) == len(names) >= 60
    assert {"COBOL", "ABAP", "F#", "VB.NET", "SAS", "RPGLE", "Scheme", "PL/SQL"} <= set(names)


def test_confidence_grows_with_evidence() -> None:
    one_line = max((m.confidence for m in find("merge account")), default=0.0)
    (whole,) = reported(JAVA)
    assert one_line < whole.confidence
    assert whole.confidence > 0.95


def test_offsets_count_code_points_not_bytes() -> None:
    text = "Ünïcödé 🙂 – bitte prüfen:\n\n" + PYTHON
    (match,) = reported(text)
    assert text[match.start : match.end] == PYTHON


@given(st.text(max_size=300) | st.text('ab(){};= \n\\n`"0.:', max_size=300))
def test_any_text_gives_spans_in_order_within_it(text: str) -> None:
    end = 0
    for match in find(text):
        assert end <= match.start < match.end <= len(text)
        assert 0 <= match.confidence <= 1
        end = match.end


@given(st.lists(st.text("abc_ (){};=.<>\"'\t09", max_size=60), min_size=1, max_size=12))
def test_a_line_has_the_same_features_wherever_it_stands(found: list[str]) -> None:
    together = lines_of("\n".join(found).encode())
    for n, line in enumerate(found):
        alone = lines_of(line.encode())
        a, b = together.first[n], together.first[n + 1]
        assert together.by_token[:, a:b].tolist() == alone.by_token.tolist()
        inside = together.grams[together.starts[n] : together.gram_ends[n]]
        assert inside.tolist() == alone.grams[alone.starts[0] : alone.gram_ends[0]].tolist()


def test_a_line_of_a_megabyte_is_cut_and_read_in_linear_time() -> None:
    text = "var a=[" + "1,2,3," * 200_000 + "];function f(){return a.map(x=>x*2)}"
    lines = lines_of(text.encode())
    assert int((lines.ends - lines.starts).max()) <= LONGEST_LINE
    assert lines.ends[-1] == len(text)
    assert all(m.end <= len(text) for m in find(text))


@pytest.mark.parametrize("letter", ["é", "語", "😀"])
@pytest.mark.parametrize("shift", range(4))
def test_code_begins_at_the_character_where_a_long_line_is_cut(letter: str, shift: int) -> None:
    words = "x" * shift + letter * (LONGEST_LINE // len(letter.encode()))
    text = words + letter + "if (a[i] > 0) { total += f(a[i], 'b'); } " * 60
    first = next(match for match in find(text) if match.confidence >= REPORTED)
    assert abs(first.start - len(words)) <= 1
    assert first.end >= len(text) - 1


def test_the_detector_says_what_it_yields() -> None:
    assert detector.data_classes == {"code.source"}


def test_many_texts_give_what_each_gives_by_itself() -> None:
    texts = [
        "",
        PYTHON,
        "\n",
        f"why?\n```\n{JAVA}\n```",
        "a\\n",
        "plain words",
        "\\n\\n",
        RUST + "\n",
    ]
    assert list(find_many(texts)) == [find(text) for text in texts]


def test_an_escape_in_one_text_undoes_none_in_another() -> None:
    quoted = 'print(\\"hello\\")\nfor i in range(3): print(\\"i\\")'
    percent = "import%41os%42%43 = %44%45%46\nreturn x%5Bi%5D%7B%7D%7Cfoo;"
    broken, blank = "def f(x):\\n    return x\\n", "foo%28x%29 and y"
    for text, other in ((quoted, broken), (percent, blank)):
        assert list(find_many([other, text])) == [find(other), find(text)]


def test_texts_too_large_to_be_judged_together_are_judged() -> None:
    long = "Nothing but words in a row.\n" * 4000
    assert list(find_many([long, PYTHON, long])) == [find(long), find(PYTHON), find(long)]


def test_what_speaks_for_a_language_speaks_against_prose() -> None:
    others, count = model().others, len(model().languages)
    assert 0 < others < count
    assert all(name.startswith("(") for name in model().languages[:others])
    prose, rust = np.zeros(count), np.zeros(count)
    prose[0] = rust[model().languages.index("Rust")] = 20
    for sign, logits in ((-1, prose), (1, rust)):
        [features] = spoken_features(logits[None], [50])
        assert len(features) == SPOKEN_FEATURES - STRETCH_FEATURES
        assert sign * features[0] > 1
        assert sign * features[1] > 1


def test_no_match_is_in_the_language_of_prose() -> None:
    for text in (*SNIPPETS.values(), "x = y", "see (a) and b;", "total: 4\nrest: 5"):
        assert not any(match.language.startswith("(") for match in find(text))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("before", ["", "x"])
@pytest.mark.parametrize("blank", [" ", "\t", " \t"])
def test_many_blanks_before_a_sign_take_linear_time(before: str, blank: str) -> None:
    text = before + blank * 200_000 + ";"
    assert all(match.end <= len(text) for match in find(text))


@pytest.mark.timeout(60)
def test_a_notebook_of_many_blocks_takes_linear_time() -> None:
    block = 'Text "a" here.\n```\nint total = sum(items, "b");\n```\n'
    found = find('{"cell_type": "code"}\n' + block * 20_000)
    assert len(found) == 20_000
    assert {match.language for match in found} == {"python"}


@pytest.mark.parametrize(
    ("member", "language"), [("", "python"), ('"language": "julia",\n', "julia")]
)
def test_a_notebook_names_the_language_of_all_its_cells(member: str, language: str) -> None:
    cell = '{"cell_type": "code", "source": ["total = sum(prices)\\n", "print(total)"]}'
    found = find(f"{member}{cell}\n\nWe looked at this for a while.\n\n{cell}")
    assert found
    assert {match.language for match in found} == {language}


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("See:\n\n<pre>\na b\n</pre>\n\nIt is so.", [(2, 4)]),
        ("ä\n<pre class=x><code>a\nb</code></pre>\nc\n<PRE>d</PRE>", [(1, 2), (4, 4)]),
        ("<pre>a</pre>\n  <pre>b\n", [(0, 0)]),
        ("/**\n * <pre>\n * a\n * </pre>\n */", []),
        ("<preview>\na\n</preview>", []),
    ],
)
def test_a_page_sets_blocks_apart(text: str, blocks: list[tuple[int, int]]) -> None:
    lines = lines_of(text.encode())
    found = code_fences.fences(text, lines.starts.tolist(), 0, len(lines.starts))
    assert [(first, last) for first, last, _, _ in found] == blocks


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("```\na\n```", [(0, 2, "")]),
        ("a\n > ~~~~ {.py\nb\n```\n~~~\n~~~~~ x\n", [(1, 5, "py")]),
        ("x ``` y\n ```c ``` d\ne", [(1, 3, "c")]),
        ("``\n~~ ```\n`` ~~~", []),
    ],
)
def test_a_fence_is_the_first_of_its_line(text: str, blocks: list[tuple[int, int, str]]) -> None:
    starts = lines_of(text.encode()).starts.tolist()
    found = code_fences.fences(text, starts, 0, len(starts))
    assert [(first, last, tag) for first, last, _, tag in found] == blocks


@given(st.lists(st.integers(-60, 60).map(lambda n: n / 8 + 1 / 64), min_size=1, max_size=7))
def test_no_other_sequence_of_code_and_not_code_is_likelier(odds: list[float]) -> None:
    def weight(states: tuple[int, ...]) -> float:
        changes = sum(2.0 for one, other in pairwise(states) if one != other)
        return sum(s for s, code in zip(odds, states, strict=True) if code) - changes - states[0]

    def ends(states: tuple[int, ...]) -> float:
        return weight(states) - states[-1]

    best = max(product((0, 1), repeat=len(odds)), key=ends)
    runs = [len(list(same)) for _, same in groupby(best)]
    edges = list(accumulate(runs, initial=0))
    likeliest = [(a, b - 1) for a, b in pairwise(edges) if best[a]]
    found = code_stretches._likeliest(odds, [True] * len(odds), 0)
    assert [(s.first, s.last) for s in found] == likeliest


@pytest.mark.parametrize(("tag", "count"), [("pre", 1), ("div", 2)])
def test_what_stands_in_a_block_of_a_page_is_judged_as_a_whole(tag: str, count: int) -> None:
    code = (
        "rows = [parse(line) for line in lines]\n"
        "the bridge was closed for repairs\nin the spring of that year\n"
        "and nobody knew for how long\nprint(len(rows), max(r.size for r in rows))"
    )
    text = f"It is so:\n<{tag}><code>\n{code}\n</code></{tag}>\nThe rest follows tomorrow."
    found = reported(text)
    assert len(found) == count
    assert found[0].start <= text.index(code) < text.index(code) + len(code) <= found[-1].end
