"""The CLOB's routes about API keys: to create, derive, list and revoke them (polymarket.md 4.1)."""

from aiohttp import web

from polywire.exchange.accounts import Caller, Credentials
from polywire.exchange.door import Door, json_of
from polywire.exchange.refusal import RefusedError, answer


class KeyRoutes:
    """The routes."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._accounts = door.accounts

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Register all routes."""
        guarded = self._door.guarded
        router.add_post("/auth/api-key", self._create)
        router.add_get("/auth/derive-api-key", self._derive)
        router.add_get("/auth/api-keys", guarded(self._list))
        router.add_delete("/auth/api-key", guarded(self._delete))
        router.add_post("/auth/readonly-api-key", guarded(self._create_readonly))
        router.add_get("/auth/readonly-api-keys", guarded(self._list_readonly))
        router.add_delete("/auth/readonly-api-key", guarded(self._delete_readonly))
        router.add_get("/auth/ban-status/closed-only", guarded(self._closed_only))
        router.add_post("/auth/builder-api-key", guarded(self._create_builder))
        router.add_get("/auth/builder-api-key", guarded(self._list_builder))
        router.add_delete("/auth/builder-api-key", self._revoke_builder)

    async def _create(self, request: web.Request) -> web.Response:
        address, nonce = self._accounts.l1(request.headers, self._door.now_s())
        return answer(_shown(self._accounts.create(address, nonce), "apiKey"))

    async def _derive(self, request: web.Request) -> web.Response:
        address, nonce = self._accounts.l1(request.headers, self._door.now_s())
        return answer(_shown(self._accounts.derive(address, nonce), "apiKey"))

    async def _list(self, _: web.Request, caller: Caller) -> web.Response:
        return answer({"apiKeys": self._accounts.keys(caller.address)})

    async def _delete(self, _: web.Request, caller: Caller) -> web.Response:
        self._accounts.delete(caller)
        return answer("OK")

    async def _create_readonly(self, _: web.Request, caller: Caller) -> web.Response:
        return answer({"apiKey": self._accounts.create_readonly(caller)})

    async def _list_readonly(self, _: web.Request, caller: Caller) -> web.Response:
        return answer(self._accounts.readonly_keys(caller.address))

    async def _delete_readonly(self, request: web.Request, caller: Caller) -> web.Response:
        asked = json_of(await request.read())
        key = asked.get("key") if isinstance(asked, dict) else None
        if not isinstance(key, str):
            raise RefusedError(400, "Invalid payload")
        return answer(self._accounts.delete_readonly(caller, key))

    async def _closed_only(self, _: web.Request, caller: Caller) -> web.Response:
        return answer({"closed_only": self._accounts.standing(caller.address).closed_only})

    async def _create_builder(self, _: web.Request, caller: Caller) -> web.Response:
        return answer(_shown(self._accounts.create_builder(caller), "key"))

    async def _list_builder(self, _: web.Request, caller: Caller) -> web.Response:
        return answer([{"key": key} for key in self._accounts.builder_keys(caller.address)])

    async def _revoke_builder(self, request: web.Request) -> web.Response:
        """Revoke the builder key that signed, or all of the account that did."""
        signed, now_s = await self._door.signed(request), self._door.now_s()
        if "POLY_BUILDER_API_KEY" in request.headers:
            keys = [self._accounts.builder(signed, request.headers, now_s)]
        else:
            caller = self._accounts.l2(signed, request.headers, now_s)
            keys = self._accounts.builder_keys(caller.address)
        for key in keys:
            self._accounts.revoke_builder(key)
        return answer("OK")


def _shown(made: Credentials, name: str) -> dict[str, str]:
    return {name: made.key, "secret": made.secret, "passphrase": made.passphrase}
