"""The expression compiler: what each form becomes, and the sentence for everything that is wrong with one."""
# ruff: noqa: E501 - sentences are written as they are printed

from __future__ import annotations

import re
import string
import warnings

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xbcompliance import PackError
from xbcompliance._errors import Location
from xbcompliance.expr import ir
from xbcompliance.expr.compile import MAX_DEPTH, MAX_LENGTH, MAX_NODES, Scope, TableSignature, compile_expression
from xbcompliance.expr.functions import FUNCTIONS, NET_SCALE
from xbcompliance.expr.ir import CODE, CONSIGNMENT, DATE, DUTY, LINE, ORDER, ORDER_MONEY, PLACE, SET, TRUTH, Node, Type
from xbcompliance.expr.numbers import NUMBER_KINDS, SPECIMENS, is_valid
from xbcompliance.money import MODES

MONEY = ir.money(ORDER_MONEY, 6)
FACTS = {
    "order.shipping": (MONEY, ORDER),
    "order.carriage": (Type("code", None, 0, ("post", "express", "freight")), ORDER),
    "order.prices_include": (Type("set", None, 0, ("vat", "duty")), ORDER),
    "order.gift": (TRUTH, ORDER),
    "dates.paid": (DATE, ORDER),
    "dates.declared": (DATE, ORDER),
    "seller.ioss_number": (CODE, ORDER),
    "seller.registrations": (SET, ORDER),
    "ship_to.place": (PLACE, ORDER),
    "parcel.value": (MONEY, CONSIGNMENT),
    "parcel.low": (TRUTH, CONSIGNMENT),
    "line.net": (ir.money(ORDER_MONEY, NET_SCALE), LINE),
    "line.price": (MONEY, LINE),
    "line.rate": (ir.number(8), LINE),
    "line.mass": (ir.quantity("kg", 6), LINE),
    "line.volume": (ir.quantity("l", 6), LINE),
    "line.origin": (CODE, LINE),
    "line.hs_code": (CODE, LINE),
    "line.excise": (TRUTH, LINE),
    "line.duty": (DUTY, LINE),
    'history["nexus:US-TX"]': (TRUTH, ORDER),
    'history["stock"].count': (ir.number(0), ORDER),
}
VALUES = {"law.fee": ir.money(ORDER_MONEY, 6), "eu.limit": ir.money("EUR", 6)}
TABLES = {
    "vat.rates": TableSignature("vat.rates", (("place", "place"), ("category", "category")), ir.number(8)),
    "tariff": TableSignature("tariff", (("code", "code"),), DUTY),
}


class Facts(Scope):
    def fact(self, name):
        if name in VALUES:
            return Node("value", (), name, VALUES[name], ORDER)
        if name not in FACTS:
            return None
        type_, grain = FACTS[name]
        return Node("fact", (), name, type_, grain)

    def table(self, name):
        return TABLES.get(name)

    def territory(self, name):
        return name == "eu"

    def names(self):
        return [*FACTS, *VALUES, *TABLES, "eu"]


def compiled(text: str, grain: ir.Grain = LINE) -> Node:
    return compile_expression(text, Facts(grain), Location("rules.yaml", 7, 9))


def problem(text: str, grain: ir.Grain = LINE) -> str:
    with pytest.raises(PackError) as caught:
        compiled(text, grain)
    code, _, sentence = str(caught.value).removeprefix("XB-PACK-").partition(" rules.yaml:7:9: ")
    return f"{code} {sentence}"


# -------------------------------------------------------------------------------------------------- what is accepted


@pytest.mark.parametrize(
    ("text", "type_", "grain"),
    [
        ("True", "truth", "order"),
        ("1.50", "number", "order"),
        ('"DE"', "code", "order"),
        ("order.shipping", "money in the order currency", "order"),
        ("line.net + line.price", "money in the order currency", "line"),
        ("line.net - each(order.shipping)", "money in the order currency", "line"),
        ("line.price * 0.19", "money in the order currency", "line"),
        ("0.5 * line.mass", "quantity in kg", "line"),
        ("-line.net", "money in the order currency", "line"),
        ("line.net if line.excise else 0 * line.net", "money in the order currency", "line"),
        ("law.fee if line.excise else line.net", "money in the order currency", "line"),
        ("line.net + law.fee", "money in the order currency", "line"),
        ("not order.gift and line.excise or parcel.low", "truth", "line"),
        ("0 < line.rate <= 0.5", "truth", "line"),
        ("dates.paid < dates.declared", "truth", "order"),
        ('order.carriage == "post"', "truth", "order"),
        ('order.carriage in {"post", "express"}', "truth", "order"),
        ('"vat" not in order.prices_include', "truth", "order"),
        ("ship_to.place in eu", "truth", "order"),
        ('ship_to.place == "DE"', "truth", "order"),
        ("line.origin not in eu", "truth", "line"),
        ("vat.rates[ship_to.place, line.origin]", "number", "line"),
        ('history["nexus:US-TX"]', "truth", "order"),
        ('history["stock"].count > 3', "truth", "order"),
        ('convert(line.net, "EUR") <= eu.limit', "truth", "line"),
        ('convert(eu.limit, "order")', "money in the order currency", "order"),
        ('convert(eu.limit, "USD", source="customs")', "money in USD", "order"),
        ('money("3.00 EUR") + eu.limit', "money in EUR", "order"),
        ("told(line.origin)", "truth", "line"),
        ('valid("eu.ioss", seller.ioss_number)', "truth", "order"),
        ("listed(tariff[line.hs_code])", "truth", "line"),
        ("share(order.shipping, by=line.net)", "money in the order currency", "line"),
        ("share(parcel.value, by=line.mass)", "money in the order currency", "line"),
        ("each(parcel.value)", "money in the order currency", "line"),
        ('round(line.net, 2, "half_up")', "money in the order currency", "line"),
        ('round(line.net, 2, "half_up", step=5)', "money in the order currency", "line"),
        ('quotient(line.mass, 2, 3, "down")', "quantity in kg", "line"),
        ('quotient(line.net, line.price, 8, "half_even")', "number", "line"),
        ("without(line.net, line.rate)", "money in the order currency", "line"),
        ("min(line.net, line.price)", "money in the order currency", "line"),
        ("max(dates.paid, dates.declared)", "date", "order"),
        ('max(line.net, convert(eu.limit, "order"))', "money in the order currency", "line"),
        ("digits(line.hs_code, 6)", "code", "line"),
        ('starts_with(line.origin, "C")', "truth", "line"),
        ("days(dates.paid, dates.declared) > 14", "truth", "order"),
        ("apply(line.duty, line.net)", "money in the order currency", "line"),
        ("first(line.origin, 2)", "code", "line"),
        ('lower("EU-GB")', "code", "order"),
        ('registered(seller.registrations, ship_to.place, "vat")', "truth", "order"),
    ],
)
def test_type_and_grain(text, type_, grain):
    node = compiled(text)
    assert node.type.described == type_
    assert node.grain.name == grain


@pytest.mark.parametrize(
    "text", ["sum(line.net)", "sum(line.mass)", "count(line.excise)", "count_distinct(line.origin)"]
)
@pytest.mark.parametrize(
    ("rule", "over", "grain"), [(ORDER, "", "order"), (CONSIGNMENT, "", "consignment"), (LINE, ", over=order", "order")]
)
def test_aggregates_rise_to_the_rule_or_as_told(text, rule, over, grain):
    assert compiled(text[:-1] + over + ")", rule).grain.name == grain


@pytest.mark.parametrize("name", ["any", "all"])
def test_truths_rise(name):
    assert compiled(f"{name}(parcel.low)", ORDER).type == TRUTH
    assert compiled(f"{name}(line.excise, over=consignment)").grain == CONSIGNMENT


@pytest.mark.parametrize(
    ("text", "scale"),
    [
        ("line.net + 0 * line.price", NET_SCALE),
        ("line.price * 0.19", 8),
        ("line.price * line.rate * 0.5", 15),
        ('round(line.net, 2, "half_up")', 6),
        ('round(line.rate, 2, "half_up")', 2),
        ('quotient(line.net, 3, 4, "up")', 4),
        ("without(line.price, line.rate)", NET_SCALE),
        ('convert(line.price, "EUR")', NET_SCALE),
        ("min(line.price, line.net)", NET_SCALE),
    ],
)
def test_scales_are_part_of_the_type(text, scale):
    assert compiled(text).type.scale == scale


def test_what_says_the_same_is_one_node():
    assert compiled("line.net  +\n line.price") is compiled("line.net + line.price")
    assert compiled("order.gift and order.gift") is compiled("order.gift")
    assert compiled("order.gift and True") is compiled("order.gift")
    assert compiled("order.gift or True") is ir.TRUE
    assert compiled("not not order.gift") is compiled("order.gift")
    assert compiled("line.excise and (order.gift and parcel.low)") is compiled(
        "line.excise and order.gift and parcel.low"
    )
    assert compiled("line.net > line.price") is compiled("line.price < line.net")


def test_blanks_inside_a_text_are_one_blank():
    assert compiled('"LOS\n   ANGELES"').value == "LOS ANGELES"


# --------------------------------------------------------------------------------------------------- what is refused

GRAMMAR = "020 found {}, expected the expression grammar"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "020 not an expression: '' (invalid syntax)"),
        ("line.net +", "020 not an expression: 'line.net +' (invalid syntax)"),
        ("a; b", "020 not an expression: 'a; b' (invalid syntax)"),
        ("a) or (b", "020 not an expression: 'a) or (b' (unmatched ')')"),
        ("line.net = 3", "020 not an expression: 'line.net = 3' (invalid syntax)"),
        ("import os", "020 not an expression: 'import os' (invalid syntax)"),
        ("lambda: 1", GRAMMAR.format("'lambda: 1'")),
        ("[x for x in y]", GRAMMAR.format("'[x for x in y]'")),
        ("{1: 2}", GRAMMAR.format("'{1: 2}'")),
        ("(a, b)", GRAMMAR.format("'(a, b)'")),
        ('f"{order.gift}"', GRAMMAR.format("'f\"{order.gift}\"'")),
        ("(x := order.gift)", GRAMMAR.format("'x := order.gift'")),
        ("tariff[1:2]", GRAMMAR.format("'1:2'")),
        ("sum(*line.net)", GRAMMAR.format("'*line.net'")),
        ("sum(**line.net)", "020 found **, expected named arguments"),
        ("b'x'", "020 found \"b'x'\", expected a text, a number or a truth"),
        ("None", "020 found 'None', expected a text, a number or a truth"),
        ("...", "020 found '...', expected a text, a number or a truth"),
        ("1j", "020 found '1j', expected a text, a number or a truth"),
        ("1e3", "020 found '1e3', expected a plain decimal number"),
        ("0x10", "020 found '0x10', expected a plain decimal number"),
        ("1_000", "020 found '1_000', expected a plain decimal number"),
        ("1.", "020 found '1.', expected a plain decimal number"),
        (".5", "020 found '.5', expected a plain decimal number"),
        ("9" * 16, f"020 found '{'9' * 16}', expected a plain decimal number"),
        ("0." + "1" * 13, f"020 found '0.{'1' * 13}', expected a plain decimal number"),
        ("+line.net", "020 found '+line.net', expected `not` or `-`"),
        ("~line.net", "020 found '~line.net', expected `not` or `-`"),
        (
            "line.net / 2",
            "020 found Div, expected + - * (division rounds, so it is a function: quotient(a, b, digits, mode))",
        ),
        (
            "line.rate ** 2",
            "020 found Pow, expected + - * (division rounds, so it is a function: quotient(a, b, digits, mode))",
        ),
        ("order.gift is True", "020 found Is, expected == != < <= > >= in"),
        (
            "order.gift # and line.excise",
            "020 not an expression: 'order.gift # and line.excise' ('(' was never closed)",
        ),
        ('"\\x41"', "020 found a backslash, expected the expression grammar"),
        ("(1).real", "020 found '(1).real', expected a dotted name"),
        ("sum(line.net).real", "020 found 'sum(line.net).real', expected a dotted name"),
    ],
)
def test_outside_the_grammar(text, message):
    assert problem(text) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("order.shiping", "021 found the name 'order.shiping' (did you mean 'order.shipping'?)"),
        ("nothing", "021 found the name 'nothing'"),
        ("__import__", "021 found the name '__import__'"),
        ('__import__("os")', "021 found the function '__import__'"),
        ("line.net.__class__", "021 found the name 'line.net.__class__' (did you mean 'line.net'?)"),
        ("summ(line.net)", "021 found the function 'summ' (did you mean 'sum'?)"),
        ("line.net()", "021 found the function 'line.net'"),
        ("(1)(2)", "021 found the function \"'1'\""),
        (
            'vat.rate["DE", "book"]',
            "021 found the table 'vat.rate', expected a declared table (did you mean 'vat.rates'?)",
        ),
        ('history["nexus:US-TY"]', "021 found the table 'history', expected a declared table"),
    ],
)
def test_names_that_nobody_knows(text, message):
    assert problem(text) == message


TYPES = [
    ("eu", "found eu alone, expected `x in territory` or `table[key, …]`"),
    ("tariff", "found tariff alone, expected `x in territory` or `table[key, …]`"),
    ('vat.rates["DE"]', "found 1 keys for vat.rates, expected 2 (place, category)"),
    ("lower(line.origin)", "found a computed value in lower(), expected a fixed text"),
    ("tariff[line.net]", "found money in the order currency as key code of tariff, expected a code"),
    ("order.gift and line.net", "found money in the order currency in 'line.net', expected a truth"),
    ("not line.net", "found money in the order currency in 'line.net', expected a truth"),
    ("1 if line.origin else 2", "found code in 'line.origin', expected a truth"),
    ("line.net if order.gift else line.mass", "found money in the order currency if … else quantity in kg, expected the same on both sides"),
    ("-line.origin", "found -code, expected a number"),
    ("line.net > 150", "found money in the order currency > number, expected the same on both sides"),
    ("line.mass == line.volume", "found quantity in kg == quantity in l, expected the same on both sides"),
    ("line.net <= eu.limit", "found money in the order currency <= money in EUR, expected the same on both sides (use convert(amount, currency))"),
    ("line.net + eu.limit", "found money in the order currency + money in EUR, expected the same on both sides (use convert(amount, currency))"),
    ('line.origin < "DE"', "found code <, expected numbers, amounts or dates"),
    ("order.gift < True", "found truth <, expected numbers, amounts or dates"),
    ('order.carriage == "pots"', "found 'pots', expected post | express | freight (did you mean 'post'?)"),
    ('order.carriage in {"post", "expres"}', "found 'expres', expected post | express | freight (did you mean 'express'?)"),
    ('"dutty" in order.prices_include', "found 'dutty', expected vat | duty (did you mean 'duty'?)"),
    ("line.net in eu", "found money in the order currency in a territory, expected a place"),
    ('line.net in {"DE"}', "found money in the order currency in …, expected a code or place"),
    ("line.rate in order.prices_include", "found number in …, expected a code or place"),
    ("line.origin in {line.hs_code}", "found 'line.hs_code', expected texts in a list of values"),
    ("line.origin in {1}", "found '1', expected texts in a list of values"),
    ("line.origin in line.hs_code", "found in code, expected a territory, a set or {…}"),
    ("line.origin in (\"DE\")", "found in code, expected a territory, a set or {…}"),
    ("line.origin + line.origin", "found code in arithmetic, expected amounts or numbers"),
    ("line.net * line.price", "found money in the order currency × money in the order currency, expected a plain number on one side"),
    ("line.net * line.mass", "found money in the order currency × quantity in kg, expected a plain number on one side"),
    ("told()", "found 0 arguments for told(), expected 1"),
    ("min(line.net)", "found 1 arguments for min(), expected 2 to 9"),
    ("told(line.net, over=order)", "found told(…, over=), expected nothing"),
    ("sum(line.net, by=line.mass)", "found sum(…, by=), expected over"),
    ("sum(line.origin)", "found code in sum(), expected money or number or quantity"),
    ("any(line.net)", "found money in the order currency in any(), expected truth"),
    ("all(line.net)", "found money in the order currency in all(), expected truth"),
    ("count(line.net)", "found money in the order currency in count(), expected truth"),
    ("count_distinct(line.net)", "found money in the order currency in count_distinct(), expected code or place"),
    ('valid(line.origin, "x")', "found a computed value in valid(), expected a fixed text"),
    ('valid("us.ein", line.origin)', f"found 'us.ein' in valid(), expected {' | '.join(NUMBER_KINDS)}"),
    ("listed(line.origin)", "found code in listed(), expected a table look-up"),
    ("share(line.mass, by=line.net)", "found quantity in kg in share(), expected money"),
    ("share(order.shipping)", "found no weight in share(), expected by=an amount, quantity or number"),
    ("share(order.shipping, by=line.origin)", "found no weight in share(), expected by=an amount, quantity or number"),
    ("each(line.origin)", "found code in each(), expected money or number or quantity"),
    ('convert(line.mass, "EUR")', "found quantity in kg in convert(), expected money"),
    ("convert(line.net, line.origin)", "found a computed value in convert(), expected a fixed text"),
    ('convert(line.net, "euro")', "found 'euro' in convert(), expected a currency such as \"EUR\", or \"order\""),
    ('convert(line.net, "EUR", source=line.origin)', "found a computed value in convert(), expected a fixed text"),
    ('convert(line.net, "EUR", source=5)', "found number in convert(), expected a fixed text"),
    ('money("3.00")', "found '3.00' in money(), expected an amount such as \"3.00 EUR\""),
    ('money("3,00 EUR")', "found '3,00 EUR' in money(), expected an amount such as \"3.00 EUR\""),
    ('money("3.00 eur")', "found '3.00 eur' in money(), expected an amount such as \"3.00 EUR\""),
    ("money(3)", "found number in money(), expected a fixed text"),
    ('round(line.origin, 2, "half_up")', "found code in round(), expected money or number or quantity"),
    ('round(line.net, line.rate, "half_up")', "found a computed value in round(), expected a fixed whole number"),
    ('round(line.net, 2.0, "half_up")', "found decimals in round(), expected a fixed whole number"),
    ('round(line.price, 7, "half_up")', "found 7 decimals in round(), expected 0 to 6"),
    ('round(line.net, -1, "half_up")', "found a computed value in round(), expected a fixed whole number"),
    ('round(line.net, 2, "up_half")', f"found 'up_half' in round(), expected {' | '.join(MODES)}"),
    ('round(line.net, 2, "half_up", step=0)', "found step=0 in round(), expected 1 or more"),
    ('round(line.net, 2, "half_up", step=line.rate)', "found a computed value in round(), expected a fixed whole number"),
    ('round(line.net, 2, "half_up", step="5")', "found code in round(), expected a fixed whole number"),
    ('quotient(line.net, line.mass, 2, "up")', "found money in the order currency / quantity in kg in quotient(), expected a number, or the same measure on both sides"),
    ('quotient(line.net, 2, 2.5, "up")', "found decimals in quotient(), expected a fixed whole number"),
    ("without(line.mass, line.rate)", "found quantity in kg in without(), expected money"),
    ("without(line.net, line.mass)", "found quantity in kg in without(), expected number"),
    ("min(line.net, eu.limit)", "found money in EUR in min(), expected money in the order currency"),
    ("max(line.origin, line.hs_code)", "found code in max(), expected money or number or quantity or date"),
    ("digits(line.hs_code, 11)", "found 11 digits in digits(), expected 2 to 10"),
    ("digits(line.hs_code, 0.6)", "found decimals in digits(), expected a fixed whole number"),
    ("digits(line.net, 6)", "found money in the order currency in digits(), expected code"),
    ("starts_with(line.origin, line.hs_code)", "found a computed value in starts_with(), expected a fixed text"),
    ("days(dates.paid, line.origin)", "found code in days(), expected date"),
    ("apply(line.rate, line.net)", "found number in apply(), expected duty"),
    ("told_or(line.net, line.rate)", "found money in the order currency or number in told_or(), expected the same type twice"),
    ("first(line.net, 2)", "found money in the order currency in first(), expected code"),
    ('registered(line.origin, line.origin, "vat")', "found code in registered(), expected set"),
    ("registered(seller.registrations, line.origin, line.hs_code)", "found a computed value in registered(), expected a fixed text"),
    ("apply(line.duty, eu.limit)", "found money in EUR in apply(), expected an amount in the order currency"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), TYPES)
def test_types_and_units(text, message):
    assert problem(text) == f"022 {message}"


def test_every_function_has_a_type_error_here():
    refused = " ".join(text for text, _ in TYPES)
    assert [name for name in FUNCTIONS if not re.search(rf"\b{name}\(", refused)] == []


BROADCAST = (
    "found an amount of the {} combined with values of the {}, expected amounts of one grain "
    "(share(amount, by=weight) splits it, each(amount) repeats it on purpose)"
)


@pytest.mark.parametrize(
    ("text", "grain", "message"),
    [
        ("line.net + order.shipping", LINE, BROADCAST.format("order", "line")),
        ("parcel.value - line.net", LINE, BROADCAST.format("consignment", "line")),
        ("order.shipping * line.rate", LINE, BROADCAST.format("order", "line")),
        ("order.shipping if line.excise else line.net", LINE, BROADCAST.format("order", "line")),
        ("min(line.net, parcel.value)", LINE, BROADCAST.format("consignment", "line")),
        ("max(order.shipping, line.net)", LINE, BROADCAST.format("order", "line")),
        ('quotient(order.shipping, line.rate, 2, "up")', LINE, BROADCAST.format("order", "line")),
        ("without(order.shipping, line.rate)", LINE, BROADCAST.format("order", "line")),
        ("apply(line.duty, order.shipping)", LINE, BROADCAST.format("order", "line")),
        ("sum(line.net)", LINE, "found a value of the line over the line in sum(), expected something finer than the rule, or over=order / over=consignment"),
        ("sum(order.shipping)", ORDER, "found a value of the order over the order in sum(), expected something finer than the rule, or over=order / over=consignment"),
        ("sum(line.net, over=line)", ORDER, "found over=line in sum(), expected order or consignment"),
        ('sum(line.net, over="order")', LINE, "found over=a computed value in sum(), expected order or consignment"),
        ("count(parcel.low, over=consignment)", ORDER, "found a value of the consignment over the consignment in count(), expected something finer than the rule, or over=order / over=consignment"),
        ("share(line.net, by=parcel.value)", LINE, "found a weight of the consignment in share(), expected one finer than the line"),
        ("share(order.shipping, by=1)", LINE, "found a weight of the order in share(), expected one finer than the order"),
        ("each(line.net)", LINE, "found a value of the line in each(), expected one coarser than the rule"),
        ("apply(line.duty, line.net)", ORDER, "found a rule per order in apply(), expected a rule per line"),
    ],
)  # fmt: skip
def test_grains(text, grain, message):
    assert problem(text, grain) == f"023 {message}"


# ---------------------------------------------------------------------------------------------------------- hostile


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 + " * 1100 + "1", f"024 found 4401 characters, expected at most {MAX_LENGTH}"),
        ("1 + " * 400 + "1", f"024 found a very large expression, expected at most {MAX_NODES} parts"),
        ("(" * 1900 + "1" + ")" * 1900, "020 "),
        ("-" * 300 + "1", "024 found a very large expression"),
        ("not " * 180 + "order.gift", f"024 found a very deep expression, expected at most {MAX_DEPTH} levels"),
        ("1 + " * 110 + "1", f"024 found a very deep expression, expected at most {MAX_DEPTH} levels"),
        ("order.gift.a" + ".a" * 120, f"024 found a very deep expression, expected at most {MAX_DEPTH} levels"),
        ("line.rate * line.rate * line.rate * line.rate", "024 found 32 decimal places, expected ≤ 30; round a part first"),
        ('quotient(line.net, 3, 999999999, "up")', "024 found 999999999 decimals in quotient(), expected 0 to 30"),
        ("9" * 3990, "020 found "),
        ("\0", "020 not an expression: '\\x00'"),
        ("\ud800", "020 not an expression: '\\ud800'"),
        ("order.gift\N{NO-BREAK SPACE}and\N{EM SPACE}order.gift.x", "021 found the name 'order.gift.x'"),
    ],
)  # fmt: skip
def test_huge_deep_and_odd(text, message):
    assert problem(text).startswith(message)


NUMBERS = [
    ("eu.vat", "DE136695976", True),
    ("eu.vat", "DE 136 695 976", True),
    ("eu.vat", "IE6433435f", True),
    ("eu.vat", "DE136695977", False),
    ("eu.vat", "de136695976", False),  # a rule that reads the country in front would not know it
    ("eu.vat", " DE136695976", False),
    ("eu.vat", "136695976", False),
    ("eu.vat", "EL094259216", True),
    ("eu.vat", "GR094259216", False),
    ("eu.vat", "XI980780684", True),
    ("eu.vat", "GB980780684", False),
    ("eu.vat", "", False),
    ("eu.vat.form", "DE136695977", True),
    ("eu.vat.form", "DE13669597", False),
    ("eu.vat.form", "DE13669597X", False),
    ("eu.vat.form", "GB980780684", False),
    ("eu.vat.form", "XI980780685", True),
    ("eu.vat.prefix", "DE", True),
    ("eu.vat.prefix", "EL1", True),
    ("eu.vat.prefix", "GR1", False),
    ("eu.vat.prefix", "XI1", True),
    ("eu.vat.prefix", "CH1", False),
    ("eu.vat.prefix", "de1", False),
    ("eu.ioss", "IM3720000224", True),
    ("eu.ioss", "im 372 000 0224", True),
    ("eu.ioss", "IM1560000224", False),
    ("eu.ioss", "EU372022452", False),
    ("eu.ioss.form", "IM1560000224", True),
    ("eu.ioss.form", "IM372000022", False),
    ("eu.ioss.form", "IM37200002245", False),
    ("eu.ioss.form", "IM372000022A", False),
    ("eu.ioss.form", "IM372000022\u0664", False),
    ("eu.ioss.form", "IN3720000224", False),
    ("eu.ioss.intermediary", "IN3720000224", True),
    ("eu.ioss.intermediary", "IN372000022", False),
    ("eu.ioss.intermediary", "IM3720000224", False),
    ("eori", "CN1234567890", True),
    ("eori", "XI980780684000", True),
    ("eori", "1234567890", False),
    ("eori", "ZZ1234567890", False),
    ("eori", "DE", False),
    ("gb.vat", "GB980780684", True),
    ("gb.vat", "GB980780685", False),
]


@pytest.mark.parametrize(("kind", "number", "good"), NUMBERS)
def test_numbers_are_checked_offline(kind, number, good):
    assert is_valid(kind, number) is good


def test_every_kind_of_number_is_tried_and_has_a_specimen():
    assert {kind for kind, _, _ in NUMBERS} == set(NUMBER_KINDS) == set(SPECIMENS)
    assert all(is_valid(kind, number) for kind, number in SPECIMENS.items())


@given(st.text(max_size=20))
@example("DE\ud800")
def test_a_number_without_a_fault_has_none_in_its_parts(text):
    for number in (text, f"DE{text}", f"IM{text}"):
        assert is_valid("eu.vat.form", number) or not is_valid("eu.vat", number)
        assert is_valid("eu.vat.prefix", number) or not is_valid("eu.vat.form", number)
        assert is_valid("eu.ioss.form", number) or not is_valid("eu.ioss", number)


def test_the_largest_that_is_allowed_compiles():
    assert compiled(" and ".join(["order.gift", "line.excise", "parcel.low"] * 15)).op == "and"
    assert compiled(" + ".join(["line.net"] * 80)).type.kind == "money"


SIGNS = """( ) [ ] { } , . : # " ' \\ not and or if else in lambda await yield := ** * - + / < == 1 0.19 1e9 1if é"""
PIECES = st.sampled_from(
    [*SIGNS.split(), "\n", "\0", "\ud800", *FACTS, *FUNCTIONS, "eu", "tariff", "over=order", "by=", "source=", "step="]
)


@given(
    st.lists(PIECES, max_size=14).map(" ".join) | st.text(string.printable, max_size=40), st.sampled_from([ORDER, LINE])
)
@example("(" * 300, LINE)
@example("1if 1else 2", LINE)
def test_any_text_is_a_node_or_a_sentence(text, grain):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            node = compiled(text, grain)
        except PackError as error:
            assert error.code in {f"XB-PACK-{number}" for number in ("020", "021", "022", "023", "024")}  # noqa: PT017
            assert str(error.where) == "rules.yaml:7:9"  # noqa: PT017
        else:
            assert isinstance(node, Node)
