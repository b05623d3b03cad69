"""Special territories, unions by day, and what stays open while an address is not fully told."""

from __future__ import annotations

import csv
import pickle
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from conftest import ROOT
from xbcompliance._errors import EngineError, Location, PackError
from xbcompliance._unknown import UNKNOWN
from xbcompliance.places import Place, Places, check, local_day

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = ROOT / "jurisdictions" / "places"
PLACES = Places.load(FOLDER)
CUSTOMS, VAT = "eu.customs_territory", "eu.vat_territory"
NOW = date(2026, 11, 22).toordinal()
MEMBERS = [
    "AT",
    "BE",
    "BG",
    "CY",
    "CZ",
    "DE",
    "DK",
    "EE",
    "ES",
    "FI",
    "FR",
    "GR",
    "HR",
    "HU",
    "IE",
    "IT",
    "LT",
    "LU",
    "LV",
    "MT",
    "NL",
    "PL",
    "PT",
    "RO",
    "SE",
    "SI",
    "SK",
]

# place, first and last postal code, codes just outside it, in the customs territory, in the VAT territory
TERRITORIES = [
    ("AT-JUNGHOLZ", "AT", ["6691", "6991", "6993"], ["6690", "6692", "6990", "6994"], True, True),
    ("DE-BUESINGEN", "DE", ["78266"], ["78265", "78267"], False, False),
    ("DE-HELGOLAND", "DE", ["27498"], ["27497", "27499"], False, False),
    ("ES-CE", "ES", ["51000", "51999"], ["50999", "53000"], False, False),
    ("ES-CN", "ES", ["35000", "35999", "38000", "38999"], ["34999", "36000", "37999", "39000"], True, False),
    ("ES-ML", "ES", ["52000", "52999"], ["53000"], False, False),
    ("FI-01", "FI", ["22000", "22999"], ["21999", "23000"], True, False),
    ("FR-20R", "FR", ["20000", "20999"], ["19999", "21000"], True, True),
    ("FR-971", "FR", ["97100", "97199"], ["97099"], True, False),
    ("FR-972", "FR", ["97200", "97299"], [], True, False),
    ("FR-973", "FR", ["97300", "97399"], [], True, False),
    ("FR-974", "FR", ["97400", "97499"], ["97500"], True, False),
    ("FR-976", "FR", ["97600", "97699"], ["97599", "97700"], True, False),
    ("GR-69", "GR", ["63086"], ["63085", "63087"], True, False),
    ("IT-CAMPIONE", "IT", ["22061"], ["22060", "22062"], True, False),
    ("IT-LIVIGNO", "IT", ["23041"], ["23040", "23042"], False, False),
    ("PT-20", "PT", ["9500", "9999-999"], [], True, True),
    ("PT-30", "PT", ["9000-018", "9499"], ["8999"], True, True),
]


@pytest.mark.parametrize(("region", "country", "inside", "outside", "customs", "vat"), TERRITORIES)
def test_special_territory(
    region: str, country: str, inside: list[str], outside: list[str], customs: bool, vat: bool
) -> None:
    for code in inside:
        place = PLACES.resolve(country, code, UNKNOWN)
        assert place == Place(country, region)
        assert (PLACES.member(CUSTOMS, place, NOW), PLACES.member(VAT, place, NOW)) == (customs, vat)
    for code in outside:
        assert PLACES.resolve(country, code, None) == Place(country), code


def test_every_region_of_the_data_is_tested_above() -> None:
    by_postal_code = {row.cells["region"] for row in PLACES.regions if row.cells["postal"]}
    assert by_postal_code == {row[0] for row in TERRITORIES}


@pytest.mark.parametrize(("country", "count"), [("BR", 27), ("CA", 13), ("US", 52)])
def test_states_and_provinces_are_told_by_their_code(country: str, count: int) -> None:
    """The fifty states, the District of Columbia and Puerto Rico; no postal code tells them apart."""
    regions = {row.cells["region"] for row in PLACES.regions if row.cells["country"] == country}
    assert len(regions) == count
    for region in regions:
        assert PLACES.resolve(country, UNKNOWN, region) == Place(country, region)


@pytest.mark.parametrize(("country", "code"), [("DE", "10115"), ("ES", "36001"), ("FR", "75001"), ("NL", "1012 AB")])
def test_the_rest_of_a_country_is_inside(country: str, code: str) -> None:
    place = PLACES.resolve(country, code, None)
    assert place == Place(country)
    assert PLACES.member(CUSTOMS, place, NOW) is PLACES.member(VAT, place, NOW) is True


@pytest.mark.parametrize(
    ("country", "place"),
    [
        ("GP", Place("FR", "FR-971")),
        ("MQ", Place("FR", "FR-972")),
        ("GF", Place("FR", "FR-973")),
        ("RE", Place("FR", "FR-974")),
        ("YT", Place("FR", "FR-976")),
        ("AX", Place("FI", "FI-01")),
        ("IC", Place("ES", "ES-CN")),
        ("MC", Place("FR")),
        ("IM", Place("GB")),
        ("XI", Place("XI")),
        ("JE", Place("JE")),
        ("SM", Place("SM")),
    ],
)
def test_territories_written_as_countries_need_no_postal_code(country: str, place: Place) -> None:
    for told in (UNKNOWN, None, "98000", "BT1 1AA"):
        assert PLACES.resolve(country, told, UNKNOWN) == place


def test_a_code_of_its_own_answers_like_the_region_it_names_but_not_like_the_country_it_is_treated_as() -> None:
    assert PLACES.member(VAT, Place("GP"), NOW) is False
    assert PLACES.member("eea", Place("GP"), NOW) is True
    assert PLACES.member(VAT, Place("MC"), NOW) is True
    assert PLACES.member("eea", Place("MC"), NOW) is False
    assert PLACES.member("uk", Place("IM"), NOW) is True


class TestNorthernIreland:
    @pytest.mark.parametrize("code", ["BT1 1AA", "bt11aa", "BT48 6DQ", "GB-BT1 1AA"])
    def test_postal_code_selects_it(self, code: str) -> None:
        assert PLACES.resolve("GB", code, UNKNOWN) == Place("XI")

    @pytest.mark.parametrize("subdivision", ["GB-NIR", "GB-BFS"])
    def test_subdivision_selects_it(self, subdivision: str) -> None:
        assert PLACES.resolve("GB", UNKNOWN, subdivision) == Place("XI")

    @pytest.mark.parametrize("code", ["EC1A 1BB", "B1 1BT", "TB1 1AA", None])
    def test_other_codes_are_great_britain(self, code: str | None) -> None:
        assert PLACES.resolve("GB", code, UNKNOWN) == Place("GB")

    @pytest.mark.parametrize("code", [UNKNOWN, "", "B", "n/a", "London"])
    def test_an_untold_code_leaves_it_open(self, code: str) -> None:
        place = PLACES.resolve("GB", code, UNKNOWN)
        assert place == Place("GB", None, ("XI",))
        assert PLACES.member(VAT, place, NOW) is UNKNOWN
        assert PLACES.member("uk", place, NOW) is True

    def test_membership_goes_on_when_great_britain_leaves(self) -> None:
        last = date(2020, 12, 31).toordinal()
        for territory in (CUSTOMS, VAT):
            assert [PLACES.member(territory, Place("GB"), day) for day in (last, last + 1)] == [True, False]
            assert [PLACES.member(territory, Place("XI"), day) for day in (last, last + 1)] == [True, True]
        assert [PLACES.member("eu", Place("XI"), day) for day in (last, last + 1)] == [True, False]


class TestOpenPlaces:
    def test_unknown_postal_code(self) -> None:
        place = PLACES.resolve("ES", UNKNOWN, UNKNOWN)
        assert place == Place("ES", None, ("ES-CE", "ES-CN", "ES-ML"))
        assert PLACES.possible_codes(place) == ("ES", "ES-CE", "ES-CN", "ES-ML")
        assert PLACES.member(CUSTOMS, place, NOW) is UNKNOWN
        assert PLACES.member("eu", place, NOW) is True

    def test_open_regions_that_answer_alike_do_not_matter(self) -> None:
        place = PLACES.resolve("PT", UNKNOWN, UNKNOWN)
        assert place.open == ("PT-20", "PT-30")
        assert PLACES.member(VAT, place, NOW) is True

    def test_absent_postal_code_is_no_region(self) -> None:
        assert PLACES.resolve("ES", None, UNKNOWN) == Place("ES")

    def test_a_short_code_leaves_open_what_it_may_become(self) -> None:
        assert PLACES.resolve("ES", "3500", None).open == ("ES-CN",)
        assert PLACES.resolve("ES", "5", None).open == ("ES-CE", "ES-ML")
        assert PLACES.resolve("ES", "280", None) == Place("ES")
        assert PLACES.resolve("DE", "2749O", None).open == ("DE-HELGOLAND",)

    def test_subdivision_selects_and_excludes(self) -> None:
        assert PLACES.resolve("ES", UNKNOWN, "ES-GC") == PLACES.resolve("ES", None, "ES-TF") == Place("ES", "ES-CN")
        assert PLACES.resolve("ES", UNKNOWN, "ES-MD") == Place("ES")
        assert PLACES.resolve("ES", UNKNOWN, "Canarias").open == ("ES-CE", "ES-CN", "ES-ML")
        assert PLACES.resolve("FR", UNKNOWN, "FR-RE") == Place("FR", "FR-974")

    def test_subdivision_does_not_exclude_regions_known_by_postal_code_alone(self) -> None:
        assert PLACES.resolve("DE", UNKNOWN, "DE-BW").open == ("DE-BUESINGEN", "DE-HELGOLAND")

    def test_facts_that_contradict_each_other_leave_both_open(self) -> None:
        place = PLACES.resolve("ES", "35001", "ES-CE")
        assert place == Place("ES", None, ("ES-CN", "ES-CE"))
        assert PLACES.member(VAT, place, NOW) is UNKNOWN

    def test_leading_zeros_of_a_range_count(self) -> None:
        region = {"region": "AA-1", "name": "A", "country": "AA", "postal": "00990-01010"}
        places = Places.from_rows(countries=[{"code": "AA", "name": "A"}], regions=[region])
        found = [places.resolve("AA", code, None).code for code in ("00989", "00990", "01010", "01011", "99000")]
        assert found == ["AA", "AA-1", "AA-1", "AA", "AA"]

    def test_region_known_by_subdivision_alone(self) -> None:
        places = Places.from_rows(
            countries=[{"code": "GR", "name": "Greece"}],
            regions=[{"region": "GR-X", "name": "X", "country": "GR", "subdivision": "GR-X"}],
        )
        assert places.resolve("GR", "10000", UNKNOWN).open == ("GR-X",)
        assert places.resolve("GR", UNKNOWN, None) == places.resolve("GR", UNKNOWN, "GR-Y") == Place("GR")
        assert places.resolve("GR", UNKNOWN, "GR-X") == Place("GR", "GR-X")


@pytest.mark.parametrize(
    "code",
    [
        "D-78266",
        "78 266",
        " 78266 ",
        "de 78266",
        "DEU-78266",
        "\uff17\uff18\uff12\uff16\uff16",
        "78\u00a0266",
        "78266-1",
    ],
)
def test_spelling_of_postal_codes(code: str) -> None:
    assert PLACES.resolve("DE", code, None) == Place("DE", "DE-BUESINGEN")


@given(
    country=st.sampled_from(["DE", "ES", "FR", "GB", "PT", "XI", "MC", "US", "ZZ", ""]),
    code=st.text(max_size=12) | st.none() | st.just(UNKNOWN),
    subdivision=st.text(max_size=6) | st.none() | st.just(UNKNOWN) | st.sampled_from(["ES-CN", "GB-NIR", "FR-2A"]),
)
def test_resolve_never_raises(country: str, code: str | None, subdivision: str | None) -> None:
    place = PLACES.resolve(country, code, subdivision)
    assert place == PLACES.resolve(country, code, subdivision)
    assert hash(place) == hash(Place(place.country, place.region, place.open))
    assert not (place.region and place.open)


@given(country=st.sampled_from(["AT", "DE", "ES", "FR", "PT"]), code=st.integers(0, 99999))
def test_a_code_typed_digit_by_digit_never_leaves_what_was_open(country: str, code: int) -> None:
    digits = f"{code:05}"
    steps = [set(PLACES.possible_codes(PLACES.resolve(country, digits[:end], None))) for end in range(6)]
    for earlier, later in pairwise(steps):
        assert later <= earlier


class TestMembership:
    @pytest.mark.parametrize("country", MEMBERS)
    def test_member_states(self, country: str) -> None:
        place = PLACES.resolve(country, None, None)
        assert all(PLACES.member(name, place, NOW) is True for name in ("eu", "eea", CUSTOMS, VAT))

    @pytest.mark.parametrize("country", ["GB", "NO", "CH", "LI", "US", "CN", "SM", "AD", "TR", "JE", "GI"])
    def test_others(self, country: str) -> None:
        assert all(PLACES.member(name, Place(country), NOW) is False for name in ("eu", CUSTOMS, VAT))

    def test_the_economic_area_has_three_more(self) -> None:
        inside = [row.cells["code"] for row in PLACES.countries if PLACES.member("eea", Place(row.cells["code"]), NOW)]
        assert sorted(set(inside)) == sorted([*MEMBERS, "IS", "LI", "NO"])

    def test_campione_joined_the_customs_territory_in_2020(self) -> None:
        place, first = PLACES.resolve("IT", "22061", None), date(2020, 1, 1).toordinal()
        assert [PLACES.member(CUSTOMS, place, day) for day in (first - 1, first)] == [False, True]

    def test_an_unlisted_country_is_not_known(self) -> None:
        assert PLACES.member("eu", PLACES.resolve("ZZ", None, None), NOW) is UNKNOWN

    def test_an_open_point_is_not_an_answer(self) -> None:
        places = Places.from_rows(
            countries=[{"code": "AA", "name": "A"}],
            members=[{"territory": "t", "place": "AA", "member": "yes", "status": "open"}],
        )
        assert places.member("t", Place("AA"), NOW) is UNKNOWN

    def test_boundaries_are_the_days_of_real_change(self) -> None:
        assert PLACES.boundaries(CUSTOMS) == (date(2020, 1, 1).toordinal(), date(2021, 1, 1).toordinal())
        assert PLACES.boundaries("uk") == PLACES.boundaries("nowhere") == ()

    def test_a_row_that_repeats_the_answer_is_no_boundary(self) -> None:
        member = {"territory": "t", "place": "AA", "member": "yes"}
        rows = [member | {"until": "2020-12-31"}, member | {"from": "2021-01-01", "until": "2021-12-31"}]
        places = Places.from_rows(countries=[{"code": "AA", "name": "A"}], members=rows)
        assert places.boundaries("t") == (date(2022, 1, 1).toordinal(),)

    def test_unknown_territory_is_our_bug(self) -> None:
        with pytest.raises(EngineError, match=r"XB-EN-050 .*did you mean 'eu.vat_territory'"):
            PLACES.member("eu.vat_teritory", Place("DE"), NOW)
        assert PLACES.territories() == {"eu", "eea", CUSTOMS, VAT, "uk"}


class TestDescriptions:
    def test_country_region_and_alias(self) -> None:
        assert [PLACES.name(code, NOW) for code in ("DE", "PT-30", "GP", "MC", "EU")] == [
            "Germany",
            "Madeira",
            "Guadeloupe",
            "Monaco",
            "European Union",
        ]
        assert [PLACES.adjective(code, NOW) for code in ("DE", "PT-30", "GB")] == ["German", "Portuguese", "UK"]
        assert [PLACES.currency(code, NOW) for code in ("CH", "ES-CN", "YT", "XI")] == ["CHF", "EUR", "EUR", "GBP"]

    @pytest.mark.parametrize(("country", "first", "before"), [("HR", "2023-01-01", "HRK"), ("BG", "2026-01-01", "BGN")])
    def test_euro_adoption(self, country: str, first: str, before: str) -> None:
        day = date.fromisoformat(first).toordinal()
        assert [PLACES.currency(country, day - 1), PLACES.currency(country, day)] == [before, "EUR"]
        assert PLACES.name(country, day - 1) == PLACES.name(country, day)

    def test_time_zones(self) -> None:
        zones = [PLACES.time_zone(code) for code in ("DE", "ES", "ES-CN", "RE", "XI", "US", "ZZ")]
        expected = ["Europe/Berlin", "Europe/Madrid", "Atlantic/Canary", "Indian/Reunion", "Europe/London", None, None]
        assert zones == expected

    def test_the_last_row_gives_the_zone_and_none_describes_a_day_outside_it(self) -> None:
        row = {"code": "AA", "name": "A"}
        places = Places.from_rows(
            countries=[
                row | {"time_zone": "Europe/Rome", "from": "2020-01-01", "until": "2020-12-31"},
                row | {"time_zone": "Europe/Paris", "from": "2021-01-01", "until": "2021-01-01"},
            ]
        )
        assert places.time_zone("AA") == "Europe/Paris"
        days = [date(2019, 12, 31), date(2020, 1, 1), date(2021, 1, 1), date(2021, 1, 2)]
        assert [places.name("AA", day.toordinal()) for day in days] == [None, "A", "A", None]

    def test_nothing_is_invented(self) -> None:
        assert PLACES.name("ZZ", NOW) is PLACES.adjective("ZZ", NOW) is PLACES.currency("ZZ", NOW) is None


class TestLocalDay:
    @pytest.mark.parametrize(
        ("hour", "zone", "day"),
        [
            (21, "Europe/Berlin", date(2026, 6, 30)),
            (22, "Europe/Berlin", date(2026, 7, 1)),
            (22, "Europe/London", date(2026, 6, 30)),
            (23, "Europe/London", date(2026, 7, 1)),
            (23, "America/New_York", date(2026, 6, 30)),
        ],
    )
    def test_an_instant_has_the_day_of_the_zone(self, hour: int, zone: str, day: date) -> None:
        assert local_day(datetime(2026, 6, 30, hour, 30, tzinfo=UTC), zone) == day

    def test_the_same_instant_in_another_offset_is_the_same_day(self) -> None:
        moment = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
        shifted = moment.astimezone(timezone(timedelta(hours=-11)))
        assert local_day(moment, "Europe/Berlin") == local_day(shifted, "Europe/Berlin") == date(2026, 7, 1)

    @given(st.datetimes(timezones=st.just(UTC)))
    def test_without_a_zone_no_instant_has_a_day(self, moment: datetime) -> None:
        assert local_day(moment, None) is UNKNOWN

    def test_without_an_offset_there_is_no_instant(self) -> None:
        assert local_day(datetime(2026, 6, 30, 12, tzinfo=UTC).replace(tzinfo=None), "Europe/Berlin") is UNKNOWN

    @pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
    def test_a_date_is_itself(self, zone: str | None) -> None:
        assert local_day(date(2026, 6, 30), zone) == date(2026, 6, 30)

    @pytest.mark.parametrize("zone", ["Europe/Atlantis", "../etc/passwd", ""])
    def test_a_wrong_zone_is_our_bug(self, zone: str) -> None:
        with pytest.raises(EngineError, match="XB-EN-051"):
            local_day(datetime(2026, 6, 30, tzinfo=UTC), zone)

    def test_the_ends_of_the_calendar(self) -> None:
        assert local_day(datetime(9999, 12, 31, 23, tzinfo=UTC), "Asia/Tokyo") is UNKNOWN


class TestReading:
    HEADERS: ClassVar = {
        "countries": "code,name,adjective,currency,time_zone,from,until,source,status",
        "regions": "region,name,country,postal,subdivision,time_zone,from,until,source,status",
        "aliases": "country,postal,subdivision,stands_for,from,until,source,status",
        "members": "territory,place,member,from,until,source,status",
    }

    def load(self, folder: Path, **tables: str) -> Places:
        (folder / "tables").mkdir()
        for name, header in self.HEADERS.items():
            text = tables.get(name, header + "\n")
            (folder / "tables" / f"{name}.csv").write_bytes(text.encode())
        return Places.load(folder)

    def test_quotes_and_windows_line_ends(self, tmp_path: Path) -> None:
        text = self.HEADERS["countries"] + '\r\n\r\nAA,"A, the ""first""",,,,,,,verified\r\n'
        places = self.load(tmp_path, countries="\ufeff" + text)
        assert places.name("AA", NOW) == 'A, the "first"'
        assert places.countries[0].where.line == 3

    @pytest.mark.parametrize(
        ("table", "row", "code", "column", "message"),
        [
            ("countries", '"A, B",A', "XB-PACK-052", 1, "found 2 cells, expected 9"),
            ("countries", 'AA,"A', "XB-PACK-052", 1, "the line is not CSV: unexpected end of data"),
            ("countries", "AA,A,,,,2021-02-30,,,", "XB-PACK-053", 9, "found from '2021-02-30', expected a day such as"),
            ("countries", 'AA,"A, B",,,,,20210101,,', "XB-PACK-053", 15, "found until '20210101', expected a day"),
            ("countries", "AA,A,,,,2022-01-02,2022-01-01,,", "XB-PACK-053", 20, "expected no day before 2022-01-02"),
            ("countries", "AA,,,,,,,,", "XB-PACK-053", 4, "found name '', expected something"),
            ("countries", "AA,A,,,Europe/Bern,,,,", "XB-PACK-053", 8, "expected a zone of the IANA database"),
            ("countries", "AA,A,,,,,,,verifed", "XB-PACK-053", 12, "did you mean 'verified'?"),
            ("members", "t,AA,maybe,,,,", "XB-PACK-053", 6, "found member 'maybe', expected yes or no"),
            ("regions", "AA-1,A,AA,9499-9000,,,,,,", "XB-PACK-053", 11, "bounds of one length such as 9000-9499"),
            ("regions", "AA-1,A,AA,900-9499,,,,,,", "XB-PACK-053", 11, "bounds of one length"),
            ("regions", "AA-1,A,AA,90*,,,,,,", "XB-PACK-053", 11, "beginnings in capitals and digits"),
        ],
    )
    def test_a_wrong_row_is_named_by_file_line_and_column(
        self, tmp_path: Path, table: str, row: str, code: str, column: int, message: str
    ) -> None:
        with pytest.raises(PackError) as caught:
            self.load(tmp_path, **{table: f"{self.HEADERS[table]}\n{row}\n"})
        assert caught.value.code == code
        assert caught.value.where == Location(str(tmp_path / "tables" / f"{table}.csv"), 2, column)
        assert message in str(caught.value)

    @pytest.mark.parametrize(
        ("header", "message"),
        [
            ("code,nam", "found column 'nam'"),
            ("code,name", "expected each of code, name, adjective"),
            ("", "each of code"),
            ("code," + HEADERS["countries"], "once"),
        ],
    )
    def test_wrong_columns(self, tmp_path: Path, header: str, message: str) -> None:
        with pytest.raises(PackError, match="XB-PACK-051") as caught:
            self.load(tmp_path, countries=header)
        assert message in str(caught.value)

    def test_files_that_cannot_be_read(self, tmp_path: Path) -> None:
        with pytest.raises(PackError, match=r"XB-PACK-050 .*countries\.csv:1:1: the file cannot be read"):
            Places.load(tmp_path)
        self.load(tmp_path)
        (tmp_path / "tables" / "members.csv").write_bytes(b"\xff\xfe")
        with pytest.raises(PackError, match=r"XB-PACK-050 .*members\.csv:1:1: the file is not UTF-8"):
            Places.load(tmp_path)

    def test_rows_in_hand_are_checked_too(self) -> None:
        with pytest.raises(PackError, match=r"XB-PACK-051 countries:1:1: .*did you mean 'currency'"):
            Places.from_rows(countries=[{"code": "AA", "name": "A", "curency": "EUR"}])
        with pytest.raises(PackError, match=r"XB-PACK-053 members:1:1: found member ''"):
            Places.from_rows(members=[{"territory": "t", "place": "AA"}])


class TestCheck:
    COUNTRY: ClassVar = {"code": "AA", "name": "A"}

    def codes(self, places: Places) -> list[str]:
        return [error.code for error in check(places)]

    @pytest.mark.parametrize(
        ("until", "first", "codes"),
        [
            ("2020-12-31", "2021-01-01", []),
            ("2021-01-01", "2021-01-01", ["XB-PACK-054"]),
            ("", "2021-01-01", ["XB-PACK-054"]),
            ("2020-12-30", "2021-01-01", ["XB-PACK-055"]),
        ],
    )
    def test_days_of_one_key(self, until: str, first: str, codes: list[str]) -> None:
        countries = [self.COUNTRY | {"from": first}, self.COUNTRY | {"until": until}]
        assert self.codes(Places.from_rows(countries=countries)) == codes

    def test_a_short_row_within_a_long_one_hides_no_gap_behind_it(self) -> None:
        spans = [("", "2022-12-31"), ("2020-01-01", "2020-12-31"), ("2023-01-01", "")]
        rows = [self.COUNTRY | {"from": first, "until": last} for first, last in spans]
        assert self.codes(Places.from_rows(countries=rows)) == ["XB-PACK-054"]

    def test_unknown_places(self) -> None:
        places = Places.from_rows(
            countries=[self.COUNTRY],
            regions=[{"region": "BB-1", "name": "B", "country": "BB"}],
            aliases=[{"country": "CC", "stands_for": "AB"}],
            members=[{"territory": "t", "place": "BB-2", "member": "no"}],
        )
        assert [str(error) for error in check(places)] == [
            "XB-PACK-056 aliases:1:1: found stands_for 'AB', expected a listed country or region",
            "XB-PACK-056 members:1:1: found place 'BB-2', expected a listed country or region (did you mean 'BB-1'?)",
            "XB-PACK-056 regions:1:1: found country 'BB', expected a listed country",
        ]

    @pytest.mark.parametrize(
        ("one", "two", "codes"),
        [
            ({"postal": "9000-9499"}, {"postal": "9500-9999"}, []),
            ({"postal": "9000-9499"}, {"postal": "9499-9999"}, ["XB-PACK-057"]),
            ({"postal": "9000-9499"}, {"postal": "90"}, ["XB-PACK-057"]),
            ({"postal": "90"}, {"postal": "9000-9499"}, ["XB-PACK-057"]),
            ({"subdivision": "AA-1 AA-2"}, {"subdivision": "AA-2"}, ["XB-PACK-057"]),
        ],
    )
    def test_codes_of_two_regions(self, one: dict[str, str], two: dict[str, str], codes: list[str]) -> None:
        base = {"name": "A", "country": "AA"}
        places = Places.from_rows(
            countries=[self.COUNTRY], regions=[base | {"region": "AA-X"} | one, base | {"region": "AA-Y"} | two]
        )
        assert self.codes(places) == codes

    def test_the_same_code_in_another_country_is_no_collision(self) -> None:
        regions = [{"region": f"{code}-1", "name": "A", "country": code, "postal": "90"} for code in ("AA", "BB")]
        places = Places.from_rows(countries=[self.COUNTRY, {"code": "BB", "name": "B"}], regions=regions)
        assert self.codes(places) == []


class TestData:
    def rows(self, pack: str) -> list[dict[str, str]]:
        found = []
        for path in sorted((ROOT / "jurisdictions" / pack / "tables").glob("*.csv")):
            with path.open(encoding="utf-8", newline="") as file:
                found += list(csv.DictReader(file, strict=True))
        return found

    def test_places_have_no_problem(self) -> None:
        assert check(PLACES) == []

    @pytest.mark.parametrize("pack", ["places", "categories"])
    def test_every_row_names_a_source_of_the_pack_and_a_status(self, pack: str) -> None:
        text = (ROOT / "jurisdictions" / pack / "pack.yaml").read_text(encoding="utf-8")
        header = yaml.load(text, Loader=yaml.BaseLoader)
        assert header["pack"] == pack
        used = {row["source"] for row in self.rows(pack)}
        assert used == set(header["sources"])
        assert {row["status"] for row in self.rows(pack)} <= {"verified", "recalled_high", "recalled_medium", "open"}

    def test_categories_are_unique_and_sorted(self) -> None:
        names = [row["name"] for row in self.rows("categories")]
        assert names == sorted(set(names))
        assert len(names) == 120
        assert {"clothing.children", "food.basic.milk.fresh", "book.electronic", "alcohol.spirits.whisky"} <= set(names)

    def test_category_hints_are_codes_or_ranges(self) -> None:
        for row in self.rows("categories"):
            assert row["meaning"]
            for hint in row["hs"].split():
                bounds = hint.split("-")
                assert all(bound.isdecimal() and 2 <= len(bound) <= 8 for bound in bounds), row
                assert bounds == sorted(bounds)

    def test_subdivisions_belong_to_the_country(self) -> None:
        for row in (*PLACES.regions, *PLACES.aliases):
            assert all(code.startswith(row.cells["country"] + "-") for code in row.cells["subdivision"].split())

    def test_places_travel_between_processes(self) -> None:
        copy = pickle.loads(pickle.dumps(PLACES))
        assert copy.resolve("ES", "35001", None) == Place("ES", "ES-CN")
