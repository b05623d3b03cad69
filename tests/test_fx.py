"""Exchange rates: exact, never from the future, and a bad file says where it is bad."""

from __future__ import annotations

import csv
import gzip
import pickle
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from io import StringIO, TextIOWrapper
from pathlib import Path
from time import sleep

import currency_converter
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import shared_data
from xbcompliance import money
from xbcompliance._errors import EngineError, InputError
from xbcompliance.fx import (
    ConstantRates,
    CsvRates,
    EcbReferenceRates,
    Quote,
    RateSources,
    age_in_days,
    convert,
    told_rates,
)
from xbcompliance.fx import _ecb as ecb_module

TODAY = date(2026, 11, 22)
CODES = ("USD", "GBP", "JPY", "HRK", "RUB", "ISK")
ECB_TEXT = """Date,USD,GBP,HRK,
2026-10-30,1.25,0.8,N/A,
2026-10-29,1.2,0.75,,
2026-02-02,1.5,0.7,N/A,
2025-06-02,2,1,7.5345,
"""
HEADER = "base,quote,from,until,rate\n"


def value(quote: Quote | None) -> Fraction:
    assert quote is not None
    return Fraction(quote.numerator, quote.denominator)


@pytest.fixture(scope="module")
def ecb() -> EcbReferenceRates:
    return EcbReferenceRates()


@pytest.fixture(scope="module")
def published() -> dict[date, dict[str, Fraction]]:
    """The shipped history, read a second time by other means."""
    with zipfile.ZipFile(currency_converter.CURRENCY_FILE) as archive:
        text = TextIOWrapper(archive.open(archive.namelist()[0]), "utf-8")
        rows = list(csv.DictReader(text))
    return {
        date.fromisoformat(row["Date"]): {code: Fraction(row[code]) for code in CODES if row[code] not in ("", "N/A")}
        for row in rows
    }


def small(tmp_path: Path, text: str = ECB_TEXT) -> EcbReferenceRates:
    path = tmp_path / "rates.csv"
    path.write_text(text)
    return EcbReferenceRates(path)


class TestQuote:
    def test_is_kept_in_lowest_terms_so_equal_rates_are_equal(self) -> None:
        assert Quote("EUR", "USD", 120, 100, "told", TODAY) == Quote("EUR", "USD", 6, 5, "told", TODAY)

    @pytest.mark.parametrize(("numerator", "denominator"), [(0, 1), (1, 0), (-1, 2), (-1, -2)])
    def test_a_rate_is_above_zero(self, numerator: int, denominator: int) -> None:
        with pytest.raises(EngineError, match=r"XB-EN-040 EUR/USD: found -?\d/-?\d, expected a rate above zero"):
            Quote("EUR", "USD", numerator, denominator, "told", TODAY)

    @given(st.integers(1, 10**20), st.integers(1, 10**20))
    def test_inverse_of_the_inverse_is_the_rate(self, numerator: int, denominator: int) -> None:
        quote = Quote("EUR", "USD", numerator, denominator, "told", TODAY)
        assert quote.inverse().inverse() == quote
        assert value(quote) * value(quote.inverse()) == 1

    def test_a_product_is_as_old_as_its_older_leg(self) -> None:
        older = Quote("USD", "EUR", 4, 5, "a", date(2026, 1, 1))
        newer = Quote("EUR", "JPY", 175, 1, "a", date(2026, 2, 1))
        assert older.times(newer) == Quote("USD", "JPY", 140, 1, "a", date(2026, 1, 1))
        assert newer.inverse().times(older.inverse()).day == date(2026, 1, 1)

    def test_a_product_needs_a_shared_currency(self) -> None:
        quote = Quote("USD", "EUR", 4, 5, "a", TODAY)
        with pytest.raises(EngineError, match=r"XB-EN-041.*USD/EUR and USD/EUR"):
            quote.times(quote)

    def test_reads_as_a_sentence_and_says_when_it_is_cut(self) -> None:
        assert str(Quote("EUR", "USD", 11172, 10000, "ecb", TODAY)) == "1 EUR = 1.1172 USD (ecb, 2026-11-22)"
        assert str(Quote("EUR", "USD", 2, 3, "ecb", TODAY)) == "1 EUR ≈ 0.666666666667 USD (ecb, 2026-11-22)"

    def test_age_counts_days(self) -> None:
        assert age_in_days(Quote("EUR", "USD", 6, 5, "ecb", date(2024, 2, 28)), date(2024, 3, 1)) == 2


class TestConvert:
    @given(
        st.integers(-(10**18), 10**18),
        st.integers(1, 10**12),
        st.integers(1, 10**12),
        st.integers(0, 8),
        st.integers(0, 8),
        st.sampled_from(money.MODES),
    )
    def test_rounds_the_exact_product_once(
        self, amount: int, numerator: int, denominator: int, scale_out: int, scale_in: int, mode: str
    ) -> None:
        exact = Fraction(amount * numerator * 10**scale_out, denominator * 10**scale_in)
        quote = Quote("EUR", "USD", numerator, denominator, "told", TODAY)
        expected = money.divide(exact.numerator, exact.denominator, mode)
        assert convert(amount, quote, mode, scale_out, scale_in) == expected

    def test_amounts_are_engine_amounts_unless_said_otherwise(self) -> None:
        assert convert(money.scaled("10"), Quote("EUR", "USD", 6, 5, "told", TODAY), "half_up") == money.scaled("12")


class TestEcb:
    @given(st.dates(date(1998, 12, 1), date(2027, 12, 31)), st.sampled_from(CODES))
    def test_is_the_last_published_rate_and_never_a_later_one(
        self, ecb: EcbReferenceRates, published: dict[date, dict[str, Fraction]], day: date, currency: str
    ) -> None:
        days = (day - timedelta(days=back) for back in range(367))
        expected = next((d for d in days if currency in published.get(d, {})), None)
        quote = ecb.rate("EUR", currency, day)
        if expected is None:
            assert quote is None
        else:
            assert quote is not None
            assert (quote.day, value(quote), quote.source) == (expected, published[expected][currency], "ecb")
            assert quote.day <= day

    @given(st.dates(date(1999, 1, 4), date(2026, 12, 31)), st.permutations(["EUR", "USD", "GBP", "JPY"]))
    def test_cross_rates_are_exact_and_of_one_day(
        self, ecb: EcbReferenceRates, published: dict[date, dict[str, Fraction]], day: date, order: list[str]
    ) -> None:
        base, other, *_ = order
        quote = ecb.rate(base, other, day)
        assert quote is not None
        rates = published[quote.day] | {"EUR": Fraction(1)}
        assert value(quote) == rates[other] / rates[base]
        assert ecb.rate(other, base, day) == quote.inverse()

    def test_a_weekend_has_fridays_rate(self, ecb: EcbReferenceRates) -> None:
        friday = ecb.rate("EUR", "USD", date(2026, 10, 23))
        assert friday is not None
        assert friday.day == date(2026, 10, 23)
        assert ecb.rate("EUR", "USD", date(2026, 10, 24)) == ecb.rate("EUR", "USD", date(2026, 10, 25)) == friday
        assert ecb.rate("EUR", "USD", date(2026, 10, 26)) != friday

    def test_the_first_rates_are_of_1999_01_04(self, ecb: EcbReferenceRates) -> None:
        first = ecb.rate("EUR", "USD", date(1999, 1, 4))
        assert first is not None
        assert value(first) == Fraction("1.1789")
        assert ecb.rate("EUR", "USD", date(1999, 1, 3)) is None
        assert ecb.rate("EUR", "USD", date.min) is None

    def test_a_currency_that_ended_has_a_rate_for_366_days_more(self, tmp_path: Path) -> None:
        rates = small(tmp_path)
        last = rates.rate("EUR", "HRK", date(2025, 6, 2) + timedelta(days=366))
        assert last is not None
        assert (value(last), last.day) == (Fraction("7.5345"), date(2025, 6, 2))
        assert rates.rate("EUR", "HRK", date(2025, 6, 2) + timedelta(days=367)) is None

    def test_both_legs_of_a_cross_rate_are_of_the_day_that_has_both(self, tmp_path: Path) -> None:
        rates = small(tmp_path)
        quote = rates.rate("USD", "HRK", date(2026, 6, 3))
        assert quote is not None
        assert rates.rate("HRK", "USD", date(2026, 6, 3)) == quote.inverse()
        assert (value(quote), quote.day) == (Fraction("7.5345") / 2, date(2025, 6, 2))
        assert rates.rate("USD", "HRK", date(2026, 10, 30)) is rates.rate("HRK", "USD", date(2026, 10, 30)) is None

    def test_unknown_currencies_have_no_rate_and_every_currency_is_worth_itself(self, ecb: EcbReferenceRates) -> None:
        assert ecb.rate("EUR", "QQQ", TODAY) is None
        assert ecb.rate("QQQ", "EUR", TODAY) is None
        assert ecb.rate("USD", "USD", TODAY) == Quote("USD", "USD", 1, 1, "ecb", TODAY)

    @pytest.mark.parametrize("suffix", ["csv", "csv.gz", "zip"])
    @pytest.mark.parametrize("newline", ["\n", "\r\n"])
    def test_reads_plain_and_packed_files(self, tmp_path: Path, suffix: str, newline: str) -> None:
        data = b"\xef\xbb\xbf" + ECB_TEXT.replace("\n", newline).encode()
        path = tmp_path / f"rates.{suffix}"
        if suffix == "zip":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("rates.csv", data)
        else:
            path.write_bytes(gzip.compress(data) if suffix == "csv.gz" else data)
        rates = EcbReferenceRates(path)
        assert value(rates.rate("EUR", "GBP", date(2026, 10, 31))) == Fraction("0.8")
        assert value(rates.rate("EUR", "USD", date(2026, 10, 29))) == Fraction("1.2")
        assert rates.last_day == date(2026, 10, 30)

    def test_the_official_file_agrees_with_the_shipped_one(self, ecb: EcbReferenceRates) -> None:
        official = EcbReferenceRates(shared_data("fx/ecb_eurofxref_hist_2026-10-30.csv.gz"))
        assert official.last_day == date(2026, 10, 30)
        assert ecb.last_day >= official.last_day
        for day in (date(1999, 1, 4), date(2008, 10, 3), date(2015, 1, 18), date(2026, 10, 30)):
            for currency in ("USD", "GBP", "JPY", "ISK"):
                assert official.rate("EUR", currency, day) == ecb.rate("EUR", currency, day)
        assert value(official.rate("EUR", "USD", date(2026, 10, 30))) == Fraction("1.1172")
        assert value(official.rate("USD", "GBP", date(2026, 11, 1))) == Fraction("0.8338") / Fraction("1.1172")

    def test_loads_nothing_before_it_is_asked_and_once_for_all_threads(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        loads: list[Path] = []
        load = ecb_module._load

        def counted(path: Path) -> ecb_module._Table:
            loads.append(path)
            sleep(0.02)  # the other threads arrive meanwhile
            return load(path)

        monkeypatch.setattr(ecb_module, "_load", counted)
        rates = small(tmp_path)
        rates.rate("EUR", "EUR", TODAY)
        assert loads == []
        with ThreadPoolExecutor(8) as pool:
            quotes = list(pool.map(lambda _: rates.rate("EUR", "USD", date(2026, 10, 30)), range(64)))
        assert len(loads) == 1
        assert set(quotes) == {Quote("EUR", "USD", 5, 4, "ecb", date(2026, 10, 30))}

    def test_travels_to_another_process(self, tmp_path: Path) -> None:
        rates = small(tmp_path)
        copy = pickle.loads(pickle.dumps(rates))
        assert copy.rate("EUR", "USD", date(2026, 10, 30)) == rates.rate("EUR", "USD", date(2026, 10, 30))

    @pytest.mark.parametrize(
        ("text", "line", "found"),
        [
            ("", 1, "nothing"),
            ("Datum,USD,\n", 1, "'Datum,USD,'"),
            ("Date,USD,USD,\n2026-10-30,1,1,\n", 1, "'Date,USD,USD,'"),
            ("Date,EUR,\n2026-10-30,1,\n", 1, "'Date,EUR,'"),
            ("Date,USD,\n", 2, "nothing"),
            ("Date,USD,\n30 October 2026,1.25,\n", 2, "'30 October 2026,1.25,'"),
            ("Date,USD,\n2026-10-30,1.25,\n2026-02-30,1.25,\n", 3, "'2026-02-30,1.25,'"),
            ("Date,USD,\n2026-10-30,0.00,\n", 2, "'2026-10-30,0.00,'"),
            ("Date,USD\n2026-10-30,0\n", 2, "'2026-10-30,0'"),
            ("Date,USD,\n2026-10-30,-1,\n", 2, "'2026-10-30,-1,'"),
            ("Date,USD,\n2026-10-30,1.25,1.3,\n", 2, "'2026-10-30,1.25,1.3,'"),
            ("Date,USD,\n2026-10-30,1.25,\n2026-10-30,1.25,\n", 3, "'2026-10-30,1.25,'"),
        ],
    )
    def test_another_layout_is_told_with_file_and_line(self, tmp_path: Path, text: str, line: int, found: str) -> None:
        with pytest.raises(InputError) as caught:
            small(tmp_path, text).rate("EUR", "USD", TODAY)
        assert (caught.value.code, caught.value.where) == ("XB-IN-041", f"{tmp_path / 'rates.csv'}:{line}")
        assert caught.value.found == found
        assert caught.value.expected

    def test_a_small_rate_is_not_taken_for_zero(self, tmp_path: Path) -> None:
        rates = small(tmp_path, "Date,USD,\n2026-10-30,0.005,\n")
        assert value(rates.rate("EUR", "USD", date(2026, 10, 30))) == Fraction("0.005")

    @pytest.mark.parametrize("name", ["missing.csv", "damaged.csv.gz", "damaged.zip", "two.zip"])
    def test_a_file_that_cannot_be_read_is_told(self, tmp_path: Path, name: str) -> None:
        path = tmp_path / name
        if name.startswith("damaged"):
            path.write_bytes(b"not packed at all")
        if name.startswith("two"):
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("a.csv", ECB_TEXT)
                archive.writestr("b.csv", ECB_TEXT)
        with pytest.raises(InputError, match=r"expected a csv, csv\.gz or zip file") as caught:
            EcbReferenceRates(path).rate("EUR", "USD", TODAY)
        assert (caught.value.code, caught.value.where) == ("XB-IN-040", str(path))


class TestConstantAndTold:
    def test_serves_the_pair_and_its_inverse_on_any_day(self) -> None:
        rates = ConstantRates({"EUR/USD": "1.20"})
        assert rates.rate("EUR", "USD", TODAY) == Quote("EUR", "USD", 6, 5, "constant", TODAY)
        assert rates.rate("USD", "EUR", date.min) == Quote("USD", "EUR", 5, 6, "constant", date.min)
        assert rates.rate("JPY", "JPY", TODAY) == Quote("JPY", "JPY", 1, 1, "constant", TODAY)

    def test_told_rates_are_called_told(self) -> None:
        told = told_rates({"USD/KRW": "1358.72"})
        assert told.name == "told"
        assert told.rate("USD", "KRW", TODAY) == Quote("USD", "KRW", 135872, 100, "told", TODAY)

    @pytest.mark.parametrize(
        "pairs", [("EUR/USD", "EUR/JPY"), ("USD/EUR", "EUR/JPY"), ("EUR/USD", "JPY/EUR"), ("USD/EUR", "JPY/EUR")]
    )
    def test_crosses_one_shared_currency_whichever_way_it_is_written(self, pairs: tuple[str, str]) -> None:
        per_euro = {"USD": Fraction(5, 4), "JPY": Fraction(160)}

        def written(pair: str) -> str:
            base, other = pair.split("/")
            rate = per_euro[other] if base == "EUR" else 1 / per_euro[base]
            return str(Decimal(rate.numerator) / Decimal(rate.denominator))

        quote = told_rates({pair: written(pair) for pair in pairs}).rate("USD", "JPY", TODAY)
        assert value(quote) == per_euro["JPY"] / per_euro["USD"]

    def test_two_steps_are_one_too_many(self) -> None:
        told = told_rates({"EUR/USD": "1.2", "USD/JPY": "150", "JPY/KRW": "9"})
        assert told.rate("EUR", "JPY", TODAY) is not None
        assert told.rate("EUR", "KRW", TODAY) is None
        assert told.rate("EUR", "CHF", TODAY) is None

    def test_the_written_pair_wins_then_the_inverse_then_the_first_step_of_the_alphabet(self) -> None:
        middles = ["CHF", "SEK", "NOK", "AUD", "GBP", "JPY", "PLN", "CAD"]
        steps = {f"EUR/{middle}": "1" for middle in middles}
        steps |= {f"{middle}/USD": "2" if middle == "AUD" else "3" for middle in middles}
        for order in (steps, dict(reversed(steps.items()))):
            assert value(told_rates(order).rate("EUR", "USD", TODAY)) == 2
            assert value(told_rates(order | {"USD/EUR": "0.2"}).rate("EUR", "USD", TODAY)) == 5
            assert value(told_rates(order | {"USD/EUR": "0.2", "EUR/USD": "7"}).rate("EUR", "USD", TODAY)) == 7

    @given(st.decimals(Decimal("0.000000000001"), Decimal(10) ** 14, places=12))
    def test_decimals_and_strings_say_the_same(self, rate: Decimal) -> None:
        as_decimal, as_text = told_rates({"EUR/USD": rate}), told_rates({"EUR/USD": format(rate, "f")})
        assert as_decimal.rate("EUR", "USD", TODAY) == as_text.rate("EUR", "USD", TODAY)
        assert value(as_decimal.rate("EUR", "USD", TODAY)) == Fraction(rate)

    @pytest.mark.parametrize("pair", ["EURUSD", "EUR/USD/JPY", "eur/usd", "EUR/", "EUR/EUR", "EUR/USDX", "", "EUR-USD"])
    def test_a_key_is_two_currencies(self, pair: str) -> None:
        with pytest.raises(InputError) as caught:
            told_rates({pair: "1.2"})
        assert str(caught.value) == (
            f"XB-IN-044 exchange_rates: found {pair!r}, expected two currencies such as EUR/USD"
        )

    @pytest.mark.parametrize(
        "rate",
        ["0", "-1.2", "1,2", "", "1.2e3", "NaN", "1.1234567890123", Decimal("NaN"), Decimal(0), 1.2, 1, None, True],
    )
    def test_a_rate_is_an_exact_decimal_above_zero(self, rate: object) -> None:
        with pytest.raises(InputError, match="expected a decimal string above zero with at most 12 decimals") as caught:
            told_rates({"EUR/USD": rate})  # type: ignore[dict-item]
        assert (caught.value.code, caught.value.path) == ("XB-IN-044", "exchange_rates.EUR/USD")


class TestCsv:
    def test_a_row_holds_from_its_first_to_its_last_day(self) -> None:
        rates = CsvRates(HEADER + "GBP,USD,2026-10-01,2026-10-31,1.25\nGBP,USD,2026-12-01,2026-12-31,1.3\n")
        assert rates.rate("GBP", "USD", date(2026, 9, 30)) is None
        for day in (date(2026, 10, 1), date(2026, 10, 31)):
            assert rates.rate("GBP", "USD", day) == Quote("GBP", "USD", 5, 4, "customs", date(2026, 10, 1))
        assert rates.rate("GBP", "USD", date(2026, 11, 1)) is None
        assert value(rates.rate("GBP", "USD", date(2026, 12, 1))) == Fraction("1.3")
        assert rates.rate("GBP", "USD", date(2027, 1, 1)) is None

    @pytest.mark.parametrize("newest_first", [False, True])
    def test_a_row_without_an_end_holds_until_the_next_one(self, newest_first: bool) -> None:
        rows = ["2026-10-01,GBP,USD,1.25\n", "2026-11-01,GBP,USD,1.5\n"]
        rates = CsvRates("from,base,quote,rate\n" + "".join(sorted(rows, reverse=newest_first)), "hmrc")
        assert rates.name == "hmrc"
        assert value(rates.rate("GBP", "USD", date(2026, 10, 31))) == Fraction("1.25")
        assert rates.rate("GBP", "USD", date(2099, 1, 1)) == Quote("GBP", "USD", 3, 2, "hmrc", date(2026, 11, 1))

    def test_a_row_without_an_end_does_not_come_back_after_the_next_one(self) -> None:
        rates = CsvRates(HEADER + "GBP,USD,2026-10-01,,1.25\nGBP,USD,2026-11-01,2026-11-30,1.5\n")
        assert rates.rate("GBP", "USD", date(2026, 12, 1)) is None

    def test_serves_inverse_and_cross_rates_of_the_day(self) -> None:
        rates = CsvRates(HEADER + "GBP,USD,2026-10-01,,1.25\nGBP,JPY,2026-10-05,2026-10-31,200\n")
        assert value(rates.rate("USD", "GBP", date(2026, 10, 5))) == Fraction(4, 5)
        assert rates.rate("USD", "JPY", date(2026, 10, 31)) == Quote("USD", "JPY", 160, 1, "customs", date(2026, 10, 1))
        assert rates.rate("USD", "JPY", date(2026, 11, 1)) is None
        assert rates.rate("JPY", "JPY", date(2026, 11, 1)) == Quote("JPY", "JPY", 1, 1, "customs", date(2026, 11, 1))

    def test_reads_files_and_skips_blank_rows(self, tmp_path: Path) -> None:
        path = tmp_path / "customs.csv"
        path.write_bytes(
            b"\xef\xbb\xbf" + (HEADER + "\n GBP , USD ,2026-10-01, ,1.25\n\n").replace("\n", "\r\n").encode()
        )
        for given_path in (path, str(path)):
            assert value(CsvRates(given_path).rate("GBP", "USD", TODAY)) == Fraction("1.25")

    @pytest.mark.parametrize(
        ("row", "message"),
        [
            ("GBP,USD,2026-10-01,", "found 4 cells, expected 5"),
            ("gbp,USD,2026-10-01,,1.25", "found base 'gbp', expected a currency code of three capital letters"),
            ("GBP,US,2026-10-01,,1.25", "found quote 'US', expected a currency code of three capital letters"),
            ("GBP,GBP,2026-10-01,,1", "found GBP twice, expected two different currencies"),
            ("GBP,USD,,,1.25", "found from '', expected a day YYYY-MM-DD"),
            ("GBP,USD,20261001,,1.25", "found from '20261001', expected a day YYYY-MM-DD"),
            ("GBP,USD,2026-10-01,2026-10-32,1.25", "found until '2026-10-32', expected a day YYYY-MM-DD"),
            ("GBP,USD,2026-10-02,2026-10-01,1.25", "found until 2026-10-01, expected no day before from 2026-10-02"),
            ("GBP,USD,2026-10-01,,0", "found rate '0', expected a decimal above zero with at most 12 decimals"),
            ("GBP,USD,2026-10-01,,1e3", "found rate '1e3', expected a decimal above zero with at most 12 decimals"),
        ],
    )
    def test_a_bad_row_says_where_what_and_what_else(self, row: str, message: str) -> None:
        with pytest.raises(InputError) as caught:
            CsvRates(HEADER + "GBP,JPY,2026-10-01,,200\n" + row + "\n")
        assert str(caught.value) == f"XB-IN-042 customs:3: {message}"

    def test_all_bad_rows_are_told_at_once_and_the_good_ones_may_be_kept(self) -> None:
        text = HEADER + "GBP,USD,2026-10-01,,x\nGBP,JPY,2026-10-01,,200\n\nGBP,CHF,2026-10-01,,-1\n"
        with pytest.raises(InputError) as caught:
            CsvRates(text)
        assert str(caught.value) == (
            "XB-IN-042 customs:2: found rate 'x', expected a decimal above zero with at most 12 decimals; "
            "1 more row cannot be used (CsvRates(…, strict=False).problems lists them)"
        )
        lenient = CsvRates(text, strict=False)
        assert [problem.where for problem in lenient.problems] == ["customs:2", "customs:5"]
        assert value(lenient.rate("GBP", "JPY", TODAY)) == 200
        assert lenient.rate("GBP", "USD", TODAY) is None

    def test_lines_are_counted_as_an_editor_counts_them(self) -> None:
        text = HEADER + 'GBP,JPY,2026-10-01,"\n",200\n\nGBP,USD,2026-10-01,,x\n'
        (problem,) = CsvRates(text, strict=False).problems
        assert problem.where == "customs:5"

    def test_rows_that_overlap_are_all_refused(self) -> None:
        text = HEADER + (
            "GBP,USD,2026-01-01,,1\n"
            "GBP,USD,2026-10-01,2026-10-31,2\n"
            "GBP,USD,2026-10-31,2026-11-30,3\n"
            "USD,GBP,2026-12-01,2026-12-31,0.5\n"
            "GBP,USD,2026-12-01,2026-12-31,4\n"
        )
        with pytest.raises(InputError, match="1 more row cannot") as caught:
            CsvRates(text)
        assert (caught.value.code, caught.value.where) == ("XB-IN-043", "customs:3")
        assert caught.value.found == "GBP/USD for a day that line 4 has too"
        lenient = CsvRates(text, strict=False)
        assert [problem.where for problem in lenient.problems] == ["customs:3", "customs:4"]
        assert value(lenient.rate("GBP", "USD", date(2026, 9, 30))) == 1
        for day in (date(2026, 10, 1), date(2026, 11, 15)):
            assert lenient.rate("GBP", "USD", day) is None, "an open row does not cover dropped ones"
        assert value(lenient.rate("GBP", "USD", date(2026, 12, 1))) == 4

    def test_two_open_rows_of_one_day_overlap(self) -> None:
        text = HEADER + "GBP,USD,2026-01-01,,1\nGBP,USD,2026-01-01,,1\n"
        assert [problem.code for problem in CsvRates(text, strict=False).problems] == ["XB-IN-043", "XB-IN-043"]

    @given(
        st.lists(st.tuples(st.integers(0, 30), st.one_of(st.none(), st.integers(0, 10))), min_size=1, max_size=8),
        st.integers(-1, 45),
    )
    def test_overlaps_are_found_and_no_rate_is_of_a_later_day(
        self, spans: list[tuple[int, int | None]], asked: int
    ) -> None:
        origin = date(2026, 1, 1)
        text = StringIO()
        text.write(HEADER)
        for start, length in spans:
            first = origin + timedelta(days=start)
            text.write(f"GBP,USD,{first},{'' if length is None else first + timedelta(days=length)},1.25\n")
        rates = CsvRates(text.getvalue(), strict=False)
        stated = [(start, start + (length or 0)) for start, length in spans]
        clashing = {
            i for i, a in enumerate(stated) for j, b in enumerate(stated) if i != j and a[0] <= b[1] and b[0] <= a[1]
        }
        assert {problem.where for problem in rates.problems} == {f"customs:{i + 2}" for i in clashing}
        day = origin + timedelta(days=asked)
        quote = rates.rate("GBP", "USD", day)
        if any(i not in clashing and first <= asked <= last for i, (first, last) in enumerate(stated)):
            assert quote is not None
        assert quote is None or quote.day <= day

    @pytest.mark.parametrize(
        ("text", "found", "hint"),
        [
            ("base,quote,from,until\n", "'base,quote,from,until'", ""),
            ("base,quote,from,until,rates\n", "'base,quote,from,until,rates'", "did you mean 'rate'?"),
            ("base,quote,from,rate,rate\n", "'base,quote,from,rate,rate'", ""),
            ("\n", "''", ""),
        ],
    )
    def test_a_header_names_the_columns(self, text: str, found: str, hint: str) -> None:
        with pytest.raises(InputError, match="expected the columns base,quote,from,until,rate") as caught:
            CsvRates(text, strict=False)
        assert (caught.value.code, caught.value.where) == ("XB-IN-041", "customs:1")
        assert (caught.value.found, caught.value.hint) == (found, hint)

    def test_a_file_that_is_no_csv_or_no_text_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"XB-IN-041 customs:3: found .*, expected a CSV file"):
            CsvRates(HEADER + 'GBP,USD,2026-10-01,,1.25\nGBP,"JPY,2026-10-01,,200\n')
        path = tmp_path / "customs.csv"
        path.write_bytes(HEADER.encode() + b"\xff")
        with pytest.raises(InputError, match=r"XB-IN-040 .*found bytes that are not UTF-8 at position 27"):
            CsvRates(path)
        with pytest.raises(InputError, match=r"XB-IN-040 .*found no such file"):
            CsvRates(tmp_path / "none.csv")


class TestSources:
    sources = RateSources([ConstantRates({"EUR/USD": "1.2"}, "ecb"), ConstantRates({"EUR/JPY": "160"}, "customs")])

    def asked(self, base: str, quote: str, source: str | None = None, told: dict[str, str] | None = None) -> str | None:
        found = self.sources.find(base, quote, TODAY, source, told_rates(told) if told is not None else None)
        return None if found is None else found.source

    def test_told_wins_then_the_named_source_then_the_default(self) -> None:
        assert self.asked("EUR", "USD") == "ecb"
        assert self.asked("EUR", "JPY", "customs") == "customs"
        assert self.asked("EUR", "JPY", "customs", {"JPY/EUR": "0.01"}) == "told"

    def test_told_rates_of_other_pairs_change_nothing(self) -> None:
        assert self.asked("EUR", "USD", None, {"EUR/JPY": "170"}) == "ecb"
        assert self.asked("EUR", "USD", None, {}) == "ecb"

    def test_a_source_that_is_not_configured_gives_way_to_the_default(self) -> None:
        assert self.asked("EUR", "USD", "hmrc") == "ecb"

    def test_a_source_without_the_rate_is_not_replaced(self) -> None:
        assert self.asked("EUR", "USD", "customs") is None
        assert self.asked("EUR", "JPY") is None

    @pytest.mark.parametrize(("names", "found"), [([], "none"), (["ecb", "ecb"], "ecb, ecb")])
    def test_sources_have_names_of_their_own(self, names: list[str], found: str) -> None:
        with pytest.raises(InputError, match="expected at least one rate source, each with its own name") as caught:
            RateSources([ConstantRates({}, name) for name in names])
        assert (caught.value.code, caught.value.found) == ("XB-IN-045", found)
