"""Makes a key for age, where age itself is not at hand: `python -m scripts.age_key`.

An age identity is 32 random bytes (X25519) in Bech32 (BIP 173), in capitals.
"""

import secrets

PREFIX = "age-secret-key-"
CHARACTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def checksum(values: list[int]) -> int:
    """Return Bech32's checksum of five-bit values."""
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, factor in enumerate(GENERATOR):
            check ^= factor if top >> bit & 1 else 0
    return check


def bech32(prefix: str, data: bytes) -> str:
    """Return bytes in Bech32."""
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    values = [int(bits[at : at + 5], 2) for at in range(0, len(bits), 5)]
    expanded = (
        [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]
    )
    check = checksum(expanded + values + [0] * 6) ^ 1
    values += [check >> 5 * (5 - place) & 31 for place in range(6)]
    return f"{prefix}1{''.join(CHARACTERS[value] for value in values)}"


if __name__ == "__main__":
    print(bech32(PREFIX, secrets.token_bytes(32)).upper())
