"""Notice an election of a committee or of the party, which is never held by a vote of a forum.

Residents' committees, owners' committees, property management committees and party bodies are
elected, confirmed and recalled under laws and regulations of their own. To choose a project, a
name or a volunteer of the month is no election, nor is to appraise a body (民主测评) or to ask
whoever is competent to hold an election.

Source: rules.md, “Deliberation”; 城市居民委员会组织法, 民法典 §278, 中国共产党基层组织选举工作条例.
"""

import re
from collections.abc import Sequence

from linli.language.normal import normalise

_BODY = (
    "(?:居委会?|居民委员会|村委会?|村民委员会|业委会|业主委员会|业主代表|居民代表|居民小组长|楼组长"
    "|物管会|物业管理委员会|监督委员会|监委会|支委会?|党支部|党总支|党委|党小组|支部委员会|党代表"
    "|人大代表|妇联|团支部|(?:领导)?班子)"
)
_HEAD = "(?:第一|副|正)?(?:主任|书记|主席|委员|班子)(?![员录处官医护级会]|编辑|记者|律师)"
_POST = f"(?:{_HEAD}|组长|代表|成员)"
_NEW = "(?:(?:新一?|下一?|本|上一?|第[一二三四五六七八九十0-9]{1,3})[届任]|新|的|副|正){0,3}"
# A post, and not its door plate or somebody who is sent somewhere.
_HOLDER = (
    "(?!的?(?:办公|信箱|邮箱|接待|热线|电话|值班|述职|意见|建议|职责|待遇|补贴|培训|工作|讲|好书"
    "|参加|参与|出席|列席|旁听|参评|评选|代表|[与同跟去到来说]|担任(?!.{0,6}(?:主任|书记|委员|主席))))"
)
_CHOOSE = (
    "(?:推选|推举|推荐|举荐|选出|选任|选定|提名|产生|竞选|竞聘|公推|直选|票选|另选|重选|新选|更换"
    "|换掉|撤换|罢免|罢黜|免去|任命|委任|聘任|(?<![评])选(?:个|[一几两三五][位名个]|好)?"
    "|换(?:个|一?[位名个]))"
)
_STAYS = "(?:连任|留任|续任|免职|撤职|下台|继任|接任|接班|去留)"
_BECOMES = (
    "(?:担任|出任|连任|留任|续任|继任|接任|就任|当选|选为|推为|(?<![现历前上首责信主离卸])任)"
)
_PUT = "(?:投票|表决|票决|动议)"
# Whoever is asked, told or met stands between two things that have nothing to do with each other.
_GAP = r"(?:(?![|找请联由给向报经让跟]).){0,10}"

_WORDS = re.compile(
    "(?<![交兑更替置轮调])换届"
    "|(?<![优评精筛海初挑候])选举(?![措例报起重止]|办[^法])"
    "|改选(?![址项择题用材型购配])|补选(?![址项择题课])|竞选|罢免|候选(?:人|名单)|公推直选|两推一选"
)
_PHRASES = re.compile(
    f"{_CHOOSE}{_GAP}{_BODY}的?(?:{_POST}{_HOLDER}|人选|{_PUT})"
    f"|{_CHOOSE}{_NEW}(?:我们|本|小区|社区|的){{0,3}}{_BODY}(?:$|\\|)"
    f"|{_BODY}[^|]{{0,4}}{_POST}[^|]{{0,4}}(?:推选|推举|举荐|选任|竞选|竞聘|票选|另选|重选|罢免|撤换)"
    f"|{_BODY}(?:推选|推举|选任|票选|另选|重选|新选|产生(?=$|\\||办法|方式|人选|投票))"
    f"|(?:{_CHOOSE}|(?<![交兑调])换){_NEW}(?:个|[位名])?{_NEW}{_HEAD}{_HOLDER}"
    f"|{_HEAD}(?:的)?人选|{_HEAD}(?:选|投|投给|给|换)谁|{_BODY}[^|]{{0,4}}人选"
    f"|(?:谁|哪位|由谁)[^|]{{0,4}}(?:当|任|担任|做)[^|]{{0,6}}{_HEAD}"
    f"|{_BECOMES}[^|]{{0,4}}{_BODY}的?{_POST}{_HOLDER}|{_BECOMES}{_NEW}{_HEAD}{_HOLDER}"
    f"|(?:{_BODY}|{_HEAD})[^|]{{0,8}}{_STAYS}"
    f"|(?:{_BODY}|{_HEAD})[^|]{{0,8}}信任(?:投票|表决|票|案|动议)|不信任(?:投票|票|案|动议)"
    f"|(?:信不信任|是否信任|还信任|不信任){_NEW}(?:我们|小区|社区|的){{0,2}}(?:{_BODY}|{_HEAD})"
    f"|(?:投|举行|发起|进行)[^|]{{0,4}}信任(?:投票|票)"
    f"|(?:新一?|下一?|本)[届任](?:的)?{_BODY}的?{_POST}?(?:的)?(?:名单)?(?:的)?(?:人选|{_PUT})"
    f"|{_BODY}{_POST}(?:的)?(?:名单(?:的)?)?{_PUT}"
    f"|{_BODY}的?{_POST}?(?:增补|差额)|增补{_NEW}{_BODY}?的?{_POST}{_HOLDER}"
    f"|{_PUT}(?:决定|产生|确定|选定?){_NEW}{_BODY}的?{_POST}"
    f"|(?:推荐|推举|举荐|提名|选)[^|]{{1,8}}(?:加入|进入?){_BODY}"
)
_ENGLISH_BODY = (
    r"(?:committees?|party\s+branch|party\s+committee|(?:branch\s+)?secretar(?:y|ies)"
    r"|chair(?:man|woman|person|s)?|directors?\s+of\s+the\s+\w+\s+committee)"
)
_ENGLISH = re.compile(
    r"\b(?:re-?)?elect(?:ion|ions|ed|ing)?\b|\bby-elections?\b"
    rf"|\b(?:no[- ])?confidence\s+(?:vote\s+)?(?:in|on|for)\b.{{0,30}}\b{_ENGLISH_BODY}\b"
    r"|\bvotes?\s+of\s+(?:no[- ])?confidence\b"
    r"|\b(?:nominat|recommend|choos|pick|appoint|recall|dismiss|replac|impeach|remov)\w*\b"
    rf"(?:\s+\w+){{0,4}}\s+(?:{_ENGLISH_BODY}|committee\s+members?)(?=\s*$|\s*[.?!,;:]|\s+(?:of|for)\b)"
    r"|\b(?:nominat|recommend|choos|pick|appoint|recall|dismiss|replac|impeach|remov)\w*\b"
    r"(?:\s+\w+){0,4}\s+(?:committee\s+members?\b|members?\s+(?:of|for)\b.{0,40}\bcommittee\b)"
    r"|\bvote\s+for\b.{0,30}\bcommittee\s+members?\b"
)

# What is about an election elsewhere, or about people who are praised, and chooses nobody.
_VOTED_ON = "(?!.{0,4}(?:投票|表决|人选|候选))"
_HELD = "(?:(?:业委会|居委会|支部|党支部)?(?:换届选举|换届|改选|补选|选举))"
_HARMLESS = re.compile(
    f"{_HELD}(?:工作)?(?:的)?(?:宣传|知识|讲座|培训|公告|橱窗|法律|法规|政策|办法|条例|工作|事宜"
    f"|筹备|指导|进度|进展|志愿者|场地|会场|经费){_VOTED_ON}"
    f"|{_HELD}(?:之前|之后|以前|以后|前|后|期间|当天|结束|完成|日的?(?:停车|秩序|保洁)){_VOTED_ON}"
    f"|(?:逾期|到期|超期|长期|一直|尚|迟迟)[未没不](?:能|有|按时|按期)?{_HELD}{_VOTED_ON}"
    "|(?:提请|请|申请|报请|商请|恳请|建议|督促|呼吁|敦促)(?:由)?"
    "(?:街道|办事处|居委会?|社区|党委|党工委|上级|镇政?府?|区|住建|房管|有关部门|业委会|物业)"
    f"[^|]{{0,12}}?{_HELD}{_VOTED_ON}"
    "|(?:优秀|最美|先进|模范|十佳|最佳|标兵|明星|之星|好人|志愿者|邻居|家庭|获奖|评优|评先)"
    "[^|]{0,8}候选(?:人|名单)"
    "|(?:推荐|推选|推举|选出|票选|选|举荐)[^|]{0,6}(?:优秀|最美|先进|模范|十佳|最佳|标兵|明星|满意)"
    f"的?{_BODY}?{_POST}?(?!.{{0,6}}(?:人选|候选|名单))"
    "|物业(?:公司|服务中心|服务|项目)?的?(?:项目)?(?:主任|经理)"
    "|(?:卫生|服务|文化|活动|卫生服务)(?:站|中心)主任|班主任|戏班子|(?:评审|顾问|编辑|组织)委员(?!会)"
)
_CLAUSE_ENDS = re.compile(r"[。！？；，,;!?\n]+")
_BETWEEN = re.compile(r"[^\w|]+|_+")
# Whoever writes an election in the other script writes one all the same.
_SCRIPT = str.maketrans("換屆選舉業員會黨書記罷補競薦舉組長", "换届选举业员会党书记罢补竞荐举组长")

_PERSONS_LEAST = 2
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任"
    "沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
"""The hundred surnames that most people have. Source: 公安部, 《二〇二〇年全国姓名报告》."""
_NAME = re.compile(f"[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}(?<!色)")
_SEATS = re.compile(f"{_BODY}[^|]{{0,4}}{_POST}|{_HEAD}")
_PRAISE = re.compile("优秀|最美|先进|模范|十佳|最佳|标兵|明星|之星|好人|最满意|喜爱")


def election_in(*, text: str) -> str:
    """Return the first word or phrase that makes a vote an election, or an empty text.

    Blanks and dots between the characters hide none; a phrase ends with its clause.
    """
    said = [normalise(text=one).lower().translate(_SCRIPT) for one in _CLAUSE_ENDS.split(text)]
    clauses = _HARMLESS.sub("|", "|".join(_BETWEEN.sub("", one) for one in said if one))
    words = clauses.replace("|", "")
    for pattern, where in ((_WORDS, words), (_PHRASES, clauses), (_ENGLISH, " ".join(said))):
        if found := pattern.search(where):
            return found[0].strip("|")
    return ""


def seat_chosen_in(*, text: str, options: Sequence[str]) -> str:
    """Return the seat that people are put to the vote for, or an empty text.

    Where all options look like names of persons, and the text names a seat of a committee or of the
    party, it is an election whatever it is called. Who is praised takes no seat.
    """
    if len(options) < _PERSONS_LEAST or _PRAISE.search(text):
        return ""
    if not all(_NAME.fullmatch(_BETWEEN.sub("", one)) for one in options):
        return ""
    plain = _BETWEEN.sub("", normalise(text=text).translate(_SCRIPT))
    found = _SEATS.search(_HARMLESS.sub("|", plain))
    return found[0] if found else ""
