//! The effective settings as a file again, each value with its origin.

use super::broker::Broker;
use super::calendars::{CalendarSettings, clock};
use super::chain::{Chain, limit_rows};
use super::further::Further;
use super::live::Live;
use super::origin::Origins;
use super::params::{ParamValue, Params};
use super::settings::{InstrumentSettings, Risk, Settings, StrategySettings};
use crate::model::{
    Class, Contract, InstrumentId, Listing, Mode, Right, Span, StrategyLimits, StrategyRules, Watchdog,
};
use std::fmt::{Display, Write as _};

/// The column at which origins begin.
const ORIGIN_COLUMN: usize = 48;

/// What `flightdeck config show` prints: TOML that loads to the same settings, each line ending in `# origin`.
pub fn show(settings: &Settings, origins: &Origins) -> String {
    let mut page = Page { text: String::new(), origins, path: String::new() };
    // What a chain made is written by the chain.
    let made = settings.chain.as_ref().map_or(0, |chain| chain.made);
    let written = settings.instruments.len().saturating_sub(made);
    if written == 0 {
        page.text.push_str("instrument = []\n");
    }
    page.sections(settings);
    for calendar in &settings.calendars {
        page.calendar(calendar);
    }
    if let Some(chain) = &settings.chain {
        page.chain(chain);
    }
    for entry in settings.instruments.iter().take(written) {
        page.instrument(entry, settings);
    }
    for strategy in &settings.strategies {
        let symbol = settings.instruments.get(strategy.instrument.index());
        page.strategy(strategy, symbol.map_or("", |entry| entry.instrument.symbol.as_str()));
    }
    page.text
}

struct Page<'a> {
    text: String,
    origins: &'a Origins,
    path: String,
}

impl Page<'_> {
    fn sections(&mut self, settings: &Settings) {
        if settings.strategies.is_empty() {
            self.text.push_str("strategy = []\n\n");
        }
        let Settings { run, feed, account, paper, risk, manual, screen, .. } = settings;
        self.header("[run]", "run");
        self.words(
            "mode",
            match run.mode {
                Mode::Live => "live",
                Mode::Analyze => "analyze",
            },
        );
        if let Some(dir) = &run.data_dir {
            self.words("data_dir", dir);
        }
        if let Some(regime) = run.regime {
            self.words("regime", regime.as_str());
        }
        if let Some(address) = &run.static_ip {
            self.words("static_ip", address);
        }
        self.words("log", run.log.as_str());
        self.bare("seed", run.seed);
        self.bare("tapes_mb", run.tapes_mb);
        self.header("[feed]", "feed");
        self.words("source", &feed.source);
        self.words("speed", feed.speed);
        self.bare("loop", feed.repeat);
        self.millis("link_silent_after_ms", feed.link_silent_after);
        self.header("[account]", "account");
        self.words("currency", account.currency);
        let par: Vec<String> = account.par.iter().map(|code| format!("\"{code}\"")).collect();
        self.bare("par", format!("[{}]", par.join(", ")));
        self.header("[account.capital]", "account.capital");
        for (code, amount) in &account.capital {
            self.words(code.as_str(), amount);
        }
        self.header("[account.convert]", "account.convert");
        for (code, id) in &account.convert {
            let entry = settings.instruments.get(id.index());
            self.words(code.as_str(), entry.map_or("", |entry| entry.instrument.symbol.as_str()));
        }
        self.header("[paper]", "paper");
        self.millis("order_latency_ms", paper.order_latency);
        self.millis("report_latency_ms", paper.report_latency);
        self.millis("jitter_ms", paper.jitter);
        self.words("queue", paper.queue.as_str());
        self.broker(&settings.broker);
        self.further(("broker.also", &settings.broker.also), &settings.instruments);
        self.live(&settings.live);
        self.further(("live.also", &settings.live.also), &settings.instruments);
        self.risk(risk);
        self.watchdog(&settings.watchdog);
        self.header("[manual.limits]", "manual.limits");
        self.strategy_limits(manual);
        self.rules(&settings.manual_rules, ("[manual.rules]", "manual.rules"));
        self.header("[screen]", "screen");
        self.bare("max_fps", screen.max_fps);
        self.words("palette", screen.palette.as_str());
        self.bare("ascii", screen.ascii);
        self.bare("utc", screen.utc);
    }

    fn broker(&mut self, broker: &Broker) {
        self.header("[broker]", "broker");
        self.words("kind", broker.kind.as_str());
        self.words("url", &broker.url);
        if let Some(url) = &broker.ws_url {
            self.words("ws_url", url);
        }
        match (&broker.key_ring, &broker.key_file) {
            // It stands alone, so what the defaults say of a variable is left out.
            (Some(ring), _) => self.words("key_ring", ring),
            (None, file) => {
                self.words("key_env", &broker.key_env);
                if let Some(file) = file {
                    self.words("key_file", file);
                }
            }
        }
        self.bare("orders_per_s", broker.orders_per_s);
        self.bare("cancels_per_s", broker.cancels_per_s);
        self.bare("reads_per_s", broker.reads_per_s);
        self.millis("poll_ms", broker.poll);
        self.millis("quotes_ms", broker.quotes);
        self.millis("answer_ms", broker.answer);
    }

    /// The account as it is shown everywhere: its last four digits.
    fn live(&mut self, live: &Live) {
        self.header("[live]", "live");
        self.words("kind", live.kind.as_str());
        let texts = [
            ("url", live.url.as_ref()),
            ("ws_url", live.ws_url.as_ref()),
            ("key_env", live.key_env.as_ref()),
            ("key_file", live.key_file.as_ref()),
            ("key_ring", live.key_ring.as_ref()),
        ];
        for (key, text) in texts {
            if let Some(text) = text {
                self.words(key, text);
            }
        }
        if live.account.is_some() {
            self.words("account", live.masked());
        }
        self.bare("arm_minutes", live.arm_minutes);
        self.millis("clock_skew_ms", live.clock_skew);
        self.millis("feed_age_ms", live.feed_age);
        self.bare("drill_days", live.drill_days);
    }

    fn further(&mut self, (list, all): (&str, &[Further]), instruments: &[InstrumentSettings]) {
        for one in all {
            self.header(&format!("[[{list}]]"), &format!("{list}.{}", one.name));
            self.words("name", &one.name);
            let symbol =
                |id: &InstrumentId| instruments.get(id.index()).map(|entry| &entry.instrument.symbol);
            self.list("instruments", one.instruments.iter().filter_map(symbol));
            self.words("url", &one.url);
            let texts = [
                ("ws_url", one.ws_url.as_ref()),
                ("key_env", one.key_env.as_ref()),
                ("key_file", one.key_file.as_ref()),
                ("key_ring", one.key_ring.as_ref()),
            ];
            for (key, text) in texts.into_iter().filter_map(|(key, text)| Some((key, text?))) {
                self.words(key, text);
            }
            if one.account.is_some() {
                self.words("account", one.masked());
            }
        }
    }

    fn watchdog(&mut self, watchdog: &Watchdog) {
        self.header("[watchdog]", "watchdog");
        self.bare("venue_share_percent", watchdog.venue_share);
        self.millis("venue_k1_ms", watchdog.venue_k1);
        self.millis("venue_k2_ms", watchdog.venue_k2);
        self.millis("feed_green_ms", watchdog.feed_green);
        self.millis("broker_silent_ms", watchdog.broker_silent);
        self.millis("broker_k2_ms", watchdog.broker_k2);
        self.bare("unknown_orders", watchdog.unknown_orders);
        self.millis("unknown_hold_ms", watchdog.unknown_hold);
        self.bare("unknown_percent", watchdog.unknown_percent);
        self.millis("reconcile_every_ms", watchdog.reconcile_every);
        self.millis("reconcile_quiet_ms", watchdog.reconcile_quiet);
        self.words("cash_tolerance", watchdog.cash_tolerance);
        self.millis("clock_gap_ms", watchdog.clock_gap);
        self.millis("skew_alert_ms", watchdog.skew_alert);
        self.millis("skew_kill_ms", watchdog.skew_kill);
        self.millis("quarantine_ms", watchdog.quarantine);
        self.bare("deadman_orders", watchdog.deadman_orders);
        self.millis("deadman_window_ms", watchdog.deadman_window);
    }

    fn chain(&mut self, chain: &Chain) {
        self.header("[chain]", "chain");
        self.words("index", &chain.index);
        self.words("venue", &chain.venue);
        self.words("currency", chain.currency);
        self.words("spot", chain.spot);
        self.words("tick", chain.tick);
        self.words("size", chain.size);
        self.words("lot", chain.lot);
        self.words("step", chain.step);
        self.bare("strikes", chain.strikes);
        let days: Vec<String> = chain.expiries_days.iter().map(ToString::to_string).collect();
        self.bare("expiries_days", format!("[{}]", days.join(", ")));
        self.bare("futures", chain.futures);
        self.words("freeze_qty", chain.freeze_qty);
        self.words("maker_fee", chain.maker_fee);
        self.words("taker_fee", chain.taker_fee);
        self.words("initial_margin", chain.initial_margin);
        self.bare("roll_days", chain.roll_days);
        if let Some(calendar) = &chain.calendar {
            self.words("calendar", calendar);
        }
        for (name, limits) in
            [("future_limits", &chain.future_limits), ("option_limits", &chain.option_limits)]
        {
            self.header(&format!("[chain.{name}]"), &format!("chain.{name}"));
            for (key, value) in limit_rows(limits) {
                self.bare(key, value);
            }
        }
    }

    fn calendar(&mut self, calendar: &CalendarSettings) {
        self.header("[[calendar]]", &format!("calendar.{}", calendar.name));
        self.words("name", &calendar.name);
        self.words("zone", calendar.zone);
        self.list("sessions", calendar.weekly.iter());
        self.list("holidays", calendar.holidays.iter());
        let half = calendar.half_days.iter().map(|(day, close)| format!("{day} {}", clock(*close)));
        self.list("half_days", half);
        self.millis("no_entries_before_ms", calendar.leads.no_entries);
        self.millis("flatten_before_ms", calendar.leads.flatten);
        self.millis("alarm_before_ms", calendar.leads.alarm);
    }

    /// What the contract master adds to an instrument.
    fn listing(&mut self, listing: &Listing, settings: &Settings) {
        self.words("class", listing.class.as_str());
        let symbol =
            |id: InstrumentId| settings.instruments.get(id.index()).map(|one| one.instrument.symbol.clone());
        if let Some(underlying) = listing.class.underlying().and_then(symbol) {
            self.words("underlying", underlying);
        }
        if let Some(expiry) = listing.class.expiry() {
            let at = chrono::DateTime::from_timestamp_nanos(expiry.nanos());
            self.words("expiry", at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true));
        }
        if let Class::Option { strike, right, .. } = listing.class {
            self.words("strike", strike);
            self.words("right", if right == Right::Call { "call" } else { "put" });
        }
        self.words("freeze_qty", listing.freeze_qty);
        self.bare("generation", listing.generation);
        if matches!(listing.class, Class::Future { .. }) {
            self.bare("roll_days", listing.roll_before.nanos().div_euclid(86_400_000_000_000));
        }
        let calendar = listing.calendar.and_then(|number| settings.calendars.get(usize::from(number)));
        if let Some(calendar) = calendar {
            self.words("calendar", &calendar.name);
        }
    }

    fn instrument(&mut self, entry: &InstrumentSettings, settings: &Settings) {
        let InstrumentSettings { instrument, limits, openalgo } = entry;
        let path = format!("instrument.{}", instrument.symbol);
        self.header("[[instrument]]", &path);
        self.words("symbol", &instrument.symbol);
        self.words("venue", &instrument.venue);
        self.words(
            "contract",
            match instrument.contract {
                Contract::Linear => "linear",
                Contract::Inverse => "inverse",
            },
        );
        self.words("size", instrument.size);
        self.words("quote", instrument.quote);
        self.words("settle", instrument.settle);
        self.words("unit", &instrument.unit);
        self.words("tick", instrument.tick);
        self.words("lot", instrument.lot);
        self.words("min_qty", instrument.min_qty);
        self.words("min_notional", instrument.min_notional);
        self.words("min_price", instrument.min_price);
        self.words("max_price", instrument.max_price);
        self.words("maker_fee", instrument.maker_fee);
        self.words("taker_fee", instrument.taker_fee);
        self.words("initial_margin", instrument.initial_margin);
        self.millis("stale_after_ms", instrument.stale_after);
        self.bare("max_jump_bps", instrument.max_jump_bps);
        self.listing(&instrument.listing, settings);
        if instrument.listing.class == Class::Index {
            return;
        }
        self.header("[instrument.limits]", &format!("{path}.limits"));
        self.words("max_order_qty", limits.max_order_qty);
        self.words("max_order_value", limits.max_order_value);
        self.words("max_position", limits.max_position);
        self.bare("collar_bps", limits.collar_bps);
        if let Some(name) = openalgo {
            self.header("[instrument.openalgo]", &format!("{path}.openalgo"));
            self.words("symbol", &name.symbol);
            self.words("exchange", &name.exchange);
            self.words("product", &name.product);
        }
    }

    fn strategy(&mut self, strategy: &StrategySettings, symbol: &str) {
        let path = format!("strategy.{}", strategy.name);
        self.header("[[strategy]]", &path);
        self.words("name", &strategy.name);
        self.words("kind", &strategy.kind);
        self.words("instrument", symbol);
        self.bare("armed", strategy.armed);
        if let Some(algo_id) = &strategy.algo_id {
            self.words("algo_id", algo_id);
        }
        self.bare("intraday", strategy.intraday);
        self.header("[strategy.params]", &format!("{path}.params"));
        self.params(&strategy.params);
        self.header("[strategy.limits]", &format!("{path}.limits"));
        self.strategy_limits(&strategy.limits);
        self.rules(&strategy.rules, ("[strategy.rules]", &format!("{path}.rules")));
    }

    fn params(&mut self, params: &Params) {
        for (name, value) in params.iter() {
            match value {
                ParamValue::Int(_) | ParamValue::Millis(_) => self.bare(name, value),
                ParamValue::Decimal(_) | ParamValue::Choice(_) => self.words(name, value),
            }
        }
    }

    fn strategy_limits(&mut self, limits: &StrategyLimits) {
        self.words("max_position_value", limits.max_position_value);
        self.words("daily_loss", limits.daily_loss);
    }

    fn risk(&mut self, risk: &Risk) {
        self.header("[risk]", "risk");
        self.words("max_gross", risk.max_gross);
        self.words("daily_loss", risk.daily_loss);
        self.bare("messages_per_s", risk.messages_per_s);
        self.bare("cancel_reserve", risk.cancel_reserve);
        self.bare("messages_per_min", risk.messages_per_min);
        self.bare("messages_per_day", risk.messages_per_day);
        self.bare("order_changes", risk.order_changes);
        self.bare("max_open_orders", risk.max_open_orders);
        self.words("max_open_value", risk.max_open_value);
        self.words("max_batch_value", risk.max_batch_value);
        self.millis("duplicate_window_ms", risk.duplicate_window);
        self.bare("identical_orders", risk.identical_orders);
        self.bare("margin_use_bps", risk.margin_use_bps);
        self.millis("account_age_ms", risk.account_age);
        self.bare("self_trade_blocks", risk.self_trade_blocks);
        self.millis("self_trade_window_ms", risk.self_trade_window);
        self.bare("self_trade_across", risk.self_trade_across);
        self.millis("loosen_delay_ms", risk.loosen_delay);
        self.millis("order_answer_ms", risk.order_answer);
    }

    /// Only the rules that are used.
    fn rules(&mut self, rules: &StrategyRules, (header, path): (&str, &str)) {
        if *rules == StrategyRules::NONE {
            return;
        }
        self.header(header, path);
        let StrategyRules { trail, lock, session, entries, .. } = rules;
        let money = [
            ("capital", rules.capital),
            ("stop_loss", rules.stop_loss),
            ("trail_from", trail.map(|trail| trail.from)),
            ("trail_by", trail.map(|trail| trail.by)),
            ("breakeven_at", rules.breakeven),
            ("lock_at", lock.map(|lock| lock.at)),
            ("lock_floor", lock.map(|lock| lock.floor)),
            ("lock_step", lock.and_then(|lock| lock.step)),
        ];
        for (key, amount) in money {
            if let Some(amount) = amount {
                self.words(key, amount);
            }
        }
        if let Some(qty) = rules.max_position {
            self.words("max_position", qty);
        }
        let counts = [
            ("target_bps", rules.target_bps),
            ("max_open_orders", rules.max_open_orders),
            ("daily_trades", rules.daily_trades),
            ("losers", rules.losers),
            ("max_spread_bps", rules.max_spread_bps),
            ("max_spread_ticks", rules.max_spread_ticks),
            ("entries", entries.map(|entries| entries.count)),
            ("entries_day", rules.entries_day),
            ("rejects", rules.rejects),
            ("order_ratio", rules.order_ratio),
        ];
        for (key, count) in counts {
            if let Some(count) = count {
                self.bare(key, count);
            }
        }
        let spans = [
            ("cooldown_loss_ms", rules.cooldown_loss),
            ("cooldown_exit_ms", rules.cooldown_exit),
            ("entries_ms", entries.map(|entries| entries.within)),
        ];
        for (key, span) in spans {
            if let Some(span) = span {
                self.millis(key, span);
            }
        }
        if let Some(session) = session {
            self.words("session_from", time_of_day(session.from));
            self.words("session_to", time_of_day(session.to));
            self.bare("session_flatten", session.flatten);
        }
    }

    fn header(&mut self, header: &str, path: &str) {
        let gap = if self.text.is_empty() { "" } else { "\n" };
        // Writing to a String cannot fail.
        let _infallible = writeln!(self.text, "{gap}{header}");
        path.clone_into(&mut self.path);
    }

    fn millis(&mut self, key: &str, span: Span) {
        self.bare(key, span.millis());
    }

    /// A value in quotes; what a terminal must not see is escaped, so it still loads to the same text.
    fn words(&mut self, key: &str, value: impl Display) {
        let mut text = String::new();
        for character in value.to_string().chars() {
            let shown = crate::model::DisplayText::new(character.encode_utf8(&mut [0; 4]));
            let plain = !matches!(character, '\\' | '"') && shown.as_str().starts_with(character);
            let _infallible = if plain {
                write!(text, "{character}")
            } else {
                write!(text, "\\U{:08X}", u32::from(character))
            };
        }
        self.bare(key, format!("\"{text}\""));
    }

    /// A list of texts.
    fn list(&mut self, key: &str, items: impl Iterator<Item = impl Display>) {
        let items: Vec<String> = items.map(|item| format!("\"{item}\"")).collect();
        self.bare(key, format!("[{}]", items.join(", ")));
    }

    /// A value as it is.
    fn bare(&mut self, key: &str, value: impl Display) {
        let line = format!("{key} = {value}");
        let path = format!("{}.{key}", self.path);
        let origin = self.origins.get(&path).map_or_else(|| "default".to_owned(), ToString::to_string);
        let origin = crate::model::DisplayText::new(&origin);
        let _infallible = writeln!(self.text, "{line:ORIGIN_COLUMN$} # {origin}");
    }
}

/// A time of day as the file writes it.
fn time_of_day(since_midnight: Span) -> String {
    let minutes = since_midnight.millis().div_euclid(60_000);
    format!("{:02}:{:02}", minutes.div_euclid(60), minutes.rem_euclid(60))
}
