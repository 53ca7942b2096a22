"""Languages that a text itself names: a fence's tag, a shebang, a file name in a diff.

Source: Pygments' aliases and file patterns; names as GitHub Linguist writes them.
"""

import re
from functools import cache

from pygments.lexers import find_lexer_class_by_name, find_lexer_class_for_filename
from pygments.util import ClassNotFound

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
_NOTEBOOK = '"cell_type": "code"'
_SHEBANG = re.compile(r"^#! ?/(?:usr/)?(?:local/)?bin/(?:env )?(?:-S )?([a-z]+)", re.MULTILINE)
_DIFF = re.compile(r"^(?:\+\+\+ b/|--- a/)(\S+)", re.MULTILINE)
_LANGUAGE_MEMBER = re.compile(
    r'"(?:lang|language|languageId|codemirror_mode)"\s*:\s*"([\w+#./-]+)"'
)


def named_language(tag: str, near: str, text: str) -> str:
    """The language that a fence's `tag` or what is `near` names; empty if none does.

    `near`: the stretch of code with the two lines before it; `text`: all of the text.
    """
    if tag:
        return by_tag(tag)
    if shebang := _SHEBANG.search(near):
        return by_tag(shebang[1].rstrip("0123456789."))
    if diff := _DIFF.search(near):
        return _by_file(diff[1].rpartition("/")[2])
    notebook = _NOTEBOOK in text
    if member := _LANGUAGE_MEMBER.search(text if notebook else near):
        return by_tag(member[1])
    return "Python" if notebook else ""


@cache
def by_tag(tag: str) -> str:
    """Linguist's name of the language that a fence's tag or Pygments' alias means."""
    tag = tag.lower()
    if tag in _TAGS:
        return _TAGS[tag]
    try:
        name = find_lexer_class_by_name(tag).name
    except ClassNotFound:
        return ""
    return _LINGUIST.get(name, name)


@cache
def _by_file(name: str) -> str:
    extension = name.rpartition(".")[2].lower()
    if extension in _TAGS:
        return _TAGS[extension]
    lexer = find_lexer_class_for_filename(name)
    return _LINGUIST.get(lexer.name, lexer.name) if lexer else ""
