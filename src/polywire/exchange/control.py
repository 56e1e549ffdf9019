"""Test control on P+9: faults, market commands and the truth; off unless asked for.

`POST /` takes {"command": …}: freeze [asset], thaw, drop [code, 0 cuts], skip_first_book asset,
wrong_hash asset, refuse_upgrades [count], refuse_requests [status, count], stop, start, step
seconds; synthetic only: trade asset side size, tick market tick, resolve market payout, list.
"""

import json
from collections.abc import Callable

from aiohttp import web

from polywire.exchange.channel import Channel
from polywire.exchange.decimals import micros
from polywire.exchange.frames import Frame
from polywire.exchange.quotes import RefusedError, answer
from polywire.exchange.runner import Runner
from polywire.exchange.synthetic import SyntheticFlow
from polywire.exchange.venue import Venue

Asked = dict[str, str]


class Control:
    """One POST route that takes `{"command": …}` and one GET route for the truth."""

    def __init__(self, venue: Venue, channel: Channel, runner: Runner) -> None:
        self._venue = venue
        self._channel = channel
        self._runner = runner
        self._commands: dict[str, Callable[[Asked], object]] = {
            "freeze": self._freeze,
            "thaw": self._thaw,
            "drop": lambda asked: channel.drop(int(asked.get("code", "1001"))),
            "skip_first_book": lambda asked: venue.faults.skip_first_book.add(asked["asset"]),
            "wrong_hash": lambda asked: venue.faults.spoil_hash.add(asked["asset"]),
            "refuse_upgrades": self._refuse_upgrades,
            "refuse_requests": self._refuse_requests,
            "trade": lambda asked: self._tell(self._trade(asked)),
            "tick": lambda asked: self._tell(
                self._synthetic().change_tick(
                    asked["market"], micros(asked["tick"]), venue.clock.now()
                )
            ),
            "resolve": lambda asked: self._tell(self._resolve(asked)),
            "list": lambda _: self._tell(self._synthetic().list_market(venue.clock.now())),
            "step": lambda asked: venue.clock.advance(int(float(asked["seconds"]) * 1e9)),
            "stop": lambda _: venue.clock.stop(),
            "start": lambda _: venue.clock.start(),
        }

    def application(self) -> web.Application:
        """An application with both routes."""
        application = web.Application()
        application.router.add_post("/", self._command)
        application.router.add_get("/truth", self._truth)
        return application

    async def _command(self, request: web.Request) -> web.Response:
        try:
            asked = {name: str(value) for name, value in (await request.json()).items()}
            result = self._commands[asked["command"]](asked)
            await self._runner.catch_up(self._channel)
        except (KeyError, ValueError, AttributeError, RefusedError) as error:
            return answer({"error": f"{type(error).__name__}: {error}"}, 400)
        return answer({"ok": True, "result": result})

    async def _truth(self, _: web.Request) -> web.Response:
        """Every book as `/book` would show it, by token."""
        books = {
            token: json.loads(book.rest(index))
            for book in self._venue.flow.books.values()
            for index, token in enumerate(book.tokens)
        }
        return answer({"now_ns": self._venue.clock.now(), "books": books})

    def _freeze(self, asked: Asked) -> None:
        if "asset" in asked:
            self._venue.faults.frozen.add(asked["asset"])
        else:
            self._venue.faults.freeze_all = True

    def _thaw(self, _: Asked) -> None:
        self._venue.faults.freeze_all = False
        self._venue.faults.frozen.clear()

    def _refuse_upgrades(self, asked: Asked) -> None:
        self._venue.faults.refuse_upgrades = int(asked.get("count", "1"))

    def _refuse_requests(self, asked: Asked) -> None:
        self._venue.faults.refuse_status = int(asked.get("status", "425"))
        self._venue.faults.refuse_requests = int(asked.get("count", "1"))

    def _trade(self, asked: Asked) -> list[Frame]:
        listing, index = self._venue.catalogue.by_token[asked["asset"]]
        lifts = (asked["side"] == "BUY") == (index == 0)
        size, now = micros(asked["size"]), self._venue.clock.now()
        return self._synthetic().trade(listing.condition_id, lifts=lifts, size=size, now=now)

    def _resolve(self, asked: Asked) -> list[Frame]:
        first = asked["payout"]
        payout = {"1": ("1", "0"), "0": ("0", "1"), "0.5": ("0.5", "0.5")}[first]
        return self._synthetic().resolve(asked["market"], payout, self._venue.clock.now())

    def _tell(self, sent: list[Frame]) -> int:
        self._channel.deliver(sent)
        return len(sent)

    def _synthetic(self) -> SyntheticFlow:
        if not isinstance(self._venue.flow, SyntheticFlow):
            raise RefusedError(400, "a recording is served as it is")
        return self._venue.flow
