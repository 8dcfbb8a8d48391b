"""Check sums of numbers that identify people or their accounts: cards, bank accounts, national identities. Pure.

Each function takes the number without blanks and marks, lower case, and tells whether it can be one. Sources: ISO 7064,
ISO 7812, ISO 13616 and the issuing states' published rules.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from zoho_privacy.domain.redact_words import IBAN_LENGTHS


def luhn(digits: str) -> bool:
    """Check the Luhn sum of a run of digits that is not all one digit."""
    total = 0
    for index, char in enumerate(reversed(digits)):
        number = ord(char) - 48
        if index % 2:
            number = number * 2 - 9 * (number > 4)
        total += number
    return total % 10 == 0 and len(set(digits)) > 1


_LENGTHS: Final = {"34": {15}, "37": {15}, "36": {14}, "38": {14}, "39": {14}}
_BRANDS: Final = frozenset({"35", "50", "56", "57", "58", "60", "62", "63", "64", "65", "67"})


def card(digits: str) -> bool:
    """Tell whether an issuer has card numbers that start like this, are this long and sum up."""
    size, two = len(digits), digits[:2]
    if digits[0] == "4":
        fits = size in {13, 16, 19}
    elif two in _LENGTHS:
        fits = size in _LENGTHS[two]
    elif "300" <= digits[:3] <= "305":
        fits = size == 14
    elif digits[:4] in {"2131", "1800"}:
        fits = size == 15
    else:
        brand = "51" <= two <= "55" or "2221" <= digits[:4] <= "2720" or two in _BRANDS
        fits = (size in {16, 19} and brand) or (size == 12 and two in _BRANDS)
    return fits and luhn(digits)


def iban(number: str) -> bool:
    """Check length and ISO 7064 mod 97-10 of a bank account number."""
    if IBAN_LENGTHS.get(number[:2], 0) != len(number):
        return False
    return int("".join(str(int(char, 36)) for char in number[4:] + number[:4])) % 97 == 1


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def _dated(digits: str, order: str) -> bool:
    """Tell whether six digits can be a day, month and year in the given order."""
    at = {part: int(digits[index * 2 : index * 2 + 2]) for index, part in enumerate(order)}
    return 1 <= at["m"] <= 12 and 1 <= at["d"] <= 31


def _mod11_10(digits: str) -> bool:
    rest = 10
    for char in digits[:-1]:
        rest = (rest + int(char)) % 10 or 10
        rest = rest * 2 % 11
    return (11 - rest) % 10 == int(digits[-1])


_TURNS: Final = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678", "5987604321", "6598710432", "7659821043",
    "8765932104", "9876543210",
)  # fmt: skip
_SHIFTS: Final = (
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
)


def _verhoeff(digits: str) -> bool:
    rest = 0
    for index, char in enumerate(reversed(digits)):
        rest = int(_TURNS[rest][int(_SHIFTS[index % 8][int(char)])])
    return rest == 0 and digits[0] not in "01"


def _cpf(digits: str) -> bool:
    return len(set(digits)) > 1 and all(
        _weighted(digits[:n], tuple(range(n + 1, 1, -1))) * 10 % 11 % 10 == int(digits[n]) for n in (9, 10)
    )


def _dni(number: str) -> bool:
    digits = number[:-1].replace("x", "0").replace("y", "1").replace("z", "2")
    return len(digits) == 8 and "trwagmyfpdxbnjzsqvhlcke"[int(digits) % 23] == number[-1]


def _nir(number: str) -> bool:
    body = number[:-2].replace("2a", "19").replace("2b", "18")
    return body.isdigit() and 97 - int(body) % 97 == int(number[-2:])


def _codice_fiscale(number: str) -> bool:
    odd = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
    places = [int(char) if char.isdigit() else ord(char) - 97 for char in number[:15]]
    return chr(97 + sum(place if i % 2 else odd[place] for i, place in enumerate(places)) % 26) == number[15]


def _pesel(digits: str) -> bool:
    dated = 1 <= int(digits[2:4]) % 20 <= 12 and 1 <= int(digits[4:6]) <= 31
    return dated and (10 - _weighted(digits[:10], (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10) % 10 == int(digits[10])


def _belgian(digits: str) -> bool:
    return any(97 - int(lead + digits[:9]) % 97 == int(digits[9:]) for lead in ("", "2"))


def _norwegian(digits: str) -> bool:
    if not _dated(str(int(digits[0]) % 4) + digits[1:6], "dmy"):
        return False
    first, second = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
    return _weighted(digits[:10], first) % 11 == 0 and _weighted(digits, second) % 11 == 0


def _finnish(number: str) -> bool:
    if not _dated(number[:6], "dmy"):
        return False
    return "0123456789abcdefhjklmnprstuvwxy"[int(number[:6] + number[-4:-1]) % 31] == number[-1]


def _czech(digits: str) -> bool:
    month = int(digits[2:4]) % 50 % 20
    return 1 <= month <= 12 and 1 <= int(digits[4:6]) <= 31 and (len(digits) == 9 or int(digits) % 11 in {0, 10})


def _romanian(digits: str) -> bool:
    total = _weighted(digits[:12], (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return digits[0] != "0" and _dated(digits[1:7], "ymd") and (1 if total == 10 else total) == int(digits[12])


def _bulgarian(digits: str) -> bool:
    total = _weighted(digits[:9], (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10
    return 1 <= int(digits[2:4]) % 20 <= 12 and 1 <= int(digits[4:6]) <= 31 and total == int(digits[9])


def _turkish(digits: str) -> bool:
    numbers = [int(char) for char in digits]
    tenth = (sum(numbers[0:9:2]) * 7 - sum(numbers[1:8:2])) % 10
    return numbers[0] > 0 and tenth == numbers[9] and sum(numbers[:10]) % 10 == numbers[10]


def _chinese(number: str) -> bool:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return number[6:8] in {"18", "19", "20"} and "10x98765432"[_weighted(number[:17], weights) % 11] == number[17]


def _taiwanese(number: str) -> bool:
    code = "abcdefghjklmnpqrstuvxywzio".index(number[0]) + 10
    return (code // 10 + code % 10 * 9 + _weighted(number[1:9], (8, 7, 6, 5, 4, 3, 2, 1)) + int(number[9])) % 10 == 0


def _singaporean(number: str) -> bool:
    total = _weighted(number[1:8], (2, 7, 6, 5, 4, 3, 2)) + {"t": 4, "g": 4, "m": 3}.get(number[0], 0)
    letters = {"s": "jzihgfedcba", "t": "jzihgfedcba", "m": "xwutrqpnjlk"}.get(number[0], "xwutrqpnmlk")
    return letters[10 - total % 11 if number[0] == "m" else total % 11] == number[8]


def _thai(digits: str) -> bool:
    return (11 - _weighted(digits[:12], tuple(range(13, 1, -1))) % 11) % 10 == int(digits[12])


def _chilean(number: str) -> bool:
    total = sum(int(char) * (2 + index % 6) for index, char in enumerate(reversed(number[:-1])))
    return "0k987654321"[total % 11] == number[-1]


def _nhs(digits: str) -> bool:
    total = (11 - _weighted(digits[:9], (10, 9, 8, 7, 6, 5, 4, 3, 2)) % 11) % 11
    return len(set(digits)) > 1 and total == int(digits[9])


SUMS: Final[Mapping[str, Callable[[str], bool]]] = MappingProxyType(
    {
        "aadhaar": _verhoeff,
        "african": lambda digits: luhn(digits) and _dated(digits[:6], "ymd"),
        "belgian": _belgian,
        "bulgarian": _bulgarian,
        "chilean": _chilean,
        "chinese": _chinese,
        "cpf": _cpf,
        "czech": _czech,
        "danish": lambda digits: _dated(digits[:6], "dmy"),
        "dni": _dni,
        "finnish": _finnish,
        "fiscal": _codice_fiscale,
        "form": lambda _: True,
        "korean": lambda digits: _dated(digits[:6], "ymd"),
        "luhn": luhn,
        "mod11": _mod11_10,
        "nhs": _nhs,
        "nir": _nir,
        "norwegian": _norwegian,
        "pesel": _pesel,
        "romanian": _romanian,
        "singaporean": _singaporean,
        "swedish": lambda digits: luhn(digits[-10:]) and _dated(digits[-10:-4], "ymd"),
        "taiwanese": _taiwanese,
        "thai": _thai,
        "turkish": _turkish,
    }
)
"""By name: what a number of that state must fulfil; `form` where the form says enough."""
