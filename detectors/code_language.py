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
    "Emacs Lisp": "Emacs Lisp",
    "EmacsLisp": "Emacs Lisp",
    "Embedded Ragel": "C",
    "GAS": "Assembly",
    "JSX": "JavaScript",
    "Matlab": "MATLAB",
    "MySQL": "SQL",
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
    "Standard ML": "Standard ML",
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
_LANGUAGE_MEMBER = re.compile(r'"(?:lang|language|languageId)"\s*:\s*"([\w+#./-]+)"')


def named_language(tag: str, text: str) -> str:
    """The language that a fence's `tag` or the text itself names; empty if none does."""
    if tag:
        return _by_tag(tag)
    if shebang := _SHEBANG.search(text):
        return _by_tag(shebang[1].rstrip("0123456789."))
    if diff := _DIFF.search(text):
        return _by_file(diff[1].rpartition("/")[2])
    if _NOTEBOOK in text:
        return "Python"
    if member := _LANGUAGE_MEMBER.search(text):
        return _by_tag(member[1])
    return ""


@cache
def _by_tag(tag: str) -> str:
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
