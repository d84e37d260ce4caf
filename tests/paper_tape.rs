//! The paper venue on the recorded market: a quoter at the touch is filled as the queue models say, and the money adds
//! up.

#[path = "support/paper_desk.rs"]
mod paper_desk;

use flightdeck::adapters::tape::{BUILT_IN, BUILT_IN_NAME, TapeReader};
use flightdeck::model::{
    BrokerReport, BrokerRequest, ClientOrderId, FillReport, Liquidity, Money, OrderId, OrderKind,
    OrderRequest, Qty, RunId, Side, Span, StrategyId, TimeInForce, Timestamp,
};
use flightdeck::sim::paper::{Latency, PaperConfig, PaperVenue, QueueModel};
use flightdeck::sim::{MarketFold, RawMessage};
use paper_desk::{LINEAR, config, currency, linear, qty};

/// How often the quoter replaces its quotes, and how much it quotes.
const PERIOD: Span = Span::from_millis(2_000);
const QUOTED: &str = "0.01";

/// Joins the best bid and ask, and replaces both every period.
struct Quoter {
    venue: PaperVenue,
    fold: MarketFold,
    next: Timestamp,
    orders: u32,
    reports: Vec<BrokerReport>,
}

impl Quoter {
    fn new(queue: QueueModel) -> Self {
        let latency = Latency {
            order: Span::from_millis(20),
            report: Span::from_millis(20),
            jitter: Span::from_millis(5),
        };
        let venue = PaperVenue::new(PaperConfig { latency, ..config(queue) }, vec![linear()]);
        let fold = MarketFold::new([LINEAR]);
        Self { venue, fold, next: Timestamp::EPOCH, orders: 0, reports: Vec::new() }
    }

    fn play(mut self) -> Self {
        let reader = TapeReader::from_bytes(BUILT_IN, BUILT_IN_NAME).and_then(|all| all.select(&[linear()]));
        let mut reader = reader.expect("the recording is whole");
        let mut facts = Vec::new();
        while let Some(block) = reader.next_block().expect("the recording is whole") {
            for message in block.iter().filter(|message| message.instrument == LINEAR) {
                self.fold.apply(message, &mut facts);
                facts.clear();
                self.hear(message);
            }
        }
        self
    }

    fn hear(&mut self, message: &RawMessage) {
        self.venue.on_market(message, &self.fold);
        self.venue.advance(message.local_time, &self.fold, &mut self.reports);
        if message.local_time >= self.next {
            self.next = message.local_time.after(PERIOD);
            self.quote(message.local_time);
        }
    }

    fn quote(&mut self, now: Timestamp) {
        let Some(book) = self.fold.book(LINEAR) else { return };
        self.venue.on_request(now, BrokerRequest::CancelAll);
        for side in [Side::Buy, Side::Sell] {
            let Some(best) = book.best(side) else { continue };
            self.orders += 1;
            let request = OrderRequest {
                order: ClientOrderId::derive(RunId::new(1), OrderId::new(self.orders)),
                strategy: StrategyId::MANUAL,
                instrument: LINEAR,
                side,
                qty: qty(QUOTED),
                kind: OrderKind::Limit { price: best.price },
                tif: TimeInForce::Gtc,
                post_only: true,
                reduce_only: false,
            };
            self.venue.on_request(now, BrokerRequest::Submit(request));
        }
    }

    fn filled(&self) -> Qty {
        self.fills().fold(Qty::ZERO, |sum, fill| sum.plus(fill.qty))
    }

    fn fills(&self) -> impl Iterator<Item = &FillReport> {
        self.reports
            .iter()
            .filter_map(|report| if let BrokerReport::Filled(fill) = report { Some(fill) } else { None })
    }
}

/// The cash that the reported fills leave of the capital.
fn recount(played: &Quoter) -> Money {
    played.fills().fold(Money::units(10_000), |cash, fill| {
        cash - linear().value(fill.qty.signed(fill.side), fill.price) - fill.fee
    })
}

#[test]
fn a_quoter_at_the_touch_is_filled_as_maker_in_part_and_its_cash_is_the_sum_of_its_fills() {
    let (trades, proportional) =
        (Quoter::new(QueueModel::Trades).play(), Quoter::new(QueueModel::Proportional).play());
    for played in [&trades, &proportional] {
        assert!(played.fills().all(|fill| fill.liquidity == Liquidity::Maker));
        let told = played.reports.iter().rev().find_map(|report| {
            if let BrokerReport::Account(account) = report { Some(account.as_ref()) } else { None }
        });
        let usdt =
            told.iter().flat_map(|account| &account.balances).find(|of| of.currency == currency("USDT"));
        assert_eq!(usdt.map(|balance| balance.cash), Some(recount(played)));
    }
    let quoted = qty(QUOTED).raw() * i64::from(trades.orders);
    assert!(!trades.filled().is_zero(), "some queues were traded away");
    assert!(trades.filled() <= proportional.filled(), "cancels ahead can only bring an order forward");
    assert!(proportional.filled().raw() < quoted, "a touch that is quoted is not a fill");
}
