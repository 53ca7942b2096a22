"""Texts of people that only look like code: quotations, commands in sentences, LaTeX, formulas."""

# ruff: noqa: E501 - a template reads better on one line

import random
import textwrap
from collections.abc import Callable

from detectors.models.code.naming import DOES, NOUNS

_NAMES = ("Anna Berg", "J. Costa", "Mei Novak", "Dr. O. Lind", "Ivo Rossi", "Kaya, E.", "Samuel Weber", "Noor M.", "Piet Ito", "an unknown poet")  # fmt: skip


def quotation(prose: Callable[[], str], r: random.Random) -> str:
    """A sentence or a few with their author below, as collections of quotations have them."""
    words = " ".join(prose() for _ in range(r.choice((1, 1, 2, 3))))
    text = "\n".join(textwrap.wrap(words, r.choice((40, 68, 78, 9999)), break_long_words=False))
    mark = r.choice(
        (
            "\t\t-- ",
            "-- ",
            "\t-- ",
            "--",
            "    — ",
            "― ",
            " " * 20,
            "(",
            "~ ",
            "                -- ",
            "// ",
        )
    )
    source = r.choice(
        ("", "", f', "{prose()[:25]}"', f" ({r.randint(1700, 2026)})", f", {prose()[:20]}")
    )
    return text + r.choice(("\n", "\n", "\n\n", " ")) + mark + r.choice(_NAMES) + source + ")" * (mark == "(")  # fmt: skip


_COMMANDS = ("cd /opt/{a}", "./configure --prefix=/usr/{a}", "make -j{n} {a}", "sudo apt install {a}-{b}", "systemctl restart {a}", "git {v} --{a} {b}~{n}", "docker {v} -it {a}:{n} sh",
             "kubectl {v} {a}/{b} -n {a}", "export {A}=${A}:/usr/{b}", "pip install \"{a}[{b}]\" -U", "{a} --{b}={n} | grep -v {b}", "rm -rf {a}/*", "chmod {n}55 {a}.sh", "npm {v} {a} --save-dev",
             "curl -s https://{a}.example/{b}", "/etc/{a}/{b}.conf", "ssh {a}@{b}.example", "$HOME/.{a}rc", "{a}({n})", "{a}.{b}({n})", "{A}_{B}={n}", "{a}={b}; {b}={n}", "\"{a} {b}=yes\"", "%{A}%\\{b}", "$({a} \"$({b} -u)\")", "{a} && {b}", "{A}=", "~/{a}/{b}", "scp {a}.tar {b}:/tmp", "tar xzf {a}.tgz", "DISM /Online /{a}", "reg {v} HKLM\\{a}")  # fmt: skip


def _command(r: random.Random) -> str:
    a, b = r.sample(NOUNS, 2)
    return r.choice(_COMMANDS).format(a=a, b=b, A=a.upper(), B=b.upper(), n=r.randint(1, 9), v=r.choice((*DOES, "get", "push", "run", "rebase", "add")))  # fmt: skip


def commands(prose: Callable[[], str], r: random.Random) -> str:
    """Sentences with commands, paths, variables and names of manual pages in them."""
    out = []
    for _ in range(r.choice((1, 1, 2, 4))):
        words = prose().split()
        for _ in range(r.choice((1, 1, 2, 3))):
            left, right = r.choice((("", ""), ("", ""), ("`", "`"), ('"', '"'), ("'", "'"), ("“", "”"), ("«", "»"), ("(", ")"), ("„", "“")))  # fmt: skip
            many = ", ".join(_command(r) for _ in range(r.choice((1, 1, 1, 2, 5))))
            words.insert(r.randint(0, len(words)), f"{left}{many}{right}{r.choice(('', '', ',', '.', ':'))}")  # fmt: skip
        out.append(" ".join(words))
    return r.choice((" ", "\n\n", "\n")).join(out)


def _sum(r: random.Random) -> str:
    x, y, n, m = r.choice("xyznkabfλεδ"), r.choice("xyzabcghμ"), r.randint(1, 99), r.randint(1, 9)
    return r.choice((
        f"{x} = {n}", f"{x}₁,₂ = −{y}/2 ± √(({y}/2)² − {n})", f"{x}({y}) = {n}{y}^2 - {m}{y}", f"[{n} {m}; {m} {n}]", f"det {x.upper()} = -{n}", f"{x}^{{-1}} = [{m} 1; 1.5 -0.{m}]", f"f: R^{m} -> R", f"f({x},{y}) = {x}^2 + {m}{x}{y}", f"({n},{m}), ({m}/4, -3/2)",
        f"{x} ≤ {y}, {x} ∈ ℝ\\{{0}}", f"|{x}| < {y} ⇒ {m}{x} > {n}", f"sum_{{k=1}}^{n} k^{m} = n(n+1)/2", f"ΔH = -{n} kJ/mol", f"{m} H2 + O2 -> {m} H2O", f"p<0.0{m}, t({n})={m}.{n}, 95% CI [0.{m}, 1.{n}]", f"{n}·{m} = {n * m}", f"{x}:={m}", f"{n} : {m} = {x} : {y}", f"G/{x.upper()} ≅ Z/{n}Z", f"lim {x}→0 sin({x})/{x} = 1", f"∫ {x}² d{x} = {x}³/3 + C", f"√{n} ≈ {n**0.5:.3f}", f"{m}e-{m} ± 0.{m}e-{m}",
    ))  # fmt: skip


def formulas(prose: Callable[[], str], r: random.Random) -> str:
    """Formulas in plain signs, with words between them."""
    out = []
    for _ in range(r.randint(1, 5)):
        parts = [_sum(r) for _ in range(r.randint(1, 4))]
        for _ in range(r.randint(0, 3)):
            parts.insert(r.randint(0, len(parts)), " ".join(prose().split()[: r.randint(1, 5)]))
        out.append(r.choice((", ", "; ", " ", ". ", " => ")).join(parts) + r.choice(("", ".", ":")))
    return r.choice(("\n", " ", "\n\n")).join(out)


_PREAMBLE = (r"\documentclass[11pt,a4paper]{{article}}", r"\usepackage[utf8]{{inputenc}}", r"\usepackage{{{a}math,{b}}}", r"\newcommand{{\{a}}}[1]{{\textbf{{#1}}}}", r"\def\{a}{{{b}}}", r"\title{{{p}}}", r"\author{{{p}\thanks{{{p}}}}}", r"\date{{\today}}", r"\begin{{document}}", r"\maketitle",
             r"\setlength{{\{a}}}{{{n}pt}}", r"\RequirePackage{{{a}}}[20{n}/01/01]", r"\hypersetup{{{a}={b}, colorlinks=true}}", r"\makeatletter\let\{a}@{b}\relax\makeatother", r"\begin{{frame}}{{{p}}}", r"\bibliography{{{a}}}", r"\input{{{a}.{b}}}", r"\AtBeginDocument{{\{a}}}")  # fmt: skip
_BODY = (r"\section{{{p}}}\label{{sec:{a}}}", r"\begin{{itemize}}\item {p} \item {p}\end{{itemize}}", r"\includegraphics[width=0.{n}\textwidth]{{{a}}}", r"\caption{{{p}}}", r"{p}~\cite{{{a}{n}}}, see Section~\ref{{sec:{b}}}.", r"\emph{{{p}}} \textit{{{a}}}\footnote{{{p}}}", r"\begin{{theorem}} {p} $\{a}_{n}$\end{{theorem}}",
         r"{p} \& {p} \\[{n}pt]", r"{p}", r"{p}", r"\paragraph{{{a}}} {p}", r"\centering", r"\vspace{{{n}em}}", r"\item[{a}] {p}", r"\end{{document}}", r"$$ {a} = \{b}^{n} $$", r"\par\bigskip\noindent {p}")  # fmt: skip


def latex(prose: Callable[[], str], r: random.Random) -> str:
    """Some lines of a LaTeX document: its preamble, its comments, its text."""
    out = []
    for _ in range(r.randint(1, 14)):
        kind = r.random()
        if kind < 0.3:
            mark = r.choice(("%% ", "% ", "%", "%%"))
            line = mark + r.choice((prose(), prose()[:50], f"{r.choice(NOUNS)}.dtx  (with options: `{r.choice(NOUNS)}')", "%" * r.randint(5, 60), "", f"{prose()[:20]}: {r.randint(1, 99)}", f"   {r.choice(NOUNS)}.sty, {r.choice(NOUNS)}.tex,", "-" * 40))  # fmt: skip
        else:
            form = r.choice(_PREAMBLE if kind < 0.6 else _BODY)
            line = form.format(a=r.choice(NOUNS), b=r.choice(NOUNS), n=r.randint(1, 9), p=prose()[: r.choice((20, 60, 999))])  # fmt: skip
        out.append(line)
    return "\n".join(out)


def chat(prose: Callable[[], str], r: random.Random) -> str:
    """What people write in chats and boards: nicks, times, signs, smileys, quotes."""
    out = []
    for _ in range(r.randint(1, 8)):
        nick = r.choice((r.choice(NOUNS), f"{r.choice(NOUNS)}_{r.randint(1, 99)}", f"[{r.choice(NOUNS)}]", f"@{r.choice(NOUNS)}"))  # fmt: skip
        said = prose() + r.choice(
            (
                "",
                "",
                " :)",
                " ;-)",
                " :-/",
                " <3",
                " ^^",
                " >:(",
                " xD",
                " \\o/",
                "...",
                "!!!",
                " (y)",
            )
        )
        out.append(r.choice((f"<{nick}> {said}", f"{nick}: {said}", f"* {nick} {said}", f"[{r.randint(0, 23)}:{r.randint(10, 59)}] {nick}: {said}", f"{nick}  {r.randint(1, 12)}:{r.randint(10, 59)} PM\n{said}", f"> {said}", f">> {said}", f"-!- {nick} [{nick}@example.net] has joined #{r.choice(NOUNS)}", f"+1 {said}")))  # fmt: skip
    return "\n".join(out)
