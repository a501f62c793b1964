"""What a pool process does: the text of a PDF, page by page.

In a module of its own, so that a pool process loads nothing else.
"""

import io
import re

from pypdf import PdfReader

# Layout mode keeps columns apart by blanks; without it a row's cells run into one another.
COLUMN_GAP = re.compile(r" {2,}")


def read_pages(pdf: bytes) -> list[list[str]]:
    """The lines of each page, cells of a row separated by " | "."""
    reader = PdfReader(io.BytesIO(pdf))
    pages = []
    for page in reader.pages:
        text = page.extract_text(extraction_mode="layout")
        lines = (line.strip() for line in text.splitlines())
        pages.append([COLUMN_GAP.sub(" | ", line) for line in lines if line])
    return pages
