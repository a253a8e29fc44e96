"""The protocol as a page for people, in English and Chinese."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from anyvenue.venues.ctp.description import error_table
from anyvenue.venues.ctp.description.layout import Field
from anyvenue.venues.ctp.json.reference.extras import EXTRAS
from anyvenue.venues.ctp.json.reference.kinds import Body, Kind, protocol
from anyvenue.venues.ctp.json.reference.samples import example
from anyvenue.venues.ctp.json.reference.schemas import plain_codes
from anyvenue.venues.ctp.json.reference.words import NOTES, WORDS

__all__ = ["page"]

_LANGUAGES = ("en", "zh")


def page(language: str) -> str:
    """Return the whole reference in ``en`` or ``zh``."""
    assert language in _LANGUAGES, language
    return "\n".join([*_Page(language).lines()]) + "\n"


class _Page:
    def __init__(self, language: str) -> None:
        self._zh = language == "zh"
        self._words = WORDS[language]
        self._protocol = protocol()

    def lines(self) -> Iterator[str]:
        words, spoken = self._words, self._protocol
        yield from (f"# {words['title']}", "", words["generated"], "")
        yield words["introduction"].format(version=spoken.description.version)
        yield from ("", f"## {words['errors']}", "", *self._errors())
        for key, kinds in (("requests", spoken.requests), ("pushes", spoken.pushes)):
            yield from ("", f"## {words[key]}", "")
            for kind in kinds:
                yield from self._kind(kind)
        yield from (f"## {words['extras']}", "", words["extras_text"], "")
        for name in EXTRAS:
            yield from self._extra(name)
        yield from (f"## {words['structs']}", "", words["structs_text"], "")
        for body in sorted(spoken.structs.values(), key=lambda each: each.struct):
            yield from self._struct(body)
        yield from (f"## {words['codes']}", "", words["codes_text"], "")
        yield from self._codes()
        yield from (f"## {words['ctp_errors']}", "", *self._ctp_errors())

    # ---- messages

    def _kind(self, kind: Kind) -> Iterator[str]:
        words = self._words
        yield from (f"### {kind.name}", "", f"{self._title(kind)}{words['stop']}", "")
        yield f"- {words['path']}: {', '.join(f'`/{side}/`' for side in kind.sides)}"
        if kind.role == "request":
            yield from self._asked(kind)
        elif kind.body is not None:
            yield f"- {words['field']}: `{kind.body.struct}` ({_struct_link(kind.body.struct)})"
        yield from ("", *_json(example(kind)), "")
        for name in kind.answers:
            answer = next(each for each in self._protocol.answers if each.name == name)
            where = "" if answer.body is None else f", `{answer.body.struct}`"
            link = "" if answer.body is None else f" ({_struct_link(answer.body.struct)})"
            yield from (f"{words['answer']} `{name}`{where}{link}", "", *_json(example(answer)), "")
            if answer.md_body is not None and answer.body is not None:
                known = {field.name for field in answer.body.fields}
                more = [
                    f"`{each.name}`" for each in answer.md_body.fields if each.name not in known
                ]
                yield from (words["on_md"].format(fields=", ".join(more)), "")
            if kind.name in NOTES:
                yield from (NOTES[kind.name][self._zh], "")

    def _asked(self, kind: Kind) -> Iterator[str]:
        words = self._words
        if kind.list_key:
            yield f"- {words['list']}: `{kind.list_key}`"
            return
        assert kind.body is not None
        keys = words["or"].join(f"`{key}`" for key in kind.keys)
        yield f"- {words['field']}: {keys} ({_struct_link(kind.body.struct)})"
        if kind.filled:
            yield f"- {words['filled']}: {', '.join(f'`{name}`' for name in kind.filled)}"

    def _extra(self, name: str) -> Iterator[str]:
        en, zh, schema = EXTRAS[name]
        yield from (f"### {name}", "", f"{zh if self._zh else en}{self._words['stop']}", "")
        properties = schema["properties"]
        assert isinstance(properties, dict)
        yield ", ".join(f"`{each}`" for each in properties)
        examples = schema["examples"]
        assert isinstance(examples, list)
        yield from ("", *_json(examples[0]), "")

    def _title(self, kind: Kind) -> str:
        return kind.title_zh if self._zh else kind.title_en

    # ---- fields and codes

    def _struct(self, body: Body) -> Iterator[str]:
        words = self._words
        yield from (f"### {words['struct']} {body.struct} {{ #struct-{body.struct.lower()} }}", "")
        heads = [words["name"], words["type"], words["c_type"], words["values"]]
        yield from _table(heads, [self._field(field) for field in body.fields])

    def _field(self, field: Field) -> list[str]:
        codes = plain_codes(field.type_name)
        link = f"[{field.type_name}](#code-{field.type_name.lower()})" if codes else field.type_name
        return [field.name, self._type(field), link, _short_codes(codes)]

    def _type(self, field: Field) -> str:
        words = self._words
        if not field.is_text:
            return words["number"] if field.c == "double" else words["whole"]
        return words["text"].format(room=max(1, field.length - 1))

    def _codes(self) -> Iterator[str]:
        words = self._words
        named = {
            field.type_name: plain_codes(field.type_name)
            for body in self._protocol.structs.values()
            for field in body.fields
        }
        for type_name in sorted(name for name, codes in named.items() if codes):
            yield from (f"### {words['code']} {type_name} {{ #code-{type_name.lower()} }}", "")
            rows = [[f"`{code}`", name] for code, name in named[type_name].items()]
            yield from _table([words["value"], words["name"]], rows)

    # ---- errors

    def _errors(self) -> Iterator[str]:
        words = self._words
        rows = [row.split("|") for row in words["error_rows"].strip().splitlines()]
        yield from _table([words["code"], words["message"], words["when"]], rows)

    def _ctp_errors(self) -> Iterator[str]:
        words = self._words
        found = sorted(error_table().values(), key=lambda each: each.code)
        rows = [[str(each.code), f"`{each.name}`", _cell(each.text)] for each in found]
        yield from _table(["ErrorID", words["name"], "ErrorMsg"], rows)


def _struct_link(struct: str) -> str:
    return f"[{struct}](#struct-{struct.lower()})"


def _short_codes(codes: dict[str, str]) -> str:
    shown = [f"`{code}` {name}" for code, name in list(codes.items())[:4]]
    return ", ".join(shown) + (" …" if len(codes) > len(shown) else "")


def _json(value: object) -> Iterable[str]:
    text = msgspec.json.encode(value).decode()
    # One line for what fits, a field a line for what does not.
    if len(text) > 100:
        text = msgspec.json.format(text, indent=2)
    return ("```json", text, "```")


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
