"""Holds what the linters cannot: sizes, names, module docstrings, and text that must not be here.

Run as a program it prints each finding as `path:line: what is wrong` and fails if there is any.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50
DOCSTRING_LINES_MAX = 6
EMPTY_NAMES = frozenset({
    "base", "common", "data", "handler", "handlers", "helper", "helpers", "info", "manager",
    "managers", "process", "util", "utils",
})  # fmt: skip
TOP = "src/polywire/__init__.py"
TEXT_SUFFIXES = frozenset({".py", ".md", ".toml", ".txt", ".sh", ".yml", ".yaml", ".cfg", ""})
BUILT = frozenset({"build", "dist", "runs", "node_modules", "__pycache__"})

UNOWNED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b(?!.*#\d)")
MACHINE_PATH = re.compile(r"(?<![\w.~-])/(?:work|farm|root|home|Users)/")
EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b50\ufe0f]")
CAMEL_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]*|[a-z]+")


def main() -> int:
    """Print every finding in the repository; the exit code says whether there was one."""
    found = list(findings(Path(__file__).resolve().parent.parent))
    print("\n".join(found) or "tidy: nothing found")
    return 1 if found else 0


def findings(root: Path) -> Iterator[str]:
    """Everything untidy below a folder, file by file in a stable order."""
    for path in sorted(files(root)):
        name = path.relative_to(root).as_posix()
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture or an archive; there are no words in it to judge
        yield from text_findings(name, text)
        if path.suffix == ".py":
            yield from module_findings(name, text)


def files(root: Path) -> Iterator[Path]:
    """The files people write: no hidden folders but the pipeline's, nothing built, no locks."""
    for path in root.iterdir():
        if path.is_dir():
            if path.name == ".ci" or not (path.name.startswith(".") or path.name in BUILT):
                yield from files(path)
        elif path.suffix in TEXT_SUFFIXES:
            yield path


def text_findings(name: str, text: str) -> Iterator[str]:
    """Lines that name one machine, wear an emoji, or promise work without an issue."""
    for number, line in enumerate(text.splitlines(), 1):
        if MACHINE_PATH.search(line):
            yield f"{name}:{number}: a path of one machine"
        if EMOJI.search(line):
            yield f"{name}:{number}: an emoji"
        if name.endswith(".py") and UNOWNED.search(line):
            yield f"{name}:{number}: a note of work to do without an issue number"


def module_findings(name: str, text: str) -> Iterator[str]:
    """What is wrong with one Python file as a whole, then with its classes and functions."""
    lines = len(text.splitlines())
    if lines > FILE_LINES_MAX:
        yield f"{name}:1: {lines} lines, at most {FILE_LINES_MAX}; split it by responsibility"
    yield from name_findings(f"{name}:1", "module", module_name(name).split("_")[-1])
    if name.endswith("__init__.py") and name != TOP:
        if text.strip():
            yield f"{name}:1: only {TOP} may have content"
        return
    tree = ast.parse(text)
    yield from docstring_findings(name, ast.get_docstring(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            words = CAMEL_WORD.findall(node.name) or [node.name]
            yield from name_findings(f"{name}:{node.lineno}", "class", words[-1])
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from length_findings(name, node)


def module_name(name: str) -> str:
    path = Path(name)
    return path.parent.name if path.stem == "__init__" else path.stem


def name_findings(where: str, kind: str, word: str) -> Iterator[str]:
    if word.lower() in EMPTY_NAMES:
        yield f"{where}: a {kind} name ending in {word!r} hides what it is"


def docstring_findings(name: str, docstring: str | None) -> Iterator[str]:
    if not docstring:
        yield f"{name}:1: no module docstring"
    elif (lines := len(docstring.splitlines())) > DOCSTRING_LINES_MAX:
        yield f"{name}:1: a module docstring of {lines} lines, at most {DOCSTRING_LINES_MAX}"


def length_findings(name: str, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    lines = span(function)
    if ast.get_docstring(function) is not None:
        lines -= span(function.body[0])
    if lines > FUNCTION_LINES_MAX:
        most = FUNCTION_LINES_MAX
        yield f"{name}:{function.lineno}: {function.name} has {lines} lines, at most {most}"


def span(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


if __name__ == "__main__":
    sys.exit(main())
