# ruff: noqa: E501  (whole sentences)
"""Every error of a pack, raised by the smallest pack that has it, with the sentence it says.

The sentence names file, line and column, what was found, what was expected and, where there is one near, the word that
was meant. ``docs/errors.md`` shows sentences of this list.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from packing import HEAD, OVERLAY, book_of, charge, define, everything_wrong, rule, rules, said

from xbcompliance._errors import PackError
from xbcompliance.engine import Engine
from xbcompliance.packs.rulebook import load_rulebook

ROOT = Path(__file__).resolve().parent.parent
RATES = HEAD + "tables:\n  t.rates:\n    keys: {place: place, code: code}\n    value: number\n    files: [rates.csv]\n"
USED = define("t.shown", "order.gift", "determination: true")


def table(row: str, header: str = "place,code,from,until,value,source", head: str = RATES) -> dict[str, str | bytes]:
    return {"pack.yaml": head, "rates.csv": f"{header}\n{row}\n"}


def of_rules(*texts: str) -> dict[str, str | bytes]:
    return {"rules.yaml": rules(*texts)}


def value(text: str, *lines: str) -> dict[str, str | bytes]:
    return of_rules(rule("value", "t.v", *lines, versions=[f"{{from: 2021-01-01, is: '{text}', cite: [act 1]}}"]))


def expression(text: str, *lines: str) -> dict[str, str | bytes]:
    return of_rules(define("t.a", text, *lines))


def overlay(text: str, head: str = OVERLAY) -> dict[str, str | bytes]:
    return {"rules.yaml": rules(USED), "overlay.yaml": head + text}


BAD: list[tuple[str, dict[str, str | bytes], str]] = [
    ("no YAML", {"pack.yaml": "pack: [t"}, "XB-PACK-001 t/pack.yaml:2:1: not readable as YAML: …"),
    ("binary", {"pack.yaml": b"\x00\x01\xff\xfe"}, "XB-PACK-001 t/pack.yaml:1:1: not readable as YAML: …"),
    ("invalid UTF-8", {"pack.yaml": b"pack: \xc3("}, "XB-PACK-001 t/pack.yaml:1:1: not readable as YAML: …"),
    (
        "not UTF-8 table",
        {"pack.yaml": RATES, "rates.csv": "Zürich".encode("latin-1")},
        "XB-PACK-001 t/rates.csv:1:1: not UTF-8: invalid start byte",
    ),
    (
        "not CSV",
        table('DE,"6109"x,2021-01-01,,0.1,act'),
        "XB-PACK-001 t/rates.csv:2:1: not CSV: ',' expected after '\"'",
    ),
    ("an open quotation", table('DE,"6109'), "XB-PACK-001 t/rates.csv:2:1: not CSV: unexpected end of data"),
    (
        "too many levels",
        {"pack.yaml": "pack: " + "[" * 30 + "]" * 30},
        "XB-PACK-002 t/pack.yaml:1:31: more than 24 levels or 400000 entries",
    ),
    (
        "a huge scalar",
        {"pack.yaml": HEAD + "author: " + "x" * 20_001 + "\n"},
        "XB-PACK-002 t/pack.yaml:6:9: found 20001 characters, expected ≤ 20000",
    ),
    (
        "ten megabytes",
        {"pack.yaml": HEAD + "author: " + "x" * 10_000_000 + "\n"},
        "XB-PACK-002 t/pack.yaml:1:1: found 10000090 bytes, expected ≤ 4000000",
    ),
    (
        "a huge cell",
        table("DE,6109,2021-01-01,,0.1," + "x" * 2001),
        "XB-PACK-002 t/rates.csv:2:1: found a very long cell, expected ≤ 2000 characters",
    ),
    (
        "an alias",
        {"pack.yaml": "pack: &name t\ntitle: *name\n"},
        "XB-PACK-003 t/pack.yaml:1:7: anchors and aliases are not allowed; write the value out",
    ),
    (
        "a lone alias",
        {"pack.yaml": "pack: *name\n"},
        "XB-PACK-003 t/pack.yaml:1:7: anchors and aliases are not allowed; write the value out",
    ),
    (
        "a tag",
        {"pack.yaml": "pack: !!python/object:os.system t\n"},
        "XB-PACK-003 t/pack.yaml:1:7: the tag tag:yaml.org,2002:python/object:os.system is not allowed; types come from the schema",
    ),
    (
        "a tag on a list",
        {"pack.yaml": "pack: !x [t]\n"},
        "XB-PACK-003 t/pack.yaml:1:7: the tag !x is not allowed; types come from the schema",
    ),
    (
        "a key twice",
        {"pack.yaml": "format: xbpack/1\npack: t\npack: u\n"},
        "XB-PACK-004 t/pack.yaml:3:1: the key 'pack' is written twice (keep one of them)",
    ),
    (
        "a rule twice",
        of_rules(define("t.a", "order.gift"), define("t.a", "order.gift")),
        "XB-PACK-004 t/rules.yaml:6:5: the rule t.a is written twice (keep one of them)",
    ),
    (
        "a column twice",
        table("DE,DE,6109,2021-01-01,,0.1,act", "place,place,code,from,until,value,source"),
        "XB-PACK-004 t/rates.csv:1:1: the column 'place' is written twice (keep one of them)",
    ),
    (
        "a rule twice in an overlay",
        overlay("rules:\n" + define("t.v", "order.gift") + "values:\n  t.v: [{from: 2021-01-01, is: 1}]\n"),
        "XB-PACK-004 overlay.yaml:11:8: the rule t.v is written twice (keep one of them)",
    ),
    (
        "two documents",
        {"pack.yaml": HEAD + "---\npack: u\n"},
        "XB-PACK-005 t/pack.yaml:6:1: one file holds one document",
    ),
    (
        "a list for a pack",
        {"pack.yaml": "- t\n"},
        "XB-PACK-005 t/pack.yaml:1:1: found a list of 1, expected a mapping of keys",
    ),
    ("an empty file", {"rules.yaml": ""}, "XB-PACK-005 t/rules.yaml:1:1: found nothing, expected a mapping of keys"),
    (
        "a list for a key",
        {"pack.yaml": "? [t]\n: u\n"},
        "XB-PACK-005 t/pack.yaml:1:3: found a list of 1, expected a key",
    ),
    (
        "a missing file",
        {"pack.yaml": RATES},
        "XB-PACK-006 t/pack.yaml:10:13: rates.csv cannot be read: No such file or directory",
    ),
    (
        "a folder for a file",
        {"pack.yaml": RATES, "rates.csv/x": ""},
        "XB-PACK-006 t/pack.yaml:10:13: rates.csv cannot be read: not a file",
    ),
    (
        "another format",
        {"pack.yaml": "format: xbpack/2\nnews: t\n"},
        "XB-PACK-007 t/pack.yaml:1:9: found 'xbpack/2', expected xbpack/1",
    ),
    (
        "an unknown key",
        {"pack.yaml": HEAD + "verson: 1\n"},
        "XB-PACK-010 t/pack.yaml:6:1: found the key 'verson' in pack.yaml, expected format, pack, version, kind, title, verified_through, requires, sources, tables, profiles, reason, author (did you mean 'version'?)",
    ),
    (
        "a merge key",
        {"pack.yaml": HEAD + "<<: {version: 1}\n"},
        "XB-PACK-010 t/pack.yaml:6:1: found the key '<<' in pack.yaml, expected format, pack, version, kind, title, verified_through, requires, sources, tables, profiles, reason, author",
    ),
    (
        "an unknown key of a rule",
        of_rules(define("t.a", "order.gift", "determinaton: true")),
        "XB-PACK-010 t/rules.yaml:4:5: found the key 'determinaton' in a define rule, expected define, title, per, clock, versions, exception_to, answers, covers, determination, part_of (did you mean 'determination'?)",
    ),
    (
        "an unknown key of a version",
        of_rules(define("t.a", "order.gift", more=", untill: 2022-01-01")),
        "XB-PACK-010 t/rules.yaml:5:61: found the key 'untill' in a version of a define, expected from, until, published, corrects, cite, status, contested, note, repealed, when, is (did you mean 'until'?)",
    ),
    (
        "a key of another kind of rule",
        expression("order.gift", "round: {to: minor}"),
        "XB-PACK-010 t/rules.yaml:4:5: found the key 'round' in a define rule, expected define, title, per, clock, versions, exception_to, answers, covers, determination, part_of",
    ),
    (
        "no kind of rule",
        of_rules("  - law: t.a\n"),
        "XB-PACK-010 t/rules.yaml:2:5: found a rule, expected value: id | define: id | charge: id | require: id",
    ),
    (
        "an unknown column",
        table("DE,6109,2021-01-01,,0.1,act,x", "place,code,from,until,value,source,orign"),
        "XB-PACK-010 t/rates.csv:2:1: found the column 'orign', expected place, code, from, until, published, value, source, locator, status, note",
    ),
    (
        "a column that is implied",
        table("DE,6109,2021-01-01,,0.1,act,x", "place,code,from,until,value,source,pack"),
        "XB-PACK-010 t/rates.csv:2:1: found the column 'pack', expected a table's own keys (it is implied)",
    ),
    (
        "no id",
        {"pack.yaml": "format: xbpack/1\n"},
        "XB-PACK-011 t/pack.yaml:1:1: found pack.yaml without 'pack', expected pack: …",
    ),
    (
        "a blank id",
        {"pack.yaml": "format: xbpack/1\npack: ' '\n"},
        "XB-PACK-011 t/pack.yaml:1:1: found pack.yaml without 'pack', expected pack: …",
    ),
    (
        "no format",
        {"pack.yaml": "pack: t\n"},
        "XB-PACK-011 t/pack.yaml:1:1: found pack.yaml without 'format', expected format: …",
    ),
    (
        "no versions",
        of_rules("  - define: t.a\n"),
        "XB-PACK-011 t/rules.yaml:2:5: found t.a without versions, expected at least one version",
    ),
    (
        "no first day",
        of_rules(rule("define", "t.a", versions=["{is: order.gift, cite: [act 1]}"])),
        "XB-PACK-011 t/rules.yaml:5:9: found a version without 'from', expected from: its first day",
    ),
    (
        "no citation",
        of_rules(rule("define", "t.a", versions=["{from: 2021-01-01, is: order.gift}"])),
        "XB-PACK-011 t/rules.yaml:5:9: found a version without 'cite', expected cite: [source locator]",
    ),
    (
        "no reason",
        overlay("", "format: xbpack/1\npack: o\nkind: overlay\n"),
        "XB-PACK-011 overlay.yaml:1:1: found an overlay without 'reason', expected reason: why it exists",
    ),
    (
        "a blank reason",
        overlay("", "format: xbpack/1\npack: o\nkind: overlay\nreason: ' '\n"),
        "XB-PACK-011 overlay.yaml:1:1: found an overlay without 'reason', expected reason: why it exists",
    ),
    (
        "an assumption of nothing",
        {"pack.yaml": HEAD + "profiles: {p: {assume: [{fact: order.gift, reason: r}]}}\n"},
        "XB-PACK-011 t/pack.yaml:6:25: found an assumption, expected either value or same_as",
    ),
    (
        "a missing column",
        table("DE,6109,2021-01-01,0.1", "plase,code,from,value"),
        "XB-PACK-011 t/rates.csv:1:1: found 'plase, code, from, value', expected a column 'place' (did you mean 'plase'?)",
    ),
    (
        "an empty table",
        {"pack.yaml": RATES, "rates.csv": ""},
        "XB-PACK-011 t/rates.csv:1:1: found an empty file, expected a line of column names",
    ),
    (
        "a row without its day",
        table("DE,6109,,,0.1,act"),
        "XB-PACK-011 t/rates.csv:2:1: found a row without 'from', expected from: its first day",
    ),
    (
        "a row without a key",
        table(",6109,2021-01-01,,0.1,act"),
        "XB-PACK-011 t/rates.csv:2:1: found a row without 'place', expected place: …",
    ),
    (
        "a row without a value",
        table("DE,6109,2021-01-01,,,act"),
        "XB-PACK-011 t/rates.csv:2:1: found a row without 'value', expected number, or ? where it is not settled",
    ),
    (
        "a text for a list",
        {"rules.yaml": "rules: t.a\n"},
        "XB-PACK-012 t/rules.yaml:1:8: found 't.a' as rules, expected a list",
    ),
    (
        "a list for a text",
        {"pack.yaml": "format: xbpack/1\npack: [t]\n"},
        "XB-PACK-012 t/pack.yaml:2:7: found a list of 1 as pack, expected a text",
    ),
    (
        "a text for a mapping",
        {"pack.yaml": HEAD + "tables: t.rates\n"},
        "XB-PACK-012 t/pack.yaml:6:9: found 't.rates' as tables, expected a mapping of keys",
    ),
    (
        "a mapping for a list of values",
        overlay("values: {t.v: 1}\n"),
        "XB-PACK-012 overlay.yaml:5:15: found '1', expected a list of versions for t.v",
    ),
    (
        "an unknown clock",
        expression("order.gift", "clock: payed"),
        "XB-PACK-013 t/rules.yaml:4:12: found 'payed', expected placed | paid | shipped | declared | delivered (did you mean 'placed'?)",
    ),
    (
        "an unknown truth",
        expression("order.gift", "determination: yes"),
        "XB-PACK-013 t/rules.yaml:4:20: found 'yes', expected true | false",
    ),
    (
        "an unknown kind of pack",
        {"pack.yaml": HEAD + "kind: laws\n"},
        "XB-PACK-013 t/pack.yaml:6:7: found 'laws', expected law | jurisdiction | profile | overlay (did you mean 'law'?)",
    ),
    (
        "an overlay in a folder",
        {"pack.yaml": HEAD + "kind: overlay\nreason: r\n"},
        "XB-PACK-013 t/pack.yaml:6:7: found kind: overlay in a folder, expected another kind; an overlay is one file and is given as such",
    ),
    (
        "no overlay",
        overlay("", "format: xbpack/1\npack: o\n"),
        "XB-PACK-013 overlay.yaml:1:1: found kind: law, expected kind: overlay",
    ),
    (
        "an unknown scope",
        expression("order.gift", "covers: [dutty]"),
        "XB-PACK-013 t/rules.yaml:4:14: found 'dutty', expected duty | tax | fee (did you mean 'duty'?)",
    ),
    (
        "an unknown rounding",
        of_rules(charge("t.c", "round: {mode: half_upp}")),
        "XB-PACK-013 t/rules.yaml:5:19: found 'half_upp', expected half_up | half_even | half_down | floor | ceiling | down | up (did you mean 'half_up'?)",
    ),
    (
        "decimals that are none",
        of_rules(charge("t.c", "round: {to: ²}")),
        "XB-PACK-013 t/rules.yaml:5:17: found '²', expected minor, or 0 to 6 decimals",
    ),
    (
        "a step that is none",
        of_rules(charge("t.c", "round: {step: 0}")),
        "XB-PACK-013 t/rules.yaml:5:19: found '0', expected a whole number of units",
    ),
    (
        "an unknown kind of charge",
        of_rules(
            rule(
                "charge",
                "t.c",
                "kind: taxx",
                versions=["{from: 2021-01-01, when: order.gift, amount: 'money(\"1.00 EUR\")', cite: [act 1]}"],
            )
        ),
        "XB-PACK-013 t/rules.yaml:4:11: found 'taxx', expected duty | tax | fee (did you mean 'tax'?)",
    ),
    (
        "an unknown severity",
        of_rules(
            rule(
                "require",
                "t.r",
                "severity: blok",
                versions=["{from: 2021-01-01, when: order.gift, must: told(order.carriage), cite: [act 1]}"],
            )
        ),
        "XB-PACK-013 t/rules.yaml:4:15: found 'blok', expected block | warn | info (did you mean 'block'?)",
    ),
    (
        "a jurisdiction that is no place",
        of_rules(charge("t.c", "jurisdiction: GERMANY")),
        "XB-PACK-013 t/rules.yaml:5:19: found 'GERMANY', expected a country, a subdivision such as US-NY, or an expression",
    ),
    (
        "an unknown kind of key",
        table("DE,6109,2021-01-01,,0.1,act", head=RATES.replace("place: place", "place: plase")),
        "XB-PACK-013 t/pack.yaml:8:19: found 'plase', expected exact | place | category | code | origin (did you mean 'place'?)",
    ),
    (
        "an unknown type of table",
        table("DE,6109,2021-01-01,,0.1,act", head=RATES.replace("value: number", "value: rate")),
        "XB-PACK-013 t/pack.yaml:9:12: found 'rate', expected number | exchange_rate | duty | code | truth | date | money EUR",
    ),
    (
        "an unknown type of value",
        value("true", "type: truht"),
        "XB-PACK-013 t/rules.yaml:4:11: found 'truht', expected money | number | set | code | truth (did you mean 'truth'?)",
    ),
    (
        "an unknown status",
        table("DE,6109,2021-01-01,0.1,act,verifed", "place,code,from,value,source,status"),
        "XB-PACK-013 t/rates.csv:2:1: found 'verifed', expected verified | recalled_high | recalled_medium | recalled_low | open (did you mean 'verified'?)",
    ),
    (
        "a day that is none",
        of_rules(define("t.a", "order.gift", since="2021-02-29")),
        "XB-PACK-014 t/rules.yaml:5:16: found '2021-02-29', expected a day such as 2026-07-01",
    ),
    (
        "a week for a day",
        of_rules(define("t.a", "order.gift", since="2021-W01-1")),
        "XB-PACK-014 t/rules.yaml:5:16: found '2021-W01-1', expected a day such as 2026-07-01",
    ),
    (
        "a day of another habit",
        of_rules(define("t.a", "order.gift", since="01.07.2021")),
        "XB-PACK-014 t/rules.yaml:5:16: found '01.07.2021', expected a day such as 2026-07-01",
    ),
    (
        "an end before the beginning",
        of_rules(define("t.a", "order.gift", more=", until: 2020-12-31")),
        "XB-PACK-014 t/rules.yaml:5:68: found an end before the beginning, expected until ≥ from",
    ),
    (
        "a row that ends before it begins",
        table("DE,6109,2021-01-02,2021-01-01,0.1,act"),
        "XB-PACK-014 t/rates.csv:2:1: found an end before the beginning, expected until ≥ from",
    ),
    (
        "a file above the folder",
        {"pack.yaml": RATES.replace("rates.csv", "../rates.csv")},
        "XB-PACK-015 t/pack.yaml:10:13: found '../rates.csv', expected a file inside the pack's folder",
    ),
    (
        "a file above, hidden",
        {"pack.yaml": RATES.replace("rates.csv", "a/../../rates.csv")},
        "XB-PACK-015 t/pack.yaml:10:13: found 'a/../../rates.csv', expected a file inside the pack's folder",
    ),
    (
        "a file elsewhere",
        {"pack.yaml": RATES.replace("rates.csv", "/etc/passwd")},
        "XB-PACK-015 t/pack.yaml:10:13: found '/etc/passwd', expected a file inside the pack's folder",
    ),
    (
        "a file of another system",
        {"pack.yaml": RATES.replace("rates.csv", "'..\\rates.csv'")},
        "XB-PACK-015 t/pack.yaml:10:13: found '..\\\\rates.csv', expected a file inside the pack's folder",
    ),
    (
        "a file of an overlay",
        overlay("tables: {t.rates: {files: [rates.csv]}}\n"),
        "XB-PACK-015 overlay.yaml:5:28: found 'rates.csv', expected a file inside the pack's folder",
    ),
    (
        "a rate that is no number",
        table("DE,6109,2021-01-01,,1e-1,act"),
        "XB-PACK-016 t/rates.csv:2:1: found '1e-1', expected number",
    ),
    (
        "a code that is none",
        table("DE,61O9,2021-01-01,,0.1,act"),
        "XB-PACK-016 t/rates.csv:2:1: found '61O9', expected digits in the column code",
    ),
    (
        "a row too short",
        table("DE,6109,2021-01-01"),
        "XB-PACK-016 t/rates.csv:2:1: found 3 cells, expected 6 as in the header",
    ),
    (
        "a value that is none",
        value("1e3"),
        "XB-PACK-016 t/rules.yaml:5:32: found '1e3', expected an amount (150.00 EUR), a number (0.19), a [list], true or false",
    ),
    (
        "a value of another type",
        value("5", "type: money"),
        "XB-PACK-016 t/rules.yaml:6:32: found '5', expected an amount such as 150.00 EUR",
    ),
    (
        "an amount without currency",
        value("5 euro", "type: money"),
        "XB-PACK-016 t/rules.yaml:6:32: found '5 euro', expected an amount such as 150.00 EUR",
    ),
    (
        "a truth that is none",
        value("maybe", "type: truth"),
        "XB-PACK-016 t/rules.yaml:6:32: found 'maybe', expected true or false",
    ),
    (
        "a duty that cannot be read",
        table("DE,6109,2021-01-01,,about 5 %,act", head=RATES.replace("value: number", "value: duty")),
        "XB-PACK-016 t/rates.csv:2:1: found 'about 5 %', expected duty",
    ),
    (
        "not an expression",
        expression("order.gift and"),
        "XB-PACK-020 t/rules.yaml:5:32: not an expression: 'order.gift and' (invalid syntax)",
    ),
    (
        "a statement",
        expression("import os"),
        "XB-PACK-020 t/rules.yaml:5:32: not an expression: 'import os' (invalid syntax)",
    ),
    (
        "a call of a method",
        expression("order.gift.__class__()"),
        "XB-PACK-021 t/rules.yaml:5:32: found the function 'order.gift.__class__'",
    ),
    (
        "an attribute of a call",
        expression("told(order.gift).real"),
        "XB-PACK-020 t/rules.yaml:5:32: found 'told(order.gift).real', expected a dotted name",
    ),
    ("a lambda", expression("(lambda: 1)()"), "XB-PACK-021 t/rules.yaml:5:32: found the function \"'lambda: 1'\""),
    (
        "a power",
        expression("2 ** 99"),
        "XB-PACK-020 t/rules.yaml:5:32: found Pow, expected + - * (division rounds, so it is a function: quotient(a, b, digits, mode))",
    ),
    (
        "a division",
        expression("order.shipping / 2"),
        "XB-PACK-020 t/rules.yaml:5:32: found Div, expected + - * (division rounds, so it is a function: quotient(a, b, digits, mode))",
    ),
    (
        "a number as floats are written",
        expression("order.shipping * 1e3"),
        "XB-PACK-020 t/rules.yaml:5:32: found '1e3', expected a plain decimal number",
    ),
    (
        "an unknown name",
        expression("seller.iosss_number"),
        "XB-PACK-021 t/rules.yaml:5:32: found the name 'seller.iosss_number' (did you mean 'seller.ioss_number'?)",
    ),
    (
        "an unknown function",
        expression("tolld(order.gift)"),
        "XB-PACK-021 t/rules.yaml:5:32: found the function 'tolld' (did you mean 'told'?)",
    ),
    (
        "an unknown table",
        expression("t.ratse[ship_to.place]"),
        "XB-PACK-021 t/rules.yaml:5:32: found the table 't.ratse', expected a declared table (did you mean 't.a'?)",
    ),
    (
        "a keyword in a name",
        of_rules(define("t.is.a", "order.gift")),
        "XB-PACK-021 t/rules.yaml:2:5: found 'is' in the name t.is.a, expected a plain word (expressions use Python's grammar, in which this word is taken)",
    ),
    (
        "an exception to nothing",
        expression("order.gift", "exception_to: t.b"),
        "XB-PACK-021 t/rules.yaml:2:5: found exception_to: t.b, expected a define, charge or require (did you mean 't.a'?)",
    ),
    (
        "an exception to a value",
        of_rules(
            define("t.a", "order.gift", "exception_to: t.v"),
            rule("value", "t.v", versions=["{from: 2021-01-01, is: 1, cite: [act 1]}"]),
        ),
        "XB-PACK-021 t/rules.yaml:2:5: found exception_to: t.v, expected a define, charge or require (a value has no conditions)",
    ),
    (
        "a disabled rule that is not there",
        overlay("disable: [t.shwon]\n"),
        "XB-PACK-021 overlay.yaml:5:11: found t.shwon, expected a rule (did you mean 't.shown'?)",
    ),
    (
        "an assumption on no fact",
        {
            "pack.yaml": HEAD + "profiles: {checkout: {assume: [{fact: order.gitf, value: 1, reason: r}]}}\n",
            "rules.yaml": rules(
                USED,
                rule(
                    "charge",
                    "t.c",
                    "kind: tax",
                    versions=["{from: 2021-01-01, when: order.gift, amount: 'money(\"1.00 EUR\")', cite: [act 1]}"],
                ),
            ),
        },
        "XB-PACK-021 t/pack.yaml:1:1: found the fact order.gitf, expected a known fact (did you mean 'order.gift'?)",
    ),
    (
        "two currencies",
        expression('order.shipping > money("5.00 EUR")'),
        "XB-PACK-022 t/rules.yaml:5:32: found money in the order currency > money in EUR, expected the same on both sides (use convert(amount, currency))",
    ),
    (
        "an amount for a truth",
        of_rules(
            charge("t.c", versions=["{from: 2021-01-01, when: order.shipping, amount: order.shipping, cite: [act 1]}"])
        ),
        "XB-PACK-022 t/rules.yaml:6:34: found money in the order currency as when, expected truth",
    ),
    (
        "a value that a fact cannot have",
        expression('order.carriage == "expres"'),
        "XB-PACK-022 t/rules.yaml:5:32: found 'expres', expected post | express | freight (did you mean 'express'?)",
    ),
    (
        "a scope that is no truth",
        expression("order.carriage", "covers: [tax]"),
        "XB-PACK-022 t/rules.yaml:2:5: found code as the answer of t.a, which covers charges, expected a truth",
    ),
    (
        "lines in an order",
        expression("line.excise"),
        "XB-PACK-023 t/rules.yaml:5:32: found a value of the line in a rule per order, expected one per order (sum(…), any(…), all(…) or count(…) bring it up)",
    ),
    (
        "an order's amount for each line",
        expression("line.net + order.shipping", "per: line"),
        "XB-PACK-023 t/rules.yaml:6:32: found an amount of the order combined with values of the line, expected amounts of one grain (share(amount, by=weight) splits it, each(amount) repeats it on purpose)",
    ),
    (
        "an exception for finer units",
        of_rules(define("t.a", "line.excise", "per: line", "exception_to: t.b"), define("t.b", "order.gift")),
        "XB-PACK-023 t/rules.yaml:2:5: found an exception per line to t.b, which is per order, expected one that is as coarse or coarser",
    ),
    (
        "too long an expression",
        expression("order.gift and " * 400 + "order.gift"),
        "XB-PACK-024 t/rules.yaml:5:32: found 6010 characters, expected at most 4000",
    ),
    (
        "too many decimals",
        expression("order.shipping * 0.000000000001 * 0.000000000001 * 0.000000000001 * 0.000000000001"),
        "XB-PACK-024 t/rules.yaml:5:32: found 42 decimal places, expected ≤ 30; round a part first",
    ),
    (
        "two packs with one name",
        overlay("", OVERLAY.replace("pack: o", "pack: t")),
        "XB-PACK-030 overlay.yaml:1:1: the pack t exists already (t/pack.yaml:1:1)",
    ),
    (
        "two sources with one name",
        overlay("sources: {act: {title: Another act}}\n"),
        "XB-PACK-030 t/pack.yaml:1:1: the source act is described in two ways (Another act)",
    ),
    (
        "a rule of another kind",
        overlay("rules:\n" + rule("value", "t.shown", versions=["{from: 2021-01-01, is: 1}"])),
        "XB-PACK-030 overlay.yaml:6:5: found a value, expected a define like t/rules.yaml:2:5",
    ),
    (
        "a rule that changes its clock",
        overlay("rules:\n" + define("t.shown", "order.gift", "clock: paid")),
        "XB-PACK-030 overlay.yaml:6:5: found clock: paid for t.shown, expected clock: placed, as in t/rules.yaml:2:5",
    ),
    (
        "a rule that is a fact",
        expression("order.gift", "answers: seller.kind"),
        "XB-PACK-030 t/rules.yaml:2:5: found a rule named seller.kind, expected another name: it is a fact",
    ),
    (
        "a group that is a rule",
        of_rules(charge("t.c", "part_of: t.d"), charge("t.d")),
        "XB-PACK-030 t/rules.yaml:2:5: found a group of charges named t.d, expected a name of its own: it is a rule",
    ),
    (
        "a pack that is not there",
        {"pack.yaml": HEAD + "requires: [t, u]\n"},
        "XB-PACK-031 t/pack.yaml:1:1: found requires u, expected a pack at hand",
    ),
    (
        "rows for no table",
        overlay("tables: {t.rats: [{place: DE, from: 2021-01-01, value: 1}]}\n", OVERLAY),
        "XB-PACK-031 overlay.yaml:5:18: found rows for t.rats, expected a declared table",
    ),
    (
        "a circle",
        of_rules(define("t.a", "t.b"), define("t.b", "t.a")),
        "XB-PACK-032 t/rules.yaml:2:5: found the cycle t.a → t.b → t.a, expected rules that do not need themselves",
    ),
    (
        "an exception to itself",
        of_rules(define("t.a", "order.gift", "exception_to: t.b"), define("t.b", "order.gift", "exception_to: t.a")),
        "XB-PACK-032 t/rules.yaml:2:5: found exceptions in a circle: t.a → t.b → t.a, expected rules that are no exceptions to themselves",
    ),
    (
        "a charge of nothing",
        of_rules(charge("t.c", versions=["{from: 2021-01-01, when: order.gift, cite: [act 1]}"])),
        "XB-PACK-033 t/rules.yaml:6:9: found t.c with when, expected base with rate, base with duty, or amount",
    ),
    (
        "a charge always",
        of_rules(charge("t.c", versions=["{from: 2021-01-01, amount: 'money(\"1.00 EUR\")', cite: [act 1]}"])),
        "XB-PACK-033 t/rules.yaml:6:9: found t.c without 'when', expected when: …",
    ),
    (
        "a charge of no kind",
        of_rules(
            rule(
                "charge",
                "t.c",
                versions=["{from: 2021-01-01, when: order.gift, amount: 'money(\"1.00 EUR\")', cite: [act 1]}"],
            )
        ),
        "XB-PACK-033 t/rules.yaml:2:5: found t.c without 'kind', expected kind: duty | tax | fee",
    ),
    (
        "an item without its key",
        of_rules(charge("t.c", "per: item")),
        "XB-PACK-033 t/rules.yaml:2:5: found t.c without 'item', expected item: a define per line that says which lines are one item",
    ),
    (
        "a define of nothing",
        of_rules(rule("define", "t.a", versions=["{from: 2021-01-01, when: order.gift, cite: [act 1]}"])),
        "XB-PACK-033 t/rules.yaml:2:5: found t.a without 'is', expected is: … in some version",
    ),
    (
        "a define that is always repealed",
        of_rules(rule("define", "t.a", versions=["{from: 2021-01-01, repealed: true, cite: [act 1]}"])),
        "XB-PACK-033 t/rules.yaml:2:5: found t.a without 'is', expected is: … in some version",
    ),
    (
        "a value of nothing",
        of_rules(rule("value", "t.v", versions=["{from: 2021-01-01, cite: [act 1]}"])),
        "XB-PACK-033 t/rules.yaml:5:9: found t.v without 'is', expected is: …",
    ),
    (
        "a requirement of nothing",
        of_rules(rule("require", "t.r", versions=["{from: 2021-01-01, when: order.gift, cite: [act 1]}"])),
        "XB-PACK-033 t/rules.yaml:5:9: found t.r without 'must', expected must: … or obligation: …",
    ),
    (
        "versions of two types",
        of_rules(
            rule(
                "define",
                "t.a",
                versions=[
                    "{from: 2021-01-01, is: order.gift, cite: [act 1]}",
                    "{from: 2022-01-01, is: order.carriage, cite: [act 1]}",
                ],
            )
        ),
        "XB-PACK-034 t/rules.yaml:6:9: found code, expected truth, as before",
    ),
    (
        "answers of two types",
        of_rules(
            define("t.a", "order.gift", "answers: t.q"),
            define("t.b", "order.carriage", "answers: t.q"),
            define("t.c", "t.q"),
        ),
        "XB-PACK-034 t/rules.yaml:7:5: found code per order, expected truth per order",
    ),
    (
        "an unknown source",
        of_rules(rule("define", "t.a", versions=["{from: 2021-01-01, is: order.gift, cite: [atc 1]}"])),
        "XB-PACK-035 t/rules.yaml:5:9: found the source 'atc', expected a described source (did you mean 'act'?)",
    ),
    (
        "an unknown source of a relief",
        of_rules(
            charge(
                "t.c",
                versions=[
                    "{from: 2021-01-01, when: order.gift, amount: 'money(\"1.00 EUR\")', instead: [{when: told(order.id), cite: [atc 1]}], cite: [act 1]}"
                ],
            )
        ),
        "XB-PACK-035 t/rules.yaml:6:9: found the source 'atc', expected a described source (did you mean 'act'?)",
    ),
    (
        "an unknown source of a row",
        table("DE,6109,2021-01-01,,0.1,atc"),
        "XB-PACK-035 t/rates.csv:2:1: found the source 'atc', expected a described source (did you mean 'act'?)",
    ),
    (
        "a row without source",
        table("DE,6109,2021-01-01,,0.1,"),
        "XB-PACK-035 t/rates.csv:2:1: found a row of t.rates without source, expected a described source",
    ),
    (
        "versions of one day",
        of_rules(
            rule(
                "define",
                "t.a",
                versions=[
                    "{from: 2021-01-01, until: 2022-01-01, is: order.gift, cite: [act 1]}",
                    "{from: 2022-01-01, is: order.gift, cite: [act 1]}",
                ],
            )
        ),
        "XB-PACK-036 t/rules.yaml:6:9: found versions of t.a from 2021-01-01 and from 2022-01-01 claim the same days, expected one answer a day, or corrects: true",
    ),
    (
        "rows of one day",
        table("DE,6109,2021-01-01,2022-01-01,0.1,act\nDE,6109,2022-01-01,,0.2,act"),
        "XB-PACK-036 t/rates.csv:3:1: found rows of t.rates for DE, 6109 from 2021-01-01 and 2022-01-01 claim the same days, expected one value a day",
    ),
    (
        "a hole between versions",
        of_rules(
            rule(
                "define",
                "t.a",
                versions=[
                    "{from: 2021-01-01, until: 2021-12-30, is: order.gift, cite: [act 1]}",
                    "{from: 2022-01-01, is: order.gift, cite: [act 1]}",
                ],
            )
        ),
        "XB-PACK-037 t/rules.yaml:2:5: found no version of t.a from 2021-12-31 to 2021-12-31, expected versions without a hole",
    ),
    (
        "two answers",
        of_rules(define("t.a", "order.gift", "answers: t.q"), define("t.b", "order.gift", "answers: t.q")),
        "XB-PACK-038 t/rules.yaml:7:5: found t.a and t.b both answer t.q, expected conditions that exclude each other, or exception_to",
    ),
    (
        "a charge that is never due",
        of_rules(
            charge("t.c", versions=["{from: 2021-01-01, when: 'False', amount: 'money(\"1.00 EUR\")', cite: [act 1]}"])
        ),
        "XB-PACK-039 t/rules.yaml:6:34: found t.c from 2021-01-01, whose condition never holds, expected a condition that can hold, or repealed: true",
    ),
    (
        "a requirement that asks for nothing",
        of_rules(
            rule("require", "t.r", versions=["{from: 2021-01-01, when: order.gift, must: 'True', cite: [act 1]}"])
        ),
        "XB-PACK-039 t/rules.yaml:5:52: found t.r from 2021-01-01, which asks for nothing, expected a must that can fail",
    ),
    (
        "a version that later ones take",
        of_rules(
            rule(
                "define",
                "t.a",
                "determination: true",
                versions=[
                    "{from: 2021-01-01, until: 2021-12-31, is: order.gift, cite: [act 1]}",
                    "{from: 2021-01-01, corrects: true, is: not order.gift, cite: [act 1]}",
                ],
            )
        ),
        "XB-PACK-039 t/rules.yaml:6:9: found the version of t.a from 2021-01-01, all of whose days later versions take, expected a version that holds on some day",
    ),
    (
        "an instead after one that always holds",
        of_rules(
            charge(
                "t.c",
                versions=[
                    "{from: 2021-01-01, when: order.gift, amount: 'money(\"1.00 EUR\")', instead: [{when: 'True'}, {when: told(order.carriage)}], cite: [act 1]}"
                ],
            )
        ),
        "XB-PACK-039 t/rules.yaml:6:108: found an 'instead' of t.c from 2021-01-01 that never has its turn, expected one that can hold where none before it does",
    ),
    (
        "an answer that nobody asks for",
        expression("order.gift"),
        "XB-PACK-039 t/rules.yaml:2:5: found the define t.a, which nobody uses, expected a rule that needs it, determination: true, or covers: …",
    ),
    (
        "a profile that is not there",
        {"pack.yaml": HEAD + "profiles: {audit: {assume: []}}\n", "rules.yaml": rules(USED)},
        "XB-PACK-040 profile: found 'checkout', expected audit",
    ),
    (
        "a rule without title",
        of_rules(
            "  - define: t.a\n    determination: true\n    versions: [{from: 2021-01-01, is: order.gift, cite: [act 1]}]\n"
        ),
        "XB-PACK-042 t/rules.yaml:2:5: found t.a without 'title', expected title: what it is",
    ),
    (
        "a dispute about nothing",
        of_rules(define("t.a", "order.gift", "determination: true", more=", contested: disputed")),
        "XB-PACK-042 t/rules.yaml:6:9: found contested: 'disputed', expected what is disputed, and which way is taken",
    ),
    (
        "a source that nobody cites",
        {"pack.yaml": HEAD + "  other: {title: Another act}\n", "rules.yaml": rules(USED)},
        "XB-PACK-043 t/pack.yaml:6:10: found the source other, which nobody cites, expected a rule or row that does",
    ),
]


@pytest.mark.parametrize(("files", "message"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD])
def test_a_bad_pack_is_refused_with_a_sentence(tmp_path: Path, files: dict[str, str | bytes], message: str) -> None:
    found = everything_wrong(tmp_path, files)
    if message.endswith("…"):  # the rest is the parser's wording
        assert found[0].startswith(message[:-1])
    else:
        assert message in found


def test_loading_stops_at_the_first_error_and_lint_tells_all(tmp_path: Path) -> None:
    both = table("DE,6109,2021-01-01,,0.1,atc\nDE,6110,2021-01-01,,0.1,")
    assert [wrong.split()[0] for wrong in everything_wrong(tmp_path, both)] == [
        "XB-PACK-035",
        "XB-PACK-035",
        "XB-PACK-043",
    ]


def test_a_stale_pack_is_refused_when_strict(tmp_path: Path) -> None:
    head = HEAD + "verified_through: 2021-06-30\nprofiles: {checkout: {assume: []}}\n"
    engine = Engine(book_of(tmp_path, {"pack.yaml": head, "rules.yaml": rules(USED)}), strict=True)
    order = {
        "id": "1",
        "currency": "EUR",
        "dates": {"placed": "2021-07-01"},
        "ship_to": {"country": "DE"},
        "lines": [{"id": "1", "quantity": "1", "unit_price": "1"}],
    }
    with pytest.raises(PackError) as caught:
        engine.assess(order)
    assert said(tmp_path, caught.value) == STALE
    order["dates"] = {"placed": "2021-06-30"}
    engine.assess(order)


STALE = "XB-PACK-041 t/pack.yaml:1:1: found t verified through 2021-06-30, expected ≥ 2021-07-01"


def test_a_folder_without_packs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError) as caught:
        load_rulebook(tmp_path, builtin=False)
    assert str(caught.value) == f"XB-PACK-006 {tmp_path}: found no pack.yaml, expected a folder with packs"


# --- the page


def codes_of_the_source() -> set[str]:
    """Every code that the source can raise, read off the text."""
    found = set()
    for path in (ROOT / "src" / "xbcompliance").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"XB-(?:PACK|IN|RE|EN)-\d{3}", text))
        if "expr" in path.parts:
            found |= {f"XB-PACK-{number}" for number in re.findall(r'self\.error\(\s*"(\d{3})"', text)}
    return found


def pack_codes() -> set[str]:
    return {code for code in codes_of_the_source() if code.startswith("XB-PACK")}


def rows_of_the_page() -> dict[str, str]:
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^\| `(XB-PACK-\d{3})` \|.*\| `(.*)` \|$", page, re.MULTILINE))


def test_the_page_lists_every_code() -> None:
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(XB-[A-Z]+-\d{3})` \|", page, re.MULTILINE)) == codes_of_the_source()
    assert set(rows_of_the_page()) == pack_codes()


def test_the_page_shows_sentences_that_are_said() -> None:
    sentences = {message for _, _, message in BAD} | {STALE}
    for code, example in rows_of_the_page().items():
        if code < "XB-PACK-050":  # places have tests of their own
            assert f"{code} {example}".replace("\\|", "|") in sentences


def test_every_code_has_a_bad_pack() -> None:
    raised = {message.split()[0] for _, _, message in BAD} | {"XB-PACK-041"}
    assert {code for code in pack_codes() if code < "XB-PACK-050"} == raised
