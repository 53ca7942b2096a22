"""Escapes undone in place: what stands there, and that nothing moves."""

import json
from html import escape
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.code_escapes import unescaped
from detectors.source_code import find

CODE = 'for (int i = 0; i < n && !done; i++) {\n\tputs("<" + names[i] + ">");\n}'


def words(text: str) -> list[str]:
    return unescaped(text.encode()).decode().split()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a &lt; b &amp;&amp; c&nbsp;&gt;&quot;d&#39;&#x27;", "a < b & & c > \" d' '"),
        ("&amp;lt;div&amp;#62;", "< div>"),
        (r"{\"a\":\n\t\tif (\"b\")\r\n}", r'{ "a ":\n if ( "b ") \n}'),
        (r"first\\n\\tsecond", r"first \n second"),
        ("x%20%3D%20f%28y%2B1%29%0Areturn+x", "x = f( y+ 1) return x"),
        ("\u00a0\u00a0return\u3000x", "return x"),
        # what only looks like an escape, and what stands for more than ASCII
        ("R&D; 100% of 20%, 5%25", "R&D; 100% of 20%, 5%25"),
        (r"C:\temp\table and \textbf{x}", r"C:\temp\table and \textbf{x}"),
        ("&hellip;&#8212;", "&hellip;&#8212;"),
    ],
)
def test_an_escape_reads_as_what_it_stands_for(written: str, read: str) -> None:
    assert words(written) == read.split()


@given(st.text(alphabet='a \\nt"&lt;#39;amp%20xA0\u00a0\n', max_size=200))
def test_nothing_moves(text: str) -> None:
    data = text.encode()
    assert len(unescaped(data)) == len(data)


@pytest.mark.parametrize("piece", ["\\", "%", "&", "&amp;", "%20", "\\t\\n", "&#x0"])
def test_a_megabyte_of_escapes_is_read_in_linear_time(piece: str) -> None:
    data = (piece * (1_000_000 // len(piece)) + "\\n%20;").encode()
    assert len(unescaped(data)) == len(data)


@pytest.mark.parametrize(
    "escaped",
    [
        quote(CODE),
        "source=" + quote_plus(CODE),
        escape(escape(CODE)),
        json.dumps(json.dumps({"role": "user", "content": CODE})),
        "".join(f"&#{ord(c)};" if not c.isalnum() else c for c in CODE),
        CODE.replace("\t", "\u00a0\u00a0"),
    ],
    ids=["address", "form", "page in a page", "JSON in JSON", "numbered", "no-break spaces"],
)
def test_escaped_code_is_found(escaped: str) -> None:
    found = [m for m in find(escaped) if m.confidence >= 0.5]
    assert sum(m.end - m.start for m in found) > 0.6 * len(escaped)
