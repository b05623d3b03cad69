"""The plan: references resolved, answers told apart, what never applies pointed out, and routes that lose nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import pytest
from packing import HEAD, book_of, charge, define, everything_wrong, plan_of, rule, rules

from xbcompliance._errors import PackError
from xbcompliance.engine import Engine
from xbcompliance.expr import ir
from xbcompliance.facts import read_order
from xbcompliance.packs import model, read
from xbcompliance.packs.model import Pack
from xbcompliance.packs.read import read_pack
from xbcompliance.packs.rulebook import compose, data_folder, load_rulebook, pack_folders
from xbcompliance.plan import Plan, Routes, build_lane, build_plan, build_slice, traits_of
from xbcompliance.plan import build as building
from xbcompliance.plan.fold import Folder
from xbcompliance.plan.routing import destinations

ROOT = Path(__file__).resolve().parent.parent


@cache
def built_in() -> Plan:
    return build_plan(load_rulebook())


# ----------------------------------------------------------------------------------------------------- the builder


def test_a_plan_is_the_same_in_any_order_of_rules(tmp_path: Path) -> None:
    texts = [
        define("t.a", "t.b"),
        define("t.b", "order.gift"),
        charge("t.c"),
        define("t.d", "t.a and t.b", "covers: [tax]"),
    ]
    one, other = (
        plan_of(tmp_path / str(i), {"rules.yaml": rules(*order)}) for i, order in enumerate((texts, texts[::-1]))
    )
    assert list(one.rules) == list(other.rules)
    assert building.rules_to_json(dict(one.rules)) == building.rules_to_json(dict(other.rules))


def test_the_digest_is_of_the_meaning_and_of_the_bytes(tmp_path: Path) -> None:
    digests = {
        plan_of(tmp_path / str(i), {"rules.yaml": rules(define("t.a", text))}).digest
        for i, text in enumerate(("order.gift", "not order.gift", "order.gift ", "order.gift"))
    }
    assert len(digests) == 3


def test_the_plan_travels_as_json() -> None:
    text = json.dumps(building.rules_to_json(dict(built_in().rules)))
    described = json.loads(text)
    assert set(described["rules"]) == set(built_in().rules)
    for index, row in enumerate(described["nodes"]):
        assert all(arg < index for arg in row[4]), "a row refers to earlier rows only"


def test_versions_of_one_rule_are_carried_with_one_scale(tmp_path: Path) -> None:
    text = rules(
        rule(
            "define",
            "t.a",
            versions=["{from: 2021-01-01, is: '0.5', cite: [act 1]}", "{from: 2022-01-01, is: '0.125', cite: [act 1]}"],
        )
    )
    found = plan_of(tmp_path, {"rules.yaml": text}).rules["t.a"]
    assert [version.nodes["is"].value for version in found.versions] == [500, 125]
    assert found.type.scale == 3


@pytest.mark.parametrize(
    ("written", "lines", "value"),
    [
        ("150.00 EUR", (), 150_000_000),
        ("0.19", (), 19_000_000),
        ("[DE, FR]", (), frozenset({"DE", "FR"})),
        ("[]", (), frozenset()),
        ("true", (), True),
        ("NO", ("type: code",), "NO"),
        ("010121", ("type: code",), "010121"),
        ("false", ("type: truth",), False),
        ("7", ("type: number",), 700_000_000),
    ],
)
def test_values_are_typed(tmp_path: Path, written: str, lines: tuple[str, ...], value: object) -> None:
    versions = [f"{{from: 2021-01-01, is: '{written}', cite: [act 1]}}"]
    plan = plan_of(tmp_path, {"rules.yaml": rules(rule("value", "t.v", *lines, versions=versions))})
    assert plan.rules["t.v"].versions[0].nodes["is"].value == value


def test_the_words_of_the_format_are_stated_once() -> None:
    assert building.CHARGE_KINDS == model.CHARGE_KINDS
    assert building.PARTIES == model.PARTIES
    assert building.POINTS == model.POINTS
    assert building.LEVELS == model.LEVELS
    assert building.SEVERITIES == model.SEVERITIES
    assert set(building._GRAINS) | {"item"} == set(read.GRAINS)


# --------------------------------------------------------------------------------- several rules for one answer


TWO = [
    ("order.gift", "not order.gift"),
    ('order.carriage == "post"', 'order.carriage == "express"'),
    ('ship_to.country == "DE"', 'ship_to.country == "FR"'),
    ('ship_to.country == "DE"', 'ship_to.country in {"FR", "NL"}'),
    ('order.gift and buyer.kind == "consumer"', 'not order.gift and buyer.kind == "consumer"'),
]
MEET = [
    ("order.gift", "order.gift"),
    ("order.gift", 'order.carriage == "post"'),
    ('order.carriage in {"post", "express"}', 'order.carriage == "post"'),
    ('ship_to.country in {"DE", "FR"}', 'ship_to.country == "FR"'),
    ("order.gift or told(order.carriage)", "not order.gift or told(order.carriage)"),
]


def answering(name: str, when: str, *lines: str, more: str = "", since: str = "2021-01-01") -> str:
    version = f"{{from: {since}, when: '{when}', is: '\"{name}\"', cite: [act 1]{more}}}"
    return rule("define", name, "answers: t.q", *lines, versions=[version])


@pytest.mark.parametrize(("one", "other"), TWO + [(b, a) for a, b in TWO])
def test_rules_that_exclude_each_other_may_share_an_answer(tmp_path: Path, one: str, other: str) -> None:
    plan = plan_of(tmp_path, {"rules.yaml": rules(answering("t.a", one), answering("t.b", other))})
    assert plan.answers["t.q"] == ("t.a", "t.b")


@pytest.mark.parametrize(("one", "other"), MEET + [(b, a) for a, b in MEET])
def test_rules_that_may_meet_do_not_share_an_answer(tmp_path: Path, one: str, other: str) -> None:
    with pytest.raises(PackError, match="XB-PACK-038"):
        plan_of(tmp_path, {"rules.yaml": rules(answering("t.a", one), answering("t.b", other))})


@pytest.mark.parametrize(("one", "other"), MEET)
def test_an_exception_settles_it(tmp_path: Path, one: str, other: str) -> None:
    texts = rules(answering("t.a", one), answering("t.b", other, "exception_to: t.a"))
    assert plan_of(tmp_path, {"rules.yaml": texts}).excepted == {"t.a"}


def test_rules_of_different_days_may_share_an_answer(tmp_path: Path) -> None:
    early = answering("t.a", "order.gift", more=", until: 2021-12-31")
    plan_of(tmp_path / "0", {"rules.yaml": rules(early, answering("t.b", "order.gift", since="2022-01-01"))})
    with pytest.raises(PackError, match="XB-PACK-038"):
        plan_of(tmp_path / "1", {"rules.yaml": rules(early, answering("t.b", "order.gift", since="2021-12-31"))})


def test_days_of_different_clocks_always_may_meet(tmp_path: Path) -> None:
    early = answering("t.a", "order.gift", "clock: paid", more=", until: 2021-12-31")
    late = answering("t.b", "order.gift", "clock: declared", since="2022-01-01")
    with pytest.raises(PackError, match="XB-PACK-038"):
        plan_of(tmp_path, {"rules.yaml": rules(early, late)})


def test_a_repealed_or_replaced_version_meets_nobody(tmp_path: Path) -> None:
    ended = [
        "{from: 2021-01-01, when: order.gift, is: '\"a\"', cite: [act 1]}",
        "{from: 2022-01-01, repealed: true, cite: [act 1]}",
    ]
    texts = rules(
        rule("define", "t.a", "answers: t.q", versions=ended), answering("t.b", "order.gift", since="2022-01-01")
    )
    plan_of(tmp_path, {"rules.yaml": texts})


def test_what_was_replaced_only_as_known_now_met_somebody_before(tmp_path: Path) -> None:
    annulled = [
        "{from: 2021-01-01, when: order.gift, is: '\"a\"', cite: [act 1]}",
        "{from: 2021-01-01, published: 2023-01-01, corrects: true, repealed: true, cite: [act 1]}",
    ]
    texts = rules(rule("define", "t.a", "answers: t.q", versions=annulled), answering("t.b", "order.gift"))
    with pytest.raises(PackError, match="XB-PACK-038"):
        plan_of(tmp_path, {"rules.yaml": texts})


def facts(**told: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "currency": "EUR",
        "dates": {"placed": "2022-01-01"},
        "ship_to": {"country": "DE"},
        "lines": [{"id": "1", "quantity": "1", "unit_price": "1"}],
        **told,
    }


@pytest.mark.parametrize(("gift", "answer"), [(True, "t.b"), (False, "t.a"), (None, None)])
def test_an_exception_wins_where_it_holds(tmp_path: Path, gift: bool | None, answer: str | None) -> None:
    texts = rules(
        answering("t.a", 'buyer.kind == "consumer"'),
        answering("t.b", "order.gift", "exception_to: t.a"),
        define("t.shown", "t.q", "determination: true"),
    )
    head = HEAD + "profiles: {checkout: {assume: []}}\n"
    engine = Engine(book_of(tmp_path, {"pack.yaml": head, "rules.yaml": texts}))
    order = facts(buyer={"kind": "consumer"}, **({} if gift is None else {"gift": gift}))
    assert engine.assess(order).to_dict()["determinations"][0]["value"] == answer


# -------------------------------------------------------------------------------------------- what never applies

ONE = 'money("1.00 EUR")'


def due(when: str, *more: str, since: str = "2021-01-01") -> str:
    return f"{{from: {since}, when: '{when}', amount: '{ONE}', cite: [act 1]{''.join(f', {m}' for m in more)}}}"


DEAD = {
    "a place that is in no union and in one": 'ship_to.country == "US" and ship_to.country == "DE"',
    "a define that is false": "t.never",
    "a define that has become false": "t.ended",
    "one half of an and": "order.gift and False",
    "no alternative left": "t.never or t.ended",
}
ALIVE = {
    "a fact": "order.gift",
    "a place": 'ship_to.country == "US" and order.gift',
    "a define that is false on some days only": "t.lasting",
    "one alternative left": "t.never or order.gift",
    "what another clock decides": "t.other_clock",
}
DEFINES = (
    define("t.never", "False")
    + rule(
        "define",
        "t.ended",
        versions=["{from: 2020-01-01, is: 'True', cite: [act 1]}", "{from: 2021-01-01, is: 'False', cite: [act 1]}"],
    )
    + rule(
        "define",
        "t.lasting",
        versions=["{from: 2020-01-01, is: 'True', cite: [act 1]}", "{from: 2022-01-01, is: 'False', cite: [act 1]}"],
    )
    + rule(
        "define",
        "t.other_clock",
        "clock: declared",
        versions=["{from: 2020-01-01, is: 'True', cite: [act 1]}", "{from: 2021-01-01, is: 'False', cite: [act 1]}"],
    )
    + define("t.uses_all", "t.never or t.ended or t.lasting or t.other_clock", "determination: true")
)


@pytest.mark.parametrize("when", DEAD.values(), ids=DEAD)
def test_a_condition_that_never_holds_is_found(tmp_path: Path, when: str) -> None:
    found = everything_wrong(tmp_path, {"rules.yaml": rules(DEFINES, charge("t.c", versions=[due(when)]))})
    assert [wrong.split()[0] for wrong in found] == ["XB-PACK-039"]
    assert "found t.c from 2021-01-01, whose condition never holds" in found[0]
    assert ":31:34:" in found[0]


@pytest.mark.parametrize("when", ALIVE.values(), ids=ALIVE)
def test_a_condition_that_can_hold_is_not(tmp_path: Path, when: str) -> None:
    assert everything_wrong(tmp_path, {"rules.yaml": rules(DEFINES, charge("t.c", versions=[due(when)]))}) == []


def test_a_charge_that_is_only_offered_is_of_use(tmp_path: Path) -> None:
    texts = rules(
        charge("t.c", "option_of: t.o", versions=[due("False", "offered: order.gift")]), charge("t.d", "option_of: t.o")
    )
    assert everything_wrong(tmp_path, {"rules.yaml": texts}) == []


def test_an_exception_that_always_holds_leaves_nothing(tmp_path: Path) -> None:
    texts = rules(charge("t.c"), charge("t.d", "exception_to: t.c", versions=[due("True")]))
    assert "t.c from 2021-01-01, whose condition never holds" in everything_wrong(tmp_path, {"rules.yaml": texts})[0]


@pytest.mark.parametrize(
    ("instead", "dead"),
    [
        ("[{when: order.gift}, {when: told(order.carriage)}]", False),
        ("[{when: 'True'}, {when: told(order.carriage)}]", True),
        ("[{when: order.gift}, {when: order.gift}]", True),
        ("[{when: 'False'}]", True),
        ("[{when: t.lasting}, {when: order.gift}]", False),
        ("[{when: t.ended}]", True),
    ],
)
def test_an_instead_without_its_turn_is_found(tmp_path: Path, instead: str, dead: bool) -> None:
    texts = rules(DEFINES, charge("t.c", versions=[due("True", f"instead: {instead}")]))
    found = everything_wrong(tmp_path, {"rules.yaml": texts})
    assert len(found) == dead
    assert all("XB-PACK-039" in wrong and "an 'instead' of t.c from 2021-01-01" in wrong for wrong in found)


def test_a_version_known_only_for_a_while_is_of_use(tmp_path: Path) -> None:
    """A tariff that a court annulled is no longer law for any day, but it was when orders were paid."""
    annulled = [
        due("order.gift"),
        "{from: 2021-01-01, published: 2023-01-01, corrects: true, repealed: true, cite: [act 1]}",
    ]
    assert everything_wrong(tmp_path, {"rules.yaml": rules(charge("t.c", versions=annulled))}) == []


def test_what_only_unused_rules_use_is_unused(tmp_path: Path) -> None:
    texts = rules(define("t.a", "t.b"), define("t.b", "order.gift"))
    assert [wrong.split("found ")[1].split(",")[0] for wrong in everything_wrong(tmp_path, {"rules.yaml": texts})] == [
        "the define t.a",
        "the define t.b",
    ]


@pytest.mark.parametrize(
    "use",
    [
        charge("t.c", versions=[due("t.a")]),
        charge("t.c", versions=[due("order.gift", "instead: [{when: t.a}]")]),
        charge("t.c", """due: {from: '"seller" if t.a else "buyer"', at: import}"""),
        rule("require", "t.r", versions=["{from: 2021-01-01, when: order.gift, must: t.a, cite: [act 1]}"]),
        define("t.b", "t.a", "covers: [tax]"),
        define("t.b", "t.a", "determination: true"),
        charge("t.c", versions=[due("told(order.carriage)")])
        + rule(
            "define", "t.x", "exception_to: t.c", versions=["{from: 2021-01-01, when: t.a, is: 'True', cite: [act 1]}"]
        ),
    ],
)
def test_whatever_uses_a_rule_counts(tmp_path: Path, use: str) -> None:
    assert everything_wrong(tmp_path, {"rules.yaml": rules(define("t.a", "told(order.carriage)"), use)}) == []


def test_the_key_of_an_item_is_used(tmp_path: Path) -> None:
    texts = rules(define("t.key", "line.hs_code", "per: line"), charge("t.c", "per: item", "item: t.key"))
    assert everything_wrong(tmp_path, {"rules.yaml": texts}) == []


# --------------------------------------------------------------------------------------------------------- routes


def order_of(country: str) -> dict[str, Any]:
    order: dict[str, Any] = json.loads(
        (ROOT / "examples" / "orders" / "shenzhen-berlin.json").read_text(encoding="utf-8")
    )
    order["ship_to"] = {"country": country, "subdivision": None, "city": None, "postal_code": None}
    return order


COUNTRIES = ("DE", "FR", "ES", "GB", "US", "CN", "NO", "CH", "JP", "BR", "XI")


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_rule_that_is_not_on_the_way_cannot_apply(country: str) -> None:
    """Every root that a destination leaves out has a condition that is false there, on each day of its life."""
    plan = built_in()
    order = read_order(order_of(country))
    values = traits_of(order, plan.rulebook.places)
    kept = Routes(plan).to(country)
    lane = build_lane(plan, kept, values)
    for rule_id in set(plan.roots) - set(kept):
        found = plan.rules[rule_id]
        for version in found.versions:
            day = version.version.span.start
            folder = Folder(plan, lane.traits, dict.fromkeys(model.CLOCKS, day), None)
            condition = folder.condition(found, version)
            if found.rule.kind == "define" and "is" in version.nodes:
                condition = folder.folded(
                    ir.Node("and", (condition, folder.for_rule(found)(version.nodes["is"])), None, ir.TRUTH, ir.ORDER)
                )
            if not version.version.repealed:
                assert condition == ir.FALSE, f"{rule_id} could apply to {country}"


def synthetic(count: int) -> list[Pack]:
    """Packs for other destinations, each with a charge, a scope and a define of its own."""
    template = next(
        pack for pack in (read_pack(path) for path in pack_folders(data_folder("rules"))) if pack.id == "eu.vat"
    )
    scope, tax = template.rules["eu.vat.domestic_scope"], template.rules["eu.vat.domestic"]
    codes = [a + b for a in ascii_uppercase for b in ascii_uppercase if a + b not in COUNTRIES]
    packs = []
    for number in range(count):
        name, country = f"s{number}", codes[number % len(codes)]
        when = replace(scope.versions[0].texts["is"], text=f'ship_to.country == "{country}"')
        one = replace(when, text=ONE)
        used = replace(when, text=f"{name}.scope and order.gift")
        made = {
            f"{name}.scope": replace(
                scope,
                id=f"{name}.scope",
                answers=f"{name}.scope",
                pack=name,
                versions=(replace(scope.versions[0], texts={"is": when}),),
            ),
            f"{name}.tax": replace(
                tax,
                id=f"{name}.tax",
                answers=f"{name}.tax",
                pack=name,
                versions=(replace(tax.versions[0], texts={"when": used, "amount": one}),),
            ),
        }
        packs.append(Pack(name, "1", "law", name, None, ROOT, template.at, rules=made, digest=name))
    return packs


def test_two_thousand_packs_of_other_destinations_change_nothing_on_a_lane() -> None:
    packs = [read_pack(folder) for folder in pack_folders(data_folder("rules"), data_folder("jurisdictions"))]
    small, large = build_plan(compose(packs)), build_plan(compose([*packs, *synthetic(2000)]))
    assert len(large.roots) == len(small.roots) + 4000
    routes = Routes(large)
    assert routes.to("DE") == Routes(small).to("DE")
    assert routes.to("QZ") != Routes(small).to("QZ")
    values = traits_of(read_order(order_of("DE")), large.rulebook.places)
    slices = []
    for plan in (small, large):
        lane = build_lane(plan, Routes(plan).to("DE"), values)
        days = dict.fromkeys(lane.boundaries, 739_838)
        slices.append(build_slice(plan, list(lane.roots), lane.traits, days, None))
        assert lane.roots == build_lane(small, Routes(small).to("DE"), values).roots
        assert lane.boundaries == build_lane(small, Routes(small).to("DE"), values).boundaries
    one, other = slices
    assert [c.id for c in one.charges] == [c.id for c in other.charges]
    assert [f.rule.rule.id for f in (*one.shown, *one.covers)] == [
        f.rule.rule.id for f in (*other.shown, *other.covers)
    ]
    assert [rule.rule.id for rule, _ in one.touched] == [rule.rule.id for rule, _ in other.touched]


def test_a_destination_without_packs_has_only_the_rules_that_name_none() -> None:
    routes = Routes(built_in())
    assert routes.to("QZ") == sorted(routes.anywhere)
    assert set(routes.to("DE")) > set(routes.anywhere)


def test_a_territory_of_regions_is_reached_through_their_country() -> None:
    """The Canary Islands are a part of Spain: an order to Spain may turn out to go there."""
    plan = built_in()
    canaries = truth("member", PLACE, value="t.islands")
    row = next(row for row in plan.rulebook.places.members if "-" in row.cells["place"])
    islands = row._replace(cells={**row.cells, "territory": "t.islands", "place": "ES-CN", "member": "yes"})
    places = replace(plan.rulebook.places, members=(*plan.rulebook.places.members, islands))
    moved = replace(plan, rulebook=replace(plan.rulebook, places=places))
    assert destinations(moved, canaries) == {"ES"}


def truth(op: str, *args: ir.Node, value: Any = None) -> ir.Node:
    return ir.Node(op, args, value, ir.TRUTH, ir.ORDER)


PLACE = ir.Node("fact", (), "ship_to.place", ir.PLACE, ir.ORDER)
GIFT = ir.Node("fact", (), "order.gift", ir.TRUTH, ir.ORDER)
GERMAN = truth("eq", PLACE, ir.const("DE", ir.CODE))
ISLAND = truth("eq", PLACE, ir.const("ES-CN", ir.CODE))
SOME = truth("in", PLACE, value=frozenset({"FR-971", "NL"}))


@pytest.mark.parametrize(
    ("condition", "countries"),
    [
        (GERMAN, {"DE"}),
        (ISLAND, {"ES"}),
        (SOME, {"FR", "NL"}),
        (GIFT, None),
        (truth("not", GERMAN), None),
        (truth("and", GERMAN, GIFT), {"DE"}),
        (truth("and", GERMAN, ISLAND), set()),
        (truth("or", GERMAN, SOME), {"DE", "FR", "NL"}),
        (truth("or", GERMAN, GIFT), None),
        (ir.TRUE, None),
        (ir.FALSE, set()),
        (truth("eq", ir.Node("fact", (), "ship_from.place", ir.PLACE, ir.ORDER), ir.const("DE", ir.CODE)), None),
    ],
)
def test_what_a_condition_says_of_the_destination(condition: ir.Node, countries: set[str] | None) -> None:
    assert destinations(built_in(), condition) == countries


def test_a_chain_of_defines_is_followed_to_the_destination(tmp_path: Path) -> None:
    texts = rules(
        *(define(f"t.a{i}", f"t.a{i + 1} and order.gift") for i in range(3)),
        define("t.a3", 'ship_to.country == "DE"'),
        charge("t.c", versions=[due("t.a0")]),
    )
    assert Routes(plan_of(tmp_path, {"rules.yaml": texts})).by_country == {"DE": ["t.c"]}


def test_an_unused_rule_beside_used_ones_is_found(tmp_path: Path) -> None:
    texts = rules(charge("t.c"), define("t.a", "order.gift"), define("t.b", "t.a"))
    found = everything_wrong(tmp_path, {"rules.yaml": texts})
    assert [wrong.split("found ")[1].split(",")[0] for wrong in found] == ["the define t.a", "the define t.b"]


def test_an_obligation_needs_no_must(tmp_path: Path) -> None:
    versions = ["{from: 2021-01-01, when: order.gift, cite: [act 1]}"]
    lines = ("obligation: Keep the invoice", "due: ten years", "evidence: [invoice]")
    text = rule("require", "t.r", *lines, versions=versions)
    assert everything_wrong(tmp_path, {"rules.yaml": rules(text)}) == []
    terms = plan_of(tmp_path, {"rules.yaml": rules(text)}).rules["t.r"].terms
    assert terms == {"obligation": "Keep the invoice", "due": "ten years", "evidence.0": "invoice"}


@pytest.mark.parametrize("names", [("t.a", "t.b"), ("t.b", "t.a")])
def test_touching_days_meet_whichever_rule_comes_first(tmp_path: Path, names: tuple[str, str]) -> None:
    early = answering(names[0], "order.gift", more=", until: 2021-12-31")
    plan_of(tmp_path / "0", {"rules.yaml": rules(early, answering(names[1], "order.gift", since="2022-01-01"))})
    with pytest.raises(PackError, match="XB-PACK-038"):
        plan_of(tmp_path / "1", {"rules.yaml": rules(early, answering(names[1], "order.gift", since="2021-12-31"))})


@pytest.mark.parametrize(("words", "findings"), [("one two three", 1), ("one two three four", 0)])
def test_a_dispute_is_explained_in_some_words(tmp_path: Path, words: str, findings: int) -> None:
    texts = rules(define("t.a", "order.gift", "determination: true", more=f", contested: {words}"))
    assert len(everything_wrong(tmp_path, {"rules.yaml": texts})) == findings
