"""Harmless lines that look like code, logs and tables of numbers, for training the name model."""

import random

from detectors.models.templates import CODE_WORDS


def code_lines(r: random.Random) -> str:
    """Up to seven lines that look like code, a log or a table of numbers."""

    def name() -> str:
        parts = [r.choice(CODE_WORDS) for _ in range(r.randint(1, 3))]
        return r.choice(
            [
                "_".join(parts),
                "".join(p.capitalize() for p in parts),
                parts[0] + "".join(p.capitalize() for p in parts[1:]),
                ".".join(parts),
                "_".join(parts).upper(),
            ]
        )

    n, day = r.randint(1, 99999), r.randint(10, 28)
    month = r.choice(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct"])
    time = f"{r.randint(10, 23)}:{r.randint(10, 59)}:{r.randint(10, 59)}"
    shapes = [
        "def {0}({1}, {2}=None):",
        "    return {0}({1}, {2})",
        "class {0}({1}):",
        "import {0}",
        "from {0} import {1}, {2}",
        "const {0} = await {1}({2});",
        "if ({0} == {1}) {2}();",
        "{0}: {1}  # {2}",
        "SELECT {0}, {1} FROM {2} WHERE {0} = 1;",
        "self.{0} = {1}.{2}",
        "public static {0} {1}({2} x)",
        "{0} | {1} | {2}",
        '"{0}": [{1}, "{2}"],',
        "$ {0} --{1} {2}",
        "// {0} {1} {2}",
        "fn {0}(&self, {1}: {2}) -> Result<{1}>",
        '<{0} class="{1}">{2}</{0}>',
        "# {0} {1} {2}",
        "export default {0};",
        "{0}: Mapping[str, str | t.{1}[{2}]] = False,",
        f"ERROR [{{0}}-3] {{1}}.{{2}} - processed {n} msgs in 32ms",
        f"2026-06-{day} {time},181 INFO [{{0}}-{day}] com.acme.{{1}}.Handler - {{2}}: ok",
        f"{month} {day} {time} node-{day} kernel: [{n}.441] {{0}}-killer: task {{1}} pid {n}",
        f'level=error ts=2026-02-{day}T{time}Z caller={{0}}.go:{n} msg="{{1}} exceeded"',
        f'Traceback: File "/srv/{{0}}/app.py", line {n}, in {{1}} -> ValueError: bad id {n}',
        f"nginx: upstream timed out (110) while reading /v2/{{0}}/{n}?page={day}",
        f"{n};{day}.{n};{n * 7};{n % 977}",
        f"{n}\t{n * 3}\t{day}.5%\t{{0}}",
        f"[[{n}, -{day}], [{day}, {n % 991}]]  # {{0}}",
    ]
    return "\n".join(
        r.choice(shapes).format(name(), name(), name()) for _ in range(r.randint(1, 7))
    )
