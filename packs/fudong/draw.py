"""Draw the demo's photos: flat pictures of our own, so that the pack shows no real place or person.

Run it from the repository's root: ``.venv/bin/python packs/fudong/draw.py``. The pictures it
writes to ``photos/`` are committed; loading the pack needs only those.
"""

import math
import random
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 880, 640
SCALE = 2  # Drawn twice as large and made smaller, which smooths the edges.
FOLDER = Path(__file__).parent / "photos"

Colour = tuple[int, int, int]
SKY, DUSK, NIGHT = (205, 226, 238), (245, 214, 186), (38, 46, 72)
WALL, WALL_SHADE, WINDOW = (226, 214, 196), (205, 192, 173), (150, 178, 194)
PATH, KERB, ASPHALT = (196, 192, 184), (160, 156, 148), (104, 108, 116)
LEAF, LEAF_DARK, LEAF_LIGHT, GRASS = (86, 138, 84), (64, 110, 68), (122, 168, 104), (148, 182, 116)
RED, YELLOW, BLUE, WHITE, INK = (
    (200, 68, 62),
    (240, 190, 70),
    (72, 118, 176),
    (248, 246, 240),
    (58, 60, 66),
)
STEEL, STEEL_DARK, WOOD = (168, 176, 184), (116, 124, 134), (168, 128, 88)


class Sheet:
    """A picture under the brush, in units of the finished size."""

    def __init__(self, background: Colour) -> None:
        self.image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), background)
        self.draw = ImageDraw.Draw(self.image)
        self.random = random.Random(7)

    @staticmethod
    def _up(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return [(x * SCALE, y * SCALE) for x, y in points]

    def box(self, x: float, y: float, w: float, h: float, fill: Colour, *, r: float = 0) -> None:
        """Fill a box, with round corners if `r` says so."""
        corners = [x * SCALE, y * SCALE, (x + w) * SCALE, (y + h) * SCALE]
        self.draw.rounded_rectangle(corners, radius=r * SCALE, fill=fill)

    def shape(self, points: list[tuple[float, float]], fill: Colour) -> None:
        """Fill a polygon."""
        self.draw.polygon(self._up(points), fill=fill)

    def disc(self, x: float, y: float, r: float, fill: Colour, *, ry: float | None = None) -> None:
        """Fill a circle or an upright ellipse around a point."""
        ry = r if ry is None else ry
        self.draw.ellipse(
            [(x - r) * SCALE, (y - ry) * SCALE, (x + r) * SCALE, (y + ry) * SCALE], fill=fill
        )

    def line(self, points: list[tuple[float, float]], fill: Colour, width: float = 3) -> None:
        """Draw a line."""
        self.draw.line(self._up(points), fill=fill, width=round(width * SCALE), joint="curve")

    def ring(self, x: float, y: float, r: float, fill: Colour, width: float = 4) -> None:
        """Draw a circle's line."""
        self.draw.ellipse(
            [(x - r) * SCALE, (y - r) * SCALE, (x + r) * SCALE, (y + r) * SCALE],
            outline=fill,
            width=round(width * SCALE),
        )

    def glow(self, x: float, y: float, r: float, colour: Colour, strength: float = 0.6) -> None:
        """Lay soft light around a point."""
        light = Image.new("L", self.image.size, 0)
        ImageDraw.Draw(light).ellipse(
            [(x - r) * SCALE, (y - r) * SCALE, (x + r) * SCALE, (y + r) * SCALE],
            fill=round(255 * strength),
        )
        light = light.filter(ImageFilter.GaussianBlur(r * SCALE / 3))
        self.image.paste(Image.new("RGB", self.image.size, colour), mask=light)
        self.draw = ImageDraw.Draw(self.image)

    def finished(self) -> Image.Image:
        """Return the picture at its size."""
        return self.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


# --- What stands about ----------------------------------------------------------------------


def house(
    s: Sheet, *, wall: Colour = WALL, window: Colour = WINDOW, lit: Colour | None = None
) -> None:
    """A block of flats behind everything, with its balconies."""
    s.box(60, 40, 760, 380, wall)
    for column in range(6):
        for row in range(3):
            x, y = 92 + column * 122, 66 + row * 112
            glass = lit if lit is not None and (column * 3 + row) % 4 == 1 else window
            s.box(x, y, 84, 62, glass, r=3)
            s.line([(x + 42, y), (x + 42, y + 62)], wall, 4)
            shade = tuple(round(part * 0.9) for part in wall)
            s.box(x - 8, y + 64, 100, 18, shade)  # type: ignore[arg-type]  # three parts
    s.box(60, 36, 760, 10, tuple(round(part * 0.82) for part in wall))  # type: ignore[arg-type]  # as above


def ground(s: Sheet, y: float, *, colour: Colour = PATH) -> None:
    """The pavement in front."""
    s.box(0, y, WIDTH, HEIGHT - y, colour)
    for step in range(1, 5):
        shade = tuple(round(part * 0.95) for part in colour)
        s.line([(0, y + step * step * 9), (WIDTH, y + step * step * 9)], shade, 2)  # type: ignore[arg-type]  # as above


def hedge(s: Sheet, y: float, h: float, *, x: float = 0, w: float = WIDTH) -> None:
    """A clipped hedge with its leaves."""
    s.box(x, y + 14, w, h - 14, LEAF_DARK)
    for step in range(int(w / 26) + 1):
        s.disc(x + step * 26, y + 22 + (step % 3) * 3, 22, LEAF)
    for _ in range(int(w * h / 420)):
        px, py = x + s.random.random() * w, y + 20 + s.random.random() * (h - 26)
        s.disc(px, py, 4 + s.random.random() * 4, s.random.choice((LEAF, LEAF_LIGHT, LEAF_DARK)))


def tree(s: Sheet, x: float, y: float, size: float, *, colour: Colour = LEAF) -> None:
    """A round tree."""
    s.box(x - size * 0.06, y, size * 0.12, size * 0.7, WOOD)
    for dx, dy, r in ((0, -0.2, 0.42), (-0.32, 0.02, 0.3), (0.32, 0.02, 0.3), (0, 0.12, 0.34)):
        s.disc(x + dx * size, y + dy * size, r * size, colour)


def car(s: Sheet, x: float, y: float, colour: Colour, *, size: float = 1.0) -> None:
    """A car from its side."""
    shape = [(0, 60), (20, 58), (62, 12), (190, 12), (240, 56), (290, 64), (296, 100), (0, 100)]
    s.shape([(x + px * size, y + py * size) for px, py in shape], colour)
    glass = [(74, 22), (124, 22), (124, 54), (46, 54)]
    s.shape([(x + px * size, y + py * size) for px, py in glass], (200, 220, 230))
    glass = [(134, 22), (184, 22), (222, 54), (134, 54)]
    s.shape([(x + px * size, y + py * size) for px, py in glass], (200, 220, 230))
    for wheel in (64, 232):
        s.disc(x + wheel * size, y + 100 * size, 28 * size, INK)
        s.disc(x + wheel * size, y + 100 * size, 12 * size, STEEL)


def bicycle(s: Sheet, x: float, y: float, colour: Colour, *, lean: float = 0.0) -> None:
    """A bicycle, upright or fallen over by `lean` (radians)."""

    def turned(px: float, py: float) -> tuple[float, float]:
        return (
            x + px * math.cos(lean) - py * math.sin(lean),
            y + px * math.sin(lean) + py * math.cos(lean),
        )

    back, front = turned(0, 0), turned(104, 0)
    for wheel in (back, front):
        s.ring(*wheel, 34, INK, 4)
    frame = [back, turned(44, -4), turned(30, -52), turned(88, -54), turned(44, -4)]
    s.line(frame, colour, 6)
    s.line([back, turned(30, -52)], colour, 6)
    s.line([front, turned(84, -78), turned(70, -82)], colour, 6)
    s.line([turned(18, -66), turned(42, -66)], INK, 8)


def quilt(s: Sheet, x: float, y: float) -> None:
    """A flowered quilt, hung over what is under it."""
    top = [
        (x, y),
        (x + 330, y - 10),
        (x + 352, y + 34),
        (x + 338, y + 150),
        (x + 20, y + 164),
        (x - 8, y + 44),
    ]
    s.shape(top, (222, 120, 132))
    s.shape([(x, y), (x + 330, y - 10), (x + 352, y + 34), (x - 8, y + 44)], (238, 148, 156))
    for row in range(3):
        for column in range(7):
            px, py = x + 28 + column * 46, y + 66 + row * 34 - column * 1.2
            for turn in range(5):
                angle = turn * math.tau / 5
                s.disc(px + math.cos(angle) * 8, py + math.sin(angle) * 8, 5, WHITE)
            s.disc(px, py, 4.5, YELLOW)


def clothes(s: Sheet, x: float, y: float) -> None:
    """A shirt and trousers."""
    shirt = [
        (0, 0),
        (24, -8),
        (56, -8),
        (80, 0),
        (96, 34),
        (78, 44),
        (70, 30),
        (70, 96),
        (10, 96),
        (10, 30),
        (2, 44),
        (-16, 34),
    ]
    s.shape([(x + px, y + py) for px, py in shirt], BLUE)
    s.shape([(x + 30, y - 8), (x + 50, y - 8), (x + 40, y + 8)], WHITE)
    trousers = [(130, -6), (190, -6), (196, 110), (168, 110), (160, 24), (150, 110), (122, 110)]
    s.shape([(x + px, y + py) for px, py in trousers], (84, 84, 104))


def bars(s: Sheet, x: float, y: float) -> None:
    """Fitness bars."""
    for px in (x, x + 300):
        s.box(px, y, 14, 230, YELLOW, r=5)
    s.box(x, y, 314, 12, YELLOW, r=5)
    s.box(x, y + 60, 314, 9, (214, 160, 40), r=4)
    s.disc(x + 7, y + 232, 22, KERB, ry=8)
    s.disc(x + 307, y + 232, 22, KERB, ry=8)


def lamp(s: Sheet, x: float, y: float, *, lit: bool) -> None:
    """A garden lamp on its post."""
    s.box(x - 6, y, 12, 300, STEEL_DARK, r=4)
    s.box(x - 26, y - 66, 52, 66, (255, 236, 170) if lit else (92, 98, 116), r=12)
    s.box(x - 34, y - 78, 68, 14, STEEL_DARK, r=6)
    s.box(x - 20, y + 292, 40, 14, STEEL_DARK, r=4)


def bin_(s: Sheet, x: float, y: float, colour: Colour, *, full: bool) -> None:
    """A wheeled bin, shut or overfull."""
    s.shape([(x, y), (x + 120, y), (x + 108, y + 190), (x + 12, y + 190)], colour)
    lid = y - 54 if full else y - 18
    if full:
        for px, py, r, fill in (
            (26, -14, 26, INK),
            (64, -24, 30, (74, 76, 84)),
            (98, -10, 22, INK),
        ):
            s.disc(x + px, y + py, r, fill)
        s.shape(
            [(x - 4, lid + 8), (x + 18, lid - 60), (x + 26, lid - 58), (x + 8, lid + 12)], colour
        )
    else:
        s.box(x - 8, lid, 136, 20, tuple(round(part * 0.8) for part in colour), r=6)  # type: ignore[arg-type]  # three parts
    s.disc(x + 26, y + 194, 12, INK)
    s.disc(x + 94, y + 194, 12, INK)
    s.ring(x + 60, y + 96, 22, WHITE, 5)


# --- The pictures ---------------------------------------------------------------------------


def quilt_scene(*, hung: bool) -> Sheet:
    """The hedge before the houses, with and without the quilt."""
    s = Sheet(SKY)
    house(s)
    tree(s, 800, 300, 190, colour=LEAF_LIGHT)
    s.box(0, 400, WIDTH, 60, GRASS)
    hedge(s, 400, 140)
    if hung:
        quilt(s, 250, 396)
    ground(s, 540)
    s.box(0, 534, WIDTH, 10, KERB)
    return s


def fitness_scene(*, hung: bool) -> Sheet:
    """The fitness corner, with and without the washing."""
    s = Sheet(SKY)
    house(s, wall=(214, 220, 214))
    hedge(s, 380, 70)
    ground(s, 440, colour=(198, 150, 122))
    bars(s, 280, 300)
    s.box(640, 380, 16, 150, BLUE, r=6)
    s.disc(648, 380, 44, BLUE)
    s.disc(648, 380, 30, (198, 150, 122))
    if hung:
        clothes(s, 330, 318)
    return s


def lamp_scene(*, lit: bool) -> Sheet:
    """The lamp by the playground at night."""
    s = Sheet(NIGHT)
    house(s, wall=(64, 68, 92), window=(48, 54, 78), lit=(236, 196, 110))
    ground(s, 430, colour=(86, 90, 108) if lit else (58, 62, 82))
    s.shape(
        [(560, 520), (700, 400), (722, 400), (610, 520)], (150, 92, 84) if lit else (84, 66, 76)
    )
    s.box(700, 396, 12, 130, STEEL_DARK)
    s.box(690, 392, 50, 10, STEEL_DARK)
    if lit:
        s.glow(300, 220, 210, (255, 224, 150), 0.75)
        s.glow(310, 540, 150, (240, 206, 140), 0.45)
    lamp(s, 300, 230, lit=lit)
    s.disc(760, 70, 30, (228, 226, 206))
    s.disc(748, 62, 28, NIGHT)
    return s


def fire_lane_scene(*, blocked: bool) -> Sheet:
    """The fire lane in front of a house."""
    s = Sheet(SKY)
    house(s, wall=(222, 208, 204))
    ground(s, 400, colour=ASPHALT)
    s.box(40, 470, 800, 130, (118, 122, 130))
    for step in range(14):
        x = 40 + step * 56
        s.shape([(x, 600), (x + 22, 600), (x + 62, 470), (x + 40, 470)], YELLOW)
    s.box(60, 486, 760, 98, (118, 122, 130))
    s.line([(40, 470), (840, 470), (840, 600), (40, 600), (40, 470)], YELLOW, 7)
    if blocked:
        car(s, 110, 452, WHITE)
        car(s, 480, 460, (120, 52, 54))
    s.box(30, 330, 10, 150, STEEL_DARK)
    s.box(0, 300, 74, 74, RED, r=8)
    s.box(14, 330, 46, 14, WHITE)
    return s


def corridor_scene(*, blocked: bool) -> Sheet:
    """A staircase landing."""
    s = Sheet((214, 208, 196))
    s.shape([(0, 640), (880, 640), (610, 430), (270, 430)], (168, 160, 150))
    s.shape([(0, 0), (270, 110), (270, 430), (0, 640)], (196, 190, 178))
    s.shape([(880, 0), (610, 110), (610, 430), (880, 640)], (200, 194, 182))
    s.box(360, 170, 160, 260, (120, 84, 66))
    s.box(374, 184, 132, 246, (142, 100, 78))
    s.disc(492, 312, 8, YELLOW)
    s.box(560, 150, 42, 22, (60, 150, 96), r=4)
    s.disc(440, 60, 46, WHITE, ry=18)
    if blocked:
        for x, y, w, h in ((60, 430, 170, 130), (90, 320, 130, 112), (220, 470, 120, 96)):
            s.box(x, y, w, h, (196, 156, 104), r=3)
            s.line([(x, y + h / 3), (x + w, y + h / 3)], (166, 126, 78), 6)
        bicycle(s, 640, 540, RED)
        s.box(600, 390, 90, 60, (146, 118, 94), r=4)
    return s


def leak_scene(*, wet: bool) -> Sheet:
    """A ceiling and a wall, wet or painted."""
    s = Sheet((236, 232, 224))
    s.shape([(0, 0), (880, 0), (760, 130), (120, 130)], (222, 218, 210))
    s.line([(120, 130), (760, 130)], (200, 196, 188), 4)
    s.line([(120, 130), (120, 640)], (206, 202, 194), 4)
    s.line([(760, 130), (760, 640)], (206, 202, 194), 4)
    s.box(330, 260, 220, 210, WINDOW, r=4)
    s.line([(440, 260), (440, 470)], WHITE, 8)
    s.box(318, 468, 244, 16, WHITE)
    if wet:
        for x, y, r, ry, colour in (
            (640, 130, 120, 70, (204, 190, 160)),
            (650, 138, 84, 52, (186, 168, 132)),
            (700, 210, 60, 110, (208, 196, 168)),
            (690, 190, 36, 70, (184, 164, 128)),
        ):
            s.disc(x, y, r, colour, ry=ry)
        for x, y in ((610, 230), (650, 300), (700, 360), (668, 410)):
            s.shape([(x, y - 16), (x + 8, y), (x - 8, y)], (120, 158, 184))
            s.disc(x, y + 2, 8, (120, 158, 184))
        s.box(600, 520, 120, 90, BLUE, r=10)
        s.disc(660, 522, 60, (150, 186, 208), ry=12)
    return s


def bins_scene(*, full: bool) -> Sheet:
    """The sorting station."""
    s = Sheet(SKY)
    house(s, wall=(218, 222, 226))
    hedge(s, 350, 80)
    ground(s, 430)
    s.box(120, 210, 640, 22, (70, 120, 84), r=6)
    s.box(140, 232, 12, 250, STEEL_DARK)
    s.box(728, 232, 12, 250, STEEL_DARK)
    s.box(160, 240, 560, 60, (84, 140, 98))
    s.box(190, 256, 230, 10, WHITE)
    s.box(190, 276, 160, 8, WHITE)
    for place, colour in enumerate(((70, 130, 82), (78, 82, 92), BLUE, (190, 70, 66))):
        bin_(s, 168 + place * 146, 360, colour, full=full and place < 2)
    if full:
        for x, y, r in ((190, 590, 34), (260, 604, 24), (420, 600, 30), (520, 612, 20)):
            s.disc(x, y, r, (70, 72, 80))
            s.shape([(x - 6, y - r + 4), (x, y - r - 14), (x + 8, y - r + 4)], (70, 72, 80))
        s.box(600, 570, 90, 46, (196, 156, 104), r=3)
    return s


def manhole_scene(*, broken: bool) -> Sheet:
    """A manhole in the road, from above."""
    s = Sheet(ASPHALT)
    for _ in range(700):
        shade = s.random.randint(-9, 9)
        colour = tuple(part + shade for part in ASPHALT)
        s.disc(s.random.random() * WIDTH, s.random.random() * HEIGHT, 2.4, colour)  # type: ignore[arg-type]  # as above
    s.box(0, 0, WIDTH, 70, KERB)
    s.disc(440, 350, 200, (82, 84, 90))
    s.disc(440, 350, 182, (34, 34, 38) if broken else (134, 138, 146))
    if broken:
        s.disc(432, 362, 150, (20, 20, 24))
        cover = [(270, 300), (330, 210), (440, 172), (470, 250), (420, 330), (330, 360)]
        s.shape(cover, (134, 138, 146))
        s.line([(330, 220), (420, 330)], (104, 108, 116), 5)
        for x in (150, 700):
            s.shape([(x, 470), (x + 44, 470), (x + 28, 350), (x + 16, 350)], RED)
            s.box(x + 8, 400, 28, 18, WHITE)
            s.box(x - 12, 468, 68, 14, RED, r=4)
        s.box(180, 424, 540, 10, YELLOW)
    else:
        for ring in range(4):
            s.ring(440, 350, 160 - ring * 38, (108, 112, 120), 6)
        for turn in range(12):
            angle = turn * math.tau / 12
            s.line(
                [
                    (440 + math.cos(angle) * 52, 350 + math.sin(angle) * 52),
                    (440 + math.cos(angle) * 160, 350 + math.sin(angle) * 160),
                ],
                (108, 112, 120),
                5,
            )
    return s


def bikes_scene(*, fallen: bool) -> Sheet:
    """Shared bicycles at a gate."""
    s = Sheet(SKY)
    s.box(0, 120, WIDTH, 320, (206, 198, 184))
    s.box(300, 90, 280, 350, (186, 178, 164))
    s.box(340, 170, 200, 270, STEEL_DARK)
    for x in range(352, 536, 22):
        s.box(x, 178, 6, 262, STEEL)
    tree(s, 120, 210, 240)
    tree(s, 770, 220, 220)
    ground(s, 440)
    colours = ((240, 150, 50), (70, 150, 200), (240, 150, 50), (96, 176, 96), (70, 150, 200))
    if fallen:
        for place, (x, y, lean) in enumerate(
            ((250, 560, 1.2), (360, 590, 0.2), (440, 545, -0.9), (560, 600, 1.5), (180, 600, -0.2))
        ):
            bicycle(s, x, y, colours[place], lean=lean)
    else:
        s.line([(40, 560), (330, 560)], WHITE, 5)
        for place, colour in enumerate(colours[:3]):
            bicycle(s, 60 + place * 84, 540, colour)
    return s


def ads_scene(*, stuck: bool) -> Sheet:
    """An entrance door, with and without stuck-on papers."""
    s = Sheet((206, 198, 186))
    s.box(240, 60, 400, 560, STEEL_DARK)
    s.box(258, 78, 176, 540, STEEL)
    s.box(446, 78, 176, 540, STEEL)
    s.box(288, 130, 116, 170, (176, 204, 216))
    s.box(476, 130, 116, 170, (176, 204, 216))
    s.box(424, 350, 10, 70, INK, r=4)
    s.box(446, 350, 10, 70, INK, r=4)
    s.box(690, 240, 90, 150, INK, r=8)
    for row in range(4):
        for column in range(3):
            s.disc(712 + column * 23, 280 + row * 26, 8, STEEL)
    if stuck:
        for x, y, w, h, colour in (
            (280, 330, 100, 70, YELLOW),
            (300, 420, 90, 60, WHITE),
            (480, 330, 110, 80, (236, 160, 160)),
            (470, 430, 80, 60, WHITE),
            (560, 470, 60, 80, YELLOW),
            (60, 200, 110, 80, WHITE),
            (90, 310, 100, 66, (180, 214, 236)),
            (290, 510, 80, 60, (236, 160, 160)),
        ):
            s.box(x, y, w, h, colour)
            s.box(x + 10, y + 12, w - 20, 12, RED)
            s.box(x + 10, y + 34, w - 34, 7, INK)
    ground(s, 618)
    return s


def wire_scene(*, hanging: bool) -> Sheet:
    """A wire let down from a window to an e-bike, or the charging shed."""
    s = Sheet(SKY)
    house(s)
    ground(s, 430)
    if hanging:
        s.line([(350, 240), (356, 330), (340, 420), (420, 500), (470, 520)], INK, 5)
        s.box(462, 508, 40, 24, WHITE, r=4)
    else:
        s.box(250, 300, 420, 22, (70, 120, 160), r=6)
        s.box(264, 322, 12, 250, STEEL_DARK)
        s.box(646, 322, 12, 250, STEEL_DARK)
        for x in (330, 450, 570):
            s.box(x, 350, 44, 64, WHITE, r=6)
            s.disc(x + 22, 372, 9, (90, 176, 100))
    for x, colour in ((430, (90, 150, 110)), *(() if hanging else ((300, RED), (550, BLUE)))):
        bicycle(s, x, 560, colour)
        s.box(x + 26, 516, 44, 30, INK, r=6)
    return s


def tree_scene(*, overgrown: bool) -> Sheet:
    """Branches before a window."""
    s = Sheet(SKY)
    house(s)
    s.box(0, 420, WIDTH, 40, GRASS)
    ground(s, 460)
    s.box(430, 250, 34, 250, WOOD)
    crowns = (
        ((440, 190, 150), (300, 250, 110), (590, 240, 120), (440, 320, 110), (360, 130, 90))
        if overgrown
        else ((448, 250, 74), (404, 274, 50), (494, 272, 54))
    )
    for x, y, r in crowns:
        s.disc(x, y, r, LEAF)
        for _ in range(round(r * 0.8)):
            angle, far = s.random.random() * math.tau, s.random.random() ** 0.5 * r
            leaf = s.random.choice((LEAF_DARK, LEAF_LIGHT))
            s.disc(x + math.cos(angle) * far, y + math.sin(angle) * far, 6, leaf)
    return s


def rack_scene() -> Sheet:
    """The shared drying rack that was put up."""
    s = Sheet(SKY)
    house(s)
    hedge(s, 400, 70)
    s.box(0, 470, WIDTH, 170, GRASS)
    for x in (140, 430, 720):
        s.box(x, 300, 14, 250, STEEL_DARK, r=4)
        s.box(x - 44, 300, 102, 10, STEEL_DARK, r=4)
    for y in (306, 316):
        s.line([(110, y), (760, y)], STEEL, 4)
    quilt(s, 200, 318)
    clothes(s, 500, 336)
    return s


PICTURES: dict[str, Callable[[], Sheet]] = {
    "quilt-before": lambda: quilt_scene(hung=True),
    "quilt-after": lambda: quilt_scene(hung=False),
    "fitness-before": lambda: fitness_scene(hung=True),
    "fitness-after": lambda: fitness_scene(hung=False),
    "lamp-before": lambda: lamp_scene(lit=False),
    "lamp-after": lambda: lamp_scene(lit=True),
    "fire-lane-before": lambda: fire_lane_scene(blocked=True),
    "fire-lane-after": lambda: fire_lane_scene(blocked=False),
    "corridor-before": lambda: corridor_scene(blocked=True),
    "corridor-after": lambda: corridor_scene(blocked=False),
    "leak-before": lambda: leak_scene(wet=True),
    "leak-after": lambda: leak_scene(wet=False),
    "bins-before": lambda: bins_scene(full=True),
    "bins-after": lambda: bins_scene(full=False),
    "manhole-before": lambda: manhole_scene(broken=True),
    "manhole-after": lambda: manhole_scene(broken=False),
    "bikes-before": lambda: bikes_scene(fallen=True),
    "bikes-after": lambda: bikes_scene(fallen=False),
    "ads-before": lambda: ads_scene(stuck=True),
    "ads-after": lambda: ads_scene(stuck=False),
    "wire-before": lambda: wire_scene(hanging=True),
    "wire-after": lambda: wire_scene(hanging=False),
    "tree-before": lambda: tree_scene(overgrown=True),
    "tree-after": lambda: tree_scene(overgrown=False),
    "rack-after": rack_scene,
}


def main() -> None:
    """Draw them all."""
    FOLDER.mkdir(exist_ok=True)
    for name, picture in PICTURES.items():
        picture().finished().save(FOLDER / f"{name}.jpg", quality=84, progressive=True)


if __name__ == "__main__":
    main()
