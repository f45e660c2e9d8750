"""What a register is that comes and goes as a spreadsheet, and those of people and households.

The other registers stand in modules of their own; `catalogue` lists all of them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from linli.core.sheets import plain_heading
from linli.people.personal import LABEL_LENGTH_MAX, NAME_LENGTH_MAX


class Kind(StrEnum):
    """What the cells of a column hold."""

    TEXT = "TEXT"
    DATE = "DATE"
    CHOICE = "CHOICE"
    NUMBER = "NUMBER"  # of a paper or telephone: digits that are a name, not a quantity


class Doors(StrEnum):
    """What the door that a row names is to a register."""

    NEEDED = "NEEDED"  # every row stands behind one
    HELPFUL = "HELPFUL"  # it helps to tell who is meant
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `heading` is written, `also` are understood; `words` lead to a choice's codes."""

    key: str
    heading: str
    also: tuple[str, ...] = ()
    kind: Kind = Kind.TEXT
    limit: int = LABEL_LENGTH_MAX
    required: bool = False
    words: Mapping[str, str] = field(default_factory=dict)
    example: str = ""
    note: str = ""
    width: int = 14


@dataclass(frozen=True, slots=True)
class Register:
    """One register: its code and title, and its columns in the order of the template.

    `not_kept` are headings that offices have in such a list and this register has no column for.
    """

    code: str
    title: str
    columns: tuple[Column, ...]
    is_of_people: bool = True  # each row is a person; otherwise a door or an organisation
    doors: Doors = Doors.NEEDED
    unit: str = "人"  # what a row is, in the template
    not_kept: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()  # what the template says besides
    refuses_columns: bool = True  # of what must not be kept; else such a column is left out
    spread: str = ""  # how the keys of columns begin that each hold people of one kind

    def column(self, *, key: str) -> Column:
        """Return the column of this key."""
        return next(one for one in self.columns if one.key == key)

    @property
    def is_named(self) -> bool:
        """Tell whether its rows have names; a door has none."""
        return any(one.key == "name" for one in self.columns)

    def needed_among(self, *, there: Collection[str]) -> set[str]:
        """Return the columns that a file must have which has those in `there`."""
        needed = {one.key for one in self.columns if one.required}
        is_spread = self.spread and any(key.startswith(self.spread) for key in there)
        return needed - {"name", "kind"} if is_spread else needed

    @property
    def headings(self) -> Mapping[str, str]:
        """Return which column each known heading is, plainly written."""
        known: dict[str, str] = {}
        for column in self.columns:
            known.setdefault(plain_heading(column.heading), column.key)
        for column in self.columns:
            for name in column.also:
                known.setdefault(plain_heading(name), column.key)
        return known


ADDRESS, ESTATE, BUILDING, ENTRANCE, ROOM = "address", "estate", "building", "entrance", "room"
DOOR = (ADDRESS, ESTATE, BUILDING, ENTRANCE, ROOM)
"""The columns that name a door: one address, or its parts."""

FAULTS_HEADING = "错误原因"
"""Under which the wrong rows that are handed back say what is wrong."""

PASSED_OVER = frozenset({"序号", "编号", "行号", "no", "no.", FAULTS_HEADING})
"""Headings that number the rows of a paper and mean nothing else."""


DOOR_COLUMNS = (
    Column(
        ADDRESS,
        "住址",
        (
            "地址",
            "详细地址",
            "家庭住址",
            "居住地址",
            "现住址",
            "现居住地址",
            "房屋地址",
            "居住地",
            "门牌地址",
            "家庭地址",
            "住宅地址",
            "房屋坐落",
            "详细住址",
            "家庭详细住址",
            "家庭详细地址",
            "居住详细地址",
            "现居住详细地址",
            "实际居住地",
            "实际居住地址",
            "现住地址",
            "现居住地",
            "常住地址",
        ),
        limit=120,
        example="翠园3幢2单元501",
        note="小区、楼栋、单元、室号写在一格；也可以不填本列，改填后面四列。",
        width=28,
    ),
    Column(ESTATE, "小区", ("小区名称", "所属小区", "楼盘", "苑"), example="翠园"),
    Column(BUILDING, "楼栋", ("幢", "栋", "楼号", "幢号", "栋号", "楼幢", "楼栋号"), example="3幢"),
    Column(
        ENTRANCE, "单元", ("单元号", "梯", "楼道"), example="2单元", note="只有一个单元的可不填。"
    ),
    Column(ROOM, "室号", ("房号", "门牌", "门牌号", "房间号", "室", "房室"), example="501"),
)

_RELATIONS = {
    "HEAD": "户主 本人 户主本人",
    "SPOUSE": "配偶 夫 妻 丈夫 妻子 爱人 夫妻",
    "CHILD": "子女 子 女 儿子 女儿 长子 次子 三子 长女 次女 三女 独生子 独生女 之子 之女 养子 养女 "
    "继子 继女",
    "PARENT": "父母 父 母 父亲 母亲 公公 婆婆 岳父 岳母 公婆 岳父母 之父 之母",
    "GRANDCHILD": "孙辈 孙子 孙女 外孙 外孙子 外孙女 孙",
    "GRANDPARENT": "祖辈 祖父 祖母 外祖父 外祖母 爷爷 奶奶 外公 外婆 姥姥 姥爷",
    "SIBLING": "兄弟姐妹 兄 弟 姐 妹 哥哥 弟弟 姐姐 妹妹 兄弟 姐妹",
    "TENANT": "租户 租客 承租人 租住 租赁",
    "CARER": "照护人 保姆 护工 住家保姆 照料人",
    "OTHER": "其他 其它 儿媳 女婿 媳妇 亲属 其他亲属 非亲属 侄子 侄女 外甥 外甥女 朋友 同住 合租",
}


def by_word(words: Mapping[str, str]) -> dict[str, str]:
    """Return which code each word means; `words` are those of each code, blanks between them."""
    return {word: code for code, said in words.items() for word in said.split()}


NAME = Column(
    "name",
    "姓名",
    ("居民姓名", "名字", "成员姓名", "人员姓名", "户主姓名", "家庭成员"),
    limit=NAME_LENGTH_MAX,
    required=True,
    example="张三",
)
ID_NUMBER = Column(
    "id_number",
    "身份证号",
    ("身份证", "身份证号码", "公民身份号码", "证件号", "证件号码", "公民身份证号码"),
    Kind.NUMBER,
    limit=30,
    example="11010519491231002X",
    note="请保持文本格式。填了身份证号，出生日期和性别可不填。",
    width=22,
)
PHONE = Column(
    "phone",
    "联系电话",
    ("电话", "手机", "手机号", "手机号码", "联系方式", "电话号码", "联系号码"),
    Kind.NUMBER,
    limit=40,
    example="13800138000",
    width=16,
)

RESIDENTS = Register(
    "RESIDENTS",
    "居民",
    (
        NAME,
        *DOOR_COLUMNS,
        Column(
            "relation",
            "与户主关系",
            ("关系", "户主关系", "与户主的关系", "家庭关系", "与房主关系"),
            Kind.CHOICE,
            words=by_word(_RELATIONS),
            example="户主",
            note="户主、配偶、子女、父母、孙辈、祖辈、兄弟姐妹、租户、照护人、其他",
        ),
        ID_NUMBER,
        Column(
            "id_kind",
            "证件类型",
            ("证件种类", "证件类别"),
            Kind.CHOICE,
            words=by_word(
                {
                    "ID_CARD": "身份证 居民身份证 二代身份证",
                    "PASSPORT": "护照",
                    "PERMIT": "港澳台居民居住证 港澳居民来往内地通行证 台湾居民来往大陆通行证 "
                    "回乡证 台胞证 外国人永久居留身份证 通行证",
                    "OTHER": "其他 其他证件",
                }
            ),
            note="不填即为身份证。",
        ),
        PHONE,
        Column(
            "sex",
            "性别",
            kind=Kind.CHOICE,
            words=by_word({"MALE": "男 男性 1 M m", "FEMALE": "女 女性 2 F f"}),
            example="女",
        ),
        Column(
            "birth_date",
            "出生日期",
            ("出生年月", "出生年月日", "生日", "出生", "出生时间"),
            Kind.DATE,
            example="1949-12-31",
        ),
        Column(
            "registration",
            "户籍情况",
            ("户籍", "户籍类型", "户籍类别", "人口类型", "人户情况", "是否户籍", "人口类别"),
            Kind.CHOICE,
            words=by_word(
                {
                    "HERE": "本地 户籍 本社区 本地户籍 户籍人口 常住户籍 户籍在本地 人户一致 是 "
                    "户籍在本社区",
                    "ELSEWHERE": "外地 非户籍 流动 流动人口 外来 外来人口 非本地户籍 户籍不在本地 "
                    "否 户籍在外 户籍不在本社区",
                }
            ),
            example="户籍在本社区",
            note="户籍在本社区、户籍不在本社区",
        ),
        Column("employer", "工作单位", ("单位", "服务处所", "所在单位", "就业单位"), width=20),
        Column("languages", "语言", ("语种", "使用语言"), note="不讲普通话的才填。"),
        Column(
            "consented_on",
            "同意登记日期",
            ("同意日期", "本人同意日期"),
            Kind.DATE,
            note="本人同意登记的日期。",
        ),
        Column(
            "guardian_consented_on",
            "监护人同意日期",
            (),
            Kind.DATE,
            note="不满十四周岁的，监护人同意登记的日期。",
            width=18,
        ),
    ),
    refuses_columns=False,
)

HOUSEHOLDS = Register(
    "HOUSEHOLDS",
    "住户",
    (
        *DOOR_COLUMNS,
        Column(
            "status",
            "居住状态",
            (
                "居住情况",
                "房屋状态",
                "住房状态",
                "使用情况",
                "房屋用途",
                "居住类型",
                "入住情况",
                "居住状况",
                "入住状况",
                "住户状况",
            ),
            Kind.CHOICE,
            words=by_word(
                {
                    "LIVES_HERE": "在住 自住 常住 居住 入住 已入住",
                    "LIVES_ELSEWHERE": "人户分离 住别处 不在此住 空挂 外住",
                    "VACANT": "空置 空 空房 空关 无人居住 未入住 闲置",
                    "LET": "出租 租赁 出租房 已出租",
                    "UNKNOWN": "待核实 不详 未知 未走访",
                }
            ),
            example="在住",
            note="在住、人户分离、空置、出租、待核实；不填即为待核实。",
        ),
        Column("employer", "所属单位", ("单位", "工作单位", "产权单位"), width=20),
        Column("from_date", "入住日期", ("入住时间", "起始日期", "交付日期"), Kind.DATE),
    ),
    is_of_people=False,
    unit="户",
    not_kept=frozenset(
        {
            "户主",
            "户主姓名",
            "人口数",
            "人数",
            "家庭人口",
            "面积",
            "建筑面积",
            "房屋面积",
            "户型",
            "备注",
        }
    ),
    refuses_columns=False,
)
