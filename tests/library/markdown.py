"""Runs the Python examples of a Markdown file, and compares what each line prints with the comment behind it."""

from __future__ import annotations

import builtins
import re
from collections import defaultdict
from pathlib import Path
from sys import _getframe
from typing import Any

_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run_examples(file: Path) -> list[tuple[str, str, str]]:
    """Run the blocks in order, in one namespace; return each line that prints, what it says it prints, and what it did.

    What a line prints more than once is compared as one text, with a space between two.
    """
    text = file.read_text(encoding="utf-8")
    printed: defaultdict[int, list[str]] = defaultdict(list)

    def show(*values: object) -> None:
        printed[_getframe(1).f_lineno].append(" ".join(map(str, values)))

    namespace: dict[str, Any] = {"__builtins__": {**vars(builtins), "print": show}}
    expected: list[tuple[int, str, str]] = []
    for block in _BLOCK.finditer(text):
        first = text[: block.start(1)].count("\n")
        exec(compile("\n" * first + block[1], str(file), "exec"), namespace)
        for number, line in enumerate(block[1].splitlines(), first + 1):
            code, comment, output = line.partition("  # ")
            if comment and code.strip().startswith("print("):
                expected.append((number, code.strip(), output))
    return [(code, output, " ".join(printed[number])) for number, code, output in expected]
