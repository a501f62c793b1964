"""How well a text agrees with others: word bag F1 against a consensus, order, and values found."""

import unicodedata
from collections import Counter
from statistics import median

# Marks that don't show: soft hyphen, zero width space and joiners, direction marks, byte order mark.
INVISIBLE = dict.fromkeys([0xAD, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF])


def normal(text):
    """The text with ligatures spelled out, invisible marks gone and every run of white space one space."""
    return " ".join(unicodedata.normalize("NFKC", text.translate(INVISIBLE)).split())


# What stands for a glyph without Unicode: U+FFFD with docmill and mutool, control characters and codes for private use
# with others. None of it is text.
UNKNOWN = dict.fromkeys([*range(0x09), *range(0x0E, 0x20), 0x7F, *range(0xE000, 0xF900), 0xFFFD, 0xFFFE, 0xFFFF])


def words(pages):
    return normal(" ".join(line for page in pages for line in page).translate(UNKNOWN)).split()


def consensus(bags):
    """The median count of each word."""
    counts = {word: int(median(bag[word] for bag in bags)) for word in set().union(*bags)}
    return Counter({word: count for word, count in counts.items() if count})


def f1(bag, truth):
    common = sum((bag & truth).values())
    return 2 * common / (sum(bag.values()) + sum(truth.values()))


def common_subsequence(left, right):
    """The length of the longest common subsequence, by the bits of one large number (Hyyrö 2004)."""
    places = {}
    for place, word in enumerate(left):
        places[word] = places.get(word, 0) | 1 << place
    everything = (1 << len(left)) - 1
    row = everything
    for word in right:
        matched = row & places.get(word, 0)
        row = ((row + matched) | (row - matched)) & everything
    return len(left) - row.bit_count()


def agreement(left, right):
    return 2 * common_subsequence(left, right) / (len(left) + len(right))


def order(pages, others):
    """The share of words in the same order as the reference that agrees best, page by page, weighted by words.

    Pages no reference has words on say nothing of order. None where that is all of them.
    """
    scored, weight = 0.0, 0
    for number in range(max(map(len, others))):
        mine = words(pages[number:number + 1])
        theirs = list(filter(None, (words(other[number:number + 1]) for other in others)))
        if theirs:
            most = max(map(len, theirs))
            scored += most * max(agreement(mine, other) for other in theirs)
            weight += most
    return scored / weight if weight else None


def contains(text, value):
    """Whether a normalised text holds a value that isn't part of a longer word or number."""
    start = text.find(value)
    while start >= 0:
        end = start + len(value)
        before, after = text[start - 1:start], text[end:end + 1]
        if not (before.isalnum() and value[0].isalnum()) and not (after.isalnum() and value[-1].isalnum()):
            return True
        start = text.find(value, start + 1)
    return False


def squeezed(text):
    return text.replace(" ", "")
