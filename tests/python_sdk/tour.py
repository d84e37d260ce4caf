"""A tour of the venue with the genuine OpenAlgo client: every answer must be what the client makes sense of."""

import json
import sys
import time
from datetime import date, timedelta

from openalgo import api

PATIENCE = 30


def until(what, is_so):
    end = time.monotonic() + PATIENCE
    while True:
        found = is_so()
        if found:
            return found
        assert time.monotonic() < end, f"{what} never came"
        time.sleep(0.02)


def well(answer):
    assert isinstance(answer, dict) and answer.get("status") == "success", answer
    return answer


def main(url, stream, key, mode):
    client = api(api_key=key, host=url, ws_url=stream, timeout=30.0)
    seen = []

    # The contract master.
    expiries = well(client.expiry(symbol="FDX", exchange="NFO", instrumenttype="futures"))["data"]
    ends = expiries[0].replace("-", "")
    future = f"FDX{ends}FUT"
    assert well(client.symbol(symbol=future, exchange="NFO"))["data"]["instrumenttype"] == "FUT"
    assert well(client.search(query="FDX FUT", exchange="NFO"))["data"]
    table = client.instruments(exchange="NFO")
    assert len(table) > 20 and future in set(table["symbol"]), table
    seen.append("instruments")

    # The market.
    quote = until("a quote", lambda: client.quotes(symbol=future, exchange="NFO").get("data"))
    assert quote["bid"] < quote["ask"], quote
    assert well(client.depth(symbol=future, exchange="NFO"))["data"]["bids"]
    both = [{"symbol": future, "exchange": "NFO"}, {"symbol": "FDX", "exchange": "NSE_INDEX"}]
    assert len(well(client.multiquotes(symbols=both))["results"]) == 2
    assert "D" in well(client.intervals())["data"]["days"]
    to = date.today() - timedelta(days=1)
    bars = client.history(symbol=future, exchange="NFO", interval="5m", start_date=str(to - timedelta(days=7)),
                          end_date=str(to))
    assert len(bars) > 100 and {"open", "high", "low", "close", "volume"} <= set(bars.columns), bars
    assert (bars["high"] >= bars["low"]).all()
    days = client.history(symbol=future, exchange="NFO", interval="D", start_date=str(to - timedelta(days=30)),
                          end_date=str(to))
    assert len(days) > 10, days
    seen.append("history")
    chain = well(client.optionchain(underlying="FDX", exchange="NSE_INDEX", expiry_date=ends, strike_count=3))
    assert 4 <= len(chain["chain"]) <= 7 and chain["atm_strike"] > 0, chain
    option = well(client.optionsymbol(underlying="FDX", exchange="NSE_INDEX", expiry_date=ends, offset="OTM2",
                                      option_type="CE"))
    assert option["symbol"].endswith("CE"), option
    seen.append("optionchain")
    assert well(client.holidays(year=2026))["data"] and well(client.timings(date="2026-11-23"))["data"]
    seen.append("holidays")

    # The stream.
    ticks, updates = {1: [], 2: [], 3: []}, []
    assert client.connect() is True
    one = [{"symbol": future, "exchange": "NFO"}]
    client.subscribe_ltp(one, on_data_received=ticks[1].append)
    client.subscribe_quote(one, on_data_received=ticks[2].append)
    client.subscribe_depth(one, on_data_received=ticks[3].append)
    client.subscribe_orders(on_order_update=updates.append)
    for number in (1, 2, 3):
        until(f"ticks of mode {number}", lambda number=number: ticks[number])
    assert "ltp" in json.dumps(ticks[1][0]) and "depth" in json.dumps(ticks[3][0]), ticks
    seen.append("websocket")

    # The account.
    assert well(client.analyzerstatus())["data"]["mode"] == mode
    funds = well(client.funds())["data"]
    assert isinstance(funds["availablecash"], str) == (mode == "live"), funds
    resting = round(quote["bid"] * 0.95 / 0.05) * 0.05
    order = dict(strategy="tour", symbol=future, exchange="NFO", product="NRML", action="BUY")
    placed = well(client.placeorder(**order, price_type="LIMIT", quantity=1, price=f"{resting:.2f}"))
    status = well(client.orderstatus(order_id=placed["orderid"], strategy="tour"))["data"]
    assert status["order_status"] == "open", status
    well(client.modifyorder(order_id=placed["orderid"], **order, price_type="LIMIT", quantity=2,
                            price=f"{resting - 1:.2f}"))
    assert well(client.orderstatus(order_id=placed["orderid"], strategy="tour"))["data"]["quantity"] == 2
    well(client.cancelorder(order_id=placed["orderid"], strategy="tour"))
    status = well(client.orderstatus(order_id=placed["orderid"], strategy="tour"))["data"]
    assert status["order_status"] == "cancelled", status
    refused = client.placeorder(**{**order, "symbol": "NOPE"}, price_type="MARKET", quantity=1)
    assert refused["status"] == "error", refused
    basket = [dict(symbol=future, exchange="NFO", action=side, quantity=1, pricetype="MARKET", product="NRML")
              for side in ("BUY", "BUY")]
    assert all(row["status"] == "success" for row in well(client.basketorder(orders=basket))["results"])

    def held():
        rows = well(client.positionbook())["data"]
        return sum(float(row["quantity"]) for row in rows if row["symbol"] == future)

    until("the basket's fills", lambda: held() == 2)
    assert len(well(client.tradebook())["data"]) >= 2 and well(client.orderbook())["data"]["orders"]
    well(client.openposition(strategy="tour", symbol=future, exchange="NFO", product="NRML"))
    well(client.holdings())
    leg = dict(symbol=future, exchange="NFO", action="BUY", product="NRML", pricetype="MARKET", quantity="1")
    assert well(client.margin(positions=[leg]))["data"]["total_margin_required"] > 0
    well(client.splitorder(**order, price_type="MARKET", quantity=4, splitsize=2))
    until("the parts' fills", lambda: held() == 6)
    well(client.placesmartorder(**order, price_type="MARKET", quantity=0, position_size=1))
    until("the target", lambda: held() == 1)
    well(client.closeposition(strategy="tour"))
    until("no position", lambda: held() == 0)
    well(client.cancelallorder(strategy="tour"))
    seen.append("orders")
    told = until("order updates", lambda: [u for u in updates if placed["orderid"] in json.dumps(u)])
    assert "cancelled" in json.dumps(told), told
    seen.append("order updates")
    client.disconnect()
    print("toured", mode, " ".join(seen))


main(*sys.argv[1:])
