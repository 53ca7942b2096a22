"""Languages that a text itself names: a fence's tag, a shebang, a file name in a diff.

Source: Pygments' aliases and file patterns; names as GitHub Linguist writes them.
"""

# ruff: noqa: E501 - tables read better as tables

import re
from functools import cache

from pygments.lexers import get_all_lexers

# Pygments' name -> Linguist's, where they differ
_LINGUIST = {
    "Bash": "Shell",
    "Bash Session": "Shell",
    "Batchfile": "Batch",
    "Delphi": "Pascal",
    "Docker": "Dockerfile",
    "EmacsLisp": "Emacs Lisp",
    "Embedded Ragel": "C",
    "GAS": "Assembly",
    "JSX": "JavaScript",
    "Matlab": "MATLAB",
    "MySQL": "SQL",
    "Nimrod": "Nim",
    "NASM": "Assembly",
    "ObjectPascal": "Pascal",
    "PL/pgSQL": "SQL",
    "PostgreSQL SQL dialect": "SQL",
    "Protocol Buffer": "Protocol Buffers",
    "Python 2.x": "Python",
    "Python console session": "Python",
    "S": "R",
    "SCSS": "CSS",
    "Sass": "CSS",
    "Terraform": "HCL",
    "Transact-SQL": "SQL",
    "TSX": "TypeScript",
    "VB.net": "VB.NET",
    "VBScript": "VBScript",
    "VimL": "Vim script",
    "Zsh": "Shell",
    "systemverilog": "SystemVerilog",
    "verilog": "Verilog",
    "vhdl": "VHDL",
    "Awk": "AWK",
    "COBOLFree": "COBOL",
    "FSharp": "F#",
    "Perl6": "Raku",
    "ReasonML": "Reason",
    "ActionScript 3": "ActionScript",
    "XML+Ruby": "HTML",
    "vim": "Vim script",
}
# tags that Pygments has no lexer for
_TAGS = {
    "abap": "ABAP",
    "apex": "Apex",
    "asm": "Assembly",
    "assembly": "Assembly",
    "cobol": "COBOL",
    "jq": "jq",
    "plsql": "PL/SQL",
    "solidity": "Solidity",
    "sol": "Solidity",
    "tf": "HCL",
    "vba": "VBA",
    "vue": "Vue",
    "svelte": "Svelte",
    "wat": "WebAssembly",
}
EXTENSIONS = {
    "abap": "ABAP", "adb": "Ada", "ads": "Ada", "agda": "Agda", "awk": "AWK", "asm": "Assembly", "s": "Assembly",
    "S": "Assembly", "bat": "Batch", "cmd": "Batch", "bash": "Shell", "bats": "Shell", "c": "C", "h": "C", "cc": "C++",
    "cpp": "C++", "hpp": "C++", "cxx": "C++", "hh": "C++", "cs": "C#", "css": "CSS", "scss": "CSS", "less": "CSS",
    "sass": "CSS", "clj": "Clojure", "cljs": "Clojure", "cmake": "CMake", "cbl": "COBOL", "cob": "COBOL", "cpy": "COBOL",
    "coffee": "CoffeeScript", "lisp": "Common Lisp", "asd": "Common Lisp", "cr": "Crystal", "d": "D",
    "dart": "Dart", "dfy": "Dafny", "el": "Emacs Lisp", "elm": "Elm", "erl": "Erlang", "hrl": "Erlang", "ex": "Elixir", "exs": "Elixir",
    "f": "Fortran", "f90": "Fortran", "for": "Fortran", "fs": "F#", "fsx": "F#", "glsl": "GLSL", "frag": "GLSL",
    "vert": "GLSL", "go": "Go", "gradle": "Groovy", "groovy": "Groovy", "hcl": "HCL", "tf": "HCL", "hs": "Haskell",
    "html": "HTML", "htm": "HTML", "hx": "Haxe", "java": "Java", "jl": "Julia", "jq": "jq", "js": "JavaScript", "mjs": "JavaScript", "cjs": "JavaScript",
    "jsx": "JavaScript", "kt": "Kotlin", "kts": "Kotlin", "lua": "Lua", "m": "Objective-C", "mm": "Objective-C", "mzn": "MiniZinc",
    "mk": "Makefile", "ml": "OCaml", "mli": "OCaml", "nim": "Nim", "nix": "Nix", "pas": "Pascal", "pp": "Puppet", "php": "PHP",
    "pl": "Perl", "pm": "Perl", "t": "Perl", "pls": "PL/SQL", "plsql": "PL/SQL", "proto": "Protocol Buffers", "ps1": "PowerShell",
    "psm1": "PowerShell", "py": "Python", "pyi": "Python", "R": "R", "r": "R", "raku": "Raku", "rakumod": "Raku", "rkt": "Racket", "rb": "Ruby",
    "rpgle": "RPGLE", "rs": "Rust", "sas": "SAS", "scala": "Scala", "scm": "Scheme", "ss": "Scheme", "sh": "Shell", "sml": "Standard ML",
    "sol": "Solidity", "sql": "SQL", "sv": "SystemVerilog", "svelte": "Svelte", "swift": "Swift", "tcl": "Tcl", "ts": "TypeScript", "mts": "TypeScript",
    "cts": "TypeScript", "tsx": "TypeScript", "v": "Verilog", "vb": "VB.NET", "bas": "VBA", "cls": "VBA", "vbs": "VBScript",
    "vhd": "VHDL", "vhdl": "VHDL", "vim": "Vim script", "vue": "Vue", "wat": "WebAssembly", "zig": "Zig", "zsh": "Shell",
    "asn1": "ASN.1", "graphql": "GraphQL", "xsl": "XSLT", "thrift": "Thrift",
}  # fmt: skip
_NOTEBOOK = '"cell_type": "code"'
_SHEBANG = re.compile(r"^#! ?/(?:usr/)?(?:local/)?bin/(?:env )?(?:-S )?([a-z]+)", re.MULTILINE)
_DIFF = re.compile(r"^(?:\+\+\+ b/|--- a/)(\S+)", re.MULTILINE)
_LANGUAGE_MEMBER = re.compile(
    r'"(?:lang|language|languageId|codemirror_mode)"\s*:\s*"([\w+#./-]+)"'
)


def named_language(tag: str, near: str, notebook: str) -> str:
    """The language that a fence's `tag` or what is `near` names; empty if none does.

    `near`: the stretch of code with the two lines before it; `notebook`: what `notebook_language`
    says of all of the text.
    """
    if tag:
        return by_tag(tag)
    # most code has neither, and what is plain is found ten times as fast
    if "#!" in near and (shebang := _SHEBANG.search(near)):
        return by_tag(shebang[1].rstrip("0123456789."))
    if ("+++ b/" in near or "--- a/" in near) and (diff := _DIFF.search(near)):
        return _by_file(diff[1].rpartition("/")[2])
    if notebook:
        return notebook
    member = _member(near)
    return by_tag(member[1]) if member else ""


def notebook_language(text: str) -> str:
    """The language of a notebook in `text`; empty if there is none. Reads all of `text`."""
    if _NOTEBOOK not in text:
        return ""
    member = _member(text)
    return by_tag(member[1]) if member else "Python"


def _member(text: str) -> re.Match[str] | None:
    """The first that says what language a text is in."""
    may_be = '"lang' in text or '"codemirror_mode"' in text
    return _LANGUAGE_MEMBER.search(text) if may_be else None


def by_tag(tag: str) -> str:
    """Linguist's name of the language that a fence's tag or Pygments' alias means."""
    tag = tag.lower()
    return _TAGS.get(tag) or _pygments()[0].get(tag, "")


def _by_file(name: str) -> str:
    patterns = _pygments()[1]
    if name in patterns:
        return patterns[name]
    _, dot, extension = name.rpartition(".")
    if not dot:  # `bin/d`, `lib/x`: a name is no extension
        return ""
    return (
        EXTENSIONS.get(extension)
        or EXTENSIONS.get(extension.lower())
        or patterns.get(f"*.{extension.lower()}", "")
    )


@cache
def _pygments() -> tuple[dict[str, str], dict[str, str]]:
    """Language by alias and by file pattern. No lexer is loaded: what counts is their names."""
    aliases: dict[str, str] = {}
    patterns: dict[str, str] = {}
    for lexer, names, files, _ in get_all_lexers(plugins=False):
        language = _LINGUIST.get(lexer, lexer)
        for name in names:
            aliases.setdefault(name.lower(), language)
        for pattern in files:
            patterns.setdefault(pattern, language)
    return aliases, patterns
