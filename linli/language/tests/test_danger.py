"""What shows 110, 119 or 120 at once, and what must not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.language.danger import KINDS, emergency_kind

TOLD = {
    "DOMESTIC_VIOLENCE": [
        "我妈被我爸打住院了",
        "男朋友威胁我要杀了我",
        "孙子把奶奶推倒在地还踢她",
        "我被老公打了，不敢回家",
        "楼上男的又在家暴，女的一直哭",
        "邻居家儿子虐待老人，不给饭吃",
        "丈夫喝醉后殴打妻子",
        "302 两口子吵着吵着打起来了，摔东西",
        "我前夫拿刀砍我",
        "他昨晚又动手，老公打得我鼻子流血",
        "被老公打断了肋骨",
        "隔壁老人身上有伤，说是被儿子打的",
        "老公打我一个耳光",
        "My husband beats me every night",
        "I want to report domestic violence",
    ],
    "CHILD_HARM": [
        "女儿说爸爸喝多了就打她",
        "有个大人用皮带抽孩子",
        "像被大人打，哭了一晚上",
        "孩子失踪了，放学没回家",
        "学校有同学欺负我家孩子",
        "五楼家长天天打孩子，孩子哭得厉害",
        "有人虐待儿童",
        "孩子身上有好多淤青，不肯说怎么弄的",
        "幼儿园老师体罚幼儿",
        "放学路上学生被高年级的殴打",
        "把孩子锁在家里两天了",
        "小女孩被邻居猥亵",
        "门口有个陌生人抱走小孩",
        "垃圾房旁发现一名弃婴",
        "后妈用衣架打六岁的女儿",
        "The neighbour is hitting his child",
    ],
    "SUICIDE": [
        "有人要从12楼跳下来",
        "活着好累，想结束一切",
        "有人站在楼顶要跳楼",
        "我不想活了",
        "她在家里割腕，快来人",
        "老伴走后他总说活着没意思",
        "邻居喝了农药",
        "他留了遗书就出门了",
        "痛苦得想死",
        "我实在活不下去了",
        "I want to kill myself",
    ],
    "VIOLENCE": [
        "有人持刀砍人",
        "楼下有人抢劫",
        "A man with a knife is in the yard",
    ],
    "FIRE": [
        "阳台上的杂物烧着了",
        "楼上冒黑烟",
        "3号楼着火了",
        "楼道里电瓶车起火，快来人",
        "地下车库有浓烟",
        "厨房油锅烧起来了",
        "消防栓旁边的垃圾桶起火",
        "防盗门里着火，打不开",
        "居委会着火了",
        "楼下饭店着火了",
        "不小心着火了",
        "是不是着火了，快来看看",
        "五分钟之前着火了",
        "充电引发火灾",
        "没想到着火了",
        "家里着火没人救火",
        "怎么没有消防车来，着火了！",
        "可能着火了",
        "There is a fire in building 3",
    ],
    "GAS_LEAK": [
        "施工挖断燃气管了，一直往外喷气",
        "楼道里闻到很浓的煤气味",
        "燃气管道泄漏",
        "天然气罐漏气，嘶嘶响",
        "一家人煤气中毒了",
        "燃气报警器一直响",
        "I smell gas in the corridor",
    ],
    "MEDICAL": [
        "老头倒在地上没反应",
        "爷爷摔了一跤站不起来",
        "孕妇要生了",
        "独居老人三天没出门，敲门没人应",
        "有老人晕倒在电梯口",
        "独居老人摔倒起不来了",
        "突发心梗，快叫救护车",
        "有人不省人事",
        "小孩掉进水池了",
        "反家暴宣传活动上有人晕倒",
        "消防演练时一名大爷突然倒地",
        "家人打了120，老人没有呼吸",
        "有心脏病史的老人昏迷了",
        "十分钟以前晕倒的",
        "孩子误食药片",
        "An old man is unconscious, call an ambulance",
    ],
}

NOTHING = [
    "建议增设防坠楼护栏",
    "油烟太大，熏得喘不过气",
    "老人容易摔倒骨折，请修路面",
    "物业乱砍树",
    "",
    "🔥🔥🔥",
    "路灯坏了三天没人修",
    "周六上午消防演练，请居民参加",
    "反家暴宣传进社区",
    "《反家庭暴力法》学习材料",
    "预防家庭暴力讲座",
    "建议多办几次急救知识培训",
    "楼道堆物有火灾隐患",
    "电动车进楼充电容易引发火灾",
    "怕电线老化着火",
    "万一着火了消防车进不来",
    "电动车飞线充电会不会起火",
    "消防通道被堵",
    "火灾报警器坏了",
    "燃气报警器不响，没电了",
    "申请安装燃气泄漏报警器",
    "没有着火，是邻居做饭冒烟",
    "虚惊一场，不是火灾",
    "未发现煤气泄漏",
    "烧烤摊浓烟滚滚，油烟扰民",
    "晚上一起火锅聚餐",
    "站台上看着火车开走",
    "物业经理对业主发火",
    "超市跳楼价大甩卖，喇叭扰民",
    "孩子在楼道跳楼梯，声音太大",
    "我不想活动中心关门",
    "噪音吵得我想死，管管吧",
    "想死你们了，老邻居",
    "小店生意差活不下去了",
    "儿童防拐宣传和防性侵讲座",
    "打击拐卖儿童宣传栏掉了",
    "给孩子打疫苗在哪里",
    "带孩子打篮球的场地什么时候开",
    "孩子把钥匙锁在家里了",
    "小孩打架，家长要求调解",
    "风扇坏了，孩子睡不着",
    "老公打我电话打不通",
    "打妈妈电话没人接",
    "老公打扫卫生时弄坏水管",
    "家人打电话到居委会",
    "落水管漏水",
    "去年有人晕倒过，建议装扶手",
    "中风后遗症老人想申请护理床",
    "中风险地区返回要登记吗",
    "预防溺水提示牌倒了",
    "救护车进不来，消防通道被占",
    "气得我吐血，物业太差",
    "轮胎漏气，谁扎的",
    "Please announce the fire drill on Friday",
    "The fire extinguisher is missing",
    "A lecture against domestic violence: prevention",
]


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in TOLD.items() for text in texts]
)
def test_emergency_is_noticed(kind: str, text: str) -> None:
    assert emergency_kind(text=text) == kind


@pytest.mark.parametrize("text", NOTHING)
def test_everyday_report_is_no_emergency(text: str) -> None:
    assert emergency_kind(text=text) is None


def test_who_needs_protection_most_comes_first() -> None:
    assert emergency_kind(text="老公打我，还打孩子") == "CHILD_HARM"
    assert emergency_kind(text="她要开煤气自杀") == "SUICIDE"
    assert KINDS[:3] == ("CHILD_HARM", "SUICIDE", "DOMESTIC_VIOLENCE")


@given(st.sampled_from([text for texts in TOLD.values() for text in texts]))
def test_other_sentences_around_do_not_silence_it(text: str) -> None:
    assert emergency_kind(text=f"您好。{text}。谢谢，请尽快处理。") is not None
    assert emergency_kind(text=f"昨天消防演练办得好！\n{text}") is not None


@given(st.text())
def test_any_text_gets_an_answer(text: str) -> None:
    assert emergency_kind(text=text) in (None, *KINDS)
