"""What people write that only looks like code: requests, clauses, mathematics, documentation."""

# ruff: noqa: E501 - a template reads better on one line

import json
import random
import textwrap
from collections.abc import Callable

from detectors.models.code.naming import DOES, PARTS, method


def symbols(prose: Callable[[], str], r: random.Random) -> str:
    """Prose with more signs than prose has: lists, surveys, formulas, prices, times."""
    kind, n = r.randint(0, 5), r.randint(3, 10)
    if kind == 0:
        return "\n".join(
            f"{r.choice('-*•')} {prose()[:50]} ({r.randint(1, 99)}% / n={r.randint(9, 900)})"
            for _ in range(n)
        )
    if kind == 1:
        return "\n".join(
            f"{i + 1}) {prose()[:60]}: €{r.randint(1, 900)}.{r.randint(10, 99)} x {r.randint(1, 9)} = €{r.randint(1, 9000)}"
            for i in range(n)
        )
    if kind == 2:
        return "\n".join(
            f"{r.randint(8, 19)}:{r.randint(10, 59)}–{r.randint(8, 19)}:{r.randint(10, 59)} | {prose()[:40]} [{r.choice(PARTS)}]"
            for _ in range(n)
        )
    if kind == 3:
        return "\n".join(
            f"f(x) = {r.randint(2, 9)}x^2 + {r.randint(1, 9)}x - {r.randint(1, 99)}, x ∈ [{r.randint(0, 4)}, {r.randint(5, 90)}]"
            for _ in range(n)
        )
    if kind == 4:
        return "\n".join(
            rf"Let ${r.choice('abcxyz')}_{{{r.randint(1, 9)}}} \in \mathbb{{R}}^{{n}}$ and $\frac{{1}}{{{r.randint(2, 9)}}} \leq \alpha < {r.randint(1, 9)}$. {prose()}"
            for _ in range(n)
        )
    return (
        f"# {prose()[:30]}\n\n## {prose()[:30]}\n"
        + "\n".join(f"{r.choice('-*')} **{prose()[:20]}**: {prose()}" for _ in range(n))
        + f"\n\n> {prose()}\n\n[{r.choice(PARTS).upper()}]"
    )


def request(language: str, r: random.Random) -> str:
    """Somebody asks for code, and sends none."""
    return r.choice((
        f"Write a {language} function that {r.choice(DOES)}s a list of {r.choice(PARTS)}s and returns the {r.choice(PARTS)} count.",
        f"How do I {r.choice(DOES)} a {r.choice(PARTS)} in {language} without a for loop?",
        f"Give me a {language} class for a {r.choice(PARTS)} with {r.choice(DOES)}() and {r.choice(DOES)}().",
        f"Which is faster in {language}, a map or a list, for {r.randint(2, 900)} {r.choice(PARTS)}s?",
        f"Please run `{r.choice(('git rebase -i HEAD~3', 'docker ps -a', 'npm install', 'kubectl get pods', 'pip install x'))}` and tell me what the -{r.choice('abcfi')} option means.",
        f"Erkläre mir, wie man in {language} eine {r.choice(PARTS)}-Liste sortiert.",
        f"I want to SELECT the customers FROM last year WHERE the {r.choice(PARTS)} was late; how would I ask {language} for that?",
        f"In {language}, what is the difference between null, None and undefined? And what do async and await do?",
    ))  # fmt: skip


# ── more of what only looks like code ─────────────────────────────────────────────────────────


def documentation(prose: Callable[[], str], paragraph: Callable[[], str], r: random.Random) -> str:
    """Prose as documents set it: wrapped, quoted, indented, in nested lists, with inline code."""
    out = []
    for _ in range(r.randint(1, 5)):
        text = (
            paragraph() if r.random() < 0.7 else " ".join(prose() for _ in range(r.randint(1, 3)))
        )
        words = text.split()
        for _ in range(r.choice((0, 0, 1, 3))):
            at = r.randrange(len(words))
            words[at] = r.choice(
                (f"`{method(r)}`", f"`{r.choice(PARTS)}.{r.choice(DOES)}()`", f"**{words[at]}**", f"_{words[at]}_",
                 f"[{words[at]}](https://example.org/{r.choice(PARTS)})", f"({words[at]})", f"`--{r.choice(PARTS)}`",
                 f"{r.choice(PARTS)}/{r.choice(PARTS)}.{r.choice(('md', 'py', 'yml'))}", f"{words[at]};")
            )  # fmt: skip
        width, line, lines = r.choice((28, 50, 72, 80, 100, 9999)), "", []
        for word in words:
            if line and len(line) + len(word) > width:
                lines.append(line)
                line = ""
            line += " " * bool(line) + word
        lines.append(line)
        first, rest = r.choice(
            (("", ""), ("", ""), ("- ", "  "), ("* ", "  "), ("  - ", "    "), ("1. ", "   "), ("> ", "> "), (">", ">"),
             ("    - ", "      "), ("     ", "     "), ("- [ ] ", "  "), ("  ", "  "), ("• ", ""), ("a) ", "   "), ("### ", ""))
        )  # fmt: skip
        out.append("\n".join((rest if n else first) + line for n, line in enumerate(lines)))
    text = r.choice(("\n\n", "\n")).join(out)
    if r.random() < 0.2:  # cut where a chat box or a selection cuts
        start = r.randrange(len(text) // 2)
        text = text[start:]
    return text


_ARTICLES = ("the Supplier", "the Customer", "either party", "the Licensee", "the Employer", "the Data Controller",
             "der Auftragnehmer", "le Prestataire", "el Arrendatario", "il Fornitore")  # fmt: skip


def clauses(prose: Callable[[], str], r: random.Random) -> str:
    """Numbered clauses, definitions and references, as contracts have them."""
    out = []
    for n in range(1, r.randint(3, 9)):
        who, other = r.sample(_ARTICLES, 2)
        out.append(r.choice((
            f"{n}.{r.randint(1, 9)} {who} shall {r.choice(DOES)} the {r.choice(PARTS)} within {r.randint(3, 90)} days (see Section {r.randint(1, 20)}({r.choice('abc')})).",
            f"§ {n} ({r.randint(1, 5)}) {prose()}",
            f'"{r.choice(PARTS).title()}" means any {r.choice(PARTS)} that {other} notifies under Clause {n}.{r.randint(1, 9)}({r.choice(("i", "ii", "iv"))});',
            f"({'abcdefghij'[n]}) notwithstanding Art. {r.randint(1, 99)}({r.randint(1, 4)}), {prose()}",
            f"WHEREAS {who} and {other} agreed on {r.randint(1, 28)}/{r.randint(1, 12)}/2026; {prose()}",
        )))  # fmt: skip
    return r.choice(("\n", "\n\n")).join(out)


def instructions(prose: Callable[[], str], r: random.Random) -> str:
    """A prompt with a structure: sections, tags, placeholders, numbered steps."""
    names = r.sample(("goal", "audience", "tone", "input", "steps", "constraints", "examples", "format", "persona"), r.randint(2, 5))  # fmt: skip
    kind, out = r.randint(0, 5), []
    for n, name in enumerate(names, 1):
        body = [prose() for _ in range(r.randint(1, 3))]
        if kind == 0:
            out.append(f"<{name}>\n" + "\n".join(body) + f"\n</{name}>")
        elif kind == 1:
            out.append(f"## {name.title()}\n" + "\n".join(f"{r.choice('-*')} {b}" for b in body))
        elif kind == 2:
            out.append(f"{name.upper()}: " + " ".join(body) + f" {{{{{name}}}}}")
        elif kind == 3:
            out.append(
                f"{n}. {body[0]} If {r.choice(PARTS)} > {r.randint(1, 99)}, go to step {r.randint(1, 9)}."
            )
        elif kind == 4:
            out.append(f"[{name.upper()}]\n" + "\n".join(body) + f"\n[/{name.upper()}]")
        else:
            out.append(
                f"[{name}] = {body[0]}"
                if r.random() < 0.5
                else f"if the {name} is {body[0][:20]}, then {body[-1][:60]}; otherwise stop."
            )
    text = r.choice(("\n", "\n\n")).join(out)
    if kind == 2 and r.random() < 0.5:
        text = json.dumps({name: prose() for name in names}, indent=2, ensure_ascii=False)
    return text


def arithmetic(r: random.Random) -> str:
    """Formulas and sums in plain signs and in LaTeX."""
    kind, out = r.randint(0, 5), []
    for _ in range(r.randint(1, 7)):
        a, b, c, x = r.randint(2, 99), r.randint(2, 99), r.randint(2, 9), r.choice("xyztkn")
        out.append((
            f"{a} * ({b} + {c}) / {c} = {a * (b + c) / c:.1f}",
            f"({x} + {a})^{c} - {b}{x} = 0  =>  {x} = -{a} ± sqrt({b})",
            rf"\[ \sum_{{{x}=1}}^{{n}} {x}^{c} = \frac{{n(n+1)}}{{{a}}} \]",
            rf"\begin{{align}} {x}_{{n+1}} &= {x}_n - \alpha \nabla f({x}_n) \\ &\leq {a} \end{{align}}",
            f"∀{x} ∈ ℝ: |{x} − {a}| < δ ⇒ |f({x}) − {b}| < ε",
            f"P(A|B) = P(B|A) · P(A) / P(B) = 0.{a} × 0.{b} / 0.{c}; E[{x}] = {a}.{b}",
        )[kind])  # fmt: skip
    return "\n".join(out)


_SCRIPTS = (
    "กรุณาสรุปข้อความนี้ไม่เกินหนึ่งร้อยคำ", "ประชุมเริ่มเวลาสิบโมงที่ห้องใหญ่", "ลูกค้าสั่งซื้อสินค้าเมื่อวานนี้",
    "يرجى كتابة رسالة قصيرة إلى العميل", "تأخر الدفع أسبوعين هذا الشهر", "ما هي شروط العقد الجديد؟",
    "कृपया इस अनुबंध का सारांश लिखें", "बैठक कल सुबह दस बजे होगी", "ग्राहक ने नया पता भेजा है",
    "请把这段文字翻译成英文", "客户昨天下了一个新订单", "会议改到下周三上午十点", "この文章を短くまとめてください",
    "会議は来週の水曜日に変更されました", "お客様から新しい注文がありました", "이 글을 짧게 요약해 주세요", "고객이 어제 새로 주문했습니다",
    "אנא כתוב סיכום קצר של המסמך", "הפגישה נדחתה לשבוע הבא", "Το συμβόλαιο λήγει στο τέλος του μήνα",
    "Пожалуйста, подготовьте ответ клиенту", "Договор истекает в конце месяца", "Будь ласка, надішліть рахунок",
    "অনুগ্রহ করে এই লেখাটি সংক্ষেপ করুন", "இந்த உரையை சுருக்கமாக எழுதுங்கள்", "გთხოვთ მოკლედ აღწეროთ დოკუმენტი",
)  # fmt: skip


def scripts(r: random.Random) -> str:
    """Sentences in many scripts, with the punctuation and figures of letters and lists."""
    out = []
    for n in range(1, r.randint(2, 8)):
        end = r.choice((".", "。", "؟", "?", ":", "!", ";", ""))
        extra = r.choice(
            (
                "",
                "",
                f" ({r.randint(1, 500)})",
                f" №{r.randint(1, 99)}",
                f" {r.randint(8, 19)}:30",
                f" “{r.choice(PARTS)}”",
            )
        )
        out.append(
            r.choice(("", "", f"{n}. ", f"{n}、", "- ", "• ")) + r.choice(_SCRIPTS) + extra + end
        )
    return r.choice(("\n", " ", "\n\n")).join(out)


_LETTERS = "aexoznäéñøßчжяαωשאبمกคहकあん語字한글中😀ő"


def runs(r: random.Random) -> str:
    """One letter or two over and over, as a finger on a key, a rule or filler makes them."""
    out = []
    for _ in range(r.choice((1, 1, 1, 2, 4))):
        unit = r.choice((r.choice(_LETTERS), r.choice(_LETTERS), r.choice(_LETTERS) + r.choice(_LETTERS + " -"), r.choice(_SCRIPTS)[:3]))  # fmt: skip
        out.append(r.choice(("", "", "x", "xx", "xxx")) + unit * r.choice((4, 9, 20, 60, 200, 1200)))  # fmt: skip
    return r.choice((" ", "\n")).join(out)


_CLAIMS = ("Let {a} be {o}.", "Suppose {a} for all {b}.", "Show that {a}.", "Prove that {a} if and only if {b}.", "Then {a}, hence {b}.",
           "It follows that {a} where {b}.", "Assume {a}; by induction {b}.", "Since {a}, we have {b}.", "Note that {a} (see {o}).",
           "If {a} then {b}, which contradicts {c}.", "Sei {a}. Zeige, dass {b}.", "Soit {a}; montrer que {b}.", "Demuestra que {a}.",
           "Find all {a} such that {b}.", "Compute {a}.", "This means {a} is {o}.")  # fmt: skip

_OBJECTS = ("a group of order $n$", "a bounded sequence", "a compact metric space", "an ideal of $R$", "a lower bound of $A$", "continuous on $[a,b]$",
            "the smallest positive integer", "a normal subgroup", "an integral domain", "linearly independent", "Theorem 4.2")  # fmt: skip


def _formula(r: random.Random, depth: int = 2) -> str:
    x, y, n = r.choice("xyzabnkpqGHMRf"), r.choice("xyzijmnA"), r.randint(0, 9)
    inner = (
        _formula(r, depth - 1)
        if depth
        else r.choice(
            (x, str(n), rf"\{r.choice(('alpha', 'beta', 'phi', 'varepsilon', 'lambda', 'bullet'))}")
        )
    )
    return r.choice((
        rf"{inner} \leq {y}", rf"\frac{{{inner}}}{{{n + 1}}}", rf"\sum_{{{y}=1}}^{{n}} {inner}", rf"{x}_{{{n}}} + {inner}", rf"{x} \in {inner}",
        rf"\left({inner}\right)^{{{n}}}", rf"{inner} \equiv {n} \pmod {{p}}", rf"\mathbb{{{r.choice('RZQCN')}}}", rf"{x}: {y} \rightarrow {inner}",
        rf"\int_{{0}}^{{{n}}} {inner} \, d{x}", rf"|{inner}| < \varepsilon", rf"\sqrt{{{inner}}} = {n}", rf"{x}^{n} + {n}*{y} - {inner}", rf"\lim_{{{x} \to \infty}} {inner}",
        rf"\operatorname{{{r.choice(('dim', 'ker', 'gcd', 'deg'))}}} {inner}", rf"\{{{x}_1, \ldots, {x}_n\}} \subset {inner}",
    ))  # fmt: skip


def mathematics(r: random.Random) -> str:
    """Statements and proofs with formulas in dollars, brackets and environments."""
    out = []
    for _ in range(r.randint(1, 6)):
        sentences = " ".join(
            r.choice(_CLAIMS).format(
                a=f"${_formula(r)}$",
                b=f"${_formula(r)}$",
                c=f"${_formula(r, 1)}$",
                o=r.choice(_OBJECTS),
            )
            for _ in range(r.randint(1, 3))
        )
        kind = r.randint(0, 5)
        if kind == 0:
            sentences += f"\n$$\n{_formula(r, 3)}\n$$"
        elif kind == 1:
            rows = " \\\\\n".join(
                rf"{_formula(r, 1)} & = {_formula(r)}" for _ in range(r.randint(1, 4))
            )
            sentences += f"\n$$\n\\begin{{aligned}}\n{rows}\n\\end{{aligned}}\n$$"
        elif kind == 2:
            sentences += rf" \[ {_formula(r, 3)} \]"
        elif kind == 3:
            sentences = (
                rf"\item {sentences}"
                if r.random() < 0.5
                else rf"\textbf{{Claim.}} {sentences} \qed"
            )
        out.append(sentences)
    return r.choice(("\n", "\n\n")).join(out)


_ASKED = (
    "Create",
    "Write",
    "Generate",
    "Implement",
    "Give me",
    "Build",
    "I need",
    "Please make",
    "Develop",
    "Design",
    "How can I declare",
    "Can you code",
)

_THINGS = ("a {l} function that takes {d} and returns {d}", "an algorithm in {l} to reverse {d} without using {d}", "a {l} class that stores {d}",
           "a {l} script which reads {d} and prints {d}", "an array of strings in {l} with these words: 'tea', 'milk', 'jam'",
           "a query in {l} that selects {d} from {d} where {d} is above {n}", "a {l} program that recursively calculates {d}",
           "a regular expression in {l} for {d}", "a loop in {l} over {d}, starting at {n}", "unit tests in {l} for {d}")  # fmt: skip

_DATA = ("an array of integers", "the sum of its elements", "a given string", "the average of floating-point numbers", "a list of orders", "the longest word",
         "a JSON file", "the Fibonacci sequence", "two sorted lists", "a map of names to ages", "the customers table", "a binary tree", "the input (n > 0)")  # fmt: skip


def wishes(language: str, r: random.Random) -> str:
    """Somebody asks for code in a sentence or two."""

    def thing() -> str:
        found = r.choice(_THINGS).replace("{l}", language).replace("{n}", str(r.randint(1, 99)))
        while "{d}" in found:
            found = found.replace("{d}", r.choice(_DATA), 1)
        return found

    return " ".join(
        f"{r.choice(_ASKED)} {thing()}{r.choice('.?.!')}" for _ in range(r.choice((1, 1, 1, 2)))
    )


_GIVEN = ("Anna", "Jonas", "Mei", "Ravi", "Lena", "Olu", "Ivo", "Zoe", "Tom", "Ewa", "José", "Noor", "Piet", "Sari")  # fmt: skip
_FAMILY = ("Berg", "Costa", "Novak", "Okoye", "Rossi", "Lind", "Kaya", "Weber", "Ito", "Marsh")
_GREETING = ("Hi {a},", "Hello {a}", "Dear Ms {f},", "Hallo {a},", "Bonjour {a},", "Hola {a}:", "Hej {a}!", "{a},", "Sehr geehrter Herr {f},", "Ciao {a},")  # fmt: skip
_CLOSING = ("Best,", "Best regards", "Thanks!", "Viele Grüße", "Cordialement,", "Saludos", "Cheers,", "Kind regards,", "Mit freundlichen Grüßen", "-- ", "--", "Sent from my phone", "Pozdrawiam", "/")  # fmt: skip


def _mail_address(r: random.Random) -> str:
    given, family = r.choice(_GIVEN), r.choice(_FAMILY)
    address = f"{given.lower()}{r.choice('._-')}{family.lower()}@{r.choice(PARTS)}.example"
    return r.choice((f"{given} {family} <{address}>", f'"{family}, {given}" <{address}>', address, f"{given} {family} [mailto:{address}]"))  # fmt: skip


def _stamp(r: random.Random) -> str:
    day, month, hour, minute = r.randint(1, 28), r.randint(1, 12), r.randint(6, 22), r.randint(10, 59)  # fmt: skip
    return r.choice((
        f"{r.choice(('Mon', 'Wed', 'Fri'))}, {day} {r.choice(('Jan', 'Mar', 'Oct'))} 20{r.randint(10, 26)} {hour:02}:{minute}:{r.randint(10, 59)} +0{r.randint(0, 9)}00",
        f"20{r.randint(10, 26)}-{month:02}-{day:02} {hour:02}:{minute}",
        f"{month}/{day}/{r.randint(10, 26)} {hour % 12}:{minute} {r.choice(('AM', 'PM'))}",
        f"{day}.{month:02}.20{r.randint(10, 26)} {hour:02}:{minute}",
    ))  # fmt: skip


def _attribution(r: random.Random) -> str:
    who, when = _mail_address(r), _stamp(r)
    return r.choice((
        f"On {when}, {who} wrote:",
        f"On {when}, {who}\nwrote:",
        f"Am {when} schrieb {who}:",
        f"Le {when}, {who} a écrit :",
        f"El {when}, {who} escribió:",
        f"{who} skrev {when}:",
        f"----- Original Message -----\nFrom: {who}\nTo: {_mail_address(r)}\nSent: {when}\nSubject: RE: {r.choice(PARTS)} {r.choice(PARTS)}",
        f"________________________________\nVon: {who}\nGesendet: {when}\nBetreff: AW: {r.choice(PARTS)}",
        f"---------- Forwarded message ---------\nFrom: {who}\nDate: {when}\nTo: <{r.choice(PARTS)}@example.org>",
        f"[{when}] {who}:",
    ))  # fmt: skip


def mail(prose: Callable[[], str], r: random.Random) -> str:
    """A message with its headers, what it answers, quoted once or twice, and a signature."""
    out = []
    if r.random() < 0.4:
        fields = {"From": _mail_address(r), "To": ", ".join(_mail_address(r) for _ in range(r.randint(1, 3))), "Date": _stamp(r),
                  "Subject": f"{r.choice(('', 'Re: ', 'Fwd: ', 'AW: '))}[{r.choice(PARTS)}] {prose()[:50]}", "Message-ID": f"<{r.getrandbits(60):x}@{r.choice(PARTS)}.example>",
                  "MIME-Version": "1.0", "Content-Type": f'text/plain; charset="{r.choice(("utf-8", "iso-8859-1", "us-ascii"))}"', "X-Mailer": f"{r.choice(PARTS)} {r.randint(1, 9)}.{r.randint(0, 20)}",
                  "Received": f"from {r.choice(PARTS)}.example (HELO {r.choice(PARTS)}) (192.0.2.{r.randint(1, 99)})\n\tby {r.choice(PARTS)}.example with ESMTPS id {r.getrandbits(40):x}; {_stamp(r)}"}  # fmt: skip
        kept = sorted(r.sample(sorted(fields), r.randint(2, len(fields))), key=lambda _: r.random())
        out += [f"{name}: {fields[name]}" for name in kept] + [""]
    if r.random() < 0.6:
        out += [r.choice(_GREETING).format(a=r.choice(_GIVEN), f=r.choice(_FAMILY)), ""]
    for _ in range(r.randint(1, 3)):
        out += [*_folded(prose(), r.choice((60, 72, 9999))), *[""] * r.randint(0, 1)]
    if r.random() < 0.3:
        out += [f"{r.choice(('-', '*', '>', '1)'))} {prose()[:70]}" for _ in range(r.randint(2, 4))]
    signature = [
        f"{r.choice(_GIVEN)} {r.choice(_FAMILY)}",
        f"{r.choice(('Tel.', 'T:', 'phone', 'M'))} +{r.randint(1, 99)} {r.randint(100, 999)} {r.randint(10**5, 10**7)}",
        f"{r.choice(PARTS).title()} GmbH | {r.choice(PARTS).title()} & Co. | www.{r.choice(PARTS)}.example",
        f"{r.choice('-=_*#~') * r.randint(3, 60)}",
        f"http://{r.choice(PARTS)}.example/~{r.choice(_GIVEN).lower()}/",
        r.choice(("(o_\n//\\\nV_/_", "<>< ", "**** " + r.choice(PARTS) + " ****", "| " + prose()[:40] + " |")),
    ]  # fmt: skip
    if r.random() < 0.6:
        out += ["", r.choice(_CLOSING), *r.sample(signature, r.randint(1, 4))]
    if r.random() < 0.5:
        out += ["", _attribution(r)]
        for _ in range(r.randint(1, 3)):
            mark = r.choice(("> ", ">", ">> ", "> > ", "| ", ""))
            out += [mark + line for line in _folded(prose(), r.choice((50, 66, 9999)))]
            out += [mark.rstrip()] * r.randint(0, 1)
            if r.random() < 0.2:
                out += ["", prose(), ""]
        if r.random() < 0.3:
            out += ["> " + _attribution(r).replace("\n", "\n> "), ">> " + prose(), "> "]
    return "\n".join(out)


def _folded(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False) or [""]
