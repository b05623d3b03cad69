"""``tariff``: what tariffs print, read by a program.

>>> from click.testing import CliRunner
>>> CliRunner().invoke(tariff, ["--help"]).exit_code
0
"""

from __future__ import annotations

import sys

import click

from xbcompliance._cli._shared import complain, show


@click.group()
def tariff() -> None:
    """Duty rates as tariffs print them."""


@tariff.command()
@click.argument("texts", metavar="[TEXT…|-]", nargs=-1)
@click.option("--json", is_flag=True, expose_value=False, help="Print JSON; this command prints nothing else anyway.")
@click.pass_context
def parse(ctx: click.Context, texts: tuple[str, ...]) -> None:
    """Read duty expressions and print one JSON object each.

    Each TEXT is one expression; with - or without any, standard input holds one a line. What cannot be read is called
    unreadable, never guessed.
    """
    from xbcompliance.report import json_line
    from xbcompliance.tariff import parse_duty

    if texts and texts != ("-",):
        for text in texts:
            show(json_line(parse_duty(text).to_dict()))
        return
    readable = True
    for number, data in enumerate(sys.stdin.buffer, 1):
        raw = data.removeprefix(b"\xef\xbb\xbf") if number == 1 else data
        text = raw.decode("utf-8", "replace").rstrip("\r\n")
        if "\ufffd" in text:
            readable = False
            complain(f"standard input:{number}: found bytes that are not UTF-8 text")
        show(json_line(parse_duty(text).to_dict()))
    if not readable:
        ctx.exit(2)
