"""Texts that machines print and that only look like code: traces, logs, tables, data, listings."""

# ruff: noqa: E501 - a template reads better on one line

import html
import json
import random
from collections.abc import Callable

from detectors.models.code.naming import DOES, PARTS, camel, method
from detectors.models.code.wrappings import ASK


def trace(r: random.Random) -> str:
    """A stack trace, frames only: no line of source."""
    kind, n, out = r.randint(0, 9), r.randint(3, 16), []
    what = r.choice(("Connection refused", "null", "Index 7 out of bounds for length 7", "timeout", "invalid state",
                     "Cannot read properties of undefined (reading 'id')", "no such file or directory"))  # fmt: skip
    if kind <= 2:
        out.append(
            r.choice(('Exception in thread "main" ', "Caused by: ", ""))
            + f"java.lang.{camel(r)}Exception: {what}"
        )
        out += [f"\tat com.{r.choice(PARTS)}.{r.choice(PARTS)}.{camel(r)}.{method(r)}({camel(r)}.java:{r.randint(9, 900)})"
                for _ in range(n)]  # fmt: skip
        if r.random() < 0.4:
            out.append(f"\t... {r.randint(3, 60)} more")
    elif kind <= 4:
        out.append(
            f"{r.choice(('TypeError', 'Error', 'ReferenceError', 'UnhandledPromiseRejection'))}: {what}"
        )
        out += [f"    at {r.choice(('', 'async ', 'Object.', 'new '))}{camel(r)}.{method(r)} (/srv/{r.choice(PARTS)}/{r.choice(('src', 'dist', 'node_modules/express/lib'))}/{r.choice(PARTS)}.js:{r.randint(1, 900)}:{r.randint(1, 80)})"
                for _ in range(n)]  # fmt: skip
    elif kind == 5:
        out.append("Traceback (most recent call last):")
        out += [f'  File "/opt/app/{r.choice(PARTS)}/{r.choice(PARTS)}.py", line {r.randint(3, 900)}, in {r.choice(DOES)}_{r.choice(PARTS)}'
                for _ in range(n)]  # fmt: skip
        out.append(
            f"{r.choice(('ValueError', 'KeyError', 'RuntimeError', 'requests.exceptions.ConnectionError'))}: {what}"
        )
    elif kind == 6:
        out.append(f"Unhandled exception. System.{camel(r)}Exception: {what}")
        out += [f"   at Acme.{r.choice(PARTS).title()}.{camel(r)}.{r.choice(DOES).title()}Async({r.choice(('String id', 'Int32 n, CancellationToken ct', ''))}) in C:\\build\\{camel(r)}.cs:line {r.randint(5, 700)}"
                for _ in range(n)]  # fmt: skip
    elif kind == 7:
        out += [f"panic: runtime error: {what}", "", f"goroutine {r.randint(1, 90)} [running]:"]
        for _ in range(n):
            out += [f"main.(*{camel(r)}).{r.choice(DOES).title()}(0x{r.getrandbits(40):x}, 0x{r.getrandbits(12):x})",
                    f"\t/go/src/{r.choice(PARTS)}/{r.choice(PARTS)}.go:{r.randint(4, 600)} +0x{r.getrandbits(12):x}"]  # fmt: skip
    elif kind == 8:
        out.append(
            f"thread 'main' panicked at '{what}', src/{r.choice(PARTS)}.rs:{r.randint(4, 300)}:{r.randint(1, 60)}"
        )
        out.append("stack backtrace:")
        for i in range(n):
            out += [f"  {i:2}: {r.choice(PARTS)}::{r.choice(PARTS)}::{r.choice(DOES)}",
                    f"             at ./src/{r.choice(PARTS)}.rs:{r.randint(4, 300)}:{r.randint(1, 40)}"]  # fmt: skip
    else:
        out.append(
            f"PHP Fatal error:  Uncaught {camel(r)}Exception: {what} in /var/www/{r.choice(PARTS)}.php:{r.randint(3, 400)}"
        )
        out += [
            f"#{i} /var/www/src/{camel(r)}.php({r.randint(5, 500)}): App\\{camel(r)}->{method(r)}()"
            for i in range(n)
        ]
        out.append(f"#{n} {{main}}")
    return "\n".join(out)


def log(r: random.Random) -> str:
    """Lines of a log file."""
    out, kind = [], r.randint(0, 6)
    h, m = r.randint(0, 23), r.randint(0, 59)
    for i in range(r.randint(3, 20)):
        s = f"{h:02}:{m:02}:{min(59, i * 2):02}"
        level = r.choice(("INFO", "WARN", "ERROR", "DEBUG", "info", "error"))
        say = f"{r.choice(DOES)} {r.choice(PARTS)} {r.choice(('took', 'failed after', 'finished in', 'id='))} {r.randint(1, 9000)}{r.choice((' ms', '', 's'))}"
        ip = ".".join(str(r.randint(1, 254)) for _ in range(4))
        out.append((
            f"2026-{r.randint(1, 12):02}-{r.randint(1, 28):02} {s},{r.randint(0, 999):03} {level} [{r.choice(PARTS)}-{r.randint(1, 9)}] com.acme.{camel(r)} - {say}",
            f"{s} {level.lower()}: {r.choice(PARTS)}={r.randint(1, 99)} {r.choice(PARTS)}=\"{say}\" status={r.choice((200, 404, 500))}",
            f'{ip} - - [14/Mar/2026:{s} +0000] "GET /{r.choice(PARTS)}/{r.randint(1, 999)} HTTP/1.1" {r.choice((200, 304, 404))} {r.randint(90, 9000)} "-" "Mozilla/5.0"',
            f'{{"ts":"2026-03-04T{s}Z","level":"{level}","msg":"{say}","{r.choice(PARTS)}":{r.randint(1, 999)}}}',
            f"Mar {r.randint(1, 28)} {s} host{r.randint(1, 9)} {r.choice(('sshd', 'kernel', 'cron', 'systemd'))}[{r.randint(90, 9999)}]: {say}",
            f"[{s}] {level.upper()} {r.choice(PARTS)}.{r.choice(PARTS)}: {say} (attempt {r.randint(1, 5)}/5)",
            f"I{r.randint(1000, 1231)} {s}.{r.randint(0, 999999):06}   {r.randint(1, 9)} {r.choice(PARTS)}.go:{r.randint(9, 900)}] {say}",
        )[kind])  # fmt: skip
    return "\n".join(out)


def listing(r: random.Random) -> str:
    """What a command printed."""
    kind, n, out = r.randint(0, 6), r.randint(4, 18), []
    for i in range(n):
        part = r.choice(PARTS)
        out.append((
            f"-rw-r--r-- {r.randint(1, 4)} {r.choice(('root', 'anna', 'www'))} staff {r.randint(10, 99999):6} Mar {r.randint(1, 28):2} 10:{r.randint(10, 59)} {part}-{i}.{r.choice(('txt', 'log', 'py', 'tar.gz'))}",
            f"{r.getrandbits(28):07x} {r.choice(('fix', 'feat', 'chore', 'docs'))}({part}): {r.choice(DOES)} {r.choice(PARTS)} on restart",
            f"{part}-{r.getrandbits(20):05x}   1/1   {r.choice(('Running', 'Pending', 'CrashLoopBackOff'))}   {r.randint(0, 9)}   {r.randint(1, 60)}d",
            f"{r.randint(1, 9999):5} {r.choice(('root', 'www'))} {r.randint(0, 20)} 0 {r.randint(1, 900)}M {r.randint(1, 90)}M S {r.randint(0, 40)}.{r.randint(0, 9)} 0:0{r.randint(0, 9)} {part}d",
            f"  {r.choice(('modified:  ', 'new file:  ', 'deleted:   '))} src/{part}/{r.choice(PARTS)}.{r.choice(('ts', 'go', 'py'))}",
            f"{'PASS' if r.random() < 0.8 else 'FAIL'} tests/{part}.test.ts ({r.randint(1, 30)}.{r.randint(0, 9)} s)",
            f"Setting up lib{part} ({r.randint(0, 9)}.{r.randint(0, 30)}-{r.randint(1, 4)}) ...",
        )[kind])  # fmt: skip
    return "\n".join(out)


def table(prose: Callable[[], str], r: random.Random) -> str:
    """Rows and columns."""
    columns = r.sample(PARTS, r.randint(3, 6))
    rows = [[r.choice((str(r.randint(1, 9000)), r.choice(PARTS).title(), f"{r.uniform(1, 99):.2f}", prose()[:20], f"2026-0{r.randint(1, 9)}-1{r.randint(0, 9)}"))
             for _ in columns] for _ in range(r.randint(3, 14))]  # fmt: skip
    kind = r.randint(0, 5)
    if kind == 0:
        lines = ["| " + " | ".join(row) + " |" for row in [columns, ["---"] * len(columns), *rows]]
    elif kind == 1:
        lines = ["+" + "+".join("-" * 12 for _ in columns) + "+"] + [
            "|" + "|".join(f" {c[:10]:<11}" for c in row) + "|" for row in [columns, *rows]
        ]
    else:
        mark = (", ", ";", "\t", ",", "    ")[kind - 1]
        quote = '"' if r.random() < 0.3 else ""
        lines = [mark.join(f"{quote}{c}{quote}" for c in row) for row in [columns, *rows]]
    return "\n".join(lines)


def data(prose: Callable[[], str], r: random.Random) -> str:
    """JSON or XML that holds data."""
    rows = [{r.choice(PARTS): r.choice((r.randint(1, 9000), prose()[:30], True, None, [1, 2], {r.choice(PARTS): r.randint(1, 9)}))
             for _ in range(r.randint(2, 5))} for _ in range(r.randint(1, 6))]  # fmt: skip
    if r.random() < 0.6:
        text = json.dumps(
            rows if r.random() < 0.6 else rows[0], indent=r.choice((None, 2, 4)), ensure_ascii=False
        )
    else:
        item = r.choice(PARTS)
        inner = "\n".join(f"  <{item} id=\"{i}\">\n" + "\n".join(f"    <{k}>{html.escape(str(v))}</{k}>" for k, v in row.items()) + f"\n  </{item}>"
                          for i, row in enumerate(rows))  # fmt: skip
        text = f'<?xml version="1.0"?>\n<{item}s>\n{inner}\n</{item}s>'
    return (r.choice(ASK) + "\n\n" if r.random() < 0.4 else "") + text


def values(prose: Callable[[], str], r: random.Random) -> str:
    """The inside of a data file: names and numbers between quotes, brackets and commas."""
    pad = r.choice(("  ", "\t", "    ", "        ", "\t\t"))
    kind, n, out = r.randint(0, 6), r.randint(3, 30), []
    for i in range(n):
        words = prose().split()
        at = r.randrange(max(1, len(words) - 4))
        name = " ".join(words[at : at + r.randint(1, 5)]).strip('",')
        out.append((
            f'{pad}"{name}",',
            f'{pad}"{name}": {r.randint(1, 9999)},',
            f'{pad}"{r.choice(PARTS)}_{i}": "{name}",',
            f"{pad}{r.uniform(-99, 99):.{r.randint(2, 6)}f},",
            f'{pad}{{"{r.choice(PARTS)}": "{name}", "{r.choice(PARTS)}": {r.randint(1, 99)}}},',
            f"{pad}<{r.choice(('name', 'city', 'title', 'value'))}>{name}</{r.choice(('name', 'city', 'title', 'value'))}>",
            f"{pad}[{r.uniform(-99, 99):.4f}, {r.uniform(-99, 99):.4f}],",
        )[kind])  # fmt: skip
        if r.random() < 0.05:
            out.append(
                r.choice((f"{pad}],", f"{pad}}}, {{", f"{pad}]\n{pad}}}", f'{pad}"{name}": ['))
            )
    if r.random() < 0.4:
        out.append(pad[:-1] + r.choice(("]", "}", "]\n}", "  ]\n }\n]")))
    return "\n".join(out)


def _heading(prose: Callable[[], str], r: random.Random) -> str:
    """The line above or between what a tool prints: a rule, a title in a rule, columns."""
    sign = r.choice("=-#*_~")
    title = " ".join(prose().split()[: r.randint(1, 5)])
    columns = [p.upper() for p in r.sample(PARTS, r.randint(3, 7))]
    return r.choice((
        sign * r.randint(8, 80),
        f"{sign * r.randint(3, 30)} {title.lower()} {sign * r.randint(3, 30)}",
        "   ".join(columns),
        " ".join(f"{c:<{r.randint(6, 20)}}" for c in columns),
        f"{r.choice(('platform', 'rootdir:', 'collected', 'Using', 'Loaded'))} {title} -- {r.randint(0, 9)}.{r.randint(0, 20)}.{r.randint(0, 9)}",
        f"{r.randint(0, 90)} passed, {r.randint(0, 9)} failed, {r.randint(0, 9)} skipped in {r.uniform(0, 90):.2f}s",
    ))  # fmt: skip


def transcript(prose: Callable[[], str], r: random.Random) -> str:
    """What tools print around code, and mail: headers, tests, builds, chats."""
    kind, out = r.randint(0, 8), []
    if r.random() < 0.5:
        out.append(_heading(prose, r))
    for n in range(r.randint(1, 14)):
        part, other = r.choice(PARTS), r.choice(PARTS)
        out.append((
            f"{r.choice(('From', 'To', 'Date', 'Subject', 'Cc', 'X-Mailer', 'Message-ID', 'Content-Type'))}: {prose()[:50]}",
            f"tests/{part}/test_{other}.py::test_{r.choice(DOES)}_{other} {r.choice(('PASSED', 'FAILED', 'SKIPPED'))} [{n * 7:3}%]",
            f"Step {n + 1}/{r.randint(9, 20)} : {part} ---> {r.getrandbits(48):012x}",
            f"[{r.randint(8, 19):02}:{r.randint(10, 59)}] <{part}> {prose()}",
            f"{part}.c:{r.randint(1, 900)}:{r.randint(1, 80)}: {r.choice(('warning', 'error', 'note'))}: unused {r.choice(('variable', 'parameter'))} '{other}' [-Wunused]",
            f"   {part:<12} {r.randint(1, 900):>8} {r.randint(1, 99):>4}% {r.uniform(0, 99):>8.2f}  {other}",
            f"npm {r.choice(('WARN', 'notice', 'ERR!'))} {r.choice(('deprecated', 'peer', 'code'))} {part}@{r.randint(0, 9)}.{r.randint(0, 20)}.{r.randint(0, 9)}: {prose()[:60]}",
            f"64 bytes from 192.0.2.{r.randint(1, 254)}: icmp_seq={n} ttl={r.randint(40, 64)} time={r.uniform(1, 90):.1f} ms",
            f"eth{n}: flags=4163<UP,BROADCAST,RUNNING>  mtu 1500  inet 192.0.2.{r.randint(1, 254)}  netmask 255.255.255.0",
        )[kind])  # fmt: skip
    return "\n".join(out)


def lists(prose: Callable[[], str], r: random.Random) -> str:
    """Lists of strings and of lists, as JSON and as other programs write them; alone or named."""
    words = prose().split()
    many = [
        r.choice((r.choice(PARTS), " ".join(words[: r.randint(1, 6)]), f"{r.choice(PARTS)}-{n}"))
        for n in range(r.randint(1, 12))
    ]
    made = r.choice((many, many, {r.choice(PARTS): many}, [many[:2], many[2:]]))
    text = json.dumps(made, indent=r.choice((None, None, 2, 4)), ensure_ascii=False)
    if r.random() < 0.1:
        text = "{ " + "\n  ".join(f"{w.replace(' ', '_')}: '{w}'," for w in many) + "\n}"
    text = r.choice((text, text, text, text.replace('"', "'")))
    return (
        r.choice(("", "", f"{r.choice(PARTS)}: ", f"{prose()}\n", f'"{r.choice(PARTS)}": ')) + text
    )


def figures(r: random.Random) -> str:
    """Rows of numbers, with and without brackets and separators."""
    mark = r.choice((", ", ",", " ", "\t", "; ", "  "))
    form = r.choice(("{}", "{}", "{}", "[{}]", "[{}],", "({})", "{{{}}}", "{};", "| {} |"))
    width, high = r.choice((1, 1, 2, 3, 5, 8, 12)), r.choice((9, 99, 9999, 10**7))
    what = r.choice(("{:d}", "{:d}", "{:.1f}", "{:.4f}", "{:+d}", "{:d}%", "-{:d}", "{:e}"))
    rows = []
    for _ in range(r.randint(2, 14)):
        numbers = (r.randint(0, high) for _ in range(width))
        rows.append(
            form.format(mark.join(what.format(n if "d" in what else n / 7) for n in numbers))
        )
    return "\n".join(rows)


def strings(r: random.Random) -> str:
    """Ids, digests, encoded bytes, paths, addresses and sequences: signs, but no language."""
    kind, out = r.randint(0, 12), []
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for n in range(r.randint(1, 9)):
        part, other = r.choice(PARTS), r.choice(PARTS)
        out.append((
            "".join(r.choices(letters, k=r.choice((40, 76, 76, 120)))) + r.choice(("", "=", "==")),
            f"{r.getrandbits(32):08x}-{r.getrandbits(16):04x}-4{r.getrandbits(12):03x}-a{r.getrandbits(12):03x}-{r.getrandbits(48):012x}",
            f"{r.getrandbits(160):040x}  {part}/{other}.tar.gz",
            f"{n * 16:08x}: " + " ".join(f"{r.getrandbits(16):04x}" for _ in range(8)) + "  ..A.." + part,
            f"/{part}/{other}/{r.choice(('bin', 'etc', 'share'))}/{part}.{r.choice(('conf', 'txt', 'png', 'so.1'))}",
            rf"C:\{part.title()}\{other}\{r.choice(('Users', 'Temp'))}\{part}_{n}.docx",
            f"https://{part}.example.org/{other}?id={r.randint(1, 999)}&ref={part}#{other}",
            f"{part}.{other}@example.com{r.choice((';', ',', ''))}",
            "".join(r.choices("ACGT", k=60)),
            "".join(r.choice(("C", "CC", "(=O)", "O", "N", "c1ccccc1", "(C)", "C1=CC=CC=C1", "[NH3+]", "Cl")) for _ in range(r.randint(6, 16))),
            ":".join(f"{r.getrandbits(8):02X}" for _ in range(6)) + f"  192.0.2.{r.randint(1, 254)}/{r.randint(8, 30)}",
            " ".join("".join(r.choices("!?*#-_=~+.:/\\|<>", k=r.randint(1, 6))) for _ in range(r.randint(1, 9))),
            f"{n + 1}. {r.choice(('e4', 'd4', 'Nf3', 'Qxd5+', 'O-O', 'Bb5'))} {r.choice(('e5', 'c5', 'Nc6', 'exd4', 'a6', 'Kh8'))}",
        )[kind])  # fmt: skip
    return "\n".join(out)


def records(prose: Callable[[], str], r: random.Random) -> str:
    """Formats that hold data or settings in a syntax of their own: no programming language."""
    kind, part, other = r.randint(0, 7), *r.sample(PARTS, 2)
    names = r.sample(PARTS, r.randint(2, 7))
    if kind == 0:
        lines = [
            f"{n}{r.choice(('=', ' = '))}{r.choice(('/usr/share/' + other, str(r.randint(1, 99)), 'true', 'yes', prose()[:20]))}"
            for n in names
        ]
        return r.choice((f"[{part}]\n", "", f"; {other}\n", f"# {prose()[:40]}\n")) + "\n".join(
            lines
        )
    if kind == 1:
        return (
            "".join(
                f"<{n}>{html.escape(prose()[: r.randint(3, 40)])}</{n}>{r.choice(('', chr(10)))}"
                for n in names
            )
            if r.random() < 0.4
            else (
                f"<{part}>"
                + "".join(f"<{n}>{html.escape(prose()[:25])}</{n}>" for n in names)
                + f"</{part}>"
            )
        )
    if kind == 2:
        inner = "\n".join(" & ".join(prose().split()[:4]) + r" \\" for _ in names)
        env = r.choice(("tabular}{lll", "itemize", "equation", "table", "quote"))
        return rf"\begin{{{env}}}" + f"\n{inner}\n" + rf"\end{{{env.split('}')[0]}}}"
    if kind == 3:
        fields = "\n".join(f"  {n} = {{{prose()[:50]}}}," for n in names)
        return f"@{r.choice(('article', 'book', 'misc'))}{{{part}{r.randint(1990, 2026)},\n{fields}\n}}"
    if kind == 4:
        what = r.choice(("VCARD", "VEVENT", "VCALENDAR"))
        return (
            f"BEGIN:{what}\nVERSION:{r.randint(2, 4)}.0\n"
            + "\n".join(
                f"{n.upper()}{r.choice(('', ';TYPE=HOME', ';LANGUAGE=de'))}:{prose()[:40]}"
                for n in names
            )
            + f"\nEND:{what}"
        )
    if kind == 5:
        return "\n\n".join(
            f"{n}\n00:0{n}:0{n % 6},000 --> 00:0{n}:1{n % 6},500\n{prose()}"
            for n in range(1, r.randint(2, 6))
        )
    if kind == 6:
        return (
            f"{r.choice(('HTTP/1.1 200 OK', 'GET /' + part + ' HTTP/1.1', 'HTTP/2 404'))}\n"
            + "\n".join(
                f"{n.title()}-{other.title()}: {r.choice(('no-cache', 'text/plain; q=0.8', str(r.randint(1, 9999))))}"
                for n in names
            )
        )
    return "\n".join(
        f"{n.upper()}_{other.upper()}={r.choice(('localhost', str(r.randint(1, 9999)), 'true', part, 'postgres://db/' + part))}"
        for n in names
    )


def sheet(prose: Callable[[], str], r: random.Random) -> str:
    """Comma-separated values as programs export them: quoted, nested, escaped, empty cells."""
    columns = r.randint(1, 7)
    quote = r.random() < 0.7
    kinds = [r.randint(0, 8) for _ in range(columns)]
    out = [",".join(r.sample(PARTS, columns))] if r.random() < 0.4 else []
    for _ in range(r.randint(3, 18)):
        row = []
        for kind in kinds:
            words = prose().split()
            cell = (
                " ".join(words[: r.randint(1, 4)]), str(r.randint(0, 10**9)), "", r.choice(("yes", "no", "true", "NULL")),
                json.dumps([r.randint(1, 9) for _ in range(r.randint(0, 5))]), json.dumps({r.choice(PARTS): r.randint(1, 99)}),
                r.choice(("encode", "create", "add", "open")), "".join(r.choices("ACGTVR", k=r.randint(2, 14))), json.dumps([w for w in words[:3]]),
            )[kind]  # fmt: skip
            row.append(
                '"' + cell.replace('"', '""') + '"' if quote and not cell.isdigit() else cell
            )
        out.append(",".join(row) + ("," if r.random() < 0.05 else ""))
    return "\n".join(out)


def columns(r: random.Random) -> str:
    """A header in capitals and rows below it, as container and cluster tools print."""
    heads = r.sample(("NAME", "STATUS", "AGE", "READY", "RESTARTS", "CREATED", "PORTS", "ID", "SIZE", "TYPE", "CLUSTER-IP", "REPOSITORY", "TAG", "NODE",
                      "TASK ID", "CPU %", "MEM USAGE", "PID", "TTY", "TIME", "USER", "CMD", "Filesystem", "Mounted on"), r.randint(3, 7))  # fmt: skip
    widths = [r.randint(len(h) + 2, len(h) + 14) for h in heads]
    out = ["".join(f"{h:<{w}}" for h, w in zip(heads, widths, strict=True))]
    for _ in range(r.randint(0, 9)):
        cells = (r.choice((f"{r.choice(PARTS)}-{r.randint(1, 99)}", f"{r.randint(1, 99)}/{r.randint(1, 9)}", "Running", f"{r.randint(1, 60)}d", f"{r.getrandbits(40):010x}",
                           f"Up {r.randint(2, 9)} hours", f"0.0.0.0:{r.randint(80, 9000)}->80/tcp", f"{r.choice(PARTS)}:{r.randint(1, 9)}.{r.randint(1, 30)}",
                           f'"{r.choice(PARTS)}-entrypoint.s…"', f"{r.randint(1, 900)}MiB / 2GiB", "<none>")) for _ in heads)  # fmt: skip
        out.append("".join(f"{c:<{w}}" for c, w in zip(cells, widths, strict=True)).rstrip())
    return "\n".join(out)


def entries(prose: Callable[[], str], r: random.Random) -> str:
    """Log lines rich in signs: key=value pairs, audit records, nested brackets, event XML."""
    kind, out = r.randint(0, 6), []
    for n in range(r.randint(1, 10)):
        pairs = [f"{a}{r.choice(('', '_id', 'Id', '.name'))}={r.choice((str(r.randint(0, 9999)), 'null', 'tenant-' + str(n), '0x' + format(r.getrandbits(32), 'x'), chr(34) + prose()[:20] + chr(34)))}"
                 for a in r.sample(PARTS, r.randint(3, 8))]  # fmt: skip
        stamp = f"20{r.randint(10, 26)}-0{r.randint(1, 9)}-1{r.randint(0, 9)}T1{r.randint(0, 9)}:2{r.randint(0, 9)}:3{r.randint(0, 9)}.{r.randint(100, 999)}"
        out.append((
            f"time={stamp}Z level={r.choice(('warn', 'INFO', 'error'))} " + " ".join(pairs),
            f"type={r.choice(('SYSCALL', 'EXECVE', 'LOGIN'))} msg=audit({r.randint(10**9, 2 * 10**9)}.{r.randint(100, 999)}:{r.randint(1, 9999)}): " + " ".join(pairs),
            f"[{stamp}] {r.choice(('DEBUG', 'INFO'))} [{r.choice(PARTS).title()} {n}]: {r.choice(PARTS)} Map({n} -> Map([{r.choice(PARTS)},{n}] -> List({n}, 0))) ({camel(r)})",
            f"<Event xmlns='urn:{r.choice(PARTS)}'><System><Provider Name='{camel(r)}'/><EventID>{r.randint(1, 9999)}</EventID><Level>{n}</Level></System></Event>",
            f"{stamp} {r.choice(('WARN', 'ERROR'))}  [org.{r.choice(PARTS)}.events] (executor-thread-{n}) " + ", ".join(pairs),
            f"      [{r.choice(PARTS).title()} {r.choice(('Start', 'Scan', 'Update'))} (ms):  {r.uniform(0, 900):.1f}]",
            f"{stamp} [error] {n}#{n}: *{r.randint(1, 999)} {prose()[:50]}: client: 192.0.2.{n}, server: _, request: \"POST /{r.choice(PARTS)} HTTP/1.1\"",
        )[kind])  # fmt: skip
    return "\n".join(out)
