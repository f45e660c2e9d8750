"""What is never kept, and what only looks like it: both sides by example."""

import pytest

from linli.language import never_kept

HELP_FINE = (
    "需要陪同就医", "行动不便", "独居", "失能照护", "量血压", "需要有人代取药、买菜",
    "上下楼要人扶", "需要有人教用手机", "失能失智老人照护", "视力不好，需要读信",
    "听力不好，请大声敲门", "家中风扇坏了，需要修", "需要视力矫正眼镜",
    "初三高三学生需要课业辅导", "教老人网上访问医院网站", "教用微信访问社区平台",
    "每天测血糖后报平安", "卧床，需要翻身", "术后需要送饭", "需要轮椅", "残疾证换证需要代办",
    "需要陪同去打乙肝疫苗", "陪同参加两癌筛查", "孩子放学后无人照看",
    "家里两劳动力外出，老人无人照看", "需要代缴水电费", "想有人聊天，心情不好",
    "不识字，需要代写", "住七楼，没有电梯", "出院后需要康复陪伴", "吃药要人提醒",
    "低保年审需要代办", "头痛风湿腿，走不远", "血压平稳控制，按月送药", "精神慰藉",
    "需要心理疏导",
)  # fmt: skip
HELP_NOT = (
    "患有糖尿病", "癌 症晚期", "精神分裂", "需要陪护，中风后", "老年性痴呆", "乙肝",
    "脑卒中后遗症", "HIV阳性", "ｈｉｖ 阳性", "抑郁", "慢阻肺", "三高", "有三高，要送药",
    "正在社区服刑", "缓刑期间", "阿尔茨海默", "帕金森", "高血压", "冠·心·病", "尿毒症透析",
    "肺癌术后", "智力残疾", "精神残疾二级", "自闭症", "脑瘫", "戒毒康复中", "刑满释放不久",
    "常年上访", "法轮功练习者", "精障", "两劳释放", "假释中", "哮喘", "痛风", "脑出血", "艾滋",
    "has diabetes", "dementia",
)  # fmt: skip


@pytest.mark.parametrize("words", HELP_FINE)
def test_a_sentence_of_help_passes(words):
    assert never_kept.diagnosis_in(text=words) == ""


@pytest.mark.parametrize("words", HELP_NOT)
def test_a_diagnosis_is_noticed(words):
    assert never_kept.diagnosis_in(text=words)


NAMES_FINE = (
    "困难家庭", "独居老人", "困境和留守儿童", "残疾人", "失独家庭", "重点关爱对象", "重点人群",
    "高龄老人", "失能失智老人", "残疾人两项补贴", "困难残疾人生活补贴", "重度残疾人护理补贴",
    "残疾证", "高龄津贴", "大病救助", "优抚对象", "低保家庭", "两癌筛查", "免费乙肝疫苗",
    "反邪教宣传", "禁毒宣传入户", "拒绝吸毒宣传周", "糖尿病筛查", "高血压义诊", "信访条例宣传",
    "社区矫正法宣传", "冬季敲门行动", "集中风险排查", "青少年视力矫正补贴", "微信访客登记",
    "网上访谈", "老年人健康体检", "空巢老人走访", "第三高级中学家属区走访", "新就业群体",
    "Winter visits",
)  # fmt: skip
NAMES_NOT = (
    "社区矫正对象", "吸毒人员", "精神障碍患者", "稳控人员", "信访重点人", "信 访户", "信·访",
    "刑满释放", "ＡＡ稳控", "社矫人员", "精障", "缠访", "两劳人员", "法轮功", "三类人员",
    "重点人员", "重点人口", "社区矫正人员", "精神病人补贴", "吸毒人员和精神障碍患者走访",
    "糖尿病患者", "三高人群", "涉毒家庭", "xinfang", "Xin Fang 户", "xinfanghu", "xidu人员",
    "精神疾病", "缓刑假释人员", "越级访", "闹访户", "肇事肇祸", "三失人员", "安置帮教对象",
    "吸毒人员宣传教育", "反邪教对象里的法轮功", "drug users",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES_FINE)
def test_a_name_of_the_field_passes(name):
    assert never_kept.name_never_kept_in(name=name) == ""


@pytest.mark.parametrize("name", NAMES_NOT)
def test_a_list_by_any_name_is_noticed(name):
    assert never_kept.name_never_kept_in(name=name)


@pytest.mark.parametrize(
    "name", ["信访代办员", "社区矫正社工", "精防医生", "居民骨干", "政法网格员"]
)
def test_who_does_the_work_may_be_named(name):
    assert never_kept.kind_never_kept_in(name=name) == ""


@pytest.mark.parametrize("name", ["社区矫正人员", "信访户", "吸毒人员志愿者", "精神障碍患者联络员"])
def test_whom_the_work_is_about_may_not(name):
    assert never_kept.kind_never_kept_in(name=name)


@pytest.mark.parametrize(
    "text",
    [
        "家里有老人吗", "需要量血压吗", "是否持有残疾证", "是否愿意做文体活动积极分子",
        "是否需要陪同就医", "是否参加过反邪教宣传", "身体状况", "需要什么帮助", "Any elder?",
    ],
)  # fmt: skip
def test_a_question_at_the_door_passes(text):
    assert never_kept.question_never_kept_in(text=text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "患有何种疾病", "精神病诊断", "是否吸毒人员", "得了什么病", "有无慢性病", "既往病史",
        "有无高血压", "是否信访户", "是否在社区矫正", "是否缴纳党费", "Diagnosis",
    ],
)  # fmt: skip
def test_a_question_for_what_is_never_kept_is_noticed(text):
    assert never_kept.question_never_kept_in(text=text)


def test_a_hint_may_say_what_not_to_write():
    assert never_kept.note_never_kept_in(text="写需要什么帮助，不写疾病诊断。") == ""
    assert never_kept.note_never_kept_in(text="不写电话。写疾病诊断")


@pytest.mark.parametrize(
    "text",
    [
        "铁路局",
        "区信访局",
        "市精神病院",
        "社区矫正中心",
        "省戒毒所",
        "肿瘤医院",
        "",
        "小店",
        "退休",
    ],
)
def test_an_employer_passes(text):
    assert never_kept.label_never_kept_in(text=text) == ""


@pytest.mark.parametrize(
    "text", ["社区矫正对象", "吸毒", "精神病", "信访户", "刑满释放人员", "糖尿病"]
)
def test_what_stands_for_an_employer_is_noticed(text):
    assert never_kept.label_never_kept_in(text=text)
