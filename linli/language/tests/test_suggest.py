"""A category is suggested by words, and says by which."""

from hypothesis import given
from hypothesis import strategies as st

from linli.language.suggest import Candidate, Suggestion, suggest

LIGHT = Candidate("LIGHT", ("路灯", "灯", "楼道灯"))
WATER = Candidate("WATER", ("漏水", "水管", "下水道堵"))
AIR = Candidate("AIR", ("AC", "空调"))
ALL = (LIGHT, WATER, AIR)


def test_best_comes_first_with_its_reason() -> None:
    found = suggest(text="楼道灯不亮，空调滴水，水管也漏水", candidates=ALL)
    assert found == (
        Suggestion("LIGHT", 9, ("楼道灯",)),
        Suggestion("WATER", 8, ("水管", "漏水")),
        Suggestion("AIR", 4, ("空调",)),
    )


def test_word_inside_a_longer_one_does_not_count_twice_but_elsewhere_it_does() -> None:
    assert suggest(text="楼道灯坏", candidates=ALL)[0].because == ("楼道灯",)
    assert suggest(text="楼道灯坏，大厅灯也坏", candidates=ALL)[0].because == ("楼道灯", "灯")


def test_latin_words_match_whole_whatever_their_case() -> None:
    assert suggest(text="室外ａｃ太吵", candidates=ALL)[0].because == ("AC",)
    assert suggest(text="account", candidates=ALL) == ()


def test_ties_keep_the_given_order_and_the_limit_holds() -> None:
    tied = [Candidate(key, ("灯",)) for key in "CAB"]
    assert [hit.key for hit in suggest(text="灯", candidates=tied, limit=2)] == ["C", "A"]


def test_nothing_found_suggests_nothing() -> None:
    assert suggest(text="", candidates=ALL) == ()
    assert suggest(text="你好", candidates=[*ALL, Candidate("BLANK", ("", " "))]) == ()


@given(st.text(st.sampled_from("楼道灯路漏水管空调ac ，"), max_size=40))
def test_reasons_stand_in_the_text(text: str) -> None:
    for hit in suggest(text=text, candidates=ALL):
        assert hit.because
        assert all(word.lower() in text for word in hit.because)
        assert hit.score == sum(len(word) ** 2 for word in hit.because)
