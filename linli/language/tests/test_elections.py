"""Elections are noticed by their words; what only sounds like one is let through."""

import pytest

from linli.language.elections import election_in


@pytest.mark.parametrize(
    "text",
    [
        "业委会换届",
        "选·举居委会主任",
        "改 选 楼组长",
        "党支部书记人选投票",
        "补选居民代表",
        "罢免业委会委员",
        "同意张三任居委会主任吗？谁来当居委会主任",
        "推选业委会成员",
        "更换业主委员会成员",
        "候选人甲",
        "Election of the committee",
    ],
)
def test_an_election_is_noticed(text):
    assert election_in(text=text)


@pytest.mark.parametrize(
    "text",
    [
        "晾衣架装在哪",
        "选出一位最美邻居",
        "推选楼栋美化方案",
        "优选方案",
        "更换门禁",
        "更换居委会门前路灯",
        "换届选举宣传栏放哪",
        "居委会代表的意见要不要公开",
        "selection of colours",
        "",
    ],
)
def test_a_choice_is_no_election(text):
    assert election_in(text=text) == ""
