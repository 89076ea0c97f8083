#!/usr/bin/python3
"""Renders the capital letters of all installed fonts into a folder of pictures, one folder for each letter.

    docs/letters.py letters

Each letter is drawn upright and slanted, and thin and thick, dark on white. The example in docs/own-pictures.md trains on
them. Needs Debian's python3-pil and some fonts; see there.
"""

import pathlib
import string
import sys

from PIL import Image, ImageDraw, ImageFont, features

FOLDER = pathlib.Path("/usr/share/fonts")
SIZE = 64
# Shear, and pixels by which strokes are widened.
STYLES = [(0.0, 0), (0.18, 0), (0.0, 1), (-0.12, 0)]
# Of these, fonts have signs where letters should be.
NO_LETTERS = ("symbol", "emoji", "icon", "dingbat", "math", "braille", "keyboard", "initial", "music", "biolinum_k")


def main() -> None:
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    out = pathlib.Path(sys.argv[1])
    fonts = [path for path in sorted(FOLDER.rglob("*.[to]tf")) if is_text(path)]
    if not fonts:
        sys.exit(f"letters.py: no fonts in {FOLDER}; docs/own-pictures.md says which packages to install")
    count = sum(render(path, out) for path in fonts)
    print(f"{count} pictures of {len(fonts)} fonts in {out}")


def is_text(path: pathlib.Path) -> bool:
    return not any(word in path.name.lower() for word in NO_LETTERS)


def render(path: pathlib.Path, out: pathlib.Path) -> int:
    """Writes all letters of one font and returns how many pictures that are."""
    try:
        font = ImageFont.truetype(str(path), SIZE)
    except OSError as error:
        print(f"letters.py: {path} is left out: {error}", file=sys.stderr)
        return 0
    for letter in string.ascii_uppercase:
        folder = out / letter
        folder.mkdir(parents=True, exist_ok=True)
        for number, (shear, widened) in enumerate(STYLES):
            picture(font, letter, shear, widened).save(folder / f"{path.stem}-{number}.png")
    return len(string.ascii_uppercase) * len(STYLES)


def picture(font: ImageFont.FreeTypeFont, letter: str, shear: float, widened: int) -> Image.Image:
    side = 2 * SIZE
    image = Image.new("L", (side, side), 255)
    ImageDraw.Draw(image).text((side / 2, side / 2), letter, fill=0, font=font, anchor="mm", stroke_width=widened)
    # Around the middle of the picture.
    matrix = (1, shear, -shear * side / 2, 0, 1, 0)
    return image.transform(image.size, Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC, fillcolor=255)


if __name__ == "__main__":
    assert features.check("freetype2"), "PIL was built without FreeType"
    main()
