"""Test control on P+9: faults, market commands and the truth; off unless asked for.

`POST /` takes {"command": …}: a kind of fault with its keys (faults.py), heal [kind], stop, start,
step seconds, settle [keys of SettlementPlan]; synthetic only: trade asset side size, tick market
tick, resolve market payout, list.
"""

import json
import re
import time
from collections.abc import Callable
from typing import Final

import msgspec
from aiohttp import web

from polywire.exchange.channel import Channel
from polywire.exchange.decimals import micros
from polywire.exchange.faults import Kind, fault_of
from polywire.exchange.force import InForce
from polywire.exchange.frames import Frame
from polywire.exchange.refusal import RefusedError, answer
from polywire.exchange.runner import Runner
from polywire.exchange.settlement import SettlementPlan
from polywire.exchange.synthetic import SyntheticFlow
from polywire.exchange.venue import Venue

Asked = dict[str, str]
Json = dict[str, object]

TAKES: Final[dict[str, dict[str, str]]] = {
    "heal": {"kind": "kind"},
    "trade": {"asset": "token", "side": "side", "size": "decimal"},
    "tick": {"market": "market", "tick": "decimal"},
    "resolve": {"market": "market", "payout": "payout"},
    "list": {},
    "step": {"seconds": "seconds"},
    "stop": {},
    "start": {},
    "settle": {
        "mined_ms": "milliseconds",
        "confirmed_ms": "milliseconds",
        "fail_share": "share",
        "retry_share": "share",
        "taker_delay_ms": "milliseconds",
        "spend_unmined": "truth",
    },
}
"""The keys of each command that is no kind of fault, and what each means."""
OPTIONAL: Final = ("heal", "settle")
"""Commands whose keys may be left out."""

PAYOUTS: Final = {"1": ("1", "0"), "0": ("0", "1"), "0.5": ("0.5", "0.5")}
MEANS: Final = {
    "kind": ("|".join(Kind), f"one of {', '.join(Kind)}"),
    "token": (r"\w+", "a token"),
    "market": (r"\w+", "a condition id"),
    "side": ("BUY|SELL", "BUY or SELL"),
    "decimal": (r"\d{1,9}(\.\d{1,6})?", "a number with at most six decimals"),
    "payout": (r"1|0|0\.5", "1, 0 or 0.5"),
    "seconds": (r"\d{1,6}(\.\d+)?", "seconds, below a million"),
    "milliseconds": (r"\d{1,7}", "whole milliseconds"),
    "share": (r"0|1|0?\.\d{1,6}", "a share from 0 to 1"),
    "truth": ("True|False|true|false", "true or false"),
}


class Control:
    """A POST route that takes `{"command": …}`, GET routes for the faults and for the truth."""

    def __init__(self, venue: Venue, channel: Channel, runner: Runner) -> None:
        self._venue = venue
        self._channel = channel
        self._runner = runner
        self._commands: dict[str, Callable[[Asked], object]] = {
            "heal": lambda asked: venue.faults.heal(venue.clock.now(), asked.get("kind", "")),
            "trade": lambda asked: self._tell(self._trade(asked)),
            "tick": lambda asked: self._tell(
                self._synthetic().change_tick(
                    self._market(asked), micros(asked["tick"]), venue.clock.now()
                )
            ),
            "resolve": lambda asked: self._tell(self._resolve(asked)),
            "list": lambda _: self._tell(self._synthetic().list_market(venue.clock.now())),
            "step": lambda asked: venue.clock.advance(int(float(asked["seconds"]) * 1e9)),
            "stop": lambda _: venue.clock.stop(),
            "start": lambda _: venue.clock.start(),
            "settle": self._settle,
        }

    def application(self) -> web.Application:
        """An application with all routes."""
        application = web.Application()
        application.router.add_post("/", self._command)
        application.router.add_get("/faults", self._faults)
        application.router.add_get("/truth", self._truth)
        return application

    async def _command(self, request: web.Request) -> web.Response:
        try:
            result = self._obey(_command_of(await request.text()))
            await self._runner.catch_up(self._channel)
        except RefusedError as error:
            return answer({"error": error.reason}, error.status)
        except ValueError as error:
            return answer({"error": str(error)}, 400)
        return answer({"ok": True, "result": result})

    def _obey(self, told: Json) -> object:
        command = str(told["command"])
        if command in set(Kind):
            asked = {"kind": command} | told
            del asked["command"]
            return self._venue.plan(fault_of(asked), self._venue.clock.now())
        if command not in TAKES:
            known = ", ".join((*Kind, *TAKES))
            raise ValueError(f"command takes one of {known}; found {command!r}")
        return self._commands[command](_checked(command, told))

    async def _faults(self, _: web.Request) -> web.Response:
        """What is planned, in force and over, and the two clocks as they stand."""
        faults = self._venue.faults
        planned = [
            {"number": number, "fault": msgspec.to_builtins(fault), "at_ns": at_ns}
            for at_ns, number, fault in faults.planned
        ]
        return answer(
            {
                "now_ns": self._venue.clock.now(),
                "wall_ns": time.time_ns(),
                "sockets": self._channel.sockets(),
                "unheard": self._channel.unheard,
                "planned": planned,
                "in_force": [_shown(one) for one in faults.in_force],
                "over": [_shown(one) for one in faults.over],
            }
        )

    async def _truth(self, _: web.Request) -> web.Response:
        """Every book as `/book` would show it, by token."""
        books = {
            token: json.loads(book.rest(index))
            for book in self._venue.flow.books.values()
            for index, token in enumerate(book.tokens)
        }
        return answer({"now_ns": self._venue.clock.now(), "books": books})

    def _trade(self, asked: Asked) -> list[Frame]:
        if asked["asset"] not in self._venue.catalogue.by_token:
            raise ValueError(f"asset takes a token; {asked['asset']!r} is not listed")
        listing, index = self._venue.catalogue.by_token[asked["asset"]]
        lifts = (asked["side"] == "BUY") == (index == 0)
        size, now = micros(asked["size"]), self._venue.clock.now()
        return self._synthetic().trade(listing.condition_id, lifts=lifts, size=size, now=now)

    def _resolve(self, asked: Asked) -> list[Frame]:
        payout = PAYOUTS[asked["payout"]]
        return self._synthetic().resolve(self._market(asked), payout, self._venue.clock.now())

    def _settle(self, asked: Asked) -> Json:
        """How trades settle from now on; the whole plan."""
        floor = self._venue.floor
        now: Json = msgspec.to_builtins(floor.settles)
        floor.settles = msgspec.convert(now | asked, SettlementPlan, strict=False)
        told: Json = msgspec.to_builtins(floor.settles)
        return told

    def _market(self, asked: Asked) -> str:
        """The market that is asked for, which has a book."""
        if asked["market"] not in self._venue.flow.books:
            raise ValueError(f"market takes a condition id; {asked['market']!r} has no book")
        return asked["market"]

    def _tell(self, sent: list[Frame]) -> int:
        self._channel.deliver(sent)
        return len(sent)

    def _synthetic(self) -> SyntheticFlow:
        if not isinstance(self._venue.flow, SyntheticFlow):
            raise RefusedError(400, "a recording is served as it is")
        return self._venue.flow


def _command_of(text: str) -> Json:
    """What a request says, with a command; ValueError says what it should have been."""
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if not isinstance(told, dict) or "command" not in told:
        raise ValueError('expected a JSON object {"command": ...}')
    return told


def _checked(command: str, told: Json) -> Asked:
    """The keys of a command as texts; ValueError names the key and what it takes."""
    takes = TAKES[command]
    for key in told:
        if key not in ("command", *takes):
            raise ValueError(
                f"{key} is no key of {command}, which takes {', '.join(takes) or 'none'}"
            )
    asked = {key: str(told[key]) for key in takes if key in told}
    for key, means in takes.items():
        pattern, words = MEANS[means]
        if key not in asked and command in OPTIONAL:
            continue
        if not re.fullmatch(pattern, asked.get(key, "")):
            raise ValueError(f"{key} takes {words}; found {told.get(key)!r}")
    return asked


def _shown(one: InForce) -> Json:
    """When a fault began and ended, by both clocks, and how often it struck."""
    return {
        "number": one.number,
        "fault": msgspec.to_builtins(one.fault),
        "assets": sorted(one.assets),
        "sockets": sorted(one.sockets) if one.sockets is not None else None,
        "onset_ns": one.onset_ns,
        "onset_wall_ns": one.onset_wall_ns,
        "ended_ns": one.ended_ns,
        "ended_wall_ns": one.ended_wall_ns,
        "hits": one.hits,
    }
