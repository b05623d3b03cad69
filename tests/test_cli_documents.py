"""Reading one document, an array, or one a line."""

from __future__ import annotations

import json
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xbcompliance._cli._documents import Document, read_documents


def read(data: bytes | str, **options: int) -> list[Document]:
    return list(read_documents(BytesIO(data.encode() if isinstance(data, str) else data), **options))


def problems(data: bytes | str, **options: int) -> list[str | None]:
    return [document.problem and str(document.problem) for document in read(data, **options)]


texts = st.text(max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
orders = st.lists(st.dictionaries(texts, values, max_size=4), min_size=1, max_size=5)
ENDS = st.sampled_from(["\n", "\r\n", "\n\n"])


@given(orders, ENDS, st.booleans(), st.booleans())
def test_one_a_line_is_read_as_written(documents, end, marked, ascii_only):
    lines = [json.dumps(document, ensure_ascii=ascii_only) for document in documents]
    data = b"\xef\xbb\xbf" * marked + end.join(lines).encode()
    assert [document.text for document in read(data)] == lines
    assert [document.value for document in read(data)] == documents


@given(orders, ENDS, st.sampled_from([None, 0, 2]))
def test_an_array_is_split_by_its_own_text(documents, end, indent):
    data = json.dumps(documents, indent=indent).replace("\n", end)
    found = read(data)
    assert [document.value for document in found] == documents
    assert all(document.text in data for document in found)


@given(orders, ENDS, st.sampled_from([0, 2]))
def test_a_document_over_many_lines_is_one(documents, end, indent):
    data = json.dumps(documents[0], indent=indent).replace("\n", end)
    assert [document.value for document in read(data)] == documents[:1]


def test_numbers_keep_their_text():
    for data in ('{"n": 1.10}', '[{"n": 1.10}]', '{\n"n": 1.10\n}'):
        (document,) = read(data)
        assert "1.10" in document.text
        assert document.value == {"n": "1.10"}


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ('{"id": "A"}\n{"id": }\n{"id": "C"}', [None, "XB-IN-001 line 2: not a JSON document", None]),
        ('\n{"id": }\n\n{"id": "C"}', ["XB-IN-001 line 2: not a JSON document", None]),
        ('{"id": "A"}\n\n\n{"id": "B"} x', [None, "XB-IN-001 line 4: not a JSON document: Extra data at column 13"]),
        ('oops\n{"id": "B"}', ["XB-IN-001 line 1: not a JSON document", None]),
        ('{\n  "id": "A",\n  "b": {"c": 1},\n  {"d": 1}\n}', ["XB-IN-001 line 4: not a JSON document"]),
        ("oops\nmore", ["XB-IN-001 line 1: not a JSON document"]),
        ('[\n{"id": "A"},\n{"id": },\n{"id": "C"}\n]', [None, "XB-IN-001 line 3: not a JSON document", None]),
        ('[{"id": "A"},\n]', [None, "XB-IN-001 line 2: not a JSON document"]),
        ('[{}, {"id": }]', [None, "XB-IN-001 line 1: not a JSON document: Expecting value at column 13"]),
        ("[{}]]", [None, "XB-IN-001 line 1: found more text after the end of the array"]),
        ('[{"id": "A"}', ["XB-IN-001 line 1: the array that starts the input is never closed, expected ]"]),
        ('[{"id": "A}]', ["XB-IN-001 line 1: the array that starts the input is never closed, expected ]"]),
        ("[{}]\n{}", [None, "XB-IN-001 line 2: found more text after the end of the array"]),
        ("", ["XB-IN-001 line 1: found nothing, expected an order"]),
        (" \r\n\n", ["XB-IN-001 line 1: found nothing, expected an order"]),
        (b'{"id": "A"}\n{"id": "\xe4"}', [None, "XB-IN-001 line 2: found byte 0xe4, expected UTF-8 text"]),
        (b'{\n"id": "\xe4"\n}', ["XB-IN-001 line 2: found byte 0xe4, expected UTF-8 text"]),
        (b'[{},\n"\xe4"]', ["XB-IN-001 line 2: found byte 0xe4, expected UTF-8 text"]),
        ('{"n": ' + "9" * 5000 + "}", ["XB-IN-001 line 1: a number has more digits than any amount"]),
        ("[]", []),
        (" [ ] ", []),
    ],
)
def test_what_is_broken_is_named_with_its_line_and_hides_nothing_else(data, found):
    said = problems(data)
    assert len(said) == len(found)
    for text, start in zip(said, found, strict=True):
        assert text is None if start is None else text.startswith(start)


@pytest.mark.parametrize("wrap", ["{0}", "{{}}\n{0}\n{{}}", "[{{}}, {0}, {{}}]"])
def test_deep_nesting_is_an_error_in_its_place(wrap):
    deep = "[" * 100_000 + "]" * 100_000
    said = problems(wrap.format('{"a": ' + deep + "}"))
    assert [text for text in said if text] == [
        "XB-IN-001 line {}: lists and objects are nested too deeply, expected an order".format(2 if "\n" in wrap else 1)
    ]
    assert len(said) == (1 if wrap == "{0}" else 3)


def test_brackets_and_quotes_inside_strings_do_not_split():
    documents = [{"a": "]},{["}, {"b": 'say "]" \\'}, {"c": "\\"}]
    assert [document.value for document in read(json.dumps(documents))] == documents


def test_input_beyond_the_limit_is_refused_after_what_fitted():
    data = '{"id": "A"}\n' * 3
    beyond = "XB-IN-001 line 3: found more than 30 bytes, split the input into several files"
    assert problems(data, limit=30) == [None, None, beyond]
    assert problems(data, limit=len(data)) == [None, None, None]
    assert problems("[" + data, limit=30) == [beyond.replace("line 3", "line 1")]


def test_lines_are_not_read_ahead():
    class Slow(BytesIO):
        calls = 0

        def readline(self, *size):
            self.calls += 1
            return super().readline(*size)

    stream = Slow(b'{"id": "A"}\n{"id": "B"}\n')
    documents = read_documents(stream)
    assert next(documents).identity == "A"
    assert stream.calls == 1


@pytest.mark.parametrize(("data", "name"), [('{"id": "A"}', "A"), ('{"id": 5}', None), ("[[]]", None), ("5", None)])
def test_only_text_is_an_identity(data, name):
    (document,) = read(data)
    assert document.identity == name
