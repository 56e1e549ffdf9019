"""One value of a configuration put in the place of another, before anything of it is judged."""

import tomllib

from polywire.core.errors import ConfigError

LOOK = "configuration"


def change(told: dict[str, object], path: str, text: str) -> None:
    """Put a value where a path says, such as `limits.loss_max` or `strategies.NAME.size`.

    `text` is TOML, or a plain word. Whether there is such a key is not asked here. ConfigError for
    a path that leads nowhere.
    """
    *tables, key = path.split(".")
    at = told
    if tables[:1] == ["strategies"]:
        at, tables = _strategy(told, tables[1:], path), tables[2:]
    for name in tables:
        inner = at.setdefault(name, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"{path}: {name} is a value and no table", look=LOOK)
        at = inner
    if not tables and at is told:
        raise ConfigError(f"{path}: expected TABLE.KEY or strategies.NAME.KEY", look=LOOK)
    at[key] = value(text)


def value(text: str) -> object:
    """What TOML makes of a text, its decimals as written; what is no TOML is a word."""
    try:
        return tomllib.loads(f"value = {text}", parse_float=as_written)["value"]
    except tomllib.TOMLDecodeError:
        return text


def as_written(number: str) -> str:
    """A TOML float stays the text it is, so that no digit of it is lost or made up."""
    return number.replace("_", "")


def _strategy(told: dict[str, object], tables: list[str], path: str) -> dict[str, object]:
    listed = told.get("strategies")
    known = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    for one in known:
        if tables[:1] == [one.get("name")]:
            return one
    names = ", ".join(str(one.get("name")) for one in known)
    raise ConfigError(f"{path}: expected strategies.NAME.KEY; there are {names}", look=LOOK)
