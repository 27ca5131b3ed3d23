"""Prints the photograph of the edges tutorial, small: a WebP picture as a data: address.

Run by docs/_build/made.py. A page that is opened from a folder may not read the pixels of a picture in
another file, so the picture travels in a script.
"""

import base64
import io
import sys

from PIL import Image
from sklearn.datasets import load_sample_image

SIZE = (336, 224)


def main() -> None:
    photo = Image.fromarray(load_sample_image("china.jpg")).resize(SIZE, Image.Resampling.LANCZOS)
    packed = io.BytesIO()
    photo.save(packed, "webp", quality=80, method=6)
    sys.stdout.write('"data:image/webp;base64,' + base64.b64encode(packed.getvalue()).decode() + '"')


if __name__ == "__main__":
    main()
