"""A small pack in the shape of 凌波社区: 26 estates, 3 large and 13 small grids, and no 街道."""

import json
from pathlib import Path

CODE = "350602999901"
WEST, SOUTH, STEP = 118.05, 24.40, 0.004


def _square(column: int, row: int) -> list[list[float]]:
    x, y = WEST + column * STEP, SOUTH + row * STEP
    return [[x, y], [x + STEP, y], [x + STEP, y + STEP], [x, y + STEP], [x, y]]


def _grid_codes() -> list[str]:
    return [
        f"{large:03d}{small:03d}"
        for large, many in ((1, 4), (2, 4), (3, 5))
        for small in range(1, many + 1)
    ]


def _territory() -> str:
    grids = _grid_codes()
    lines = [
        "above:",
        '  - {level: CITY, code: "3506", name: 漳州市}',
        '  - {level: DISTRICT, code: "350602", name: 示例开发区}',
        "community:",
        f'  code: "{CODE}"',
        "  name: 凌波社区",
        "maps: [grids.geojson]",
        "large_grids:",
        *(f'  - {{code: "{n:03d}", name: 第{n}大网格}}' for n in (1, 2, 3)),
        "grids:",
        *(f'  - {{code: "{code}", name: 网格{code}}}' for code in grids),
        "estates:",
    ]
    for number in range(26):
        place = number % len(grids)
        x, y = WEST + (place + 0.3) * STEP, SOUTH + (0.2 + 0.4 * (number // 13)) * STEP
        lines += [
            f"  - code: E{number + 1:02d}",
            f"    name: 小区{number + 1}",
            "    buildings:",
            f'      - {{code: "1", name: 1幢, grid: "{grids[place]}", storeys: 2, entrances: 1,'
            f" rooms: 2, point: [{x:.6f}, {y:.6f}]}}",
        ]
    lines += [
        "places:",
        f"  - {{code: gate, name: 东门, estate: E01, point: [{WEST + 0.001}, {SOUTH + 0.001}]}}",
        "posters:",
        "  - {place: gate}",
        "  - {entrance: E01/1/1}",
    ]
    return "\n".join(lines) + "\n"


def _grids() -> str:
    features = [
        {
            "type": "Feature",
            "properties": {"of": "grid", "code": code},
            "geometry": {"type": "Polygon", "coordinates": [_square(place, 0)]},
        }
        for place, code in enumerate(_grid_codes())
    ]
    inside = ",\n".join(json.dumps(one) for one in features)
    return f'{{"type": "FeatureCollection", "features": [\n{inside}\n]}}\n'


PACK = """\
format: 1
code: lingbo
name: 凌波社区
method:
  name: 四度工作法
  version: "1"
"""

ORGANISATIONS = """\
organisations:
  - {code: wuye, name: 示例物业, kind: PROPERTY_COMPANY, phone: 0596-6850001, serves: [E01, E02]}
  - {code: chengguan, name: 示例城管, kind: DEPARTMENT}
"""

PEOPLE = """\
people:
  - username: shuji
    name: 示例书记
    roles:
      - {role: SECRETARY, area: community, since: -100d}
  - username: ganshi
    name: 示例干事
    roles:
      - {role: STAFF, area: community, since: -100d}
  - username: wangge
    name: 示例网格员
    roles:
      - {role: GRID_WORKER, area: "001001", since: -100d}
  - username: shifu
    name: 示例师傅
    phone: "13800000009"
    roles:
      - {role: HANDLER, organisation: wuye, since: -100d}
duties:
  - {key: tonight, person: ganshi, area: community, starts: +0d 18:00, ends: +1d 08:00}
"""

MATTERS = """\
levels:
  - {name: 小事不出户, role: GRID_WORKER, limit: 2 WORKING_DAYS}
  - {name: 大事不出网, role: SECRETARY, limit: 10 WORKING_DAYS}
categories:
  - code: lamp
    name: 路灯
    kind: REQUEST
    words: [路灯]
    handler: PROPERTY_COMPANY
    conditions:
      - {code: usual, name: 不亮, limit: 3 WORKING_DAYS, rework: 1}
  - code: dispute
    name: 纠纷
    kind: DISPUTE
    conditions:
      - {code: usual, name: 调解, limit: 15 CALENDAR_DAYS, rework: 7}
  - code: care
    name: 关爱
    kind: REFERRAL
    conditions:
      - {code: usual, name: 上门, limit: 24 EMERGENCY_HOURS, rework: 12}
return_reasons:
  - {code: private-part, name: 专有部分}
"""

STORY = """\
matters:
  - key: lamp
    report:
      at: -5d 09:00
      channel: FIELD
      by: wangge
      category: lamp
      text: 东门路灯不亮，晚上看不清台阶。
      where: {place: gate}
    steps:
      - {do: accept, by: ganshi, at: -5d 09:30}
      - {do: dispatch, by: ganshi, at: -5d 09:40, organisation: wuye}
      - {do: take, by: shifu, at: -5d 10:00}
      - {do: resolve, by: shifu, at: -4d 10:00, note: 已换灯。}
      - {do: verify, by: ganshi, at: -4d 11:00}
      - {do: rate, by: wangge, at: -3d 09:00, solved: true, satisfaction: SATISFIED}
  - key: lamp-again
    report:
      at: -2d 09:00
      channel: WEB
      reporter: {name: 示例居民, phone: "13900000009"}
      category: lamp
      text: 单元门口的路灯又不亮了。
      where: {building: E01/1}
problem_lists:
  - {code: Q1, name: 问题清单, opened: -1d 09:00, by: ganshi, matters: [lamp, lamp-again]}
meetings:
  - key: week
    name: 每周碰头会
    held: -1d 10:00
    by: shuji
    items:
      - {matter: lamp-again, said: 请物业本周查线路。}
"""


def write_pack(folder: Path, **changed: str | None) -> Path:
    """Write the pack to a folder; ``people=None`` leaves that file out, a text replaces it."""
    texts: dict[str, str | None] = {
        "pack": PACK,
        "territory": _territory(),
        "organisations": ORGANISATIONS,
        "people": PEOPLE,
        "matters": MATTERS,
        "story": STORY,
        **changed,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "grids.geojson").write_text(_grids(), encoding="utf-8")
    for name, text in texts.items():
        path = folder / f"{name}.yaml"
        path.unlink(missing_ok=True)
        if text is not None:
            path.write_text(text, encoding="utf-8")
    return folder


def change(folder: Path, file: str, old: str, new: str) -> int:
    """Replace a text that stands once in a file, and return the line it stands in."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1
