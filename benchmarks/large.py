"""Invented packs with large tables: a tariff of 35,766 codes and sales-tax rates of 40,000 postal codes."""

from __future__ import annotations

from pathlib import Path

TARIFF_ROWS = 35_766
POSTAL_CODES = 40_000
HEAD = "format: xbpack/1\npack: {pack}\ntitle: Large tables\nsources:\n  book: {{title: A book of rates, id: Book 1}}\n"


def write_packs(folder: Path) -> Path:
    """A pack that adds rows to ``customs.tariff`` and one with a table of its own."""
    duties = [f"{rate / 10:.1f}%" for rate in range(300)] + [f"{rate}.5% + EUR {rate} / kg" for rate in range(1, 100)]
    tariff = ["importer,measure,origin,code,from,until,value,source,locator,status"]
    for number in range(TARIFF_ROWS):
        code = f"{10 + number // 400:02d}{number % 400:04d}{number % 97:04d}"
        duty = duties[number * 7 % len(duties)]
        tariff.append(f"AQ,mfn,,{code},2026-01-01,,{duty},book,{code[:4]}.{code[4:6]}.{code[6:]},verified")
    _write(folder / "tariff", "customs.tariff:\n    files: [tables/rows.csv]", tariff)
    rates = ["postal_code,from,until,value,source,locator,status"]
    for number in range(POSTAL_CODES):
        code = f"{501 + number * 2:05d}"
        rates.append(f"{code},2026-01-01,,{0.04 + number % 700 / 10_000:.4f},book,{code},verified")
    declared = "aq.rates:\n    keys: {postal_code: exact}\n    value: number\n    files: [tables/rows.csv]"
    _write(folder / "rates", declared, rates)
    return folder


def _write(folder: Path, table: str, rows: list[str]) -> None:
    (folder / "tables").mkdir(parents=True)
    head = HEAD.format(pack=f"aq.{folder.name}")
    (folder / "pack.yaml").write_text(f"{head}tables:\n  {table}\n", encoding="utf-8")
    (folder / "tables" / "rows.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
