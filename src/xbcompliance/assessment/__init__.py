"""Assessments: totals, documents, questions, explanations and replay."""

from __future__ import annotations

from xbcompliance.assessment.assessment import Assessment
from xbcompliance.assessment.documents import AssessmentDocument, Charge, Receipt, Totals

__all__ = ["Assessment", "AssessmentDocument", "Charge", "Receipt", "Totals", "assessment_schema"]


def assessment_schema() -> dict[str, object]:
    """The JSON Schema of an assessment, as published in ``docs/schema/assessment.schema.json``.

    >>> assessment_schema()["title"]
    'AssessmentDocument'
    """
    schema = AssessmentDocument.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
