"""Drawings, notations and formulas of sheets: full of signs, and none of them a program."""

# ruff: noqa: E501 - a template reads better on one line

import random
from collections.abc import Callable

from detectors.models.code.naming import NOUNS

type Prose = Callable[[], str]


def drawing(prose: Prose, r: random.Random) -> str:
    """A picture of letters and signs, faces, boxes with arrows between them, boards, tablature."""
    kind = r.randint(0, 6)
    if kind <= 1:  # a picture, mirrored at times
        signs = "".join(r.sample("/\\|_-()<>.'`\",:;oO0=~^*#+@[]{}vVxXyY", r.randint(4, 11)))
        rows = []
        for _ in range(r.randint(2, 12)):
            half = "".join(r.choice(signs + " " * r.choice((3, 9))) for _ in range(r.randint(2, 14)))  # fmt: skip
            mirror = half[::-1].translate(str.maketrans("/\\()<>[]{}", "\\/)(><][}{"))
            rows.append(" " * r.randint(0, 9) + half + r.choice((mirror, mirror, "", " " * 3 + half)))  # fmt: skip
        rows += [" " * r.randint(0, 20) + prose()[:30]] * r.randint(0, 1)
        return "\n".join(rows)
    if kind == 2:
        face = f"{r.choice(';:=8x^oO>T-')}{r.choice(('_', '.', '-', '', 'o', 'w', '°'))}{r.choice(')(D|/PpO^;T<3')}"
        arms = r.choice((("(", ")"), ("<(", ")>"), ("\\(", ")/"), ("", ""), ("d(", ")b"), ("~", "~")))  # fmt: skip
        some = [arms[0] + face + arms[1]] * r.randint(1, 4)
        return r.choice((" ", "  ", "\n")).join([*some, *[prose()[:40]] * r.randint(0, 1)])
    if kind <= 4:  # what leads to what
        arrow = r.choice((" -> ", " --> ", " => ", " → ", " ---> ", " <-> ", " -- ", " | ", " > ", "->", " ==> "))  # fmt: skip
        left, right = r.choice((("[", "]"), ("(", ")"), ("", ""), ("", ""), ("<", ">"), ("{", "}"), ("((", "))")))  # fmt: skip
        lines = []
        for _ in range(r.choice((1, 1, 2, 4))):
            what: Callable[[], str] = r.choice(
                (
                    lambda: r.choice(NOUNS).title(),
                    lambda: r.choice("ABCDEFGHXYZ"),
                    lambda: str(r.randint(1, 9)),
                    lambda: r.choice(NOUNS).upper(),
                    lambda: prose()[:15],
                )
            )
            lines.append(arrow.join(left + what() + right for _ in range(r.randint(2, 6))))
            if r.random() < 0.3:
                lines.append(r.choice(("    |        |", "    v", "    ▼", "   /   \\", "     +-----+", "    │", "-" * 20)))  # fmt: skip
        return r.choice(("\n", "\n", "; ", ", ")).join(lines)
    if kind == 5:  # games, music, patterns of knitting, sequences
        n = r.randint(1, 30)
        board = "\n".join(" ".join(r.choice(".XO#") for _ in range(8)) for _ in range(r.randint(3, 8)))  # fmt: skip
        moves = " ".join(f"{i}. {r.choice(('', 'N', 'B', 'Q', 'R'))}{r.choice(('', 'x'))}{r.choice('abcdefgh')}{r.randint(1, 8)} {r.choice(('O-O', 'd5', 'Nf6', 'exd4', 'Qe7+', 'c5', 'O-O-O'))}" for i in range(n, n + r.randint(2, 9)))  # fmt: skip
        knit = "; ".join(f"{r.choice(('K', 'P', 'k2tog', 'ssk', 'yo', 'sc', 'dc', 'ch'))}{r.randint(1, 9)}, {r.choice(('*', '('))}{r.choice(('K', 'P', 'sl'))}{r.randint(1, 6)}, {r.choice(('p2', 'inc', 'yo'))}{r.choice(('*', ')'))} {r.choice(('rep', 'x', 'rep to end'))} {n}" for _ in range(r.randint(1, 4)))  # fmt: skip
        tabs = "\n".join(f"{s}|{'-'.join(r.choice(('-', '-', str(r.randint(0, 12)), 'h', 'x')) for _ in range(12))}|" for s in "eBGDAE")  # fmt: skip
        chords = "\n".join(f"{'   '.join(r.choice(('C', 'G', 'Am', 'F#m7', 'Dsus4', 'Bb/D')) for _ in range(4))}\n{prose()[:50]}" for _ in range(2))  # fmt: skip
        bases = "\n".join("".join(r.choices("ACGT", k=60)) for _ in range(r.randint(1, 4)))
        return r.choice((board, moves, knit, tabs, chords, f">{r.choice(NOUNS)}|{n}\n{bases}"))
    rows, depth = [r.choice(NOUNS)], 0  # a tree
    for _ in range(r.randint(2, 12)):
        depth = max(0, min(4, depth + r.choice((-1, 0, 0, 1))))
        rows.append(r.choice(("│   ", "|   ", "    ")) * depth + r.choice(("├── ", "└── ", "|-- ", "`-- ", "+- ", "- ")) + r.choice((r.choice(NOUNS), prose()[:20], f"{r.choice(NOUNS)}.{r.choice(('md', 'pdf', 'py', 'jpg'))}")))  # fmt: skip
    return "\n".join(rows)


def _term(r: random.Random, depth: int = 0) -> str:
    x, y = r.choice("abcdefghiklmnpqrstuvwxyzABCNPQRSTαβγδεθλμπρσφω"), r.choice("xyznkt")
    if depth > 1 or r.random() < 0.35:
        return r.choice((x, x, y, str(r.randint(0, 99)), f"{x}{r.choice('₀₁₂ₙᵢ')}", f"{x}{r.choice('²³ⁿ')}", f"{x}_{r.choice('ijkn012')}", f"{x}^{r.choice('23nk')}", f"{x}'", f"{r.randint(2, 9)}{x}", f"√{r.randint(2, 99)}"))  # fmt: skip
    a, b = _term(r, depth + 1), _term(r, depth + 1)
    return r.choice((f"{a} {r.choice('+-−·×/±∙')} {b}", f"({a})/({b})", f"({a} + {b})", f"|{a}|", f"√({a})", f"{r.choice(('sin', 'cos', 'ln', 'log', 'exp', 'f', 'g', 'P', 'E', 'max', 'Var'))}({a})", f"∑{a}", f"∫ {a} d{y}", f"∂{a}/∂{y}", f"({a})²", f"{a}{b}", f"e^({a})", f"‖{a}‖", f"lim {y}→∞ {a}"))  # fmt: skip


def equations(prose: Prose, r: random.Random) -> str:
    """Equations one below the other, or in sentences, as they are typed without any markup."""
    made = [f"{_term(r)} {r.choice(('=', '=', '=', '<', '>', '≤', '≥', '≈', '≠', '→', '⇒', '⇔', '∈ ℝ:', '~'))} {_term(r)}" for _ in range(r.randint(1, 5))]  # fmt: skip
    if r.random() < 0.5:
        return "\n".join(made)
    words = prose().split()[: r.randint(2, 14)]
    for one in made[:3]:
        words.insert(r.randint(0, len(words)), one + r.choice(("", ",", ".", ";")))
    return " ".join(words)


def _name(prose: Prose, r: random.Random) -> str:
    letters = "".join(c for c in prose().split()[0].upper() if c.isalpha()) or "SUM"
    return r.choice((letters, letters, r.choice(("SUM", "IF", "ROUND", "COUNTIF", "AVERAGE", "VLOOKUP", "SUMME", "WENN", "SI", "SOMME", "ЕСЛИ", "JEŻELI")), f"{letters}.{r.choice(('S', 'P', 'X', 'EXACT'))}"))  # fmt: skip


def _cell(r: random.Random) -> str:
    one = f"{r.choice('ABCDEFG')}{r.randint(1, 30)}"
    return r.choice((one, one, f"${one}", f"{one}:{r.choice('BCDEFG')}{r.randint(1, 99)}", str(r.randint(0, 99)), f'"{r.choice("<>=")}{r.randint(1, 50)}"', f"{r.uniform(0, 9):.2f}", f'"{r.choice(NOUNS)}"'))  # fmt: skip


def sheets(prose: Prose, r: random.Random) -> str:
    """Help about the functions of sheets: how they are called, formulas, what comes out."""
    out, mark = [], r.choice((";", "; ", ",", ", "))
    for _ in range(r.choice((1, 2, 3, 5))):
        name = _name(prose, r)
        called = mark.join(_cell(r) for _ in range(r.randint(1, 4)))
        args = "".join(f"{'' if n == 0 else mark}{r.choice(NOUNS).title()}" for n in range(r.randint(1, 3)))  # fmt: skip
        out.append(r.choice((
            f"{name}({args}{r.choice(('', '', f' [{mark}{r.choice(NOUNS).title()}]', f' [{mark}{r.choice(NOUNS).title()} [{mark}…]]'))})",
            f"={name}({called})", f"={name}({called}) {prose()[:60]}", f"{prose()[:80]}\n={name}({called})\n{prose()[:60]}", f"={_cell(r)}{r.choice('+-*/&')}{_cell(r)}",
            f"{r.choice(NOUNS).title()}: {prose()}", f"{name}\n{prose()}", f"{prose()} {name}({args}).", f"={name}({name}({called}){mark}{_cell(r)})",
        )))  # fmt: skip
    return "\n".join(out)


def names(r: random.Random) -> str:
    """Lists of packages, targets, files, switches with their states, of keys with values."""

    def word() -> str:
        return r.choice((r.choice(NOUNS), r.choice(NOUNS), r.choice(("x86_64", "arm64", "linux", "gnu", "lib", "dev", "py3", "utils", "amd64", "core", "abi64", "none")), f"{r.choice(NOUNS)}{r.randint(1, 99)}"))  # fmt: skip

    mark = r.choice(("-", "-", "-", "_", "::", ".", "/"))
    kind, pad = r.randint(0, 6), r.choice(("", "", "  ", "    ", " "))
    state = r.choice((("[enabled]", "[disabled]"), ("on", "off"), ("yes", "no"), ("ok", "failed"), ("true", "false"), ("available", "not available"), ("[ + ]", "[ - ]")))  # fmt: skip
    out = []
    for _ in range(r.choice((1, 2, 4, 8, 14))):
        one = mark.join(word() for _ in range(r.randint(2, 5)))
        out.append(pad + (
            one, f"{r.choice(('-', '--', '-f', ''))}{one:<28}\t\t{r.choice(state)}", f'{one} "{r.choice(("", word(), r.choice(state), "/usr/" + word()))}";', f"{one}  {r.randint(1, 999)}/{r.choice(('tcp', 'udp', 'ddp'))}\t\t# {r.choice(NOUNS).title()} {r.choice(NOUNS).title()}",
            f"'{r.choice(NOUNS).title()}{r.choice(NOUNS).title()} {one}',", f"{word()}: {r.choice(('[Function: ' + word() + ']', '[Getter/Setter]', '[Object: null prototype] {}', '[Function (anonymous)]', '[Circular *1]', '[ [Function: ' + word() + '] ]'))},", f"{one}.{r.choice(('crt', 'so', 'conf', 'txt', 'service'))}",
        )[kind])  # fmt: skip
    return "\n".join(out)


def talk(prose: Prose, r: random.Random) -> str:
    """A log of a chat on IRC, sayings of people that a name and an address stand below, armour."""
    kind = r.randint(0, 3)
    if kind <= 1:
        nicks = [r.choice(NOUNS) + r.choice(("", "_", str(r.randint(1, 99)), "^")) for _ in range(3)]  # fmt: skip
        return "\n".join(r.choice(("", f"{r.randint(0, 23):02}:{r.randint(0, 59):02}:{r.randint(0, 59):02} ")) + f"{r.choice(('<', '<@', '<+'))}{r.choice(nicks)}> {prose()[:90]}{r.choice(('', ' ;)', ' ;>', ' :P', '?', ' ^^'))}" for _ in range(r.randint(1, 9)))  # fmt: skip
    if kind == 2:
        who = r.choice((f"{r.choice(NOUNS)}@{r.choice(NOUNS)}", f"{r.choice(NOUNS)}({r.randint(1, 8)})", f"{r.choice(NOUNS).title()} {r.choice(NOUNS).title()}", f"{r.choice(NOUNS)} ({r.randint(1, 8)})"))  # fmt: skip
        return f"{prose()}\n{r.choice(('', '', chr(10)))}{r.choice((chr(9) * r.randint(1, 6), ' ' * r.randint(2, 30), ''))}{r.choice(('-- ', '-- ', '--- ', '– '))}{who}"  # fmt: skip
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    block = "\n".join("".join(r.choices(letters, k=64)) for _ in range(r.randint(1, 12)))
    name = r.choice(("PGP MESSAGE", "PGP SIGNATURE", "CERTIFICATE", "PUBLIC KEY", "PGP PUBLIC KEY BLOCK"))  # fmt: skip
    edge = r.choice(("--=-=-=", f"------=_Part_{r.randint(1, 999)}", f"--{r.getrandbits(64):016x}"))
    head = r.choice(("", "", f"{edge}\nContent-Type: application/{r.choice(NOUNS)}\n\n", f"{edge}\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"))  # fmt: skip
    armour = f"-----BEGIN {name}-----\n{r.choice(('', 'Version: 1' + chr(10)))}\n{block}\n=" + "".join(r.choices(letters, k=4))  # fmt: skip
    return head + r.choice((f"{armour}\n-----END {name}-----", armour, block)) + r.choice(("", f"\n{edge}--"))  # fmt: skip
