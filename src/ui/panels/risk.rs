//! Risk: what is killed, how near every limit is, and whether our books and the broker's agree.

use super::limits;
use super::measured::{measure, used};
use super::standing::books_agree;
use crate::model::{Finding, KillLevel, Measure, Money, RuleId, Scope, StrategyId};
use crate::ui::absent::away_words;
use crate::ui::action::{Action, Context};
use crate::ui::effect::Effect;
use crate::ui::figure::{self, Figure};
use crate::ui::panel::{Panel, Title};
use crate::ui::pen::{Pen, display_width};
use crate::ui::theme::Role;
use crate::ui::view::View;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The panel.
pub(in crate::ui) fn risk() -> Box<dyn Panel> {
    Box::new(Risk)
}

#[derive(Debug)]
struct Risk;

/// One line: words, and a bar where there is a limit.
struct Line {
    name: String,
    value: String,
    /// The value in fewer characters.
    brief: String,
    percent: Option<u32>,
    role: Role,
}

impl Panel for Risk {
    fn context(&self) -> Context {
        Context::Risk
    }

    fn title(&self, view: &View<'_>) -> Title {
        match view.kill() {
            KillLevel::K0 => Title::new("RISK", "NORMAL"),
            level => Title::new("RISK", format!("KILL K{}", level.number())).alarm_if(true),
        }
    }

    fn draw(&self, view: &View<'_>, area: Rect, buf: &mut Buffer) {
        if area.width >= WIDE {
            return table(view, area, buf);
        }
        let lines = lines(view);
        let from = view.selection.scrolled(crate::ui::PanelKind::Risk).min(lines.len());
        for (row, line) in (0..area.height).zip(lines.iter().skip(from)) {
            draw_line(view, line, &mut Pen::new(buf, area, row));
        }
    }

    fn on_action(&mut self, action: Action, view: &View<'_>) -> Option<Effect> {
        match action {
            Action::ChangeLimit => return Some(Effect::Command("limit ".to_owned())),
            Action::ConfirmLimit => return Some(Effect::Command(confirm(view))),
            _ => {}
        }
        let at = view.selection.scrolled(crate::ui::PanelKind::Risk);
        let all = lines(view).len().max(long(view).len());
        super::gauge::scroll(action, at, all, view.page)
    }
}

/// The command that confirms the limit that has waited longest.
fn confirm(view: &View<'_>) -> String {
    let name = limits::waiting(view).into_iter().next().map(|one| one.name).unwrap_or_default();
    format!("limit confirm {name}")
}

/// From this width on every limit stands in a table.
const WIDE: u16 = 76;

/// Everything: kills, limits with what is used of them, the gate's own findings, books, settings.
fn long(view: &View<'_>) -> Vec<(String, Role)> {
    let mut rows = vec![limits::kills(view)];
    rows.extend(limits::waiting(view).iter().map(limits::Waiting::line));
    rows.push((limits::HEADS.to_owned(), Role::Dim));
    rows.extend(limits::rows(view).iter().map(|limit| limit.line(view)));
    rows.push((String::new(), Role::Text));
    rows.push((" the gate's own findings, as the engine last told them".to_owned(), Role::Strong));
    let found = headroom(view).into_iter().chain(books(view)).chain(settings(view));
    rows.extend(found.map(|line| {
        let percent = line.percent.map(|percent| format!("{percent}%")).unwrap_or_default();
        (format!(" {:<30} {:<34} {percent:>6}", line.name, line.value), line.role)
    }));
    rows.extend(limits::free(view));
    rows
}

fn table(view: &View<'_>, area: Rect, buf: &mut Buffer) {
    let rows = long(view);
    let from = view.selection.scrolled(crate::ui::PanelKind::Risk).min(rows.len());
    for (row, (text, role)) in (0..area.height).zip(rows.iter().skip(from)) {
        Pen::new(buf, area, row).words(text, view.theme.style(*role));
    }
}

fn lines(view: &View<'_>) -> Vec<Line> {
    let mut lines = kills(view);
    lines.extend(waiting(view));
    lines.extend(headroom(view));
    lines.extend(strategies(view));
    lines.extend(books(view));
    lines.extend(settings(view));
    lines
}

fn line(name: impl Into<String>, value: impl Into<String>, percent: Option<u32>, role: Role) -> Line {
    Line { name: name.into(), value: value.into(), brief: String::new(), percent, role }
}

fn kills(view: &View<'_>) -> Vec<Line> {
    let standing = view.kills();
    if standing.is_empty() {
        return vec![line("kill latch", "clear", None, Role::Good)];
    }
    let words = |(scope, level): &(Scope, KillLevel)| {
        let open = match view.state.left_to_kill(*scope) {
            0 => String::new(),
            open => format!("{open} open: "),
        };
        let value = format!("K{} {open}{}", level.number(), crate::ui::view::kill_verb(*level));
        line(format!("KILL {}", view.scope_name(*scope)), value, None, Role::Bad)
    };
    standing.iter().map(words).collect()
}

/// Looser limits that wait to be confirmed.
fn waiting(view: &View<'_>) -> Vec<Line> {
    let all = limits::waiting(view);
    all.into_iter().map(|one| line(format!("LOOSER {}", one.name), one.words, None, Role::Warn)).collect()
}

/// The gate's own findings, as the engine last told them.
fn headroom(view: &View<'_>) -> Vec<Line> {
    let Some(vitals) = view.vitals else {
        return vec![line("headroom", "not told yet", None, Role::Dim)];
    };
    // A strategy's loss stands in its own row, of this instant.
    let told = vitals.headroom.iter().filter(|finding| finding.rule != RuleId::LossStrategy);
    told.map(|finding| finding_line(view, &current(view, finding))).collect()
}

/// The finding with the figure of this instant, where the screen knows it itself.
fn current(view: &View<'_>, finding: &Finding) -> Finding {
    match (finding.rule, view.state.account_pnl()) {
        (RuleId::LossAccount, Some(pnl)) => {
            Finding { value: Measure::Money(Money::ZERO.max(-pnl.day)), ..*finding }
        }
        (_, _) => *finding,
    }
}

fn finding_line(view: &View<'_>, finding: &Finding) -> Line {
    let percent = used(finding.value, finding.limit);
    let role = match (finding.pass, percent.unwrap_or(0)) {
        (false, _) | (true, 90..) => Role::Bad,
        (true, 70..) => Role::Warn,
        (true, _) => Role::Text,
    };
    let settle = match finding.scope {
        Scope::Instrument(id) => view.state.genesis().instrument(id).map(|one| one.settle),
        Scope::All | Scope::Strategy(_) => None,
    };
    // The margin's row is of a currency and not of the instrument it is told under.
    let scope = match (finding.rule, finding.scope, settle) {
        (RuleId::Margin, _, Some(currency)) => format!(" {currency}"),
        (_, Scope::All, _) => String::new(),
        (_, scope, _) => format!(" {}", view.scope_name(scope)),
    };
    let exact = |measured: Measure| match (measured, settle) {
        (Measure::Money(amount), Some(currency)) if finding.rule == RuleId::Margin => {
            figure::money(amount, figure::places_of(currency).min(4), "")
        }
        (measured, _) => measure(measured),
    };
    let value = format!("{}/{}", exact(finding.value), exact(finding.limit));
    let brief = format!("{}/{}", compact(finding.value), compact(finding.limit));
    Line { brief, ..line(format!("{}{scope}", short(finding.rule)), value, percent, role) }
}

/// A rule's name in a narrow column; whose limit it is follows.
fn short(rule: RuleId) -> &'static str {
    match rule {
        RuleId::PositionInstrument | RuleId::PositionStrategy => "pos",
        RuleId::PositionAccount => "pos acct",
        RuleId::LossAccount => "day loss",
        RuleId::LossStrategy => "loss",
        RuleId::Reference => "age",
        RuleId::OpenOrders => "orders",
        RuleId::Mode
        | RuleId::Kill
        | RuleId::Journal
        | RuleId::Armed
        | RuleId::Filters
        | RuleId::Session
        | RuleId::ReduceOnly
        | RuleId::OrderQty
        | RuleId::OrderValue
        | RuleId::Collar
        | RuleId::Duplicate
        | RuleId::Unknown
        | RuleId::Rate
        | RuleId::Margin
        | RuleId::Permission
        | RuleId::OpenValue
        | RuleId::SelfTrade
        | RuleId::Changes
        | RuleId::BatchLegs
        | RuleId::BatchValue
        | RuleId::StrategyQty
        | RuleId::StrategyOrders
        | RuleId::DailyTrades
        | RuleId::Cooldown
        | RuleId::Losers
        | RuleId::Spread
        | RuleId::Hours
        | RuleId::Entries
        | RuleId::Trigger => rule.as_str(),
    }
}

/// The same in few characters: `12.4k`.
fn compact(value: Measure) -> Figure {
    match value {
        Measure::Money(amount) => {
            let figure = figure::money(amount, 0, "");
            if figure.as_str().len() <= 4 { figure } else { figure::in_thousands(amount) }
        }
        Measure::None
        | Measure::Qty(_)
        | Measure::Price(_)
        | Measure::Bps(_)
        | Measure::Count(_)
        | Measure::Age(_) => measure(value),
    }
}

/// The loss of the day of each strategy against its own limit.
fn strategies(view: &View<'_>) -> Vec<Line> {
    let limits = view.state.limits();
    let own = view.state.genesis().strategy_ids().filter(|id| *id != StrategyId::EXTERNAL);
    own.map(|id| {
        let limit = limits.strategy(id).daily_loss;
        let Some(pnl) = view.state.strategy_pnl(id) else {
            return line(format!("loss {}", view.strategy_name(id)), "no mark", None, Role::Warn);
        };
        let (day, used) = (pnl.day, (-pnl.day).percent_of(limit));
        let role = match used {
            0..70 => Role::Text,
            70..90 => Role::Warn,
            90.. => Role::Bad,
        };
        let loss = Money::ZERO.max(-day);
        let value =
            format!("{}{}/{}", view.tilde_of(id), figure::money(loss, 0, ""), figure::money(limit, 0, ""));
        let brief = format!("{}/{}", compact(Measure::Money(loss)), compact(Measure::Money(limit)));
        Line { brief, ..line(format!("loss {}", view.strategy_name(id)), value, Some(used), role) }
    })
    .collect()
}

/// Our rows, our account, the broker: what differs, line by line.
fn books(view: &View<'_>) -> Vec<Line> {
    let told = &view.state.reconciliation;
    let mut lines = Vec::new();
    if !books_agree(view) {
        lines.push(line("sum of rows", "DIFFERS from account", None, Role::Bad));
    }
    for difference in told.differences() {
        let (subject, sides) = difference.words(view.state.genesis());
        lines.push(line(format!("DIFF {subject}"), sides, None, Role::Bad));
    }
    if lines.is_empty() {
        let (value, role) = match (away_words(view), view.state.checked_at()) {
            (Some(words), _) => (words, Role::Bad),
            (None, _) if let Some(without) = view.without() => (without, Role::Warn),
            (None, Some(at)) => (format!("diff 0, {} ago", view.age(at)), Role::Text),
            (None, None) => ("not compared yet".to_owned(), Role::Text),
        };
        lines.push(line("books", value, None, role));
    }
    for snapshot in told.snapshots() {
        let name = format!("{}free", view.state.genesis().accounts.prefix(snapshot.account));
        let tilde = view.tilde_there(snapshot.account);
        for balance in &snapshot.balances {
            let value = figure::named(balance.free, balance.currency, tilde).to_string();
            lines.push(line(name.clone(), value, None, Role::Text));
        }
    }
    lines
}

fn settings(view: &View<'_>) -> Vec<Line> {
    let limits = view.state.limits();
    let mut lines = Vec::new();
    if let Some(instrument) = view.instrument() {
        let own = limits.instrument(instrument.id);
        let symbol = &instrument.symbol;
        lines.push(line(
            "order max",
            format!("{} or {}", own.max_order_qty, figure::money(own.max_order_value, 0, "")),
            None,
            Role::Dim,
        ));
        lines.push(line("collar", format!("{}bp {symbol}", own.collar_bps), None, Role::Dim));
        lines.push(line("stale after", instrument.stale_after.to_string(), None, Role::Dim));
    }
    lines.push(line("duplicate", limits.duplicate_window.to_string(), None, Role::Dim));
    lines
}

fn draw_line(view: &View<'_>, line: &Line, pen: &mut Pen<'_>) {
    let style = view.theme.style(line.role);
    let wide = pen.space();
    let needed = display_width(&line.name);
    let name = if wide >= 60 { needed.max(24) } else { needed.clamp(11, 18) };
    pen.skip(1).left(
        &line.name,
        name,
        view.theme.style(if line.role == Role::Dim { Role::Dim } else { Role::Text }),
    );
    pen.skip(1);
    let Some(percent) = line.percent else {
        pen.put(&line.value, style);
        return;
    };
    // The bar goes before the number does, the number's places before the number.
    let room = pen.space().saturating_sub(6);
    let value = [&line.value, &line.brief].into_iter().find(|text| display_width(text) <= room);
    let shown = value.unwrap_or(&line.brief);
    let width = display_width(shown);
    if width > room {
        pen.right(shown, pen.space().saturating_sub(1), style);
        return;
    }
    let bar = if wide >= 60 { 20 } else { room.saturating_sub(width + 1).min(10) };
    pen.left(shown, room.saturating_sub(bar).min(24).max(width), style);
    pen.right(&format!("{}%", percent.min(999)), 5, style).skip(1);
    super::gauge::percent_bar(view.theme, percent, bar.saturating_sub(1), style, pen);
}
