"""The importer of Streamlined Sales Tax files: made-up files in the official layout, and real ones where at hand."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import xbcompliance as xb
from conftest import shared_data
from xbcompliance._errors import InputError
from xbcompliance.checks import lint_packs
from xbcompliance.importers import Report, import_files
from xbcompliance.importers._us_sst_areas import Area, Claim

TABLE = "us.sales_tax.local_rates"
RATES = """27,45,27,0.06875,0.06875,0.06875,0.06875,20090701,29991231
27,00,901,0.0150,0.0150,0.0150,0.0150,20200101,99991231
27,00,902,.02,.02,.02,.02,20200101,29991231
27,00,903,0.0150,0.0150,0.0150,0.0150,20200101,29991231
27,01,90100,0.005,0.005,0.005,0.005,20200101,20251231
27,01,90100,0.0075,0.0075,0.0075,0.0075,20260101,29991231
27,63,89001,0.0025,0.0025,0.0025,0.0025,20200101,29991231
27,02,89001,0.001,0.001,0.001,0.001,20200101,29991231
"""


def row(
    kind: str,
    codes: str,
    county: str = "",
    city: str = "",
    districts: str = "",
    *,
    days: str = "20200101,29991231",
    state: str = "27",
    address: str = "",
    composite: str = "",
    width: int = 89,
) -> str:
    """A boundary row: codes are ``low,+4 low,high,+4 high``, an address is its postal code."""
    cells = [kind, *days.split(","), *[""] * (width - 3)]
    cells[15] = address
    cells[17:21] = (codes.split(",") + [""] * 4)[:4]
    cells[21:26] = [composite, state, state, county, city]
    listed = [cell for one in districts.split() for cell in one.split(":")]
    cells[29 : 29 + len(listed)] = listed
    return ",".join(cells)


def zip5(code: str, county: str = "", city: str = "", districts: str = "", **more: Any) -> str:
    return row("Z", f"{code},,{code},", county, city, districts, **more)


def zip4(code: str, low: str, high: str, county: str = "", city: str = "", districts: str = "", **more: Any) -> str:
    return row("4", f"{code},{low},{code},{high}", county, city, districts, **more)


def run(folder: Path, *rows: str, rates: str = RATES, more: tuple[str, ...] = (), **options: Any) -> Report:
    files = []
    for name, text in (("MNR2026Q2FEB18.csv", rates), ("MNB2026Q2FEB18.csv", "\n".join(rows)), *map(named, more)):
        path = folder / name
        path.write_text(text, encoding="utf-8")
        files += [path] if text else []
    return import_files("us-sst", files, folder / "sst", **options)


def named(text: str) -> tuple[str, str]:
    return "more.csv", text


def table(report: Report) -> list[dict[str, str]]:
    with (report.folder / "tables" / f"{TABLE}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def short(report: Report) -> list[str]:
    columns = ("postal_code", "level", "name", "from", "until", "value")
    return [" ".join(one[column] for column in columns) for one in table(report)]


def reasons(report: Report) -> list[str]:
    return [f"{one.where} {one.reason}" for one in report.unread]


# --- what a postal code has


def test_county_city_and_districts_of_a_code(tmp_path: Path) -> None:
    report = run(tmp_path, zip5("55901", "901", "90100", "ST:89001:63 ST:89001:02"))
    assert short(report) == [
        "55901 city 90100 2020-01-01 2025-12-31 0.005",
        "55901 city 90100 2026-01-01  0.0075",
        "55901 county 901 2020-01-01  0.015",
        "55901 district 02-89001 2020-01-01  0.001",
        "55901 district 89001 2020-01-01  0.0025",
    ]
    assert not report.unread
    assert {one["place"] for one in table(report)} == {"US-MN"}
    assert table(report)[1]["locator"] == "line 6"
    assert table(report)[1]["source"] in (report.folder / "pack.yaml").read_text(encoding="utf-8")
    assert lint_packs([report.folder]) == []


def test_rows_hold_on_the_days_that_rates_and_boundaries_share(tmp_path: Path) -> None:
    report = run(
        tmp_path,
        zip5("55901", "", "90100", days="20240601,20260630"),
        zip5("55901", "901", "90100", days="20260701,29991231"),
    )
    assert short(report) == [
        "55901 city 90100 2024-06-01 2025-12-31 0.005",
        "55901 city 90100 2026-01-01  0.0075",
        "55901 county 901 2026-07-01  0.015",
    ]
    cut = run(tmp_path, zip5("55901", "901"), start=date(2026, 1, 1), until=date(2026, 6, 30))
    assert short(cut) == ["55901 county 901 2026-01-01 2026-06-30 0.015"]


def test_a_range_is_every_code_in_it(tmp_path: Path) -> None:
    report = run(tmp_path, row("z", "55901,,55903,", "901"))
    assert [line.split()[0] for line in short(report)] == ["55901", "55902", "55903"]


def test_a_code_without_local_tax_has_a_row_of_nothing(tmp_path: Path) -> None:
    report = run(tmp_path, zip5("55901"), zip5("55902", "", "", "ST:27:45"))
    assert short(report) == ["55901 county none 2020-01-01  0", "55902 county none 2020-01-01  0"]


def test_further_digits_that_agree_settle_the_code(tmp_path: Path) -> None:
    report = run(
        tmp_path,
        zip4("55901", "1", "800", "901"),
        zip4("55901", "801", "9999", "901"),
        zip5("55901"),  # nothing is left to it
    )
    assert short(report) == ["55901 county 901 2020-01-01  0.015"]
    assert not report.unread


def test_further_digits_that_leave_a_gap_need_the_row_of_the_code(tmp_path: Path) -> None:
    report = run(tmp_path, zip4("55901", "1", "800", "901"), zip4("55901", "802", "9999", "901"), zip5("55901"))
    assert short(report) == ["55901 county 901 2020-01-01  ?"]
    assert reasons(report) == ["MNB2026Q2FEB18.csv:1 55901 needs ZIP+4 from 2020-01-01: county 0 or 0.015"]
    alone = run(tmp_path, zip4("55901", "1", "800", "901"), zip4("55901", "802", "9999", "901"))
    assert short(alone) == ["55901 county 901 2020-01-01  0.015"]


def test_further_digits_that_differ_leave_their_level_open(tmp_path: Path) -> None:
    report = run(tmp_path, zip4("55901", "0001", "0800", "901", "90100"), zip4("55901", "0801", "9999", "901"))
    assert short(report) == [
        "55901 city 90100 2020-01-01 2025-12-31 ?",
        "55901 city 90100 2026-01-01  ?",
        "55901 county 901 2020-01-01  0.015",
    ]
    assert table(report)[1]["note"] == "needs ZIP+4: 0 or 0.0075"
    assert reasons(report) == ["MNB2026Q2FEB18.csv:1 55901 needs ZIP+4 from 2026-01-01: city 0 or 0.0075"]
    assert (report.counts["postal codes that differ within"], report.counts["open rows"]) == (1, 2)


def test_one_sum_under_several_names_is_settled(tmp_path: Path) -> None:
    report = run(tmp_path, zip4("55901", "0001", "0800", "901"), zip4("55901", "0801", "9999", "903"))
    assert short(report) == ["55901 county 901/903 2020-01-01  0.015"]
    assert not report.unread


def test_a_range_over_several_codes_covers_those_between(tmp_path: Path) -> None:
    report = run(tmp_path, row("4", "55901,5000,55903,100", "901"), zip5("55901"), zip5("55902"), zip5("55903"))
    values = {line.split()[0]: line.split()[-1] for line in short(report)}
    assert values == {"55901": "?", "55902": "0.015", "55903": "?"}


def test_addresses_say_only_whether_the_code_agrees(tmp_path: Path) -> None:
    report = run(
        tmp_path,
        zip5("55901", "901"),
        row("A", "", "901", address="55901"),
        zip5("55902", "901"),
        row("a", "", "902", address="55902"),
        row("A", "", "903", address="55903"),
    )
    assert short(report) == [
        "55901 county 901 2020-01-01  0.015",
        "55902 county 901/902 2020-01-01  ?",
        "55903 county 903 2020-01-01  0.015",
    ]
    assert reasons(report) == ["MNB2026Q2FEB18.csv:3 55902 needs the address from 2020-01-01: county 0.015 or 0.02"]
    assert report.counts["boundary rows of addresses, used to see where a code differs"] == 3


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 20)), min_size=1, max_size=12))
def test_coverage_is_that_of_the_single_digits(ranges: list[tuple[int, int]]) -> None:
    area = Area("b.csv:1", ("b", "line 1"))
    told = set(range(61, 10_000))
    area.add(Claim((), 1, 9), 61, 9_999)
    for low, more in ranges:
        area.add(Claim((), 1, 9), low, low + more)
        told |= set(range(low, low + more + 1))
    assert area.covered(5) == (told >= set(range(1, 10_000)))
    assert not area.covered(10)


# --- rates


def test_what_the_table_has_no_place_for_is_beside_it(tmp_path: Path) -> None:
    rates = RATES + "27,00,904,0.01,0.01,0,0,20200101,29991231\n"
    report = run(tmp_path, zip5("55901", "904"), rates=rates)
    assert table(report)[0]["note"] == "food and drugs: 0"
    assert report.counts["rates with others for food and drugs, not in the table"] == 1
    with (report.folder / "jurisdictions.csv").open(encoding="utf-8", newline="") as stream:
        listed = list(csv.DictReader(stream))
    assert len(listed) == report.counts["rates"] == 8
    assert [listed[3][column] for column in ("code", "interstate", "food_interstate", "line")] == [
        *("904", "0.01", "0", "9"),
    ]
    assert listed[4]["until"] == "2025-12-31"


def test_rates_that_differ_within_the_state_are_open_and_both_told(tmp_path: Path) -> None:
    report = run(tmp_path, zip5("55901", "904"), rates=RATES + "27,00,904,0.01,0.02,0.01,0.02,20200101,29991231\n")
    (only,) = table(report)
    assert (only["value"], only["note"]) == ("?", "0.02 from outside the state, 0.01 from within")


def test_a_jurisdiction_without_a_rate_is_open(tmp_path: Path) -> None:
    report = run(tmp_path, zip5("55901", "909"), zip5("55902", "909"), zip5("55903", "901", days="20190101,20201231"))
    assert short(report) == [
        "55901 county 909 2020-01-01  ?",
        "55902 county 909 2020-01-01  ?",
        "55903 county 901 2019-01-01 2019-12-31 ?",
        "55903 county 901 2020-01-01 2020-12-31 0.015",
    ]
    assert reasons(report) == [
        "MNB2026Q2FEB18.csv:3 found no rate of county 901 for 2019-01-01, expected one in a rate file",
        "MNB2026Q2FEB18.csv:1 found no rate of county 909 for 2020-01-01, expected one in a rate file",
    ]
    told = run(tmp_path, zip5("55901", "909"), more=("27,00,909,0,0,0,0,20200101,29991231\n",))
    assert short(told) == ["55901 county 909 2020-01-01  0"]


def test_rates_that_claim_the_same_days_are_open_on_them(tmp_path: Path) -> None:
    rates = RATES + "27,00,902,0.03,0.03,0.03,0.03,20260101,20260131\n" + RATES.splitlines()[2] + "\n"
    report = run(tmp_path, zip5("55901", "902"), rates=rates)
    assert short(report) == [
        "55901 county 902 2020-01-01 2025-12-31 0.02",
        "55901 county 902 2026-01-01 2026-01-31 ?",
        "55901 county 902 2026-02-01  0.02",
    ]
    (only,) = reasons(report)
    assert only.startswith("MNR2026Q2FEB18.csv:9 found another rate for days that MNR2026Q2FEB18.csv:3 has too")


def test_a_rate_of_the_state_that_contradicts_the_pack_is_told(tmp_path: Path) -> None:
    report = run(tmp_path, zip5("55901", "901"), rates=RATES.replace("0.06875", "0.06"))
    (only,) = reasons(report)
    assert only == (
        "MNR2026Q2FEB18.csv:1 found 0.06 for US-MN from 2009-07-01, which us.sales_tax_rates has at 0.06875; "
        "that one is kept"
    )


def test_names_come_from_a_file(tmp_path: Path) -> None:
    names = "place,type,code,name\nUS-MN,00,901,OAK\n27,01,90100,ELM CITY\nUS-MN,00,902,OAK\nUS-MN,00,903,*\nUS-MN,00\n"
    report = run(tmp_path, zip5("55901", "901", "90100"), zip5("55902", "902"), more=(names,))
    assert [one["name"] for one in table(report)] == ["ELM CITY", "ELM CITY", "OAK", "902"]
    assert reasons(report) == [
        "more.csv:4 found 'OAK' for a second county, expected each name once",
        "more.csv:5 found the name '*', expected one",
        "more.csv:6 found 2 cells, expected place, type, code, name",
    ]
    assert lint_packs([report.folder]) == []


def test_rates_without_boundaries_are_kept_beside_the_table(tmp_path: Path) -> None:
    report = run(tmp_path, rates=RATES)
    assert (report.rows, report.counts["rates"]) == ({TABLE: 0}, 7)
    (only,) = reasons(report)
    assert only == (
        "MNR2026Q2FEB18.csv found no boundary file of US-MN, so that its rates have no postal codes; "
        "they are in jurisdictions.csv alone"
    )
    assert (report.folder / "jurisdictions.csv").read_text(encoding="utf-8").count("\n") == 8
    assert xb.load_rulebook(report.folder).tables[TABLE].rows == xb.load_rulebook().tables[TABLE].rows
    assert lint_packs([report.folder]) == []


def test_several_states_in_one_folder(tmp_path: Path) -> None:
    other = zip5("53901", "001", state="55")
    rates = RATES + "55,00,001,0.005,0.005,0.005,0.005,20200101,29991231\n"
    report = run(tmp_path, zip5("55901", "901"), other, rates=rates)
    assert [(one["place"], one["name"]) for one in table(report)] == [("US-MN", "901"), ("US-WI", "001")]


# --- files as they come


def test_codes_lose_no_zeros_and_marks_no_rows(tmp_path: Path) -> None:
    rates = "\ufeff9,0,1,0.01,0.01,0.01,0.01,20200101,29991231\n"
    rows = "\ufeff" + zip4("6001", "1", "9999", "1", state="9", width=90)
    report = run(tmp_path, rows, rates=rates)
    assert [(one["place"], one["name"], one["postal_code"]) for one in table(report)] == [("US-CT", "001", "06001")]
    assert not report.unread


def test_zips_are_read_and_the_day_is_that_of_the_names(tmp_path: Path) -> None:
    plain = run(tmp_path, zip5("55901", "901"))
    files = []
    for name in ("MNR2026Q2FEB18", "MNB2026Q2FEB18"):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr(f"{name}.csv", (tmp_path / f"{name}.csv").read_bytes())
        files.append(tmp_path / f"{name}.zip")
        files[-1].write_bytes(stream.getvalue())
    packed = import_files("us-sst", files, tmp_path / "packed")
    assert short(packed) == short(plain)
    assert "verified_through: 2026-02-18" in (packed.folder / "pack.yaml").read_text(encoding="utf-8")
    assert packed.notes == ("no --read given: taken as read on 2026-02-18, the last day the files speak of",)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("27,00,901,0.01,0.01,0.01,0.01,20200101", "found 8 cells, expected 9"),
        ("99,00,901,0.01,0.01,0.01,0.01,20200101,29991231", "found the state '99', expected its number, such as 27"),
        ("27,0x,901,0.01,0.01,0.01,0.01,20200101,29991231", "found the type '0x', expected two digits"),
        ("27,00,9-1,0.01,0.01,0.01,0.01,20200101,29991231", "found the code '9-1', expected digits"),
        ("27,00,901,1%,0.01,0.01,0.01,20200101,29991231", "found the rate '1%', expected a decimal from 0 to 1"),
        ("27,00,901,1,0.01,0.01,0.01,20200101,29991231", "found the rate '1', expected a decimal from 0 to 1"),
        ("27,00,901,-.1,0.01,0.01,0.01,20200101,29991231", "found the rate '-.1', expected a decimal from 0 to 1"),
        ("27,00,901,0.01,0.01,0.01,0.01,20200132,29991231", "found the day '20200132', expected YYYYMMDD"),
        (
            "27,00,901,0.01,0.01,0.01,0.01,20200102,20200101",
            "found 20200101 as last day, expected none before 20200102",
        ),
    ],
)
def test_broken_rates_are_listed(tmp_path: Path, broken: str, reason: str) -> None:
    rates = RATES.replace("27,00,901,0.0150,0.0150,0.0150,0.0150,20200101,99991231", broken)
    report = run(tmp_path, zip5("55901", "901"), zip5("55902", "902"), rates=rates)
    assert reasons(report)[0] == f"MNR2026Q2FEB18.csv:2 {reason}"
    assert report.unread[0].text == broken
    assert short(report) == ["55901 county 901 2020-01-01  ?", "55902 county 902 2020-01-01  0.02"]


@pytest.mark.parametrize(
    ("broken", "reason", "is_open"),
    [
        (zip5("55901", "901", days="2020,29991231"), "found the day '2020', expected YYYYMMDD", True),
        (row("X", "55901,,55901,", "901"), "found the type 'X', expected Z | 4 | A", True),
        (zip5("55901", "9-1"), "found the code '9-1', expected digits", True),
        (zip5("55901", "901", "", "ST:89001:"), "found the district 'ST,89001,', expected source, code and type", True),
        (zip5("55901", composite="C7"), "found the composite code 'C7' alone, expected county, city or districts", 1),
        (zip4("55901", "", "9999", "901"), "found the further digits '', expected four", True),
        (zip4("55901", "9", "8", "901"), "found the digits 0009 to 0008, expected the lower ones first", True),
        (zip5("55901", "901", width=91), "found 91 cells, expected 89 or 90", True),
        (zip5("5590X", "901"), "found the postal code '5590X', expected five digits", False),
        (row("A", "", "901"), "found the postal code '', expected five digits", False),
        (zip5("55901", "901", state="99"), "found the state '99', expected its number, such as 27", False),
        (row("Z", "55903,,55901,", "901"),
         "found the postal codes 55903 to 55901, expected a range of at most 10000", False),
        (row("Z", "00001,,99999,", "901"),
         "found the postal codes 00001 to 99999, expected a range of at most 10000", False),
        ("Z,20200101", "found 2 cells, expected 89 or 90", False),
    ],
)  # fmt: skip
def test_broken_boundaries_are_listed_and_their_codes_open(
    tmp_path: Path, broken: str, reason: str, is_open: bool
) -> None:
    report = run(tmp_path, zip5("55902", "902"), zip4("55901", "0001", "9999", "901"), broken)
    assert reasons(report) == [f"MNB2026Q2FEB18.csv:3 {reason}"]
    found = {one["postal_code"]: one["value"] for one in table(report)}
    assert found == {"55902": "0.02", "55901": "?" if is_open else "0.015"}


@pytest.mark.parametrize("text", ["", "a,b,c\n1,2,3\n", "\n\n", "27,00\n", '"Z"'])
def test_files_of_another_kind(tmp_path: Path, text: str) -> None:
    path = tmp_path / "f.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"XB-IN-071 f.csv:\d+: found .*, expected a rate file of 9 cells"):
        import_files("us-sst", [path], tmp_path / "x")


def test_boundaries_without_rates_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"XB-IN-075 MNB2026Q2FEB18\.csv: found boundaries of US-MN without rates"):
        run(tmp_path, zip5("55901", "901"), rates="")


def test_same_files_same_bytes(tmp_path: Path) -> None:
    rows = (zip5("55902", "902"), zip4("55901", "1", "9", "901"), row("A", "", "903", address="55901"))
    report = run(tmp_path, *rows)
    files = [tmp_path / "MNR2026Q2FEB18.csv", tmp_path / "MNB2026Q2FEB18.csv"]
    again = import_files("us-sst", files, tmp_path / "again")
    for name in (f"tables/{TABLE}.csv", "pack.yaml", "unread.csv", "jurisdictions.csv", "import.json"):
        assert (again.folder / name).read_bytes() == (report.folder / name).read_bytes()


# --- what orders get

ORDER: dict[str, Any] = {
    "id": "M-1", "currency": "USD", "dates": {"placed": "2026-02-10", "paid": "2026-02-10"},
    "seller": {"kind": "business", "country": "US",
               "registrations": [{"jurisdiction": "US-MN", "scheme": "sales_tax"}]},
    "marketplace": None, "buyer": {"kind": "consumer", "vat_number": None, "exemption": None},
    "ship_from": {"country": "US", "subdivision": "US-DE", "postal_code": "19801"},
    "ship_to": {"country": "US", "subdivision": "US-MN", "postal_code": "55901"},
    "incoterm": None, "carriage": "express", "prices_include": [], "shipping": "0", "insurance": "0", "discount": "0",
    "shipping_terms": {"separately_stated": True, "includes_handling": False, "optional": True, "common_carrier": True,
                       "at_actual_cost": True},
    "shipments": None, "history": {},
    "lines": [{"id": "1", "quantity": "1", "unit_price": "80.10", "discount": "0", "origin": "US",
               "category": "household", "excise": False}],
}  # fmt: skip


def test_a_quote_into_minnesota_rests_on_the_import(tmp_path: Path) -> None:
    report = run(
        tmp_path,
        zip5("55901", "901", "90100", "ST:89001:63 ST:89001:02"),
        zip4("55902", "1", "5000", "901"),
        zip4("55902", "5001", "9999", "902"),
        zip5("55903"),
    )
    engine = xb.Engine(xb.load_rulebook(report.folder))
    answer = engine.assess(ORDER)
    # 80.10 x 6.875 % = 5.506875 -> 5.51; with 1.5 % 6.708375 -> 6.71; with 0.75 % 7.309125 -> 7.31;
    # with 0.25 % and 0.1 % 7.589475 -> 7.59
    levels = {charge.level: (str(charge.amount.amount), str(charge.rate)) for charge in answer.charges if charge.amount}
    assert levels == {
        "state": ("5.51", "0.06875"),
        "county": ("1.20", "0.015"),
        "city": ("0.60", "0.0075"),
        "district": ("0.28", "0.0035"),
    }
    assert answer.complete
    assert str(answer.totals.tax.amount) == "7.59"
    assert report.pack in answer.receipt.packs
    nowhere = engine.assess(json.loads(json.dumps(ORDER).replace("55901", "55903")))
    assert (nowhere.complete, str(nowhere.totals.tax.amount)) == (True, "5.51")
    for code in ("55902", "55909"):
        unsettled = engine.assess(json.loads(json.dumps(ORDER).replace("55901", code)))
        assert not unsettled.complete
        assert [str(charge.amount.amount) for charge in unsettled.charges if charge.level == "state"] == ["5.51"]


# --- the official files


def test_real_files_of_minnesota(tmp_path: Path) -> None:
    files = [shared_data("us/sst/MNR2026Q2FEB18.zip"), shared_data("us/sst/MNB2026Q2FEB18-sample.csv")]
    report = import_files("us-sst", files, tmp_path / "mn")
    assert [report.counts[name] for name in ("jurisdictions", "rates", "boundary rows of postal codes")] == [
        139,
        147,
        34,
    ]
    assert report.counts["boundary rows of ZIP+4"] == 66
    assert report.counts["postal codes that differ within"] == 8
    assert len(report.unread) == 9
    assert "found no rate of city 17000 for 2019-01-01" in report.unread[0].reason
    view = xb.load_rulebook(report.folder).tables[TABLE].view(None)
    day = date(2019, 2, 1).toordinal()
    assert view.find(day, "US-MN", "county", "053", "55407") == 150_000
    assert view.find(day, "US-MN", "city", "43000", "55407") == 500_000
    assert view.find(day, "US-MN", "district", "80004", "55407") == 500_000
    assert view.find(day, "US-MN", "county", "none", "55416") == 0
    assert not view.listed(date(2019, 4, 1).toordinal(), "US-MN", "county", "053", "55407")
    assert lint_packs([report.folder]) == []


def test_real_rates_of_georgia_and_wisconsin(tmp_path: Path) -> None:
    files = [shared_data("us/sst/GAR2026Q2FEB19.csv"), shared_data("us/sst/WIR2026Q2FEB18.csv")]
    report = import_files("us-sst", files, tmp_path / "x")
    assert (report.counts["rates"], report.rows[TABLE]) == (448 + 1940, 0)
    assert report.counts["rates with others for food and drugs, not in the table"] == 1
    found = [one.where.partition(":")[0] for one in report.unread]
    assert found == ["WIR2026Q2FEB18.csv", "GAR2026Q2FEB19.csv", "WIR2026Q2FEB18.csv"]
