"""What people write: short Chinese reports, put together from parts so that no two are equal."""

from dataclasses import dataclass
from random import Random

from linli.core.clocks import Clock
from linli.matters.workflow import Kind


@dataclass(frozen=True, slots=True)
class Theme:
    """One category: its weight among all reports, its limit, and the sentences of its reports."""

    code: str
    name: str
    kind: Kind
    weight: int
    clock: Clock
    amount: int
    words: tuple[str, ...]
    sentences: tuple[str, ...]
    handler_kind: str = "PROPERTY_COMPANY"


_DAYS, _HOURS = Clock.WORKING_DAYS, Clock.WORKING_HOURS

THEMES = (
    Theme("lamp", "路灯楼道灯", Kind.REQUEST, 14, _DAYS, 3, ("路灯", "楼道灯"),
          ("路灯不亮", "楼道声控灯坏了", "车棚照明一闪一闪", "整条小路黑漆漆的")),
    Theme("lift", "电梯运行", Kind.REQUEST, 10, _HOURS, 8, ("电梯", "停梯"),
          ("电梯停了没人修", "电梯按钮失灵", "电梯运行有异响", "电梯关门夹人")),
    Theme("leak", "房屋渗漏", Kind.REQUEST, 10, _DAYS, 10, ("漏水", "渗水"),
          ("屋面漏水", "外墙渗水到卧室", "楼上卫生间往下滴水", "地下室返潮积水")),
    Theme("drain", "下水道", Kind.REQUEST, 8, _DAYS, 2, ("下水道", "堵"),
          ("下水道堵了往外冒", "窨井盖松动", "雨水篦子堵住积水")),
    Theme("waste", "垃圾清运", Kind.REQUEST, 12, _HOURS, 8, ("垃圾", "清运"),
          ("垃圾桶满了没清运", "建筑垃圾堆在门口", "垃圾房味道很大", "有人乱扔装修垃圾")),
    Theme("parking", "停车秩序", Kind.PUBLIC_ORDER, 14, _HOURS, 8, ("停车", "消防通道"),
          ("消防通道停满车", "有车堵住单元门", "外来车辆乱停", "占用残疾人车位")),
    Theme("charging", "电动车充电", Kind.HAZARD, 7, Clock.EMERGENCY_HOURS, 24, ("电动车", "飞线"),
          ("电动车飞线充电", "电瓶车推上楼充电", "充电桩坏了")),
    Theme("green", "绿化养护", Kind.REQUEST, 6, _DAYS, 5, ("绿化", "树"),
          ("树枝挡住窗户", "绿化带里种菜", "大树要倒了", "草坪没人剪")),
    Theme("noise", "噪声纠纷", Kind.DISPUTE, 7, _DAYS, 10, ("噪音", "吵"),
          ("楼上半夜吵闹", "广场舞声音太大", "装修噪音不按时间"), ""),
    Theme("pets", "养犬管理", Kind.PUBLIC_ORDER, 5, _DAYS, 3, ("狗", "遛狗"),
          ("遛狗不牵绳", "狗粪没人捡", "流浪狗追小孩")),
    Theme("policy", "政策咨询", Kind.POLICY_QUESTION, 5, _HOURS, 4, ("政策", "咨询"),
          ("咨询高龄津贴怎么办", "医保怎么转", "加装电梯政策咨询"), "COMMUNITY_OFFICE"),
    Theme("care", "特殊群体转介", Kind.REFERRAL, 2, Clock.CALENDAR_DAYS, 5, (),
          ("独居老人几天没出门", "邻居家孩子无人照看"), "COMMUNITY_OFFICE"),
)  # fmt: skip
"""Categories of a community, by how often people bring them in."""

WEIGHTS = tuple(theme.weight for theme in THEMES)

_SINCE = ("从昨晚开始", "已经三天了", "上周就这样", "今天早上发现", "反映过一次", "一直没人管",
          "快一个月了", "刚刚看到", "下雨以后", "每天晚上")  # fmt: skip
_ASKS = ("请尽快处理", "麻烦派人看一下", "希望物业给个说法", "老人小孩走路不方便", "存在安全隐患",
         "请社区协调", "谢谢", "盼回复", "晚上根本没法走", "大家都有意见")  # fmt: skip
_SPOTS = ("东侧", "西侧", "门口", "北面花坛旁", "车库入口", "二楼平台", "楼梯间", "围墙边", "",
          "南门岗亭旁", "快递柜旁", "健身器材旁")  # fmt: skip

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华建文玉兰春"
ESTATES = ("翠园", "桂苑", "锦绣花园", "春江里", "阳光新村", "和平里", "金色家园", "海棠苑",
           "凤凰城", "书香门第")  # fmt: skip


def report_of(*, random: Random, theme: Theme, where: str) -> str:
    """Return what somebody writes of a theme, such as “3幢东侧路灯不亮，已经三天了，盼回复。”"""
    choose = random.choice
    return f"{where}{choose(_SPOTS)}{choose(theme.sentences)}，{choose(_SINCE)}，{choose(_ASKS)}。"


def person(*, random: Random) -> str:
    """Return a name."""
    return random.choice(SURNAMES) + "".join(random.choices(GIVEN, k=random.choice((1, 2, 2))))


def phone(*, random: Random) -> str:
    """Return a mobile number from a range that nobody uses."""
    return f"199{random.randrange(10**8):08d}"
