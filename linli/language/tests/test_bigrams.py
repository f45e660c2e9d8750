"""Bigrams for search, and the likeness of two reports."""

from hypothesis import given
from hypothesis import strategies as st

from linli.language.bigrams import bigrams, similarity

chinese = st.text(st.sampled_from("路灯坏了楼道三号13 ab,。"), max_size=30)


def test_text_is_cut_into_pairs_and_words() -> None:
    assert bigrams(text="3号楼路灯 LED坏") == ("3", "号楼", "楼路", "路灯", "led", "坏")
    assert bigrams(text="１３号，A座") == ("13", "号", "a", "座")
    assert bigrams(text="路灯，路灯") == ("路灯", "路灯")
    assert bigrams(text="𠮷野家二〇二六") == ("𠮷野", "野家", "家二", "二〇", "〇二", "二六")
    assert bigrams(text="👍 …") == ()


def test_same_trouble_in_other_words_is_more_alike_than_another_trouble() -> None:
    report = "3号楼二单元楼道灯坏了，晚上看不见"
    same = similarity(a=report, b="3号楼2单元楼道的灯坏了好几天")
    other = similarity(a=report, b="小区门口垃圾桶满了没人收")
    assert same > 400 > 100 > other


@given(chinese, chinese)
def test_likeness_is_symmetric_and_per_mille(a: str, b: str) -> None:
    assert similarity(a=a, b=b) == similarity(a=b, b=a)
    assert 0 <= similarity(a=a, b=b) <= 1000
    assert similarity(a=a, b=a) == (1000 if bigrams(text=a) else 0)


@given(chinese, chinese)
def test_every_pair_of_a_part_is_found_in_the_whole(part: str, rest: str) -> None:
    """What search relies on."""
    whole = bigrams(text=f"{rest}。{part}")
    assert set(bigrams(text=part)) <= set(whole)
