"""Draws the pictures of the pages on learning: python docs/pictures [NAME ...] (three minutes)."""

import sys
from pathlib import Path

import bounds
import carousel
import inside
import kalman
import online
import reach
import torch
import windows

PAGES = {
    "carousel": carousel,
    "windows": windows,
    "online": online,
    "kalman": kalman,
    "bounds": bounds,
    "reach": reach,
    "inside": inside,
}


def main(names: list[str], folder: Path) -> None:
    """Draws the pictures of some pages, or of all."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or PAGES:
        torch.manual_seed(0)
        for file, figure in PAGES[name].pictures():
            path = folder / (file if "." in file else f"{file}.svg")
            # the same numbers give the same file
            figure.savefig(path, **({} if path.suffix == ".png" else {"metadata": {"Date": None}}))
            print(path)


if __name__ == "__main__":
    main(sys.argv[1:], Path(__file__).parents[1] / "images")
