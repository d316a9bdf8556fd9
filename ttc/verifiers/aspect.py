"""Aspects: what the members of a panel look at. One TOML file each; a user's folder adds to those that ship."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from ttc.types import Domain

SHIPPED = Path(__file__).parent / "aspects"


@dataclass(frozen=True, slots=True)
class Aspect:
    """One thing to check. Its file is named NAME.toml and holds `text` and, if it is not for all, `domains`.

    Args:
        name: The name of its file.
        text: What stands behind problem and solution and asks for the verdict line.
        domains: The domains that it suits; () = all.
    """

    name: str
    text: str
    domains: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Aspect:
        """The aspect in a file. ValueError where the file is not one."""
        try:
            fields = tomllib.loads(path.read_text(encoding="utf-8"))
            text, domains = fields.pop("text").strip(), tuple(fields.pop("domains", ()))
        except (tomllib.TOMLDecodeError, KeyError, AttributeError) as error:
            raise ValueError(f"{path} is no aspect ({error!r}); it needs text = ... in TOML") from error
        if fields:
            raise ValueError(f"{path} has the unknown field {next(iter(fields))!r}; an aspect has text and domains")
        if "Verdict: Yes" not in text or "Verdict: No" not in text:
            raise ValueError(
                f'{path} does not ask for "Verdict: Yes" or "Verdict: No"; without it no reply can be read'
            )
        return cls(path.stem, text, domains)


def aspects_for(domain: Domain, names: tuple[str, ...] = (), folder: str | Path | None = None) -> list[Aspect]:
    """The named aspects in the order given, or all that suit the domain in order of their names.

    Args:
        domain: Of the problem.
        names: Those to take; () = all that suit the domain.
        folder: A folder of aspects of one's own. A file in it takes the place of a shipped one of the same name.
    """
    if folder is not None and not Path(folder).is_dir():
        raise ValueError(f"folder is {folder}; it must be a folder with aspects, one TOML file each")
    paths = [*SHIPPED.glob("*.toml"), *(Path(folder).glob("*.toml") if folder is not None else ())]
    found = {path.stem: path for path in paths}
    for name in names:
        if name not in found:
            raise ValueError(f"there is no aspect {name!r}; choose from {', '.join(sorted(found))}")
    aspects = [Aspect.read(found[name]) for name in names or sorted(found)]
    return aspects if names else [a for a in aspects if not a.domains or domain in a.domains]
