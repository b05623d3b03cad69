"""Assessments: totals, documents, questions, explanations and replay."""

from __future__ import annotations

from xbcompliance.assessment.assessment import Assessment

__all__ = ["Assessment", "assessment_schema"]


def assessment_schema() -> dict[str, object]:
    """The JSON Schema of an assessment, as published in ``docs/schema/assessment.schema.json``.

    >>> assessment_schema()["title"]
    'AssessmentDocument'
    """
    from xbcompliance.assessment.documents import AssessmentDocument

    schema = AssessmentDocument.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
