"""Lists, settings, keys, moves, doses and pictures: signs in rows, and none of them a program."""

# ruff: noqa: E501 - a template reads better on one line

import random
import string
import textwrap
from collections.abc import Callable
from urllib.parse import quote

from detectors.models.code.naming import DOES, NOUNS, camel

type Prose = Callable[[], str]


def _path(r: random.Random) -> str:
    parts = [r.choice((r.choice(NOUNS), f"{r.choice(NOUNS)}-{r.choice(NOUNS)}", f"lib{r.choice(NOUNS)}{r.randint(0, 9)}", f"{r.choice(NOUNS)}{r.randint(1, 99)}.{r.randint(0, 9)}", r.choice(NOUNS).title(), "x86_64-linux-gnu", "site-packages", "share")) for _ in range(r.randint(1, 5))]  # fmt: skip
    end = r.choice(("", "", "/", ".pl", ".pm", ".py", ".h", ".js", ".java", ".so.1", ".conf", ".gz", ".md", ".tcl", ".rb", ".a", ".html"))  # fmt: skip
    return (
        r.choice(("/usr/lib/", "/", "./", "", "/opt/", "C:\\", "~/", "/usr/share/doc/"))
        + "/".join(parts)
        + end
    )


def paths(prose: Prose, r: random.Random) -> str:
    """Files of a package or a folder, one below the other, in columns, or with their states."""
    size = r.choice((1, 1, 2, 3, 6, 12, 25))
    made = [_path(r) for _ in range(size)]
    kind = r.randint(0, 5)
    if kind == 0:
        return r.choice(("  ", "\t", "   ", ", ")).join(p.rpartition("/")[2] or p for p in made)
    if kind == 1:
        state = r.choice((("install", "deinstall"), ("ok", "missing"), ("modified", "new"), ("0644", "0755")))  # fmt: skip
        mark = r.choice(("\t", "\t\t\t\t\t", "  ", ": ", " -> "))
        return "\n".join(p.strip("/") + mark + r.choice(state) for p in made)
    if kind == 2:
        return "\n".join(f"{r.choice(('dpkg-query: no path found matching pattern', 'ignoring nonexistent directory', 'skipping', 'Only in', 'removed', 'adding:', 'inflating:', 'matches'))} {r.choice((p, chr(34) + p + chr(34)))}" for p in made)  # fmt: skip
    if kind == 3:  # names in columns
        names = [r.choice(NOUNS) + r.choice(("", "-" + r.choice(NOUNS), ".d", str(r.randint(1, 9)))) for _ in range(size * 3)]  # fmt: skip
        width = max(map(len, names)) + 2
        return "\n".join("".join(n.ljust(width) for n in names[i : i + 3]).rstrip() for i in range(0, len(names), 3))  # fmt: skip
    return "\n".join(made)


def settings(prose: Prose, r: random.Random) -> str:
    """Names and values as a shell, a build or a locale prints them; at times one on the other."""
    kind, out = r.randint(0, 8), []
    upper = r.random() < 0.5
    mark = r.choice(("'", '"', "", "'"))
    for _ in range(r.choice((1, 1, 2, 3, 5, 9, 16))):
        a, b = r.sample(NOUNS, 2)
        name = r.choice((f"{a}_{b}", f"{a}{b}", a, f"d_{a}", f"i_{a}", f"{a}_{b}_path"))
        name = name.upper() if upper else name
        value = r.choice(("define", "undef", "true", "false", "yes", "", "-1", str(r.randint(0, 9999)), b, _path(r), f"{a}:{b}", f"-l{a} -l{b}", prose()[:25], "%a %d %b", "AM;PM", f"{r.randint(1, 9)}.{r.randint(0, 40)}"))  # fmt: skip
        out.append((
            f"{name}={mark}{value}{mark}", f"{name}={mark}{value}{mark}", f"declare -x {name}=\"{value}\"", f"  {name}: '{value}',", f"{name} = {value}",
            f"   '{r.randint(100, 999)}': '{prose()[:20]}',", f"\t{name} = \"{value}\"", f"    {a}={mark}{value}{mark}, {b}={r.randint(0, 9)}", f"{name}   {r.choice(('=>', '->', ':', '|'))} {value}",
        )[kind])  # fmt: skip
    if kind == 7 or (kind < 2 and r.random() < 0.15):
        return " ".join(out)
    return "\n".join(out)


def objects(prose: Prose, r: random.Random) -> str:
    """What a console prints of an object: names, values and their kinds."""
    out, pad = [], r.choice(("", "  ", "    "))
    for _ in range(r.choice((1, 2, 4, 8, 14))):
        a, b = r.sample(NOUNS, 2)
        out.append(pad + r.choice((f"{a}: {r.randint(0, 10**7)},", f"{a}: '{_path(r)}',", f"'{a}-{b}': '{prose()[:25]}',", f"{a}: {{ {b}: {r.randint(0, 99)}, ... }},", f"{a}: [ '{a}', '{b}' ],", f"{a}: [Function: {b}],", f"{a}: undefined,", f"{a}: <ref *1> {camel(r)} {{", f"{a}Url: 'https://{a}.example/{b}.tar.gz',", f"{a}: true,", f"{a}: {r.uniform(0, 9):.3f},", f"{a}: <Buffer {r.getrandbits(8):02x} {r.getrandbits(8):02x}>,")))  # fmt: skip
    if r.random() < 0.4:
        out = [r.choice(("{", f"{camel(r)} {{", "[", f"{r.choice(NOUNS)}: {{")), *out, r.choice(("}", "]", f"... {r.randint(2, 900)} more items"))]  # fmt: skip
    return "\n".join(out)


def terminals(prose: Prose, r: random.Random) -> str:
    """Keys and what they do, and what a terminal can do."""
    kind, out = r.randint(0, 3), []
    for _ in range(r.choice((1, 2, 4, 8, 16))):
        a, b = r.choice(NOUNS), r.choice(DOES)
        key = r.choice((f"\\C-{r.choice(string.ascii_lowercase)}", f"\\e{r.choice(string.ascii_lowercase)}", f"\\{r.randint(200, 377)}", f"\\e[{r.randint(1, 24)}~", f"\\M-{r.choice(string.ascii_lowercase)}", r.choice(string.ascii_letters)))  # fmt: skip
        shown = r.choice((f"Ctrl+{r.choice(string.ascii_uppercase)}", f"<C-{r.choice(string.ascii_lowercase)}>", f"C-x {r.choice(string.ascii_lowercase)}", f"Alt+F{r.randint(1, 12)}", f"⌘{r.choice(string.ascii_uppercase)}", f"M-{r.choice(string.ascii_lowercase)}", f"^{r.choice(string.ascii_uppercase)}", f"[{r.choice(string.ascii_lowercase)}]", "Esc Esc", f"F{r.randint(1, 12)}"))  # fmt: skip
        can = f"{r.choice(string.ascii_lowercase)}{r.choice(string.ascii_lowercase)}{r.choice(('', '', str(r.randint(1, 9)), 'x'))}"
        out.append((
            r.choice((f'"{key}": {b}-{a}', f"# {b}-{a} (not bound)", f'"{key}": self-{b}')),
            f"{shown:<{r.choice((1, 12, 20))}} {r.choice(('', '- ', ': ', '→ '))}{r.choice((prose()[:40], f'{b} {a}', f'{a}-{b}'))}",
            "\t" + ", ".join(r.choice((f"{can}=\\E[{r.choice('%i%p1%d;')}{r.choice('ABCDHJKm')}", f"{can}#{r.randint(1, 256)}", can, f"{can}=^{r.choice(string.ascii_uppercase)}", f"{can}=\\E{r.choice('(O[')}{r.choice('BCDP0')}$<{r.randint(1, 50)}>", f"{can}=\\r")) for _ in range(r.randint(1, 5))) + ",",
            f"bind{r.choice(('', '-key', 'sym'))} {shown} {b}-{a}",
        )[kind])  # fmt: skip
    return "\n".join(out)


def octets(prose: Prose, r: random.Random) -> str:
    """Numbers of a key or a file in hexadecimal, below a name, with colons or between columns."""
    sep, width = r.choice(((":", 15), (" ", 16), ("", 32), (" ", 8), (":", 20), ("-", 8)))
    pad = r.choice(("", "    ", "        ", "\t"))
    one = r.choice(("{:02x}", "{:02x}", "{:02X}"))
    rows = [pad + sep.join(one.format(r.getrandbits(8)) for _ in range(width)) + r.choice((sep, "")) for _ in range(r.randint(1, 8))]  # fmt: skip
    if r.random() < 0.6:
        rows.insert(0, f"{pad[4:]}{r.choice((r.choice(NOUNS).title(), f'{r.choice(NOUNS).title()} {r.choice(NOUNS).title()}', r.choice('ABG'), 'pub', 'priv', 'Modulus', 'Cofactor', 'Order'))}:{r.choice(('', '', f' ({r.choice((160, 256, 521))} bit)', ' ' + r.choice(NOUNS)))}")  # fmt: skip
    return "\n".join(rows)


def trees(prose: Prose, r: random.Random) -> str:
    """Processes, packages or folders, each below the one that it belongs to."""
    out, depth = [], r.randint(0, 2)
    bar, tee, last = r.choice((("│  ", "├─", "└─"), ("|   ", "|-", "`-"), ("|  ", "+-", "\\-"), ("    ", "- ", "- "), ("┃ ", "┣━", "┗━"), (": ", ":..", ":..")))  # fmt: skip
    for _ in range(r.choice((1, 2, 4, 8, 15))):
        depth = max(0, min(5, depth + r.choice((-1, 0, 0, 1))))
        a, b = r.sample(NOUNS, 2)
        name = r.choice((a, f"{a}-{b}", f"{{{a}_{b}}}({r.randint(2, 99999)})", f"{a}({r.randint(1, 9999)})", f"{r.randint(2, 20)}*[{{{a}}}]", f"{a}@{r.randint(0, 9)}.{r.randint(0, 9)}.1", f"{a}.{r.choice(('py', 'md', 'c', 'txt'))}", f"[{r.choice((' ', 'x'))}] {a}", f"{a}:{b}:jar:1.{r.randint(0, 9)}:compile", f"{a} [required: >={r.randint(1, 9)}.0, installed: {r.randint(1, 9)}.2]", f"[{r.randint(1, 99)}K]  {a}"))  # fmt: skip
        out.append(bar * depth + r.choice((tee, last)) + r.choice(("", " ", "─ ", "-- ")) + name)
    return "\n".join(out)


def options(prose: Prose, r: random.Random) -> str:
    """A few lines of help, alone: one switch, the rest of a sentence, how a program is called."""
    out = []
    for _ in range(r.choice((1, 1, 1, 2, 3))):
        a, b = r.sample(NOUNS, 2)
        pad = " " * r.choice((0, 1, 2, 2, 4, 6, 11, 24, 27))
        gap = " " * r.choice((1, 2, 4, 8, 14))
        out.append(pad + r.choice((
            f"--{a}{gap}{prose()[:50]}", f"-{a[0]}, --{a}{r.choice(('', f'={b.upper()}', f'[={b.upper()}]', f' {b.upper()}', f' <{b}>'))}{gap}{prose()[:50]}", f"{prose()[:50]} ({prose()[:25]} --{a})", f"{prose()[:35]}; a value of zero (-{a[0]}p 0)", f"{a} <{b}>{gap}{prose()[:40]}", f"{a} [option(s)] [{b}(s)]", f"[-short{a} ...] [--long{b} ...] [{a}file [{b} {b}...]] [-xi list]",
            f"{b} as <{a}>", f"type: bool  default: --{a}-{b}", f"{a} {{ {b} | URL }}", f"{a} {{ --help | --{b} | --version }}", f"{prose()[:30]}        = {prose()[:30]}", f"%%   a literal '%'\n{pad}%{a[0].upper()}   {prose()[:30]}", f"{prose()[:40]} (\"{a}\", \"{b}\", integer)", f"-{a[0]} - --{a}{gap}{prose()[:40]} [default]", f"[{a.upper()}_{b.upper()} ...]", f"bels=[KEY,...]] [{a.upper()}_FLAG ...]",
            f"{prose()[:30]} in [file(s)] (stdin by default)", f"{a} --help\tto get more information", f"@{a}{gap}{prose()[:40]}", f"+{a[0]}{gap}{prose()[:40]}", f"{a} and {b} are {prose()[:40]} (default: {a[:4]})", f"-W{a}[={b}]{gap}{prose()[:30]}", f"/{a[0].upper()}:{b}{gap}{prose()[:40]}",
        )))  # fmt: skip
    return "\n".join(out)


def signatures(prose: Prose, r: random.Random) -> str:
    """What manuals say of functions: how they are called, and in words what they do."""
    kind, out = r.randint(0, 5), []
    bar = r.choice(("", " |  ", "     |  ", "    ", "       "))
    for _ in range(r.choice((1, 1, 2, 3, 5))):
        a, b = r.sample(NOUNS, 2)
        args = ", ".join(r.choice((b, "self, /", f"{a}=None", "*args", "**kwargs", f"{b}=-1", "...", f"[{a}]", f"{b}: str", "$" + a, "/", "*")) for _ in range(r.randint(0, 4)))  # fmt: skip
        name = r.choice((f"{a}_{b}", a, f"__{a}__", f"{r.choice(DOES)}{b.title()}", f"{a}.{b}", f"{a}f", f"Xt{a.title()}{b.title()}"))  # fmt: skip
        if kind == 0:
            out.append(", ".join(f"{r.choice(NOUNS)}{r.choice(('', '_r', 'f', 'l'))}()" for _ in range(r.randint(1, 4))) + r.choice((":", ",", "", " " + prose()[:40])))  # fmt: skip
        elif kind == 1:
            out.append(f"{bar}{name}({args})\n{bar}    {prose()}" + r.choice(("", f"\n{bar}")))
        elif kind == 2:
            out.append(", ".join(f"{r.choice(NOUNS)}_{r.choice(NOUNS)}({r.choice('2378')})" for _ in range(r.randint(1, 5))))  # fmt: skip
        elif kind == 3:
            out.append(f"{prose()[:60]} ({name}(), {a}_{b}()) {prose()[:30]}")
        elif kind == 4:
            out.append(f"Help on {r.choice(('function', 'method', 'class', 'built-in function', 'method_descriptor'))} {a}{r.choice((f' in {b}', f' in module {b}.{a}', ''))}:\n\n{name}({args}){r.choice(('', f' -> {b}'))}\n    {prose()}")  # fmt: skip
        else:
            out.append(f"{bar}{r.choice(('Methods defined here:', 'Class methods defined here:', 'Data descriptors defined here:', '-' * 60, f'class {camel(r)}(builtins.object)'))}\n{bar}\n{bar}{name}({args})\n{bar}    {prose()[:70]}")  # fmt: skip
    return "\n".join(out)


def markup(prose: Prose, r: random.Random) -> str:
    """The source of a page of a manual in roff, options of LaTeX, entries of a bibliography."""
    kind, out = r.randint(0, 3), []
    for _ in range(r.choice((1, 2, 4, 8, 14))):
        a, b = r.sample(NOUNS, 2)
        if kind <= 1:
            out.append(r.choice((f".Nm {a} ,", f".Ar {a} ...", f".Dd May {r.randint(1, 28)}, 20{r.randint(10, 26)}", f".Dt {a.upper()} {r.randint(1, 8)}", ".Os", f".Sh {b.upper()}", ".Pp", f".Fl {a[0]} Ar {b}", prose(), prose(), f'.\\" {prose()[:60]}', f".TH {a.upper()} {r.randint(1, 8)} \"{b}\"", ".SH NAME", f".B {a}", f".IP \"{a}\" 4", f"\\fB\\-\\-{a}\\fR=\\fI{b}\\fR", f".Bl -tag -width {a}", f".It Fl {a[0]}", ".El", f".Nd {prose()[:40]}", f".BR {a} ({r.randint(1, 8)}),", ".TP", f'.\\"\t$Id: {a}.{r.randint(1, 8)},v 1.{r.randint(1, 40)} {b} Exp $', ".fi", ".nf", f".if n .{a[:2]} {b}", f".Xr {a} {r.randint(1, 8)} ,", f".so man3/{a}.3")))  # fmt: skip
        elif kind == 2:
            out.append(r.choice((f" {a}={r.choice(('0pt', '8pt', 'white', 'red', b, '{' + b + '}', '1.5em', 'true'))},", f" {a},", f" {a} {b}={{{r.randint(0, 9)}pt}},", f"\\new{a}{{{b}}}{{", "}", "\\fi", f"\\if{a}", f"\\pdf{a}{{", f" /{a.title()}  ({b})", f"\\usepackage[{a}]{{{b}}}", f"%% {prose()[:60]}", f"\\Declare{a.title()}{{{b}}}{{\\@{a}true}}", f"\\{a}[{b}]{{{prose()[:25]}}}", f" title={{{prose()[:20]}}},", f"\\{a}{{{prose()[:20]}}} \\{b}.", f"font{a}=\\color{{{b}}}\\bfseries,")))  # fmt: skip
        else:
            out.append(r.choice((f"@{r.choice(('article', 'book', 'inproceedings', 'misc'))}{{{a}{r.randint(1990, 2026)}{b},", f"  title = {{{prose()[:50]}}},", f"  author = {{{a.title()}, {b[0].upper()}. and {b.title()}, {a[0].upper()}.}},", f"  year = {r.randint(1960, 2026)},", f"  pages = {{{r.randint(1, 99)}--{r.randint(100, 900)}}},", f"  doi = {{10.{r.randint(1000, 9999)}/{a}.{r.randint(1, 999)}}},", "}", f'  journal = "{prose()[:25]}",', f"  keywords = {{{a}; {b}}},")))  # fmt: skip
    return "\n".join(out)


def _address(r: random.Random) -> str:
    a, b = r.sample(NOUNS, 2)
    pairs = "&".join(f"{r.choice((r.choice(NOUNS), 'utm_source', 'q', 'id', r.choice('abcvxt')))}={quote(r.choice((b, a + ' ' + b, str(r.randint(1, 10**6)), f'{a}@{b}.example', f'{a}/{b}', f'{r.getrandbits(48):x}')), safe='')}" for _ in range(r.randint(1, 6)))  # fmt: skip
    return f"{r.choice(('https://', 'http://', '', 'ftp://'))}{r.choice(('www.', '', 'api.'))}{a}.example{r.choice(('', ':8080'))}/{r.choice((b, f'{a}/{b}', f'~{a}', f'v{r.randint(1, 4)}/{b}', f'{b}.php'))}{r.choice(('?', '?', '/?', '#', ';'))}{pairs}{r.choice(('', '#' + a, '&'))}"


def _expression(r: random.Random) -> str:
    parts = (r"\d+", r"\w*", "[a-z0-9_]", r"\s", ".", "^", "$", r"\.", "(?:" + r.choice(NOUNS) + ")", "[^/]+", "{2,4}", "|", "(" + r.choice(NOUNS) + ")", "+", "?", r"\b", "[A-Z]", r"\-", "(?i)", ".*", "*?", r"\1", "[:alpha:]")  # fmt: skip
    return "".join(r.choices(parts, k=r.randint(3, 9)))


def said(prose: Prose, r: random.Random) -> str:
    """Sentences with an address, an expression to search with, an error or a number of signs."""
    out = []
    for _ in range(r.choice((1, 1, 2, 3))):
        a, b = r.sample(NOUNS, 2)
        what = r.choice((
            _address(r), _address(r), _expression(r), f"/{_expression(r)}/{r.choice(('', 'g', 'i'))}", f"ERROR {r.randint(1000, 3999)} ({r.randint(10, 59)}000): {prose()[:40]} '{a}'@'{b}' ({r.choice(('using password: YES', a))})", f"{a.title()}Error: {prose()[:30]} ({b}={r.randint(1, 99)})",
            f"trace_id={r.getrandbits(64):016x} span_id={r.getrandbits(32):08x} {a}={b}", f"index {r.getrandbits(32):08x}..{r.getrandbits(28):07x} 100{r.choice(('644', '755'))}", f"{r.getrandbits(28):07x}..{r.getrandbits(28):07x}  {a} -> {b}", f"ORA-{r.randint(1, 29999):05}: {prose()[:40]}", f"[{r.choice('EWI')}{r.randint(100, 999)}] {prose()[:30]}", f"{a}: {b}: No such file or directory", f"bash: {a}: command not found",
            f"0x{r.getrandbits(32):08x} ({a})", f"{a}({r.randint(1, 8)}) / {b}({r.randint(1, 8)})", f"sh: 1: Syntax error: {prose()[:20]} unexpected (expecting \")\")", f"{a}_{b} is not defined", f"-- {prose()[:20]} --", f"sha256:{r.getrandbits(256):064x}", f"urn:{a}:{b}:{r.randint(1, 99)}", f"{a.upper()}-{r.randint(1, 9999)}: {prose()[:30]} [{b}]", f"console={a} quiet {b}.{a}=1 no{b} {a}_{b}=off,{a}",
        ))  # fmt: skip
        words = prose().split()[: r.choice((0, 0, 3, 8, 15))]
        words.insert(r.randint(0, len(words)), what)
        out.append(" ".join(words))
    return r.choice(("\n", "\n", " ")).join(out)


def household(prose: Prose, r: random.Random) -> str:
    """Recipes, doses, patterns to knit, moves of chess, songs with chords, melodies, timetables."""
    kind, n, out = r.randint(0, 7), r.randint(1, 12), []
    for _ in range(r.choice((1, 1, 2, 4, 8))):
        a, b, q = r.choice(NOUNS), r.choice(NOUNS), r.choice(("1/2", "¾", "2", "250", "1.5", "3-4", str(n)))  # fmt: skip
        k = r.randint(1, 8)
        if kind == 0:
            out.append(f"{r.choice(('- ', '* ', '', f'{n}. '))}{q} {r.choice(('g', 'ml', 'tbsp', 'cup(s)', 'EL', 'TL', 'c. à s.', 'dl', 'oz', 'Prise'))} {a}{r.choice(('', f' ({prose()[:15]})', f', {b}', ' [opt.]', f' / {b}'))}")  # fmt: skip
        elif kind == 1:
            out.append(f"{a.title()}{r.choice(('in', 'ol', 'ate', ''))} {q} {r.choice(('mg', 'mcg', 'IU', 'ml', 'g/l'))} {r.choice(('1-0-1', '1-0-0-1', 'b.i.d.', 'q8h PRN', 'p.o.', '3x/d', 'IV over 30 min', '(x/week)', '2x1', 's.c.'))}{r.choice(('', f'; {prose()[:20]}', ' (max. 4 g/24h)', ' -> ' + q, ', d1-d5', '; CrCl<30: ½'))}")  # fmt: skip
        elif kind == 2:
            out.append(f"{r.choice((f'Row {n}', f'R{n}', f'Rnd {n} (RS)', f'Rows {n}-{n + k}', f'Reihe {n}'))}: {', '.join(r.choice((f'k{k}', f'p{k}', '*k1, p1*', 'k2tog', '[yo, ssk] x 3', f'(sl1, k{k})', 'M1', f'rep from * to last {k} sts', 'turn', f'{k} sc in next st', 'ch 3', '(inc) 6 times')) for _ in range(r.randint(2, 6)))}{r.choice(('.', f' ({n * 6} sts)', f' [{n * 4}]', '; turn'))}")  # fmt: skip
        elif kind == 3:
            move: Callable[[], str] = lambda: r.choice(("", "", "N", "B", "Q", "R", "K")) + r.choice(("", "x", r.choice("abcdefgh") + "x")) + r.choice("abcdefgh") + str(r.randint(1, 8)) + r.choice(("", "", "+", "#", "!", "?!", "=Q"))  # noqa: E731 # fmt: skip
            out.append(r.choice((f'[{a.title()} "{prose()[:20]}"]', " ".join(f"{i}.{r.choice(('', ' '))}{move()} {r.choice((move(), 'O-O'))}{r.choice(('', '', f' {{{prose()[:15]}}}', f' ({i}... {move()})'))}" for i in range(n, n + k)) + r.choice((" 1-0", " 1/2-1/2", "", " *")), f"{r.choice(('rnbqkbnr', 'r1bqk2r', '8', '4k3'))}/pppp1ppp/8/4p3/{n % 8}P{k % 8}/8/PPPP1PPP/RNBQKBNR {r.choice('wb')} KQkq - 0 {n}")))  # fmt: skip
        elif kind == 4:
            chord: Callable[[], str] = lambda: r.choice("ABCDEFGH") + r.choice(("", "m", "7", "maj7", "sus4", "#m", "b", "/F#", "dim", "add9", "m7b5"))  # noqa: E731 # fmt: skip
            out.append(r.choice(("   ".join(chord() for _ in range(k)) + "\n" + prose()[:50], "".join(f"[{chord()}]{w} " for w in prose().split()[:k]), f"{{{r.choice(('title', 'c', 'soc', 'start_of_chorus', 'capo'))}: {prose()[:20]}}}", f"| {' | '.join(chord() for _ in range(4))} |", f"| {chord()} / / / | % | {chord()} {chord()} :|", f"[{r.choice(('Verse', 'Chorus', 'Bridge', 'Intro'))} {k}]")))  # fmt: skip
        elif kind == 5:
            bar: Callable[[], str] = lambda: "".join(r.choice("ABcdefgGFz") + r.choice(("", "2", "/2", "'", ",", "3/2", ">", " ", '"Am"', "!p!", "(3", "-")) for _ in range(r.randint(3, 8)))  # noqa: E731 # fmt: skip
            out.append(r.choice((f"{r.choice('XTMLKQRCN')}:{r.choice((str(n), '6/8', prose()[:20], 'Eb', '1/4=120'))}", "|".join(bar() for _ in range(r.randint(1, 4))) + r.choice(("|", "|]", ":|", "|\\")), f"%%{a} {r.choice((b, str(n), '{M A1 A2}'))}", f"V:{n} clef=treble name=\"{a}\"", f"w: {'-'.join(prose().split()[:4])}")))  # fmt: skip
        elif kind == 6:
            out.append("\t".join(r.choice((a, b.title(), f"{r.uniform(0, 9999):,.2f}", f"{r.randint(0, 100)} %", f"€ {r.randint(1, 900)},{r.randint(10, 99)}", f"({r.randint(1, 900)}.00)", "#N/A", "#REF!", "-", f"{r.randint(1, 28)}.{r.randint(1, 12)}.2026", "TRUE", f"=SUM(B{n}:B{n + k})", f"{k}:{n:02}")) for _ in range(r.randint(3, 7))))  # fmt: skip
        else:
            out.append(f"{r.choice(('Mo', 'Tue', 'Mi-Fr', 'Sat', 'daily', f'Track {k}', f'Gl. {k}'))} {k}:{n:02}{r.choice(('', ' - ', '–', ' > '))}{k + 9}:{n + 9} {a.title()} {r.choice(('>', '->', '/', '(', '↔', '*'))} {b.title()}{r.choice(('', ')', f' [{n}]', ' ★★', f' +{k}′'))}")  # fmt: skip
    return "\n".join(out)


def picture(prose: Prose, r: random.Random) -> str:
    """Large letters and pictures made of signs, as banners, animals, logos and boxes are."""
    kind = r.randint(0, 4)
    if kind <= 1:  # dense or sparse strokes, with runs of the same sign
        signs = r.choice(("/\\|_ ", "#  ", "|_- /\\", "*  .", "░▒▓█ ", "@%#*+=-:. ", "()_/\\'`. ", "oO.-\"' ", "8dbPY' ", "_|=/ ", "┌┐└┘─│ ", ":;.,'` ", "MNHdm:-. ", "\\_/<>^ ()"))  # fmt: skip
        rows = []
        for _ in range(r.randint(2, 16)):
            row = ""
            while len(row) < r.randint(10, 60):
                row += r.choice((r.choice(signs) * r.randint(1, 9), " " * r.randint(1, 8), "".join(r.choices(signs, k=3))))  # fmt: skip
            rows.append(" " * r.randint(0, 10) + row.rstrip())
        return "\n".join(rows)
    if kind == 2:  # something said, and who says it
        words = textwrap.wrap(prose(), 38, break_long_words=False)[:3] or ["?"]
        width = max(map(len, words))
        edge = r.choice(((" ", "_", "< ", " >", "-"), ("+", "-", "| ", " |", "-"), ("/", "*", "* ", " *", "*"), ("╔", "═", "║ ", " ║", "═"), ("#", "#", "# ", " #", "#")))  # fmt: skip
        box = [edge[0] + edge[1] * (width + 2), *(edge[2] + w.ljust(width) + edge[3] for w in words), edge[0] + edge[4] * (width + 2)]  # fmt: skip
        return "\n".join([*box, *(" " * r.randint(2, 12) + "".join(r.choices("\\/()_-^.oO|~'\" ", k=r.randint(4, 18))).rstrip() for _ in range(r.randint(0, 7)))])  # fmt: skip
    if kind == 3:  # what is in boxes, and arrows from one to the other
        names = [r.choice((r.choice(NOUNS).title(), r.choice(NOUNS).upper(), r.choice(string.ascii_uppercase), f"{r.choice(NOUNS)} {r.choice(NOUNS)}")) for _ in range(r.randint(2, 4))]  # fmt: skip
        corner, side, flat = r.choice((("+", "|", "-"), ("+", "|", "="), ("*", "|", "-"), ("┌", "│", "─"), (".", ":", ".")))  # fmt: skip
        arrow = r.choice((" -> ", "--->", "<-->", " == ", "---+", "    ", "..> "))
        top = "    ".join(corner + flat * (len(n) + 2) + corner for n in names)
        middle = arrow.join(f"{side} {n} {side}" for n in names)
        rows = [top, middle, top] + [r.choice(("   |", "      |       ^", "   v       |", "   \\-------/", "   +---> ", "       :", "       /   \\")) for _ in range(r.randint(0, 3))]  # fmt: skip
        return "\n".join(rows + ([top, middle, top] if r.random() < 0.4 else []))
    graph = [f"[ {r.choice(NOUNS)} ] {r.choice(('->', '--', '==>', '<->', '..>', '- x ->'))} {{ {r.choice(NOUNS)}: {r.choice(NOUNS)}; }} [ {r.choice(NOUNS)} ]" if r.random() < 0.3 else f"[ {r.choice(NOUNS)} ] {r.choice(('->', '--', '==>'))} [ {r.choice(NOUNS)} ]" for _ in range(r.randint(1, 6))]  # fmt: skip
    return "\n".join(graph)


KINDS: tuple[tuple[Callable[[Prose, random.Random], str], str], ...] = (
    (paths, "dump/listed"),
    (settings, "dump/listed"),
    (objects, "dump/listed"),
    (terminals, "dump/listed"),
    (octets, "dump/listed"),
    (trees, "dump/listed"),
    (options, "other/options"),
    (signatures, "other/options"),
    (markup, "other/formulas"),
    (said, "other"),
    (household, "other/drawn"),
    (picture, "other/drawn"),
)
"""Each with what it is."""
