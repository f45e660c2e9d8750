"""Notice an election of a committee or of the party, which is never held by a vote of a forum.

Residents' committees, owners' committees and party bodies are elected under laws and regulations of
their own. To choose a project, a name or a volunteer of the month is no election.

Source: rules.md, “Deliberation”; 城市居民委员会组织法, 民法典 §278, 中国共产党基层组织选举工作条例.
"""

import re

from linli.language.normal import normalise

_BODY = (
    "(?:居委会?|居民委员会|村委会?|村民委员会|业委会|业主委员会|业主代表|居民代表|居民小组长|楼组长"
    "|监督委员会|监委会|支委会?|党支部|党总支|党委|党小组|支部委员会|党代表|人大代表|妇联|团支部)"
)
_POST = "(?:主任|副主任|委员|书记|副书记|组长|代表|成员|主席|班子)"
_CHOOSE = "(?:推选|选出|选任|产生|竞选|竞聘|公推|直选|票选|另选|重选|新选|更换|罢免|罢黜|撤换)"
_ELECTIONS = re.compile(
    "换届|(?<![优评])选举|改选|补选|竞选|罢免|候选人|公推直选|两推一选"
    f"|{_CHOOSE}.{{0,10}}{_BODY}的?(?:{_POST}|投票|表决|$)"
    f"|{_BODY}.{{0,4}}{_POST}.{{0,4}}{_CHOOSE}|{_BODY}(?:推选|选任|票选|另选|重选|新选|产生)"
    f"|(?:主任|书记|主席|委员)(?:的)?人选|{_BODY}.{{0,4}}{_POST}.{{0,4}}人选"
    "|(?:谁|哪位|由谁).{0,4}(?:当|任|担任|做).{0,6}(?:主任|书记|委员|主席)"
    r"|\belect(?:ion|ions|ed|ing)?\b|\bby-elections?\b"
)
# What is about an election elsewhere, and chooses nobody.
_HARMLESS = re.compile(
    "(?:换届|选举|换届选举)(?:工作)?(?:的)?(?:宣传|知识|讲座|培训|公告栏|橱窗|法律|法规|办法|条例)"
    "|(?:换届|选举)(?:日|期间|当天)的?(?:停车|秩序|保洁)"
)
_BETWEEN = re.compile(r"[\s\W_]+")


def election_in(*, text: str) -> str:
    """Return the first word that makes a vote an election, or an empty text.

    Blanks and dots between the characters hide none.
    """
    plain = normalise(text=text).lower()
    joined = _BETWEEN.sub("", plain)
    for one in (joined, plain):
        found = _ELECTIONS.search(_HARMLESS.sub("", one))
        if found:
            return found[0]
    return ""
