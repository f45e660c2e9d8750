"""What counts as a reason."""

import pytest

from linli.language.reasons import says_why


@pytest.mark.parametrize("text", ["回访", "通知停水", "call back", "查3号", "救护 120"])
def test_a_reason(text):
    assert says_why(text=text)


@pytest.mark.parametrize("text", ["", "x", "查", "abc", "xxxx", "。。。。", "……", "查查", "1"])
def test_no_reason(text):
    assert not says_why(text=text)
