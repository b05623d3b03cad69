"""An order as other services tell it: who sells what to whom, from where to where, when and for how much.

Every optional field is ``UNKNOWN`` until told, and ``None`` when it is known that there is none; the difference is kept
in every dump. The models are frozen and closed: a key that is not here is an error. Amounts are exact decimals.

>>> order = Order.model_validate({
...     "id": "A-1", "currency": "EUR", "dates": {"placed": "2026-11-22"}, "marketplace": None,
...     "ship_to": {"country": "DE"}, "lines": [{"id": "1", "quantity": "2", "unit_price": "19.90"}]})
>>> order.lines[0].unit_price, order.marketplace, order.seller
(Decimal('19.90'), None, UNKNOWN)
>>> order.to_dict()["lines"]
[{'id': '1', 'quantity': '2', 'unit_price': '19.90'}]
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from annotated_types import MaxLen, MinLen
from pydantic import Field, model_validator
from typing_extensions import TypedDict

from xbcompliance.facts import _checks
from xbcompliance.facts._fields import (
    Category,
    CommodityCode,
    Country,
    Currency,
    CurrencyPair,
    Day,
    Id,
    Jurisdiction,
    Kind,
    Origin,
    Subdivision,
    Text,
    Told,
    Truth,
    Word,
    recorded,
    told,
    untold,
)
from xbcompliance.facts._maps import Attributes, History, TaxCodes
from xbcompliance.facts._numbers import Amount, Mass, Measure, Percent, Quantity, Rate, Share

MAX_LINES: Final = 10_000

Trade = Literal["business", "consumer"]
Scheme = Literal["vat", "oss", "voec", "sales_tax", "ssut", "single_local_use_tax", "gst", "lvg", "remessa_conforme"]
Incoterm = Literal["EXW", "FCA", "CPT", "CIP", "DAP", "DPU", "DDP", "FAS", "FOB", "CFR", "CIF"]
Criterion = Literal["WO", "PE", "CC", "CTH", "CTSH", "CTC", "RVC", "PSR", "CR", "ACU", "DMI", "A", "B", "C", "D"]
ChangeOfTariff = Literal["CC", "CTH", "CTSH"]
ProofKind = Literal[
    "certificate_of_origin",
    "approved_exporter_declaration",
    "back_to_back_certificate",
    "certification_of_origin",
    "statement_on_origin",
    "origin_declaration",
    "EUR.1",
    "A.TR",
    "importers_knowledge",
]
OfficialList = Literal[
    "us.301.list1", "us.301.list2", "us.301.list3", "us.301.list4a", "us.301.list4b", "us.301fl.note52b", "us.338.ban"
]


class Registration(Told):
    """A tax registration of the seller or the marketplace."""

    jurisdiction: Jurisdiction = told("country, state or union that registered it")
    scheme: Scheme = told("kind of registration")
    number: Text | None = untold("number of the registration")

    @property
    def key(self) -> str:
        """Jurisdiction and scheme, as rules ask for them.

        >>> Registration(jurisdiction="US-NY", scheme="sales_tax").key
        'US-NY:sales_tax'
        """
        return f"{self.jurisdiction}:{self.scheme}"


class Party(Told):
    """The seller."""

    kind: Trade | None = untold("kind of seller (consumer: a private sender)")
    country: Country | None = untold("country of establishment")
    vat_numbers: tuple[Word, ...] | None = untold("VAT numbers, with their country prefix")
    ioss_number: Word | None = untold("number of the import one-stop shop")
    eori: Word | None = untold("EORI number")
    registrations: tuple[Registration, ...] | None = untold("tax registrations (an empty list says none)")


class Marketplace(Told):
    """Another party that facilitates the sale."""

    name: Text | None = untold("name")
    country: Country | None = untold("country of establishment")
    ioss_number: Word | None = untold("number of the import one-stop shop")
    registrations: tuple[Registration, ...] | None = untold("tax registrations (an empty list says none)")
    facilitates: Truth | None = untold("it facilitates the sale, rather than only listing or paying")


class Exemption(Told):
    """A claim of the buyer that the sale is not taxed."""

    kind: Literal["resale", "government", "exempt_organization"] | None = untold("ground of the exemption")
    jurisdictions: tuple[Jurisdiction, ...] | None = untold("where the certificate holds")
    certificate: Word | None = untold("number of the certificate")
    received: Day | None = untold("day on which the seller got the certificate")


class NumberCheck(Told):
    """What an online service, such as VIES, answered about an identification number."""

    valid: Truth = told("whether the service knew the number as valid")
    on: Day = told("day of the answer")


class Buyer(Told):
    """The buyer."""

    kind: Trade | None = untold("kind of buyer")
    vat_number: Word | None = untold("VAT, GST or business number")
    vat_number_check: NumberCheck | None = recorded("answer of an online check of that number, if one was made")
    exemption: Exemption | None = untold("exemption that the buyer claims")


class Address(Told):
    """A place that goods leave from or go to."""

    country: Country | None = untold("country")
    subdivision: Subdivision | None = untold("state, province or region")
    city: Text | None = untold("city")
    postal_code: Word | None = untold("postal code")


class Destination(Address):
    """The place that goods go to; its country is always told."""

    country: Country = told("country")


class Dates(Told):
    """When things happened; ``null`` says not yet."""

    placed: Day = told("day on which the order was placed")
    paid: Day | None = untold("day on which it was paid")
    shipped: Day | None = untold("day on which the goods left or were loaded")
    declared: Day | None = untold("day of the customs declaration")
    delivered: Day | None = untold("day of delivery")


class Proof(Told):
    """The document that proves an origin."""

    kind: ProofKind | None = untold("kind of proof")
    number: Word | None = untold("number of the proof")
    issued: Day | None = untold("day of issue")


class Material(Told):
    """A material that went into the goods."""

    origin: Origin | None = untold("country of origin")
    originating: Truth | None = untold("it originates under the agreement and does not count as foreign")
    value: Amount | None = untold("value")


class DeMinimis(Told):
    """Shares of the materials that miss the change of classification."""

    value_share: Share | None = untold("share of the FOB value")
    weight_share: Share | None = untold("share of the weight")


class Preference(Told):
    """A preferential origin that is claimed, with its evidence."""

    claim: Id | None = untold("agreement, by its common name or its two sides")
    criterion: Criterion | None = untold("origin criterion stated in the proof")
    change_of_tariff: ChangeOfTariff | None = untold("change of classification that all foreign materials undergo")
    regional_value_content: Share | None = untold("stated regional value content")
    fob: Amount | None = untold("FOB value")
    vnm: Amount | None = untold("value of non-originating materials")
    materials: tuple[Material, ...] | None = untold("materials used")
    de_minimis: DeMinimis | None = untold("materials that miss the change of classification")
    minimal_operations_only: Truth | None = untold("production was no more than minimal operations")
    proof: Proof | None = untold("proof of origin")
    direct_consignment: Truth | None = untold("the goods were consigned directly")
    rcep_origin: Country | None = untold("RCEP country of origin written in the proof")
    appendix_good: Truth | None = untold("the importer's Appendix lists the goods")
    dv_exporting_pct: Percent | None = untold("percentage of the value contributed by the exporting Party")
    materials_by_party: Mapping[Country, Amount | None] | None = untold("value of originating materials by Party")
    election: Literal["highest_contributing_party"] | None = untold("election of the importer")


class Measures(TypedDict, total=False):
    """Quantities of the whole line for duties by quantity."""

    __pydantic_config__ = {"extra": "forbid"}  # type: ignore[misc]  # noqa: RUF012

    l: Annotated[Measure | None, Kind("quantity", 6, "l"), Field(description="volume in litres")]  # noqa: E741
    ml: Annotated[Measure | None, Kind("quantity", 6, "ml"), Field(description="volume in millilitres")]
    kg: Annotated[Measure | None, Kind("quantity", 6, "kg"), Field(description="mass in kilograms")]
    g: Annotated[Measure | None, Kind("quantity", 6, "g"), Field(description="mass in grams")]
    m2: Annotated[Measure | None, Kind("quantity", 6, "m2"), Field(description="area in square metres")]
    pairs: Annotated[Measure | None, Kind("quantity", 6, "pairs"), Field(description="number of pairs")]
    bottles: Annotated[Measure | None, Kind("quantity", 6, "bottles"), Field(description="number of bottles")]
    abv: Annotated[Share | None, Field(description="share of alcohol by volume")]


class MetalShares(TypedDict, total=False):
    """Shares of the weight of an article."""

    __pydantic_config__ = {"extra": "forbid"}  # type: ignore[misc]  # noqa: RUF012

    aluminium: Annotated[Share | None, Field(description="share of aluminium")]
    steel: Annotated[Share | None, Field(description="share of steel")]
    copper: Annotated[Share | None, Field(description="share of copper")]


class LineCustoms(Told):
    """What the declarant knows about the goods of a line."""

    on_lists: tuple[OfficialList, ...] | None = untold("official lists that name the full code")
    thermal_imaging: Truth | None = untold("unmanned aircraft with thermal imaging")
    civil_aircraft: Truth | None = untold("article of civil aircraft")
    vehicle_battery: Truth | None = untold("lithium-ion battery for electric vehicles")
    metal_weight_shares: MetalShares | None = untold("shares of the weight")
    made_in: Subdivision | None = untold("place of manufacture where the country is not enough")


class Evidence(Told):
    """A document about the product."""

    kind: Id | None = untold("kind of document")
    covers: tuple[Word, ...] | None = untold("laws, standards or registers that the document speaks for")
    number: Text | None = untold("number of the document")
    issued: Day | None = untold("day of issue")
    expires: Day | None = untold("last day of validity")


class Line(Told):
    """Goods of one kind in an order."""

    id: Id = told("name of the line within the order")
    sku: Text | None = untold("the seller's name of the article")
    description: Text | None = untold("what the goods are")
    quantity: Quantity = told("how many units are sold")
    unit: Text | None = untold("what one unit is")
    unit_price: Amount = told("price of one unit")
    discount: Amount | None = untold("discount on the whole line")
    hs_code: CommodityCode | None = untold("commodity code")
    origin: Origin | None = untold("country of origin")
    category: Category | None = untold("product tax category")
    net_mass_kg: Mass | None = untold("net mass of the whole line")
    measures: Measures | None = untold("other quantities of the whole line")
    excise: Truth | None = untold("the goods are subject to excise duty")
    preference: Preference | None = untold("preferential origin claimed")
    preferences: tuple[Preference, ...] | None = untold("several preferential origins claimed")
    tax_codes: TaxCodes | None = untold("codes of single jurisdictions for the goods")
    positive_list: Truth | None = untold("the goods are on the Chinese list for cross-border e-commerce")
    indivisible: Truth | None = untold("the line is one single indivisible item")
    customs: LineCustoms | None = untold("further customs facts about the goods")
    attributes: Attributes | None = untold("product attributes, for product checks")
    evidence: tuple[Evidence, ...] | None = untold("documents about the product")


class Shipment(Told):
    """One consignment of the order."""

    id: Id = told("name of the consignment")
    lines: Annotated[tuple[Id, ...], MinLen(1)] = told("ids of its lines")


class Customs(Told):
    """How the goods are declared."""

    tariff: Literal["general", "simplified"] | None = untold("tariff that the importer elects")
    procedure: Literal["trade", "cbec", "postal"] | None = untold("channel of import into China")
    mode: Literal["9610", "1210", "1239"] | None = untold("Chinese supervision mode")
    documents: tuple[Literal["order", "payment", "logistics"], ...] | None = untold("electronic documents that match")
    filing: Literal["automated", "manual", "customs_prepared"] | None = untold("who makes the entry")
    express_hub: Truth | None = untold("cleared in an express consignment hub")
    transport: Literal["air", "ocean", "road", "rail"] | None = untold("final means of transport")
    mail_duty_method: Literal["ad_valorem", "specific"] | None = untold("method that the postal carrier elected")


class ShippingTerms(Told):
    """What the delivery charge is."""

    separately_stated: Truth | None = untold("the delivery charge is a line of its own on the invoice")
    includes_handling: Truth | None = untold("the delivery charge includes handling")
    optional: Truth | None = untold("the buyer can avoid the delivery charge")
    common_carrier: Truth | None = untold("a common carrier delivers")
    at_actual_cost: Truth | None = untold("delivery is charged at its actual cost")


class Order(Told):
    """One sale, with all that was told about it."""

    id: Id = told("name of the order")
    currency: Currency = told("currency of every amount")
    dates: Dates = told("dates")
    seller: Party | None = untold("seller")
    marketplace: Marketplace | None = untold("marketplace")
    buyer: Buyer | None = untold("buyer")
    ship_from: Address | None = untold("place that the goods leave from")
    ship_to: Destination = told("place that the goods go to")
    incoterm: Incoterm | None = untold("Incoterms 2020 term")
    carriage: Literal["post", "express", "freight"] | None = untold("kind of carriage")
    prices_include: tuple[Literal["vat", "duty"], ...] | None = untold("what the prices shown already contain")
    shipping: Amount | None = untold("delivery charge")
    insurance: Amount | None = untold("insurance charge")
    discount: Amount | None = untold("discount on the whole order")
    gift: Truth | None = untold("occasional gift between private persons")
    lines: Annotated[tuple[Line, ...], MinLen(1), MaxLen(MAX_LINES)] = told("what is sold")
    shipments: tuple[Shipment, ...] | None = untold("consignments")
    shipping_terms: ShippingTerms | None = untold("terms of delivery")
    customs: Customs | None = untold("how the goods are declared")
    exchange_rates: Mapping[CurrencyPair, Rate] | None = untold("exchange rates told with the order")
    history: History | None = untold("facts from earlier orders")

    @model_validator(mode="after")
    def _consistent(self) -> Order:
        _checks.check(self)
        return self

    def to_dict(self) -> dict[str, Any]:
        """The order as in the contract: amounts as told in decimal strings, nothing for what was not told."""
        return self.model_dump(mode="json")

    def to_json(self) -> str:
        """:meth:`to_dict` as JSON text."""
        return self.model_dump_json()
