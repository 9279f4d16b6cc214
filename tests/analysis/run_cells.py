"""Runs Python code as a notebook does: python run_cells.py FILE, a JSON list of cells. Prints a JSON list of outputs.

It is started by the Python of an environment with pandas and others, and needs nothing of this project.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import sys
import warnings
from pathlib import Path
from typing import Any


def main() -> None:
    """Run each cell in one namespace; its output is what it prints, and the value of its last expression."""
    warnings.filterwarnings("ignore", "FigureCanvasAgg is non-interactive")
    names: dict[str, Any] = {"__name__": "__main__"}
    outputs = []
    for number, cell in enumerate(json.loads(Path(sys.argv[1]).read_text("utf-8"))):
        tree = ast.parse(cell, f"cell {number}")
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        printed, value = io.StringIO(), None
        with contextlib.redirect_stdout(printed):
            exec(compile(tree, f"cell {number}", "exec"), names)
            if isinstance(last, ast.Expr):
                value = eval(compile(ast.Expression(last.value), f"cell {number}", "eval"), names)
        outputs.append(printed.getvalue() + ("" if value is None else repr(value)))
    print(json.dumps(outputs))


if __name__ == "__main__":
    main()
