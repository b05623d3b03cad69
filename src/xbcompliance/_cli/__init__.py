"""The command line: reads documents, hands them to the engine, prints what it answers.

Exit status: 0 done; 1 done, and a replay or a case of a pack differs or a form is not for an order; 2 the input or a
pack is wrong. The engine is imported inside the commands, so that help and completion answer at once.

>>> from click.testing import CliRunner
>>> CliRunner().invoke(cli, ["--help"]).output.splitlines()[0]
'Usage: xbcompliance [OPTIONS] COMMAND [ARGS]...'
"""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from xbcompliance._cli._declare import declare
from xbcompliance._cli._import import import_
from xbcompliance._cli._packs import packs
from xbcompliance._cli._quote import quote, replay
from xbcompliance._cli._shared import complain
from xbcompliance._cli._tariff import tariff
from xbcompliance._errors import ComplianceError

__all__ = ["cli", "main"]

_PIPE_CLOSED = 141
"""What a shell reports of a program whose reader went away."""


class _Commands(click.Group):
    """A group that turns what callers can do wrong into one sentence and exit status 2."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except ComplianceError as problem:
            complain(str(problem))
        except BrokenPipeError:
            raise click.exceptions.Exit(_abandon_stdout()) from None
        except OSError as problem:
            place = f"{problem.filename}: " if problem.filename is not None else ""
            complain(f"{place}{problem.strerror or problem}")
        raise click.exceptions.Exit(2)


def _show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from xbcompliance._version import __version__

        click.echo(f"xbcompliance {__version__}")
        ctx.exit()


@click.group(cls=_Commands, name="xbcompliance", context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """Duties and taxes of cross-border sales, with the reasons.

    A file named - is standard input.
    """


for _command in (quote, declare, replay, packs, tariff, import_):
    cli.add_command(_command)


def main() -> None:
    """The entry point of the console script."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal without Unicode shows a question mark, not a traceback
            stream.reconfigure(errors="replace")
    try:
        status = cli.main(prog_name="xbcompliance", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as problem:
        problem.show()
        status = problem.exit_code
    except click.Abort:
        click.echo("interrupted", err=True)
        status = 130
    except BrokenPipeError:
        status = _abandon_stdout()
    sys.exit(status)


def _abandon_stdout() -> int:
    """Give the interpreter, which flushes once more on its way out, somewhere to write; the result is the status."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return _PIPE_CLOSED
