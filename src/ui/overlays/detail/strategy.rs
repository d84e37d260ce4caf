//! A strategy: how it stands, what it holds, how near its limits it is, what was denied.

use crate::model::{Envelope, Event, Measure, Money, Order, OrderEvent, OrderStatus, StrategyId};
use crate::state::{Pnl, RuleState};
use crate::ui::figure::{self, Clock};
use crate::ui::overlays::line::Line;
use crate::ui::panels::{measure, standing};
use crate::ui::theme::Role;
use crate::ui::view::View;

/// Orders and signals shown, newest first.
const ORDERS: usize = 40;
const SIGNALS: usize = 40;

/// Everything known of a strategy, in its sections.
pub(super) struct Page {
    /// How it stands.
    pub head: Vec<Line>,
    /// What it made and what it holds.
    pub money: Vec<Line>,
    /// How near its limits and rules it is.
    pub rules: Vec<Line>,
    pub orders: Vec<Line>,
    /// What it wanted, and what became of it.
    pub signals: Vec<Line>,
}

/// A strategy in full.
pub(super) fn page(view: &View<'_>, id: StrategyId) -> Page {
    let mut money = vec![Line::rule("P&L, after fees")];
    money.extend(results(view.tilde_of(id), view.state.strategy_pnl(id)));
    money.push(Line::rule("positions, its own book"));
    money.extend(positions(view, id));
    let mut rules = vec![Line::rule("limits and rules: used of allowed")];
    rules.extend(limits(view, id));
    let mut orders = vec![Line::rule("orders, working first")];
    orders.extend(order_lines(view, id));
    let mut signals = vec![Line::rule("signals: what it wanted -> what it got")];
    signals.extend(signal_lines(view, id));
    Page { head: head(view, id), money, rules, orders, signals }
}

fn head(view: &View<'_>, id: StrategyId) -> Vec<Line> {
    let (word, role) = standing(view, id);
    let info = view.state.genesis().strategy(id);
    let kind = info.map_or("?", |info| info.kind.as_str());
    let hears: Vec<&str> =
        info.iter().flat_map(|info| &info.instruments).map(|one| view.symbol(*one)).collect();
    let hears = if hears.is_empty() { "--".to_owned() } else { hears.join(" ") };
    let open = view.state.orders.open().iter().filter(|order| order.request.strategy == id).count();
    let sent = view.state.orders.submitted_by(id);
    let mut lines = vec![
        Line::new()
            .text(" stands ")
            .part(word, role)
            .text(&format!(" in {}   kind {kind}   hears {hears}", view.mode().as_str())),
        Line::of(&format!(" orders  {open} working, {sent} sent, {} denied", view.state.denied_of(id))),
    ];
    if let Some(status) = view.state.control.strategy(id) {
        let since = view.clock(status.since, Clock::Seconds);
        let since = if status.since.nanos() == 0 { "the start".to_owned() } else { since.to_string() };
        lines.push(Line::of(&format!(" since   {since}: {}", status.why)));
        if let Some(message) = &status.failed {
            lines.push(Line::new().part(&format!(" FAILED  {message}"), Role::Bad));
        }
    }
    if let Some(timing) =
        view.vitals.and_then(|vitals| vitals.strategies.iter().find(|one| one.strategy == id))
    {
        let (p99, worst) = (figure::brief(timing.p99), figure::brief(timing.worst));
        lines
            .push(Line::of(&format!(" calls   {}   p99 {p99}   worst {worst}", figure::count(timing.calls))));
    }
    lines
}

fn results(tilde: &str, pnl: Option<Pnl>) -> Vec<Line> {
    let Some(pnl) = pnl else { return vec![Line::new().part(" something held has no mark", Role::Warn)] };
    let money = |amount: Money| figure::signed(amount, 2, tilde);
    vec![
        Line::new()
            .text(" day        ")
            .strong(&format!("{:>14}", money(pnl.day)))
            .text(&format!("   net of the run {:>14}", money(pnl.net))),
        Line::of(&format!(
            " realised   {:>14}   unrealised     {:>14}",
            money(pnl.realised),
            money(pnl.unrealised)
        )),
        Line::of(&format!(" fees       {:>14}", money(-pnl.fees))),
    ]
}

fn positions(view: &View<'_>, id: StrategyId) -> Vec<Line> {
    let state = view.state;
    let mut lines = Vec::new();
    for instrument in &state.genesis().instruments {
        let position = state.ledger.position(id, instrument.id);
        let tilde = view.tilde_at(instrument.id);
        let working = state.orders.exposure(id, instrument.id);
        if position.fills == 0 && working.orders == 0 {
            continue;
        }
        let (price_places, qty_places) = (instrument.price_places(), instrument.qty_places());
        let average =
            position.average(instrument).map(|price| figure::price(price, price_places).to_string());
        let mark = state.market(instrument.id).and_then(crate::state::InstrumentMarket::mark);
        let open =
            mark.map(|mark| figure::signed(position.unrealised(instrument, mark), 2, tilde).to_string());
        lines.push(Line::of(&format!(
            " {:<10} {:>11} @ {:<11} uPnL {:>10}",
            view.symbol(instrument.id),
            figure::net(position.net, qty_places, tilde),
            average.unwrap_or_else(|| "--".to_owned()),
            open.unwrap_or_else(|| "no mark".to_owned()),
        )));
        if working.orders > 0 {
            lines.push(Line::new().dim(&format!(
                "   working buy {} sell {}, worst case {}",
                figure::qty(working.buys, qty_places),
                figure::qty(working.sells, qty_places),
                figure::qty(working.worst(position.net), qty_places)
            )));
        }
    }
    if lines.is_empty() {
        lines.push(Line::new().dim(" never held anything in this run"));
    }
    lines
}

fn limits(view: &View<'_>, id: StrategyId) -> Vec<Line> {
    let state = view.state;
    let allowed = state.limits().strategy(id);
    let worst = |one: &crate::model::Instrument| {
        let net = state.ledger.position(id, one.id).net;
        state.notional_at_mark(one, state.orders.exposure(id, one.id).worst(net))
    };
    let used: Option<Money> = state.genesis().instruments.iter().map(worst).sum();
    let loss = state.strategy_pnl(id).map(|pnl| (-pnl.day).max(Money::ZERO));
    [("worst position", used, allowed.max_position_value), ("loss of day", loss, allowed.daily_loss)]
        .into_iter()
        .map(|(name, used, limit)| share(view.tilde_of(id), name, used, limit))
        .chain(discipline(view, id))
        .collect()
}

/// Where it stands against each of its own rules: ` stop-loss  watching  120/400  70%  13:36:54`.
fn discipline(view: &View<'_>, id: StrategyId) -> Vec<Line> {
    let rules = view.state.discipline(id);
    if rules.is_empty() {
        return vec![Line::new().dim(" no rules of its own")];
    }
    let head = format!(" {:<18} {:<8} {:>14} {:>5} {}", "rule", "stage", "value/limit", "room", "last trip");
    std::iter::once(Line::new().dim(&head)).chain(rules.iter().map(|rule| rule_line(view, rule))).collect()
}

fn rule_line(view: &View<'_>, state: &RuleState) -> Line {
    let numbers = match (state.value, state.limit) {
        (Measure::None, Measure::None) => "--".to_owned(),
        (Measure::None, limit) => format!("--/{}", measure(limit)),
        (value, limit) => format!("{}/{}", measure(value), measure(limit)),
    };
    let room = state.headroom.map_or_else(|| "--".to_owned(), |room| format!("{room}%"));
    let trip = state.last_trip.map(|(at, _)| view.clock(at, Clock::Seconds).to_string());
    let trip = trip.unwrap_or_else(|| "--".to_owned());
    let role = match (state.stage, state.headroom) {
        ("exited" | "blocked", _) | (_, Some(0..=10)) => Role::Bad,
        ("closed", _) | (_, Some(11..=30)) => Role::Warn,
        (_, _) => Role::Text,
    };
    let text = format!(" {:<18} {:<8} {numbers:>14} {room:>5} {trip}", state.rule.as_str(), state.stage);
    Line::new().part(&text, role)
}

fn share(tilde: &str, name: &str, used: Option<Money>, limit: Money) -> Line {
    let limit_words = figure::money(limit, 0, "");
    let Some(used) = used else {
        return Line::new().part(&format!(" {name:<14} no mark   of {limit_words}"), Role::Warn);
    };
    let percent = used.percent_of(limit);
    let full = usize::try_from(percent.min(100) / 10).unwrap_or(10);
    let bar: String = (0..10).map(|cell| if cell < full { '#' } else { '-' }).collect();
    let role = if percent >= 90 { Role::Bad } else { Role::Text };
    let used = figure::money(used, 0, tilde);
    Line::new().part(&format!(" {name:<14} {used:>10} of {limit_words:>9}  {percent:>3}% {bar}"), role)
}

fn order_lines(view: &View<'_>, id: StrategyId) -> Vec<Line> {
    let open = view.state.orders.open().iter().rev();
    let all = open.chain(view.state.orders.closed().iter().rev());
    let own = all.filter(|order| order.request.strategy == id).take(ORDERS);
    let lines: Vec<Line> = own.map(|order| order_line(view, order)).collect();
    if lines.is_empty() { vec![Line::new().dim(" none in this run")] } else { lines }
}

fn order_line(view: &View<'_>, order: &Order) -> Line {
    let request = &order.request;
    let (price_places, qty_places) = view.places(request.instrument);
    let at = request.kind.limit_price().or(request.kind.trigger());
    let at = at.map_or_else(|| "MKT".to_owned(), |price| figure::price(price, price_places).to_string());
    let text = format!(
        " {:<7} {:<10} {:<4} {:<4} {:>9} {at:>11} filled {:>8}  ",
        View::order_name(request.mode, order.id),
        view.symbol(request.instrument),
        request.side,
        request.kind.as_str(),
        figure::qty(request.qty, qty_places),
        figure::qty(order.filled, qty_places),
    );
    let open = order.is_open();
    let role = match order.status {
        OrderStatus::Unknown => Role::Bad,
        _ if open => Role::Strong,
        _ => Role::Dim,
    };
    let age = view.age(if open { order.submitted_at } else { order.updated_at });
    Line::new()
        .part(&text, if open { Role::Text } else { Role::Dim })
        .part(&format!("{:<9}", order.status), role)
        .dim(&format!(" {age}"))
}

/// Orders it asked for and denials, newest first, each with what became of it.
fn signal_lines(view: &View<'_>, id: StrategyId) -> Vec<Line> {
    let log = view.state.history.log.iter().rev();
    let lines: Vec<Line> = log.filter_map(|envelope| signal_line(view, id, envelope)).take(SIGNALS).collect();
    if lines.is_empty() { vec![Line::new().dim(" none in this run")] } else { lines }
}

fn signal_line(view: &View<'_>, id: StrategyId, envelope: &Envelope) -> Option<Line> {
    let (order, became, role) = match &envelope.event {
        Event::Order(
            OrderEvent::Submitted { id: number, order, .. } | OrderEvent::Held { id: number, order, .. },
        ) if order.strategy == id => {
            let became = view
                .state
                .orders
                .get(*number)
                .map_or_else(|| "sent".to_owned(), |now| format!("{} filled {}", now.status, now.filled));
            (order, became, Role::Text)
        }
        Event::Denied { order, denial, .. } if order.strategy == id => {
            (order, format!("DENIED {denial}"), Role::Warn)
        }
        _ => return None,
    };
    let (price_places, qty_places) = view.places(order.instrument);
    let at = order.kind.limit_price().or(order.kind.trigger());
    let at = at.map_or_else(|| "MKT".to_owned(), |price| figure::price(price, price_places).to_string());
    let wanted = format!(
        "{} {} {} {at} {}",
        order.side,
        figure::qty(order.qty, qty_places),
        view.symbol(order.instrument),
        order.label
    );
    let clock = view.clock(envelope.at, Clock::Seconds);
    Some(Line::new().dim(&format!(" {clock} ")).text(&format!("{wanted:<38} -> ")).part(&became, role))
}
