"""The command line, against a stand-in engine; the last tests run the real one."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

import xbcompliance as xb
from xbcompliance._cli import cli
from xbcompliance._cli._progress import Meter
from xbcompliance._errors import InputError, Location, PackError, ReplayMismatch
from xbcompliance._version import __version__

ROOT = Path(__file__).resolve().parent.parent
HEADLESS = [sys.executable, "-c", "from xbcompliance._cli import main; main()"]


class Assessment:
    def __init__(self, document: dict[str, object]) -> None:
        self.document = document

    def to_dict(self) -> dict[str, object]:
        return self.document

    def explain(self, rule: str | None = None) -> str:
        return "why\n  because"


class Engine:
    """Answers every order with its id; remembers what it was asked."""

    def __init__(self, rulebook: object = None, profile: str = "checkout", strict: bool = False) -> None:
        self.rulebook = rulebook
        self.calls: list[tuple[object, date | None, date | None]] = []
        made.append(self)

    def assess(self, order: str, known_at: date | None = None, at: date | None = None) -> Assessment:
        self.calls.append((order, known_at, at))
        document = json.loads(order)
        if document.get("hs_code") == "bad":
            raise InputError(
                "XB-IN-003", "lines[0].hs_code", found="'bad'", expected="6 to 10 digits", hint="look it up"
            )
        if document.get("deep"):
            raise RecursionError
        if document.get("stale"):
            raise PackError("XB-PACK-050", Location("eu/pack.yaml", 3, 1), message="is stale")
        totals = {"landed_cost": "56.76"}
        return Assessment({"order": document.get("id"), "currency": "EUR", "charges": [], "totals": totals})


made: list[Engine] = []
loaded: list[tuple[tuple[Path, ...], list[Path]]] = []


def pack(name: str, rules: int = 1, folder: str = "/nowhere") -> SimpleNamespace:
    return SimpleNamespace(
        id=name,
        version="2026.11.0",
        kind="rules",
        title=f"The {name} pack",
        verified_through=date(2026, 12, 31),
        folder=Path(folder) / name,
        rules={f"{name}.{number}": object() for number in range(rules)},
    )


def load_rulebook(*folders: Path, overlays: list[Path] = ()) -> SimpleNamespace:  # type: ignore[assignment]
    loaded.append((folders, overlays))
    packs = [pack("eu.ioss", 3), pack("us"), *(pack("mine", 2, str(folder)) for folder in folders)]
    return SimpleNamespace(packs={one.id: one for one in packs})


@pytest.fixture(autouse=True)
def stand_in(monkeypatch, request):
    if "real" in request.fixturenames:
        return
    made.clear()
    loaded.clear()
    # Straight into the namespace: a package that imports lazily would import what is being replaced.
    for name, value in {"Engine": Engine, "load_rulebook": load_rulebook}.items():
        monkeypatch.setitem(vars(xb), name, value)


@pytest.fixture
def real():
    pytest.importorskip("xbcompliance.engine")
    if not hasattr(xb, "Engine"):
        pytest.skip("the package does not offer its engine")


def run(*arguments: object, data: str | bytes | None = None) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments], input=data, catch_exceptions=False)


def lines_of(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


# Outside ------------------------------------------------------------------------------------------------------------


def test_help_and_version():
    assert run("-h").stdout == run("--help").stdout
    assert "quote" in run("-h").stdout
    assert run("--version").stdout == f"xbcompliance {__version__}\n"
    assert run("quote", "-h").exit_code == 0


def in_shell(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONIOENCODING": "utf-8"}
    surroundings.update(options.pop("env", {}))
    return subprocess.run(
        command, env=surroundings, capture_output=True, text=True, encoding="utf-8", check=False, timeout=60, **options
    )


def test_help_imports_neither_engine_nor_rich():
    code = (
        "import sys; from xbcompliance._cli import cli; cli.main(['--help'], standalone_mode=False);"
        "print([m for m in ('rich', 'pydantic', 'yaml', 'moneyed', 'pycountry') if m in sys.modules], file=sys.stderr)"
    )
    done = in_shell([sys.executable, "-c", code])
    assert done.stderr == "[]\n"
    assert done.returncode == 0


def test_the_entry_point_gives_the_status_of_the_command(tmp_path):
    assert in_shell([*HEADLESS, "--version"]).returncode == 0
    wrong = in_shell([*HEADLESS, "quote", "--at", "tomorrow", "-"])
    assert wrong.returncode == 2
    assert "found 'tomorrow', expected a date such as 2026-11-22" in wrong.stderr
    mixed = in_shell([*HEADLESS, "tariff", "parse", "-"], input="Free\n\ufffd\n")
    assert mixed.returncode == 2


@pytest.mark.skipif(os.name == "nt", reason="pipes of a POSIX shell")
def test_a_reader_that_goes_away_is_no_failure():
    script = '("$@" < "$DATA"; echo "status $?" >&2) | head -n 1'
    done = in_shell(
        ["bash", "-c", script, "x", *HEADLESS, "tariff", "parse", "-"],
        env={"DATA": "/dev/stdin"},
        input="Free\n" * 60_000,
    )
    assert done.stdout.startswith('{"text": "Free"')
    assert done.stderr == "status 141\n"


# quote --------------------------------------------------------------------------------------------------------------


def test_one_order_gives_one_json_line():
    result = run("quote", "-", "--json", data='{"id": "A"}')
    assert result.exit_code == 0
    assert result.stdout == '{"order": "A", "currency": "EUR", "charges": [], "totals": {"landed_cost": "56.76"}}\n'
    assert result.stderr == ""
    assert made[0].rulebook is None


@pytest.mark.parametrize("data", ['{"id": "A"}\n{"id": "B"}\r\n', '\ufeff[{"id": "A"},\n {"id": "B"}]'])
def test_a_batch_gives_a_line_each_in_order(tmp_path, data):
    file = tmp_path / "orders.json"
    file.write_text(data, encoding="utf-8", newline="")
    for source, given in ((file, None), ("-", data.encode())):
        result = run("quote", source, "--json", data=given)
        assert [line["order"] for line in lines_of(result)] == ["A", "B"]
        assert result.exit_code == 0


def test_the_engine_gets_the_text_as_written():
    run("quote", "-", "--json", data='[ {"id": "A",  "price": 1.10} ]')
    assert made[0].calls == [('{"id": "A",  "price": 1.10}', None, None)]


def test_dates_reach_the_engine():
    run("quote", "-", "--json", "--at", "2026-11-22", "--known-at", "2026-01-31", data="{}")
    assert made[0].calls == [("{}", date(2026, 1, 31), date(2026, 11, 22))]


@pytest.mark.parametrize("text", ["2026-11-31", "20261122", "2026-W01-1", "22.11.2026", ""])
@pytest.mark.parametrize("option", ["--at", "--known-at"])
def test_only_iso_dates_are_dates(text, option):
    result = run("quote", "-", option, text, data="{}")
    assert result.exit_code == 2
    assert f"found {text!r}, expected a date such as 2026-11-22" in result.stderr


def test_folders_and_overlays_reach_the_rulebook_in_order(tmp_path):
    overlays = [tmp_path / "a.yaml", tmp_path / "b.yaml"]
    for overlay in overlays:
        overlay.touch()
    result = run(
        "quote", "-", "--json", "--overlay", overlays[0], "--overlay", overlays[1], "--packs", tmp_path, data="{}"
    )
    assert result.exit_code == 0
    assert loaded == [((tmp_path,), overlays)]
    assert "mine" in made[0].rulebook.packs


def test_a_single_bad_order_is_told_on_both_streams():
    result = run("quote", "-", "--json", data='{"id": "A", "hs_code": "bad"}')
    assert result.exit_code == 2
    message = "found 'bad', expected 6 to 10 digits (look it up)"
    assert lines_of(result) == [
        {"order": "A", "error": {"code": "XB-IN-003", "path": "lines[0].hs_code", "message": message}}
    ]
    assert result.stderr == f"standard input:1: XB-IN-003 lines[0].hs_code: {message}\n"


def test_without_json_a_bad_order_leaves_standard_output_alone():
    result = run("quote", "-", data='{"id": "A", "hs_code": "bad"}')
    assert (result.exit_code, result.stdout) == (2, "")
    assert "XB-IN-003 lines[0].hs_code" in result.stderr


def test_bad_orders_stand_in_their_place_and_the_rest_is_done():
    orders = ['{"id": "A"}', '{"id": "B", "hs_code": "bad"}', '{"id": }', '{"id": "D", "deep": 1}']
    orders += ['{"id": "E", "stale": 1}', '{"id": "F"}']
    result = run("quote", "-", "--json", data="\n".join(orders))
    found = lines_of(result)
    assert result.exit_code == 2
    assert [line["order"] for line in found] == ["A", "B", None, "D", "E", "F"]
    assert [line.get("error", {}).get("code") for line in found] == [
        None,
        "XB-IN-003",
        "XB-IN-001",
        "XB-IN-001",
        "XB-PACK-050",
        None,
    ]
    assert [line["error"]["path"] for line in found[2:5]] == ["line 3", "line 4", "eu/pack.yaml:3:1"]
    assert len(result.stderr.splitlines()) == 4


def test_nothing_is_an_error_and_an_empty_array_is_not():
    nothing = run("quote", "-", "--json", data="")
    assert nothing.exit_code == 2
    assert lines_of(nothing)[0]["error"]["message"] == "found nothing, expected an order"
    empty = run("quote", "-", "--json", data="[]")
    assert (empty.exit_code, empty.stdout, empty.stderr) == (0, "", "")


def test_messages_name_file_and_line_and_cannot_act_on_the_terminal(tmp_path, monkeypatch):
    file = tmp_path / "orders.jsonl"
    file.write_text('{"id": "A"}\n{"id": "B", "hs_code": "bad"}\n', encoding="utf-8")
    assert run("quote", file).stderr.startswith(f"{file}:2: XB-IN-003")

    def refuse(*_: object, **__: object) -> None:
        raise InputError("XB-IN-002", "\x1b[2J", message="x")

    monkeypatch.setattr(Engine, "assess", refuse)
    assert "\\x1b[2J" in run("quote", file).stderr


def test_a_readable_report_names_lane_and_date():
    order = {"id": "[red]A", "ship_from": {"country": "CN"}, "ship_to": {"country": "DE"}}
    result = run("quote", "-", data=json.dumps([order, order]))
    assert result.stdout.count("Assessment of [red]A, CN → DE, EUR\n") == 2
    assert "56.76" in result.stdout
    assert "\x1b" not in result.stdout


def test_explanations_join_the_report_and_the_document():
    assert "Derivation\nwhy\n  because\n" in run("quote", "-", "--explain", data="{}").stdout
    assert lines_of(run("quote", "-", "--explain", "--json", data="{}"))[0]["explanation"] == "why\n  because"
    assert "Derivation" not in run("quote", "-", data="{}").stdout


def test_the_width_of_a_pipe_follows_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "140")
    order = json.dumps({"id": "x " * 90})
    wide = run("quote", "-", data=order).stdout
    monkeypatch.setenv("COLUMNS", "80")
    assert max(map(len, wide.splitlines())) > 80 >= max(map(len, run("quote", "-", data=order).stdout.splitlines()))


@pytest.mark.parametrize("argument", ["missing.json", "."])
def test_a_file_that_cannot_be_read_is_a_sentence(argument):
    result = run("quote", argument)
    assert result.exit_code == 2
    assert argument in result.stderr


def test_a_file_that_fails_while_open_is_a_sentence(monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", "packs/eu")

    monkeypatch.setitem(vars(xb), "Engine", fail)
    result = run("quote", "-", data="{}")
    assert (result.exit_code, result.stderr) == (2, "packs/eu: Permission denied\n")


def test_a_pack_that_is_wrong_stops_before_the_first_order(monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise PackError("XB-PACK-004", Location("a.yaml", 3, 5), found="'whem'", hint="did you mean 'when'?")

    monkeypatch.setitem(vars(xb), "Engine", fail)
    result = run("quote", "-", "--json", data="{}")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "XB-PACK-004 a.yaml:3:5: found 'whem' (did you mean 'when'?)\n"


def test_progress_appears_late_and_only_for_somebody_who_looks(monkeypatch):
    started = []
    monkeypatch.setattr(
        Meter, "_start", lambda self: started.append(self._orders) or (SimpleNamespace(update=keep, stop=bool), 0)
    )
    updates = []

    def keep(task: int, **values: int) -> None:
        updates.append(values)

    for visible in (False, True):
        with Meter(1000, visible=visible) as meter:
            for _ in range(203):
                meter.step(2)
    assert started == [201]
    assert updates[-1] == {"completed": 406, "orders": 203}


def test_the_bar_keeps_out_of_standard_output(capsys):
    with Meter(None, visible=True) as meter:
        for _ in range(205):
            meter.step(1)
    assert capsys.readouterr().out == ""


# replay -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def papers(tmp_path, monkeypatch):
    """A receipt and an order on disk, and a stand-in replay that compares the two digests."""
    seen = []

    def replay(receipt: dict[str, object], order: str, engine: object = None) -> Assessment:
        seen.append((receipt, order, engine))
        if receipt["order_digest"] != json.loads(order)["id"]:
            raise ReplayMismatch("XB-RE-001", "charges[0].amount", found="9.05", expected="9.06")
        return Assessment({})

    monkeypatch.setitem(vars(xb), "replay", replay)
    receipt, order = tmp_path / "receipt.json", tmp_path / "order.json"
    receipt.write_text('{"order_digest": "A", "rulebook": "2026.11.0", "n": 1}', encoding="utf-8")
    order.write_text('{"id": "A",\n "n": 1.10}', encoding="utf-8")
    return receipt, order, seen


def test_a_receipt_that_replays(papers):
    receipt, order, seen = papers
    result = run("replay", receipt, order)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "gives the same assessment under rulebook 2026.11.0" in result.stdout
    assert seen == [({"order_digest": "A", "rulebook": "2026.11.0", "n": 1}, '{"id": "A",\n "n": 1.10}', None)]


def test_an_assessment_carries_its_receipt(papers):
    receipt, order, seen = papers
    receipt.write_text('{"order": "A", "receipt": {"order_digest": "A"}}', encoding="utf-8")
    assert run("replay", receipt, order).exit_code == 0
    assert seen[0][0] == {"order_digest": "A"}


def test_a_difference_is_status_one_and_named(papers):
    receipt, order, _ = papers
    order.write_text('{"id": "B"}', encoding="utf-8")
    result = run("replay", receipt, order)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "XB-RE-001 charges[0].amount: found 9.05, expected 9.06 (the receipt was made with another" in result.stderr


def test_cases_lie_in_folders(tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("no pack", encoding="utf-8")
    result = run("packs", "test", file)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "is a file" in result.stderr


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("receipt.json", "[1]", "receipt: found int, expected a receipt or an assessment"),
        ("receipt.json", '{"id": "A", "lines": []}', "receipt.json: found an order, expected a receipt"),
        ("receipt.json", "{", "receipt.json line 1: not a JSON document"),
        ("receipt.json", "[]", "found no document, expected one receipt"),
        ("order.json", '{"id": "A"}\n{"id": "A"}', "order.json: found several documents, expected one order"),
        ("order.json", "", "order.json line 1: found nothing, expected an order"),
    ],
)
def test_what_cannot_be_replayed_is_status_two(papers, name, text, said):
    receipt, order, _ = papers
    (receipt if name == "receipt.json" else order).write_text(text, encoding="utf-8")
    result = run("replay", receipt, order)
    assert result.exit_code == 2
    assert said in result.stderr


def test_standard_input_is_one_thing(papers):
    receipt, order, _ = papers
    assert run("replay", "-", order, data=receipt.read_bytes()).exit_code == 0
    assert "not both" in run("replay", "-", "-", data="{}").stderr


def test_a_replay_under_other_packs_has_its_own_engine(papers, tmp_path):
    receipt, order, seen = papers
    assert run("replay", receipt, order, "--packs", tmp_path).exit_code == 0
    assert seen[0][2] is made[0]


# packs --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def workshop(monkeypatch):
    """Stand-ins for lint, show and cases; set ``problems`` and ``results`` to what they shall find."""
    state = SimpleNamespace(problems=[], results=[], asked=[])
    checks = importlib.import_module("xbcompliance.checks")
    monkeypatch.setattr(checks, "lint_packs", lambda paths: state.asked.append(paths) or state.problems)
    monkeypatch.setattr(checks, "show_pack", lambda rulebook, name: {"id": name, "title": "[b]x"})
    monkeypatch.setattr(checks, "run_cases", lambda rulebook, paths: state.asked.append(paths) or state.results)
    return state


def test_packs_are_listed(tmp_path):
    result = run("packs", "list", "--packs", tmp_path)
    assert result.exit_code == 0
    assert result.stdout.endswith("3 packs, 6 rules\n")
    assert loaded == [((tmp_path,), [])]
    rows = lines_of(run("packs", "list", "--json"))
    assert [(row["id"], row["rules"], row["verified_through"]) for row in rows] == [
        ("eu.ioss", 3, "2026-12-31"),
        ("us", 1, "2026-12-31"),
    ]


def test_a_pack_is_shown(workshop):
    assert run("packs", "show", "us").stdout == "us: [b]x\n"
    assert lines_of(run("packs", "show", "us", "--json")) == [{"id": "us", "title": "[b]x"}]


@pytest.mark.parametrize(
    ("name", "hint"), [("eu.iosss", "did you mean 'eu.ioss'?"), ("q", "'packs list' names them all")]
)
def test_an_unknown_pack_is_status_two_with_a_hint(workshop, name, hint):
    result = run("packs", "show", name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"no pack is called {name!r}; {hint}\n"


def test_sound_packs_are_counted(workshop, tmp_path):
    assert run("packs", "lint").stdout == "2 packs, 4 rules, no problems\n"
    (tmp_path / "mine").mkdir()
    result = run("packs", "lint", tmp_path)
    assert (result.exit_code, result.stdout) == (0, "1 pack, 2 rules, no problems\n")
    assert workshop.asked == [None, [tmp_path]]


def test_problems_of_packs_are_status_two(workshop):
    workshop.problems = [PackError("XB-PACK-004", Location("a.yaml", 3, 5), found="x")]
    result = run("packs", "lint")
    assert (result.exit_code, result.stdout) == (2, "a.yaml:3:5 XB-PACK-004 found x\n")


def test_cases_that_hold_and_that_differ(workshop, tmp_path):
    case = SimpleNamespace(pack="us", case="above", ok=True, differences=[], where="cases.yaml:9")
    workshop.results = [case]
    assert run("packs", "test").exit_code == 0
    workshop.results = [case, SimpleNamespace(**{**vars(case), "ok": False, "differences": ["tax 1 not 2"]})]
    result = run("packs", "test", tmp_path)
    assert result.exit_code == 1
    assert "tax 1 not 2" in result.stdout
    assert workshop.asked == [None, [tmp_path]]


def test_cases_of_a_pack_that_cannot_be_loaded_are_status_two(workshop, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise PackError("XB-PACK-004", Location("a.yaml", 3, 5), found="x")

    monkeypatch.setitem(vars(xb), "load_rulebook", fail)
    assert run("packs", "test").exit_code == 2


# tariff -------------------------------------------------------------------------------------------------------------


def test_duty_texts_are_read_one_each():
    result = run("tariff", "parse", "Free", "6.8%", "--json")
    assert [(line["text"], line["kind"]) for line in lines_of(result)] == [("Free", "free"), ("6.8%", "ad_valorem")]
    assert result.exit_code == 0


@pytest.mark.parametrize("arguments", [[], ["-"], ["-", "--json"]])
def test_duty_texts_from_standard_input_keep_their_lines(arguments):
    data = "\ufeffFree\r\n\n9.00 % + 23.20 EUR / 100 kg MAX 16.50 %\n4,300円/足".encode()
    result = run("tariff", "parse", *arguments, data=data)
    found = lines_of(result)
    assert [line["kind"] for line in found] == ["free", "unreadable", "compound", "specific"]
    assert found[3]["text"] == "4,300円/足"
    assert result.exit_code == 0


def test_duty_texts_that_are_not_utf8_are_said():
    result = run("tariff", "parse", "-", data=b"Free\n2.1\xa2/kg\n")
    assert result.exit_code == 2
    assert [line["kind"] for line in lines_of(result)] == ["free", "unreadable"]
    assert result.stderr == "standard input:2: found bytes that are not UTF-8 text\n"


# The real engine ----------------------------------------------------------------------------------------------------

REAL_ORDER = {
    "id": "A-1001",
    "currency": "EUR",
    "dates": {"placed": "2026-11-22"},
    "seller": {"country": "CN", "ioss_number": "IM2760000742"},
    "marketplace": None,
    "buyer": {"kind": "consumer"},
    "ship_from": {"country": "CN"},
    "ship_to": {"country": "DE", "postal_code": "10115"},
    "incoterm": "DDP",
    "carriage": "express",
    "prices_include": [],
    "shipping": "4.90",
    "insurance": "0",
    "discount": "0",
    "lines": [
        {
            "id": "1",
            "quantity": "2",
            "unit": "each",
            "unit_price": "19.90",
            "discount": "0",
            "hs_code": "6109100000",
            "origin": "CN",
            "category": "clothing",
            "excise": False,
        }
    ],
}


def test_real_quotes_in_a_batch(real):
    data = json.dumps([REAL_ORDER, {**REAL_ORDER, "id": "B", "shipping": 4.9}, {**REAL_ORDER, "id": "C"}])
    result = run("quote", "-", "--json", data=data)
    assert [line["order"] for line in lines_of(result)] == ["A-1001", "B", "C"]
    assert lines_of(result)[1]["error"]["path"] == "shipping"
    assert result.exit_code == 2


def test_a_real_receipt_replays(real, tmp_path):
    order, receipt = tmp_path / "order.json", tmp_path / "receipt.json"
    order.write_text(json.dumps(REAL_ORDER), encoding="utf-8")
    receipt.write_text(run("quote", order, "--json").stdout, encoding="utf-8")
    assert run("replay", receipt, order).exit_code == 0
    order.write_text(json.dumps({**REAL_ORDER, "shipping": "5.90"}), encoding="utf-8")
    assert run("replay", receipt, order).exit_code == 1


def test_a_real_report_shows_rules_and_law(real):
    result = run("quote", "-", "--explain", data=json.dumps(REAL_ORDER))
    assert result.exit_code == 0
    assert result.stdout.startswith("Assessment of A-1001")
    assert "Derivation" in result.stdout
