"""The letters that variants go by, whoever their provider is."""


def variant_letter(position: int) -> str:
    """The letter at a position: "A" for 0, "Z" for 25, then "AA", so that an error can name one variant too many."""
    letters = ""
    number = position + 1
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
