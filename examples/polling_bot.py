"""A polling bot as people write them: the "before" of docs/how-to/migrate.md.

Kept to be compared with ported_bot.py. It needs `requests`, which Polywire does not, and it sends
no order: where its client would, it prints.
"""

import time

import requests

CLOB = "http://127.0.0.1:8100"
TOKENS = ["1001", "1003", "1005"]
EVERY = 10
SHARES = 10
SPREAD_MAX = 0.03
PRICE_MIN, PRICE_MAX = 0.20, 0.80
TAKE_PROFIT, STOP_LOSS = 0.05, 0.10

positions = {}  # token: (shares, price)


def order(token, side, price, shares):
    print(side, shares, "at", price, token)


def look_at(token):
    book = requests.get(f"{CLOB}/book", params={"token_id": token}, timeout=10).json()
    bid = max((float(level["price"]) for level in book["bids"]), default=0)
    ask = min((float(level["price"]) for level in book["asks"]), default=0)
    mid = (bid + ask) / 2
    if token in positions:
        shares, paid = positions[token]
        if mid >= paid + TAKE_PROFIT or mid <= paid - STOP_LOSS:
            order(token, "SELL", bid, shares)
            del positions[token]
    elif PRICE_MIN <= ask <= PRICE_MAX and round(ask - bid, 4) <= SPREAD_MAX:
        order(token, "BUY", ask, SHARES)
        positions[token] = (SHARES, ask)


if __name__ == "__main__":
    while True:
        for token in TOKENS:
            try:
                look_at(token)
            except requests.RequestException as error:
                print("error, going on:", error)
        time.sleep(EVERY)
