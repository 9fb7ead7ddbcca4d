"""Phone numbers as people here write them; claims carry them as OpenID Connect Core §5.1 wants them (E.164)."""


def at_home(number: str) -> str:
    """Give a Vietnamese mobile number as ``0912 000 002``; any other as it is."""
    digits = number.removeprefix("+84")
    if digits == number or not digits.isascii() or not digits.isdigit() or len(digits) != 9:
        return number
    return f"0{digits[:3]} {digits[3:6]} {digits[6:]}"
