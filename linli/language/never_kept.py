"""Notice what must never be kept: lists of persons that are others' to keep, and diagnoses.

Lists of persons under 社区矫正, 吸毒, 精神障碍, 稳控 or 信访 are never kept, nor is a diagnosis.
What help is needed is. Disability, age and hardship (残疾证, 失能, 大病救助), and what is offered
to everybody (两癌筛查), are the field's own words for what somebody may ask for: they pass.

Each function returns the first word found, as it was written, or an empty text. Blanks, dots and
letters of another width hide none. Words that only stand across others (家中风扇, 网上访问) pass.

Source: rules.md, “People”; own word lists, after the names that offices gave such lists.
"""

import re
from functools import lru_cache

from linli.language.normal import normalise

_JUSTICE = (
    "矫正", "社矫", "服刑", "刑满", "刑释", "缓刑", "假释", "监外执行", "取保候审", "安置帮教",
    "帮教(?:对象|人员)", "两劳(?!动)", "解教", "劳教人员", "前科人员", "有前科", "在押人员",
    "肇事肇祸", "communitycorrection",
)  # fmt: skip
_DRUGS = ("吸毒", "涉毒", "戒毒", "贩毒", "瘾君子", "drugaddict", "druguser")
_MIND = (
    "精神(?:障碍|病|疾|患|异常|失常|分裂|残疾)", "精障", "精防对象", "mentalillness",
    "mentallyill",
)  # fmt: skip
_PETITIONS = (
    "稳控(?!制)", "维稳", "(?<!微)信访(?!问|谈|客)", "(?<![网线晚早])上访(?!问|谈|客)", "缠访",
    "闹访", "越级访", "非访(?:人员|户|对象)", "进京访", "访民", "petitioner",
)  # fmt: skip
_SECTS = ("邪教", "法轮", "全能神")
_CLASSES = ("三类人员", "三失(?:一偏)?人员", "五类人员")
LISTS_NEVER_KEPT = (*_JUSTICE, *_DRUGS, *_MIND, *_PETITIONS, *_SECTS, *_CLASSES)
"""Patterns of names of lists that cannot be made."""

_WATCHED = ("重点(?:人员|人口)", "重点管控", "管控(?:对象|人员)", "高危人员")
"""What lists of persons under watch are called; 重点人群 are those helped first."""

_HEART_AND_BLOOD = (
    "高血压", "高血糖", "高血脂", "(?<!初)三高(?![中级层楼架速三0-9])", "糖尿病", "冠心病",
    "心脏病", "心梗", "心肌梗", "心衰", "心力衰竭", "脑梗", "卒中", "脑出血", "脑溢血", "偏瘫",
    "白血病", r"(?<![家其空集当])中风(?![扇险])", "尿毒症", "肾衰",
)  # fmt: skip
_GROWTHS_AND_INFECTIONS = (
    "癌", "肿瘤", "[甲乙丙]肝(?!胆)", "肝炎", "肝硬化", "肺结核", "结核病", "艾滋", "梅毒",
    "(?<![a-z])hiv(?![a-z])", "(?<![a-z])aids(?![a-z])",
)  # fmt: skip
_NERVES_AND_MIND = (
    "癫痫", "帕金森", "阿尔茨海默", "痴呆", "失智症", "抑郁", "焦虑症", "强迫症", "躁狂",
    "双相情感", "自闭症", "孤独症", "智力残疾", "智力障碍", "智障", "脑瘫", "唐氏综合", "渐冻",
)  # fmt: skip
_OTHERS = ("慢阻肺", "慢性阻塞性肺", "哮喘", "痛风(?!湿)", "类风湿", "红斑狼疮")
_IN_ENGLISH = (
    "diabetes", "diabetic", "hypertension", "dementia", "alzheimer", "parkinson", "epilep",
    "schizophren", "hepatitis", "tuberculosis", "cancer", "depression",
)  # fmt: skip
DIAGNOSES = (
    *_HEART_AND_BLOOD, *_GROWTHS_AND_INFECTIONS, *_NERVES_AND_MIND, *_OTHERS, *_IN_ENGLISH,
)  # fmt: skip
"""Patterns of a diagnosis, which is never written down."""

_MEDICAL = (
    "诊断", "病史", "病种", "病名", "疾病", "患病", "患有", "所患", "病情", "慢性病", "[何啥]种?病",
    "什么病", "diagnos",
)  # fmt: skip
_PARTY_COLUMNS = ("党费", "发展对象", "积极分子", "处分", "违纪")
_PARTY_QUESTIONS = ("党费", "发展对象", "入党积极分子", "党纪处分", "违纪")

# Written as it is spoken, to get past. Only whole syllables count: no English word has these.
_SYLLABLES = (
    "xin fang", "shang fang", "chan fang", "jiao zheng", "she jiao", "xi du", "jie du", "she du",
    "jing shen bing", "jing shen zhang ai", "jing zhang", "wei wen", "wen kong", "xing man",
    "fa lun gong", "xie jiao",
)  # fmt: skip
_SPOKEN = re.compile(
    r"(?<![a-z])(?:"
    + "|".join(one.replace(" ", r"[\W_]*") for one in _SYLLABLES)
    + r")(?=[\W_]*(?:ren|hu|dui|huan|zhe)|(?![a-z]))"
)

_ILL = f"(?:两癌|宫颈癌|乳腺癌|{'|'.join(DIAGNOSES)})"
_LISTED = f"(?:{'|'.join(LISTS_NEVER_KEPT)})"
# What everybody is offered or told, and what is no person: cut out before one looks.
_HARMLESS = re.compile(
    "(?:反|预防|防范|防治|防止|抵制|拒绝|远离|打击|禁止|严禁)(?:邪教|吸毒|涉毒|贩毒|毒品)(?!人|者|户)"
    f"|{_LISTED}(?:工作)?(?:法律|法规|条例|法(?!轮)|法治|知识|政策|宣传|普法|讲座)"
    f"|(?:防治|预防|防)?{_ILL}(?:的?(?:防治|预防|早期))?"
    "(?:筛查|早筛|普查|疫苗|义诊|讲座|宣传|知识|防治|预防|健康教育)"
    "|疾病(?:预防|防控|防治)"
)
_OF_EYES_AND_TEETH = re.compile(
    "(?:视力|牙齿|脊柱|骨骼|体态|姿势|坐姿|听力)矫正|矫正(?:鞋|镜|器|视力|牙)"
)
_DENIED = re.compile(
    "(?:不要|不得|不写|不填|不收|不问|不记|不登记|不采集|不收集|勿|无需)[^,.;。;!?\n]*"
)
_WORKER = re.compile(
    "(?:专干|干部|社工|志愿者|调解员|代办员|协理员|专员|辅导员|宣传员|信息员|监督员|联络员|接待员|引导员"
    "|医生|律师|民警|工作者|网格员)$"
)
_OF_PERSONS = re.compile("人员|患者|病人|对象|家属")
_INSTITUTION = re.compile(
    f"(?:{_LISTED}|{_ILL})[^,;、]{{0,8}}(?:局|医院|院|所|中心|办公室|办|科|处|站|支队|大队|协会|公司|学校)"
)

_BETWEEN = re.compile(r"[\W_]+")


def _any_of(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words))


_LISTS = _any_of(*LISTS_NEVER_KEPT)
_ILLNESSES = _any_of(*DIAGNOSES, *LISTS_NEVER_KEPT)
_NAMES = _any_of(*DIAGNOSES, *LISTS_NEVER_KEPT, *_WATCHED)
_COLUMNS = _any_of(*_MEDICAL, *_PARTY_COLUMNS, *DIAGNOSES, *LISTS_NEVER_KEPT)
_QUESTIONS = _any_of(*_MEDICAL, *_PARTY_QUESTIONS, *DIAGNOSES, *LISTS_NEVER_KEPT)


def list_never_kept_in(*, name: str) -> str:
    """Return which forbidden list a sheet, a title or a cell is of."""
    return _found(name, _LISTS) or _spoken(name)


def name_never_kept_in(*, name: str) -> str:
    """Return what forbids a name for persons: a group, an entitlement, a campaign, a form."""
    return _found(name, _NAMES) or _spoken(name)


def kind_never_kept_in(*, name: str) -> str:
    """Return what forbids a name for a kind of people; those who do the work may be named.

    信访代办员 and 社区矫正社工 are such; 社区矫正人员 is not.
    """
    plain = _plain(name)
    if _WORKER.search(plain) and not _OF_PERSONS.search(plain):
        return ""
    return name_never_kept_in(name=name)


def diagnosis_in(*, text: str) -> str:
    """Return the first word of a diagnosis, or of such a list, in what was written of somebody."""
    return _found(text, _ILLNESSES)


def column_never_kept_in(*, heading: str) -> str:
    """Return what in a heading names a column that is never kept."""
    found = _COLUMNS.search(_OF_EYES_AND_TEETH.sub("", _plain(heading)))
    return found[0] if found else ""


def question_never_kept_in(*, text: str) -> str:
    """Return what in a question, or in a choice of it, asks for what is never kept."""
    return _found(text, _QUESTIONS) or _spoken(text)


def note_never_kept_in(*, text: str) -> str:
    """Return what in a note or a hint is never kept; it may say that one shall not write it."""
    return question_never_kept_in(text=_DENIED.sub("", normalise(text=text)))


@lru_cache(maxsize=4096)  # a workbook says the same employers again and again
def label_never_kept_in(*, text: str) -> str:
    """Return what in a field as an employer is none; 戒毒所 and 信访局 employ people."""
    plain = _plain(text)
    return _found(_INSTITUTION.sub("", plain), _ILLNESSES) if plain else ""


def _found(text: str, words: re.Pattern[str]) -> str:
    plain = _HARMLESS.sub("", _OF_EYES_AND_TEETH.sub("", _plain(text)))
    found = words.search(plain)
    return found[0] if found else ""


def _spoken(text: str) -> str:
    if not any("a" <= letter <= "z" for letter in text.lower()):
        return ""
    found = _SPOKEN.search(normalise(text=text).lower())
    return found[0] if found else ""


def _plain(text: str) -> str:
    return _BETWEEN.sub("", normalise(text=text)).lower()
