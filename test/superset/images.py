"""The screenshots of check.py and page.py, cut and made small for the README: images.py SCREENSHOT_FOLDER IMAGE_FOLDER"""
import pathlib
import sys

from PIL import Image

NAMES = ['executive_overview', 'markets_and_products', 'customers', 'what_s_next_what_broke', 'page_light']
WIDTH, HEIGHT = 1000, 1000


def shrink(source, target):
    image = Image.open(source).convert('RGB')
    image = image.crop((0, 0, image.width, min(image.height, image.width * HEIGHT // WIDTH)))
    image = image.resize((WIDTH, image.height * WIDTH // image.width), Image.Resampling.LANCZOS)
    image.quantize(160, dither=Image.Dither.NONE).save(target, optimize=True)


def main(source, target):
    target.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        shrink(source / f'{name}.png', target / f'{name}.png')
        print(f"{target / name}.png: {(target / f'{name}.png').stat().st_size} bytes")


if __name__ == '__main__':
    main(*map(pathlib.Path, sys.argv[1:3]))
