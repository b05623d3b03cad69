"""Examples in README.md and docs/ are tests.

A Python block runs, later blocks of a file going on from earlier ones. A console block runs each of its
``$ xbcompliance …`` lines in the root of the repository and compares what is printed with what the block shows
(``...`` stands for anything, runs of blanks count as one). A command that shows no output must merely succeed.
"""

from __future__ import annotations

import doctest
import os
import shlex
from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING

from click.testing import CliRunner
from sybil import Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser, SkipParser

if TYPE_CHECKING:
    from sybil import Example

ROOT = Path(__file__).resolve().parent
os.environ["XBCOMPLIANCE_CACHE"] = "off"  # every test reads its packs; those of the cache ask for one of their own
LOOSELY = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def run_console(example: Example) -> str | None:
    """Run the commands of a console block; the text that is returned says what differs."""
    for chunk in f"\n{example.parsed}".split("\n$ ")[1:]:
        command, _, expected = chunk.partition("\n")
        name, *arguments = shlex.split(command)
        if name != "xbcompliance":
            return f"a console block runs xbcompliance, not {name}; other commands belong in a sh block"
        status, printed = _invoke(arguments)
        if expected.strip():
            if not doctest.OutputChecker().check_output(expected.strip() + "\n", printed.strip() + "\n", LOOSELY):
                return f"$ {command}\nexpected:\n{expected}\ngot:\n{printed}"
        elif status:
            return f"$ {command}\nexit status {status}:\n{printed}"
    return None


def _invoke(arguments: list[str]) -> tuple[int, str]:
    from xbcompliance._cli import cli as main  # imported late: tests of other parts do not need the command line

    with chdir(ROOT):
        result = CliRunner().invoke(main, arguments, prog_name="xbcompliance", terminal_width=120)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


pytest_collect_file = Sybil(
    parsers=[
        PythonCodeBlockParser(doctest_optionflags=doctest.ELLIPSIS),
        CodeBlockParser("console", run_console),
        SkipParser(),
    ],
    patterns=["*.md"],
    excludes=["CHANGELOG.md"],
).pytest()
