"""The United States schedule and the lists of its chapter 99: made-up files in the official layouts, and real ones."""

from __future__ import annotations

import csv
import json
import random
import re
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import xbcompliance as xb
from conftest import shared_data
from xbcompliance._cli import cli
from xbcompliance._errors import InputError
from xbcompliance.checks import lint_packs
from xbcompliance.importers import Report, import_files
from xbcompliance.tariff import parse_duty

START = date(2026, 3, 1)
HEAD = (
    "HTS Number,Indent,Description,Unit of Quantity,General Rate of Duty,Special Rate of Duty,Column 2 Rate of Duty,"
    "Quota Quantity,Additional Duties\n"
)
ROWS: tuple[tuple[str, str, str, str, str, str, str], ...] = (
    # number, indent, units, general, special, column 2, additional duties
    ("4202", "0", "", "", "", "", ""),
    ("4202.31", "1", "", "", "", "", ""),
    ("4202.31.30", "2", "", "Free", "", "35%", ""),
    ("4202.31.60", "2", "", "8%", "Free (AU,P,S) 2% (JP)", "35%", ""),
    ("4202.31.60.10", "3", '["No.","kg"]', "", "", "", ""),
    ("", "1", "", "6%", "Free (AU,S)", "45%", ""),
    ("4202.32.10", "2", '["kg"]', "", "", "", "1¢/kg"),
    ("4202.32.80", "2", "", "12.1¢/kg + 4.6%", "Free (AU,S)", "20%", ""),
    ("1701", "0", "", "", "", "", ""),
    ("1701.12.05.00", "1", '["kg"]', "3¢/kg less 1¢/kg for each degree", "Free (A*,S+)", "33 1/3%", ""),
    ("1701.12.10", "1", "", "5%", "Free (P) See 9822.05.15 (P+) 1% (XX)", "10%", ""),
    ("1701.12.50", "1", "", "See additional U.S. note 1", "Free (A,A+", "$2/thou- sand", ""),
    ("1701.12.50.01", "2", "", "", "", "", ""),
    ("9903.88.01", "0", "", "The duty provided in the applicable subheading + 25%", "", "", ""),
)
KEYS = ("htsno", "indent", "units", "general", "special", "other", "additionalDuties")


def as_csv(rows: tuple[tuple[str, ...], ...] = ROWS) -> str:
    lines = [HEAD]
    for number, indent, units, general, special, other, additional in rows:
        cells = (number, indent, "made up", units, general, special, other, "", additional)
        lines.append(",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\n")
    return "".join(lines)


def as_json(rows: tuple[tuple[str, ...], ...] = ROWS) -> str:
    objects: list[dict[str, Any]] = [
        {
            **dict(zip(KEYS, row, strict=True)),
            "description": "made up",
            "superior": None if row[0] else "true",
            "units": json.loads(row[2] or "[]"),
            "footnotes": [{"columns": ["general"], "value": "See 9903.88.03. ", "type": "endnote"}] if row[3] else None,
            "quotaQuantity": None,
        }
        for row in rows
    ]
    return json.dumps(objects)


def imported(folder: Path, text: str, name: str = "hts.csv", **options: Any) -> Report:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return import_files("us-hts", [path], folder / "out", **{"start": START, **options})


def cells(report: Report, table: str = "customs.tariff") -> list[dict[str, str]]:
    with (report.folder / "tables" / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def rates(report: Report, measure: str) -> dict[str, str]:
    return {row["code"]: row["value"] for row in cells(report) if row["measure"] == measure}


def beside(report: Report) -> list[dict[str, str]]:
    with (report.folder / "statements.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_rates_go_down_to_what_is_indented_more(tmp_path: Path) -> None:
    report = imported(tmp_path, as_csv())
    assert rates(report, "mfn") == {
        "42023130": "Free",
        "42023160": "8%",
        "42023210": "6%",  # from a row without a number
        "42023280": "12.1¢/kg + 4.6%",
        "17011205": "?",  # ten digits that end in 00 and stand alone
        "17011210": "5%",
        "17011250": "See additional U.S. note 1",
    }
    assert rates(report, "column_2")["17011250"] == "$2/thousand"
    assert {row["origin"] for row in cells(report)} == {""}
    assert {row["from"] for row in cells(report)} == {"2026-03-01"}
    assert lint_packs([report.folder]) == []


def test_special_rates_are_measures_of_their_programmes(tmp_path: Path) -> None:
    report = imported(tmp_path, as_csv())
    assert rates(report, "us-au") == {"4202": "Free"}  # 4202.31.30 is free for everybody
    assert rates(report, "us-jp") == {"42023160": "2%"}
    assert rates(report, "usmca") == {"4202": "Free", "17011205": "?"}
    assert rates(report, "dr-cafta") == {"420231": "Free", "17011210": "?"}


def test_narrowed_programmes_are_open(tmp_path: Path) -> None:
    report = imported(tmp_path, as_csv())
    (row,) = [row for row in cells(report) if row["measure"] == "gsp"]
    assert (row["code"], row["value"], row["status"]) == ("17011205", "?", "open")
    assert row["note"] == "only for some countries, or on further conditions: Free (A*)"
    (row,) = [row for row in cells(report) if row["measure"] == "dr-cafta" and row["code"] == "17011210"]
    assert row["note"] == "several rates: Free (P), See 9822.05.15 (P+)"


def test_what_is_not_understood_is_listed(tmp_path: Path) -> None:
    report = imported(tmp_path, as_csv())
    assert [(one.where, one.reason) for one in report.unread] == [
        ("hts.csv:11", "General: found the duty '3¢/kg less 1¢/kg for each degree', expected a duty expression"),
        ("hts.csv:11", "Column 2: found the duty '33 1/3%', expected a duty expression"),
        ("hts.csv:12", "Special: found the symbol 'XX', which no programme is known for"),
        ("hts.csv:13", "Special: found 'Free (A,A+' without a programme in brackets behind it"),
    ]


def test_duties_by_measure_say_what_they_need(tmp_path: Path) -> None:
    notes = {(row["measure"], row["code"]): row["note"] for row in cells(imported(tmp_path, as_csv()))}
    assert notes["mfn", "42023280"] == "needs kg"
    assert notes["mfn", "42023160"] == ""


def test_chapter_99_and_what_is_no_rate_stand_in_the_statements(tmp_path: Path) -> None:
    report = imported(tmp_path, as_csv())
    assert not [row for row in cells(report) if row["code"].startswith("99")]
    statements = {row["code"]: row for row in beside(report)}
    assert statements["99038801"]["general"] == "The duty provided in the applicable subheading + 25%"
    assert statements["42023210"]["additional_duties"] == "1¢/kg"
    assert (statements["4202316010"]["units"], statements["4202316010"]["rates_from"]) == ("No., kg", "42023160")
    assert statements["42023210"]["rates_from"] == "7"  # the line of the row without a number
    assert report.counts["of chapters 98 and 99"] == 1


def test_both_layouts_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one = imported(tmp_path / "a", as_csv())
    two = imported(tmp_path / "b", as_json(), "hts.json")
    for measure in ("mfn", "column_2", "us-au", "us-jp", "usmca", "dr-cafta", "gsp"):
        assert rates(one, measure) == rates(two, measure)
    assert {row["locator"] for row in cells(two) if row["code"] == "42023160"} == {"[3]"}
    assert {row["footnotes"] for row in beside(two)} == {"", "general: See 9903.88.03."}


@pytest.mark.parametrize(
    ("change", "where", "reason"),
    [
        ({"htsno": "42023"}, "hts.json:[0]", "found the HTS number '42023', expected 4 to 10 digits in pairs"),
        ({"indent": "x"}, "hts.json:[0]", "found the indent 'x', expected a number"),
        ({"indent": None}, "hts.json:[0].indent", "found None, expected a text"),
        ({"general": 5}, "hts.json:[0].general", "found 5, expected a text"),
    ],
)
def test_objects_that_are_not_as_the_layout_has_them(
    tmp_path: Path, change: dict[str, Any], where: str, reason: str
) -> None:
    objects = json.loads(as_json())
    objects[0] |= change
    report = imported(tmp_path, json.dumps(objects), "hts.json")
    assert [one.reason.startswith(reason) for one in report.unread if one.where == where] == [True]


@pytest.mark.parametrize("text", ["[]", "[1]", "[" * 100_000, '[{"htsno": "4202"}]'])
def test_json_of_another_kind(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match=r"XB-IN-071 hts\.json: found "):
        imported(tmp_path, text, "hts.json")


def test_a_day_must_be_given_and_columns_be_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="XB-IN-075 from: found no --from"):
        imported(tmp_path, as_csv(), start=None)
    with pytest.raises(InputError, match=r"XB-IN-071 hts\.csv:1: found 'HTS Number,Rate'"):
        imported(tmp_path, "HTS Number,Rate\n0101,5%\n")


def test_a_code_with_two_rates_is_open(tmp_path: Path) -> None:
    row = ("4202.31.60", "0", "", "9%", "", "35%", "")
    report = imported(tmp_path, as_csv((*ROWS, row)))
    assert rates(report, "mfn")["42023160"] == "?"
    assert "found other rates for 42023160 than at hts.csv:5" in [one.reason for one in report.unread]


# --- chapter 99


LISTS = {
    "s301.csv": "hts8,list,ch99_code\n42023160,3,9903.88.03\n42023210,3,9903.88.03\n42023210,4B,9903.88.16\n"
    "42023280,1,9903.88.01\n42023280,3,9903.88.03\n72081015,biden_25,9903.91.01\n63079099,4A,9903.88.15\n"
    "63079099,biden_jan26,9903.91.07\n85076000,4B,9903.88.16\n85076000,biden_jan26,9903.91.06\n",
    "annex.csv": "hts_prefix,annex,metal_type,source,effective_date\n73239300,1b,steel,p,2026-04-06\n"
    "72061000,1a,steel,p,2026-04-06\n82119220,1b,steel,p,2026-04-06\n84221100,1b,steel,p,2026-04-06\n"
    "33049950,2,steel,p,2026-04-06\n8205,3,aluminum,p,2026-04-06\n",
    "derivative.csv": "hts_prefix,ch99_code,derivative_type,effective_date\n04029968,9903.85.08,aluminum,2025-08-18\n",
    "s122.csv": '"hts8"\n"02011005"\n"39172100"\n"02o1"\n',
    "ieepa.csv": "hts10\n0106110000\n3917210000\n",
    "floor.csv": "# made up\nhts8,category,country_group,ch99_code\n39172100,civil_aircraft,eu,9903.02.76\n"
    "01061400,ptaap,swiss,9903.02.84\n",
}


def chapter_99(folder: Path, *names: str, start: date = date(2025, 1, 1), **options: Any) -> Report:
    for name in names:
        (folder / name).write_text(LISTS[name])
    return import_files("us-chapter99", [folder / name for name in names], folder / "lists", start=start, **options)


def said(report: Report, names: str, code: str, day: str) -> list[str]:
    rows = [row for row in cells(report, "us.lists") if (row["list"], row["code"]) == (names, code)]
    return [row["value"] for row in rows if row["from"] <= day <= (row["until"] or "9")]


def duty(report: Report, measure: str, code: str, day: str, origin: str = "") -> list[str]:
    rows = [row for row in cells(report) if (row["measure"], row["origin"], row["code"]) == (measure, origin, code)]
    return [row["value"] for row in rows if row["from"] <= day <= (row["until"] or "9")]


def test_section_301_by_list_and_day(tmp_path: Path) -> None:
    report = chapter_99(tmp_path, "s301.csv", start=date(2024, 1, 1))
    assert duty(report, "section_301", "42023280", "2026-03-01", "CN") == ["25%"]  # two lists, one rate
    assert duty(report, "section_301", "42023210", "2026-03-01", "CN") == ["?"]
    assert said(report, "section_301_split", "42023210", "2026-03-01") == ["yes"]
    assert duty(report, "section_301", "72081015", "2024-09-26", "CN") == ["?"]
    assert duty(report, "section_301", "72081015", "2024-09-27", "CN") == ["25%"]
    assert duty(report, "section_301", "63079099", "2026-01-01", "CN") == ["?"]
    assert said(report, "section_301_split", "63079099", "2026-01-01") == ["?"]
    assert lint_packs([report.folder]) == []


def test_codes_on_no_list_are_settled_where_the_lists_are_whole(tmp_path: Path) -> None:
    report = chapter_99(tmp_path, "s301.csv")
    assert duty(report, "section_301", "*", "2026-03-01", "CN") == ["Free"]
    assert said(report, "section_301_split", "*", "2026-03-01") == ["no"]
    assert said(report, "s122_exempt", "*", "2026-03-01") == []  # that list is not among the files
    assert said(report, "section_232", "01", "2026-05-01") == []


def test_what_is_open_leaves_alone_what_the_packs_settle(tmp_path: Path) -> None:
    report = chapter_99(tmp_path, "s301.csv")
    assert duty(report, "section_301", "85076000", "2026-02-01", "CN") == []
    view = xb.load_rulebook(report.folder).tables["customs.tariff"].view(None)
    assert str(view.find(date(2026, 2, 1).toordinal(), "US", "section_301", "CN", "85076000").rate_text) == "25%"


def test_section_232_by_annex(tmp_path: Path) -> None:
    report = chapter_99(tmp_path, "annex.csv", "derivative.csv")
    day = "2026-05-01"
    assert [said(report, "section_232", code, day)[0] for code in ("73239300", "82119220", "33049950", "8205")] == [
        "yes", "steel", "no", "aluminium",
    ]  # fmt: skip
    assert said(report, "section_232", "84221100", day) == ["?"]
    assert said(report, "section_232", "04029968", "2026-04-05") == ["?"]
    assert said(report, "section_232", "04029968", "2025-08-17") == []
    assert said(report, "section_232", "04", day) == ["no"]
    assert said(report, "section_232", "94", day) == []
    assert duty(report, "section_232", "72061000", day) == ["50%"]
    assert duty(report, "section_232", "72061000", day, "GB") == ["25%"]
    assert duty(report, "section_232", "72061000", "2026-04-05") == []
    assert duty(report, "section_232_top_up", "8205", day) == ["15%"]
    assert duty(report, "section_232_top_up", "8205", "2026-06-08") == ["?"]


def test_lists_that_may_mean_aircraft_alone_are_open(tmp_path: Path) -> None:
    report = chapter_99(tmp_path, "s122.csv", "ieepa.csv", "floor.csv")
    assert said(report, "s122_exempt", "02011005", "2026-02-24") == ["yes"]
    assert said(report, "s122_exempt", "39172100", "2026-02-24") == ["?"]
    assert said(report, "s122_exempt", "02011005", "2026-07-24") == []
    assert said(report, "s122_exempt", "*", "2026-07-23") == ["no"]
    assert said(report, "ieepa_exempt", "0106110000", "2025-11-13") == ["yes"]
    assert said(report, "ieepa_exempt", "0106110000", "2025-11-12") == []
    assert said(report, "ieepa_exempt", "3917210000", "2025-11-13") == ["?"]
    assert [(one.where, one.reason.split(",")[0]) for one in report.unread] == [
        ("s122.csv:4", "found the code '02o1'"),
        ("floor.csv", "found 1 codes of 9903.02.84"),
    ]
    (tmp_path / "alone").mkdir()
    alone = chapter_99(tmp_path / "alone", "s122.csv")
    assert said(alone, "s122_exempt", "02011005", "2026-02-24") == ["?"]


def test_days_are_those_of_list_file_and_wish(tmp_path: Path) -> None:
    report = chapter_99(tmp_path, "s122.csv", "floor.csv", start=date(2026, 3, 1), until=date(2026, 3, 31))
    assert {(row["from"], row["until"]) for row in cells(report, "us.lists")} == {("2026-03-01", "2026-03-31")}


def test_lists_of_another_kind(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("hts8,colour\n01011000,red\n")
    with pytest.raises(InputError, match=r"XB-IN-071 x\.csv:1: found 'hts8,colour', expected one of hts8"):
        import_files("us-chapter99", [path], tmp_path / "out", start=START)
    with pytest.raises(InputError, match="XB-IN-075 from"):
        import_files("us-chapter99", [path], tmp_path / "out")


# --- duties as the schedule prints them


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("1.4¢/kg", "0.014 USD/kg"),
        ("$1.61 each + 4.4%", "1.61 USD/item + 4.4%"),
        ("77.2¢/kg + 6%", "0.772 USD/kg + 6%"),
        ("21.1¢/pf. liter", "0.211 USD/pf. liter"),
        ("52.5¢/bbl", "0.525 USD/bbl"),
        ("37.5¢/doz.", "0.375 USD/dozen"),
        ("$1.10/doz. pr. + 5%", None),
        ("19¢/m2", "0.19 USD/m2"),
        ("0.4¢ each + 6.1%", "0.004 USD/item + 6.1%"),
    ],
)
def test_tariff_parse_reads_the_schedule(text: str, rate: str | None) -> None:
    shown = json.loads(CliRunner().invoke(cli, ["tariff", "parse", text]).stdout.splitlines()[0])
    assert shown["kind"] != "unreadable"
    assert rate is None or parse_duty(text).rate_text == rate


# --- the real files


@pytest.fixture(scope="module")
def official(tmp_path_factory: pytest.TempPathFactory) -> Report:
    path = shared_data("us/usitc_hts_2026_rev4.csv.gz")
    return import_files("us-hts", [path], tmp_path_factory.mktemp("hts") / "hts", start=date(2026, 2, 24))


@pytest.fixture(scope="module")
def lists(official: Report) -> Report:
    folder = shared_data("us/chapter99")
    files = sorted(path for path in folder.iterdir() if path.name != "hts_revision_dates.csv")
    return import_files("us-chapter99", files, official.folder.parent / "chapter99", start=date(2025, 1, 1))


@pytest.fixture(scope="module")
def engine(lists: Report) -> xb.Engine:
    return xb.Engine(xb.load_rulebook(lists.folder.parent))


@pytest.mark.slow
def test_the_real_schedule_is_read_whole(official: Report) -> None:
    assert official.counts == {
        "numbers": 29_807,
        "of chapters 98 and 99": 3_689,
        "codes of goods with a rate": 23_065,
        "measures": 27,
        "open": 1_735,
    }
    assert official.rows == {"customs.tariff": 47_578}
    symbols = [one.reason for one in official.unread if "symbol" in one.reason]
    assert len(official.unread) == 304
    assert len(symbols) == 4  # J, J* and CA of programmes that have ended
    assert lint_packs([official.folder]) == []


def goods(report: Report) -> list[tuple[str, str, str]]:
    """Codes of goods with the general and the special rate that hold, by a reading of its own."""
    stack: list[tuple[int, str, str]] = []
    out = []
    with (report.folder / "statements.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            indent, own = int(row["indent"]), (row["general"], row["special"])
            stack = [above for above in stack if above[0] < indent]
            stack.append((indent, *own))
            general, special = next((above[1:] for above in reversed(stack) if above[1] or above[2]), ("", ""))
            if len(row["code"]) >= 8 and row["code"] < "98" and general:
                out.append((row["code"], general, special))
    return out


@pytest.mark.slow
def test_every_real_rate_is_found_by_its_code(official: Report) -> None:
    view = xb.load_rulebook(official.folder).tables["customs.tariff"].view(None)
    day = date(2026, 3, 20).toordinal()
    codes = goods(official)
    assert len(codes) > 22_000
    for code, general, special in codes:
        found = view.find(day, "US", "mfn", "VN", code)
        read = parse_duty(" ".join(general.split()))
        if found is xb.UNKNOWN:
            assert read.kind == "unreadable", (code, general)
        else:
            assert found == read, (code, general)
        row = view.row(day, "US", "us-au", "AU", code)
        free = [symbols.replace(" ", "").split(",") for symbols in re.findall(r"Free ?\(([^)]*)\)", special)]
        stated = any("AU" in symbols for symbols in free)
        if stated or row is not None:
            assert row is not None, (code, special)
            is_free = row.info["value"] == "Free"
            assert is_free == (stated or (general == "Free" and not special and is_free)), (code, general, special)


@pytest.mark.slow
def test_orders_with_real_codes_bear_the_real_rate(official: Report, engine: xb.Engine) -> None:
    sample = random.Random(11).sample([one for one in goods(official) if len(one[0]) == 10], 300)
    checked = 0
    for code, general, _ in sample:
        for origin in ("VN", "CN"):
            answer = engine.assess(order(code, origin))
            duties = [
                charge.amount.amount
                for charge in answer.charges
                if charge.rule == "us.duty.general" and charge.amount is not None
            ]
            plain = general.removesuffix("%")
            if general.endswith("%") and plain.replace(".", "").isdigit():
                assert duties == [Decimal(plain).quantize(Decimal("0.01"))], (code, general)
                checked += 1
            elif general == "Free":
                assert not any(duties)
    assert checked > 200


def order(code: str, origin: str) -> dict[str, Any]:
    return {
        "id": "H-1", "currency": "USD",
        "dates": {"placed": "2026-03-10", "paid": "2026-03-10", "shipped": "2026-03-12", "declared": "2026-03-20"},
        "seller": {"country": origin, "vat_numbers": [], "registrations": []}, "marketplace": None,
        "buyer": {"kind": "consumer", "vat_number": None, "exemption": None}, "ship_from": {"country": origin},
        "ship_to": {"country": "US", "subdivision": "US-NY", "city": "New York", "postal_code": "10001"},
        "incoterm": "DDP", "carriage": "express",
        "customs": {"filing": "automated", "express_hub": False, "transport": "air"},
        "prices_include": [], "shipping": "0.00", "insurance": "0.00", "discount": "0.00", "shipments": None,
        "lines": [{
            "id": "1", "quantity": "1", "unit_price": "100.00", "discount": "0.00", "hs_code": code, "origin": origin,
            "net_mass_kg": "0.2", "measures": {}, "excise": False, "preference": None,
        }],
        "history": {},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "duties"),
    [
        # 4202.31.60: 8 %, list 3 at 25 %, surcharge under section 122 at 10 %
        ("4202316000", {"us.duty.general": "8.00", "us.duty.section_301": "25.00"}),
        ("6403999065", {"us.duty.general": "10.00", "us.duty.section_301": "7.50"}),  # list 4A
        ("8708295160", {"us.duty.general": "2.50", "us.duty.section_301": None}),  # list 3 and list 4B
    ],
)
def test_chinese_goods_bear_what_the_lists_say(engine: xb.Engine, code: str, duties: dict[str, str | None]) -> None:
    answer = engine.assess(order(code, "CN"))
    found = {charge.rule: str(charge.amount.amount) for charge in answer.charges if charge.amount is not None}
    assert {rule: found.get(rule) for rule in duties} == duties


def test_origins_of_column_2(engine: xb.Engine) -> None:
    answer = engine.assess(order("4202316000", "BY"))
    assert [str(charge.amount) for charge in answer.charges if charge.rule == "us.duty.general"] == ["$\xa035.00"]


def test_lookups_are_quick(engine: xb.Engine, official: Report) -> None:
    view = xb.load_rulebook(official.folder).tables["customs.tariff"].view(None)
    day, codes = date(2026, 3, 20).toordinal(), [code for code, _, _ in goods(official)][:5_000]
    for code in codes:
        view.find(day, "US", "mfn", "VN", code)
    began = time.perf_counter()
    for code in codes:
        view.find(day, "US", "mfn", "VN", code)
    assert (time.perf_counter() - began) / len(codes) < 20e-6  # 0.5 µs where nothing else runs


@pytest.mark.slow
def test_the_real_lists_say_what_the_packs_say(lists: Report) -> None:
    assert lists.rows == {"us.lists": 8_399, "customs.tariff": 12_456}
    assert len(lists.unread) == 10
    assert lint_packs([lists.folder]) == []
    bare, full = xb.load_rulebook(), xb.load_rulebook(lists.folder)
    day = date(2026, 5, 15).toordinal()
    for table in ("us.lists", "customs.tariff"):
        before, after = bare.tables[table].view(None), full.tables[table].view(None)
        for keys in before.index:
            if table == "us.lists" or keys[:2] in (("US", "section_301"), ("US", "section_232")):
                known = before.find(day, *keys)
                if known is not xb.UNKNOWN:
                    assert after.find(day, *keys) in (known, xb.UNKNOWN), (table, keys)
