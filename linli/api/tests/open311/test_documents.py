"""XML and JSON are two ways to write one answer, whatever it says."""

import json
from typing import Any
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from linli.api.open311.documents import Format, Record, Rows, written
from linli.api.tests.open311.cases import as_text, from_xml

# Any character there is, lone surrogates and control characters among them.
TEXTS = st.text(st.characters(), max_size=40)
SCALARS = TEXTS | st.booleans() | st.none() | st.integers() | st.floats(-180, 180, allow_nan=False)
NAMES = st.sampled_from(["service_code", "description", "lat", "status", "metadata"])
VALUES = st.lists(st.fixed_dictionaries({"key": TEXTS, "name": TEXTS}), max_size=3).map(
    lambda items: Rows("values", "value", items)
)
FORMATS = st.lists(TEXTS.filter(bool), max_size=3).map(
    lambda items: Rows("formats", "format", items)
)
FIELDS = st.dictionaries(NAMES, SCALARS, min_size=1).flatmap(
    lambda fields: st.tuples(VALUES, FORMATS).map(
        lambda rows: {**fields, "values": rows[0], "formats": rows[1]}
    )
)
DOCUMENTS = st.lists(FIELDS, max_size=3).map(
    lambda items: Rows("service_requests", "request", items)
) | FIELDS.map(lambda fields: Record("service_definition", fields))


def both(document: Rows | Record) -> tuple[Any, Any]:
    xml = from_xml(written(document=document, format=Format.XML))
    return xml, json.loads(written(document=document, format=Format.JSON))


@given(DOCUMENTS)
def test_both_formats_say_the_same(document):
    xml, plain = both(document)
    assert xml == as_text(plain)


@given(TEXTS)
def test_any_text_is_written_so_that_every_parser_takes_it(text):
    content = written(document=Record("discovery", {"contact": text}), format=Format.XML)
    assert content.startswith(b'<?xml version="1.0" encoding="utf-8"?>\n')
    said = ElementTree.fromstring(content).findtext("contact") or ""
    assert "\0" not in said
    assert len(said) <= len(text)


def test_nothing_and_an_empty_text_are_the_same():
    document = Record("discovery", {"a": None, "b": ""})
    assert json.loads(written(document=document, format=Format.JSON)) == {"a": None, "b": None}
    assert b"<discovery><a/><b/></discovery>" in written(document=document, format=Format.XML)


def test_markup_in_a_text_stays_a_text():
    document = Rows("services", "service", [{"description": "<b>&amp;</b>]]>"}])
    content = written(document=document, format=Format.XML)
    assert b"&lt;b&gt;&amp;amp;&lt;/b&gt;]]&gt;" in content
    assert from_xml(content) == [{"description": "<b>&amp;</b>]]>"}]


def test_a_list_of_nothing_is_an_empty_array():
    document = Rows("service_requests", "request", [])
    assert written(document=document, format=Format.JSON) == b"[]"
    assert written(document=document, format=Format.XML).endswith(b"\n<service_requests/>\n")
