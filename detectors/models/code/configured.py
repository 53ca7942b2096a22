"""Configuration: one tree of settings in many notations, and formats with a syntax of their own."""

# ruff: noqa: E501 - a template reads better on one line

import json
import plistlib
import random
import re
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

import yaml

from detectors.models.code.naming import DOES, NOUNS

_KEYS = ("name", "version", "enabled", "host", "port", "path", "timeout", "level", "type", "image", "env", "labels", "replicas", "mode", "format", "include", "exclude", "rules",
         "on", "jobs", "steps", "uses", "with", "if", "default", "description", "required", "output", "target", "strict", "extends", "plugins", "scripts", "volumes", "ports",
         "command", "args", "metadata", "spec", "template", "containers", "tags", "tasks", "hosts", "vars", "when", "for", "class", "static", "import", "return", "private", "interval")  # fmt: skip
_WORDS = ("true", "false", "yes", "no", "on", "off", "none", "auto", "info", "debug", "warn", "always", "never", "latest", "local0", "strict", "default")  # fmt: skip


def _noun(r: random.Random) -> str:
    return r.choice(NOUNS)


def _path(r: random.Random) -> str:
    return r.choice(("/etc/{}/{}.conf", "/var/log/{}/{}.log", "/usr/lib/{}/{}", "/run/{}/{}.sock", "./{}/{}.json", "${{{}}}/{}", "~/.{}/{}", "/{}/**/*.{}", "C:\\{}\\{}", "src/{}/*.{}")).format(_noun(r), _noun(r))  # fmt: skip


def _scalar(prose: Callable[[], str], r: random.Random) -> Any:
    """A value as settings have them."""
    return r.choice((
        r.randint(0, 9999), r.randint(0, 9999), r.random() < 0.5, r.random() < 0.5, _noun(r), f"{_noun(r)}-{_noun(r)}", _path(r), " ".join(prose().split()[: r.randint(2, 9)]), r.choice(_WORDS),
        f"{r.randint(1, 90)}{r.choice(('s', 'm', 'ms', 'MiB', 'k', '%', 'h', 'd', 'px'))}", f"{r.choice(('^', '~', '>=', '', 'v'))}{r.randint(0, 20)}.{r.randint(0, 40)}.{r.randint(0, 9)}", f"https://{_noun(r)}.example/{_noun(r)}", f"0.0.0.0:{r.randint(80, 9999)}",
        f"{_noun(r)}:{r.randint(1, 20)}-{_noun(r)}", f"${{{_noun(r).upper()}_{_noun(r).upper()}}}", f"${{{{ {_noun(r)}.{_noun(r)} }}}}", f"{{{{ .{_noun(r).title()}.{_noun(r)} }}}}", f"npm run {_noun(r)} && {_noun(r)} --{_noun(r)}={r.randint(1, 9)}", f"{_noun(r)}/{_noun(r)}@v{r.randint(1, 9)}", round(r.uniform(0, 9), 2),
        f"{r.choice(DOES)}_{_noun(r)}", f"com.{_noun(r)}.{_noun(r)}.{_noun(r).title()}", f"{r.getrandbits(128):032x}", f"*.{_noun(r)}.example", None,
    ))  # fmt: skip


def _key(r: random.Random) -> str:
    return r.choice((r.choice(_KEYS), r.choice(_KEYS), _noun(r), f"{_noun(r)}_{_noun(r)}", f"{_noun(r)}-{_noun(r)}", f"{_noun(r)}{_noun(r).title()}", f"@{_noun(r)}/{_noun(r)}", f"{_noun(r)}.{_noun(r)}"))  # fmt: skip


def _tree(prose: Callable[[], str], r: random.Random, depth: int = 3) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for _ in range(r.randint(1, 6)):
        kind = r.random() if depth else 0.0
        if kind < 0.6:
            made[_key(r)] = _scalar(prose, r)
        elif kind < 0.8:
            made[_key(r)] = _tree(prose, r, depth - 1)
        elif kind < 0.9:
            made[_key(r)] = [_scalar(prose, r) for _ in range(r.randint(0, 5))]
        else:
            made[_key(r)] = [_tree(prose, r, depth - 1) for _ in range(r.randint(1, 3))]
    return made


def _flat(tree: Any, prefix: str, mark: str) -> list[tuple[str, Any]]:
    """Every value with the way to it."""
    if isinstance(tree, dict):
        return [p for k, v in tree.items() for p in _flat(v, f"{prefix}{mark * bool(prefix)}{k}", mark)]  # fmt: skip
    if isinstance(tree, list):
        return [p for n, v in enumerate(tree) for p in _flat(v, f"{prefix}{mark}{n}", mark)]
    return [(prefix, tree)]


def _xml(tree: Any, name: str, pad: str, step: str, r: random.Random) -> str:
    name = re.sub(r"[^\w.-]", "", name) or "item"
    if isinstance(tree, dict):
        inner = "\n".join(_xml(v, k, pad + step, step, r) for k, v in tree.items())
    elif isinstance(tree, list):
        inner = "\n".join(_xml(v, r.choice(("item", "value", "entry", "bean")), pad + step, step, r) for v in tree)  # fmt: skip
    elif r.random() < 0.3:
        return f'{pad}<{r.choice(("property", "add", "setting", name))} {r.choice(("name", "key", "id"))}="{name}" value="{escape(str(tree))}"{r.choice((" ", ""))}/>'
    else:
        return f"{pad}<{name}>{escape(str(tree))}</{name}>"
    return f"{pad}<{name}>\n{inner}\n{pad}</{name}>"


def _toml(tree: dict[str, Any], name: str, quote: str) -> list[str]:
    out, later = [], []
    for key, value in tree.items():
        key = key if re.fullmatch(r"[\w-]+", key) else f'"{key}"'
        if isinstance(value, dict):
            later += ["", f"[{name}{'.' * bool(name)}{key}]", *_toml(value, f"{name}{'.' * bool(name)}{key}", quote)]  # fmt: skip
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for one in value:
                later += ["", f"[[{name}{'.' * bool(name)}{key}]]", *_toml(one, f"{name}.{key}", quote)]  # fmt: skip
        else:
            out.append(f"{key}{quote}{json.dumps(value, ensure_ascii=False)}")
    return out + later


def _remarked(text: str, mark: str, prose: Callable[[], str], r: random.Random) -> str:
    """With remarks between the lines, and settings that are switched off."""
    if r.random() < 0.5:
        return text
    out = []
    for line in text.split("\n"):
        kind = r.random()
        if kind < 0.12:
            out.append(f"{mark} {prose()[:70]}")
        elif kind < 0.15:
            out += [mark, f"{mark} {prose()[:40]}"]
        out.append(f"{mark}{line}" if 0.15 < kind < 0.2 else line)
    return "\n".join(out)


def tree(prose: Callable[[], str], r: random.Random) -> str:
    """Settings in YAML, JSON, TOML, INI, properties, variables, XML or a property list."""
    made, kind = _tree(prose, r), r.randint(0, 10)
    if kind <= 3:
        text = yaml.safe_dump(made, sort_keys=False, indent=r.choice((2, 2, 4)), default_flow_style=r.choice((False, False, None)), allow_unicode=True, width=100)  # fmt: skip
        text = r.choice(("", "", "---\n")) + _remarked(text.rstrip("\n"), "#", prose, r)
    elif kind <= 5:
        text = json.dumps(made, indent=r.choice((2, 2, 4, "\t", None)), ensure_ascii=False)
        text = _remarked(text, "//", prose, r) if r.random() < 0.15 else text
    elif kind == 6:
        text = _remarked("\n".join(_toml(made, "", r.choice((" = ", "="))))[:3000].strip("\n"), "#", prose, r)  # fmt: skip
    elif kind == 7:
        mark = r.choice(("=", " = ", ": "))
        lines = []
        for name in r.sample(NOUNS, r.randint(1, 4)):
            lines += [f"[{name}{r.choice(('', ':' + _noun(r), ' "' + _noun(r) + '"'))}]"]
            lines += [f"{r.choice(('', '', '    '))}{k}{mark}{v}" for k, v in _flat(_tree(prose, r, 0), "", ".")] + [""]  # fmt: skip
        text = _remarked("\n".join(lines[r.choice((0, 0, 1)) :]).strip("\n"), r.choice("#;"), prose, r)  # fmt: skip
    elif kind == 8:
        mark = r.choice((".", ".", "_", "/"))
        pairs = _flat(made, "", mark)
        if mark == "_":
            pairs = [(re.sub(r"\W", "_", k).upper(), v) for k, v in pairs]
        sign = r.choice(("=", "=", " = ", ": "))
        text = _remarked("\n".join(f"{k}{sign}{v}" for k, v in pairs), "#", prose, r)
    elif kind == 9:
        text = r.choice(('<?xml version="1.0" encoding="UTF-8"?>\n', "")) + _xml(made, r.choice(("configuration", "project", "settings", "beans", _noun(r))), "", r.choice(("  ", "    ", "\t")), r)  # fmt: skip
    else:
        text = plistlib.dumps(_without_none(made), sort_keys=False).decode().rstrip("\n")
        text = text if r.random() < 0.5 else text.partition('<plist version="1.0">\n')[2]
    return _cut(text, r)


def _without_none(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {k: _without_none(v) for k, v in tree.items() if v is not None}
    return [_without_none(v) for v in tree if v is not None] if isinstance(tree, list) else tree


def _cut(text: str, r: random.Random) -> str:
    """Some lines of it, as people select them."""
    lines = text.split("\n")
    if r.random() < 0.5:
        return text[:4000]
    size = r.choice((1, 2, 3, 5, 8, 14, 25))
    first = r.randrange(max(1, len(lines) - size + 1))
    return "\n".join(lines[first : first + size])


_LINES: dict[str, tuple[str, ...]] = {
    "unit": ("[Unit]", "Description={p}", "After=network.target {a}.service", "Wants={a}.target", "[Service]", "Type={w}", "ExecStart=/usr/sbin/{a} --{b} -{c} {P}", "ExecReload=/bin/kill -HUP $MAINPID", "Restart=on-failure", "User={a}", "LimitNOFILE={n}", "Environment={A}={b}", "EnvironmentFile=-/etc/default/{a}", "ProtectSystem=full", "PrivateTmp=true", "[Install]", "WantedBy=multi-user.target", "Alias={a}.service", "OnCalendar=*-*-* {m}:00:00", "ListenStream={n}"),
    "desktop": ("[Desktop Entry]", "Type=Application", "Name={p}", "Name[de]={p}", "Comment={p}", "Comment[fr]={p}", "Exec={a} --{b} %U", "Icon={a}-{b}", "Terminal=false", "Categories={T};{T};", "MimeType=text/{a};application/x-{b};", "StartupNotify=true", "X-{T}-{T}={w}", "[Desktop Action {a}]", "Keywords={a};{b};"),
    "nginx": ("server {{", "    listen {n};", "    listen [::]:{n} ssl http2;", "    server_name {a}.example www.{b}.example;", "    root /var/www/{a};", "    location / {{", "        try_files $uri $uri/ /index.php?$args;", "        proxy_pass http://{a}:{n};", "        proxy_set_header X-{T}-{T} $remote_addr;", "    }}", "}}", "upstream {a} {{", "    server 192.0.2.{m}:{n} weight={m};", "worker_processes {w};", "gzip_types text/{a} application/{b};", "access_log /var/log/{a}/access.log;", "    location ~ \\.{a}$ {{", "    # {p}", "    return 301 https://$host$request_uri;", "    error_page 500 502 /{m}0x.html;", "http {{", "include /etc/{a}/{b}.d/*.conf;"),
    "apache": ("<VirtualHost *:{n}>", "    ServerName {a}.example", "    DocumentRoot /var/www/{a}", "    <Directory /var/www/{a}>", "        Options -Indexes +{T}", "        AllowOverride {w}", "        Require all granted", "    </Directory>", "    ErrorLog ${{APACHE_LOG_DIR}}/{a}.log", "    CustomLog /var/log/{a}.log combined", "</VirtualHost>", "<IfModule mod_{a}.c>", "    {T}{T} {w}", "</IfModule>", "LoadModule {a}_module modules/mod_{b}.so", "RewriteEngine On", "RewriteRule ^/{a}/(.*)$ /{b}/$1 [L,R=301]", "RewriteCond %{{HTTP_HOST}} !^{a}", "Alias /{a} {P}", "# {p}", "AddType text/{a} .{b}", "Header set {T}-{T} \"{w}\""),
    "words": ("{T}{T} {w}", "{T} {n}", "{T}{T} {P}", "#{T}{T} {w}", "# {p}", "#", "{a}_{b} {n}", "{a}-{b} {w}", "{a} {b} {n}", "Subsystem {a} {P}", "Match {T} {a}", "    {T}{T} {w}", "{a} {P} {w}", "Include {P}", "{a}.{b} {m} {n}", "set {a} {b}", "acl {a} src 192.0.2.0/{m}", "http_access allow {a} {b}", "option {a}", "server {a} 192.0.2.{m}:{n} check", "default_backend {a}", "frontend {a}", "    bind *:{n}", "restrict {m}.ubuntu.example iburst"),
    "equals": ("{a}_{b} = {w}", "{a}_{b} = {n}", "{a}_{b} = '{a}'", "#{a}_{b} = {n}{s}           # {p}", "{a}.{b} = {P}", "# - {T} -", "# {p}", "{a}{T} = {a}:{P}", "{A}_{B}=\"{p}\"", "{A}={n}", "export {A}=\"{P}\"", "{a} = {a}, {b}, {w}", "  {a} = {b}", "{a} += {b}", "{T}{T}=\"{w}\"", "smtpd_{a} = yes", "; {p}", "{a}[] = {w}"),
    "braces": ("{a} {{", "  {b} = {w}", "  {b} {n}", "  {b}: {w};", "  {a}-{b} \"{P}\";", "}}", "  }}", "{a} \"{b}\" {{", "  type {w};", "  file \"{P}\";", "zone \"{a}.example\" {{", "  forwarders {{ 192.0.2.{m}; }};", "/var/log/{a}/*.log {{", "    {b} {m}", "    missingok", "    rotate {m}", "    compress", "    postrotate", "    endscript", "  # {p}", "// {p}", "options {{", "plugin {{", "  {a}_{b} = {P}", "service {a} {{", "{a}: {{ {b}: {n} }}"),
    "cron": ("# m h  dom mon dow   command", "*/{m} * * * * {P}", "{m} {m} * * {m} root {P} --{a}", "@daily /usr/bin/{a} -{c}", "SHELL=/bin/sh", "MAILTO={a}@{b}.example", "PATH=/usr/local/bin:/usr/bin", "0 {m} * * 1-5 {a}  test -x /usr/sbin/{b} || /usr/bin/{a}"),
    "ignore": ("*.{a}", "/{a}/", "!{a}/{b}.{b}", "{a}/**/{b}", ".{a}_{b}", "# {p}", "node_modules/", "*.{a} text eol=lf", "/{a}/ @{b}/{a}", "[*.{{{a},{b}}}]", "indent_style = space", "indent_size = {m}", "root = true", "[*]", "charset = utf-8", "trim_trailing_whitespace = true", "max_line_length = {w}", "registry=https://{a}.example/", "save-exact=true"),
    "lock": ("{a}-{b}=={m}.{m}.{n} \\", "    --hash=sha256:{h}{h}", "[[package]]", "name = \"{a}-{b}\"", "version = \"{m}.{m}.{m}\"", "checksum = \"{h}{h}\"", "source = \"registry+https://{a}.example/index\"", "dependencies = [", " \"{a}\",", "]", "\"@{a}/{b}@^{m}.{m}.0\":", "  version \"{m}.{m}.0\"", "  resolved \"https://registry.{a}.example/{b}/-/{b}-{m}.0.tgz#{h}\"", "  integrity sha512-{h}{h}==", "  dependencies:", "    {a}-{b} \"^{m}.0.{m}\"", "github.com/{a}/{b} v{m}.{m}.0 h1:{h}=", "github.com/{a}/{b} v{m}.{m}.0/go.mod h1:{h}=", "    {a} (>= {m}.{m})", "  remote: https://{a}.example/", "GEM", "    # via -r {a}.in", "{a}>={m}.{m},<{m}; python_version < \"3.{m}\"", "      \"resolved\": \"https://{a}.example/{b}.tgz\",", "      \"integrity\": \"sha512-{h}\",", "    \"node_modules/{a}\": {{"),
    "system": ("127.0.{m}.1\t{a}.example {a}", "::1     ip6-{a} ip6-{b}", "UUID={h} /{a} ext4 errors=remount-ro,{b} 0 {m}", "nameserver 192.0.2.{m}", "search {a}.example", "{a}:x:{n}:{n}:{p}:/home/{a}:/bin/bash", "%{a} ALL=(ALL:ALL) NOPASSWD: {P}", "{a}    ALL=(ALL) ALL", "-A INPUT -p tcp -m tcp --dport {n} -j ACCEPT", ":{A} DROP [0:0]", "*filter", "COMMIT", "SUBSYSTEM==\"{a}\", ATTRS{{id{b}}}==\"{n}\", MODE=\"0{m}66\", TAG+=\"{a}\"", "KERNEL==\"{a}[0-9]*\", GROUP=\"{b}\"", "ACTION!=\"add\", GOTO=\"{a}_end\"", "{a}  {n}/tcp   {b}   # {p}", "deb http://{a}.example/debian {b} main", "@     IN SOA  ns.{a}.example. {b}.{a}.example. ( {n} {n} )", "{a}   IN  CNAME {b}", "*.{a};mail.none   -{P}", "{a}.*    /var/log/{b}.log", "auth required pam_{a}.so {b}", "@include common-{a}", "options {a} {b}={m}", "blacklist {a}", "{a}: |/usr/bin/{b}", "address=/{a}.example/192.0.2.{m}", "dhcp-range=192.0.2.{m},192.0.2.{n},{m}h", "net.{a}.{b}_{a} = {m}"),
    "pipeline": ("name: {T}", "on:", "  push:", "    branches: [main, {a}]", "jobs:", "  {a}:", "    runs-on: ubuntu-latest", "    needs: {b}", "    strategy:", "      matrix:", "        {a}: [{m}.{m}, \"3.{m}\"]", "    steps:", "      - uses: actions/{a}@v{m}", "        with:", "          {a}-{b}: ${{{{ matrix.{a} }}}}", "      - name: {p}", "        run: npm ci && npm run {a}", "        run: |", "          pip install -r {a}.txt", "          make {b}", "        if: github.ref == 'refs/heads/{a}' && always()", "        env:", "          {A}_TOKEN: ${{{{ secrets.{A} }}}}", "stages:", "  - {a}", "  script:", "    - {a} --{b}", "  only: [{a}]", "- hosts: {a}", "  tasks:", "    - name: {p}", "      ansible.builtin.{a}:", "        src: {P}", "        mode: '0644'", "      when: {a}_{b} is defined", "      notify: restart {a}", "      loop: \"{{{{ {a}_{b} }}}}\"", "      register: {a}", "  become: true"),
    "compose": ("services:", "  {a}:", "    image: {a}/{b}:{m}.{m}-alpine", "    ports:", "      - \"{n}:{n}\"", "    environment:", "      - {A}_{B}={w}", "      {A}: {w}", "    volumes:", "      - ./{a}:{P}:ro", "    depends_on: [{a}, {b}]", "    restart: unless-stopped", "    command: [\"{a}\", \"--{b}\", \"{n}\"]", "    healthcheck:", "      test: [\"CMD\", \"curl\", \"-f\", \"http://localhost:{n}\"]", "apiVersion: apps/v{m}", "kind: {T}", "metadata:", "  name: {a}-{b}", "  labels:", "    app.kubernetes.io/name: {a}", "spec:", "  replicas: {m}", "  selector:", "    matchLabels: {{app: {a}}}", "  containers:", "  - name: {a}", "    resources:", "      limits: {{cpu: {n}m, memory: {n}Mi}}", "    - containerPort: {n}", "        valueFrom:", "          secretKeyRef:", "            key: {a}", "Type: AWS::{T}::{T}", "  {T}{T}: !Ref {T}{T}", "  Value: !Sub \"${{{T}}}-{a}\"", "  expr: rate({a}_{b}_total{{job=\"{a}\"}}[{m}m]) > {m}", "  for: {m}m"),
}  # fmt: skip
"""Lines of files of one sort, in about the order that they have."""


def lines(prose: Callable[[], str], r: random.Random) -> str:
    """Some lines of a file in a format of its own: of a service, a system, a pipeline, packages."""
    sort = r.choice(sorted(_LINES))
    forms = _LINES[sort]
    out = []
    first = r.choice((0, 0, r.randrange(len(forms))))
    ordered = r.random() < 0.6
    for n in range(r.choice((1, 2, 3, 5, 8, 12, 20, 30))):
        form = forms[(first + n) % len(forms)] if ordered else r.choice(forms)
        a, b = r.sample(NOUNS, 2)
        out.append(form.format(a=a, b=b, A=a.upper(), B=b.upper(), T=b.title(), c=r.choice("abcdfnv"), n=r.randint(10, 9999), m=r.randint(1, 9), p=prose()[: r.choice((12, 30, 60))],
                               w=r.choice((*_WORDS, str(r.randint(0, 999)), b)), s=r.choice(("s", "MB", "min", "kB")), P=_path(r), h=f"{r.getrandbits(128):032x}"))  # fmt: skip
    return "\n".join(out)
