"""The screenshots of check.py, made small for the README: images.py SCREENSHOT_FOLDER IMAGE_FOLDER"""
import pathlib
import sys

from PIL import Image

WIDTH = 1000
TOP_BAR = 60


def shrink(file, folder):
    image = Image.open(file).convert('RGB')
    image = image.crop((0, TOP_BAR, image.width, image.height))
    image = image.resize((WIDTH, image.height * WIDTH // image.width), Image.Resampling.LANCZOS)
    image.quantize(64, dither=Image.Dither.NONE).save(folder / file.name, optimize=True)


def main(source, target):
    target.mkdir(parents=True, exist_ok=True)
    for file in sorted(source.glob('*.png')):
        shrink(file, target)
        print(f'{target / file.name}: {(target / file.name).stat().st_size} bytes')


if __name__ == '__main__':
    main(*map(pathlib.Path, sys.argv[1:3]))
