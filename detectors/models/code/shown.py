"""What commands show: listings, states, builds, tests, certificates, plans of queries, profiles."""

# ruff: noqa: E501 - a template reads better on one line

import json
import random
import textwrap
from collections.abc import Callable

from detectors.models.code.naming import DOES, NOUNS, camel

type Prose = Callable[[], str]

_FORMS: dict[str, tuple[str, ...]] = {
    "files": ("total {n}", "drwxr-xr-x  {m} {a} {b} {n:>7} {D} {t} {a}", "-rw-r--r--. {m} root root {s} {D} {t} {a}-{m}.{b}", "lrwxrwxrwx 1 root root {m} {D} 20{m}{m} {a} -> {P}", "{n} {P}", "{s}\t{P}", "{P}: ELF 64-bit LSB pie executable, x86-64, dynamically linked, stripped", "{P}: {T} script, ASCII text executable", "  Size: {n}\tBlocks: {m}  IO Block: 4096   regular file", "Access: (0644/-rw-r--r--)  Uid: ({n}/{a})   Gid: ({n}/{b})", "Modify: {d} {t}:{m}{m}.{n} +0{m}00", "{h}  {P}", "{P}:", "d-----   {D}  {t}   {a}", "{D}  {t} PM    <DIR>   {a}", "  {n} File(s)  {n} bytes", "?rw-r--r-- {n} {a}/{b}"),
    "devices": ("Filesystem     1K-blocks    Used Available Use% Mounted on", "/dev/{a}{m}  {n} {n} {n} {m}% /{b}", "tmpfs   {s}  {m}  {s}   {m}% /run/{a}", "{a} on /{b} type {a} (rw,nosuid,relatime,{b}={n})", "               total  used  free  shared  buff/cache  available", "Mem:   {n}  {n}  {n}  {m}  {n}  {n}", "{T}{T}:    {n} kB", "Architecture:   x86_64", "Model name:     {T}(R) {T} CPU @ {f}GHz", "Flags:  fpu vme {a} {b} {a}_{m} sse4_{m}", "NAME  MAJ:MIN RM  SIZE RO TYPE MOUNTPOINTS", "├─{a}{m}  {m}:{m}  0  {s}  0 part /{b}", "{m} {m} {m}:{m} / /{a} rw,relatime shared:{m} - {b} {a} rw,{b}={m}k", "{m}: {n} {n} {n}  IO-APIC {m}-edge  {a}", "{x}-{x} r-xp {x} fe:0{m} {n}  {P}", "{a}  {n}  {m} {b},{a}, Live 0x{x}", "0{m}:0{m}.{m} {T} controller: {T} Corporation {p} (rev 0{m})", "Bus 00{m} Device 00{m}: ID {x} {T}, Inc. {a}", "  {n} {a} {b}", "procs ---memory--- ---swap-- -----io---- -system-- ------cpu-----", " {m}  {m}  {n} {n} {n}  {m}  {m} {n} {n} {m} {m} {m}"),
    "network": ("{m}: {a}{m}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu {n} qdisc {b} state UP group default qlen {n}", "    link/ether {M} brd ff:ff:ff:ff:ff:ff", "    inet {i}/{m} brd {i} scope global dynamic {a}{m}", "       valid_lft {n}sec preferred_lft forever", "    inet6 fe80::{x}/64 scope link", "default via {i} dev {a}{m} proto dhcp src {i} metric {n}", "tcp   LISTEN 0  {n}  {i}:{n}  0.0.0.0:*  users:((\"{a}\",pid={n},fd={m}))", "Netid State  Recv-Q Send-Q Local Address:Port  Peer Address:Port", "{a}.example.  {n}  IN  A  {i}", ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: {n}", ";; flags: qr rd ra; QUERY: {m}, ANSWER: {m}", " {m}  {a}.example ({i})  {f} ms  {f} ms", "{n}/tcp open  {a}  {T} {m}.{m}", "*   Trying {i}:{n}...", "* Connected to {a}.example ({i}) port {n} (#0)", "> GET /{a} HTTP/1.1", "< {a}-{b}: {w}", "* SSL connection using TLSv1.3 / TLS_{A}_{B}", "{i}  {M}  {a}.{b}", "   RX packets {n}  bytes {n} ({f} KiB)", "    RX:  bytes packets errors dropped  missed   mcast", "curl: ({m}) {p}", "Ethernet adapter {T}:", "   IPv4 Address. . . . . . . . . . . : {i}"),
    "processes": ("USER   PID %CPU %MEM    VSZ   RSS TTY  STAT START   TIME COMMAND", "{a}  {n}  {f}  {m}.{m} {n} {n} ?  Ssl  {t}   0:0{m} /usr/sbin/{b} --{a}={n} -{c}", "root  {n}  {n}  0 {t} ?  00:00:0{m} [{a}/{m}:{b}]", "{n} {a}  20  0  {n} {n} S  {m}.{m} {b}", "top - {t}:0{m} up {m} days,  {m} users,  load average: {f}, {f}", "Tasks: {n} total,   {m} running", "%Cpu(s): {f} us, {f} sy, {f} id", "COMMAND  PID USER  FD   TYPE DEVICE SIZE/OFF NODE NAME", "{a} {n} {b} {m}u IPv4 {n} 0t0 TCP *:{n} (LISTEN)", "● {a}.service - {p}", "     Loaded: loaded ({P}; enabled; preset: enabled)", "     Active: active (running) since {d} {t}; {m} days ago", "   Main PID: {n} ({a})", "     CGroup: /system.slice/{a}.service", "             └─{n} /usr/bin/{a} --{b}", "{a}.service   loaded active running {p}", "  \\_ {n} {a}: {b} process", "{n} pts/{m}  00:00:0{m} {a}", "{a}-{h}   {m}/{m}  Running   {m} ({m}d ago)  {n}d", "  Type    Reason   Age   From   Message", "  Warning  {T}{T}  {m}m (x{m} over {m}h)  {a}  {p}"),
    "versions": ("commit {H}", "Author: {T} {T} <{a}@{b}.example>", "Date:   {D} {t}:{m}{m} 20{m}{m} +0{m}00", "    {p}", "", " src/{a}/{b}.py | {n} ++++++++----", " {m} files changed, {n} insertions(+), {m} deletions(-)", "{h7} {p}", "* {h7} ({a}) {p}", "| * {h7} {p}", "|/  ", "On branch {a}", "Your branch is ahead of 'origin/{a}' by {m} commits.", "Changes not staged for commit:", "  (use \"git add <file>...\" to update what will be committed)", "\tmodified:   {a}/{b}.ts", "  remotes/origin/{a}  {h7} {p}", " create mode 100644 {a}/{b}.java", "Merge branch '{a}' into {b}", "remote: Counting objects: 100% ({n}/{n}), done.", "   {h7}..{h7}  {a} -> origin/{a}", "100644 blob {H}\t{P}", "{H} refs/heads/{a}", "{h7} HEAD@{{{m}}}: commit: {p}", "?? {a}/{b}", " M {a}.{b}", "CONFLICT (content): Merge conflict in {a}/{b}.go", "{h7} ({T} {d} {m}) {p}", "r{n} | {a} | {d} {t} | {m} lines"),
    "packages": ("ii  {a}-{b}  {V}  amd64  {p}", "Package: {a}-{b}", "Status: install ok installed", "Depends: {a} (>= {V}), {b}, lib{a}{m} | {b} (<< {V})", "Description: {p}", " {p}", "Setting up {a} ({V}) ...", "Unpacking lib{a}:amd64 ({V}) over ({V}) ...", "Get:{m} http://{a}.example/debian {b}/main amd64 {a} amd64 {V} [{n} kB]", "  Candidate: {V}", " *** {V} {n}", "Collecting {a}>={V} (from {b})", "  Downloading {a}_{b}-{V}-py3-none-any.whl ({n} kB)", "Requirement already satisfied: {a} in {P} (from {b}=={V})", "Successfully installed {a}-{V} {b}-{V}", "added {n} packages, and audited {n} packages in {m}s", "├── {a}@{V}", "│ └─┬ {a}@{V}", "npm warn deprecated {a}@{V}: {p}", "   Compiling {a}-{b} v{V} ({P})", "    Finished dev [unoptimized + debuginfo] target(s) in {f}s", "{a}  {V}  {V}  {V}  {b}", "{a}/stable {V} amd64 [upgradable from: {V}]", "Reading package lists... Done", "{m} upgraded, {m} newly installed, {m} to remove and {n} not upgraded.", "lib{a}{m} | {V} | {b}", "  |Depends: {a}", "Reverse Depends:", "go: downloading {a}.example/{b} v{V}", "[INFO] Downloaded from central: https://{a}.example/{b}.pom ({n} kB at {n} kB/s)"),
    "builds": ("make[{m}]: Entering directory '{P}'", "gcc -O2 -Wall -I{P} -D{A}_{B}={m} -c {a}.c -o {b}.o", "  CC      {a}/{b}.o", "[{m}/{n}] Building CXX object {a}/CMakeFiles/{b}.dir/{a}.cpp.o", "-- Looking for {a}_{b} - found", "checking for {a}.h... yes", "checking whether {a} accepts -{c}... no", "config.status: creating {a}/Makefile", "{P}:{n}:{m}: warning: {p} [-W{a}-{b}]", "{P}:{n}:{m}: error: {p}", "{a}/{b}.py:{n}:{m}: E{n} {p}", "src/{a}.ts({n},{m}): error TS{n}: {p}", "/usr/bin/ld: {a}.o: undefined reference to `{a}_{b}'", "collect2: error: ld returned {m} exit status", "#{m} [{a} {m}/{m}] RUN pip install {b}", "#{m} DONE {f}s", " => CACHED [{a} {m}/{m}] COPY {a} {b}", "Step {m}/{m} : FROM {a}:{V}", " ---> Running in {h}", "> Task :{a}:{b}{T} UP-TO-DATE", "BUILD SUCCESSFUL in {m}s", "[ERROR] Failed to execute goal org.{a}:{b}-plugin:{V}:{a} on project {b}", "asset {a}.js {n} KiB [emitted] [minimized] (name: {b})", "webpack {V} compiled with {m} warnings in {n} ms", "dist/{a}-{h7}.js   {f} kB │ gzip: {f} kB", "✓ {n} modules transformed.", "TASK [{a} : {p}] ****", "changed: [{a}{m}.example]", "{a}{m} : ok={m}  changed={m}  unreachable=0  failed=0", "Plan: {m} to add, {m} to change, 0 to destroy.", "{a}_{b}.{a}: Refreshing state... [id={h}]"),
    "tests": ("{a}/test_{b}.py::test_{a}_{b} PASSED  [ {m}%]", "FAILED tests/test_{a}.py::test_{b}[{a}-{m}] - AssertionError: {p}", "tests/{a}/test_{b}.py: {m} warnings", "======== {m} failed, {n} passed in {f}s ========", "collected {n} items", "test_{a} (tests.{b}.{T}Test.test_{a}) ... ok", "Ran {n} tests in {f}s", "  ✓ {p} ({m} ms)", "  ● {T} › {p}", "PASS src/{a}.test.tsx ({f} s)", "Tests:  {m} failed, {n} passed, {n} total", "--- FAIL: Test{T}{T}/{a}_{b} ({f}s)", "ok  \t{a}.example/{b}/{a}\t{f}s\tcoverage: {f}% of statements", "test {a}::tests::{b}_{a} ... ok", "test result: ok. {n} passed; 0 failed; {m} ignored; finished in {f}s", "[INFO] Tests run: {n}, Failures: {m}, Errors: 0, Time elapsed: {f} s - in com.{a}.{T}Test", "  {m}) {p}:", "    Expected: {m}", "    Received: {n}", "ok {m} - {p}", "not ok {m} - {p}", "# tests {n}", "{a}/{b}.py     {n}   {m}   {m}%   {m}-{n}, {n}->{n}", "Name            Stmts   Miss  Cover   Missing", "Total {a}: {n}", "{n} examples, {m} failures, {m} pending", "  {m} scenarios ({m} failed, {m} passed)", "{T} test: {f} ± {f} ns/iter (+/- {n})"),
    "binaries": ("{x16} T {a}_{b}", "                 U {a}@GLIBC_{m}.{m}", "{x16} g    DF .text  {x}  Base   {a}_{b}", "  [{m}] .{a}  PROGBITS  {x16}  {x}", "  Class:                             ELF64", " 0x{x16} (NEEDED)  Shared library: [lib{a}.so.{m}]", "\tlib{a}.so.{m} => {P} (0x{x16})", "  {m} .{a}   {x}  {x16}  {x16}  {x}  2**{m}", "                  CONTENTS, ALLOC, LOAD, READONLY, CODE", "{x}  {o} {o} {o} {o} {o} {o} {o} {o}  |.{a}..{b}.|", "{x}: {x} {x} {x} {x}  {a}.{b}..", "  LOAD  0x{x} 0x{x16} 0x{x16} R E 0x{n}", "   {n}: {x16}  {n} FUNC    GLOBAL DEFAULT   {m} {a}_{b}", "{a}_{b}", "GLIBC_{m}.{m}", "%s: {p}", "_{a}_{b}@@{A}_{m}.{m}", "{a}: {b}(%d) {a} = %s", "GCC: (Debian {V}) {V}", "{H}{H}", "{o}:{o}:{o}:{o}:{o}:{o}:{o}:{o}:{o}:{o}:{o}:{o}:{o}:{o}:{o}:"),
    "certificates": ("Certificate:", "    Data:", "        Version: 3 (0x2)", "        Signature Algorithm: {a}-with-{b}", "        Issuer: C = {A2}, O = {T} {T}, CN = {T} Root CA {m}", "            Not Before: {D} {t} 20{m}{m} GMT", "                Public-Key: ({n} bit)", "                Modulus:", "                    {o}:{o}:{o}:{o}:{o}:{o}:{o}:{o}:{o}:{o}:{o}:{o}:", "                Exponent: 65537 (0x10001)", "            X509v3 {T} {T}: critical", "                CA:TRUE, pathlen:{m}", "                DNS:{a}.example, DNS:*.{b}.example", "-----BEGIN {A}-----", "{B64}", "{B64}", "{B64}", "-----END {A}-----", "subject=CN = {a}.example", "pub   rsa{n} {d} [SC] [expires: {d}]", "      {H}", "uid           [ultimate] {T} {T} <{a}@{b}.example>", "sub   {a}{m} {d} [E]", "SHA256:{B64} {a}@{b} (ED25519)", "ssh-ed25519 {B64} {a}@{b}", "{A}-{B}-{A}{n}  TLSv1.2  Kx=ECDH  Au=RSA  Enc=AESGCM({n})  Mac=AEAD", "depth={m} C = {A2}, CN = {T}", "SPDXVersion: SPDX-{m}.{m}", "PackageName: {a}-{b}", "SPDXID: SPDXRef-{a}-{b}", "PackageLicenseConcluded: {T}-{m}.0", "Relationship: SPDXRef-{a} DEPENDS_ON SPDXRef-{b}", "FileChecksum: SHA256: {H}{H}"),
    "values": ("{A}_{B}={w}", "{A}={P}:{P}", "{a}.{b}.{a}_{b} = {n}", "{A}_{B}                            {n}", "{a}_{b} -> {w}", "{T} {a}: {w}", "    {a}.{b} = {P}", "  '{a}': '{b}',", " '{A}_{B}': {n},", " '{A}{B}': '-{c} -{a}={b} -I{P}',", "{a}{m}  {n}/tcp  {b}", "{a}:x:{n}:{n}:{p}:{P}:/usr/sbin/nologin", "{a}          \t(-{c}) {n}", "{a}          \toff", "  {a}: '{V}',", "    {a}='{p}'", "    {a}={b}, {a}={b}, {a}=define, {b}=undef", "{a} is {P}", "{a} is a shell builtin", "real\t{m}m{f}s", "{A}: \"{p}\" = {n}", "HKEY_LOCAL_MACHINE\\{T}\\{T}", "    {T}{T}    REG_SZ    {w}", "{T}{T}       : {w}", "{T}{T}       : {{{a}, {b}...}}", "  bound {a} to \"{b}\"", "[\"{a}\", \"{b}\", \"{a} {b}\"]", "redis_{a}:{n}", "# {T}", "used_{a}_{b}:{f}"),
    "paths": ("{P}", "/etc/{a}", "/etc/{a}/{b}.d", "/etc/rc{m}.d/S0{m}{a}", "{a}/{b}/{a}.{b}", "{a} => {P} (0x{x16})", "  {A}-{A}{n} => {A}{n}", "  {a}With{T} => {A}", "  {A}{n}", "./{a}", "{a}.so.{m}", "{A}_{B}_PATH={P}/{b}", "LC_{A}=\"C.UTF-8\"", "{A}=", "HOME=/{a}", "{a}='{b}'", "{a}=define", "    {a}=/{b}", "    {a}libs=-l{a} -l{b} -l{c}", "*{a}:", "%{{{a}:-{b}}} %{{!{c}{m}:-{a}}}"),
    "frames": ("count  {n}  ...  {n}", "unique              {n}  ...   {m}", "top     {p}...  ...  {a}", "freq     {m}  ...   {m}", "mean    NaN  ...    NaN", "25%     {f}   {f}   NaN", "std          NaN          {f}  ...", "{a:<20}  {f}     {b}      NaN", "[{n} rows x {m} columns]", "dtypes: int64({m}), object({m})", " {m}   {a}_{b}    {n} non-null    float64", "{m}   {a}   {w}      {T}      NaN     {d}", "shape: ({n}, {m})", "│ {a} ┆ {b} ┆ {w} │", "│ --- ┆ --- │", "│ str ┆ i64 │", "╞══════╪══════╡", "{a:<12}      {w}          {b}                {w}", "{a}                [\"{a}\", \"{b}\"]        [\"{b}\"]", "{a}      https://{a}.example/      https://{b}.example/", "             {a}      {b}        {a}_{b}      ...", "\x1b(0lqqqqqqwqqqqqqqqk\x1b(B", "\x1b(0x\x1b(B {a} \x1b(0x\x1b(B {n} \x1b(0x\x1b(B", "\x1b[1m{a}\x1b[0m  \x1b[32m{w}\x1b[0m"),
    "times": ("import time: {n:>9} | {n:>10} | {a}.{b}", "import time: self [us] | cumulative | imported package", "   ncalls  tottime  percall  cumtime  percall filename:lineno(function)", "  {n}/{m}  {f}  {f}  {f}  {f} {a}.py:{n}({b})", "        {n} function calls ({n} primitive calls) in {f} seconds", "% time     seconds  usecs/call     calls    errors syscall", " {f}    {f}         {m}      {n}       {m} {a}", "{a}(AT_FDCWD, \"{P}\", O_RDONLY|O_CLOEXEC) = {m}", "{a}({m}, \"\\177ELF\\2\\1\\1\\0\\0\"..., {n}) = {n}", "mmap(NULL, {n}, PROT_READ, MAP_PRIVATE, {m}, 0) = 0x{x}", "--- SIGCHLD {{si_signo=SIGCHLD, si_pid={n}}} ---", "+++ exited with 0 +++", "    {f}%  {a}  lib{b}.so  [.] {a}_{b}", "      flat  flat%   sum%   cum   cum%", "    {f}s {f}% {f}%  {f}s {f}%  {a}.(*{T}).{b}", "Benchmark{T}-{m}   {n}   {n} ns/op  {n} B/op  {m} allocs/op", "  Thread Stats   Avg  Stdev  Max  +/- Stdev", "    Latency  {f}ms  {f}ms  {f}ms  {f}%", "Requests/sec:  {f}", "{n} loops, best of {m}: {f} usec per loop", "Time (mean ± σ):  {f} ms ± {f} ms  [User: {f} ms]", "(gdb) #{m} 0x{x16} in {a}_{b} () from {P}", "==_{n}== {n} bytes in {m} blocks are definitely lost in loss record {m} of {n}", "Python           {n}   {n}   {n}   {n}"),
}  # fmt: skip
"""Lines of commands of one sort; a text takes from a few of them."""

_HELP = ("Usage: {a} [OPTION]... {A}...", "usage: {a} [-{c}] [--{b} {B}] <{a}> [<{b}>...]", "{p}", "Options:", "  -{c}, --{a}-{b}={B}     {p}", "      --{a}[={B}]   {p}", "  --no-{a}  {p} (default: {w})", "Commands:", "  {a}          {p}", "    {a}, {b}   {p}", "                           {p}", "  -{a}:<{b}>   {p}", "  -{c} {A}, --{b} {A}", "          {p} [default: {w}] [possible values: {a}, {b}]", "-{a}={b}   {p}", ".{a} {b} ?{A}?     {p}", "  {A}: {p}", "Environment variables:", "  {A}_{B}   {p}", "Report bugs to <{a}@{b}.example>.", "See '{a} help <command>' for more.", "{a} {V} ({b}) lib{a}/{V} {b}/{V}", "Features: alt-{a} {b} {A}", "License GPLv3+: {p}", "   {a} [--{b}] -- {a}:{b}", "   start a {a} area (see also: {a} help {b})", "Available Commands:", "Flags:", "      --{a}-{b} string   {p}", "-{c}     : {p}", "-{c} {a} : {p}; also {A}={m}", "       {a} [options] -{c} <{a}>[/<{b}>] [args...]", "           ({p})", "  --{a}=...      {p}", "  --{a}-{b}[=[{a}:]{b}] {p}", "    --{a}-{b} <{a} {b}>...", "  -{c}      {p};", ".{a} ?{A}?       {p}", "                  {p}", "  or:  {a} [OPTION]... --{b}={A}", "                              {a} -{c}, {b}-{a} -{c}, {a} -{c}", "  -{c}|--{a} <{b}> [<{a}>...]   {p}", "  -{c} --{a}={{{b},{c},{m}}}  {p}", "  --{A}_{b}   {p} \"-{c}\" {p}", "  %{c}   {p}", "  \\{c}   {p}", " -{c} - --{a}   {p}", "  @<{a}>   {p}", "  --{a} {{on|off}}  {p}; \"{b}\"", "  [{c}] - {p} ({a} {b})", "  -m{a}-{b}=[no|yes] (default: {w})", "  <{a}>:<{b}>  {p}")  # fmt: skip


def _filled(form: str, prose: Prose, r: random.Random) -> str:
    a, b = r.sample(NOUNS, 2)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return form.format(
        a=a, b=b, A=a.upper(), B=b.upper(), T=a.title(), c=r.choice("abcdfhnrvx"), n=r.choice((r.randint(10, 999), r.randint(0, 10**7))), m=r.randint(0, 9), f=f"{r.uniform(0, r.choice((1, 99, 9999))):.2f}",
        p=prose()[: r.choice((12, 40, 70))], w=r.choice(("yes", "no", "true", "none", b, str(r.randint(0, 99)), "N/A")), P=r.choice((f"/usr/lib/{a}/{b}", f"/home/{a}/{b}.{a}", f"./{a}/{b}", f"/{a}", f"C:\\{a}\\{b}.dll")),
        s=f"{r.randint(1, 999)}{r.choice(('K', 'M', 'G', ' kB', ''))}", D=f"{r.choice(('Jan', 'Mar', 'Jun', 'Oct'))} {r.randint(1, 28):2}", d=f"20{r.randint(10, 26)}-0{r.randint(1, 9)}-{r.randint(10, 28)}", t=f"{r.randint(0, 23):02}:{r.randint(10, 59)}",
        i=f"192.0.2.{r.randint(1, 254)}", M=":".join(f"{r.getrandbits(8):02x}" for _ in range(6)), V=f"{r.randint(0, 9)}.{r.randint(0, 40)}.{r.randint(0, 9)}{r.choice(('', '', '-1', '-2+deb12u1', 'rc1'))}",
        h=f"{r.getrandbits(48):012x}", h7=f"{r.getrandbits(28):07x}", H=f"{r.getrandbits(160):040x}", x=f"{r.getrandbits(32):08x}", x16=f"{r.getrandbits(44):016x}", o=f"{r.getrandbits(8):02x}", A2=a[:2].upper(), B64="".join(r.choices(letters, k=64)),
    ).rstrip()  # fmt: skip


_ASKED = ("{a}", "{a} {b}", "{a} -{c}", "{a} --{b}", "sudo {a} {b}", "{a} -{c} {P}", "Get-{T}", "Get-{T} -{T} {b}", "{a}ctl {b}", "{a}.exe /{b}", "{a} | head -{m}")  # fmt: skip
"""Commands too short to be code; what follows is what they printed."""


def command(prose: Prose, r: random.Random) -> str:
    """Some lines that a command printed, at times below the command."""
    forms = _FORMS[r.choice(sorted(_FORMS))]
    few = r.sample(forms, r.choice((1, 1, 2, 3, 5)))
    size = r.choice((1, 2, 3, 5, 8, 12, 20, 30))
    ordered = r.random() < 0.3
    start = r.randrange(len(forms))
    out = [
        _filled(forms[(start + n) % len(forms)] if ordered else r.choice(few), prose, r)
        for n in range(size)
    ]
    if size > 1 and r.random() < 0.3:
        mark = r.choice(("$ ", "# ", "> ", "PS C:\\> ", "C:\\>", "% ", "user@host:~$ ", "❯ "))
        out.insert(0, mark + _filled(r.choice(_ASKED), prose, r))
    return "\n".join(out)


def answered(prose: Prose, r: random.Random) -> str:
    """A short command at a prompt and a sentence for an answer."""
    mark = r.choice(("$ ", "# ", "> ", "PS C:\\> ", "PS> ", "C:\\>", "% ", "root@host:/# "))
    rows = []
    for _ in range(r.randint(1, 3)):
        rows += [mark + _filled(r.choice(_ASKED), prose, r), *(prose() for _ in range(r.randint(1, 3)))]  # fmt: skip
    return "\n".join(rows)


def help_page(prose: Prose, r: random.Random) -> str:
    """Options and commands of a program, as its help and its manual have them."""
    few = r.sample(_HELP, r.choice((2, 3, 5, 8)))
    return "\n".join(_filled(r.choice(few), prose, r) for _ in range(r.choice((2, 4, 8, 15, 25))))


def manual(prose: Prose, r: random.Random) -> str:
    """Parts of a page of a manual as terminals show it: its edges, headings, lists of other pages."""
    a, b = r.sample(NOUNS, 2)
    name = r.choice((f"{a}-{b}", a, f"{a.title()}::{b.title()}::{camel(r)}", f"{a}_{b}.conf", f"{a}-{b}.service"))  # fmt: skip
    edge = f"{r.choice((name, name.upper()))}({r.choice('1358')}{r.choice(('', '', 'pm', 'ssl'))})"
    book = r.choice(("User Commands", f"{a.title()} Manual", "User Contributed Perl Documentation", "File Formats Manual", "", "System Manager's Manual"))  # fmt: skip
    pad, width = r.choice((("       ", 76), ("       ", 110), ("     ", 70), ("", 78)))
    pages = (f"{r.choice(NOUNS)}{r.choice(('', '-' + r.choice(NOUNS)))}({r.randint(1, 8)})" for _ in range(r.randint(1, 14)))  # fmt: skip
    parts = [
        f"{edge}{book.center(r.randint(30, 70))}{edge}",
        f"NAME\n{pad}{name} {r.choice('-–')} {prose()[:60]}",
        f"SYNOPSIS\n{pad}{name} [-{a[0]} <{b}>] [--[no-]{a}] [--{b}[=<{a}>]] <{a}>... [--] {b.upper()}",
        f"DESCRIPTION\n{_set(prose() + ' ' + prose(), pad, width)}",
        f"SEE ALSO\n{_set(', '.join(pages), pad, width)}",
        f"AUTHOR\n{pad}{a.title()} {b.title()} <{a}@{b}.example>",
        f"{pad}{r.choice(('-', '--'))}{a}{r.choice(('', f'=<{b}>', f' {b.upper()}', '[=false]'))}\n{_set(prose(), pad * 2, width)}",
        f"{pad}{a}_{b} (see '{a} -{b[0]}' output)\n{_set(prose(), pad * 2, width)}",
        f"   {a.title()} {b.title()}\n{_set(prose(), pad, width)}",
        f"{pad}\"{a}_{b}()\", {camel(r)}::{b} {prose()[:40]}\n",
        f"perl v5.{r.randint(20, 40)}.0 {' ' * 30} 20{r.randint(10, 26)}-0{r.randint(1, 9)}-11 {' ' * 20} {edge}",
        f"{a.title()} {r.randint(1, 9)}.{r.randint(0, 40)} {' ' * 30} {r.choice(('May', 'June'))} 20{r.randint(10, 26)} {' ' * 24} {edge}",
    ]  # fmt: skip
    first = r.choice((0, 0, r.randrange(len(parts))))
    chosen = parts[first : first + r.choice((1, 2, 3, 5))]
    if r.random() < 0.3:
        r.shuffle(chosen)
    return r.choice(("\n\n", "\n\n", "\n")).join(chosen)


def _set(text: str, pad: str, width: int) -> str:
    return textwrap.fill(text, width, initial_indent=pad, subsequent_indent=pad)


def plan(r: random.Random) -> str:
    """How a database carries out a query: as text, as a table, as JSON."""
    kind, out = r.randint(0, 5), []
    for depth in range(r.randint(2, 9)):
        a, b, rows, cost = r.choice(NOUNS), r.choice(NOUNS), r.randint(1, 99999), f"{r.uniform(0, 9999):.2f}"  # fmt: skip
        pad = "      " * min(depth, 5)
        actual = f" (actual time={r.uniform(0, 9):.3f}..{r.uniform(9, 99):.3f} rows={rows} loops={r.randint(1, 9)})" * (kind == 0)  # fmt: skip
        if kind <= 1:
            node = r.choice(("Seq Scan on {a}", "Index Scan using {a}_{b}_idx on {a} {b}", "Index Only Scan using {a}_pkey on {a}", "Hash Join", "Hash Left Join", "Hash", "Sort", "Nested Loop", "HashAggregate", "GroupAggregate", "Bitmap Heap Scan on {a}", "Bitmap Index Scan on {a}_idx", "Merge Join", "Limit", "Gather Merge", "Materialize", "CTE Scan on {a}", "Append", "WindowAgg", "Subquery Scan on {a}", "Parallel Seq Scan on {a} {b}")).format(a=a, b=b)  # fmt: skip
            out.append(f"{pad[:-4]}{'->  ' * (depth > 0)}{node}  (cost={r.uniform(0, 9):.2f}..{cost} rows={rows} width={r.randint(4, 200)}){actual}")  # fmt: skip
            if r.random() < 0.5:
                out.append(pad + r.choice((
                    f"  Filter: (({a})::text = '{b}'::text)", f"  Index Cond: (id = {a}.{b}_id)", f"  Hash Cond: ({a}.{b}_id = {b}.id)", f"  Sort Key: {a}.{b} DESC", f"  Rows Removed by Filter: {rows}", f"  Buffers: shared hit={rows} read={r.randint(0, 99)}",
                    f"  Group Key: {a}.{b}", f"  Recheck Cond: ({a} > {rows})", "  Sort Method: quicksort  Memory: 25kB", f"  Workers Planned: {depth}", f"  Join Filter: ({a}.{b} <> {b}.{a})", f"  Output: {a}.id, {a}.{b}, count(*)", f"  Heap Blocks: exact={rows}", f"  Filter: (({b} >= '2025-01-01'::date) AND ({a} IS NOT NULL))",
                )))  # fmt: skip
        elif kind == 2:
            out.append(f"{'   ' * depth}{r.choice(('|--', '`--'))}{r.choice(('SCAN', 'SEARCH'))} {a} USING {r.choice(('INDEX', 'COVERING INDEX', 'INTEGER PRIMARY KEY'))} {b}_ix ({a}=? AND {b}>?)")  # fmt: skip
        elif kind == 3:
            out.append(f"|{'*' * r.randint(0, 1):1} {depth:2} | {' ' * depth}{r.choice(('TABLE ACCESS FULL', 'INDEX RANGE SCAN', 'HASH JOIN', 'SORT GROUP BY', 'NESTED LOOPS', 'TABLE ACCESS BY INDEX ROWID')):<28} | {a.upper():<14} | {rows:>6} | {r.randint(1, 99)}K | {r.randint(1, 900)} ({r.randint(0, 9)})| 00:00:01 |")  # fmt: skip
        elif kind == 4:
            out.append(f"| {depth} | SIMPLE | {a} | NULL | {r.choice(('ALL', 'ref', 'eq_ref', 'range', 'index'))} | PRIMARY,{b} | {b} | {r.randint(4, 200)} | shop.{a}.{b}_id | {rows} | {r.uniform(0, 100):.2f} | {r.choice(('Using where', 'Using index', 'Using temporary; Using filesort', 'NULL'))} |")  # fmt: skip
        else:
            out.append(f"{'    ' * depth}-> {r.choice(('Filter', 'Table scan on', 'Inner hash join', 'Nested loop inner join', 'Sort', 'Index lookup on', 'Aggregate'))} {a} ({b}_id={a}.id)  (cost={cost} rows={rows})")  # fmt: skip
    if kind <= 1:
        out += [f"Planning Time: {r.uniform(0, 9):.3f} ms", f"Execution Time: {r.uniform(0, 999):.3f} ms"][: r.randint(0, 2)]  # fmt: skip
        out = ["QUERY PLAN", "-" * 60, *(" " + line for line in out)] if r.random() < 0.3 else out
    if kind == 1 and r.random() < 0.3:
        return json.dumps([{"Plan": {"Node Type": "Seq Scan", "Relation Name": r.choice(NOUNS), "Total Cost": r.randint(1, 999), "Filter": f"({r.choice(NOUNS)} = {r.randint(1, 9)})"}}], indent=2)  # fmt: skip
    if kind == 3 and r.random() < 0.5:
        out += ["", "Predicate Information (identified by operation id):", f"   2 - access(\"{r.choice(NOUNS).upper()}\".\"ID\"=\"{r.choice(NOUNS).upper()}\".\"ID\")", f"   3 - filter(\"{r.choice(NOUNS).upper()}\">=TO_DATE('2025-01-01'))"]  # fmt: skip
    return "\n".join(out)


def frames(prose: Prose, r: random.Random) -> str:
    """Errors and the calls that led to them, without a line of source."""
    kind, out = r.randint(0, 7), []
    for n in range(r.randint(1, 12)):
        a, b, line = r.choice(NOUNS), r.choice(NOUNS), r.randint(1, 999)
        out.append((
            f"    at {r.choice(('', 'async '))}{r.choice((camel(r) + '.' + b, 'Object.<anonymous>', b, 'Module._compile', 'new ' + camel(r)))} ({r.choice(('node:internal/' + a, '/app/' + a + '/' + b + '.js', 'file:///srv/' + a + '.mjs', 'webpack-internal:///./' + a + '.tsx'))}:{line}:{n + 3})",
            f"    at {r.choice(('node:internal/', '/home/' + a + '/'))}{b}:{line}:{n + 1}",
            f"\tfrom {a}/{b}.rb:{line}:in `{r.choice(DOES)}_{a}'", f"/usr/lib/ruby/{a}.rb:{line}:in '{camel(r)}#{r.choice(DOES)}': {prose()[:40]} ({camel(r)}Error)",
            f"  ({a}) {b}.erl:{line}: {a}:{r.choice(DOES)}/{n}", f"#{n}  {a}.{r.choice(DOES)} (package:{b}/{a}.dart:{line}:{n + 2})",
            f"        at {a}.{b}@{n}.{n}/{camel(r)}.{r.choice(DOES)}({r.choice((camel(r) + '.java:' + str(line), 'Unknown Source', 'Native Method', camel(r) + '.kt'))})",
            f"{n} {a.title()}Kit   0x{r.getrandbits(44):016x} -[{camel(r)} {r.choice(DOES)}:] + {line}",
        )[kind])  # fmt: skip
    head = r.choice(("", f"{camel(r)}Error: {prose()[:60]}", f"Uncaught {camel(r)}Exception: {prose()[:40]}", f"Error: {prose()[:50]}\n  code: '{r.choice(NOUNS).upper()}',\n  errno: -{r.randint(1, 99)}"))  # fmt: skip
    tail = r.choice(("", "", f"Node.js v{r.randint(12, 24)}.{r.randint(0, 20)}.0", f"    ... {r.randint(2, 40)} more", f"Caused by: {camel(r)}Exception: {prose()[:40]}", f"{{\n  errno: -2,\n  syscall: '{r.choice(NOUNS)}',\n  path: '/{r.choice(NOUNS)}'\n}}"))  # fmt: skip
    return "\n".join(part for part in (head, *out, tail) if part)
