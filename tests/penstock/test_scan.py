"""`penstock scan` as a process: lines, files, directories, and whatever else people have."""

import base64
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from penstock.model import Action
from penstock.scan import Scanned, files_under
from penstock.unread import NOT_TEXT
from policy.engine import unanswered
from policy.schema import Policy
from tests.detectors.documents import made
from tests.penstock.conftest import Command, Ran

CARD = "pay with 4111 1111 1111 1111"


def lines(*documents: Any) -> bytes:
    return b"".join(
        d if isinstance(d, bytes) else json.dumps(d).encode() + b"\n" for d in documents
    )


def policy(folder: Path) -> str:
    path = folder / "p.yaml"
    path.write_text(
        "name: p\nmode: monitor\nrules:\n"
        "  - {id: no-cards, why: w, when: {data: [pci.*]}, then: block}\n"
        "  - {id: no-addresses, why: w, when: {data: [pii.email]}, then: redact}\n"
        "  - {id: not-in-chats, why: w, when: {data: [fin.iban], category: [chat]}, then: warn}\n"
        f"examples:\n  - {{sent: {CARD}, expect: warn}}\n"
    )
    return str(path)


def test_a_line_out_for_each_line_in_whatever_it_is(process: Command, tmp_path: Path) -> None:
    encoded = base64.b64encode(CARD.encode()).decode()
    ran = process(
        *("scan", "--jsonl", "--policy", policy(tmp_path), "--jobs", "2"),
        stdin=lines(
            {"id": "card", "text": CARD},
            b"not json\n",
            b"\n",
            {"id": 7, "text": ""},
            {"id": "b64", "text_b64": encoded},
            {"id": "bad", "text_b64": "!"},
            {"id": "none"},
            ["a", "list"],
            {"id": "groups", "text": "x", "groups": "sales"},
            {"id": "odd", "text": "half \ud83d of a pair, mail ana.lee@corp.example"},
            b'{"id": "cut", "text": "\xff"}\n',
            b'{"id": "last", "text": "no line end"}',
        ),
    )
    found = [json.loads(line) for line in ran.out.splitlines()]

    assert ran.code == 3
    assert ran.err == ""
    assert [f["id"] for f in found] == [
        *("card", None, None, 7, "b64", None, None, None, None, "odd", None, "last")
    ]
    assert [f.get("line") for f in found if f["id"] is None] == [2, 3, 6, 7, 8, 9, 11]
    (card,) = found[0]["findings"]
    assert (card["class"], card["start"], card["end"]) == ("pci.card_number", 9, 28)
    assert found[0]["action"] == "block"
    assert "redacted" not in found[0]
    assert found[4]["findings"] == found[0]["findings"]
    assert found[5]["error"] == "`text_b64` is not base64 of UTF-8"
    assert found[8]["error"] == "`groups` must be a list of strings"
    assert found[9]["redacted"] == "half \ud83d of a pair, mail [EMAIL_1]"
    assert found[11]["findings"] == []


def test_a_service_in_a_line_has_the_category_that_rules_ask_for(
    penstock: Command, tmp_path: Path
) -> None:
    text = "to DE89 3704 0044 0532 0130 00"
    documents = ({"id": i, "text": text, "service": s} for i, s in enumerate(("chatgpt", "no")))
    (tmp_path / "in.jsonl").write_bytes(lines(*documents, {"id": 2, "text": text}))
    ran = penstock(
        *("scan", "--jsonl", "--policy", policy(tmp_path), "--jobs", "1", tmp_path / "in.jsonl")
    )

    assert ran.code == 0
    actions = [json.loads(line)["action"] for line in ran.out.splitlines()]
    assert actions == ["warn", "allow", "allow"]


def test_results_come_while_the_input_is_still_open_and_ctrl_c_ends_it(state: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "penstock.cli", "scan", "--jsonl", "--jobs", "2"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        # a suite that runs in the background has it ignored, and children inherit that
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    for number in range(3):
        process.stdin.write(lines({"id": number, "text": "hello"}))
        assert json.loads(process.stdout.readline())["id"] == number
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=90)

    assert (process.returncode, out, err) == (130, b"", b"")


def test_an_empty_file_is_no_finding(penstock: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert penstock("scan", "--jsonl", "--jobs", "1", "empty") == Ran(0, "", "")
    assert penstock("scan", "--jobs", "1", "empty").err == "0 findings in 1 file\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    (tree / "sub").mkdir(parents=True)
    (tree / "node_modules").mkdir()
    (tree / "a.txt").write_text(f"first\nsecond: {CARD}\n")
    (tree / "picture.bin").write_bytes(b"\x89PNG\0\1\2")
    (tree / "sub" / "wide.txt").write_text(f"π {CARD}", "utf-16")
    (tree / "sub" / "odd\n\x1bname").write_text("nothing")
    (tree / "node_modules" / "ignored.txt").write_text(CARD)
    os.mkfifo(tree / "pipe")
    return tree


def test_files_of_a_directory_are_scanned_with_places(process: Command, tree: Path) -> None:
    ran = process("scan", "tree", "--jobs", "2")

    assert ran.code == 1
    assert [line.split(", ")[0] for line in ran.out.splitlines()] == [
        "tree/a.txt:2:18: pci.card_number: Payment card number",
        "tree/sub/wide.txt:1:12: pci.card_number: Payment card number",
    ]
    assert ran.err.splitlines() == [
        f"tree/picture.bin: not scanned: {NOT_TEXT}",
        "2 findings in 2 of 4 files, 1 of them not scanned, or not all of it",
        "if these files were sent, the policy `default` would block 2, but it only watches "
        "(`mode: monitor`): all would pass; what it says of each file: --policy default",
    ]


ACME = """\
rules:
  - id: custom.acme_project
    name: Acme project number
    source: https://acme.example/projects
    pattern: '\\bACME-[0-9]{4}\\b'
    confidence: 0.95
    hits: ['about «ACME-2048»']
    misses: ['ACME-20']
"""


def test_what_a_rule_is_called_is_shown_to_those_who_read(
    penstock: Command, tmp_path: Path
) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "acme.yaml").write_text(ACME)
    (tmp_path / "penstock.yaml").write_text("detection: {rules: [rules], names: false}\n")
    text = "this is about ACME-2048"
    (tmp_path / "a.txt").write_text(f"{text}\n")

    [line] = penstock("scan", "a.txt", "--jobs", "1").out.splitlines()
    assert line == "a.txt:1:15: custom.acme_project: Acme project number, 0.95"
    [found] = penstock("scan", "a.txt", "--jobs", "1", "--json").json["findings"]
    assert found["name"] == "Acme project number"
    [result] = penstock("scan", "a.txt", "--jobs", "1", "--sarif").json["runs"][0]["results"]
    assert result["message"]["text"] == "looks like: Acme project number"
    said = penstock("policy", "explain", text).out
    assert "  found custom.acme_project (Acme project number) at 1:15, 9 characters" in said
    assert ", by a rule of your own (personal-data@" in said
    [found] = penstock("policy", "explain", text, "--json").json["findings"]
    assert found["name"] == "Acme project number"


def test_a_line_says_what_is_published_and_what_the_policy_asks_for(
    penstock: Command, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("\npay with 4539 1488 0343 6467\n")
    (tmp_path / "b.txt").write_text(f"{CARD}\n")
    (tmp_path / "c.txt").write_text("nothing\n")
    (tmp_path / "d.txt").write_text("server: https://10.20.0.4:6443\n")

    [private] = penstock("scan", "d.txt", "--jobs", "1").out.splitlines()
    assert private.endswith(", an example or of a private network")
    (tmp_path / "d.txt").unlink()
    plain = penstock("scan", "a.txt", "b.txt", "c.txt", "--jobs", "1").out.splitlines()
    assert [line.partition(":")[0] for line in plain] == ["a.txt", "b.txt"]
    assert [line.endswith(", a published example") for line in plain] == [False, True]
    ran = penstock("scan", "a.txt", "b.txt", "c.txt", "--jobs", "1", "--policy", "strict")
    said = ran.out.splitlines()
    assert [line for line in said if line not in plain] == [
        "a.txt: block, by cards-never-leave",
        "b.txt: block, by cards-never-leave",
        "c.txt: allow, by the default",
    ]
    watching = penstock("scan", ".", "--jobs", "1", "--policy", "default").out.splitlines()
    assert [line for line in watching if ", by " in line] == [
        f"{name}: block, by cards-never-leave; the policy only watches"
        for name in ("a.txt", "b.txt")
    ]
    told = penstock("scan", "c.txt", "--json", "--policy", "strict").json["actions"]
    assert told == [{"file": "c.txt", "action": "allow", "rules": []}]


def test_sarif_has_what_code_hosts_ask_for(penstock: Command, tree: Path) -> None:
    ran = penstock("scan", "tree", "--sarif", "--jobs", "1")
    (run,) = ran.json["runs"]

    assert ran.code == 1
    assert ran.json["version"] == "2.1.0"
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert {r["ruleId"] for r in run["results"]} == rules == {"pci.card_number"}
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "tree/a.txt"
    assert place["region"] == {
        "startLine": 2, "startColumn": 18, "charOffset": 23, "charLength": 19
    }  # fmt: skip
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["level"] == "note"
    assert CARD not in ran.out


def test_what_was_named_and_not_scanned_is_exit_code_3(penstock: Command, tree: Path) -> None:
    Path("penstock.yaml").write_text("proxy: {max_body_bytes: 1024}\n")
    (tree / "large.txt").write_text("x" * 2000)
    ran = penstock("scan", "tree/large.txt", "tree/picture.bin", "--json", "--jobs", "1")

    assert ran.code == 3
    assert [u["reason"] for u in ran.json["unread"]] == [
        "larger than 1024 bytes (`proxy.max_body_bytes`)",
        NOT_TEXT,
    ]


def test_documents_are_read_and_what_is_sealed_in_one_is_named(
    penstock: Command, tmp_path: Path
) -> None:
    inner = made.zipped({"deep/c.txt": f"first\nsecond {CARD}".encode()})
    files = {"a.pdf": made.pdf("x", password="y"), "b.docx": made.docx(CARD), "c.zip": inner}
    (tmp_path / "sent.zip").write_bytes(made.zipped(files))
    ran = penstock("scan", "sent.zip", "--json", "--jobs", "1")

    assert ran.code == 1
    assert [(f["class"], f["member"], f["line"], f["column"]) for f in ran.json["findings"]] == [
        ("pci.card_number", "b.docx", 1, 10),
        ("pci.card_number", "c.zip!deep/c.txt", 2, 17),
    ]
    lines = penstock("scan", "sent.zip", "--jobs", "1").out.splitlines()
    assert lines[1].startswith("sent.zip!c.zip!deep/c.txt:2:17: pci.card_number: ")
    sarif = penstock("scan", "sent.zip", "--sarif", "--jobs", "1").json["runs"][0]["results"][1]
    (name,) = sarif["locations"][0]["logicalLocations"]
    assert name == {"fullyQualifiedName": "c.zip!deep/c.txt"}
    sealed = "encrypted (a.pdf in it): remove the password"
    assert ran.json["unread"] == [{"file": "sent.zip", "reason": sealed}]


def test_a_file_that_is_missing_does_not_hide_what_others_hold(
    penstock: Command, tree: Path
) -> None:
    ran = penstock("scan", "tree/a.txt", "nofile", "--jobs", "1")

    assert ran.code == 1
    assert ran.out.startswith("tree/a.txt:2:18: pci.card_number: ")
    assert ran.err.splitlines()[0] == "nofile: not scanned: No such file or directory"
    assert penstock("scan", "tree/sub/odd\n\x1bname", "nofile", "--jobs", "1").code == 3


def test_json_says_once_for_each_file_what_would_be_done(penstock: Command, tmp_path: Path) -> None:
    (tmp_path / "two.txt").write_text(f"{CARD}\n{CARD} to a.b@corp.example")
    ran = penstock("scan", "two.txt", "--json", "--policy", policy(tmp_path), "--jobs", "1")

    assert ran.json["actions"] == [{"file": "two.txt", "action": "block", "rules": ["no-cards"]}]
    assert len(ran.json["findings"]) == 3
    assert not any("action" in finding for finding in ran.json["findings"])


def test_a_directory_that_cannot_be_listed_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    found = list(files_under([tmp_path / "a", Path("/proc/self/task/nobody"), tmp_path]))

    assert found == [tmp_path / "a", Path("/proc/self/task/nobody"), tmp_path / "a"]
    refused = [f for f in files_under([Path("/proc/1/map_files")]) if isinstance(f, Scanned)]
    assert all(f.unread for f in refused)


def test_explain_says_why(penstock: Command, tmp_path: Path) -> None:
    ran = penstock("policy", "explain", CARD, "--policy", policy(tmp_path), "--service", "chatgpt")

    assert ran.code == 0
    assert ran.out.startswith("action: block (monitor mode: only recorded)\n")
    assert "pci.card_number (Payment card number) at 1:10, 19 characters" in ran.out


CODE = """\
def total(items: list[Item]) -> Decimal:
    subtotal = sum(item.price * item.quantity for item in items)
    if subtotal > Decimal("100"):
        return subtotal * Decimal("0.95")
    return subtotal
"""
AWAY = "the settings name no internal model `internal` under `models`"


def test_where_no_model_can_answer_it_is_said_what_the_proxy_does_instead(
    penstock: Command, process: Command
) -> None:
    Path("a.py").write_text(CODE)
    explain = ("policy", "explain", "--policy", "strict", CODE)

    said = penstock(*explain).out.splitlines()
    assert said[0] == f"action: block (the rules ask for redirect, but {AWAY})"
    told = penstock(*explain, "--json").json
    assert (told["action"], told["proxy"]["action"]) == ("redirect", "block")
    lines = penstock("scan", "--policy", "strict", "--jobs", "1", "a.py").out.splitlines()
    by = "a.py: redirect, by source-code-stays-inside"
    assert lines[1] == f"{by}; the proxy would block: {AWAY}"
    (told,) = penstock("scan", "--policy", "strict", "--json", "a.py").json["actions"]
    assert (told["action"], told["proxy"], told["because"]) == ("redirect", "block", AWAY)
    ran = process("scan", "--policy", "strict", "--jsonl", stdin=b'{"id": 1, "text": "hello"}\n')
    assert f"`source-code-stays-inside` redirects the proxy would block: {AWAY}" in ran.err

    Path("penstock.yaml").write_text("models: {internal: {base_url: 'http://m/v1', model: m}}\n")
    assert penstock(*explain).out.startswith("action: redirect\n")
    assert penstock("scan", "--policy", "strict", "a.py").out.splitlines()[1] == by


def test_a_rule_may_fall_back_to_redacting() -> None:
    rule = {"id": "a", "why": "x", "when": {}, "then": "redirect", "to": "m", "fallback": "redact"}
    policy = Policy.model_validate({"name": "p", "rules": [rule], "examples": []})

    assert unanswered(policy, ("a",), ())[0] is Action.REDACT  # type: ignore[index]
    assert unanswered(policy, ("a",), ("m",)) is None
    assert unanswered(policy, (), ()) is None
    assert unanswered(policy.model_copy(update={"mode": "monitor"}), ("a",), ()) is None


def test_a_prompt_that_is_the_name_of_a_file_gets_a_hint(penstock: Command) -> None:
    Path("a.txt").write_text(CARD)

    ran = penstock("policy", "explain", "a.txt")
    assert ran.out.startswith("action: allow\n")
    assert "note: `a.txt` is read as a prompt, not as the file of that name" in ran.err
    assert "policy explain - < a.txt" in ran.err
    assert penstock("policy", "explain", "x" * 5000).err == ""


def test_the_examples_of_a_policy_are_run(penstock: Command, tmp_path: Path) -> None:
    ran = penstock("policy", "test", policy(tmp_path))

    assert ran.code == 1
    assert ran.out == f"{tmp_path}/p.yaml: example 1: expected `warn`, got `block` by no-cards\n"
    assert ran.err == "0 of 1 examples hold\n"


def test_an_unknown_service_is_a_mistake(penstock: Command) -> None:
    ran = penstock("policy", "explain", "hello", "--service", "chatgtp")

    assert ran.code == 2
    assert "did you mean `chatgpt` or `" in ran.err
    far = penstock("scan", "--service", "qqq", "-")
    assert far.code == 2
    assert far.err.endswith("all of them: penstock services list; see: penstock scan --help\n")
