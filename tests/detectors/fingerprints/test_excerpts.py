"""What is recognised of registered trees and documents, and what is not."""

import random
import re
import time

import pytest

from detectors.fingerprints import tokens
from detectors.fingerprints.excerpts import Excerpts
from detectors.fingerprints.registering import Tree
from tests.detectors.fingerprints.samples import (
    CONTRACT,
    ROUTING,
    SECRET,
    index_of,
    lines,
    looking,
    tree,
)

OURS = tree("fleet", {"src/routing.py": ROUTING})


@pytest.mark.parametrize("first", [10, 12, 14, 26, 28])
def test_eight_lines_are_recognised_and_their_file_named(first: int) -> None:
    asked = f"Why is this slow?\n\n{lines(ROUTING, first, 8)}\n\nThank you!"

    (match,) = looking(OURS).find(asked)

    assert match.data_class == "code.proprietary"
    assert match.source == "fleet:src/routing.py"
    assert match.confidence >= 0.7
    assert asked[match.start : match.end] in lines(ROUTING, first, 8)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Why?\n\n```\n", "\n```\n\nThanks!\n"),
        ("print(1)\n\n", "\n\nprint(2)\n"),
        ("would you please look at this:\n", "\nthis takes ever so long.\n"),
        ("", ""),
    ],
)
def test_a_finding_is_what_was_pasted_to_its_first_and_last_line(before: str, after: str) -> None:
    """Whichever runs the key of an installation happens to keep."""
    text = before + lines(ROUTING, 11, 10) + after
    for key in range(12):
        read = Tree(bytes([key]))
        read.add("r.py", ROUTING.encode())
        looked = Excerpts.of(index_of(read.segment("t", "", "")), bytes([key]))

        found = [(m.start, m.end) for m in looked.find(text)]

        assert found == [(len(before), len(text) - len(after))]


def test_comments_spacing_and_names_may_change() -> None:
    piece = lines(ROUTING, 8, 14)
    for number, name in enumerate(
        ("best", "came", "queue", "length", "town", "other", "miles", "roads", "closed", "heapq")
    ):
        piece = re.sub(rf"\b{name}\b", f"v{number}", piece)
    piece = piece.replace(" = ", "=").replace("    ", "\t").replace(", ", ",")
    piece = "\n".join(f"{line}  # step {i}" for i, line in enumerate(piece.splitlines()))

    (match,) = looking(OURS).find(piece)

    assert match.source == "fleet:src/routing.py"


def test_a_name_that_another_language_keeps_for_itself_may_change_too() -> None:
    piece = lines(ROUTING, 12, 9)
    words = {"other": "type", "length": "end", "town": "new", "queue": "default", "best": "impl"}
    ours = piece
    for name, word in words.items():
        ours = re.sub(rf"\b{name}\b", word, ours)
    assert [m.source for m in looking(tree("fleet", {"a.py": ours})).find(piece)] == ["fleet:a.py"]


def test_an_excerpt_may_begin_in_a_comment() -> None:
    code = """\
  for (size_t at = 0; at < count; at++)
    if (rates[at].valid > books->today)
      owed += rates[at].factor;
"""
    comment = "   * Settles (what is open); the ledger { is } locked.\n   */\n"
    looked = looking(tree("books", {"settle.c": f"{{\n{code}}}\n"}))
    renamed = re.sub(r"\b(at|count|books|rates|owed|factor|valid|today)\b", r"\1_1", code)

    (alone,), (behind,) = looked.find(renamed), looked.find(comment + renamed)
    assert behind.confidence == alone.confidence


def test_a_few_lines_alike_say_less_in_the_middle_of_other_code() -> None:
    alike = lines(ROUTING, 16, 4)
    for name in ("length", "town", "best", "queue", "heapq", "other", "miles", "roads"):
        alike = re.sub(rf"\b{name}\b", f"{name}_1", alike)
    around = "\n".join(f"    report.add(column_{i}, 'kept', width={i})" for i in range(5))

    looked = looking(OURS)

    assert [m.source for m in looked.find(alike)] == ["fleet:src/routing.py"]
    assert list(looked.find(f"{around}\n{alike}\n{around}")) == []
    assert [m.source for m in looked.find(f"{around}\n\n{alike}\n\n{around}")] == [
        "fleet:src/routing.py"
    ]


@pytest.mark.parametrize("margin", ["+", "-", "> ", "+   "])
def test_a_diff_or_a_quotation_is_read_through_its_margin(margin: str) -> None:
    piece = "\n".join(margin + line for line in lines(ROUTING, 10, 12).splitlines())

    assert [m.source for m in looking(OURS).find(piece)] == ["fleet:src/routing.py"]


@pytest.mark.parametrize(
    "text",
    [
        lines(ROUTING, 10, 2),
        "import heapq\nimport os\nimport sys\n\nfrom typing import Any\n",
        "for other in others:\n    if other in closed:\n        continue\n",
        "The lorry goes to the depot by the shortest road that is not closed.",
        "def shortest(words):\n    return min(words, key=len)\n",
        "class Load:\n    def __init__(self, town, orders, weight):\n        self.town = town\n"
        "        self.orders = orders\n        self.weight = weight\n",
    ],
)
def test_what_everybody_writes_is_nobodys(text: str) -> None:
    assert list(looking(OURS).find(text)) == []


def test_a_list_of_imports_over_several_lines_says_nothing() -> None:
    listed = (
        "from fleet.routing import (\n    AxleLoadExceeded,\n    TollStation,\n    depot_of_town,\n"
        "    miles_between_depots,\n    roadworks_on_route,\n)\n\n"
    )
    alike = listed.replace("import (", "import loads, limits = (")

    assert list(looking(tree("fleet", {"a.py": listed + ROUTING})).find(listed)) == []
    assert list(looking(tree("fleet", {"a.py": alike + ROUTING})).find(alike)) != []


def test_code_on_one_line_is_recognised_if_it_is_long() -> None:
    joined = " ".join(lines(ROUTING, 10, 11).split())

    assert [m.source for m in looking(OURS).find(f"why?\n{joined}\n")] == ["fleet:src/routing.py"]


@pytest.mark.parametrize("rows", [5, 3])
def test_short_code_on_one_line_or_two_is_recognised_if_it_was_several_lines(rows: int) -> None:
    piece = [line.strip() for line in lines(ROUTING, 10, 5).splitlines()]
    text = "\n".join(" ".join(piece[i : i + rows]) for i in range(0, 5, rows))

    assert [m.source for m in looking(OURS).find(text)] == ["fleet:src/routing.py"]


def test_one_line_alike_that_was_written_as_one_says_nothing() -> None:
    line = (
        "departures.extend(shunt(wagon.axle_load, depot.tracks[wagon.siding]) "
        "for wagon in arrivals[axles:])"
    )
    ours = tree("fleet", {"a.py": f"{ROUTING}\n\n{line}\n"})

    assert list(looking(ours).find(line)) == []


def test_a_line_of_many_short_excerpts_takes_no_longer_than_it_is() -> None:
    piece = " ".join(line.strip() for line in lines(ROUTING, 10, 5).splitlines())
    text = f"{piece} {' '.join('x' * i for i in range(1, 30))} " * 100

    start = time.process_time()
    list(looking(OURS).find(text * 4))

    assert time.process_time() - start < 5


@pytest.mark.parametrize("hyphen", ["-\n", "\u2010\n", "\u00ad\n", "\u00ad"])
def test_words_divided_by_any_hyphen_are_read_whole(hyphen: str) -> None:
    divided = re.sub(r"\b(\w{3})(\w{3,})", rf"\1{hyphen}\2", CONTRACT)

    (found,) = looking(tree("contract", {"contract.txt": CONTRACT})).find(divided)

    assert found.data_class == "doc.fingerprint.contract"


def test_a_comma_before_what_closes_is_no_change() -> None:
    """As `black` and `prettier` put it where they divide a line."""
    call = "settle(open_items[today, -1], (first, last), {'limit': credit_of(customer)}, journal)"
    code = f"def close(journal):\n    while {call}:\n        yield journal.append(today)\n"
    divided = re.sub(r"(?<=[\w'\]})])([])}])", r",\n        \1", code.replace("):", " ):"))

    assert divided.count(",\n") >= 5
    assert [m.source for m in looking(tree("t", {"a.py": code})).find(divided)] == ["t:a.py"]


def test_what_a_public_tree_holds_does_not_count() -> None:
    public = tree("upstream", {"dijkstra.py": lines(ROUTING, 1, 21)}, public=True)
    looked = looking(OURS, public)

    assert list(looked.find(lines(ROUTING, 8, 12))) == []
    assert [m.source for m in looked.find(lines(ROUTING, 24, 10))] == ["fleet:src/routing.py"]


def test_what_many_files_have_in_common_does_not_count() -> None:
    def own(i: int) -> str:
        chosen = random.Random(i)
        forms = (
            "a = b",
            "a(b)",
            "if a > b:",
            "a.b = c[d]",
            "return a, b",
            "for a in b(c):",
            "a += 1",
        )
        return "\n".join(
            re.sub("[a-d]\\b", lambda _: f"n{chosen.randrange(50)}", chosen.choice(forms))
            for _ in range(60)
        )

    shared = lines(ROUTING, 24, 11)
    many = tree("services", {f"s{i}.py": f"{own(i)}\n\n\n{shared}\n" for i in range(20)})

    assert list(looking(many).find(shared)) == []


def test_a_file_of_which_there_are_many_copies_is_recognised() -> None:
    copies = {f"s{i}/routing.py": f"# service {i}\n{ROUTING}" for i in range(20)}

    found = list(looking(tree("services", copies)).find(lines(ROUTING, 24, 11)))

    assert [m.source.rpartition("/")[2] for m in found] == ["routing.py"]


def test_a_list_of_names_is_recognised_as_it_stands() -> None:
    names = (
        "tariff",
        "region_code",
        "depot_of_origin",
        "weekly_mileage",
        "axle_load",
        "toll_class",
    )
    listed = "class Haulage:\n" + "".join(
        f"    {name} = None\n" for name in (*names, "escort", "carrier")
    )
    for key in range(8):
        read = Tree(bytes([key]))
        read.add("haulage.py", f"{ROUTING}\n\n{listed}".encode())
        looked = Excerpts.of(index_of(read.segment("t", "", "")), bytes([key]))

        assert [m.source for m in looked.find(listed)] == ["t:haulage.py"]
        other = listed.replace("_", "").replace("t", "k")
        assert list(looked.find(other)) == []


def test_two_excerpts_of_two_files_are_two_findings() -> None:
    ours = tree("fleet", {"a.py": lines(ROUTING, 1, 21), "b.py": lines(ROUTING, 23, 12)})
    between = "And what about the other one?\n" * 40
    asked = f"{lines(ROUTING, 8, 13)}\n{between}{lines(ROUTING, 24, 10)}"

    found = list(looking(ours).find(asked))

    assert [m.source for m in found] == ["fleet:a.py", "fleet:b.py"]
    assert found[0].end < found[1].start


def test_a_paragraph_of_a_document_is_recognised_under_the_documents_name() -> None:
    ours = tree("tooling-contract", {"contract.txt": CONTRACT})
    asked = "Please translate: " + CONTRACT.partition("Where ")[2].replace("\n", " ").upper()

    (match,) = looking(ours).find(asked)

    assert match.data_class == "doc.fingerprint.tooling-contract"
    assert match.source == "tooling-contract:contract.txt"
    assert "TOLERANCE AGREED FOR ITS PART FAMILY" in asked[match.start : match.end]


AS_PEOPLE_PASTE_IT = {
    "divided at the ends of lines": re.sub(r"(\w{4})(\w{3,}) ", "\\1-\\n\\2 ", CONTRACT, count=9),
    "divided and indented": re.sub(r"(\w{4})(\w{4,}) ", "\\1-\\r\\n   \\2 ", CONTRACT, count=9),
    "places to divide": re.sub(r"([aeiou])([b-df-hj-np-tv-z])(?=\w)", "\\1\u00ad\\2", CONTRACT),
    "emphasis": CONTRACT.replace("tooling", "**tooling**").replace("mould", "_mould_"),
    "quoted": re.sub("^", "> ", CONTRACT, flags=re.MULTILINE),
    "other letters": CONTRACT.replace("fi", "ﬁ").replace("'", "’"),
    "upper case": CONTRACT.upper(),
}


@pytest.mark.parametrize("how", AS_PEOPLE_PASTE_IT)
def test_a_document_is_recognised_however_its_words_are_set(how: str) -> None:
    """Nearly all of it, so that a divided word is no other word."""
    text = AS_PEOPLE_PASTE_IT[how]
    assert text != CONTRACT

    (found,) = looking(tree("contract", {"contract.md": CONTRACT})).find(text)

    assert found.end - found.start > 0.95 * len(text)


def test_letters_that_a_keyboard_lacks_are_written_in_other_ways() -> None:
    text = (
        "Für die Überlassung der Prüfgeräte gewährt der Käufer während der Gültigkeit dieser "
        "Übereinkunft eine jährliche Vergütung, die fällig wird, sobald die Geräte zurückkehren "
        "und das Prüfprotokoll übergeben ist, das den Gerätezustand und die Kühlkreisläufe belegt."
    )
    looked = looking(tree("d", {"d.txt": text}))

    written = text.replace("ü", "ue").replace("ä", "ae").replace("Ü", "Ue")

    assert [(m.start, m.end) for m in looked.find(f"Bitte kürzen: {written}")] == [
        (14, 14 + len(written))
    ]


def test_a_sentence_with_the_same_words_is_another_one() -> None:
    ours = tree("tooling-contract", {"contract.txt": CONTRACT})
    words = " ".join(sorted(CONTRACT.split()))

    assert list(looking(ours).find(words)) == []


def test_another_key_recognises_nothing() -> None:
    looked = Excerpts.of(index_of(OURS), SECRET + b"!")

    assert list(looked.find(ROUTING)) == []


@pytest.mark.parametrize(
    ("text", "plain"),
    [("x =/* y", "x = y"), ("/* a */ x =<!-- y", "x = y"), ("x /*/ y", "x / y"), ("/**/ x", "x")],
)
def test_a_comment_that_never_ends_hides_nothing(text: str, plain: str) -> None:
    table = tokens.Table()
    assert tokens.code(text, table).codes.tolist() == tokens.code(plain, table).codes.tolist()


def test_what_only_looks_like_a_comment_within_a_string_is_read_and_found_in_its_place() -> None:
    table = tokens.Table()
    ended, not_ended = 'glob("src/*", "<!--") /* */ --> x', 'glob("src/*", "<!--") x'
    row = tokens.code(not_ended, table)
    assert tokens.code(ended, table).codes.tolist()[:5] == row.codes.tolist()[:5]
    spans = tokens.places(row, range(len(row.codes)))
    assert [("\n" + not_ended)[start:end] for start, end in spans.values()] == [
        "glob", "(", '"src/*"', ",", '"<!--"', ")", "x",
    ]  # fmt: skip


def test_an_excerpt_beside_a_comment_that_never_ends_is_recognised() -> None:
    glob = 'paths = glob("src/*")\n'
    [match] = looking(OURS).find(glob + lines(ROUTING, 10, 8) + glob)
    assert match.source == "fleet:src/routing.py"


def test_what_word_processors_make_of_quotation_marks_is_read() -> None:
    code = 'label = names.get("open", "none")\nstate = {"sum": total, "rest": label}\n' * 2
    piece = ROUTING.replace('"inf"', '"infinite"') + code
    typed = re.sub(r'"([^"\n]*)"', "\u201c\\1\u201d", lines(piece, 24, 14))

    (plain,) = looking(tree("fleet", {"r.py": piece})).find(lines(piece, 24, 14))
    (other,) = looking(tree("fleet", {"r.py": piece})).find(typed)

    assert other.confidence == plain.confidence


KANA = (
    "利用者はデータベースフォーマットとアプリケーションサーバーを選び、設定ファイルを書き換えたあとで、"
    "もう一度サービスを立ち上げ、記録に誤りがないかを確かめてください。"
)


def test_japanese_is_recognised_by_more_than_a_few_words_from_elsewhere() -> None:
    looked = looking(tree("hand", {"hand.txt": KANA}))

    assert [m.data_class for m in looked.find(f"次の文を直して:\n{KANA}")] == [
        "doc.fingerprint.hand"
    ]
    assert not list(looked.find("データベースフォーマットとアプリケーションサーバーを比べる"))


def test_of_several_files_that_hold_the_same_the_first_by_name_is_named() -> None:
    one, two = tree("alpha", {"b.py": ROUTING}), tree("beta", {"a.py": ROUTING, "c/x.py": CONTRACT})
    piece = lines(ROUTING, 10, 12)

    for trees in ((one, two), (two, one)):
        assert [m.source for m in looking(*trees).find(piece)] == ["alpha:b.py"]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("quote", ['"', "'", "`"])
def test_a_long_line_of_escaped_quotation_marks_is_read_once(quote: str) -> None:
    text = f"{{\\{quote}a\\{quote}:1}}," * 20_000
    assert list(looking(OURS).find(text)) == []
