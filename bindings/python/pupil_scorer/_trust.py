"""`Trust`: whose files are opened."""

from __future__ import annotations

import os
from dataclasses import dataclass

from ._errors import BadInputError, UntrustedError
from ._files import checked
from ._pupil import Options

LARGEST_VERSION = (1 << 32) - 1
SIGNATURE_BYTES = 8 << 10


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose files are opened; by default, anyone's.

    A signature is verified before anything in the file is read.
    """

    keys: tuple[str, ...] = ()
    """Public keys of the publishers, in minisign's format, each as its line of text.

    Name two while a publisher changes from one to the next.
    """
    signature: str | None = None
    """The text of the signature. Without it, a file that has a path has its signature beside it: `x.pupil.minisig`."""
    expected_blake3: str | None = None
    """The BLAKE3 of the only file that may be opened, in hexadecimal."""
    min_version: int = 0
    """The least `About.version` of the model, so that a signed file of old is refused."""

    def options(
        self, *, fold_limit_bytes: int, max_answer_bytes: int, map_unchanging_file: bool = False
    ) -> Options:
        """The options of the engine."""
        if isinstance(self.keys, str):
            raise TypeError("keys is one str, give a tuple of them")
        if not 0 <= self.min_version <= LARGEST_VERSION:
            raise BadInputError(f"min_version is {self.min_version}, it must lie in 0 to {LARGEST_VERSION}")
        texts = {"a key": self.keys, "the signature": (self.signature,), "the BLAKE3": (self.expected_blake3,)}
        for what, given in texts.items():
            for text in given:
                if text is not None:
                    checked(text, what)
        return Options(
            fold_limit_bytes=fold_limit_bytes,
            max_answer_bytes=max_answer_bytes,
            trusted_keys=list(self.keys),
            signature=self.signature,
            expected_blake3=self.expected_blake3,
            min_version=self.min_version,
            map_unchanging_file=map_unchanging_file,
        )


def signature_beside(path: str | os.PathLike[str]) -> str:
    """The text of the signature beside a file."""
    name = f"{os.fspath(path)}.minisig"
    try:
        with open(name, encoding="utf-8") as file:
            return file.read(SIGNATURE_BYTES)
    except (OSError, UnicodeDecodeError) as error:
        raise UntrustedError(f"only signed files are trusted, and there is no signature {name}") from error
