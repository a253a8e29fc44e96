"""Tables and line breaks on screens of any width, with letters of any width."""

from hypothesis import given
from hypothesis import strategies as st

from anyvenue.app.tables import Column, Table, table_lines
from anyvenue.app.wrapping import cells, padded, wrapped


def lines(table: Table, width: int = 80) -> list[str]:
    return table_lines(table, width, "-")


def test_numbers_stand_to_the_right_and_texts_to_the_left() -> None:
    table = Table((Column("id"), Column("price", right=True)), [("rb2701", "3500"), ("IF", "9")])
    assert lines(table) == [
        "id      price",
        "-------------",
        "rb2701   3500",
        "IF          9",
    ]


def test_chinese_letters_take_two_cells() -> None:
    table = Table((Column("名称"), Column("x")), [("螺纹钢", "1"), ("IF", "2")])
    assert lines(table) == ["名称    x", "---------", "螺纹钢  1", "IF      2"]
    assert cells("螺纹钢2701") == 10
    assert padded("螺纹", 6) == "螺纹  "


def test_a_table_without_heads_has_no_rule() -> None:
    assert lines(Table((Column(""), Column("")), [("a", "b")])) == ["a  b"]


def test_dispensable_columns_go_first_and_in_their_order() -> None:
    columns = (Column("a"), Column("b", extra=1), Column("c", extra=2))
    table = Table(columns, [("aaaa", "bbbb", "cccc")])
    assert lines(table, 16)[0] == "a     b     c"
    assert lines(table, 15)[0] == "a     b"
    assert lines(table, 9)[0] == "a"


def test_the_widest_text_is_wrapped_where_nothing_more_can_go() -> None:
    table = Table((Column("key"), Column("text")), [("k", "one two three four five")])
    assert lines(table, 20) == [
        "key  text",
        "-" * 20,
        "k    one two three",
        "     four five",
    ]


def test_chinese_is_broken_between_letters_but_never_before_a_comma() -> None:
    assert wrapped("合约、手续费，保证金", 10) == ["合约、手续", "费，保证金"]
    assert wrapped("一二三四五，六", 10) == ["一二三四", "五，六"]
    assert wrapped("用 --fees 给出", 8) == ["用", "--fees", "给出"]


def test_an_empty_text_is_one_empty_line() -> None:
    assert wrapped("", 10) == [""]


@given(st.text(alphabet="ab 手续费，。（）", max_size=60), st.integers(8, 40))
def test_wrapping_loses_no_letter_and_keeps_to_the_width(text: str, width: int) -> None:
    found = wrapped(text, width)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(cells(line) <= width or not line.strip().count(" ") for line in found)
