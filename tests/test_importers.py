"""Importers of official files: made-up files in the official layouts, and the real ones where they are at hand."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import xbcompliance as xb
from conftest import shared_data
from xbcompliance._cli import cli
from xbcompliance._errors import InputError, PackError
from xbcompliance.checks import lint_packs
from xbcompliance.fx import RateSources
from xbcompliance.importers import FORMATS, Report, _files, import_files
from xbcompliance.importers._eu_tedb import fraction, plain_comment
from xbcompliance.packs.rates import rate_sources
from xbcompliance.packs.tables import Table

START = date(2021, 1, 1)
TARIFF = """commodity,description,cet_duty_rate,ukgt_duty_rate,trade_remedy_applies,suspension_applies,atq_applies
64039993,"Shoes, high",8.0%,8.0%,False,False,False
01022910,Cattle,10.20% + 93.10 EUR / 100 kg,10.00% + 77.00 GBP/100kg,True,True,False
08081080,Apples,Entry Price,"4.00% (01 JAN - 31 MAR), 0.00% (01 APR - 31 DEC)",False,False,False
1234567,Odd,1%,1%,False,False,False
33030010,Scent,0.0%,0.0%,False,False,True
"""
ECB = """Date,USD,GBP,HRK,
2026-10-30,1.25,0.8,N/A,
2026-10-29,1.2,0.75,,
2026-10-28,0,0.7,N/A,
nonsense
2026-10-27,1.1,0.7,,
"""
RATES = """source,base,quote,from,until,rate
customs,GBP,USD,2026-10-01,2026-10-31,1.2500
customs,GBP,USD,2026-11-01,2026-11-30,1.3000
customs,GBP,EUR,2026-11-01,,1.15
customs,GBP,EUR,2026-12-01,,1.16
customs,GBP,CHF,2026-11-01,2026-11-30,"1,07"
"""


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def cells(report: Report, table: str) -> list[dict[str, str]]:
    with (report.folder / "tables" / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def problem(format_name: str, files: list[Path], into: Path, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        import_files(format_name, files, into, **options)
    return str(caught.value)


@pytest.fixture
def tariff(tmp_path: Path) -> Report:
    return import_files("uk-tariff", [write(tmp_path, "ukgt.csv", TARIFF)], tmp_path / "uk", start=START)


# --- what every import does


def test_same_input_gives_the_same_bytes(tmp_path: Path, tariff: Report) -> None:
    again = import_files("uk-tariff", [tmp_path / "ukgt.csv"], tmp_path / "elsewhere" / "b", start=START)
    assert bytes_of(again.folder) == bytes_of(tariff.folder)
    later = import_files("uk-tariff", [tmp_path / "ukgt.csv"], tmp_path / "c", start=date(2022, 1, 1))
    assert later.pack != tariff.pack


def test_everything_that_was_not_read_is_listed(tariff: Report) -> None:
    listed = list(csv.DictReader(io.StringIO((tariff.folder / "unread.csv").read_text(encoding="utf-8"))))
    assert [(row["where"], row["reason"]) for row in listed] == [
        ("ukgt.csv:4", "found the duty '4.00% (01 JAN - 31 MAR), 0.00% (01 APR - 31 DEC)', expected a duty expression"),
        ("ukgt.csv:5", "found the commodity '1234567', expected 4 to 10 digits"),
    ]
    assert listed[1]["text"].startswith("1234567,Odd")
    assert [(one.where, one.reason) for one in tariff.unread] == [(row["where"], row["reason"]) for row in listed]


def test_pack_says_where_it_comes_from(tmp_path: Path) -> None:
    path = write(tmp_path, "ukgt.csv", TARIFF)
    report = import_files("uk-tariff", [path], tmp_path / "uk", start=START, read=date(2026, 11, 22))
    book = xb.load_rulebook(report.folder)
    pack = book.packs[report.pack]
    (source,) = pack.sources.values()
    assert pack.verified_through == date(2026, 11, 22)
    assert source.read == "2026-11-22"
    record = json.loads((report.folder / "import.json").read_text(encoding="utf-8"))
    assert record["files"][0]["sha256"] in (report.folder / "pack.yaml").read_text(encoding="utf-8")
    assert (record["format"], record["unread"], record["rows"]) == ("uk-tariff", 2, {"customs.tariff": 4})
    assert source.title == "UK Global Tariff, file ukgt.csv"


def test_no_day_of_reading_is_said_and_not_made_up(tariff: Report) -> None:
    assert tariff.notes == (
        "no --read given: the pack does not say when its files were read; verified through 2021-01-01",
    )
    assert "read:" not in (tariff.folder / "pack.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("pack", ["gz", "zip", "bom"])
def test_packed_files_are_read_alike(tmp_path: Path, tariff: Report, pack: str) -> None:
    raw = TARIFF.encode()
    if pack == "zip":
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("inner.csv", raw)
        raw = stream.getvalue()
    raw = gzip.compress(raw) if pack == "gz" else b"\xef\xbb\xbf" + raw if pack == "bom" else raw
    other = import_files("uk-tariff", [write(tmp_path, "other", raw)], tmp_path / "other-pack", start=START)
    columns = ("code", "value", "note")
    assert [[row[c] for c in columns] for row in cells(other, "customs.tariff") if row["value"] != "?"] == [
        [row[c] for c in columns] for row in cells(tariff, "customs.tariff") if row["value"] != "?"
    ]


def test_an_import_replaces_itself_and_nothing_else(tmp_path: Path, tariff: Report) -> None:
    import_files("uk-tariff", [tmp_path / "ukgt.csv"], tariff.folder, start=date(2022, 1, 1))
    assert cells(tariff, "customs.tariff")[0]["from"] == "2022-01-01"
    rates = write(tmp_path, "rates.csv", RATES)
    assert problem("fx-csv", [rates], tariff.folder) == (
        f"XB-IN-074 {tariff.folder}: found an import of uk-tariff, expected an import of fx-csv, or nothing "
        "(--force replaces it)"
    )
    mine = tmp_path / "mine"
    mine.mkdir()
    import_files("fx-csv", [rates], mine)
    (mine / "import.json").unlink()
    assert "found a folder with other things" in problem("fx-csv", [rates], mine)
    import_files("fx-csv", [rates], mine, force=True)
    assert (mine / "import.json").exists()
    assert "found a file" in problem("fx-csv", [rates], rates, force=True)
    assert "holds the files to import" in problem("fx-csv", [rates], tmp_path, force=True)


def test_a_failed_import_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "ukgt.csv", TARIFF)
    report = import_files("uk-tariff", [path], tmp_path / "uk", start=START)
    before = bytes_of(report.folder)
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if Path(target) == report.folder and not self.name.endswith(".old"):
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    assert "cannot be written: No space left" in problem("uk-tariff", [path], report.folder, start=date(2022, 1, 1))
    assert bytes_of(report.folder) == before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["uk", "ukgt.csv"]


def test_nothing_is_written_when_nothing_was_read(tmp_path: Path) -> None:
    path = write(tmp_path, "ukgt.csv", "commodity,ukgt_duty_rate\nx,1%\n")
    assert problem("uk-tariff", [path], tmp_path / "uk", start=START) == (
        "XB-IN-073 ukgt.csv: found no row that can be used (1 unread), expected at least one "
        "(the first is ukgt.csv:2: found the commodity 'x', expected 4 to 10 digits)"
    )
    assert not (tmp_path / "uk").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a,b\n1,2\n", "XB-IN-071 f.csv:1: found 'a,b', expected the columns commodity, ukgt_duty_rate, each once"),
        (b"", "XB-IN-071 f.csv:1: found an empty file"),
        (b"commodity,ukgt_duty_rate\n\xff,1\n", "XB-IN-070 f.csv: found bytes that are not UTF-8 text"),
        (b"\x1f\x8b\x08\x00broken", "XB-IN-070 f.csv: found "),
        (b"PK\x03\x04broken", "XB-IN-070 f.csv: found File is not a zip file"),
    ],
)
def test_files_that_are_no_such_file(tmp_path: Path, content: bytes, message: str) -> None:
    assert problem("uk-tariff", [write(tmp_path, "f.csv", content)], tmp_path / "x", start=START).startswith(message)


def test_files_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "bomb.csv", gzip.compress(TARIFF.encode() + b"\n" * 100_000))
    monkeypatch.setattr(_files, "MAX_UNPACKED", 50_000)
    assert "more than 50000 bytes once unpacked" in problem("uk-tariff", [path], tmp_path / "x", start=START)
    monkeypatch.setattr(_files, "MAX_FILE", 10)
    assert "expected ≤ 10" in problem("uk-tariff", [path], tmp_path / "x", start=START)
    assert "cannot be read" in problem("uk-tariff", [tmp_path / "none"], tmp_path / "x", start=START)
    assert "no plain file" in problem("uk-tariff", [tmp_path], tmp_path / "x", start=START)


def test_wishes_are_checked(tmp_path: Path) -> None:
    path = write(tmp_path, "ukgt.csv", TARIFF)
    assert problem("uk-tariff", [path], tmp_path / "x").startswith("XB-IN-075 from: found no --from")
    assert "until 2020-01-01" in problem("uk-tariff", [path], tmp_path / "x", start=START, until=date(2020, 1, 1))
    assert "expected at least one file" in problem("uk-tariff", [], tmp_path / "x")
    assert "expected one" in problem("fx-ecb", [path, path], tmp_path / "x")


@settings(max_examples=20)
@given(st.lists(st.sampled_from(["64039993,8%", "64039993,9%", "6403,free", '64,"x', "0101,4%,5", "", "0102,?"])))
def test_every_line_is_a_row_or_listed(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    folder = tmp_path_factory.mktemp("any")
    path = write(folder, "f.csv", "\n".join(["commodity,ukgt_duty_rate", "9999,1%", *lines]) + "\n")
    report = import_files("uk-tariff", [path], folder / "x", start=START)
    rows = {row["code"]: row["value"] for row in cells(report, "customs.tariff")}
    listed = {one.where for one in report.unread}
    swallowed = False
    for number, line in enumerate(lines, 3):
        swallowed = swallowed or line == '64,"x'
        code, _, duty = line.partition(",")
        if line and not swallowed:
            assert rows.get(code) == duty or f"f.csv:{number}" in listed or rows.get(code) == "?"
    assert xb.load_rulebook(report.folder).tables["customs.tariff"].rows


# --- the command


def test_command_imports_and_complains(tmp_path: Path) -> None:
    path, into = write(tmp_path, "ukgt.csv", TARIFF), tmp_path / "uk"
    result = CliRunner().invoke(cli, ["import", "uk-tariff", str(path), "--into", str(into), "--from", "2021-01-01"])
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == f"{into}: 4 rows of customs.tariff, 2 unread"
    errors = result.stderr.splitlines()
    assert errors[0] == "2 entries could not be read:"
    assert errors[1].startswith("  ukgt.csv:4  found the duty")
    assert errors[1].index("expected") != errors[2].index("expected")
    assert errors[1].index("found") == errors[2].index("found")
    assert errors[3].endswith("unread.csv has them all, with what stands there")
    assert errors[4].startswith("no --read given")


def test_command_prints_json(tmp_path: Path) -> None:
    path = write(tmp_path, "rates.csv", RATES)
    result = CliRunner().invoke(cli, ["import", "fx-csv", str(path), "--into", str(tmp_path / "fx"), "--json"])
    document = json.loads(result.stdout)
    assert document["rows"] == {"fx.rates": 4}
    assert [one["where"] for one in document["unread"]] == ["rates.csv:6"]


def test_command_shows_some_and_counts_the_rest(tmp_path: Path) -> None:
    text = "commodity,ukgt_duty_rate\n0101,1%\n" + "x,1%\n" * 30
    args = ["import", "uk-tariff", str(write(tmp_path, "f.csv", text)), "--into", str(tmp_path / "x")]
    result = CliRunner().invoke(cli, [*args, "--from", "2021-01-01"])
    assert "30 entries could not be read:" in result.stderr
    assert 0 < result.stderr.count("found the commodity") < 30
    assert "unread.csv has them all" in result.stderr
    assert result.stderr.count("f.csv:") == 20


def test_command_fails_with_a_sentence(tmp_path: Path) -> None:
    path = write(tmp_path, "ukgt.csv", TARIFF)
    result = CliRunner().invoke(cli, ["import", "uk-tariff", str(path), "--into", str(tmp_path / "uk")])
    assert result.exit_code == 2
    assert result.stderr.startswith("XB-IN-075 from: found no --from, expected the first day the rates hold")


def test_help_lists_the_formats() -> None:
    text = CliRunner().invoke(cli, ["import", "--help"]).output
    assert all(f"  {name} " in text for name in FORMATS)


# --- uk-tariff


def test_uk_rows_say_what_the_file_says(tariff: Report) -> None:
    rows = {row["code"]: row for row in cells(tariff, "customs.tariff")}
    assert rows["01022910"]["value"] == "10.00% + 77.00 GBP/100kg"
    assert rows["01022910"]["note"] == "a trade remedy applies beside it; a suspension applies beside it"
    assert rows["33030010"]["note"] == "an autonomous tariff quota applies beside it"
    assert (rows["64039993"]["importer"], rows["64039993"]["measure"], rows["64039993"]["locator"]) == (
        "GB",
        "mfn",
        "2",
    )


def test_uk_duty_that_is_not_understood_is_open(tariff: Report) -> None:
    book = xb.load_rulebook(tariff.folder)
    view = book.tables["customs.tariff"].view(None)
    assert view.find(START.toordinal(), "GB", "mfn", "CN", "0808108000") is xb.UNKNOWN
    assert view.row(START.toordinal(), "GB", "mfn", "CN", "0808108000") is not None


def test_uk_code_with_two_duties_is_open(tmp_path: Path) -> None:
    path = write(tmp_path, "f.csv", "commodity,ukgt_duty_rate\n0101,1%\n0102,1%\n0101,2%\n0101,1%\n0102,1%\n")
    report = import_files("uk-tariff", [path], tmp_path / "x", start=START)
    assert [(row["code"], row["value"]) for row in cells(report, "customs.tariff")] == [("0101", "?"), ("0102", "1%")]
    assert [one.reason for one in report.unread] == ["found '2%' for 0101, which is '1%' at f.csv:2"]


def test_uk_rows_replace_built_in_ones_on_their_days(tmp_path: Path) -> None:
    path = write(tmp_path, "f.csv", "commodity,ukgt_duty_rate\n33030010,7%\n")
    report = import_files("uk-tariff", [path], tmp_path / "x", start=date(2022, 1, 1), until=date(2022, 12, 31))
    view = xb.load_rulebook(report.folder).tables["customs.tariff"].view(None)
    days = (date(2021, 12, 31), date(2022, 1, 1), date(2022, 12, 31), date(2023, 1, 1))
    found = [view.find(day.toordinal(), "GB", "mfn", "CN", "33030010").rate_text for day in days]
    assert found == ["0%", "7%", "7%", "0%"]
    assert lint_packs([report.folder]) == []


def test_real_uk_tariff(tmp_path: Path) -> None:
    path = shared_data("uk_tariff/global_uk_tariff_2021-01.csv.gz")
    report = import_files("uk-tariff", [path], tmp_path / "uk", start=START)
    assert (report.rows["customs.tariff"], len(report.unread)) == (11_830, 18)
    assert all(" (01 " in one.text or " (16 " in one.text for one in report.unread)  # duties by season
    book = xb.load_rulebook(report.folder)
    view = book.tables["customs.tariff"].view(None)
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            found = view.row(date(2026, 1, 1).toordinal(), "GB", "mfn", "CN", row["commodity"])
            assert found is not None
            assert found.info["value"] in (row["ukgt_duty_rate"], "?")
    assert lint_packs([report.folder]) == []


# --- exchange rates


def sources(*folders: Path) -> RateSources:
    return RateSources(rate_sources(xb.load_rulebook(*folders)))


def test_ecb_history_becomes_the_daily_source(tmp_path: Path) -> None:
    report = import_files("fx-ecb", [write(tmp_path, "hist.csv", ECB)], tmp_path / "ecb")
    assert [one.where for one in report.unread] == ["hist.csv:4", "hist.csv:5"]
    assert report.counts == {"days": 3, "outside the days asked for": 0}
    found = sources(report.folder)
    assert str(found.find("EUR", "USD", date(2026, 11, 2))) == "1 EUR = 1.25 USD (ecb, 2026-10-30)"
    assert str(found.find("EUR", "USD", date(2026, 10, 28))) == "1 EUR = 1.1 USD (ecb, 2026-10-27)"
    assert found.find("EUR", "JPY", date(2026, 11, 2)) is None


def test_ecb_days_are_bounded(tmp_path: Path) -> None:
    path = write(tmp_path, "hist.csv", ECB)
    report = import_files("fx-ecb", [path], tmp_path / "ecb", start=date(2026, 10, 28), until=date(2026, 10, 29))
    assert report.counts == {"days": 1, "outside the days asked for": 2}
    assert report.notes == ("no --read given: taken as read on 2026-10-29, the last day the files speak of",)
    assert "XB-IN-073" in problem("fx-ecb", [path], tmp_path / "none", start=date(2027, 1, 1))


def test_ecb_header_must_be_the_banks(tmp_path: Path) -> None:
    assert problem("fx-ecb", [write(tmp_path, "f.csv", "Day,USD\n")], tmp_path / "x") == (
        "XB-IN-071 f.csv:1: found 'Day,USD', expected the ECB's header 'Date,USD,JPY,…' with each currency once"
    )


def test_a_changed_rate_file_is_refused(tmp_path: Path) -> None:
    report = import_files("fx-ecb", [write(tmp_path, "hist.csv", ECB)], tmp_path / "ecb")
    (path,) = (report.folder / "rates").iterdir()
    path.write_bytes(path.read_bytes().replace(b"1.25", b"1.26"))
    with pytest.raises(PackError, match=r"XB-PACK-016.*expected the file with this sha256"):
        xb.Engine(xb.load_rulebook(report.folder))
    path.unlink()
    with pytest.raises(PackError, match=r"XB-PACK-006.*cannot be read"):
        xb.Engine(xb.load_rulebook(report.folder))


def test_customs_rates_hold_for_their_periods(tmp_path: Path) -> None:
    report = import_files("fx-csv", [write(tmp_path, "rates.csv", RATES)], tmp_path / "fx")
    assert [one.reason for one in report.unread] == [
        "found rate '1,07', expected a decimal above zero with at most 12 decimals"
    ]
    found = sources(report.folder)
    assert str(found.find("GBP", "USD", date(2026, 10, 31), "customs")) == "1 GBP = 1.25 USD (customs, 2026-10-01)"
    assert (
        str(found.find("USD", "GBP", date(2026, 11, 1), "customs"))
        == "1 USD ≈ 0.769230769231 GBP (customs, 2026-11-01)"
    )
    assert found.find("GBP", "USD", date(2026, 12, 1), "customs") is None
    assert str(found.find("GBP", "EUR", date(2027, 5, 1), "customs")) == "1 GBP = 1.16 EUR (customs, 2026-12-01)"


def test_customs_rates_of_one_authority_say_nothing_of_other_pairs(tmp_path: Path) -> None:
    report = import_files("fx-csv", [write(tmp_path, "rates.csv", RATES)], tmp_path / "fx")
    quote = sources(report.folder).find("EUR", "USD", date(2026, 10, 30), "customs")
    assert quote is not None
    assert quote.source == "ecb"  # never 1.25 / 1.15


def test_rates_that_claim_one_day_are_all_left_out(tmp_path: Path) -> None:
    text = "base,quote,from,rate,until\nGBP,USD,2026-10-01,1.2,\nGBP,USD,2026-11-01,1.3,\nGBP,USD,2026-11-01,1.4,\n"
    report = import_files("fx-csv", [write(tmp_path, "rates.csv", text + "GBP,USD,2026-10-01,1.2,\n")], tmp_path / "fx")
    assert [one.where for one in report.unread] == ["rates.csv:3", "rates.csv:4"]
    found = sources(report.folder)
    assert found.find("GBP", "USD", date(2026, 10, 31), "customs") is not None
    assert found.find("GBP", "USD", date(2026, 11, 1), "customs") is None


def test_names_of_other_sources_are_refused(tmp_path: Path) -> None:
    named = [f"{name},EUR,USD,2026-10-01,1.2\n" for name in ("ecb", "Post", "post")]
    text = "source,base,quote,from,rate\n" + "".join(named)
    report = import_files("fx-csv", [write(tmp_path, "rates.csv", text)], tmp_path / "fx")
    assert [one.where for one in report.unread] == ["rates.csv:2", "rates.csv:3"]
    assert [row["publisher"] for row in cells(report, "fx.rates")] == ["post"]


def test_a_rate_of_zero_in_a_pack_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "o.yaml", "format: xbpack/1\npack: o\nkind: overlay\nreason: trial\ntables:\n  fx.rates:\n"
          "    - {publisher: customs, base: GBP, quote: USD, from: 2026-01-01, value: '0'}\n")  # fmt: skip
    with pytest.raises(PackError, match=r"XB-PACK-016 o.yaml.*expected an exchange rate above zero"):
        xb.Engine(xb.load_rulebook(overlays=[tmp_path / "o.yaml"]))


BRITISH = {
    "id": "G-1", "currency": "USD", "dates": {"placed": "2026-11-20", "paid": "2026-11-20", "declared": "2026-11-20"},
    "seller": {"country": "CN", "kind": "business"}, "marketplace": None, "buyer": {"kind": "consumer"},
    "ship_from": {"country": "CN"}, "ship_to": {"country": "GB", "postal_code": "EC1A 1BB"}, "incoterm": "DDP",
    "gift": False, "prices_include": [], "shipping": "0", "insurance": "0", "discount": "0", "shipments": None,
    "lines": [{"id": "1", "quantity": "1", "unit_price": "190.00", "discount": "0", "hs_code": "6403999300",
               "origin": "CN", "category": "footwear", "preference": None, "excise": False}],
}  # fmt: skip


def test_a_british_quote_rests_on_the_imports(tmp_path: Path) -> None:
    tariff = import_files("uk-tariff", [write(tmp_path, "ukgt.csv", TARIFF)], tmp_path / "packs" / "uk", start=START)
    rates = import_files("fx-csv", [write(tmp_path, "rates.csv", RATES)], tmp_path / "packs" / "fx")
    bare = xb.Engine(xb.load_rulebook(tariff.folder)).assess(BRITISH)
    assert "rate_source" in [caution.code for caution in bare.cautions]
    full = xb.Engine(xb.load_rulebook(tmp_path / "packs")).assess(BRITISH)
    assert "rate_source" not in [caution.code for caution in full.cautions]
    assert "customs:2026-11-01" in str(full.receipt.rates)
    assert tariff.pack in full.receipt.packs
    assert [str(charge.rate) for charge in full.charges if charge.rule == "gb.customs.duty"] == ["0.08"]
    assert not [caution for caution in full.cautions if caution.code == "old_rate" and "customs" in caution.message]
    assert rates.pack in xb.load_rulebook(rates.folder).packs
    result = CliRunner().invoke(
        cli,
        ["quote", str(write(tmp_path, "o.json", json.dumps(BRITISH))), "--json", "--packs", str(tmp_path / "packs")],
    )
    assert json.loads(result.stdout)["totals"]["duty"] == str(full.totals.duty.amount) == "15.20"


def test_real_ecb_history_is_the_shipped_one(tmp_path: Path) -> None:
    path = shared_data("fx/ecb_eurofxref_hist_2026-10-30.csv.gz")
    report = import_files("fx-ecb", [path], tmp_path / "ecb")
    assert (report.counts["days"], len(report.unread)) == (7126, 0)
    imported, shipped = sources(report.folder), sources()
    for day in (date(1999, 1, 4), date(2008, 7, 1), date(2026, 10, 30), date(2026, 11, 8)):
        assert imported.find("USD", "GBP", day) == shipped.find("USD", "GBP", day)


# --- eu-tedb


def stated(
    state: str = "LU",
    percent: str = "3.0",
    codes: tuple[str, ...] | None = ("0201",),
    *,
    kind: str = "SUPER_REDUCED_RATE",
    category: str | None = "FOODSTUFFS",
    on: str = "2025-01-01",
    comment: str | None = None,
    cpa: tuple[str, ...] | None = None,
) -> dict[str, Any]:
    def listed(codes: tuple[str, ...] | None) -> object:
        return None if codes is None else {"code": [{"value": code, "description": "goods"} for code in codes]}

    return {
        "memberState": state, "type": "REDUCED" if category else "STANDARD",
        "rate": {"type": kind, "value": float(percent)}, "situationOn": on, "cnCodes": listed(codes),
        "cpaCodes": listed(cpa), "category": category and {"identifier": category, "description": category},
        "comment": comment,
    }  # fmt: skip


def tedb(folder: Path, *results: object, **options: Any) -> Report:
    text = json.dumps({"additionalInformation": None, "vatRateResults": list(results)})
    return import_files("eu-tedb", [write(folder, "tedb.json", text)], folder / "tedb", **options)


def rates(report: Report) -> dict[tuple[str, str, str], str]:
    return {(row["place"], row["code"], row["from"]): row["value"] for row in cells(report, "eu.vat.rates_by_code")}


def rate_of(folder: Path, *results: object, code: str = "0201") -> str:
    return next(value for (_, one, _), value in rates(tedb(folder, *results)).items() if one == code)


def test_an_unconditional_statement_settles_the_rate(tmp_path: Path) -> None:
    report = tedb(tmp_path, stated("EL", "5.5", ("0201", "0205 00 20")))
    assert rates(report) == {("GR", "0201", "2025-01-01"): "0.055", ("GR", "02050020", "2025-01-01"): "0.055"}
    (row, _) = cells(report, "eu.vat.rates_by_code")
    assert row["note"] == "SUPER_REDUCED_RATE 5.5 FOODSTUFFS"
    assert row["locator"] == "vatRateResults[0]"
    assert lint_packs([report.folder]) == []


@pytest.mark.parametrize(
    "narrowed",
    [
        {"comment": "only calves"},
        {"comment": "VAT - Import - "},
        {"cpa": ("10.11",)},
        {"category": "TAPESTRIES"},
        {"category": "UNHEARD_OF"},
        {"codes": ("ex 0201",)},
        {"kind": "EXEMPTED", "percent": "0.0"},
        {"kind": "NOT_APPLICABLE", "percent": "0.0"},
    ],
)
def test_a_conditional_statement_leaves_the_rate_open(tmp_path: Path, narrowed: dict[str, Any]) -> None:
    assert rate_of(tmp_path, stated(**narrowed)) == "?"


def test_a_finer_code_with_another_rate_opens_the_coarser_one(tmp_path: Path) -> None:
    found = rates(tedb(tmp_path, stated(), stated(percent="8.0", codes=("0201 10 00",), comment="for pets")))
    assert set(found.values()) == {"?"}


def test_a_conditional_statement_of_the_same_rate_changes_nothing(tmp_path: Path) -> None:
    found = rates(tedb(tmp_path, stated(), stated(codes=("0201 10 00",), comment="veal")))
    assert set(found.values()) == {"0.03"}


def test_two_rates_for_one_code_are_open_and_both_told(tmp_path: Path) -> None:
    report = tedb(tmp_path, stated(percent="13.0"), stated())
    (row,) = cells(report, "eu.vat.rates_by_code")
    assert (row["value"], row["status"]) == ("?", "open")
    assert row["note"].startswith("several rates are stated (3 %, 13 %): ")


def test_situations_follow_each_other(tmp_path: Path) -> None:
    report = tedb(
        tmp_path,
        stated(),
        stated(percent="4", on="2025-07-01"),
        stated("AT", "10"),
        stated("AT", "10", on="2025-08-01"),
    )
    rows = [[row[c] for c in ("place", "from", "until", "value")] for row in cells(report, "eu.vat.rates_by_code")]
    assert rows == [
        ["AT", "2025-01-01", "", "0.1"],
        ["LU", "2025-01-01", "2025-06-30", "0.03"],
        ["LU", "2025-07-01", "", "0.04"],
    ]
    cut = tedb(
        tmp_path, stated(), stated(percent="4", on="2025-07-01"), start=date(2025, 7, 15), until=date(2025, 12, 31)
    )
    assert [(row["from"], row["until"]) for row in cells(cut, "eu.vat.rates_by_code")] == [("2025-07-15", "2025-12-31")]


def test_a_code_that_is_no_longer_stated_ends(tmp_path: Path) -> None:
    report = tedb(tmp_path, stated(codes=("0201", "0202")), stated(on="2025-07-01"))
    ends = {row["code"]: row["until"] for row in cells(report, "eu.vat.rates_by_code")}
    assert ends == {"0201": "", "0202": "2025-06-30"}


def test_regions_never_have_the_rate_of_their_country(tmp_path: Path) -> None:
    report = tedb(tmp_path, stated("PT", "13.0"))
    view = xb.load_rulebook(report.folder).tables["eu.vat.rates_by_code"].view(None)
    day = date(2025, 2, 1).toordinal()
    assert view.find(day, "PT", "0201") == 13_000_000
    assert view.find(day, "PT-30", "0201") is xb.UNKNOWN


def test_what_a_result_lacks_is_listed_by_its_path(tmp_path: Path) -> None:
    odd = stated(codes=("0201", "02O2"))
    broken = {**stated(), "rate": {"type": "REDUCED_RATE", "value": "much"}}
    report = tedb(
        tmp_path, stated(), "nothing", {**stated(), "memberState": "Lux"}, broken, odd,
        {**stated(), "situationOn": "soon"}, {**stated(), "cnCodes": {"code": [{"description": "no value"}]}},
    )  # fmt: skip
    assert [one.where for one in report.unread] == [
        "tedb.json:vatRateResults[1].rate",
        "tedb.json:vatRateResults[2].memberState",
        "tedb.json:vatRateResults[3].rate.value",
        "tedb.json:vatRateResults[4].cnCodes.code[1].value",
        "tedb.json:vatRateResults[5].situationOn",
        "tedb.json:vatRateResults[6].cnCodes.code[0].value",
    ]
    assert report.unread[3].reason == "found '02O2', expected a CN code of 2 to 10 digits"


@pytest.mark.parametrize("text", ["[]", "{}", "no json", '{"vatRateResults": {}}', "[" * 100_000])
def test_a_file_that_is_no_answer_of_the_service(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, "f.json", text)
    assert problem("eu-tedb", [path], tmp_path / "x").startswith("XB-IN-071 f.json: found ")


def test_every_statement_is_kept_beside_the_table(tmp_path: Path) -> None:
    long = "word " * 500
    report = tedb(tmp_path, stated(comment=f"<p>{long}</p>"), stated("DE", "19.0", None, kind="DEFAULT", category=None))
    with (report.folder / "statements.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["place"], row["code"], row["percent"], row["type"]) for row in rows] == [
        ("LU", "0201", "3", "SUPER_REDUCED_RATE"),
        ("DE", "", "19", "DEFAULT"),
    ]
    assert rows[0]["comment"] == long.strip()
    assert len(cells(report, "eu.vat.rates_by_code")[0]["note"]) == 600


def test_comments_lose_their_markup_only() -> None:
    assert plain_comment("a < b &amp; c<br/>d") == ("", "a < b & c d")
    assert plain_comment("VAT - Canary Islands - ") == ("Canary Islands", "")
    assert fraction("25.5") == "0.255"


@pytest.fixture(scope="module")
def official(tmp_path_factory: pytest.TempPathFactory) -> Report:
    path = shared_data("vat/tedb_2025-05-28_to_2025-08-26.json.gz")
    return import_files("eu-tedb", [path], tmp_path_factory.mktemp("tedb") / "tedb", read=date(2025, 8, 26))


def table_of(report: Report) -> Table:
    return xb.load_rulebook(report.folder).tables["eu.vat.rates_by_code"]


def test_real_tedb_is_read_whole(official: Report) -> None:
    assert not official.unread
    assert official.counts == {
        "statements": 2024,
        "statements without a CN code": 797,
        "codes stated": 11_038,
        "rows with a rate": 144,
        "open rows": 6158,
    }
    assert lint_packs([official.folder]) == []


@pytest.mark.parametrize(
    ("place", "code", "value"),
    [
        ("LU", "02011000", 3_000_000),  # meat, stated without any condition
        ("LU", "87120030", 8_000_000),  # bicycles
        ("AT", "4901990000", 10_000_000),  # books
        ("AT", "63041910", None),  # tapestries only if made by hand
        ("AT", "97012100", None),  # pictures only by the artist
        ("DE", "02011000", None),  # the comment points to a list in the act
        ("CY", "97012100", None),
        ("PT", "22011011", None),  # water as food, or supplied as water
        ("LU", "61091000", None),  # not stated at all
    ],
)
def test_real_tedb_answers_only_what_is_certain(official: Report, place: str, code: str, value: int | None) -> None:
    found = table_of(official).view(None).find(date(2025, 7, 15).toordinal(), place, code)
    assert (None if found is xb.UNKNOWN else found) == value


def test_standard_rates_of_all_states_are_those_of_the_packs(official: Report) -> None:
    view = xb.load_rulebook().tables["eu.vat.rates"].view(None)
    with (official.folder / "statements.csv").open(encoding="utf-8", newline="") as stream:
        standard = [row for row in csv.DictReader(stream) if row["type"] == "DEFAULT"]
    checked = set()
    for row in standard:
        if "Canary" in row["unless"]:
            continue
        expected = int(fraction(row["percent"]).ljust(10, "0").replace(".", ""))
        assert view.find(date.fromisoformat(row["situation"]).toordinal(), row["place"], "*") == expected, row
        checked.add(row["place"])
    assert len(checked) == 27
