"""The reference of the JSON protocol: up to date, whole, and the same for people and programs."""

from pathlib import Path

import msgspec
import pytest

from anyvenue.venues.ctp.json.features import FEATURE_REQUESTS
from anyvenue.venues.ctp.json.features.pages import page_of
from anyvenue.venues.ctp.json.reference.asyncapi import asyncapi, asyncapi_json
from anyvenue.venues.ctp.json.reference.extras import EXTRAS
from anyvenue.venues.ctp.json.reference.kinds import Protocol, protocol, titles
from anyvenue.venues.ctp.json.reference.markdown import page
from anyvenue.venues.ctp.json.reference.samples import example
from anyvenue.venues.ctp.json.reference.schemas import all_schemas, bundle
from anyvenue.venues.ctp.json.requests import Requests

DOCS = Path(__file__).resolve().parents[4] / "docs"


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("reference/webctp.md", lambda: page("en").encode()),
        ("reference/webctp_zh.md", lambda: page("zh").encode()),
        ("assets/webctp/asyncapi.json", asyncapi_json),
        ("assets/webctp/schemas.json", lambda: msgspec.json.encode(bundle()) + b"\n"),
    ],
)
def test_the_committed_reference_is_up_to_date(name, made) -> None:  # type: ignore[no-untyped-def]
    same = (DOCS / name).read_bytes() == made()
    assert same, f"docs/{name} is out of date: run python scripts/webctp_reference.py"


@pytest.fixture(scope="module")
def spoken() -> Protocol:
    return protocol()


def test_every_request_and_every_push_is_described_in_both_languages(spoken: Protocol) -> None:
    assert {kind.name for kind in spoken.requests} >= set(Requests().names)
    for kind in (*spoken.requests, *spoken.answers, *spoken.pushes):
        assert kind.title_en
        assert any(ord(letter) > 0x2E80 for letter in kind.title_zh), kind.name


def test_no_title_is_left_over(spoken: Protocol) -> None:
    used = {kind.name for kind in (*spoken.requests, *spoken.pushes)}
    used |= {name.removeprefix("Rsp") for name in EXTRAS}
    on_quotes_or_never = {
        "ReqQryMulticastInstrument",
        "RspError",
        "FrontConnected",
        "FrontDisconnected",
        "HeartBeatWarning",
    }
    assert set(titles()) - used == on_quotes_or_never


def test_both_pages_have_every_message_and_every_struct(spoken: Protocol) -> None:
    for language in ("en", "zh"):
        text = page(language)
        for kind in (*spoken.requests, *spoken.pushes):
            assert f"\n### {kind.name}\n" in text
        for struct in spoken.structs:
            assert f"{{ #struct-{struct.lower()} }}" in text


def test_every_feature_is_described() -> None:
    assert set(EXTRAS) >= FEATURE_REQUESTS
    assert set(EXTRAS) >= {f"Rsp{name}" for name in FEATURE_REQUESTS}


def test_an_example_of_a_request_is_one_that_the_service_takes() -> None:
    requests = Requests()
    for kind in protocol().requests:
        request = requests.find(kind.name)
        if request is not None:
            request.parse(example(kind), {})  # raises BadRequest


def test_an_order_example_has_what_an_order_needs(spoken: Protocol) -> None:
    kind = next(each for each in spoken.requests if each.name == "ReqOrderInsert")
    body = example(kind)["InputOrder"]
    assert isinstance(body, dict)
    assert {"InstrumentID", "Direction", "CombOffsetFlag", "LimitPrice"} <= set(body)


def test_asyncapi_refers_to_nothing_that_it_does_not_have() -> None:
    document = msgspec.json.decode(asyncapi_json())
    schemas, messages = document["components"]["schemas"], document["components"]["messages"]
    references = set(_references(document))
    for reference in references:
        place, _, name = reference.removeprefix("#/").rpartition("/")
        if place == "components/schemas":
            assert name in schemas, reference
        elif place == "components/messages":
            assert name in messages, reference
        else:
            side = place.split("/")[1] if place != "channels" else name
            assert side in document["channels"], reference
    assert set(asyncapi()["operations"]) == {"td_receive", "td_send", "md_receive", "md_send"}  # type: ignore[call-overload]


def _references(value: object):  # type: ignore[no-untyped-def]
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from _references(each)
    elif isinstance(value, list):
        for each in value:
            yield from _references(each)


def test_every_schema_fits_its_own_example() -> None:
    for name, schema in all_schemas().items():
        (shown,) = schema["examples"]  # type: ignore[misc]
        assert shown["MsgType"] == name
        required, properties = schema["required"], schema["properties"]
        assert isinstance(required, list)
        assert isinstance(properties, dict)
        assert set(required) <= set(shown), name
        assert set(shown) <= set(properties), name


@pytest.mark.parametrize(
    ("path", "kind", "holds"),
    [
        ("/", "text/html", b'<script src="/page.js">'),
        ("/page.js", "text/javascript", b"WebSocket"),
        ("/page.css", "text/css", b"--ground"),
        ("/asyncapi.json", "application/json", b'"asyncapi":"3.0.0"'),
        ("/schema", "application/json", b'"$defs"'),
        ("/schema/ReqOrderInsert.json", "application/json", b'"InputOrder"'),
    ],
)
def test_the_service_serves_its_page_and_its_description(
    path: str, kind: str, holds: bytes
) -> None:
    found = page_of(path)
    assert found is not None
    assert found[0] == kind
    assert holds in found[1]


@pytest.mark.parametrize("path", ["/nothing", "/schema/Nothing.json", "/assets/page.html", "/../x"])
def test_there_is_nothing_elsewhere(path: str) -> None:
    assert page_of(path) is None


def test_the_page_has_every_word_in_both_languages() -> None:
    found = page_of("/page.js")
    assert found is not None
    text = found[1].decode()
    english, chinese = text.split("  zh: {")[0], text.split("  zh: {")[1].split("\n  },")[0]
    keys = {part.split(":")[0].strip() for part in _entries(english.split("  en: {")[1])}
    assert keys == {part.split(":")[0].strip() for part in _entries(chinese)}


def _entries(text: str) -> list[str]:
    import re

    return re.findall(r"(\w+): \"", text)
