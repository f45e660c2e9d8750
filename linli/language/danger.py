"""Notice that a report tells of an emergency, so that 110, 119 or 120 are shown at once.

Missing one is worse than a false alarm, so only plain reasons silence a match: a drill, a lesson or
a device by that name, a “no” right in front of it, and, for accidents, a “what if” or a past year.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from linli.language.normal import is_blank_text

# Everyday words that begin with 打 and hit nobody; 打120 is a call.
_HIT = (
    "打(?!(?:了|过|着|完)?(?:个|一个|几个)?(?:电话|手机|微信|招呼|车|球|牌|[0-9])"
    "|通|扫|工|的[去来到回]|麻将|针|疫苗|包|算|听|印|官司|水|饭|卡|折|游戏|太极|篮球|羽毛球|乒乓|交道|拼|开"
    "|赏|理|磨|鼓|气|击|造|发|动|扰|乱|湿|翻|碎|坏|药|农药|草|虫|蜡|桩|孔|钻|洞|地|样|票|架|闹|滚"
    "|盹|瞌睡|雷|雪仗|呼噜|喷嚏|不通|不开|响)"
)
_HARM = (
    f"(?:{_HIT}|殴|揍|掐|踢(?!球|毽|足|门)|踹(?!门)|砍(?!树|价)|捅(?!下水|马桶)"
    "|扇(?:耳光|巴掌|了)|虐待|毒打|家暴|施暴)"
)
_CHILD = (
    "(?:孩子|小孩|儿童|娃|婴儿|幼儿|女童|男童|学生|未成年|宝宝|闺女|女儿|孙子|孙女|小朋友"
    "|小女孩|小男孩)"
)
_PARTNER = (
    "(?:老公|丈夫|老婆|妻子|媳妇|男友|女友|男朋友|女朋友|前夫|前妻|爱人|对象|老伴|公公|婆婆|儿子"
    "|儿媳|女婿|家里人|家人|岳父|岳母)"
)
_ELDER = "(?:老人|父母|父亲|母亲|爸|妈|爹|娘|公婆|爷爷|奶奶|外公|外婆)"
_GAS = "(?:煤气|燃气|天然气|液化气|瓦斯)"

# Not emergencies by themselves. They are cut out, and what is left is read: at a talk against
# violence at home somebody may faint. Gaps are kept narrow, or 消防栓旁起火 would be cut too.
_HARMLESS = re.compile(
    "反(?:对)?(?:家庭暴力|家暴|虐待|欺凌|霸凌|拐卖|自杀)法?"
    "|(?:预防|防范|防止|防治|抵制|拒绝|杜绝|远离|打击|严禁|禁止|制止|(?<!消)防)(?:和|与)?"
    "(?:儿童|未成年人?|老年?人|青少年|学生|妇女|电动自?行?车|家庭|居家|夏季|冬季|被)?"
    "(?:家庭暴力|家暴|虐待|虐童|性侵害?|猥亵|欺凌|霸凌|拐卖|拐骗|自杀|轻生|火灾|着火|起火|爆炸"
    "|燃气泄漏|煤气泄漏|煤气中毒|一氧化碳中毒|溺水|触电|中风|心梗|猝死|晕倒|坠楼|食物中毒)"
    "|(?:家庭暴力|家暴|虐待|虐童|性侵|欺凌|霸凌|拐卖|自杀|消防|火灾|灭火|爆炸|泄漏|泄露|急救"
    "|心肺复苏|中毒|溺水|触电|中风|心梗|猝死|逃生|疏散)[一-龥]{0,6}?"
    "(?:演练|演习|宣传|讲座|培训|知识|普法|课堂|课程|预案|体验|竞赛|手册|海报|展板|案例|条例"
    "|隐患|保险|(?:报警器|报警系统|报警装置|报警按钮|探测器)(?![^不没误]{0,3}响))"
    "|(?:中风|脑溢血|脑出血|脑梗|心梗|癫痫|哮喘)的?(?:后遗症|病史|康复|筛查|病人|患者|偏瘫|多年)"
    "|跳楼(?:价|机|甩卖|大甩卖|梯)|自杀式|大火[锅车收炒炖煮蒸]|一起火锅|看着火[车锅箭]|爆炸[头性]"
    "|(?:信息|知识|数量)爆炸|不想活[动跃]|想死(?:你|我|他|她|大家|咱)了?|想死的心|轻生活|中风险|令人窒息"
    "|(?:热|累|困|忙|饿|笑|冷|吵|馋)得?(?:我|人)?(?:都|真)?(?:要|想)?死|落水[管口斗]"
    "|气得?(?:我|人)?(?:都|要|想)?吐血"
)

# Right in front of a match: it did not happen.
_DENIED = re.compile(
    "(?:没有|没|未|并未|并没有|(?<!是)不是|并非|(?<!会)不会|从未|从没|无|不存在|误以为|误报|排除)"
    "(?:任何|什么|再|有|人|真的|被|想|要|过|发生|出现|闻到|闻见|看到|看见|发现|遇到|是)*$"
)
# In front of a match in the same clause: it may happen, or did long ago. For accidents only: a
# threat or an old beating is worth a question. “Perhaps” (恐怕, 可能) tells of now.
_SUPPOSED = re.compile(
    "(?:(?<![害恐])怕(?!是)|担心|担忧|万一|如果|要是|假如|一旦|以防|以免|避免|(?<!不)小心|谨防|当心"
    "|容易|极易|会不会|差点|险些).{0,10}$"
    "|(?:(?:将|就|都|也|还|可能|迟早|早晚|总)会|可能)(?:引发|引起|导致|造成|发生)$"
    "|(?:将|就|都|也|还|可能|迟早|早晚|总)会$"
    "|(?:去年|前年|(?<!分钟)(?<!小时)(?:以前|之前)|曾经|当年|上个?月|上次|几年前|多年前).{0,12}$"
)
_URGENT = re.compile(r"救命|快来|快点来|正在|现在|已经|马上就|刚刚|刚才|赶紧|help", re.IGNORECASE)

_CLAUSE = re.compile(r"[\s,，.。!！?？;；:：、…~～\"“”‘()（）]+")
_SENTENCE = re.compile(r"[.!?;\n。！？；]+")


@dataclass(frozen=True, slots=True)
class _Kind:
    code: str
    chinese: re.Pattern[str]
    english: re.Pattern[str]
    # Whether a “what if” or a past year silences it.
    is_accident: bool
    # Other words in the clause that give the match an everyday meaning.
    unless: re.Pattern[str] | None = None


@lru_cache(maxsize=8)  # A report asks four times for the same text.
def emergency_kind(*, text: str) -> str | None:
    """Return the code of the emergency that `text` tells of, None if it seems to tell of none.

    Codes: see `KINDS`. Of several the first in that order is given: who is most in need of
    protection comes first. Chinese, and the plainest English.

    Source: own word lists; the duty to show and to report: rules.md, “Emergencies first”, after
    反家庭暴力法 §13–14 and 未成年人保护法 §11.
    """
    if is_blank_text(text=text):
        return None
    plain = text.replace("'", "").replace("’", "").lower()
    clauses = [part for whole in _CLAUSE.split(plain) for part in _HARMLESS.split(whole) if part]
    sentences = _SENTENCE.split(plain)
    is_urgent = _URGENT.search(plain) is not None
    for kind in _KINDS:
        if any(_tells(kind, clause, is_urgent=is_urgent) for clause in clauses):
            return kind.code
        if any(_tells_in_english(kind, sentence) for sentence in sentences):
            return kind.code
    return None


def _tells(kind: _Kind, clause: str, *, is_urgent: bool) -> bool:
    if kind.unless is not None and kind.unless.search(clause):
        return False
    for match in kind.chinese.finditer(clause):
        before = clause[: match.start()]
        is_supposed = kind.is_accident and not is_urgent and _SUPPOSED.search(before)
        if not is_supposed and not _DENIED.search(before):
            return True
    return False


def _tells_in_english(kind: _Kind, sentence: str) -> bool:
    match = kind.english.search(sentence)
    return match is not None and not _ENGLISH_HARMLESS.search(sentence)


_ENGLISH_HARMLESS = re.compile(
    r"\b(?:drill|prevention|prevent|campaign|training|workshop|lecture|lesson|extinguisher|poster"
    r"|detector|insurance|no fire|not a fire|no gas leak|false alarm|anti)\b"
)

_NEVER = re.compile(r"(?!)")

_KINDS = (
    _Kind(
        code="CHILD_HARM",
        chinese=re.compile(
            f"{_HARM}.{{0,4}}{_CHILD}(?!的?(?:电话|手机|疫苗))"
            "|(?:体罚|猥亵|性侵|侵犯|骚扰|遗弃|抛弃|拐走|拐卖|拐骗|抱走|打骂)"
            f".{{0,4}}{_CHILD}"
            f"|{_CHILD}.{{0,6}}(?:被|遭|挨).{{0,6}}"
            f"(?:{_HARM}|体罚|猥亵|性侵|侵犯|遗弃|拐|抱走)"
            f"|{_CHILD}.{{0,4}}(?:身|脸|胳膊|腿)上.{{0,6}}(?:伤|淤青|瘀青|青紫|血痕)"
            f"|{_CHILD}.{{0,4}}被.{{0,3}}(?:锁|关)在|(?:把|将){_CHILD}.{{0,4}}(?:锁|关)在"
            f"|(?:把|将){_CHILD}.{{0,4}}{_HARM}"
            f"|(?:用|拿).{{0,6}}[抽打烫扎戳].{{0,3}}{_CHILD}|{_CHILD}.{{0,6}}[哭喊]救命"
            f"|{_CHILD}.{{0,4}}(?:爸|妈|家长|大人|继父).{{0,8}}{_HARM}[她他]"
            f"|被(?:大人|家长|爸|妈|爸爸|妈妈|后妈|继父|继母|老师).{{0,4}}{_HARM}"
            f"|欺负.{{0,4}}{_CHILD}|{_CHILD}.{{0,6}}被.{{0,6}}欺负"
            f"|{_CHILD}.?(?:失踪|走丢|走失|不见了|找不到了)|隐私部位|私处|下体"
            "|虐童|拐卖|人贩子|弃婴|校园欺凌|霸凌"
        ),
        english=re.compile(
            r"child abuse|\b(?:hits?|hitting|beats?|beating|abus(?:es|ed|ing)|molest\w*)\b"
            r"(?: \w+){0,2} (?:child|children|kids?|baby|son|daughter)\b"
        ),
        is_accident=False,
        unless=re.compile("蚊子|虫子"),
    ),
    _Kind(
        code="SUICIDE",
        chinese=re.compile(
            "自杀|自尽|自残|自焚|割腕|轻生|上吊|寻短见|跳[楼河江桥湖]|要跳下|要从.{0,6}跳(?![槽绳])|想不开|不想活|活够了"
            "|活着(?:真|也)?没(?:有)?(?:什么|啥)?意[思义]|想死|喝了?(?:农药|百草枯)|服毒"
            "|[吃吞]了?.{0,6}安眠药|遗书|死了算了|一死了之|(?:结束|了结)(?:(?:自己|我|此生)?的?生命|一切)"
            "|坐在.{0,4}(?:楼顶|天台|窗台)边"
        ),
        english=re.compile(
            r"suicid|\bkill (?:myself|himself|herself)\b|\bend (?:my|his|her) life\b"
            r"|\bwants? to die\b|\bjump(?:ing)? off\b|\bno reason to live\b"
        ),
        is_accident=False,
    ),
    _Kind(
        code="SUICIDE",
        chinese=re.compile("活不下去"),
        english=_NEVER,
        is_accident=False,
        # Shops and trees say it too.
        unless=re.compile("店|生意|企业|公司|商户|树|花|草|鱼|绿植"),
    ),
    _Kind(
        code="DOMESTIC_VIOLENCE",
        chinese=re.compile(
            f"家暴|家庭暴力|{_PARTNER}.{{0,8}}(?:(?:{_HIT}|揍|掐|踢|踹|砍|捅)[我她他人老了得伤死]"
            "|殴打|暴打|毒打|动手打|动刀|施暴|拳打脚踢|虐待)"
            f"|被[我她他]?的?{_PARTNER}.{{0,6}}{_HARM}"
            f"|{_HARM}(?:我|自己|他|她)?的?(?:{_PARTNER}|{_ELDER})"
            "(?![妈爸爷奶]?的?(?:电话|手机|牌|机|球))"
            "|(?:夫妻|两口子|夫妇).{0,8}(?:打架|打起来|动手|动刀)"
            f"|{_ELDER}.{{0,6}}被.{{0,6}}{_HARM}|把{_ELDER}.{{0,3}}(?:推倒|推搡|{_HARM})"
            f"|{_PARTNER}.{{0,6}}(?:威胁|扬言|说要).{{0,4}}(?:杀|弄死|砍)"
        ),
        english=re.compile(
            r"domestic (?:violence|abuse)|\b(?:husband|wife|boyfriend|girlfriend|partner|spouse)\b"
            r"(?: \w+){0,2} (?:hits?|hitting|beats?|beating|chok\w+|abus\w+|threaten\w*)\b"
        ),
        is_accident=False,
        unless=re.compile("打[我他她]的?(?:电话|手机|微信)"),
    ),
    _Kind(
        code="VIOLENCE",
        chinese=re.compile(
            "持刀|持械|行凶|抢劫|绑架|杀人|[拿提举]着?.{0,2}刀.{0,4}[砍捅杀追]|[砍捅][人了死伤](?!价)"
            "|(?:杀|弄死|砍死|打死)了?我"
        ),
        english=re.compile(r"\bstabb\w+|\bwith a (?:knife|gun)\b|\brobb(?:ed|ery)\b|\bkidnap\w*"),
        is_accident=False,
        unless=re.compile("[砍]了?.{0,3}树|蚊|菜刀店|磨刀"),
    ),
    _Kind(
        code="GAS_LEAK",
        chinese=re.compile(
            f"{_GAS}.{{0,6}}(?:泄漏|泄露|漏气|漏了|在漏|跑气)|漏{_GAS}|{_GAS}的?臭?味"
            f"|(?:闻到|闻见|一股).{{0,8}}(?:{_GAS}|臭鸡蛋)|{_GAS}中毒|一氧化碳中毒"
            f"|{_GAS}罐?.{{0,4}}嘶嘶|{_GAS}管.{{0,3}}[断破裂]|[挖碰撞]断.{{0,4}}{_GAS}"
            f"|{_GAS}报警器?[^不没误]{{0,3}}响"
        ),
        english=re.compile(r"\bgas (?:is )?leak|\bsmells? (?:of |like )?gas\b|\bleaking gas\b"),
        is_accident=True,
    ),
    _Kind(
        code="FIRE",
        chinese=re.compile(
            "着火|(?<![发一])起火|失火|火灾|(?<![发上])大火|火情|走水了|[烧燃]起来|[烧燃]着了|冒火花|自燃|燃爆|爆炸|火势"
            "|[冒蹿窜]出?(?:明火|火苗)|(?:没人|来人|快来?)救火|(?:烟感|烟雾)报警器?[^不没误]{0,3}响"
        ),
        english=re.compile(
            r"\b(?:is|are|caught) (?:on )?fire\b|\bfire in\b|\btheres (?:a )?fire\b"
            r"|\bhouse fire\b|\bexplosion\b|^\s*fire\s*$"
        ),
        is_accident=True,
    ),
    _Kind(
        code="FIRE",
        chinese=re.compile("浓烟|冒黑烟|焦糊味.{0,4}烟"),
        english=_NEVER,
        is_accident=True,
        # A grill's smoke is a nuisance.
        unless=re.compile("烧烤|油烟|排烟|烟囱|尾气|烧纸"),
    ),
    _Kind(
        code="MEDICAL",
        chinese=re.compile(
            "晕倒|昏倒|晕过去|昏过去|昏迷|不省人事|没有?了?(?:呼吸|心跳)|心跳骤停|突发疾病|突然倒地"
            "|(?:突发|急性|疑似).{0,2}(?:心梗|心肌梗死|心脏病|脑梗|脑出血|中风)|脑溢血|中风了"
            "|(?:心梗|心脏病|癫痫|哮喘).{0,4}(?:犯了|发作|倒地)|抽搐|口吐白沫|大出血|流血不止|血流不止"
            "|吐血|休克|猝死|噎[住着]|卡住(?:喉咙|气管)|触电|溺水|落水"
            "|掉[进到入]了?[河水井湖池]|坠楼|从楼上[掉摔]下|食物中毒|误服|误食"
            "|摔.{0,8}(?:起不来|动不了|不能动|站不起|骨折|昏|出血)"
            "|倒.{0,6}(?:没有?反应|一动不动|叫不醒)|(?:孕妇|产妇|老婆|快).{0,2}要生了|羊水破"
            "|(?:老人|独居|大爷|大妈|奶奶|爷爷).{0,6}天没(?:出门|露面|下楼)"
            "|[叫要喊派拨打](?:个|一?辆|了)?(?:救护车|120)"
        ),
        english=re.compile(
            r"\bunconscious\b|\bnot breathing\b|\bcant breathe\b|\bheart attack\b|\bstroke\b"
            r"|\bambulance\b|\bcollapsed\b|\bbleeding (?:heavily|badly)\b|\bdrowning\b|\bfainted\b"
        ),
        is_accident=True,
    ),
    _Kind(
        code="MEDICAL",
        chinese=re.compile("呼吸困难|喘不[上过]气|窒息"),
        english=_NEVER,
        is_accident=True,
        # So do neighbours of a kitchen, but they mean its smell.
        unless=re.compile("油烟|烟味|气味|异味|味道|臭|熏|烧烤"),
    ),
)

KINDS = tuple(dict.fromkeys(kind.code for kind in _KINDS))
