"""Texts that programs print: tables of databases, records, plans, listings, help, wiki and LaTeX."""

# ruff: noqa: E501 - a template reads better on one line

import random
from collections.abc import Callable

from detectors.models.code.naming import DOES, NOUNS, camel

_TYPES = ("varchar(64)", "int(11)", "bigint", "numeric(10,2)", "timestamp", "text", "boolean", "char(2)", "datetime", "uuid", "jsonb", "bytea")  # fmt: skip
_KEYS = ("PRI", "MUL", "UNI", "YES", "NO", "NULL", "auto_increment", "now()", "CURRENT_TIMESTAMP", "nextval('seq')", "default", "t", "f")  # fmt: skip
_MEASURES = ("count(*)", "sum({})", "avg({})", "max({})", "min({})", "{}_id", "{}_at", "is_{}", "{} (%)", "{}.{}", "{}", "{}", "{}")  # fmt: skip
type _Rows = list[list[str]]


def _column(r: random.Random) -> str:
    name = r.choice(_MEASURES).replace("{}", r.choice(NOUNS))
    return r.choice((str, str, str.upper, str.title))(name)


def _cell(kind: int, prose: Callable[[], str], r: random.Random) -> str:
    words = prose().split()
    return (
        str(r.randint(0, 99999)), f"{r.uniform(-9, 999):.{r.randint(1, 4)}f}", r.choice(NOUNS), " ".join(words[: r.randint(1, 4)]),
        f"20{r.randint(10, 26)}-0{r.randint(1, 9)}-1{r.randint(0, 9)} 1{r.randint(0, 9)}:{r.randint(10, 59)}:00", r.choice(_TYPES), r.choice(_KEYS),
        r.choice(("", "NULL", "(null)", "\\N", "-", "None", "nan")), f"{r.choice(NOUNS)}@{r.choice(NOUNS)}.example", f"{r.choice(NOUNS)}_{r.choice(NOUNS)}",
        r.choice(("true", "false", "yes", "active", "OK", "FAILED")), f"{{{r.choice(NOUNS)},{r.choice(NOUNS)}}}", f'{{"{r.choice(NOUNS)}": {r.randint(1, 99)}}}',
        f"{r.choice(NOUNS)}({r.choice(NOUNS)})", f"192.0.2.{r.randint(1, 99)}", f"{r.getrandbits(48):012x}", f"/{r.choice(NOUNS)}/{r.choice(NOUNS)}",
    )[kind]  # fmt: skip


def _sheet(prose: Callable[[], str], r: random.Random) -> tuple[list[str], _Rows]:
    kinds = [r.randint(0, 16) for _ in range(r.randint(1, 8))]
    rows = [[_cell(kind, prose, r)[:28] for kind in kinds] for _ in range(r.randint(1, 14))]
    return [_column(r) for _ in kinds], rows


def table(prose: Callable[[], str], r: random.Random) -> str:
    """The result of a query, or a data frame, as shells, drivers, wikis and reports show it."""
    head, rows = _sheet(prose, r)
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    right = [r.random() < 0.3 for _ in head]

    def line(cells: list[str], mark: str, first: str = "", last: str = "") -> str:
        padded = (
            c.rjust(w) if to_right else c.ljust(w)
            for c, w, to_right in zip(cells, widths, right, strict=True)
        )
        return (first + mark.join(padded) + last).rstrip()

    def rule(sign: str, mark: str, first: str = "", last: str = "") -> str:
        return first + mark.join(sign * w for w in widths) + last

    kind = r.randint(0, 13)
    if kind == 0:  # psql, presto
        body = [line(head, " | ", " "), rule("-", "-+-", "-", "-"), *(line(row, " | ", " ") for row in rows)]  # fmt: skip
    elif kind == 1:  # column mode, SQL Server, Oracle, PowerShell
        sign, gap = r.choice("--=~"), r.choice((" ", "  "))
        body = [line(head, gap), rule(sign, gap), *(line(row, gap) for row in rows)]
    elif kind == 2:  # grids
        sign, inner = r.choice("-="), rule("-", "-+-", "+-", "-+")
        body = [inner, line(head, " | ", "| ", " |"), rule(sign, f"{sign}+{sign}", f"+{sign}", f"{sign}+")]  # fmt: skip
        for row in rows:
            body += [line(row, " | ", "| ", " |")] + [inner] * (sign == "=")
        body += [inner] * (sign == "-")
    elif kind == 3:  # boxes
        top, across, side = r.choice((("┌┬┐├┼┤└┴┘", "─", "│"), ("╒╤╕╞╪╡╘╧╛", "═", "│"), ("╔╦╗╠╬╣╚╩╝", "═", "║"), ("╭┬╮├┼┤╰┴╯", "─", "│")))  # fmt: skip
        between = f" {side} "
        rules = [rule(across, across + b + across, a + across, across + c) for a, b, c in zip(top[::3], top[1::3], top[2::3], strict=True)]  # fmt: skip
        body = [rules[0], line(head, between, side + " ", " " + side), rules[1], *(line(row, between, side + " ", " " + side) for row in rows), rules[2]]  # fmt: skip
    elif kind == 4:  # list mode, pipes, tabs, semicolons
        mark = r.choice(("|", "|", ";", "\t", ",", "^", "~"))
        body = [mark.join(row) for row in ([head] * r.randint(0, 1) + rows)]
    elif kind == 5:  # Markdown, org, wikis
        mark = r.choice(("||", "|", "|"))
        body = [f"{mark} " + f" {mark} ".join(row) + f" {mark}" for row in [head, *rows]]
        if mark == "|":
            sign = r.choice(("-", ":-"))
            body.insert(1, "|" + r.choice("|+").join(sign.ljust(w + 2, "-") for w in widths) + "|")
    elif kind == 6:  # data frames
        body = ["   " + line(head, "  "), *(f"{n:<3}" + line(row, "  ") for n, row in enumerate(rows))]  # fmt: skip
    elif kind == 7:  # reStructuredText
        edge = rule("=", "  ")
        body = [edge, line(head, "  "), edge, *(line(row, "  ") for row in rows), edge]
    elif kind == 8:  # MediaWiki and others that use markup
        style = r.choice(("", ' style="text-align: right;"'))
        body = ['{| class="wikitable"', "|-"]
        body += ["! " + " !! ".join(head)]
        for row in rows:
            body += ["|-", "| " + f" ||{style} ".join(row)]
        body += ["|}"]
    elif kind == 9:  # LaTeX
        rules = r.choice((["\\toprule", "\\midrule", "\\bottomrule"], ["\\hline"] * 3))
        cells = [" & ".join(c.replace("_", r"\_").replace("%", r"\%") for c in row) + r" \\" for row in [head, *rows]]  # fmt: skip
        body = [rf"\begin{{tabular}}{{{'lrc'[r.randint(0, 2)] * len(head)}}}", rules[0], cells[0], rules[1], *cells[1:], rules[2], r"\end{tabular}"]  # fmt: skip
    elif kind == 10:  # only the rows
        body = [line(row, "  ") for row in rows]
    else:
        return records(head, rows, r)
    tail = r.choice(("", "", f"({len(rows)} rows)", f"{len(rows)} rows in set (0.0{r.randint(1, 9)} sec)", f"\n{len(rows)} rows selected.", f"({len(rows)} rows affected)", f"[{len(rows)} rows x {len(head)} columns]"))  # fmt: skip
    return "\n".join(body) + (f"\n{tail}" if tail else "")


def records(head: list[str], rows: _Rows, r: random.Random) -> str:
    """One field a line."""
    width = max(map(len, head))
    kind, mark = r.randint(0, 3), r.choice((" = ", ": ", " : ", " | ", "\t", " -> ", "..: ", "="))
    out = []
    for n, row in enumerate(rows[:5], 1):
        out.append((f"{'*' * 27} {n}. row {'*' * 27}", f"-[ RECORD {n} ]{'-' * r.randint(1, 9)}+{'-' * r.randint(5, 30)}", "", "")[kind])  # fmt: skip
        align = (str.rjust, str.ljust, str.ljust, str.rjust)[kind]
        out += [align(key, width) + ((": ", " | ")[kind] if kind < 2 else mark) + value for key, value in zip(head, row, strict=True)]  # fmt: skip
    return "\n".join(out).strip("\n")


def plan(r: random.Random) -> str:
    """How a database will carry a query out; trees of files, calls, dependencies."""
    out, depth, kind = [], 0, r.randint(0, 4)
    for _ in range(r.randint(2, 12)):
        noun, cost = r.choice(NOUNS), f"{r.uniform(0, 900):.2f}"
        step = r.choice(("Seq Scan on {}", "Index Scan using {}_idx on {}", "Hash Join", "Sort", "Nested Loop", "HashAggregate", "SCAN {}", "SEARCH {} USING INDEX {}_ix (id=?)", "USE TEMP B-TREE FOR ORDER BY", "TABLE ACCESS FULL", "Clustered Index Seek(OBJECT:({}))")).replace("{}", noun)  # fmt: skip
        pad = "  " * depth
        out.append((
            f"{pad}{'->  ' * (depth > 0)}{step}  (cost=0.00..{cost} rows={r.randint(1, 9999)} width={r.randint(4, 99)})",
            f"{'   ' * depth}{r.choice(('|--', '`--'))}{step}",
            f"| {r.randint(0, 20):3} | {pad}{step:<30} | {noun.upper():<12} | {r.randint(1, 999):5} |",
            f"{'│   ' * depth}{r.choice(('├── ', '└── '))}{noun}{r.choice(('', '.' + r.choice(NOUNS), '/', f'@{r.randint(0, 9)}.{r.randint(0, 20)}.1', f' v0.{r.randint(0, 30)}.2 (*)'))}",
            f"{pad}{r.choice(('Filter', 'Hash Cond', 'Buckets', 'Sort Key', 'Recheck Cond', 'Buffers'))}: ({noun}_id = {r.choice(NOUNS)}.id)",
        )[kind if r.random() < 0.8 else 4 * (kind == 0) or kind])  # fmt: skip
        depth = max(0, min(6, depth + r.choice((-1, 0, 1, 1))))
    return r.choice(("", "", "QUERY PLAN\n", ".\n")) + "\n".join(out)


def _version(r: random.Random) -> str:
    return f"{r.randint(0, 20)}.{r.randint(0, 40)}{r.choice(('', f'.{r.randint(0, 9)}', f'-{r.randint(1, 9)}', f'-{r.randint(1, 9)}+deb{r.randint(9, 13)}u{r.randint(1, 4)}', 'rc1', f'~git20{r.randint(10, 26)}'))}"


def packages(prose: Callable[[], str], r: random.Random) -> str:
    """What package managers and changelogs say."""
    kind, out = r.randint(0, 7), []
    for _ in range(r.randint(1, 12)):
        name = f"{r.choice(('lib', '', '', 'python3-'))}{r.choice(NOUNS)}{r.choice(('', '-' + r.choice(NOUNS), str(r.randint(1, 9))))}"
        some = [f"{r.choice(NOUNS)}-{r.choice(NOUNS)} ({r.choice(('>=', '<<', '='))} {_version(r)})" for _ in range(r.randint(1, 5))]  # fmt: skip
        listed = ", ".join(f"{s.split()[0]}:amd64 ({_version(r)}{r.choice((', automatic', ''))})" for s in some)  # fmt: skip
        out.append((
            f"{r.choice(('Depends', 'Recommends', 'Conflicts', 'Breaks', 'Replaces', 'Pre-Depends', 'Build-Depends'))}: {', '.join(some)}",
            f"{r.choice(('Install', 'Upgrade', 'Remove', 'Purge'))}: {listed}",
            f"ii  {name:<28} {_version(r):<20} amd64        {prose()[:50]}",
            f"{name} ({_version(r)}) unstable; urgency=medium\n\n  * {prose()} (Closes: #{r.randint(10**5, 10**6)})\n\n -- {prose().split()[0]} <{name}@example.org>  Mon, {r.randint(10, 28)} Jan 2023 17:28:55 +0100\n",
            f"{name}=={_version(r)}", f"{name}/stable,now {_version(r)} amd64 [installed,automatic]", f"  {name} {_version(r)} -> {_version(r)}",
            f"20{r.randint(10, 26)}-0{r.randint(1, 9)}-1{r.randint(0, 9)} 1{r.randint(0, 9)}:05:33 status {r.choice(('half-configured', 'unpacked', 'installed'))} {name}:amd64 {_version(r)}",
        )[kind])  # fmt: skip
    return "\n".join(out)


def usage(prose: Callable[[], str], r: random.Random) -> str:
    """The help of a command."""
    name = r.choice(NOUNS)
    out = [f"{r.choice(('usage:', 'Usage:', 'USAGE\n ', 'SYNOPSIS\n      '))} {name} " + " ".join(r.choice(("[-{c}]", "[--{n}=<{n}>]", "<{n}>", "[<{n}>...]", "[--{n} | --no-{n}]", "{N}", "[-{c} <{n}>]", "<command> [<args>]", "[OPTION]...")).format(c=r.choice("abcdefghvxy"), n=r.choice(NOUNS), N=r.choice(NOUNS).upper()) for _ in range(r.randint(1, 9)))]  # fmt: skip
    out += [""] + [prose()] * r.randint(0, 1)
    for _ in range(r.randint(0, 12)):
        noun = r.choice(NOUNS)
        out.append(r.choice((f"  -{noun[0]}, --{noun:<18}{prose()[:50]}", f"      --{noun}=<{r.choice(NOUNS)}>  {prose()[:50]} (default: {r.randint(0, 99)})", f"   {noun:<12} {prose()[:50]}", f" -{noun[0]} <{noun}>  {prose()[:40]}", f"  --{noun} {noun.upper()}\n                        {prose()[:60]}")))  # fmt: skip
    first = r.choice((0, 0, r.randrange(len(out))))
    return "\n".join(out[first:]).strip("\n") or out[0]


def status(prose: Callable[[], str], r: random.Random) -> str:
    """Statistics and states: names and values in every notation, sections, counters, addresses."""
    kind, out = r.randint(0, 8), []
    for _ in range(r.randint(1, 14)):
        noun, other, n = r.choice(NOUNS), r.choice(NOUNS), r.randint(0, 9999)
        out.append((
            f"{noun.title()}: bytes={n} time={r.randint(1, 99)}ms TTL={r.randint(30, 255)}", f"    {noun.title()} = {n}{r.choice(('ms', '%', 'KiB', ''))}, {other.title()} = {r.randint(0, 99)} ({r.randint(0, 100)}% {other}),",
            f" {n % 40:2} .{noun:<14} {r.getrandbits(32):08x}  {r.getrandbits(32):08x}  2**{n % 5}\n                  CONTENTS, ALLOC, LOAD, READONLY", f"{noun.upper()}_{other.upper()}                 {n}",
            f"{r.getrandbits(40):012x}-{r.getrandbits(40):012x} r-xp {r.getrandbits(28):08x} fd:01 {n}   /usr/lib/{noun}.so.{n % 9}", f"  {r.choice('+-~')} {noun} {r.choice(('=', ':'))} {r.choice((f'({prose()[:20]})', str(n), other))}",
            f"{noun}/{other}: {r.choice(('OK', 'ok', 'skipped', 'changed', 'unreachable'))}={n % 9}    {other}={n % 7}", f"{r.uniform(0, 99):6.2f}    {r.uniform(0, 9):.6f} {n:>11} {n % 90:>9}           {noun}",
            f"[{r.uniform(0, 9999):12.6f}] {noun} {n % 9}:0:0: [{other}] {prose()[:40]}",
        )[kind])  # fmt: skip
    return r.choice(("", "", f"{prose()[:30]}\n", f"{r.choice(NOUNS).title()}:\n")) + "\n".join(out)


def queries(prose: Callable[[], str], r: random.Random) -> str:
    """Log lines of frameworks that show queries, parameters, calls and headers as they go."""
    out = []
    for _ in range(r.randint(1, 7)):
        noun, other = r.choice(NOUNS), r.choice(NOUNS)
        stamp = f"20{r.randint(10, 26)}-0{r.randint(1, 9)}-1{r.randint(0, 9)}{r.choice(' T')}1{r.randint(0, 9)}:2{r.randint(0, 9)}:31.{r.randint(100, 999999)}"
        out.append(r.choice((
            f"  {noun.title()} Load ({r.uniform(0, 9):.1f}ms)  SELECT \"{noun}s\".* FROM \"{noun}s\" WHERE \"{noun}s\".\"id\" = $1 LIMIT $2  [[\"id\", {r.randint(1, 99)}], [\"LIMIT\", 1]]",
            f"{stamp} DEBUG {noun}::{other}: summary=\"{r.choice(DOES)} {noun}\" db.{other}=\"{prose()[:30]}\" rows={r.randint(0, 9)} elapsed={r.uniform(0, 9):.1f}ms",
            f"Started {r.choice(('GET', 'POST', 'PATCH'))} \"/{noun}/{r.randint(1, 99)}/{other}\" for 127.0.0.1 at {stamp}", f"  Parameters: {{\"{noun}\"=>\"{r.randint(1, 99)}\", \"{other}\"=>{{\"id\"=>{r.randint(1, 99)}}}}}",
            f"Processing by {camel(r)}Controller#{r.choice(DOES)} as JSON", f"Completed 200 OK in {r.randint(1, 99)}ms (ActiveRecord: 2.1ms | Allocations: {r.randint(100, 9999)})",
            f"{stamp}  WARN {r.randint(1, 99)} --- [nio-8080-exec-{r.randint(1, 9)}] o.h.engine.{noun}.{camel(r)}   : {prose()[:50]}", f"#Fields: date time {noun} {other} cs-method sc-status time-taken",
            f"> {noun.title()}-{other.title()}: {r.choice(('*/*', 'gzip, br', 'no-cache', str(r.randint(1, 999))))}", f"< HTTP/2 {r.choice((200, 301, 401, 502))}", f"* {prose()[:50]}", f"##[{r.choice(('group', 'error', 'section', 'warning'))}]{prose()[:40]}",
            f"{noun}-{r.randint(1, 3)}  | {stamp} [notice] {r.randint(1, 9)}#1: {prose()[:40]}", f"PHP   {r.randint(1, 9)}. {camel(r)}->{r.choice(DOES)}(${noun} = {r.randint(1, 9)}, ${other} = [...]) /var/www/{noun}.php:{r.randint(1, 99)}",
            f"#{r.randint(0, 20)}  0x{r.getrandbits(48):016x} in {noun}_{other} ({noun}=0x{r.getrandbits(40):x}, n={r.randint(0, 9)}) at {other}.c:{r.randint(1, 900)}", f"   at {camel(r)}.<{r.choice(DOES).title()}>d__{r.randint(1, 30)}.MoveNext() in /src/{camel(r)}.cs:line {r.randint(5, 700)}",
        )))  # fmt: skip
    return "\n".join(out)
